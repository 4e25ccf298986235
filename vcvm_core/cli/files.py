"""Files of a command: programs, as assembly text or compiled; records; and what is written.

Takes the names that the user wrote; gives a `Loaded` program, or a stream. What a file is, its content says, never its
name. Refuses with FileError what is no file, and never leaves half of a written one behind.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, BinaryIO, Final

from vcvm_core.bytecode import MAGIC_0, MAGIC_1, Module, decode, encode
from vcvm_core.cli.outputs import NO_FILES, Files, Named
from vcvm_core.cli.outputs import STANDARD as STANDARD
from vcvm_core.cli.streams import standard_output
from vcvm_core.cli.usage import host
from vcvm_core.errors import CompileError, Diagnostic, Place, VcvmError, clean, error
from vcvm_core.files import open_stream, read_file, reason_of, write_file
from vcvm_core.limits import Limits

if TYPE_CHECKING:
    from vcvm_core.asm import Headers
    from vcvm_core.plugin import Registry

_MAGICS: Final = tuple(magic.to_bytes(4, "little") for magic in (MAGIC_0, MAGIC_1))


@dataclass(frozen=True)
class Loaded:
    """A program that was read. shown: its name for people. data: its compiled form. source: its text, if it was text."""

    shown: str
    module: Module
    data: bytes
    source: str | None = None

    @property
    def name(self) -> str:
        """The file's own name."""
        return PurePath(self.shown).name

    def explained(self, e: VcvmError) -> VcvmError:
        """The error with source lines where it has line numbers, if there is a source; returns the same error."""
        if self.source is not None:
            lines = self.source.split("\n")
            e.diagnostics = tuple(self._with_line(d, lines) for d in e.diagnostics)
        return e

    def _with_line(self, d: Diagnostic, lines: list[str]) -> Diagnostic:
        place = d.place
        if place.text is not None or place.function is None or place.line is None or place.line > len(lines):
            return d
        if place.file is not None and PurePath(place.file).name != self.name:
            # It is a library's.
            return d
        text = lines[place.line - 1].rstrip()
        code = text.lstrip()
        column = len(text) - len(code) + 1
        where = (self.shown, place.line, column, place.offset, place.function, place.instruction)
        return Diagnostic(d.kind, Place(*where, text=text, width=max(1, len(code))), d.facts)


def read_bytes(path: str, limits: Limits) -> tuple[str, bytes]:
    """The bytes of a program, and its name for people. Raises FileError, FormatError (file-too-large)."""
    if path != STANDARD:
        return path, read_file(path, limits.program_bytes, "file-too-large")
    try:
        data = standard_input().read(limits.program_bytes + 1)
    except OSError as e:
        raise error("unreadable-file", path="standard input", reason=reason_of(e)) from None
    if not data:
        raise error("empty-file", path="standard input")
    if len(data) > limits.program_bytes:
        raise error("file-too-large", Place(file="<stdin>"), found=len(data), limit=limits.program_bytes)
    return "<stdin>", data


def standard_input() -> BinaryIO:
    """Standard input as bytes. Raises FileError if there is none."""
    if sys.stdin is None:
        raise error("unreadable-file", path="standard input", reason="it is closed")
    return sys.stdin.buffer


def load(path: str, limits: Limits, block: Sequence[str] = (), hosts: Registry | None = None) -> Loaded:
    """A program: compiled, or assembly text, which is assembled with the headers of the installed packs. Not verified.

    block: packs that are not to be used. hosts: what is known, instead. Raises FileError, FormatError, CompileError.
    """
    shown, data = read_bytes(path, limits)
    text = as_text(data)
    if text is None:
        try:
            return Loaded(shown, decode(data, limits), data)
        except VcvmError as e:
            raise e.placed(Place(file=shown)) from None
    known = host(block) if hosts is None else hosts
    return assembled(shown, text, known.catalog(), limits, known)


def assembled(shown: str, text: str, headers: Headers, limits: Limits, hosts: Registry | None = None) -> Loaded:
    """The program that assembly text describes. hosts: whose libraries it may link to, and whose
    index may know a name. Raises CompileError."""
    from vcvm_core.asm import assemble

    try:
        module = assemble(text, headers, shown, limits, None if hosts is None else hosts.libraries())
    except CompileError as e:
        # A notice for whoever never meant to write assembly.
        if not shown.endswith(".vasm"):
            e.add_note(f"{shown} does not begin like a compiled program, so it was read as assembly text")
        for name in dict.fromkeys(d.facts["name"] for d in e.diagnostics if d.kind == "unknown-header"):
            for found in hosts.named(name) if hosts is not None else ():
                e.add_note(f"{clean(name)} is provided by {clean(found, 400)}")
        raise
    return Loaded(shown, module, encode(module), text)


def is_compiled(data: bytes) -> bool:
    """Whether the bytes begin like a compiled program."""
    return data[:4] in _MAGICS


def as_text(data: bytes) -> str | None:
    """The bytes of a program as text, or None if they are compiled, or no text."""
    if is_compiled(data):
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def open_input(path: str) -> AbstractContextManager[BinaryIO]:
    """A stream of records, to be closed: a file, a pipe, or standard input, which stays open. Raises FileError."""
    return nullcontext(standard_input()) if path == STANDARD else open_stream(path)


def write(path: str, data: bytes, files: Files = NO_FILES, also: Sequence[Named] = ()) -> None:
    """Write an output: all of it, or nothing. files: those of the command, none of which it may be. also: what else was
    read. Raises FileError (same-file, unwritable-file)."""
    if path == STANDARD:
        stream = standard_output()
        if stream is None:
            raise error("unwritable-file", path="standard output", reason="it is closed")
        stream.flush()
        stream.buffer.write(data)  # type: ignore[attr-defined]
        stream.buffer.flush()  # type: ignore[attr-defined]
        return
    # Again: the command may have taken its time.
    files.check_output(path, also)
    write_file(path, data)
