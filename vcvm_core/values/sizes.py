"""What values take, in accounted bytes: the unit of `Limits.memory`.

Takes values; gives sizes that do not depend on the Python that runs, at or a little above what CPython uses. A string that
is not all ASCII counts four bytes a code point. What a program drops is not given back: a run's values are counted as they
are made, so that the count is the same in every tier. Of what a pack puts into a container, only values can be seen: an
object of another class counts as an entry, whatever it holds.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from vcvm_core.values.types import Type

TEXT: Final = 80
"""A string or bytes value, without its characters."""
LIST: Final = 64
"""A list or an iterator, without its entries."""
MAP: Final = 64
"""A map or record, without its entries."""
SLOT: Final = 8
"""An entry of a list that is there already elsewhere."""
ENTRY: Final = 40
"""An entry of a list: a slot and a number."""
KEY: Final = 120
"""An entry of a map, without the characters of its key."""


def width(a: Any) -> int:
    """Bytes for each character of a string, or of bytes."""
    return 1 if type(a) is bytes or a.isascii() else 4


def reserved(t: Type, size: int) -> int:
    """What a result of type `t` takes if it has the declared size, its elements being numbers; 0 if no size limits it."""
    kind = t.of.kind if t.kind == "option" else t.kind
    if kind in ("string", "bytes"):
        return TEXT + size
    if kind == "map":
        return MAP + KEY * size
    return LIST + ENTRY * size if kind in ("list", "any", "var") else 0


def existing(declared: Type) -> bool:
    """Whether a result of this declared type is there already: one of a variable's type is an argument, or out of one."""
    return declared.kind == "var" or (declared.kind == "option" and declared.of.kind == "var")


def footprint(value: Any, declared: Type, budget: int, known: Collection[Any] = ()) -> int:
    """What a new value takes with all that is in it, each list and map once.

    Elements whose declared type is a variable are there already and take a slot; so is a list or map that is one of
    `known`. Looks no further once it is over `budget`: every entry that is looked at has been counted before.
    """
    kind = type(value)
    if kind is str or kind is bytes:
        return TEXT + len(value) * width(value)
    seen = {id(x) for x in known}
    if id(value) in seen:
        return 0
    total, waiting = 0, [(value, declared)]
    while waiting and total <= budget:
        container, t = waiting.pop()
        if t.kind == "option":
            t = t.of
        listed = type(container) is list
        item = t.of if t.kind == ("list" if listed else "map") else None
        old = item is not None and existing(item)
        if listed:
            total += LIST + len(container) * (SLOT if old else ENTRY)
        else:
            total += MAP + len(container) * KEY
        if total > budget:
            break
        if not listed:
            keys = container if _TEXTS.issuperset(map(type, container)) else [k for k in container if type(k) is str]
            total += _characters(keys)
        if old:
            continue
        if t.kind == "record" and t.generic and not listed:
            pairs = [(x, t.fields.get(name, t)) for name, x in container.items()]
            pairs = [(x, of) for x, of in pairs if not existing(of)]
        else:
            items = container if listed else container.values()
            kinds = set(map(type, items))
            if kinds.isdisjoint(LARGE):
                continue
            if kinds == _TEXTS:
                total += len(items) * TEXT + _characters(items)
                continue
            pairs = [(x, item or t) for x in items if type(x) in LARGE]
        for x, of in pairs:
            if type(x) is str or type(x) is bytes:
                total += TEXT + len(x) * width(x)
            elif (type(x) is list or type(x) is dict) and id(x) not in seen:
                seen.add(id(x))
                waiting.append((x, of))
    return total


_TEXTS: Final = frozenset({str})
LARGE: Final = frozenset({str, bytes, list, dict})
"""Classes of values that take more than their entry."""


def _characters(texts: Collection[Any]) -> int:
    """What the characters of strings take."""
    if all(map(str.isascii, texts)):
        return sum(map(len, texts))
    return sum(len(x) * width(x) for x in texts)
