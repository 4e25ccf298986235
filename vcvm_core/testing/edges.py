"""Values at the edges of each type, and values that are of no such type.

Takes a `Type`; gives values. Every one of `edges` is a value of the type, as the machine would let it in; none of `foreign`
is. Type variables stand for any value.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from vcvm_core.values import INT_MAX, INT_MIN, Type

LONG: Final = 1_000
"""Characters of a long text, bytes of long bytes, entries of a long list."""

ENTRIES: Final = 200
"""Entries of a long map."""

DEEP: Final = 50
"""Levels of a deep value, in parameters that take any."""

PARTS: Final = 4
"""How many edges of its item type a list or map is made with."""

SCALARS: Final[dict[str, tuple[Any, ...]]] = {
    "none": (None,),
    "bool": (False, True),
    "int": (0, 1, -1, INT_MAX, INT_MIN),
    "float": (0.0, -0.0, 1.5, -1.0, float("inf"), float("-inf"), float("nan"), 5e-324, 1.7976931348623157e308),
    "string": (
        "", "a", " ", "\n", "\0", "0", "-1", "\u00e9", "e\u0301", "\u200b", "\u0663", "\U0001f600", "a" * LONG, " " * LONG,
        "\u0301" * LONG, "\u00df" * LONG, "1" * LONG,
    ),
    "bytes": (b"", b"\0", b"\xff", bytes(range(256)), b"a" * LONG),
    "uuid": (UUID(int=0), UUID(int=(1 << 128) - 1), UUID("e0a520a3-bcfe-44c8-bf1e-291adb500221")),
}  # fmt: skip
"""The edges of each scalar type; the second is the plain one, where there are two."""


class _Integer(int):
    """Something that says it is an int, and is none of the machine's."""


class _Text(str):
    """The same for a string."""

    __slots__ = ()


IMPOSTORS: Final[tuple[Any, ...]] = (
    (), {1}, object(), 1j, range(2), bytearray(b"a"), _Integer(1), _Text("a"), 1 << 63, -(1 << 63) - 1, "\ud800",
)  # fmt: skip
"""What is no value of any type."""


def plain(t: Type) -> Any:
    """One ordinary value of a type."""
    if t.kind in SCALARS:
        values = SCALARS[t.kind]
        return values[1] if len(values) > 1 else values[0]
    if t.kind == "list":
        return [plain(t.of)]
    if t.kind == "map":
        return {"a": plain(t.of)}
    if t.kind == "option":
        return plain(t.of)
    if t.kind == "record":
        return {name: plain(field) for name, field in t.fields.items()}
    return "a"


def edges(t: Type) -> Iterator[Any]:
    """The values at the edges of a type: smallest, largest, empty, long, deep."""
    if t.kind in SCALARS:
        yield from SCALARS[t.kind]
    elif t.kind == "list":
        yield []
        for value in _parts(t.of):
            yield [value]
        yield list(_parts(t.of))
        yield [plain(t.of) for _ in range(LONG)]
    elif t.kind == "map":
        yield {}
        for value in _parts(t.of):
            yield {"a": value}
        yield {"": plain(t.of), "\u00e9": plain(t.of), "$uuid": plain(t.of)}
        yield {f"key {i}": plain(t.of) for i in range(ENTRIES)}
    elif t.kind == "option":
        yield None
        yield from edges(t.of)
    elif t.kind == "record":
        yield plain(t)
        for name, field in t.fields.items():
            for value in _parts(field):
                yield {**plain(t), name: value}
    else:
        for values in SCALARS.values():
            yield from values[:PARTS]
        yield from ([], {}, [None, True, 1, 1.0, "a", b"a", [], {}], {"": 1, "a": [1], "b": {"c": None}})
        yield _deep(lambda inner: [inner])
        yield _deep(lambda inner: {"a": inner})


def _parts(t: Type) -> list[Any]:
    """A few edges of an item type, the first and the last among them."""
    found = list(edges(t))
    step = max(1, (len(found) - 1) // (PARTS - 1)) if len(found) > PARTS else 1
    return [*found[:-1:step][: PARTS - 1], found[-1]]


def _deep(around: Any) -> Any:
    value: Any = []
    for _ in range(DEEP - 1):
        value = around(value)
    return value


def foreign(t: Type) -> Iterator[Any]:
    """Values that are not of a type: one of every other type, and what is no value at all."""
    for value in SAMPLES:
        if not _fits(value, t):
            yield value
    yield from IMPOSTORS


SAMPLES: Final = (None, True, 7, 1.5, "x", b"x", UUID("e0a520a3-bcfe-44c8-bf1e-291adb500221"), [1], {"a": 1})
"""One value of every class that the machine has."""

_CLASSES: Final[dict[str, tuple[type, ...]]] = {
    "none": (type(None),), "bool": (bool,), "int": (int,), "float": (float, int), "string": (str,), "bytes": (bytes,),
    "uuid": (UUID,), "list": (list,), "map": (dict,),
}  # fmt: skip


def _fits(value: Any, t: Type) -> bool:
    # Not asked of the machine: it is what is tested with these values.
    if t.kind == "option":
        return value is None or _fits(value, t.of)
    if t.kind == "record":
        return type(value) is dict and all(n in value and _fits(value[n], f) for n, f in t.fields.items())
    return t.kind not in _CLASSES or type(value) in _CLASSES[t.kind]
