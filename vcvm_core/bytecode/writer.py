"""Writing bytes: the mirror of reader.py. Takes values that fit their fields; refuses those that do not (ValueError).

`Sizer` has the same methods and writes nothing: it counts the bytes that a `Writer` would write, for any module.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct
from struct import error as StructError

from vcvm_core.bytecode.instructions import encode_word
from vcvm_core.bytecode.model import Instruction
from vcvm_core.bytecode.reader import bad_name
from vcvm_core.values import Signature

_U16, _U32, _U64, _I64 = Struct("<H"), Struct("<I"), Struct("<Q"), Struct("<q")
DIGEST_BYTES = 32


class Writer:
    """Bytes under construction, in `out`."""

    __slots__ = ("out",)

    def __init__(self) -> None:
        self.out = bytearray()

    def u8(self, value: int) -> None:
        self.out.append(value)

    def _pack(self, form: Struct, value: int) -> None:
        try:
            self.out += form.pack(value)
        except StructError as e:
            raise ValueError(f"{value} does not fit {form.size} bytes") from e

    def u16(self, value: int) -> None:
        self._pack(_U16, value)

    def u32(self, value: int) -> None:
        self._pack(_U32, value)

    def u64(self, value: int) -> None:
        self._pack(_U64, value)

    def i64(self, value: int) -> None:
        self._pack(_I64, value)

    def raw(self, data: bytes) -> None:
        self.out += data

    def sized(self, data: bytes) -> None:
        self.u32(len(data))
        self.out += data

    def text(self, text: str) -> None:
        """A u32 size, and UTF-8."""
        self.sized(text.encode("utf-8"))

    def name(self, name: str, optional: bool = False) -> None:
        problem = "" if optional and not name else bad_name(name)
        if problem:
            raise ValueError(f"{name!r} cannot be a name: {problem}")
        data = name.encode("utf-8")
        self.u8(len(data))
        self.out += data

    def digest(self, signature: Signature) -> None:
        self.raw(signature.digest())

    def words(self, code: Sequence[Instruction]) -> None:
        for instruction in code:
            self.u32(encode_word(instruction))

    def pairs(self, pairs: Sequence[tuple[int, int]]) -> None:
        """Pairs of u32."""
        for first, second in pairs:
            self.u32(first)
            self.u32(second)

    def part(self, content: Writer) -> None:
        """What another writer has written, with its u32 size in front."""
        self.sized(bytes(content.out))


class Sizer(Writer):
    """How many bytes a Writer would write: `size`. Does not look at values, so none is refused."""

    __slots__ = ("size",)

    def __init__(self) -> None:
        super().__init__()
        self.size = 0

    def u8(self, value: int) -> None:
        self.size += 1

    def _pack(self, form: Struct, value: int) -> None:
        self.size += form.size

    def raw(self, data: bytes) -> None:
        self.size += len(data)

    def sized(self, data: bytes) -> None:
        self.size += _U32.size + len(data)

    def text(self, text: str) -> None:
        self.size += _U32.size + utf8_size(text)

    def name(self, name: str, optional: bool = False) -> None:
        self.size += 1 + utf8_size(name)

    def digest(self, signature: Signature) -> None:
        self.size += DIGEST_BYTES

    def words(self, code: Sequence[Instruction]) -> None:
        self.size += _U32.size * len(code)

    def pairs(self, pairs: Sequence[tuple[int, int]]) -> None:
        self.size += 2 * _U32.size * len(pairs)

    def part(self, content: Writer) -> None:
        self.size += _U32.size + (content.size if isinstance(content, Sizer) else len(content.out))


def utf8_size(text: str) -> int:
    """The bytes of a text in UTF-8, also of one that has no form there."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
