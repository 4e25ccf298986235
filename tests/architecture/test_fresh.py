"""What `import vcvm_core` brings into a process: gated by names of modules, not by milliseconds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import vcvm_core
from architecture.house import LATE


def loaded_late(statement: str, path: Path) -> list[str]:
    """The modules of LATE that a statement brings into a process of its own; `path` is all it has of site-packages."""
    code = f"import sys; {statement}; print(*sys.modules)"
    # -S: no .pth file has its say, so what is found is the statement's doing alone.
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={**os.environ, "PYTHONPATH": str(path), "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return sorted(set(done.stdout.split()) & set(LATE))


@pytest.mark.parametrize("statement", ["import vcvm_core", "from vcvm_core import VM"])
def test_imports_nothing_costly(statement: str) -> None:
    """An embedder pays for the machine only. Cure: import the module named here where it is used."""
    assert loaded_late(statement, Path(vcvm_core.__file__).parents[1]) == []


def test_imports_nothing_costly_rejects(tmp_path: Path) -> None:
    """A module that is imported early is found, also when it comes through another."""
    (tmp_path / "early.py").write_text("import json\nimport importlib.metadata\n", encoding="utf-8")
    assert {"json", "importlib.metadata", "email"} <= set(loaded_late("import early", tmp_path))
