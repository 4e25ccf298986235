"""The disassembler.

Takes a module, verified or not; gives assembly text that assembles to the same bytes, for every module that the decoder
accepts and the verifier passes. Tables are written out entry by entry, and `.exact` says that nothing is to be added.
What an operand refers to stands behind it as a comment, cut and escaped; nothing of a program is ever printed raw.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from vcvm_core.bytecode import Function, Module
from vcvm_core.errors import clean
from vcvm_core.isa import BY_CODE
from vcvm_core.values import Signature


def disassemble(module: Module) -> str:
    """The text of a module."""
    lines = _format0(module) if module.format == 0 else _format1(module)
    return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    """A string token."""
    return json.dumps(text)


def _format0(module: Module) -> Iterator[str]:
    yield ".format 0"
    strings = [c for c in module.constants if type(c) is str]
    integers = [c for c in module.constants if type(c) is int]
    uuids = [str(c) for c in module.constants if type(c) is UUID]
    if strings or integers:
        yield f".consts = {json.dumps([*strings, *integers])}"
    if uuids:
        yield f".uuids = {json.dumps(uuids)}"
    if module.externs:
        entries = []
        for x in module.externs:
            facts: dict[str, Any] = {"nargs": len(x.signature.params), "nrets": len(x.signature.results)}
            if x.name:
                facts["name"] = x.name
            entries.append({str(UUID(bytes=x.uuid)): facts})
        yield f".intrinsics = {json.dumps(entries)}"
    for i in module.functions[0].code:
        row = BY_CODE[i.opcode]
        text = f"{row.name} {i.a}" if row.operands else row.name
        yield f"{text:24}; {clean(_comment(module, row.operands[0], i.a), 60)}" if row.operands else text


def _format1(module: Module) -> Iterator[str]:
    yield f".{module.kind}"
    yield ".exact"
    for name, value in module.limits:
        yield f".limit {name} {value}"
    if module.debug is not None:
        yield f".source {quoted(module.debug.source)}"
    for index, value in enumerate(module.constants):
        yield f"{'.const ' + _constant(value):40}; {index}"
    for index, t in enumerate(module.types):
        yield f"{f'.type {t}':40}; {index}"
    for library in module.libraries:
        yield f".link {quoted(library.name)} {quoted(library.digest.hex())}"
    for entry in module.imports:
        library_name = quoted(module.libraries[entry.library].name)
        yield f"import {library_name} {quoted(entry.name)}{_signature(entry.signature)}"
    for x in module.externs:
        origin = f" from {quoted(x.pack)} {quoted(x.version)}"
        yield f"extern {quoted(x.name)}{_signature(x.signature)} = {quoted(str(UUID(bytes=x.uuid)))}{origin}"
    for name, index in module.exports:
        alias = "" if module.functions[index].name == name else f" as {quoted(name)}"
        yield f"export {quoted(module.functions[index].name)}{alias}"
    for index, function in enumerate(module.functions):
        yield ""
        yield from _function(module, index, function)


def _constant(value: Any) -> str:
    if value is None:
        return "none"
    if type(value) is bool:
        return "bool true" if value else "bool false"
    if type(value) is str:
        return f"string {quoted(value)}"
    if type(value) is bytes:
        return f'bytes x"{value.hex()}"'
    if type(value) is UUID:
        return f"uuid {quoted(str(value))}"
    return f"{type(value).__name__} {value!r}"


def _signature(signature: Signature) -> str:
    results = ", ".join(map(str, signature.results))
    return f"({', '.join(map(str, signature.types))}) -> {results if len(signature.results) == 1 else f'({results})'}"


def _local(names: tuple[str, ...], index: int) -> str:
    name = names[index] if index < len(names) else ""
    if not name:
        return f"${index}"
    plain = name.isascii() and name.isidentifier()
    return f"${name}" if plain else f"${quoted(name)}"


def _function(module: Module, index: int, function: Function) -> Iterator[str]:
    debug = module.debug.functions[index] if module.debug is not None else None
    names = debug.names if debug is not None else ()
    starts = dict(debug.lines) if debug is not None else {}
    count = len(function.signature.params)
    params = ", ".join(f"{_local(names, i)}: {t}" for i, t in enumerate(function.signature.types))
    results = ", ".join(map(str, function.signature.results))
    results = results if len(function.signature.results) == 1 else f"({results})"
    yield f"func {quoted(function.name)}({params}) -> {results}"
    for slot, t in enumerate(function.locals, count):
        yield f"    local {_local(names, slot)}: {t}"
    targets = {i.a for i in function.code if "target" in BY_CODE[i.opcode].operands}
    for at, i in enumerate(function.code):
        if at in targets:
            yield f".L{at}:"
        if at in starts:
            yield f"    .line {starts[at]}"
        row = BY_CODE[i.opcode]
        operands = []
        comment = ""
        for kind, value in zip(row.operands, (i.a, i.b, i.c), strict=False):
            if kind == "target":
                operands.append(f".L{value}")
            elif kind == "local" and value < len(function.slots):
                operands.append(_local(names, value))
            elif kind == "type" and value < len(module.types):
                operands.append(str(module.types[value]))
            else:
                operands.append(str(value))
                comment = _comment(module, kind, value)
        text = f"    {row.name} {', '.join(operands)}".rstrip()
        yield f"{text:40}; {clean(comment, 60)}" if comment else text
    yield "end"


def _comment(module: Module, kind: str, value: int) -> str:
    """What an operand refers to."""
    try:
        if kind in ("constant", "text"):
            return _constant(module.constants[value])
        if kind == "function":
            return module.functions[value].name
        if kind == "import":
            entry = module.imports[value]
            return f"{module.libraries[entry.library].name}.{entry.name}"
        if kind == "extern":
            return module.externs[value].name or str(UUID(bytes=module.externs[value].uuid))
    except IndexError:
        return f"there is no {kind} {value}"
    return ""
