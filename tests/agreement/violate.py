"""One violation: a valid program in which exactly one rule of the verifier is broken, and where.

Takes a valid module and a random generator; gives `Violation`s: a module, the kind of error, and the places at which it is to
be reported. Every kind of VC2xx that a module can show has a maker here. Refuses nothing; a maker gives None for a module that
has no place for its violation.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, Final, NamedTuple

from agreement.shrink import without
from vcvm_core import Limits
from vcvm_core.bytecode import Extern, Function, Instruction, Module, instruction
from vcvm_core.isa import BY_CODE, BY_NAME
from vcvm_core.values import INT, Param, Signature, Type, list_of, parse_type
from vcvm_core.verify import verify


class Violation(NamedTuple):
    """A module with one violation. places: (function, instruction) of each report."""

    module: Module
    kind: str
    places: frozenset[tuple[str | None, int | None]]


class Spot:
    """A place in a valid module, chosen at random, and ways to change the module there."""

    def __init__(self, module: Module, rng: Random) -> None:
        self.module, self.rng = module, rng
        self.facts = verify(module).facts
        self.at = rng.randrange(len(module.functions))
        self.function: Function = module.functions[self.at]
        self.code = self.function.code
        self.constants, self.types = list(module.constants), list(module.types)

    def constant(self, value: Any) -> int:
        self.constants.append(value)
        return len(self.constants) - 1

    def type(self, t: Type) -> int:
        self.types.append(t)
        return len(self.types) - 1

    def put(self, place: int, *added: Instruction, gone: int = 0) -> tuple[Instruction, ...]:
        """The code with instructions added in front of one, where jumps to it lead; `gone` of what stood there are left
        out. Targets among the added ones count from the first of them."""
        code = without(self.code, place, place + gone, ())
        here = len(added)

        def moved(i: Instruction) -> Instruction:
            return i._replace(a=i.a + here) if "target" in BY_CODE[i.opcode].operands and i.a > place else i

        inside = tuple(i._replace(a=i.a + place) if "target" in BY_CODE[i.opcode].operands else i for i in added)
        return (*map(moved, code[:place]), *inside, *map(moved, code[place:]))

    def find(self, *names: str) -> int | None:
        """An instruction of one of these names."""
        found = [n for n, i in enumerate(self.code) if BY_CODE[i.opcode].name in names]
        return self.rng.choice(found) if found else None

    def broken(
        self, kind: str, instruction_: int | None, code: tuple[Instruction, ...] | None = None, **changes: Any
    ) -> Violation:
        """The violation, with the function changed."""
        function = self.function._replace(code=self.code if code is None else code, **changes)
        functions = (*self.module.functions[: self.at], function, *self.module.functions[self.at + 1 :])
        module = self.module._replace(
            functions=functions, constants=tuple(self.constants), types=tuple(self.types), debug=None
        )
        return Violation(module, kind, frozenset({(function.name, instruction_)}))

    def anywhere(self) -> int:
        return self.rng.randrange(len(self.code))


def falls_off_end(s: Spot) -> Violation | None:
    last = len(s.code) - 1
    return s.broken("falls-off-end", last, (*s.code[:last], instruction("nop")))


def stack_underflow(s: Spot) -> Violation | None:
    return s.broken("stack-underflow", 0, s.put(0, instruction(s.rng.choice(("pop", "dup", "swap", "rot", "addi")))))


def stack_overflow(s: Spot) -> Violation | None:
    if not s.function.max_stack:
        return None
    return s.broken("stack-overflow", None, max_stack=s.function.max_stack - 1)


def stack_declaration(s: Spot) -> Violation | None:
    return s.broken("stack-declaration", None, max_stack=s.function.max_stack + s.rng.choice((1, 5)))


def stack_limit(s: Spot) -> Violation | None:
    return s.broken("stack-limit", None, max_stack=Limits.default.stack + 1)


def jump_range(s: Spot) -> Violation | None:
    place = s.find("j", "jt", "jf", "next")
    if place is None:
        return None
    to = len(s.code) + s.rng.choice((0, 1, 1_000))
    return s.broken("jump-range", place, (*s.code[:place], s.code[place]._replace(a=to), *s.code[place + 1 :]))


def unreachable_code(s: Spot) -> Violation | None:
    place = s.find("ret", "j", "trap", "halt")
    if place is None:
        return None
    after = place + 1
    # Jumps to what follows must not lead to what is put before it.
    code = tuple(
        i._replace(a=i.a + 1) if "target" in BY_CODE[i.opcode].operands and i.a >= after else i for i in s.code
    )
    return s.broken("unreachable-code", after, (*code[:after], instruction("nop"), *code[after:]))


def join_depth(s: Spot) -> Violation | None:
    place = s.anywhere()
    added = (instruction("loadk", s.constant(True)), instruction("jt", 3), instruction("push", 1))
    return s.broken("join-depth", place + 2, s.put(place, *added))


def join_type(s: Spot) -> Violation | None:
    place = s.anywhere()
    added = (
        instruction("loadk", s.constant(True)), instruction("jt", 4), instruction("push", 1), instruction("j", 5),
        instruction("loadk", s.constant("x")), instruction("pop"),
    )  # fmt: skip
    return s.broken("join-type", place + 3, s.put(place, *added))


def uninitialised_local(s: Spot) -> Violation | None:
    depths = s.facts[s.at].depths
    places = [n for n, depth in enumerate(depths) if depth < s.function.max_stack]
    if not places:
        return None
    place = s.rng.choice(places)
    added = (instruction("get", len(s.function.slots)), instruction("pop"))
    return s.broken("uninitialised-local", place, s.put(place, *added), locals=(*s.function.locals, INT))


def index_range(s: Spot) -> Violation | None:
    sizes = {
        "local": len(s.function.slots), "constant": len(s.constants), "type": len(s.types),
        "function": len(s.module.functions), "extern": len(s.module.externs), "text": len(s.constants),
        "import": len(s.module.imports),
    }  # fmt: skip
    found = [n for n, i in enumerate(s.code) if (*BY_CODE[i.opcode].operands, "")[0] in sizes]
    if not found:
        return None
    place = s.rng.choice(found)
    i = s.code[place]
    to = sizes[BY_CODE[i.opcode].operands[0]] + s.rng.choice((0, 7))
    return s.broken("index-range", place, (*s.code[:place], i._replace(a=to), *s.code[place + 1 :]))


def type_mismatch(s: Spot) -> Violation | None:
    place = s.anywhere()
    wrong, name = s.rng.choice(_WRONG)
    added = (instruction("loadk", s.constant(wrong)), instruction(name))
    return s.broken("type-mismatch", place + 1, s.put(place, *added))


def call_arity(s: Spot) -> Violation | None:
    found = [n for n, f in enumerate(s.module.functions) if f.signature.params and not _halts(f)]
    if not found:
        return None
    return s.broken("call-arity", 0, s.put(0, instruction("call", s.rng.choice(found))))


def return_type(s: Spot) -> Violation | None:
    place = s.find("ret", "halt")
    results = s.function.signature.results
    if place is None or not results or results[-1].kind == "any":
        return None
    wrong = 1 if results[-1].kind not in ("int", "option") else b"x"
    if results[-1].kind == "option" and results[-1].of.kind == "bytes":
        return None
    return s.broken("return-type", place + 2, s.put(place, instruction("pop"), instruction("loadk", s.constant(wrong))))


def return_depth(s: Spot) -> Violation | None:
    place = s.find("ret", "halt")
    return None if place is None else s.broken("return-depth", place + 1, s.put(place, instruction("push", 1)))


def bad_operand_type(s: Spot) -> Violation | None:
    place = s.anywhere()
    name, t = s.rng.choice(_TYPES)
    added = (instruction("push", 1), instruction(name, s.type(t)), instruction("pop"))
    return s.broken("bad-operand-type", place + 1, s.put(place, *added))


def halt_in_callee(s: Spot) -> Violation | None:
    halt = BY_NAME["halt"].code
    place = s.find("ret")
    calls = [
        (f.name, n) for f in s.module.functions for n, i in enumerate(f.code)
        if BY_CODE[i.opcode].name == "call" and i.a == s.at
    ]  # fmt: skip
    if place is None or not calls or s.module.kind == "library":
        return None
    code = (*s.code[:place], Instruction(halt), *s.code[place + 1 :])
    return s.broken("halt-in-callee", None, code)._replace(places=frozenset(calls))


def bad_entry(s: Spot) -> Violation | None:
    found = [n for n, f in enumerate(s.module.functions) if any(t.changeable for t in f.signature.types)]
    if not found:
        return None
    module = s.module._replace(exports=(*s.module.exports, ("entry", s.rng.choice(found))))
    return Violation(module, "bad-entry", frozenset({("entry", None)}))


def bad_local_type(s: Spot) -> Violation | None:
    t = s.rng.choice((parse_type("T"), parse_type("list<T>"), parse_type("{a: T?}")))
    if s.rng.random() < 0.5:
        return s.broken("bad-local-type", None, locals=(*s.function.locals, t))
    extern = Extern(bytes(15) + b"\x77", Signature((Param("a", INT),), (list_of(INT, mutable=True),)), "makes")
    module = s.module._replace(externs=(*s.module.externs, extern))
    return Violation(module, "bad-local-type", frozenset({("makes", None)}))


def unknown_opcode(s: Spot) -> Violation | None:
    place = s.anywhere()
    return s.broken("unknown-opcode", place, (*s.code[:place], Instruction(0xFE), *s.code[place + 1 :]))


def _halts(function: Function) -> bool:
    return any(BY_CODE[i.opcode].name == "halt" for i in function.code)


_WRONG: Final[tuple[tuple[Any, str], ...]] = (
    ("x", "negi"), (1, "negf"), (1.5, "not"), (None, "lens"), (b"", "lenl"), (1, "iterl"), (True, "popi"),
)  # fmt: skip
_TYPES: Final = (
    ("as", list_of(INT, mutable=True)), ("is", parse_type("{a: mut map<int>}")), ("newl", parse_type("T")),
)  # fmt: skip
MAKERS: Final[tuple[Callable[[Spot], Violation | None], ...]] = (
    falls_off_end, stack_underflow, stack_overflow, stack_declaration, stack_limit, jump_range, unreachable_code, join_depth,
    join_type, uninitialised_local, index_range, type_mismatch, call_arity, return_type, return_depth, bad_operand_type,
    halt_in_callee, bad_entry, bad_local_type, unknown_opcode,
)  # fmt: skip
ELSEWHERE: Final = frozenset({"too-complex"})
"""Kinds that take a program of a certain size, not one change: tests/corpus has them."""


def violations(module: Module, rng: Random) -> list[Violation]:
    """One violation of each kind that the module has a place for."""
    found = [maker(Spot(module, rng)) for maker in MAKERS]
    return [v for v in found if v is not None]
