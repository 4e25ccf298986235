"""The abstract run of a function: the types on the stack at every instruction, found in one pass.

Takes a function's code and an `isa.Context`; gives a `Walk`. The builder takes the maximum stack and inferred results
from it, the verifier its proofs, so both see one algorithm. Each basic block is entered once: the stacks of all paths
that meet must be equal, so nothing has to be repeated (the rule of the WebAssembly validator, on jumps instead of
nested blocks). Operand indexes and jump targets must have been checked. Refuses nothing: what is wrong is in `problems`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vcvm_core.bytecode.model import Instruction
from vcvm_core.isa import BY_CODE, BY_NAME, Context, Misfit, apply, branch_stack, picture
from vcvm_core.values import BOOL, BYTES, FLOAT, INT, STRING, Type

STOPS = frozenset(code for code, row in BY_CODE.items() if row.flow in ("jump", "return", "trap"))
"""Opcodes after which the next instruction does not follow."""
ENDS = frozenset(code for code, row in BY_CODE.items() if row.flow not in ("next", "call"))
"""Opcodes that end a basic block."""
JUMPS = frozenset(code for code, row in BY_CODE.items() if "target" in row.operands)
TAKES = frozenset(code for code, row in BY_CODE.items() if row.taken)
CALLS = BY_NAME["calli"].code
RETURNS = frozenset(code for code, row in BY_CODE.items() if row.flow == "return")


def _plain() -> dict[int, tuple[int, list[Type], list[Type]]]:
    """Number of inputs, inputs and outputs of the opcodes whose pictures have no variables: most of what programs do."""
    found = {}
    for code, row in BY_CODE.items():
        inputs, outputs = picture(row)
        types = [t for _, t in inputs] + list(outputs)
        if row.flow in ("next", "branch", "jump", "trap") and all(isinstance(t, Type) and t in SCALARS for t in types):
            given = [t for _, t in inputs if isinstance(t, Type)]
            found[code] = (len(given), given, [t for t in outputs if isinstance(t, Type)])
    return found


SCALARS = frozenset((BOOL, INT, FLOAT, STRING, BYTES))
PLAIN = _plain()
UNKNOWN: tuple[None, list[Type], list[Type]] = (None, [], [])
GET, SET = BY_NAME["get"].code, BY_NAME["set"].code


class Walk:
    """What an abstract run found.

    entries: the stack on entry of each reached block, by its first instruction. depths: the depth before each
    instruction, -1 if no path leads there. taken: the types of what an instruction takes out of a
    container, or what an intrinsic gives here.
    highest: the maximum stack. returned: the stack at the first return. problems: (instruction, kind, facts).
    """

    __slots__ = ("depths", "entries", "highest", "problems", "returned", "taken", "work")

    def __init__(self, length: int) -> None:
        self.entries: dict[int, tuple[Type, ...]] = {}
        self.depths = [-1] * length
        self.taken: dict[int, tuple[Type, ...]] = {}
        self.highest = 0
        self.returned: tuple[Type, ...] | None = None
        self.problems: list[tuple[int, str, dict[str, Any]]] = []
        self.work = 0


def leaders(code: Sequence[Instruction]) -> list[int]:
    """The first instructions of the basic blocks, in order."""
    found = {0}
    for at, i in enumerate(code):
        if i.opcode in ENDS:
            found.add(at + 1)
            if i.opcode in JUMPS:
                found.add(i.a)
    found.discard(len(code))
    return sorted(found)


def successors(i: Instruction, at: int) -> tuple[int, ...]:
    """Where an instruction at `at` can go on."""
    following = () if i.opcode in STOPS else (at + 1,)
    return (*following, i.a) if i.opcode in JUMPS else following


def walk(code: Sequence[Instruction], context: Context, limit: int) -> Walk:
    """Run `code` abstractly. Stops with the problem too-complex after `limit` steps of work."""
    result = Walk(len(code))
    starts = set(leaders(code))
    depths, highest = result.depths, 0
    local = context.local
    result.entries[0] = ()
    pending = [0] if code else []
    while pending:
        start = pending.pop()
        stack = list(result.entries[start])
        at = start
        try:
            while True:
                depths[at] = len(stack)
                i = code[at]
                opcode = i.opcode
                size, inputs, outputs = PLAIN.get(opcode, UNKNOWN)
                if opcode == GET:
                    stack.append(local(i.a))
                elif opcode == SET and stack and stack[-1] is local(i.a):
                    del stack[-1]
                elif size is not None and stack[len(stack) - size :] == inputs:
                    # The picture is met to the letter: no variables, no subtypes.
                    if size:
                        del stack[-size:]
                    stack += outputs
                else:
                    if opcode in RETURNS and result.returned is None:
                        result.returned = tuple(stack)
                    apply(BY_CODE[opcode], i.a, i.b, stack, context)
                    if opcode in TAKES:
                        result.taken[at] = (stack[-1],)
                    elif opcode == CALLS:
                        count = len(context.called("extern", i.a).results)
                        result.taken[at] = tuple(stack[len(stack) - count :])
                if len(stack) > highest:
                    highest = len(stack)
                if opcode in ENDS or at + 1 in starts:
                    break
                at += 1
                if at == len(code):
                    raise Misfit("falls-off-end")
            result.work += at - start + 1
            if i.opcode not in STOPS:
                _enter(result, at, at + 1, stack, pending, len(code))
            if i.opcode in JUMPS:
                _enter(result, at, i.a, branch_stack(BY_CODE[i.opcode], stack), pending, len(code))
        except Misfit as e:
            if e.kind in ("stack-underflow", "type-mismatch", "call-arity", "return-depth"):
                e.facts["opcode"] = BY_CODE[code[at].opcode].name
            result.problems.append((min(at, len(code) - 1), e.kind, e.facts))
        if result.work > limit:
            result.problems.append((at, "too-complex", {"limit": limit}))
            break
    result.highest = highest
    return result


def _enter(result: Walk, at: int, target: int, stack: list[Type], pending: list[int], length: int) -> None:
    """Carry `stack` along an edge from `at` to `target`."""
    if target >= length:
        raise Misfit("falls-off-end")
    result.work += len(stack)
    known = result.entries.get(target)
    if known is None:
        result.entries[target] = tuple(stack)
        pending.append(target)
    elif known == tuple(stack):
        return
    elif len(known) != len(stack):
        raise Misfit("join-depth", expected=len(known), found=len(stack))
    else:
        for position, (a, b) in enumerate(zip(known, stack, strict=True)):
            if a is not b:
                raise Misfit("join-type", expected=a, found=b, position=position)
