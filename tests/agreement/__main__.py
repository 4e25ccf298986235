"""The command: so many random programs from a seed on, on every tier; what disagrees is printed, ready to be repeated.

    python -m agreement [--programs 20000] [--seed 1] [--processes 2] [--shrink] [--keep FOLDER]

Program number n has the seed SEED + n. Exit code 1 if anything disagreed, or an opcode was never executed in a run of 2,000
programs or more. `--shrink` makes a program that disagrees small first; `--keep` writes it into a folder.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import Final

from agreement.campaign import MOST, Tally
from agreement.parts import parts
from agreement.report import summary
from vcvm_core.isa import BY_CODE

ENOUGH: Final = 2_000
"""Programs in which every opcode must have been executed."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; gives the exit code."""
    parser = argparse.ArgumentParser(prog="agreement", description="Random programs that must end alike on every tier.")
    parser.add_argument("--programs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--shrink", action="store_true")
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args(arguments)
    start, tally, found = monotonic(), Tally(), list[tuple[int, str, str]]()
    shown = 0
    for one, texts in parts(given.programs, given.seed, given.processes, given.shrink):
        tally.add(one)
        found += texts
        spent = monotonic() - start
        line = f"{tally.programs:,} of {given.programs:,} programs, {tally.compared:,} calls"
        line += f", {len(found)} disagree, {spent:.0f} s"
        if sys.stdout.isatty():
            print(f"\r{line}", end="", flush=True)
        elif tally.programs - shown >= 2_000 or tally.programs == given.programs:
            shown = tally.programs
            print(line, flush=True)
        if len(found) >= MOST:
            break
    print()
    for seed, text, file in found[:MOST]:
        print(text)
        if given.keep is not None:
            given.keep.mkdir(parents=True, exist_ok=True)
            (given.keep / f"seed-{seed}.vasm").write_text(file, "utf-8")
    print(summary(tally, monotonic() - start).rpartition("\n")[0])
    print(f"disagreements            {len(found):>9,}")
    never = tally.programs >= ENOUGH and len(tally.opcodes) < len(BY_CODE)
    return 1 if found or never else 0


if __name__ == "__main__":
    sys.exit(main())
