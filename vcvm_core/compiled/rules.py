"""What translated code may write otherwise than the opcode table says it, because it means the same there.

Takes intervals, types and constants that are known of operands; gives meanings, tests and checks as text. Nothing else in
the compiled tier says what an instruction means.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from vcvm_core.compiled.metering import NOTHING, Cost
from vcvm_core.compiled.names import Names
from vcvm_core.compiled.ranges import Interval
from vcvm_core.values import INT_MAX, INT_MIN, Type

LEVELS: Final = 6
"""Parentheses inside each other before an expression gets a name."""
SMALL: Final = (1 << 30) - 1
"""Integers that CPython compares fastest: those up to here are let through without a call of the check."""
ANYWHERE: Final = Interval(INT_MIN << 64, INT_MAX << 64)
"""Where an integer can be before its overflow check, if nothing is known."""
SHORT: Final = 16
"""Characters from which comparing with a constant costs fuel."""


class Turns(NamedTuple):
    """A loop whose turns are counted by a local: each costs `cost`, and it was `first` when the counters were exact."""

    local: str
    first: str
    cost: Cost


class Mark(NamedTuple):
    """Where a line comes from. role: "" an instruction; "host" the call of intrinsic `extern`; "left" where the interpreter
    has taken over; "entry" the check of arguments. owed: not yet taken off the counters there. settled: a function that was
    called has left the counters on the meter."""

    pc: int
    owed: Cost = NOTHING
    role: str = ""
    extern: int = -1
    turns: Turns | None = None
    settled: bool = False


class Value(NamedTuple):
    """A symbolic value: an expression. reads: the variables in it. mutable: whether it looks into a container that may
    change. level: of parentheses; 0 is a name. const: (value,) of a
    constant."""

    text: str
    reads: frozenset[str] = frozenset()
    mutable: bool = False
    level: int = 0
    const: tuple[Any, ...] = ()


FASTER: Final[dict[str, tuple[Callable[..., bool], str]]] = {
    "rem": (lambda a, b: a.lo >= 0 and b.lo > 0, "a % b"),
    "div": (lambda a, b: a.lo >= 0 and b.lo > 0, "a // b"),
    "shl": (lambda a, b: b.lo >= 0 and b.hi <= 63, "a << b"),
    "shr": (lambda a, b: b.lo >= 0 and b.hi <= 63, "a >> b"),
    "getl": (lambda a, i: i.lo >= 0, "a[i] if i < len(a) else at(a, i)"),
    "ats": (lambda a, i: i.lo >= 0, "a[i] if i < len(a) else at(a, i)"),
}
"""For intervals of the operands, a meaning that does the same."""
DIRECT: Final = {
    "getl": "a[i] if 0 <= i < len(a) else at(a, i)",
    "ats": "a[i] if 0 <= i < len(a) else at(a, i)",
    "getm": "a[k]",
    "field": "a[A]",
}
"""Meanings that need no call where all is well. A missing key is told by KeyError: see faults.py."""
INSIDE: Final = frozenset({"lenl", "lenm", "hasm"})
"""Opcodes that look into a container, and neither make nor change anything."""
_TRAPPING: Final = re.compile(
    r"\b(divide|remainder|shift_left|shift_right|float_to_int|at|part|place|member|equal|contains|a\[\w\])(?![\w])"
)
_NAME: Final = re.compile(r"[A-Za-z_]\w*")
_CLASSES: Final = {
    "bool": "bool", "int": "int", "float": "float", "string": "str", "bytes": "bytes", "uuid": "UUID",
    "list": "list", "map": "dict",
}  # fmt: skip
SCALARS: Final = frozenset(("none", "bool", "int", "float", "uuid", "string", "bytes"))
COMPARED: Final = frozenset(("none", "bool", "int", "float", "uuid"))
"""Kinds whose values are compared at once."""


def traps(meaning: str) -> bool:
    """Whether a meaning can trap by itself."""
    return _TRAPPING.search(meaning) is not None


def substitute(meaning: str, given: dict[str, str]) -> str:
    """A meaning with the names of its inputs replaced."""
    return _NAME.sub(lambda m: given.get(m[0], m[0]), meaning)


def nesting(t: Type) -> bool:
    """Whether a value of this type can be a container."""
    return t.kind not in SCALARS and not (t.kind == "option" and t.of.kind in SCALARS)


def plain(t: Type) -> bool:
    """Whether values of this type take no memory that is accounted."""
    return t.kind in COMPARED or (t.kind == "option" and t.of.kind in COMPARED)


def outside(text: str, i: Interval) -> str:
    """The test that an integer has left the 64-bit range, given where it can be; empty if it cannot."""
    tests = [f"{text} > {INT_MAX}"] * (i.hi > INT_MAX) + [f"{text} < {INT_MIN}"] * (i.lo < INT_MIN)
    return " or ".join(tests)


def is_a(t: Type, text: str, names: Names) -> str:
    """The test that a value, which has been checked as a value, is of a type. See values.boundary.test."""
    if t.kind == "none":
        return f"{text} is None"
    if t.kind in _CLASSES:
        return f"type({text}) is {_CLASSES[t.kind]}"
    if t.kind == "option":
        return f"({text} is None or {is_a(t.of, text, names)})"
    return f"{names.test(t)}({text})"


def is_not(t: Type, text: str, names: Names, crossing: bool = False) -> str:
    """The test that a value may not be of a type, and its check must be asked; empty if it always must.

    crossing: it comes from a host by itself, not out of a container.
    """
    if t.kind == "none":
        return f"{text} is not None"
    if t.kind == "int":
        return f"type({text}) is not int or {text} > {SMALL} or {text} < {-SMALL}"
    if t.kind == "string" and crossing:
        return f"type({text}) is not str or not {text}.isascii()"
    if t.kind in _CLASSES:
        return f"type({text}) is not {_CLASSES[t.kind]}"
    if t.kind == "option":
        inner = is_not(t.of, text, names, crossing)
        return f"{text} is not None and ({inner})" if inner else ""
    return ""


def free(name: str, constants: tuple[tuple[Any, ...], ...], types: tuple[Type, ...]) -> bool:
    """Whether an instruction that may charge for the sizes of its operands does not, given the operands that are constant and
    the static types of all."""
    if name in ("eqs", "nes", "lts", "les", "gts", "ges"):
        return any(c and len(c[0]) < SHORT for c in constants)
    if name in ("eq", "ne"):
        return equality(name, ("", ""), constants, types) != ""
    if name in ("getm", "hasm"):
        return bool(constants[1]) and len(constants[1][0]) < SHORT
    if name == "setm":
        return bool(constants[1]) and len(constants[1][0]) < SHORT and not nesting(types[-1])
    if name in ("setl", "appl"):
        return not nesting(types[-1])
    return False


def equality(name: str, texts: tuple[str, str], constants: tuple[tuple[Any, ...], ...], types: tuple[Type, ...]) -> str:
    """Equality on any where it needs no walk through values: of one simple type, or with a constant."""
    a, b = texts
    sign = "==" if name == "eq" else "!="
    if types[0] is types[1] and types[0].kind in COMPARED:
        return f"{a} {sign} {b}"
    if "none" in (types[0].kind, types[1].kind):
        other = b if types[0].kind == "none" else a
        return f"{other} is None" if name == "eq" else f"{other} is not None"
    for at, constant in enumerate(constants):
        kind = _PYTHON.get(type(constant[0])) if constant else None
        if kind is None or (kind in ("str", "bytes") and len(constant[0]) >= SHORT):
            continue
        other = texts[1 - at]
        found = f"type({other}) is {kind} and {other} == {texts[at]}"
        return f"({found})" if name == "eq" else f"not ({found})"
    return ""


_PYTHON: Final = {bool: "bool", int: "int", float: "float", str: "str", bytes: "bytes"}
