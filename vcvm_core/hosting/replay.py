"""Replaying: a host table that answers from a tape, and calls nothing but the pure functions of the standard pack.

Takes a `Tape`; gives a table which offers what the tape has, with the recorded results and errors in the order of the
recording. Nothing real happens, so nothing needs to be allowed. The first call that the tape does not know ends the run with
the error not-on-tape, at its place in the program. Refuses a tape that claims a pure function of the standard pack.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import partial
from typing import Any, Final, NoReturn
from uuid import UUID

from vcvm_core.errors import VcvmError, clean, error
from vcvm_core.hosting.coding import Malformed, Unkept, decode, digest, named
from vcvm_core.hosting.record import STANDARD, repeatable
from vcvm_core.hosting.shown import arguments_shown
from vcvm_core.hosting.table import Function, Layer
from vcvm_core.hosting.tape import Tape, TapeCall, TapeRow
from vcvm_core.link import HostTable, Offer, PackState

SHOWN: Final = 120
"""How many characters of the arguments of an unknown call are shown."""


class Replay(Layer):
    """A host table that answers from a tape: ``VM(hosts=Replay(decode_tape(data)))``. Safe in several threads.

    hosts: what offers the standard pack, the installed one if None; nothing else of it is used. Raises PackError
    (reserved-uuid). left: how many calls of the tape were not asked for.
    """

    def __init__(self, tape: Tape, hosts: HostTable | None = None) -> None:
        super().__init__(_standard() if hosts is None else hosts)
        self.tape = tape
        for row in tape.rows:
            for offer in self.hosts.offers(row.uuid):
                if repeatable(offer):
                    facts = {"pack": "the tape", "uuid": str(UUID(bytes=row.uuid)), "name": offer.name}
                    raise error("reserved-uuid", **facts)
        self.own = {row.uuid: (self._offered(number, row),) for number, row in enumerate(tape.rows)}
        self._calls: dict[tuple[int, bytes], list[TapeCall]] = {}
        for call in tape.calls:
            self._calls.setdefault((call.row, call.key), []).append(call)
        self._turn = threading.Lock()
        self.rewind()

    def rewind(self) -> None:
        """Answer from the beginning again."""
        with self._turn:
            self._asked: dict[tuple[int, bytes], int] = {}

    @property
    def left(self) -> int:
        """How many calls of the tape were not asked for."""
        return sum(max(0, len(calls) - self._asked.get(key, 0)) for key, calls in self._calls.items())

    def offers(self, uuid: bytes) -> Sequence[Offer]:
        """The offer of the tape, or that of the standard pack."""
        own = self.own.get(uuid)
        if own is not None:
            return own
        return tuple(self.around(offer) for offer in self.hosts.offers(uuid) if offer.pack == STANDARD)

    def around(self, offer: Offer) -> Offer:
        if repeatable(offer):
            return offer
        return offer._replace(effects=(), load=lambda: partial(self._unknown, offer, "the tape has no calls of it"))

    def pack(self, name: str) -> PackState | None:
        """The state of a pack: as the tape remembers it."""
        found = next((row for row in self.tape.rows if row.pack == name), None)
        return self.hosts.pack(name) if found is None or name == STANDARD else PackState(name, found.version, None)

    def _offered(self, number: int, row: TapeRow) -> Offer:
        facts = (row.uuid, row.name, row.signature, row.cost, row.size, (), row.deterministic, None, None)
        offer = Offer(*facts, row.pack, row.version, lambda: function)
        function = self._function(number, row, offer)
        return offer

    def _function(self, number: int, row: TapeRow, offer: Offer) -> Function:
        def replayed(*arguments: Any) -> Any:
            try:
                key = (number, digest(arguments))
            except Unkept as e:
                self._unknown(offer, str(e), *arguments)
            calls = self._calls.get(key, [])
            with self._turn:
                turn = self._asked.get(key, 0)
                if turn < len(calls):
                    self._asked[key] = turn + 1
            if not calls:
                self._unknown(offer, f"the tape has no such call{self._cut}", *arguments)
            if turn >= len(calls) and not row.pure:
                reason = f"the tape has {len(calls)} such call{'s' if len(calls) > 1 else ''}{self._cut}"
                self._unknown(offer, reason, *arguments)
            return self._answer(offer, calls[min(turn, len(calls) - 1)], arguments)

        return replayed

    @property
    def _cut(self) -> str:
        return "" if self.tape.complete else ", and was full before the end of the run"

    def _answer(self, offer: Offer, call: TapeCall, arguments: tuple[Any, ...]) -> Any:
        data = call.data()
        if call.outcome == "lost":
            self._unknown(offer, f"the tape could not keep it: {data}", *arguments)
        if call.outcome == "raises":
            raise named(data[0], Exception)(data[1])
        try:
            return decode(data, arguments)
        except Malformed as e:
            self._unknown(offer, f"the tape does not fit: {e}", *arguments)

    def _unknown(self, offer: Offer, reason: str, *arguments: Any) -> NoReturn:
        facts = {"name": clean(offer.name), "uuid": str(UUID(bytes=offer.uuid)), "reason": reason}
        raise unknown(arguments=arguments_shown(arguments, SHOWN), **facts)


def unknown(**facts: Any) -> VcvmError:
    """The error for a call that a tape does not know."""
    return error("not-on-tape", **facts)


def _standard() -> HostTable:
    """The installed packs, of which the standard one is used; no other is imported."""
    from vcvm_core.plugin import installed

    return installed()
