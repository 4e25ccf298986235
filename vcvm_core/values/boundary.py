"""The boundary: what may enter a program, cross to an intrinsic, or come out of a container.

Takes a `Type`; gives a function that lets a Python value through, or raises `Mismatch`. Scalars are checked in full, by
exact class, so that a subclass that lies is refused. Of a list, map or record only the outside is looked at: elements
are checked when they are taken out. That costs the same whatever their size: a text that is taken out is not searched for
halves of surrogate pairs, as one that crosses by itself is. An int where a float is declared becomes that float if the
float equals it (JSON does not tell 18 from 18.0); nothing else is converted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID
from weakref import WeakKeyDictionary

from vcvm_core.errors import class_name
from vcvm_core.values.arith import INT_MAX, INT_MIN
from vcvm_core.values.types import Type

Check = Callable[[Any], Any]


class Mismatch(Exception):
    """A value is not of the type; carries what was expected, what was found, and a more exact kind if there is one."""

    def __init__(self, expected: object, found: str, kind: str = "") -> None:
        super().__init__(f"expected {expected}, found {found}")
        self.expected, self.found, self.kind = str(expected), found, kind


NAMES: Final = {
    type(None): "none", bool: "bool", int: "int", float: "float", str: "string", bytes: "bytes", UUID: "uuid",
    list: "list", dict: "map",
}  # fmt: skip
"""The classes of values, and their names. Nothing else is a value."""


def describe(value: Any) -> str:
    """What a value is, for a message: never its contents."""
    return NAMES.get(type(value), f"a Python {class_name(value)}")


def _int(value: Any) -> Any:
    if type(value) is not int:
        raise Mismatch("int", describe(value))
    if not INT_MIN <= value <= INT_MAX:
        raise Mismatch("int", "an integer outside the 64-bit range", "int-range")
    return value


def _float(value: Any) -> Any:
    if type(value) is float:
        return value
    if type(value) is int and INT_MIN <= value <= INT_MAX and float(value) == value:
        return float(value)
    raise Mismatch("float", describe(value) if type(value) is not int else "an int that no float equals")


def _string(value: Any) -> Any:
    if type(value) is not str:
        raise Mismatch("string", describe(value))
    if not value.isascii():
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise Mismatch("string", "a text with half of a surrogate pair", "lone-surrogate") from None
    return value


_SCALARS: Final[dict[str, Check]] = {"int": _int, "float": _float, "string": _string}
_CLASSES: Final[dict[str, type]] = {
    "none": type(None),
    "bool": bool,
    "bytes": bytes,
    "uuid": UUID,
    "list": list,
    "map": dict,
}


def _any(value: Any) -> Any:
    name = NAMES.get(type(value))
    if name is None:
        raise Mismatch("any", describe(value))
    return _SCALARS[name](value) if name in ("int", "string") else value


def _any_inside(value: Any) -> Any:
    name = NAMES.get(type(value))
    if name is None:
        raise Mismatch("any", describe(value))
    return _int(value) if name == "int" else value


_checks: WeakKeyDictionary[Type, Check] = WeakKeyDictionary()
_insides: WeakKeyDictionary[Type, Check] = WeakKeyDictionary()


def check(t: Type) -> Check:
    """The function that lets values of type `t` cross, converted if need be, and raises Mismatch for others."""
    found = _checks.get(t)
    if found is None:
        found = _checks.setdefault(t, _make(t, check))
    return found


def inside(t: Type) -> Check:
    """The same for values that come out of a container, or are cast: in a time that does not depend on their size."""
    found = _insides.get(t)
    if found is None:
        found = _insides.setdefault(t, _make(t, inside))
    return found


def _make(t: Type, of: Callable[[Type], Check]) -> Check:
    if t.kind == "string" and of is inside:
        return _exact(t)
    if t.kind in _SCALARS:
        return _SCALARS[t.kind]
    if t.kind in ("any", "var"):
        return _any if of is check else _any_inside
    # Closures hold the spelling, not the type: the table is weak, and must not keep its own keys alive.
    name = t.name
    if t.kind == "option":
        inner = of(t.of)

        def option(value: Any) -> Any:
            return None if value is None else inner(value)

        return option
    if t.kind == "record":
        fields = [(n, of(f)) for n, f in t.fields.items()]

        def record(value: Any) -> Any:
            if type(value) is not dict:
                raise Mismatch(name, describe(value))
            changed = None
            for field, inner in fields:
                if field not in value:
                    raise Mismatch(name, f"a map without {field}")
                try:
                    admitted = inner(value[field])
                except Mismatch as e:
                    raise Mismatch(name, f"{e.found} in the field {field}", e.kind) from None
                if admitted is not value[field]:
                    # An int that counts as the float it equals: the host's record stays as it is.
                    changed = changed or dict(value)
                    changed[field] = admitted
            return value if changed is None else changed

        return record
    return _exact(t)


def _exact(t: Type) -> Check:
    name, class_ = t.name, str if t.kind == "string" else _CLASSES[t.kind]

    def exact(value: Any) -> Any:
        if type(value) is not class_:
            raise Mismatch(name, describe(value))
        return value

    return exact


_tests: WeakKeyDictionary[Type, Callable[[Any], bool]] = WeakKeyDictionary()


def test(t: Type) -> Callable[[Any], bool]:
    """The function that says whether a value is of type `t`, by exact class and without conversion."""
    found = _tests.get(t)
    if found is None:
        found = _tests.setdefault(t, _make_test(t))
    return found


def _make_test(t: Type) -> Callable[[Any], bool]:
    class_ = {"float": float, "string": str}.get(t.kind) or _CLASSES.get(t.kind)
    if class_ is not None:
        return lambda value: type(value) is class_
    if t.kind == "int":
        return lambda value: type(value) is int and INT_MIN <= value <= INT_MAX
    inner = inside(t)

    def admits(value: Any) -> bool:
        try:
            return inner(value) is value
        except Mismatch:
            return False

    return admits


def extent(value: Any, depth: int, limit: int) -> int | None:
    """How many elements a value has, those of its elements counted; None if it has more than `depth` levels.

    Level by level, so that a value that holds itself, or one part many times, costs no recursion; at most `limit` elements
    are looked at, and more are counted as one more.
    """
    level: list[Any] = [value] if type(value) is list or type(value) is dict else []
    total = 0
    for _ in range(depth):
        if not level:
            return total
        total += sum(map(len, level))
        if total > limit:
            return limit + 1
        below: list[Any] = []
        for v in level:
            items = v if type(v) is list else v.values()
            if not _CONTAINERS.isdisjoint(map(type, items)):
                below += [x for x in items if type(x) is list or type(x) is dict]
        level = below
    return None if level else total


_CONTAINERS: Final = frozenset((list, dict))
