"""The tutorial of the first pack, typed into a shell in an environment of its own: each command prints what the page says."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from dists.environment import Environment
from manual.blocks import ROOT, blocks, matches, session

PAGE = ROOT / "docs/tutorial/first-pack.md"
FINDINGS = ("vcvm plugins diff", "vcvm plugins check --against")
"""Commands that may end with 1: what they find is what the page is about."""


class Shell:
    """A shell in a virtual environment, without a network: what pip builds is built by what is installed here."""

    def __init__(self, folder: Path) -> None:
        self.where = folder
        environment = Environment(folder / "environment")
        tools = folder / "tools"
        tools.mkdir()
        for name, module in (("vcvm", "vcvm_core"), ("pip", "pip"), ("pytest", "pytest")):
            path = tools / name
            path.write_text(f'#!/bin/sh\nexec "{environment.executable}" -m {module} "$@"\n')
            path.chmod(0o755)
        kept = {
            k: v
            for k, v in os.environ.items()
            if not k.startswith(("PYTHON", "VCVM_", "PIP_", "PYTEST_", "CI", "BUILD_NUMBER"))
        }
        self.variables = {
            **kept, "PATH": f"{tools}{os.pathsep}{kept['PATH']}", "NO_COLOR": "1", "PYTHONUTF8": "1", "PYTHONSAFEPATH": "1",
            "PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_NO_DEPENDENCIES": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }  # fmt: skip

    def type(self, command: str) -> tuple[int, str]:
        """A command; gives its exit code and what it printed. `cd` moves the shell."""
        if command.startswith("cd "):
            self.where = (self.where / command[3:]).resolve()
            return 0, ""
        done = subprocess.run(
            ["sh", "-c", command], cwd=self.where, env=self.variables, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
        )  # fmt: skip
        return done.returncode, done.stdout


@pytest.mark.heavy
def test_the_page(tmp_path: Path, bless: bool) -> None:
    """Every block of it, in order."""
    text = PAGE.read_text("utf-8")
    shell = Shell(tmp_path)
    wrong: list[str] = []
    for block in blocks(text):
        if "file" in block.marks:
            (shell.where / block.marks["file"]).write_text(block.text, "utf-8")
        if block.language != "console":
            continue
        lines: list[str] = []
        for command, expected in session(block):
            code, printed = shell.type(command)
            allowed = (0, 1) if command.startswith(FINDINGS) else (0,)
            said = "\n".join(expected)
            agrees = matches(said, printed) if expected else not printed.strip()
            if code not in allowed or not agrees:
                wrong.append(f"{command}: {code}\n{printed}")
            lines += [f"$ {command}", *(expected if agrees else printed.rstrip("\n").split("\n"))]
        text = text.replace(block.text, "".join(f"{line}\n" for line in lines), 1)
    if bless and text != PAGE.read_text("utf-8"):
        PAGE.write_text(text, "utf-8")
    assert not wrong, "\n".join(wrong)


def test_every_block_is_run() -> None:
    """A block that is only shown would be one that nobody tries."""
    found = blocks(PAGE.read_text("utf-8"))
    assert len(found) > 10
    assert all(block.language == "console" or "file" in block.marks for block in found)
