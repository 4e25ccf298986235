"""T05, T06: programs of every shape are translated flat, or interpreted, in time; nothing of CPython's limits comes out.

Takes the shapes of shapes.py in two sizes, up to what the limits allow. Each runs in a process of its own, with 1 GiB of
addresses and 20 s of processor time; a second of processor time is what a call may take, translation counted.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from corpus.forge import module, program
from corpus.runs import TIERS, end
from corpus.shapes import SHAPES, shape
from corpus.test_bombs import MEMORY, ROOM, SECOND, alone, two_at_a_time
from vcvm_core import VM, Limits
from vcvm_core.bytecode import encode

SIZES = (9_900, 60_000)
WAYS = [
    {"tier": "auto", "preset": "default", "calls": 3},
    {"tier": "compiled", "preset": "default", "calls": 2, "measure": True},
    {"tier": "interpreter", "preset": "default", "calls": 1, "measure": True},
]


def held(found: dict[str, Any], kind: str = "") -> None:
    """The ways end alike, each in a second, the process in its memory."""
    assert {k for way in found["ways"] for k in way["kinds"]} == {kind}
    assert found["ways"][1]["end"] == found["ways"][2]["end"]
    seconds = [way["seconds"] for way in found["ways"]]
    assert max(map(max, seconds)) < SECOND * ROOM, seconds
    assert found["peak"] < MEMORY, found["peak"] >> 20


@pytest.fixture(scope="module")
def results(request: pytest.FixtureRequest) -> Iterator[Callable[..., Any]]:
    """What comes of each shape that is asked for."""
    yield from two_at_a_time(request, "test_shape", lambda name, size: alone(encode(shape(name, size)), WAYS))


CASES = [
    pytest.param(n, s, marks=pytest.mark.heavy if s > 10_000 else (), id=f"{n}-{s}") for s in SIZES for n in SHAPES
]
WIDE = ("loops", "nested", "irreducible", "texts on a stack")
"""Also tried in sizes that are translated whole, with the 905 locals that all shapes have."""
CASES += [pytest.param(n, s, id=f"{n}-{s}") for s in (500, 3_900) for n in WIDE]


@pytest.mark.parametrize(("name", "size"), CASES)
def test_shape(name: str, size: int, results: Callable[..., Any]) -> None:
    """T05: a program of a shape, in a size, ends as the interpreter says, in time."""
    held(results(f"{name}-{size}"))


@pytest.mark.parametrize("count", [16, 21, 25, 40])
def test_nested_loops(count: int) -> None:
    """T05: CPython refuses 21 loops inside each other, the language does not."""
    assert end(shape("nested", 9 * count)).outcome == str(4 - (count - 1))


@pytest.mark.parametrize("count", [99, 150, 800])
def test_nested_branches(count: int) -> None:
    """T05: CPython refuses 100 levels of indentation, and long chains of `elif`."""
    for name in ("inside", "chain"):
        assert end(shape(name, 6 * count)).outcome == "5"


def test_many_functions() -> None:
    """T05: 9,000 small functions, each called once: what translating them takes is bounded, too."""
    count = 9_000
    code = "; ".join(f"push 1; call {i + 1}; pop" for i in range(count)) + "; push 5; ret"
    data = program([(code, "() -> int", "")] + [("get 0; push 1; addi; ret", "(int) -> int", "")] * count)
    held(alone(data, WAYS))


def test_large_functions() -> None:
    """T05: a program of 40 functions of 9,000 instructions each, called one after another."""
    count = 40
    code = "; ".join(f"push 1; call {i + 1}; pop" for i in range(count)) + "; push 5; ret"
    body = "get 0; push 1; addi; set 0; " * 2_250 + "get 0; ret"
    held(alone(program([(code, "() -> int", "")] + [(body, "(int) -> int", "")] * count), WAYS))


def test_who_calls_whom() -> None:
    """T05: 300 functions, each of which calls each, so that all of them may be reached from all."""
    count = 300
    calls = "".join(f"push 0; call {j}; " for j in range(1, count))
    code = [("push 0; call 1; push 5; ret", "() -> int", "")]
    code += [
        (
            f"get 0; push 0; gti; jt 5; ret; {calls}ret",
            "(int) -> ()",
            "",
        )
    ] * (count - 1)
    held(alone(program(code), WAYS))


def tangled(seed: int) -> Any:
    """A random graph of blocks: from each, to any two."""
    rng = random.Random(seed)
    count = rng.randrange(3, 12)
    blocks: list[str] = []
    at = 2
    starts = [at + 8 * i for i in range(count)]
    for _ in range(count):
        compare = rng.choice(("lti", "gti", "eqi", "nei"))
        amount = rng.randrange(1, 5)
        operation = rng.choice(("addi", "subi", "xori"))
        target = rng.choice([*starts[1:], at + 8 * count])
        blocks.append(
            f"get 0; push {amount}; {operation}; set 0; get 0; push {rng.randrange(9)}; {compare}; jt {target}; "
        )
    return module("push 5; set 0; " + "".join(blocks) + "get 0; ret", "() -> int", "int")


@pytest.mark.parametrize("seed", range(60))
def test_irreducible(seed: int) -> None:
    """T06: jumps into the middle of loops, at random: same end, same place, same fuel."""
    limits = Limits.default.with_(fuel=2_000)
    found = end(tangled(seed), limits=limits)
    assert found.outcome


def test_compiled_lines_is_exact() -> None:
    """What is not translated any more runs, and says so nowhere but in the tier's list."""
    made = shape("straight", 400)
    for lines in (0, 1, 50, 10_000):
        limits = Limits.default.with_(compiled_lines=lines)
        assert {VM(limits=limits, tier=tier).load_module(made).call("main") for tier in TIERS} == {105}
