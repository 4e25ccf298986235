"""What the tests of the profiler share: programs, and the sums that hold for every profile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from unit.link.offers import Table, identity, offer
from vcvm_core import VM, Limits, Program
from vcvm_core.asm import assemble
from vcvm_core.profile import Profile
from vcvm_core.values import Formula

CALLS = """
func main($n: int) -> int
    get $n
    call twice
    call twice
    ret
end
func twice($n: int) -> int
    get $n
    get $n
    addi
    ret
end
"""
"""main: 4 instructions of its own; twice: 4, entered twice; 12 in all."""

EVEN = """
func even($n: int) -> bool
    if $n eq 0 .yes
    get $n
    push 1
    subi
    call odd
    ret
.yes:
    push true
    ret
end
func odd($n: int) -> bool
    if $n eq 0 .no
    get $n
    push 1
    subi
    call even
    ret
.no:
    push false
    ret
end
"""
"""Mutual recursion: 9 instructions for each call but the last, which takes 6."""

COUNT = """
func main($n: int) -> int
more:
    if $n le 0 .end
    get $n
    push 1
    subi
    set $n
    j more
.end:
    push 7
    ret
end
"""

LIMITS = Limits.default.with_(fuel=100_000)


def load(text: str, limits: Limits = LIMITS, file: str = "p.vasm", **rest: Any) -> Program:
    """A program of this text."""
    return VM(limits=limits, **rest).load_module(assemble(text, file=file))


def asking(function: Callable[..., Any], cost: str | int, rest: str = "", limits: Limits = LIMITS) -> Program:
    """A program whose main gives its argument to one intrinsic, `f`, of a cost; `rest` follows the call."""
    declared = "(n: int) -> int"
    row = offer("f", declared, load=lambda: function, cost=Formula(cost, ("n",)))
    text = f"""
extern f{declared} = "{identity("f")}" from "pack-a" "1.0"
func main($n: int) -> int
    get $n
    calli f
    {rest}
    ret
end
"""
    return load(text, limits, hosts=Table([row]))


def consistent(found: Profile) -> None:
    """Hold a profile against its machine, and its parts against the whole."""
    machine = found.machine
    assert found.fuel == machine.limits.fuel - machine.fuel_left
    assert found.not_run >= 0
    own = sum(row.fuel for row in found.functions)
    intrinsics = sum(row.fuel for row in found.intrinsics)
    assert own + intrinsics + found.not_run == found.fuel
    assert sum(row.fuel for row in found.lines) + found.not_run == found.fuel
    paths = [path for path, _ in found.root.walk()]
    assert sum(path.fuel for path in paths) == found.fuel
    assert all(path.fuel >= 0 for path in paths)
    assert sum(row.calls for row in found.intrinsics) == found.calls
    assert found.calls == machine.limits.intrinsic_calls - machine.calls
    assert all(row.fuel <= row.total_fuel <= found.fuel - found.not_run for row in found.functions)
    assert max(row.total_fuel for row in found.functions) == found.fuel - found.not_run
    if not any(path.kind == "rest" for path in paths):
        for kind in ("function", "library"):
            here = [row for row in found.functions if bool(row.library) is (kind == "library")]
            assert sum(path.fuel for path in paths if path.kind == kind) == sum(row.fuel for row in here)
            assert sum(path.calls for path in paths if path.kind == kind) == sum(row.calls for row in here)
        assert sum(path.calls for path in paths if path.kind == "intrinsic") == found.calls
        assert sum(path.fuel for path in paths if path.kind == "intrinsic") == intrinsics
