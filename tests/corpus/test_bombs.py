"""Whoever tries to use up time, memory, stack or output ends with the right error, within a second and 200 MB.

Takes the rows of bomb_rows.py and bomb_rows_beyond.py. Each runs in a process of its own, with 1 GiB of addresses and 20 s
of processor time, where a signal or a timeout is a failure. A second is one of processor time at the pace of an idle machine,
for a call with all the fuel of its limits, so that a busy machine changes nothing. The interpreter, which is there to be
read, is some ten times slower than what it is compiled to: it gets a twentieth of the fuel, and must end as the others do
with that. What is asserted is three seconds: whatever goes wrong here goes wrong by a factor, and a test must not fail because
of its neighbours.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import vcvm_core
from corpus import bomb_rows, bomb_rows_beyond
from corpus.bombs import Bomb
from corpus.runs import HERE
from vcvm_core import Limits
from vcvm_core.asm import assemble
from vcvm_core.bytecode import encode
from vcvm_core.plugin import installed

BOMBS = (*bomb_rows.ROWS, *bomb_rows_beyond.ROWS)
SECOND = 1.0
ROOM = 3
"""How many of them a call may take before a test fails."""
MEMORY = 200 << 20
PART = 20
"""The interpreter gets this part of the fuel."""


@pytest.fixture(scope="module")
def hosts() -> Any:
    """The installed packs."""
    return installed()


def alone(data: bytes, ways: list[dict[str, Any]], row: str = "", addresses: int = 1 << 30) -> dict[str, Any]:
    """What corpus.alone says. Fails if the process ends by a signal, or says anything else."""
    paths = [str(HERE.parent), str(Path(vcvm_core.__file__).parents[1])]
    task = {"addresses": addresses, "processor": 20, "row": row, "ways": ways}
    done = subprocess.run(
        [sys.executable, "-m", "corpus.alone"],
        input=json.dumps(task).encode() + b"\n" + data,
        capture_output=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONSAFEPATH": "1"},
    )
    assert done.returncode >= 0, signal.Signals(-done.returncode).name
    assert (done.returncode, done.stderr) == (0, b""), done.stderr.decode()[-2_000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


LITTLE = Limits.default.fuel // PART
WAYS: tuple[dict[str, Any], ...] = (
    {"tier": "auto", "preset": "default", "calls": 1},
    {"tier": "interpreter", "preset": "strict", "calls": 1},
    {"tier": "compiled", "preset": "strict", "compiled_lines": 10_000, "calls": 1},
    {"tier": "interpreter", "preset": "default", "fuel": LITTLE, "calls": 1, "measure": True},
    {"tier": "compiled", "preset": "default", "fuel": LITTLE, "calls": 1, "measure": True},
)


def two_at_a_time(request: pytest.FixtureRequest, test: str, make: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    """For a fixture: what gives the result of `make` for the arguments of one of the selected runs of a test. They are
    made in two threads, since each of them waits for a process."""
    chosen = [i.callspec for i in request.session.items if isinstance(i, pytest.Function) and i.originalname == test]
    with ThreadPoolExecutor(2) as pool:
        made = {c.id: pool.submit(make, **{n: v for n, v in c.params.items() if n != "bless"}) for c in chosen}
        try:
            yield lambda name: made[name].result()
        finally:
            pool.shutdown(cancel_futures=True)


@pytest.fixture(scope="module")
def results(request: pytest.FixtureRequest, hosts: Any) -> Iterator[Callable[..., Any]]:
    """What comes of each row that is asked for."""

    def make(bomb: Bomb) -> dict[str, Any]:
        with assembling:
            data = encode(assemble(bomb.text, hosts.catalog(), bomb.id))
        return alone(data, list(WAYS), bomb.id)

    assembling = threading.Lock()
    yield from two_at_a_time(request, "test_bomb", make)


@pytest.mark.heavy
@pytest.mark.parametrize("bomb", BOMBS, ids=lambda b: b.id)
def test_bomb(bomb: Bomb, results: Callable[..., Any]) -> None:
    """A row ends as it says: in each way, in time, in bounded memory, and in the same way with little fuel."""
    found = results(bomb.id)
    auto, strict, other, *little = found["ways"]
    assert {*auto["kinds"]} == {bomb.kind}
    assert {*strict["kinds"], *other["kinds"]} == {bomb.strict}
    assert little[0]["end"] == little[1]["end"]
    assert little[0]["kinds"] == little[1]["kinds"] == little[0]["end"][:1]
    for way, said in zip(WAYS, found["ways"], strict=True):
        assert max(said["seconds"]) < SECOND * ROOM, (way, said["seconds"])
    assert found["peak"] < MEMORY


def test_ids_are_unique() -> None:
    """A row is found by its id."""
    assert len({bomb.id for bomb in BOMBS}) == len(BOMBS)
