"""Recording: a host table whose functions are called as ever, and what they give is kept.

Takes a `HostTable`; gives one that remembers the calls which another run could not repeat by itself: every call of what has
an effect or is not deterministic, and one call for each choice of arguments of what is pure and not in the standard pack.
`tape` gives them. What an intrinsic gives and raises passes through unchanged; what cannot be kept is noted as lost, and the
run goes on. Calls that an intrinsic makes itself, of programs of this table, are part of its own result and not kept.
"""

from __future__ import annotations

import threading
from typing import Any, Final

from vcvm_core.errors import class_name, clean, passes
from vcvm_core.hosting.coding import Encoder, Unkept, digest
from vcvm_core.hosting.shown import text_of
from vcvm_core.hosting.table import Function, Layer
from vcvm_core.hosting.tape import LINE_BYTES, LINES, TAPE_BYTES, TEXT, Tape, TapeCall, TapeRow, call_of, row_of
from vcvm_core.link import HostTable, Offer, owner

STANDARD: Final = "vcvm"
"""The pack that is there on every host."""


def repeatable(offer: Offer) -> bool:
    """Whether any vcvm gives the same for a call of this intrinsic, so that no tape needs it."""
    return offer.pack == STANDARD and not offer.effects and offer.deterministic


class Recorder(Layer):
    """A host table that keeps what its functions give: ``VM(hosts=Recorder(installed()))``. Safe in several threads.

    complete: whether every call was kept; a tape has room for `LINES` calls and `TAPE_BYTES` bytes.
    """

    def __init__(self, hosts: HostTable) -> None:
        super().__init__(hosts)
        self.complete = True
        self._rows: list[TapeRow] = []
        self._calls: list[TapeCall] = []
        self._pure: set[tuple[int, bytes]] = set()
        self._size = 0
        self._here = threading.local()
        self._writing = threading.Lock()

    def tape(self, program: bytes = b"") -> Tape:
        """What was recorded until now. program: its digest, for whoever replays the tape."""
        with self._writing:
            return Tape(program, tuple(self._rows), tuple(self._calls), self.complete)

    def wrapped(self, offer: Offer, function: Function) -> Function:
        if repeatable(offer):
            return function
        # The table's own lock is held, so rows are added one at a time.
        number = len(self._rows)
        self._rows.append(row_of(offer))
        pure = self._rows[number].pure

        def recorded(*arguments: Any) -> Any:
            if getattr(self._here, "inside", False):
                return function(*arguments)
            self._here.inside = True
            # What the arguments are is asked before the call: a careless function may change them.
            key = _key(arguments)
            try:
                returned = function(*arguments)
            except BaseException as e:
                if not passes(e, owner(offer, function)):
                    self._keep(number, pure, key, "raises", _raised(e))
                raise
            else:
                self._returned(number, pure, key, arguments, returned)
            finally:
                self._here.inside = False
            return returned

        return recorded

    def _returned(self, number: int, pure: bool, key: bytes, arguments: tuple[Any, ...], returned: Any) -> None:
        if pure and (number, key) in self._pure:
            return
        try:
            data = Encoder(arguments).encode(returned)
        except (Unkept, RecursionError, MemoryError) as e:
            reason = str(e) if isinstance(e, Unkept) else "its result is nested too deep"
            self._keep(number, pure, key, "lost", reason)
        else:
            self._keep(number, pure, key, "gives", data)

    def _keep(self, number: int, pure: bool, key: bytes, outcome: str, data: Any) -> None:
        if not key:
            # Nothing could find it again.
            self.complete = False
            return
        try:
            call = call_of(number, key, outcome, data)
            reason = "its result is too large" if len(call.text) > LINE_BYTES else ""
        except (RecursionError, MemoryError):
            reason = "its result is nested too deep"
        if reason:
            call = call_of(number, key, "lost", reason)
        with self._writing:
            if pure and (number, key) in self._pure:
                return
            if len(self._calls) + len(self._rows) >= LINES or self._size + len(call.text) > TAPE_BYTES - ROOM:
                self.complete = False
                return
            self._calls.append(call)
            self._size += len(call.text)
            if pure:
                self._pure.add((number, key))


ROOM: Final = 16 << 20
"""Bytes of a tape that are left for the rows of intrinsics."""


def _key(arguments: tuple[Any, ...]) -> bytes:
    """The digest of arguments; empty if they are too large."""
    try:
        return digest(arguments)
    except (Unkept, MemoryError):
        return b""


def _raised(e: BaseException) -> list[str]:
    """The class and the text of what was raised, as far as an error shows them."""
    return [clean(class_name(e), 100), text_of(e)[: TEXT + 1]]
