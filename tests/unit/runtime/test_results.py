"""What intrinsics give back and functions give out: the same end on every tier, with the same fuel, calls and memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from unit.link.offers import Table, identity, offer
from vcvm_core import VM, Limits, Program, VcvmError
from vcvm_core.asm import assemble
from vcvm_core.values import Formula, parse_signature

Ended = tuple[Any, Any, Any]


def program(tier: Any, function: Callable[..., Any], declared: str, size: str | None, limits: Limits) -> Program:
    """A program whose function hands its arguments to an intrinsic, and gives what that gives."""
    names = [p.name for p in parse_signature(declared).params]
    row = offer("f", declared, load=lambda: function, size=None if size is None else Formula(size, names))
    # A function of the program is not generic: there the variable stands for strings.
    params, _, results = declared.replace("T", "string").rpartition(" -> ")
    gets = "".join(f"get ${name}\n" for name in names)
    head = f'extern f{declared} = "{identity("f")}" from "pack-a" "1.0"\nfunc main{params} -> {results}\n'
    text = f"{head}{gets}calli f\nret\nend"
    return VM(hosts=Table([row]), limits=limits, tier=tier).load_module(assemble(text))


def ended(call: Callable[[], Any]) -> tuple[Any, Any]:
    """The result, or the error as data."""
    try:
        return call(), None
    except VcvmError as e:
        return None, e.to_data()


def stepped(machine: Any) -> Any:
    """The result of a machine that goes step by step."""
    while machine.step():
        pass
    return machine.results[0] if len(machine.results) == 1 else machine.results


def run(
    function: Callable[..., Any],
    declared: str,
    *arguments: Any,
    size: str | None = None,
    limits: Limits = Limits.default,
) -> tuple[Any, Any, tuple[int, int, int]]:
    """How a call ends on every tier, which must be the same: result, error as data; fuel, calls and memory used."""
    interpreted, compiled = (program(t, function, declared, size, limits) for t in ("interpreter", "compiled"))
    found = []
    for measured in (interpreted.measure("main", *arguments, check=True), interpreted.measure("main", *arguments),
                     compiled.measure("main", *arguments)):  # fmt: skip
        error = None if measured.error is None else measured.error.to_data()
        found.append((measured.result, error, (measured.fuel, measured.intrinsic_calls, measured.memory)))
    entry = compiled.function("main")
    called = [ended(lambda: entry(*arguments)), ended(lambda: entry(*arguments))]
    machine = interpreted.machine("main", *arguments)
    called.append(ended(lambda: stepped(machine)))
    first = found[0]
    assert all(other == first for other in found), found
    assert all(other == first[:2] for other in called), called
    return first


def kind(*given: Any, **named: Any) -> Any:
    """The kind of error of a call, None for a result."""
    error = run(*given, **named)[1]
    return None if error is None else error[0]["kind"]


# A declared size


@pytest.mark.parametrize(
    ("results", "value", "what"),
    [
        ("string", "abcd", "string"), ("string", "abcé", "string"), ("bytes", b"abcd", "bytes"),
        ("string?", "abcd", "string"), ("list<int>", [1, 2, 3, 4], "list"), ("list<string>?", ["a"] * 4, "list"),
        ("map<int>", dict.fromkeys("abcd", 1), "map"), ("any", "abcd", "string"), ("any", [1] * 4, "list"),
        ("any", dict.fromkeys("abcd"), "map"), ("any", b"abcd", "bytes"),
    ],
)  # fmt: skip
def test_longer_than_declared(results: str, value: Any, what: str) -> None:
    """It is the pack's failure, named, with both sizes; exactly the declared size passes."""
    error = run(lambda: value, f"() -> {results}", size="3")[1]
    assert error[0]["kind"] == "result-too-large"
    facts = error[0]["facts"]
    assert (facts["name"], facts["pack"], facts["uuid"]) == ("f", "pack-a", str(identity("f")))
    assert (facts["declared"], facts["found"], facts["what"]) == (3, 4, what)
    assert error[0]["place"] == {"line": 3, "function": "main", "instruction": 0}
    assert kind(lambda: value, f"() -> {results}", size="4") is None


def test_size_of_other_results() -> None:
    """A size is that of strings, bytes, lists, maps and any; numbers have none, and a record has its fields."""
    assert kind(lambda: 5, "() -> int", size="0") is None
    assert kind(lambda: {"a": 1, "b": 2}, "() -> {a: int, b: int}", size="0") is None
    assert kind(lambda: 5, "() -> any", size="0") is None
    assert kind(lambda: None, "() -> list<int>?", size="0") is None


def test_size_of_several_results() -> None:
    """Each of several results is held against the one declared size."""
    assert kind(lambda: (1, "ab", [1, 2]), "() -> (int, string, list<int>)", size="2") is None
    assert kind(lambda: (1, "abc", [1, 2]), "() -> (int, string, list<int>)", size="2") == "result-too-large"
    assert kind(lambda: (1, "ab", [1, 2, 3]), "() -> (int, string, list<int>)", size="2") == "result-too-large"


def test_size_of_what_is_there_already() -> None:
    """A result of a variable's type is an argument or out of one: it is not new, but its size is as declared."""
    assert kind(lambda a: a[0], "(a: list<T>) -> T", ["abc"], size="3") is None
    assert kind(lambda a: a[0], "(a: list<T>) -> T", ["abcd"], size="3") == "result-too-large"


# What a result takes


MANY = "x" * 10_000


@pytest.mark.parametrize(
    ("results", "value", "least"),
    [
        ("list<string>", [MANY] * 3, 30_000),
        ("list<list<string>>", [[MANY], [MANY, MANY]], 30_000),
        ("list<list<int>>", [[0] * 300 for _ in range(3)], 36_000),
        ("map<string>", {"a": MANY, "b": MANY}, 20_000),
        ("map<int>", {MANY: 1, MANY + "y": 2}, 20_000),
        ("map<list<any>>", {"a": [{"b": [MANY, b"x" * 10_000]}]}, 20_000),
        ("{a: string, b: list<string>}", {"a": MANY, "b": [MANY]}, 20_000),
        ("{a: int}", {"a": 1, "more": [MANY]}, 10_000),
        ("list<{a: string}>", [{"a": MANY}], 10_000),
        ("any", [[MANY], {"k": [MANY]}], 20_000),
        ("any", MANY, 10_000),
        ("string?", MANY, 10_000),
        ("(list<string>, any, string)", ([MANY], {MANY: None}, MANY), 30_000),
        ("list<string>", ["é" * 5_000], 20_000),
        ("list<int>", [MANY, 5], 10_000),
    ],
)
@pytest.mark.parametrize("size", [None, "10000"])
def test_what_is_inside_takes_memory(results: str, value: Any, least: int, size: str | None) -> None:
    """Whatever a result holds that is a value is accounted, at any depth, whether or not a size is declared."""
    *_, (_, _, memory) = run(lambda: value, f"() -> {results}", size=size)
    assert memory >= least
    assert (
        kind(lambda: value, f"() -> {results}", size=size, limits=Limits.default.with_(memory=memory - 1)) == "memory"
    )
    assert run(lambda: value, f"() -> {results}", size=size, limits=Limits.default.with_(memory=memory))[2][2] == memory


def test_predicted_is_taken_once() -> None:
    """What was taken before the call counts for what the result takes."""
    for results, value, size, expected in (
        ("string", "abc", "3", 83), ("string", "é", "3", 84), ("string", "", "3", 83), ("bytes", b"abc", "3", 83),
        ("list<int>", [1, 2], "2", 64 + 80), ("list<int>", [], "2", 64 + 80), ("map<int>", {"ab": 1}, "1", 64 + 120 + 2),
        ("list<string>", ["ab"], "1", 64 + 40 + 82), ("any", 5, "2", 64 + 80), ("any", "abc", "3", 64 + 120),
        ("list<list<int>>", [[1], []], "2", 64 + 80 + 64 + 40 + 64),
    ):  # fmt: skip
        assert run(lambda v=value: v, f"() -> {results}", size=size)[2][2] == expected, results


def test_what_is_there_already_takes_a_slot() -> None:
    """Elements of a variable's type, and an argument itself, are not new."""
    texts = [MANY] * 10
    assert run(lambda a: a[::-1], "(a: list<T>) -> list<T>", texts)[2][2] == 64 + 8 * 10
    assert run(lambda a: a, "(a: any) -> any", texts)[2][2] == 0
    assert run(lambda a: [a, a], "(a: any) -> any", texts)[2][2] == 64 + 2 * 40
    assert run(lambda a: [a], "(a: list<T>) -> list<list<T>>", texts)[2][2] == 64 + 40
    assert run(lambda a: {"k": a[0]}, "(a: list<T>) -> {k: T}", texts)[2][2] == 64 + 120 + 1


def test_counting_ends() -> None:
    """Shared and endless results are counted once for each list, and no further than there is memory."""
    circle: list[Any] = []
    circle.append(circle)
    assert kind(lambda: circle, "() -> any") == "too-deep"
    part: Any = [1]
    for _ in range(60):
        part = [part, part]
    assert kind(lambda: part, "() -> any") == "value-entries"
    wide = [[0] * 1_000 for _ in range(1_000)]
    assert kind(lambda: wide, "() -> any", limits=Limits.default.with_(memory=100_000)) == "memory"


# What leaves


@pytest.mark.parametrize("value", [["a", object()], ["a", 5], ["a", "\ud800"], ["a", ["b"]], ["a", None]])
def test_wrong_elements_do_not_leave(value: Any) -> None:
    """A host never gets an element that the type does not allow; the place is that of the return, and inside the result."""
    error = run(lambda: value, "() -> list<string>")[1]
    assert error[0]["kind"] == "bad-element"
    assert error[0]["facts"]["path"] == "/1"
    assert error[0]["place"] == {"line": 4, "function": "main", "instruction": 1}


def test_arguments_do_not_leave_either() -> None:
    """What the host's own list holds is held against the type as well."""
    assert kind(lambda a: a, "(a: list<int>) -> list<int>", [1, "x"]) == "bad-element"
    assert kind(lambda a: a, "(a: map<any>) -> map<any>", {"a": {"b": {1}}}) == "bad-element"


def test_ints_leave_as_floats() -> None:
    """The host gets what the type declares; its own list stays as it is."""
    given = [1, 2.5]
    found, error, _ = run(lambda a: a, "(a: list<float>) -> list<float>", given)
    assert error is None
    assert [type(x) for x in found] == [float, float]
    assert type(given[0]) is int


@pytest.mark.parametrize("fuel", range(20))
def test_every_amount_of_fuel(fuel: int) -> None:
    """What leaves is charged for in front of the look, at the same place on every tier."""
    expected = None if fuel >= 15 else "fuel"
    assert kind(lambda: ["a", "b", "c"], "() -> list<string>", limits=Limits.default.with_(fuel=fuel)) == expected


def test_several_results_leave() -> None:
    """Each result is checked, and the error says which it is."""
    error = run(lambda: (1, [1], ["x"]), "() -> (int, list<int>, list<int>)")[1]
    assert "the value at /0 of result 3" in error[0]["message"]
    assert error[0]["facts"]["path"] == "/0"
