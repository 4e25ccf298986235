"""What the user asks for: ``[FILE][,values=N]``.

Takes the text behind the pack's name; gives `Wanted`. The end of the file's name says what goes into it: ``.txt`` the
log and the summary, as text; ``.jsonl`` the same as one JSON object a line; ``.json`` the summary alone. Without a file
the summary goes to standard error. Refuses everything else with a ValueError.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

FORMS: Final = (".txt", ".jsonl", ".json")
MOST: Final = 10_000
"""The most characters of a value that vcvm hands out."""


class Wanted(NamedTuple):
    """path: the file, None for standard error. values: how many characters of each value the log shows."""

    path: Path | None
    values: int


def read(argument: str) -> Wanted:
    """What the words ask for. Raises ValueError."""
    head, comma, tail = argument.rpartition(",")
    if not comma and argument.startswith("values="):
        head, tail = "", argument
    elif not tail.startswith("values="):
        head, tail = argument, ""
    number = tail.removeprefix("values=")
    if tail and not (number.isascii() and number.isdigit() and len(number) < 6 and int(number) <= MOST):
        raise ValueError(f"values={number} is no number of characters from 0 to {MOST}")
    path = Path(head) if head else None
    if path is not None and path.suffix.lower() not in FORMS:
        raise ValueError(f"the name {head} ends in none of {', '.join(FORMS)}")
    if path is not None and not path.parent.is_dir():
        raise ValueError(f"there is no folder {path.parent}")
    return Wanted(path, int(number) if tail else 0)
