"""Where compiled code counts: what blocks cost, how much must be in hand, and what is owed.

Takes a graph and the costs of its blocks; gives a `Plan`. The counters are local variables, fuel and calls, that lag behind:
at each point of the code a fixed amount, what is owed there, has been used and not yet taken off. It is taken off on edges
only, where paths that owe different amounts meet or a loop goes back; most edges need nothing. A counter is looked at
where a function begins, where a loop goes round, and behind an instruction whose cost depends on values; there it must
hold what the dearest path to the next such place needs, and if it does not, the interpreter takes over, which knows exactly
where it ends. The placement is that of Knuth and Stevenson, "Optimal measurement points for program frequency counts"
(1973), with the first edge into a block as the tree.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from vcvm_core.compiled.flowgraph import Graph


class Cost(NamedTuple):
    """Units of fuel, and calls of intrinsics."""

    fuel: int = 0
    calls: int = 0

    def plus(self, other: Cost) -> Cost:
        return Cost(self.fuel + other.fuel, self.calls + other.calls)

    def minus(self, other: Cost) -> Cost:
        return Cost(self.fuel - other.fuel, self.calls - other.calls)

    def most(self, other: Cost) -> Cost:
        return Cost(max(self.fuel, other.fuel), max(self.calls, other.calls))


NOTHING = Cost()


class Plan:
    """need: what must be in hand on entry of a block. rest: what must be behind the last look inside it. entry: what is
    owed on entry of a block, its own cost not counted. looks: for blocks with looks inside, what is owed at the end: fuel for
    a block is used when it is entered, a call when it is made."""

    def __init__(self, graph: Graph, costs: Mapping[int, Cost], looks: Mapping[int, Cost]) -> None:
        self.costs, self.looks = costs, looks
        self.need: dict[int, Cost] = {}
        self.rest: dict[int, Cost] = {}
        for b in reversed(graph.order):
            rest = NOTHING
            for target in graph.forward[b]:
                if target not in graph.back:
                    rest = rest.most(self.need[target])
            self.rest[b] = rest
            self.need[b] = costs[b] if b in looks else costs[b].plus(rest)
        self.entry: dict[int, Cost] = {}
        for b in graph.order:
            sources = graph.sources[b]
            self.entry[b] = self.leaving(sources[0]) if sources else NOTHING

    def leaving(self, b: int) -> Cost:
        """What is owed at the end of a block."""
        return self.looks[b] if b in self.looks else self.entry[b].plus(self.costs[b])

    def edge(self, source: int, target: int) -> Cost:
        """What is taken off on an edge."""
        return self.leaving(source).minus(self.entry[target])
