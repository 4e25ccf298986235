"""The reference machine: read it to learn what a program does.

Takes an `Image`, a function of it and its arguments; gives its results. After the second founding text: the machine
holds the program, its program counter starts at 0, `step` executes one instruction, `run` is a loop of steps (a loop over
whole segments of them, with the same effect), and an error latches: after it the machine refuses to step until `reset`.

                 +-- frames: callers ------------------+
    image -----> | code, segment, S (stack), L (locals)|  x call depth
                 +-------------------------------------+
                 code, pc      the active function and the program counter in it
                 S, L          its operand stack and locals
                 fuel ...      what is left, see meter.py

Fuel for a block is charged when it is entered. Only `Trap`, `LimitExceeded` and `ApiError` come out, besides what is the
application's (errors/passing.py); any of them latches.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from operator import length_hint
from typing import Any

from vcvm_core.errors import Place, VcvmError, clean, error, foreign
from vcvm_core.isa import BY_CODE
from vcvm_core.limits import Limits
from vcvm_core.link import Image
from vcvm_core.runtime.code import Code, Codes, Segment
from vcvm_core.runtime.meter import Meter
from vcvm_core.runtime.selfcheck import observe
from vcvm_core.values import Mismatch, Type, arith, check, leaver


def lowered(limits: Limits, image: Image) -> Limits:
    """The limits of a run: the host's, lowered where the program says so for itself."""
    declared = {n: min(v, getattr(limits, n)) for n, v in image.main.verified.module.limits}
    return limits.with_(**declared) if declared else limits


class Machine(Meter):
    """One run of one function.

    image: a linked program. function: an index into its functions. arguments: Python values, checked here against the
    function's signature. limits: what the run may use; a program can lower them. check: after every instruction, hold
    what is observed against what the verifier recorded. Raises ApiError for wrong arguments.
    """

    def __init__(
        self,
        image: Image,
        function: int = 0,
        arguments: Sequence[Any] = (),
        limits: Limits = Limits.default,
        *,
        codes: Codes | None = None,
        check: bool = False,
    ) -> None:
        if type(image) is not Image:
            raise error("not-verified", found=f"a {type(image).__name__}")
        super().__init__(lowered(limits, image))
        self.image = image
        self.check = check
        self.below = 0
        self.codes = Codes() if codes is None else codes
        functions = image.main.verified.module.functions
        if type(function) is not int or not 0 <= function < len(functions):
            raise error("no-such-function", name=function, exports=f"functions 0 to {len(functions) - 1}")
        self.main: Code = self.codes.get(image.main, function)
        self.arguments = admitted(self.main, arguments, self.limits)
        self.reset()

    def reset(self) -> None:
        """Start anew: the program counter at 0, all fuel, no error. Containers among the arguments are as they are."""
        self.error: BaseException | None = None
        self._running: int | None = None
        self.halted = False
        self.results: tuple[Any, ...] = ()
        self.refill()
        self.frames: list[tuple[Code, Segment, list[Any], list[Any]]] = []
        self.code = self.main
        self.pc = 0
        self.S: list[Any] = []
        self.L: list[Any] = [*self.arguments, *self.main.blank]

    @classmethod
    def resumed(
        cls, image: Image, codes: Codes, meter: Meter, code: Code, pc: int, locals_: Iterable[Any], stack: Iterable[Any],
        below: int,
    ) -> Machine:  # fmt: skip
        """A machine that goes on where another tier has stopped, in front of an instruction, with what its meter has left.

        below: how many functions are active below this one, on the other tier.
        """
        machine = cls.__new__(cls)
        Meter.__init__(machine, meter.limits)
        machine.take(meter)
        machine.image, machine.codes, machine.below, machine.check = image, codes, below, False
        machine.main = machine.code = code
        machine.arguments, machine.frames, machine.results = [], [], ()
        machine.error, machine._running, machine.halted = None, None, False
        machine.pc, machine.S, machine.L = pc, list(stack), list(locals_)
        return machine

    @property
    def stack(self) -> tuple[Any, ...]:
        """The operand stack of the active function, its top last."""
        return tuple(self.S)

    def run(self) -> Any:
        """Run to the end and give the result: None for none, the value for one, a tuple for several.

        Raises Trap, LimitExceeded, or ApiError (dead-machine) if an error has latched before.
        """
        self._ready()
        try:
            self._begin()
            # A machine that was stepped into the middle of a block goes on stepping to its end.
            while not self.halted and (self.check or self.pc not in self.code.facts.starts):
                self._step()
            if not self.halted:
                self._run(single=False)
        except BaseException as e:
            # Whatever ended the run latches, and is raised again.
            found = self._latch(e)
            if found is e:
                raise
            raise found from found.__cause__
        finally:
            self._running = None
        return result(self.results)

    def step(self) -> bool:
        """Execute one instruction; whether there are more. Raises as `run` does, and ApiError (machine-done)."""
        if self.halted:
            raise error("machine-done")
        self._ready()
        try:
            self._begin()
            self._step()
        except BaseException as e:
            # Whatever ended the run latches, and is raised again.
            found = self._latch(e)
            if found is e:
                raise
            raise found from found.__cause__
        finally:
            self._running = None
        return not self.halted

    def _ready(self) -> None:
        """Refuse to run or step a machine that is running, or that an error has stopped."""
        if self._running is not None:
            raise error("reentrant" if self._running == threading.get_ident() else "wrong-thread")
        if self.error is not None:
            raise error("dead-machine", latched=getattr(self.error, "code", type(self.error).__name__))

    def _begin(self) -> None:
        """Mark the machine as running. Called where the mark is sure to be taken off again."""
        self._running = threading.get_ident()
        if self.limits.call_depth == 0:
            raise error("call-depth", limit=0)

    def _step(self) -> None:
        code, pc = self.code, self.pc
        self._run(single=True)
        if self.check:
            observe(self, code, pc)

    def _run(self, single: bool) -> None:
        """Run segment after segment until the program has halted; or one segment of the single cut."""
        segment = self.code.segment(self.pc, single)
        S, L = self.S, self.L
        while True:
            self.fuel -= segment.cost
            if self.fuel < 0:
                self.pc = segment.start
                self.fuel += segment.cost
                self.charge(segment.cost)
            steps = iter(segment.body)
            try:
                for step in steps:
                    step(S, L, self)
            except BaseException:
                # The step that failed is the last one taken from the iterator; what is raised from outside may come before.
                taken = len(segment.places) - length_hint(steps)
                self.pc = segment.places[taken - 1] if taken else segment.start
                raise
            control = segment.control
            if control == "jf":
                segment = segment.following if S.pop() else segment.target
            elif control == "jt":
                segment = segment.target if S.pop() else segment.following
            elif control == "j":
                segment = segment.target
            elif control == "fall":
                segment = segment.following
            else:
                # Should this raise, here is the place.
                self.pc = segment.end
                if control == "next":
                    segment = self._next(segment)
                elif control == "call" or control == "calll":
                    segment = self._call(segment, single)
                    S, L = self.S, self.L
                elif control == "trap":
                    raise error("explicit", message=segment.message)
                elif self.frames:
                    # Leave a function: its results go onto its caller's stack.
                    results = S
                    code, segment, S, L = self.frames.pop()
                    # In one step: an exception from outside must find a program counter that belongs to its code.
                    self.code, self.pc, self.S, self.L = code, segment.start, S, L
                    S += results
                    if segment.single is not single:
                        segment = self.code.segment(segment.start, single)
                else:
                    self._finish(S)
                    return
            if single:
                self.pc = segment.start
                return

    def _next(self, segment: Segment) -> Segment:
        """Advance the iterator on top of the stack: its element is pushed, or, at its end, it is popped."""
        try:
            value = next(self.S[-1])
        except StopIteration:
            self.S.pop()
            return segment.target
        self.S.append(segment.admit(value))
        return segment.following

    def _call(self, segment: Segment, single: bool) -> Segment:
        """Enter a function of the program or of a library: its arguments become its first locals."""
        if self.below + len(self.frames) + 1 >= self.limits.call_depth:
            raise error("call-depth", limit=self.limits.call_depth)
        callee = segment.callee or self.codes.callee(self.code, segment)
        S = self.S
        start = len(S) - callee.params
        entered = S[start:] + callee.blank
        del S[start:]
        self.frames.append((self.code, segment.following, S, self.L))
        # In one step: an exception from outside must find a program counter that belongs to its code.
        self.code, self.pc, self.S, self.L = callee, 0, [], entered
        return (callee.single if single else callee.whole).get(0) or callee.segment(0, single)

    def _finish(self, results: list[Any]) -> None:
        """Halt: the first function has returned."""
        if not self.below:
            results = leaving(results, self.main.function.signature.results, self)
        self.results = tuple(results)
        self.halted = True

    def place(self) -> Place:
        """Where the machine is."""
        module = self.code.linked.verified.module
        source = module.debug.source if module.debug is not None else ""
        line = module.line(self.code.index, self.pc)
        return Place(file=source or None, line=line, function=self.code.function.name, instruction=self.pc)

    def _latch(self, e: BaseException) -> BaseException:
        """Remember what ended the run; give it as an error of this library, with its place."""
        e = fault(e, BY_CODE[self.code.function.code[self.pc].opcode].name)
        if isinstance(e, VcvmError):
            e.placed(self.place())
        self.error = e
        return e


def result(results: tuple[Any, ...]) -> Any:
    """Results as Python gives them: None for none, the value for one, a tuple for several."""
    if len(results) == 1:
        return results[0]
    return results or None


_LARGE: dict[type, str] = {str: "value_size", bytes: "value_size", list: "value_entries", dict: "value_entries"}


def admitted(code: Code, arguments: Sequence[Any], limits: Limits) -> list[Any]:
    """The arguments of a call from outside, checked and converted. Raises ApiError."""
    signature = code.function.signature
    name = code.function.name
    if len(arguments) != len(signature.params):
        facts = {"expected": len(signature.params), "found": len(arguments), "signature": signature}
        raise error("wrong-arguments", function=name, **facts)
    return [admit(code, position, value, limits) for position, value in enumerate(arguments)]


def positional(code: Code, arguments: Sequence[Any]) -> None:
    """Refuse a wrong number of arguments as Python does for its own functions: of a callable, a host expects just that."""
    expected = len(code.function.signature.params)
    if len(arguments) != expected:
        plural = "" if expected == 1 else "s"
        were = "was" if len(arguments) == 1 else "were"
        name = clean(code.function.name)
        raise TypeError(f"{name}() takes {expected} positional argument{plural} but {len(arguments)} {were} given")


def admit(code: Code, position: int, value: Any, limits: Limits) -> Any:
    """One argument of a call from outside, checked and converted. Raises ApiError."""
    where = f"argument {position + 1} of {code.function.name}"
    try:
        value = check(code.function.signature.types[position])(value)
    except Mismatch as e:
        kind = e.kind or "wrong-type"
        raise error(kind, where=where, expected=e.expected, found=e.found) from None
    large = _LARGE.get(type(value))
    if large is not None and len(value) > getattr(limits, large):
        raise error("value-too-large", where=where, found=len(value), limit=getattr(limits, large), name=large)
    return value


def leaving(results: Sequence[Any], types: Sequence[Type], meter: Meter) -> list[Any]:
    """The results of the first function as its host gets them: checked all through."""
    several = len(types) > 1
    return [leaver(t, i if several else 0)(v, meter) for i, (v, t) in enumerate(zip(results, types, strict=True), 1)]


def fault(e: BaseException, opcode: str) -> BaseException:
    """What ended a run, as an error of this library; `opcode` is the name of the instruction."""
    if isinstance(e, Mismatch):
        if opcode == "as":
            return error("cast", expected=e.expected, found=e.found)
        return error("bad-element", where=arith.WHERE, expected=e.expected, found=e.found)
    if isinstance(e, MemoryError):
        return error("host-memory")
    if isinstance(e, RecursionError):
        return error("host-recursion")
    if isinstance(e, VcvmError) or foreign(e):
        return e
    wrapped = error("internal", reason=f"{type(e).__name__}: {e}")
    wrapped.__cause__ = e
    return wrapped
