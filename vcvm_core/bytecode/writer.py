"""Writing bytes: the mirror of reader.py. Takes values that fit their fields; refuses those that do not (ValueError)."""

from __future__ import annotations

from struct import Struct
from struct import error as StructError

from vcvm_core.bytecode.reader import bad_name

_U16, _U32, _U64 = Struct("<H"), Struct("<I"), Struct("<Q")


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

    def raw(self, data: bytes) -> None:
        self.out += data

    def sized(self, data: bytes) -> None:
        self.u32(len(data))
        self.out += data

    def name(self, name: str, optional: bool = False) -> None:
        problem = "" if optional and not name else bad_name(name)
        if problem:
            raise ValueError(f"{name!r} cannot be a name: {problem}")
        data = name.encode("utf-8")
        self.u8(len(data))
        self.out += data
