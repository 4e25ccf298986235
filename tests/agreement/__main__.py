"""The command: so many random programs from a seed on, on every tier; what disagrees is printed, ready to be repeated.

    python -m agreement [--programs 10000] [--hosts 500] [--seed 1] [--processes 2] [--shrink] [--keep FOLDER]

Program number n has the seed SEED + n, and so has script number n of the scripts of hosts that follow. Exit code 1 if anything
disagreed, or an opcode was never executed in a run of 2,000 programs or more. `--shrink` makes a program that disagrees small
first; `--keep` writes it into a folder, scripts into its folder hosts.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import Final

from agreement.campaign import Tally
from agreement.compare import MOST
from agreement.parts import Texts, parts, script_parts
from agreement.report import script_summary, summary
from agreement.ways import Acts
from vcvm_core.isa import BY_CODE

ENOUGH: Final = 2_000
"""Programs in which every opcode must have been executed."""


class Progress:
    """A line that says how far a campaign is."""

    def __init__(self, what: str, most: int, every: int) -> None:
        self.what, self.most, self.every = what, most, every
        self.start, self.shown = monotonic(), 0

    def tell(self, done: int, compared: int, found: int) -> None:
        """Say it now and then; on a terminal always."""
        spent = monotonic() - self.start
        line = f"{done:,} of {self.most:,} {self.what}, {compared:,} calls, {found} disagree, {spent:.0f} s"
        if sys.stdout.isatty():
            print(f"\r{line}", end="", flush=True)
        elif done - self.shown >= self.every or done == self.most:
            self.shown = done
            print(line, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; gives the exit code."""
    parser = argparse.ArgumentParser(prog="agreement", description="Random programs that must end alike on every tier.")
    parser.add_argument("--programs", type=int, default=10_000)
    parser.add_argument("--hosts", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--shrink", action="store_true")
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args(arguments)
    hosts = given.programs // 20 if given.hosts is None else given.hosts
    start, tally, found = monotonic(), Tally(), Texts()
    progress = Progress("programs", given.programs, 2_000)
    for one, texts in parts(given.programs, given.seed, given.processes, given.shrink):
        tally.add(one)
        found += texts
        progress.tell(tally.programs, tally.compared, len(found))
        if len(found) >= MOST:
            break
    print()
    seconds = monotonic() - start
    acts, differing = Acts(), Texts()
    progress = Progress("scripts of hosts", hosts, 200)
    for acted, texts in script_parts(hosts, given.seed, given.processes, given.shrink):
        acts.add(acted)
        differing += texts
        progress.tell(acts.scripts, acts.compared, len(differing))
        if len(differing) >= MOST:
            break
    print()
    for kind, texts in (("seed", found), ("script", differing)):
        for seed, text, file in texts[:MOST]:
            print(text)
            if given.keep is not None:
                folder = given.keep / "hosts" if kind == "script" else given.keep
                folder.mkdir(parents=True, exist_ok=True)
                (folder / f"{kind}-{seed}.vasm").write_text(file, "utf-8")
    if given.programs:
        print(summary(tally, seconds).rpartition("\n")[0])
    if hosts:
        print(script_summary(acts))
    print(f"disagreements            {len(found) + len(differing):>9,}")
    never = tally.programs >= ENOUGH and len(tally.opcodes) < len(BY_CODE)
    return 1 if found or differing or never else 0


if __name__ == "__main__":
    sys.exit(main())
