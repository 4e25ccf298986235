"""What a command knows of packs: those that are installed, headers, an index, and a lock that has to hold.

Takes the parsed words; gives a `Registry`. What there is to remark on headers goes to stderr, unless JSON is wanted. Refuses
what a lock refuses before anything of a pack is imported, the program's own digest among it.
"""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from vcvm_core.cli.files import Loaded
from vcvm_core.cli.show import remark
from vcvm_core.cli.usage import host
from vcvm_core.errors import PackError, clean

if TYPE_CHECKING:
    from vcvm_core.bytecode import Module
    from vcvm_core.plugin import Index, Registry


def hosts_of(args: Namespace) -> Registry:
    """What is installed and what headers say, with the indexes that were named. Raises FileError, ManifestError, PackError."""
    index: list[Index] = []
    if getattr(args, "index", None):
        from vcvm_core.plugin import read_index

        # An index that was named has to be one; those of settings are read when something is missing.
        index = [read_index(path) for path in args.index]
    registry = host(args.no_pack, getattr(args, "header", ()), index)
    if not getattr(args, "json", False):
        for note in registry.remarks:
            remark(f"note: {clean(note, 400)}")
    return registry


def held(args: Namespace, registry: Registry, program: Loaded) -> Registry:
    """The registry under the lock that was named, if one was. Raises FileError (bad-lock), PackError with all differences."""
    if args.locked is None:
        return registry
    from vcvm_core.plugin import read_lock

    lock = read_lock(args.locked)
    problems = lock.program_differences([(program.name, program.data)])
    try:
        found = registry.under(lock)
    except PackError as e:
        raise PackError(*e.diagnostics, *problems) from None
    if problems:
        raise PackError(*problems)
    return found


def notices(module: Module, registry: Registry) -> list[str]:
    """What there is to say about the imports of a program that has just been made: what is deprecated, and what replaces it."""
    from vcvm_core.link import EVERYTHING, resolve

    found = []
    for extern in module.externs:
        verdict = resolve(extern, registry.known, EVERYTHING, bind=False)
        found += [f"{clean(verdict.name)}: {n}" for n in verdict.notices]
    return found
