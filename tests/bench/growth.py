"""What happens to the cost when there is ten times as much: records, packs, calls, nesting. Target 13 has programs.

The baseline of each case is its smallest size. The last column of its table is what one unit costs, compared with a unit
of the smallest size: 1 where cost grows with the work, less where something is paid once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from bench import cars, programs
from bench.measure import Call, Case, Fresh, Scale, Target, Variant, Work
from bench.packs import find, read
from bench.sites import INTRINSICS, pack_name, site
from bench.tasks import each
from vcvm_core import VM, Limits
from vcvm_core.asm import assemble

TITLE: Final = "Ten times as much"

STEEP: Final = "the cost grows faster than the work"
LINEAR: Final = 2.0
"""The most that a unit may cost at the largest size: far below the ten or hundred of a cost that is not linear."""

LARGE: Final = Limits.default.with_(instructions=1_000_000, function_instructions=1_000_000, compiled_lines=1_000_000)
"""The default limits, but for the length of a function, also of one that is compiled."""

TIERS: Final = {"auto": "default tier", "interpreter": "interpreter"}
"""What is said behind the name of a case."""

PROGRAMS: Final = {
    "a long function": programs.straight_line,
    "many functions": programs.one_after_another,
}
"""Programs from bytes to their first result: what makes them of a size and a number."""


def cases(scale: Scale, folder: Path) -> Iterator[Case]:
    """The cases; `folder` is theirs to write into."""
    sizes = (10, 100, 1_000) if scale.full else (2, 4)
    depths = (5, 50, 500) if scale.full else (2, 4)
    for name, make in PROGRAMS.items():
        # What runs once is interpreted unless somebody wants it compiled.
        for tier in ("compiled", "interpreter"):
            yield _program(f"{name}, {tier}", make, (300, 3_000, 30_000) if scale.full else (60, 120), tier)
    for tier in TIERS:
        yield _depth(depths, tier)
    for tier in TIERS:
        yield _records(sizes, tier)
    folders = {size: str(site(folder / str(size), size, 0)) for size in sizes}
    yield _sized(
        "packs found", "pack", sizes, lambda n: Call(find, folders[n]), lambda n: list(map(pack_name, range(n)))
    )
    yield _sized("packs found and read", "pack", sizes, lambda n: Call(read, folders[n]), lambda n: n * INTRINSICS)
    yield _nesting((12, 120) if scale.full else (2, 4))


def nested(depth: int) -> list[Any]:
    """Lists in lists, so many of them, each with some numbers."""
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [1, 2, 3, 4, 5, 6, 7, 8, value]
    return value


def _sized(
    name: str,
    unit: str,
    sizes: tuple[int, ...],
    work: Callable[[int], Work],
    right: Callable[[int], Any],
    notes: tuple[str, ...] = (),
) -> Case:
    """A case whose variants differ in size. work: what is measured; right: its result."""
    variants = tuple(Variant(f"{size:,}", work(size), right(size), size) for size in sizes)
    return Case(name, variants, (Target(variants[-1].name, "growth", LINEAR, STEEP),), unit, notes)


def _program(name: str, make: Callable[[int, int], bytes], sizes: tuple[int, ...], tier: str) -> Case:
    machine = VM(tier=tier, limits=LARGE)

    def run(data: bytes) -> Any:
        return machine.load(data).function()(5)

    return _sized(
        name,
        "instruction",
        sizes,
        lambda size: Fresh(run, lambda number: (make(size, 2 * number),), lambda result: type(result) is int),
        lambda _: True,
        ("decoded, verified, linked and run once, from bytes that were not seen before",),
    )


def _records(sizes: tuple[int, ...], tier: str) -> Case:
    function = cars.program(tier).function("check")
    records = cars.records()

    def some(size: int) -> list[cars.Record]:
        return [records[i % len(records)] for i in range(size)]

    return _sized(
        f"records through examples/cars.vasm, {TIERS[tier]}",
        "record",
        sizes,
        lambda size: Call(each, function, some(size)),
        lambda size: each(cars.check, some(size)),
    )


def _depth(sizes: tuple[int, ...], tier: str) -> Case:
    limits = Limits.default.with_(call_depth=sizes[-1] + 1)
    down = VM(tier=tier, limits=limits).load_module(assemble(programs.DESCENT)).function("down")
    note = f"a function that calls itself; the limit on depth was raised to {limits.call_depth:,}"
    return _sized(
        f"calls inside calls, {TIERS[tier]}", "call", sizes, lambda n: Call(down, n - 1), lambda n: n - 1, (note,)
    )


def _nesting(sizes: tuple[int, ...]) -> Case:
    equal = VM().load_module(assemble(programs.EQUALITY)).function("main")
    return _sized(
        "lists inside lists",
        "level",
        sizes,
        lambda n: Call(equal, nested(n), nested(n)),
        lambda _: True,
        ("two values are compared, level by level, eight numbers on each",),
    )
