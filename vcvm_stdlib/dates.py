"""Days of the calendar.

Takes and gives dates as text of the form YYYY-MM-DD in ASCII digits, from 0001-01-01 to 9999-12-31, in the Gregorian
calendar (also before it was adopted); such texts sort as the days do. Refuses any other text with ValueError, and days
beyond either end with OverflowError. There is no clock and no time zone here.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from vcvm_core.plugin import intrinsic

_ISO: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _day(text: str) -> date:
    # The grammar first: fromisoformat alone also reads 20240229 and 2024-W09-4, since Python 3.11.
    if _ISO.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise ValueError("not a date of the form YYYY-MM-DD")


@intrinsic("3fb8d911-8eed-4185-b567-e3e5490f71aa", cost=15, since="0.1.0")
def date_is_valid(text: str) -> bool:
    r"""True if text is a date of the form YYYY-MM-DD that exists.

    >>> date_is_valid("2024-02-29")
    True
    >>> date_is_valid("2023-02-29")
    False
    >>> date_is_valid("20240229")
    False
    >>> date_is_valid("2024-02-29\n")
    False
    >>> date_is_valid("0000-01-01")
    False
    >>> date_is_valid("\u0662024-01-01")
    False
    """
    try:
        _day(text)
    except ValueError:
        return False
    return True


@intrinsic("9d98ea5f-e5b0-4ce8-8a87-bbc7c46ec641", cost=30, since="0.1.0")
def date_days_between(start: str, end: str) -> int:
    """The number of days from start to end, negative if end is earlier.

    Raises ValueError if either is no date.

    >>> date_days_between("2024-02-28", "2024-03-01")
    2
    >>> date_days_between("2024-03-01", "2024-02-28")
    -2
    >>> date_days_between("0001-01-01", "9999-12-31")
    3652058
    >>> date_days_between("2024-02-30", "2024-03-01")
    Traceback (most recent call last):
    ValueError: not a date of the form YYYY-MM-DD
    """
    return (_day(end) - _day(start)).days


@intrinsic("bda50578-071f-4f5a-8a86-cebcf3e3acb5", cost=35, since="0.1.0")
def date_years_between(start: str, end: str) -> int:
    """The number of full years from start to end, as in an age; 0 or negative if end is earlier.

    A year is full on the same day of a later year; one that began on February 29 is full on March 1 where there is no
    such day. If end is earlier, it is minus the years from end to start. Raises ValueError if either is no date.

    >>> date_years_between("2000-06-15", "2018-06-15")
    18
    >>> date_years_between("2000-06-15", "2018-06-14")
    17
    >>> date_years_between("2000-02-29", "2001-02-28")
    0
    >>> date_years_between("2000-02-29", "2001-03-01")
    1
    >>> date_years_between("2018-06-15", "2000-06-16")
    -17
    """
    first, last = _day(start), _day(end)
    earlier, later = min(first, last), max(first, last)
    years = later.year - earlier.year - ((later.month, later.day) < (earlier.month, earlier.day))
    return years if first <= last else -years


@intrinsic("9a336943-c54d-4cc8-9634-46590404302c", cost=30, size=10, since="0.1.0")
def date_add_days(day: str, days: int) -> str:
    """The date that lies the given number of days after day, or before it if the number is negative.

    Raises ValueError if day is no date, OverflowError if there is no such day.

    >>> date_add_days("2024-02-28", 2)
    '2024-03-01'
    >>> date_add_days("2024-01-01", -1)
    '2023-12-31'
    >>> date_add_days("2024-01-01", 0)
    '2024-01-01'
    >>> date_add_days("9999-12-31", 1)
    Traceback (most recent call last):
    OverflowError: the day is outside the years 1 to 9999
    """
    start = _day(day)
    if not 1 <= start.toordinal() + days <= date.max.toordinal():
        raise OverflowError("the day is outside the years 1 to 9999")
    return (start + timedelta(days)).isoformat()


@intrinsic("9f942a1a-75b9-49a3-9302-b98ae7425212", cost=20, since="0.1.0")
def date_weekday(day: str) -> int:
    """The day of the week, from 1 for Monday to 7 for Sunday.

    Raises ValueError if day is no date.

    >>> date_weekday("2024-02-29")
    4
    >>> date_weekday("1970-01-04")
    7
    >>> date_weekday("0001-01-01")
    1
    """
    return _day(day).isoweekday()
