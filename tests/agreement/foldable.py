"""Intrinsics whose body is one expression: the compiled tier puts it in the place of the call.

Takes and gives values of programs, as annotated. Some raise, some give what their signature does not allow, all on
purpose. `FOLDABLE` is all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

T = TypeVar("T")
LIMIT: Final = 10


def plus(a: int, b: int) -> int:
    """May leave the range."""
    return a + b


def minus_turned(a: int, b: int) -> int:
    """The order of parameters is not that of their use."""
    return b - a


def only_second(a: int, b: int) -> int:
    """One parameter is not used."""
    return b


def square(a: int) -> int:
    """A parameter is used twice."""
    return a * a


def seven() -> int:
    """No parameters."""
    return 7


def positive(a: int) -> bool:
    """Can only be a bool."""
    return a > 0


def between(a: int, low: int, high: int) -> bool:
    """A chain of comparisons."""
    return low <= a < high


def neither(a: bool, b: bool) -> bool:
    """Bools by bools."""
    return not (a or b)


def both(a: int, b: int) -> bool:
    """Operands decide."""
    return a > 1 and b > 1


def clamped(a: int, low: int) -> int:
    """A condition."""
    return a if a > LIMIT else low


def near_limit(a: int) -> bool:
    """Names a constant of its module."""
    return a == LIMIT


def floor_divided(a: int, b: int) -> int:
    """Raises ZeroDivisionError."""
    return a // b


def first_of(items: list[int]) -> int:
    """Raises IndexError."""
    return items[0]


def under(table: dict[str, int], key: str) -> int:
    """Raises KeyError, which is not the program's own missing key."""
    return table[key]


def size_of(items: list[int]) -> int:
    """Calls a builtin; sees what was appended."""
    return len(items)


def last_plus(items: list[int], n: int) -> int:
    """Looks into a container that may change."""
    return items[-1] + n if items else n


def halved(x: float) -> float:
    """Floats."""
    return x / 2.0


def mixed(a: int, x: float) -> float:
    """Gives an int for a float now and then, which is converted."""
    return a if a > 3 else x


def wrong_sometimes(a: int) -> int:
    """Gives a bool where an int is declared."""
    return a > 5 if a > 4 else a


def truth(a: int) -> bool:
    """Gives an int where a bool is declared."""
    return a & 1  # type: ignore[return-value]


def upper(text: str) -> str:
    """A method."""
    return text.upper()


def longer(text: str, n: int) -> bool:
    """A comparison of something computed."""
    return len(text) > n


def begins(text: str, head: str) -> bool:
    """A method with an argument."""
    return text.startswith(head)


def blank_or(text: str, other: str) -> str:
    """One of its arguments."""
    return text or other


def same(value: T) -> T:
    """Any type, the same value."""
    return value


def maybe(a: int) -> int | None:
    """An option."""
    return a if a > 2 else None


def anything(value: Any) -> Any:
    """Any value in, any out."""
    return value


def is_text(value: Any) -> bool:
    """Names a builtin class."""
    return type(value) is str


def equal_to(a: Any, b: Any) -> bool:
    """Python's own equality."""
    return a == b  # type: ignore[no-any-return]


FOLDABLE: Final[tuple[Callable[..., Any], ...]] = (
    plus, minus_turned, only_second, square, seven, positive, between, neither, both, clamped, near_limit, floor_divided,
    first_of, under, size_of, last_plus, halved, mixed, wrong_sometimes, truth, upper, longer, begins, blank_or, same, maybe,
    anything, is_text, equal_to,
)  # fmt: skip
