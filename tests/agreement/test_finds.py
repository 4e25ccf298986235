"""Every program that the tiers once disagreed on, again: all ways to run it, and its fuel at every amount; and every script of
a host that changes."""

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
from agreement.hosting import TERMS
from agreement.hosts import Host
from agreement.repeat import repeated
from agreement.report import told, told_script
from agreement.scripts import Load, Script, Step
from agreement.ways import WAYS, differing
from vcvm_core.asm import assemble

FOLDER = Path(__file__).parent / "finds"
FILES = sorted(FOLDER.glob("*.vasm"))
CALL = re.compile(r"^;call (?P<arguments>\(.*\))$", re.MULTILINE)
CHANGED = re.compile(r"^;limits (?P<limits>\{.*\})$", re.MULTILINE)
SCRIPTS = sorted((FOLDER / "hosts").glob("*.vasm"))
LINE = re.compile(r"^;(?P<word>load|call|event) (?P<rest>.*)$", re.MULTILINE)
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


def script(path: Path) -> Script:
    """The script of a file: how its program is loaded, and what is done then."""
    text = path.read_text("utf-8")
    names = [terms.name for terms in TERMS]
    loads: list[Load] = []
    steps: list[Step] = []
    for m in LINE.finditer(text):
        word, rest = m["word"], m["rest"]
        if word == "event":
            steps.append(Step(0, (), rest))
        elif word == "call":
            number, _, given = rest.partition(" ")
            steps.append(Step(int(number), arguments(given)))
        else:
            terms, limits, *flags = ast.literal_eval(rest)
            loads.append(Load(names.index(terms), LIMITS.with_(**limits), *flags))
    assert loads, f"{path.name}: write ;load (...)"
    assert steps, f"{path.name}: write ;call N (...)"
    return Script(0, assemble(text), tuple(loads), tuple(steps))


def test_there_are_finds() -> None:
    """A folder that has moved away must not look like one whose programs pass."""
    assert len(FILES) >= 7
    assert len(SCRIPTS) >= 3


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


@pytest.mark.parametrize("path", SCRIPTS, ids=[p.stem for p in SCRIPTS])
def test_script(path: Path) -> None:
    """Every way to run it agrees with the interpreter now."""
    for _, _, different in differing(script(path), WAYS):
        assert different is None, told_script(different)
