"""Values made of types: edges and strategies give what the machine lets in, and foreign values are what it does not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vcvm_core.plugin import installed
from vcvm_core.testing import arguments, strategies, strategy
from vcvm_core.testing.edges import edges, foreign, plain
from vcvm_core.testing.running import concrete
from vcvm_core.values import BadType, Mismatch, Type, check, extent, iter_of, parse_signature, parse_type

TYPES = [
    "none", "bool", "int", "float", "string", "bytes", "uuid", "any", "T", "int?", "list<int>", "list<list<string?>>",
    "map<float>", "map<any>", "{a: int, b: list<bool>}", "list<{a: uuid?}>",
]  # fmt: skip
each = pytest.mark.parametrize("text", TYPES)


def is_of(value: Any, t: Type) -> bool:
    """Whether a value is of a type to its depths."""
    try:
        check(t)(value)
    except Mismatch:
        return False
    if t.kind == "option":
        return value is None or is_of(value, t.of)
    if t.kind == "record":
        return all(is_of(value[name], field) for name, field in t.fields.items())
    inner = value if type(value) is list else value.values() if type(value) is dict else ()
    of = t.of if t.kind in ("list", "map") else parse_type("any")
    return all(is_of(v, of) for v in inner)


@each
def test_edges(text: str) -> None:
    """Every edge is a value of the type, in full, and none is deeper than the machine takes."""
    t = parse_type(text)
    values = [plain(t), *edges(t)]
    assert values
    for value in values:
        assert is_of(value, t)
        assert extent(value, 100, 100_000) is not None


@each
def test_foreign(text: str) -> None:
    """No foreign value passes, and every type has some: at least what is no value at all."""
    t = parse_type(text)
    values = list(foreign(t))
    assert len(values) >= 11
    assert not any(is_of(value, t) for value in values)


@each
@settings(max_examples=40)
@given(data=st.data())
def test_strategy(text: str, data: st.DataObject) -> None:
    """Every value that a strategy makes is of its type."""
    assert is_of(data.draw(strategy(text)), parse_type(text))


@given(data=st.data())
def test_one_type_for_a_variable(data: st.DataObject) -> None:
    """A type variable stands for one type in all arguments of a call."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(strategies, "STANDS_FOR", (parse_type("int"), parse_type("string")))
        first, second = data.draw(arguments(parse_signature("(a: list<T>, b: T) -> bool")))
    assert {type(v) for v in first} <= {type(second)}


ROWS = [row for pack in installed().packs if pack.name == "vcvm" and pack.manifest for row in pack.manifest.intrinsics]


@given(data=st.data())
def test_arguments(data: st.DataObject) -> None:
    """Arguments of an intrinsic are as many as it takes, and of its types; here, for any of the standard pack."""
    row = data.draw(st.sampled_from(ROWS), label="intrinsic")
    args = data.draw(arguments(row))
    assert len(args) == len(row.signature.types)
    assert all(is_of(value, concrete(t)) for value, t in zip(args, row.signature.types, strict=True))


@pytest.mark.parametrize("bad", ["", "lst<int>", "list<int", "list<" * 9 + "int" + ">" * 9])
def test_no_type(bad: str) -> None:
    """A text that is no type is refused, in one sentence."""
    with pytest.raises(BadType):
        strategy(bad)


def test_no_value() -> None:
    """So is a type that no value has."""
    with pytest.raises(BadType, match="no value"):
        strategy(iter_of(parse_type("int")))
