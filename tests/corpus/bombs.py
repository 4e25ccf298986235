"""What a program that never has enough is made of: the record of a row, and texts of loops that never end.

Takes statements; gives texts of programs, which whoever runs them assembles with the standard pack. The rows are in
bomb_rows.py, those of the threat model's table, and in bomb_rows_beyond.py, those that were found since.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Bomb(NamedTuple):
    """id, kind of the error expected ("" for a result), text, the arguments of main, what it tries."""

    id: str
    kind: str
    text: str
    note: str
    given: Callable[[], list[Any]] = list
    strict: str = "fuel"
    """How it ends with the strict limits."""


def main(body: str, head: str = "()", locals_: str = "", externs: str = "") -> str:
    """The text of a program. In bodies and locals, statements stand between semicolons."""
    lines = [f"extern {name}" for name in externs.split()]
    lines.append(f"func main{head}")
    lines += [f"local {line.strip()}" for line in locals_.split(";") if line.strip()]
    lines += [line.strip() for line in body.split(";") if line.strip()]
    return "\n".join([*lines, "end", ""])


def forever(body: str, head: str = "()", locals_: str = "", externs: str = "", before: str = "") -> str:
    """A loop without end around a body that leaves a boolean, which keeps the work from being left out."""
    return main(f"{before}; .more:; {body}; jt .more; j .more", head, locals_, externs)


def doubled(local: str, times: int, join: str = "cats") -> str:
    """Join a local with itself so many times; the local $n counts."""
    return (
        f"push {times}; set $n; .d{local}:; get ${local}; get ${local}; {join}; set ${local}; "
        f"get $n; push 1; subi; set $n; if $n gt 0 .d{local}"
    )


SIXTEEN = '"0123456789abcdef"'
WIDE = '"é123456789abcdef"'
FIELDS = ", ".join(f"{a}{b}: int" for a in "abcdefghijklmnopqrst" for b in "abcdefghijklmnopqrst")


def record() -> list[Any]:
    return [{a + b: 1 for a in "abcdefghijklmnopqrst" for b in "abcdefghijklmnopqrst"}]


def keys(count: int) -> Callable[[], list[Any]]:
    return lambda: [[f"k{i}" for i in range(count)]]


def ints(count: int) -> Callable[[], list[Any]]:
    return lambda: [list(range(count))]


def twice(make: Callable[[], Any]) -> Callable[[], list[Any]]:
    return lambda: [make(), make()]


FILL = "newm int; set $m; get $k; iterl; .fill:; next .filled; get $m; swap; push 1; setm; j .fill; .filled:"
EMPTY = "get $k; iterl; .empty:; next .emptied; get $m; swap; delm; j .empty; .emptied:"
OUTWARD = (
    "newl any; dup; set $top; set $in; push 1000; set $n; .deeper:; newl any; set $new; get $in; get $new; widen any; "
    "appl; get $new; set $in; get $n; push 1; subi; set $n; if $n gt 0 .deeper"
)
LISTS = "$top: mut list<any>; $in: mut list<any>; $new: mut list<any>; $n: int"
SHARED = (
    "newl any; set $l; get $l; push 1; widen any; appl; push 40; set $n; .double:; get $l; widen any; dup; "
    "packl any 2; set $l; get $n; push 1; subi; set $n; if $n gt 0 .double"
)


def wide_frames(locals_: int) -> str:
    """Recursion with many locals and a full stack in each function."""
    lines = ["func main($n: int)"] + [f"local $x{i}: int = {i}" for i in range(locals_)]
    lines += [f"get $x{i}" for i in range(500)] + ["push 1", "call main"] + ["pop"] * 500 + ["ret", "end", ""]
    return "\n".join(lines)
