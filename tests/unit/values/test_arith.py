"""Arithmetic at every sign and at every edge: what all tiers have to agree on."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcvm_core import Trap
from vcvm_core.values import INT_MAX, INT_MIN, arith

INTS = st.one_of(st.integers(INT_MIN, INT_MAX), st.sampled_from([INT_MIN, -1, 0, 1, INT_MAX]))


def kind(do: Callable[..., Any], *args: Any) -> str:
    """The kind of trap that a call ends with."""
    with pytest.raises(Trap) as found:
        do(*args)
    return found.value.kind


@pytest.mark.parametrize(
    ("a", "b", "quotient", "rest"),
    [
        (7, 2, 3, 1),
        (-7, 2, -3, -1),
        (7, -2, -3, 1),
        (-7, -2, 3, -1),
        (6, 3, 2, 0),
        (-6, 3, -2, 0),
        (0, 5, 0, 0),
        (1, 5, 0, 1),
        (-1, 5, 0, -1),
        (INT_MIN, 1, INT_MIN, 0),
        (INT_MAX, -1, -INT_MAX, 0),
        (INT_MIN, INT_MIN, 1, 0),
        (INT_MIN, INT_MAX, -1, -1),
    ],
)
def test_division_truncates_toward_zero(a: int, b: int, quotient: int, rest: int) -> None:
    """At every combination of signs; the remainder has the sign of the dividend."""
    assert (arith.divide(a, b), arith.remainder(a, b)) == (quotient, rest)


@given(INTS, INTS.filter(bool))
def test_quotient_and_remainder_belong_together(a: int, b: int) -> None:
    """a is the quotient times b, and the remainder; which is nearer to zero than b."""
    q, r = arith.divide(a, b), arith.remainder(a, b)
    assert q * b + r == a
    assert abs(r) < abs(b)
    assert r == 0 or (r < 0) == (a < 0)
    assert q == math.trunc(Fraction(a, b))


def test_division_by_zero() -> None:
    """Both operations trap."""
    assert kind(arith.divide, 0, 0) == kind(arith.remainder, INT_MIN, 0) == "div-by-zero"


def test_the_smallest_by_minus_one() -> None:
    """Its quotient leaves the range, for the instruction to trap; its remainder is 0."""
    assert arith.divide(INT_MIN, -1) == INT_MAX + 1
    assert arith.remainder(INT_MIN, -1) == 0


@pytest.mark.parametrize("count", [-1, 64, INT_MAX, INT_MIN])
def test_shifts_outside_of_a_word(count: int) -> None:
    """A count outside 0..63 traps, in both directions."""
    assert kind(arith.shift_left, 0, count) == kind(arith.shift_right, 0, count) == "shift-range"


def test_shifts() -> None:
    """To the right the sign is kept; to the left nothing is cut off."""
    assert arith.shift_right(-1, 63) == -1
    assert arith.shift_right(INT_MIN, 63) == -1
    assert arith.shift_right(INT_MAX, 63) == 0
    assert arith.shift_left(1, 63) == INT_MAX + 1
    assert arith.shift_left(-1, 63) == INT_MIN


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (1.0, 0.0, math.inf),
        (1.0, -0.0, -math.inf),
        (-1.0, 0.0, -math.inf),
        (-1.0, -0.0, math.inf),
        (math.inf, 0.0, math.inf),
        (math.inf, -0.0, -math.inf),
        (6.0, 4.0, 1.5),
        (5e-324, 2.0, 0.0),
        (0.0, -1.0, -0.0),
    ],
)
def test_division_of_floats(a: float, b: float, expected: float) -> None:
    """IEEE 754, with signed zeros; never an exception."""
    found = arith.divide_float(a, b)
    assert found == expected
    assert math.copysign(1, found) == math.copysign(1, expected)


@pytest.mark.parametrize(("a", "b"), [(0.0, 0.0), (-0.0, 0.0), (math.nan, 0.0), (math.nan, 1.0), (math.inf, math.inf)])
def test_divisions_that_have_no_number(a: float, b: float) -> None:
    """0 / 0, and what has NaN in it, is NaN."""
    assert math.isnan(arith.divide_float(a, b))


@pytest.mark.parametrize(
    ("a", "expected"),
    [
        (1.9, 1),
        (-1.9, -1),
        (-0.0, 0),
        (-(2.0**63), INT_MIN),
        (math.nextafter(2.0**63, 0), (1 << 63) - 1024),
        (5e-324, 0),
    ],
)
def test_float_to_int(a: float, expected: int) -> None:
    """Toward zero, up to the edges of the range."""
    assert arith.float_to_int(a) == expected


@pytest.mark.parametrize("a", [math.nan, math.inf, -math.inf, 2.0**63, math.nextafter(-(2.0**63), -math.inf), 1e308])
def test_float_to_int_outside(a: float) -> None:
    """NaN, infinities and what is out of range trap."""
    assert kind(arith.float_to_int, a) == "conversion"


@pytest.mark.parametrize("i", [-1, 3, INT_MIN, INT_MAX])
@pytest.mark.parametrize("a", ["abc", b"abc", [1, 2, 3]])
def test_indexes_outside(a: Any, i: int) -> None:
    """Negative indexes do not count from the end; a list is not changed by a failed store."""
    before = a[:]
    assert kind(arith.at, a, i) == "index-range-trap"
    if type(a) is list:
        assert kind(arith.place, a, i, 0) == "index-range-trap"
    assert a == before


@pytest.mark.parametrize(("start", "end"), [(-1, 1), (0, 4), (2, 1), (4, 4), (INT_MIN, INT_MAX), (-3, -1)])
@pytest.mark.parametrize("a", ["abc", b"abc", [1, 2, 3]])
def test_slices_outside(a: Any, start: int, end: int) -> None:
    """A slice is inside and rising, or traps."""
    assert kind(arith.part, a, start, end) == "slice-range"


def test_slices() -> None:
    """Both ends may be the length."""
    assert arith.part("abc", 3, 3) == ""
    assert arith.part("a😀c", 1, 2) == "😀"
    assert arith.part([1, 2], 0, 2) == [1, 2]


def test_missing_keys() -> None:
    """A key that is not there traps, and its text is in the facts only."""
    assert kind(arith.member, {"a": 1}, "b") == "missing-key"
    assert arith.member({"": None}, "") is None


def test_equality_is_by_type_and_value() -> None:
    """1, 1.0 and true are three values; -0.0 equals 0.0; NaN equals nothing."""
    assert not arith.equal(1, 1.0, 9)
    assert not arith.equal(1, True, 9)
    assert not arith.equal("a", b"a", 9)
    assert not arith.equal([1], [True], 9)
    assert not arith.equal({"a": 1}, {"a": 1.0}, 9)
    assert arith.equal(0.0, -0.0, 9)
    assert not arith.equal(math.nan, math.nan, 9)
    assert not arith.equal([math.nan], [math.nan], 9)
    assert arith.equal({"a": 1, "b": [2]}, {"b": [2], "a": 1}, 9)
    assert arith.contains([1.0, "1", [1]], [1], 9)
    assert not arith.contains([1.0, True], 1, 9)


def deep(depth: int) -> list[Any]:
    """A list of lists."""
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [value]
    return value


@pytest.mark.parametrize(
    "do", [arith.equal, lambda a, b, d: arith.weight(a, 1 << 30, d), lambda a, b, d: arith.compared(a, b, 1 << 30, d)]
)
def test_nesting(do: Callable[..., Any]) -> None:
    """Exactly at the limit passes, one more traps."""
    do(deep(5), deep(5), 5)
    assert kind(do, deep(6), deep(6), 5) == "too-deep"


def test_weight() -> None:
    """Four for an element, twelve for a container, one for 16 characters; comparing what differs in type or length is free."""
    assert arith.weight("a" * 33, 99, 9) == 2
    assert arith.weight([1, "a" * 16, [2, 3]], 99, 9) == 24 + 1 + 20
    assert arith.weight({"a": [1], "b": None}, 99, 9) == 20 + 16
    assert arith.weight(5, 99, 9) == 0
    assert arith.compared([1], [1, 2], 99, 9) == arith.compared("a" * 32, b"a" * 32, 99, 9) == 0
    assert arith.compared("a" * 32, "b" * 32, 99, 9) == 2


def test_weight_of_what_is_shared_stops_at_the_budget() -> None:
    """A value that holds itself 1,000 times over, 100 levels deep, is looked at no longer than there is fuel."""
    value: list[Any] = [1]
    for _ in range(100):
        value = [value] * 1_000
    assert 10_000 < arith.weight(value, 10_000, 128) <= 20_000


class Lies:
    """A host's object that answers when asked whether it is equal."""

    def __eq__(self, other: object) -> bool:
        raise AssertionError("asked")

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize("value", [Lies(), (1,), {1}, 1j])
def test_what_is_no_value_is_not_compared(value: object) -> None:
    """Whatever a host hides in a container traps when it is compared; its own == is not called."""
    assert kind(arith.equal, [value], [value], 9) == "bad-element"
