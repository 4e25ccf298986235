"""Bytes to `Module` and back, for both formats.

    format 0   u32 magic 0x000DECAF, then see format0.py
    format 1   u32 magic 0x001DECAF, u16 version (1), u8 kind (0 program, 1 library), u8 zero,
               u32 CRC-32 of all that follows, then sections in rising order, each at most once and none empty:
               u8 number, u32 size, content (see sections.py)

One program has one encoding: `encode(decode(data)) == data` for whatever decode accepts. The checksum finds accidents;
it protects from nobody. Refuses everything else with a FormatError that names the offset.
"""

from __future__ import annotations

from binascii import crc32
from collections import defaultdict
from collections.abc import Callable
from typing import Any, Final

from vcvm_core.bytecode.ceilings import hold
from vcvm_core.bytecode.format0 import MAGIC_0, read_format0, write_format0, write_format0_to
from vcvm_core.bytecode.model import Debug, Kind, Module
from vcvm_core.bytecode.reader import Reader
from vcvm_core.bytecode.sections import SECTIONS, Parts
from vcvm_core.bytecode.writer import Sizer, Writer
from vcvm_core.errors import error
from vcvm_core.limits import Limits
from vcvm_core.values import Type

MAGIC_1: Final = 0x001DECAF
VERSION: Final = 1
_KINDS: Final[tuple[Kind, ...]] = ("program", "library")


def decode(data: bytes, limits: Limits = Limits.default) -> Module:
    """The module in `data`, which may come from anyone. Raises FormatError.

    Time is linear in the length of `data`. Buffers that can change are copied first.
    """
    try:
        view = memoryview(data)
    except (TypeError, ValueError):
        raise error("wrong-type", where="a program", expected="bytes", found=type(data).__name__) from None
    hold("file", view.nbytes, limits)
    r = Reader(view.tobytes(), limits)
    magic = r.u32()
    if magic == MAGIC_0:
        return read_format0(r)
    if magic != MAGIC_1:
        raise r.refuse("bad-magic", 0, magic=f"0x{magic:08x}")
    version, kind, zero = r.u16(), r.u8(), r.u8()
    if version != VERSION or zero:
        raise r.refuse("unsupported-version", 4, version=version, flags=zero, known=VERSION)
    if kind >= len(_KINDS):
        raise r.refuse("bad-kind", 6, found=kind)
    checksum = r.u32()
    if checksum != crc32(r.data[r.at :]):
        raise r.refuse("checksum", 8, found=f"0x{checksum:08x}")
    values: dict[str, tuple[Any, ...]] = {}
    parts = Parts(values)
    last = 0
    while r.at < r.end:
        at = r.at
        number, size = r.u8(), r.u32()
        if not 1 <= number <= len(SECTIONS):
            raise r.refuse("unknown-section", at, number=number)
        if number <= last:
            raise r.refuse("section-duplicate" if number == last else "section-order", at, number=number)
        if size > r.end - r.at:
            raise r.refuse("truncated", at, needed=size, left=r.end - r.at)
        last, section = number, SECTIONS[number - 1]
        inner = Reader(r.data, limits, r.at, r.at + size)
        values[section.name] = section.read(inner, parts)
        inner.done(f"the section {section.name}")
        if not values[section.name]:
            raise r.refuse("empty-section", at, number=number)
        r.at = inner.at
    if "functions" not in values:
        raise r.refuse("section-missing", name="functions")
    debug: tuple[Debug, ...] = values.pop("debug", ())
    return Module(1, _KINDS[kind], debug=debug[0] if debug else None, **values)


def encode(module: Module) -> bytes:
    """The bytes of a module; the mirror of `decode`. Raises ValueError for a module that decode could not give."""
    if module.format == 0:
        return write_format0(module)
    w, head = Writer(), Writer()
    _write_sections(w, module, {t: number for number, t in enumerate(module.types)}, Writer)
    _write_head(head, _KINDS.index(module.kind), crc32(w.out))
    return bytes(head.out + w.out)


def encoded_size(module: Module) -> int:
    """How many bytes `encode` gives, without making them; for a module that it refuses, how many they would be."""
    s = Sizer()
    if module.format == 0:
        write_format0_to(s, module)
    else:
        _write_head(s, 0, 0)
        _write_sections(s, module, defaultdict(int), Sizer)
    return s.size


def _write_head(w: Writer, kind: int, checksum: int) -> None:
    w.u32(MAGIC_1)
    w.u16(VERSION)
    w.u8(kind)
    w.u8(0)
    w.u32(checksum)


def _write_sections(w: Writer, module: Module, numbers: dict[Type, int], new: Callable[[], Writer]) -> None:
    tables = {section.name: getattr(module, section.name) for section in SECTIONS[:-1]}
    parts = Parts(tables, numbers)
    parts.values["debug"] = (module.debug,) if module.debug is not None else ()
    for section in SECTIONS:
        entries = parts.get(section.name)
        if entries:
            content = new()
            section.write(content, entries, parts)
            w.u8(section.number)
            w.part(content)


def content_hash(data: bytes) -> bytes:
    """SHA-256 of a program's bytes: how a program names the exact library that it was compiled against."""
    # Here, not above: a program without libraries needs no hash, and the import is dear.
    from hashlib import sha256

    return sha256(data).digest()
