"""`vcvm run --profile`: where the profile goes, and that nothing else changes."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

import pytest

from unit.profile.observed import COUNT
from vcvm_core.cli import main


class Done(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


Vcvm = Callable[..., Done]


@pytest.fixture
def vcvm(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Vcvm:
    """Runs a command in this process, in a folder with count.vasm and trap.vasm."""
    monkeypatch.chdir(tmp_path)
    Path("count.vasm").write_text(COUNT, encoding="utf-8")
    Path("trap.vasm").write_text('func main()\ntrap "as \x1b you wish"\nend', encoding="utf-8")

    def run(*words: str) -> Done:
        capfd.readouterr()
        code = main(words)
        return Done(code, *capfd.readouterr())

    return run


def test_text_on_stderr(vcvm: Vcvm) -> None:
    """Without FILE the report is on stderr, with the lines of the source; the result alone is on stdout."""
    code, out, err = vcvm("run", "count.vasm", "3", "--profile")
    assert (code, out) == (0, "7\n")
    assert err.startswith("profile of main, on the interpreter\n  fuel         33 of 10,000,000\n")
    assert "count.vasm:4" in err
    assert err.count("if $n le 0 .end") == 1


def test_between_other_options(vcvm: Vcvm) -> None:
    """It may stand before another option, and --stats says the same fuel."""
    code, out, err = vcvm("run", "count.vasm", "3", "--profile", "--stats")
    assert (code, out) == (0, "7\n")
    assert err.startswith("fuel used: 33; intrinsics called: 0\nprofile of main")


def test_compiled(vcvm: Vcvm) -> None:
    """Of a compiled program there are lines and no source."""
    assert vcvm("asm", "count.vasm").code == 0
    err = vcvm("run", "count.vcvm", "3", "--profile").err
    assert "count.vasm:4" in err
    assert "SOURCE" not in err


def test_files(vcvm: Vcvm) -> None:
    """The suffix says which form; stderr stays empty, and an old file is replaced."""
    for name in ("p.txt", "p.json", "p.svg", "Q.SVG"):
        Path(name).write_text("old", encoding="utf-8")
        assert vcvm("run", "count.vasm", "3", "--profile", name) == (0, "7\n", "")
    assert Path("p.txt").read_text("utf-8").startswith("profile of main")
    assert json.loads(Path("p.json").read_text("utf-8"))["fuel"] == 33
    assert ET.fromstring(Path("p.svg").read_text("utf-8")).tag.endswith("svg")
    assert Path("Q.SVG").read_bytes() == Path("p.svg").read_bytes()
    assert vcvm("run", "count.vasm", "3", "--profile=p.svg").code == 0


def test_json(vcvm: Vcvm) -> None:
    """With --json stdout has what it always has."""
    done = vcvm("run", "count.vasm", "3", "--json", "--stats", "--profile", "p.json")
    assert (done.code, done.err) == (0, "")
    data = json.loads(done.out)
    assert (data["result"], data["stats"]["fuel"]) == (7, 33)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["count.vasm", "3", "--profile", "p.html"], "--profile p.html: a profile is written as .txt, .json or .svg"),
        (["count.vasm", "3", "--profile", "svg"], "--profile svg: a profile"),
        (["count.vasm", "3", "--profile="], "--profile : a profile"),
        (["count.vasm", "3", "--profile", "-"], "--profile -: a profile"),
        (["--profile", "count.vasm", "3"], "--profile without FILE is the last of all words"),
        (["count.vasm", "3", "--profile", "--check"], "--profile and --check exclude each other"),
        (["count.vasm", "--input", "x.csv", "--profile"], "--profile and --input exclude each other"),
        (["count.txt", "3", "--profile", "./count.txt"], "--profile ./count.txt is the same file as count.txt"),
    ],
)
def test_refused(vcvm: Vcvm, words: list[str], says: str) -> None:
    """What cannot be is a mistake of usage, found before anything runs."""
    Path("count.txt").write_text(COUNT, encoding="utf-8")
    before = sorted(os.listdir())
    done = vcvm("run", *words)
    assert (done.code, done.out) == (2, "")
    assert says in done.err
    assert sorted(os.listdir()) == before
    assert Path("count.txt").read_text("utf-8") == COUNT


def test_only_run(vcvm: Vcvm) -> None:
    """Other commands do not have it."""
    assert vcvm("verify", "count.vasm", "--profile").code == 2


def test_trap(vcvm: Vcvm) -> None:
    """A run that traps has its profile, and the exit code and the error that it has without."""
    plain = vcvm("run", "trap.vasm")
    done = vcvm("run", "trap.vasm", "--profile")
    assert (done.code, done.out) == (plain.code, plain.out) == (4, "")
    assert done.err.startswith("profile of main")
    assert "ended with   [VC411] as \\x1b you wish\n" in done.err
    assert done.err.endswith(plain.err)
    assert vcvm("run", "trap.vasm", "--profile", "p.json") == plain
    assert json.loads(Path("p.json").read_text("utf-8"))["errors"][0]["code"] == "VC411"


def test_fuel(vcvm: Vcvm) -> None:
    """A run that uses up its fuel, too; what helps is still said."""
    done = vcvm("run", "count.vasm", "100", "--fuel", "50", "--stats", "--profile", "p.svg")
    assert done.code == 4
    assert "note: --fuel N gives it more" in done.err
    assert "note: fuel used: 49" in done.err
    assert "it ended with VC501" in Path("p.svg").read_text("utf-8")


def test_unwritable(vcvm: Vcvm) -> None:
    """What is known before is said before; nothing is left behind."""
    done = vcvm("run", "count.vasm", "3", "--profile", "nowhere/p.svg")
    assert (done.code, done.out) == (3, "")
    assert "error[VC007]: nowhere/p.svg cannot be written" in done.err
    Path("folder.svg").mkdir()
    assert vcvm("run", "count.vasm", "3", "--profile", "folder.svg").code == 3
    assert not list(Path().glob("*.part"))


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is full when the run has ended."""

    def replace(_part: str, target: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", target)

    monkeypatch.setattr(os, "replace", replace)


def test_unwritable_after_a_result(vcvm: Vcvm, full: None) -> None:
    """The result is shown, then the error; nothing is left behind."""
    done = vcvm("run", "count.vasm", "3", "--profile", "p.svg")
    assert (done.code, done.out) == (3, "7\n")
    assert "error[VC007]: p.svg cannot be written: No space left on device" in done.err
    assert not list(Path().glob("*.part")) + list(Path().glob(".*.part")) + list(Path().glob("p.svg"))


def test_unwritable_after_a_trap(vcvm: Vcvm, full: None) -> None:
    """How the run ended matters more."""
    done = vcvm("run", "trap.vasm", "--profile", "p.svg")
    assert done.code == 4
    assert "error[VC411]" in done.err
    assert "note: there is no profile: p.svg cannot be written" in done.err


def test_a_source_of_another_name(vcvm: Vcvm) -> None:
    """Line numbers that count the lines of another file have no source beside them."""
    Path("other.vasm").write_text('.source "first.vasm"\n' + COUNT, encoding="utf-8")
    done = vcvm("run", "other.vasm", "3", "--profile")
    assert (done.code, done.out) == (0, "7\n")
    assert "first.vasm:5" in done.err
    assert "SOURCE" not in done.err


@pytest.mark.parametrize("words", [[], ["--stats"], ["--profile"]])
def test_imported_when_asked_for(vcvm: Vcvm, words: list[str]) -> None:
    """Who does not profile does not pay for it."""
    code = (
        "import sys, vcvm_core; from vcvm_core import VM, Machine; from vcvm_core.cli import main\n"
        f"code = main(['run', 'count.vasm', '3', *{words}])\n"
        "print(code, 'vcvm_core.profile' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == f"7\n0 {words == ['--profile']}\n"
