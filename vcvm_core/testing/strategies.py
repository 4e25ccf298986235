"""Hypothesis strategies for vcvm's values, made of types.

Takes a type, or the row of an intrinsic; gives strategies whose values the machine would let in: integers of 64 bits, text
without halves of surrogate pairs, maps with strings as keys. Refuses types that no value has, and texts that are no type
(`BadType`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hypothesis import strategies as st

from vcvm_core.plugin import Row
from vcvm_core.testing.edges import SCALARS
from vcvm_core.values import (
    ANY,
    BOOL,
    FLOAT,
    INT,
    INT_MAX,
    INT_MIN,
    STRING,
    BadType,
    Signature,
    Type,
    list_of,
    parse_type,
    substitute,
    variable,
)

Values = st.SearchStrategy[Any]

ITEMS: Final = 8
"""The most entries of a list or map."""

STANDS_FOR: Final = (INT, STRING, FLOAT, BOOL, list_of(INT), ANY)
"""What a type variable is given."""

_CHARACTERS: Final = st.characters(exclude_categories=["Cs"])
_TEXT: Final = st.one_of(
    st.text(_CHARACTERS, max_size=30),
    st.text("abcXYZ019", max_size=12),
    st.text("aB1 -_.,:/\t\n\u2003\u00e9\u0301\u00df\ufb01", max_size=20),
    st.sampled_from([v for v in SCALARS["string"] if len(v) < 10]),
)
_SCALARS: Final[dict[str, Values]] = {
    "none": st.none(),
    "bool": st.booleans(),
    "int": st.one_of(st.integers(-3, 100), st.integers(INT_MIN, INT_MAX), st.sampled_from(SCALARS["int"])),
    "float": st.one_of(st.floats(), st.integers(-100, 100).map(float)),
    "string": _TEXT,
    "bytes": st.binary(max_size=40),
    "uuid": st.uuids(),
}


def strategy(t: Type | str) -> Values:
    """Values of a type, or of the type that a text spells: ``strategy("map<list<int?>>")``. Raises BadType."""
    return _strategy(parse_type(t) if isinstance(t, str) else t)


def _strategy(t: Type) -> Values:
    if t.kind in _SCALARS:
        return _SCALARS[t.kind]
    if t.kind == "option":
        return st.none() | _strategy(t.of)
    if t.kind == "list":
        return st.lists(_strategy(t.of), max_size=ITEMS)
    if t.kind == "map":
        return st.dictionaries(st.text(_CHARACTERS, max_size=6), _strategy(t.of), max_size=ITEMS)
    if t.kind == "record":
        return st.fixed_dictionaries({name: _strategy(field) for name, field in t.fields.items()})
    if t.kind in ("any", "var"):
        return _ANY
    raise BadType(f"no value that could be passed has the type {t}")


_ANY: Final = st.recursive(
    st.one_of(*_SCALARS.values()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab$", max_size=3), inner, max_size=3),
    max_leaves=6,
)


def arguments(of: Row | Signature) -> st.SearchStrategy[tuple[Any, ...]]:
    """Arguments for an intrinsic, as a tuple. A type variable stands for one type in all of them."""
    signature = of.signature if isinstance(of, Row) else of
    names = sorted({name for t in signature.types for name in _variables(t)})
    if not names:
        return st.tuples(*map(_strategy, signature.types))
    chosen = st.fixed_dictionaries({variable(name): st.sampled_from(STANDS_FOR) for name in names})
    return chosen.flatmap(lambda bound: _bound(signature, bound))


def _bound(signature: Signature, bound: Mapping[Type, Type]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.tuples(*(_strategy(substitute(t, dict(bound))) for t in signature.types))


def _variables(t: Type) -> set[str]:
    if t.kind == "var":
        return {t.name}
    parts = [*t.fields.values(), *([t.item] if t.item is not None else [])]
    return {name for part in parts for name in _variables(part)}
