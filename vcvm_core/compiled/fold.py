"""Folding: an intrinsic whose body is one expression becomes that expression where it is called, and so do the formulas
that say what it costs and how large its result gets.

Its input is a Python function, or a formula; its result is the expression, read from the function's own source. It is None
where the expression would not mean the same as the call: the body is more than a docstring and a return, the expression
names anything but its parameters, or the source is not the one that was compiled. So a folded expression captures nothing
of the host's: a global name is looked up again at every call, which only a call can do. Which functions may be folded at
all says Tier._folds.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any, Final, NamedTuple

from vcvm_core.values import Formula, Type

NODES: Final = 60
"""Larger expressions are called."""
_SCOPES: Final = (
    ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.NamedExpr, ast.Await, ast.Yield,
    ast.YieldFrom, ast.Starred, ast.JoinedStr,
)  # fmt: skip
"""Nodes with names of their own, and those that are no expression of values."""


class Folded(NamedTuple):
    """params: in order. body: the expression. names: the functions that a formula names, with the objects; a function's own
    expression names nothing. boolean: it can only be a bool. acts: it calls something, which may change an argument that
    is a container."""

    params: tuple[str, ...]
    body: ast.expr
    names: dict[str, Any]
    boolean: bool
    acts: bool = False


def folded(function: Callable[..., Any], arguments: int) -> Folded | None:
    """The expression of a function that is called with so many arguments, or None."""
    if (
        not isinstance(function, FunctionType)
        or function.__closure__
        or function.__defaults__
        or function.__kwdefaults__
    ):
        return None
    # Here, not above: they are half of what a program without intrinsics would pay for this tier.
    from inspect import getsource
    from textwrap import dedent

    try:
        source = dedent(getsource(function))
        tree = ast.parse(source)
    except (OSError, TypeError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if len(tree.body) != 1 or not isinstance(tree.body[0], ast.FunctionDef):
        return None
    definition = tree.body[0]
    body = definition.body
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    if len(body) != 1 or not isinstance(body[0], ast.Return) or body[0].value is None:
        return None
    if not _same(definition, function):
        return None
    expression = body[0].value
    nodes = list(ast.walk(expression))
    if len(nodes) > NODES or any(isinstance(n, _SCOPES) for n in nodes):
        return None
    a = definition.args
    params = tuple(p.arg for p in (*a.posonlyargs, *a.args))
    if a.vararg or a.kwarg or a.kwonlyargs or len(params) != arguments:
        return None
    if any(isinstance(n, ast.Name) and n.id not in params for n in nodes):
        return None
    acts = any(isinstance(n, ast.Call) for n in nodes)
    return Folded(params, expression, {}, _boolean(expression, params), acts)


def _same(definition: ast.FunctionDef, function: Any) -> bool:
    """Whether the source is that of the code that runs: compiled again, it gives the same instructions."""
    definition.decorator_list.clear()
    definition.returns = None
    for p in (*definition.args.posonlyargs, *definition.args.args):
        p.annotation = None
    try:
        module = compile(ast.Module([definition], []), "<fold>", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    code = next((c for c in module.co_consts if isinstance(c, CodeType)), None)
    ours = function.__code__
    if code is None or any(getattr(code, name) != getattr(ours, name) for name in _PARTS):
        return False
    # 1, 1.0 and True are equal, and so are 0.0 and -0.0.
    return [(type(c), repr(c)) for c in code.co_consts] == [(type(c), repr(c)) for c in ours.co_consts]


_PARTS: Final = (
    "co_code",
    "co_names",
    "co_varnames",
    "co_argcount",
    "co_posonlyargcount",
    "co_kwonlyargcount",
    "co_flags",
)


def _boolean(e: ast.expr, params: tuple[str, ...]) -> bool:
    """Whether an expression over values can only be a bool."""
    if isinstance(e, ast.BoolOp):
        return all(_boolean(part, params) for part in e.values)
    if isinstance(e, ast.UnaryOp):
        return isinstance(e.op, ast.Not)
    if isinstance(e, ast.Compare):
        parts = (e.left, *e.comparators)
        return all(isinstance(p, ast.Constant) or (isinstance(p, ast.Name) and p.id in params) for p in parts)
    return False


class _Typed(ast.NodeTransformer):
    """Formulas ask of a value whether it has a length, or is a number; where its type says so, they need not."""

    def __init__(self, types: tuple[Type, ...]) -> None:
        self.types = types

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        if _floors(node):
            return ast.BinOp(node.args[0], ast.FloorDiv(), node.args[1])
        if not isinstance(node.func, ast.Name) or not isinstance(node.args[0], ast.Name):
            return node
        kind = self.types[int(node.args[0].id[1:])].kind
        if node.func.id == "number" and kind == "int":
            return node.args[0]
        if node.func.id == "len" and kind in _SIZED:
            node.func.id = "size"
        return node


_SIZED: Final = frozenset(("string", "bytes", "list", "map", "record"))


def _floors(node: ast.Call) -> bool:
    """Whether a call divides by a number that is not 0."""
    return (
        isinstance(node.func, ast.Name)
        and node.func.id == "floor"
        and isinstance(node.args[1], ast.Constant)
        and node.args[1].value != 0
    )


def _natural(e: ast.expr) -> bool:
    """Whether a formula cannot be negative."""
    if isinstance(e, ast.Constant):
        return True
    if isinstance(e, ast.BinOp):
        return isinstance(e.op, ast.Add | ast.Mult | ast.FloorDiv) and _natural(e.left) and _natural(e.right)
    if isinstance(e, ast.Call) and isinstance(e.func, ast.Name):
        some = any if e.func.id == "max" else all
        return e.func.id in ("len", "size", "total", "count") or (
            e.func.id in ("min", "max", "floor") and some(_natural(a) for a in e.args)
        )
    return False


def formula(found: Formula, types: tuple[Type, ...]) -> Folded:
    """The expression of a formula over arguments of these types."""
    tree, known = found.tree()
    body = _Typed(types).visit(tree)
    if not _natural(body):
        body = ast.Call(ast.Name("max", ast.Load()), [ast.Constant(0), body], [])
    # A constant may name no parameters at all.
    params = tuple(f"a{i}" for i in range(len(types)))
    names = {n.id for n in ast.walk(body) if isinstance(n, ast.Name)} - set(params)
    return Folded(params, body, {n: len if n == "size" else known[n] for n in names}, False)
