"""Every program that the tiers once disagreed on, again: all ways to run it, and its fuel at every amount."""

from __future__ import annotations

import ast
import re
from math import inf, nan
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from agreement.compare import LIMITS, Runner
from agreement.generate import Case
from agreement.hosts import Host
from agreement.repeat import repeated
from agreement.report import told
from vcvm_core.asm import assemble

FOLDER = Path(__file__).parent / "finds"
FILES = sorted(FOLDER.glob("*.vasm"))
CALL = re.compile(r"^;call (?P<arguments>\(.*\))$", re.MULTILINE)
CHANGED = re.compile(r"^;limits (?P<limits>\{.*\})$", re.MULTILINE)
MOST = 400
"""Units of fuel up to which every amount is tried."""


def arguments(text: str) -> tuple[Any, ...]:
    """The arguments of a call: a tuple of Python literals, nan, inf and UUID('...')."""
    found = eval(text, {"__builtins__": {}, "nan": nan, "inf": inf, "UUID": UUID})
    assert type(found) is tuple
    return found


def case(path: Path) -> tuple[Case, dict[str, int]]:
    """The program of a file, its calls, and how its limits differ from the usual ones."""
    text = path.read_text("utf-8")
    calls = tuple(("main", arguments(m["arguments"])) for m in CALL.finditer(text))
    limits = CHANGED.search(text)
    assert calls, f"{path.name}: write ;call (...)"
    assert limits, f"{path.name}: write ;limits {{...}}"
    return Case(0, assemble(text), {}, calls, False), ast.literal_eval(limits["limits"])


def test_there_are_finds() -> None:
    """A folder that has moved away must not look like one whose programs pass."""
    assert len(FILES) >= 7


@pytest.mark.parametrize("path", FILES, ids=[p.stem for p in FILES])
def test_find(path: Path) -> None:
    """The tiers agree on it now."""
    program, changed = case(path)
    host = Host()
    limits = LIMITS.with_(**changed)
    for number in range(len(program.calls)):
        found = repeated(program, number, limits, host)
        assert found is None, told(found)
        runner = Runner(program, host)
        fuel, calls, _ = runner.machine(number, limits, check=True).used or (0, 0, 0)
        runner.swept(number, limits, "fuel", range(min(fuel, MOST) + 2))
        runner.swept(number, limits, "intrinsic_calls", range(calls + 2))
        assert not runner.found, told(runner.found[0])
