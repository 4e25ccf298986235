"""What leaves the machine: held against its type all through, in bounded work, converted where JSON cannot tell."""

from __future__ import annotations

import math
import sys
import tracemalloc
from typing import Any

import pytest

from vcvm_core import Limits, VcvmError
from vcvm_core.runtime import Meter
from vcvm_core.testing.edges import IMPOSTORS, edges, foreign
from vcvm_core.values import leaver, parse_type

TYPES = [
    "list<int>", "list<float>", "list<string>", "list<bool>", "list<none>", "list<bytes>", "list<uuid>", "list<any>",
    "list<int?>", "list<string?>", "list<float?>", "list<list<int>?>", "map<int>", "map<any>", "map<list<string>>", "{}",
    "{a: int, b: string?}", "list<{a: float, b: {c: list<float>}}>", "map<map<float>>", "any", "list<map<{a: any}>?>",
]  # fmt: skip


def left(value: Any, t: str, **limits: int) -> Any:
    """The value as a host gets it."""
    return leaver(parse_type(t))(value, Meter(Limits.default.with_(**limits)))


def fails(value: Any, t: str, **limits: int) -> VcvmError:
    """How it cannot leave."""
    with pytest.raises(VcvmError) as caught:
        left(value, t, **limits)
    return caught.value


@pytest.mark.parametrize("text", TYPES)
def test_values_of_the_type_leave(text: str) -> None:
    """A value that fits is given as it is, the very same."""
    for value in edges(parse_type(text)):
        assert left(value, text) is value


@pytest.mark.parametrize("text", [t for t in TYPES if t.startswith(("list", "map"))])
def test_nothing_else_leaves(text: str) -> None:
    """Whatever is not of the element type is found, among right ones and alone, at its place."""
    t = parse_type(text)
    right = list(edges(t.of))[:2]
    numbers = t.of.kind == "float" or text == "list<float?>"
    for wrong in foreign(t.of):
        if numbers and type(wrong) is int and abs(wrong) < 1 << 53:
            continue
        for before in ([], right):
            items = [*before, wrong, *right]
            value = items if t.kind == "list" else {f"k{i}": x for i, x in enumerate(items)}
            e = fails(value, text)
            at = f"/{len(before)}" if t.kind == "list" else f"/k{len(before)}"
            assert e.kind == "bad-element"
            assert e.facts["path"].startswith(at)
            assert f"at {e.facts['path']} of the result" in str(e)
            assert "0x" not in str(e)


@pytest.mark.parametrize(
    ("value", "text", "path", "expected", "found"),
    [
        ([[1], [2, "x"]], "list<list<int>>", "/1/1", "int", "string"),
        ([{"a": 1}, {}], "list<{a: int}>", "/1", "{a: int}", "a map without a"),
        ({"a": {"b": [1, {2}]}}, "any", "/a/b/1", "any", "a Python set"),
        ({"a/b": {"c~d": 1.5}}, "map<map<int>>", "/a~1b/c~0d", "int", "float"),
        ([1, 1 << 63], "list<int>", "/1", "int", "an integer outside the 64-bit range"),
        ([1.5, 2**53 + 1], "list<float>", "/1", "float", "an int that no float equals"),
        ([True], "list<float>", "/0", "float", "bool"),
        (["a", "\ud800"], "list<string>", "/1", "string", "a text with half of a surrogate pair"),
        ({"\udfff": 1}, "map<int>", "", "string", "a text with half of a surrogate pair as a key"),
        ([{1: 2}], "list<map<any>>", "/0", "string", "int as a key"),
        ({"a": {None: 1}}, "any", "/a", "string", "none as a key"),
        ([], "map<int>", "", "map<int>", "list"),
        ({}, "{a: int}", "", "{a: int}", "a map without a"),
        ({"\x1b[31m": object()}, "any", "/\\x1b[31m", "any", "a Python object"),
        ({"k" * 10_000: object()}, "any", "/" + "k" * 199 + "...", "any", "a Python object"),
    ],
)
def test_where_it_is(value: Any, text: str, path: str, expected: str, found: str) -> None:
    """The error has the place as a JSON pointer, what was expected there and what was found."""
    e = fails(value, text)
    assert e.kind == "bad-element"
    assert (e.facts["path"], e.facts["expected"], e.facts["found"]) == (path, expected, found)
    assert str(e).isprintable()


def test_first_of_several() -> None:
    """The place is that of the first wrong element, in the order of a reader, not of the walk."""
    assert fails([[1, [object()]], object()], "any").facts["path"] == "/0/1/0"
    assert fails([{"a": 1.5, "b": "x"}, {"a": "y", "b": 1}], "list<{a: float, b: string}>").facts["path"] == "/1/a"
    assert fails([[1], ["x"], [2.5]], "list<list<int>>").facts["path"] == "/1/0"


def test_number_of_the_result() -> None:
    """One of several results is named by its number."""
    with pytest.raises(VcvmError, match="the value at /0 of result 2 is string"):
        leaver(parse_type("list<int>"), 2)(["x"], Meter(Limits.default))
    with pytest.raises(VcvmError, match="result 3 is a map without a"):
        leaver(parse_type("{a: int}"), 3)({}, Meter(Limits.default))


# Conversion


def test_ints_become_floats() -> None:
    """Where a float is declared the host gets one; what the program holds, perhaps the host's own, stays as it is."""
    inner, other = {"x": 1, "s": "a"}, {"x": 0.5, "s": "b"}
    value = {"rows": [inner, other, inner], "more": {"m": [None, 2, 2.5]}, "else": 1}
    text = "{rows: list<{x: float}>, more: map<list<float?>>}"
    found = left(value, text)
    assert found == {
        "rows": [{"x": 1.0, "s": "a"}, other, {"x": 1.0, "s": "a"}], "more": {"m": [None, 2.0, 2.5]}, "else": 1
    }  # fmt: skip
    assert [type(row["x"]) for row in found["rows"]] == [float] * 3
    assert type(found["more"]["m"][1]) is float
    assert found["rows"][1] is other
    assert list(found) == list(value)
    assert type(inner["x"]) is int
    assert type(value["more"]["m"][1]) is int  # type: ignore[index]


def test_large_floats_stay() -> None:
    """Infinities, NaN and -0.0 are floats as they are."""
    value = [math.inf, math.nan, -0.0, 5e-324]
    assert left(value, "list<float>") is value


def test_copies_are_paid_for() -> None:
    """What conversion makes takes memory."""
    value = [[1] * 100 for _ in range(10)]
    assert left(value, "list<list<float>>", memory=42_000) == value
    assert fails(value, "list<list<float>>", memory=35_000).kind == "memory"
    assert left([[1.0] * 100], "list<list<float>>", memory=0) == [[1.0] * 100]


# Work


def test_scalars_cost_nothing() -> None:
    """A value that is no container was checked when it came."""
    for value in (1, "é", None, 1.5, True, b"x"):
        assert left(value, "any", fuel=0) is value


def test_fuel_is_that_of_elements() -> None:
    """4 units for each element on all levels; 1 for 16 characters of a text that is not all ASCII."""
    for value, text, units in (
        ([1, 2, 3], "list<int>", 12), ([[1], [2, 3]], "any", 20), ({"a": [None]}, "{a: any}", 8), ([], "list<int>", 0),
        (["a" * 160], "list<string>", 4), (["é" * 160], "list<string>", 14), ({"é" * 160: 1}, "map<int>", 14),
        ({"a": "é" * 32}, "any", 6),
    ):  # fmt: skip
        assert left(value, text, fuel=units) is value
        if units:
            assert fails(value, text, fuel=units - 1).kind == "fuel"


def test_fuel_bounds_the_look() -> None:
    """No more is counted than can be paid for, and a text is paid for before it is searched."""
    part = ["é" * 100_000] * 100
    assert fails([part] * 100, "list<list<string>>", fuel=5_000_000).kind == "fuel"


@pytest.mark.parametrize("text", ["any", "list<any>", "list<list<any>>", "map<any>"])
def test_circles_end(text: str) -> None:
    """A value that holds itself is too deep; one that holds one part many times counts as often as it is there."""
    circle: Any = {} if text.startswith("map") else []
    inner: Any = circle
    if type(circle) is list:
        circle.append(inner)
    else:
        circle["a"] = inner
    assert fails(circle, text).kind == "too-deep"
    part: Any = [1] * 100
    for _ in range(8):
        part = [part] * 100
    value = {"a": part} if text.startswith("map") else part
    assert fails(value, text).kind == "value-entries"


def test_deep_values_need_no_recursion() -> None:
    """Nesting is bounded by the limit, not by Python's stack."""
    depth = sys.getrecursionlimit() * 5
    value: Any = []
    for _ in range(depth - 1):
        value = [value]
    assert left(value, "any", value_depth=depth) is value
    assert fails(value, "any", value_depth=depth - 1).kind == "too-deep"
    value[0] = [object()]
    assert fails(value, "any", value_depth=depth).kind == "bad-element"


def test_shared_parts_take_little() -> None:
    """A list of a million places for one list is checked without a copy of anything for each of them."""
    value = [[1]] * 400_000
    meter, leave = Meter(Limits.default), leaver(parse_type("list<any>"))
    leave(value, meter)
    tracemalloc.start()
    leave(value, meter)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 * sys.getsizeof(value)


def test_keys_that_are_not_declared() -> None:
    """A record has the fields of its type: what else a map holds is not looked at."""
    value = {"a": 1, "more": object()}
    assert left(value, "{a: int}") is value


def test_impostors_are_none() -> None:
    """Subclasses and other Python objects do not leave, at any depth."""
    for impostor in IMPOSTORS:
        for value in ([impostor], {"a": [impostor]}, [[], {"b": impostor}]):
            assert fails(value, "any").kind == "bad-element"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([5] * 249_999 + ["x"], "list<int>"),
        ([{}] * 249_999 + [5], "list<map<int>>"),
        ([{"a": 1.5, "b": 2}] * 80_000 + [{"a": 1.5, "b": "x"}], "list<{a: float, b: int}>"),
        ([[[]]] * 100_000 + [[()]], "any"),
    ],
    ids=["ints", "maps", "records", "any"],
)
def test_large_values_take_little(value: Any, text: str) -> None:
    """Checking a value as large as the limits allow, and finding what is wrong with it, takes little memory."""
    assert fails(value, text).kind == "bad-element"
    tracemalloc.start()
    assert fails(value, text).facts["path"].startswith(f"/{len(value) - 1}")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 << 20
