"""What happens to the cost when there is ten times as much: records, packs, calls, nesting. Target 13 has programs.

The baseline of each case is its smallest size. The last column of its table is what one unit costs, compared with a unit
of the smallest size: 1 where cost grows with the work, less where something is paid once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from bench import cars, programs
from bench.measure import Call, Case, Scale, Target, Variant
from bench.packs import find, read
from bench.sites import INTRINSICS, pack_name, site
from vcvm_core import VM, Limits
from vcvm_core.asm import assemble

TITLE: Final = "Ten times as much"

STEEP: Final = "the cost grows faster than the work"
LINEAR: Final = 2.0
"""The most that a unit may cost at the largest size: far below the ten or hundred of a cost that is not linear."""


def cases(scale: Scale, folder: Path) -> Iterator[Case]:
    """The cases; `folder` is theirs to write into."""
    sizes = (10, 100, 1_000) if scale.full else (2, 4)
    yield _records(sizes)
    folders = {size: str(site(folder / str(size), size, 0)) for size in sizes}
    yield _sized(
        "packs found", "pack", sizes, lambda size: (find, folders[size]), lambda n: list(map(pack_name, range(n)))
    )
    yield _sized("packs found and read", "pack", sizes, lambda size: (read, folders[size]), lambda n: n * INTRINSICS)
    yield _depth(sizes)
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
    work: Callable[[int], tuple[Any, ...]],
    right: Callable[[int], Any],
    notes: tuple[str, ...] = (),
) -> Case:
    """A case whose variants differ in size. work: a function and its arguments; right: its result."""
    variants = tuple(Variant(f"{size:,}", Call(*work(size)), right(size), size) for size in sizes)
    return Case(name, variants, (Target(variants[-1].name, "growth", LINEAR, STEEP),), unit, notes)


def _records(sizes: tuple[int, ...]) -> Case:
    function = cars.program().function("check")
    records = cars.records()

    def some(size: int) -> list[cars.Record]:
        return [records[i % len(records)] for i in range(size)]

    return _sized(
        "records through examples/cars.vasm",
        "record",
        sizes,
        lambda size: (cars.each, function, some(size)),
        lambda size: cars.each(cars.check, some(size)),
    )


def _depth(sizes: tuple[int, ...]) -> Case:
    limits = Limits.default.with_(call_depth=sizes[-1] + 1)
    down = VM(limits=limits).load_module(assemble(programs.DESCENT)).function("down")
    note = f"a function that calls itself; the limit on depth was raised to {limits.call_depth:,}"
    return _sized("calls inside calls", "call", sizes, lambda size: (down, size - 1), lambda size: size - 1, (note,))


def _nesting(sizes: tuple[int, ...]) -> Case:
    equal = VM().load_module(assemble(programs.EQUALITY)).function("main")
    return _sized(
        "lists inside lists",
        "level",
        sizes,
        lambda size: (equal, nested(size), nested(size)),
        lambda _: True,
        ("two values are compared, level by level, eight numbers on each",),
    )
