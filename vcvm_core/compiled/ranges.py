"""Range analysis: between which bounds the integers of a function lie.

Takes a function's code, its graph and the fuel of a run; gives, for each instruction that can leave the 64-bit range or
trap on an operand, the intervals of its integer operands. Forward over the graph in one order; where paths meet, intervals
are joined; a comparison narrows the locals it compared. What a loop changes is not iterated: an accumulator, a local
whose every assignment gives it a bounded value or adds a bounded amount to it, moves no further than its step times the fuel,
since every addition costs a unit. Intervals after Cousot and Cousot, "Static Determination of Dynamic Properties of
Programs" (1976).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from vcvm_core.bytecode import Instruction, Module
from vcvm_core.compiled.flowgraph import Graph
from vcvm_core.isa import BY_CODE
from vcvm_core.values import INT_MAX, INT_MIN


class Interval(NamedTuple):
    """All integers from lo to hi."""

    lo: int
    hi: int

    def join(self, other: Interval) -> Interval:
        return Interval(min(self.lo, other.lo), max(self.hi, other.hi))

    @property
    def fits(self) -> bool:
        """Whether all of it is in the 64-bit range."""
        return self.lo >= INT_MIN and self.hi <= INT_MAX


FULL = Interval(INT_MIN, INT_MAX)
SIZE = Interval(0, 1 << 48)
PASSES = 2
"""How often the graph is gone through: the second pass knows how far accumulators move."""


def clipped(i: Interval) -> Interval:
    """What of an interval passes the overflow check."""
    lo, hi = max(i.lo, INT_MIN), min(i.hi, INT_MAX)
    return Interval(lo, hi) if lo <= hi else FULL


def _corners(operation: Callable[[int, int], int], a: Interval, b: Interval) -> Interval:
    found = [operation(x, y) for x in a for y in b]
    return Interval(min(found), max(found))


def _remainder(a: Interval, b: Interval) -> Interval:
    most = max(abs(b.lo), abs(b.hi)) - 1
    reach = max(abs(a.lo), abs(a.hi))
    most = max(0, min(most, reach))
    return Interval(-most if a.lo < 0 else 0, most if a.hi > 0 else 0)


def _divide(a: Interval, b: Interval) -> Interval:
    reach = max(abs(a.lo), abs(a.hi))
    if a.lo >= 0 and b.lo > 0:
        return Interval(0, reach // b.lo)
    return Interval(-reach, reach)


def _and(a: Interval, b: Interval) -> Interval:
    if b.lo >= 0:
        return Interval(0, b.hi if a.lo < 0 else min(a.hi, b.hi))
    return Interval(0, a.hi) if a.lo >= 0 else FULL


def _bits(a: Interval, b: Interval) -> Interval:
    if a.lo >= 0 and b.lo >= 0:
        return Interval(0, (1 << max(a.hi.bit_length(), b.hi.bit_length())) - 1)
    return FULL


def _left(a: Interval, b: Interval) -> Interval:
    return _corners(lambda x, y: x << y, a, b) if b.lo >= 0 and b.hi <= 63 else Interval(INT_MIN << 63, INT_MAX << 63)


def _right(a: Interval, b: Interval) -> Interval:
    return _corners(lambda x, y: x >> y, a, b) if b.lo >= 0 and b.hi <= 63 else a.join(Interval(0, 0))


TRANSFER: dict[str, Callable[..., Interval]] = {
    "addi": lambda a, b: Interval(a.lo + b.lo, a.hi + b.hi),
    "subi": lambda a, b: Interval(a.lo - b.hi, a.hi - b.lo),
    "mul": lambda a, b: _corners(lambda x, y: x * y, a, b),
    "div": _divide,
    "rem": _remainder,
    "negi": lambda a: Interval(-a.hi, -a.lo),
    "noti": lambda a: Interval(~a.hi, ~a.lo),
    "andi": _and,
    "ori": _bits,
    "xori": _bits,
    "shl": _left,
    "shr": _right,
}
"""What each instruction makes of intervals, before its overflow check."""
KNOWN = dict.fromkeys(("lens", "lenb", "lenl", "lenm"), SIZE) | {"atb": Interval(0, 255)}
"""What others push."""
WATCHED = frozenset(TRANSFER) | {"getl", "ats", "atb", "setl"}
COMPARED = {"lti": "<", "lei": "<=", "gti": ">", "gei": ">=", "eqi": "=="}
NEGATED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": ""}
SWAPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "=="}


class _Value(NamedTuple):
    """An abstract value. local: whose value it is now. change: (local, interval) if it is that local's value plus something.
    condition: of a boolean, (sign, left, right)."""

    interval: Interval
    local: int = -1
    change: tuple[int, Interval] | None = None
    condition: tuple[str, _Value, _Value] | None = None


_Ends = dict[int, tuple[list[Interval], "tuple[str, _Value, _Value] | None"]]
ANYTHING = _Value(FULL)


def narrowed(i: Interval, sign: str, other: Interval) -> Interval:
    """What remains of an interval where it stands in this relation to another."""
    lo, hi = i
    if sign == "<":
        hi = min(hi, other.hi - 1)
    elif sign == "<=":
        hi = min(hi, other.hi)
    elif sign == ">":
        lo = max(lo, other.lo + 1)
    elif sign == ">=":
        lo = max(lo, other.lo)
    elif sign == "==":
        lo, hi = max(lo, other.lo), min(hi, other.hi)
    # An empty interval means a path that is never taken: anything is true there.
    return Interval(lo, hi) if lo <= hi else i


class Ranges:
    """operands: for each watched instruction, the intervals of its operands."""

    def __init__(
        self, code: Sequence[Instruction], graph: Graph, module: Module, params: Sequence[Interval], locals_: int,
        arity: Callable[[Instruction], tuple[int, int]], fuel: int,
    ) -> None:  # fmt: skip
        self.code, self.graph, self.module, self.arity = code, graph, module, arity
        self.operands: dict[int, tuple[Interval, ...]] = {}
        self.assigned = {i.a for i in code if BY_CODE[i.opcode].name == "set"}
        # A local that is assigned may be anywhere, until a pass that started from there has found less.
        self.everywhere = [
            params[i] if i < len(params) and i not in self.assigned else FULL for i in range(locals_)
        ]  # fmt: skip
        for _ in range(PASSES):
            self.base: dict[int, Interval] = dict(enumerate(params))
            self.steps: dict[int, Interval] = {}
            self._pass()
            self.everywhere = [self._reach(i, fuel) for i in range(locals_)]

    def _reach(self, local: int, fuel: int) -> Interval:
        """Where a local can be, at any time."""
        base, step = self.base.get(local), self.steps.get(local, Interval(0, 0))
        if base is None:
            return FULL
        return clipped(Interval(base.lo + min(0, step.lo) * fuel, base.hi + max(0, step.hi) * fuel))

    def _pass(self) -> None:
        graph = self.graph
        ends: _Ends = {}
        for b in graph.order:
            start = self._joined(b, ends)
            if b in graph.back:
                start = [self.everywhere[i] if i in self.assigned else here for i, here in enumerate(start)]
            ends[b] = self._block(b, start)

    def _joined(self, b: int, ends: _Ends) -> list[Interval]:
        found: list[Interval] | None = None
        for source in self.graph.sources[b]:
            here, condition = ends[source]
            if condition is not None and len(set(self.graph.blocks[source].successors)) == 2:
                following = self.graph.blocks[source].end
                name = BY_CODE[self.code[following - 1].opcode].name
                holds = (name == "jt") == (b != following)
                here = self._refined(here, condition, holds)
            found = here if found is None else [x.join(y) for x, y in zip(found, here, strict=True)]
        return list(self.everywhere if found is None else found)

    def _refined(self, here: list[Interval], condition: tuple[str, _Value, _Value], holds: bool) -> list[Interval]:
        sign, left, right = condition
        if not holds:
            sign = NEGATED[sign]
        if not sign:
            return here
        here = list(here)
        for value, s, other in ((left, sign, right), (right, SWAPPED[sign], left)):
            if value.local >= 0:
                here[value.local] = narrowed(here[value.local], s, other.interval)
        return here

    def _block(self, start: int, env: list[Interval]) -> tuple[list[Interval], tuple[str, _Value, _Value] | None]:
        """Run a block; gives the locals at its end and the condition that it branches on."""
        block = self.graph.blocks[start]
        stack = [ANYTHING] * len(block.entry)
        condition = None
        for pc in range(block.start, block.end):
            i = self.code[pc]
            name = BY_CODE[i.opcode].name
            if name == "get":
                stack.append(_Value(env[i.a], i.a))
                continue
            if name == "push":
                stack.append(_Value(Interval(i.a, i.a)))
                continue
            if name == "loadk":
                value = self.module.constants[i.a]
                stack.append(_Value(Interval(value, value)) if type(value) is int else ANYTHING)
                continue
            if name == "set":
                value = stack.pop()
                self._set(i.a, value, env)
                stack = [_forget(v, i.a) for v in stack]
                continue
            if name in ("dup", "swap", "over", "rot"):
                count = {"dup": 1, "swap": 2, "over": 2, "rot": 3}[name]
                taken = stack[-count:]
                del stack[-count:]
                a, b, c = (*taken, ANYTHING, ANYTHING)[:3]
                stack += {"dup": [a, a], "swap": [b, a], "over": [a, b, a], "rot": [b, c, a]}[name]
                continue
            pops, pushes = self.arity(i)
            given = stack[len(stack) - pops :]
            del stack[len(stack) - pops :]
            if name in ("jt", "jf"):
                condition = given[0].condition
                continue
            if name in WATCHED:
                self.operands[pc] = tuple(v.interval for v in given)
            if name in TRANSFER:
                interval = clipped(TRANSFER[name](*(v.interval for v in given)))
                stack.append(_Value(interval, change=self._change(name, given)))
            elif name in COMPARED:
                stack.append(_Value(FULL, condition=(COMPARED[name], given[0], given[1])))
            elif name in KNOWN:
                stack.append(_Value(KNOWN[name]))
            else:
                stack += [ANYTHING] * pushes
        return env, condition

    def _change(self, name: str, given: list[_Value]) -> tuple[int, Interval] | None:
        """For a sum: (local, what is added to it)."""
        if name == "addi":
            for value, other in ((given[0], given[1]), (given[1], given[0])):
                if value.local >= 0:
                    return value.local, other.interval
        if name == "subi" and given[0].local >= 0:
            lo, hi = given[1].interval
            return given[0].local, Interval(-hi, -lo)
        return None

    def _set(self, local: int, value: _Value, env: list[Interval]) -> None:
        if value.change is not None and value.change[0] == local:
            known, found = self.steps, value.change[1]
        else:
            known, found = self.base, value.interval
        if value.local != local:
            known[local] = found.join(known[local]) if local in known else found
        env[local] = value.interval


def _forget(v: _Value, local: int) -> _Value:
    """A value on the stack whose local has been set anew."""
    stale = v.local == local or (v.change is not None and v.change[0] == local)
    if v.condition is not None:
        stale = stale or local in (v.condition[1].local, v.condition[2].local)
    return _Value(v.interval) if stale else v
