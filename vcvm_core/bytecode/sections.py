"""The sections of format 1, reader and writer of each side by side.

    constants   u32 count, then each: u8 tag and none: nothing | bool: u8 0 or 1 | int: i64 | float: f64 (NaN has one
                form) | string, bytes: u32 size and the bytes | uuid: 16 bytes
    types       u32 count, then each: u16 size and the type's one spelling
    libraries   u16 count, then each: name, SHA-256 of the library's file (32 bytes)
    imports     u16 count, then each: u16 library, name, signature
    externs     u16 count, then each: uuid (16 bytes), signature, digest of the signature (32 bytes), name, pack, version
    functions   u32 count, then each: name, signature, u16 count of further locals and their types, u16 maximum stack,
                u32 count of instructions and the words
    symbols     u16 count, then each: name, u32 function
    debug       source name, u32 count (of functions), then each: u32 count of (u32 instruction, u32 line) pairs,
                u16 count of names (none, or one for each local) and the names

A signature is u8 count of parameters and their types, u8 count of results and theirs. A type is a u16 index into the
types; a name is a u8 size and UTF-8. Floats and integers are little-endian. Every entry has one encoding.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from struct import Struct, iter_unpack
from typing import Any, Final, NamedTuple
from uuid import UUID

from vcvm_core.bytecode.instructions import decode_word
from vcvm_core.bytecode.model import Debug, Extern, Function, FunctionDebug, Import, Library
from vcvm_core.bytecode.reader import Reader
from vcvm_core.bytecode.writer import Writer
from vcvm_core.limits import HIGHEST
from vcvm_core.values import ANY, BadType, Param, Signature, Type, parse_type

_I64, _F64 = Struct("<q"), Struct("<d")
_NAN: Final = _F64.pack(math.nan)
DECLARABLE: Final = ("fuel", "call_depth", "intrinsic_calls")
"""The limits that a program may lower for itself, in the order of their numbers, from 1."""


class Parts(NamedTuple):
    """What has been read so far, by section name; later sections refer to earlier ones."""

    values: dict[str, tuple[Any, ...]]
    numbers: dict[Type, int] = {}  # noqa: RUF012 - of the types, for writing; never changed

    def get(self, section: str) -> tuple[Any, ...]:
        return self.values.get(section, ())


def _read_limits(r: Reader, parts: Parts) -> tuple[tuple[str, int], ...]:
    found: list[tuple[str, int]] = []
    last = 0
    start = r.at
    count = r.counted(9, wide=False)
    if count > len(DECLARABLE):
        raise r.refuse("bad-declared-limit", start, found=count, limit=len(DECLARABLE))
    for _ in range(count):
        at = r.at
        number, value = r.u8(), r.u64()
        if not last < number <= len(DECLARABLE) or value > HIGHEST:
            raise r.refuse("bad-declared-limit", at, found=number, limit=len(DECLARABLE))
        last = number
        found.append((DECLARABLE[number - 1], value))
    return tuple(found)


def _write_limits(w: Writer, entries: tuple[Any, ...], parts: Parts) -> None:
    w.u16(len(entries))
    for name, value in entries:
        w.u8(DECLARABLE.index(name) + 1)
        w.u64(value)


def _read_constants(r: Reader, parts: Parts) -> tuple[Any, ...]:
    return tuple(_constant(r) for _ in range(r.count("constants", 1)))


def _constant(r: Reader) -> Any:
    at = r.at
    tag = r.u8()
    if tag == 0:
        return None
    if tag == 1:
        value = r.u8()
        if value > 1:
            raise r.refuse("bad-constant", at, reason=f"a bool is 0 or 1, not {value}")
        return value == 1
    if tag == 2:
        return _I64.unpack(r.take(8))[0]
    if tag == 3:
        data = r.take(8)
        number: float = _F64.unpack(data)[0]
        if number != number and data != _NAN:
            raise r.refuse("bad-constant", at, reason="NaN has one encoding, and this is another")
        return number
    if tag == 4:
        return r.text(r.sized())
    if tag == 5:
        return r.take(r.sized())
    if tag == 6:
        return UUID(bytes=r.take(16))
    raise r.refuse("bad-tag", at, tag=tag)


def _write_constants(w: Writer, entries: tuple[Any, ...], parts: Parts) -> None:
    w.u32(len(entries))
    for value in entries:
        kind = type(value)
        if value is None:
            w.u8(0)
        elif kind is bool:
            w.u8(1)
            w.u8(int(value))
        elif kind is int:
            w.u8(2)
            w.i64(value)
        elif kind is float:
            w.u8(3)
            w.raw(_NAN if value != value else _F64.pack(value))
        elif kind is str:
            w.u8(4)
            w.text(value)
        elif kind is bytes:
            w.u8(5)
            w.sized(value)
        elif kind is UUID:
            w.u8(6)
            w.raw(value.bytes)
        else:
            raise ValueError(f"a {kind.__name__} cannot be a constant")


def _read_types(r: Reader, parts: Parts) -> tuple[Any, ...]:
    found: dict[Type, None] = {}
    for _ in range(r.count("types", 3)):
        at = r.at
        text = r.text(r.u16())
        try:
            t = parse_type(text, variables=True)
        except BadType as e:
            raise r.refuse("bad-type", at, text=text, reason=e) from None
        if str(t) != text or t in found:
            raise r.refuse("bad-type", at, text=text, reason=f"it must be spelled {t}, once")
        found[t] = None
    return tuple(found)


def _write_types(w: Writer, entries: tuple[Any, ...], parts: Parts) -> None:
    w.u32(len(entries))
    for t in entries:
        data = str(t).encode("utf-8")
        w.u16(len(data))
        w.raw(data)


def _read_type(r: Reader, parts: Parts) -> Type:
    types = parts.get("types")
    found: Type = types[r.index(len(types), "types")]
    return found


def _write_type(w: Writer, t: Type, parts: Parts) -> None:
    w.u16(parts.numbers[t])


def _read_signature(r: Reader, parts: Parts) -> Signature:
    at = r.at
    params = r.u8()
    r.hold("params", params, at)
    types = [_read_type(r, parts) for _ in range(params)]
    results = r.u8()
    r.hold("results", results, at)
    return Signature(tuple(Param("", t) for t in types), tuple(_read_type(r, parts) for _ in range(results)))


def _write_signature(w: Writer, signature: Signature, parts: Parts) -> None:
    for types in (signature.types, signature.results):
        w.u8(len(types))
        for t in types:
            _write_type(w, t, parts)


def _read_libraries(r: Reader, parts: Parts) -> tuple[Any, ...]:
    found: list[Library] = []
    for _ in range(r.count("libraries", 34, wide=False)):
        at = r.at
        library = Library(r.name(), r.take(32))
        if any(x.name == library.name for x in found):
            raise r.refuse("duplicate-name", at, what="library", name=library.name)
        found.append(library)
    return tuple(found)


def _write_libraries(w: Writer, entries: tuple[Any, ...], parts: Parts) -> None:
    w.u16(len(entries))
    for library in entries:
        w.name(library.name)
        w.raw(library.digest)


def _read_imports(r: Reader, parts: Parts) -> tuple[Any, ...]:
    found: dict[tuple[int, str], Import] = {}
    for _ in range(r.count("imports", 6, wide=False)):
        at = r.at
        library = r.index(len(parts.get("libraries")), "libraries")
        entry = Import(library, r.name(), _read_signature(r, parts))
        if (library, entry.name) in found:
            raise r.refuse("duplicate-import", at, name=entry.name)
        found[library, entry.name] = entry
    return tuple(found.values())


def _write_imports(w: Writer, entries: tuple[Any, ...], parts: Parts) -> None:
    w.u16(len(entries))
    for entry in entries:
        w.u16(entry.library)
        w.name(entry.name)
        _write_signature(w, entry.signature, parts)


def _read_externs(r: Reader, parts: Parts) -> tuple[Any, ...]:
    found: dict[bytes, Extern] = {}
    for _ in range(r.count("externs", 53, wide=False)):
        at = r.at
        uuid = read_uuid(r)
        signature = _read_signature(r, parts)
        if r.take(32) != signature.digest():
            raise r.refuse("bad-digest", at, signature=signature)
        if uuid in found:
            raise r.refuse("duplicate-import", at, name=UUID(bytes=uuid))
        found[uuid] = Extern(uuid, signature, r.name(True), r.name(True), r.name(True))
    return tuple(found.values())


def read_uuid(r: Reader) -> bytes:
    """16 bytes that can be an identity: neither all zeros nor all ones."""
    at = r.at
    uuid = r.take(16)
    if uuid in (bytes(16), b"\xff" * 16):
        raise r.refuse("bad-uuid", at, uuid=UUID(bytes=uuid))
    return uuid


def _write_externs(w: Writer, entries: tuple[Any, ...], parts: Parts) -> None:
    w.u16(len(entries))
    for extern in entries:
        w.raw(extern.uuid)
        _write_signature(w, extern.signature, parts)
        w.digest(extern.signature)
        for name in (extern.name, extern.pack, extern.version):
            w.name(name, optional=True)


def _read_functions(r: Reader, parts: Parts) -> tuple[Any, ...]:
    found: dict[str, Function] = {}
    instructions = 0
    for _ in range(r.count("functions", 12)):
        at = r.at
        name = r.name()
        if name in found:
            raise r.refuse("duplicate-name", at, what="function", name=name)
        signature = _read_signature(r, parts)
        further = r.count("locals", 2, wide=False, before=len(signature.params))
        types = tuple(_read_type(r, parts) for _ in range(further))
        max_stack = r.u16()
        start = r.at
        size = r.count("code", 4)
        instructions += size
        r.hold("program", instructions, start)
        first = r.at
        words = r.take(4 * size)
        code = tuple(decode_word(word, first + 4 * i) for i, (word,) in enumerate(iter_unpack("<I", words)))
        found[name] = Function(name, signature, types, max_stack, code)
    return tuple(found.values())


def _write_functions(w: Writer, entries: tuple[Any, ...], parts: Parts) -> None:
    w.u32(len(entries))
    for function in entries:
        w.name(function.name)
        _write_signature(w, function.signature, parts)
        w.u16(len(function.locals))
        for t in function.locals:
            _write_type(w, t, parts)
        w.u16(function.max_stack)
        w.u32(len(function.code))
        w.words(function.code)


def _read_symbols(r: Reader, parts: Parts) -> tuple[Any, ...]:
    found: dict[str, int] = {}
    for _ in range(r.count("exports", 6, wide=False)):
        at = r.at
        name = r.name()
        if name in found:
            raise r.refuse("duplicate-name", at, what="symbol", name=name)
        found[name] = r.index(len(parts.get("functions")), "functions", wide=True)
    return tuple(found.items())


def _write_symbols(w: Writer, entries: tuple[Any, ...], parts: Parts) -> None:
    w.u16(len(entries))
    for name, function in entries:
        w.name(name)
        w.u32(function)


def _read_debug(r: Reader, parts: Parts) -> tuple[Any, ...]:
    functions = parts.get("functions")
    source = r.name(optional=True)
    at = r.at
    if r.count("functions", 6) != len(functions):
        raise r.refuse("bad-debug", at, reason="it needs one entry for each function")
    return (Debug(source, tuple(_function_debug(r, function) for function in functions)),)


def _function_debug(r: Reader, function: Function) -> FunctionDebug:
    at = r.at
    lines: list[tuple[int, int]] = []
    for _ in range(r.count("lines", 8)):
        instruction, line = r.u32(), r.u32()
        # Rising, inside the code, and a new line each time: so a table has one form.
        known = line > 0 and instruction < len(function.code)
        if not known or (lines and (instruction <= lines[-1][0] or line == lines[-1][1])):
            raise r.refuse("bad-debug", at, reason=f"the line table of {function.name} is not in order")
        lines.append((instruction, line))
    at = r.at
    count = r.count("names", 1, wide=False)
    if count not in (0, len(function.slots)):
        raise r.refuse("bad-debug", at, reason=f"{function.name} has {len(function.slots)} locals, {count} are named")
    names = tuple(r.name(optional=True) for _ in range(count))
    given = [n for n in names if n]
    if (names and not given) or len(set(given)) != len(given):
        raise r.refuse("bad-debug", at, reason=f"the names of the locals of {function.name} are not distinct")
    return FunctionDebug(tuple(lines), names)


def _write_debug(w: Writer, entries: tuple[Any, ...], parts: Parts) -> None:
    (debug,) = entries
    w.name(debug.source, optional=True)
    w.u32(len(debug.functions))
    for entry in debug.functions:
        w.u32(len(entry.lines))
        w.pairs(entry.lines)
        w.u16(len(entry.names))
        for name in entry.names:
            w.name(name, optional=True)


class Section(NamedTuple):
    """A section: its number, which is also its place in the file, its name, and its two functions."""

    number: int
    name: str
    read: Callable[[Reader, Parts], tuple[Any, ...]]
    write: Callable[[Writer, tuple[Any, ...], Parts], None]


SECTIONS: Final = (
    Section(1, "limits", _read_limits, _write_limits),
    Section(2, "constants", _read_constants, _write_constants),
    Section(3, "types", _read_types, _write_types),
    Section(4, "libraries", _read_libraries, _write_libraries),
    Section(5, "imports", _read_imports, _write_imports),
    Section(6, "externs", _read_externs, _write_externs),
    Section(7, "functions", _read_functions, _write_functions),
    Section(8, "exports", _read_symbols, _write_symbols),
    Section(9, "debug", _read_debug, _write_debug),
)

_NAMES: Final = {
    type(None): "none",
    bool: "bool",
    int: "int",
    float: "float",
    str: "string",
    bytes: "bytes",
    UUID: "uuid",
}


def constant_type(value: Any) -> Type:
    """The type of a constant."""
    name = _NAMES.get(type(value))
    return parse_type(name) if name else ANY
