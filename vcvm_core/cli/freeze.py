"""``vcvm plugins freeze``: the lock of what is installed, or of what some programs use.

Takes programs, or none; gives the lock. Refuses programs that cannot be linked here, and packs whose files are not those
that were installed: what is frozen is meant to be known. No pack is imported.
"""

from __future__ import annotations

from argparse import Namespace

from vcvm_core.bytecode import Module, content_hash
from vcvm_core.cli.files import STANDARD, Loaded, load, write
from vcvm_core.cli.policy import libraries_of, limits_of
from vcvm_core.cli.programs import verified
from vcvm_core.cli.show import document, remark, say
from vcvm_core.cli.usage import host
from vcvm_core.errors import Diagnostic, VcvmError, clean, refusal
from vcvm_core.limits import Limits
from vcvm_core.link import EVERYTHING
from vcvm_core.plugin import LockedProgram, PackLock, Registry, encode_lock, freeze_packs, lock_to_data
from vcvm_core.vm import VM


def plugins_freeze(args: Namespace) -> int:
    """Run the command."""
    limits = limits_of(args)
    registry = host(args.no_pack)
    lock = _of_programs(args, registry, limits) if args.programs else _of_all(args, registry)
    output = args.output or STANDARD
    if args.output is not None or not args.json:
        write(output, encode_lock(lock), args.touched)
    if args.json:
        document({"file": args.output, "lock": lock_to_data(lock)})
    elif output != STANDARD:
        counts = [(len(lock.packs), "pack"), (len(lock.programs), "program")]
        words = ", ".join(f"{n} {what}{'' if n == 1 else 's'}" for n, what in counts)
        say(f"{clean(output, 200)}: {words}")
    return 0


def _of_all(args: Namespace, registry: Registry) -> PackLock:
    """Every pack that can be used."""
    for pack in registry.packs:
        if not pack.usable and not args.json:
            remark(f"note: {clean(pack.name)} {clean(pack.version)} cannot be used, and is left out")
    return freeze_packs(pack for pack in registry.packs if pack.usable)


def _of_programs(args: Namespace, registry: Registry, limits: Limits) -> PackLock:
    """The packs that programs use. Raises everything that is wrong with any of them."""
    libraries = libraries_of(args, limits)
    vm = VM(registry, limits=limits, allow=EVERYTHING, libraries=libraries)
    programs = []
    problems: list[Diagnostic] = []
    for path in dict.fromkeys(args.programs):
        try:
            program = load(path, limits, args.no_pack, registry)
            programs.append(_locked(vm, program, registry, limits))
        except VcvmError as e:
            if len(args.programs) == 1:
                raise
            problems += e.diagnostics
    if problems:
        raise refusal(problems)
    used = {name for program in programs for name in program.packs}
    return freeze_packs([pack for pack in registry.packs if pack.name in used], programs)


def _locked(vm: VM, program: Loaded, registry: Registry, limits: Limits) -> LockedProgram:
    """A program and the packs that it uses, through libraries too. Raises VerifyError, LinkError."""
    verified(program, limits)
    report = vm.check(program.data)._replace(program=program.name)
    if not report.ok:
        raise report.error()
    used = {v.offer.pack for v in report.verdicts if v.offer is not None}
    used |= _carriers(program.module, registry)
    digest = content_hash(program.data).hex()
    return LockedProgram(program.name, digest, tuple(sorted(used)))


def _carriers(module: Module, registry: Registry) -> set[str]:
    """The packs whose compiled libraries a program links to."""
    wanted = {library.digest for library in module.libraries}
    return {
        pack.name
        for pack in registry.packs
        if pack.usable and pack.manifest is not None
        for row in pack.manifest.libraries
        if row.sha256 in wanted
    }
