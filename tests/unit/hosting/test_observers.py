"""Observers: what they are told, that they are told nothing they could change, and that none of them changes a run."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from unit.link.offers import Table, identity, offer
from vcvm_core import VM, ApiError, IntrinsicError, Limits, Program
from vcvm_core.asm import assemble
from vcvm_core.hosting.shown import shown
from vcvm_core.plugin import CallRecord, EndRecord, ErrorRecord, Observer, RunRecord, installed
from vcvm_core.values import Formula

HALF, JOIN, PURE = (f"6a1d2c3e-0000-4000-8000-00000000000{n}" for n in "abc")

PROGRAM = f"""
extern half(int) -> int = "{HALF}"
extern joined(list<string>) -> string = "{JOIN}"
extern string_lower
export main
export words
func main(n: int) -> int
    call $half($n)
    set $n
    call $half($n)
    ret
end
func words(texts: list<string>) -> string
    call $joined($texts)
    call string_lower
    ret
end
"""

PACKS = installed()
TIERS = ("auto", "compiled", "interpreter")
each_tier = pytest.mark.parametrize("tier", TIERS)


def half(n: int) -> int:
    """Refuses odd numbers."""
    if n % 2:
        raise ValueError(f"{n} is odd")
    return n // 2


class Hosts:
    """The standard pack, and two functions of the application."""

    def __init__(self) -> None:
        from vcvm_core.link import FunctionHosts

        self.joined: Callable[..., Any] = " ".join

        def joined(texts: list[str]) -> str:
            return self.joined(texts)  # type: ignore[no-any-return]

        self.own, self.packs = FunctionHosts({HALF: half, JOIN: joined}), PACKS

    def __getattr__(self, name: str) -> Any:
        def ask(key: Any, *more: Any) -> Any:
            return getattr(self.own, name)(key, *more) or getattr(self.packs, name)(key, *more)

        return ask


MODULE = assemble(PROGRAM, PACKS.catalog(), "rule.vasm")


def load(*observers: Any, tier: Any = "auto", limits: Limits = Limits.default) -> Program:
    """The program above, observed."""
    return VM(hosts=Hosts(), tier=tier, observers=observers, limits=limits).load_module(MODULE, "rule.vasm")


class Log(Observer):
    """Remembers what it was told."""

    def __init__(self, values: int = 0) -> None:
        self.values = values
        self.told: list[tuple[Any, ...]] = []

    def program_start(self, run: RunRecord) -> None:
        self.told.append(("run", *run))

    def start(self, call: CallRecord) -> None:
        self.told.append(("start", call.number, call.name, call.fuel, call.arguments))

    def end(self, call: CallRecord, outcome: EndRecord) -> None:
        assert outcome.nanoseconds >= 0
        self.told.append(("end", call.number, outcome.kind, outcome.value))

    def error(self, call: CallRecord, outcome: ErrorRecord) -> None:
        self.told.append(("error", call.number, outcome.code, outcome.error, outcome.reason))

    def program_end(self, run: RunRecord, code: str) -> None:
        self.told.append(("ended", run.number, code))


# What they are told


@each_tier
def test_a_run(tier: str) -> None:
    """A run, its calls, and how each ended, in order; the same on every tier."""
    log = Log()
    assert load(log, tier=tier).call("main", 12) == 3
    assert log.told == [
        ("run", 1, "rule.vasm", "main"),
        ("start", 1, "half", 1, None),
        ("end", 1, "int", None),
        ("start", 2, "half", 1, None),
        ("end", 2, "int", None),
        ("ended", 1, ""),
    ]


@each_tier
def test_an_error(tier: str) -> None:
    """A call that raised, and the run that it ended."""
    log = Log(values=30)
    with pytest.raises(IntrinsicError):
        load(log, tier=tier).call("main", 6)
    assert log.told[-3:] == [
        ("start", 2, "half", 1, ("3",)),
        ("error", 2, "VC601", "ValueError", "3 is odd"),
        ("ended", 1, "VC601"),
    ]


def test_values_are_cut() -> None:
    """An observer that asks for values gets as many characters of them as it asked for, as JSON."""
    log = Log(values=12)
    program = load(log)
    assert program.call("words", ["A", "B"]) == "a b"
    assert program.call("words", ["longer than that"] * 1_000)
    assert [t[4] for t in log.told if t[0] == "start"] == [
        ('["A", "B"]',), ('"A B"',), ('["longer tha...',), ('"longer than...',),
    ]  # fmt: skip
    assert [t[3] for t in log.told if t[0] == "end"][:2] == ['"A B"', '"a b"']


def test_fuel_is_that_of_the_call() -> None:
    """The declared cost for these arguments: what the run uses is the sum of them and of its own instructions."""
    log = Log()
    program = load(log)
    for n in (1, 40):
        log.told.clear()
        run = program.measure("words", ["abc"] * n)
        costs = [t[3] for t in log.told if t[0] == "start"]
        assert costs == [1, 1 + (4 * n - 1) // 3]
        assert run.fuel - sum(costs) == 4


def test_every_way_to_call() -> None:
    """call, measure and function are runs."""
    log = Log()
    program = load(log)
    program.call("main", 4), program.measure("main", 4), program.function("main")(4)
    assert [t[1:] for t in log.told if t[0] == "run"] == [(n, "rule.vasm", "main") for n in (1, 2, 3)]
    assert program.function("main").__name__ == "main"


def test_a_result_that_the_signature_does_not_allow() -> None:
    """The program ends with VC602, and so the observer is told."""
    log, hosts = Log(), Hosts()
    hosts.joined = len
    with pytest.raises(IntrinsicError) as caught:
        VM(hosts=hosts, observers=[log]).load_module(MODULE).call("words", [])
    assert caught.value.code == "VC602"
    assert [t[2] for t in log.told if t[0] == "error"] == ["VC602"]


def test_a_result_that_is_larger_than_declared() -> None:
    """The program ends with VC604, and so the observer is told."""
    log = Log()
    row = offer("f", "(a: list<int>) -> list<int>", load=lambda: lambda a: [*a, 1], size=Formula("len(a)", ["a"]))
    text = f'extern f(list<int>) -> list<int> = "{identity("f")}" from "pack-a" "1.0"\nnewl int\ncall $f()'
    with pytest.raises(IntrinsicError) as caught:
        VM(hosts=Table([row]), observers=[log]).load_module(assemble(text)).call("main")
    assert caught.value.code == "VC604"
    assert [t[2] for t in log.told if t[0] == "error"] == ["VC604"]


def test_who_and_what() -> None:
    """A record names intrinsic, pack and version."""
    seen: list[CallRecord] = []

    class Asking:
        def start(self, call: CallRecord) -> None:
            seen.append(call)

    load(Asking()).call("words", [])
    (joined, lower) = seen
    assert (joined.uuid, joined.pack, joined.run) == (JOIN, "the host", 1)
    assert (lower.name, lower.pack) == ("string_lower", "vcvm")
    assert UUID(lower.uuid)


# What they cannot change


class Mutating:
    """Tries to change whatever it is told."""

    values = 10_000

    def start(self, call: CallRecord) -> None:
        for act in (
            lambda: setattr(call, "arguments", ()),
            lambda: call.arguments.append("x"),  # type: ignore[union-attr]
            lambda: call.__dict__.update(fuel=0),
            lambda: object.__setattr__(call, "fuel", 0),
        ):
            with pytest.raises((AttributeError, TypeError)):
                act()
        assert all(type(part) in (int, str, tuple) for part in call)

    def end(self, call: CallRecord, outcome: EndRecord) -> None:
        assert all(type(part) in (int, str) for part in outcome)


def raising(kind: type[BaseException], method: str) -> Any:
    """An observer whose method raises."""

    def told(self: Any, *records: Any) -> None:
        raise kind("from an observer")

    return type("Raising", (), {method: told})()


@each_tier
def test_it_gets_nothing_that_could_be_changed(tier: str) -> None:
    """Records are tuples of texts and numbers."""
    program = load(Mutating(), tier=tier)
    texts = ["A", "B"]
    assert program.call("words", texts) == "a b"
    assert texts == ["A", "B"]
    assert vm_of(program).notes == []


def vm_of(program: Program) -> Any:
    """What tells the observers of a program."""
    return program._watch  # type: ignore[attr-defined]


@each_tier
@pytest.mark.parametrize("method", ["program_start", "start", "end", "error", "program_end"])
@pytest.mark.parametrize("kind", [ValueError, SystemExit, RecursionError, MemoryError])
def test_what_it_raises_stays_with_it(tier: Any, method: str, kind: type[BaseException]) -> None:
    """Result, error, fuel are those without it; it is dropped with one note; others are told on."""
    log = Log()
    program, plain = load(raising(kind, method), log, tier=tier), load(tier=tier)
    for n in (12, 6):
        for _ in range(2):
            found, expected = program.measure("main", n), plain.measure("main", n)
            assert (found.result, found.fuel, str(found.error)) == (expected.result, expected.fuel, str(expected.error))
    (note,) = vm_of(program).notes
    assert note.code == "VC731"
    assert (note.facts["method"], note.facts["error"]) == (method, kind.__name__)
    assert sum(t[0] == "start" for t in log.told) == 8


@each_tier
@pytest.mark.parametrize("method", ["program_start", "start", "end", "program_end"])
def test_ctrl_c_in_an_observer(tier: Any, method: str) -> None:
    """Ctrl-C is the application's, wherever it strikes; the observer has done nothing wrong."""
    program = load(raising(KeyboardInterrupt, method), tier=tier)
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            program.call("main", 12)
    assert vm_of(program).notes == []


def test_an_exception_that_fights_back() -> None:
    """Its text, its name and the name of its class are asked for with care."""

    class Meta(type):
        __name__ = property(lambda cls: 1 / 0)  # type: ignore[assignment]

    class Fighting(Exception, metaclass=Meta):
        def __str__(self) -> str:
            raise SystemExit

    program = load(raising(Fighting, "start"))
    assert program.call("main", 12) == 3
    assert "raised Fighting: <Fighting that cannot be printed>" in str(vm_of(program).notes[0])


def test_an_observer_that_calls_the_program() -> None:
    """What it calls itself is not observed, so that it cannot go round for ever."""
    results = []

    class Calling(Log):
        def start(self, call: CallRecord) -> None:
            super().start(call)
            results.append(program.call("main", 4))

    log = Calling()
    program = load(log)
    assert program.call("main", 12) == 3
    assert results == [1, 1]
    assert [t[0] for t in log.told].count("start") == 2
    assert vm_of(program).notes == []


def test_an_observer_that_keeps_everything() -> None:
    """What it keeps is not of the program: a list that is changed later does not change what it was told."""
    log = Log(values=100)
    texts = ["A"]
    load(log).call("words", texts)
    texts.append("B")
    assert ("start", 1, "joined", 1, ('["A"]',)) in log.told


def test_an_observer_that_waits_for_nobody() -> None:
    """A coroutine function observes nothing: that is said, and no warning is left behind."""

    class Late:
        async def start(self, call: CallRecord) -> None:
            pass

    program = load(Late())
    assert program.call("main", 4) == 1
    assert "nobody awaits" in str(vm_of(program).notes[0])


def test_observers_are_told_in_order_and_apart() -> None:
    """Each gets what it asked for."""
    some, none = Log(values=5), Log()
    load(some, none).call("main", 4)
    assert [t[4] for t in some.told if t[0] == "start"] == [("4",), ("2",)]
    assert [t[4] for t in none.told if t[0] == "start"] == [None, None]


def test_threads() -> None:
    """Calls from several threads are numbered, and each knows its run."""
    seen: list[CallRecord] = []

    class Asking:
        def start(self, call: CallRecord) -> None:
            seen.append(call)

    call = load(Asking()).function("main")
    threads = [threading.Thread(target=lambda: [call(12) for _ in range(50)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(c.number for c in seen) == list(range(1, 401))
    runs = [c.run for c in seen]
    assert all(runs.count(n) == 2 for n in set(runs))
    assert len(set(runs)) == 200


def test_values_of_any_shape_are_shown() -> None:
    """Deep, large and circular values cost no more than what is shown of them, and nothing in them reaches a terminal."""
    around: list[Any] = []
    around.append(around)
    assert shown(around, 9_999) == "[" * 9_999 + "..."
    doubled: Any = "x"
    for _ in range(60):
        doubled = {"a": doubled, "b": doubled}
    assert len(shown(doubled, 500)) == 503
    assert shown([0] * 10**6, 10) == "[0, 0, 0, ..."
    assert shown(["\ud800", "\x1b[2J", b"\xff", None, True, 1.5, object()], 200) == (
        '["\\ud800", "\\u001b[2J", {"$bytes": "/w=="}, null, true, 1.5, <a Python object>]'
    )
    assert shown(float("nan"), 9) == '"NaN"'


# What is refused


@pytest.mark.parametrize(
    ("observer", "says"),
    [
        (object(), "has no method"),
        (Log, "is a class"),
        (type("Odd", (), {"start": 5})(), "cannot be called"),
        (type("Odd", (), {"start": print, "values": -1})(), "number of characters"),
        (type("Odd", (), {"start": print, "values": True})(), "number of characters"),
        (type("Odd", (), {"start": property(lambda self: 1 / 0)})(), "ZeroDivisionError"),
        (type("Odd", (), {"close": print})(), "has no method"),
    ],
)
def test_what_cannot_observe(observer: Any, says: str) -> None:
    """Refused when the machine is made."""
    with pytest.raises(ApiError, match=says) as caught:
        VM(observers=[observer])
    assert caught.value.kind == "bad-observer"


# What it costs


def test_nothing_is_different_without_observers() -> None:
    """The same functions are bound, and become the same Python: also with an empty list of observers."""
    plain = VM(hosts=installed()).load_module(LOWER)
    empty = VM(hosts=installed(), observers=[]).load_module(LOWER)
    watched = VM(hosts=installed(), observers=[Log()]).load_module(LOWER)
    assert type(plain) is type(empty) is Program
    assert [b.function for b in plain.image.main.bindings] == [b.function for b in empty.image.main.bindings]
    assert plain.python("main") == empty.python("main")
    assert "folded" in plain.python("main")
    assert "folded" not in watched.python("main")


LOWER = assemble(
    "extern string_contains\nfunc main(t: string) -> bool\n call $string_contains($t, $t)\n ret\nend\n",
    installed().catalog(),
)
