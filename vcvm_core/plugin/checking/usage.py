"""What the functions of a pack use, as far as their syntax says: a small look, for hints about effects.

Takes the source files of a pack; gives, for each of its functions, the dotted names that it reaches: those in its own body,
and in the functions and module-level values of the pack that it names, directly or through others. A name that a function
assigns or takes as a parameter is its own. Refuses nothing; what is computed (getattr, tables of functions) is not seen.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from vcvm_core.plugin.annotations import Scope
from vcvm_core.plugin.extract import DECORATORS, Source

_UNPARSABLE: Final = (SyntaxError, ValueError, RecursionError, MemoryError)


class Use(NamedTuple):
    """A dotted name, and where it is used."""

    name: str
    file: str
    line: int


@dataclass
class Module:
    """One file of a pack: what stands at its top."""

    source: Source
    file: str
    scope: Scope
    functions: dict[str, ast.FunctionDef] = field(default_factory=dict)
    values: dict[str, ast.expr] = field(default_factory=dict)

    def absolute(self, name: str) -> str:
        """A dotted name with the dots at its start taken away."""
        level = len(name) - len(name.lstrip("."))
        if not level:
            return name
        parts = self.source.module.split(".")
        if not self.source.path.endswith("/__init__.py"):
            parts = parts[:-1]
        above = parts[: len(parts) - level + 1]
        return ".".join([*above, name.lstrip(".")])


class Modules:
    """All files of a pack, by the dotted name under which Python imports them."""

    def __init__(self, sources: Sequence[Source], root: str) -> None:
        self.modules: dict[str, Module] = {}
        for source in sources:
            if not source.path.endswith(".py"):
                continue
            file = source.path if root == "." else f"{root}/{source.path}"
            try:
                tree = ast.parse(source.text, file)
            except _UNPARSABLE:
                # Whoever makes the manifest reports it.
                continue
            module = Module(source, file, Scope(tree))
            for node in tree.body:
                match node:
                    case ast.FunctionDef():
                        module.functions[node.name] = node
                    case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)) if (
                        node.value
                    ):
                        module.values[name] = node.value
            self.modules[source.module] = module

    def function(self, target: str) -> tuple[Module, ast.FunctionDef] | None:
        """The function of a target ``module:name``, None if it is not there."""
        name, _, function = target.partition(":")
        module = self.modules.get(name)
        found = module.functions.get(function) if module is not None else None
        return None if module is None or found is None else (module, found)

    def declaration(self, target: str) -> ast.expr | None:
        """The decorator of a target's function."""
        found = self.function(target)
        for decorator in found[1].decorator_list if found else ():
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            if found is not None and found[0].scope.origin(called) in DECORATORS:
                return decorator
        return None

    def uses(self, target: str) -> Iterator[Use]:
        """The names from outside the pack that a target's function reaches."""
        found = self.function(target)
        waiting: list[tuple[Module, ast.AST]] = [found] if found else []
        seen: set[int] = set()
        while waiting:
            module, node = waiting.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            for name, line in _names(module, node):
                inner = self._of_pack(module, name)
                if inner is None:
                    yield Use(name, module.file, line)
                else:
                    waiting += inner

    def _of_pack(self, module: Module, name: str) -> list[tuple[Module, ast.AST]] | None:
        """What a dotted name stands for in the pack's own files; None if it is from elsewhere."""
        if ":" not in name:
            home, _, last = name.rpartition(".")
            if home not in self.modules:
                return None if name.partition(".")[0] not in self.modules else []
            module, name = self.modules[home], f":{last}"
        own = name[1:]
        nodes: list[ast.AST | None] = [module.functions.get(own), module.values.get(own)]
        return [(module, n) for n in nodes if n is not None]


def _names(module: Module, node: ast.AST) -> Iterator[tuple[str, int]]:
    """The dotted names in a function or a value, with lines; ``:name`` for what the module itself defines."""
    own: set[str] = set()
    scope = module.scope
    body: list[ast.AST] = [node]
    if isinstance(node, ast.FunctionDef):
        # Annotations and decorators are not run by a call.
        body = list(node.body)
        imported = [n for n in ast.walk(node) if isinstance(n, ast.Import | ast.ImportFrom)]
        inner = Scope(ast.Module(list(imported), []))
        scope = Scope(ast.Module([], []))
        scope.origins.update(module.scope.origins)
        scope.origins.update(inner.origins)
        own = {a.arg for a in ast.walk(node) if isinstance(a, ast.arg)}
        own |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    waiting = body
    while waiting:
        part = waiting.pop()
        if isinstance(part, ast.Name | ast.Attribute):
            first: ast.expr = part
            while isinstance(first, ast.Attribute):
                first = first.value
            if isinstance(first, ast.Name):
                if first.id not in own:
                    origin = scope.origin(part)
                    if origin:
                        yield module.absolute(origin), part.lineno
                    elif scope.origins.get(first.id) == "":
                        yield f":{first.id}", part.lineno
                continue
        waiting.extend(ast.iter_child_nodes(part))
