"""The command keeps what a driver finds, says how to replay it, and fails; it cannot be green by running nothing."""

from __future__ import annotations

import sys
from hashlib import sha256
from pathlib import Path

import pytest

from fuzz import seed
from fuzz.__main__ import Outcome, command, dictionary, fuzz, keep, main, replay
from fuzz.oracle import hold
from fuzz.targets import TARGETS, Target

DRIVER = """
import sys, pathlib
print("#1\\tINITED cov: 9 ft: 9 corp: 3/33b exec/s: 0 rss: 40Mb", file=sys.stderr)
print("#800\\tpulse  cov: 12 ft: 20 corp: 7/99b lim: 9 exec/s: 400 rss: 41Mb", file=sys.stderr)
print(" === Uncaught Python exception: ===")
for name, data in {finds}.items():
    pathlib.Path(sys.argv[1], "artifacts", name).write_bytes(data)
print("stat::number_of_executed_units: {executions}", file=sys.stderr)
sys.exit({code})
"""


def no_bad(data: bytes) -> None:
    """An oracle: there is nothing bad."""
    hold("nothing is bad", b"bad" not in data, data)


PLAIN = Target("plain", no_bad, 99, "records")


def drive(folder: Path, finds: dict[str, bytes], executions: int, code: int) -> Outcome:
    """Run a driver that is made up."""
    script = DRIVER.format(finds=finds, executions=executions, code=code)
    work = folder / "work"
    work.mkdir()
    return fuzz(PLAIN, work, [sys.executable, "-c", script, str(work)], 1.0, folder / "finds")


def test_a_find_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Made smaller, named by its content, printed with what the driver said and how to replay it."""
    outcome = drive(tmp_path, {"crash-1": b"something bad here", "slow-unit-1": b"x"}, 801, 77)
    (path,) = outcome.found
    assert path.read_bytes() == b"bad"
    assert path == tmp_path / "finds" / "plain" / sha256(b"bad").hexdigest()[:16]
    assert outcome.failed
    assert (outcome.executions, outcome.corpus) == (801, 7)
    shown = capsys.readouterr().out
    assert f"python -m fuzz plain --replay {path}" in shown
    assert "Uncaught Python exception" in shown
    assert outcome.row().split() == ["plain", "801", f"{801 / outcome.seconds:,.0f}", "7", "1"]


def test_what_only_the_driver_minds_is_kept(tmp_path: Path) -> None:
    """An input that timed out, or ended the process, keeps every promise elsewhere: it is kept as it is."""
    outcome = drive(tmp_path, {"timeout-1": b"slow"}, 5, 70)
    assert [path.read_bytes() for path in outcome.found] == [b"slow"]
    assert outcome.failed


def test_nothing_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A driver that ran and found nothing is no failure, and what it said is not shown."""
    outcome = drive(tmp_path, {}, 801, 0)
    assert not outcome.failed
    assert "Uncaught" not in capsys.readouterr().out


@pytest.mark.parametrize(("executions", "code"), [(0, 0), (0, 1), (7, 1)])
def test_running_nothing_fails(tmp_path: Path, executions: int, code: int) -> None:
    """A driver that could not start, or broke off."""
    outcome = drive(tmp_path, {}, executions, code)
    assert outcome.failed
    assert "DID NOT RUN" in outcome.row()


def test_replay(tmp_path: Path) -> None:
    """Files that break a promise are counted, and said."""
    bad, good = keep("plain", b"so bad", tmp_path), keep("plain", b"good", tmp_path)
    said: list[str] = []
    assert replay(PLAIN, [bad, good], said.append) == 1
    assert said == [f"{bad}: nothing is bad: b'so bad'", f"{good}: keeps every promise"]


def test_replay_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The command says it with its exit code, and shows where the cause was raised."""
    path = tmp_path / "find"
    path.write_bytes(b"\0[1]")
    assert main(["records", "--replay", str(path)]) == 0
    monkeypatch.setattr("fuzz.records.parse", lambda *args: {}[1])
    assert main(["records", "--replay", str(path)]) == 1
    assert "KeyError at " in capsys.readouterr().out


@pytest.mark.parametrize("words", [["nothing"], ["records", "decode", "--replay", "x"]])
def test_bad_usage(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A target that is none; files for two targets."""
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    assert capsys.readouterr().err


def test_the_driver_is_told(tmp_path: Path) -> None:
    """Seconds, seed, size, dictionary and folders reach the driver."""
    words = command(TARGETS["assembly"], tmp_path, tmp_path / "corpus", 12, 3)
    assert words[:4] == [sys.executable, "-m", "fuzz.drive", "assembly"]
    assert {"-max_total_time=12", "-seed=3", "-max_len=2048", f"-dict={tmp_path / 'words'}"} <= set(words)
    assert words[-2:] == [str(tmp_path / "corpus"), str(tmp_path / "seeds")]
    assert '"\\x61\\x64\\x64\\x69"\n' in (tmp_path / "words").read_text(encoding="ascii")
    assert dictionary(["", "a"]) == '"\\x61"\n'


def test_seeds_as_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder for each target; the same seeds every time."""
    assert seed.main([str(tmp_path)]) == 0
    names = {p.name: sorted(f.name for f in p.iterdir()) for p in tmp_path.iterdir()}
    assert set(names) == set(TARGETS)
    assert all(len(files) > 10 for files in names.values())
    assert seed.main([]) == 2
    assert "seeds" in capsys.readouterr().out
