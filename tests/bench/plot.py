"""The picture of the manual: what vcvm and its peers cost, by hand-written Python, on a logarithmic scale.

Takes the results of sections; gives an SVG file, the same for the same figures. Needs matplotlib.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from bench.against import HAND, VCVM
from bench.measure import Figures, Result
from bench.report import Section, number

COLUMNS: Final = 2
OURS: Final = "#c2410c"
THEIRS: Final = "#94a3b8"
INK: Final = "#334155"
LIMIT: Final = "#15803d"

STYLE: Final[dict[str, Any]] = {
    "svg.hashsalt": "vcvm",  # the same identities in every run
    "svg.fonttype": "none",  # text stays text
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": THEIRS,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "xtick.color": INK,
    "ytick.color": INK,
    "path.simplify": True,
}


def shown(sections: Iterable[Section]) -> list[tuple[str, Result]]:
    """The cases that are drawn, those that compare vcvm with hand-written Python, and their titles."""
    return [
        (f"{section.number}. {result.case.name}", result)
        for section in sections
        for result in section.results
        if result.figures and {HAND, VCVM} <= {figures.variant for figures in result.figures}
    ]


def ranked(result: Result) -> list[Figures]:
    """The rows of a panel, the cheapest first; the baseline is the line at 1."""
    return sorted((f for f in result.figures if f.variant != HAND), key=lambda f: f.ratio)


def draw(path: Path, sections: Sequence[Section]) -> None:
    """Write the picture. Raises ImportError without matplotlib."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    panels = shown(sections)
    lines = [panels[i : i + COLUMNS] for i in range(0, len(panels), COLUMNS)]
    places = [max(len(ranked(result)) for _, result in line) for line in lines]
    ratios = [f.ratio for _, result in panels for f in result.figures]
    extent = min(ratios) / 8, max(ratios) * 6
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(11, 0.18 * sum(places) + 0.55 * len(lines)), layout="constrained")
        grid = figure.add_gridspec(len(lines), COLUMNS, height_ratios=[count + 3 for count in places])
        for row, line in enumerate(lines):
            for column, (title, result) in enumerate(line):
                axes = figure.add_subplot(grid[row, column], xlim=extent, ylim=(places[row] - 0.4, -0.6))
                _panel(axes, title, result)
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
    # The lines end as they do in every other text of the manual.
    path.write_text("".join(f"{line.rstrip()}\n" for line in path.read_text("utf-8").splitlines()), encoding="utf-8")


def _panel(axes: Any, title: str, result: Result) -> None:
    rows = ranked(result)
    extent = axes.get_xlim()
    axes.set_title(title)
    axes.set_xscale("log")
    axes.set_xticks([10.0**n for n in range(-4, 9, 2)])
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,g}")
    axes.minorticks_off()
    axes.set_yticks(range(len(rows)), [f.variant for f in rows])
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    for target in result.case.targets:
        limit = target.limit if target.measure == "ratio" else target.limit / 1e3 / result.figures[0].time
        axes.axvline(limit, color=LIMIT, linewidth=1.2, linestyle="--", zorder=1)
    axes.axvline(1, color=INK, linewidth=0.8, zorder=1)
    for y, (figures, label) in enumerate(zip(rows, axes.get_yticklabels(), strict=True)):
        ours, cheap = figures.variant == VCVM, figures.ratio < 1
        look = {"color": OURS, "weight": "bold"} if ours else {}
        label.set(**look)
        # A bar begins at 1, and goes to the left if it is less.
        axes.barh(y, figures.ratio - 1, left=1, color=OURS if ours else THEIRS, height=0.72)
        axes.annotate(
            number(figures.ratio),
            (figures.ratio, y),
            (-4 if cheap else 4, 0),
            textcoords="offset points",
            ha="right" if cheap else "left",
            va="center_baseline",
            fontsize=8,
            **look,
        )
    axes.set_xlim(extent)  # ticks beyond it do not widen it
