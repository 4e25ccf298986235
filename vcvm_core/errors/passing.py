"""Which exceptions are the application's: they pass through vcvm as they are.

While a program runs, Python can raise what has nothing to do with it: Ctrl-C, a signal handler's `SystemExit`, a job limit,
the cancellation of a task. A worker that took these for the program's would go on after SIGTERM. So there is one rule, for
all places where vcvm calls code of others (intrinsics, imports of packs, observers) and for its own code:

    not an Exception                       passes, except a pack's own sys.exit: the innermost frame is the pack's
    raised by a signal handler             passes, whatever its class
    any other Exception of called code     is that code's failure
    an Exception in vcvm's own code        passes if vcvm cannot have raised it: see `foreign`
"""

from __future__ import annotations

import sys
from functools import partial
from types import CodeType, FrameType, FunctionType, MethodType, TracebackType
from typing import Any, Final

_OWN: Final = "vcvm_core"
_GENERATED: Final = ("<vcvm ", "<opcode ")
"""How the file names of generated code begin."""


def owner_of(function: Any) -> str:
    """The top-level package of the code that a callable runs, empty if it does not say."""
    while isinstance(function, partial):
        function = function.func
    module = getattr(function, "__module__", None)
    return module.partition(".")[0] if type(module) is str else ""


def passes(e: BaseException, *owners: str) -> bool:
    """Whether what called code has raised is the application's, and passes as it is.

    owners: the top-level packages of that code, those that are known. A `sys.exit` of their own is their failure.
    """
    if isinstance(e, Exception):
        return _signalled(e.__traceback__)
    if not isinstance(e, SystemExit) or _signalled(e.__traceback__):
        return True
    frames = _frames(e.__traceback__)
    return not frames or _package(frames[-1]) not in owners


def foreign(e: BaseException) -> bool:
    """Whether an exception in vcvm's own code cannot be vcvm's: it passes.

    vcvm's machine raises its own errors and what Python raises for a fault in it, such as a TypeError. Classes that others
    define, errors of the operating system, and what was raised in a file of others come from outside.
    """
    if passes(e) or isinstance(e, OSError) or type(e).__module__ != "builtins":
        return True
    frames = _frames(e.__traceback__)
    return bool(frames) and not _own(frames[-1])


def _frames(traceback: TracebackType | None) -> list[FrameType]:
    """The frames of a traceback; the last one raised."""
    found = []
    while traceback is not None:
        found.append(traceback.tb_frame)
        traceback = traceback.tb_next
    return found


def _package(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]


def _own(frame: FrameType) -> bool:
    """Whether a frame runs code of vcvm, generated code included."""
    return _package(frame) == _OWN or frame.f_code.co_filename.startswith(_GENERATED)


def _signalled(traceback: TracebackType | None) -> bool:
    """Whether a frame of a traceback runs a signal handler that is installed."""
    codes = [frame.f_code for frame in _frames(traceback) if not _own(frame)]
    # The module in C: `signal` itself makes an enumeration of every answer.
    signal = sys.modules.get("_signal")
    if not codes or signal is None:
        return False
    found = map(signal.getsignal, range(1, signal.NSIG))
    return any(_code(handler) in codes for handler in found if callable(handler))


def _code(handler: Any) -> CodeType | None:
    """What a handler runs: of a function, a method, a partial or an object that is called."""
    while isinstance(handler, partial):
        handler = handler.func
    if not isinstance(handler, FunctionType | MethodType):
        # An object that can be called: its class says how.
        handler = vars(type(handler)).get("__call__")
    code = getattr(handler, "__code__", None)
    return code if isinstance(code, CodeType) else None
