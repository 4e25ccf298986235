"""Programs of every shape that a translator may choke on, in any size.

Gives `SHAPES`: for each name, a function from a number of instructions to the code of main, `() -> int`, whose locals
are given in `shape`. They are sound, and end by themselves unless they loop.
"""

from __future__ import annotations

from collections.abc import Callable

from corpus.forge import module
from vcvm_core.bytecode import Module

FIRST = "push 5; set 0; "


def _straight(n: int) -> str:
    return FIRST + "get 0; push 1; addi; set 0; " * (n // 4) + "get 0; ret"


def _expression(n: int) -> str:
    return FIRST + "get 0; " + "push 1; addi; " * (n // 2) + "ret"


def _high_stack(n: int) -> str:
    high = min(1_000, n // 2)
    return FIRST + ("get 0; " * high + "xori; " * (high - 1) + "set 0; ") * (n // (2 * high)) + "get 0; ret"


def _branches(n: int) -> str:
    """A diamond after another."""
    return (
        FIRST
        + "".join(f"get 0; push {i % 7}; gti; jt {2 + 6 * (i + 1)}; nop; nop; " for i in range(n // 6))
        + "get 0; ret"
    )


def _inside(n: int) -> str:
    """Branches inside each other: each leaves to the end."""
    count = n // 4
    return FIRST + "".join(f"get 0; push {6 + i}; gti; jt {2 + 4 * count}; " for i in range(count)) + "get 0; ret"


def _chain(n: int) -> str:
    """A switch: a case after another."""
    return (
        FIRST
        + "".join(f"get 0; push {i + 9}; eqi; jf {2 + 6 * (i + 1)}; push {i}; ret; " for i in range(n // 6))
        + "get 0; ret"
    )


def _loops(n: int) -> str:
    """A loop after another, each of one turn."""
    count = n // 8
    turn = "".join(f"get 0; push 1; subi; set 0; get 0; push 99; gti; jt {2 + 8 * i}; " for i in range(count))
    return FIRST + turn + "get 0; ret"


def _nested(n: int) -> str:
    """Loops inside each other."""
    count = n // 9
    turn = "".join(f"get 0; push 1; subi; set 0; get 0; push 99; gti; jt {2 + count - 1 - i}; " for i in range(count))
    return FIRST + "nop; " * count + turn + "get 0; ret"


def _one_header(n: int) -> str:
    """Every block may go back to the first."""
    return FIRST + "".join(f"get 0; push {100 + i}; eqi; jt 2; " for i in range(n // 4)) + "get 0; ret"


def _irreducible(n: int) -> str:
    """Every block may go to any other, into the middle of any loop."""
    count = n // 4
    return (
        FIRST
        + "".join(f"get 0; push {100 + i}; eqi; jt {2 + 4 * ((i * 7_919 + 13) % count)}; " for i in range(count))
        + "get 0; ret"
    )


def _backwards(n: int) -> str:
    """The blocks stand in the order opposite to that in which they run."""
    count = n // 5
    blocks = "".join(
        f"get 0; push {i % 9}; set 0; pop; j {2 + 1 + 5 * (i - 1) if i else 2 + 1 + 5 * count}; " for i in range(count)
    )
    return FIRST + f"j {2 + 1 + 5 * (count - 1)}; " + blocks + "get 0; ret"


def _calls(n: int) -> str:
    return FIRST + "get 0; call 1; set 0; " * (n // 3) + "get 0; ret"


def _texts(n: int) -> str:
    return FIRST + "loadk 0; set 1; " + "get 1; loadk 0; cats; pop; " * (n // 4) + "get 0; ret"


def _appended(n: int) -> str:
    return FIRST + "newl 0; set 2; " + "get 2; get 0; appl; " * (n // 3) + "get 0; ret"


def _fields(n: int) -> str:
    return (
        FIRST
        + "newm 0; set 3; get 3; loadk 0; push 1; setm; "
        + "get 3; loadk 0; getm; set 0; " * (n // 4)
        + "get 0; ret"
    )


def _compared(n: int) -> str:
    return FIRST + "get 0; widen 1; set 4; " + "get 4; get 4; eq; pop; " * (n // 4) + "get 0; ret"


def _locals(n: int) -> str:
    turn = "".join(f"get {5 + i % 900}; push 1; addi; set {5 + (i + 1) % 900}; " for i in range(n // 4))
    return FIRST + "".join(f"push 1; set {5 + i}; " for i in range(900)) + turn + "get 5; ret"


def _texts_on_a_stack(n: int) -> str:
    """Texts are joined, while 900 values lie on the stack."""
    return (
        FIRST + "loadk 0; set 1; " + "get 0; " * 900 + "get 1; loadk 0; cats; pop; " * (n // 4) + "xori; " * 899 + "ret"
    )


SHAPES: dict[str, Callable[[int], str]] = {
    name[1:].replace("_", " "): made for name, made in list(globals().items())
    if callable(made) and name.startswith("_") and not name.startswith("__") and made.__module__ == __name__
}  # fmt: skip


def shape(name: str, size: int) -> Module:
    """A program of a shape, with about so many instructions."""
    slots = "; ".join(["int", "string", "mut list<int>", "mut map<int>", "any", *["int"] * 900])
    code = [(SHAPES[name](size), "() -> int", slots), ("get 0; ret", "(int) -> int", "")]
    return module(code, constants=["x"], types=["int", "any"])
