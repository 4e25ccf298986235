"""Counted loops: those that go round while a local is below a bound, and add 1 to it at the end of each turn.

Takes a loop of a function that is being translated; gives what makes it a counted one, and then its statements: a `for`
over a `range`, which CPython counts for nothing. The range ends where the counters would not suffice for another turn, so
that no turn has to look at them; what the turns cost is taken off when the loop is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from vcvm_core.compiled.metering import Cost
from vcvm_core.compiled.rules import Mark, Turns
from vcvm_core.compiled.structure import If, Jump, Line, Loop, Node, To
from vcvm_core.isa import BY_CODE
from vcvm_core.values import INT_MAX

if TYPE_CHECKING:
    from vcvm_core.compiled.translate import Translator

_TESTS: Final = (["lti", "jf"], ["gei", "jt"], ["lei", "jf"], ["gti", "jt"])
"""What a header compares its local with the bound by, and how it leaves."""


class Counted(NamedTuple):
    """A loop that counts a local up to a bound: it becomes a `for` over a `range`, cut short where the counters would not
    suffice. latch: the block that goes back. body: the first block of a turn. exit: the block behind the loop. others:
    where its body can leave to. bound: the number or the local that is compared with, and what is added to it. most: the
    dearest turn."""

    header: int
    latch: int
    body: int
    exit: int
    others: tuple[int, ...]
    bound: str
    most: Cost
    turns: Turns

    def nodes(self, f: Translator, body: list[Node], behind: int | None, to: To) -> list[Node]:
        header, (local, first, _) = self.header, self.turns
        mark = Mark(header, f.plan.entry[header])
        need, owed, last = f.plan.need[header], f.plan.entry[header], first.replace("p", "q")
        lines: list[Node] = []
        if self.bound.endswith(" + 1") and self.bound.startswith("x"):
            # Up to the largest integer and with it, the last step would leave the range: that is told exactly elsewhere.
            name = self.bound.removesuffix(" + 1")
            stack = [f"s{i}" for i in range(len(f.graph.blocks[header].entry))]
            leave = Line(f.leave(header, stack, owed), mark._replace(role="left"))
            lines.append(Line(f"if {name} == {INT_MAX}:", mark, suite=(leave,)))
        lines += [
            Line(f"{first} = {local}", mark),
            Line(f"{last} = {local} + ({f.less('fuel', owed.fuel + need.fuel)}) // {self.most.fuel} + 1", mark),
        ]
        if f.counting and self.most.calls:
            other = f"{local} + ({f.less('calls', owed.calls + need.calls)}) // {self.most.calls} + 1"
            lines.append(Line(f"{last} = min({last}, {other})", mark))
        lines.append(Line(f"if {last} > {self.bound}: {last} = {self.bound}", mark))
        leaving = mark._replace(owed=owed.plus(f.plan.costs[header]))
        done: list[Node] = [
            Line(f"if {last} > {first}: {local} = {last}", mark),
            *f.exact(self.turns, mark),
            If(
                f"{local} < {self.bound}",
                mark,
                [Jump(header)],
                # The last turn was paid for, and the way out may not be.
                [*f.round(header), *f.way(header, self.exit, leaving), *to(self.exit)],
            ),
        ]
        others = [b for b in self.others if to(b) == [Jump(b)]]
        onward: list[Node] = [Jump(others[0])] if others else []
        turn = Loop(f"for {local} in range({first}, {last}):", mark, header, (*others, None)[0], body, done)
        return [Loop("while True:", None, header, behind, [*f.round(header), *lines, turn, *onward], [])]


def counted(f: Translator, header: int, loop: frozenset[int]) -> Counted | None:
    """What makes a loop a counted one, or None if it is none."""
    graph, code = f.graph, f.instructions
    (latch, *more) = graph.back[header]
    block, end = graph.blocks[header], graph.blocks[latch]
    if more or latch == header or f.deadline or not f.metered or block.end - block.start != 4:
        return None
    if any(b in f.plan.looks or (b != header and b in graph.back) for b in loop):
        return None
    counter, bound, compare, jump = code[block.start : block.end]
    names = [BY_CODE[i.opcode].name for i in (counter, bound, compare, jump)]
    if names[0] != "get" or names[1] not in ("get", "push", "loadk") or names[2:] not in _TESTS:
        return None
    inside, outside = (block.end, jump.a)
    last = code[end.end - 5 : end.end]
    step = [BY_CODE[i.opcode].name for i in last]
    if inside not in loop or outside in loop or end.end - end.start < 5 or step != ["get", "push", "addi", "set", "j"]:
        return None
    if not (last[0].a == last[3].a == counter.a and last[1].a == 1 and last[4].a == header):
        return None
    sets = [
        i.a for b in loop for i in code[graph.blocks[b].start : graph.blocks[b].end] if BY_CODE[i.opcode].name == "set"
    ]
    if sets.count(counter.a) != 1 or (names[1] == "get" and (bound.a in sets)):
        return None
    number = bound.a if names[1] == "push" else f.module.constants[bound.a] if names[1] == "loadk" else 0
    limit = f"x{bound.a}" if names[1] == "get" else f.names.constant(number)
    if names[2] in ("lei", "gti"):
        if number == INT_MAX:
            return None
        limit += " + 1"
    most: dict[int, Cost] = {}
    for b in reversed(graph.order):
        if b in loop:
            onward = [most[t] for t in graph.forward[b] if t in loop]
            most[b] = f.plan.costs[b].plus(
                Cost(max((c.fuel for c in onward), default=0), max((c.calls for c in onward), default=0))
            )
    others = tuple(dict.fromkeys(t for b in loop if b != header for t in graph.forward[b] if t not in loop))
    turns = Turns(f"x{counter.a}", f"p{header}", f.plan.edge(latch, header))
    return Counted(header, latch, inside, outside, others, limit, most[header], turns)
