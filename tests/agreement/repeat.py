"""Repeating a disagreement: the same call under the same limits in the same way, also of a program that has become smaller.

Takes a `Disagreement` or a `Case`; gives a `Disagreement`, or None where the tiers agree. Likewise for a `Different` and a
`Script`, which also loses steps. Refuses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from agreement.compare import LATE, Disagreement, Runner
from agreement.generate import Case
from agreement.hosts import Host
from agreement.scripts import Script
from agreement.shrink import pruned, shrunk
from agreement.ways import Different, Way, differing
from vcvm_core import Limits
from vcvm_core.limits import HIGHEST


def repeated(case: Case, number: int, limits: Limits, host: Host) -> Disagreement | None:
    """Every way to run one call, with a deadline and without."""
    runner = Runner(case, host)
    plain = limits.with_(deadline_ms=HIGHEST)
    expected = runner.all(number, plain)
    if not runner.found:
        # Code that was made for more than there is, as in a sweep.
        wide = runner.tier(plain.with_(fuel=limits.fuel + 1, intrinsic_calls=limits.intrinsic_calls + 1))
        runner.hold(expected, runner.counted(number, plain, wide), number, plain, "on a meter, with less")
    if not runner.found:
        runner.sliced(number, plain, expected)
    return runner.found[0] if runner.found else None


def _sort(d: Disagreement) -> tuple[object, ...]:
    """What must stay as it is while a program becomes smaller."""
    return (d.expected.outcome[:2] if d.expected.outcome[0] == "error" else d.expected.outcome[0], d.found.outcome[0])


def smallest(d: Disagreement) -> Disagreement:
    """The same with a smaller program, if it can be repeated."""
    host = Host()
    limits = d.limits.with_(deadline_ms=HIGHEST) if d.limits.deadline_ms == LATE else d.limits
    found = repeated(d.case, d.call, limits, host)
    if found is None:
        return d
    sort = _sort(found)

    def holds(case: Case) -> bool:
        again = repeated(case, d.call, limits, host)
        return again is not None and _sort(again) == sort

    case = shrunk(d.case, holds, 600)
    small = case._replace(module=pruned(case.module))
    return repeated(small, d.call, limits, host) or repeated(case, d.call, limits, host) or found


def replayed(script: Script, way: Way) -> Different | None:
    """A script in one way."""
    return next((d for _, _, d in differing(script, (way,)) if d is not None), None)


def _fewer(script: Script) -> Iterator[Script]:
    """Scripts with fewer steps."""
    length = max(1, len(script.steps) // 2)
    while length:
        for start in range(len(script.steps) - length, -1, -length):
            yield script._replace(steps=script.steps[:start] + script.steps[start + length :])
        length //= 2


def fewest(d: Different) -> Different:
    """The same with fewer steps and a smaller program."""

    def holds(script: Script) -> bool:
        return replayed(script, d.way) is not None

    script = d.script
    if not holds(script):
        return d
    going = True
    while going:
        found = next(filter(holds, _fewer(script)), None)
        going, script = found is not None, found or script
    script = shrunk(script, holds, 300)
    small = script._replace(module=pruned(script.module))
    return replayed(small, d.way) or replayed(script, d.way) or d
