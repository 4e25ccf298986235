"""Observing a run: the reference machine, stepped from outside, one instruction after another.

Takes a program and a call; gives a `Profile`. The machine runs as it always does and does not know that it is observed:
result, error, place and fuel left are those of a plain run. Before and after each step its meter and a clock are read.

A block's fuel is charged when it is entered: the weight of each of its instructions, 1, and the constant costs of its
intrinsics. Here each instruction takes its share of that when it runs; anything beyond is what the instruction itself
charged. What was charged and never taken belongs to instructions that did not run.
"""

from __future__ import annotations

from time import perf_counter
from typing import Any, Final
from uuid import UUID

from vcvm_core.errors import VcvmError
from vcvm_core.isa import BY_CODE
from vcvm_core.link import Binding, LinkedModule
from vcvm_core.profile.figures import NOT_RUN, REST, FunctionRow, IntrinsicRow, Kind, LineRow, Path, Profile
from vcvm_core.runtime import Machine, constant_cost
from vcvm_core.vm import Program

DEEPEST: Final = 64
"""How many calls inside each other are told apart in the tree of paths."""

MOST_PATHS: Final = 10_000
"""How many paths are told apart; a program can have as many as it has fuel."""

_PLAIN, _INTRINSIC, _CALL, _RETURN = range(4)
_KINDS: Final = {
    code: _INTRINSIC if row.name == "calli" else _CALL if row.flow == "call" else _RETURN
    for code, row in BY_CODE.items()
    if row.flow in ("call", "return")
}


def profile(program: Program, name: str, *arguments: Any) -> Profile:
    """Call a function on the interpreter and observe it. The call's error, if any, is in the profile.

    Raises ApiError for a function that is not there, or arguments that do not fit: then nothing has run.
    """
    machine = program.machine(name, *arguments)
    return _Observer(machine).run(name)


class _Table:
    """A function: what its instructions are charged for, and what was observed of each of them.

    entries: where a block begins, what entering it costs, else 0. weights: each instruction's share of that. charged:
    what it took beyond. active: how many calls of it are active; since: fuel and time when the first of them began.
    """

    __slots__ = (
        "active", "calls", "charged", "counts", "entries", "index", "kinds", "linked", "seconds", "since", "times",
        "total", "weights",
    )  # fmt: skip

    def __init__(self, linked: LinkedModule, index: int) -> None:
        self.linked, self.index = linked, index
        code = linked.verified.module.functions[index].code
        self.kinds = [_KINDS.get(i.opcode, _PLAIN) for i in code]
        heavy = linked.verified.facts[index].heavy
        self.weights = [
            1 + heavy.get(at, 0) + (constant_cost(linked.bindings[i.a]) if kind == _INTRINSIC else 0)
            for at, (i, kind) in enumerate(zip(code, self.kinds, strict=True))
        ]
        self.entries = [0] * len(code)
        for block in linked.verified.facts[index].blocks:
            self.entries[block.start] = sum(self.weights[block.start : block.end])
        self.counts, self.charged, self.times = [0] * len(code), [0] * len(code), [0.0] * len(code)
        self.calls = self.active = self.total = 0
        self.seconds = 0.0
        self.since = (0, 0.0)

    def callee(self, at: int) -> tuple[LinkedModule, int]:
        """What a call of a function calls."""
        i = self.linked.verified.module.functions[self.index].code[at]
        return self.linked.imports[i.a] if BY_CODE[i.opcode].name == "calll" else (self.linked, i.a)

    def fuel(self, at: int) -> int:
        """What an instruction took in all, its intrinsic included."""
        return self.counts[at] * self.weights[at] + self.charged[at]


class _Intrinsic:
    """An intrinsic, and what was observed of it."""

    __slots__ = ("binding", "calls", "fuel", "seconds")

    def __init__(self, binding: Binding) -> None:
        self.binding = binding
        self.calls = self.fuel = 0
        self.seconds = 0.0


class _Observer:
    """One run.

    spent, seconds: what the instructions that ran have taken. calls: of intrinsics that were left before this step.
    paths: nodes of the tree. stack: the callers, each with its node.
    """

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.tables: dict[tuple[LinkedModule, int], _Table] = {}
        self.intrinsics: dict[bytes, _Intrinsic] = {}
        self.root = Path("run", "all", 0)
        self.paths = 0
        self.calls = machine.calls
        self.spent = 0
        self.seconds = 0.0
        self.stack: list[tuple[_Table, Path]] = []

    def run(self, name: str) -> Profile:
        """Step to the end; gives the figures."""
        machine = self.machine
        error: VcvmError | None = None
        step, clock = machine.step, perf_counter
        self.ready(machine.code.linked, machine.code.index)
        table, node = self.enter(self.root)
        fuel, more = machine.fuel_left, True
        while more:
            at = machine.pc
            if table.kinds[at] == _CALL and not table.counts[at]:
                self.ready(*table.callee(at))
            began = clock()
            try:
                more = step()
            except VcvmError as e:
                error, more = e, False
            elapsed = clock() - began
            left = machine.fuel_left
            used, fuel = fuel - left, left
            entry = table.entries[at]
            if entry:
                if not used:
                    # The block was refused: nothing of it has run.
                    break
                used -= entry
            kind = table.kinds[at]
            taken = table.weights[at] + used
            table.counts[at] += 1
            table.charged[at] += used
            table.times[at] += elapsed
            self.spent += taken
            self.seconds += elapsed
            if kind == _INTRINSIC:
                self.called(table, at, node, taken, elapsed)
                continue
            node.fuel += taken
            node.seconds += elapsed
            if kind == _CALL and error is None:
                self.stack.append((table, node))
                table, node = self.enter(node)
            elif kind == _RETURN and more:
                self.leave(table)
                table, node = self.stack.pop()
        for left_over, _ in [*self.stack, (table, node)]:
            self.leave(left_over)
        return self.figures(name, error)

    def ready(self, linked: LinkedModule, index: int) -> None:
        """Have the form made in which the machine steps through a function, so that this is in no instruction's time."""
        self.machine.codes.get(linked, index).segment(0, True)

    def enter(self, node: Path) -> tuple[_Table, Path]:
        """The function that the machine has just entered from a node, and its own node."""
        code = self.machine.code
        key = code.linked, code.index
        table = self.tables.get(key)
        if table is None:
            table = self.tables[key] = _Table(*key)
        table.calls += 1
        if table.active == 0:
            table.since = self.spent, self.seconds
        table.active += 1
        child = node if node.kind == "rest" else node.children.get(key)
        if child is None:
            own = code.linked is self.machine.image.main
            label = code.function.name if own else f"{code.linked.name}.{code.function.name}"
            child = self.child(node, key, "function" if own else "library", label)
        child.calls += 1
        return table, child

    def leave(self, table: _Table) -> None:
        """Leave a function: where no other call of it is active, what happened since the first is its total."""
        table.active -= 1
        if table.active == 0:
            table.total += self.spent - table.since[0]
            table.seconds += self.seconds - table.since[1]

    def child(self, node: Path, key: object, kind: Kind, name: str) -> Path:
        """A new node below one; or, beyond the limits of the tree, the one for all others there."""
        if node.depth >= DEEPEST or self.paths >= MOST_PATHS:
            found = node.children.get(None)
            if found is None:
                found = node.children[None] = Path("rest", REST, node.depth + 1)
            return found
        self.paths += 1
        made = node.children[key] = Path(kind, name, node.depth + 1)
        return made

    def called(self, table: _Table, at: int, node: Path, taken: int, elapsed: float) -> None:
        """An instruction has called an intrinsic, or has tried to."""
        binding = table.linked.bindings[table.linked.verified.module.functions[table.index].code[at].a]
        uuid = binding.extern.uuid
        found = self.intrinsics.get(uuid)
        if found is None:
            found = self.intrinsics[uuid] = _Intrinsic(binding)
        node.fuel += 1
        if node.kind != "rest":
            node = node.children.get(uuid) or self.child(node, uuid, "intrinsic", named(binding))
        # The call was refused if the meter stands where it stood.
        calls = self.calls - self.machine.calls
        self.calls = self.machine.calls
        for row in (found, node):
            row.calls += calls
            row.fuel += taken - 1
            row.seconds += elapsed

    def figures(self, name: str, error: VcvmError | None) -> Profile:
        """What was observed, in rows."""
        machine = self.machine
        fuel = machine.limits.fuel - machine.fuel_left
        not_run = fuel - self.spent
        if not_run:
            self.root.children[NOT_RUN] = rest = Path("not-run", NOT_RUN, 1)
            rest.fuel = not_run
        tables = self.tables.values()
        return Profile(
            function=name,
            machine=machine,
            error=error,
            instructions=sum(sum(table.counts) for table in tables),
            fuel=fuel,
            not_run=not_run,
            seconds=self.seconds,
            functions=tuple(sorted(map(self.function, tables), key=lambda r: (-r.fuel, -r.total_fuel, r[:2]))),
            lines=tuple(sorted(self.lines(), key=lambda r: (-r.fuel, r[:2], r.line or 0, r.function))),
            intrinsics=tuple(sorted(map(intrinsic, self.intrinsics.values()), key=lambda r: (-r.fuel, r[:2]))),
            root=self.root,
        )

    def library(self, linked: LinkedModule) -> str:
        """The name of a library; empty for the program itself."""
        return "" if linked is self.machine.image.main else linked.name

    def function(self, table: _Table) -> FunctionRow:
        """The row of a function."""
        fuel, seconds = 0, 0.0
        for at, count in enumerate(table.counts):
            if table.kinds[at] == _INTRINSIC:
                fuel += count
            elif count:
                fuel += table.fuel(at)
                seconds += table.times[at]
        name = table.linked.verified.module.functions[table.index].name
        total = table.total, seconds, table.seconds
        return FunctionRow(self.library(table.linked), name, table.calls, fuel, *total)

    def lines(self) -> list[LineRow]:
        """The rows of all lines. A line that two functions share is a row for each."""
        rows: list[LineRow] = []
        for table in self.tables.values():
            module = table.linked.verified.module
            source = module.debug.source if module.debug is not None else ""
            found: dict[int | None, list[int]] = {}
            for at, count in enumerate(table.counts):
                if count:
                    found.setdefault(module.line(table.index, at), []).append(at)
            for line, places in found.items():
                runs = max(table.counts[at] for at in places)
                fuel = sum(map(table.fuel, places))
                seconds = sum(table.times[at] for at in places)
                where = self.library(table.linked), source or table.linked.name, line
                rows.append(LineRow(*where, module.functions[table.index].name, runs, fuel, seconds))
        return rows


def named(binding: Binding) -> str:
    """The name of an intrinsic: the program's, or its header's."""
    return binding.extern.name or binding.offer.name


def intrinsic(found: _Intrinsic) -> IntrinsicRow:
    """The row of an intrinsic."""
    binding = found.binding
    uuid = str(UUID(bytes=binding.extern.uuid))
    figures = found.calls, found.fuel, found.seconds
    return IntrinsicRow(named(binding), uuid, binding.offer.pack, binding.offer.cost.text, *figures)
