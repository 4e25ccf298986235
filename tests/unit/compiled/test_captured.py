"""Captured once: what is compiled or remembered looks again where the interpreter looks again.

A host changes something of its own between two calls, or offers the same function in two ways; every tier gives what the
interpreter gives. The generators of tests/agreement make many more of these.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from unit.link.offers import Table, identity, offer
from vcvm_core import VM, ApiError, LimitExceeded, Limits, VcvmError
from vcvm_core.asm import assemble
from vcvm_core.compiled.tier import tier_of
from vcvm_core.runtime import Codes
from vcvm_core.values import Formula

TIERS = ("interpreter", "auto", "compiled")
WORK = f"""
extern work(int) -> int = "{identity("work")}" from "pack-a" "1.0"
func main(n: int) -> int
    local $i: int = 0
    local $sum: int = 0
.more:
    if $i ge 3 .end
    get $sum
    call $work($n)
    addi
    set $sum
    get $i
    push 1
    addi
    set $i
    j .more
.end:
    get $sum
    ret
end
"""
STEP = 1


def plain(n: int) -> int:
    """Foldable."""
    return n + 1


def other(n: int) -> int:
    """Another body for the same function."""
    return n + 100


def naming(n: int) -> int:
    """Reads a global of this module."""
    return n + STEP


def using(n: int) -> int:
    """Calls a builtin."""
    return abs(n)


def fresh(function: Callable[..., Any], **globals_: Any) -> Any:
    """A copy of a function with globals of its own."""
    made = types.FunctionType(function.__code__, {**function.__globals__, **globals_}, function.__name__)
    made.__annotations__ = dict(function.__annotations__)
    made.__module__ = __name__
    return made


@pytest.mark.parametrize("mapping", [False, True])
@pytest.mark.parametrize("tier", TIERS)
def test_names_of_the_host(tier: Any, mapping: bool) -> None:
    """Globals are rebound, deleted, a builtin is shadowed, and the code of a function is replaced, between two calls."""

    def loaded(work: Any) -> Any:
        hosts: Any = {identity("work"): work} if mapping else Table([offer("work", "(int) -> int", load=lambda: work)])
        return VM(hosts=hosts, tier=tier).load_module(assemble(WORK))

    work = fresh(naming)
    program = loaded(work)
    main = program.function("main")
    for step in (1, 1, 1, 7, 9):
        work.__globals__["STEP"] = step
        assert (program.call("main", 1), main(1)) == (3 + 3 * step,) * 2
    del work.__globals__["STEP"]
    for call in (main, lambda n: program.call("main", n)):
        with pytest.raises(VcvmError, match="NameError: name 'STEP' is not defined"):
            call(1)

    work = fresh(using)
    main = loaded(work).function("main")
    assert [main(-2) for _ in range(3)] == [6, 6, 6]
    work.__globals__["abs"] = lambda n: 50
    assert main(-2) == 150


@pytest.mark.parametrize("mapping", [False, True])
@pytest.mark.parametrize("tier", TIERS)
def test_code_of_the_host(tier: Any, mapping: bool) -> None:
    """The code of a function that is not declared to give the same for ever is replaced between two calls, as tools do that
    reload code."""

    def loaded(work: Any) -> Any:
        row = offer("work", "(int) -> int", load=lambda: work, deterministic=False)
        return VM(hosts={identity("work"): work} if mapping else Table([row]), tier=tier).load_module(assemble(WORK))

    work = fresh(plain)
    program = loaded(work)
    main = program.function("main")
    assert [main(1) for _ in range(3)] == [6, 6, 6]
    work.__code__ = other.__code__
    assert (main(1), program.call("main", 1), program.measure("main", 1).result) == (303, 303, 303)
    again = loaded(work).function("main")
    assert [again(1) for _ in range(3)] == [303, 303, 303]


@pytest.mark.parametrize("tier", TIERS)
def test_code_of_another_program(tier: Any) -> None:
    """A program that is loaded after the code of a function was replaced runs the new code, declared or not."""
    work = fresh(plain)
    hosts = Table([offer("work", "(int) -> int", load=lambda: work)])
    assert VM(hosts=hosts, tier=tier).load_module(assemble(WORK)).call("main", 1) == 6
    work.__code__ = other.__code__
    again = VM(hosts=hosts, tier=tier).load_module(assemble(WORK)).function("main")
    assert [again(1) for _ in range(3)] == [303, 303, 303]


@pytest.mark.parametrize("row", [{"deterministic": False}, {"effects": ("clock",)}, {}])
def test_what_is_folded(row: dict[str, Any]) -> None:
    """Folded is only what its author declares to give the same for ever."""
    hosts = Table([offer("work", "(int) -> int", load=lambda: plain, **row)])
    program = VM(hosts=hosts, tier="compiled", allow=["clock"]).load_module(assemble(WORK))
    assert (", folded" in program.python("main")) is (not row)


def test_one_function_declared_and_not() -> None:
    """Of two imports that are bound to one function, only the declared one is folded, whichever comes first."""
    rows = [
        offer(name, "(int) -> int", load=lambda: plain, deterministic=name == "sure") for name in ("sure", "unsure")
    ]
    for names in (("sure", "unsure"), ("unsure", "sure")):
        externs = "".join(f'extern {n}(int) -> int = "{identity(n)}" from "pack-a" "1.0"\n' for n in names)
        calls = "".join(f" call ${n}\n" for n in names)
        program = VM(hosts=Table(rows), tier="compiled").load_module(
            assemble(f"{externs}func main(n: int) -> int\n get $n\n{calls} ret\nend\n")
        )
        shown = [line for line in program.python("main").splitlines() if " of pack-a" in line]
        assert sorted(", folded" in line for line in shown) == [False, True]
        assert all((": sure" in line) is (", folded" in line) for line in shown)


def mutating(record: dict[str, int]) -> int:
    """Foldable, and changes what it is given."""
    return record.pop("n", 0)


@pytest.mark.parametrize("tier", TIERS)
def test_a_folded_function_that_changes_its_argument(tier: Any) -> None:
    """A field that was read at entry is read again after it."""
    text = f"""
extern take({{n: int}}) -> int = "{identity("take")}" from "pack-a" "1.0"
func main(r: {{n: int}}) -> int
    call $take($r)
    get $r
    field "n"
    addi
    ret
end
"""
    hosts = Table([offer("take", "({n: int}) -> int", load=lambda: mutating)])
    program = VM(hosts=hosts, tier=tier).load_module(assemble(text))
    for _ in range(3):
        with pytest.raises(VcvmError) as caught:
            program.call("main", {"n": 4})
        assert caught.value.kind == "missing-key"


ROWS: list[dict[str, Any]] = [
    {},
    {"cost": Formula("500", ())},
    {"cost": Formula("n * 100", ("n",))},
    {"cost": Formula("1", ()), "size": Formula("3", ())},
    {"pack": "another"},
]


@pytest.mark.parametrize("tier", TIERS)
def test_two_tables_with_one_function(tier: Any) -> None:
    """Compiled code is shared only where everything that it read of the host is the same: costs, sizes, names."""
    module = assemble(WORK)
    seen = []
    for row in [*ROWS, *reversed(ROWS)]:
        table = Table([offer("work", "(int) -> int", load=lambda: plain, **row)])
        program = VM(hosts=table, tier=tier, limits=Limits(fuel=1_000)).load_module(module)
        outcomes = []
        for _ in range(3):
            try:
                outcomes.append(program.function("main")(7))
            except LimitExceeded as e:
                outcomes.append(e.code)
        assert len(set(outcomes)) == 1
        seen.append((outcomes[0], program.measure("main", 2).fuel))
    assert seen == seen[::-1]
    assert seen[0][0] == 24
    assert [outcome for outcome, _ in seen[:5]] == [24, "VC501", "VC501", 24, 24]


def test_equal_tables_share() -> None:
    """Two tables that say the same of the same function share what is compiled."""
    module = assemble(WORK)
    images = [
        VM(hosts=Table([offer("work", "(int) -> int", load=lambda: plain, **row)])).load_module(module).image
        for row in ({}, {}, ROWS[1])
    ]
    first, second, third = (tier_of(image, Limits.default, Codes()) for image in images)
    assert first is second
    assert first is not third


def test_an_untyped_host_function_of_another_arity() -> None:
    """A function without annotations is taken at the program's word; with too few arguments it fails itself."""
    program = VM(hosts={UUID(bytes=identity("work").bytes): bare}, tier="compiled").load_module(assemble(WORK))
    for _ in range(3):
        with pytest.raises(VcvmError) as caught:
            program.call("main", 1)
        assert caught.value.kind == "intrinsic-raised"
        assert not isinstance(caught.value, ApiError)


def bare(a, b):  # type: ignore[no-untyped-def]
    return a + b
