"""The command line. Takes the words after ``vcvm``; gives text on stdout and stderr, and an exit code."""

from vcvm_core.cli.dispatch import main as main
