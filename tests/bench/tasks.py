"""The work that vcvm and its peers are given: written by hand in plain Python, with its data and its right results.

Takes a size; gives work that can be measured. Imports nothing of vcvm: a peer's process has a peer in it and this.

A language gets a task as a text, which something compiles to a callable. The callable of a task with `items` is called once
for each item; that of another task once with its arguments. `COMPILING` and `FIRST` are about the compiling itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from bench.measure import Call, Fresh, Work

Compile = Callable[[str], Callable[..., Any]]
Order = dict[str, Any]


def each(function: Callable[[Any], Any], items: list[Any]) -> list[Any]:
    """What a function gives for each item."""
    return [function(item) for item in items]


@dataclass(frozen=True)
class Task:
    """One piece of work.

    hand: the function that somebody wrote by hand. arguments: for a full or a tiny run. size: of them, in `unit`s.
    parameters: the names of what the function takes. variables: the same as the variables of an expression, and types:
    what they are. hosts: Python functions that are called back. items: whether the one argument is a list of items.
    text: the name of its text, if not its own.
    """

    name: str
    hand: Callable[..., Any]
    parameters: tuple[str, ...]
    arguments: Callable[[bool], tuple[Any, ...]]
    size: Callable[[bool], int]
    unit: str
    variables: Callable[..., Mapping[str, Any]]
    types: Mapping[str, str]
    hosts: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    items: bool = False
    text: str = ""

    def work(self, compiler: Compile, text: str, full: bool) -> Work:
        """The task, done by what a compiler makes of its text."""
        function, arguments = compiler(text), self.arguments(full)
        return Call(each, function, *arguments) if self.items else Call(function, *arguments)

    def right(self, full: bool) -> Any:
        """The right result."""
        return Call(each, self.hand, *self.arguments(full)).once() if self.items else self.hand(*self.arguments(full))


# 1: calling a function of the host


def between(low: int, high: int) -> Callable[[int], bool]:
    """A function of the host that is more than one expression and remembers something."""

    def inside(x: int) -> bool:
        if x < low:
            return False
        return x <= high

    return inside


inside: Final = between(100, 900)


def count_inside(n: int) -> int:
    """How many numbers lie in a range."""
    count = 0
    for i in range(n):
        if inside(i):
            count += 1
    return count


# 2: entering


def increment(n: int) -> int:
    """A number and one."""
    return n + 1


# 3: loops


def numeric(n: int) -> int:
    """Sum of i squared modulo 7."""
    total = 0
    for i in range(n):
        total += i * i % 7
    return total


def scramble(n: int, factor: int) -> int:
    """A linear congruential generator, stirred with the number of its step."""
    state = 1
    for i in range(n):
        state = (state * factor + 12345) % 2147483647 ^ i
    return state


# 4: recursion


def fib(n: int) -> int:
    """A Fibonacci number, by the definition."""
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def fib_calls(n: int) -> int:
    """How many calls `fib` makes, itself included."""
    return 1 if n < 2 else 1 + fib_calls(n - 1) + fib_calls(n - 2)


# 5: a rule


def accept(order: Order) -> bool:
    """Whether a shop takes an order. Raises TypeError or KeyError for a record that is no order."""
    if type(order) is not dict:
        raise TypeError("not an order")
    customer, age, items, total = order["customer"], order["age"], order["items"], order["total"]
    discount, paid, member, address = order["discount"], order["paid"], order["member"], order["address"]
    if (
        type(customer) is not str
        or type(age) is not int
        or type(items) is not int
        or type(total) is not float
        or type(discount) is not float
        or type(paid) is not bool
        or type(member) is not bool
        or type(address) is not dict
    ):
        raise TypeError("not an order")
    country = address["country"]
    if type(country) is not str:
        raise TypeError("not an order")
    return (
        age >= 18
        and customer != ""
        and 1 <= items <= 1000
        and total > 0.0
        and (paid or total <= 500.0)
        and (member or discount <= 0.2)
        and country in ("DE", "FR", "NL")
    )


def order(number: int) -> Order:
    """One of many orders; a third of them is turned down, each for its own reason."""
    return {
        "customer": f"customer {number}" if number % 29 else "",
        "age": 14 + number * 7 % 70,
        "items": number * 5 % 61,
        "total": number * 37 % 900 + 0.5,
        "discount": (0.0, 0.1, 0.2, 0.3)[number % 4],
        "paid": number % 5 > 0,
        "member": number % 7 > 1,
        "address": {"country": ("DE", "FR", "NL", "DE", "FR", "NL", "DE", "US")[number % 8], "city": "Springfield"},
    }


class Title(str):
    """A class that is like a string, but is none."""

    __slots__ = ()


_MISFITS: Final[tuple[tuple[str, Any], ...]] = (
    ("customer", None),
    ("customer", Title("Ms")),
    ("age", "36"),
    ("age", 36.0),
    ("age", True),
    ("items", None),
    ("total", "99.5"),
    ("discount", False),
    ("paid", 1),
    ("member", "yes"),
    ("address", None),
    ("address", ["DE"]),
    ("address", {}),
    ("address", {"country": 49}),
)


def misfits() -> list[Any]:
    """Values that are no orders: each has one field that is absent or of another type, or is no record at all."""
    good = order(1)
    absent = [{name: value for name, value in good.items() if name != left} for left in good]
    return [None, [], *absent, *({**good, name: value} for name, value in _MISFITS)]


# 6: from source to callable


def another(text: str, number: int) -> str:
    """A text that nobody has compiled before, and that gives the same results: the rule with another upper bound."""
    return text.replace("1000", str(1001 + number))


@dataclass(frozen=True)
class CompilingTask(Task):
    """A task that begins with its text, a new one each time. calls: whether it ends with a first result."""

    calls: bool = False

    def work(self, compiler: Compile, text: str, full: bool) -> Work:
        items = self.arguments(full)[0]
        if self.calls:
            return Fresh(lambda new: compiler(new)(items[0]), lambda number: (another(text, number),))
        return Fresh(compiler, lambda number: (another(text, number),), lambda function: each(function, items))

    def right(self, full: bool) -> Any:
        found = super().right(full)
        return found[0] if self.calls else found


@cache
def _numbers(n: int) -> list[int]:
    return list(range(n))


def _one(full: bool) -> int:
    return 1


_ORDER_TYPES: Final = {
    "customer": "string", "age": "int", "items": "int", "total": "float", "discount": "float", "paid": "bool",
    "member": "bool", "address": "map",
}  # fmt: skip

_RULE: Final[dict[str, Any]] = {
    "hand": accept,
    "parameters": ("order",),
    "variables": lambda order: order,
    "types": _ORDER_TYPES,
    "items": True,
    "text": "rule",
}

INTRINSIC: Final = Task(
    "intrinsic",
    count_inside,
    ("n",),
    lambda full: (2_000 if full else 200,),
    lambda full: 2_000 if full else 200,
    "call",
    lambda n: {"numbers": _numbers(n)},
    {"numbers": "list"},
    {"inside": inside},
)
ENTER: Final = Task(
    "enter",
    increment,
    ("n",),
    lambda full: (_numbers(1_000 if full else 10),),
    lambda full: 1_000 if full else 10,
    "call",
    lambda n: {"n": n},
    {"n": "int"},
    items=True,
)
NUMERIC: Final = Task(
    "numeric",
    numeric,
    ("n",),
    lambda full: (2_000 if full else 20,),
    lambda full: 2_000 if full else 20,
    "iteration",
    lambda n: {"numbers": _numbers(n)},
    {"numbers": "list"},
)
SCRAMBLE: Final = Task(
    "scramble",
    scramble,
    ("n", "factor"),
    lambda full: (2_000 if full else 20, 48271),
    lambda full: 2_000 if full else 20,
    "iteration",
    lambda n, factor: {"numbers": _numbers(n), "factor": factor},
    {"numbers": "list", "factor": "int"},
)
FIB: Final = Task(
    "fib",
    fib,
    ("n",),
    lambda full: (15 if full else 5,),
    lambda full: fib_calls(15 if full else 5),
    "call",
    lambda n: {"n": n},
    {"n": "int"},
)
RULE: Final = Task(
    "rule",
    arguments=lambda full: ([order(number) for number in range(200 if full else 16)],),
    size=lambda full: 200 if full else 16,
    unit="record",
    **_RULE,
)
COMPILING: Final = CompilingTask(
    "compiling", arguments=lambda _: ([order(n) for n in range(16)],), size=_one, unit="rule", **_RULE
)
FIRST: Final = CompilingTask("first", arguments=lambda _: ([order(1)],), size=_one, unit="rule", calls=True, **_RULE)

TASKS: Final = {t.name: t for t in (INTRINSIC, ENTER, NUMERIC, SCRAMBLE, FIB, RULE, COMPILING, FIRST)}
"""By name."""
