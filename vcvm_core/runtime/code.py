"""A linked function in the form that the interpreter runs: segments of steps, bound once.

Takes a function of a `LinkedModule` and its facts; gives `Code`. A segment is a basic block, cut after each call of
another function: straight-line steps, then one thing that changes the flow. The cost of a block, the weight of its
instructions and the constant costs of its intrinsics, is charged by its first segment.
"""

from __future__ import annotations

from typing import Any

from vcvm_core.bytecode import Function, Instruction
from vcvm_core.isa import BY_CODE
from vcvm_core.link import LinkedModule
from vcvm_core.runtime.hostcall import constant_cost, host_step
from vcvm_core.runtime.steps import Step, maker, packl, packr
from vcvm_core.values import Check, check
from vcvm_core.verify import Block


class Segment:
    """Steps that run in a row, then a control instruction, if any.

    start: the first instruction. cost: fuel charged on entry, 0 if it is not the first of its block. control: the name
    of the instruction that ends it, "fall" if the next segment just follows, at instruction `end`. target, following:
    the segments that may come next. callee: of a call. admit: the check of what `next` takes. message: of a trap.
    """

    __slots__ = ("admit", "body", "callee", "control", "cost", "end", "following", "message", "start", "target")

    start: int
    end: int
    cost: int
    body: tuple[Step, ...]
    control: str
    target: Segment
    following: Segment
    callee: Code
    admit: Check
    message: str


class Code:
    """A function, bound. segments: by first instruction. blank: its locals after the parameters, without values."""

    __slots__ = ("blank", "facts", "function", "index", "linked", "params", "segments")

    def __init__(self, linked: LinkedModule, index: int) -> None:
        self.linked, self.index = linked, index
        self.function: Function = linked.verified.module.functions[index]
        self.facts = linked.verified.facts[index]
        self.params = len(self.function.signature.params)
        self.blank: list[Any] = [None] * len(self.function.locals)
        self.segments: dict[int, Segment] = {}

    @property
    def entry(self) -> Segment:
        """Its first segment."""
        return self.segments[0]


class Codes:
    """The functions of an image, bound on first use and then kept: one for each (module, function)."""

    def __init__(self) -> None:
        self.found: dict[tuple[int, int], Code] = {}

    def get(self, linked: LinkedModule, index: int) -> Code:
        """The code of a function; its callees are bound when they are first called."""
        key = (id(linked), index)
        code = self.found.get(key)
        if code is None:
            code = self.found.setdefault(key, _bind(linked, index))
        return code

    def callee(self, code: Code, segment: Segment) -> Code:
        """What the call that ends a segment calls."""
        i = code.function.code[segment.end]
        if segment.control == "call":
            segment.callee = self.get(code.linked, i.a)
        else:
            segment.callee = self.get(*code.linked.imports[i.a])
        return segment.callee


_SPLITS = frozenset(code for code, row in BY_CODE.items() if row.flow != "next" and row.name != "calli")
"""Opcodes that end a segment."""


def _bind(linked: LinkedModule, index: int) -> Code:
    code = Code(linked, index)
    for block in code.facts.blocks:
        _block(code, block)
    for segment in code.segments.values():
        last = code.function.code[segment.end] if segment.control != "fall" else None
        after = segment.end if last is None else segment.end + 1
        if after in code.segments:
            segment.following = code.segments[after]
        if last is not None and "target" in BY_CODE[last.opcode].operands:
            segment.target = code.segments[last.a]
    return code


def _block(code: Code, block: Block) -> None:
    instructions = code.function.code
    cost = block.weight
    for at in range(block.start, block.end):
        i = instructions[at]
        if BY_CODE[i.opcode].name == "calli":
            cost += constant_cost(code.linked.bindings[i.a])
    start = block.start
    steps: list[Step] = []
    for at in range(block.start, block.end):
        i = instructions[at]
        if i.opcode in _SPLITS:
            _segment(code, start, at, cost, steps, i)
            start, cost, steps = at + 1, 0, []
        else:
            steps.append(_step(code, at, i))
    if start < block.end:
        _segment(code, start, block.end, cost, steps, None)


def _segment(code: Code, start: int, end: int, cost: int, steps: list[Step], last: Instruction | None) -> None:
    segment = Segment()
    segment.start, segment.end, segment.cost, segment.body = start, end, cost, tuple(steps)
    row = BY_CODE[last.opcode] if last is not None else None
    segment.control = row.name if row is not None else "fall"
    if row is not None and row.taken:
        segment.admit = check(code.facts.taken[end])
    if last is not None and segment.control == "trap":
        segment.message = code.linked.verified.module.constants[last.a]
    code.segments[start] = segment


def _step(code: Code, at: int, i: Instruction) -> Step:
    module = code.linked.verified.module
    row = BY_CODE[i.opcode]
    if row.name == "calli":
        return host_step(code.linked.bindings[i.a])
    if row.name == "packl":
        return packl(i.b)
    if row.name == "packr":
        return packr(module.types[i.a])
    a: Any = i.a
    if row.operands and row.operands[0] in ("constant", "text"):
        a = module.constants[a]
    elif row.operands and row.operands[0] == "type":
        a = module.types[a]
    return maker(row)(a, check(code.facts.taken[at]) if row.taken else None)
