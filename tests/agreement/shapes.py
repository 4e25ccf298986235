"""What the flow of functions looks like, counted: for tests that say what a generator covers.

Takes a verified module; gives how many of its functions have each shape. Refuses nothing.
"""

from __future__ import annotations

from collections import Counter

from vcvm_core.bytecode import FunctionContext
from vcvm_core.compiled.flowgraph import Graph
from vcvm_core.isa import BY_CODE, apply
from vcvm_core.verify import VerifiedModule


def shapes(verified: VerifiedModule) -> Counter[str]:
    """The shapes of a module's functions, and the instructions that end their blocks."""
    found: Counter[str] = Counter()
    for index in range(len(verified.module.functions)):
        found.update(_shapes(verified, index))
    return found


def _shapes(verified: VerifiedModule, index: int) -> set[str]:
    function = verified.module.functions[index]
    names = [BY_CODE[i.opcode].name for i in function.code]
    blocks = {b.start: b for b in verified.facts[index].blocks}
    graph = Graph(blocks)
    last = (BY_CODE[function.code[b.end - 1].opcode] for b in blocks.values())
    found = {f"ends with {row.name}" for row in last if row.flow not in ("next", "call")}
    if any(not graph.dominates(header, b) for header, ends in graph.back.items() for b in ends):
        found.add("a loop with two entries")
    if any(len(ends) > 1 for ends in graph.back.values()):
        found.add("two loops with one header")
    if any(header in ends for header, ends in graph.back.items()):
        found.add("a block that jumps to itself")
    if 0 in graph.back:
        found.add("a loop at the first instruction")
    if any(sum(t.kind == "iter" for t in b.entry) > 1 for b in blocks.values()):
        found.add("several iterators on the stack")
    for b in graph.order:
        around = set(graph.around(b))
        if any(len(around - set(graph.around(t))) > 1 for t in graph.forward[b]):
            found.add("a jump out of two loops")
        if b in graph.back and any(
            t != b and names[t] == "next" and b in graph.loops.get(t, ()) for t in blocks[b].successors
        ):
            found.add("a loop that ends at the next of another")
        if "calll" in names[b : blocks[b].end] and _comes_back(graph, b):
            found.add("a library call in a loop")
        replaced = _replaced(verified, index, b)
        for t in blocks[b].successors:
            if graph.rank[t] <= graph.rank[b] and replaced & set(range(len(blocks[t].entry))):
                found.add("an iterator replaced on the way back")
                if names[t] == "next" and len(blocks[t].entry) - 1 in replaced:
                    found.add("an iterator replaced on the way back to its next")
    return found


def _comes_back(graph: Graph, block: int) -> bool:
    """Whether a path leads from a block to itself."""
    seen: set[int] = set()
    pending = list(graph.blocks[block].successors)
    while pending:
        b = pending.pop()
        if b not in seen:
            seen.add(b)
            pending += graph.blocks[b].successors
    return block in seen


def _replaced(verified: VerifiedModule, index: int, start: int) -> set[int]:
    """Where on the stack, at the end of a block, lie iterators that the block has made in the place of others."""
    function = verified.module.functions[index]
    context = FunctionContext(verified.module, function)
    block = next(b for b in verified.facts[index].blocks if b.start == start)
    were = {at for at, t in enumerate(block.entry) if t.kind == "iter"}
    stack, fresh = list(block.entry), set[int]()
    for i in function.code[block.start : block.end]:
        row = BY_CODE[i.opcode]
        if row.flow in ("next", "call"):
            apply(row, i.a, i.b, stack, context)
            if row.name in ("iterl", "iterm"):
                fresh.add(len(stack) - 1)
    return {at for at in fresh & were if at < len(stack) and stack[at].kind == "iter"}
