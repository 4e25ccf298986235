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
    "every call is a run of its own: the argument is held against its type, fuel is set anew, the result is checked"
)


def cases(scale: Scale, folder: Path) -> Iterator[Case]:
    """The cases; nothing is written into `folder`."""
    with compared("entering, one number in and one out", tasks.ENTER, programs.INCREMENT, 1.5, RUN, scale) as case:
        yield case
