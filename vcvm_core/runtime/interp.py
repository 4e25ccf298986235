"""The reference machine: read it to learn what a program does.

Takes an `Image`, a function of it and its arguments; gives its results. After the second founding text: the machine
holds the program, its program counter starts at 0, `step` executes one instruction, `run` is a loop of steps (a loop over
whole segments of them, with the same effect), and an error latches: after it the machine refuses to step until `reset`.

                 +-- frames: callers ------------------+
    image -----> | segment, S (stack), L (locals)      |  x call depth
                 +-------------------------------------+
                 segment, index    where this function is: program counter = segment.start + index
                 S, L              its operand stack and locals
                 fuel, calls       what is left

Fuel for a block is charged when it is entered. Only `Trap`, `LimitExceeded` and `ApiError` come out, besides
KeyboardInterrupt and GeneratorExit; any of them latches.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from vcvm_core.errors import InternalError, Place, VcvmError, error
from vcvm_core.isa import BY_CODE
from vcvm_core.limits import Limits
from vcvm_core.link import Image
from vcvm_core.runtime.code import Code, Codes, Segment
from vcvm_core.runtime.selfcheck import observe
from vcvm_core.values import Mismatch, Type, arith, check, depth_within


def lowered(limits: Limits, image: Image) -> Limits:
    """The limits of a run: the host's, lowered where the program says so for itself."""
    declared = {n: min(v, getattr(limits, n)) for n, v in image.main.verified.module.limits}
    return limits.with_(**declared) if declared else limits


class Machine:
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
        self.image = image
        self.limits = lowered(limits, image)
        self.depth = self.limits.value_depth
        self.check = check
        self.codes = Codes() if codes is None else codes
        self.main = self.codes.get(image.main, function)
        self.arguments = admitted(self.main, arguments, self.limits)
        self._running: int | None = None
        self.reset()

    def reset(self) -> None:
        """Start anew: the program counter at 0, all fuel, no error. Containers among the arguments are as they are."""
        self.error: BaseException | None = None
        self.halted = False
        self.results: tuple[Any, ...] = ()
        self.fuel = self.limits.fuel
        self.calls = self.limits.intrinsic_calls
        self.frames: list[tuple[Code, Segment, list[Any], list[Any]]] = []
        self.code = self.main
        self.segment = self.main.entry
        self.index = 0
        self.S: list[Any] = []
        self.L: list[Any] = [*self.arguments, *self.main.blank]

    @property
    def pc(self) -> int:
        """The index of the instruction that comes next, in the function that is active."""
        return self.segment.start + self.index

    @property
    def stack(self) -> tuple[Any, ...]:
        """The operand stack of the active function, its top last."""
        return tuple(self.S)

    def run(self) -> Any:
        """Run to the end and give the result: None for none, the value for one, a tuple for several.

        Raises Trap, LimitExceeded, or ApiError (dead-machine) if an error has latched before.
        """
        self._enter()
        try:
            if self.check:
                while not self.halted:
                    self._step()
            else:
                # A machine that was stepped into a segment first finishes it.
                while self.index and not self.halted:
                    self._step()
                if not self.halted:
                    self._segments()
        except BaseException as e:
            raise self._latch(e) from e.__cause__
        finally:
            self._running = None
        return result(self.results)

    def step(self) -> bool:
        """Execute one instruction; whether there are more. Raises as `run` does, and ApiError (machine-done)."""
        if self.halted:
            raise error("machine-done")
        self._enter()
        try:
            self._step()
        except BaseException as e:
            raise self._latch(e) from e.__cause__
        finally:
            self._running = None
        return not self.halted

    def _enter(self) -> None:
        if self._running is not None:
            raise error("reentrant" if self._running == threading.get_ident() else "wrong-thread")
        if self.error is not None:
            raise error("dead-machine", latched=getattr(self.error, "code", type(self.error).__name__))
        self._running = threading.get_ident()

    def _segments(self) -> None:
        """Run segment after segment until the program has halted."""
        while not self.halted:
            segment = self.segment
            self.fuel -= segment.cost
            if self.fuel < 0:
                raise self._spent(segment.cost)
            S, L = self.S, self.L
            steps = iter(segment.body)
            try:
                for step in steps:
                    step(S, L, self)
            except BaseException:
                self.index = len(segment.body) - 1 - steps.__length_hint__()
                raise
            self._control(segment)

    def _step(self) -> None:
        """Execute one instruction: a step of the segment, or what ends it."""
        segment = self.segment
        if self.index == 0 and segment.cost:
            self.fuel -= segment.cost
            if self.fuel < 0:
                raise self._spent(segment.cost)
        code, pc = self.code, self.pc
        if self.index < len(segment.body):
            segment.body[self.index](self.S, self.L, self)
            self.index += 1
        if self.index == len(segment.body) and segment.control == "fall":
            self._control(segment)
        elif pc == segment.end and segment.control != "fall":
            self._control(segment)
        if self.check:
            observe(self, code, pc)

    def _control(self, segment: Segment) -> None:
        """Do what ends a segment."""
        control = segment.control
        # The program counter, should this raise; every way out sets it anew.
        self.index = len(segment.body)
        if control == "jf":
            self.segment = segment.following if self.S.pop() else segment.target
        elif control == "jt":
            self.segment = segment.target if self.S.pop() else segment.following
        elif control == "j":
            self.segment = segment.target
        elif control == "fall":
            self.segment = segment.following
        elif control == "next":
            self._next(segment)
        elif control == "call" or control == "calll":
            self._call(segment)
            return
        elif control == "ret" or control == "halt":
            self._return()
            return
        else:
            raise error("explicit", message=segment.message)
        self.index = 0

    def _next(self, segment: Segment) -> None:
        try:
            value = next(self.S[-1])
        except StopIteration:
            self.S.pop()
            self.segment = segment.target
            return
        self.S.append(segment.admit(value))
        self.segment = segment.following

    def _call(self, segment: Segment) -> None:
        if len(self.frames) + 1 >= self.limits.call_depth:
            raise error("call-depth", limit=self.limits.call_depth)
        try:
            callee = segment.callee
        except AttributeError:
            callee = self.codes.callee(self.code, segment)
        S = self.S
        start = len(S) - callee.params
        self.L, arguments = [*S[start:], *callee.blank], self.L
        del S[start:]
        self.frames.append((self.code, segment.following, S, arguments))
        self.code, self.segment, self.index, self.S = callee, callee.entry, 0, []

    def _return(self) -> None:
        if not self.frames:
            self.results = tuple(self.S)
            for value in self.results:
                if type(value) in (list, dict) and not depth_within(value, self.depth, max(0, self.fuel)):
                    raise error("too-deep", limit=self.depth)
            self.halted = True
            return
        results = self.S
        self.code, self.segment, self.S, self.L = self.frames.pop()
        self.index = 0
        self.S.extend(results)

    # What steps ask of the machine

    def charge(self, units: int) -> None:
        """Take fuel for work that grows with a value."""
        self.fuel -= units
        if self.fuel < 0:
            raise self._spent(units)

    def _spent(self, units: int) -> VcvmError:
        """The error for fuel that does not suffice; what was not enough is not taken."""
        self.fuel += units
        return error("fuel", limit=self.limits.fuel)

    def counted(self) -> None:
        """Count a call of an intrinsic."""
        if self.calls == 0:
            raise error("intrinsic-calls", limit=self.limits.intrinsic_calls)
        self.calls -= 1

    def sized(self, size: int) -> None:
        """Hold the size of a string or bytes value against the limit, before it is made."""
        if size > self.limits.value_size:
            raise error("value-size", found=size, limit=self.limits.value_size)

    def grown(self, entries: int) -> None:
        """Hold the entries of a list or map against the limit, before it grows."""
        if entries > self.limits.value_entries:
            raise error("value-entries", found=entries, limit=self.limits.value_entries)

    def predicted(self, size: int, results: tuple[Type, ...]) -> None:
        """Hold the predicted size of an intrinsic's results against the limits."""
        for t in results:
            kind = t.of.kind if t.kind == "option" else t.kind
            if kind in ("string", "bytes"):
                self.sized(size)
            elif kind in ("list", "map", "any", "var"):
                self.grown(size)

    def held(self, value: Any) -> None:
        """Hold a value that an intrinsic returned against the limits."""
        (self.sized if type(value) in (str, bytes) else self.grown)(len(value))

    def nest(self, value: Any) -> None:
        """Charge for storing a value inside a container, and hold its depth against the limit."""
        if type(value) in (list, dict):
            self.charge(arith.weight(value, self.fuel, self.depth - 1))

    def place(self) -> Place:
        """Where the machine is."""
        module = self.code.linked.verified.module
        source = module.debug.source if module.debug is not None else ""
        line = module.line(self.code.index, self.pc)
        return Place(file=source or None, line=line, function=self.code.function.name, instruction=self.pc)

    def _latch(self, e: BaseException) -> BaseException:
        """Remember what ended the run; give it as an error of this library, with its place."""
        if isinstance(e, Mismatch):
            name = BY_CODE[self.code.function.code[self.pc].opcode].name
            e = error("cast" if name == "as" else "bad-element", expected=e.expected, found=e.found)
        elif isinstance(e, MemoryError):
            e = error("host-memory")
        elif isinstance(e, RecursionError):
            e = error("host-recursion")
        elif not isinstance(e, VcvmError | KeyboardInterrupt | GeneratorExit):
            wrapped = error("internal", reason=f"{type(e).__name__}: {e}")
            wrapped.__cause__ = e
            e = wrapped
        if isinstance(e, VcvmError) and not isinstance(e, InternalError) or isinstance(e, InternalError):
            e.placed(self.place())
        self.error = e
        return e


def result(results: tuple[Any, ...]) -> Any:
    """Results as Python gives them: None for none, the value for one, a tuple for several."""
    if len(results) == 1:
        return results[0]
    return results or None


_LARGE = {str: "value_size", bytes: "value_size", list: "value_entries", dict: "value_entries"}


def admitted(code: Code, arguments: Sequence[Any], limits: Limits) -> list[Any]:
    """The arguments of a call from outside, checked and converted. Raises ApiError."""
    signature = code.function.signature
    name = code.function.name
    if len(arguments) != len(signature.params):
        facts = {"expected": len(signature.params), "found": len(arguments), "signature": signature}
        raise error("wrong-arguments", function=name, **facts)
    values = []
    for position, (t, value) in enumerate(zip(signature.types, arguments, strict=True), 1):
        where = f"argument {position} of {name}"
        try:
            value = check(t)(value)
        except Mismatch as e:
            kind = e.kind or "wrong-type"
            raise error(kind, where=where, expected=e.expected, found=e.found, name="") from None
        large = _LARGE.get(type(value))
        if large is not None and len(value) > getattr(limits, large):
            raise error("value-too-large", where=where, found=len(value), limit=getattr(limits, large), name=large)
        values.append(value)
    return values
