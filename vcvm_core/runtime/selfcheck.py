"""Self-check: after every instruction, what is observed against what the verifier recorded.

Takes a machine that has just executed an instruction; gives nothing, or raises InternalError: a difference is a fault of
vcvm, never of the program. Tests run in this mode.
"""

from __future__ import annotations

from typing import Any

from vcvm_core.bytecode import FunctionContext
from vcvm_core.errors import error
from vcvm_core.isa import BY_CODE, apply
from vcvm_core.runtime.code import Code
from vcvm_core.values import Mismatch, Type, inside


def observe(machine: Any, code: Code, pc: int) -> None:
    """Compare depth and types of the stack with the verifier's picture. `code` and `pc` are of what was executed."""
    if machine.halted or machine.code is not code:
        # A call or return: the frame that is active now is looked at after its next instruction.
        return
    expected = stack_before(code, machine.pc)
    if len(machine.S) != code.facts.depths[machine.pc] or len(expected) != len(machine.S):
        raise error("internal", reason=f"{len(machine.S)} values are on the stack, the verifier said {len(expected)}")
    if len(machine.S) > code.function.max_stack:
        raise error("internal", reason=f"the stack is higher than {code.function.max_stack}")
    for position, (t, value) in enumerate(zip(expected, machine.S, strict=True)):
        if not holds(t, value):
            name = BY_CODE[code.function.code[pc].opcode].name
            raise error("internal", reason=f"after {name}, stack position {position} is not of type {t}")


def holds(t: Type, value: Any) -> bool:
    """Whether a value is one of type `t`, exactly; containers are looked at from outside."""
    if t.kind == "iter":
        return hasattr(value, "__next__")
    if t.kind == "option":
        return value is None or holds(t.of, value)
    if t.kind == "record":
        # A map that was cast to a record is still the program's own map and may lose a field: `field` finds that out.
        return type(value) is dict
    try:
        return inside(t)(value) is value
    except Mismatch:
        return False


def stack_before(code: Code, pc: int) -> list[Type]:
    """The types on the stack before an instruction: its block's entry, carried on through the table's pictures."""
    block = next(b for b in code.facts.blocks if b.start <= pc < b.end)
    context = FunctionContext(code.linked.verified.module, code.function)
    stack = list(block.entry)
    for i in code.function.code[block.start : pc]:
        apply(BY_CODE[i.opcode], i.a, i.b, stack, context)
    return stack
