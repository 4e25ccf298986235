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

from vcvm_core.bytecode.instructions import decode_word, encode_word
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
    limits = r.limits
    pool = limits.constants
    strings = tuple(r.text(r.sized()) for _ in range(r.count(pool, "too-many-constants", 4)))
    uuids = tuple(UUID(bytes=r.take(16)) for _ in range(r.count(pool - len(strings), "too-many-constants", 16)))
    left = pool - len(strings) - len(uuids)
    integers = tuple(r.u32() for _ in range(r.count(left, "too-many-constants", 4)))
    externs: dict[bytes, Extern] = {}
    for _ in range(r.count(limits.imports, "too-many-imports", 28)):
        at = r.at
        uuid, nargs, nrets = read_uuid(r), r.u32(), r.u32()
        if nargs > limits.params or nrets > limits.results:
            found, limit = (nargs, limits.params) if nargs > limits.params else (nrets, limits.results)
            what = "parameters" if nargs > limits.params else "results"
            raise r.refuse("signature-too-large", at, what=what, found=found, limit=limit)
        start = r.at
        name = r.text(r.sized())
        if len(name) > 255 or not name.isprintable():
            raise r.refuse("bad-name", start, name=name, reason="it is too long, or has invisible characters")
        if uuid in externs:
            raise r.refuse("duplicate-import", at, name=UUID(bytes=uuid))
        externs[uuid] = Extern(uuid, untyped(nargs, nrets), name, typed=False)
    size = r.count(min(limits.function_instructions, limits.instructions), "function-too-large", 4)
    at = r.at
    code = tuple(decode_word(w, at + 4 * i, FOUNDING) for i, (w,) in enumerate(iter_unpack("<I", r.take(4 * size))))
    r.done("the instructions")
    return module0((*strings, *uuids, *integers), tuple(externs.values()), code)


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
    w.u32(MAGIC_0)
    strings = [c for c in module.constants if type(c) is str]
    uuids = [c for c in module.constants if type(c) is UUID]
    integers = [c for c in module.constants if type(c) is int]
    if [*strings, *uuids, *integers] != list(module.constants):
        raise ValueError("the constants of format 0 are strings, then UUIDs, then integers")
    w.u32(len(strings))
    for text in strings:
        w.sized(text.encode("utf-8"))
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
        w.sized(extern.name.encode("utf-8"))
    code = module.functions[0].code
    w.u32(len(code))
    for instruction in code:
        w.u32(encode_word(instruction))
    return bytes(w.out)
