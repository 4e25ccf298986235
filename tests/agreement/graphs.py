"""Random functions of basic blocks: typed stacks on entry, iterators among them, and jumps from anywhere to anywhere.

Takes a seed; gives a `Case`, as generate.py does. A function is some places, each with the stack that a jump must bring
there. A tree of jumps reaches every place; all other jumps go where the dice say: back, on, into the middle of loops, out of
several at once. On the way a value of the stack, or an iterator, is kept, or another of its type takes its place. Nothing
here is structured, and most graphs are irreducible or nearly. Refuses nothing: fuel ends what does not end by itself.
"""

from __future__ import annotations

from random import Random
from typing import Final, NamedTuple

from agreement.expressions import MOVES, RECORD
from agreement.generate import Case, generate
from agreement.hosts import Host
from agreement.loops import COUNTED
from agreement.maker import Label, Shape, Sketch
from agreement.statements import Statements
from vcvm_core.values import ANY, BOOL, FLOAT, INT, STRING, Type, iter_of, list_of, map_of, parse_type

HELD: Final = (
    INT, INT, INT, BOOL, STRING, FLOAT, ANY, list_of(INT), list_of(INT, mutable=True), map_of(INT), RECORD,
    parse_type("int?"),
)  # fmt: skip
"""What lies on the stack between blocks, besides iterators."""
READ: Final = (INT, INT, INT, STRING, ANY, list_of(INT))
"""What iterators are over."""
ACTS: Final = {
    "assign": 24, "changed": 8, "looked": 10, "aliased": 2, "calling": 10, "told": 10, "wasted": 2, "edged": 3, "ticked": 10,
    "turned": 8, "branch": 4, "guard": 1, "counted": 2, "over": 2, "played": 2, "summed": 1,
    "divided": 4,
}  # fmt: skip
"""What a block does between its jumps, and how often."""
Stack = tuple[Type, ...]


class Place(Label):
    """A block that is jumped to. musts: where it must have a jump to. turns: the counter and its place, for the end of a turn.
    test: of a loop that counts. over: of a loop over an iterator, where it goes at the end and where its turns end."""

    __slots__ = ("musts", "over", "test", "turns")

    def __init__(self, stack: Stack) -> None:
        super().__init__()
        self.stack = stack
        self.musts: list[Place] = []
        self.turns: tuple[int, Place] | None = None
        self.test: Test | None = None
        self.over: tuple[Place, Place] | None = None


class Test(NamedTuple):
    """What a loop that counts asks first."""

    counter: int
    bound: tuple[str, int]
    compare: str
    jump: str
    leave: Place


class Graphs(Statements):
    """Writes functions of blocks."""

    def __init__(self, shape: Shape, sketch: Sketch, size: int) -> None:
        # A counter of its own: what a block does next should change from turn to turn.
        sketch.locals = (*sketch.locals, INT)
        super().__init__(shape, sketch, size)
        self.clock = len(self.slots) - 1
        self.locked = frozenset((self.clock,))
        self.places: list[Place] = []
        self.room = max(4, min(14, size // 4))
        self.ticks = 4

    def function(self) -> None:
        rng = self.rng
        self.opening()
        if rng.random() < 0.85:
            self.size = 1 << 20
            for i in range(len(self.sketch.params), len(self.slots)):
                self.expr(self.slots[i], 1)
                self.emit("set", i)
        self.chosen()
        first = self.places[0]
        order = self.places[1:]
        rng.shuffle(order)
        entry = rng.choice(self.places) if rng.random() < 0.2 and self.code else first
        self.reached(entry)
        if entry is first or self.code:
            # A function may begin with a block that is jumped to.
            self.brought(entry.stack)
            if entry is not first:
                self.emit("j", entry)
        for place in (first, *order):
            self.size = len(self.code) + 8
            self.block(place)

    # What there will be

    def chosen(self) -> None:
        """The places, each with its stack."""
        rng = self.rng
        held = [rng.choice(HELD) for _ in range(3)]
        read = [rng.choice(READ) for _ in range(2)]
        shapes: list[Stack] = [()]
        for _ in range(rng.choice((1, 1, 2))):
            stack: Stack = ()
            for _ in range(rng.choice((0, 1, 1, 2, 2, 3, 4))):
                stack = (*stack, iter_of(rng.choice(read)) if rng.random() < 0.55 else rng.choice(held))
                shapes.append(stack)
        shapes = list(dict.fromkeys(shapes))
        nested = rng.random() < 0.35
        for _ in range(rng.randrange(2, (4 if nested or rng.random() < 0.3 else self.room) + 1)):
            shape = rng.choice(shapes)
            self.places.append(Place(shape))
            if shape and shape[-1].kind == "iter" and not any(p.stack == shape[:-1] for p in self.places):
                # Where an iterator goes when it has come to its end.
                self.places.append(Place(shape[:-1]))
        rng.shuffle(self.places)
        if nested:
            self.nesting([rng.choice(read) for _ in range(rng.choice((1, 2, 2, 3)))])
        numbers = [i for i in self.numbers() if i in self.assigned]
        for _ in range(rng.choice((0, 0, 1, 1, 2))):
            if numbers:
                self.counting(rng.choice(numbers))

    def nesting(self, items: list[Type]) -> None:
        """Places that are loops over iterators inside each other; one ends where the next turn of the one around it begins."""
        rng = self.rng
        # Most often from where the function begins, so that they are reached.
        heads = [self.places[0] if rng.random() < 0.6 else rng.choice(self.places)]
        for item in items:
            heads.append(Place((*heads[-1].stack, iter_of(item))))
        for at, head in enumerate(heads[1:], 1):
            head.over = heads[at - 1], heads[at + 1] if at + 1 < len(heads) else head
        self.places += heads[1:]

    def counting(self, counter: int) -> None:
        """Places that are a loop that counts, or nearly one."""
        rng = self.rng
        head = Place(rng.choice(self.places).stack)
        alike = [p for p in self.places if p.stack == head.stack]
        leave = rng.choice([p for p in alike if p.over is not None and rng.random() < 0.8] or alike)
        bounds = [n for n in self.numbers(free=False) if n != counter and n in self.assigned]
        bound = ("get", rng.choice(bounds)) if bounds and rng.random() < 0.6 else ("push", rng.choice((2, 3, 5, 9)))
        compare, jump = rng.choice(COUNTED)
        head.test = Test(counter, bound, compare, jump, leave)
        self.places.append(head)
        if rng.random() < 0.4:
            # The end of a turn is a place of its own, and can be jumped to.
            latch = Place(rng.choice(self.places).stack)
            latch.turns = counter, head
            self.places.append(latch)
        elif rng.random() < 0.9:
            head.turns = counter, head
        if rng.random() < 0.8:
            self.locked = self.locked | {counter, bound[1]} if bound[0] == "get" else self.locked | {counter}

    def reached(self, entry: Place) -> None:
        """Choose a tree of jumps that leads to every place."""
        known = self.assigned
        tree = [entry]
        others = [p for p in self.places if p is not entry]
        self.rng.shuffle(others)
        for place in sorted(others, key=lambda p: p.over is not None):
            above = place.over[0] if place.over is not None else None
            if above is None or above.over is None:
                # Of loops inside each other, only the outermost is entered from outside.
                above = above or self.rng.choice(tree if self.rng.random() < 0.5 else tree[-2:])
                above.musts.append(place)
            tree.append(place)
        for place in tree:
            place.jumps, place.assigned = 1, known

    # Blocks

    def block(self, place: Place) -> None:
        """A place, and everything up to where it ends for good."""
        rng, known = self.rng, place.assigned
        if not self.dead:
            if tuple(self.stack) != place.stack:
                self.brought(place.stack)
            self.assigned = known
        self.land(place)
        if place.test is not None:
            self.tested(place.test)
        elif place.over is not None:
            self.step(place.over[0])
            if place.over[0] in place.musts:
                place.musts.remove(place.over[0])
        elif place.stack and place.stack[-1].kind == "iter" and rng.random() < 0.75:
            self.stepped(place.musts)
        for _ in range(rng.choice((0, 0, 1, 1, 2) if place.over is None else (0, 0, 1))):
            self.act()
        free = place.turns is None and place.over is None
        end = place.musts[-1] if free and place.musts and rng.random() < 0.7 else None
        for target in place.musts:
            if target is not end:
                self.exit(target)
                if rng.random() < 0.3:
                    self.act()
        if rng.random() < (0.5 if place.over is None else 0.2):
            self.exit(self.somewhere(place))
        if rng.random() < 0.4:
            self.ticked(0)
        if place.turns is not None:
            counter, head = place.turns
            if rng.random() < 0.15:
                self.exit(self.somewhere(place))
            self.brought(head.stack)
            for name, operand in (("get", counter), ("push", 1), ("addi", None), ("set", counter)):
                self.emit(name, *(() if operand is None else (operand,)))
            self.emit("j", head)
        elif end is not None:
            self.jump(end)
        elif place.over is not None:
            if place.over[1] is place and rng.random() < 0.5:
                self.replaced(place)
            self.jump(place.over[1])
        elif rng.random() < 0.22:
            self.finish()
        elif rng.random() < 0.04:
            self.emit("trap", self.builder.constant(rng.choice(("stop", "é", ""))))
        else:
            self.jump(self.somewhere(place))

    def replaced(self, place: Place) -> None:
        """Go on with an iterator, or with another in its place."""
        self.brought(place.stack)
        self.asked_for()
        self.emit(self.rng.choice(("jt", "jf")), place)
        self.drop(1)
        item = place.stack[-1].of
        count = self.rng.randrange(1, 4)
        for _ in range(count):
            self.leaf(item)
        self.emit("packl", self.builder.type(item), count)
        self.widened(list_of(item), exact=True)
        self.emit("iterl")

    def tested(self, test: Test) -> None:
        """The head of a loop that counts."""
        self.emit("get", test.counter)
        self.emit(*test.bound)
        self.emit(test.compare)
        self.emit(test.jump, test.leave)

    def somewhere(self, place: Place) -> Place:
        """Any place; often one that takes the stack as it is, and often this one."""
        rng = self.rng
        if rng.random() < 0.1:
            return place
        free = [p for p in self.places if p.over is None or rng.random() < 0.2]
        alike = [p for p in free if p.stack == tuple(self.stack)]
        return rng.choice(alike if alike and rng.random() < 0.5 else free)

    def stepped(self, musts: list[Place]) -> None:
        """Take an element of the topmost iterator, if its end can be jumped to."""
        rest = tuple(self.stack[:-1])
        found = [p for p in self.places if p.stack == rest]
        wanted = [p for p in musts if p.stack == rest]
        if found:
            target = self.rng.choice(wanted if wanted and self.rng.random() < 0.8 else found)
            if target in musts:
                musts.remove(target)
            self.step(target)

    def step(self, target: Place) -> None:
        """Take an element of the topmost iterator."""
        self.emit("next", target)
        if self.rng.random() < 0.7:
            self.shown()

    def exit(self, target: Place) -> None:
        """A jump that is taken or not."""
        rng = self.rng
        here = tuple(self.stack)
        ready = here[:-1] == target.stack and bool(here) and here[-1].kind == "iter"
        if ready or rng.random() < 0.2:
            if not ready:
                self.brought((*target.stack, iter_of(rng.choice(READ))))
            self.step(target)
            return
        self.brought(target.stack)
        self.asked_for()
        self.emit(rng.choice(("jt", "jf")), target)

    def asked_for(self) -> None:
        """A condition; most often one that changes from turn to turn."""
        rng = self.rng
        if self.clock not in self.assigned or rng.random() < 0.3:
            self.condition(1)
            return
        self.onward()
        self.emit("push", rng.choice((2, 2, 3, 4)))
        self.emit("rem")
        self.emit("push", rng.randrange(2))
        self.emit(rng.choice(("eqi", "nei", "lei")))

    def onward(self) -> None:
        """Count, and push the count."""
        self.emit("get", self.clock)
        self.emit("push", 1)
        self.emit("addi")
        self.emit("set", self.clock)
        self.emit("get", self.clock)

    def jump(self, target: Place) -> None:
        self.brought(target.stack)
        self.emit("j", target)

    def brought(self, stack: Stack) -> None:
        """Bring what is on the stack to what a place wants."""
        rng, here = self.rng, self.stack
        keep = 0
        while keep < min(len(here), len(stack)) and here[keep] is stack[keep]:
            keep += 1
        if keep and rng.random() < 0.25:
            # Other values of the same types, another iterator among them.
            keep -= rng.randrange(1, keep + 1)
        if (
            keep == 0
            and len(here) > 1
            and len(stack) == 1
            and here[-1] is stack[0]
            and self.movable(2)
            and len(here) == 2
        ):
            self.emit("swap")
            self.drop(1)
            return
        while len(self.stack) > max(keep, 0):
            if self.stack[-1].kind != "iter" and rng.random() < 0.3:
                self.shown()
            else:
                self.drop(1)
        for t in stack[keep:]:
            self.fresh(t)

    def fresh(self, t: Type) -> None:
        """Push a value of exactly this type, also an iterator."""
        if t.kind != "iter":
            self.expr(t, 1, exact=True)
        elif t.of is STRING and self.rng.random() < 0.5:
            self.expr(map_of(INT), 1)
            self.emit("iterm")
        else:
            self.expr(list_of(t.of), 1)
            if self.stack[-1].of is not t.of:
                self.emit("widen", self.builder.type(list_of(t.of)))
            self.emit("iterl")

    def expr(self, t: Type, depth: int = 2, exact: bool = False) -> None:
        """Mostly what is there already: it does not trap, and programs come further."""
        super().expr(t, 0 if self.rng.random() < 0.75 else min(depth, 1), exact)

    # What blocks do

    def act(self) -> None:
        """A statement. One that never goes on is taken back."""
        state = len(self.code), list(self.stack), self.assigned
        (name,) = self.rng.choices(list(ACTS), list(ACTS.values()))
        getattr(self, name)(1)
        if self.dead:
            length, self.stack, self.assigned = state
            del self.code[length:]
            self.dead = False

    def movable(self, count: int) -> bool:
        """Whether the topmost values can be moved about: iterators cannot."""
        return len(self.stack) >= count and all(t.kind != "iter" for t in self.stack[-count:])

    def turned(self, depth: int) -> None:
        """Move values about that blocks left on the stack; types stay where they are."""
        name = self.rng.choice(list(MOVES))
        count = MOVES[name]
        if not self.movable(count):
            self.assign(depth)
        elif name in ("dup", "over"):
            self.emit(name)
            self.shown()
        elif len(set(self.stack[-count:])) == 1:
            self.emit(name)
        else:
            # All the way round.
            for _ in range(count):
                self.emit(name)

    def divided(self, depth: int) -> None:
        """A number, also a negative one, by a small one that is known."""
        self.expr(INT, depth)
        self.emit("push", self.rng.randrange(1, 9))
        self.emit(self.rng.choice(("div", "rem")))
        self.shown()

    def ticked(self, depth: int) -> None:
        """Return when enough has happened: most programs should end by themselves."""
        if self.clock not in self.assigned or not self.ticks:
            self.assign(depth)
            return
        self.ticks -= 1
        on = Label()
        self.onward()
        self.emit("push", self.rng.choice((6, 10, 15, 25)))
        self.emit("lti")
        self.emit("jt", on)
        self.finish()
        self.land(on)


def graphs(seed: int, host: Host, size: int | None = None) -> Case:
    """The case of a seed."""
    rng = Random(f"graphs {seed}")

    def writer(shape: Shape, sketch: Sketch, size: int) -> Statements:
        # What is called is mostly short.
        plain = sketch is not shape.sketches[0] and rng.random() < 0.65
        return (Statements if plain else Graphs)(shape, sketch, size)

    return generate(seed, host, size, writer)
