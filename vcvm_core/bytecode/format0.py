"""Format 0, exactly as the founding document lays it out.

    u32 magic 0x000DECAF
    u32 count of strings,       each: u32 size and UTF-8
    u32 count of UUIDs,         each: 16 bytes
    u32 count of integers,      each: u32
    u32 count of intrinsics,    each: 16 bytes UUID, u32 arguments, u32 results, u32 size and the name in UTF-8
    u32 count of instructions,  each: u32

Little-endian throughout. The document's pointers are values that follow in place; what has a variable length has a u32
size before it. `LoadK A` counts through the strings, the UUIDs and the integers, in this order. There are no types, so
every intrinsic takes and gives any; there are no jumps, so the end of the instructions is a halt.
"""

from __future__ import annotations

from struct import iter_unpack
from typing import Any, Final
from uuid import UUID

from vcvm_core.bytecode.instructions import decode_word
from vcvm_core.bytecode.model import Extern, Function, Instruction, Module
from vcvm_core.bytecode.reader import Reader
from vcvm_core.bytecode.sections import constant_type, read_uuid
from vcvm_core.bytecode.writer import Writer
from vcvm_core.isa import BY_CODE, FOUNDING, Misfit, apply
from vcvm_core.values import Signature, Type, untyped

MAGIC_0: Final = 0x000DECAF
ENTRY: Final = "main"


def read_format0(r: Reader) -> Module:
    """The module in the bytes after the magic number. Raises FormatError."""
    strings = tuple(r.text(r.sized()) for _ in range(r.count("constants", 4)))
    uuids = tuple(UUID(bytes=r.take(16)) for _ in range(r.count("constants", 16, before=len(strings))))
    integers = tuple(r.u32() for _ in range(r.count("constants", 4, before=len(strings) + len(uuids))))
    externs: dict[bytes, Extern] = {}
    for _ in range(r.count("externs", 28)):
        at = r.at
        uuid, nargs, nrets = read_uuid(r), r.u32(), r.u32()
        r.hold("params", nargs, at)
        r.hold("results", nrets, at)
        start = r.at
        name = r.text(r.sized())
        if len(name) > 255 or not name.isprintable():
            raise r.refuse("bad-name", start, name=name, reason="it is too long, or has invisible characters")
        if uuid in externs:
            raise r.refuse("duplicate-import", at, name=UUID(bytes=uuid))
        externs[uuid] = Extern(uuid, untyped(nargs, nrets), name, typed=False)
    start = r.at
    size = r.count("code", 4)
    r.hold("program", size, start)
    at = r.at
    code = tuple(decode_word(w, at + 4 * i, FOUNDING) for i, (w,) in enumerate(iter_unpack("<I", r.take(4 * size))))
    r.done("the instructions")
    module = module0((*strings, *uuids, *integers), tuple(externs.values()), code)
    # What the code leaves on the stack is known now only.
    r.hold("results", len(module.functions[0].signature.results))
    return module


def module0(constants: tuple[Any, ...], externs: tuple[Extern, ...], code: tuple[Instruction, ...]) -> Module:
    """The module of a format 0 program. What its one function leaves on the stack is what it results in."""
    results, max_stack = _simulate(constants, externs, code)
    main = Function(ENTRY, Signature((), results), (), max_stack, code)
    return Module(0, "program", (), constants, (), (), (), externs, (main,), ((ENTRY, 0),))


class _Straight:
    """The context of straight-line code, for `apply`."""

    def __init__(self, constants: tuple[Any, ...], externs: tuple[Extern, ...]) -> None:
        self.constants, self.externs = constants, externs

    def constant(self, index: int) -> Type:
        return constant_type(self.constants[index])

    def text(self, index: int) -> str:
        return str(self.constants[index])

    def type(self, index: int) -> Type:
        raise IndexError(index)

    local = type

    def called(self, kind: str, index: int) -> Signature:
        return self.externs[index].signature

    def results(self) -> tuple[Type, ...]:
        return ()


def _simulate(
    constants: tuple[Any, ...], externs: tuple[Extern, ...], code: tuple[Instruction, ...]
) -> tuple[tuple[Type, ...], int]:
    """The types left at the end, and the highest stack. Where the code is wrong it stops: the verifier will say so."""
    stack: list[Type] = []
    highest = 0
    context = _Straight(constants, externs)
    try:
        for i in code:
            if i.opcode == 0:
                break
            apply(BY_CODE[i.opcode], i.a, i.b, stack, context)
            highest = max(highest, len(stack))
    except (Misfit, IndexError):
        return (), highest
    return tuple(stack), highest


def write_format0(module: Module) -> bytes:
    """The bytes of a format 0 module. Raises ValueError for what the format cannot hold."""
    w = Writer()
    if [c for pool in pools(module) for c in pool] != list(module.constants):
        raise ValueError("the constants of format 0 are strings, then UUIDs, then integers")
    write_format0_to(w, module)
    return bytes(w.out)


def pools(module: Module) -> tuple[list[str], list[UUID], list[int]]:
    """The constants of a module by kind, in the order of the file: strings, UUIDs, integers."""
    constants = module.constants
    return (
        [c for c in constants if type(c) is str],
        [c for c in constants if type(c) is UUID],
        [c for c in constants if type(c) is int],
    )


def write_format0_to(w: Writer, module: Module) -> None:
    """Write a format 0 module to `w`."""
    strings, uuids, integers = pools(module)
    w.u32(MAGIC_0)
    w.u32(len(strings))
    for text in strings:
        w.text(text)
    w.u32(len(uuids))
    for uuid in uuids:
        w.raw(uuid.bytes)
    w.u32(len(integers))
    for number in integers:
        w.u32(number)
    w.u32(len(module.externs))
    for extern in module.externs:
        w.raw(extern.uuid)
        w.u32(len(extern.signature.params))
        w.u32(len(extern.signature.results))
        w.text(extern.name)
    code = module.functions[0].code if module.functions else ()
    w.u32(len(code))
    w.words(code)
