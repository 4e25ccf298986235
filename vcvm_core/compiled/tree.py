"""From lines to code: parsed again, held against an allow-list, and only then compiled.

Takes generated text; gives a code object. The text holds names of our own making and numbers; anything else that might have
got into it, by whatever fault, is refused here: an import, an attribute that is not the meter's, a lambda, a string, a name
that does not look generated. After that the constants of the program are put in place of their names, and the expressions
of folded intrinsics, whose source is the pack's, in place of their calls.
"""

from __future__ import annotations

import ast
import copy
import re
from types import CodeType
from typing import Any, Final

from vcvm_core.compiled.fold import Folded
from vcvm_core.compiled.names import METER, SHARED, Names
from vcvm_core.errors import error

_NODES: Final = frozenset((
    ast.Module, ast.FunctionDef, ast.arguments, ast.arg, ast.Return, ast.Assign, ast.AugAssign, ast.While, ast.For, ast.If,
    ast.Break, ast.Continue, ast.Expr, ast.Raise, ast.Try, ast.ExceptHandler, ast.Pass,
    ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Is, ast.IsNot, ast.In, ast.NotIn,
    ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.Invert,
    ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Mod, ast.BitAnd, ast.BitOr, ast.BitXor, ast.LShift, ast.RShift,
    ast.IfExp, ast.Call, ast.Name, ast.Load, ast.Store, ast.Constant, ast.Subscript, ast.Tuple, ast.List, ast.Dict,
    ast.Attribute,
))  # fmt: skip
_LOCAL: Final = re.compile(r"(?:[pqstxy]\d+|[eMdbj]|fuel|calls|meter)\Z", re.ASCII)
"""The variables of generated functions. No name of the scope looks like one: what is assigned can hide nothing."""
_GLOBAL: Final = re.compile(r"(?:[cghikr]\d+|[aefow]\d+_\d+|fail|tight)\Z", re.ASCII)
_METHODS: Final = frozenset({"isascii", "append", "pop"})


def checked(tree: ast.AST) -> None:
    """Hold a tree against the allow-list. Raises InternalError: whatever is wrong with it is our fault."""
    for node in ast.walk(tree):
        if type(node) not in _NODES:
            raise _refused(f"a {type(node).__name__}")
        if isinstance(node, ast.Name) and not _known(node.id, stored=isinstance(node.ctx, ast.Store)):
            raise _refused(f"the name {node.id[:40]!r}")
        if isinstance(node, ast.Constant) and type(node.value) not in (int, bool, type(None)):
            raise _refused(f"a constant that is a {type(node.value).__name__}")
        if isinstance(node, ast.Attribute) and not _attribute(node):
            raise _refused(f"the attribute {node.attr[:40]!r}")
        if isinstance(node, ast.FunctionDef | ast.arg):
            defined = isinstance(node, ast.FunctionDef)
            name = node.name if isinstance(node, ast.FunctionDef) else node.arg
            if not (_GLOBAL if defined else _LOCAL).match(name) or getattr(node, "decorator_list", None):
                raise _refused(f"the name {name[:40]!r}")
        if isinstance(node, ast.ExceptHandler) and node.name != "e":
            raise _refused("a handler with another name")
        if isinstance(node, ast.Call) and (node.keywords or not isinstance(node.func, ast.Name | ast.Attribute)):
            raise _refused("a call of something that has no name")


CONSTANTS: Final = frozenset(Names().constants)


def _known(name: str, stored: bool) -> bool:
    return bool(_LOCAL.match(name)) or (
        not stored and (bool(_GLOBAL.match(name)) or name in SHARED or name in CONSTANTS)
    )


def _attribute(node: ast.Attribute) -> bool:
    if node.attr in METER:
        return (isinstance(node.value, ast.Name) and node.value.id == "M") or node.attr in _METHODS
    return node.attr in _METHODS and isinstance(node.value, ast.Name)


def _refused(what: str) -> Exception:
    return error("internal", reason=f"generated code holds {what}")


class _Filled(ast.NodeTransformer):
    """Puts constants and folded expressions in."""

    def __init__(self, names: Names, folds: dict[str, Folded]) -> None:
        self.names, self.folds = names, folds

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self.names.constants:
            return ast.copy_location(ast.Constant(self.names.constants[node.id]), node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        found = self.folds.get(node.func.id) if isinstance(node.func, ast.Name) else None
        if found is None:
            return node
        given = dict(zip(found.params, node.args, strict=True))
        given |= {n: ast.Name(self.names.bound("g", ("fold", id(o)), o), ast.Load()) for n, o in found.names.items()}
        body: ast.expr = _Given(given).visit(copy.deepcopy(found.body))
        for part in ast.walk(body):
            ast.copy_location(part, node)
        return body


class _Quiet(ast.NodeTransformer):
    """Where a constant stands that Python's compiler would warn about, in the host's name, it becomes a name again."""

    def __init__(self, names: Names) -> None:
        self.names = names

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        if any(isinstance(op, ast.Is | ast.IsNot) for op in node.ops):
            node.left = self.named(node.left)
            node.comparators = [self.named(c) for c in node.comparators]
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        self.generic_visit(node)
        node.value = self.named(node.value, everything=True)
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        node.func = self.named(node.func, everything=True)
        return node

    def named(self, e: ast.expr, everything: bool = False) -> ast.expr:
        if not isinstance(e, ast.Constant) or (type(e.value) in (bool, type(None)) and not everything):
            return e
        name = self.names.bound("g", ("quiet", type(e.value), repr(e.value)), e.value)
        return ast.copy_location(ast.Name(name, ast.Load()), e)


class _Given(ast.NodeTransformer):
    def __init__(self, given: dict[str, Any]) -> None:
        self.given = given

    def visit_Name(self, node: ast.Name) -> ast.expr:
        given: ast.expr = copy.copy(self.given[node.id])
        return given


def code_of(text: str, filename: str, names: Names, folds: dict[str, Folded]) -> CodeType:
    """The code of generated text. Raises InternalError for text that is not of the kind we generate."""
    tree = ast.parse(text)
    checked(tree)
    filled = _Quiet(names).visit(_Filled(names, folds).visit(tree))
    return compile(ast.fix_missing_locations(filled), filename, "exec", dont_inherit=True, optimize=0)
