"""Types from annotations that are syntax, not objects: what `values.signature_of` would say, without importing.

Takes the syntax tree of a module and of one of its functions; gives its `Signature`, or raises BadType with a reason
and the line. Read are the names of `values.ANNOTATIONS` however they were imported, ``list[T]``, ``dict[str, T]``,
``T | None``, ``Optional[T]``, ``tuple[T, U]`` for several results, type variables (``T = TypeVar("T")`` at the top of
the same module, or ``def f[T]``), and any of these as a text.

Refuses what would need the module to run: aliases, names from elsewhere, names that only a type checker imports.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Final

from vcvm_core.values import (
    ANNOTATIONS,
    NONE,
    BadType,
    Param,
    Signature,
    Type,
    list_of,
    map_of,
    option_of,
    parse_type,
)

_LISTS: Final = ("builtins.list", "typing.List")
_MAPS: Final = ("builtins.dict", "typing.Dict")
_TUPLES: Final = ("builtins.tuple", "typing.Tuple")
_HOMES: Final = ("builtins", "typing", "uuid", "types")
"""The modules whose names are in `ANNOTATIONS`."""


class Misread(BadType):
    """An annotation or a parameter is refused; `line` says where."""

    def __init__(self, line: int, reason: object) -> None:
        super().__init__(str(reason))
        self.line = line


class Scope:
    """What the names at the top of a module stand for, as far as its syntax says."""

    def __init__(self, module: ast.Module) -> None:
        self.origins: dict[str, str] = {}
        """Name -> dotted name of what was imported under it; empty for what the module defines itself."""
        self.variables: dict[str, str] = {}
        """Name -> name of the type variable that it is."""
        self._read(module.body)

    def origin(self, node: ast.expr) -> str:
        """The full dotted name of what an expression names; empty if it names nothing that was imported or built in."""
        if isinstance(node, ast.Name):
            return self.origins.get(node.id, f"builtins.{node.id}")
        if isinstance(node, ast.Attribute) and (start := self.origin(node.value)):
            return f"{start}.{node.attr}"
        return ""

    def _read(self, body: Sequence[ast.stmt]) -> None:
        for node in body:
            match node:
                case ast.Import():
                    for alias in node.names:
                        name = alias.asname or alias.name.partition(".")[0]
                        self.origins[name] = alias.name if alias.asname else name
                case ast.ImportFrom():
                    for alias in node.names:
                        self.origins[alias.asname or alias.name] = f"{'.' * node.level}{node.module or ''}.{alias.name}"
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                    self.origins[node.name] = ""
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call):
                    self._assign(name, call)
                case ast.Assign():
                    for target in node.targets:
                        self.origins.update({n.id: "" for n in ast.walk(target) if isinstance(n, ast.Name)})
                case ast.AnnAssign(target=ast.Name(id=name)):
                    self.origins[name] = ""
                case ast.If() if self.origin(node.test) == "typing.TYPE_CHECKING":
                    self._read(node.orelse)
                case ast.If():
                    self._read(node.body)
                    self._read(node.orelse)
                case ast.Try():
                    self._read(node.body)
                    for handler in node.handlers:
                        self._read(handler.body)
                    self._read(node.orelse)

    def _assign(self, name: str, call: ast.Call) -> None:
        match call.args:
            case [ast.Constant(value=str(text))] if self.origin(call.func) == "typing.TypeVar":
                self.variables[name] = text
        self.origins[name] = ""


def read_signature(function: ast.FunctionDef, scope: Scope) -> Signature:
    """The signature that a function's annotations declare. Raises Misread."""
    arguments = function.args
    for refused, what in (
        (arguments.vararg, "takes any number of arguments"),
        (arguments.kwarg, "takes any number of named arguments"),
        (next(iter(arguments.kwonlyargs), None), "is keyword-only"),
    ):
        if refused is not None:
            raise Misread(refused.lineno, f"the parameter {refused.arg} {what}; only positional ones can be passed")
    if arguments.defaults:
        reason = "a parameter has a default value; every argument is always passed"
        raise Misread(arguments.defaults[0].lineno, reason)
    reader = _Annotations(scope, function)
    params = []
    for argument in (*arguments.posonlyargs, *arguments.args):
        if argument.annotation is None:
            raise Misread(argument.lineno, f"the parameter {argument.arg} has no annotation")
        params.append(Param(argument.arg, reader.type(argument.annotation)))
    if function.returns is None:
        raise Misread(function.lineno, "the result has no annotation")
    return Signature(tuple(params), reader.results(function.returns))


class _Annotations:
    """Reads annotations of one function; every method raises Misread."""

    def __init__(self, scope: Scope, function: ast.FunctionDef) -> None:
        self.scope = scope
        self.variables = dict(scope.variables)
        for parameter in getattr(function, "type_params", ()):
            if type(parameter).__name__ != "TypeVar" or parameter.bound is not None:
                raise Misread(function.lineno, "only plain type variables are read, without bounds and stars")
            self.variables[parameter.name] = parameter.name

    def results(self, node: ast.expr) -> tuple[Type, ...]:
        node = self._unquoted(node)
        if isinstance(node, ast.Subscript) and self.scope.origin(node.value) in _TUPLES:
            return tuple(self.type(item) for item in _items(node.slice))
        return (self.type(node),)

    def type(self, node: ast.expr) -> Type:
        node = self._unquoted(node)
        if isinstance(node, ast.Constant) and node.value is None:
            return NONE
        if isinstance(node, ast.Name) and node.id in self.variables:
            return self._variable(node, self.variables[node.id])
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            return self._union(node, [node.left, node.right])
        if isinstance(node, ast.Subscript):
            return self._generic(node, self.scope.origin(node.value), _items(node.slice))
        home, _, name = self.scope.origin(node).rpartition(".")
        if home in _HOMES and name in ANNOTATIONS:
            return ANNOTATIONS[name]
        raise self._refusal(node)

    def _generic(self, node: ast.Subscript, origin: str, items: list[ast.expr]) -> Type:
        if origin in _LISTS and len(items) == 1:
            return list_of(self.type(items[0]))
        if origin in _MAPS and len(items) == 2 and self.type(items[0]) is ANNOTATIONS["str"]:
            return map_of(self.type(items[1]))
        if origin == "typing.Optional" and len(items) == 1:
            return option_of(self.type(items[0]))
        if origin == "typing.Union":
            return self._union(node, items)
        raise self._refusal(node)

    def _union(self, node: ast.expr, members: list[ast.expr]) -> Type:
        types = {self.type(m) for m in members}
        rest = types - {NONE}
        if len(rest) > 1:
            # (T | None) | None: the inner union is an option already.
            rest = {t.of if t.kind == "option" else t for t in rest}
        if len(rest) != 1:
            raise self._refusal(node)
        (one,) = rest
        return option_of(one) if len(types) > 1 else one

    def _variable(self, node: ast.expr, name: str) -> Type:
        try:
            found = parse_type(name)
        except BadType:
            found = NONE
        if found.kind != "var":
            raise Misread(node.lineno, f"a type variable is named by one capital letter, not {name}")
        return found

    def _unquoted(self, node: ast.expr) -> ast.expr:
        """`node`, or the expression that its text spells."""
        if not (isinstance(node, ast.Constant) and type(node.value) is str):
            return node
        try:
            inner = ast.parse(node.value.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as e:
            raise self._refusal(node) from e
        for part in ast.walk(inner):
            ast.copy_location(part, node)
        return inner

    def _refusal(self, node: ast.expr) -> Misread:
        text = ast.unparse(node)
        return Misread(node.lineno, f"{text} has no type here; use int, float, bool, str, bytes, UUID, list, dict, Any")


def _items(node: ast.expr) -> list[ast.expr]:
    return list(node.elts) if isinstance(node, ast.Tuple) else [node]
