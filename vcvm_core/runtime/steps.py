"""Steps: what the interpreter does for one straight-line instruction, made from its row of the table.

Takes a row; gives a maker of closures `step(S, L, M)`, where S is the operand stack, L the locals and M the machine. The
text of a maker comes from the row's columns alone (picture, meaning, charge ...), so that the table is what runs; no
text of a program enters it. What changes the flow is not here: see interp.py.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final

from vcvm_core.isa import Op, picture
from vcvm_core.values import INT_MAX, INT_MIN, Type, arith, check, test

Step = Callable[[list[Any], list[Any], Any], None]
Maker = Callable[[Any, Any], Step]

_NAMES: Final[dict[str, Any]] = {
    name: getattr(arith, name)
    for name in (
        "at", "compared", "contains", "divide", "divide_float", "equal", "float_to_int", "member", "overflow", "part",
        "place", "remainder", "shift_left", "shift_right", "weight",
    )
} | {
    "INT_MIN": INT_MIN, "INT_MAX": INT_MAX, "is_a": lambda value, t: test(t)(value), "cast": lambda value, t: check(t)(value),
    "len": len, "min": min, "max": max, "float": float, "iter": iter, "tuple": tuple,
}  # fmt: skip
"""What meanings may use: the same names for every tier. No builtins besides these."""


def source(row: Op) -> str:
    """The text of a row's maker, for `vcvm`'s own documentation and for reading along."""
    inputs, outputs = picture(row)
    names = [name for name, _ in inputs]
    body = []
    result = row.meaning
    # One input or output that stays in place costs no pop and append.
    replaces = bool(names) and len(outputs) == 1
    for name in reversed(names[1:] if replaces else names):
        body.append(f"{name} = S.pop()")
    if replaces:
        body.append(f"{names[0]} = S[-1]")
    for column, method in ((row.charge, "charge"), (row.size, "sized"), (row.entries, "grown")):
        if column:
            text = column.replace("fuel", "M.fuel").replace("depth", "M.depth")
            body.append(f"M.{method}({text})")
    if row.nests:
        body.append(f"M.nest({row.nests})")
    result = result.replace("depth", "M.depth")
    if not outputs:
        body.append(result)
    elif len(outputs) > 1:
        body.extend(f"S.append({part.strip()})" for part in result.split(","))
    else:
        if row.taken:
            result = f"check({result})"
        if row.ranged:
            body.append(f"r = {result}")
            body.append(f"if not INT_MIN <= r <= INT_MAX: raise overflow({row.name!r})")
            result = "r"
        body.append(f"S[-1] = {result}" if replaces else f"S.append({result})")
    lines = "\n".join(f"        {line}" for line in body)
    return f"def make(A, check):\n    def {row.name}_(S, L, M):\n{lines}\n    return {row.name}_\n"


@cache
def maker(row: Op) -> Maker:
    """The maker of a row's steps: called with operand A, already looked up, and the check of what is taken."""
    scope: dict[str, Any] = {"__builtins__": {}, **_NAMES}
    exec(compile(source(row), f"<opcode {row.name}>", "exec"), scope)  # noqa: S102 - text of the table only
    made: Maker = scope["make"]
    return made


def packl(count: int) -> Step:
    """The step of `packl` for so many values."""

    def step(S: list[Any], L: list[Any], M: Any) -> None:
        M.grown(count)
        M.charge(count)
        values = S[len(S) - count :]
        for value in values:
            M.nest(value)
        S[len(S) - count :] = [values]

    return step


def packr(t: Type) -> Step:
    """The step of `packr` for a record type."""
    names = tuple(t.fields)
    count = len(names)

    def step(S: list[Any], L: list[Any], M: Any) -> None:
        M.charge(count)
        values = S[len(S) - count :]
        for value in values:
            M.nest(value)
        S[len(S) - count :] = [dict(zip(names, values, strict=True))]

    return step
