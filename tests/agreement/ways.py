"""Ways to run a script, and holding what each call came to against the interpreter.

Takes a `Script`; gives a `Different` for each way in which a call ended otherwise than on the interpreter that checks itself.
Every way begins with a host of its own. What is compared is what compare.py compares. A campaign is many of them, counted in
`Acts`. Refuses nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final, NamedTuple

from agreement.compare import MOST, Seen, seen, word
from agreement.hosting import TERMS, Hosted, Table
from agreement.scripts import Script, Step, scripted
from vcvm_core import VM, Program
from vcvm_core.bytecode import encode
from vcvm_core.vm import TierName


class Way(NamedTuple):
    """A way to run a script. how: by which methods of a program, in turn."""

    tier: TierName
    how: tuple[str, ...]
    watched: bool = False

    def __str__(self) -> str:
        return f"{self.tier}, {' and '.join(self.how)}{', watched' if self.watched else ''}"


MIXED: Final = ("call", "measure", "function", "call", "function", "measure")
REFERENCE: Final = Way("interpreter", ("check",))
WAYS: Final = (
    Way("interpreter", ("call",)), Way("interpreter", ("call",), True), Way("interpreter", MIXED),
    Way("auto", ("call",)), Way("auto", ("function",)), Way("auto", MIXED), Way("auto", ("function",), True),
    Way("compiled", ("call",)), Way("compiled", ("function",)), Way("compiled", ("measure",)), Way("compiled", MIXED),
    Way("compiled", ("measure",), True), Way("compiled", ("call",), True),
)  # fmt: skip


class Watcher:
    """An observer that looks at everything, and keeps nothing."""

    values = 20

    def start(self, record: Any) -> None:
        """An intrinsic is called."""

    def end(self, record: Any, ended: Any) -> None:
        """It has returned."""


class Failing(Watcher):
    """An observer that raises when it is told for the third time, and is told nothing more."""

    def __init__(self) -> None:
        self.told = 0

    def start(self, record: Any) -> None:
        """Raise, sooner or later."""
        self.told += 1
        if self.told == 3:
            raise KeyError("told enough")


class Different(NamedTuple):
    """A call that ended differently in one way. step: its number in the script."""

    script: Script
    way: Way
    step: int
    expected: Seen
    found: Seen


def observed(script: Script, way: Way) -> Iterator[tuple[int, Seen]]:
    """Run a script in one way, on a host of its own; gives what each call came to, with the number of its step."""
    host = Hosted()
    tables = {load.terms: Table(host, TERMS[load.terms]) for load in script.loads}
    data = encode(script.module)
    programs: dict[int, Program] = {}

    def loaded(number: int) -> Program:
        if number not in programs:
            load = script.loads[number]
            watching = [Watcher(), Failing()] if load.watched or way.watched else []
            vm = VM(tables[load.terms], limits=load.limits, allow=("clock",), tier=way.tier, observers=watching)
            programs[number] = vm.load(data) if load.again else vm.load_module(script.module)
        return programs[number]

    for number, load in enumerate(script.loads):
        if not load.late:
            loaded(number)
    functions: dict[int, Callable[..., Any]] = {}
    turn = 0
    for number, step in enumerate(script.steps):
        if step.event:
            host.happen(step.event)
            continue
        program = loaded(step.load)
        host.again = lambda n, program=program: program.call("inner", n)
        how = way.how[turn % len(way.how)]
        turn += 1
        host.log = []
        box: list[tuple[int, int, int]] = []

        def run(*given: Any, how: str = how, program: Program = program, step: Step = step, box: Any = box) -> Any:
            if how == "call":
                return program.call("main", *given)
            if how == "function":
                if step.load not in functions:
                    functions[step.load] = program.function("main")
                return functions[step.load](*given)
            found = program.measure("main", *given, check=how == "check")
            box.append((found.fuel, found.intrinsic_calls, found.memory))
            if found.error is not None:
                raise found.error
            return found.result

        yield number, seen(run, step.arguments, lambda: host.log, lambda box=box: box[0] if box else None)


def chosen(script: Script) -> tuple[Way, ...]:
    """Some of the ways: one host is made and compiled for in each, which takes its time."""
    rng = Random(script.seed ^ 0x5EED)
    return (*rng.sample(WAYS, 5), WAYS[-3])


def differing(script: Script, ways: Iterable[Way]) -> Iterator[tuple[Way, list[Seen], Different | None]]:
    """Run a script in some ways; gives what the calls of each came to, up to the first that differs."""
    expected = dict(observed(script, REFERENCE))
    yield REFERENCE, list(expected.values()), None
    for way in ways:
        found: list[Seen] = []
        different = None
        for number, one in observed(script, way):
            found.append(one)
            if not expected[number].like(one):
                different = Different(script, way, number, expected[number], one)
                break
        yield way, found, different


# Campaigns


@dataclass
class Acts:
    """What a campaign of scripts came to. asked: in how many scripts a program imports each intrinsic. events: how often each
    happened, between calls and during them. stirred: scripts in which the same call of the same program ended in two ways."""

    scripts: int = 0
    compared: int = 0
    stirred: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    between: Counter[str] = field(default_factory=Counter)
    during: Counter[str] = field(default_factory=Counter)
    found: list[Different] = field(default_factory=list)

    def add(self, other: Acts) -> None:
        """Take in what another campaign came to."""
        self.scripts += other.scripts
        self.compared += other.compared
        self.stirred += other.stirred
        self.outcomes.update(other.outcomes)
        self.asked.update(other.asked)
        self.between.update(other.between)
        self.during.update(other.during)
        self.found += other.found[: MOST - len(self.found)]

    def looked(self, script: Script, expected: list[Seen]) -> None:
        """Take in what happened in a script."""
        self.scripts += 1
        self.asked.update(x.name for x in script.module.externs)
        self.between.update(step.event for step in script.steps if step.event)
        calls = [step for step in script.steps if not step.event]
        ends: dict[str, set[str]] = {}
        for step, one in zip(calls, expected, strict=True):
            self.outcomes[word(one.outcome)] += 1
            self.during.update(argument[1][0][1] for name, argument in one.log if name == "poke")
            ends.setdefault(repr(step), set()).add(repr(one.outcome))
        self.stirred += any(len(found) > 1 for found in ends.values())


def acted(seeds: Iterable[int], most: int = MOST) -> Acts:
    """Run the scripts of some seeds."""
    acts = Acts()
    for seed in seeds:
        script = scripted(seed)
        for way, seen_, different in differing(script, chosen(script)):
            if way is REFERENCE:
                acts.looked(script, seen_)
                continue
            acts.compared += len(seen_)
            if different is not None:
                acts.found.append(different)
                break
        if len(acts.found) >= most:
            break
    return acts
