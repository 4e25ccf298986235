"""The flow graph of a verified function: order, dominators, loops.

Takes the verifier's blocks; gives a `Graph`. A block is named by its first instruction. The order is reverse postorder;
an edge that goes back in it is a retreating edge, and the block that it leads to is a header. The graph is reducible if
every header dominates the blocks that go back to it; only then has it loops. Dominators after Cooper, Harvey and Kennedy,
"A Simple, Fast Dominance Algorithm" (2001).
"""

from __future__ import annotations

from collections.abc import Mapping

from vcvm_core.verify import Block

NESTS = 20
"""In how many loops a block may be, on average."""


class Graph:
    """order: the blocks in reverse postorder. forward: the edges that do not go back, by source. sources: the same, by
    target. back: for each header, the blocks that go back to it. loops: for each header of a reducible graph, the blocks
    of its natural loop. parents: the immediate dominators. reducible: whether every loop has one entry."""

    def __init__(self, blocks: Mapping[int, Block]) -> None:
        self.blocks = blocks
        self.order = _order(blocks)
        self.rank = {b: i for i, b in enumerate(self.order)}
        self.forward: dict[int, list[int]] = {}
        self.sources: dict[int, list[int]] = {b: [] for b in self.order}
        self.back: dict[int, list[int]] = {}
        for b in self.order:
            self.forward[b] = []
            for target in dict.fromkeys(blocks[b].successors):
                if self.rank[target] <= self.rank[b]:
                    self.back.setdefault(target, []).append(b)
                else:
                    self.forward[b].append(target)
                    self.sources[target].append(b)
        self.parents = self._dominators()
        self.reducible = all(self.dominates(h, b) for h, ends in self.back.items() for b in ends)
        self.loops: dict[int, frozenset[int]] = {}
        room = NESTS * len(self.order)
        for h, ends in self.back.items() if self.reducible else ():
            self.loops[h] = self._loop(h, ends)
            room -= len(self.loops[h])
            if room < 0:
                # Blocks are in so many loops at a time that no structure can be written for them.
                self.reducible, self.loops = False, {}
                break

    def dominates(self, a: int, b: int) -> bool:
        """Whether every path to `b` leads through `a`."""
        while self.rank[b] > self.rank[a]:
            b = self.parents[b]
        return a == b

    def around(self, block: int) -> list[int]:
        """The headers of the loops that a block is in, the innermost last."""
        return self._around[block]

    def _dominators(self) -> dict[int, int]:
        # In reverse postorder without retreating edges one pass is enough if the graph is reducible; where it is not,
        # passes are repeated until nothing changes.
        parents = {self.order[0]: self.order[0]}
        predecessors = {b: list(s) for b, s in self.sources.items()}
        for header, ends in self.back.items():
            predecessors[header] += ends
        changed = True
        while changed:
            changed = False
            for b in self.order[1:]:
                known = [p for p in predecessors[b] if p in parents]
                found = known[0]
                for p in known[1:]:
                    found = self._meet(parents, found, p)
                if parents.get(b) != found:
                    parents[b] = found
                    changed = True
        return parents

    def _meet(self, parents: dict[int, int], a: int, b: int) -> int:
        rank = self.rank
        while a != b:
            if rank[a] > rank[b]:
                a = parents[a]
            else:
                b = parents[b]
        return a

    def _loop(self, header: int, ends: list[int]) -> frozenset[int]:
        found = {header}
        pending = [b for b in ends if b != header]
        while pending:
            b = pending.pop()
            if b not in found:
                found.add(b)
                pending += self.sources[b]
                pending += self.back.get(b, ())
        return frozenset(found)

    @property
    def _around(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] | None = self.__dict__.get("_nests")
        if found is None:
            found = {b: [] for b in self.order}
            for header in self.order:
                for b in self.loops.get(header, ()):
                    found[b].append(header)
            self.__dict__["_nests"] = found
        return found


def _order(blocks: Mapping[int, Block]) -> list[int]:
    """Reverse postorder from the first block. What follows in the code comes last in a block's successors here, so that
    it comes first in the order."""
    start = next(iter(blocks))
    seen = {start}
    found = []
    pending = [(start, iter(reversed(blocks[start].successors)))]
    while pending:
        b, following = pending[-1]
        for target in following:
            if target not in seen:
                seen.add(target)
                pending.append((target, iter(reversed(blocks[target].successors))))
                break
        else:
            found.append(b)
            pending.pop()
    return found[::-1]
