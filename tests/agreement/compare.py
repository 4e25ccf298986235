"""Running a program in every way, and holding what was observed against each other.

Takes a `Case` and limits; gives `Disagreement`s. The reference is the interpreter in self-check mode. What is compared: the
result bit for bit, or the error as data (kind, place, facts); the arguments afterwards; the log of intrinsic calls; the
fuel, calls and memory used, where the way to run tells them. Refuses nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, Final, Literal, NamedTuple

from agreement.generate import Case
from agreement.hosts import Host
from agreement.values import copied, frozen
from vcvm_core import Limits, Program, VcvmError
from vcvm_core.compiled import Tier
from vcvm_core.link import Image, link
from vcvm_core.runtime import Codes, Machine, Meter
from vcvm_core.verify import verify

LIMITS: Final = Limits.default.with_(
    fuel=1_500, call_depth=25, intrinsic_calls=120, memory=200_000, value_size=2_000, value_entries=500, value_depth=12
)
"""The limits of a first run: endless programs end soon."""
LATE: Final = 10**7
"""Milliseconds of a deadline that never passes."""


MOST: Final = 10
"""Disagreements that a campaign collects."""


class Seen(NamedTuple):
    """What was observed of a run. used: fuel, calls, memory; None where the way to run does not tell."""

    outcome: Any
    log: Any
    used: tuple[int, int, int] | None

    def like(self, other: Seen) -> bool:
        """Whether the two agree in all that both tell."""
        if self.used is not None and other.used is not None and self.used != other.used:
            return False
        return self[:2] == other[:2]


class Disagreement(NamedTuple):
    """Two ways to run a program that ended differently."""

    case: Case
    call: int
    limits: Limits
    way: str
    expected: Seen
    found: Seen


class _Recording(Machine):
    """A machine in self-check mode that remembers which opcodes it executed."""

    __slots__ = ()
    executed: ClassVar[set[int]] = set()

    def _step(self) -> None:
        self.executed.add(self.code.function.code[self.pc].opcode)
        super()._step()


def seen(
    run: Callable[..., Any],
    arguments: tuple[Any, ...],
    log: Callable[[], list[tuple[str, Any]]],
    meter: Callable[[], tuple[int, int, int] | None],
) -> Seen:
    """What a run comes to, given copies of its arguments."""
    given = copied(list(arguments))
    outcome: Any
    try:
        result = run(*given)
    except VcvmError as e:
        outcome = ("error", type(e).__name__, frozen(e.to_data()), type(e.__cause__).__name__, frozen(given))
    except (GeneratorExit, KeyboardInterrupt) as e:
        outcome = ("raised", type(e).__name__, frozen(given))
    except Exception as e:  # noqa: BLE001 - a fault of a tier is an observation, too
        outcome = ("crashed", type(e).__name__, str(e))
    else:
        # Together, so that a result that is an argument is told from its copy.
        outcome = ("result", frozen([result, given]))
    return Seen(outcome, tuple((n, frozen(a)) for n, a in log()), meter())


def word(outcome: tuple[object, ...]) -> str:
    """The kind of an outcome."""
    found = re.search(r"'kind'\), \('str', '([a-z-]+)'", str(outcome[2])) if outcome[0] == "error" else None
    return found[1] if found else str(outcome[0])


class Runner:
    """Runs one program in every way. compared: how many runs were held against another."""

    def __init__(self, case: Case, host: Host) -> None:
        self.case, self.host = case, host
        verified = verify(case.module)
        self.image: Image = link(verified, host, (), case.libraries)
        self.codes = Codes()
        self.compared = 0
        self.found: list[Disagreement] = []
        self.tiers: dict[Limits, Tier] = {}
        self.functions: dict[tuple[Limits, str], Callable[..., Any]] = {}

    # Ways

    def seen(self, number: int, run: Callable[..., Any], meter: Callable[[], tuple[int, int, int] | None]) -> Seen:
        """What a run comes to."""
        self.host.reset()
        return seen(run, self.case.calls[number][1], lambda: self.host.log, meter)

    def index(self, number: int) -> int:
        """The function that a call is of."""
        return self.case.module.export(self.case.calls[number][0]) or 0

    def machine(self, number: int, limits: Limits, check: bool) -> Seen:
        """On the interpreter."""
        box: list[Meter] = []
        kind = _Recording if check else Machine

        def run(*given: Any) -> Any:
            machine = kind(self.image, self.index(number), given, limits, codes=self.codes, check=check)
            box.append(machine)
            return machine.run()

        return self.seen(number, run, lambda: used(box[0]) if box else (0, 0, 0))

    def counted(self, number: int, limits: Limits, tier: Tier | None = None) -> Seen:
        """On the compiled tier, with as little as the limits say; `tier` may be one that was made for more."""
        tier = tier or self.tier(limits)
        meter = Meter(limits)
        index = self.index(number)
        return self.seen(number, lambda *given: tier.run(index, given, meter), lambda: used(meter))

    def tier(self, limits: Limits) -> Tier:
        """The compiled tier for some limits, to be run on meters of one's own."""
        found = self.tiers.get(limits)
        if found is None:
            found = self.tiers[limits] = Tier(self.image, limits, self.codes, observed=True)
        return found

    def measured(self, number: int, limits: Limits) -> Seen:
        """As `Program.measure` says."""
        program = Program(self.image, limits, "compiled")
        box: list[tuple[int, int, int]] = []

        def run(*given: Any) -> Any:
            found = program.measure(self.case.calls[number][0], *given)
            box.append((found.fuel, found.intrinsic_calls, found.memory))
            if found.error is not None:
                raise found.error
            return found.result

        # What passes through, and what is refused before it runs, leaves no figures.
        return self.seen(number, run, lambda: box[0] if box else None)

    def called(self, number: int, limits: Limits, tier: Literal["auto", "compiled"]) -> Seen:
        """As a host calls it: one callable for all calls."""
        function = self.functions.get((limits, tier))
        if function is None:
            function = Program(self.image, limits, tier).function(self.case.calls[number][0])
            self.functions[limits, tier] = function
        return self.seen(number, function, lambda: None)

    # Comparing

    def hold(self, expected: Seen, found: Seen, number: int, limits: Limits, way: str) -> bool:
        """Hold one observation against the reference."""
        self.compared += 1
        if not expected.like(found):
            self.found.append(Disagreement(self.case, number, limits, way, expected, found))
        return not self.found

    def all(self, number: int, limits: Limits, auto: bool = True, measure: bool = True) -> Seen:
        """Every way to run one call; gives the reference."""
        expected = self.machine(number, limits, check=True)
        ways: list[tuple[str, Callable[[], Seen]]] = [
            ("interpreter", lambda: self.machine(number, limits, check=False)),
            ("on a meter", lambda: self.counted(number, limits)),
            ("called", lambda: self.called(number, limits, "compiled")),
            ("called again", lambda: self.called(number, limits, "compiled")),
        ]
        if measure:
            ways.append(("measured", lambda: self.measured(number, limits)))
        if auto:
            ways += [(f"auto, call {n}", lambda: self.called(number, limits, "auto")) for n in (1, 2, 3)]
        for way, run in ways:
            if not self.hold(expected, run(), number, limits, way):
                break
        return expected

    def sliced(self, number: int, limits: Limits, expected: Seen) -> None:
        """With a deadline that never passes, fuel is handed out in slices, and nothing else changes."""
        late = limits.with_(deadline_ms=LATE)
        if self.hold(expected, self.counted(number, late), number, late, "on a meter, with a deadline"):
            self.hold(expected, self.called(number, late, "compiled"), number, late, "called, with a deadline")

    def swept(self, number: int, limits: Limits, name: str, amounts: Iterable[int]) -> None:
        """One limit at every amount; the compiled code is that for the limits themselves."""
        tier = self.tier(limits)
        for amount in amounts:
            changed = limits.with_(**{name: amount})
            expected = self.machine(number, changed, check=False)
            found = self.counted(number, changed, tier)
            if not self.hold(expected, found, number, changed, f"sweep of {name}"):
                return


def used(meter: Meter) -> tuple[int, int, int]:
    """The fuel, calls and memory that a run has used."""
    limits = meter.limits
    return (limits.fuel - meter.fuel_left, limits.intrinsic_calls - meter.calls, limits.memory - meter.memory)


def executed() -> frozenset[int]:
    """The opcodes that self-checking machines of this process have executed."""
    return frozenset(_Recording.executed)
