"""What is the application's passes through a run as it is: Ctrl-C, signal handlers, job limits, cancelled tasks.

Each is tried on every tier, in the program's own loop and inside an intrinsic; afterwards the program can be called again.
"""

from __future__ import annotations

import signal
import sys
from asyncio import CancelledError
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from unit.link.offers import Table, identity, offer
from vcvm_core import VM, InternalError, IntrinsicError, LimitExceeded, Limits, Program
from vcvm_core.asm import assemble
from vcvm_core.errors import passes
from vcvm_core.hosting import Recorder

LOOP = """
func main(n: int) -> int
    local $i: int = 0
.more:
    if $i ge $n .end
    call step($i)
    set $i
    j .more
.end:
    get $i
    ret
end
func step(i: int) -> int
    get $i
    push 1
    addi
    ret
end
"""
CALLS = f"""
extern work(int) -> int = "{identity("work")}" from "pack-a" "1.0"
func main(n: int) -> int
    call $work($n)
    ret
end
"""
TIERS = ("interpreter", "auto", "compiled")
LONG = 10**12


class JobLimit(Exception):
    """As job queues and timeout decorators define theirs."""


class Stop(BaseException):
    """One that is no Exception."""


class Handlers:
    """Signal handlers of every kind."""

    def __init__(self, raised: type[BaseException]) -> None:
        self.raised = raised

    def __call__(self, *_: Any) -> None:
        raise self.raised("from a handler")

    def method(self, *_: Any) -> None:
        raise self.raised("from a handler")

    def kinds(self) -> list[Callable[..., Any]]:
        def function(*_: Any) -> None:
            # As Celery's and rq's handlers do: the exception is raised further down.
            self.method()

        return [function, self, self.method, partial(function, 1), lambda *_: sys.exit(3)]


@pytest.fixture
def alarm() -> Iterator[Callable[[Callable[..., Any]], None]]:
    """Installs a handler and rings it after 50 milliseconds."""
    before = signal.getsignal(signal.SIGALRM)

    def ring(handler: Callable[..., Any]) -> None:
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.05)

    yield ring
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def looping(tier: Any) -> Program:
    return VM(tier=tier, limits=Limits.trusted).load_module(assemble(LOOP))


@pytest.mark.parametrize("kind", range(5))
@pytest.mark.parametrize("raised", [JobLimit, Stop, SystemExit, TimeoutError, ValueError])
@pytest.mark.parametrize("tier", TIERS)
def test_a_signal_handler(
    tier: str, raised: type[BaseException], kind: int, alarm: Callable[[Callable[..., Any]], None]
) -> None:
    """Whatever a signal handler raises while a program runs comes out as it is; the next call works."""
    program = looping(tier)
    handler = Handlers(raised).kinds()[kind]
    for run in (partial(program.call, "main"), partial(program.measure, "main"), program.function("main")):
        alarm(handler)
        with pytest.raises((raised, SystemExit)) as caught:
            run(LONG)
        assert caught.value.__cause__ is None
        assert program.call("main", 3) == 3


@pytest.mark.parametrize("raised", [JobLimit, SystemExit, ValueError])
@pytest.mark.parametrize("tier", TIERS)
def test_a_signal_handler_in_an_intrinsic(
    tier: Any, raised: type[BaseException], alarm: Callable[[Callable[..., Any]], None]
) -> None:
    """The same while an intrinsic of a pack works, also where it is recorded: the pack has not raised it."""

    def work(n: int) -> int:
        while n > 1:
            pass
        return n

    hosts = Table([offer("work", "(int) -> int", load=lambda: work)])
    for table in (hosts, Recorder(hosts)):
        program = VM(hosts=table, tier=tier).load_module(assemble(CALLS))
        for _ in range(2):
            alarm(Handlers(raised).method)
            with pytest.raises(raised):
                program.call("main", 2)
        assert program.call("main", 1) == 1


@pytest.mark.parametrize("raised", [KeyboardInterrupt, GeneratorExit, CancelledError, Stop])
@pytest.mark.parametrize("tier", TIERS)
def test_what_is_no_exception(tier: Any, raised: type[BaseException]) -> None:
    """What an intrinsic raises that is not an Exception passes, whosever it is."""

    def work(n: int) -> int:
        if n:
            raise raised
        return n

    for hosts in ({identity("work"): work}, Table([offer("work", "(int) -> int", load=lambda: work)])):
        program = VM(hosts=hosts, tier=tier).load_module(assemble(CALLS))  # type: ignore[arg-type]
        for _ in range(3):
            with pytest.raises(raised):
                program.call("main", 1)
            assert program.call("main", 0) == 0


@pytest.mark.parametrize("tier", TIERS)
def test_sys_exit(tier: Any) -> None:
    """A pack's own `sys.exit` is its failure; an application's own function ends the application."""

    def work(n: int) -> int:
        sys.exit(n)

    pack = Table([offer("work", "(int) -> int", load=lambda: work)])
    for hosts in (pack, Recorder(pack)):
        program = VM(hosts=hosts, tier=tier).load_module(assemble(CALLS))
        for _ in range(3):
            with pytest.raises(IntrinsicError) as caught:
                program.call("main", 3)
            assert type(caught.value.cause) is SystemExit
    own = VM(hosts={identity("work"): work}, tier=tier).load_module(assemble(CALLS))
    for _ in range(3):
        with pytest.raises(SystemExit):
            own.call("main", 3)


def test_whose_exit() -> None:
    """A `sys.exit` is told by the innermost frame: this file's here."""
    with pytest.raises(SystemExit) as caught:
        sys.exit(1)
    assert not passes(caught.value, __name__.partition(".")[0])
    assert passes(caught.value, "acme")
    assert passes(caught.value)


def struck(program: Program, at: int, raised: BaseException) -> BaseException | None:
    """What comes out of a call in which something is raised at the so-manieth line of vcvm's code; None if none did."""
    left = at

    def trace(frame: Any, event: str, _: Any) -> Any:
        nonlocal left
        if event == "line":
            left -= 1
            if left == 0:
                raise raised
        return trace if "vcvm" in frame.f_code.co_filename or "<opcode" in frame.f_code.co_filename else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        program.call("main", 2)
    except BaseException as e:  # noqa: BLE001 - what comes out is what is tested
        return e
    finally:
        sys.settrace(before)
    return None


@pytest.mark.heavy
@pytest.mark.parametrize("raised", [KeyboardInterrupt(), JobLimit(), SystemExit(3)], ids=lambda e: type(e).__name__)
@pytest.mark.parametrize("tier", TIERS)
def test_at_any_line(tier: Any, raised: BaseException) -> None:
    """Wherever it strikes, it comes out as it is: when a function is entered, left, translated, or its place is sought."""
    at, hits = 1, 0
    while True:
        # Another text each time: what has been translated before is remembered.
        program = VM(tier=tier).load_module(assemble(f"{LOOP}; {tier} {type(raised)} {at}\n"))
        if (found := struck(program, at, raised)) is None:
            break
        assert found is raised, f"line {at}"
        assert program.call("main", 2) == 2
        hits += 1
        # The first lines one by one; translating takes tens of thousands.
        at += max(1, at // 60)
    assert hits > 100


@pytest.mark.parametrize("tier", TIERS)
def test_a_stack_that_is_nearly_full(tier: Any) -> None:
    """A run that begins where the host's own stack ends gives its result, or an error of this library or of Python's."""

    def below(depth: int, call: Callable[[], Any]) -> Any:
        return call() if depth == 0 else below(depth - 1, call)

    limit, height = sys.getrecursionlimit(), 0
    frame: Any = sys._getframe()
    while frame is not None:
        frame, height = frame.f_back, height + 1
    kinds = set()
    for room in range(4, 130):
        program = VM(tier=tier).load_module(assemble(LOOP))
        try:
            found: Any = below(limit - height - room, lambda program=program: program.call("main", 2))
        except (LimitExceeded, RecursionError) as e:
            found = getattr(e, "code", "Python's own")
        kinds.add(found)
    assert kinds <= {2, "VC507", "Python's own"}
    assert {2, "VC507"} <= kinds


def test_a_fault_of_vcvm_stays_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Python raises for a fault in vcvm's own code is VC901, with its cause."""
    program = looping("interpreter")
    monkeypatch.setattr("vcvm_core.runtime.interp.Machine._call", lambda self, segment, single: None)
    with pytest.raises(InternalError) as caught:
        program.call("main", 2)
    assert type(caught.value.__cause__) is AttributeError
