"""The rules that need no abstract run: every operand names something, every type may stand where it stands.

Takes a module; gives diagnostics. Each function here is one group of rules; the kinds it gives are in its docstring.
"""

from __future__ import annotations

from collections.abc import Iterator

from vcvm_core.bytecode import Function, Module
from vcvm_core.errors import Diagnostic, Place
from vcvm_core.isa import BY_CODE, BY_NAME
from vcvm_core.values import Type

_FIRST = {code: row.operands[0] if row.operands else "" for code, row in BY_CODE.items()}
"""The kind of each opcode's first operand."""
_HALT, _CALL = BY_NAME["halt"].code, BY_NAME["call"].code


def at(function: Function, instruction: int | None = None) -> Place:
    """The place of an instruction."""
    return Place(function=function.name, instruction=instruction)


def operands(module: Module, function: Function) -> Iterator[Diagnostic]:
    """index-range, jump-range and bad-operand-type: every operand is held against its table."""
    sizes = {
        "constant": (len(module.constants), "constant"),
        "text": (len(module.constants), "constant"),
        "local": (len(function.slots), "local"),
        "function": (len(module.functions), "function"),
        "import": (len(module.imports), "library function"),
        "extern": (len(module.externs), "extern"),
        "type": (len(module.types), "type"),
    }
    # Below which first operand there is nothing more to look at, by its kind; a text or a type itself has to be seen.
    bounds = {kind: length for kind, (length, _) in sizes.items()}
    bounds |= {"": 1 << 24, "immediate": 1 << 24, "target": len(function.code), "text": 0, "type": 0, "unknown": -1}
    for index, i in enumerate(function.code):
        bound = bounds[_FIRST.get(i.opcode, "unknown")]
        if 0 <= i.a < bound:
            continue
        place = at(function, index)
        if bound < 0:
            yield Diagnostic("unknown-opcode", place, {"opcode": i.opcode})
            continue
        row = BY_CODE[i.opcode]
        for kind, value in zip(row.operands, (i.a, i.b, i.c), strict=False):
            if kind == "target":
                if not 0 <= value < len(function.code):
                    yield Diagnostic("jump-range", place, {"target": value, "length": len(function.code)})
                continue
            length, table = sizes.get(kind, (1 << 24, ""))
            if not 0 <= value < length:
                facts = {"opcode": row.name, "table": table, "index": value, "length": length}
                yield Diagnostic("index-range", place, facts)
            elif kind == "text" and type(module.constants[value]) is not str:
                found = type(module.constants[value]).__name__
                facts = {"opcode": row.name, "expected": "a string constant", "found": found, "position": "A"}
                yield Diagnostic("type-mismatch", place, facts)
            elif kind == "type":
                problem = _bad_type(row.name, module.types[value])
                if problem:
                    facts = {"opcode": row.name, "found": module.types[value], "reason": problem}
                    yield Diagnostic("bad-operand-type", place, facts)


def _bad_type(opcode: str, t: Type) -> str:
    if t.generic:
        return "it has a type variable"
    if opcode in ("is", "as") and t.changeable:
        # A cast to mut would let a program change what its host lent it.
        return "only the program itself makes mut values, a cast does not"
    if opcode == "packr" and t.kind != "record":
        return "it is no record"
    return ""


def signatures(function: Function) -> Iterator[Diagnostic]:
    """bad-local-type: what a function declares of itself."""
    for t in (*function.slots, *function.signature.results):
        if t.generic:
            yield Diagnostic("bad-local-type", at(function), {"found": t, "reason": "only intrinsics are generic"})


def imports(module: Module) -> Iterator[Diagnostic]:
    """bad-local-type: library functions are not generic, and what intrinsics give cannot be changed."""
    for extern in module.externs:
        for t in extern.signature.results:
            if t.changeable:
                place = Place(function=extern.name)
                reason = "only the program itself makes mut values, an intrinsic does not"
                yield Diagnostic("bad-local-type", place, {"found": t, "reason": reason})
    for entry in module.imports:
        for t in (*entry.signature.types, *entry.signature.results):
            if t.generic:
                place = Place(function=entry.name)
                yield Diagnostic("bad-local-type", place, {"found": t, "reason": "only intrinsics are generic"})


def entries(module: Module) -> Iterator[Diagnostic]:
    """bad-entry and halt-in-callee: what a host or another program can call."""
    halting = {index for index, f in enumerate(module.functions) if any(i.opcode == _HALT for i in f.code)}
    for name, index in module.exports:
        for t in module.functions[index].signature.types:
            if t.changeable:
                reason = f"a host's value cannot be {t}: only the program itself makes mut values"
                yield Diagnostic("bad-entry", Place(function=name), {"name": name, "reason": reason})
        if module.kind == "library" and index in halting:
            yield Diagnostic("bad-entry", Place(function=name), {"name": name, "reason": "it halts the whole run"})
    for function in module.functions if halting else ():
        for index, i in enumerate(function.code):
            if i.opcode == _CALL and i.a in halting:
                facts = {"function": module.functions[i.a].name, "caller": function.name}
                yield Diagnostic("halt-in-callee", at(function, index), facts)
