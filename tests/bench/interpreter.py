"""Target 12: the reference interpreter against hand-written Python, and the table's size against its speed.

The baseline of each case is what somebody would write who knows the data and needs no limits: no fuel, no overflow checks.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from bench import cars, programs
from bench.measure import Call, Case, Scale, Target, Variant, Worker
from bench.surroundings import TESTS, environment
from bench.tasks import each, fib, fib_calls, numeric
from vcvm_core import VM, Program
from vcvm_core.asm import assemble
from vcvm_core.plugin import installed
from vcvm_stdlib import int_in_range

TITLE: Final = "The reference interpreter"

LIMIT: Final = 10.0
FLAT: Final = 1.1
"""What another table may change: the noise of processes that are compared."""

STEPS: Final = (
    "each step is a call of a Python function, and after each straight stretch of steps fuel is charged and the next stretch "
    "looked up; either costs more than the whole expression does in Python"
)
CALLS: Final = (
    "a call ends a stretch, makes a frame of lists and checks the limit on depth; calling is what CPython is best at"
)
HOSTS: Final = (
    "a call of an intrinsic is five Python calls: it is counted, made, and its result is checked and measured; the rest is the "
    "loop around it"
)
RULE: Final = (
    "the rule is written as small functions that look at one key each: about thirteen calls a record, and seven of intrinsics, "
    "with tests of a type and casts, where Python by hand has one expression a key"
)
"""What a miss is due to."""


def cases(scale: Scale, folder: Path) -> Iterator[Case]:
    """The cases; `folder` is theirs to write into."""
    n = scale.pick(2_000, 20)
    yield _program("numeric loop", programs.NUMERIC, numeric, n, "iteration", n, STEPS)
    depth = scale.pick(15, 5)
    yield _program("recursion: fib", programs.FIB, fib, depth, "call", fib_calls(depth), CALLS)
    yield _program("building a string", programs.STRING, build, n, "iteration", n, STEPS)
    yield _list_sum(list(range(n)))
    yield _program("an intrinsic in a loop", programs.INTRINSIC, count_inside, n, "call", n, HOSTS)
    yield _rule()
    yield from _tables(n, folder)


def build(n: int) -> str:
    """A string, piece by piece."""
    text = ""
    for _ in range(n):
        text += "ab"
    return text


def add_up(values: list[int]) -> int:
    """The sum of a list, by a loop."""
    total = 0
    for value in values:
        total += value
    return total


def count_inside(n: int) -> int:
    """How many numbers an intrinsic of the standard pack, called directly, says lie in a range."""
    inside = 0
    for i in range(n):
        if int_in_range(i, 100, 900):
            inside += 1
    return inside


def spent(program: Program, name: str, *arguments: Any) -> int:
    """The fuel that a call takes: its instructions, and what its intrinsics declare."""
    machine = program.machine(name, *arguments)
    machine.run()
    return machine.limits.fuel - machine.fuel


def _program(
    name: str, text: str, baseline: Callable[[int], Any], argument: int, unit: str, size: int, why: str
) -> Case:
    registry = installed()
    program = VM(registry, tier="interpreter").load_module(assemble(text, registry.catalog()))
    entry = program.entry()
    right = baseline(argument)
    fuel = spent(program, entry, argument) / size
    return Case(
        name,
        (
            Variant("hand-written Python", Call(baseline, argument), right, size),
            Variant("vcvm interpreter", Call(program.function(entry), argument), right, size),
        ),
        (Target("vcvm interpreter", "ratio", LIMIT, why),),
        unit=unit,
        notes=(f"{size:,} of them, {fuel:.1f} units of fuel each",),
    )


def _list_sum(values: list[int]) -> Case:
    program = VM(tier="interpreter").load_module(assemble(programs.LIST_SUM))
    right = sum(values)
    return Case(
        "sum of a list",
        (
            Variant("hand-written Python", Call(add_up, values), right, len(values)),
            Variant("vcvm interpreter", Call(program.function(), values), right, len(values)),
            Variant("Python's sum()", Call(sum, values), right, len(values)),
        ),
        (Target("vcvm interpreter", "ratio", LIMIT, STEPS),),
        unit="element",
        notes=(f"{len(values):,} elements, each checked when it is taken out of the list",),
    )


def _rule() -> Case:
    rule = cars.program("interpreter")
    function = rule.function("check")
    records = cars.records()
    right = each(cars.check, records)
    lines = [json.dumps(record) for record in records]
    fuel = sum(spent(rule, "check", record) for record in records) / len(records)
    return Case(
        "a rule over records: examples/cars.vasm",
        (
            Variant("hand-written Python", Call(each, cars.check, records), right, len(records)),
            Variant("vcvm interpreter", Call(each, function, records), right, len(records)),
            Variant(
                "the same Python, calling the intrinsics", Call(each, cars.calling(), records), right, len(records)
            ),
            Variant("json.loads of the same records", Call(each, json.loads, lines), records, len(records)),
        ),
        (Target("vcvm interpreter", "ratio", LIMIT, RULE),),
        unit="record",
        notes=(f"{len(records)} records, spoilt ones among them, {fuel:.0f} units of fuel each on average",),
    )


def _tables(n: int, folder: Path) -> Iterator[Case]:
    """The numeric loop on tables with other numbers, each in an interpreter of its own."""
    path = folder / "numeric.vasm"
    path.write_text(programs.NUMERIC, encoding="utf-8")
    program = VM(tier="interpreter").load_module(assemble(programs.NUMERIC))
    fuel = spent(program, "main", n)
    right = f"{numeric(n)} {fuel}"
    script = str(TESTS / "bench" / "renumbered.py")

    def worker(how: str) -> Worker:
        return Worker([sys.executable, script, how, str(path), str(n)], environment(folder, TESTS))

    with worker("asis") as asis, worker("reversed") as back, worker("padded") as padded:
        yield Case(
            "the number of opcodes",
            (
                Variant("the table as it is", asis, right, fuel),
                Variant("in reverse, with the highest numbers", back, right, fuel),
                Variant("padded to 256 opcodes, ours last", padded, right, fuel),
            ),
            (
                Target("in reverse, with the highest numbers", "ratio", FLAT),
                Target("padded to 256 opcodes, ours last", "ratio", FLAT),
            ),
            unit="instruction",
            notes=("the numeric loop, in processes whose opcode table was replaced before vcvm_core was imported",),
        )
