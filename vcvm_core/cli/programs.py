"""Commands on programs as files: asm, disasm, verify.

Take a file in either form; give the other form, or everything that is wrong with it. What they write has passed the
verifier.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from vcvm_core.bytecode import Extern, Module
from vcvm_core.cli.files import STANDARD, Loaded, as_text, assembled, is_compiled, load, read_bytes, write
from vcvm_core.cli.hosts import hosts_of, notices
from vcvm_core.cli.policy import limits_of
from vcvm_core.cli.show import document, remark, say
from vcvm_core.cli.streams import standard_output
from vcvm_core.cli.usage import usage_error
from vcvm_core.errors import Place, VcvmError, error
from vcvm_core.limits import Limits
from vcvm_core.verify import VerifiedModule, verify

if TYPE_CHECKING:
    from vcvm_core.plugin import Registry


def verified(program: Loaded, limits: Limits) -> VerifiedModule:
    """The program, verified. Raises FormatError, VerifyError, with source lines if there is a source."""
    try:
        return verify(program.module, limits)
    except VcvmError as e:
        raise program.explained(e.placed(Place(file=program.shown))) from None


def counted(module: Module, data: bytes) -> dict[str, int]:
    """How much of everything a program has."""
    return {
        "functions": len(module.functions),
        "instructions": sum(len(f.code) for f in module.functions),
        "bytes": len(data),
    }


def in_words(counts: Mapping[str, int]) -> str:
    """Counts as text: ``2 functions, 1 instruction, 90 bytes``."""
    return ", ".join(f"{n:,} {name[:-1] if n == 1 else name}" for name, n in counts.items())


def asm(args: Namespace) -> int:
    """``vcvm asm``: assembly text to a compiled program."""
    limits = limits_of(args)
    if args.file == STANDARD and args.output is None:
        raise usage_error("standard input has no name to make one from", "name the output: -o OUT")
    shown, data = read_bytes(args.file, limits)
    text = as_text(data)
    if text is None:
        found, cure = "no text", "name a text file, in UTF-8"
        if is_compiled(data):
            found, cure = "a compiled program", "vcvm run runs it, vcvm disasm shows it as assembly text"
        raise error("wrong-format", path=shown, found=found, expected="assembly text", cure=cure)
    output = args.output or str(PurePath(args.file).with_suffix(".vcvm"))
    args.touched.check_output(output)
    registry = hosts_of(args)
    program = assembled(shown, text, _headers(args, registry, limits), limits, registry)
    verified(program, limits)
    notes = notices(program.module, registry)
    written(args, program.module, program.data, output, {"notices": [*registry.remarks, *notes]})
    if not args.json:
        for note in notes:
            remark(f"note: {note}")
    return 0


def _headers(args: Namespace, registry: Registry, limits: Limits) -> Mapping[str, tuple[Extern, ...]]:
    """What names mean: the headers of packs, and the description of a host's own functions above them."""
    if args.libraries is None:
        return registry.catalog()
    from vcvm_core.cli.jsontext import parse
    from vcvm_core.files import read_file
    from vcvm_core.link import LibraryArrays

    try:
        description = parse(read_file(args.libraries, limits.record_bytes, "file-too-large"), limits)
        return {**registry.catalog(), **LibraryArrays(description).catalog()}
    except VcvmError as e:
        raise e.placed(Place(file=args.libraries)) from None


def binary(output: str, what: str) -> None:
    """Raises FileError (bad-usage) if bytes would be written to a terminal."""
    stream = standard_output()
    if output == STANDARD and stream is not None and stream.isatty():
        raise usage_error(f"{what} is not for a terminal", "lead it into a file or a pipe, or name one: -o OUT")


def written(args: Namespace, module: Module, data: bytes, output: str, more: Mapping[str, Any]) -> None:
    """Write a program and say so. more: what else the JSON has."""
    binary(output, "a compiled program")
    write(output, data, args.touched)
    counts = counted(module, data)
    if output == STANDARD:
        return
    if args.json:
        document({"file": output, **counts, **more})
    else:
        say(f"{output}: {in_words(counts)}")


def _named(args: Namespace) -> Registry | None:
    """What is installed, and the headers and indexes that were named; None without any, as a compiled program needs none."""
    return hosts_of(args) if args.header or args.index else None


def disasm(args: Namespace) -> int:
    """``vcvm disasm``: a compiled program to assembly text; it need not pass the verifier."""
    from vcvm_core.asm import disassemble

    program = load(args.file, limits_of(args), args.no_pack, _named(args))
    write(args.output or STANDARD, disassemble(program.module).encode("utf-8"), args.touched)
    return 0


def verify_file(args: Namespace) -> int:
    """``vcvm verify``: decode, verify, and say ok; or every finding."""
    limits = limits_of(args)
    registry = _named(args)
    program = load(args.file, limits, args.no_pack, registry)
    verified(program, limits)
    counts = counted(program.module, program.data)
    if args.json:
        facts = {"file": program.shown, "ok": True, "format": program.module.format}
        document({**facts, **counts, "notices": list(registry.remarks) if registry is not None else []})
    else:
        say(f"ok: {in_words(counts)}")
    return 0
