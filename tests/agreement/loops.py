"""Loops of every shape: counted ones, others, over containers, and those that are entered in the middle.

Takes `Expressions` underneath; gives `Loops`, whose `body` is for the statements above it to fill. Refuses nothing. A loop
may not end by itself: fuel ends it.
"""

from __future__ import annotations

from typing import Final

from agreement.expressions import Expressions
from agreement.maker import Around, Label
from vcvm_core.values import ANY, INT, INT_MAX, INT_MIN, STRING, Type, list_of, map_of

COUNTED: Final = (("lti", "jf"), ("gei", "jt"), ("lei", "jf"), ("gti", "jt"))
"""The comparisons of a loop that counts up."""
OTHERS: Final = (("gti", "jf"), ("lei", "jt"), ("nei", "jf"), ("eqi", "jt"), ("lti", "jt"), ("gei", "jf"))


class Loops(Expressions):
    """Writes loops."""

    def body(self, depth: int) -> None:
        """The statements of a loop."""
        raise NotImplementedError

    def numbers(self, free: bool = True) -> list[int]:
        """Locals that are ints. free: those that may be set."""
        return [i for i, t in enumerate(self.slots) if t is INT and not (free and i in self.locked)]

    def counted(self, depth: int) -> None:
        """A loop that counts a local up to a bound, or nearly such a loop."""
        counters = self.numbers()
        if not counters:
            return
        rng = self.rng
        i = rng.choice(counters)
        bounds = [n for n in self.numbers(free=False) if n != i and n in self.assigned]
        way = rng.randrange(8)
        bound: tuple[str, int] = ("push", rng.choice((0, 1, 2, 3, 5, 8, 30)))
        start = rng.choice((0, 0, 0, 0, 1, -2, 7, 5))
        if way < 3 and bounds:
            bound = ("get", rng.choice(bounds))
            if rng.random() < 0.7 and bound[1] not in self.locked:
                self.load(rng.choice((0, 1, 2, 3, 4, 9, 40)))
                self.emit("set", bound[1])
        elif way == 3:
            edge = rng.choice((INT_MAX, INT_MAX - 1, INT_MIN, 2**31, -1, -5, 1 << 24))
            bound = ("loadk", self.builder.constant(edge))
            start = max(edge - rng.randrange(4), INT_MIN) if rng.random() < 0.8 else start
        if rng.random() < 0.9 or i not in self.assigned:
            self.load(start)
            self.emit("set", i)
        cheap, self.cheap = self.cheap, self.cheap or rng.random() < 0.7
        locked = self.locked
        if rng.random() < 0.9:
            self.locked = self.locked | {i} | ({bound[1]} if bound[0] == "get" else set())
        again, leave = Label(), Label()
        header = self.here()
        compare, jump = rng.choice(COUNTED if rng.random() < 0.85 else OTHERS)
        if rng.random() < 0.06:
            self.emit(*bound)
            self.emit("get", i)
        else:
            self.emit("get", i)
            self.emit(*bound)
        self.emit(compare)
        self.emit(jump, leave)
        height = len(self.stack)
        # `continue` goes to the step, or now and then to the header: then the loop is none that counts.
        onward = again if rng.random() < 0.85 else header
        self.around.append(Around(onward, leave, height, height))
        self.body(depth)
        self.around.pop()
        self.land(again)
        way = rng.randrange(20)
        if way == 0:
            self.emit("push", 1)
            self.emit("get", i)
        elif way == 1:
            self.emit("get", i)
            self.emit("push", rng.choice((2, 0)))
        else:
            self.emit("get", i)
            self.emit("push", 1)
        self.emit("addi" if way != 2 else "subi")
        self.emit("set", i)
        self.emit("j", header)
        self.land(leave)
        self.cheap, self.locked = cheap, locked
        if rng.random() < 0.5 and not self.dead:
            # What the counter is behind the loop matters.
            self.emit("get", i)
            self.consume()

    def summed(self, depth: int) -> None:
        """A loop that adds the same large number to a local, turn after turn."""
        free = self.numbers()
        if len(free) < 2:
            return
        rng = self.rng
        i, x = rng.sample(free, 2)
        for local in (i, x):
            self.load(rng.choice((0, 0, 1, -1)))
            self.emit("set", local)
        locked, self.locked = self.locked, self.locked | {i, x}
        leave = Label()
        header = self.here()
        self.emit("get", i)
        self.emit("push", rng.choice((2, 3, 5, 9, 17)))
        self.emit(*rng.choice((("lti",), ("lei",))))
        self.emit("jf", leave)
        self.emit("get", x)
        self.load(rng.choice((1 << 59, 1 << 60, 1 << 61, 1 << 62, 1, 3, -(1 << 61), -(1 << 62), INT_MAX)))
        self.emit(rng.choice(("addi", "addi", "subi")))
        self.emit("set", x)
        if rng.random() < 0.3:
            self.body(depth - 1)
        self.emit("get", i)
        self.emit("push", 1)
        self.emit("addi")
        self.emit("set", i)
        self.emit("j", header)
        self.land(leave)
        self.locked = locked
        self.emit("get", x)
        self.consume()

    def condition_first(self, depth: int) -> None:
        """While a condition holds."""
        header, leave = self.here(), Label()
        self.condition(2)
        self.emit(self.rng.choice(("jt", "jf")), leave)
        self.inside(header, leave, depth)
        self.emit("j", header)
        self.land(leave)

    def condition_last(self, depth: int) -> None:
        """Until a condition holds."""
        header, leave, again = self.here(), Label(), Label()
        self.inside(again, leave, depth)
        self.land(again)
        self.condition(2)
        self.emit(self.rng.choice(("jt", "jf")), header)
        self.land(leave)

    def endless(self, depth: int) -> None:
        """A loop that only its body leaves, if anything."""
        header, leave = self.here(), Label()
        self.inside(header, leave, depth)
        if self.rng.random() < 0.8:
            self.condition(1)
            self.emit("jt", leave)
        self.emit("j", header)
        self.land(leave)

    def inside(self, again: Label, leave: Label, depth: int) -> None:
        height = len(self.stack)
        self.around.append(Around(again, leave, height, height))
        self.body(depth)
        self.around.pop()

    def over(self, depth: int) -> None:
        """Over a list or the keys of a map, which may change meanwhile."""
        rng = self.rng
        mutable = [i for i in sorted(self.assigned) if self.slots[i].kind in ("list", "map")]
        if mutable and rng.random() < 0.7:
            local = rng.choice(mutable)
            t: Type = self.slots[local]
            self.emit("get", local)
        else:
            t = rng.choice((list_of(INT), list_of(ANY), map_of(INT), list_of(list_of(INT))))
            self.expr(t, 1)
            t = self.stack[-1]
        if rng.random() < 0.1:
            self.emit("dup")
            self.drop(1)
        self.emit("iterl" if t.kind == "list" else "iterm")
        height = len(self.stack)
        header, leave = self.here(), Label()
        self.emit("next", leave)
        if rng.random() < 0.5:
            self.consume()
            self.around.append(Around(header, leave, height, height - 1))
            self.body(depth)
        else:
            # The element stays on the stack while the body runs.
            self.around.append(Around(header, leave, height, height - 1))
            self.body(depth)
            self.consume()
        self.around.pop()
        self.emit("j", header)
        self.land(leave)

    def entered(self, depth: int) -> None:
        """A loop that is also entered in its middle: no structured language has it."""
        middle, leave = Label(), Label()
        self.condition(2)
        self.emit(self.rng.choice(("jt", "jf")), middle)
        header = self.here()
        self.inside(header, leave, depth)
        self.land(middle)
        self.inside(header, leave, depth)
        self.condition(2)
        self.emit(self.rng.choice(("jt", "jf")), header)
        if self.rng.random() < 0.3:
            self.condition(1)
            self.emit("jt", header)
        self.land(leave)

    def tangle(self, depth: int) -> None:
        """Blocks that jump to each other as it comes, each with the same values on the stack."""
        count = self.rng.randrange(2, 7)
        known, height = self.assigned, len(self.stack)
        held = self.rng.choice(((), (), (INT,), (STRING, INT)))
        for t in held:
            self.expr(t, 1, exact=True)
        places = [Label() for _ in range(count)]
        for label in places:
            label.assigned, label.stack = known, tuple(self.stack)
        leave = Label()
        around, self.around = self.around, []
        for number, label in enumerate(places):
            self.land(label)
            self.assigned = label.assigned = known
            self.body(min(depth, 0))
            for t in held[:1]:
                if self.rng.random() < 0.5 and len(held) == 1 and not self.dead:
                    self.drop(1)
                    self.expr(t, 1, exact=True)
            self.condition(1)
            target = self.rng.choice([*places, leave])
            self.jump_to(self.rng.choice(("jt", "jf")), target, known)
            if number == count - 1:
                self.jump_to("j", self.rng.choice([*places, leave, leave]), known)
            elif self.rng.random() < 0.2 and places[number + 1].jumps:
                self.jump_to("j", self.rng.choice(places), known)
        self.land(leave)
        self.around = around
        if not self.dead:
            self.assigned = known
        self.drop(len(self.stack) - height)

    def jump_to(self, name: str, label: Label, known: frozenset[int]) -> None:
        """A jump behind which no more is known than before all of it."""
        self.assigned = known if not self.dead else self.assigned
        self.emit(name, label)
