"""Table P, the rows that a run answers: what intrinsics may raise, return, change and call.

Each row is held on every tier, in the first call and in later ones. P10 and P11 are different here, by decision 8: what is
passed is not copied, and checked where it is used.
"""

from __future__ import annotations

import asyncio
import importlib
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from corpus.forge import module
from corpus.runs import TIERS
from corpus.test_finds import FIRST
from corpus.test_tier import Number, Text
from vcvm_core import VM, ApiError, IntrinsicError, Program, VcvmError
from vcvm_core.bytecode import Module


def loaded(function: Callable[..., Any], made: Module) -> Iterator[Program]:
    """The program with one intrinsic, on each tier."""
    for tier in TIERS:
        yield VM(hosts={FIRST: function}, tier=tier).load_module(made)


def failures(function: Callable[..., Any], made: Module, *given: Any) -> list[VcvmError]:
    """The errors with which main ends, three times on each tier."""
    found = []
    for program in loaded(function, made):
        for _ in range(3):
            with pytest.raises(VcvmError) as caught:
                program.call("main", *given)
            found.append(caught.value)
            assert str(caught.value)
    assert len({(e.kind, str(e.place)) for e in found}) == 1
    return found


CALLED = module("calli 0; ret", "() -> int", externs=["() -> int"])


class Own(Exception):
    """One that nobody else knows."""


class Beyond(BaseException):
    """One that is no Exception."""


RAISED = (
    ValueError, AssertionError, Own, RecursionError, MemoryError, StopIteration, StopAsyncIteration,
    KeyError, OverflowError, ExceptionGroup("some", [Own()]), LookupError,
)  # fmt: skip


@pytest.mark.parametrize("raised", RAISED, ids=lambda e: getattr(e, "__name__", "group"))
def test_p05_p06_what_is_raised(raised: Any) -> None:
    """P05, P06: an Exception of an intrinsic becomes an IntrinsicError with its cause; a program cannot catch it."""
    error = raised if isinstance(raised, BaseException) else raised("because")

    def function() -> Any:
        raise error

    del function.__annotations__["return"]
    for found in failures(function, CALLED):
        assert isinstance(found, IntrinsicError)
        assert (found.kind, found.cause) == ("intrinsic-raised", error)
        assert found.facts["uuid"] == FIRST


@pytest.mark.parametrize(
    "raised",
    [
        KeyboardInterrupt,
        GeneratorExit,
        SystemExit,
        Beyond,
        asyncio.CancelledError,
        BaseExceptionGroup("some", [Beyond()]),
    ],
)
def test_p06_what_passes_through(raised: type[BaseException]) -> None:
    """P06: what is not an Exception stops the application, and is not stopped here. The next call works."""
    stop = [True]

    def function():  # type: ignore[no-untyped-def]
        if stop[0]:
            raise raised
        return 1

    for program in loaded(function, CALLED):
        stop[0] = True
        for _ in range(2):
            with pytest.raises(BaseException) as caught:
                program.call("main")
            assert caught.value is raised or caught.type is raised
        machine = program.machine("main")
        with pytest.raises(BaseException) as caught:
            machine.run()
        assert caught.value is raised or caught.type is raised
        with pytest.raises(ApiError) as dead:
            machine.run()
        assert dead.value.kind == "dead-machine"
        stop[0] = False
        assert program.call("main") == 1


def test_p06_generators_go_on() -> None:
    """P06: a StopIteration out of an intrinsic does not end a generator of the host's in silence."""

    def function():  # type: ignore[no-untyped-def]
        raise StopIteration

    for program in loaded(function, CALLED):

        def generator(program: Program = program) -> Iterator[Any]:
            yield program.call("main")

        for _ in range(2):
            with pytest.raises(IntrinsicError):
                list(generator())


class Mute(Exception):
    """One that cannot be printed."""

    def __str__(self) -> str:
        raise ValueError("not told")

    __repr__ = __str__


class Exits(Exception):
    """One that ends the process when it is printed."""

    def __str__(self) -> str:
        raise SystemExit(3)


class Long(Exception):
    """One that has much to say."""

    def __str__(self) -> str:
        return "\x1b[2J\u202e" + "x" * 20_000_000


def test_p07_exceptions_that_cannot_be_printed() -> None:
    """P07: a message is short and safe, whatever it is made of."""
    for error in (Mute(), Exits(), Long()):

        def function(error: Any = error):  # type: ignore[no-untyped-def]
            raise error

        function.__annotations__.clear()
        for found in failures(lambda function=function: function(), CALLED):
            assert found.kind == "intrinsic-raised"
            assert len(str(found)) < 2_000
            assert str(found).isprintable()


class Liar:
    """An object that says it is an int."""

    asked: ClassVar[list[str]] = []

    @property
    def __class__(self) -> Any:
        return int

    def __eq__(self, other: object) -> bool:
        self.asked.append("eq")
        return True

    def __hash__(self) -> int:
        self.asked.append("hash")
        return 1

    def __index__(self) -> int:
        self.asked.append("index")
        return 1

    __int__ = __index__

    def __bool__(self) -> bool:
        self.asked.append("bool")
        return True


class Map(dict[str, Any]):
    """A dict of another class."""


class List(list[Any]):
    """A list of another class."""


async def _coroutine() -> int:
    return 1


class Nameless(type):
    """A class of classes that do not tell their name."""

    @property
    def __name__(cls) -> str:  # type: ignore[override]
        raise Own("no name")


class Unnamed(metaclass=Nameless):
    """An object of such a class."""


class UnnamedError(Exception, metaclass=Nameless):
    """An exception of such a class."""

    def __str__(self) -> str:
        raise Own("no text")


WRONG: dict[str, tuple[Any, ...]] = {
    "int": (None, "1", (1,), [1], True, Number(1), 1.0, 1 << 63, -(1 << 63) - 1, Liar(), b"1", object(), int,
            NotImplemented, ..., Unnamed()),
    "float": (None, "1", True, Number(1), (1 << 53) + 1, 1 << 70, 1j, Liar()),
    "bool": (None, 0, 1, "true", Liar()),
    "string": (None, b"x", Text("x"), "\ud800", "a\udfff", 1, ["x"], Liar()),
    "bytes": (None, "x", bytearray(b"x"), memoryview(b"x"), 1),
    "uuid": (None, "76fcfb04-8900-44fb-a7ea-e7af6d543644", 1, b"\0" * 16),
    "any": (object(), Unnamed(), Liar(), (1,), {1}, 1 << 63, "\ud800", Number(1), Text("x"), 1j, int, bytearray()),
    "list<int>": (None, (1,), range(3), List(), {}, "x", iter([1])),
    "map<int>": (None, [], Map(), (("a", 1),), "x"),
    "{a: int}": (None, {}, {"a": "x"}, {"a": True}, {"a": Number(1)}, {"b": 1}, Map(a=1), [1]),
    "int?": ("1", 1.0, True, Number(1), 1 << 63),
    "none": (0, False, "", ()),
}  # fmt: skip


@pytest.mark.parametrize("kind", WRONG)
def test_p08_p09_p19_wrong_results(kind: str) -> None:
    """P08, P09, P19: exact classes; an object is not asked what it is, equals or counts as."""
    made = module("calli 0; ret", f"() -> {kind}", externs=[f"() -> {kind}"])
    Liar.asked.clear()
    for value in WRONG[kind]:
        for found in failures(lambda value=value: value, made):
            assert (type(found), found.kind) == (IntrinsicError, "bad-result"), value
    assert Liar.asked == []


def test_p07_a_class_without_a_name() -> None:
    """P07: neither the text nor the name of what was raised is to be had; the error has both."""

    def f() -> int:
        raise UnnamedError

    for found in failures(f, CALLED):
        assert (found.kind, found.facts["error"]) == ("intrinsic-raised", "UnnamedError")


def test_p08_several_results() -> None:
    """P08: several results are a tuple of as many; none is None."""
    two = module("calli 0; addi; ret", "() -> int", externs=["() -> (int, int)"])
    for value in (None, 1, (1,), (1, 2, 3), [1, 2], (1, "2"), (1, True), {1: 2, 2: 3}):
        assert {e.kind for e in failures(lambda value=value: value, two)} == {"bad-result"}
    none = module("calli 0; ret", "() -> ()", externs=["() -> ()"])
    for value in (0, (1,), "x"):
        assert {e.kind for e in failures(lambda value=value: value, none)} == {"bad-result"}
    for program in loaded(lambda: (1, 2), two):
        assert [program.call("main") for _ in range(3)] == [3] * 3


def test_p08_an_int_that_is_a_float() -> None:
    """P08: an int where a float is declared becomes the float that it equals; there is no other conversion."""
    made = module("calli 0; ret", "() -> float", externs=["() -> float"])
    for program in loaded(lambda: 1 << 53, made):
        for _ in range(3):
            assert repr(program.call("main")) == "9007199254740992.0"


def test_p09_sizes_and_depths() -> None:
    """P09: sizes are held when a result comes in, depth where it is used or given back."""
    itself: list[Any] = []
    itself.append(itself)
    deep: Any = []
    for _ in range(200):
        deep = [deep]
    for value, kind in (
        (itself, "too-deep"),
        (deep, "too-deep"),
        ("x" * (17 << 20), "value-size"),
        ([0] * 1_000_001, "value-entries"),
    ):
        made = module("calli 0; ret", "() -> any", externs=["() -> any"])
        assert {e.kind for e in failures(lambda value=value: value, made)} == {kind}
    for program in loaded(lambda: float("nan"), module("calli 0; ret", "() -> float", externs=["() -> float"])):
        assert [repr(program.call("main")) for _ in range(3)] == ["nan"] * 3


def how(program: Program, *given: Any) -> Any:
    """What main gives, or the kind and the place of what ends it."""
    try:
        return program.call("main", *given)
    except VcvmError as e:
        return e.kind, e.place.instruction


def test_p10_a_changed_argument() -> None:
    """P10: what an intrinsic does to a list is seen, and checked where it is used; nothing is taken on trust."""

    def spoil(items):  # type: ignore[no-untyped-def]
        items[0] = "x"
        items += [1.5, None, object()]

    code = "get 0; push 0; getl; pop; get 0; calli 0; get 0; push {}; getl; ret"
    for index, kind in ((0, "bad-element"), (1, ""), (2, "bad-element"), (4, "bad-element")):
        made = module(code.format(index), "(list<int>) -> int", externs=["(list<int>) -> ()"])
        for program in loaded(spoil, made):
            for _ in range(3):
                assert how(program, [1, 2]) == ((kind, 8) if kind else 2)


def test_p10_a_changed_record() -> None:
    """P10: a field is the one that is there when it is asked for, also where it was asked for before."""
    code = "get 0; field 0; pop; get 0; calli 0; get 0; field 0; ret"
    made = module(code, "({a: int}) -> int", constants=["a"], externs=["({a: int}) -> ()"])

    def becomes(value: Any) -> Callable[..., Any]:
        return lambda record: record.update(a=value)

    for function, kind in ((becomes(5), ""), (becomes("x"), "bad-element"), (becomes(1 << 63), "bad-element"),
                           (dict.clear, "missing-key")):  # fmt: skip
        for program in loaded(lambda record, function=function: function(record), made):
            for _ in range(3):
                assert how(program, {"a": 1}) == ((kind, 6) if kind else 5)


def test_p10_a_list_that_changes_while_it_is_gone_through() -> None:
    """P10: an iteration goes on over what is there, whatever an intrinsic makes of it."""
    code = "push 0; set 1; get 0; iterl; next 11; get 1; addi; set 1; get 0; calli 0; j 4; get 1; ret"
    made = module(code, "(list<int>) -> int", "int", externs=["(list<int>) -> ()"])
    grow: Callable[..., Any] = lambda items: items.append(1) if len(items) < 9 else None  # noqa: E731
    for function, found in ((grow, 12), (list.clear, 1), (list.reverse, 6)):
        results = set()
        for program in loaded(lambda items, function=function: function(items), made):
            for _ in range(3):
                results.add(program.call("main", [1, 2, 3]))
        assert results == {found}


def test_p11_a_kept_result() -> None:
    """P11: a list that an intrinsic keeps and changes later, also from a thread, is what it is when it is used."""
    kept: list[Any] = []

    def give():  # type: ignore[no-untyped-def]
        if not kept:
            kept.append(1)
            return kept
        thread = threading.Thread(target=lambda: kept.__setitem__(0, "x"))
        thread.start()
        thread.join()
        return kept

    made = module("calli 0; pop; calli 0; push 0; getl; ret", "() -> int", externs=["() -> list<int>"])
    for program in loaded(give, made):
        for _ in range(3):
            kept.clear()
            with pytest.raises(VcvmError) as caught:
                program.call("main")
            assert (caught.value.kind, caught.value.place.instruction) == ("bad-element", 4)


def test_p12_the_same_machine() -> None:
    """P12: an intrinsic cannot run the machine that called it; another one of the same program it can."""
    for tier in TIERS:
        seen: list[Any] = []

        def again(depth, seen=seen):  # type: ignore[no-untyped-def]
            machine, program = seen[0], seen[1]
            for act in (machine.run, machine.step):
                with pytest.raises(ApiError) as caught:
                    act()
                assert caught.value.kind == "reentrant"
            return 0 if depth <= 0 else program.call("main", depth - 1) + 1

        made = module("get 0; calli 0; ret", "(int) -> int", externs=["(int) -> int"])
        program = VM(hosts={FIRST: lambda depth, again=again: again(depth)}, tier=tier).load_module(made)
        machine = program.machine("main", 10)
        seen += [machine, program]
        assert machine.run() == 10


def test_p12_no_end_of_machines() -> None:
    """P12: machines that run machines without end run out of Python's stack, and nothing worse happens."""
    held: list[Program] = []
    for program in loaded(lambda: held[-1].call("main"), CALLED):
        held.append(program)
        for _ in range(2):
            with pytest.raises(VcvmError) as caught:
                program.call("main")
            assert caught.value.kind in ("intrinsic-raised", "host-recursion")
            assert len(str(caught.value)) < 5_000


def test_p13_another_thread() -> None:
    """P13: another thread cannot run a machine while it runs."""
    for tier in TIERS:
        seen: list[Any] = []
        kinds: list[str] = []

        def meddle(seen=seen, kinds=kinds):  # type: ignore[no-untyped-def]
            def other() -> None:
                try:
                    seen[0].run()
                except ApiError as e:
                    kinds.append(e.kind)

            thread = threading.Thread(target=other)
            thread.start()
            thread.join()
            return 7

        program = VM(hosts={FIRST: lambda meddle=meddle: meddle()}, tier=tier).load_module(CALLED)
        seen.append(program.machine("main"))
        assert seen[0].run() == 7
        assert kinds == ["wrong-thread"]


def test_p17_what_is_not_awaited() -> None:
    """P17: coroutines, generators and functions are no results; a coroutine is closed, and nobody warns later."""

    async def function():  # type: ignore[no-untyped-def]
        return 1

    def generated():  # type: ignore[no-untyped-def]
        yield 1

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for kind in ("int", "any", "list<int>", "int?"):
            made = module("calli 0; ret", f"() -> {kind}", externs=[f"() -> {kind}"])
            for make in (_coroutine, function, generated, lambda: len, lambda: (i for i in "x")):
                assert {e.kind for e in failures(lambda make=make: make(), made)} == {"bad-result"}
        two = module("calli 0; addi; ret", "() -> int", externs=["() -> (int, int)"])
        assert {e.kind for e in failures(lambda make=_coroutine: make(), two)} == {"bad-result"}


def test_p19_inside_of_containers() -> None:
    """P19: in a list, a map or as a key, an object that plays tricks is refused where it is met, and never asked."""
    for code, shape, value in (
        ("get 0; push 0; getl; ret", "(list<int>) -> int", [Liar()]),
        ("get 0; loadk 0; getm; ret", "(map<int>) -> int", {"a": Liar()}),
        ("get 0; get 0; eq; ret", "(any) -> bool", [Liar()]),
        ("get 0; iterl; next 7; pop; pop; push 1; ret; push 1; ret", "(list<int>) -> int", [Liar()]),
        ("get 0; iterm; next 7; pop; pop; loadk 0; ret; loadk 0; ret", "(map<int>) -> string", {Liar(): 1}),
        ("get 0; get 0; eq; ret", "(any) -> bool", {Liar(): 1}),
    ):  # fmt: skip
        Liar.asked.clear()
        made = module(code, shape, constants=["a"], types=["any"])
        for program in loaded(lambda: 1, made):
            for _ in range(3):
                with pytest.raises(VcvmError) as caught:
                    program.call("main", value)
                assert caught.value.kind == "bad-element", code
        assert Liar.asked == [], code


def test_p19_looked_for() -> None:
    """P19: a value is not found in an object of another class, which is not asked either."""
    made = module("push 1; widen 0; get 0; inl; ret", "(list<any>) -> bool", types=["any"])
    Liar.asked.clear()
    for program in loaded(lambda: 1, made):
        assert [program.call("main", [Liar()]) for _ in range(3)] == [False] * 3
    assert Liar.asked == []


def test_p20_a_module_that_is_loaded_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """P20: what was bound stays bound, also for the rest of the run that loads the module again."""
    path = tmp_path / "reloads_itself.py"
    source = "import importlib, sys\n\ndef f() -> int:\n    importlib.reload(sys.modules[__name__])\n    return 1\n"
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    made = module("calli 0; calli 0; addi; ret", "() -> int", externs=["() -> int"])
    for tier in TIERS:
        path.write_text(source)
        importlib.invalidate_caches()
        found = importlib.import_module("reloads_itself")
        program = VM(hosts={FIRST: found.f}, tier=tier).load_module(made)
        path.write_text(source.replace("return 1", "return 'text'"))
        assert [program.call("main") for _ in range(3)] == [2] * 3
        with pytest.raises(IntrinsicError):
            VM(hosts={FIRST: found.f}, tier=tier).load_module(made).call("main")
        del sys.modules["reloads_itself"]


def test_p20_a_function_that_lies_about_itself_later() -> None:
    """P20: a signature is read when the function is bound; one that is changed afterwards changes nothing."""

    def f(number: int) -> int:
        f.__annotations__["return"] = str
        f.__defaults__ = (1,)
        return number + 1

    made = module("get 0; calli 0; calli 0; ret", "(int) -> int", externs=["(int) -> int"])
    for program in list(loaded(f, made)):
        assert [program.call("main", 1) for _ in range(3)] == [3] * 3
        f.__annotations__["return"] = "int"
