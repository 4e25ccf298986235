"""One cell of the matrix: installed is what the cell is called after, and every row has its stated outcome."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from importlib import metadata
from pathlib import Path

import pytest

import vcvm_core
from matrix.cells import BadRow, Row, read_row, read_rows

ROOT = Path(__file__).resolve().parents[2]
EXPECT = os.environ.get("VCVM_EXPECT_TEXT", "")
in_cell = pytest.mark.skipif(not EXPECT, reason="not in a cell: VCVM_EXPECT_TEXT is not set (tox sets it)")


@in_cell
def test_pack_is_the_one_of_this_cell() -> None:
    """A slip of the resolver would test one release twice, and be green."""
    assert metadata.version("vcvm-text").split(".")[0] == EXPECT


@in_cell
@pytest.mark.parametrize("package", ["vcvm_core", "vcvm_stdlib"])
def test_wheel_is_what_runs(package: str) -> None:
    """The packages come from the installed wheel, here and in a process started from the checkout."""
    installed = Path(sysconfig.get_path("purelib"), package, "__init__.py").resolve()
    code = f"import {package}; print({package}.__file__)"
    started = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    here = __import__(package).__file__
    assert here is not None
    assert [Path(here).resolve(), Path(started.strip()).resolve()] == [installed, installed]
    assert f"{package}/__init__.py" in {str(file) for file in metadata.files("vcvm") or ()}


@in_cell
def test_wheel_holds_every_file() -> None:
    """A file that git or the build leaves out would be missed by users only."""
    for package in ("vcvm_core", "vcvm_stdlib"):
        files = {path.relative_to(ROOT) for path in (ROOT / package).rglob("*") if path.is_file()}
        wanted = {path.as_posix() for path in files if "__pycache__" not in path.parts}
        assert wanted <= {file.as_posix() for file in metadata.files("vcvm") or ()}


@in_cell
@pytest.mark.parametrize("row", read_rows(), ids=lambda row: row.name)
def test_outcome(row: Row) -> None:
    """The program gives the stated answer, or is refused with the stated verdicts."""
    from vcvm_core import VM
    from vcvm_core.plugin import installed

    outcome = row.outcomes[f"text{EXPECT}"]
    vm = VM(hosts=installed())
    if outcome.refused is None:
        answer = vm.load(row.program).call(row.function, *row.args)
        assert (answer, type(answer)) == (outcome.answer, type(outcome.answer))
        return
    with pytest.raises(vcvm_core.LinkError) as refusal:
        vm.load(row.program)
    report = refusal.value.report
    text = "\n".join([str(refusal.value), *report.lines()])
    assert {verdict.name: verdict.word for verdict in report.refused} == outcome.refused
    assert [piece for piece in outcome.says if piece not in text] == []


WHOLE = 'about = "x"\nprogram = "p.vcvm"\nfunction = "main"\nargs = [1]\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (WHOLE + "[text1]\nanswer = 1\n", r"missing \['text2'\]"),
        (WHOLE + "[text1]\nanswer = 1\n[text2]\n", "either an answer or what is refused"),
        (WHOLE + "[text1]\nanswer = 1\n[text2]\nanswer = 1\nrefused = { a = 'unknown' }\n", "either an answer or"),
        (WHOLE + "[text1]\nanswer = 1\n[text2]\nrefused = {}\n", "refuses nothing"),
        (WHOLE + "[text1]\nanswer = 1\n[text2]\nanswers = 1\n", r"unknown keys \['answers'\]"),
        (WHOLE + "[text1]\nanswer = 1\n[text2]\nanswer = 1\n[text3]\nanswer = 1\n", r"unknown \['text3'\]"),
        (WHOLE.replace("p.vcvm", "q.vcvm") + "[text1]\nanswer = 1\n[text2]\nanswer = 1\n", "no program"),
    ],
)
def test_rows_rejects(tmp_path: Path, text: str, says: str) -> None:
    """A row that leaves a cell open, or cannot be run, is refused; it does not count as passed."""
    (tmp_path / "p.vcvm").write_bytes(b"")
    (tmp_path / "row.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BadRow, match=says):
        read_row(tmp_path / "row.toml")


def test_rows_reads(tmp_path: Path) -> None:
    """A whole row is read as it stands."""
    (tmp_path / "p.vcvm").write_bytes(b"")
    text = WHOLE + "[text1]\nanswer = 1\n[text2]\nrefused = { slugify = 'unknown' }\nsays = ['vcvm-text']\n"
    (tmp_path / "row.toml").write_text(text, encoding="utf-8")
    (row,) = read_rows(tmp_path)
    assert (row.name, row.args, row.outcomes["text1"].answer) == ("row", (1,), 1)
    assert row.outcomes["text2"].refused == {"slugify": "unknown"}
