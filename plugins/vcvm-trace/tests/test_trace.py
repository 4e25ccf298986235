"""What the observer writes for the records that vcvm hands it, in each form, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from vcvm_core import VM, VcvmError
from vcvm_core.asm import assemble
from vcvm_core.plugin import CallRecord, EndRecord, ErrorRecord, RunRecord

import vcvm_trace
from vcvm_trace.trace import Trace
from vcvm_trace.words import Wanted, read

HALF = "6a1d2c3e-0000-4000-8000-00000000000a"
RUN = RunRecord(1, "rule.vcvm", "main")


def call(number: int, name: str = "half", fuel: int = 7, arguments: tuple[str, ...] | None = None) -> CallRecord:
    return CallRecord(number, 1, f"uuid of {name}", name, "a-pack", "1.0", fuel, arguments)


def told(trace: Trace) -> Trace:
    """The trace after one run: two calls of half, one of them failed, and a dearer call of other."""
    trace.program_start(RUN)
    trace.start(call(1))
    trace.end(call(1, arguments=("4",)), EndRecord(1_000_000, "int", "2"))
    trace.error(call(2), ErrorRecord(500_000, "VC601", "ValueError", "odd"))
    trace.end(call(3, "other", 100), EndRecord(2_000, "string", None))
    trace.program_end(RUN, "")
    return trace


def test_the_summary_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a file there is a table, most fuel first, and nothing on standard output."""
    told(vcvm_trace.vcvm_observer("")).close()
    out, err = capsys.readouterr()
    assert out == ""
    assert err == (
        "vcvm-trace: 3 calls, fuel 114\n"
        "  INTRINSIC       CALLS  FAILED  FUEL     MS\n"
        "  other (a-pack)      1       0   100  0.002\n"
        "  half (a-pack)       2       1    14  1.500\n"
    )


def test_nothing_was_called(capsys: pytest.CaptureFixture[str]) -> None:
    """No calls, no table."""
    vcvm_trace.vcvm_observer("").close()
    assert capsys.readouterr().err == "vcvm-trace: 0 calls, fuel 0\n"


def test_a_log_as_text(tmp_path: Path) -> None:
    """A line for the run and for each call, then the table."""
    told(vcvm_trace.vcvm_observer(f"{tmp_path}/calls.txt,values=80")).close()
    lines = (tmp_path / "calls.txt").read_text().splitlines()
    assert lines[:4] == [
        "run 1: main of rule.vcvm",
        "  1  half(4)  2  fuel 7  1.000 ms",
        "  2  half(...)  [VC601] ValueError: odd  fuel 7  0.500 ms",
        "  3  other(...)  string  fuel 100  0.002 ms",
    ]
    assert lines[4] == "vcvm-trace: 3 calls, fuel 114"


def test_a_log_as_lines_of_json(tmp_path: Path) -> None:
    """Every line is an object with a schema and an event."""
    told(vcvm_trace.vcvm_observer(f"{tmp_path}/calls.jsonl")).close()
    found: list[dict[str, Any]] = [json.loads(line) for line in (tmp_path / "calls.jsonl").read_text().splitlines()]
    assert [line["event"] for line in found] == ["run", "call", "error", "call", "summary"]
    assert {line["schema"] for line in found} == {1}
    assert found[2]["code"] == "VC601"
    assert [row["calls"] for row in found[4]["intrinsics"]] == [1, 2]


def test_a_summary_as_json(tmp_path: Path) -> None:
    """One document, and no other file is left behind."""
    told(vcvm_trace.vcvm_observer(f"{tmp_path}/summary.json")).close()
    assert [p.name for p in tmp_path.iterdir()] == ["summary.json"]
    data = json.loads((tmp_path / "summary.json").read_text())
    assert data["runs"] == 1
    assert data["intrinsics"][1] == {
        "name": "half", "uuid": "uuid of half", "pack": "a-pack", "calls": 2, "failed": 1, "fuel": 14,
        "nanoseconds": 1_500_000,
    }  # fmt: skip


def test_names_cannot_write_lines_of_their_own(tmp_path: Path) -> None:
    """A name with control characters stays in its line."""
    trace = vcvm_trace.vcvm_observer(f"{tmp_path}/calls.txt")
    trace.end(call(1, "a\n  2  b\x1b[2J"), EndRecord(1, "int", None))
    trace.close()
    assert "a\\n  2  b\\x1b[2J(...)" in (tmp_path / "calls.txt").read_text()


@pytest.mark.parametrize(
    ("argument", "says"),
    [
        ("calls.xml", "ends in none of .txt, .jsonl, .json"),
        ("nowhere/calls.txt", "there is no folder nowhere"),
        ("calls.txt,values=many", "values=many is no number"),
        ("values=10001", "values=10001 is no number"),
        ("values=-1", "values=-1 is no number"),
    ],
)
def test_words_that_it_does_not_know(argument: str, says: str) -> None:
    """What it cannot do is refused before anything runs."""
    with pytest.raises(ValueError, match=says):
        vcvm_trace.vcvm_observer(argument)


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    """A folder of that name is in the way."""
    (tmp_path / "calls.txt").mkdir()
    with pytest.raises(ValueError, match="cannot be written"):
        vcvm_trace.vcvm_observer(str(tmp_path / "calls.txt"))


def test_words() -> None:
    """A file, values, both, or neither."""
    assert read("") == Wanted(None, 0)
    assert read("values=5") == Wanted(None, 5)
    assert read("a,b.txt") == Wanted(Path("a,b.txt"), 0)
    assert read("a,b.txt,values=5") == Wanted(Path("a,b.txt"), 5)


def test_in_a_machine(tmp_path: Path) -> None:
    """A program's calls are traced, and its results are what they are without."""

    def half(n: int) -> int:
        if n % 2:
            raise ValueError("odd")
        return n // 2

    text = f'extern half(int) -> int = "{HALF}"\nfunc main(n: int) -> int\n  call $half($n)\n  ret\nend\n'
    trace = vcvm_trace.vcvm_observer(f"{tmp_path}/calls.jsonl,values=20")
    program = VM(hosts={HALF: half}, observers=[trace]).load_module(assemble(text))
    assert program.call("main", 4) == 2
    with pytest.raises(VcvmError):
        program.call("main", 3)
    trace.close()
    found = [json.loads(line) for line in (tmp_path / "calls.jsonl").read_text().splitlines()]
    assert [(e["event"], e.get("arguments"), e.get("value")) for e in found if "uuid" in e] == [
        ("call", ["4"], "2"),
        ("error", ["3"], None),
    ]
