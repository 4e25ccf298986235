"""Running hostile programs: every way there is to run one, and whether they all end alike.

Takes the text of a program with its calls inside, as in tests/programs, or a loaded module and arguments; gives an `End`
for each way: the outcome as it is written there, and what was used. Refuses nothing: what is no error of vcvm comes through.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Literal, NamedTuple

from programs.test_programs import ended, spelled
from vcvm_core import VM, ApiError, Limits, RunError, VcvmError
from vcvm_core.bytecode import Module

HERE = Path(__file__).parent
Tier = Literal["interpreter", "compiled", "auto"]
TIERS: tuple[Tier, ...] = ("interpreter", "compiled", "auto")


class End(NamedTuple):
    """How a call ended: the outcome, and the fuel, calls of intrinsics and bytes that it used."""

    outcome: str
    fuel: int
    intrinsic_calls: int
    memory: int


def outcome(call: Callable[[], Any]) -> str:
    """How a call ended, as expectations write it."""
    try:
        return spelled(call())
    except RunError as e:
        return ended(e)
    except ApiError as e:
        return f"refused {e.kind}"


def ends(
    module: Module, name: str, given: Iterable[Any] = (), *, hosts: Any = None, limits: Limits = Limits.default,
    libraries: Mapping[str, bytes] | None = None, allow: Iterable[str] = (),
) -> dict[str, End]:  # fmt: skip
    """How a call ends in each way: checked after every instruction, on each tier measured, and as a host calls it thrice."""
    found: dict[str, End] = {}
    given = list(given)
    for tier in TIERS:
        vm = VM(hosts=hosts, limits=limits, libraries=libraries, allow=allow, tier=tier)
        program = vm.load_module(module)
        run = program.measure(name, *copy.deepcopy(given))
        said = spelled(run.result) if run.error is None else _said(run.error)
        end = End(said, run.fuel, run.intrinsic_calls, run.memory)
        found[tier] = end
        function = program.function(name)
        for turn in ("first", "second", "third"):
            again = outcome(partial(function, *copy.deepcopy(given)))
            found[f"{tier}, {turn}"] = end._replace(outcome=again)
        if tier == "interpreter":
            machine = program.machine(name, *copy.deepcopy(given), check=True)
            said = outcome(machine.run)
            left = machine.limits
            used = (left.fuel - machine.fuel_left, left.intrinsic_calls - machine.calls, left.memory - machine.memory)
            found["checked"] = End(said, *used)
    return found


def _said(error: VcvmError) -> str:
    return ended(error) if isinstance(error, RunError) else f"{type(error).__name__} {error.kind}"


def end(module: Module, name: str = "main", given: Iterable[Any] = (), **facts: Any) -> End:
    """How a call ends; every way agrees."""
    found = ends(module, name, given, **facts)
    assert len(set(found.values())) == 1, found
    return next(iter(found.values()))


def kind(end: End) -> str:
    """The kind of error in an outcome, empty for a result."""
    word, _, rest = end.outcome.partition(" ")
    return rest.split(" ")[0] if word in ("trap", "limit", "refused") else ""
