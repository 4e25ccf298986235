"""Making a program smaller while it still shows what it showed: instructions are taken out, one stretch after another.

Takes a `Case`, or a `Script`, and a test; gives a smaller one for which the test still holds. Only valid programs are tried:
what does not verify any more is passed over. Jumps into what was taken out lead behind it. Refuses nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from agreement.generate import Case
from agreement.scripts import Script
from vcvm_core import VcvmError
from vcvm_core.bytecode import (
    Function,
    FunctionContext,
    FunctionDraft,
    Instruction,
    Module,
    ModuleBuilder,
    instruction,
    walk,
)  # fmt: skip
from vcvm_core.isa import BY_CODE
from vcvm_core.verify import verify

POP = instruction("pop")
Some = TypeVar("Some", Case, Script)


def without(
    code: tuple[Instruction, ...], start: int, end: int, put: tuple[Instruction, ...] = ()
) -> tuple[Instruction, ...]:
    """Code without a stretch, `put` in its place."""
    moved = end - start - len(put)

    def target(i: Instruction) -> Instruction:
        if "target" not in BY_CODE[i.opcode].operands:
            return i
        return i._replace(a=i.a if i.a <= start else max(start, i.a - moved) if i.a >= end else start)

    return tuple(map(target, (*code[:start], *put, *code[end:])))


def _with(module: Module, at: int, function: Function) -> Module | None:
    """The module with another function, if that is valid."""
    functions = (*module.functions[:at], function, *module.functions[at + 1 :])
    changed = module._replace(functions=functions, debug=None)
    try:
        found = walk(function.code, FunctionContext(changed, function), 1 << 20)
        if found.problems:
            return None
        function = function._replace(max_stack=found.highest)
        changed = changed._replace(functions=(*module.functions[:at], function, *module.functions[at + 1 :]))
        verify(changed)
    except (VcvmError, IndexError):
        return None
    return changed


def _smaller(module: Module) -> Iterator[Module]:
    """Valid modules that are a step smaller."""
    for at, function in enumerate(module.functions):
        size = len(function.code)
        length = size // 2
        while length:
            for start in range(size - length, -1, -max(1, length // 2)):
                for put in ((), (POP,), (POP, POP)):
                    if len(put) < length:
                        found = _with(
                            module, at, function._replace(code=without(function.code, start, start + length, put))
                        )
                        if found is not None:
                            yield found
            length = length // 2 if length > 6 else length - 1
        for place, i in enumerate(function.code):
            flow = BY_CODE[i.opcode].flow
            if flow == "branch" and function.code[place : place + 1] != (POP,):
                found = _with(module, at, function._replace(code=without(function.code, place, place + 1, (POP,))))
                if found is not None:
                    yield found


def shrunk(case: Some, holds: Callable[[Some], bool], steps: int = 3_000) -> Some:
    """A smaller case for which the test holds."""
    going = True
    while going and steps > 0:
        going = False
        for module in _smaller(case.module):
            steps -= 1
            candidate = case._replace(module=module)
            if holds(candidate):
                case, going = candidate, True
                break
            if steps <= 0:
                break
    return case


def pruned(module: Module) -> Module:
    """The same program without the constants, types, intrinsics and functions that it does not use."""
    builder = ModuleBuilder()
    builder.kind, builder.libraries, builder.imports = module.kind, list(module.libraries), list(module.imports)
    order = [index for _, index in module.exports]
    for index in order:
        called = (i.a for i in module.functions[index].code if BY_CODE[i.opcode].name == "call")
        order += [n for n in dict.fromkeys(called) if n not in order]
    places = {index: at for at, index in enumerate(order)}

    def operand(i: Instruction) -> Instruction:
        kind = (*BY_CODE[i.opcode].operands, "")[0]
        if kind in ("constant", "text"):
            return i._replace(a=builder.constant(module.constants[i.a]))
        if kind == "type":
            return i._replace(a=builder.type(module.types[i.a]))
        if kind == "extern":
            return i._replace(a=builder.extern(module.externs[i.a]))
        return i._replace(a=places[i.a]) if kind == "function" else i

    for index in order:
        f = module.functions[index]
        s = f.signature
        builder.functions.append(FunctionDraft(f.name, s.types, s.results, (), f.locals, map(operand, f.code)))
    builder.exports = [(name, places[index]) for name, index in module.exports]
    return builder.finish()
