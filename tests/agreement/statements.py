"""Random statements: assignments, branches, guards, changes of containers, calls, values that stay on the stack, exits.

Takes `Loops` underneath; gives `Statements`, whose `function` writes a whole function. Refuses nothing: where the room is
used up, statements become short.
"""

from __future__ import annotations

from itertools import accumulate
from random import Random
from typing import Final

from agreement import values
from agreement.expressions import COMPARISONS, RECORD
from agreement.loops import Loops
from agreement.maker import Label
from vcvm_core.values import BOOL, INT

WEIGHTS: Final = {
    "assign": 24, "played": 8, "branch": 10, "guard": 8, "guards": 2, "changed": 9, "looked": 15, "aliased": 3, "calling": 8,
    "wasted": 4, "told": 5, "idle": 1, "counted": 14, "summed": 5, "edged": 8, "condition_first": 2, "condition_last": 2,
    "endless": 2, "over": 5, "entered": 2, "tangle": 1, "nested": 1, "deep": 1, "leave": 1, "next_turn": 2,
}  # fmt: skip
"""How often each statement is written."""


class Statements(Loops):
    """Writes statements, and functions of them."""

    def function(self) -> None:
        """The whole function."""
        self.opening()
        for i in range(len(self.sketch.params), len(self.slots)):
            if self.rng.random() < 0.6:
                self.expr(self.slots[i], 1)
                self.emit("set", i)
        while not self.full and not self.dead:
            self.statement(3)
            if self.rng.random() < 0.06:
                break
        self.size += 60
        self.finish()

    def opening(self) -> None:
        """What comes first: a look at what bounds the calls; and what is left alone is chosen."""
        if self.sketch.bounded:
            on = Label()
            self.emit("get", 0)
            self.emit("push", 0)
            self.emit("gti")
            self.emit("jt", on)
            self.finish()
            self.land(on)
            self.locked = self.locked | {0}
        if self.sketch.params[:1] == (RECORD,) and self.rng.random() < 0.85:
            # A record of the host's that stays as it came, unless an intrinsic changes it.
            self.locked = self.locked | {0}

    def finish(self) -> None:
        """Return, from whatever is on the stack here."""
        kept = list(self.stack)
        self.away(0)
        for t in self.sketch.results:
            # What was computed is what should be seen.
            found = sorted(i for i in self.assigned if self.slots[i] is t)
            if found and self.rng.random() < 0.8:
                self.emit("get", self.rng.choice(found))
            else:
                self.expr(t, 1)
        self.emit("halt" if self.sketch.halts and self.rng.random() < 0.5 else "ret")
        self.stack = kept

    def body(self, depth: int) -> None:
        for _ in range(self.rng.choice((0, 1, 1, 2, 2, 3))):
            if self.dead:
                return
            self.statement(depth - 1)

    def statement(self, depth: int) -> None:
        """Any statement."""
        if self.dead:
            return
        names, weights = _NAMES, self.shape.weights
        if depth <= 0 or self.full:
            names, weights = _SHORT, _SHORT_WEIGHTS
        (name,) = self.rng.choices(names, cum_weights=weights)
        if self.cheap and name in ("changed", "looked", "calling", "over", "deep"):
            name = "assign"
        getattr(self, name)(depth)

    # Without flow

    def settable(self) -> list[int]:
        return [i for i in range(len(self.slots)) if i not in self.locked]

    def assign(self, depth: int) -> None:
        """Set a local, often from itself."""
        found = self.settable()
        if not found:
            return
        local = self.rng.choice(found)
        if self.slots[local] is INT and local in self.assigned and self.rng.random() < 0.4:
            self.emit("get", local)
            self.expr(INT, 1)
            self.emit(self.rng.choice(("addi", "addi", "subi", "mul", "xori", "andi")))
        else:
            self.expr(self.slots[local], 2)
        self.emit("set", local)

    def wasted(self, depth: int) -> None:
        """A value that nobody wants: what it traps on is wanted."""
        self.expr(self.rng.choice(self.shape.pool), 2)
        self.drop(1)

    def idle(self, depth: int) -> None:
        self.emit("nop")

    def changed(self, depth: int, which: int | None = None) -> None:
        """Change a container of the program's own."""
        found = [i for i in sorted(self.assigned) if self.slots[i].mutable]
        if not found:
            self.assign(depth)
            return
        rng, local = self.rng, self.rng.choice(found) if which is None else which
        t = self.slots[local]
        self.emit("get", local)
        if t.kind == "list":
            if rng.random() < 0.6:
                self.expr(t.of, 2)
                self.emit("appl")
            else:
                self.index(1)
                self.expr(t.of, 2)
                self.emit("setl")
        else:
            self.key(1)
            if rng.random() < 0.7:
                self.expr(t.of, 2)
                self.emit("setm")
            else:
                self.emit("delm")

    def looked(self, depth: int) -> None:
        """What was looked up in a container before it changed must not change with it."""
        rng = self.rng
        fresh = [i for i in self.settable() if self.slots[i].mutable and self.slots[i].kind in ("list", "map")]
        if fresh and rng.random() < 0.5:
            local = rng.choice(fresh)
            self.expr(self.slots[local], 1)
            self.emit("set", local)
        found = [i for i in sorted(self.assigned) if self.slots[i].kind in ("list", "map", "record")]
        if not found:
            self.changed(depth)
            return
        mutable = [i for i in found if self.slots[i].mutable]
        records = [i for i in found if self.slots[i].kind == "record"]
        local = rng.choice(mutable if mutable and rng.random() < 0.7 else found)
        if records and any(x.name == "rename" for x in self.shape.externs) and rng.random() < 0.6:
            local = rng.choice(records)
        t = self.slots[local]
        self.emit("get", local)
        if t.kind == "record":
            if not t.fields:
                self.drop(1)
                return
            self.emit("field", self.builder.constant(rng.choice(list(t.fields))))
        elif t.kind == "list":
            if rng.random() < 0.7:
                self.emit("lenl")
            else:
                self.index(1)
                self.emit("getl")
        else:
            way = rng.randrange(3)
            if way:
                self.key(1)
            self.emit(("lenm", "hasm", "getm")[way])
        if self.stack[-1] is INT and rng.random() < 0.3:
            self.emit("push", 1)
            self.emit("addi")
        changers = [x for x in self.shape.externs if x.name in ("grow", "rename") and t <= x.signature.types[0]]
        if changers and rng.random() < 0.7:
            # A host that changes what it is lent.
            self.emit("get", local)
            self.expr(INT, 1)
            self.emit("calli", self.builder.extern(rng.choice(changers)))
            self.consume()
        elif t.mutable and rng.random() < 0.8:
            self.changed(depth, local)
        else:
            self.told(depth)
        self.shown()
        if t.kind == "record" and rng.random() < 0.6 and not self.dead:
            if rng.random() < 0.5:
                self.branch(0)
            self.emit("get", local)
            self.emit("field", self.builder.constant(rng.choice(list(t.fields))))
            self.shown()

    def shown(self) -> None:
        """Use up the topmost value where it will be seen."""
        t = self.stack[-1]
        found = [i for i, x in enumerate(self.slots) if t <= x and i not in self.locked]
        tell = [x for x in self.shape.externs if x.name == "tell"]
        if tell and self.rng.random() < 0.7:
            self.emit("calli", self.builder.extern(tell[0]))
            self.drop(1)
        elif found:
            self.emit("set", self.rng.choice(found))
        else:
            self.drop(1)

    def aliased(self, depth: int) -> None:
        """Two locals, one container."""
        pairs = [
            (i, k) for i in sorted(self.assigned) for k in self.settable()
            if i != k and self.slots[i].kind in ("list", "map", "any") and self.slots[i] <= self.slots[k]
        ]  # fmt: skip
        if pairs:
            i, k = self.rng.choice(pairs)
            self.emit("get", i)
            self.emit("set", k)

    def calling(self, depth: int) -> None:
        """Call a function, with all its results."""
        kinds = [("call", i) for i in self.shape.callable] + [("calll", i) for i in range(len(self.builder.imports))]
        if not kinds:
            self.told(depth)
            return
        base = len(self.stack)
        self.call(*self.rng.choice(kinds), 1)
        while len(self.stack) > base:
            self.consume()

    def told(self, depth: int) -> None:
        """Call an intrinsic, with all its results."""
        if not self.shape.externs:
            return
        base = len(self.stack)
        self.ask(self.rng.randrange(len(self.shape.externs)), None, 1)
        while len(self.stack) > base:
            self.consume()

    def played(self, depth: int) -> None:
        """Values that stay on the stack over other statements, moved about."""
        base = len(self.stack)
        for _ in range(self.rng.choice((1, 1, 2, 3, 4))):
            found = sorted(self.assigned)
            if found and self.rng.random() < 0.5:
                self.emit("get", self.rng.choice(found))
            else:
                self.expr(self.rng.choice(self.shape.pool), 1)
        for _ in range(self.rng.randrange(1, 4)):
            self.moves(base, self.rng.randrange(3))
            self.statement(depth - 1)
        while len(self.stack) > base:
            if self.rng.random() < 0.2:
                self.moves(base, 1)
            if self.stack[-2:] == [INT, INT] and len(self.stack) >= base + 2 and self.rng.random() < 0.5:
                self.emit(self.rng.choice(("subi", "addi", "rem", "div")))
            elif self.stack[-1] is BOOL and self.rng.random() < 0.3:
                end = Label()
                self.emit("jt", end)
                self.statement(0)
                self.land(end)
            else:
                self.consume()

    def edged(self, depth: int) -> None:
        """A comparison that says where a number lies, and arithmetic that may leave the range, by what it says."""
        rng = self.rng
        found = [i for i in self.numbers(free=False) if i in self.assigned]
        if not found:
            return
        local, other, end = rng.choice(found), Label(), Label()
        self.emit("get", local)
        if rng.random() < 0.7:
            self.load(values.integer(rng))
        else:
            self.emit("get", rng.choice(found))
        if rng.random() < 0.2:
            self.emit("swap")
        self.emit(f"{rng.choice(COMPARISONS)}i")
        self.emit(rng.choice(("jt", "jf")), other)
        self.sum(local)
        self.emit("j", end)
        self.land(other)
        if rng.random() < 0.6:
            self.sum(local)
        self.land(end)

    def sum(self, local: int) -> None:
        """Arithmetic on a local, near the edges."""
        rng = self.rng
        self.emit("get", local)
        name = rng.choice(("addi", "subi", "mul", "shl", "negi", "addi", "subi", "div", "rem"))
        if name != "negi":
            small = {"shl": 64, "div": 9, "rem": 9}.get(name, 0)
            self.load(rng.randrange(small) if small else rng.choice(values.INTS))
            if rng.random() < 0.3 and not small:
                self.emit("swap")
        self.emit(name)
        self.shown()

    # With flow

    def branch(self, depth: int) -> None:
        """If, and perhaps else."""
        other, end = Label(), Label()
        self.condition(2)
        self.emit(self.rng.choice(("jt", "jf")), other)
        self.body(depth)
        if self.rng.random() < 0.5:
            self.land(other)
            return
        self.emit("j", end)
        self.land(other)
        self.body(depth)
        self.land(end)

    def nested(self, depth: int) -> None:
        """Branches or loops deep inside each other."""
        ends: list[Label] = []
        for _ in range(self.rng.choice((4, 8, 14, 25))):
            end = Label()
            if self.rng.random() < 0.3:
                header = self.here()
                self.condition(0)
                self.emit("jt", header)
            self.condition(0)
            self.emit("jf", end)
            ends.append(end)
        self.body(1)
        while ends:
            self.land(ends.pop())
            if self.rng.random() < 0.2:
                self.statement(0)

    def deep(self, depth: int) -> None:
        """Loops deep inside each other."""
        if len(self.around) > 2:
            return
        headers: list[tuple[Label, Label]] = []
        for _ in range(self.rng.choice((3, 6, 12, 18, 22))):
            header, leave = self.here(), Label()
            self.condition(0)
            self.emit("jf", leave)
            headers.append((header, leave))
        self.body(1)
        for header, leave in reversed(headers):
            if self.rng.random() < 0.3:
                self.condition(0)
                self.emit("jt", self.rng.choice(headers)[1] if self.rng.random() < 0.5 else leave)
            self.emit("j", header)
            self.land(leave)
            if leave.at == len(self.code) and self.rng.random() < 0.2:
                self.statement(0)

    def guard(self, depth: int) -> None:
        """A condition on which the rest is left."""
        on = Label()
        self.condition(2)
        self.emit(self.rng.choice(("jt", "jf")), on)
        self.leave(depth)
        self.land(on)

    def guards(self, depth: int) -> None:
        """Many of them."""
        for _ in range(self.rng.choice((3, 5, 9))):
            self.guard(depth)

    def leave(self, depth: int) -> None:
        """Leave the loop or the function, or trap."""
        way = self.rng.randrange(10)
        if self.around and way < 5:
            around = self.rng.choice(self.around) if self.rng.random() < 0.3 else self.around[-1]
            self.out(around.leave, around.leave_height)
        elif way == 5:
            self.emit("trap", self.builder.constant(self.rng.choice(("stop", "é", ""))))
        elif len(self.code) < self.size + 40:
            self.finish()
        else:
            self.emit("trap", self.builder.constant("full"))

    def next_turn(self, depth: int) -> None:
        """On with the loop."""
        if not self.around:
            self.assign(depth)
            return
        around = self.rng.choice(self.around) if self.rng.random() < 0.2 else self.around[-1]
        on = Label()
        self.condition(1)
        self.emit("jf", on)
        self.out(around.again, around.again_height)
        self.land(on)

    def out(self, label: Label, height: int) -> None:
        """Jump out of whatever is on the stack here."""
        kept = list(self.stack)
        self.away(height)
        self.emit("j", label)
        self.stack = kept


_SHORT: Final = ["assign", "looked", "told", "wasted", "guard", "aliased", "calling"]
_SHORT_WEIGHTS: Final[list[float]] = [20, 26, 30, 33, 36, 38, 40]
_NAMES: Final = list(WEIGHTS)


def weights(rng: Random) -> list[float]:
    """How often each statement is written in one program: some much more often than in others, some never."""
    return list(accumulate(n * rng.choice((0, 0.3, 1, 1, 2, 6)) for n in WEIGHTS.values()))
