"""The statements of a basic block while it is written: the operand stack as expressions, the counters, the marks.

Takes a block and its function's `Translator`; gives what blocks.py writes instructions with. Here are the rules that keep
expressions right: what a variable's change would falsify is computed before it, and so is what looks into a container.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vcvm_core.compiled.metering import NOTHING, Cost
from vcvm_core.compiled.rules import LEVELS, Mark, Value
from vcvm_core.compiled.structure import Line, Node
from vcvm_core.isa import BY_CODE
from vcvm_core.values import Type

if TYPE_CHECKING:
    from vcvm_core.compiled.translate import Translator


class Statements:
    """The statements of one block so far, its operand stack as expressions, and what it owes."""

    def __init__(self, function: Translator, start: int) -> None:
        self.f = function
        self.names = function.names
        self.block = function.graph.blocks[start]
        self.owed = function.plan.entry[start].plus(Cost(function.plan.costs[start].fuel))
        self.turns = function.turns.get(start)
        self.lines: list[Node] = []
        self.stack = [Value(f"s{i}", frozenset((f"s{i}",))) for i in range(len(self.block.entry))]
        self.given: tuple[Type, ...] = ()
        self.pc = start
        self.stale = False
        self.deeper = ""
        self.looks = [pc for pc in range(start, self.block.end) if function.looks(pc)]
        self.clean = start in function.clean

    # Statements

    def mark(self, role: str = "", extern: int = -1, pc: int | None = None) -> Mark:
        return Mark(self.pc if pc is None else pc, self.owed, role, extern, self.turns, self.stale)

    def emit(self, text: str, role: str = "", extern: int = -1, *, ends: bool = False) -> None:
        self.lines.append(Line(text, self.mark(role, extern), ends))

    def temporary(self) -> str:
        self.f.temporaries += 1
        return f"t{self.f.temporaries}"

    def named(self, text: str) -> Value:
        """A value that is computed here and now."""
        name = self.target()
        self.emit(f"{name} = {text}")
        return Value(name, frozenset((name,)))

    def target(self) -> str:
        """The name for a result: the local that the next instruction stores it in, or a new one."""
        following = self.pc + 1
        if following < self.block.end:
            i = self.f.instructions[following]
            if BY_CODE[i.opcode].name == "set":
                name = f"x{i.a}"
                self.release(name)
                return name
        return self.temporary()

    def release(self, name: str) -> None:
        """Compute what reads a variable, before it changes."""
        for at, value in enumerate(self.stack):
            if name in value.reads:
                self.stack[at] = self.fixed(value)

    def fixed(self, value: Value) -> Value:
        """A value under a name of its own."""
        name = self.temporary()
        self.emit(f"{name} = {value.text}")
        return Value(name, frozenset((name,)), const=value.const)

    def effect(self) -> None:
        """Compute what looks into containers, before one may change."""
        for at, value in enumerate(self.stack):
            if value.mutable:
                self.stack[at] = self.fixed(value)

    def atom(self, value: Value) -> Value:
        """A value that can be written several times."""
        return value if value.level == 0 else self.fixed(value)

    def wrapped(self, value: Value) -> str:
        return value.text if value.level == 0 else f"({value.text})"

    def push(self, text: str, given: list[Value], mutable: bool = False) -> None:
        """Push an expression over some values."""
        level = 1 + max((v.level for v in given), default=0)
        reads = frozenset().union(*(v.reads for v in given))
        value = Value(text, reads, mutable or any(v.mutable for v in given), level)
        self.stack.append(self.fixed(value) if level > LEVELS else value)

    def pop(self, count: int) -> list[Value]:
        taken = self.stack[len(self.stack) - count :]
        del self.stack[len(self.stack) - count :]
        return taken

    # Counters

    def refresh(self) -> None:
        """After a call, take the counters from the meter again."""
        if self.stale:
            self.emit("fuel = M.fuel")
            if self.f.counting:
                self.emit("calls = M.calls")
            self.stale = False

    def settle(self) -> None:
        """Put the counters into the meter, where others count on."""
        if not self.f.metered or not self.f.uses_meter:
            return
        if not self.stale:
            self.emit(f"M.fuel = {self.f.less('fuel', self.owed.fuel)}")
            if self.f.counting:
                self.emit(f"M.calls = {self.f.less('calls', self.owed.calls)}")

    def rest(self) -> Cost:
        """What must be in hand behind a look at this instruction."""
        self.looks.remove(self.pc)
        rest = NOTHING if self.looks else self.f.plan.rest[self.block.start]
        return rest.plus(Cost(0, self.f.calls(self.pc, self.block.end)))

    def charge(self, units: str, before: list[Value]) -> None:
        """Take fuel for work that grows with values. before: the operands, which the interpreter would find on the stack."""
        self.refresh()
        name = units
        if not units.isidentifier():
            name = self.temporary()
            self.emit(f"{name} = {units}")
        if not self.f.metered:
            return
        owed, self.owed = self.owed, NOTHING
        rest = self.rest()
        amount = f"{name} + {owed.fuel}" if owed.fuel > 0 else name if not owed.fuel else f"{name} - {-owed.fuel}"
        self.emit(f"fuel -= {amount}")
        if owed.calls and self.f.counting:
            self.emit(f"calls -= {owed.calls}")
        # At the start of a block the interpreter will charge all of it again.
        again = self.f.plan.costs[self.block.start].fuel if self.pc == self.block.start else 0
        extra = f" + {name} + {again}" if again else f" + {name}"
        self.lines += self.f.look(rest, self.pc, [*self.stack, *before], extra=extra)
