"""The functions of a host that changes while programs run: of every kind, and naming what can be bound anew.

Read and run again for each host, so that each has names of its own; see hosting.py, which also has the events that change
them. Functions of one expression are here for the compiled tier to put in the place of their calls. Some are wrong, some
raise, on purpose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial, wraps
from types import FunctionType, SimpleNamespace
from typing import Any

VALUE: Any = 5
LIMIT: Any = 10
BLOCKED: Any = frozenset({"a", "mallory"})
TABLE: Any = {1: 2, 3: 4}
GONE: Any = 1
COUNT: Any = 0
CONFIG: Any = SimpleNamespace(rate=2)
KIND: Any = int


def above(a: int, b: int) -> bool:
    """Names nothing but its arguments: folded."""
    return a > b


def below(a: int, b: int) -> bool:
    return a < b


def raised_by_one(a: int) -> int:
    return a + 1


def lowered_by_one(a: int) -> int:
    return a - 1


def step(a: int) -> int:
    """A helper that others call."""
    return a + 1


def change(record: dict[str, Any], n: int) -> int:
    """A helper that changes what it is given."""
    record["n"] = n
    return n


# One expression that names something of this module


def current() -> Any:
    return VALUE


def over(a: int) -> bool:
    return a > LIMIT


def under(a: int) -> bool:
    return a < LIMIT


def adjusted(a: int) -> Any:
    return a + VALUE


def reduced(a: int) -> Any:
    return a - VALUE


def blocked(name: str) -> bool:
    return name in BLOCKED


def looked_up(a: int) -> Any:
    return TABLE[a] if a in TABLE else a  # noqa: SIM401 - no method, two looks at the name


def going(a: int) -> Any:
    return a + GONE


def late(a: int) -> Any:
    return LATER if a > 2 else a  # type: ignore[name-defined]  # noqa: F821 - an event defines it


def stepped(a: int) -> int:
    return step(a)


def twice(a: int) -> int:
    return step(step(a))


def rated(a: int) -> Any:
    return a * CONFIG.rate


def counted() -> Any:
    return COUNT


def of_kind(a: Any) -> bool:
    return type(a) is KIND


def chosen(a: int, b: int) -> int:
    return a if VALUE else b


def equal_value(a: int) -> bool:
    return a == VALUE  # type: ignore[no-any-return]


def divided(a: int) -> Any:
    return a // (VALUE - 5 or 1)


# One expression that names a builtin, which an event may hide


def sized(items: list[int]) -> int:
    return len(items)


def larger(a: int, b: int) -> int:
    return max(a, b)


def distance(a: int) -> int:
    return abs(a)


def whole_of(text: str) -> int:
    return int(text) if text.isdigit() else len(text)


# One expression that changes what it is given, or what others read


def grow(items: list[int], n: int) -> int:
    return items.append(n) or len(items)  # type: ignore[func-returns-value]


def rename(record: dict[str, Any], n: int) -> int:
    return record.__setitem__("n", n) or n  # type: ignore[func-returns-value]


def strip(record: dict[str, Any], n: int) -> int:
    return record.pop("n", n) if n == 3 else n  # type: ignore[no-any-return]


def relayed(record: dict[str, Any], n: int) -> int:
    return change(record, n)


def filed(n: int) -> int:
    return TABLE.update({n: n + 1}) or n


def bumped() -> Any:
    return bump()


# One expression, but of another number of parameters than the signature that is offered has


def too_many(a: int, b: int) -> int:
    return a


def too_few() -> Any:
    return VALUE


# Several statements


def bump() -> Any:
    """What `counted` reads changes during a run."""
    global COUNT
    COUNT += 1
    return COUNT


def setting(n: int) -> int:
    """What most others read changes during a run."""
    global VALUE, LIMIT
    VALUE, LIMIT = n, n + 5
    return n


# No plain functions, or not those that they seem to be


def defaulted(a: int, b: int = 3) -> int:
    return a + b


def keyed(a: int, *, b: int = 3) -> int:
    return a + b


def positional(a: int, /) -> Any:
    return a + VALUE


def several(*a: int) -> Any:
    return a[0] + VALUE


def enclosing(n: int) -> Callable[[int], int]:
    def enclosed(a: int) -> int:
        return a + n

    return enclosed


def passing(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def wrapper(*given: Any) -> Any:
        return function(*given)

    return wrapper


@passing
def decorated(a: int) -> Any:
    return a + VALUE


def plus(a: int, b: int) -> int:
    return a + b


class Scale:
    """Methods, and an object that can be called."""

    def __init__(self, rate: int) -> None:
        self.rate = rate

    def times(self, a: int) -> int:
        return a * self.rate

    def __call__(self, a: int) -> int:
        return a * self.rate + 1

    @staticmethod
    def fixed(a: int) -> Any:
        return a + VALUE

    @classmethod
    def of_class(cls, a: int) -> Any:
        return a + VALUE


class Odd:
    """Its objects are no results."""

    def __init__(self, a: int) -> None:
        self.a = a


async def awaited(a: int) -> int:
    return a


def yielded(a: int) -> Iterator[int]:
    yield a


SCALE = Scale(2)
OWN: dict[str, Any] = {"__builtins__": {"len": len, "abs": abs}, "LIMIT": 4, "VALUE": 1}
"""The globals of functions that were copied."""
enclosed = enclosing(4)
short = lambda a: a + VALUE  # noqa: E731
part = partial(plus, 3)
times = SCALE.times
fixed = Scale.fixed
of_class = Scale.of_class
static = staticmethod(adjusted)
copied_over = FunctionType(over.__code__, OWN)
copied_adjusted = FunctionType(adjusted.__code__, OWN)
copied_sized = FunctionType(sized.__code__, OWN)
copied_distance = FunctionType(distance.__code__, OWN)
length, greater, truth, Wrong = len, max, bool, Odd
