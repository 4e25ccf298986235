"""What examples prove about a successor: the older intrinsic's, held against the newer one's, or run on its code.

Takes the rows of two intrinsics with the same types; gives a `Proof`. Examples are compared as data, by their bytes: one of
the older intrinsic is proved if the newer one has an example with the same arguments and the same outcome, differs if the
outcome is another, and says nothing if there is no such example. `replay_examples` runs them all, in the process that
``vcvm plugins check --import`` runs a pack in. Imports nothing itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from vcvm_core.plugin.checking.changes import _arguments, _outcome
from vcvm_core.plugin.checking.exact import call
from vcvm_core.plugin.checking.rules import GateReport
from vcvm_core.plugin.checking.subject import opened, sound
from vcvm_core.plugin.manifest import Row
from vcvm_core.plugin.names import uuid_text
from vcvm_core.plugin.packing import packed
from vcvm_core.plugin.vectors import digest, vector_to_data

REPLAYED: Final = "promise-broken"
"""The rule of `vcvm plugins check` that an older example breaks when it ends in another way."""


class Proof(NamedTuple):
    """examples: how many the older intrinsic has. proved: how many of them end alike. differing: those that do not, in
    words. ran: whether the code was run, which leaves none open. problem: why it could not be, in words."""

    examples: int
    proved: int
    differing: tuple[str, ...]
    ran: bool = False
    problem: str = ""

    def __str__(self) -> str:
        if self.problem:
            return f"its code could not be run: {self.problem}"
        if not self.examples:
            return "nothing proved: the older one has no examples"
        count = len(self.differing)
        differing = f"; {count} differ{'s' if count == 1 else ''}" if count else ""
        how = ", run on its code" if self.ran else ""
        return f"proved by {self.proved} of {self.examples} examples{how}{differing}"


def prove_successor(old: Row, new: Row) -> Proof:
    """What the examples of both say."""
    given = {_arguments(v): v for v in new.vectors}
    proved = 0
    differing = []
    for vector in old.vectors:
        other = given.get(_arguments(vector))
        if other is None:
            continue
        if packed(vector_to_data(other)) == packed(vector_to_data(vector)):
            proved += 1
        else:
            differing.append(
                f"{call(new.name, vector.args)} gives {_outcome(other)}; {old.name} gave {_outcome(vector)}"
            )
    return Proof(len(old.vectors), proved, tuple(differing))


def replay_examples(pack: str, pairs: Iterable[tuple[Row, Row]], seconds: float) -> Mapping[bytes, Proof]:
    """What running the examples of older intrinsics on the code of their successors shows, by the UUID of the older one.

    pack: the installed pack of the successors. pairs: older and newer rows. seconds: how long the process may take.
    Raises VcvmError for a pack that cannot be run.
    """
    # Here, not above: what only reads starts no process.
    from vcvm_core.plugin.checking.running import run_checks

    waiting = list(pairs)
    found: dict[bytes, Proof] = {}
    with opened(pack) as subject:
        manifest = sound(subject)
        # One row of the successor has the examples of one older intrinsic; several that lead to one take turns.
        while waiting:
            turn: dict[bytes, tuple[Row, Row]] = {}
            for pair in waiting:
                turn.setdefault(pair[1].uuid, pair)
            waiting = [pair for pair in waiting if turn[pair[1].uuid] is not pair]
            rows = [
                replace(new, vectors=old.vectors, vectors_digest=digest(vector_to_data(v) for v in old.vectors))
                for old, new in turn.values()
            ]
            before = replace(manifest, intrinsics=tuple(sorted(rows, key=lambda row: row.uuid)))
            report = GateReport((subject.to_data(),))
            run_checks(subject, manifest, subject, before, seconds, report)
            whole = [f for f in report.findings if not f.uuid and f.kind != "notice"]
            for old, new in turn.values():
                own = [f for f in report.findings if f.uuid == uuid_text(new.uuid) and f.kind != "notice"]
                differing = tuple(f.message for f in own if f.rule == REPLAYED)
                others = [f.message for f in (*whole, *own) if f.rule != REPLAYED]
                proved = 0 if others else len(old.vectors) - len(differing)
                found[old.uuid] = Proof(len(old.vectors), proved, differing, not others, "; ".join(others[:3]))
    return found
