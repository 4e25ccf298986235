"""Mutants of programs that get through the codec, and often through the verifier.

Takes the bytes of a program, a source of randomness and a `blind` mutation of bytes (the fuzzer's own); gives other bytes.
Three levels: the model (instructions, operands, constants, types, whole statements, with jumps, the exact maximum stack
and the type table put right again), the sections of the file (with sizes and checksum put right), and the bytes. What
cannot be decoded or encoded is changed on a lower level.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from struct import pack, unpack_from
from typing import Any, Final

from corpus.forge import fixed
from fuzz.phrases import phrase
from fuzz.samples import sample
from vcvm_core import FormatError
from vcvm_core.bytecode import (
    FunctionContext,
    Instruction,
    Module,
    constant_type,
    content_hash,
    decode,
    encode,
    module0,
    walk,
)
from vcvm_core.isa import BY_CODE, FOUNDING, OPCODES, SHAPES
from vcvm_core.values import ANY, BadType, Param, Signature, Type, list_of, map_of, option_of

Blind = Callable[[bytes, int], bytes]
"""Changes bytes, up to a size, without knowing what they are."""

HEAD: Final = 12
"""Bytes of a file of format 1 before its sections."""
_ALIKE: Final[dict[tuple[str, tuple[str, ...], str], list[int]]] = {}
for _row in OPCODES:
    _ALIKE.setdefault((_row.picture.replace("list", "map"), _row.operands, _row.flow), []).append(_row.code)


def program(data: bytes, longest: int, random: Random, blind: Blind) -> bytes:
    """A mutant of a program, of at most `longest` bytes."""
    level = random.random()
    made: bytes | None = None
    if level < 0.6:
        made = remodelled(data, random)
    if made is None and level < 0.9:
        made = resectioned(data, longest, random, blind)
    if made is None or len(made) > longest:
        made = blind(data, longest)
        return fixed(made) if level < 0.97 else made
    return made


def resectioned(data: bytes, longest: int, random: Random, blind: Blind) -> bytes | None:
    """The file with one section changed, its size and the checksum put right; None if it has no sections."""
    sections, at = [], HEAD
    while at + 5 <= len(data):
        number, size = unpack_from("<BI", data, at)
        sections.append((number, data[at + 5 : at + 5 + size]))
        at += 5 + size
    if not sections:
        return None
    i = random.randrange(len(sections))
    number, content = sections[i]
    sections[i] = (number, blind(content, max(1, longest - len(data) + len(content))))
    body = b"".join(pack("<BI", n, len(c)) + c for n, c in sections)
    return fixed(data[:HEAD] + body)


def remodelled(data: bytes, random: Random) -> bytes | None:
    """The program with its model changed; None if it has none."""
    try:
        module = decode(data)
    except FormatError:
        return None
    for _ in range(random.choice((1, 1, 1, 2, 3, 5))):
        module = random.choice(CHANGES)(module, random)
    try:
        return encode(repaired(module) if random.random() < 0.95 else module)
    except (ValueError, KeyError, TypeError):
        return None


def repaired(module: Module) -> Module:
    """The module with all its types in the table and every maximum stack as it is observed."""
    if module.format == 0:
        return module0(module.constants, module.externs, module.functions[0].code)
    types = dict.fromkeys(module.types)
    signed: tuple[Any, ...] = (*module.externs, *module.imports, *module.functions)
    signatures = [x.signature for x in signed]
    for t in (t for s in signatures for t in (*s.types, *s.results)):
        types.setdefault(t)
    types.update(dict.fromkeys(t for f in module.functions for t in f.locals))
    module = module._replace(types=tuple(types), debug=module.debug if module.debug and _debugged(module) else None)
    functions = []
    for f in module.functions:
        try:
            found = walk(f.code, FunctionContext(module, f), 1 << 20).highest
        except (IndexError, KeyError, TypeError, AttributeError):
            found = f.max_stack
        functions.append(f._replace(max_stack=found))
    return module._replace(functions=tuple(functions))


def _debugged(module: Module) -> bool:
    """Whether the debug information still is about this code."""
    entries = module.debug.functions if module.debug is not None else ()
    return len(entries) == len(module.functions) and all(
        len(e.names) in (0, len(f.slots)) and all(at < len(f.code) for at, _ in e.lines)
        for e, f in zip(entries, module.functions, strict=True)
    )


# Changes of a model: each takes a module and gives another, or the same where it has nothing to work on.


def _coded(module: Module, index: int, code: list[Instruction]) -> Module:
    functions = list(module.functions)
    functions[index] = functions[index]._replace(code=tuple(code))
    return module._replace(functions=tuple(functions))


def spliced(code: tuple[Instruction, ...], at: int, gone: int, new: list[Instruction]) -> list[Instruction]:
    """The code with `gone` instructions replaced by `new`, whose own jumps count from their start; jumps follow."""
    shift = len(new) - gone

    def moved(i: Instruction, inside: bool) -> Instruction:
        if "target" not in BY_CODE[i.opcode].operands:
            return i
        if inside:
            return i._replace(a=i.a + at)
        return i._replace(a=max(0, i.a + shift)) if i.a >= at + max(gone, 1) else i

    before, after = code[:at], code[at + gone :]
    return [*(moved(i, False) for i in before), *(moved(i, True) for i in new), *(moved(i, False) for i in after)]


def _pick(module: Module, random: Random) -> tuple[int, int]:
    """A function, and an instruction of it."""
    index = random.randrange(len(module.functions))
    return index, random.randrange(max(1, len(module.functions[index].code)))


def statement(module: Module, random: Random) -> Module:
    """A new statement somewhere."""
    index, at = _pick(module, random)
    if module.format == 0:
        return module
    module, new = phrase(module, index, random)
    return _coded(module, index, spliced(module.functions[index].code, at, 0, new))


def operand(module: Module, random: Random) -> Module:
    """Another operand for an instruction: one that is in range, mostly."""
    index, at = _pick(module, random)
    function = module.functions[index]
    if not function.code:
        return module
    i = function.code[at]
    row = BY_CODE[i.opcode]
    if not row.operands:
        return module
    n = random.randrange(len(row.operands))
    lengths = {
        "constant": len(module.constants),
        "text": len(module.constants),
        "local": len(function.slots),
        "target": len(function.code),
        "function": len(module.functions),
        "import": len(module.imports),
        "extern": len(module.externs),
        "type": len(module.types),
        "immediate": 70,
        "count": 5,
    }
    value = random.randrange(max(1, lengths.get(row.operands[n], 1)) + (random.random() < 0.05))
    _, mask = SHAPES[len(row.operands)][n]
    field = ("a", "b", "c")[n]
    code = list(function.code)
    code[at] = i._replace(**{field: value & mask})
    return _coded(module, index, code)


def opcode(module: Module, random: Random) -> Module:
    """Another opcode: one with the same picture, or any with the same operands."""
    index, at = _pick(module, random)
    code = list(module.functions[index].code)
    if not code:
        return module
    row = BY_CODE[code[at].opcode]
    allowed = FOUNDING if module.format == 0 else frozenset(BY_CODE)
    alike = [c for c in _ALIKE[row.picture.replace("list", "map"), row.operands, row.flow] if c in allowed]
    like = [r.code for r in OPCODES if len(r.operands) == len(row.operands) and r.code in allowed]
    code[at] = code[at]._replace(opcode=random.choice(alike if random.random() < 0.7 else like))
    return _coded(module, index, code)


def removed(module: Module, random: Random) -> Module:
    """A few instructions less."""
    index, at = _pick(module, random)
    return _coded(module, index, spliced(module.functions[index].code, at, random.choice((1, 1, 2, 4)), []))


def copied(module: Module, random: Random) -> Module:
    """A few instructions again, in another place, perhaps of another function."""
    source, start = _pick(module, random)
    index, at = _pick(module, random)
    piece = list(module.functions[source].code[start : start + random.choice((1, 2, 4, 8, 30))])
    piece = [i._replace(a=i.a - start) if "target" in BY_CODE[i.opcode].operands else i for i in piece]
    piece = [i for i in piece if i.a >= 0]
    return _coded(module, index, spliced(module.functions[index].code, at, 0, piece))


def constant(module: Module, random: Random) -> Module:
    """Another constant of the same type."""
    if not module.constants:
        return module
    constants: list[Any] = list(module.constants)
    i = random.randrange(len(constants))
    value = sample(constant_type(constants[i]), random)
    constants[i] = value if module.format == 1 or type(value) is not int else abs(value) & 0xFFFFFFFF
    return module._replace(constants=tuple(constants))


def another(t: Type, module: Module, random: Random) -> Type:
    """Another type: of the table, or made of this one."""
    made = (list_of(t), list_of(t, mutable=True), map_of(t), option_of(t), ANY, *([t.item] if t.item else []))
    return random.choice([*module.types, *made])


def typed(module: Module, random: Random) -> Module:
    """Another type for a local, a parameter, a result, or an entry of the table."""
    if module.format == 0:
        return module
    try:
        index, _ = _pick(module, random)
        function = module.functions[index]
        where = random.choice(("param", "result", "local", "table", "more"))
        params, results, slots = (
            list(function.signature.params),
            list(function.signature.results),
            list(function.locals),
        )
        if where == "param" and params:
            i = random.randrange(len(params))
            params[i] = Param("", another(params[i].type, module, random))
        elif where == "result" and results:
            i = random.randrange(len(results))
            results[i] = another(results[i], module, random)
        elif where == "local" and slots:
            i = random.randrange(len(slots))
            slots[i] = another(slots[i], module, random)
        elif where == "table" and module.types:
            types = list(module.types)
            i = random.randrange(len(types))
            types[i] = another(types[i], module, random)
            return module._replace(types=tuple(dict.fromkeys(types)))
        elif len(slots) < 9:
            slots.append(another(ANY, module, random))
    except BadType:
        return module
    functions = list(module.functions)
    functions[index] = function._replace(signature=Signature(tuple(params), tuple(results)), locals=tuple(slots))
    return module._replace(functions=tuple(functions))


def function(module: Module, random: Random) -> Module:
    """A function again, under another name, exported."""
    if module.format == 0 or len(module.functions) > 5:
        return module
    index, _ = _pick(module, random)
    name = f"copy{len(module.functions)}"
    if any(f.name == name for f in module.functions) or any(n == name for n, _ in module.exports):
        return module
    functions = (*module.functions, module.functions[index]._replace(name=name))
    return module._replace(functions=functions, exports=(*module.exports, (name, len(functions) - 1)))


def imported(module: Module, random: Random) -> Module:
    """Another identity for an intrinsic, and so another mood; or one more intrinsic."""
    externs = list(module.externs)
    if not externs:
        return module
    i = random.randrange(len(externs))
    uuid = content_hash(bytes([random.randrange(256)]))[:16]
    if all(x.uuid != uuid for x in externs):
        if random.random() < 0.5 and len(externs) < 9:
            externs.append(externs[i]._replace(uuid=uuid))
        else:
            externs[i] = externs[i]._replace(uuid=uuid)
    return module._replace(externs=tuple(externs))


CHANGES: Final = (
    *(statement,) * 6,
    *(operand,) * 3,
    *(opcode,) * 3,
    removed,
    copied,
    constant,
    typed,
    typed,
    function,
    imported,
)
