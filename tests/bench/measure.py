"""Measuring: variants of the same work, one after another, round by round.

Takes a `Case`, variants of which the first is the baseline; gives a `Result`, the CPU seconds of every variant in every
round and their ratio to the baseline of the same round. Neighbours in time share what the machine does to them, so a ratio
holds where seconds do not. Every variant is run and its result compared before any is timed. The order of the variants
rotates from round to round. Refuses to time work whose result is wrong: an optional variant is left out then, with a note;
with any other, the case is not measured.
"""

from __future__ import annotations

import gc
import itertools
import math
import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from statistics import median
from typing import IO, Any, Final, Literal, Protocol, Self, TypeVar

MOST_REPEATS: Final = 1 << 20

T = TypeVar("T")

Measure = Literal["ratio", "growth", "milliseconds", "millions a second"]
"""What a target limits: the time by the baseline's; the same by the growth of the work; what it takes; what it does."""


class WrongResult(Exception):
    """A variant gave something else than it should: it is not the same work, so it is not timed."""


class Work(Protocol):
    """Something that can be done once, for its result, and many times, for its CPU seconds."""

    def once(self) -> Any:
        """Do it and give the result."""

    def seconds(self, times: int) -> float:
        """Do it so many times; the CPU seconds of all of them."""


class Call:
    """Calls a function in this process, always with the same arguments."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.function, self.arguments = function, arguments

    def once(self) -> Any:
        return self.function(*self.arguments)

    def seconds(self, times: int) -> float:
        function, arguments = self.function, self.arguments
        # Nobody pays for what another variant left behind.
        gc.collect()
        start = time.process_time()
        for _ in range(times):
            function(*arguments)
        return time.process_time() - start


class Fresh:
    """Calls a function in this process, never twice with the same arguments: what was remembered does not help it.

    make: gives the arguments, by a number; that is not timed. read: what of its result is the result; all of it if None.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        make: Callable[[int], tuple[Any, ...]],
        read: Callable[[Any], Any] | None = None,
    ) -> None:
        self.function, self.make, self.read = function, make, read
        self.numbers = itertools.count()

    def once(self) -> Any:
        found = self.function(*self.make(next(self.numbers)))
        return found if self.read is None else self.read(found)

    def seconds(self, times: int) -> float:
        function = self.function
        prepared = [self.make(next(self.numbers)) for _ in range(times)]
        gc.collect()
        start = time.process_time()
        for arguments in prepared:
            function(*arguments)
        return time.process_time() - start


class Process:
    """Runs a command in a new process; the seconds are those that the system counted for it, start and end included.

    read: what of its output is the result; all of it if None.
    """

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], read: Callable[[str], Any] | None = None
    ) -> None:
        self.command, self.environment = list(command), dict(environment)
        self.read = read

    def once(self) -> Any:
        """The result. Raises WrongResult if the command fails."""
        done = subprocess.run(
            self.command, env=self.environment, capture_output=True, text=True, encoding="utf-8", check=False
        )
        if done.returncode:
            raise WrongResult(f"exit code {done.returncode}: {' | '.join(done.stderr.strip().splitlines()[-2:])}")
        return done.stdout if self.read is None else self.read(done.stdout)

    def seconds(self, times: int) -> float:
        return sum(self._one() for _ in range(times))

    def _one(self) -> float:
        process = subprocess.Popen(
            self.command, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise WrongResult(f"exit code {process.returncode} while it was timed")
        return usage.ru_utime + usage.ru_stime


class Worker:
    """A process that waits for orders: for work that needs an interpreter of its own, without paying for its start.

    It writes its result as its first line. Then it reads a number a line, does its work so many times, and writes the CPU
    seconds. Use it in a `with` block. quiet: whether what it says of its errors is dropped.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], *, quiet: bool = False) -> None:
        self.process = subprocess.Popen(
            list(command),
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if quiet else None,
            text=True,
            encoding="utf-8",
        )
        self.result = _pipe(self.process.stdout).readline().strip()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(BrokenPipeError):
            self.process.communicate()

    def once(self) -> str:
        if not self.result:
            raise WrongResult("the worker ended before it gave a result")
        return self.result

    def seconds(self, times: int) -> float:
        orders = _pipe(self.process.stdin)
        # A worker that has ended takes no orders, and gives no answer either.
        with suppress(BrokenPipeError):
            orders.write(f"{times}\n")
            orders.flush()
        answer = _pipe(self.process.stdout).readline()
        if not answer:
            raise WrongResult("the worker ended while it was timed")
        return float(answer)


def _pipe(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        raise WrongResult("the worker has no pipes")
    return stream


@dataclass(frozen=True)
class Variant:
    """One way to do the work of a case.

    gives: the right result. size: how much work it is, in the units of its case. optional: whether the case is measured
    without this variant if it fails.
    """

    name: str
    work: Work
    gives: Any
    size: int = 1
    optional: bool = False


@dataclass(frozen=True)
class Target:
    """What one variant should reach. why: what is known about a miss; shown with it."""

    variant: str
    measure: Measure
    limit: float
    why: str = ""


@dataclass(frozen=True)
class Case:
    """Variants that are compared; the first is the baseline.

    unit: what `Variant.size` counts; None if there is nothing to count. notes: what a reader of the figures must know.
    """

    name: str
    variants: tuple[Variant, ...]
    targets: tuple[Target, ...] = ()
    unit: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scale:
    """How thoroughly to measure: rounds, the least CPU seconds of a sample, and whether sizes are those of a real run."""

    rounds: int = 9
    sample: float = 0.02
    full: bool = True

    def pick(self, full: int, tiny: int) -> int:
        """A size: of a real run, or of one that only proves that the benchmark works."""
        return full if self.full else tiny


@dataclass(frozen=True)
class Figures:
    """What was measured of one variant. seconds: of one execution; ratios: to the baseline. Both one a round."""

    variant: str
    size: int
    repeats: int
    seconds: tuple[float, ...]
    ratios: tuple[float, ...]

    @property
    def time(self) -> float:
        """The median of the seconds."""
        return median(self.seconds)

    @property
    def ratio(self) -> float:
        """The median of the ratios."""
        return median(self.ratios)


@dataclass(frozen=True)
class Verdict:
    """A target held against what was measured."""

    target: Target
    found: float

    @property
    def met(self) -> bool:
        """Whether it is reached."""
        return self.miss <= 1

    @property
    def miss(self) -> float:
        """By which factor the target is missed; 1 or less if it is met."""
        limit = self.target.limit
        return limit / self.found if self.target.measure == "millions a second" else self.found / limit


@dataclass(frozen=True)
class Result:
    """A case that was measured, or the reason why it could not be."""

    case: Case
    figures: tuple[Figures, ...] = ()
    problem: str = ""

    def growth(self, figures: Figures) -> float:
        """What a unit of work costs, compared with one of the baseline: 1 where the cost is linear."""
        return figures.ratio * self.case.variants[0].size / figures.size

    @property
    def verdicts(self) -> list[Verdict]:
        """Every target of the case and how it fared; none if the case was not measured."""
        measured = {figures.variant: figures for figures in self.figures}
        return [Verdict(t, self._found(t.measure, measured[t.variant])) for t in self.case.targets if measured]

    def _found(self, measure: Measure, figures: Figures) -> float:
        if measure == "ratio":
            return figures.ratio
        if measure == "growth":
            return self.growth(figures)
        return figures.time * 1e3 if measure == "milliseconds" else figures.size / figures.time / 1e6


class _Failed(Exception):
    """A variant, and what is wrong with it."""

    def __init__(self, variant: Variant, cause: Exception) -> None:
        self.variant, self.reason = variant, f"{type(cause).__name__}: {cause}"


def measure(case: Case, scale: Scale) -> Result:
    """Check every variant, then time them. A wrong result, or an error, is a `Result` too."""
    try:
        for variant in case.variants:
            _tried(variant, _check, variant)
        repeats = [_tried(variant, _repeats, variant.work, scale.sample) for variant in case.variants]
        rounds = [_round(case, repeats, number) for number in range(scale.rounds)]
    except _Failed as e:
        # One case that cannot be measured does not keep the others from it; nor does one variant, if it is optional.
        if not e.variant.optional:
            return Result(case, problem=e.reason)
        others = tuple(variant for variant in case.variants if variant is not e.variant)
        note = f"without {e.variant.name}: {e.reason}"
        return measure(replace(case, variants=others, notes=(*case.notes, note)), scale)
    figures = []
    for index, variant in enumerate(case.variants):
        seconds = tuple(one[index] for one in rounds)
        ratios = tuple(one[index] / one[0] if one[0] else math.inf for one in rounds)
        figures.append(Figures(variant.name, variant.size, repeats[index], seconds, ratios))
    return Result(case, tuple(figures))


def _tried(variant: Variant, function: Callable[..., T], *arguments: Any) -> T:
    """What a function gives. Raises _Failed with the variant that it was about."""
    try:
        return function(*arguments)
    except Exception as e:
        raise _Failed(variant, e) from e


def _check(variant: Variant) -> None:
    found = variant.work.once()
    if found != variant.gives:
        raise WrongResult(f"{variant.name} gives {str(found)[:200]!r}, not {str(variant.gives)[:200]!r}")


def _repeats(work: Work, sample: float) -> int:
    """How often to do the work in one round, so that a sample is long enough to be told from noise."""
    times = 1
    while (found := work.seconds(times)) < sample and times < MOST_REPEATS:
        times = max(times + 1, min(times * 10, math.ceil(1.1 * times * sample / found) if found else times * 10))
    return times


def _round(case: Case, repeats: Sequence[int], number: int) -> list[float]:
    """The seconds of one execution of each variant, in the order of the case; measured in another order each time."""
    count = len(case.variants)
    seconds = [0.0] * count
    for step in range(count):
        index = (step + number) % count
        variant = case.variants[index]
        seconds[index] = _tried(variant, variant.work.seconds, repeats[index]) / repeats[index]
    return seconds
