"""Reading bytes that nobody vouches for.

Takes the bytes of a program and the limits; gives numbers, texts and counts, each checked against the bytes that remain
before anything is allocated. Every refusal is a FormatError that names the offset.
"""

from __future__ import annotations

from struct import Struct

from vcvm_core.bytecode.ceilings import hold
from vcvm_core.errors import Place, VcvmError, error
from vcvm_core.limits import Limits

_U16, _U32, _U64 = Struct("<H"), Struct("<I"), Struct("<Q")
NAME_BYTES = 255
_FORBIDDEN = frozenset("'\"`\\")


def bad_name(name: str) -> str:
    """Why `name` cannot name a function, a symbol or a pack in a program; empty if it can."""
    if not name:
        return "it is empty"
    if len(name.encode("utf-8", "replace")) > NAME_BYTES:
        return f"it is longer than {NAME_BYTES} bytes"
    if not name.isprintable() or name != name.strip():
        return "it has invisible characters"
    return "it has a quote or a backslash" if _FORBIDDEN & set(name) else ""


class Reader:
    """A cursor over `data` from `at` up to `end`, both offsets in the file."""

    __slots__ = ("at", "data", "end", "limits")

    def __init__(self, data: bytes, limits: Limits, at: int = 0, end: int | None = None) -> None:
        self.data, self.limits, self.at = data, limits, at
        self.end = len(data) if end is None else end

    def refuse(self, kind: str, at: int | None = None, **facts: object) -> VcvmError:
        """The error of this kind, here or at another offset."""
        return error(kind, Place(offset=self.at if at is None else at), **facts)

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        start = self.at
        if size > self.end - start:
            raise self.refuse("truncated", needed=size, left=self.end - start)
        self.at = start + size
        return self.data[start : self.at]

    def u8(self) -> int:
        return self.take(1)[0]

    def u16(self) -> int:
        return int(_U16.unpack(self.take(2))[0])

    def u32(self) -> int:
        return int(_U32.unpack(self.take(4))[0])

    def u64(self) -> int:
        return int(_U64.unpack(self.take(8))[0])

    def hold(self, part: str, found: int, at: int | None = None) -> None:
        """Hold the size of a part of the program against its limit; see ceilings.py."""
        hold(part, found, self.limits, Place(offset=self.at if at is None else at))

    def counted(self, least: int, wide: bool = True) -> int:
        """A count of entries of at least `least` bytes each, held against what remains; the limit is the caller's to hold."""
        start = self.at
        count = self.u32() if wide else self.u16()
        if count * least > self.end - self.at:
            raise self.refuse("count-exceeds-data", start, count=count, needed=count * least, left=self.end - self.at)
        return count

    def count(self, part: str, least: int, wide: bool = True, before: int = 0) -> int:
        """A count of entries of a part, held against what remains, then, with those read `before`, against its limit."""
        start = self.at
        count = self.counted(least, wide)
        self.hold(part, before + count, start)
        return count

    def text(self, size: int) -> str:
        """`size` bytes as strict UTF-8."""
        start = self.at
        try:
            return self.take(size).decode("utf-8")
        except UnicodeDecodeError as e:
            raise self.refuse("bad-utf8", start + e.start, reason=e.reason) from None

    def sized(self) -> int:
        """A u32 size of a string or bytes, held against what remains and against the limit."""
        return self.count("constant", 1)

    def name(self, optional: bool = False) -> str:
        """A name: a u8 size and that many bytes of UTF-8, printable; empty only where that means unknown."""
        start = self.at
        name = self.text(self.u8())
        problem = "" if optional and not name else bad_name(name)
        if problem:
            raise self.refuse("bad-name", start, name=name, reason=problem)
        return name

    def index(self, length: int, table: str, wide: bool = False) -> int:
        """An index into a table that has been read."""
        start = self.at
        index = self.u32() if wide else self.u16()
        if index >= length:
            raise self.refuse("bad-index", start, table=table, index=index, length=length)
        return index

    def done(self, what: str) -> None:
        """Refuse bytes that are left over."""
        if self.at != self.end:
            raise self.refuse("trailing-data", what=what, left=self.end - self.at)
