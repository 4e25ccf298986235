"""The figures of a profile: rows, the tree of paths, and the record that holds them.

Takes nothing apart; gives `Profile`. Fuel is exact, and the same in every run with the same arguments and the same
intrinsics:

    fuel used = own fuel of all functions + fuel of all intrinsics + fuel for instructions that did not run
              = fuel of all lines + fuel for instructions that did not run
              = fuel of all paths, where what did not run is a path of its own

What an instruction weighs (1), and what it charges for work that grows with a value, is its function's own. What the cost
of an intrinsic's header says is the intrinsic's. A block is paid for when it is entered: where the run ended inside of
one, the rest of it was paid for and did not run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

from vcvm_core.errors import VcvmError
from vcvm_core.runtime import Machine

SCHEMA: Final = 1
"""The number of the form that `Profile.to_data` has."""

NOT_RUN: Final = "charged for instructions that did not run"
REST: Final = "further calls"

Kind = Literal["run", "function", "library", "intrinsic", "rest", "not-run"]


class FunctionRow(NamedTuple):
    """A function. library: the name of its library, empty for the program's own.

    calls: how often it was entered. fuel, seconds: of its own instructions. total_fuel, total_seconds: of all that
    happened between entering and leaving it, recursion counted once.
    """

    library: str
    name: str
    calls: int
    fuel: int
    total_fuel: int
    seconds: float
    total_seconds: float

    @property
    def shown(self) -> str:
        """Its name, after that of its library."""
        return f"{self.library}.{self.name}" if self.library else self.name


class LineRow(NamedTuple):
    """A source line of a function. line: None where the program does not say.

    runs: how often the instruction of it ran that ran most often. fuel, seconds: of its instructions, and of the
    intrinsics that they call; not of functions.
    """

    library: str
    file: str
    line: int | None
    function: str
    runs: int
    fuel: int
    seconds: float


class IntrinsicRow(NamedTuple):
    """An intrinsic. cost: the formula of its header. fuel: what that came to. seconds: of its calls, checks included."""

    name: str
    uuid: str
    pack: str
    cost: str
    calls: int
    fuel: int
    seconds: float


class Path:
    """A node of the tree of paths: what was called, from where, from where ...; recursion is a path that goes on.

    kind: "run" for the root; "function", "library" (a library's function), "intrinsic"; "rest" for calls that are too
    many, or too deep, to be told apart; "not-run" for what was charged and did not run. calls, fuel, seconds: its own.
    """

    __slots__ = ("calls", "children", "depth", "fuel", "kind", "name", "seconds")

    def __init__(self, kind: Kind, name: str, depth: int) -> None:
        self.kind, self.name, self.depth = kind, name, depth
        self.calls = self.fuel = 0
        self.seconds = 0.0
        self.children: dict[object, Path] = {}

    def walk(self) -> Iterator[tuple[Path, int | None]]:
        """This node and all below it, each with the number of its parent; a parent comes before its children."""
        waiting: list[tuple[Path, int | None]] = [(self, None)]
        number = 0
        while waiting:
            path, parent = waiting.pop()
            yield path, parent
            waiting += [(child, number) for child in reversed(path.children.values())]
            number += 1


@dataclass(frozen=True, slots=True)
class Profile:
    """What one call used, and where.

    function: the name of what was called. machine: as the run has left it. error: how it ended without a result, or
    None. instructions: how many ran, the one that trapped included. fuel: used in all. not_run: of that, for
    instructions that did not run. seconds: spent in the machine, observing not included but for what surrounds each
    instruction. functions, lines, intrinsics: those that ran, most fuel first. root: the tree of paths.
    """

    function: str
    machine: Machine
    error: VcvmError | None
    instructions: int
    fuel: int
    not_run: int
    seconds: float
    functions: tuple[FunctionRow, ...]
    lines: tuple[LineRow, ...]
    intrinsics: tuple[IntrinsicRow, ...]
    root: Path

    @property
    def result(self) -> Any:
        """What the function gave: None for none, the value for one, a tuple for several; None after an error."""
        results = self.machine.results
        return results[0] if len(results) == 1 else results or None

    @property
    def calls(self) -> int:
        """How many calls of intrinsics there were."""
        return self.machine.limits.intrinsic_calls - self.machine.calls

    def to_data(self) -> dict[str, Any]:
        """All of it as JSON-ready data; names are as the program has them. docs/guide/profiling.md lists the keys."""
        return {
            "schema": SCHEMA,
            "tier": "interpreter",
            "function": self.function,
            "errors": self.error.to_data() if self.error is not None else [],
            "instructions": self.instructions,
            "fuel": self.fuel,
            "fuel_limit": self.machine.limits.fuel,
            "fuel_not_run": self.not_run,
            "intrinsic_calls": self.calls,
            "seconds": _rounded(self.seconds),
            "functions": [_data(row) for row in self.functions],
            "lines": [_data(row) for row in self.lines],
            "intrinsics": [_data(row) for row in self.intrinsics],
            "paths": [
                {
                    "parent": parent,
                    "kind": path.kind,
                    "name": path.name,
                    "calls": path.calls,
                    "fuel": path.fuel,
                    "seconds": _rounded(path.seconds),
                }
                for path, parent in self.root.walk()
            ],
        }


def _data(row: FunctionRow | LineRow | IntrinsicRow) -> dict[str, Any]:
    return {k: _rounded(v) if type(v) is float else v for k, v in row._asdict().items()}


def _rounded(seconds: float) -> float:
    return round(seconds, 9)
