"""The benchmarks work: they run, check what they time, and report it. How fast anything is, no test says."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from bench import peers, plot
from bench.__main__ import SECTIONS, main
from bench.against import HAND, VCVM
from bench.measure import Call, Case, Fresh, Scale, Target, Variant, WrongResult, measure
from bench.peers import PEERS, Peer, PeerWork, rivals, serve
from bench.report import BEGIN, END, Section, aligned, data, duration, number, page, printed, write_page
from bench.rules import refuses_misfits
from bench.surroundings import environment, surroundings
from bench.tasks import COMPILING, FIRST, RULE, TASKS, Task, accept, another, each
from bench.texts import TEXTS, Cannot

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


@pytest.mark.heavy
def test_whole_benchmark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Every section measures all its cases, tiny and once; every figure and every round is in the JSON. No peer is needed."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(peers, "installed_version", lambda name: None)
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
    assert ": not installed" in output.out
    assert not (tmp_path / "none.md").exists()
    assert "the page is left as it is" in output.out


def test_wrong_result_is_not_timed() -> None:
    """What gives something else is not the same work: no variant of its case is timed, and the reason is reported."""
    good, bad = Clock(1.0), Clock(1.0, result="wrong")
    result = measure(case(Variant("good", good, "right"), Variant("bad", bad, "right")), ONCE)
    assert "bad gives 'wrong', not 'right'" in result.problem
    assert (good.timed, bad.timed, result.figures) == (0, 0, ())
    assert "NOT MEASURED" in printed(result)


def test_optional_variant_is_left_out() -> None:
    """One that is wrong, raises, or breaks while it is timed: the case is measured without it, and says why."""

    def breaks() -> int:
        calls.append(1)
        return 1 if len(calls) < 4 else 1 // 0

    calls: list[int] = []
    variants = (
        Variant("base", Clock(1.0), "right"),
        Variant("wrong", Clock(1.0, result="wrong"), "right", optional=True),
        Variant("raises", Call(lambda: 1 // 0), 1, optional=True),
        Variant("breaks", Call(breaks), 1, optional=True),
        Variant("other", Clock(2.0), "right", optional=True),
    )
    result = measure(case(*variants), Scale(rounds=3, sample=0.0))
    assert result.problem == ""
    assert [f.variant for f in result.figures] == ["base", "other"]
    assert [note.split(":")[:2] for note in result.case.notes] == [
        ["without wrong", " WrongResult"],
        ["without raises", " ZeroDivisionError"],
        ["without breaks", " ZeroDivisionError"],
    ]


def test_fresh_work_is_new_each_time() -> None:
    """No arguments are given twice, and making them is not part of the work."""
    seen: list[int] = []
    work = Fresh(seen.append, lambda number: (number,), lambda result: result is None)
    assert work.once() is True
    assert work.seconds(3) >= 0
    assert seen == [0, 1, 2, 3]


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


# Tasks and peers


@pytest.mark.parametrize("language", TEXTS)
def test_every_language_has_every_task(language: str) -> None:
    """Or the reason why it cannot express it: no peer is dropped in silence."""
    assert set(TEXTS[language]) == {task.text or task.name for task in TASKS.values()}
    assert all(TEXTS[language].values())


def test_every_peer_has_its_language() -> None:
    """And every language its peer."""
    assert {peer.language for peer in PEERS} == set(TEXTS)


@pytest.mark.parametrize("task", [t for t in TASKS.values() if t not in (COMPILING, FIRST)], ids=lambda t: t.name)
def test_texts_in_python_are_the_tasks(task: Task) -> None:
    """What the peers that speak Python are given gives what the function written by hand gives."""
    names: dict[str, Any] = dict(task.hosts)
    exec(TEXTS["python"][task.name], names)
    assert task.work(lambda _: names["main"], "", False).once() == task.right(False)


def test_rule_has_both_results_for_every_reason() -> None:
    """The orders are taken and turned down; another version of the rule judges them alike."""
    orders = RULE.arguments(True)[0]
    verdicts = each(accept, orders)
    assert 0.3 < sum(verdicts) / len(verdicts) < 0.7
    text = TEXTS["python"]["rule"]
    assert text != another(text, 0) != another(text, 1)
    names: dict[str, Any] = {}
    exec(another(text, 7), names)
    assert each(names["main"], orders) == verdicts


def test_rule_refuses_what_is_no_order() -> None:
    """A rule that takes one, or that fails in another way than by refusing, is not measured."""
    refuses_misfits(accept, TypeError, KeyError)
    with pytest.raises(WrongResult, match="which is no order"):
        refuses_misfits(lambda record: True)
    with pytest.raises(KeyError):
        refuses_misfits(accept, TypeError)


def test_absent_peers_are_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what keeps each of them out."""
    monkeypatch.setattr(peers, "installed_version", lambda name: None)
    with rivals(TASKS["fib"], False) as (variants, notes):
        assert variants == ()
    spoken = [peer.package for peer in PEERS if not isinstance(TEXTS[peer.language]["fib"], Cannot)]
    assert f"without {', '.join(spoken)}: not installed" in notes
    assert sum(len(note.partition(":")[0].split(", ")) for note in notes) == len(PEERS)


class Orders:
    """An input of a worker."""

    def __init__(self, *lines: str) -> None:
        self.lines = lines

    def __iter__(self) -> Any:
        return iter(self.lines)


def _plain(task: Task) -> Any:
    def build(text: str) -> Any:
        names: dict[str, Any] = dict(task.hosts)
        exec(text, names)
        return names["main"]

    return build


def _wrong(task: Task) -> Any:
    return lambda text: lambda *arguments: "wrong"


def _absent(task: Task) -> Any:
    raise ImportError("it is not for this machine")


@pytest.mark.parametrize("name", TASKS)
def test_worker_obeys(name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """It says that its result is right, then the seconds of each order."""
    monkeypatch.setattr(peers, "PEERS", (Peer("plain", "python", _plain),))
    monkeypatch.setattr(sys, "stdin", Orders("1", "2"))
    serve("plain", name, "tiny")
    first, *seconds = capsys.readouterr().out.splitlines()
    assert first == "right"
    assert [float(s) >= 0 for s in seconds] == [True, True]


@pytest.mark.parametrize(("prepare", "says"), [(_wrong, "gives 'wrong', not 5"), (_absent, "ImportError: it is not")])
def test_worker_says_what_is_wrong(
    prepare: Any, says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And ends."""
    monkeypatch.setattr(peers, "PEERS", (Peer("bad", "python", prepare),))
    serve("bad", "fib", "tiny")
    assert capsys.readouterr().out.startswith(says)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("print('gives 1, not 2')", "without bad: WrongResult: gives 1, not 2"),
        ("import os; os.abort()", "without bad: WrongResult: the worker ended before it gave a result"),
        ("print('right')", "without bad: WrongResult: the worker ended while it was timed"),
        ("print('right'); input(); print(0.1)", "without bad: WrongResult: the worker ended while it was timed"),
    ],
)
def test_broken_peer_takes_nobody_with_it(code: str, says: str, tmp_path: Path) -> None:
    """Wherever its process ends, the case is measured without it."""
    with PeerWork([sys.executable, "-c", code], environment(tmp_path), quiet=True) as work:
        variants = Variant("base", Clock(1.0), "right"), Variant("bad", work, "right", optional=True)
        result = measure(case(*variants), Scale(rounds=2, sample=0.0))
    assert [f.variant for f in result.figures] == ["base"]
    assert result.case.notes == (says,)


# The picture


def test_picture_shows_what_is_compared(tmp_path: Path) -> None:
    """Cases of vcvm against hand-written Python, the cheapest first; twice the same file."""
    variants = (
        Variant(HAND, Clock(1.0), "right"),
        Variant("slow", Clock(50.0), "right"),
        Variant(VCVM, Clock(1.5), "right"),
        Variant("quick", Clock(0.5), "right"),
    )
    drawn = measure(case(*variants, targets=(Target(VCVM, "ratio", 2.0),)), ONCE)
    left_out = measure(case(*variants[:2]), ONCE)
    sections = [Section("1", "Something", (drawn, left_out))]
    assert plot.shown(sections) == [("1. a case", drawn)]
    assert [f.variant for f in plot.ranked(drawn)] == ["quick", VCVM, "slow"]
    pytest.importorskip("matplotlib")
    one, two = tmp_path / "one.svg", tmp_path / "two.svg"
    plot.draw(one, sections)
    plot.draw(two, sections)
    assert one.read_bytes() == two.read_bytes()
    assert ">quick</text>" in one.read_text("utf-8")
