"""Random programs that are valid by construction, random values, and what became of a run.

Takes hypothesis strategies; gives modules. A program has the same nine locals as parameters and further locals, one or
more of each type; statements assign, branch, loop a few times and change containers; expressions are typed. Integers come
from the edges of their range, indexes are often wrong: most programs end, many of them with a trap.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from vcvm_core import VM, InternalError, VcvmError
from vcvm_core.bytecode import FunctionDraft, Instruction, Module, ModuleBuilder, instruction
from vcvm_core.limits import Limits
from vcvm_core.runtime import Machine
from vcvm_core.values import ANY, BOOL, FLOAT, INT, INT_MAX, INT_MIN, STRING, Type, list_of, map_of, parse_type

LIST, MAP = list_of(INT, mutable=True), map_of(INT, mutable=True)
RECORD = parse_type("{n: int, s: string}")
PARAMS = (INT, FLOAT, STRING, BOOL, ANY, list_of(INT), map_of(INT))
LOCALS = (INT, FLOAT, STRING, BOOL, LIST, MAP, RECORD, INT)
"""Types of the further locals; the last one counts the turns of loops."""
COUNTER = len(PARAMS) + len(LOCALS) - 1
RESULTS = (INT, FLOAT, STRING, BOOL, LIST, MAP, RECORD)
LIMITS = Limits.strict.with_(fuel=2_000, results=8)

INTS = st.one_of(
    st.integers(-3, 9), st.sampled_from([INT_MIN, INT_MIN + 1, -1, 0, 1, 63, 64, 2**53 + 1, INT_MAX - 1, INT_MAX])
)
FLOATS = st.one_of(st.floats(width=64), st.sampled_from([-0.0, math.inf, -math.inf, 2.0**63, -(2.0**63), 5e-324]))
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=4), st.sampled_from(["", "a", "aa", "n", "s", "😀"])
)


def scalars() -> st.SearchStrategy[Any]:
    """Values of every scalar type."""
    return st.one_of(st.none(), st.booleans(), INTS, FLOATS, TEXTS, st.binary(max_size=4), st.uuids())


def values(t: Type, honest: bool = True) -> st.SearchStrategy[Any]:
    """Values of a type. honest: whether what is inside containers is of the declared type too; only the outside is
    checked when a value comes from a host."""
    simple = {
        "int": INTS,
        "float": FLOATS,
        "string": TEXTS,
        "bool": st.booleans(),
        "none": st.none(),
        "bytes": st.binary(max_size=9),
    }
    if t.kind in simple:
        return simple[t.kind]
    if t.kind == "uuid":
        return st.uuids()
    if t.kind == "option":
        return st.one_of(st.none(), values(t.of, honest))
    if t.kind == "record":
        return st.fixed_dictionaries({n: values(f, honest) for n, f in t.fields.items()})
    if t.kind == "any":
        return st.one_of(scalars(), st.lists(scalars(), max_size=3), st.dictionaries(TEXTS, scalars(), max_size=3))
    inside = (
        values(t.of, honest)
        if honest
        else st.one_of(scalars(), st.just(1 << 70), st.just("\ud800"), st.just(()), st.just([[]]))
    )
    return st.lists(inside, max_size=4) if t.kind == "list" else st.dictionaries(TEXTS, inside, max_size=4)


@dataclass
class Writer:
    """A function under construction; `draw` makes the choices."""

    draw: Callable[[st.SearchStrategy[Any]], Any]
    builder: ModuleBuilder = field(default_factory=ModuleBuilder)
    code: list[Instruction] = field(default_factory=list)
    turns: int = 0
    """Loops around what is being written."""

    def emit(self, name: str, *operands: int) -> int:
        self.code.append(instruction(name, *operands))
        return len(self.code) - 1

    def jump(self, name: str) -> int:
        """A jump forward, to be given its target by `land`."""
        return self.emit(name, 0)

    def land(self, *jumps: int) -> None:
        """Let jumps lead to what comes next."""
        for at in jumps:
            self.code[at] = Instruction(self.code[at].opcode, len(self.code))

    def constant(self, value: Any) -> None:
        self.emit("loadk", self.builder.constant(value))

    def pick(self, *choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def local(self, t: Type) -> int:
        """A local of type `t`, but not the counter."""
        slots = [i for i, x in enumerate((*PARAMS, *LOCALS)) if x is t and i != COUNTER]
        return self.pick(*slots)

    def expression(self, t: Type, depth: int) -> None:
        """Code that pushes a value of type `t`."""
        if depth <= 0 or self.draw(st.integers(0, 3)) == 0:
            self.leaf(t)
        else:
            getattr(self, t.kind)(depth - 1)

    def leaf(self, t: Type) -> None:
        if t is INT and self.draw(st.booleans()):
            self.constant(self.draw(INTS))
        elif t is FLOAT and self.draw(st.booleans()):
            self.constant(self.draw(FLOATS))
        elif t is STRING and self.draw(st.booleans()):
            self.constant(self.draw(TEXTS))
        else:
            self.emit("get", self.local(t))

    def operation(self, name: str, depth: int, *types: Type) -> None:
        for t in types:
            self.expression(t, depth)
        self.emit(name)

    def either(self, t: Type, depth: int) -> None:
        """One of two values, by a condition: paths that meet with a value on the stack."""
        self.expression(BOOL, depth)
        first = self.jump("jt")
        self.expression(t, depth)
        over = self.jump("j")
        self.land(first)
        self.expression(t, depth)
        self.land(over)

    def int(self, depth: int) -> None:
        name = self.pick(
            "addi",
            "subi",
            "mul",
            "div",
            "rem",
            "andi",
            "ori",
            "xori",
            "shl",
            "shr",
            "negi",
            "noti",
            "lens",
            "lenl",
            "lenm",
            "getl",
            "getm",
            "ftoi",
            "either",
            "dup",
            "over",
            "rot",
            "swap",
            "field",
            "push",
        )
        one = {"negi": INT, "noti": INT, "lens": STRING, "lenl": list_of(INT), "lenm": map_of(INT), "ftoi": FLOAT}
        if name in one:
            self.operation(name, depth, one[name])
        elif name == "getl":
            self.operation(name, depth, list_of(INT), INT)
        elif name == "getm":
            self.operation(name, depth, map_of(INT), STRING)
        elif name == "either":
            self.either(INT, depth)
        elif name == "field":
            self.expression(RECORD, depth)
            self.emit("field", self.builder.constant("n"))
        elif name == "push":
            self.emit("push", self.draw(st.integers(0, 70)))
        elif name in ("dup", "over", "rot", "swap"):
            self.shuffle(name, depth)
        else:
            self.operation(name, depth, INT, INT)

    def shuffle(self, name: str, depth: int) -> None:
        """Values moved about on the stack, and all but one of them added up again."""
        for _ in range({"dup": 1, "over": 2, "rot": 3, "swap": 2}[name]):
            self.expression(INT, depth)
        self.emit(name)
        for _ in range({"dup": 1, "over": 2, "rot": 2, "swap": 1}[name]):
            self.emit(self.pick("subi", "xori"))

    def float(self, depth: int) -> None:
        name = self.pick("addf", "subf", "mulf", "divf", "negf", "itof", "either")
        if name == "either":
            self.either(FLOAT, depth)
        elif name == "itof":
            self.operation(name, depth, INT)
        else:
            self.operation(name, depth, *[FLOAT] * (1 if name == "negf" else 2))

    def string(self, depth: int) -> None:
        name = self.pick("cats", "ats", "slices", "either", "field")
        if name == "either":
            self.either(STRING, depth)
        elif name == "field":
            self.expression(RECORD, depth)
            self.emit("field", self.builder.constant("s"))
        else:
            self.operation(
                name, depth, *{"cats": (STRING, STRING), "ats": (STRING, INT), "slices": (STRING, INT, INT)}[name]
            )

    def bool(self, depth: int) -> None:
        letter = self.pick("i", "f", "s", "not", "and", "or", "xor", "hasm", "inl", "ins", "is", "eq", "ne")
        if letter in ("i", "f", "s"):
            t = {"i": INT, "f": FLOAT, "s": STRING}[letter]
            self.operation(self.pick("eq", "ne", "lt", "le", "gt", "ge") + letter, depth, t, t)
        elif letter == "is":
            self.expression(ANY, depth)
            self.emit("is", self.builder.type(self.pick(*PARAMS, RECORD)))
        else:
            types = {
                "not": (BOOL,),
                "hasm": (map_of(INT), STRING),
                "inl": (INT, list_of(INT)),
                "ins": (STRING, STRING),
                "eq": (ANY, ANY),
                "ne": (ANY, ANY),
            }
            self.operation(letter, depth, *types.get(letter, (BOOL, BOOL)))

    def any(self, depth: int) -> None:
        self.expression(self.pick(*PARAMS, RECORD), depth)
        self.emit("widen", self.builder.type(ANY))

    def list(self, depth: int) -> None:
        """A mut list of ints; it may stand where a list of ints is expected."""
        name = self.pick("catl", "slicel", "packl", "newl", "as")
        if name == "packl":
            for _ in range(count := self.draw(st.integers(0, 3))):
                self.expression(INT, depth)
            self.emit("packl", self.builder.type(INT), count)
        elif name == "newl":
            self.emit("newl", self.builder.type(INT))
        elif name == "as":
            # As an any and back again, then a copy: a cast does not give a mut list.
            self.expression(ANY, depth)
            self.emit("as", self.builder.type(list_of(INT)))
            self.emit("newl", self.builder.type(INT))
            self.emit("catl")
        else:
            self.operation(name, depth, *((list_of(INT), list_of(INT)) if name == "catl" else (list_of(INT), INT, INT)))

    def map(self, depth: int) -> None:
        self.emit("newm", self.builder.type(INT)) if self.draw(st.booleans()) else self.emit("get", self.local(MAP))

    def record(self, depth: int) -> None:
        self.expression(INT, depth)
        self.expression(STRING, depth)
        self.emit("packr", self.builder.type(RECORD))

    def statement(self, depth: int) -> None:
        kinds = ["assign", "append", "replace", "store", "remove", "drop"]
        name = self.pick(
            *kinds, *(["branch", "each", "keys"] if depth else []), *(["loop"] if depth and not self.turns else [])
        )
        if name == "assign":
            slot = len(PARAMS) + self.draw(st.integers(0, len(LOCALS) - 2))
            self.expression(LOCALS[slot - len(PARAMS)], 2)
            self.emit("set", slot)
        elif name in ("append", "replace"):
            self.emit("get", self.local(LIST))
            self.operation("appl", 2, INT) if name == "append" else self.operation("setl", 2, INT, INT)
        elif name in ("store", "remove"):
            self.emit("get", self.local(MAP))
            self.operation("setm", 2, STRING, INT) if name == "store" else self.operation("delm", 2, STRING)
        elif name == "drop":
            self.operation("pop", 2, self.pick(*PARAMS))
        else:
            getattr(self, name)(depth - 1)

    def block(self, depth: int) -> None:
        for _ in range(self.draw(st.integers(0, 3))):
            self.statement(depth)

    def branch(self, depth: int) -> None:
        self.expression(BOOL, 2)
        otherwise = self.jump(self.pick("jf", "jt"))
        self.block(depth)
        end = self.jump("j")
        self.land(otherwise)
        self.block(depth)
        self.land(end)

    def each(self, depth: int) -> None:
        """A loop over the elements of a list, which may grow meanwhile."""
        self.operation("iterl", 1, list_of(INT))
        top = self.jump("next")
        self.emit("set", self.local(LOCALS[0]) if self.draw(st.booleans()) else len(PARAMS))
        self.block(depth)
        self.emit("j", top)
        self.land(top)

    def keys(self, depth: int) -> None:
        self.operation("iterm", 1, map_of(INT))
        top = self.jump("next")
        self.emit("set", len(PARAMS) + LOCALS.index(STRING))
        self.block(depth)
        self.emit("j", top)
        self.land(top)

    def loop(self, depth: int) -> None:
        """A loop of a few turns."""
        self.turns += 1
        self.emit("push", self.draw(st.integers(0, 4)))
        self.emit("set", COUNTER)
        top = len(self.code)
        self.emit("get", COUNTER)
        self.emit("push", 0)
        self.emit("lei")
        end = self.jump("jt")
        self.block(depth)
        for name, operands in (("get", (COUNTER,)), ("push", (1,)), ("subi", ()), ("set", (COUNTER,)), ("j", (top,))):
            self.emit(name, *operands)
        self.land(end)
        self.turns -= 1

    def leaf_values(self) -> None:
        """Give every further local its first value."""
        first: dict[Type, Callable[[], Any]] = {
            INT: lambda: self.emit("push", 1),
            FLOAT: lambda: self.constant(0.5),
            STRING: lambda: self.constant("x"),
            BOOL: lambda: self.constant(True),
            LIST: lambda: self.emit("newl", self.builder.type(INT)),
            MAP: lambda: self.emit("newm", self.builder.type(INT)),
            RECORD: lambda: (first[INT](), first[STRING](), self.emit("packr", self.builder.type(RECORD))),
        }
        for slot, t in enumerate(LOCALS, len(PARAMS)):
            first[t]()
            self.emit("set", slot)


def module(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Module:
    """A valid module whose function main takes PARAMS and gives RESULTS."""
    w = Writer(draw)
    w.leaf_values()
    w.block(2)
    w.block(1)
    for t in RESULTS:
        w.emit("get", len(PARAMS) + LOCALS.index(t))
    w.emit("ret")
    w.builder.functions.append(FunctionDraft("main", PARAMS, RESULTS, [], list(LOCALS), w.code))
    w.builder.exports.append(("main", 0))
    return w.builder.finish()


modules = st.composite(module)


def outcome(machine: Machine, go: Callable[[Machine], Any]) -> tuple[str, ...]:
    """How a run ended, in a form that can be compared: result bits or error, place, fuel left, calls left."""
    try:
        end = repr(go(machine))
    except InternalError:
        raise
    except VcvmError as e:
        end = f"{e.kind} {e.place} {e.facts}"
    return end, str(machine.pc), str(machine.fuel), str(machine.calls)


def stepped(machine: Machine) -> Any:
    """Run by steps."""
    while machine.step():
        pass
    return machine.results


def machine_of(made: Module, arguments: list[Any], check: bool = False, fuel: int = LIMITS.fuel) -> Machine:
    """A machine for the function main of a module without imports."""
    return VM(limits=LIMITS.with_(fuel=fuel)).load_module(made).machine("main", *arguments, check=check)
