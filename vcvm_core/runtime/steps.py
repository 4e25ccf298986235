"""Steps: what the interpreter does for one straight-line instruction, made from its row of the table.

Takes a row; gives closures `step(S, L, M)`, where S is the operand stack, L the locals and M the machine. Their text
comes from the row's columns alone (picture, meaning, charge ...), so that the table is what runs; no text of a program
enters it. What changes the flow is not here: see interp.py.

An input need not come from the stack, nor a result go there: where a `get` or a constant stands right before an
instruction, or a `set` right behind it, the step takes the one and stores into the other directly (see `Shape`). These
moves cannot fail, so such a step has one place where it can trap: the instruction itself.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final, NamedTuple

from vcvm_core.isa import Op, picture
from vcvm_core.values import ENTRY, INT_MAX, INT_MIN, KEY, LIST, MAP, SLOT, TEXT, Check, Type, arith

Step = Callable[[list[Any], list[Any], Any], None]

NAMES: Final[dict[str, Any]] = {
    name: getattr(arith, name)
    for name in (
        "at", "compared", "contains", "divide", "divide_float", "drop", "dropping", "equal", "float_to_int", "member",
        "nested", "overflow", "part", "place", "remainder", "shift_left", "shift_right", "weight",
    )
} | {
    "INT_MIN": INT_MIN, "INT_MAX": INT_MAX,
    "ENTRY": ENTRY, "KEY": KEY, "LIST": LIST, "MAP": MAP, "SLOT": SLOT, "TEXT": TEXT,
    "len": len, "min": min, "max": max, "float": float, "iter": iter, "tuple": tuple,
}  # fmt: skip
"""What meanings may use: the same names for every tier. No builtins besides these."""


class Shape(NamedTuple):
    """Where a step's inputs come from, one letter each: S the stack, L a local, K a constant; and whether its result goes
    into a local instead of onto the stack."""

    inputs: str
    stores: bool


def source(row: Op, shape: Shape) -> str:
    """The text of a row's maker for a shape, for reading along."""
    inputs, outputs = picture(row)
    names = [name for name, _ in inputs]
    pairs = list(zip(names, shape.inputs, strict=True))
    # One input from the stack whose place the result takes costs no pop and append.
    replaces = shape.inputs.startswith("S") and len(outputs) == 1 and not shape.stores
    body = [f"{name} = S.pop()" for name, kind in reversed(pairs[1:] if replaces else pairs) if kind == "S"]
    if replaces:
        body.append(f"{names[0]} = S[-1]")
    body += [
        f"{name} = L[x{i}]" if kind == "L" else f"{name} = x{i}" for i, (name, kind) in enumerate(pairs) if kind != "S"
    ]
    columns = ((row.charge, "charge"), (row.size, "sized"), (row.entries, "grown"), (row.memory, "allot"))
    for column, method in columns:
        if column:
            body.append(f"M.{method}({column.replace('fuel', 'M.fuel_left').replace('depth', 'M.depth')})")
    result = row.meaning.replace("depth", "M.depth")
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
        body.append(f"L[to] = {result}" if shape.stores else f"S[-1] = {result}" if replaces else f"S.append({result})")
    lines = "\n".join(f"        {line}" for line in body)
    return f"def make(A, check, to, x0, x1, x2):\n    def {row.name}_(S, L, M):\n{lines}\n    return {row.name}_\n"


@cache
def _maker(row: Op, shape: Shape) -> Callable[..., Step]:
    scope: dict[str, Any] = {"__builtins__": {}, **NAMES}
    exec(compile(source(row, shape), f"<opcode {row.name}>", "exec"), scope)  # noqa: S102 - text of the table only
    made: Callable[..., Step] = scope["make"]
    return made


def make(
    row: Op, operand: Any, admit: Check | None, shape: Shape | None = None, to: int = 0, sources: tuple[Any, ...] = ()
) -> Step:
    """The step of an instruction.

    operand: A, looked up. admit: the check of what is taken. shape: all on the stack if None. to: the local that the
    result goes into. sources: for each input that is not on the stack, the local's index or the constant.
    """
    count = len(picture(row).inputs)
    made = _maker(row, shape or Shape("S" * count, False))
    padded = (None,) * (count - len(sources)) + sources + (None,) * (3 - count)
    return made(operand, admit, to, *padded)


def packl(count: int) -> Step:
    """The step of `packl` for so many values."""

    def step(S: list[Any], L: list[Any], M: Any) -> None:
        values = S[len(S) - count :]
        left, depth = M.fuel_left, M.depth
        M.charge(count + sum(arith.nested(value, left, depth) for value in values))
        M.grown(count)
        M.allot(LIST + ENTRY * count)
        S[len(S) - count :] = [values]

    return step


def packr(t: Type) -> Step:
    """The step of `packr` for a record type."""
    names = tuple(t.fields)
    count = len(names)

    def step(S: list[Any], L: list[Any], M: Any) -> None:
        values = S[len(S) - count :]
        left, depth = M.fuel_left, M.depth
        M.charge(count + sum(arith.nested(value, left, depth) for value in values))
        M.allot(MAP + KEY * count)
        S[len(S) - count :] = [dict(zip(names, values, strict=True))]

    return step
