"""Random expressions: code that pushes one value of a wanted type, by every instruction that can make one.

Takes the `Maker` underneath; gives `Expressions`. The type that is pushed is the wanted one or a subtype; `exact` widens
it. Refuses nothing: where the room is used up, a local or a constant is pushed.
"""

from __future__ import annotations

from typing import Any, Final

from agreement import values
from agreement.maker import Label, Maker
from vcvm_core.values import (
    ANY,
    BOOL,
    BYTES,
    FLOAT,
    INT,
    NONE,
    STRING,
    UUID,
    Type,
    frozen,
    list_of,
    map_of,
    parse_type,
    substitute,
)  # fmt: skip

RECORD: Final = parse_type("{n: int, s: string}")
DEEP_RECORD: Final = parse_type("{f: float, l: list<int>, o: int?, r: {n: int, s: string}}")
POOL: Final = (
    INT, INT, INT, INT, FLOAT, STRING, BOOL, BYTES, NONE, UUID, ANY, ANY, list_of(INT), list_of(STRING), list_of(ANY),
    list_of(FLOAT), *(list_of(INT, mutable=True),) * 3, list_of(ANY, mutable=True), map_of(INT),
    map_of(ANY), map_of(INT, mutable=True), map_of(ANY, mutable=True), list_of(list_of(INT)), RECORD, RECORD, DEEP_RECORD,
    parse_type("int?"), parse_type("string?"), parse_type("list<int>?"), parse_type("float?"), parse_type("any"),
)  # fmt: skip
"""The types of parameters and locals."""
ASKED: Final = (
    INT, FLOAT, STRING, BOOL, BYTES, NONE, UUID, ANY, list_of(INT), list_of(ANY), map_of(INT), map_of(ANY), RECORD,
    DEEP_RECORD, parse_type("int?"), parse_type("float?"), parse_type("string?"), parse_type("{f: float}"), parse_type("{}"),
)  # fmt: skip
"""What values of any type are tested for and cast to."""
INTS: Final = ("addi", "subi", "mul", "div", "rem", "andi", "ori", "xori", "shl", "shr")
FLOATS: Final = ("addf", "subf", "mulf", "divf")
COMPARISONS: Final = ("eq", "ne", "lt", "le", "gt", "ge")
SCALARS: Final = frozenset(("none", "bool", "int", "float", "string", "bytes", "uuid", "any"))
MOVES: Final = {"dup": 1, "swap": 2, "over": 2, "rot": 3}


class Expressions(Maker):
    """Pushes values."""

    def expr(self, t: Type, depth: int = 2, exact: bool = False) -> None:
        """Push a value of a type."""
        if depth <= 0 or self.full or self.dead or self.rng.random() < 0.2:
            self.leaf(t)
        else:
            way = self.rng.randrange(16)
            if way == 0:
                self.either(t, depth - 1)
            elif way == 1 and not self.cheap:
                self.shuffled(t, depth - 1)
            elif way == 2:
                self.before(t, depth - 1)
            elif (way < 6 and self.asked(t, depth - 1)) or (way == 6 and self.taken(t, depth - 1)):
                pass
            elif way == 7 and not t.changeable and t is not ANY:
                # Mostly a value that is one: programs should get further than their first cast.
                self.expr(ANY if self.rng.random() < 0.25 else t, depth - 1)
                self.emit("as", self.builder.type(t))
            else:
                getattr(self, f"make_{t.kind}")(t, depth - 1)
        self.widened(t, exact)

    def widened(self, t: Type, exact: bool) -> None:
        """Let the topmost value be of this type, and not of a subtype, if that is asked for."""
        if exact and self.stack[-1] is not t:
            self.emit("widen", self.builder.type(t))

    def condition(self, depth: int) -> None:
        """Push a bool: often one comparison of what is there, as rules have it."""
        way = self.rng.randrange(9)
        if way == 8 and not self.cheap:
            self.op(f"{self.rng.choice(COMPARISONS)}s", 0, STRING, STRING)
        elif way == 0:
            self.op(f"{self.rng.choice(COMPARISONS)}f", 0, FLOAT, FLOAT)
        elif way == 1:
            self.op(f"{self.rng.choice(COMPARISONS)}i", 0, INT, INT)
        elif way == 2:
            self.op(
                self.rng.choice(("eq", "ne")), 0, *self.rng.choice(((ANY, ANY), (ANY, INT), (NONE, ANY), (BOOL, ANY)))
            )
        elif way == 3:
            self.op(self.rng.choice(("and", "or", "xor")), 0, BOOL, BOOL)
        else:
            self.expr(BOOL, depth)

    def holders(self, t: Type) -> list[int]:
        """The locals that have a value of a type here."""
        return [i for i in self.assigned if self.slots[i] <= t]

    def leaf(self, t: Type) -> None:
        """Push a local or a constant."""
        found = self.holders(t)
        if found and self.rng.random() < 0.7:
            self.emit("get", self.rng.choice(sorted(found)))
        elif t.kind == "any":
            self.load(values.scalar(self.rng))
        elif t.kind == "option":
            if self.rng.random() < 0.4:
                self.load(None)
            else:
                self.leaf(t.of)
        elif t.kind == "list":
            if t.of.kind in SCALARS and not self.cheap and self.rng.random() < 0.6:
                self.leaf(t.of)
                self.emit("dup")
                self.emit("packl", self.builder.type(t.of), 2)
            else:
                self.emit("newl", self.builder.type(t.of))
        elif t.kind == "map":
            self.emit("newm", self.builder.type(t.of))
            if t.of.kind in SCALARS and self.rng.random() < 0.5:
                self.emit("dup")
                self.load("n")
                self.leaf(t.of)
                self.emit("setm")
        elif t.kind == "record":
            for field in t.fields.values():
                self.leaf(field)
            self.emit("packr", self.builder.type(t))
        else:
            self.load(values.constant(self.rng, t.kind))

    # Ways that any type has

    def either(self, t: Type, depth: int) -> None:
        """One of two values: paths that meet with a value on the stack."""
        self.condition(depth)
        other, end = Label(), Label()
        self.emit(self.rng.choice(("jt", "jf")), other)
        self.expr(t, depth, exact=True)
        self.emit("j", end)
        self.stack.pop()
        self.land(other)
        self.expr(t, depth, exact=True)
        self.land(end)

    def before(self, t: Type, depth: int) -> None:
        """The value that a local had before it was set anew."""
        found = [i for i in self.holders(t) if i not in self.locked]
        if not found:
            self.leaf(t)
            return
        local = self.rng.choice(sorted(found))
        self.emit("get", local)
        self.expr(self.slots[local], depth)
        self.emit("set", local)

    def shuffled(self, t: Type, depth: int) -> None:
        """Values moved about, of which one is left."""
        base = len(self.stack)
        self.expr(t, depth, exact=True)
        for _ in range(self.rng.randrange(1, 4)):
            self.expr(self.rng.choice(self.shape.pool), min(depth, 1))
        self.moves(base, self.rng.randrange(1, 4))
        self.settle(base, t)

    def moves(self, base: int, count: int) -> None:
        """Move the values above a height about."""
        for _ in range(count):
            here = len(self.stack) - base
            possible = [n for n, need in MOVES.items() if need <= here and (here < 8 or n in ("swap", "rot"))]
            if possible:
                name = self.rng.choice(possible)
                taken = self.stack[-MOVES[name] :]
                if all(x.kind != "iter" for x in taken):
                    self.emit(name)

    def settle(self, base: int, t: Type) -> None:
        """Of the values above a height, leave one of a type."""
        while len(self.stack) > base + 1:
            if self.stack[-1] is t and t not in self.stack[base:-1]:
                self.emit("swap")
            self.consume()

    def consume(self) -> None:
        """Use up the topmost value."""
        t = self.stack[-1]
        way = self.rng.randrange(4)
        found = [i for i, x in enumerate(self.slots) if t <= x and i not in self.locked] if t.kind != "iter" else []
        if way < 2 and found:
            self.emit("set", self.rng.choice(found))
        else:
            self.drop(1)

    def asked(self, t: Type, depth: int) -> bool:
        """A value from a function, a library or an intrinsic; False if none gives it."""
        found: list[tuple[str, int]] = []
        if not self.cheap:
            found += [("call", i) for i in self.shape.callable if self.shape.sketches[i].results == (t,)]
            found += [("calll", i) for i, x in enumerate(self.builder.imports) if x.signature.results == (t,)]
        for at, extern in enumerate(self.shape.externs):
            results = extern.signature.results
            if len(results) == 1 and (results[0] is t or (results[0].kind == "var" and not t.changeable)):
                found.append(("extern", at))
        if not found:
            return False
        kind, index = self.rng.choice(found)
        if kind == "extern":
            self.ask(index, t, depth)
        else:
            self.call(kind, index, depth)
        if not self.stack[-1] <= t:
            self.drop(1)
            self.leaf(t)
        return True

    def ask(self, at: int, t: Type | None, depth: int) -> None:
        """Call an intrinsic; t: what a type variable of its stands for."""
        extern = self.shape.externs[at]
        stand = {
            v: frozen(t) if t is not None else self.rng.choice((INT, STRING, ANY, list_of(INT))) for v in _VARIABLES
        }
        for p in extern.signature.params:
            self.expr(substitute(p.type, stand), depth, exact=p.type.generic)
        self.emit("calli", self.builder.extern(extern))

    def call(self, kind: str, index: int, depth: int) -> None:
        """Call a function of the program or of a library."""
        bounded = kind == "call" and self.shape.sketches[index].bounded
        for at, p in enumerate(self.called({"call": "function", "calll": "import"}[kind], index).types):
            if at == 0 and bounded:
                if self.sketch.bounded:
                    self.emit("get", 0)
                    self.emit("push", 1)
                    self.emit("subi")
                else:
                    self.emit("push", self.rng.randrange(6))
            else:
                self.expr(p, depth)
        self.emit(kind, index)

    def taken(self, t: Type, depth: int) -> bool:
        """A value out of a list, a map or a record; False if no type holds it."""
        if t.changeable or t.depth > 2:
            return False
        way = self.rng.randrange(3)
        if way == 0:
            self.expr(list_of(t), depth)
            self.index(depth)
            self.emit("getl")
        elif way == 1:
            self.expr(map_of(t), depth)
            self.key(depth)
            self.emit("getm")
        else:
            for record in (RECORD, DEEP_RECORD):
                for name, field in record.fields.items():
                    if field is t:
                        self.expr(record, depth)
                        self.emit("field", self.builder.constant(name))
                        return True
            return False
        return True

    def index(self, depth: int) -> None:
        """Push an index that is often right."""
        if self.rng.random() < 0.7:
            self.emit("push", self.rng.choice((0, 0, 0, 0, 1, 1, 2)))
        else:
            self.expr(INT, depth)

    def key(self, depth: int) -> None:
        """Push a key that is often there."""
        if self.rng.random() < 0.7:
            self.load("n")
        else:
            self.expr(STRING, depth)

    # By kind

    def op(self, name: str, depth: int, *types: Type) -> None:
        for at, t in enumerate(types):
            if at and t is INT and name in _INDEXED:
                self.index(depth)
                continue
            if at and t is STRING and name in ("getm", "hasm"):
                self.key(depth)
                continue
            # Where a type variable is bound, a subtype would bind it to another type.
            self.expr(t, depth, exact=name in ("catl", "inl"))
        self.emit(name)

    def make_int(self, t: Type, depth: int) -> None:
        way = self.rng.randrange(20)
        if way < 11 or self.cheap:
            self.op(self.rng.choice(INTS), depth, INT, INT)
        elif way < 13:
            self.op(self.rng.choice(("negi", "noti")), depth, INT)
        else:
            name, *types = self.rng.choice(_INTS)
            self.op(name, depth, *types)

    def make_float(self, t: Type, depth: int) -> None:
        way = self.rng.randrange(4)
        if way == 0:
            self.op("itof", depth, INT)
        elif way == 1:
            self.op("negf", depth, FLOAT)
        else:
            self.op(self.rng.choice(FLOATS), depth, FLOAT, FLOAT)

    def make_bool(self, t: Type, depth: int) -> None:
        way = self.rng.randrange(12)
        if way < 4:
            self.op(f"{self.rng.choice(COMPARISONS)}i", depth, INT, INT)
        elif way < 6:
            self.op(f"{self.rng.choice(COMPARISONS)}f", depth, FLOAT, FLOAT)
        elif way == 6:
            self.op("not", depth, BOOL)
        elif way == 7:
            self.op(self.rng.choice(("and", "or", "xor")), depth, BOOL, BOOL)
        elif way == 8:
            self.expr(ANY, depth)
            self.emit("is", self.builder.type(self.rng.choice(ASKED)))
        elif way == 9 and self.cheap:
            self.op("hasm", depth, map_of(INT), STRING)
        elif way == 9:
            self.op(f"{self.rng.choice(COMPARISONS)}s", depth, STRING, STRING)
        elif way >= 10 and self.cheap:
            self.op(self.rng.choice(("eq", "ne")), depth, *self.rng.choice(((ANY, NONE), (INT, INT), (FLOAT, FLOAT))))
        elif way == 10:
            a, b = self.rng.choice(
                (
                    (ANY, ANY),
                    (ANY, ANY),
                    (ANY, INT),
                    (BOOL, ANY),
                    (INT, INT),
                    (STRING, ANY),
                    (ANY, NONE),
                    (list_of(INT), list_of(INT)),
                    (FLOAT, FLOAT),
                )
            )
            self.op(self.rng.choice(("eq", "ne")), depth, a, b)
        else:
            item = self.rng.choice((INT, ANY, STRING))
            name, *types = self.rng.choice(
                (("hasm", map_of(INT), STRING), ("ins", STRING, STRING), ("inl", item, list_of(item)))
            )
            self.op(name, depth, *types)

    def make_string(self, t: Type, depth: int) -> None:
        name, *types = self.rng.choice((("cats", STRING, STRING), ("ats", STRING, INT), ("slices", STRING, INT, INT)))
        self.op(name, depth, *types)

    def make_bytes(self, t: Type, depth: int) -> None:
        name, *types = self.rng.choice((("catb", BYTES, BYTES), ("sliceb", BYTES, INT, INT)))
        self.op(name, depth, *types)

    def make_none(self, t: Type, depth: int) -> None:
        self.load(None)

    def make_uuid(self, t: Type, depth: int) -> None:
        self.leaf(t)

    def make_any(self, t: Type, depth: int) -> None:
        self.expr(self.rng.choice(self.shape.pool), depth, exact=False)

    def make_option(self, t: Type, depth: int) -> None:
        self.expr(t.of, depth)

    def make_list(self, t: Type, depth: int) -> None:
        way = self.rng.randrange(6)
        if way == 0:
            self.emit("newl", self.builder.type(t.of))
        elif way == 1:
            self.op("catl", depth, list_of(t.of), list_of(t.of))
            self.fit(t)
        elif way == 2:
            self.op("slicel", depth, list_of(t.of), INT, INT)
            self.fit(t)
        else:
            count = self.rng.choice((0, 1, 2, 2, 3, 3, 3, 5))
            for _ in range(count):
                self.expr(t.of, depth - 1)
            self.emit("packl", self.builder.type(t.of), count)

    def fit(self, t: Type) -> None:
        """A mut list of subtypes is no mut list of the type: take another."""
        if not self.stack[-1] <= t:
            self.drop(1)
            self.leaf(t)

    def make_map(self, t: Type, depth: int) -> None:
        self.emit("newm", self.builder.type(t.of))
        for _ in range(self.rng.choice((0, 1, 1, 1, 2, 3))):
            self.emit("dup")
            self.key(min(depth, 1))
            self.expr(t.of, depth - 1)
            self.emit("setm")

    def make_record(self, t: Type, depth: int) -> None:
        for field in t.fields.values():
            self.expr(field, depth)
        self.emit("packr", self.builder.type(t))


_COMPARED: Final = (
    (ANY, ANY), (ANY, ANY), (ANY, INT), (BOOL, ANY), (INT, INT), (STRING, ANY), (ANY, NONE), (list_of(INT), list_of(INT)),
    (FLOAT, FLOAT),
)  # fmt: skip
_INDEXED: Final = ("getl", "ats", "atb", "slices", "sliceb", "slicel")
_VARIABLES: Final = (parse_type("T"),)
_INTS: Final[tuple[tuple[Any, ...], ...]] = (
    ("lens", STRING), ("lenb", BYTES), ("lenl", list_of(INT)), ("lenl", list_of(ANY)), ("lenm", map_of(INT)), ("ftoi", FLOAT),
    ("atb", BYTES, INT), ("getl", list_of(INT), INT), ("getm", map_of(INT), STRING), ("lenl", list_of(INT, mutable=True)),
)  # fmt: skip
