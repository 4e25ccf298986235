"""Calls of intrinsics: what goes out, what comes back, what they may do wrong."""

from __future__ import annotations

import gc
import inspect
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from unit.link.offers import Table, identity, offer
from vcvm_core import VM, ApiError, IntrinsicError, LimitExceeded, Limits, Program
from vcvm_core.asm import assemble
from vcvm_core.values import Formula


def load(
    function: Callable[..., Any],
    declared: str = "() -> int",
    before: str = "",
    limits: Limits = Limits.default,
    **rest: Any,
) -> Program:
    """A program that calls one function, which a pack offers as `f`."""
    row = offer("f", declared, load=lambda: function, **rest)
    text = f'extern f{declared} = "{identity("f")}" from "pack-a" "1.0"\n{before}\ncalli f\nhalt'
    return VM(hosts=Table([row]), limits=limits).load_module(assemble(text))


def failure(function: Callable[..., Any], declared: str = "() -> int", before: str = "") -> IntrinsicError:
    """How a call of the function fails."""
    with pytest.raises(IntrinsicError) as caught:
        load(function, declared, before).call("main")
    return caught.value


def raising(e: BaseException) -> Callable[..., Any]:
    """A function that raises."""

    def f(*_: Any) -> Any:
        raise e

    return f


# Raising


class Unprintable(Exception):
    """Cannot be printed."""

    def __str__(self) -> str:
        raise ValueError("no")


class Huge(Exception):
    """Prints without end."""

    def __str__(self) -> str:
        return "x" * 10_000_000


class Odd(BaseException):
    """Is no Exception."""


CAUSES = [
    ValueError("no"), AssertionError(), KeyError("k"), StopIteration(5), StopAsyncIteration(), RecursionError("deep"),
    MemoryError(), SystemExit(3), OSError(5, "x"), Unprintable(), Huge(), ExceptionGroup("many", [ValueError()]),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"), ApiError(), Exception("\x1b[31m\n" + "y" * 500),
]  # fmt: skip


@pytest.mark.parametrize("cause", CAUSES, ids=lambda e: type(e).__name__)
def test_raises(cause: BaseException) -> None:
    """An Exception of a function, and its own `sys.exit`, become an IntrinsicError with UUID, name, pack, place and cause."""
    e = failure(raising(cause))
    assert e.kind == "intrinsic-raised"
    assert e.cause is cause
    assert e.__cause__ is cause
    assert e.facts["uuid"] == str(identity("f"))
    assert (e.facts["name"], e.facts["pack"], e.facts["error"]) == ("f", "pack-a", type(cause).__name__)
    assert (e.place.function, e.place.instruction) == ("main", 0)
    assert str(e).isprintable()
    assert len(str(e)) < 700


def test_what_is_no_exception_passes() -> None:
    """What is not an Exception is the application's."""
    with pytest.raises(Odd):
        load(raising(Odd("odd"))).call("main")


class Exits(Exception):
    """Leaves the program while it is printed."""

    def __str__(self) -> str:
        raise SystemExit(3)


def test_raises_what_exits_when_printed() -> None:
    """Printing a cause is the pack's code as well: what it raises says nothing against vcvm."""
    assert failure(raising(Exits())).kind == "intrinsic-raised"


def test_in_a_generator() -> None:
    """StopIteration of an intrinsic does not end a generator around the run."""

    def around() -> Any:
        yield load(raising(StopIteration())).call("main")

    with pytest.raises(IntrinsicError):
        next(around())


# Returning


class Int(int):
    """A subclass."""


class Str(str):
    """A subclass."""

    __slots__ = ()


class Dict(dict):  # type: ignore[type-arg]
    """A subclass."""


class Liar:
    """Says that it is an int, equals everything, and raises if it is looked at."""

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return int

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 5

    def __repr__(self) -> str:
        raise ValueError("no")


def generator() -> Any:
    """Gives one by one."""
    yield 5


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        ("int", None), ("int", "5"), ("int", 5.0), ("int", True), ("int", Int(5)), ("int", 2**63), ("int", -(2**63) - 1),
        ("int", (5,)), ("int", (5, 6)), ("int", Liar()), ("int", len), ("int", generator()), ("int", object),
        ("int", 10**5_000), ("bool", 1), ("bool", None), ("float", "1"), ("float", 2**53 + 1), ("float", True),
        ("float", 10**400), ("string", None), ("string", b"a"), ("string", Str("a")), ("string", "\ud800"),
        ("bytes", "a"), ("bytes", bytearray(b"a")), ("uuid", str(identity("f"))), ("none", 0), ("none", ()),
        ("list<int>", (1,)), ("list<int>", range(3)), ("list<int>", None), ("map<int>", Dict()), ("map<int>", []),
        ("int?", "a"), ("{a: int}", {}), ("{a: int}", {"a": "x"}), ("any", {1}), ("any", Int(5)), ("any", 2**63),
        ("any", Liar()),
    ],
    ids=lambda v: v if isinstance(v, str) and v.isascii() else type(v).__name__,
)  # fmt: skip
def test_bad_results(declared: str, value: Any) -> None:
    """A result is judged by exact class: what the signature does not allow is the pack's fault, and named so."""
    e = failure(lambda: value, f"() -> {declared}")
    assert e.kind == "bad-result"
    assert e.facts["pack"] == "pack-a"
    assert str(e).isprintable()


@pytest.mark.parametrize("value", [None, 5, [1, 2], (1,), (1, 2, 3), (1, "a"), (True, 2), "ab"])
def test_bad_tuples(value: Any) -> None:
    """Several results are a tuple of exactly that many, each checked."""
    assert failure(lambda: value, "() -> (int, int)").kind == "bad-result"


@pytest.mark.parametrize(
    ("declared", "value", "result"),
    [
        ("int", 5, 5), ("float", 5, 5.0), ("float", float("inf"), float("inf")), ("string", "", ""), ("none", None, None),
        ("int?", None, None), ("list<int>", [1], [1]), ("any", {"a": [1]}, {"a": [1]}), ("uuid", UUID(int=5), UUID(int=5)),
        ("(int, string)", (1, "a"), (1, "a")), ("()", (), None), ("{a: float}", {"a": 1}, {"a": 1.0}),
    ],
)  # fmt: skip
def test_good_results(declared: str, value: Any, result: Any) -> None:
    """What fits comes back; an int where a float is declared is that float."""
    given = load(lambda: value, f"() -> {declared}").call("main")
    assert given == result
    assert type(given) is type(result)


def test_coroutines_are_closed() -> None:
    """A coroutine is no result; it is closed, so that no warning follows when it is collected."""
    made: list[Any] = []

    async def later() -> int:
        return 5

    def f() -> Any:
        made.append(later())
        return made[-1]

    assert failure(f).kind == "bad-result"
    assert inspect.getcoroutinestate(made[0]) == inspect.CORO_CLOSED
    made.clear()
    gc.collect()


def test_bad_elements_are_found_when_used() -> None:
    """Of a list that an intrinsic returns only the outside is looked at; an element is checked when it is taken out."""
    row = offer("f", "() -> list<int>", load=lambda: lambda: ["a"])
    text = f'extern f() -> list<int> = "{identity("f")}"\ncalli f\npush 0\ngetl'
    with pytest.raises(Exception, match="its declared type is int") as caught:
        VM(hosts=Table([row])).load_module(assemble(text)).call("main")
    assert getattr(caught.value, "kind", "") == "bad-element"


# Limits and costs, before the call


def untouched(*_: Any) -> Any:
    """A function that must not run."""
    pytest.fail("the intrinsic was called")


def refused(program: Program) -> LimitExceeded:
    """The limit that ends the run."""
    with pytest.raises(LimitExceeded) as caught:
        program.call("main")
    return caught.value


@pytest.mark.parametrize(
    ("declared", "formula", "limits", "kind"),
    [
        ("(a: int) -> string", "a", {"value_size": 99}, "value-size"),
        ("(a: int) -> bytes", "a * 2", {"value_size": 199}, "value-size"),
        ("(a: int) -> string?", "a", {"value_size": 99}, "value-size"),
        ("(a: int) -> list<int>", "a", {"value_entries": 99}, "value-entries"),
        ("(a: int) -> map<int>", "a", {"value_entries": 99}, "value-entries"),
        ("(a: int) -> any", "a", {"value_entries": 99}, "value-entries"),
    ],
)
def test_predicted_size(declared: str, formula: str, limits: dict[str, int], kind: str) -> None:
    """A result that would be too large is refused before the function runs; at the limit the function runs."""
    size = Formula(formula, ["a"])
    program = load(untouched, declared, "push 100", Limits.default.with_(**limits), size=size)
    assert refused(program).kind == kind
    ran: list[int] = []
    roomy = Limits.default.with_(**{n: v + 1 for n, v in limits.items()})
    with pytest.raises(IntrinsicError):
        load(lambda a: ran.append(a) or object(), declared, "push 100", roomy, size=size).call("main")
    assert ran == [100]


def test_unpredicted_size() -> None:
    """A result that is too large after all is refused when it comes."""
    assert refused(load(lambda: "aaaa", "() -> string", limits=Limits.default.with_(value_size=3))).kind == "value-size"
    assert (
        refused(load(lambda: [1] * 4, "() -> list<int>", limits=Limits.default.with_(value_entries=3))).kind
        == "value-entries"
    )
    assert load(lambda: "aaa", "() -> string", limits=Limits.default.with_(value_size=3)).call("main") == "aaa"


@pytest.mark.parametrize(("fuel", "runs"), [(103, True), (102, False), (3, False)])
def test_cost_is_charged_before_the_call(fuel: int, runs: bool) -> None:
    """A cost that depends on the arguments is taken first; what cannot be paid does not run."""
    ran: list[int] = []
    limits = Limits.default.with_(fuel=fuel)
    program = load(lambda a: ran.append(a) or 5, "(a: int) -> int", "push 100", limits, cost=Formula("a", ["a"]))
    if runs:
        assert program.call("main") == 5
    else:
        assert refused(program).kind == "fuel"
    assert ran == ([100] if runs else [])


def test_calls_are_counted_before_the_call() -> None:
    """With no calls left the function does not run."""
    assert refused(load(untouched, limits=Limits.default.with_(intrinsic_calls=0))).kind == "intrinsic-calls"


@pytest.mark.parametrize("text", ["0 - 1000", "a - 1000"])
def test_cost_is_never_negative(text: str) -> None:
    """A formula that goes below zero charges nothing, and gives no fuel."""
    program = load(lambda a: 5, "(a: int) -> int", "push 5", cost=Formula(text, ["a"]))
    machine = program.machine("main")
    machine.run()
    assert machine.fuel <= Limits.default.fuel - 3
