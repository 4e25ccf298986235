"""What an observer is, and what it is told: records of runs and calls, immutable, without a program's own values.

Takes nothing; gives the class `Observer`, whose methods an observer overrides, and the records that they get. Any object
with one of these methods can observe; it need not be of the class. A method's result is ignored. An observer that raises is
told nothing more.
"""

from __future__ import annotations

from typing import NamedTuple

from vcvm_core.files import write_file as write_file  # what an observer keeps, it may write as vcvm writes files


class RunRecord(NamedTuple):
    """A call of a program by its host. number: from 1. program: its file's name, empty if unknown. function: its name."""

    number: int
    program: str
    function: str


class CallRecord(NamedTuple):
    """A call of an intrinsic by a program.

    number: from 1, over all runs. run: the number of the run, 0 if unknown. uuid: as text. fuel: what the call costs.
    arguments: each as JSON text, cut; None unless the observer asks for values.
    """

    number: int
    run: int
    uuid: str
    name: str
    pack: str
    version: str
    fuel: int
    arguments: tuple[str, ...] | None


class EndRecord(NamedTuple):
    """How a call ended that gave a result. kind: what the result is ("string", "list", "2 results" ...). value: JSON text,
    cut; None unless the observer asks for values."""

    nanoseconds: int
    kind: str
    value: str | None


class ErrorRecord(NamedTuple):
    """How a call ended that gave none. code: of the error that the program ends with, empty for an interrupt. error: the
    class of what was raised. reason: its text, cut."""

    nanoseconds: int
    code: str
    error: str
    reason: str


class Observer:
    """Is told of runs and calls, and does nothing.

    values: how many characters of the JSON text of each argument and result it wants; 0 for none. It is read once.
    """

    values: int = 0

    def program_start(self, run: RunRecord) -> None:
        """A function of a program is about to be called by its host."""

    def start(self, call: CallRecord) -> None:
        """An intrinsic is about to be called."""

    def end(self, call: CallRecord, outcome: EndRecord) -> None:
        """It gave a result."""

    def error(self, call: CallRecord, outcome: ErrorRecord) -> None:
        """It raised, or gave what its signature does not allow."""

    def program_end(self, run: RunRecord, code: str) -> None:
        """The function has ended. code: of the error that it ended with, empty if it gave a result."""

    def close(self) -> None:
        """There is nothing more to observe. Called by ``vcvm run``; applications call it themselves."""
