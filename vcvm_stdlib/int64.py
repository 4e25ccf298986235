"""The range of an int: signed 64-bit.

Takes a result of any size; gives it back if a program can hold it; refuses it with OverflowError, never wraps it.
"""

from __future__ import annotations

from typing import Final

INT_MIN: Final = -(1 << 63)
INT_MAX: Final = (1 << 63) - 1


def out_of_range() -> OverflowError:
    """The error for a result that does not fit."""
    return OverflowError("the result is outside the signed 64-bit range")


def checked(value: int) -> int:
    """`value` itself. Raises OverflowError outside the signed 64-bit range."""
    if not INT_MIN <= value <= INT_MAX:
        raise out_of_range()
    return value
