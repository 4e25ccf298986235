"""Typed pieces of code, which can stand anywhere: material for mutants that the verifier accepts.

Takes the tables of a module, the parameters of a function and a source of randomness; gives instructions that push a
value of a type, or that leave the stack as they found it: a value dropped or stored, a branch, a loop over a list. Which
opcode gives which type is read from the opcodes' own pictures. Constants and types that are needed are added.
"""

from __future__ import annotations

from random import Random
from typing import Any

from fuzz.samples import SCALARS, sample
from vcvm_core.bytecode import Instruction, Module, constant_type, instruction
from vcvm_core.isa import OPCODES, picture
from vcvm_core.values import ANY, BOOL, FLOAT, INT, STRING, BadType, Type, list_of, map_of, option_of

MAKERS = [
    (row.name, tuple(t for _, t in picture(row).inputs), picture(row).outputs[0])
    for row in OPCODES
    if row.flow == "next" and not row.operands and len(picture(row).outputs) == 1
    if all(isinstance(t, Type) for _, t in picture(row).inputs) and isinstance(picture(row).outputs[0], Type)
]
"""Opcodes without operands that give one value: name, inputs, output."""


def fits(pattern: Type, t: Type, bound: dict[str, Type]) -> bool:
    """Whether an output of a picture can be of type `t`; binds the variables of the picture."""
    if pattern.kind == "var":
        return bound.setdefault(pattern.name, t) is t
    if pattern.kind in ("list", "map"):
        return t.kind == pattern.kind and (pattern.mutable or not t.mutable) and fits(pattern.of, t.of, bound)
    return pattern is t


def filled(pattern: Any, bound: dict[str, Type]) -> Type:
    """An input of a picture with its variables replaced; those that are not bound are ints."""
    if pattern.kind == "var":
        return bound.setdefault(pattern.name, INT)
    if pattern.kind == "list":
        return list_of(filled(pattern.of, bound), mutable=pattern.mutable)
    if pattern.kind == "map":
        return map_of(filled(pattern.of, bound), mutable=pattern.mutable)
    found: Type = pattern
    return found


class Phrases:
    """Pieces of code for one function. constants, types: the module's tables, which grow. code: what was written."""

    def __init__(self, module: Module, function: int, random: Random) -> None:
        self.module, self.function, self.random = module, module.functions[function], random
        self.constants, self.types = list(module.constants), list(module.types)
        self.code: list[Instruction] = []

    def emit(self, name: str, *operands: int) -> int:
        self.code.append(instruction(name, *operands))
        return len(self.code) - 1

    def type(self, t: Type) -> int:
        if t not in self.types:
            self.types.append(t)
        return self.types.index(t)

    def constant(self, value: Any) -> None:
        keys = [(type(known), repr(known)) for known in self.constants]
        if (type(value), repr(value)) not in keys:
            self.constants.append(value)
            index = len(keys)
        else:
            index = keys.index((type(value), repr(value)))
        self.emit("loadk", index)

    def value(self, t: Type, depth: int) -> None:
        """Push a value that may stand where `t` is expected."""
        params = [i for i, p in enumerate(self.function.signature.types) if p is t]
        if params and self.random.random() < 0.4:
            self.emit("get", self.random.choice(params))
            return
        ways = [self.leaf]
        if depth > 0:
            ways += [self.operation] * 3 + [self.either, self.called, self.field]
            ways += [self.cast] if not t.changeable else []
        if not self.random.choice(ways)(t, depth - 1):
            self.leaf(t, depth - 1)

    def leaf(self, t: Type, depth: int) -> bool:
        """A constant or something new."""
        if t is INT and self.random.random() < 0.5:
            self.emit("push", self.random.choice((0, 1, 2, 3, 63, 64, 1 << 20)))
        elif t.kind in SCALARS:
            known = [c for c in self.constants if constant_type(c) is t]
            self.constant(self.random.choice([*known, sample(t, self.random)]))
        elif t.kind == "list":
            count = self.random.choice((0, 0, 1, 2)) if depth > -3 else 0
            for _ in range(count):
                self.value(t.of, depth)
                self.widened(t.of)
            self.emit("packl", self.type(t.of), count) if count else self.emit("newl", self.type(t.of))
        elif t.kind == "map":
            self.emit("newm", self.type(t.of))
        elif t.kind == "record":
            for of in t.fields.values():
                self.value(of, depth if depth > -3 else -9)
            self.emit("packr", self.type(t))
        elif t.kind == "option":
            self.value(t.of if depth > -3 and self.random.random() < 0.6 else sample_none(), depth)
            self.widened(t)
        else:
            self.value(self.random.choice((INT, STRING, FLOAT, BOOL)), depth)
            self.widened(ANY)
        return True

    def widened(self, t: Type) -> None:
        if t.kind in ("any", "option", "record"):
            self.emit("widen", self.type(t))

    def operation(self, t: Type, depth: int) -> bool:
        """The result of an opcode."""
        found = []
        for name, inputs, output in MAKERS:
            bound: dict[str, Type] = {}
            if isinstance(output, Type) and fits(output, t, bound):
                found.append((name, inputs, bound))
        if not found:
            return False
        name, inputs, bound = self.random.choice(found)
        for pattern in inputs:
            self.value(filled(pattern, bound), depth)
        self.emit(name)
        return True

    def either(self, t: Type, depth: int) -> bool:
        """One of two values; types must be equal where paths meet, so only where they are known to be."""
        if t.kind not in SCALARS:
            return False
        self.value(BOOL, depth)
        first = self.emit("jt", 0)
        self.value(t, depth)
        over = self.emit("j", 0)
        self.land(first)
        self.value(t, depth)
        self.land(over)
        return True

    def called(self, t: Type, depth: int) -> bool:
        """The result of a function or an intrinsic."""
        m = self.module
        tables: dict[str, tuple[Any, ...]] = {"call": m.functions, "calli": m.externs, "calll": m.imports}
        found = [
            (name, index, entry.signature)
            for name, table in tables.items()
            for index, entry in enumerate(table)
            if entry.signature.results == (t,)
        ]
        if not found:
            return False
        name, index, signature = self.random.choice(found)
        bound: dict[str, Type] = {}
        for p in signature.types:
            self.value(filled(p, bound), depth)
        self.emit(name, index)
        return True

    def field(self, t: Type, depth: int) -> bool:
        """A field of a record."""
        found = [(r, name) for r in self.types for name, of in r.fields.items() if of is t]
        if not found:
            return False
        record, name = self.random.choice(found)
        self.value(record, depth)
        self.constant(name)
        (load,) = self.code[-1:]
        self.code[-1] = instruction("field", load.a)
        return True

    def cast(self, t: Type, depth: int) -> bool:
        """Any value, taken to be of the type; or the question whether it is."""
        self.value(self.random.choice([ANY, t, *self.types[:9]]), depth)
        self.widened(ANY)
        self.emit("is" if t is BOOL else "as", self.type(t))
        return True

    def land(self, at: int) -> None:
        self.code[at] = Instruction(self.code[at].opcode, len(self.code))

    def statement(self, depth: int) -> None:
        """Something that leaves the stack as it was."""
        kind = self.random.choice(("drop", "set", "set", "branch", "loop", "change", "several"))
        slots = self.function.slots
        if kind == "set" and slots:
            slot = self.random.randrange(len(slots))
            self.value(slots[slot], depth)
            self.emit("set", slot)
        elif kind == "branch" and depth > 0:
            self.value(BOOL, depth)
            over = self.emit(self.random.choice(("jt", "jf")), 0)
            self.statement(depth - 1)
            self.land(over)
        elif kind == "loop" and depth > 0:
            self.loop(depth)
        elif kind == "change":
            self.change(depth)
        elif kind == "several" and depth > 0:
            self.statement(depth - 1)
            self.statement(depth - 1)
        else:
            self.value(self.random.choice([INT, STRING, ANY, option_of(INT), *self.types[:9]]), depth)
            self.emit("pop")

    def loop(self, depth: int) -> None:
        """For each element of a list, or each key of a map."""
        t = self.random.choice([t for t in self.types if t.kind in ("list", "map")] or [list_of(INT)])
        self.value(t, depth - 1)
        self.emit("iterl" if t.kind == "list" else "iterm")
        top = self.emit("next", 0)
        slots = [i for i, s in enumerate(self.function.slots) if s is (t.of if t.kind == "list" else STRING)]
        if slots and self.random.random() < 0.5:
            self.emit("set", self.random.choice(slots))
        else:
            self.emit("pop")
        self.statement(depth - 1)
        self.emit("j", top)
        self.land(top)

    def change(self, depth: int) -> None:
        """Change a list or a map: a new one, or one that a parameter-like local holds."""
        of = self.random.choice([INT, STRING, ANY, list_of(INT)])
        kind = self.random.choice(("appl", "setl", "setm", "delm"))
        t = list_of(of, mutable=True) if kind.endswith("l") else map_of(of, mutable=True)
        self.value(t, depth)
        if kind != "appl":
            self.value(INT if kind == "setl" else STRING, depth)
        if kind != "delm":
            self.value(of, depth)
        self.emit(kind)


def sample_none() -> Type:
    """The type none."""
    return constant_type(None)


def phrase(module: Module, function: int, random: Random) -> tuple[Module, list[Instruction]]:
    """A statement for a function, and the module with the tables that it needs; no statement where none was found."""
    writer = Phrases(module, function, random)
    try:
        writer.statement(random.choice((1, 2, 2, 3)))
    except (BadType, ValueError, RecursionError):
        return module, []
    grown = module._replace(constants=tuple(writer.constants), types=tuple(writer.types))
    return grown, writer.code
