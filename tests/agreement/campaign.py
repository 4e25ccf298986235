"""A campaign: programs of many seeds, each run in every way under several limits, and what came of it.

Takes seeds; gives a `Tally`, which can be added to another. Which limits a program meets depends on its seed alone. Stops at
the tenth disagreement.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Final

from agreement.compare import LIMITS, MOST, Disagreement, Runner, executed, word
from agreement.generate import Case, generate
from agreement.graphs import graphs
from agreement.hosts import Host
from vcvm_core import Limits

SHORT: Final = 150
"""Units of fuel up to which a run is repeated with every smaller amount."""


@dataclass
class Tally:
    """What a campaign came to. loops: counted ones that became a `for`. folded: calls of intrinsics that became expressions.
    numbered: functions that became a loop over block numbers. fallbacks: reasons, with how many functions."""

    programs: int = 0
    compared: int = 0
    sweeps: int = 0
    functions: int = 0
    loops: int = 0
    folded: int = 0
    numbered: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    fallbacks: Counter[str] = field(default_factory=Counter)
    opcodes: set[int] = field(default_factory=set)
    found: list[Disagreement] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Take in what another campaign came to."""
        self.programs += other.programs
        self.compared += other.compared
        self.sweeps += other.sweeps
        self.functions += other.functions
        self.loops += other.loops
        self.folded += other.folded
        self.numbered += other.numbered
        self.outcomes.update(other.outcomes)
        self.fallbacks.update(other.fallbacks)
        self.opcodes |= other.opcodes
        self.found += other.found[: MOST - len(self.found)]

    def looked(self, runner: Runner) -> None:
        """Take in what a runner's compiled code is made of."""
        for tier in list(runner.tiers.values())[:1]:
            for source in tier.sources.values():
                self.functions += 1
                self.loops += len(_COUNTED.findall(source.text))
                self.numbered += _NUMBERED.search(source.text) is not None
                self.folded += sum(name in tier.folds for name in _HOST.findall(source.text))
            self.fallbacks.update(tier.fallbacks.values())


_COUNTED: Final = re.compile(r"^ *for x\d+ in range\(", re.MULTILINE)
_NUMBERED: Final = re.compile(r"^ *b = 0$", re.MULTILINE)
_HOST: Final = re.compile(r"\b(h\d+)\(")


def smaller(rng: Random, used: tuple[int, int, int]) -> Limits:
    """Limits of which one or two are small."""
    choices = {
        "fuel": rng.randrange(used[0] + 2), "intrinsic_calls": rng.randrange(used[1] + 2), "call_depth": rng.randrange(1, 7),
        "memory": rng.randrange(used[2] + 2), "value_size": rng.choice((0, 1, 3, 10, 40)),
        "value_entries": rng.choice((0, 1, 2, 3, 5, 9)), "value_depth": rng.choice((0, 1, 2, 3)),
    }  # fmt: skip
    names = rng.sample(list(choices), rng.choice((1, 1, 2)))
    return LIMITS.with_(**{name: choices[name] for name in names})


def examined(case: Case, host: Host, tally: Tally) -> Runner:
    """Run one program in every way, under the limits that its seed says."""
    rng = Random(case.seed ^ 0x5EED)
    runner = Runner(case, host)
    for number in range(len(case.calls)):
        first = number == 0
        expected = runner.all(number, LIMITS, auto=first and rng.random() < 0.3, measure=first and rng.random() < 0.1)
        tally.outcomes[word(expected.outcome)] += 1
        fuel, calls, memory = used = expected.used or (0, 0, 0)
        if not runner.found and fuel <= SHORT and rng.random() < 0.25:
            runner.swept(number, LIMITS, "fuel", range(fuel + 2))
            tally.sweeps += 1
        elif not runner.found:
            runner.swept(number, LIMITS, "fuel", [rng.randrange(fuel + 2) for _ in range(4)])
        if calls and not runner.found and rng.random() < 0.5:
            runner.swept(number, LIMITS, "intrinsic_calls", range(min(calls, 20) + 2))
        if memory and not runner.found:
            runner.swept(number, LIMITS, "memory", [rng.randrange(memory + 1) for _ in range(3)])
        if not runner.found and rng.random() < 0.05:
            runner.sliced(number, LIMITS, expected)
        if not runner.found and rng.random() < 0.12:
            limits = smaller(rng, used)
            expected = runner.all(number, limits, auto=False, measure=False)
            if not runner.found and rng.random() < 0.2:
                runner.sliced(number, limits, expected)
        if runner.found:
            break
    tally.programs += 1
    tally.compared += runner.compared
    tally.found += runner.found
    tally.looked(runner)
    return runner


def case(seed: int, host: Host) -> Case:
    """The case of a seed of a campaign: statements if it is even, blocks if it is odd."""
    return graphs(seed, host) if seed & 1 else generate(seed, host)


def campaign(seeds: Iterable[int], tally: Tally | None = None, most: int = MOST) -> Tally:
    """Examine the programs of some seeds."""
    tally = tally or Tally()
    host = Host()
    for seed in seeds:
        examined(case(seed, host), host, tally)
        if len(tally.found) >= most:
            break
    tally.opcodes |= executed()
    return tally
