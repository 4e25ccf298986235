"""The benchmarks work: they run, check what they time, and report it. How fast anything is, no test says."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.__main__ import SECTIONS, main
from bench.measure import Call, Case, Scale, Target, Variant, WrongResult, measure
from bench.report import BEGIN, END, Section, aligned, data, duration, number, page, printed, write_page
from bench.surroundings import environment, surroundings

ONCE = Scale(rounds=1, sample=0.0, full=False)


class Clock:
    """Work that takes as long as it is told, and counts."""

    def __init__(self, *seconds: float, result: Any = "right") -> None:
        self.each, self.result = list(seconds), result
        self.timed = 0

    def once(self) -> Any:
        return self.result

    def seconds(self, times: int) -> float:
        found = self.each[self.timed % len(self.each)]
        self.timed += 1
        return found * times


def case(*variants: Variant, targets: tuple[Target, ...] = (), unit: str | None = None) -> Case:
    return Case("a case", variants, targets, unit)


def test_whole_benchmark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Every section measures all its cases, tiny and once; every figure and every round is in the JSON."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    path = tmp_path / "new" / "bench.json"
    code = main(["--quick", "--rounds", "1", "--json", str(path), "--page", str(tmp_path / "none.md")])
    output = capsys.readouterr()
    assert code == 0, output.out
    found = json.loads(path.read_text("utf-8"))
    assert [s["number"] for s in found["sections"]] == list(SECTIONS)
    assert found["rounds"] == 1
    assert {"date", "cpu", "cores", "system", "python", "vcvm", "packages"} <= found["surroundings"].keys()
    for section in found["sections"]:
        assert section["cases"]
        for one in section["cases"]:
            assert one["problem"] is None, one
            assert len(one["variants"]) >= 2
            assert one["targets"], one["name"]
            assert one["variants"][0]["ratios"] == [1.0]
            for variant in one["variants"]:
                assert len(variant["seconds"]) == len(variant["ratios"]) == 1
            assert one["name"] in output.out
    assert not (tmp_path / "none.md").exists()
    assert "the page is left as it is" in output.out


def test_wrong_result_is_not_timed() -> None:
    """What gives something else is not the same work: no variant of its case is timed, and the reason is reported."""
    good, bad = Clock(1.0), Clock(1.0, result="wrong")
    result = measure(case(Variant("good", good, "right"), Variant("bad", bad, "right")), ONCE)
    assert "bad gives 'wrong', not 'right'" in result.problem
    assert (good.timed, bad.timed, result.figures) == (0, 0, ())
    assert "NOT MEASURED" in printed(result)


def test_error_is_a_result() -> None:
    """A variant that raises does not end the run."""
    result = measure(case(Variant("raises", Call(lambda: 1 // 0), 1)), ONCE)
    assert result.problem.startswith("ZeroDivisionError")
    assert issubclass(WrongResult, Exception)


def test_ratios_are_of_one_round() -> None:
    """A round in which everything took twice as long changes no ratio."""
    # The first sample is the one that finds the number of repeats.
    variants = Variant("base", Clock(1, 1, 2, 1), "right"), Variant("other", Clock(3, 3, 6, 3), "right")
    result = measure(case(*variants), Scale(rounds=3, sample=0.0))
    assert [f.ratios for f in result.figures] == [(1.0, 1.0, 1.0), (3.0, 3.0, 3.0)]
    assert result.figures[1].seconds == (3, 6, 3)


def test_short_work_is_repeated() -> None:
    """A sample is as long as it is asked to be, whatever one execution takes."""
    (figures,) = measure(case(Variant("short", Clock(0.001), "right")), Scale(rounds=1, sample=0.02)).figures
    assert figures.repeats >= 20
    assert figures.seconds == (pytest.approx(0.001),)


@pytest.mark.parametrize(
    ("measured", "limit", "found", "miss"),
    [
        ("ratio", 10, 20, 2),
        ("growth", 4, 2, 0.5),
        ("milliseconds", 1000, 2000, 2),
        ("millions a second", 1e-5, 5e-6, 2),
    ],
)
def test_verdicts(measured: Any, limit: float, found: float, miss: float) -> None:
    """Each measure says what was found, and by which factor it misses; a rate misses when it is too low."""
    variants = Variant("base", Clock(0.1), "right"), Variant("other", Clock(2.0), "right", size=10)
    (verdict,) = measure(case(*variants, targets=(Target("other", measured, limit),)), ONCE).verdicts
    assert verdict.found == pytest.approx(found)
    assert verdict.miss == pytest.approx(miss)
    assert verdict.met is (miss <= 1)


def test_page(tmp_path: Path) -> None:
    """Only what stands between the markers is written, twice as well as once; misses are explained."""
    variants = Variant("base", Clock(0.5), "right"), Variant("a | b", Clock(2.5), "right")
    targets = (Target("a | b", "ratio", 2.0, why="it is slow"),)
    sections = [Section("10", "Something", (measure(case(*variants, targets=targets), ONCE),))]
    path = tmp_path / "page.md"
    path.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    for _ in range(2):
        write_page(path, sections, surroundings(), 1)
        text = path.read_text("utf-8")
        assert text.startswith(f"before\n{BEGIN}\n")
        assert text.endswith(f"{END}\nafter\n")
        assert "old" not in text
        assert "| a \\| b | 2.5 s | 5.00 | 5.00 | 5.00 |" in text
        assert "- **a case** (a | b), by a factor of 2.50: it is slow." in text
    path.write_text("no markers", encoding="utf-8")
    with pytest.raises(ValueError, match="missing"):
        write_page(path, sections, surroundings(), 1)


def test_page_of_the_manual_has_markers() -> None:
    """So that `tox -e bench` can write it."""
    text = (Path(__file__).parents[2] / "docs" / "performance.md").read_text("utf-8")
    assert text.count(BEGIN) == text.count(END) == 1
    assert text.index(BEGIN) < text.index(END)


def test_unmeasured_cases_are_shown() -> None:
    """A case that failed is on the page and in the data, with its reason."""
    result = measure(case(Variant("bad", Clock(1.0, result="wrong"), "right")), ONCE)
    sections = [Section("11", "Something", (result,))]
    assert "not measured" in page(sections, surroundings(), 1)
    assert data(sections, surroundings(), 1)["sections"][0]["cases"][0]["problem"] == result.problem


def test_numbers_are_readable() -> None:
    """Three digits and a unit; ratios with what means something; columns that line up."""
    assert [duration(s) for s in (2.5, 0.0123, 4.5e-6, 7e-8)] == ["2.5 s", "12.3 ms", "4.5 us", "70 ns"]
    assert [number(n) for n in (1.234, 12.34, 123.4)] == ["1.23", "12.3", "123"]
    assert aligned([["", "ratio"], ["long name", "1"]]) == "              ratio\n  long name       1"


def test_processes_start_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is set for the interpreter that measures does not reach the processes that are measured."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    found = environment(tmp_path)
    assert "PYTHONDONTWRITEBYTECODE" not in found
    assert "PYTHONPATH" not in found
    assert environment(tmp_path, tmp_path)["PYTHONPATH"] == str(tmp_path)
