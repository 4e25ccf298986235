"""A function under construction: instructions, labels, and what is known where they stand.

Takes mnemonics and operands; gives code. The operand stack is tracked by the table's own pictures, so what is emitted is
typed by construction. Where no path leads, nothing is emitted: code after a return or a trap is dropped until a label is
reached by a jump. Refuses (AssertionError) labels at which paths meet with different stacks: that is a fault here.
"""

from __future__ import annotations

from random import Random
from typing import Any

from vcvm_core.bytecode import Extern, FunctionDraft, Import, Instruction, ModuleBuilder, instruction
from vcvm_core.bytecode.sections import constant_type
from vcvm_core.isa import BY_NAME, apply
from vcvm_core.isa.effects import branch_stack
from vcvm_core.values import Signature, Type


class Sketch:
    """What a function will be. halts: whether it may end the whole run. bounded: its first parameter counts how often it may
    still call others."""

    def __init__(
        self, name: str, params: tuple[Type, ...], results: tuple[Type, ...], locals_: tuple[Type, ...]
    ) -> None:
        self.name, self.params, self.results, self.locals = name, params, results, locals_
        self.halts = self.bounded = False

    @property
    def signature(self) -> tuple[tuple[Type, ...], tuple[Type, ...]]:
        return self.params, self.results


class Shape:
    """What the functions of a module may use, and what they do often. pool: its types. weights: how often each statement is
    written, added up."""

    def __init__(self, rng: Random, sketches: list[Sketch], pool: tuple[Type, ...], weights: list[float]) -> None:
        self.rng, self.pool, self.weights = rng, pool, weights
        self.sketches = sketches
        self.builder = ModuleBuilder()
        self.externs: list[Extern] = []
        self.imports: list[Import] = []
        self.callable: list[int] = []


class Label:
    """A place in the code. jumps: how many lead there so far."""

    __slots__ = ("assigned", "at", "jumps", "stack")

    def __init__(self) -> None:
        self.at = -1
        self.jumps = 0
        self.assigned: frozenset[int] = frozenset()
        self.stack: tuple[Type, ...] = ()


class Around:
    """A loop around what is being written: where to go on, where to leave to, and how high the stack is there."""

    def __init__(self, again: Label, leave: Label, again_height: int, leave_height: int) -> None:
        self.again, self.leave = again, leave
        self.again_height, self.leave_height = again_height, leave_height


class Maker:
    """Emits the code of one function."""

    def __init__(self, shape: Shape, sketch: Sketch, size: int) -> None:
        self.shape, self.sketch, self.rng, self.builder = shape, sketch, shape.rng, shape.builder
        self.size = size
        self.slots = (*sketch.params, *sketch.locals)
        self.code: list[tuple[str, tuple[Any, ...]]] = []
        self.stack: list[Type] = []
        self.assigned = frozenset(range(len(sketch.params)))
        self.locked: frozenset[int] = frozenset()
        """Locals that statements should leave alone."""
        self.around: list[Around] = []
        self.dead = False
        self.cheap = False
        """Only instructions whose cost is known."""

    # What operands refer to, for the table's pictures

    def constant(self, index: int) -> Type:
        return constant_type(self.builder.constants[index])

    def text(self, index: int) -> str:
        return str(self.builder.constants[index])

    def type(self, index: int) -> Type:
        return self.builder.types[index]

    def local(self, index: int) -> Type:
        return self.slots[index]

    def called(self, kind: str, index: int) -> Signature:
        if kind == "extern":
            return self.builder.externs[index].signature
        if kind == "import":
            return self.builder.imports[index].signature
        from vcvm_core.values import Param

        sketch = self.shape.sketches[index]
        return Signature(tuple(Param("", t) for t in sketch.params), sketch.results)

    def results(self) -> tuple[Type, ...]:
        return self.sketch.results

    # Emitting

    def emit(self, name: str, *operands: Any) -> None:
        """Emit an instruction; a `Label` stands for its place."""
        row = BY_NAME[name]
        a, b = (*operands, 0, 0)[:2]
        apply(row, a if type(a) is int else 0, b, self.stack, self)
        if not self.dead:
            self.code.append((name, operands))
            if name == "set":
                self.assigned |= {a}
            if isinstance(a, Label):
                self.reach(a, branch_stack(row, self.stack))
        if row.flow in ("jump", "return", "trap"):
            self.dead = True

    def reach(self, label: Label, stack: list[Type]) -> None:
        """A jump leads from here to a label."""
        if label.at >= 0:
            assert label.stack == tuple(stack), (label.stack, stack)
            assert label.assigned <= self.assigned
            return
        self.meet(label, stack)
        label.jumps += 1

    def meet(self, label: Label, stack: list[Type]) -> None:
        """A path leads to a label: what is known there is what is known on all paths."""
        if label.jumps:
            assert label.stack == tuple(stack), (label.stack, stack)
            label.assigned &= self.assigned
        else:
            label.stack, label.assigned = tuple(stack), self.assigned

    def land(self, label: Label) -> None:
        """Put a label here."""
        label.at = len(self.code)
        if not self.dead:
            self.meet(label, self.stack)
        if label.jumps or not self.dead:
            self.stack, self.assigned, self.dead = list(label.stack), label.assigned, False

    def here(self) -> Label:
        """A new label here, for jumps back."""
        label = Label()
        self.land(label)
        return label

    def load(self, value: Any) -> None:
        """Push a constant."""
        if type(value) is int and 0 <= value < 1 << 24 and self.rng.random() < 0.7:
            self.emit("push", value)
        else:
            self.emit("loadk", self.builder.constant(value))

    def drop(self, count: int) -> None:
        """Pop some values."""
        for _ in range(count):
            kind = self.stack[-1].kind
            special = {"int": "popi", "float": "popf", "string": "pops"}.get(kind)
            self.emit(special if special and self.rng.random() < 0.5 else "pop")

    def away(self, height: int) -> None:
        """Pop down to a height, before a jump. The stack that is tracked must be put back by the caller."""
        self.drop(len(self.stack) - height)

    @property
    def full(self) -> bool:
        """Whether it is time to come to an end."""
        return len(self.code) >= self.size

    def draft(self) -> FunctionDraft:
        """The function, with labels resolved."""
        code: list[Instruction] = []
        for name, operands in self.code:
            code.append(instruction(name, *(o.at if isinstance(o, Label) else o for o in operands)))
        s = self.sketch
        return FunctionDraft(s.name, s.params, s.results, (), s.locals, code)
