"""Results as text, as JSON, and as the page of the manual.

Takes the results of sections and the surroundings; gives plain tables, plain data with every round, and a page whose
generated part stands between two marker lines. What is outside of them is left as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.measure import Figures, Result, Verdict

SCHEMA: Final = 1
BEGIN: Final = "<!-- begin: written by `tox -e bench` -->"
END: Final = "<!-- end -->"


@dataclass(frozen=True)
class Section:
    """The results of one target. number: the target's, or the word of a section that has none."""

    number: str
    title: str
    results: tuple[Result, ...]

    @property
    def heading(self) -> str:
        """Number and title."""
        return f"{self.number}. {self.title}" if self.number.isdigit() else self.title


def duration(seconds: float) -> str:
    """A time with three digits and its unit."""
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("us", 1e6)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def number(value: float) -> str:
    """A ratio with as many digits as mean something."""
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def rows(result: Result) -> list[list[str]]:
    """The table of a case: a heading, then a row for each variant."""
    unit = result.case.unit
    grows = len({f.size for f in result.figures}) > 1 and any(t.measure == "growth" for t in result.case.targets)
    heading = [
        "",
        "CPU time",
        *([f"per {unit}"] if unit else []),
        "ratio",
        "min",
        "max",
        *(["growth"] if grows else []),
    ]
    return [heading, *(_row(result, figures, unit is not None, grows) for figures in result.figures)]


def _row(result: Result, figures: Figures, per_unit: bool, grows: bool) -> list[str]:
    cells = [figures.variant, duration(figures.time)]
    if per_unit:
        cells.append(duration(figures.time / figures.size))
    cells += [number(figures.ratio), number(min(figures.ratios)), number(max(figures.ratios))]
    if grows:
        cells.append(number(result.growth(figures)))
    return cells


def spelled(verdict: Verdict) -> list[str]:
    """A verdict in cells: the variant, what was found, the target, and whether it is met."""
    target = verdict.target
    sign = ">=" if target.measure == "millions a second" else "<="
    word = {"ratio": "x", "growth": "x per unit", "milliseconds": "ms", "millions a second": "million/s"}[
        target.measure
    ]
    outcome = "met" if verdict.met else f"missed by {number(verdict.miss)}"
    return [target.variant, f"{number(verdict.found)} {word}", f"{sign} {target.limit:g}", outcome]


def aligned(table: Sequence[Sequence[str]]) -> str:
    """A table as lines of text, its first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = []
    for cells in table:
        first, *others = (f"{c:{'<' if i == 0 else '>'}{widths[i]}}" for i, c in enumerate(cells))
        lines.append("   ".join(["  " + first, *others]).rstrip())
    return "\n".join(lines)


def marked(table: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    first, *others = ([c.replace("|", "\\|") for c in cells] for cells in table)
    rule = ["---", *("---:" for _ in first[1:])]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (first, rule, *others))


def printed(result: Result) -> str:
    """A case for the terminal."""
    lines = [result.case.name]
    if result.problem:
        lines.append(f"  NOT MEASURED: {result.problem}")
    else:
        lines.append(aligned(rows(result)))
    lines += [f"  {note}" for note in result.case.notes]
    lines += [f"  target: {', '.join(spelled(verdict))}" for verdict in result.verdicts]
    return "\n".join(lines) + "\n"


def data(sections: Iterable[Section], around: Mapping[str, Any], rounds: int) -> dict[str, Any]:
    """Everything that was measured, as plain data."""
    return {
        "schema": SCHEMA,
        "surroundings": dict(around),
        "rounds": rounds,
        "sections": [
            {"number": s.number, "title": s.title, "cases": [_case_data(result) for result in s.results]}
            for s in sections
        ],
    }


def _case_data(result: Result) -> dict[str, Any]:
    return {
        "name": result.case.name,
        "unit": result.case.unit,
        "notes": list(result.case.notes),
        "problem": result.problem or None,
        "variants": [
            {
                "name": f.variant,
                "size": f.size,
                "repeats": f.repeats,
                "seconds": list(f.seconds),
                "ratios": list(f.ratios),
                "median_seconds": f.time,
                "median_ratio": f.ratio,
            }
            for f in result.figures
        ],
        "targets": [
            {
                "variant": v.target.variant,
                "measure": v.target.measure,
                "limit": v.target.limit,
                "found": v.found,
                "met": v.met,
            }
            for v in result.verdicts
        ],
    }


def write_json(path: Path, found: Mapping[str, Any]) -> None:
    """Write plain data; folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def write_page(path: Path, sections: Sequence[Section], around: Mapping[str, Any], rounds: int) -> None:
    """Write the generated part of the page anew. Raises ValueError if the page has no markers."""
    text = path.read_text("utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{path}: the lines {BEGIN} and {END} are missing")
    path.write_text(f"{before}{BEGIN}\n\n{page(sections, around, rounds)}\n{END}{after}", encoding="utf-8")


def page(sections: Sequence[Section], around: Mapping[str, Any], rounds: int) -> str:
    """The generated part: where it was measured, targets, tables."""
    packages, peers = (
        ", ".join(f"{name} {version}" for name, version in around[kind].items()) for kind in ("packages", "peers")
    )
    measured = (
        f"Measured on {around['date']}, in {rounds} rounds: {around['cpu']}, {around['cores']} cores, {around['system']}, "
        f"{around['python']}, vcvm {around['vcvm']}, {packages}."
    )
    against = f"Peers: {peers or 'none is installed'}."
    parts = [measured, against, "## Targets", _targets(sections)]
    missed = [
        f"- **{result.case.name}** ({verdict.target.variant}), by a factor of {number(verdict.miss)}: "
        f"{verdict.target.why or 'it is not known why'}."
        for section in sections
        for result in section.results
        for verdict in result.verdicts
        if not verdict.met
    ]
    if missed:
        parts += ["## What is missed, and why", "\n".join(missed)]
    for section in sections:
        parts.append(f"## {section.heading}")
        for result in section.results:
            parts.append(f"### {result.case.name}")
            parts.append(f"Not measured: {result.problem}" if result.problem else marked(rows(result)))
            if result.case.notes:
                parts.append("\n".join(f"- {note}" for note in result.case.notes))
    return "\n\n".join(parts) + "\n"


def _targets(sections: Iterable[Section]) -> str:
    table = [["case", "what", "found", "target", ""]]
    for section in sections:
        for result in section.results:
            label = f"{section.number}. {result.case.name}" if section.number.isdigit() else result.case.name
            table += [[label, *spelled(verdict)] for verdict in result.verdicts]
            if result.problem:
                table.append([label, "", "", "", "not measured"])
    return marked(table)
