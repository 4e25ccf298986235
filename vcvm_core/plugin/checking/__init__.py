"""Keeping promises: comparing two releases of a pack, and a pack with its own words. Takes wheels, folders, manifests and
names of installed packs; gives a report of findings. Nothing here is imported unless one of these is asked for."""
