"""Rules of flow: the blocks of a function, what reaches them, and which locals have a value there.

Takes a function and its abstract run; gives diagnostics, and `Facts` where there are none. Definite assignment is a
forward data-flow problem on bit sets (a local is assigned on entry of a block if it is at the end of every block before
it), solved with a work list: sets only shrink.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from vcvm_core.bytecode import Function, Module, Walk, leaders, successors
from vcvm_core.errors import Diagnostic
from vcvm_core.isa import BY_CODE, BY_NAME
from vcvm_core.verify.rules import at
from vcvm_core.verify.verified import Block, Facts

_CASTS = frozenset((BY_NAME["is"].code, BY_NAME["as"].code))
_GET, _SET = BY_NAME["get"].code, BY_NAME["set"].code


def heavy(module: Module, function: Function, found: Walk) -> dict[int, int]:
    """What instructions weigh beyond 1: two units for each field that a check of a record looks at."""
    checked = {index: types for index, types in found.taken.items() if any(t.breadth for t in types)}
    for index, i in enumerate(function.code):
        if i.opcode in _CASTS and module.types[i.a].breadth:
            checked[index] = (module.types[i.a],)
    return {index: 2 * sum(t.breadth for t in types) for index, types in checked.items()}


def blocks(function: Function, found: Walk, heavy: Mapping[int, int]) -> tuple[Block, ...]:
    """The basic blocks that the abstract run reached, in order. heavy: what instructions weigh beyond 1."""
    starts = leaders(function.code)
    result = []
    for start, end in zip(starts, [*starts[1:], len(function.code)], strict=True):
        if start in found.entries:
            following = successors(function.code[end - 1], end - 1)
            weight = end - start + sum(heavy.get(index, 0) for index in range(start, end)) if heavy else end - start
            result.append(Block(start, end, weight, found.entries[start], following))
    return tuple(result)


def unreachable(function: Function, found: Walk) -> Iterator[Diagnostic]:
    """unreachable-code: the first instruction of each stretch that no path reaches."""
    for index, depth in enumerate(found.depths):
        if depth < 0 and (index == 0 or found.depths[index - 1] >= 0):
            yield Diagnostic("unreachable-code", at(function, index))


def assignment(function: Function, found: tuple[Block, ...], limit: int) -> Iterator[Diagnostic]:
    """uninitialised-local: every read of a local that some path reaches without a value; too-complex."""
    if not found:
        return
    gained, needs = _gains(function, found)
    if not needs:
        return
    everything = (1 << len(function.slots)) - 1
    assigned = {block.start: everything for block in found}
    assigned[found[0].start] = (1 << len(function.signature.params)) - 1
    following = {block.start: block.successors for block in found}
    pending = [block.start for block in reversed(found)]
    work, step = 0, 1 + len(function.slots) // 64
    while pending:
        start = pending.pop()
        work += step
        if work > limit:
            yield Diagnostic("too-complex", at(function, start), {"limit": limit})
            return
        after = assigned[start] | gained[start]
        for target in following[start]:
            before = assigned.get(target, 0)
            if before & after != before:
                assigned[target] = before & after
                pending.append(target)
    for start, index, slot in needs:
        if not assigned[start] >> slot & 1:
            yield Diagnostic("uninitialised-local", at(function, index), {"name": slot})


def _gains(function: Function, found: tuple[Block, ...]) -> tuple[dict[int, int], list[tuple[int, int, int]]]:
    """For each block the set of locals that it assigns; and the reads, (block, instruction, local), that come before
    any assignment in their block."""
    gained: dict[int, int] = {}
    needs = []
    params = (1 << len(function.signature.params)) - 1
    for block in found:
        # Parameters have a value everywhere.
        mask = params
        for index in range(block.start, block.end):
            i = function.code[index]
            if i.opcode == _SET:
                mask |= 1 << i.a
            elif i.opcode == _GET and not mask >> i.a & 1:
                needs.append((block.start, index, i.a))
        gained[block.start] = mask
    return gained, needs


def facts(found: Walk, parts: tuple[Block, ...], heavy: Mapping[int, int]) -> Facts:
    """The facts of a function without problems."""
    taken = MappingProxyType(found.taken)
    return Facts(parts, tuple(found.depths), taken, frozenset(found.entries), MappingProxyType(dict(heavy)))


def closes(function: Function) -> bool:
    """Whether the last instruction is one after which nothing follows."""
    return bool(function.code) and BY_CODE[function.code[-1].opcode].flow in ("jump", "return", "trap")
