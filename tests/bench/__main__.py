"""The command: measures, prints tables, writes JSON, and, after a whole run, the page of the manual.

    python -m bench [--only 12 ...] [--rounds 9] [--json build/bench.json] [--page docs/performance.md]

Exit code 1 if something could not be measured; a missed target is a result like any other.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Final

from bench import (
    calling,
    entering,
    growth,
    interpreter,
    loading,
    loops,
    packs,
    plot,
    reading,
    recursion,
    report,
    rules,
    startup,
)
from bench.cars import ROOT
from bench.measure import Case, Result, Scale, measure
from bench.peers import PEERS
from bench.report import Section
from bench.surroundings import surroundings

SECTIONS: Final[dict[str, ModuleType]] = {
    "1": calling,
    "2": entering,
    "3": loops,
    "4": recursion,
    "5": rules,
    "6": loading,
    "10": startup,
    "11": packs,
    "12": interpreter,
    "13": reading,
    "growth": growth,
}
"""By the number of the target in the plan; each module has a TITLE, and `cases(scale, folder)`."""

LEAST_ROUNDS: Final = 7
"""For figures that go into the manual."""


def run(numbers: Iterable[str], scale: Scale) -> list[Section]:
    """Measure sections, printing each case as it is done."""
    sections = []
    for key in numbers:
        module = SECTIONS[key]
        print(f"== {key}: {module.TITLE}\n", flush=True)
        with tempfile.TemporaryDirectory(prefix="vcvm-bench-") as folder:
            sections.append(Section(key, module.TITLE, tuple(_results(module, scale, Path(folder)))))
    return sections


def _results(module: ModuleType, scale: Scale, folder: Path) -> Iterable[Result]:
    try:
        for case in module.cases(scale, folder):
            result = measure(case, scale)
            print(report.printed(result), flush=True)
            yield result
    except Exception as e:  # noqa: BLE001 - a section that cannot go on does not keep the others from it
        result = Result(Case("the rest of this section", ()), problem=f"{type(e).__name__}: {e}")
        print(report.printed(result), flush=True)
        yield result


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; gives its exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="What vcvm costs, as ratios to plain Python.")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, metavar="SECTION", help=f"of {', '.join(SECTIONS)}")
    parser.add_argument("--rounds", type=int, default=Scale.rounds, help="rounds of each case (%(default)s)")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: whether it works, not how fast")
    parser.add_argument("--json", type=Path, default=ROOT / "build" / "bench.json", help="where every figure goes")
    parser.add_argument(
        "--page", type=Path, default=ROOT / "docs" / "performance.md", help="where a whole run is shown"
    )
    args = parser.parse_args(words)
    if args.rounds < 1:
        parser.error("--rounds: at least one")
    scale = Scale(args.rounds, 0.0, False) if args.quick else Scale(args.rounds)
    sections = run(args.only or SECTIONS, scale)
    around = surroundings(peer.package for peer in PEERS)
    report.write_json(args.json, report.data(sections, around, scale.rounds))
    print(f"all figures: {args.json}")
    problems = sum(bool(result.problem) for section in sections for result in section.results)
    if problems:
        print(f"{problems} cases could not be measured", file=sys.stderr)
    elif args.only or args.quick or args.rounds < LEAST_ROUNDS:
        print(f"the page is left as it is: that takes every section, whole, and {LEAST_ROUNDS} rounds")
    else:
        report.write_page(args.page, sections, around, scale.rounds)
        print(f"tables: {args.page}")
        picture = args.page.with_suffix(".svg")
        try:
            plot.draw(picture, sections)
        except ImportError as e:
            print(f"the plot is left as it is: {e}")
        else:
            print(f"plot: {picture}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
