"""What a row of the corpus is. Takes nothing; gives the record that the tables are made of."""

from __future__ import annotations

from typing import NamedTuple

from vcvm_core.errors import ERRORS


class Row(NamedTuple):
    """One hostile input.

    id: the row of the threat model's table that it belongs to, and a word of its own. kind: of the error expected, ""
    if the program is accepted. note: what is wrong with it, in a sentence; also where the expectation differs from the
    table's. alone: whether it runs in a process of its own as well, since it may crash or hang one.
    """

    id: str
    kind: str
    data: bytes
    note: str
    alone: bool = False

    def expectation(self, stage: str) -> dict[str, str]:
        """The JSON file beside the input. stage: which step refuses it."""
        if not self.kind:
            return {"stage": stage, "class": "", "kind": "", "code": "", "note": self.note}
        found = ERRORS[self.kind]
        return {
            "stage": stage,
            "class": found.family.__name__,
            "kind": self.kind,
            "code": found.code,
            "note": self.note,
        }
