"""Checks of single files: names, length, docstrings, habits, what nobody may mention.

Each takes a path and the file's text; gives sentences, one a finding, that name the file, the line and the cure.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection

from architecture.house import FORBIDDEN_NAMES, LONGEST_FILE, TOP_LEVEL

# Spelt in pieces, since this file is read by its own check.
_MACHINES = "|".join(["ro" + "ot", "wo" + "rk"])
_TOOLS = "|".join(["cla" + "ude", "anth" + "ropic", "chat" + "gpt", "open" + "ai", "copi" + "lot", "cod" + "ex cli"])
UNSPEAKABLE = re.compile(rf"(?<![\w.~-])/(?:{_MACHINES})/|\b(?:{_TOOLS})\b", re.IGNORECASE)


def check_top_level(names: Collection[str]) -> list[str]:
    """Only the fixed names stand at the top of the repository."""
    return [
        f"{name}: does not belong at the top of the repository. Cure: put it into one of the folders there."
        for name in sorted(set(names) - TOP_LEVEL)
    ]


def check_name(path: str, _source: str = "") -> list[str]:
    """No file or folder of the packages has a name that says nothing."""
    return [
        f"{path}: `{part}` says nothing. Cure: name it after what it does."
        for part in path.removesuffix(".py").split("/")
        if part.strip("_").lower() in FORBIDDEN_NAMES
    ]


def check_length(path: str, source: str) -> list[str]:
    """A file of the packages can be read in one sitting."""
    lines = source.count("\n")
    if lines <= LONGEST_FILE:
        return []
    return [f"{path}: {lines} lines, more than {LONGEST_FILE}. Cure: split it by what it does, never by number."]


def check_docstrings(path: str, source: str) -> list[str]:
    """Public classes and functions, and the file itself, say what they take, give and raise."""
    tree = ast.parse(source, path)
    nodes: list[ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef] = [tree]
    for node in tree.body:
        inner = [*node.body, *node.orelse] if isinstance(node, ast.If) else [node]
        nodes += [n for n in inner if isinstance(n, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)]
    found = []
    for node in nodes:
        name = "the file" if isinstance(node, ast.Module) else f"`{node.name}`"
        line = 1 if isinstance(node, ast.Module) else node.lineno
        if not name.startswith("`_") and not (ast.get_docstring(node) or "").strip():
            found.append(f"{path}:{line}: {name} has no docstring. Cure: say what it takes, gives and raises.")
    return found


def check_habits(path: str, source: str) -> list[str]:
    """No `assert` that `python -O` drops, no note to self, no error swallowed in silence."""
    found = []
    for node in ast.walk(ast.parse(source, path)):
        if isinstance(node, ast.Assert):
            found.append(f"{path}:{node.lineno}: a bare assert. Cure: raise an error of vcvm_core.errors.")
        elif isinstance(node, ast.ExceptHandler) and _catches_all(node) and all(map(_does_nothing, node.body)):
            found.append(
                f"{path}:{node.lineno}: swallows every error in silence. Cure: name the error that is meant, "
                "or make it a result."
            )
    for number, line in enumerate(source.splitlines(), 1):
        if re.search(r"\b(?:TO" + r"DO|FIX" + r"ME|X" + r"XX)\b", line):
            found.append(f"{path}:{number}: a note to self. Cure: do it, or write the doubt to docs/design/decisions/.")
    return found


def check_mentions(path: str, source: str) -> list[str]:
    """Nothing speaks of the machine it was written on, or of the tools it was written with."""
    return [
        f"{path}:{number}: mentions {hit[0]!r}. Cure: leave it out, or use a path that every reader has."
        for number, line in enumerate(source.splitlines(), 1)
        if (hit := UNSPEAKABLE.search(line))
    ]


def _catches_all(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or getattr(handler.type, "id", "") in {"Exception", "BaseException"}


def _does_nothing(step: ast.stmt) -> bool:
    return isinstance(step, ast.Pass) or (isinstance(step, ast.Expr) and isinstance(step.value, ast.Constant))
