"""What is wrong, or suspicious, with the packs that are installed: `examine_packs` looks, `import_packs` runs."""
