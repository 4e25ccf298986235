"""From a verified function to lines of Python.

Takes a function of a `LinkedModule`; gives `Translated`: its lines, each with a mark that says which instruction it does
and what is owed there. The operand stack becomes expressions: what cannot trap, has no effect and reads nothing that may
change is written where its value is used; everything else becomes a statement of its own, in the order of the
instructions, at most one that can trap in a line, so that a line of a traceback is an instruction. Meanings come from the
table; what is written otherwise (rules.py, calls, loops) says the same for values that are known better.

Names: x0.. locals, s0.. the operand stack between blocks, t0.. temporaries, y0.. fields of an argument, k0.. constants,
c0.. checks, q0.. tests, h0.. intrinsics, f.. functions of the program, M the meter, d the number of active functions, fuel
and calls the counters. Nothing in the text comes from a program but numbers of instructions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal, NamedTuple

from vcvm_core.bytecode import FunctionContext, Instruction
from vcvm_core.compiled import rules
from vcvm_core.compiled.blocks import Writer
from vcvm_core.compiled.counted import Counted, counted
from vcvm_core.compiled.entering import arguments
from vcvm_core.compiled.flowgraph import Graph
from vcvm_core.compiled.fold import Folded
from vcvm_core.compiled.metering import NOTHING, Cost, Plan
from vcvm_core.compiled.names import Names
from vcvm_core.compiled.ranges import FULL, Interval, Ranges
from vcvm_core.compiled.rules import SMALL, Mark, Turns
from vcvm_core.compiled.structure import (
    VARIABLES,
    Branch,
    Line,
    Loop,
    Node,
    Parts,
    To,
    TooDeep,
    Written,
    numbered,
    structured,
    weight,
)
from vcvm_core.isa import BY_CODE, apply, picture
from vcvm_core.limits import HIGHEST, Limits
from vcvm_core.link import Binding, LinkedModule
from vcvm_core.runtime import Code
from vcvm_core.values import INT, Type

WORK: Final = 400_000
"""Blocks times locals that range analysis looks at; larger functions keep all their checks."""


TOO_LONG: Final = "the program would become more lines than Limits.compiled_lines"


class Untranslatable(Exception):
    """The function runs on the interpreter; the message says why."""


class Variant(NamedTuple):
    """entry: called by the host, checks its arguments. observed: an entry that counts on a meter of its caller's. small: an
    entry that hands over to the general one if an integer among its arguments is large."""

    entry: bool
    observed: bool = False
    small: bool = False

    @property
    def letter(self) -> str:
        """What its name begins with."""
        return "o" if self.observed else "e" if self.small else "w" if self.entry else "f"


class Translated(NamedTuple):
    """name: of the Python function. lines: indented, with marks. numbered: whether it became a loop over block numbers."""

    name: str
    lines: list[Written]
    numbered: bool


class Host(NamedTuple):
    """What the rest of a program gives a function that is translated: the names of others' things.

    callee: the name of a function's worker. intrinsic: the name of an intrinsic. folds: the expression of one that is folded.
    formula: the name of what it costs, or of how large its result gets.
    resume: the name of what goes on with a function on the interpreter. argument: the name of what lets an argument
    through. deep: whether a function may need many of Python's frames. lines: how many more lines
    there may be. observed: whether calls are counted in any case.
    """

    callee: Callable[[LinkedModule, int], str]
    intrinsic: Callable[[LinkedModule, int], str]
    folds: Callable[[Binding], Folded | None]
    formula: Callable[[Binding, Literal["cost", "size"]], str]
    resume: Callable[[Code], str]
    argument: Callable[[Code, int], str]
    deep: Callable[[Code], bool]
    lines: Callable[[], int]
    observed: bool


class Translator:
    """Translates one function, once."""

    def __init__(self, code: Code, limits: Limits, names: Names, host: Host, variant: Variant) -> None:
        self.code, self.limits, self.names, self.program, self.variant = code, limits, names, host, variant
        self.linked = code.linked
        self.module = code.linked.verified.module
        self.function = code.function
        self.instructions = self.function.code
        self.context = FunctionContext(self.module, self.function)
        if limits.call_depth == 0:
            # No function may be active, and the first one is no exception: the interpreter refuses it where a run begins.
            raise Untranslatable("Limits.call_depth lets no function be active")
        if len(self.instructions) > host.lines():
            raise Untranslatable(TOO_LONG)
        if any(not b.extern.typed for b in self.linked.bindings):
            raise Untranslatable("it imports intrinsics without types")
        self.graph = Graph({b.start: b for b in code.facts.blocks})
        self.types: dict[int, tuple[Type, ...]] = {}
        for b in code.facts.blocks:
            self._typed(b.start, b.end, list(b.entry))
        self.deadline = limits.deadline_ms != HIGHEST
        calls = any(BY_CODE[i.opcode].name == "calli" for i in self.instructions)
        self.counting = calls and (limits.intrinsic_calls < limits.fuel or host.observed)
        leaves = variant.entry and any(map(rules.nesting, self.function.signature.results))
        accounts = leaves or any(map(self._accounts, self.instructions))
        self.uses_meter = variant.observed or not variant.entry or self.deadline or accounts
        self.flat = self.left = False
        self.written = 0
        self.temporaries = 0
        slots = len(self.function.slots)
        params = [
            Interval(-SMALL, SMALL) if variant.small and t is INT else FULL for t in self.function.signature.types
        ]
        self.ranges: dict[int, tuple[Interval, ...]] = {}
        if len(self.graph.order) * slots <= WORK:
            self.ranges = Ranges(
                self.instructions, self.graph, self.module, params, slots, self.arity, limits.fuel
            ).operands  # fmt: skip
        looks = {
            b.start: self._late(b.start, b.end)
            for b in code.facts.blocks
            if any(map(self.looks, range(b.start, b.end)))
        }
        self.plan = Plan(self.graph, {b.start: self._cost(b.start, b.end) for b in code.facts.blocks}, looks)
        root = self.plan.need[0]
        bounded = root.fuel <= limits.fuel and root.calls <= limits.intrinsic_calls
        self.metered = variant.observed or not variant.entry or bool(self.graph.back or looks) or leaves or not bounded
        self.turns: dict[int, Turns] = {}
        self.counted: dict[int, Counted] = {}
        self.iterated: set[int] = set()
        self.fields: dict[tuple[str, str], str] = {}
        self.clean = self._clean() if variant.entry else set()

    def _typed(self, start: int, end: int, stack: list[Type]) -> None:
        """The operand stack's types before each instruction."""
        for pc in range(start, end):
            self.types[pc] = tuple(stack)
            i = self.instructions[pc]
            row = BY_CODE[i.opcode]
            if row.flow in ("next", "call"):
                apply(row, i.a, i.b, stack, self.context)

    def _cost(self, start: int, end: int) -> Cost:
        return Cost(self.code.costs[start], self.calls(start, end))

    def calls(self, start: int, end: int) -> int:
        """How many calls of intrinsics are counted between two instructions."""
        names = [BY_CODE[i.opcode].name for i in self.instructions[start:end]]
        return names.count("calli") if self.counting else 0

    def _late(self, start: int, end: int) -> Cost:
        """What is owed at the end of a block with looks inside: the calls that come behind the last."""
        last = max(filter(self.looks, range(start, end)))
        return Cost(0, self.calls(last, end))

    def _clean(self) -> set[int]:
        """The blocks before which nobody but this function has run: the host's records are as they came."""
        opaque = {b for b, block in self.graph.blocks.items() if any(map(self._opaque, range(block.start, block.end)))}
        dirty = set()
        pending = [t for b in opaque for t in self.graph.blocks[b].successors]
        while pending:
            b = pending.pop()
            if b not in dirty:
                dirty.add(b)
                pending += self.graph.blocks[b].successors
        return set(self.graph.order) - dirty

    def _opaque(self, pc: int) -> bool:
        i = self.instructions[pc]
        row = BY_CODE[i.opcode]
        return row.flow == "call" and not (row.name == "calli" and self.harmless(self.linked.bindings[i.a]))

    def harmless(self, binding: Binding) -> bool:
        """Whether an intrinsic certainly changes no container: its expression is known, and calls nothing or has none."""
        found = self.folds(binding)
        return found is not None and not (found.acts and any(map(rules.nesting, binding.extern.signature.types)))

    def _accounts(self, i: Instruction) -> bool:
        """Whether an instruction needs the meter for more than fuel."""
        row = BY_CODE[i.opcode]
        if row.name == "calli":
            results = self.linked.bindings[i.a].extern.signature.results
            return self.linked.bindings[i.a].offer.size is not None or len(results) != 1 or not rules.plain(results[0])
        return row.flow == "call" or bool(row.size or row.entries or row.memory)

    # What instructions need

    def arity(self, i: Instruction) -> tuple[int, int]:
        """How many values an instruction pops and pushes."""
        row = BY_CODE[i.opcode]
        if row.flow == "call":
            called = self.context.called(row.operands[0], i.a)
            return len(called.params), len(called.results)
        inputs, outputs = picture(row)
        if row.name == "packl":
            return i.b, 1
        if row.name == "packr":
            return len(self.module.types[i.a].fields), 1
        return len(inputs), len(outputs)

    def looks(self, pc: int) -> bool:
        """Whether the counters are looked at behind an instruction: what it costs is not known before."""
        i = self.instructions[pc]
        row = BY_CODE[i.opcode]
        if row.flow == "call":
            return row.name != "calli" or self.linked.bindings[i.a].offer.cost.constant is None
        if not row.charge:
            return False
        pops, _ = self.arity(i)
        types = self.types[pc]
        return not rules.free(row.name, self.constants(pc, pops), types[len(types) - pops :])

    def constants(self, pc: int, pops: int) -> tuple[tuple[Any, ...], ...]:
        """Which operands of an instruction are constants: those that moves right before it push."""
        found: list[tuple[Any, ...]] = []
        start = max(s for s in self.code.facts.starts if s <= pc) if pops else pc
        at = pc - 1
        while len(found) < pops and at >= start:
            i = self.instructions[at]
            name = BY_CODE[i.opcode].name
            if name not in ("get", "push", "loadk"):
                break
            found.append(() if name == "get" else (i.a,) if name == "push" else (self.module.constants[i.a],))
            at -= 1
        return ((),) * (pops - len(found)) + tuple(found[::-1])

    def operand(self, row: Any, a: int) -> str:
        """Operand A as a meaning names it."""
        kind = row.operands[0] if row.operands else ""
        if kind in ("constant", "text"):
            return self.names.constant(self.module.constants[a])
        if row.name == "packr":
            return self.names.bound("g", ("fields", self.module.types[a]), tuple(self.module.types[a].fields))
        return self.names.constant(a)

    def callee(self, linked: LinkedModule, index: int) -> str:
        return self.program.callee(linked, index)

    def intrinsic(self, a: int) -> str:
        return self.program.intrinsic(self.linked, a)

    def folds(self, binding: Binding) -> Folded | None:
        return None if self.deadline else self.program.folds(binding)

    # The whole

    def translate(self) -> Translated:
        """The lines of the function. Raises Untranslatable."""
        head = arguments(self) if self.variant.entry else []
        body, blocks = self._body()
        if weight(body) > self.program.lines():
            raise Untranslatable(TOO_LONG)
        before = [(1, line.text, line.mark) for line in self._preamble()]
        name = self.names.function(self.variant.letter, self.linked, self.code.index)
        params = [f"x{i}" for i in range(self.code.params)]
        if not self.variant.entry:
            params = ["M", "d", *params]
        elif self.variant.observed:
            params = ["M", *params]
        # The names are ours: a host passes arguments by position.
        params += ["/"] * bool(params)
        lines: list[Written] = [(0, f"def {name}({', '.join(params)}):", None), *before]
        deeper = 2 if self.variant.entry else 1
        inner = [(indent + deeper, text, mark) for indent, text, mark in (*head, *body)]
        if self.variant.entry:
            meter = "M" if self.uses_meter else "None"
            last: list[Written] = [
                (1, "except BaseException as e:", None),
                (2, f"raise fail(e, {meter})", None),
            ]
            inner = [(1, "try:", None), *inner, *last]
        return Translated(name, lines + inner, blocks)

    def _body(self) -> tuple[list[Written], bool]:
        try:
            if self.graph.reducible:
                self.counted = {h: c for h, loop in self.graph.loops.items() if (c := counted(self, h, loop))}
                for header, found in self.counted.items():
                    for b in self.graph.loops[header]:
                        self.turns[b] = found.turns
                self.iterated = {h for h, loop in self.graph.loops.items() if self._iterates(h, loop)}
                return structured(self.graph, self._parts(), self.loop), False
        except (TooDeep, RecursionError):
            self.counted, self.turns, self.iterated = {}, {}, set()
        self.flat = True
        return numbered(self.graph, self._parts()), True

    def _iterates(self, header: int, loop: frozenset[int]) -> bool:
        """Whether a loop can be a `for`: it advances an iterator, and keeps it. A `for` reads its iterator once, so nothing
        in the loop may reach the place on the stack where the iterator is."""
        if BY_CODE[self.instructions[header].opcode].name != "next":
            return False
        height = len(self.graph.blocks[header].entry)
        return all(
            self.code.facts.depths[pc] - self.arity(self.instructions[pc])[0] >= height
            for b in loop - {header}
            for pc in range(self.graph.blocks[b].start, self.graph.blocks[b].end)
        )

    def _parts(self) -> dict[int, Parts]:
        parts = {b: Writer(self, b).part() for b in self.graph.order}
        if self.variant.entry and self.program.deep(self.code):
            mark = Mark(0, role="left")
            parts[0] = Parts(
                [Line("if tight():", mark, suite=(Line(self.leave(0, [], NOTHING), mark),)), *parts[0].lines],
                parts[0].end,
            )
        for header, found in self.counted.items():
            edge = self.edge(Writer(self, header), found.body)
            parts[header] = Parts([], (edge, found.body))
        for header in self.iterated:
            branch = parts[header].end
            if isinstance(branch, Branch):
                parts[header] = Parts(parts[header].lines, branch.no)
        if self.metered and (self.flat or 0 not in self.graph.back):
            parts[0] = Parts([*self.look(self.plan.need[0], 0, []), *parts[0].lines], parts[0].end)
        return parts

    def _preamble(self) -> list[Line]:
        """The meter, the counters, and the locals that the interpreter may be handed without a value."""
        lines = []
        if self.uses_meter and self.variant.entry and not self.variant.observed:
            lines.append(Line("M = meter()"))
        if self.metered:
            lines.append(Line("fuel = M.fuel" if self.uses_meter else f"fuel = {self.limits.fuel}"))
            if self.counting:
                lines.append(Line("calls = M.calls" if self.uses_meter else f"calls = {self.limits.intrinsic_calls}"))
        blank = range(self.code.params, len(self.function.slots))
        if self.left and blank:
            lines.append(Line(" = ".join(f"x{i}" for i in blank) + " = None"))
        return lines

    # Counters

    def less(self, counter: str, amount: int) -> str:
        """A counter, less what is owed."""
        return f"{counter} - {amount}" if amount > 0 else f"{counter} + {-amount}" if amount < 0 else counter

    def budget(self, owed: Cost) -> str:
        """All the fuel that is left."""
        if not self.metered:
            return str(self.limits.fuel)
        left = self.less("fuel", owed.fuel)
        return f"({left} + M.reserve)" if self.deadline else f"({left})" if owed.fuel else left

    def look(self, need: Cost, pc: int, stack: list[Any], owed: Cost = NOTHING, extra: str = "") -> list[Node]:
        """Hand over to the interpreter in front of an instruction, unless so much is in hand."""
        tests = [f"fuel < {need.fuel + owed.fuel}"]
        if self.counting and need.calls + owed.calls > 0:
            tests.append(f"calls < {need.calls + owed.calls}")
        test = " or ".join(tests)
        mark = Mark(pc, owed, "left")
        leave = Line(self.leave(pc, [v.text for v in stack], owed, extra), mark)
        if not self.deadline:
            return [Line(f"if {test}:", mark, suite=(leave,))]
        more = Line(f"fuel = M.topped({self.less('fuel', 0)}, {need.fuel + owed.fuel})", mark)
        return [Line(f"if {test}:", mark, suite=(more,)), Line(f"if {test}:", mark, suite=(leave,))]

    def leave(self, pc: int, stack: list[str], owed: Cost, extra: str = "") -> str:
        """The statement that goes on in front of an instruction on the interpreter."""
        self.left = True
        self.written += (len(self.function.slots) + len(stack)) // VARIABLES
        if self.written > self.program.lines():
            # Such a line names all locals: it may be longer than a hundred others.
            raise Untranslatable(TOO_LONG)
        meter = "M" if self.uses_meter else "None"
        depth = "1" if self.variant.entry else "d"
        calls = self.less("calls", owed.calls) if self.counting else "None"
        locals_ = "".join(f"x{i}, " for i in range(len(self.function.slots)))
        values = "".join(f"{text}, " for text in stack)
        fuel = self.less("fuel", owed.fuel) + extra
        return (
            f"return {self.program.resume(self.code)}({meter}, {depth}, {pc}, {fuel}, {calls}, ({locals_}), ({values}))"
        )

    def edge(self, writer: Writer, target: int) -> list[Node]:
        """What is done on the way to another block: the counters are made to owe what is owed there."""
        source = writer.block.start
        found = self.counted.get(target)
        if not self.metered or (found is not None and source == found.latch):
            # The turns of a counted loop are taken off when it ends.
            return []
        mark = writer.mark()
        turns = self.turns.get(source)
        leaves = turns is not None and self.turns.get(target) is not turns
        return [*(self.exact(turns, mark) if turns is not None and leaves else ()), *self.way(source, target, mark)]

    def way(self, source: int, target: int, mark: Mark) -> list[Node]:
        """What is done with the counters on any edge, whichever statement follows it: the end of a block, or of a loop."""
        lines = self.take(self.plan.edge(source, target), mark)
        if target in self.graph.back and (
            self.flat or (target in self.iterated and source in self.graph.loops[target])
        ):
            lines += self.round(target)
        return lines

    def take(self, amount: Cost, mark: Mark, times: str = "") -> list[Node]:
        """Take an amount off the counters."""
        pairs = [("fuel", amount.fuel), ("calls", amount.calls if self.counting else 0)]
        return [Line(f"{n} {'-' if units > 0 else '+'}= {abs(units)}{times}", mark) for n, units in pairs if units]

    def exact(self, turns: Turns, mark: Mark) -> list[Node]:
        """On the way out of a counted loop: take off what its turns cost."""
        return self.take(turns.cost, mark._replace(turns=None), f" * ({turns.local} - {turns.first})")

    def round(self, header: int) -> list[Node]:
        """Where a loop goes round, look at the counters."""
        stack = [rules.Value(f"s{i}") for i in range(len(self.graph.blocks[header].entry))]
        return self.look(self.plan.need[header], header, stack, self.plan.entry[header])

    def loop(self, header: int, body: list[Node], behind: int | None, to: To) -> list[Node]:
        """The loop of a header."""
        found = self.counted.get(header)
        if found is not None:
            return found.nodes(self, body, behind, to)
        if header not in self.iterated:
            return [Loop("while True:", None, header, behind, [*self.round(header), *body], [])]
        # Each turn looks at the counters where it goes round: the iterator must not have been advanced.
        height = len(self.graph.blocks[header].entry)
        mark = Mark(header, self.plan.leaving(header))
        _, done = self.graph.blocks[header].successors
        over = [*self.way(header, done, mark), *to(done)]
        return [*self.round(header), Loop(f"for s{height} in s{height - 1}:", mark, header, behind, body, over)]
