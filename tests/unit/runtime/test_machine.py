"""The machine: stepping, the latch, what it refuses of its host, self-check."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from vcvm_core import (
    VM,
    ApiError,
    InternalError,
    IntrinsicError,
    LimitExceeded,
    Limits,
    Machine,
    Program,
    RunError,
    Trap,
    ValueRefused,
    VcvmError,
)
from vcvm_core.asm import assemble
from vcvm_core.runtime.code import Code
from vcvm_core.runtime.steps import Step

IDENTITY = "a4c39daa-f85e-4b2a-a37f-4914e8237a18"
COUNT = "func main($n: int) -> int\n.more:\nif $n le 0 .end\nget $n\npush 1\nsubi\nset $n\nj .more\n.end:\npush 7\nret\nend\n"
DIVIDE = "func main($n: int) -> int\npush 6\nget $n\ndiv\nret\nend\n"


def load(text: str, limits: Limits = Limits.default, **functions: Callable[..., Any]) -> Program:
    """A program on a host that has one function at most, `f`."""
    hosts = {IDENTITY: functions["f"]} if functions else None
    return VM(hosts=hosts, limits=limits).load_module(assemble(text))


def calling(declared: str = "() -> int", before: str = "") -> str:
    """A program that calls the host's one function."""
    return f'extern f{declared} = "{IDENTITY}"\n{before}\ncalli f\nhalt'


def to_the_end(machine: Machine, stepped: bool) -> None:
    """Run a machine, or step it until it has halted."""
    if not stepped:
        machine.run()
    while not machine.halted:
        machine.step()


# Step, run, reset


def test_a_machine_starts_at_zero() -> None:
    """As the second founding text has it: the program counter starts at 0, on an empty stack."""
    machine = load("push 1\npush 2\naddi\nhalt").machine("main")
    assert (machine.pc, machine.stack, machine.halted, machine.error, machine.results) == (0, (), False, None, ())


def test_a_step_is_one_instruction() -> None:
    """Each step executes the instruction at the program counter, and says whether there are more."""
    machine = load("push 1\npush 2\naddi\nhalt").machine("main")
    seen = []
    more = True
    while more:
        more = machine.step()
        seen.append((machine.pc, machine.stack))
    assert seen[:3] == [(1, (1,)), (2, (1, 2)), (3, (3,))]
    assert (machine.halted, machine.results) == (True, (3,))
    assert len(seen) == 4


def test_steps_follow_calls_and_jumps() -> None:
    """The program counter is that of the active function."""
    text = "func main() -> int\nj .on\n.on:\ncall one\nret\nend\nfunc one() -> int\npush 1\nret\nend\n"
    machine = load(text).machine("main")
    seen = []
    while machine.step():
        seen.append((machine.code.function.name, machine.pc, machine.stack))
    assert seen == [("main", 1, ()), ("one", 0, ()), ("one", 1, (1,)), ("main", 2, (1,))]


def test_steps_then_run() -> None:
    """A machine that was stepped to any point runs on from there, with the same result and the same fuel."""
    program = load(COUNT)
    whole = program.machine("main", 3)
    whole.run()
    steps = 0
    counted = program.machine("main", 3)
    while counted.step():
        steps += 1
    assert counted.fuel == whole.fuel
    for first in range(steps + 1):
        machine = program.machine("main", 3)
        for _ in range(first):
            machine.step()
        assert machine.run() == 7
        assert machine.fuel == whole.fuel


def test_fuel_sweep() -> None:
    """With every amount of fuel, running and stepping stop at the same place with the same fuel left, or both end."""

    def ended(fuel: int, stepped: bool) -> tuple[object, ...]:
        machine = load(COUNT, Limits.default.with_(fuel=fuel)).machine("main", 3)
        try:
            to_the_end(machine, stepped)
        except LimitExceeded as e:
            return e.kind, e.place.instruction, machine.fuel
        return machine.results, machine.fuel

    outcomes = [ended(fuel, stepped=False) for fuel in range(40)]
    assert outcomes == [ended(fuel, stepped=True) for fuel in range(40)]
    assert outcomes[32][0] == "fuel"
    assert outcomes[33] == ((7,), 0)


def test_run_again_gives_the_result_again() -> None:
    """A machine that has halted has its result; there is nothing more to step."""
    machine = load("push 5\nhalt").machine("main")
    assert (machine.run(), machine.run()) == (5, 5)
    with pytest.raises(ApiError) as caught:
        machine.step()
    assert caught.value.kind == "machine-done"


def test_reset() -> None:
    """`reset` starts anew: program counter, fuel, calls, arguments, result."""
    machine = load(COUNT).machine("main", 3)
    machine.run()
    left = machine.fuel
    machine.reset()
    assert (machine.pc, machine.halted, machine.results, machine.fuel) == (0, False, (), Limits.default.fuel)
    assert machine.run() == 7
    assert machine.fuel == left


@pytest.mark.parametrize(
    ("text", "result"), [("nop", None), ("push 5", 5), ("push 1\npush 2", (1, 2)), ("push none", None)]
)
def test_results(text: str, result: object) -> None:
    """None for no result, the value for one, a tuple for several."""
    assert load(text).call("main") == result


# The latch


@pytest.mark.parametrize("stepped", [False, True])
def test_an_error_latches(stepped: bool) -> None:
    """After a trap the machine refuses to go on, by step and by run, until it is reset."""
    machine = load(DIVIDE).machine("main", 0)
    with pytest.raises(Trap) as trapped:
        to_the_end(machine, stepped)
    assert machine.error is trapped.value
    assert machine.pc == trapped.value.place.instruction == 2
    for again in (machine.step, machine.run):
        with pytest.raises(ApiError) as caught:
            again()
        assert caught.value.kind == "dead-machine"
        assert caught.value.facts["latched"] == "VC402"
    machine.reset()
    assert machine.error is None
    with pytest.raises(Trap):
        machine.run()


def test_limits_latch() -> None:
    """A limit latches as a trap does."""
    machine = load("x: j x", Limits.default.with_(fuel=10)).machine("main")
    with pytest.raises(LimitExceeded):
        machine.run()
    assert machine.fuel == 0
    with pytest.raises(ApiError):
        machine.step()


def test_place_of_a_trap() -> None:
    """A trap says file, line, function and instruction, and says them in its text."""
    module = assemble(DIVIDE, file="rule.vasm")
    with pytest.raises(Trap) as caught:
        VM().load_module(module).call("main", 0)
    place = caught.value.place
    assert (place.file, place.line, place.function, place.instruction) == ("rule.vasm", 4, "main", 2)
    assert "rule.vasm:4, function main, instruction 2" in str(caught.value)


# One machine, one caller


def test_reentrant() -> None:
    """An intrinsic cannot run or step the machine that called it; another machine it can."""
    seen: list[str] = []

    def f() -> int:
        for again in (machine.run, machine.step):
            with pytest.raises(ApiError) as caught:
                again()
            seen.append(caught.value.kind)
        return int(load("push 5").call("main"))

    machine = load(calling(), f=f).machine("main")
    assert machine.run() == 5
    assert seen == ["reentrant", "reentrant"]


def test_same_program_within_itself() -> None:
    """An intrinsic may run the same program in a new machine."""
    depth: list[int] = []

    def f() -> int:
        depth.append(1)
        return program.call("main") if len(depth) < 5 else 5

    program = load(calling(), f=f)
    assert program.call("main") == 5
    assert len(depth) == 5


def test_endless_nesting_of_machines() -> None:
    """Programs that run each other without end meet the recursion limit of the host as an error of a program."""

    def f() -> int:
        return int(program.call("main"))

    program = load(calling(), f=f)
    before = sys.getrecursionlimit()
    with pytest.raises(RunError):
        program.call("main")
    assert sys.getrecursionlimit() == before
    assert load("push 5").call("main") == 5


def test_wrong_thread() -> None:
    """While a machine runs in one thread, another thread cannot use it, and does not disturb it."""
    seen: list[object] = []

    def other() -> None:
        try:
            machine.step()
        except VcvmError as e:
            seen.append(e.kind)

    def f() -> int:
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        return 5

    machine = load(calling(), f=f).machine("main")
    assert machine.run() == 5
    assert seen == ["wrong-thread"]


# What a host may pass


class Int(int):
    """A number that is none of ours."""


class Str(str):
    """A text that is none of ours."""

    __slots__ = ()


class Liar:
    """An object that says it is a number."""

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return int


CIRCLE: list[object] = []
CIRCLE.append(CIRCLE)


@pytest.mark.parametrize(
    ("declared", "value", "kind"),
    [
        ("int", True, "wrong-type"),
        ("int", 1.0, "wrong-type"),
        ("int", "1", "wrong-type"),
        ("int", None, "wrong-type"),
        ("int", Int(5), "wrong-type"),
        ("int", Liar(), "wrong-type"),
        ("int", 2**63, "int-range"),
        ("int", -(2**63) - 1, "int-range"),
        ("int", 10**5_000, "int-range"),
        ("float", 2**53 + 1, "wrong-type"),
        ("float", True, "wrong-type"),
        ("float", "1.0", "wrong-type"),
        ("float", 2**63, "wrong-type"),
        ("float", 10**400, "wrong-type"),
        ("bool", 1, "wrong-type"),
        ("bool", None, "wrong-type"),
        ("string", b"a", "wrong-type"),
        ("string", Str("a"), "wrong-type"),
        ("string", "\ud800", "lone-surrogate"),
        ("string", "a\udfffb", "lone-surrogate"),
        ("bytes", "a", "wrong-type"),
        ("bytes", bytearray(b"a"), "wrong-type"),
        ("uuid", IDENTITY, "wrong-type"),
        ("none", 0, "wrong-type"),
        ("list<int>", (1, 2), "wrong-type"),
        ("list<int>", {}, "wrong-type"),
        ("list<int>", iter([]), "wrong-type"),
        ("map<int>", [], "wrong-type"),
        ("map<int>", "a", "wrong-type"),
        ("int?", "a", "wrong-type"),
        ("int?", 2**63, "int-range"),
        ("{a: int}", [], "wrong-type"),
        ("{a: int}", {}, "wrong-type"),
        ("{a: int}", {"a": "x"}, "wrong-type"),
        ("{a: int}", {"a": 2**63}, "int-range"),
        ("any", (1,), "wrong-type"),
        ("any", {1}, "wrong-type"),
        ("any", 1j, "wrong-type"),
        ("any", object, "wrong-type"),
        ("any", len, "wrong-type"),
        ("any", 2**63, "int-range"),
        ("any", "\ud800", "lone-surrogate"),
    ],
    ids=lambda v: v if type(v) is str and v.isascii() else type(v).__name__,
)
def test_refused_arguments(declared: str, value: Any, kind: str) -> None:
    """Arguments are judged by exact class before anything runs; the error says which, and what it should be."""
    program = load(f"func main($a: {declared})\nret\nend")
    with pytest.raises(ValueRefused) as caught:
        program.machine("main", value)
    assert caught.value.kind == kind
    assert "argument 1 of main" in str(caught.value)


def test_missing_field_is_named() -> None:
    """Of a record, the error says which field is missing."""
    with pytest.raises(ValueRefused) as caught:
        load("func main($a: {width: int})\nret\nend").machine("main", {})
    assert "width" in str(caught.value)


@pytest.mark.parametrize(
    ("declared", "value", "result"),
    [
        ("int", -(2**63), -(2**63)),
        ("float", 18, 18.0),
        ("float", 2**53, 9007199254740992.0),
        ("any", 18, 18),
        ("float?", 18, 18.0),
        ("int?", None, None),
        ("{a: float}", {"a": 1, "b": 2}, {"a": 1.0, "b": 2}),
        ("uuid", UUID(IDENTITY), UUID(IDENTITY)),
        ("string", "\U0010ffff", "\U0010ffff"),
    ],
)
def test_admitted_arguments(declared: str, value: Any, result: Any) -> None:
    """What fits passes; an int where a float is declared becomes the float that it equals, and nothing else changes."""
    given = load(f"func main($a: {declared}) -> {declared}\nget $a\nret\nend").call("main", value)
    assert given == result
    assert type(given) is type(result)


def test_conversion_leaves_the_host_alone() -> None:
    """A record in which an int became a float is a new one: the host's is as it was."""
    record = {"a": 1}
    load("func main($a: {a: float}) -> {a: float}\nget $a\nret\nend").call("main", record)
    assert record == {"a": 1}
    assert type(record["a"]) is int


@pytest.mark.parametrize(
    ("value", "limit"),
    [
        ("aaaa", {"value_size": 3}),
        (b"aaaa", {"value_size": 3}),
        ([1, 2, 3, 4], {"value_entries": 3}),
        (dict.fromkeys("abcd"), {"value_entries": 3}),
    ],
)
def test_large_arguments(value: Any, limit: dict[str, int]) -> None:
    """An argument is held against the limits on values: at the limit it passes, one more is refused."""
    text = "func main($a: any)\nret\nend"
    with pytest.raises(ValueRefused) as caught:
        load(text, Limits.default.with_(**limit)).machine("main", value)
    assert caught.value.kind == "value-too-large"
    assert load(text, Limits.default.with_(**dict.fromkeys(limit, 4))).call("main", value) is None


@pytest.mark.parametrize("arguments", [(), (1, 2), (1, 2, 3)])
def test_wrong_number_of_arguments(arguments: tuple[int, ...]) -> None:
    """Exactly the declared number; the error shows the signature."""
    with pytest.raises(ApiError) as caught:
        load(DIVIDE).machine("main", *arguments)
    assert caught.value.kind == "wrong-arguments"
    assert "(int) -> int" in caught.value.help


@pytest.mark.parametrize("function", [1, -1, True, "main", None, 0.0])
def test_wrong_function(function: Any) -> None:
    """A machine is made for an index of a function that is there."""
    with pytest.raises(ApiError) as caught:
        Machine(load("push 1").image, function)
    assert caught.value.kind == "no-such-function"


@pytest.mark.parametrize("image", [None, assemble("push 1"), b"", object()])
def test_wrong_image(image: Any) -> None:
    """Only what the linker made can run."""
    with pytest.raises(ApiError) as caught:
        Machine(image)
    assert caught.value.kind == "not-verified"


@pytest.mark.parametrize("value", [CIRCLE, [[[[]]]], {"a": [{"b": []}]}])
def test_deep_arguments(value: Any) -> None:
    """A value that is nested too deeply is refused where it is used, never by Python's own recursion limit."""
    limits = Limits.default.with_(value_depth=3)
    program = load("func main($a: any) -> bool\nget $a\nget $a\neq\nret\nend", limits)
    with pytest.raises(RunError) as caught:
        program.call("main", value)
    assert caught.value.kind == "too-deep"


def test_circles_of_its_own() -> None:
    """A list that a program put into itself ends every operation on it, in bounded work."""
    start = "local $l: mut list<any>\nnewl any\nset $l\nget $l\nget $l\nappl\nget $l\nget $l\n"
    for rest in ("eq", "inl", "appl\nget $l\nget $l\neq", "packl list<any> 2", "pop", "catl"):
        with pytest.raises(RunError) as caught:
            load(start + rest).call("main")
        assert caught.value.kind in ("too-deep", "fuel")


# Limits of containers, exactly


ROOM = Limits.default.with_(value_entries=3)
LIST = "newl int\n" + "dup\npush 1\nappl\n" * 3
MAP = "newm int\n" + "".join(f'dup\npushs "{k}"\npush 1\nsetm\n' for k in "abc")


@pytest.mark.parametrize(
    ("body", "passes"),
    [
        (LIST + "lenl", True),
        (LIST + "dup\npush 1\nappl\nlenl", False),
        (MAP + "lenm", True),
        (MAP + 'dup\npushs "d"\npush 1\nsetm\nlenm', False),
        ("push 1\n" * 3 + "packl int 3\nlenl", True),
        ("push 1\n" * 4 + "packl int 4\nlenl", False),
    ],
)
def test_entries(body: str, passes: bool) -> None:
    """Exactly at the limit a list or map is made; one entry more is refused before it is there."""
    program = load(body, ROOM)
    if passes:
        assert program.call("main") == 3
        return
    with pytest.raises(LimitExceeded) as caught:
        program.call("main")
    assert caught.value.kind == "value-entries"
    assert caught.value.facts["found"] == 4


def test_replacing_is_not_growing() -> None:
    """A full map takes another value for a key that it has: it does not grow."""
    text = 'newm int\ndup\npushs "a"\npush 1\nsetm\ndup\npushs "a"\npush 2\nsetm\nlenm'
    assert load(text, Limits.default.with_(value_entries=1)).call("main") == 1


def test_returning_costs_its_size() -> None:
    """With exactly enough fuel a list is returned: its two instructions, and 4 for each element."""
    text = "func main($l: list<int>) -> list<int>\nget $l\nret\nend"
    assert load(text, Limits.default.with_(fuel=14)).call("main", [1, 2, 3]) == [1, 2, 3]
    with pytest.raises(LimitExceeded) as caught:
        load(text, Limits.default.with_(fuel=13)).call("main", [1, 2, 3])
    assert caught.value.kind == "fuel"


def test_call_depth_of_one() -> None:
    """One active function is the one that runs: it can call no other."""
    assert load("push 1", Limits.default.with_(call_depth=1)).call("main") == 1
    with pytest.raises(LimitExceeded) as caught:
        load("func main()\ncall f\nret\nend\nfunc f()\nret\nend", Limits.default.with_(call_depth=1)).call("main")
    assert caught.value.kind == "call-depth"


def test_call_depth_of_nothing() -> None:
    """Where no function may be active, none runs: a limit of 0 is a limit."""
    with pytest.raises(LimitExceeded):
        load("push 1", Limits.default.with_(call_depth=0)).call("main")


# Exceptions of Python


@pytest.mark.parametrize("passing", [KeyboardInterrupt, GeneratorExit])
@pytest.mark.parametrize("stepped", [False, True])
def test_what_passes_through(passing: type[BaseException], stepped: bool) -> None:
    """Ctrl-C and the end of a generator are the host's: they pass as they are, and the machine is dead."""

    def f() -> int:
        raise passing

    machine = load(calling(), f=f).machine("main")
    with pytest.raises(passing):
        to_the_end(machine, stepped)
    with pytest.raises(ApiError) as caught:
        machine.run()
    assert caught.value.kind == "dead-machine"
    assert caught.value.facts["latched"] == passing.__name__


def interrupted(program: Program, at: int) -> Machine:
    """A machine whose run Ctrl-C ends before the line number `at` of the runtime is executed, if it has so many."""
    machine = program.machine("main", 2)
    left = [at]

    def trace(frame: Any, event: str, argument: Any) -> Any:
        if event == "line" and "runtime" in frame.f_code.co_filename:
            left[0] -= 1
            if left[0] == 0:
                raise KeyboardInterrupt
        return trace

    previous = sys.gettrace()
    sys.settrace(trace)
    try:
        machine.run()
    except KeyboardInterrupt:
        left.append(0)
    finally:
        sys.settrace(previous)
    assert (len(left) == 2) is (left[0] <= 0)
    return machine


LINES = range(1, 120)
"""More lines than the machine of `interrupted` executes until it has halted."""


@pytest.mark.parametrize("at", LINES)
def test_interrupt_anywhere(at: int) -> None:
    """Ctrl-C before any line of the machine passes through; another machine of the program is as it was."""
    program = load(COUNT)
    interrupted(program, at)
    assert program.call("main", 2) == 7


def test_reset_after_an_interrupt() -> None:
    """Wherever Ctrl-C came, `reset` makes the machine usable again."""
    program = load(COUNT)
    for at in LINES:
        machine = interrupted(program, at)
        machine.reset()
        assert machine.run() == 7


def test_host_recursion() -> None:
    """Started from a deep stack, a run that does not fit ends with an error of its own, and the host goes on."""
    program = load(calling(), f=lambda: 5)

    def deep() -> object:
        try:
            return deep()
        except RecursionError:
            try:
                return program.call("main")
            except (RunError, RecursionError) as e:
                return e

    found = deep()
    assert found == 5 or isinstance(found, IntrinsicError | LimitExceeded | RecursionError)
    assert program.call("main") == 5


# Self-check


def wrong(made: Step) -> Step:
    """A meaning that is wrong: it pushes a text."""

    def step(stack: list[Any], slots: list[Any], machine: Any) -> None:
        stack.append("not an int")

    return step


def twice(made: Step) -> Step:
    """A meaning that is wrong: it pushes what it pushes once too often."""

    def step(stack: list[Any], slots: list[Any], machine: Any) -> None:
        made(stack, slots, machine)
        stack.append(stack[-1])

    return step


@pytest.mark.parametrize("break_", [wrong, twice])
def test_self_check_finds_a_wrong_meaning(break_: Callable[[Step], Step], monkeypatch: pytest.MonkeyPatch) -> None:
    """What an instruction does is held against what the verifier said that it does: a fault of vcvm is called one."""
    right = Code._step
    monkeypatch.setattr(Code, "_step", lambda self, at: break_(right(self, at)))
    machine = load("push 5\nhalt").machine("main", check=True)
    with pytest.raises(InternalError) as caught:
        machine.run()
    assert caught.value.kind == "internal"
    assert caught.value.place.function == "main"
    assert machine.error is caught.value
