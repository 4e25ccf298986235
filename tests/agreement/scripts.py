"""Random scripts: a program, calls of it under several conditions, and what happens to its host between and during them.

Takes a seed; gives a `Script`. Its program is of statements.py, with calls of the intrinsics of hosting.py above all; what
these give is told to the host, or returned. It is loaded up to three times, for tables with other terms or with other limits,
and called in turn; between calls, and by `poke` during one, something happens to the host. Refuses nothing.
"""

from __future__ import annotations

from random import Random
from typing import Any, Final, NamedTuple

from agreement import values
from agreement.compare import LATE, LIMITS
from agreement.expressions import RECORD
from agreement.hosting import EVENTS, EXTERNS, TERMS, events
from agreement.maker import Shape, Sketch
from agreement.statements import Statements, weights
from vcvm_core import Limits
from vcvm_core.bytecode import Extern, Module
from vcvm_core.values import ANY, BOOL, INT, STRING, list_of

SMALL_LIMITS: Final = (
    LIMITS, LIMITS, LIMITS, LIMITS.with_(fuel=60), LIMITS.with_(fuel=200), LIMITS.with_(intrinsic_calls=4),
    LIMITS.with_(deadline_ms=LATE), LIMITS.with_(memory=400, value_entries=3),
)  # fmt: skip
PARAMS: Final = (INT, STRING, list_of(INT), RECORD, ANY)
LOCALS: Final = (INT, INT, BOOL, list_of(INT, mutable=True), RECORD)


class Load(NamedTuple):
    """How the program is loaded once more. terms: those of the table. again: from bytes, and not the same module. watched:
    whether an observer is told of its calls. late: only when it is first called."""

    terms: int
    limits: Limits
    again: bool
    watched: bool
    late: bool


class Step(NamedTuple):
    """A call of a loaded program, or an event if there are no arguments."""

    load: int
    arguments: tuple[Any, ...]
    event: str = ""


class Script(NamedTuple):
    """loads: the programs. steps: what is done."""

    seed: int
    module: Module
    loads: tuple[Load, ...]
    steps: tuple[Step, ...]


# Programs


class Asking(Statements):
    """Writes functions that mostly call intrinsics."""

    def function(self) -> None:
        rng = self.rng
        self.opening()
        for i in range(len(self.sketch.params), len(self.slots)):
            self.leaf(self.slots[i])
            self.emit("set", i)
        for _ in range(rng.choice((1, 2, 3))):
            way = rng.randrange(6)
            if way < 3:
                self.asking()
            elif way < 5:
                self.counted(1)
            else:
                self.statement(1)
        if not self.dead:
            self.asking()
            self.finish()

    def body(self, depth: int) -> None:
        for _ in range(self.rng.choice((1, 1, 2, 3))):
            self.asking()

    def asking(self) -> None:
        """Call an intrinsic, or another function, and let its result be seen."""
        rng, base = self.rng, len(self.stack)
        if self.dead:
            return
        if self.shape.callable and rng.random() < 0.15:
            self.call("call", rng.choice(self.shape.callable), 0)
        else:
            at = rng.randrange(len(self.shape.externs))
            extern = self.shape.externs[at]
            found = self.holders(RECORD)
            if extern.name == "poke":
                self.emit("push", _event(rng, events(self.shape.externs)))
                self.emit("calli", self.builder.extern(extern))
            elif extern.signature.types[:1] == (RECORD,) and found and rng.random() < 0.7:
                self.changing(extern, min(found))
            else:
                self.ask(at, None, 1 if rng.random() < 0.15 else 0)
        while len(self.stack) > base:
            self.shown()
        if rng.random() < 0.1:
            self.looked(1)

    def changing(self, extern: Extern, record: int) -> None:
        """What a record holds before it is changed, and after."""
        for turn in range(2):
            self.emit("get", record)
            self.emit("field", self.builder.constant("n"))
            if not turn:
                self.emit("get", record)
                self.leaf(INT)
                self.emit("calli", self.builder.extern(extern))
        if self.rng.random() < 0.5:
            self.moves(len(self.stack) - 3, 1)


def _module(rng: Random) -> Module:
    inner = Sketch("inner", (INT,), (INT,), (INT, BOOL))
    main = Sketch("main", PARAMS, tuple(rng.choice(LOCALS) for _ in range(rng.choice((1, 1, 2, 4)))), LOCALS)
    shape = Shape(rng, [main, inner], (INT, INT, BOOL, list_of(INT)), weights(rng))
    names = [n for n in EXTERNS if n not in ("tell", "poke", "again")]
    # A few of them, and now and then what changes them.
    chosen = rng.sample(names, rng.choice((1, 2, 3, 4, 6)))
    if rng.random() < 0.25:
        chosen = [*chosen[:2], *(n for n in ("rename", "strip", "relayed", "grow") if rng.random() < 0.6)]
    chosen += [n for n in ("tell", "poke", "again", "setting", "bump") if rng.random() < 0.35]
    shape.externs = [EXTERNS[n] for n in dict.fromkeys(chosen)]
    for sketch in (main, inner):
        shape.callable = [1] if sketch is main and rng.random() < 0.5 else []
        maker = Asking(shape, sketch, 60)
        maker.function()
        shape.builder.functions.append(maker.draft())
    shape.builder.exports = [("main", 0), ("inner", 1)]
    return shape.builder.finish()


def _event(rng: Random, about: list[int]) -> int:
    """The number of an event, mostly one of some that matter."""
    return rng.choice(about) if about and rng.random() < 0.85 else rng.randrange(len(EVENTS))


def scripted(seed: int) -> Script:
    """The script of a seed."""
    rng = Random(f"script {seed}")
    module = _module(rng)
    limits = rng.choice(SMALL_LIMITS)
    loads = []
    for _ in range(rng.choice((1, 2, 2, 3))):
        other = limits if rng.random() < 0.7 else rng.choice(SMALL_LIMITS)
        loads.append(Load(rng.randrange(len(TERMS)), other, rng.random() < 0.3, rng.random() < 0.2, rng.random() < 0.3))
    about = events(module.externs)
    few = [tuple(values.value(rng, t) for t in PARAMS) for _ in range(2)]
    steps: list[Step] = []
    for part in range(rng.choice((1, 2, 2, 3, 4))):
        if part:
            steps += [Step(0, (), EVENTS[_event(rng, about)]) for _ in range(rng.choice((1, 1, 2)))]
        order = [rng.randrange(len(loads)) for _ in range(2)]
        steps += [Step(load, rng.choice(few)) for load in order for _ in range(4 if not part else 2)]
    return Script(seed, module, tuple(loads), tuple(steps))
