"""Days of the calendar, as numbers: what rules with dates compute with.

A day is a whole number, counted from 1970-01-01, which is 0. So the days between two dates are a difference, a
deadline is a sum, and later is greater. Takes dates as text of the form YYYY-MM-DD in ASCII digits, from 0001-01-01 to
9999-12-31, in the Gregorian calendar (also before it was adopted). Refuses nothing: what is no date, or lies outside
these years, gives none.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from vcvm_core.plugin import intrinsic

_ISO: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
ZERO: Final = date(1970, 1, 1).toordinal()
"""The day before all days of the Gregorian calendar is this many days before 1970-01-01."""
FIRST: Final = date.min.toordinal() - ZERO
LAST: Final = date.max.toordinal() - ZERO


def date_of(day: int) -> date | None:
    """The date of a day, None outside the years 1 to 9999."""
    return date.fromordinal(day + ZERO) if FIRST <= day <= LAST else None


@intrinsic("41a9a586-1b2d-4b7a-ba42-f7f94f41d628", cost=20, since="1.0.0")
def day_from_date(text: str) -> int | None:
    r"""The day of a date of the form YYYY-MM-DD, counted from 1970-01-01; none if it is no date.

    >>> day_from_date("1970-01-01")
    0
    >>> day_from_date("2024-02-29")
    19782
    >>> day_from_date("0001-01-01")
    -719162
    >>> day_from_date("2023-02-29")
    >>> day_from_date("20240229")
    >>> day_from_date("2024-02-29\n")
    >>> day_from_date("")
    """
    # The grammar first: fromisoformat alone also reads 20240229 and 2024-W09-4.
    if not _ISO.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text).toordinal() - ZERO
    except ValueError:
        return None


@intrinsic("37578e74-04e4-4c0b-a35f-0dc367fcc058", cost=20, since="1.0.0")
def day_from_parts(year: int, month: int, day: int) -> int | None:
    """The day of a year, a month from 1 to 12 and a day of the month; none if there is no such date.

    >>> day_from_parts(2024, 2, 29)
    19782
    >>> day_from_parts(2023, 2, 29)
    >>> day_from_parts(2024, 0, 1)
    >>> day_from_parts(10000, 1, 1)
    """
    if not (1 <= year <= 9999 and 1 <= month <= 12 and 1 <= day <= 31):
        return None
    try:
        return date(year, month, day).toordinal() - ZERO
    except ValueError:
        return None


@intrinsic("6125c9c9-863b-481d-81cf-fc2000d904dc", cost=15, size=10, since="1.0.0")
def day_to_date(day: int) -> str | None:
    """The date of a day, in the form YYYY-MM-DD; none outside the years 1 to 9999.

    >>> day_to_date(0)
    '1970-01-01'
    >>> day_to_date(19782)
    '2024-02-29'
    >>> day_to_date(-719162)
    '0001-01-01'
    >>> day_to_date(2932897)
    """
    found = date_of(day)
    return None if found is None else found.isoformat()


@intrinsic("9647204e-59f5-4777-9666-ed76a46a3a98", cost=4, since="1.0.0")
def day_weekday(day: int) -> int:
    """The day of the week, from 1 for Monday to 7 for Sunday, of any day, also one that has no date.

    >>> day_weekday(0)
    4
    >>> day_weekday(-1)
    3
    >>> day_weekday(9223372036854775807)
    4
    """
    return (day + 3) % 7 + 1


@intrinsic("3ceaf3f4-2cf6-4241-9779-b5a30a9838f6", cost=30, since="1.0.0")
def day_add_months(day: int, months: int) -> int | None:
    """The same day of the month, so many months later, or that month's last day if it is too short.

    Earlier if months is below 0; none outside the years 1 to 9999. January 31 and 1 is the last day of February.

    >>> day_add_months(19753, 1)
    19782
    >>> day_add_months(19782, 12)
    20147
    >>> day_add_months(0, -1)
    -31
    >>> day_add_months(0, 0)
    0
    >>> day_add_months(2932896, 1)
    >>> day_add_months(0, -9223372036854775808)
    """
    start = date_of(day)
    if start is None:
        return None
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        return None
    last = _days_in(year, month + 1)
    return date(year, month + 1, min(start.day, last)).toordinal() - ZERO


@intrinsic("b05eb845-fdbb-43ad-a039-db8077e1faef", cost=25, since="1.0.0")
def day_age(birth: int, day: int) -> int | None:
    """The full years from a day of birth to a day; none if it is earlier, or one is outside the years 1 to 9999.

    Whoever was born on February 29 is a year older on March 1 where there is no such day.

    >>> day_age(11123, 17696)
    17
    >>> day_age(11123, 17697)
    18
    >>> day_age(19782, 20147)
    0
    >>> day_age(19782, 20148)
    1
    >>> day_age(5, 5)
    0
    >>> day_age(5, 4)
    """
    first, last = date_of(birth), date_of(day)
    if first is None or last is None or last < first:
        return None
    return last.year - first.year - ((last.month, last.day) < (first.month, first.day))


@intrinsic("022cd43d-d38b-47d7-9ddc-8574d806106c", cost=10, since="1.0.0")
def days_weekdays_between(start: int, end: int) -> int | None:
    """The Mondays to Fridays from start to end, start included and end not; none if end is earlier. Holidays count.

    >>> days_weekdays_between(0, 7)
    5
    >>> days_weekdays_between(2, 4)
    0
    >>> days_weekdays_between(4, 4)
    0
    >>> days_weekdays_between(4, 3)
    >>> days_weekdays_between(-9223372036854775808, 9223372036854775807)
    """
    if end < start or end - start > LAST - FIRST:
        return None
    weeks, rest = divmod(end - start, 7)
    return weeks * 5 + sum((start + i + 3) % 7 < 5 for i in range(rest))


def _days_in(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


@intrinsic("dac9e875-3ca9-4534-9057-a6e42d069637", cost=4, since="1.0.0")
def year_is_leap(year: int) -> bool:
    """True if the year has a February 29, by the rule of the Gregorian calendar, for any number.

    >>> year_is_leap(2024)
    True
    >>> year_is_leap(1900)
    False
    >>> year_is_leap(2000)
    True
    >>> year_is_leap(0)
    True
    >>> year_is_leap(-1)
    False
    """
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


@intrinsic("70e8c8a1-7a33-4822-be81-b284ad2ad07b", cost=5, since="1.0.0")
def month_days(year: int, month: int) -> int | None:
    """How many days a month of a year has; none if month is not from 1 to 12.

    >>> month_days(2024, 2)
    29
    >>> month_days(2023, 2)
    28
    >>> month_days(2023, 12)
    31
    >>> month_days(2023, 13)
    """
    return _days_in(year, month) if 1 <= month <= 12 else None
