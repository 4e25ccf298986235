"""What leaves the machine for its host, checked all through.

Takes a list or map and its declared type; gives the value that the host gets. Where a container crosses from a host or an
intrinsic only its outside is looked at, so anything may be in it; here every element is held against its type, by exact
class and with its range, texts and keys also against halves of surrogate pairs. An int where a float is declared becomes
that float, in a copy. Keys that a record type does not declare are not looked at.

The work goes type by type, not value by value: all elements of one type, out of all containers that hold them, are one
column, of which most is asked in a few calls of C. So recursion is as deep as a type, and inside `any` there is none. How
many elements there are is known, and paid for, before: no more is looked at than `value_entries`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import chain, count, repeat
from typing import Any, Final, Protocol
from weakref import WeakKeyDictionary

from vcvm_core.errors import clean, error
from vcvm_core.limits import Limits
from vcvm_core.values.arith import INT_MAX, INT_MIN, LOOK
from vcvm_core.values.boundary import NAMES, Check, Mismatch, check, describe, extent
from vcvm_core.values.sizes import ENTRY, KEY, LIST, MAP, SLOT
from vcvm_core.values.types import ANY, FLOAT, SCALARS, STRING, Type


class Counter(Protocol):
    """What pays for the work: the meter of a run."""

    limits: Limits

    @property
    def fuel_left(self) -> int: ...
    def charge(self, units: int) -> None: ...
    def allot(self, size: int) -> None: ...


def leaver(t: Type, result: int = 0) -> Callable[[Any, Counter], Any]:
    """What gives a result of type `t` as the host gets it: (value, meter). Scalars were checked when they came, and cost
    nothing.

    result: its number, where there are several. Raises Trap (bad-element, too-deep) and LimitExceeded (value-entries,
    fuel, memory).
    """
    column = _column(t)

    def leave(value: Any, meter: Counter) -> Any:
        if type(value) is not list and type(value) is not dict:
            return value
        limits = meter.limits
        # No more is counted than can be paid for.
        size = extent(value, limits.value_depth, min(limits.value_entries, meter.fuel_left // LOOK))
        if size is None:
            raise error("too-deep")
        if size > limits.value_entries:
            raise error("value-entries", found=size, limit=limits.value_entries)
        meter.charge(LOOK * size)
        try:
            changed = column((value,), meter)
        except _Unfit:
            path, expected, found = _first(value, t)
            which = f"result {result}" if result else "the result"
            where = f"the value at {path} of {which}" if path else which
            raise error("bad-element", where=where, expected=expected, found=found, path=path) from None
        return value if changed is None else changed[0]

    return leave


class _Unfit(Exception):
    """Some value of a column is not of its type."""


Column = Callable[[Collection[Any], Counter], list[Any] | None]
"""Holds values against a type: None if all are as they should be, else what they are to become. Raises _Unfit."""

_columns: WeakKeyDictionary[Type, Column] = WeakKeyDictionary()


def _column(t: Type) -> Column:
    found = _columns.get(t)
    if found is None:
        found = _columns.setdefault(t, _make(t))
    return found


_CLASSES: Final = {name: class_ for class_, name in NAMES.items()}
_VALUES: Final = frozenset(NAMES)


def _make(t: Type) -> Column:
    if t.kind == "option":
        return _optional(_column(t.of))
    if t.kind == "list":
        return _lists(_column(t.of))
    if t.kind == "map":
        return _maps(_column(t.of))
    if t.kind == "record":
        return _records({name: _column(field) for name, field in t.fields.items()})
    if t.kind == "float":
        return _floats
    return _anything if t.kind == "any" else _scalars(_CLASSES[t.kind])


def _scalars(class_: type) -> Column:
    allowed = frozenset((class_,))

    def scalars(items: Collection[Any], meter: Counter) -> None:
        if not allowed.issuperset(map(type, items)):
            raise _Unfit
        if class_ is int and items:
            _in_range(items)
        elif class_ is str:
            _whole(items, meter)

    return scalars


def _in_range(numbers: Collection[int]) -> None:
    if min(numbers) < INT_MIN or max(numbers) > INT_MAX:
        raise _Unfit


def _whole(texts: Iterable[str], meter: Counter) -> None:
    """Refuse halves of surrogate pairs; a text that is all ASCII has none, and knows that it is."""
    if all(map(str.isascii, texts)):
        return
    for text in texts:
        if not text.isascii():
            meter.charge(len(text) >> 4)
            try:
                text.encode("utf-8")
            except UnicodeEncodeError:
                raise _Unfit from None


def _keys(of: Collection[Any], meter: Counter) -> None:
    if not _KEYS.issuperset(map(type, of)):
        raise _Unfit
    _whole(of, meter)


_KEYS: Final = frozenset((str,))


def _floats(items: Collection[Any], meter: Counter) -> list[Any] | None:
    kinds = set(map(type, items))
    if not kinds <= {float, int}:
        raise _Unfit
    if int not in kinds:
        return None
    meter.allot((ENTRY - SLOT) * len(items))
    try:
        return list(map(check(FLOAT), items))
    except Mismatch:
        raise _Unfit from None


def _optional(inner: Column) -> Column:
    def optional(items: Collection[Any], meter: Counter) -> list[Any] | None:
        if type(None) not in set(map(type, items)):
            return inner(items, meter)
        changed = inner([x for x in items if x is not None], meter)
        if changed is None:
            return None
        rest = iter(changed)
        return [None if x is None else next(rest) for x in items]

    return optional


def _lists(inner: Column) -> Column:
    def lists(items: Collection[Any], meter: Counter) -> list[Any] | None:
        if not {list}.issuperset(map(type, items)):
            raise _Unfit
        changed = inner(next(iter(items)) if len(items) == 1 else list(chain.from_iterable(items)), meter)
        if changed is None:
            return None
        return _put_back(items, changed, lambda old, new: new, meter, LIST, SLOT)

    return lists


def _maps(inner: Column) -> Column:
    def maps(items: Collection[Any], meter: Counter) -> list[Any] | None:
        if not {dict}.issuperset(map(type, items)):
            raise _Unfit
        for one in filter(None, items):
            _keys(one, meter)
        if len(items) == 1:
            changed = inner(next(iter(items)).values(), meter)
        else:
            changed = inner(list(chain.from_iterable(map(dict.values, items))), meter)
        if changed is None:
            return None
        return _put_back(items, changed, lambda old, new: dict(zip(old, new, strict=True)), meter, MAP, KEY)

    return maps


def _put_back(
    items: Collection[Any],
    changed: list[Any],
    make: Callable[[Any, list[Any]], Any],
    meter: Counter,
    empty: int,
    entry: int,
) -> list[Any]:
    """Containers with their elements replaced, those in which nothing changes as they are."""
    found, at = [], 0
    for old in items:
        new = changed[at : at + len(old)]
        at += len(old)
        if all(a is b for a, b in zip(old if type(old) is list else old.values(), new, strict=True)):
            found.append(old)
        else:
            meter.allot(empty + entry * len(old))
            found.append(make(old, new))
    return found


def _records(fields: Mapping[str, Column]) -> Column:
    def records(items: Collection[Any], meter: Counter) -> list[Any] | None:
        if not {dict}.issuperset(map(type, items)):
            raise _Unfit
        changed: dict[str, list[Any]] = {}
        for name, inner in fields.items():
            try:
                column = inner([one[name] for one in items], meter)
            except KeyError:
                raise _Unfit from None
            if column is not None:
                changed[name] = column
        if not changed:
            return None
        found = []
        for at, old in enumerate(items):
            new = {name: column[at] for name, column in changed.items() if column[at] is not old[name]}
            if new:
                meter.allot(MAP + KEY * len(old))
            found.append({**old, **new} if new else old)
        return found

    return records


def _anything(items: Collection[Any], meter: Counter) -> None:
    while items:
        kinds = set(map(type, items))
        if not kinds <= _VALUES:
            raise _Unfit
        if int in kinds:
            _in_range([x for x in items if type(x) is int])
        if str in kinds:
            _whole([x for x in items if type(x) is str], meter)
        below: list[Any] = []
        if list in kinds or dict in kinds:
            for x in items:
                if type(x) is list:
                    below += x
                elif type(x) is dict:
                    _keys(x, meter)
                    below += x.values()
        items = below


# Where it is


def _first(value: Any, t: Type) -> tuple[str, str, str]:
    """The first element, in the order of a reader, that is not of its type: JSON pointer, expected, found."""
    path: list[str | int] = []
    waiting: list[Iterator[tuple[str | int, Any, Type]]] = [iter([("", value, t)])]
    # Checks of types are in a weak table, which takes longer than a check.
    checks: dict[Type, Check] = {}
    while waiting:
        for key, inner, of in waiting[-1]:
            admit = checks.get(of) or checks.setdefault(of, _outside(of))
            try:
                admit(inner)
            except Mismatch as e:
                pointer = "/".join(map(_token, [*path, key]))
                return clean(pointer, _SHOWN), e.expected, e.found
            if type(inner) is list or type(inner) is dict:
                path.append(key)
                waiting.append(_inside(inner, of))
                break
        else:
            waiting.pop()
            del path[-1:]
    # Somebody has changed it in the meantime.
    return "", t.name, "a value that changes"


_SHOWN: Final = 200


def _outside(t: Type) -> Check:
    """The check of a value of type `t`, its elements aside."""
    if t.kind == "option":
        inner = _outside(t.of)
        return lambda value: None if value is None else inner(value)
    if t.kind == "record":
        return lambda value: _has(value, t)
    admit = check(t)
    return admit if t.kind in SCALARS else lambda value: _keyed(admit(value))


def _has(value: Any, t: Type) -> None:
    if type(value) is not dict:
        raise Mismatch(t.name, describe(value))
    for name in t.fields:
        if name not in value:
            raise Mismatch(t.name, f"a map without {name}")


def _keyed(value: Any) -> None:
    try:
        for key in value if type(value) is dict else ():
            check(STRING)(key)
    except Mismatch as e:
        raise Mismatch(e.expected, f"{e.found} as a key") from None


def _inside(value: Any, t: Type) -> Iterator[tuple[str | int, Any, Type]]:
    """The elements of a container, each with its key and its type."""
    if t.kind == "option":
        t = t.of
    if t.kind == "record":
        return ((name, value[name], of) for name, of in t.fields.items())
    of = t.of if t.kind in ("list", "map") else ANY
    if type(value) is list:
        return zip(count(), value, repeat(of), strict=False)
    return zip(value, value.values(), repeat(of), strict=False)


def _token(key: str | int) -> str:
    """A key in a pointer, cut where it would not be shown."""
    return str(key) if type(key) is int else str(key)[:_SHOWN].replace("~", "~0").replace("/", "~1")
