"""Observers: who is told of every call, and can change none.

Takes a `HostTable` and observers (see `vcvm_core.plugin.Observer`); gives a table whose functions tell them. They get
records of text and numbers and never a value of the program. Where one of their methods raises, a note says so and that
observer is told nothing more: the program's result, its fuel and the order of its calls are the same. Only what is the
application's passes through: Ctrl-C, and what a signal handler raises (see errors/passing.py).

What an observer calls of a program itself, in the same thread, is not observed. Its time is not part of a call's, but
counts for a deadline.

Refuses what has none of the methods. Does not contain an observer: it is Python code with all rights of the process.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from functools import partial
from itertools import count
from time import perf_counter_ns
from types import CoroutineType
from typing import Any, Final
from uuid import UUID

from vcvm_core.errors import Diagnostic, VcvmError, class_name, clean, error, owner_of, passes
from vcvm_core.hosting.shown import shown, text_of
from vcvm_core.hosting.table import Function, Layer
from vcvm_core.limits import HIGHEST
from vcvm_core.link import HostTable, Offer, owner
from vcvm_core.plugin import CallRecord, EndRecord, ErrorRecord, RunRecord
from vcvm_core.values import LARGE, Check, Mismatch, check, describe, reserved

METHODS: Final = ("program_start", "start", "end", "error", "program_end", "close")
VALUES: Final = 10_000
"""The most characters of a value that an observer gets."""
NOTES: Final = 100


class _Observer:
    """An observer as it was when it was named: its methods, its name, how many characters of values it wants."""

    def __init__(self, observer: Any) -> None:
        self.name = clean(class_name(observer))
        self.owner = owner_of(type(observer))
        try:
            self.methods = {m: f for m in METHODS if (f := getattr(observer, m, None)) is not None}
            values = getattr(observer, "values", 0)
        except BaseException as e:
            if passes(e, self.owner):
                raise
            raise error("bad-observer", found=self.name, reason=f"it raised {class_name(e)} when asked for it") from e
        reason = ""
        if isinstance(observer, type):
            reason = "it is a class: make an object of it"
        elif not self.methods.keys() - {"close"}:
            reason = "it has no method start, end, error, program_start or program_end"
        elif not all(map(callable, self.methods.values())):
            reason = "one of its methods cannot be called"
        elif type(values) is not int or not 0 <= values <= VALUES:
            reason = f"its values is no number of characters from 0 to {VALUES}"
        if reason:
            raise error("bad-observer", found=self.name, reason=reason)
        self.values: int = values


class _Intrinsic:
    """What is told of an intrinsic, made once."""

    def __init__(self, offer: Offer) -> None:
        self.uuid = str(UUID(bytes=offer.uuid))
        self.name, self.pack, self.version, self.cost = offer.name, offer.pack, offer.version, offer.cost
        self.owner = partial(owner, offer)
        self.size = offer.size
        self.checks: tuple[Check, ...] | None = None
        if offer.signature is not None:
            self.checks = tuple(check(t) for t in offer.signature.results)
            self.limited = tuple(reserved(t, 0) > 0 for t in offer.signature.results)

    def declared(self, arguments: tuple[Any, ...]) -> int:
        """The most that a result can have, as declared for these arguments."""
        return HIGHEST if self.size is None else self.size(*arguments)

    def wrong(self, returned: Any, most: int) -> tuple[str, str]:
        """The code of what disagrees between a result and what is declared, and a sentence; empty if nothing."""
        if self.checks is None:
            return "", ""
        results = (returned,) if len(self.checks) == 1 else () if returned is None else returned
        if type(results) is not tuple or len(results) != len(self.checks):
            return "VC602", f"expected {len(self.checks)} results, found {describe(returned)}"
        for admit, limited, value in zip(self.checks, self.limited, results, strict=True):
            try:
                admit(value)
            except Mismatch as e:
                return "VC602", str(e)
            if limited and type(value) in LARGE and len(value) > most:
                return "VC604", f"expected a size of at most {most}, found {len(value)}"
        return "", ""


class Watch(Layer):
    """A host table whose functions tell observers what is called. notes: why observers were dropped.

    observers: objects with some of the methods of `vcvm_core.plugin.Observer`. Raises ApiError (bad-observer).
    """

    def __init__(self, hosts: HostTable, observers: Iterable[Any]) -> None:
        super().__init__(hosts)
        self.live: tuple[_Observer, ...] = tuple(map(_Observer, observers))
        self.notes: list[Diagnostic] = []
        self._runs, self._calls = count(1), count(1)
        self._here = threading.local()

    def wrapped(self, offer: Offer, function: Function) -> Function:
        intrinsic = _Intrinsic(offer)

        def observed(*arguments: Any) -> Any:
            return self._called(intrinsic, function, arguments)

        return observed

    def run(self, program: str, function: str, call: Callable[[], Any]) -> Any:
        """Call a function of a program, and tell when it begins and ends. Gives and raises what it gives and raises."""
        if self._blind:
            return call()
        record = RunRecord(next(self._runs), program, function)
        before = getattr(self._here, "run", 0)
        self._here.run = record.number
        code = ""
        self._tell("program_start", record)
        try:
            result = call()
            ended = getattr(result, "error", None)
            code = ended.code if isinstance(ended, VcvmError) else ""
            return result
        except BaseException as e:
            code = e.code if isinstance(e, VcvmError) else ""
            raise
        finally:
            self._here.run = before
            self._tell("program_end", record, code)

    def close(self) -> None:
        """Tell every observer that there is nothing more to observe."""
        self._tell("close")

    @property
    def _blind(self) -> bool:
        """Whether nobody is to be told: there is no observer, or it is one that calls."""
        return not self.live or getattr(self._here, "telling", False)

    def _called(self, of: _Intrinsic, function: Function, arguments: tuple[Any, ...]) -> Any:
        if self._blind:
            return function(*arguments)
        records = self._records(of, arguments)
        for observer, record in records:
            self._say(observer, "start", record)
        most = of.declared(arguments)
        began = perf_counter_ns()
        try:
            returned = function(*arguments)
        except BaseException as e:
            took = perf_counter_ns() - began
            code = "" if passes(e, of.owner(function)) else "VC601"
            ended = ErrorRecord(took, code, clean(class_name(e)), clean(text_of(e), 200))
            for observer, record in records:
                self._say(observer, "error", record, ended)
            raise
        took = perf_counter_ns() - began
        code, wrong = of.wrong(returned, most)
        for observer, record in records:
            if wrong:
                self._say(observer, "error", record, ErrorRecord(took, code, "", clean(wrong, 200)))
            else:
                value = _shown(returned, observer.values) if observer.values else None
                self._say(observer, "end", record, EndRecord(took, _kind(returned), value))
        return returned

    def _records(self, of: _Intrinsic, arguments: tuple[Any, ...]) -> list[tuple[_Observer, CallRecord]]:
        """The record of a call for each observer, with as much of the arguments as it wants."""
        fuel = of.cost(*arguments)
        head = (next(self._calls), getattr(self._here, "run", 0), of.uuid, of.name, of.pack, of.version, fuel)
        found = []
        for observer in self.live:
            texts = tuple(_shown(a, observer.values) for a in arguments) if observer.values else None
            found.append((observer, CallRecord(*head, texts)))
        return found

    def _tell(self, method: str, *records: Any) -> None:
        for observer in self.live:
            self._say(observer, method, *records)

    def _say(self, observer: _Observer, method: str, *records: Any) -> None:
        told = observer.methods.get(method)
        if told is None or observer not in self.live:
            return
        self._here.telling = True
        try:
            answer = told(*records)
            if isinstance(answer, CoroutineType):
                answer.close()
                self._drop(observer, method, "nothing", "it is a coroutine function, which nobody awaits")
        except BaseException as e:
            if passes(e, observer.owner):
                raise
            # What an observer itself raises must not reach the program.
            self._drop(observer, method, class_name(e), text_of(e))
        finally:
            self._here.telling = False

    def _drop(self, observer: _Observer, method: str, raised: str, reason: str) -> None:
        with self._lock:
            self.live = tuple(o for o in self.live if o is not observer)
            if len(self.notes) < NOTES:
                facts = {"observer": observer.name, "method": method, "error": raised, "reason": clean(reason, 200)}
                self.notes.append(Diagnostic("observer-dropped", facts=facts))


def _kind(returned: Any) -> str:
    return f"{len(returned)} results" if type(returned) is tuple else describe(returned)


def _shown(value: Any, limit: int) -> str:
    try:
        return shown(value, limit)
    except RecursionError:
        return "..."
