"""Range analysis: transfer of every operation against all small values, and which checks it removes."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from vcvm_core import VM, Limits
from vcvm_core.asm import assemble
from vcvm_core.compiled.ranges import TRANSFER, Interval, narrowed
from vcvm_core.errors import Trap
from vcvm_core.isa import BY_NAME, picture
from vcvm_core.runtime import NAMES

EDGES = (-5, -3, -2, -1, 0, 1, 2, 3, 5)
INTERVALS = [Interval(a, b) for a, b in itertools.combinations_with_replacement(EDGES, 2)]


@pytest.mark.parametrize("name", TRANSFER)
def test_transfer(name: str) -> None:
    """Every value that the table's meaning gives for operands inside intervals is inside the interval of the result."""
    row = BY_NAME[name]
    names = [n for n, _ in picture(row).inputs]
    meaning: Any = eval(f"lambda {', '.join(names)}: {row.meaning}", dict(NAMES))
    for given in itertools.product(INTERVALS[::3], repeat=len(names)):
        found = TRANSFER[name](*given)
        for values in itertools.product(*(range(i.lo, i.hi + 1) for i in given)):
            try:
                result = meaning(*values)
            except Trap:
                continue
            assert found.lo <= result <= found.hi, (name, given, values)


@pytest.mark.parametrize("sign", ["<", "<=", ">", ">=", "=="])
def test_narrowed(sign: str) -> None:
    """A comparison keeps every value for which it can be true."""
    holds: Any = eval(f"lambda x, y: x {sign} y")
    for i, other in itertools.product(INTERVALS, repeat=2):
        kept = narrowed(i, sign, other)
        for x in range(i.lo, i.hi + 1):
            if any(holds(x, y) for y in range(other.lo, other.hi + 1)):
                assert kept.lo <= x <= kept.hi


SUM = """
export main
func main(n: int, step: int) -> int
    local $total: int = 0
    local $i: int = 0
.again:
    get $i
    get $n
    lti
    jf .done
    get $total
    {what}
    addi
    set $total
    get $i
    push 1
    addi
    set $i
    j .again
.done:
    get $total
    ret
end
"""


@pytest.mark.parametrize(
    ("what", "checks"),
    [("get $i\n get $i\n mul\n push 7\n rem", 0), ("push 3", 0), ("get $step", 0), ("get $total", 1)],
)
def test_accumulators(what: str, checks: int) -> None:
    """Steps that are bounded need no check, since the fuel bounds their number; others keep theirs. An argument is small
    in the entry that is shown: another one takes over where it is not."""
    text = SUM.format(what=what)
    program = VM().load_module(assemble(text))
    python = program.python("main")
    assert python.count("raise overflow") == (checks > 0)
    unlimited = VM(limits=Limits.trusted.with_(fuel=(1 << 63) - 1)).load_module(assemble(text))
    assert "raise overflow" in unlimited.python("main")


GROW = """
export grow
func grow(amount: int, turns: int) -> int
    local $i: int = 0
    local $b: int = 0
.more:
    if $i ge $turns .done
    get $amount
    set $b
    get $amount
    {what}
    set $amount
    get $i
    push 1
    addi
    set $i
    j .more
.done:
    get $amount
    ret
end
"""


@pytest.mark.parametrize("what", ["get $amount\n addi", "get $b\n addi", "get $amount\n push 1\n negi\n div\n subi"])
def test_a_parameter_that_grows_by_itself(what: str) -> None:
    """The entry for small arguments knows where a parameter begins, and not where it goes."""
    main = VM(tier="compiled").load_module(assemble(GROW.format(what=what))).function("grow")
    assert main(100, 3) == 800
    with pytest.raises(Trap):
        main(100, 70)
