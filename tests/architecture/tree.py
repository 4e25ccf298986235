"""Finds the files that the checks read, and fails with what they found.

Takes nothing; gives (path, text) pairs, paths relative to the root and with slashes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from architecture.house import NOT_OURS

ROOT = Path(__file__).resolve().parents[2]

Source = tuple[str, str]
"""A file's path, relative to the root and with slashes, and its text."""


def repository(root: Path = ROOT) -> Iterator[Source]:
    """Every file of the repository, wheels aside; what is not UTF-8 comes with replacement characters."""
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in NOT_OURS and not name.endswith(".egg-info"))
        for name in sorted(files):
            path = Path(folder, name)
            if name not in NOT_OURS and path.suffix not in {".whl", ".pyc"}:
                yield path.relative_to(root).as_posix(), path.read_text(encoding="utf-8", errors="replace")


def top_level(root: Path = ROOT) -> list[str]:
    """The names at the top of the repository, without what tools leave behind."""
    return sorted(path.name for path in root.iterdir() if path.name not in NOT_OURS)


def is_core(path: str) -> bool:
    """Whether a path is a Python file of vcvm_core."""
    return path.endswith(".py") and path.startswith("vcvm_core/")


def is_package(path: str) -> bool:
    """Whether a path is a Python file of something that is installed: the core, the standard pack, a plugin."""
    if not path.endswith(".py"):
        return False
    parts = path.split("/")
    return parts[0] in {"vcvm_core", "vcvm_stdlib"} or (parts[0] == "plugins" and parts[2:3] == ["src"])


def core() -> list[Source]:
    """The Python files of vcvm_core."""
    return [(path, text) for path, text in repository() if is_core(path)]


def packages() -> list[Source]:
    """The Python files of everything that is installed."""
    return [(path, text) for path, text in repository() if is_package(path)]


def no_findings(findings: Iterable[str]) -> None:
    """Fails with every finding, one a line: each names a file and the cure."""
    found = list(findings)
    if found:
        pytest.fail(f"{len(found)} findings\n" + "\n".join(found), pytrace=False)
