"""A linked function in the form that the interpreter runs: segments of steps, bound once.

Takes a function of a `LinkedModule` and its facts; gives `Code`. A segment is a stretch of straight-line instructions
and the one thing that then changes the flow. There are two cuts of the same code, of the same parts:

    whole     a basic block, cut after each call of another function; moves are part of the steps that they feed
    single    every instruction for itself, for stepping and for self-check

The cost of a block, the weight of its instructions and the constant costs of its intrinsics, is charged by the segment
that begins it.
"""

from __future__ import annotations

from typing import Any

from vcvm_core.bytecode import Function, Instruction
from vcvm_core.isa import BY_CODE, BY_NAME, picture
from vcvm_core.link import LinkedModule
from vcvm_core.runtime.hostcall import constant_cost, host_step
from vcvm_core.runtime.steps import Shape, Step, make, packl, packr
from vcvm_core.values import Check, inside, test

_GET, _SET, _PUSH, _LOADK, _IS, _AS = (BY_NAME[n].code for n in ("get", "set", "push", "loadk", "is", "as"))
_CALL = BY_NAME["call"].code
_CALLS = frozenset((_CALL, BY_NAME["calll"].code))
SHALLOW = 30
"""So many functions are not deep, whatever they call."""
_SPLITS = frozenset(code for code, row in BY_CODE.items() if row.flow != "next" and row.name != "calli")
"""Opcodes that end a segment."""
_FOLDS = frozenset(
    code for code, row in BY_CODE.items()
    if row.flow == "next" and row.meaning and len(picture(row).outputs) <= 1 and picture(row).inputs and code != _SET
)  # fmt: skip
"""Opcodes whose steps can take inputs from locals and constants."""


class Segment:
    """Steps that run in a row, then a control instruction, if any.

    single: which cut it belongs to. start: the first instruction; end: the control instruction, or the one after the
    last step. cost: fuel charged on entry. body: the steps; places: the instruction of each. control: the name of the
    instruction that ends the segment, "fall" if the next segment just follows. target, following: the segments that may
    come next. callee: of a call, once it has been made. admit: the check of what `next` takes. message: of a trap.
    """

    __slots__ = (
        "admit",
        "body",
        "callee",
        "control",
        "cost",
        "end",
        "following",
        "message",
        "places",
        "single",
        "start",
        "target",
    )

    single: bool
    start: int
    end: int
    cost: int
    body: tuple[Step, ...]
    places: tuple[int, ...]
    control: str
    target: Segment
    following: Segment
    callee: Code | None
    admit: Check
    message: str


class Code:
    """A function, bound. blank: its locals after the parameters, without values."""

    __slots__ = ("blank", "costs", "facts", "function", "index", "linked", "params", "single", "whole")

    def __init__(self, linked: LinkedModule, index: int) -> None:
        self.linked, self.index = linked, index
        self.function: Function = linked.verified.module.functions[index]
        self.facts = linked.verified.facts[index]
        self.params = len(self.function.signature.params)
        self.blank: list[Any] = [None] * len(self.function.locals)
        self.costs = {block.start: block.weight + self._constant(block.start, block.end) for block in self.facts.blocks}
        # Made when first needed and then put here whole: several threads may run one program.
        self.whole: dict[int, Segment] = {}
        self.single: dict[int, Segment] = {}

    def _constant(self, start: int, end: int) -> int:
        """What the intrinsics between two instructions cost, as far as that does not depend on arguments."""
        calls = (i.a for i in self.function.code[start:end] if BY_CODE[i.opcode].name == "calli")
        return sum(constant_cost(self.linked.bindings[a]) for a in calls)

    def segment(self, pc: int, single: bool) -> Segment:
        """The segment that begins at an instruction, in one of the cuts; a cut is made when it is first needed."""
        cut = self.single if single else self.whole
        if not cut:
            cut = self._cut(single)
            if single:
                self.single = cut
            else:
                self.whole = cut
        return cut[pc]

    def _cut(self, single: bool) -> dict[int, Segment]:
        code = self.function.code
        segments: dict[int, Segment] = {}
        for block in self.facts.blocks:
            start = block.start
            for at in range(block.start, block.end):
                splits = code[at].opcode in _SPLITS
                if splits or single or at + 1 == block.end:
                    segments[start] = self._segment(start, at, code[at] if splits else None, single)
                    start = at + 1
        for segment in segments.values():
            after = segment.end if segment.control == "fall" else segment.end + 1
            if after in segments:
                segment.following = segments[after]
            if segment.control != "fall" and "target" in BY_CODE[code[segment.end].opcode].operands:
                segment.target = segments[code[segment.end].a]
        return segments

    def _segment(self, start: int, at: int, last: Instruction | None, single: bool) -> Segment:
        """The segment from `start` up to and with `at`, which is its control instruction if `last` is given."""
        segment = Segment()
        segment.start, segment.end = start, at if last is not None else at + 1
        segment.single = single
        segment.cost = self.costs.get(start, 0)
        steps = [(i, self._step(i)) for i in range(start, segment.end)] if single else self._steps(start, segment.end)
        segment.places = tuple(place for place, _ in steps)
        segment.body = tuple(step for _, step in steps)
        segment.callee = None
        segment.control = "fall"
        if last is not None:
            segment.control = BY_CODE[last.opcode].name
            if last.opcode in _TAKES:
                segment.admit = inside(self.facts.taken[at][0])
            if segment.control == "trap":
                segment.message = self.linked.verified.module.constants[last.a]
        return segment

    def _steps(self, start: int, end: int) -> list[tuple[int, Step]]:
        """The steps of a stretch, with the instruction of each; moves are left to the steps that they feed."""
        code = self.function.code
        steps: list[tuple[int, Step]] = []
        moves: list[int] = []
        at = start
        while at < end:
            i = code[at]
            if i.opcode in (_GET, _PUSH, _LOADK):
                moves.append(at)
                at += 1
                continue
            row = BY_CODE[i.opcode]
            inputs, outputs = picture(row)
            fed = min(len(inputs), len(moves)) if i.opcode in _FOLDS else 0
            # Those that do not feed this instruction lie deeper: they are pushed first.
            kept = moves[len(moves) - fed :]
            steps += [(m, self._step(m)) for m in moves[: len(moves) - fed]]
            moves.clear()
            stores = i.opcode in _FOLDS and len(outputs) == 1 and at + 1 < end and code[at + 1].opcode == _SET
            if fed or stores:
                letters = "S" * (len(inputs) - fed) + "".join("L" if code[m].opcode == _GET else "K" for m in kept)
                sources = tuple(self._operand(code[m]) for m in kept)
                to = code[at + 1].a if stores else 0
                steps.append((at, make(row, self._operand(i), self._admit(at), Shape(letters, stores), to, sources)))
            else:
                steps.append((at, self._step(at)))
            at += 2 if stores else 1
        return steps + [(m, self._step(m)) for m in moves]

    def _admit(self, at: int) -> Check | None:
        taken = self.facts.taken.get(at)
        return None if taken is None else inside(taken[0])

    def _operand(self, i: Instruction) -> Any:
        """Operand A, looked up where it is a constant or a type."""
        module = self.linked.verified.module
        kind = BY_CODE[i.opcode].operands[:1]
        if kind == ("constant",) or kind == ("text",):
            return module.constants[i.a]
        if kind != ("type",):
            return i.a
        t = module.types[i.a]
        return test(t) if i.opcode == _IS else inside(t) if i.opcode == _AS else t

    def _step(self, at: int) -> Step:
        """The step of one instruction, all of it on the stack."""
        i = self.function.code[at]
        row = BY_CODE[i.opcode]
        if row.name == "calli":
            return host_step(self.linked.bindings[i.a], self.facts.taken[at])
        if row.name == "packl":
            return packl(i.b)
        if row.name == "packr":
            return packr(self._operand(i))
        return make(row, self._operand(i), self._admit(at))


_TAKES = frozenset(code for code, row in BY_CODE.items() if row.taken)


class Codes:
    """The functions of an image, bound on first use and then kept: one for each (module, function)."""

    def __init__(self) -> None:
        self.found: dict[tuple[int, int], Code] = {}

    def get(self, linked: LinkedModule, index: int) -> Code:
        """The code of a function."""
        key = (id(linked), index)
        code = self.found.get(key)
        if code is None:
            code = self.found.setdefault(key, Code(linked, index))
        return code

    def called(self, code: Code) -> list[Code]:
        """The functions that a function calls, each once."""
        calls = dict.fromkeys((i.opcode, i.a) for i in code.function.code if i.opcode in _CALLS)
        linked = code.linked
        return [self.get(linked, a) if opcode == _CALL else self.get(*linked.imports[a]) for opcode, a in calls]

    def reached(self, code: Code) -> list[Code]:
        """A function, and all functions that a call of it may call."""
        seen = {id(code): code}
        pending = [code]
        while pending:
            for called in self.called(pending.pop()):
                if id(called) not in seen:
                    seen[id(called)] = called
                    pending.append(called)
        return list(seen.values())

    def loops(self, code: Code) -> bool:
        """Whether a call of a function may take long for its size: something in it goes back, or calls itself."""
        goes_back = (t <= b.start for c in self.reached(code) for b in c.facts.blocks for t in b.successors)
        return any(goes_back) or self.deep(code)

    def deep(self, code: Code) -> bool:
        """Whether many functions may be active at a time: one can call itself, or there are many."""
        reached = self.reached(code)
        if len(reached) > SHALLOW:
            return True
        waiting = {id(c): {id(called) for called in self.called(c)} for c in reached}
        while leaves := [c for c, called in waiting.items() if not called]:
            for leaf in leaves:
                del waiting[leaf]
            for called in waiting.values():
                called.difference_update(leaves)
        return bool(waiting)

    def callee(self, code: Code, segment: Segment) -> Code:
        """What the call that ends a segment calls; remembered in the segment."""
        i = code.function.code[segment.end]
        found = self.get(code.linked, i.a) if segment.control == "call" else self.get(*code.linked.imports[i.a])
        segment.callee = found
        return found
