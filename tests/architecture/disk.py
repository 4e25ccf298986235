"""Checks of who opens files and who writes to standard output: one file of vcvm_core for each, and a few with a reason.

Each takes a path and the file's text; gives sentences, one a finding, that name the file, the line and the cure.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from architecture.house import FILES, OUTPUT

CHANGES = {
    "mkdir",
    "makedirs",
    "rename",
    "replace",
    "unlink",
    "remove",
    "rmtree",
    "mkstemp",
    "NamedTemporaryFile",
    "truncate",
}
"""What changes a folder, as functions of os, shutil and tempfile, and as methods of Path."""

MODULES = {"os", "shutil", "tempfile"}
ALLOWED = {"makedirs"}
METHODS = {"write_bytes", "write_text", "read_bytes"}


def check_files(path: str, source: str) -> list[str]:
    """Files are read by `files.read_file` and written by `files.write_file`, which know what users expect of both."""
    if not path.startswith("vcvm_core/") or path in FILES:
        return []
    return [
        f"{path}:{line}: {what} here. Cure: vcvm_core.files reads and writes files."
        for line, what in _touching(ast.parse(source, path))
    ]


def _touching(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Name) and called.id == "open":
            yield node.lineno, "a file is opened"
        elif isinstance(called, ast.Attribute):
            owner = called.value.id if isinstance(called.value, ast.Name) else ""
            if called.attr in METHODS:
                yield node.lineno, f"{called.attr}() touches a file"
            elif called.attr == "open" and owner in {"os", "io"}:
                yield node.lineno, "a file is opened"
            elif owner in MODULES and called.attr in CHANGES - ALLOWED:
                yield node.lineno, f"{owner}.{called.attr}() changes a folder"


def check_output(path: str, source: str) -> list[str]:
    """Text of a command goes through `cli/show.py`, which escapes it, and to the command's own standard output."""
    if not path.startswith("vcvm_core/cli/") or path in OUTPUT:
        return []
    return [
        f"{path}:{line}: {what}. Cure: say() and its neighbours in cli/show.py write text."
        for line, what in _writing(ast.parse(source, path))
    ]


def _writing(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
            yield node.lineno, "print() writes to whatever standard output is"
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {"sys.stdout", "sys.__stdout__"}:
            yield node.lineno, f"{ast.unparse(node)} is where packs print"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "write":
            yield node.lineno, "a stream is written to"
