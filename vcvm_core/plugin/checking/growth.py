"""Whether a declared cost is plausible: time for each unit of it, on arguments that grow. A lint, never a failure.

Takes a function and its row; gives findings. Arguments are made from those of the examples: texts and lists are repeated,
numbers multiplied, until a call takes `ENOUGH` seconds or the arguments are large. The margins are wide: a unit stands for
about what one instruction of the interpreter takes, some ten to a hundred nanoseconds, and `SLOW` is two hundred times that.
A call that goes on is interrupted where the platform can do that; where it cannot, the process ends with its time.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from vcvm_core.plugin.checking.calls import Slow, interrupted
from vcvm_core.plugin.checking.exact import copied
from vcvm_core.plugin.manifest import Row

ENOUGH: Final = 0.02
"""Seconds after which the arguments of one function grow no further."""

STOPPED: Final = 0.5
"""Seconds after which a call is interrupted."""

SLOW: Final = 20e-6
"""Seconds for a unit of declared cost that are worth a notice."""

TIMES: Final = 10
"""How many times more a unit may take on large arguments than on smaller ones."""

LARGEST: Final = 1 << 17
"""How long arguments may get."""

EXAMPLES: Final = 2
COST: Final = 20_000_000
SIZE: Final = 5_000_000
"""No call is made whose declared cost or size is larger."""


class Point(NamedTuple):
    """One measured call: what its arguments were made with, its declared cost, and its time in seconds."""

    factor: int
    cost: int
    seconds: float


def measured(row: Row, function: Callable[..., Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Rules and facts of what is implausible about the cost of one function."""
    worst: dict[str, tuple[float, dict[str, Any]]] = {}
    returning = [v for v in row.vectors if v.raises is None]
    # The longest examples say most about what a function takes.
    returning.sort(key=lambda v: sum(len(a) for a in v.args if type(a) in (str, bytes, list, dict)), reverse=True)
    for vector in returning[:EXAMPLES]:
        for numbers in (False, True):
            if numbers and int not in map(type, vector.args):
                continue
            points = _points(row, function, vector.args, numbers)
            for rule, weight, facts in _judged(points):
                if rule not in worst or weight > worst[rule][0]:
                    worst[rule] = (weight, facts)
    # Whoever is far too cheap on large arguments is told once.
    if "cost-low" in worst:
        worst.pop("cost-grows", None)
    for rule, (_, facts) in worst.items():
        yield rule, facts


def _judged(points: Sequence[Point]) -> Iterator[tuple[str, float, dict[str, Any]]]:
    if not points:
        return
    last = points[-1]
    rate = last.seconds / max(last.cost, 1)
    if rate > SLOW and last.seconds >= ENOUGH / 4:
        facts = {
            "sizes": f"arguments {_times(last.factor)}",
            "time": _time(last.seconds),
            "cost": last.cost,
            "rate": _time(rate),
        }
        yield "cost-low", rate, facts
    timed = [p for p in points if p.seconds >= 20e-6]
    if len(timed) > 1 and last.seconds >= ENOUGH / 4:
        ratio = rate / (timed[0].seconds / max(timed[0].cost, 1))
        if ratio > TIMES:
            facts = {"few": _times(timed[0].factor), "many": _times(last.factor), "ratio": round(ratio)}
            yield "cost-grows", ratio, facts


def _times(factor: int) -> str:
    return f"{factor} times as large as an example's"


def _time(seconds: float) -> str:
    return f"{seconds * 1e3:.3g} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.3g} us"


def _points(row: Row, function: Callable[..., Any], args: Sequence[Any], numbers: bool) -> list[Point]:
    points: list[Point] = []
    factor = 1
    before: list[Any] = []
    while factor <= LARGEST:
        grown = [_grown(a, factor, numbers) for a in args]
        if before and all(a == b for a, b in zip(before, grown, strict=True)):
            break
        before = grown
        cost, size = row.cost_formula()(*grown), row.size_formula()
        if cost > COST or (size is not None and size(*grown) > SIZE):
            break
        seconds = _timed(function, grown)
        if seconds is not None:
            points.append(Point(factor, cost, seconds))
            if seconds > ENOUGH:
                break
        factor *= 2
    return points


def _grown(value: Any, factor: int, numbers: bool) -> Any:
    kind = type(value)
    if kind is str or kind is bytes:
        value = value or ("a" if kind is str else b"a")
        return value * max(1, min(factor, LARGEST // len(value)))
    if kind is list and value:
        return copied(value) if factor == 1 else [copied(v) for v in value * max(1, min(factor, LARGEST // len(value)))]
    if kind is dict and value:
        wanted = min(factor, max(1, LARGEST // 8 // len(value)))
        return {(k if i == 0 else f"{k}{i}"): copied(v) for i in range(wanted) for k, v in value.items()}
    if kind is int and numbers and abs(value) < 1 << 20:
        return max(-LARGEST, min(LARGEST, value * factor))
    return value


def _timed(function: Callable[..., Any], args: Sequence[Any]) -> float | None:
    """The least seconds of a few calls; None if it raised."""
    best: float | None = None
    for _ in range(3):
        given = [copied(a) for a in args]
        start = _clock()
        try:
            interrupted(STOPPED, function, *given)
        except Slow:
            return STOPPED
        except BaseException:  # noqa: BLE001 - the code of a pack, on arguments that it need not take
            return None
        took = _clock() - start
        best = took if best is None else min(best, took)
        if best > ENOUGH / 4:
            break
    return best


# What other processes take is not the function's; where a thread's own time is coarse, that of the wall has to do.
_clock: Final = time.thread_time if hasattr(signal, "setitimer") else time.perf_counter
