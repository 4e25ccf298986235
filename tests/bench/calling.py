"""Target 1: calling an intrinsic in a loop, with fuel counted and every result checked, against calling the same function.

The first is a function of the host that cannot be folded into its caller; the second one of the standard pack whose body is
one expression. Peers call back the first one.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bench import programs, tasks
from bench.against import HAND, VCVM, compared, compiler
from bench.interpreter import count_inside
from bench.measure import Call, Case, Scale, Target, Variant
from vcvm_core.plugin import installed

TITLE: Final = "Calling an intrinsic"

CALLED: Final = "beyond the call, fuel and the count of calls are charged and the class of the result is looked at"
FOLDED: Final = "beyond the function itself, fuel is charged in each round of the loop and a sum is held to 64 bits"
"""What a miss is due to."""


def cases(scale: Scale, folder: Path) -> Iterator[Case]:
    """The cases; nothing is written into `folder`."""
    hosts = {programs.INSIDE_UUID: tasks.inside}
    note = "the function has two statements and remembers its bounds; expression languages get the numbers as a list"
    with compared(
        "a function of the host, called in a loop",
        tasks.INTRINSIC,
        programs.INSIDE,
        1.6,
        CALLED,
        scale,
        own=compiler(hosts),
        notes=(note,),
    ) as case:
        yield case
    yield _folded(scale.pick(2_000, 20))


def _folded(n: int) -> Case:
    registry = installed()
    function = compiler(registry, registry.catalog())(programs.INTRINSIC)
    right = count_inside(n)
    return Case(
        "int_in_range, called in a loop",
        (
            Variant(HAND, Call(count_inside, n), right, n),
            Variant(VCVM, Call(function, n), right, n),
        ),
        (Target(VCVM, "ratio", 1.0, FOLDED),),
        unit="call",
    )
