"""Table C: the programming interface, used wrongly, from many places at a time, and interrupted.

Rows that end a process, or change it, run in processes of their own: scripts.py has what they do. C05 is different here,
by decision 8: arguments are not copied, and what a host changes is checked where it is used.
"""

from __future__ import annotations

import asyncio
import gc
import linecache
import random
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import Any

import pytest

from corpus.forge import module
from corpus.runs import TIERS
from corpus.test_finds import FIRST
from corpus.test_tier import Number, Text, loops
from vcvm_core import VM, ApiError, Limits, VcvmError
from vcvm_core.link import FunctionHosts
from vcvm_core.plugin import installed

LOOP = module("push 0; set 1; get 1; push 1; addi; set 1; get 1; get 0; lti; jt 2; get 1; ret", "(int) -> int", "int")
ENDLESS = module("nop; j 0")


def test_c01_one_machine_two_threads() -> None:
    """C01: the second is refused, the first goes on as if nothing had been."""
    machine = VM().load_module(LOOP).machine("main", 200_000)
    kinds: list[str] = []
    done = threading.Event()

    def meddle() -> None:
        while not done.is_set():
            for act in (machine.run, machine.step):
                try:
                    act()
                except ApiError as e:
                    kinds.append(e.kind)

    thread = threading.Thread(target=meddle)
    machine.step()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        result: list[Any] = []
        first = threading.Thread(target=lambda: result.append(machine.run()))
        first.start()
        while machine._running is None and first.is_alive():
            time.sleep(0)
        thread.start()
        first.join()
    finally:
        done.set()
        thread.join()
        sys.setswitchinterval(interval)
    assert result == [200_000]
    assert set(kinds) <= {"wrong-thread", "machine-done"}


@pytest.mark.parametrize("tier", TIERS)
def test_c02_one_program_many_threads(tier: Any) -> None:
    """C02: 8 threads begin to use one program at a time, while it is being translated; all get what one alone gets."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for turn in range(10):
            program = VM(tier=tier).load_module(module([("get 0; call 1; ret", "(int) -> int", ""),
                                                         ("get 0; push 2; mul; call 2; ret", "(int) -> int", ""),
                                                         (f"get 0; push {turn}; addi; ret", "(int) -> int", "")]))  # fmt: skip
            wait = threading.Barrier(8)

            def work(number: int, program: Any = program, wait: Any = wait) -> list[Any]:
                wait.wait()
                function = program.function("main")
                return [function(number * i) for i in range(20)] + [program.call("main", number)]

            with ThreadPoolExecutor(8) as pool:
                found = list(pool.map(work, range(8)))
            assert found == [[2 * n * i + turn for i in range(20)] + [2 * n + turn] for n in range(8)]
    finally:
        sys.setswitchinterval(interval)


def test_c03_a_dead_machine() -> None:
    """C03: after a trap or a limit a machine says why it will not run, until it is reset; its program runs on."""
    for made, given, kind in (
        (module("get 0; push 0; div; ret", "(int) -> int"), [1], "div-by-zero"),
        (ENDLESS, [], "fuel"),
    ):
        program = VM(limits=Limits.strict).load_module(made)
        machine = program.machine("main", *given)
        for latched in (kind, "dead-machine", "dead-machine"):
            with pytest.raises(VcvmError) as caught:
                machine.run()
            assert caught.value.kind == latched
        with pytest.raises(ApiError):
            machine.step()
        machine.reset()
        with pytest.raises(VcvmError) as caught:
            machine.run()
        assert caught.value.kind == kind
        with pytest.raises(VcvmError) as caught:
            program.call("main", *given)
        assert caught.value.kind == kind
    machine = VM().load_module(LOOP).machine("main", 3)
    assert machine.run() == 3
    with pytest.raises(ApiError) as caught:
        machine.step()
    assert caught.value.kind == "machine-done"


WRONG: tuple[tuple[str, tuple[Any, ...], str], ...] = (
    *(("(int) -> ()", (v,), "wrong-type") for v in (None, "1", 1.0, True, Number(1), [1], b"1", 1j)),
    *(("(int) -> ()", (v,), "int-range") for v in (1 << 63, -(1 << 63) - 1, 1 << 70_000)),
    *(("(string) -> ()", (v,), "wrong-type") for v in (None, b"x", Text("x"), 1, ["x"])),
    *(("(string) -> ()", (v,), "lone-surrogate") for v in ("\ud800", "a" * 5_000 + "\udfff")),
    *(("(float) -> ()", (v,), "wrong-type") for v in (None, "1", True, (1 << 53) + 1, 1 << 63)),
    *(("(bytes) -> ()", (v,), "wrong-type") for v in (bytearray(b"x"), "x", memoryview(b"x"))),
    *(("(list<int>) -> ()", (v,), "wrong-type") for v in ((1,), range(3), {1}, "ab", {}, None)),
    *(("(map<int>) -> ()", (v,), "wrong-type") for v in ([], (("a", 1),), None)),
    *(("({a: int}) -> ()", (v,), "wrong-type") for v in ({}, {"a": "x"}, {"a": True}, {"b": 1}, [1], None)),
    *(("(any) -> ()", (v,), "wrong-type") for v in ((1,), {1}, object(), 1j, Number(1), Text("x"), bytearray())),
    *(("(int?) -> ()", (v,), "wrong-type") for v in ("x", 1.0, True)),
    ("(string) -> ()", ("x" * ((16 << 20) + 1),), "value-too-large"),
    ("(list<int>) -> ()", ([0] * 1_000_001,), "value-too-large"),
)


@pytest.mark.parametrize("case", range(len(WRONG)))
def test_c04_arguments(case: int) -> None:
    """C04: wrong arguments are refused before anything runs, in the same words on every tier, each time."""
    shape, given, kind = WRONG[case]
    made = module("calli 0; ret", shape, externs=["() -> ()"])
    ran: list[int] = []
    said = set()
    for tier in TIERS:
        function = VM(hosts={FIRST: lambda: ran.append(1)}, tier=tier).load_module(made).function("main")
        for _ in range(3):
            with pytest.raises(ApiError) as caught:
                function(*given)
            said.add((caught.value.kind, str(caught.value)))
    assert {k for k, _ in said} == {kind}
    assert len(said) == 1
    assert ran == []


@pytest.mark.parametrize(("shape", "given"), [("(int)", ()), ("(int)", (1, 2)), ("()", (1,)), ("(int, any)", (1,))])
def test_c04_how_many(shape: str, given: tuple[Any, ...]) -> None:
    """C04: a wrong number of arguments is an ApiError of `call`, and of a plain callable what Python says of any."""
    made = module("ret", f"{shape} -> ()")
    said = set()
    for tier in TIERS:
        program = VM(tier=tier).load_module(made)
        function = program.function("main")
        for _ in range(3):
            with pytest.raises(ApiError) as caught:
                program.call("main", *given)
            assert caught.value.kind == "wrong-arguments"
            with pytest.raises(TypeError) as plain:
                function(*given)
            said.add(type(plain.value))
    assert said == {TypeError}


def test_c04_keywords() -> None:
    """C04: a function of a program takes no arguments by name."""
    for tier in TIERS:
        function = VM(tier=tier).load_module(LOOP).function("main")
        for _ in range(3):
            with pytest.raises(TypeError):
                function(x0=1)
            assert function(2) == 2


def test_c05_an_argument_that_changes_from_a_thread() -> None:
    """C05: a host that changes a list while a program goes through it gets an error of vcvm or a result, nothing else."""
    code = "push 0; set 1; get 0; iterl; next 9; get 1; addi; set 1; j 4; get 1; ret"
    made = module(code, "(list<int>) -> int", "int")
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for tier in TIERS:
            function = VM(tier=tier).load_module(made).function("main")
            given: list[Any] = [1] * 1_000
            done = threading.Event()

            def change(given: list[Any] = given, done: threading.Event = done) -> None:
                rng = random.Random(1)
                while not done.is_set():
                    given[rng.randrange(500)] = rng.choice((1, 2, "x", None, object(), 1 << 63))
                    del given[900:]
                    given += [1] * 100

            thread = threading.Thread(target=change)
            thread.start()
            try:
                for _ in range(50):
                    try:
                        assert type(function(given)) is int
                    except VcvmError as e:
                        assert e.kind == "bad-element"  # noqa: PT017 - either is right
            finally:
                done.set()
                thread.join()
    finally:
        sys.setswitchinterval(interval)


def test_c06_inside_of_asyncio() -> None:
    """C06: programs run in coroutines, side by side with those in threads."""
    program = VM().load_module(LOOP)

    async def one(n: int) -> Any:
        await asyncio.sleep(0)
        here = program.call("main", n)
        return here, await asyncio.to_thread(program.call, "main", n)

    async def all_of_them() -> Any:
        return await asyncio.gather(*(one(n) for n in range(1, 20)))

    assert asyncio.run(all_of_them()) == [(n, n) for n in range(1, 20)]


def interrupted(call: Callable[[], Any], at: int) -> bool:
    """Call with a KeyboardInterrupt at the so-manieth line of Python that vcvm runs; whether there was such a line."""
    left = [at]

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        name = frame.f_code.co_filename
        if "vcvm" not in name:
            return None
        if event == "line":
            left[0] -= 1
            if left[0] < 0:
                sys.settrace(None)
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


@pytest.mark.parametrize("tier", TIERS)
def test_c07_interrupted_anywhere(tier: Any) -> None:
    """C07: Ctrl-C comes through wherever it strikes, while translating, too; the next call gives what it always gives."""
    given = [[1, 2, 3]]
    expected = VM().load_module(loops()).call("main", *given)
    made = loops()
    program = VM(tier=tier).load_module(made)
    at, step, struck = 0, 1, 0
    while True:
        # The first lines one by one, later ones with growing steps: translating takes tens of thousands.
        program = VM(tier=tier).load_module(made)
        if not interrupted(lambda program=program: program.call("main", *given), at):
            break
        struck += 1
        assert program.call("main", *given) == expected
        assert program.call("main", *given) == expected
        at, step = at + step, max(1, at // 5)
    assert struck > 20
    machine = program.machine("main", *given)
    assert interrupted(machine.run, 100)
    with pytest.raises(ApiError) as caught:
        machine.run()
    assert caught.value.kind == "dead-machine"
    machine.reset()
    assert machine.run() == expected


def test_c08_discovery_in_threads() -> None:
    """C08: discovering packs in several threads at a time gives each of them all packs."""
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: sorted(installed().catalog()), range(8)))
    assert found == [sorted(installed().catalog())] * 8


def test_c08_a_registry_that_changes() -> None:
    """C08: a table of functions is copied when it is given; a host that takes from it later changes nothing."""
    table: dict[Any, Any] = {FIRST: lambda: 1}
    hosts = FunctionHosts(table)
    made = module("calli 0; ret", "() -> int", externs=["() -> int"])
    table.clear()
    program = VM(hosts=hosts).load_module(made)
    hosts.table.clear()
    assert program.call("main") == 1
    with pytest.raises(VcvmError):
        VM(hosts=hosts).load_module(made)


def test_c10_nothing_is_kept() -> None:
    """C10: a thousand times load, run and drop: memory stays, and so do Python's own tables."""

    def cycle(i: int) -> None:
        tier = TIERS[i % 3]
        made = module(f"get 0; push {i % 100}; addi; ret", "(int) -> int")
        program = VM(tier=tier).load_module(made)
        assert program.call("main", 1) == 1 + i % 100
        if i % 3 == 1:
            with pytest.raises(VcvmError):
                program.call("main", (1 << 63) - 1 if i % 100 else "x")

    for i in range(300):
        cycle(i)
    gc.collect()
    before = len(linecache.cache), len(sys.modules)
    tracemalloc.start()
    for i in range(200):
        cycle(i)
    gc.collect()
    low, _ = tracemalloc.get_traced_memory()
    for i in range(800):
        cycle(i)
    gc.collect()
    high, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert high - low < 200_000, high - low
    assert len(linecache.cache) - before[0] <= 0
    assert len(sys.modules) == before[1]
