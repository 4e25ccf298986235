"""Target 4: recursion, with fuel, depth and overflow checked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bench import programs, tasks
from bench.against import compared
from bench.measure import Case, Scale

TITLE: Final = "Recursion"

CALLS: Final = "every call charges fuel and holds the depth against its limit, and the sum is held to 64 bits"


def cases(scale: Scale, folder: Path) -> Iterator[Case]:
    """The cases; nothing is written into `folder`."""
    with compared("recursion: fib", tasks.FIB, programs.FIB, 2.5, CALLS, scale) as case:
        yield case
