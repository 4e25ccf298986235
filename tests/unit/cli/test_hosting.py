"""``vcvm run`` with something between the program and its packs: --observe, --record, --replay, --stand-in."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from vcvm_core.hosting import decode_tape
from vcvm_core.plugin import encode_manifest, read_manifest

Command = Callable[..., Any]
TWICE = "11111111-2222-4333-8444-00000000000a"
CLOCK = "extern now_unix_ms\nfunc main() -> int\n call now_unix_ms\n ret\nend\n"
EACH = f'extern twice(int) -> int = "{TWICE}"\nfunc main(n: int) -> int\n get $n\n call twice\n ret\nend\n'

LOG = """
class Log:
    values = 50
    def start(self, call):
        print("start", call.name, call.arguments)
    def close(self):
        print("closed")

@hookimpl
def vcvm_observer(argument):
    return Log()
"""


@pytest.fixture
def stage(folder: Path, packs: Any) -> Iterator[Path]:
    """A clock, a program that needs a pack, the pack, which can observe, and its header."""
    (folder / "clock.vasm").write_text(CLOCK, encoding="utf-8")
    (folder / "each.vasm").write_text(EACH, encoding="utf-8")
    (folder / "numbers.ndjson").write_text('1\n2\n"x"\n1\n', encoding="utf-8")
    path = packs.install("vcvm-acme", TWICE)
    with open(packs.where / "vcvm_acme/__init__.py", "a", encoding="utf-8") as file:
        file.write(LOG)
    path.write_bytes(encode_manifest(replace(read_manifest(str(path)), observer=True)))
    (folder / "acme.vcvmh").write_bytes(path.read_bytes())
    sys.modules.pop("vcvm_acme", None)
    yield folder
    sys.modules.pop("vcvm_acme", None)


# Tapes


def test_a_recorded_clock_stands_still(vcvm: Command, stage: Path) -> None:
    """The replay gives what was recorded, and needs no permission."""
    first = vcvm("run", "clock.vasm", "--allow", "clock", "--record", "clock.tape")
    assert first.err == "recorded 1 call of 1 intrinsic in clock.tape\n"
    for tier in ("auto", "compiled", "interpreter"):
        again = vcvm("run", "clock.vasm", "--replay", "clock.tape", "--tier", tier)
        assert (again.code, again.out, again.err) == (0, first.out, "")
    assert vcvm("run", "clock.vasm").code == 3


def test_a_replay_needs_no_pack(vcvm: Command, stage: Path, packs: Any) -> None:
    """Neither installed nor imported; each record gets its answer."""
    words = ("run", "each.vasm", "--input", "numbers.ndjson", "--json", "--all")
    first = vcvm(*words, "--record", "each.tape")
    packs.spy.unlink()
    again = vcvm(*words, "--replay", "each.tape", "--no-pack", "vcvm-acme")
    assert again.code == first.code == 1
    assert again.lines[:4] == first.lines[:4]
    assert not packs.spy.exists()
    assert first.lines[-1]["between"] == {"recorded": {"path": "each.tape", "calls": 2, "complete": True}, "notes": []}
    assert again.lines[-1]["between"] == {"left": 0, "notes": []}


def test_the_tape_of_a_run_that_fails(vcvm: Command, stage: Path) -> None:
    """It is written all the same, and the run ends as it does without."""
    (stage / "trap.vasm").write_text(CLOCK.replace(" ret", ' trap "enough"'), encoding="utf-8")
    done = vcvm("run", "trap.vasm", "--allow", "clock", "--record", "trap.tape")
    assert done.code == 4
    assert "recorded 1 call" in done.err
    assert len(decode_tape((stage / "trap.tape").read_bytes()).calls) == 1
    again = vcvm("run", "trap.vasm", "--replay", "trap.tape")
    assert (again.code, again.err) == (4, done.err.replace("recorded 1 call of 1 intrinsic in trap.tape\n", ""))


def test_a_refused_program_leaves_an_older_tape_alone(vcvm: Command, stage: Path) -> None:
    """Nothing was run, so there is nothing to write."""
    (stage / "old.tape").write_bytes(b"precious")
    assert vcvm("run", "clock.vasm", "--record", "old.tape").code == 3
    assert vcvm("run", "each.vasm", "--record", "old.tape").code == 2
    assert (stage / "old.tape").read_bytes() == b"precious"


def test_another_program_is_told(vcvm: Command, stage: Path) -> None:
    """The tape is used, and what it does not know is an error."""
    vcvm("run", "each.vasm", "4", "--record", "each.tape")
    (stage / "each.vasm").write_text(EACH.replace("get $n", "pushi 5"), encoding="utf-8")
    done = vcvm("run", "each.vasm", "4", "--replay", "each.tape")
    assert done.code == 4
    assert "note: the tape was recorded with another program, " in done.err
    assert "error[VC736]: the tape does not know the call twice(5)" in done.err
    assert "4 |  call twice" in done.err


def test_calls_that_are_left(vcvm: Command, stage: Path) -> None:
    """A program that asks for less is told so."""
    vcvm("run", "each.vasm", "--input", "numbers.ndjson", "--record", "each.tape")
    done = vcvm("run", "each.vasm", "1", "--replay", "each.tape")
    assert (done.code, done.err) == (0, "note: the program did not ask for 1 call of the tape\n")


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--record", "a", "--replay", "b"], 2, "--record and --replay exclude each other"),
        (["--replay", "a", "--stand-in", "acme.vcvmh"], 2, "--replay and --stand-in exclude"),
        (["--record", "a", "--stand-in", "acme.vcvmh"], 2, "--record and --stand-in exclude"),
        (["--record", "-"], 2, "would mix the tape with the result"),
        (["--record", "nowhere/a"], 3, "there is no such folder"),
        (["--record", "each.vasm"], 2, "is the same file as"),
        (["--record", "."], 3, "it is a folder"),
        (["--replay", "nothing"], 3, "VC001"),
        (["--replay", "."], 3, "VC002"),
        (["--replay", "each.vasm"], 3, "VC735"),
        (["--stand-in", "nothing"], 3, "VC022"),
        (["--stand-in", "each.vasm"], 3, "VC010"),
        (["--observe", "nothing"], 1, "VC008"),
        (["--observe", "vcvm"], 3, "VC732"),
        (["--observe", "vcvm-acmee"], 1, "did you mean vcvm-acme"),
        (["--observe", "vcvm-acme", "--no-pack", "vcvm-acme"], 3, "VC028"),
        (["--observe", ""], 1, "VC008"),
    ],
)
def test_what_is_refused(vcvm: Command, stage: Path, packs: Any, words: list[str], code: int, says: str) -> None:
    """Before anything runs."""
    done = vcvm("run", "each.vasm", "4", *words)
    assert says in done.err
    assert done.code == code
    assert not packs.spy.exists()


# Stand-ins


def test_a_stand_in(vcvm: Command, stage: Path, packs: Any) -> None:
    """From the header alone, also for a source text; what was made up is said."""
    words = ("run", "each.vasm", "--stand-in", "acme.vcvmh", "--no-pack", "vcvm-acme")
    done = vcvm(*words, "--input", "numbers.ndjson", "--all")
    assert "record 1: 0" in done.out
    assert "record 2: 4" in done.out
    assert done.err == "stood in for vcvm-acme 1.0: 1 call answered from examples, 2 made up (twice 2)\n"
    (stage / "each.vasm").write_text(EACH.replace(f'twice(int) -> int = "{TWICE}"', "twice"), encoding="utf-8")
    done = vcvm(*words, "2")
    assert (done.out, done.code) == ("4\n", 0), done.err
    assert not packs.spy.exists()


# Observers


def test_an_observer(vcvm: Command, stage: Path) -> None:
    """It is told of every call, and at the end; without being named it is not even asked."""
    done = vcvm("run", "each.vasm", "4", "--observe", "vcvm-acme")
    assert (done.code, done.out, done.err) == (0, "8\n", "start twice ('4',)\nclosed\n")
    assert vcvm("run", "each.vasm", "4").out == "8\n"


def test_an_observer_and_a_tape(vcvm: Command, stage: Path) -> None:
    """They go together: it sees what the tape answers."""
    vcvm("run", "clock.vasm", "--allow", "clock", "--record", "clock.tape")
    done = vcvm("run", "clock.vasm", "--replay", "clock.tape", "--observe", "vcvm-acme")
    assert done.err.startswith("start now_unix_ms ()\n")


def test_the_list_says_who_observes(vcvm: Command, stage: Path, packs: Any) -> None:
    """Without importing anything, as text and as JSON."""
    (line,) = [text for text in vcvm("plugins", "list").out.splitlines() if text.startswith("vcvm-acme")]
    assert line.endswith(", observes")
    assert {p["pack"]: p["observer"] for p in vcvm("plugins", "list", "--json").data["packs"]}["vcvm-acme"] is True
    assert "vcvm run FILE --observe vcvm-acme" in vcvm("plugins", "show", "vcvm-acme").out
    assert json.loads(vcvm("plugins", "show", "vcvm", "--json").out)["packs"][0]["observer"] is False
    assert not packs.spy.exists()
