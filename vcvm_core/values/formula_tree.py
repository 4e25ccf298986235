"""Formulas that are more than a number: from text to a Python function.

Takes the text and the names of the parameters; gives a function of the arguments. The text is parsed with Python's own
parser, every node is held against the language of formula.py, and what is compiled is a new tree with names of our own.
A file of its own, because the import of `ast` is dear and most intrinsics cost a plain number.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any, Final

from vcvm_core.values.formula import BadFormula

NODE_LIMIT: Final = 100


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


_FUNCTIONS: Final[dict[str, Callable[..., int]]] = {
    "len": _len,
    "total": _total,
    "count": _count,
    "min": min,
    "max": max,
}
GLOBALS: Final[dict[str, Any]] = {"__builtins__": {}, "floor": _floor, "number": _int, **_FUNCTIONS}
_ARITY: Final = {"len": 1, "total": 1, "count": 2}


def parsed(text: str, params: Sequence[str]) -> tuple[ast.expr, set[str]]:
    """The tree of a formula, its parameters named a0, a1 ..., and those that it uses. Raises BadFormula."""
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as e:
        raise BadFormula(f"{text!r} is not an expression") from e
    nodes = sum(1 for _ in ast.walk(tree))
    if nodes > NODE_LIMIT:
        raise BadFormula(f"a formula of {nodes} parts is too large, the limit is {NODE_LIMIT}")
    used: set[str] = set()
    return _number(tree.body, {name: f"a{i}" for i, name in enumerate(params)}, used), used


def compiled(text: str, params: Sequence[str]) -> tuple[Callable[..., int], bool]:
    """The function of a formula, never below 0, and whether it uses a parameter. Raises BadFormula."""
    body, used = parsed(text, params)
    arguments = ast.arguments([], [ast.arg(f"a{i}") for i in range(len(params))], None, [], [], None, [])
    lambda_ = ast.Lambda(arguments, _call("max", [ast.Constant(0), body]))
    code = compile(ast.fix_missing_locations(ast.Expression(lambda_)), "<formula>", "eval")
    function: Callable[..., int] = eval(code, dict(GLOBALS))  # noqa: S307 - a tree of our own making
    return function, bool(used)


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
