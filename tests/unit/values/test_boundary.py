"""The boundary: exact classes, full ranges, no lies, one conversion."""

from __future__ import annotations

import enum
import math
from collections import OrderedDict
from typing import Any
from uuid import UUID, uuid4

import pytest

from vcvm_core.values import INT_MAX, INT_MIN, Mismatch, check, describe, extent, parse_type
from vcvm_core.values import test as is_a

IDENTITY = uuid4()


class Int(int):
    """A subclass that lies about its text, its value and its class."""

    def __repr__(self) -> str:
        return "__import__('os')"

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = int.__hash__


class Str(str):
    __slots__ = ()


class Impostor:
    """Something that says it is an int."""

    @property
    def __class__(self) -> type:  # type: ignore[override]
        return int


class Colour(enum.IntEnum):
    RED = 1


SAMPLES: dict[str, list[Any]] = {
    "none": [None],
    "bool": [True, False],
    "int": [0, INT_MIN, INT_MAX],
    "float": [0.5, -0.0, math.inf],
    "string": ["", "😀", "a\0"],
    "bytes": [b"", b"\xff"],
    "uuid": [IDENTITY, UUID(int=0)],
    "list<int>": [[], [1]],
    "map<int>": [{}, {"a": 1}],
}
NO_VALUES = [
    Int(1),
    Str("a"),
    Impostor(),
    Colour.RED,
    bytearray(b"a"),
    memoryview(b"a"),
    (1,),
    {1},
    OrderedDict(a=1),
    1j,
    object(),
    int,
    iter([]),
]


@pytest.mark.parametrize("name", SAMPLES)
def test_values_of_a_type_come_through_as_they_are(name: str) -> None:
    """What is of the type is not copied."""
    for value in SAMPLES[name]:
        assert check(parse_type(name))(value) is value
        assert is_a(parse_type(name))(value)
        assert check(parse_type("any"))(value) is value
        assert check(parse_type("T"))(value) is value


@pytest.mark.parametrize("name", SAMPLES)
def test_values_of_other_types_are_refused(name: str) -> None:
    """Of the scalars and containers, each type lets only its own through; bool is no int, and int no bool."""
    for other, values in SAMPLES.items():
        for value in values:
            if other == name or (name == "float" and other == "int"):
                continue
            with pytest.raises(Mismatch):
                check(parse_type(name))(value)
            assert not is_a(parse_type(name))(value)


@pytest.mark.parametrize("value", NO_VALUES, ids=lambda v: type(v).__name__)
def test_what_is_no_value_is_refused_everywhere(value: Any) -> None:
    """Subclasses, look-alikes and other classes are refused by every type, and named without asking them anything."""
    for name in (*SAMPLES, "any", "T", "{}", "int?"):
        with pytest.raises(Mismatch):
            check(parse_type(name))(value)
        assert not is_a(parse_type(name))(value)
    assert describe(value) == f"a Python {type(value).__name__}"


@pytest.mark.parametrize("value", [INT_MAX + 1, INT_MIN - 1, 10**5_000], ids=["above", "below", "huge"])
def test_integers_out_of_range(value: int) -> None:
    """They are refused by a kind of their own, however large."""
    for name in ("int", "any", "int?"):
        with pytest.raises(Mismatch) as found:
            check(parse_type(name))(value)
        assert found.value.kind == "int-range"


@pytest.mark.parametrize("text", [chr(0xD800), "a" + chr(0xDFFF), chr(0xD83D) + chr(0xDE00), chr(0xDC80)])
def test_lone_surrogates(text: str) -> None:
    """A text that has no UTF-8 is refused; two halves that stand side by side are no character."""
    for name in ("string", "any", "string?"):
        with pytest.raises(Mismatch) as found:
            check(parse_type(name))(text)
        assert found.value.kind == "lone-surrogate"


@pytest.mark.parametrize("value", [0, -1, 18, 2**53, -(2**53), 2**62, INT_MIN])
def test_integers_that_a_float_equals(value: int) -> None:
    """JSON does not tell 18 from 18.0: where a float is declared, they become that float."""
    found = check(parse_type("float"))(value)
    assert type(found) is float
    assert found == value
    assert not is_a(parse_type("float"))(value)


@pytest.mark.parametrize("value", [2**53 + 1, -(2**53) - 1, INT_MAX, 2**63, 10**400, True])
def test_integers_that_no_float_equals(value: int) -> None:
    """Rounding would be silent, so they are refused; and so is what is no 64-bit integer."""
    with pytest.raises(Mismatch):
        check(parse_type("float"))(value)


def test_containers_are_looked_at_from_outside() -> None:
    """What a list or map holds is checked when it is taken out."""
    for value, name in (([object()], "list<int>"), ({1: object()}, "map<int>"), ([[object()]], "list<list<int>>")):
        assert check(parse_type(name))(value) is value


def test_records() -> None:
    """Every declared field is checked, also in records within; further fields do not matter."""
    record = check(parse_type("{a: int, b: {c: string?}}"))
    value = {"b": {"c": None}, "a": 1, "z": object()}
    assert record(value) is value
    for wrong, kind in (
        ({"a": 1}, ""),
        ({"a": True, "b": {"c": None}}, ""),
        ({"a": 1, "b": {"c": 1}}, ""),
        ({"a": 1 << 63, "b": {"c": None}}, "int-range"),
        ([], ""),
    ):
        with pytest.raises(Mismatch) as found:
            record(wrong)
        assert found.value.kind == kind
    assert check(parse_type("{}"))({}) == {}


def test_records_are_converted_in_a_copy() -> None:
    """An int that counts as a float changes the program's record, not the host's."""
    value = {"p": {"x": 1, "y": 2.5}, "n": 3}
    inner = value["p"]
    found = check(parse_type("{p: {x: float, y: float}}"))(value)
    assert found == {"p": {"x": 1.0, "y": 2.5}, "n": 3}
    assert type(found["p"]["x"]) is float
    assert value["p"] is inner
    assert type(inner["x"]) is int
    assert not is_a(parse_type("{p: {x: float}}"))(value)


def test_options() -> None:
    """None, or what the type lets through."""
    assert check(parse_type("float?"))(None) is None
    assert check(parse_type("float?"))(2) == 2.0
    assert not is_a(parse_type("float?"))(2)
    with pytest.raises(Mismatch):
        check(parse_type("int?"))(False)


def test_checks_do_not_keep_types_alive() -> None:
    """Types come from untrusted programs: the table of checks forgets those that nobody holds."""
    import gc

    from vcvm_core.values.boundary import _checks

    gc.collect()
    before = len(_checks)
    for i in range(50):
        check(parse_type(f"{{only_here_{i}: list<int>}}"))
    gc.collect()
    assert len(_checks) <= before


def deep(depth: int) -> list[Any]:
    """A list of lists and maps."""
    value: Any = [1]
    for _ in range(depth - 1):
        value = [value, {}]
    return value


def test_extent_counts_elements() -> None:
    """Those of elements too; a scalar has none."""
    assert extent([1, [2, 3], {"a": []}], 9, 99) == 3 + 2 + 1
    assert extent("abc", 9, 99) == 0
    assert extent([], 9, 99) == 0


@pytest.mark.parametrize("depth", [1, 2, 30])
def test_extent_limits_depth(depth: int) -> None:
    """Exactly at the limit there is a number, one level deeper there is none."""
    assert extent(deep(depth), depth, 1_000)
    assert extent(deep(depth + 1), depth, 1_000) is None


def test_extent_of_what_is_shared() -> None:
    """A value of 10**6 times 10**6 elements, or one that holds itself, is not unfolded."""
    part = [0] * 1_000_000
    assert extent([part] * 1_000_000, 9, 2_000_000) == 2_000_001
    circle: list[Any] = []
    circle.append(circle)
    assert extent(circle, 128, 1_000) is None
    circle.append(circle)
    assert extent(circle, 128, 1_000) == 1_001
