"""One thing that is wrong, as a record: its kind, its place, and the values that disagreed.

Takes a kind, a place and facts; gives a `Diagnostic`, whose sentence is made from the table once, and an exception that
carries one or more of them. Refuses to print text from outside as it came: whatever enters a sentence is cut and its
control characters escaped.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from vcvm_core.errors.families import VcvmError
from vcvm_core.errors.passing import owner_of, passes
from vcvm_core.errors.table import ERRORS, Row

SHOWN = 80
"""How many characters of a text from outside an error message shows."""


def clean(value: object, limit: int = SHOWN) -> str:
    """`value` as text that is safe to print: cut to `limit` characters, control and format characters escaped."""
    text = value if type(value) is str else _text(value)
    if len(text) > limit:
        text = text[:limit] + "..."
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def class_name(value: object) -> str:
    """The name of the class of a value, whatever the class of that class would answer."""
    name: str = _NAME(type(value))
    return name


_NAME = type.__dict__["__name__"].__get__


def _text(value: object) -> str:
    """`str(value)` where that cannot fail or take long: exceptions of packs come through here."""
    try:
        return str(value)
    except BaseException as e:
        # The code of a pack may raise anything here.
        if passes(e, owner_of(type(value))):
            raise
        return f"<{class_name(value)} that cannot be printed>"


class Place(NamedTuple):
    """Where an error is: whatever of these is known. Lines and columns count from 1, offsets and instructions from 0."""

    file: str | None = None
    line: int | None = None
    column: int | None = None
    offset: int | None = None
    function: str | None = None
    instruction: int | None = None
    text: str | None = None
    """The source line itself, for a caret."""
    width: int = 1
    """How many characters the caret underlines."""

    def filled(self, other: Place) -> Place:
        """This place with the unknown parts taken from `other`."""
        parts: list[Any] = [a if a is not None else b for a, b in zip(self, other, strict=True)]
        return Place(*parts)

    def __str__(self) -> str:
        parts = []
        if self.file is not None:
            parts.append(clean(self.file, 200))
        if self.line is not None:
            where = str(self.line) if self.column is None else f"{self.line}:{self.column}"
            parts.append(where if parts else f"line {where}")
        head = ":".join(parts)
        tail = []
        if self.offset is not None:
            tail.append(f"byte {self.offset}")
        if self.function is not None:
            tail.append(f"function {clean(self.function)}")
        if self.instruction is not None:
            tail.append(f"instruction {self.instruction}")
        return ", ".join([head, *tail] if head else tail)


NOWHERE = Place()


class Diagnostic(NamedTuple):
    """One thing that is wrong: kind, place, and the values that disagreed."""

    kind: str
    place: Place = NOWHERE
    facts: dict[str, Any] = {}  # shared, and never changed  # noqa: RUF012

    @property
    def row(self) -> Row:
        return ERRORS[self.kind]

    @property
    def code(self) -> str:
        return self.row.code

    @property
    def message(self) -> str:
        """The sentence, without code, place and help."""
        return self.row.sentence.format_map({k: clean(v, 200) for k, v in self.facts.items()})

    @property
    def help(self) -> str:
        """What to do next, in one line; empty where there is nothing to say."""
        return self.row.help.format_map({k: clean(v, 200) for k, v in self.facts.items()})

    def placed(self, place: Place) -> Diagnostic:
        return Diagnostic(self.kind, self.place.filled(place), self.facts)

    def error(self) -> VcvmError:
        """The exception for this diagnostic alone."""
        return self.row.family(self)

    def to_data(self) -> dict[str, Any]:
        """JSON-ready data: code, kind, message, help, place, facts."""
        place = {n: getattr(self.place, n) for n in ("file", "line", "column", "offset", "function", "instruction")}
        return {
            "code": self.code,
            "kind": self.kind,
            "message": self.message,
            "help": self.help,
            "place": {k: v for k, v in place.items() if v is not None},
            "facts": {k: v if isinstance(v, (int, str, bool, type(None))) else clean(v) for k, v in self.facts.items()},
        }

    def __str__(self) -> str:
        place = str(self.place)
        return f"[{self.code}] {place + ': ' if place else ''}{self.message}"


def error(kind: str, at: Place = NOWHERE, /, **facts: Any) -> VcvmError:
    """The exception for one `kind` of error at a place: ``raise error("truncated", Place(offset=9), needed=4)``."""
    return Diagnostic(kind, at, facts).error()


def refusal(diagnostics: Iterable[Diagnostic]) -> VcvmError:
    """One exception that carries them all; its class is that of the first."""
    found = tuple(diagnostics)
    return found[0].row.family(*found)
