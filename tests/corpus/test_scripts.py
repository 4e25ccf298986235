"""R28, T13, C06, C09: what needs a process of its own; scripts.py has what is done there.

Each runs with a limit of processor time, where a signal or a timeout is a failure, and must leave nothing on its
standard error.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import vcvm_core
from corpus.runs import HERE
from programs.test_programs import arguments, calls
from vcvm_core.asm import assemble
from vcvm_core.bytecode import encode
from vcvm_core.plugin import installed


def _confined() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (30, 30))


def ran(name: str, *switches: str, given: str = "", **environment: str) -> list[str]:
    """The lines that a script prints."""
    paths = [str(HERE.parent), str(Path(vcvm_core.__file__).parents[1])]
    done = subprocess.run(
        [sys.executable, *switches, "-m", "corpus.scripts", name],
        input=given.encode(),
        capture_output=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONSAFEPATH": "1", **environment},
        preexec_fn=_confined,
    )
    assert done.returncode >= 0, signal.Signals(-done.returncode).name
    assert (done.returncode, done.stderr) == (0, b""), done.stderr.decode()[-2_000:]
    return done.stdout.decode().splitlines()


def test_r28_host_memory() -> None:
    """R28: where the host itself has no memory left, the run ends with host-memory, the process lives, the next one works."""
    (said,) = ran("memory")
    assert json.loads(said) == [5, 5, 5, *["host-memory", 7] * 6]


@pytest.mark.parametrize("when", ["forked", "forked_early"])
def test_c06_fork(when: str) -> None:
    """C06: the child of a fork in the middle of runs can run programs, also if these were the first of the process."""
    switches = ("-W", "ignore::DeprecationWarning") if sys.version_info >= (3, 12) else ()
    assert ran(when, *switches) == ["0"]


def test_c06_signal_handlers() -> None:
    """C06: a handler that runs the program which it interrupts."""
    (said,) = ran("signalled")
    for results, seen in json.loads(said):
        assert results == [60_000]
        assert seen in ([], [11])


def test_c06_shutdown() -> None:
    """C06: at exit a program still runs; when Python is taking itself apart, it runs or is refused."""
    ready, first, *rest = ran("shutdown")
    assert (ready, first) == ('"ready"', "4")
    assert rest == ["3"] * 3


def test_c06_subinterpreter() -> None:
    """C06: in a second interpreter of the process, if there is one, programs run, or its import is refused by Python."""
    (said,) = ran("subinterpreter")
    assert json.loads(said) in ("ran", "none") or "does not support loading in subinterpreters" in said


def test_t13_no_code_from_disk() -> None:
    """T13: nothing that was translated is written or read; the sources of packs are read, and nothing is started."""
    (said,) = ran("disk")
    assert json.loads(said) == [[True, False, 5], []]


def tasks() -> str:
    """The programs of the folder `run`, and the calls in them."""
    hosts = installed()
    lines = []
    for path in sorted((HERE / "run").glob("*.vasm")):
        text = path.read_text("utf-8")
        made = encode(assemble(text, hosts.catalog(), path.name))
        found = [m["call"].partition(" ") for m, _ in calls(text)]
        asked = [(name, arguments(rest)) for name, _, rest in found]
        lines.append(json.dumps({"name": path.stem, "program": made.hex(), "calls": asked}))
    return "\n".join(lines)


@pytest.fixture(scope="module")
def given() -> str:
    """What scripts.selection runs."""
    return tasks()


@pytest.fixture(scope="module")
def usual(given: str) -> Any:
    """How it ends without any switch."""
    (said,) = ran("selection", given=given)
    return json.loads(said)


SWITCHES: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "-O": (("-O",), {}),
    "-OO": (("-OO",), {}),
    "-W error": (("-W", "error"), {}),
    "-X dev": (("-X", "dev"), {}),
    "hash 0": ((), {"PYTHONHASHSEED": "0"}),
    "hash 1": ((), {"PYTHONHASHSEED": "1"}),
    "hash 2": ((), {"PYTHONHASHSEED": "2"}),
    "locale C": ((), {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}),
}


@pytest.mark.parametrize("name", SWITCHES)
def test_c09_switches(name: str, given: str, usual: Any) -> None:
    """C09: the same outcomes and the same words, whatever the switches."""
    switches, environment = SWITCHES[name]
    (said,) = ran("selection", *switches, given=given, **environment)
    assert len(usual) > 150
    assert not [key for key, value in usual.items() if value.endswith((" on compiled", " on auto", " on interpreter"))]
    assert json.loads(said) == usual
