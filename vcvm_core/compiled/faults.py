"""What ended a compiled run: from a Python exception and its traceback to the error of this library, with its place.

Takes an exception, the marks of the lines of generated code, and the run's meter; gives the error that the interpreter would
raise, and leaves on the meter what it would leave. A line of generated code does one instruction, so the traceback says
which one ended the run, and the local variables of its frame say what was owed.
"""

from __future__ import annotations

from types import CodeType, FrameType, TracebackType
from typing import Any, NamedTuple

from vcvm_core.compiled.metering import Cost
from vcvm_core.compiled.rules import Mark
from vcvm_core.errors import Place, VcvmError, error, foreign, passes
from vcvm_core.isa import BY_CODE
from vcvm_core.limits import Limits
from vcvm_core.link import owner
from vcvm_core.runtime import Code, Meter, admitted, fault, raised
from vcvm_core.values import Mismatch


class Source(NamedTuple):
    """A piece of generated code. marks: by line, the first line is 1. entry: whether a host calls it."""

    code: Code
    entry: bool
    text: str
    marks: tuple[Mark | None, ...]


def ended(
    e: BaseException, meter: Meter | None, sources: dict[CodeType, Source], passing: frozenset[CodeType], limits: Limits
) -> BaseException:
    """What to raise for what ended a run. Its entry's frame is the traceback's first.

    passing: code that stands between functions of the program while they are being translated.
    """
    frame, line = _innermost(e.__traceback__, sources, passing)
    source = sources[frame.f_code]
    mark = source.marks[line - 1]
    if mark is None:
        mark = Mark(0)
    theirs = not isinstance(e, VcvmError | Mismatch | MemoryError | RecursionError) and foreign(e)
    if mark.role == "left" and (isinstance(e, VcvmError) or theirs):
        # The interpreter took over, and said what ended the run.
        return e
    if mark.role == "entry" and not isinstance(e, MemoryError | RecursionError) and not theirs:
        return _argument(e, source.code, frame, limits)
    if meter is not None and not mark.settled:
        _settle(meter, mark, frame.f_locals)
    name = BY_CODE[source.code.function.code[mark.pc].opcode].name
    if mark.role == "host":
        binding = source.code.linked.bindings[mark.extern]
        if passes(e, owner(binding.offer, binding.function)):
            return e
        found: BaseException = raised(binding, e)
    elif isinstance(e, KeyError) and name in ("getm", "field"):
        found = error("missing-key", key=e.args[0])
    else:
        found = fault(e, name)
    if isinstance(found, VcvmError):
        found.placed(place(source.code, mark.pc))
    if found is not e and found.__cause__ is None:
        # What a host's function raised is the cause; how this library tells itself of a trap is none.
        found.__cause__ = e if mark.role == "host" else None
    return found


def place(code: Code, pc: int) -> Place:
    """The place of an instruction."""
    module = code.linked.verified.module
    source = module.debug.source if module.debug is not None else ""
    return Place(file=source or None, line=module.line(code.index, pc), function=code.function.name, instruction=pc)


def _innermost(
    traceback: TracebackType | None, sources: dict[CodeType, Source], passing: frozenset[CodeType]
) -> tuple[FrameType, int]:
    """The last frame of the run's own code, and its line: below it are only functions that it called."""
    found = None
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if code in sources:
            if found is not None and sources[code].entry:
                # Another run: it has said for itself what ended it.
                break
            found = traceback
        elif code not in passing:
            break
        traceback = traceback.tb_next
    if found is None:
        raise error("internal", reason="an error without a traceback")
    return found.tb_frame, found.tb_lineno


def _argument(e: BaseException, code: Code, frame: FrameType, limits: Limits) -> BaseException:
    """The error for arguments that do not fit: the boundary's own."""
    if isinstance(e, VcvmError):
        return e
    try:
        admitted(code, [frame.f_locals[f"x{i}"] for i in range(code.params)], limits)
    except VcvmError as found:
        return found
    return error("internal", reason=f"{type(e).__name__}: {e}")


def _settle(meter: Meter, mark: Mark, variables: dict[str, Any]) -> None:
    """Leave on the meter what is left at a mark."""
    owed = mark.owed
    if mark.turns is not None:
        local, first, cost = mark.turns
        if first in variables:
            turns = variables[local] - variables[first]
            owed = owed.plus(Cost(cost.fuel * turns, cost.calls * turns))
    if "fuel" in variables:
        meter.fuel = variables["fuel"] - owed.fuel
    if "calls" in variables:
        meter.calls = variables["calls"] - owed.calls
