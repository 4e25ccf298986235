"""Every limit that bounds a run, at 0, 1 and 2, where a run begins: on all tiers, by every way to call, from the host and
from the program's own header.

The interpreter is the reference: each other way ends with the same result, or with the same error at the same place, and
leaves the same fuel, calls and memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from vcvm_core import VM, Limits, VcvmError
from vcvm_core.asm import assemble
from vcvm_core.bytecode import DECLARABLE, Module
from vcvm_core.limits import HIGHEST
from vcvm_core.plugin import intrinsic

ONE = "11111111-1111-4111-8111-111111111111"
TWO = "11111111-1111-4111-8111-111111111112"
READING = Limits.names()[: Limits.names().index("fuel")]
RUNNING = tuple(n for n in Limits.names() if n not in READING and n not in ("manifest_bytes", "packs", "record_bytes"))
VALUES = (0, 1, 2)


@intrinsic(ONE)
def one(n: int) -> int:
    """An intrinsic that is called for its own sake."""
    return n + 1


def pair(n: int) -> list[int]:
    """An intrinsic that gives a container, of whose size nothing is said before."""
    return [n, n]


HOSTS: dict[Any, Callable[..., Any]] = {ONE: one, TWO: pair}
EXTERNS = f'extern one(int) -> int = "{ONE}"\nextern pair(int) -> list<int> = "{TWO}"\n'

LOOP = """func main(n: int) -> int
.top:
get $n
push 0
eqi
jt .done
get $n
push 1
subi
set $n
j .top
.done:
get $n
ret
end"""

PROGRAMS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "nothing": ("func main()\nret\nend", ()),
    "result": ("func main(n: int) -> int\nget $n\nret\nend", (3,)),
    "sum": ("func main(n: int) -> int\nget $n\npush 1\naddi\nret\nend", (3,)),
    "loop": (LOOP, (3,)),
    "call": ("func main(n: int) -> int\ncall $same($n)\nret\nend\nfunc same(n: int) -> int\nget $n\nret\nend", (3,)),
    "intrinsic": ("func main(n: int) -> int\nget $n\ncalli one\nret\nend", (3,)),
    "two-intrinsics": ("func main(n: int) -> int\nget $n\ncalli one\ncalli one\nret\nend", (3,)),
    "given-list": ("func main(n: int) -> list<int>\nget $n\ncalli pair\nret\nend", (3,)),
    "list": ("func main(n: int) -> list<int>\nget $n\nget $n\npackl int 2\nret\nend", (3,)),
    "text": ("func main(a: string, b: string) -> string\nget $a\nget $b\ncats\nret\nend", ("ab", "c")),
    "argument": ("func main(a: list<list<list<int>>>) -> int\nget $a\nlenl\nret\nend", ([[[1], [2]], []],)),
    "through": ("func main(a: list<list<list<int>>>) -> list<list<list<int>>>\nget $a\nret\nend", ([[[1], [2]], []],)),
    "large": ("func main(n: int) -> int\nget $n\npush 1\naddi\nret\nend", (1 << 40,)),
    "wrong": ("func main(n: int) -> int\nget $n\nret\nend", ("text",)),
    "trap": ("func main(n: int) -> int\npush 1\nget $n\ndiv\nret\nend", (0,)),
}


def modules() -> Iterator[tuple[str, Module]]:
    """The programs that assemble; each uses the instructions that the machine has."""
    for name, (text, _) in PROGRAMS.items():
        yield name, assemble(EXTERNS + text)


MODULES = dict(modules())


def ended(call: Callable[[], Any]) -> tuple[Any, ...]:
    """How a call ended: its result, or the error's kind, place and facts."""
    try:
        return "result", call()
    except VcvmError as e:
        return e.kind, e.place.function, e.place.instruction, str(e)


def measured(program: Any, arguments: tuple[Any, ...], **more: Any) -> tuple[tuple[Any, ...], tuple[int, ...]]:
    """How a measured call ended, and what it used."""
    used: tuple[int, ...] = ()

    def call() -> Any:
        nonlocal used
        run = program.measure("main", *arguments, **more)
        used = (run.fuel, run.intrinsic_calls, run.memory)
        if run.error is not None:
            raise run.error
        return run.result

    return ended(call), used


def agree(module: Module, arguments: tuple[Any, ...], limits: Limits) -> tuple[Any, ...]:
    """How a program ends under limits: by every way and on every tier alike."""
    reference = VM(HOSTS, limits=limits, tier="interpreter").load_module(module)
    expected, used = measured(reference, arguments)
    for tier in ("interpreter", "auto", "compiled"):
        program = VM(HOSTS, limits=limits, tier=tier).load_module(module)  # type: ignore[arg-type]
        # Again and again: the first call may be interpreted, later ones compiled.
        for turn in range(3):
            where = (tier, turn)
            assert ended(lambda p=program: p.call("main", *arguments)) == expected, where  # type: ignore[misc]
            assert ended(lambda p=program: p.function("main")(*arguments)) == expected, where  # type: ignore[misc]
            assert measured(program, arguments) == (expected, used), where
            assert measured(program, arguments, check=True) == (expected, used), where
    return expected


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize(("limit", "value"), [(n, v) for n in RUNNING for v in VALUES if n != "deadline_ms" or v == 0])
def test_limits_of_the_host(name: str, limit: str, value: int) -> None:
    """All tiers and ways agree with the interpreter under each low limit of the host.

    A deadline of 0 is over; whether one of 1 or 2 is over yet depends on the machine.
    """
    agree(MODULES[name], PROGRAMS[name][1], Limits.default.with_(**{limit: value}))


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("limit", DECLARABLE)
@pytest.mark.parametrize("value", VALUES)
def test_limits_of_the_program(name: str, limit: str, value: int) -> None:
    """What a program declares for itself holds as if the host had set it."""
    text, arguments = PROGRAMS[name]
    declared = assemble(f".limit {limit} {value}\n" + EXTERNS + text)
    found = agree(declared, arguments, Limits.default)
    set_by_host = agree(MODULES[name], arguments, Limits.default.with_(**{limit: value}))
    # The text has one line more, and nothing else differs.
    assert found[:-1] == set_by_host[:-1]


@pytest.mark.parametrize("name", PROGRAMS)
def test_no_function_may_be_active(name: str) -> None:
    """With a call depth of 0 nothing runs: arguments are checked, and then the run ends before its first instruction."""
    expected = "wrong-type" if name == "wrong" else "call-depth"
    found = agree(MODULES[name], PROGRAMS[name][1], Limits.default.with_(call_depth=0))
    assert found[0] == expected


def test_nothing_costs_nothing() -> None:
    """Each limit of 0 refuses some program here at once, so that none means no limit; with 0 lines all is interpreted."""
    refused = set()
    for limit in RUNNING:
        for name, module in MODULES.items():
            limits = Limits.default.with_(**{limit: 0})
            kinds = (agree(module, PROGRAMS[name][1], limits)[0], agree(module, PROGRAMS[name][1], Limits.default)[0])
            if kinds[0] != kinds[1]:
                refused.add(limit)
    assert refused == set(RUNNING) - {"compiled_lines"}


@pytest.mark.parametrize("tier", ["interpreter", "auto", "compiled"])
def test_a_deadline_of_0(tier: Any) -> None:
    """The clock is read before the second slice of fuel is handed out, on every tier; a shorter run may end before."""
    limits = Limits.default.with_(deadline_ms=0, fuel=HIGHEST)
    program = VM(HOSTS, limits=limits, tier=tier).load_module(MODULES["loop"])
    for _ in range(3):
        for call in (
            lambda: program.call("main", 100_000),
            lambda: program.function("main")(100_000),
            lambda: measured(program, (100_000,))[0],
        ):
            found = ended(call)
            assert "deadline" in (found[0], *(found[1] if isinstance(found[1], tuple) else ()))


def test_arguments_are_checked_where_nothing_is_compiled() -> None:
    """A function that is too long to be compiled gets no argument that has not been checked, measured or not."""
    program = VM(HOSTS, tier="compiled", limits=Limits.default.with_(compiled_lines=1)).load_module(MODULES["sum"])
    for argument in ("text", 1 << 70, True, None):
        for call in (lambda: program.measure("main", argument), lambda: program.call("main", argument)):  # noqa: B023
            for _ in range(2):
                with pytest.raises(VcvmError) as caught:
                    call()
                assert caught.value.kind in ("wrong-type", "int-range")
    assert program.fallbacks
