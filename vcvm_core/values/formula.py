"""Formulas: what an intrinsic costs and how large its result can get, as functions of its arguments.

Takes text over parameter names, such as ``1 + len(text) // 16`` or ``len(text) * times``; gives a `Formula`, a checked
function from arguments to a number of at least 0. The language:

    integers 0 .. 2**63 - 1        parameter (an int)        x + y   x - y   x * y   x // y
    len(p)          characters, bytes or entries of p; 0 for what has none
    total(p)        the sum of len over the elements of the list p
    count(p, q)     how often the string or bytes q occurs in p, without overlap; len(p) + 1 for an empty q
    min(x, y ...)   max(x, y ...)

The text comes from manifests, which are untrusted: it is parsed, every node is held against this list, and what is
compiled is a new tree with names of our own. A division by zero gives 0. Refuses anything else, and texts over 500
characters.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any, Final

TEXT_LIMIT: Final = 500
NODE_LIMIT: Final = 100


class BadFormula(ValueError):
    """The text is no formula; the message says why."""


def _len(p: Any) -> int:
    return len(p) if type(p) in (str, bytes, list, dict) else 0


def _total(p: Any) -> int:
    return sum(map(_len, p)) if type(p) is list else 0


def _count(p: Any, q: Any) -> int:
    return p.count(q) if type(p) is type(q) and type(p) in (str, bytes) else 0


def _floor(x: int, y: int) -> int:
    return x // y if y else 0


def _int(p: Any) -> int:
    return p if type(p) is int else 0


_FUNCTIONS: Final[dict[str, Callable[..., int]]] = {"len": _len, "total": _total, "count": _count, "min": min, "max": max}
_GLOBALS: Final[dict[str, Any]] = {"__builtins__": {}, "floor": _floor, "number": _int, **_FUNCTIONS}
_ARITY: Final = {"len": 1, "total": 1, "count": 2}


class Formula:
    """A checked formula. `constant` is its value if it has no parameters, else None; call it with the arguments."""

    __slots__ = ("call", "constant", "text")

    def __init__(self, text: str | int, params: Sequence[str]) -> None:
        """Raises BadFormula. params: the names that may be used, in the order of the arguments."""
        if type(text) is int:
            text = str(text) if text >= 0 else ""
        if not isinstance(text, str) or not 0 < len(text) <= TEXT_LIMIT:
            raise BadFormula(f"a formula is a whole number or a text of 1 to {TEXT_LIMIT} characters")
        self.text = text
        try:
            tree = ast.parse(text, mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError) as e:
            raise BadFormula(f"{text!r} is not an expression") from e
        nodes = sum(1 for _ in ast.walk(tree))
        if nodes > NODE_LIMIT:
            raise BadFormula(f"a formula of {nodes} parts is too large, the limit is {NODE_LIMIT}")
        names = {name: f"a{i}" for i, name in enumerate(params)}
        used: set[str] = set()
        body = _number(tree.body, names, used)
        arguments = ast.arguments([], [ast.arg(f"a{i}") for i in range(len(params))], None, [], [], None, [])
        code = ast.fix_missing_locations(ast.Expression(ast.Lambda(arguments, body)))
        function = eval(compile(code, "<formula>", "eval"), dict(_GLOBALS))  # noqa: S307 - a tree of our own making
        self.constant: int | None = None if used else max(0, function(*[0] * len(params)))
        self.call: Callable[..., int] = lambda *args: max(0, function(*args))

    def __call__(self, *args: Any) -> int:
        return self.call(*args) if self.constant is None else self.constant


def _name(node: ast.expr, names: dict[str, str], used: set[str]) -> ast.expr:
    if not isinstance(node, ast.Name):
        raise BadFormula(f"expected a parameter, found {ast.unparse(node)[:40]!r}")
    if node.id not in names:
        raise BadFormula(f"there is no parameter {node.id}")
    used.add(node.id)
    return ast.Name(names[node.id], ast.Load())


def _number(node: ast.expr, names: dict[str, str], used: set[str]) -> ast.expr:
    if isinstance(node, ast.Constant) and type(node.value) is int and node.value < 1 << 63:
        return ast.Constant(node.value)
    if isinstance(node, ast.Name):
        return _call("number", [_name(node, names, used)])
    if isinstance(node, ast.BinOp):
        left, right = _number(node.left, names, used), _number(node.right, names, used)
        if isinstance(node.op, ast.FloorDiv):
            return _call("floor", [left, right])
        if isinstance(node.op, ast.Add | ast.Sub | ast.Mult):
            return ast.BinOp(left, type(node.op)(), right)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        function = node.func.id
        if _ARITY.get(function) == len(node.args):
            return _call(function, [_name(a, names, used) for a in node.args])
        if function in ("min", "max") and len(node.args) >= 2:
            return _call(function, [_number(a, names, used) for a in node.args])
    raise BadFormula(f"{ast.unparse(node)[:40]!r} cannot stand in a formula")


def _call(function: str, args: list[ast.expr]) -> ast.expr:
    return ast.Call(ast.Name(function, ast.Load()), args, [])
