"""How every number is read: what is looked at, and what is never valid.

Takes a text and a validator of python-stdnum; gives the number in its compact form, or nothing. People write numbers
with spaces and hyphens between their groups, and in small letters; that is accepted. Refuses, without looking further,
a text of more than `LONGEST` characters, or with a character that is not ASCII or cannot be printed: so every call
takes a bounded time, and no number has two spellings that only look alike.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from stdnum.exceptions import ValidationError

LONGEST: Final = 100
"""Characters of the longest text that is looked at, separators included."""


def checked(validate: Callable[[str], str], text: str) -> str | None:
    """The number in its compact form, None if it is not valid."""
    if len(text) > LONGEST or not (text.isascii() and text.isprintable()):
        return None
    try:
        return validate(text)
    except ValidationError:
        return None


def digits(text: str, *lengths: int) -> str | None:
    """The digits of a number of one of these lengths, without spaces and hyphens; None if it has anything else."""
    if len(text) > LONGEST:
        return None
    found = text.replace(" ", "").replace("-", "")
    return found if found.isascii() and found.isdigit() and len(found) in lengths else None
