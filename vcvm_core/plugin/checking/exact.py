"""Values compared exactly: what a function gave, what was written down, and how either is shown.

Takes values, those of a pack among them, which may be anything; gives copies, verdicts and short texts. Nothing of a value
that is none of the machine's is called or printed but the name of its class. The machine lets an int stand for the float
that it equals, so that a result is compared as a program would see it.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from vcvm_core.errors import class_name, clean
from vcvm_core.values import Mismatch, Signature, Type, check, describe

DEPTH: Final = 64
SHOWN: Final = 60
"""How many characters of one value a sentence shows."""


class Unfit(Exception):
    """A value is not of the type: `found` says what it is."""

    def __init__(self, found: str) -> None:
        super().__init__(found)
        self.found = found


def conformed(value: Any, t: Type, depth: int = DEPTH) -> Any:
    """A copy of `value` as a program would see it, deeply. Raises Unfit."""
    if depth == 0:
        raise Unfit(f"a value nested deeper than {DEPTH}")
    try:
        value = check(t)(value)
    except Mismatch as e:
        raise Unfit(e.found) from None
    if t.kind == "option" and value is not None:
        return conformed(value, t.of, depth)
    if type(value) is list:
        of = t.of if t.kind == "list" else None
        return [_element(v, of, t, depth) for v in value]
    if type(value) is dict:
        if not all(type(key) is str for key in value):
            raise Unfit("a map with a key that is no string")
        for key in value:
            check_text(key)
        of = t.of if t.kind == "map" else None
        return {key: _element(v, of, t, depth) for key, v in value.items()}
    return value


def check_text(text: str) -> None:
    """Raises Unfit for a key that holds half of a surrogate pair."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise Unfit("a map with half of a surrogate pair in a key") from None


def _element(value: Any, of: Type | None, t: Type, depth: int) -> Any:
    from vcvm_core.values import ANY

    return conformed(value, of or ANY, depth - 1)


def results(value: Any, signature: Signature) -> tuple[Any, ...]:
    """The results of a call as a program would see them. Raises Unfit."""
    if len(signature.results) == 1:
        return (conformed(value, signature.results[0]),)
    if type(value) is not tuple:
        raise Unfit(f"{describe(value)} where {len(signature.results)} results are declared")
    if len(value) != len(signature.results):
        raise Unfit(f"{len(value)} results")
    return tuple(conformed(v, t) for v, t in zip(value, signature.results, strict=True))


def copied(value: Any) -> Any:
    """A copy of a value of the machine that shares no list and no map with it."""
    if type(value) is list:
        return [copied(v) for v in value]
    if type(value) is dict:
        return {k: copied(v) for k, v in value.items()}
    if type(value) is tuple:
        return tuple(copied(v) for v in value)
    return value


def same(a: Any, b: Any) -> bool:
    """Whether two values are equal, deeply, by exact class, to the last bit and with the keys of maps in one order; also
    for what is no value at all."""
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if type(a) is float:
        return struct.pack("d", a) == struct.pack("d", b) or (a != a and b != b)
    if type(a) in (list, tuple):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if type(a) is dict:
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    return type(a) in (int, str, bytes, bool, UUID, type(None)) and bool(a == b)


def shown(value: Any, limit: int = SHOWN) -> str:
    """A value as a short text."""
    kind = type(value)
    if kind in (int, float, bool, type(None)):
        return repr(value)[:limit] if kind is not int or abs(value) < 1 << 200 else "a very large integer"
    if kind is str or kind is bytes:
        return clean(repr(value[: limit + 1]), limit)
    if kind is UUID:
        return f"UUID('{value}')"
    if kind in (list, tuple, dict):
        return clean(_container(value, limit, 4), limit)
    return f"a Python {class_name(value)}"[:limit]


BRACKETS: Final[dict[type, tuple[str, str]]] = {list: ("[", "]"), tuple: ("(", ")"), dict: ("{", "}")}


def _container(value: Any, limit: int, depth: int) -> str:
    if depth == 0:
        return "..."
    opening, closing = BRACKETS[type(value)]
    parts: list[str] = []
    room = limit
    for item in value:
        of = value[item] if type(value) is dict else item
        text = _container(of, room, depth - 1) if type(of) in (list, tuple, dict) else shown(of, room)
        parts.append(f"{shown(item, room)}: {text}" if type(value) is dict else text)
        room -= len(parts[-1])
        if room <= 0:
            break
    return f"{opening}{', '.join(parts)}{closing}"


def call(name: str, args: Sequence[Any]) -> str:
    """A call as a short text."""
    texts = [shown(a, 40) for a in args]
    while sum(map(len, texts)) > 2 * SHOWN and len(texts) > 1:
        texts = [*texts[:-2], "..."]
    return f"{name}({', '.join(texts)})"


def outcome(result: Any, raises: str | None, message: str = "") -> str:
    """What a call gave or raised, as a short text."""
    if raises is None:
        return shown(result)
    return clean(f"{raises}: {message}" if message else raises, 2 * SHOWN)
