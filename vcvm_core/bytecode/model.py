"""The model of a program: what both file formats decode to and what the verifier reads.

Takes nothing apart; gives frozen records. A `Module` holds no text of its file and shares nothing that can change, so
whoever keeps the bytes it came from cannot change it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from operator import itemgetter
from typing import Any, Literal, NamedTuple

from vcvm_core.values import Signature, Type

Kind = Literal["program", "library"]


class Instruction(NamedTuple):
    """One decoded instruction: its opcode and its operands; those it does not have are 0."""

    opcode: int
    a: int = 0
    b: int = 0
    c: int = 0


class Extern(NamedTuple):
    """An intrinsic that a program imports.

    uuid: 16 bytes, the identity. signature: what the program was compiled against. typed: false in format 0, where only
    the counts are known. name, pack, version: what it was called, and where it came from, when the program was compiled;
    for messages only, empty if unknown.
    """

    uuid: bytes
    signature: Signature
    name: str = ""
    pack: str = ""
    version: str = ""
    typed: bool = True


class LibraryHeader(NamedTuple):
    """What a compiler knows of a compiled library that a pack carries: its name, the SHA-256 of its file, the pack, and the
    signatures of the functions that it exports."""

    name: str
    digest: bytes
    pack: str
    version: str
    symbols: Mapping[str, Signature]


class Import(NamedTuple):
    """A function that a program takes from a library: its exported name and the signature expected."""

    library: int
    name: str
    signature: Signature


class Library(NamedTuple):
    """A library that a program links to: its name and the SHA-256 of its file."""

    name: str
    digest: bytes


class Function(NamedTuple):
    """A function: its name, signature, the types of its further locals, exact maximum stack, and code."""

    name: str
    signature: Signature
    locals: tuple[Type, ...]
    max_stack: int
    code: tuple[Instruction, ...]

    @property
    def slots(self) -> tuple[Type, ...]:
        """The types of all locals: the parameters come first."""
        return self.signature.types + self.locals


class FunctionDebug(NamedTuple):
    """Debug information of one function: (first instruction, line) pairs in rising order, and names of all locals."""

    lines: tuple[tuple[int, int], ...] = ()
    names: tuple[str, ...] = ()

    def line(self, instruction: int) -> int | None:
        """The source line of an instruction, if known."""
        after = bisect_right(self.lines, instruction, key=itemgetter(0))
        return self.lines[after - 1][1] if after else None


class Debug(NamedTuple):
    """Debug information: the name of the source file (never opened) and one entry for each function."""

    source: str = ""
    functions: tuple[FunctionDebug, ...] = ()


class Module(NamedTuple):
    """A program or a library, decoded but not verified.

    format: 0 or 1. constants: exact none, bool, int, float, str, bytes and uuid.UUID values. limits: (name, value)
    pairs that lower the host's. exports: names and function indexes.
    """

    format: int = 1
    kind: Kind = "program"
    limits: tuple[tuple[str, int], ...] = ()
    constants: tuple[Any, ...] = ()
    types: tuple[Type, ...] = ()
    libraries: tuple[Library, ...] = ()
    imports: tuple[Import, ...] = ()
    externs: tuple[Extern, ...] = ()
    functions: tuple[Function, ...] = ()
    exports: tuple[tuple[str, int], ...] = ()
    debug: Debug | None = None

    def export(self, name: str) -> int | None:
        """The index of the function exported as `name`, or None."""
        return dict(self.exports).get(name)

    def line(self, function: int, instruction: int) -> int | None:
        """The source line of an instruction, if the program says."""
        if self.debug is None or function >= len(self.debug.functions):
            return None
        return self.debug.functions[function].line(instruction)
