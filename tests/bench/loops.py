"""Target 3: loops over numbers, fuel counted and overflow checked.

In the first, everything but the sum stays in bounds that can be seen in the text. In the second a factor comes from
outside, so a product and a sum can leave 64 bits for all that anybody knows: their checks have to stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bench import programs, tasks
from bench.against import compared
from bench.measure import Case, Scale

TITLE: Final = "Loops over numbers"

PROVED: Final = "beyond the loop itself, fuel is charged in each round, and the square and the sum are held to 64 bits"
CHECKED: Final = (
    "in each round a product and a sum are held to 64 bits, the remainder takes the sign, and fuel is charged"
)
"""What a miss is due to."""


def cases(scale: Scale, folder: Path) -> Iterator[Case]:
    """The cases; nothing is written into `folder`."""
    with compared("numeric loop, all of it in bounds", tasks.NUMERIC, programs.NUMERIC, 1.8, PROVED, scale) as case:
        yield case
    with compared(
        "numeric loop with a factor from outside", tasks.SCRAMBLE, programs.SCRAMBLE, 3.5, CHECKED, scale
    ) as case:
        yield case
