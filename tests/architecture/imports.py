"""Checks of who imports whom: layers, doors, addresses of outside libraries.

Each takes a path and the file's text, and what else it must know as a plain value; gives sentences, one a finding, that
name the file, the line and the cure. Every import counts: at the top, inside a function, under `TYPE_CHECKING`, and by
`import_module("...")` with a literal.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from architecture.house import ADDRESSES, LAYERS, PACK_DOORS

CORE = "vcvm_core"
LEVEL = {unit: level for level, line in enumerate(LAYERS) for unit in line}


class Import(NamedTuple):
    """One imported thing: `module` is absolute, `name` is what is taken out of it, None for the module itself."""

    line: int
    module: str
    name: str | None


def imports(path: str, source: str) -> Iterator[Import]:
    """Every import of a file, relative ones made absolute."""
    package = path.removesuffix(".py").split("/")[:-1]
    if package[:1] == ["plugins"]:
        package = package[3:]
    for node in ast.walk(ast.parse(source, path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(node.lineno, alias.name, None)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                yield Import(node.lineno, module, alias.name)
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in {"import_module", "__import__"} and isinstance(node.args[0].value, str):
                yield Import(node.lineno, node.args[0].value, None)


def unit_of(path: str) -> str:
    """The row of the layer table that a file of vcvm_core belongs to: its folder's name, or its own."""
    return path.split("/")[1].removesuffix(".py")


def door_names(source: str) -> set[str]:
    """The names that a door gives out: what it imports and assigns, its `__all__`, the keys of its lazy tables."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names.update(alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names.update(target.id for target in targets if isinstance(target, ast.Name))
            if isinstance(node.value, ast.Dict | ast.List | ast.Tuple | ast.Set):
                parts = node.value.keys if isinstance(node.value, ast.Dict) else node.value.elts
                names.update(p.value for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, str))
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
    return names


def check_layers(path: str, source: str, doors: Mapping[str, Collection[str]]) -> list[str]:
    """A file of vcvm_core imports from lower layers only, by their doors. `doors`: folder -> names it gives out."""
    unit = unit_of(path)
    if unit not in LEVEL:
        return [
            f"{path}: `{unit}` has no place in the layer table. Cure: give it a line in tests/architecture/house.py."
        ]
    found = []
    for line, module, name in imports(path, source):
        parts = module.split(".")
        if parts[0] == "vcvm_stdlib":
            found.append(f"{path}:{line}: the core imports the standard pack. Cure: it enters by its entry point only.")
        if parts[0] != CORE:
            continue
        if parts == [CORE] and name in LEVEL:
            parts, name = [CORE, name], None
        target = parts[1] if len(parts) > 1 else "__init__"
        if target == unit:
            continue
        if target not in LEVEL:
            found.append(f"{path}:{line}: imports {module}, which has no place in the layer table (house.py).")
        elif LEVEL[target] >= LEVEL[unit]:
            relation = "a sibling" if LEVEL[target] == LEVEL[unit] else "a higher layer"
            found.append(
                f"{path}:{line}: `{unit}` imports `{target}`, {relation}. Cure: move what both need to a lower layer, "
                "or pass it in as an argument."
            )
        elif len(parts) > 2:
            found.append(
                f"{path}:{line}: reaches into {module}. Cure: `from {CORE}.{target} import ...`, re-exported there."
            )
        elif name is not None and target in doors and name not in doors[target]:
            found.append(
                f"{path}:{line}: `{name}` is not at the door of {module}. Cure: re-export it in "
                f"{CORE}/{target}/__init__.py, not import the file behind it."
            )
    return found


def check_pack(path: str, source: str) -> list[str]:
    """A file of a pack uses nothing of vcvm but the public doors."""
    found = []
    for line, module, name in imports(path, source):
        if module.split(".")[0] != CORE or module in PACK_DOORS:
            continue
        if module == CORE and f"{CORE}.{name}" in PACK_DOORS:
            continue
        found.append(f"{path}:{line}: a pack imports {module}. Cure: a pack uses {' and '.join(PACK_DOORS)} only.")
    return found


def check_addresses(path: str, source: str, own: Collection[str] = ()) -> list[str]:
    """Outside libraries are imported at their address only. `own`: a plugin's package and declared dependencies."""
    found = []
    for line, module, _ in imports(path, source):
        top = module.split(".")[0]
        if top in sys.stdlib_module_names or top in {CORE, "vcvm_stdlib", *own}:
            continue
        addresses = () if path.startswith("plugins/") else ADDRESSES.get(top, ())
        if not path.startswith(addresses):
            where = f"only inside {', '.join(addresses)}" if addresses else "nowhere here"
            found.append(
                f"{path}:{line}: imports {top}, which may be imported {where}. Cure: ask the layer that owns it."
            )
    return found


def check_door(path: str, source: str) -> list[str]:
    """An `__init__.py` of vcvm_core holds a docstring, imports, and what lazy imports need; nothing else."""
    tree = ast.parse(source, path)
    found = []
    if not (ast.get_docstring(tree) or "").strip():
        found.append(f"{path}:1: no docstring. Cure: say in a sentence or two what comes in here and what goes out.")
    for number, node in enumerate(tree.body):
        if not (number == 0 and _is_text(node)) and not _belongs_in_door(node):
            found.append(
                f"{path}:{node.lineno}: a door holds code. Cure: move it to a file of this folder, re-export it."
            )
    return found


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _belongs_in_door(node: ast.stmt) -> bool:
    match node:
        case ast.Import() | ast.ImportFrom():
            return True
        case ast.FunctionDef(name="__getattr__" | "__dir__"):
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING"), orelse=[]):
            return all(isinstance(inner, ast.Import | ast.ImportFrom) for inner in node.body)
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)) if node.value:
            return name == "__all__" or (name.startswith("_") and _is_literal(node.value))
    return False


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except ValueError:
        return False
    return True
