"""Sums over calls: for each intrinsic how many there were, how many failed, and their fuel and time.

Takes the records of calls; gives rows, and the same as text or JSON-ready data. Holds one row an intrinsic, however
many calls there are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from vcvm_core.plugin import CallRecord


@dataclass
class Sum:
    """The calls of one intrinsic."""

    name: str
    uuid: str
    pack: str
    calls: int = 0
    failed: int = 0
    fuel: int = 0
    nanoseconds: int = 0

    def to_data(self) -> dict[str, Any]:
        """JSON-ready data."""
        return dict(vars(self))


@dataclass
class Tally:
    """The sums of all intrinsics, by UUID; runs: how often a program was called."""

    runs: int = 0
    sums: dict[str, Sum] = field(default_factory=dict)

    def add(self, call: CallRecord, nanoseconds: int, failed: bool) -> None:
        """One more call."""
        found = self.sums.get(call.uuid)
        if found is None:
            found = self.sums[call.uuid] = Sum(call.name, call.uuid, call.pack)
        found.calls += 1
        found.failed += failed
        found.fuel += call.fuel
        found.nanoseconds += nanoseconds

    def rows(self) -> list[Sum]:
        """The sums, most fuel first; what took equal fuel by name."""
        return sorted(self.sums.values(), key=lambda s: (-s.fuel, s.name, s.uuid))

    def to_data(self) -> dict[str, Any]:
        """JSON-ready data."""
        return {"schema": 1, "event": "summary", "runs": self.runs, "intrinsics": [s.to_data() for s in self.rows()]}

    def text(self) -> str:
        """A table."""
        rows = self.rows()
        calls, fuel = sum(s.calls for s in rows), sum(s.fuel for s in rows)
        lines = [f"vcvm-trace: {calls:,} call{'' if calls == 1 else 's'}, fuel {fuel:,}"]
        cells = [("INTRINSIC", "CALLS", "FAILED", "FUEL", "MS")]
        for s in rows:
            name = f"{printable(s.name)} ({printable(s.pack)})"
            cells.append((name, f"{s.calls:,}", f"{s.failed:,}", f"{s.fuel:,}", f"{s.nanoseconds / 1e6:,.3f}"))
        widths = [max(len(row[i]) for row in cells) for i in range(5)]
        for name, *numbers in cells if rows else ():
            figures = "  ".join(n.rjust(w) for n, w in zip(numbers, widths[1:], strict=True))
            lines.append(f"  {name.ljust(widths[0])}  {figures}")
        return "".join(f"{line}\n" for line in lines)


def printable(text: str) -> str:
    """A text whose control characters are escaped: names come from programs and packs."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
