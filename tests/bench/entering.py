"""Target 2: entering a program from Python, again and again: a number goes in, a number comes out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bench import programs, tasks
from bench.against import compared
from bench.measure import Case, Scale

TITLE: Final = "Entering a program"

RUN: Final = (
    "all that is left beside the work is one test of the argument's class and two of its range, in one line, which make "
    "those of the result and of the fuel unnecessary; testing the result instead was tried and is slower by a sixth, and "
    "the cheaper test, x.__class__, believes an object that lies"
)


def cases(scale: Scale, folder: Path) -> Iterator[Case]:
    """The cases; nothing is written into `folder`."""
    with compared("entering, one number in and one out", tasks.ENTER, programs.INCREMENT, 1.5, RUN, scale) as case:
        yield case
