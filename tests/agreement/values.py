"""Values of programs: random ones of a type, copies of them, and a form in which they are compared bit for bit.

Takes a random generator and a type; gives values. `Frozen` values are equal exactly if the values are: by class, by bits
(NaN equals NaN, -0.0 differs from 0.0), deeply, with the same containers at the same places. Refuses nothing.
"""

from __future__ import annotations

import math
from random import Random
from struct import pack
from typing import Any, Final
from uuid import UUID

from vcvm_core.values import INT_MAX, INT_MIN, Type

INTS: Final = (
    0, 1, 2, 3, 7, 63, 64, 65, 255, 2**30 - 1, 2**30, 2**30 + 1, 2**31 - 1, 2**31, 2**32, 2**53 - 1, 2**53, 2**53 + 1,
    2**62, INT_MAX - 1, INT_MAX, INT_MIN, INT_MIN + 1, -1, -2, -7, -63, -64, -(2**30) - 1, -(2**30), -(2**31), -(2**53) - 1,
)  # fmt: skip
FLOATS: Final = (
    0.0, -0.0, 1.0, -1.0, 0.5, 1.5, math.inf, -math.inf, math.nan, math.nan, math.nan, 2.0**53, 2.0**63,
    -(2.0**63), 5e-324, 1e308, -1e16, 0.1,    math.nextafter(2.0**63, 0),
)  # fmt: skip
TEXTS: Final = (
    "",
    "a",
    "b",
    "n",
    "s",
    "ab",
    "é",
    "😀",
    "ſ",
    "a" * 15,
    "a" * 16,
    "ß" * 17,
    "\x00",
    "\u2028",
    "abcdefghij" * 4,
)
BLOBS: Final = (b"", b"a", b"\x00\xff", b"abc", b"z" * 16, bytes(range(40)))
UUIDS: Final = tuple(UUID(int=n) for n in (1, 2, 2**127 + 5))
ALIKE: Final = (1, True, 1.0, 0, False, 0.0, -0.0, None, "", "1", b"1")
"""Values of several types that Python takes for equal, or nearly."""
LIES: Final[tuple[Any, ...]] = (
    True,
    1 << 70,
    -(1 << 70),
    "\ud800",
    (),
    (1,),
    1.5,
    None,
    "x",
    [[]],
    {"n": True},
    b"q",
    3,
    object,
)
"""What a host may have put into a container that should hold something else."""


def integer(rng: Random) -> int:
    """An integer: small, at an edge, or any."""
    way = rng.randrange(8)
    if way < 4:
        return rng.randrange(-3, 12)
    if way < 7:
        return rng.choice(INTS)
    return rng.randrange(INT_MIN, INT_MAX + 1)


def scalar(rng: Random) -> Any:
    """A constant of any kind."""
    if rng.random() < 0.5:
        return rng.choice(ALIKE)
    return constant(rng, rng.choice(("int", "int", "float", "string", "bool", "none", "bytes", "uuid")))


def constant(rng: Random, kind: str) -> Any:
    """A value of a scalar type."""
    if kind == "int":
        return integer(rng)
    if kind == "float":
        if rng.random() < 0.4:
            return rng.choice((0.0, -0.0, 1.0, math.nan))
        return rng.choice(FLOATS) if rng.random() < 0.8 else rng.uniform(-100, 100)
    if kind == "string":
        return rng.choice(TEXTS)
    if kind == "bool":
        return rng.random() < 0.5
    if kind == "bytes":
        return rng.choice(BLOBS)
    return rng.choice(UUIDS) if kind == "uuid" else None


def value(rng: Random, t: Type, honest: bool = True) -> Any:
    """A value of a type. honest: whether what is inside containers is of the declared type, too."""
    if t.kind == "any":
        way = rng.randrange(8)
        if way < 5:
            return scalar(rng)
        if way == 5:
            return [value(rng, t, honest) for _ in range(rng.randrange(3))]
        if way == 6:
            return {rng.choice(TEXTS): scalar(rng) for _ in range(rng.randrange(3))}
        return {"n": integer(rng), "s": rng.choice(TEXTS)}
    if t.kind == "option":
        return None if rng.random() < 0.3 else value(rng, t.of, honest)
    if t.kind == "float" and rng.random() < 0.1:
        return rng.choice((0, 3, -1, 2**53, 2**53 + 1))
    if t.kind == "record":
        found = {n: value(rng, f, honest) for n, f in t.fields.items()}
        if not honest and rng.random() < 0.3:
            found["more"] = rng.choice(LIES)
        return found
    if t.kind in ("list", "map"):
        inside = [value(rng, t.of, honest) for _ in range(rng.choice((0, 1, 1, 2, 3, 4, 7)))]
        if not honest:
            inside = [rng.choice(LIES) if rng.random() < 0.4 else x for x in inside]
        return inside if t.kind == "list" else {rng.choice(TEXTS) if i else "n": x for i, x in enumerate(inside)}
    return constant(rng, t.kind)


def copied(given: Any, seen: dict[int, Any] | None = None) -> Any:
    """A copy of containers; what is shared in the original is shared in the copy."""
    kind = type(given)
    if kind is not list and kind is not dict:
        return given
    seen = {} if seen is None else seen
    found = seen.get(id(given))
    if found is None:
        if kind is list:
            found = seen[id(given)] = []
            found += [copied(x, seen) for x in given]
        else:
            found = seen[id(given)] = {}
            for k, x in given.items():
                found[k] = copied(x, seen)
    return found


Frozen = Any
"""A value as it is compared: made of tuples, strings, numbers and bytes."""


def frozen(given: Any, seen: dict[int, int] | None = None) -> Frozen:
    """The form of a value that is equal to that of another exactly if the two are the same, bit for bit."""
    kind = type(given)
    if kind is int or kind is bool or kind is str or given is None or kind is bytes:
        return (kind.__name__, given)
    if kind is float:
        return ("float", "nan" if given != given else pack("<d", given))
    seen = {} if seen is None else seen
    if kind is list or kind is dict or kind is tuple:
        number = seen.get(id(given))
        if number is not None and kind is not tuple:
            return ("again", number)
        seen[id(given)] = len(seen)
        if kind is dict:
            return ("dict", tuple((frozen(k, seen), frozen(x, seen)) for k, x in given.items()))
        return (kind.__name__, tuple(frozen(x, seen) for x in given))
    return (kind.__name__, repr(given))
