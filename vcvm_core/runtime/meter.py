"""The meter of a run: what it may still use, in one record that every tier counts down.

Takes `Limits`; gives a `Meter`, whose methods charge for work before it is done and raise LimitExceeded when a limit does
not suffice; what was not enough is not taken. Where a deadline is set, fuel is handed out in slices, and the clock is read
for each slice and after each intrinsic; without one, all of it is in hand and no clock is read.
"""

from __future__ import annotations

from time import monotonic
from typing import Final

from vcvm_core.errors import error
from vcvm_core.limits import HIGHEST, Limits
from vcvm_core.values import Type, reserved

SLICE: Final = 8_192
"""Units of fuel between two looks at the clock."""


class Meter:
    """What is left of a run's limits.

    fuel: units in hand. reserve: units to be handed out later, 0 without a deadline. calls: of intrinsics. memory: bytes
    for values. depth: how deep values may be nested. deadline: by the monotonic clock, None if there is none.
    """

    __slots__ = ("calls", "deadline", "depth", "fuel", "limits", "memory", "reserve")

    deadline: float | None

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.depth = limits.value_depth
        self.refill()

    def refill(self) -> None:
        """All of it is there again."""
        limits = self.limits
        self.fuel = limits.fuel
        self.reserve = 0
        self.calls = limits.intrinsic_calls
        self.memory = limits.memory
        self.deadline = None
        if limits.deadline_ms != HIGHEST:
            self.deadline = monotonic() + limits.deadline_ms / 1000
            self.fuel = min(limits.fuel, SLICE)
            self.reserve = limits.fuel - self.fuel

    def take(self, other: Meter) -> None:
        """Have left what another meter has left."""
        self.fuel, self.reserve, self.calls, self.memory = other.fuel, other.reserve, other.calls, other.memory
        self.deadline = other.deadline

    @property
    def fuel_left(self) -> int:
        """Units that are not used."""
        return self.fuel + self.reserve

    def charge(self, units: int) -> None:
        """Take fuel for work that grows with a value, or for a block."""
        if self.fuel < units:
            self.more(units)
        self.fuel -= units

    def more(self, units: int) -> None:
        """Make sure that so many units are in hand. Raises LimitExceeded (fuel, deadline)."""
        if self.topped(self.fuel, units) < units:
            raise error("fuel", limit=self.limits.fuel)

    def topped(self, fuel: int, units: int) -> int:
        """What is in hand, given `fuel` of it: at least so many units, if they are left. Raises LimitExceeded (deadline)."""
        self.fuel = fuel
        if self.reserve:
            self.clock()
            granted = min(self.reserve, max(SLICE, units - fuel))
            self.reserve -= granted
            self.fuel += granted
        return self.fuel

    def clock(self) -> None:
        """Look whether the deadline has passed."""
        if self.deadline is not None and monotonic() >= self.deadline:
            raise error("deadline", limit=self.limits.deadline_ms)

    def counted(self) -> None:
        """Count a call of an intrinsic."""
        if self.calls == 0:
            raise error("intrinsic-calls", limit=self.limits.intrinsic_calls)
        self.calls -= 1

    def sized(self, size: int) -> None:
        """Hold the size of a string or bytes value against the limit, before it is made."""
        if size > self.limits.value_size:
            raise error("value-size", found=size, limit=self.limits.value_size)

    def grown(self, entries: int) -> None:
        """Hold the entries of a list or map against the limit, before it grows."""
        if entries > self.limits.value_entries:
            raise error("value-entries", found=entries, limit=self.limits.value_entries)

    def allot(self, size: int) -> None:
        """Take memory for a new value, before it is made."""
        if size > self.memory:
            raise error("memory", limit=self.limits.memory)
        self.memory -= size

    def predicted(self, size: int, results: tuple[Type, ...]) -> None:
        """Hold the predicted size of an intrinsic's results against the limits, and take the memory for them."""
        for t in results:
            kind = t.of.kind if t.kind == "option" else t.kind
            if kind in ("string", "bytes"):
                self.sized(size)
            elif kind in ("list", "map", "any", "var"):
                self.grown(size)
            self.allot(reserved(t, size))
