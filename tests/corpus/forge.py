"""An assembler that can lie: programs of format 1, section by section, with any field replaced by a wrong one.

Takes the parts of a program; gives bytes. Every count, size and checksum is right unless it is given, so a definition
in `format_rows.py` shows nothing but its lie. What is sound in every byte and wrong only by the verifier's rules is made
by `program` and `module`, through the model and the encoder, from code in a line of text.
"""

from __future__ import annotations

from binascii import crc32
from collections.abc import Iterable, Sequence
from struct import pack
from typing import Any

from vcvm_core.bytecode import (
    MAGIC_1,
    Extern,
    Function,
    FunctionContext,
    Instruction,
    Module,
    encode,
    encode_word,
    instruction,
    walk,
)
from vcvm_core.values import Signature, Type, parse_signature, parse_type

LIMITS, CONSTANTS, TYPES, LIBRARIES, IMPORTS, EXTERNS, FUNCTIONS, SYMBOLS, DEBUG = range(1, 10)
"""The numbers of the sections."""

Section = tuple[int, bytes]


def u8(value: int) -> bytes:
    return pack("<B", value)


def u16(value: int) -> bytes:
    return pack("<H", value)


def u32(value: int) -> bytes:
    return pack("<I", value)


def u64(value: int) -> bytes:
    return pack("<Q", value)


def name(text: str | bytes, size: int | None = None) -> bytes:
    """A name; size: the lie about its length."""
    data = text if isinstance(text, bytes) else text.encode()
    return u8(len(data) if size is None else size) + data


def file(
    *sections: Section,
    magic: int = MAGIC_1,
    version: int = 1,
    kind: int = 0,
    zero: int = 0,
    checksum: int | None = None,
    tail: bytes = b"",
) -> bytes:
    """A file of format 1. tail: bytes after the last section, under the checksum."""
    body = b"".join(u8(number) + u32(len(content)) + content for number, content in sections) + tail
    return u32(magic) + u16(version) + u8(kind) + u8(zero) + u32(crc32(body) if checksum is None else checksum) + body


def fixed(data: bytes) -> bytes:
    """The same bytes with a checksum that fits, where there is one."""
    return data[:8] + u32(crc32(data[12:])) + data[12:] if len(data) >= 12 and data[:4] == u32(MAGIC_1) else data


def word(text: str) -> int:
    """One instruction such as ``push 3``, or a raw word such as ``0xff000000``."""
    if text.startswith("0x"):
        return int(text, 16)
    mnemonic, *operands = text.replace(",", " ").split()
    return encode_word(instruction(mnemonic, *map(int, operands)))


def words(text: str) -> list[int]:
    """Instructions that stand between semicolons."""
    return [word(part.strip()) for part in text.split(";") if part.strip()]


def constants(*entries: bytes, count: int | None = None) -> Section:
    """Entries are tag and content."""
    return CONSTANTS, u32(len(entries) if count is None else count) + b"".join(entries)


def text_constant(data: bytes, size: int | None = None) -> bytes:
    return u8(4) + u32(len(data) if size is None else size) + data


def types(*texts: str | bytes, count: int | None = None) -> Section:
    entries = [t if isinstance(t, bytes) else t.encode() for t in texts]
    return TYPES, u32(len(entries) if count is None else count) + b"".join(u16(len(e)) + e for e in entries)


def signature(params: Sequence[int] = (), results: Sequence[int] = ()) -> bytes:
    """Parameters and results by their indexes into the types."""
    return b"".join(u8(len(part)) + b"".join(map(u16, part)) for part in (params, results))


def extern(uuid: bytes, shape: str = "() -> ()", indexes: bytes | None = None, digest: bytes | None = None) -> bytes:
    """An import of an intrinsic; indexes: its signature's bytes. The digest is that of `shape`."""
    told = parse_signature(shape).digest() if digest is None else digest
    return uuid + (signature() if indexes is None else indexes) + told + name("") * 3


def externs(*entries: bytes, count: int | None = None) -> Section:
    return EXTERNS, u16(len(entries) if count is None else count) + b"".join(entries)


def function(
    title: str | bytes = "main",
    code: str | Iterable[int] = "ret",
    *,
    shape: bytes | None = None,
    slots: Sequence[int] = (),
    slot_count: int | None = None,
    stack: int = 0,
    count: int | None = None,
) -> bytes:
    """A function. slots: its further locals, as indexes into the types."""
    code = words(code) if isinstance(code, str) else list(code)
    head = name(title) + (signature() if shape is None else shape)
    head += u16(len(slots) if slot_count is None else slot_count) + b"".join(map(u16, slots)) + u16(stack)
    return head + u32(len(code) if count is None else count) + b"".join(map(u32, code))


def functions(*entries: bytes, count: int | None = None) -> Section:
    return FUNCTIONS, u32(len(entries) if count is None else count) + b"".join(entries)


def symbols(*entries: tuple[str | bytes, int], count: int | None = None) -> Section:
    return SYMBOLS, u16(len(entries) if count is None else count) + b"".join(name(n) + u32(i) for n, i in entries)


def debug(source: str | bytes, *entries: bytes, count: int | None = None) -> Section:
    return DEBUG, name(source) + u32(len(entries) if count is None else count) + b"".join(entries)


def lines(pairs: Sequence[tuple[int, int]], names: Sequence[str] = ()) -> bytes:
    """The debug entry of one function."""
    table = u32(len(pairs)) + b"".join(u32(i) + u32(n) for i, n in pairs)
    return table + u16(len(names)) + b"".join(map(name, names))


def code_of(text: str) -> tuple[Instruction, ...]:
    """The instructions between semicolons, as the model has them; operands may be out of range."""
    found = []
    for part in filter(None, map(str.strip, text.split(";"))):
        mnemonic, *operands = part.replace(",", " ").split()
        found.append(instruction(mnemonic, *map(int, operands)))
    return tuple(found)


def module(
    code: str | Sequence[tuple[str, str, str]],
    shape: str = "() -> ()",
    slots: str = "",
    *,
    stack: int | None = None,
    constants: Sequence[Any] = (),
    types: Sequence[str] = (),
    externs: Sequence[str] = (),
    exports: Sequence[tuple[str, int]] | None = None,
    kind: Any = "program",
) -> Module:
    """A module. code: of the function main, or (code, signature, locals) of each of several functions.

    stack: the declared maximum, which is the observed one if it is not given. types: those that operands name come
    first. externs: signatures of intrinsics.
    """
    given = [(code, shape, slots)] if isinstance(code, str) else list(code)
    table = [parse_type(t) for t in types]
    heads = [
        (parse_signature(s), tuple(parse_type(t) for t in map(str.strip, ls.split(";")) if t)) for _, s, ls in given
    ]
    imported = tuple(Extern(u32(i + 1) * 4, _nameless(parse_signature(s))) for i, s in enumerate(externs))
    for head, extra in [*heads, *((x.signature, ()) for x in imported)]:
        for t in (*head.types, *head.results, *extra):
            if t not in table:
                table.append(t)
    made = [
        Function("main" if i == 0 else f"f{i}", _nameless(head), extra, 0, code_of(text))
        for i, ((text, _, _), (head, extra)) in enumerate(zip(given, heads, strict=True))
    ]
    shown = (("main", 0),) if exports is None else tuple(exports)
    result = Module(
        kind=kind,
        constants=tuple(constants),
        types=tuple(table),
        externs=imported,
        functions=tuple(made),
        exports=shown,
    )
    sized = [
        Function(f.name, f.signature, f.locals, highest(result, f) if stack is None else stack, f.code) for f in made
    ]
    return Module(
        kind=kind,
        constants=tuple(constants),
        types=tuple(table),
        externs=imported,
        functions=tuple(sized),
        exports=shown,
    )


def program(*args: Any, **facts: Any) -> bytes:
    """The bytes of `module` with these arguments."""
    return encode(module(*args, **facts))


def highest(made: Module, of: Function) -> int:
    """The stack that a function needs, as far as it can be walked."""
    try:
        return walk(of.code, FunctionContext(made, of), 1 << 30).highest
    except (IndexError, KeyError):
        return 0


def _nameless(found: Signature) -> Signature:
    return Signature(tuple(type(p)("", p.type) for p in found.params), found.results)


def deep_type(depth: int, inside: str = "int") -> Type:
    """A list of lists, `depth` deep."""
    return parse_type("list<" * depth + inside + ">" * depth)
