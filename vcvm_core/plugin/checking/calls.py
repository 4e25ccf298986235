"""One call of an intrinsic's function, and what can be said of it alone: what it gave, and whether it kept to its row.

Takes a row of a manifest, its function and arguments; gives a `Called`. Whatever the function raises is a result. The
arguments are copied before the call, so that those that were given stay as they are. Shared by the process that checks a
pack (`child`) and by the tests of a pack's author (`vcvm_core.testing`): both say the same of the same call.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from inspect import iscoroutine
from threading import current_thread, main_thread
from typing import Any, NamedTuple

from vcvm_core.plugin.checking.exact import Unfit, call, copied, outcome, results, same
from vcvm_core.plugin.manifest import Row
from vcvm_core.plugin.vectors import Vector
from vcvm_core.values import LARGE, reserved


class Slow(BaseException):
    """A call took too long; no pack should catch it, so it is no Exception."""


class Outcome(NamedTuple):
    """How a call ended: what it gave, or the name and text of what it raised."""

    result: Any
    raises: str | None
    message: str

    def text(self) -> str:
        """It as a short text."""
        return outcome(self.result, self.raises, self.message)


class Called(NamedTuple):
    """What one call did.

    outcome: how it ended; None if what it gave is not of the declared type, and `unfit` says what it is. changed: the
    positions of arguments that it changed, from 1. larger: found and declared size of a result that is too large.
    """

    outcome: Outcome | None
    unfit: str = ""
    changed: tuple[int, ...] = ()
    larger: tuple[int, int] | None = None


def called(row: Row, function: Callable[..., Any], args: Sequence[Any]) -> Called:
    """Calls the function with copies of these arguments. Raises `Slow` only, if the caller has set a time for it."""
    given = [copied(a) for a in args]
    raised: BaseException | None = None
    value: Any = None
    try:
        value = function(*given)
    except Slow:
        raise
    except BaseException as e:  # noqa: BLE001 - the code of a pack
        raised = e
    changed = tuple(i for i, (a, b) in enumerate(zip(given, args, strict=True), 1) if not same(a, b))
    if raised is not None:
        return Called(Outcome(None, *raised_as(raised)), changed=changed)
    if iscoroutine(value):
        value.close()
    try:
        values = results(value, row.signature)
    except Unfit as e:
        return Called(None, e.found, changed)
    ended = Outcome(values if len(values) != 1 else values[0], None, "")
    return Called(ended, "", changed, _larger(row, args, values))


def _larger(row: Row, args: Sequence[Any], values: Sequence[Any]) -> tuple[int, int] | None:
    formula = row.size_formula()
    if formula is None:
        return None
    limited = [v for v, t in zip(values, row.signature.results, strict=True) if reserved(t, 0)]
    longest = max((len(v) for v in limited if type(v) in LARGE), default=0)
    most = formula(*args)
    return (longest, most) if longest > most else None


def call_text(row: Row, args: Sequence[Any]) -> str:
    """A call as a short text."""
    return call(row.name, args)


def keeps_example(found: Outcome, vector: Vector, row: Row) -> bool:
    """Whether a call ended as the example says."""
    if vector.raises is not None or found.raises is not None:
        return (found.raises, found.message) == (vector.raises, vector.message)
    values = results(vector.result, row.signature)
    return same(found.result, values if len(values) != 1 else values[0])


def ended_alike(a: Outcome, b: Outcome) -> bool:
    """Whether two calls ended alike, to the last bit."""
    return (a.raises, a.message) == (b.raises, b.message) and same(a.result, b.result)


def raised_as(e: BaseException) -> tuple[str, str]:
    """The name and the text of an exception, as a traceback shows them."""
    kind = type(e)
    name = (
        kind.__qualname__ if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}.{kind.__qualname__}"
    )
    try:
        text = str(e)
    except BaseException:  # noqa: BLE001 - the code of a pack
        return name, "<it cannot be printed>"
    return name, text.strip() if type(text) is str else ""


def interrupted(seconds: float, function: Callable[..., Any], *args: Any) -> Any:
    """What the function gives. Raises Slow after some seconds, where the platform and the thread can interrupt a call."""
    if not hasattr(signal, "setitimer") or current_thread() is not main_thread():
        return function(*args)
    before = signal.signal(signal.SIGALRM, _stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        return function(*args)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _stop(_number: int, _frame: object) -> None:
    raise Slow
