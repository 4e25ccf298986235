"""vcvm-clock: the time, chance, and the calendar that rules with dates need.

Takes and gives values of vcvm's types. The calendar is pure. What asks for the time has the effect "clock", what draws
numbers the effect "random"; a program that imports one of these runs only where the host allows it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vcvm_core.plugin import hookimpl

from vcvm_clock.chance import random_between, random_bytes, random_chance, random_index
from vcvm_clock.clock import (
    clock_date,
    clock_day,
    clock_milliseconds,
    clock_offset,
    clock_seconds,
    clock_timestamp,
)
from vcvm_clock.days import (
    day_add_months,
    day_age,
    day_from_date,
    day_from_parts,
    day_to_date,
    day_weekday,
    days_weekdays_between,
    month_days,
    year_is_leap,
)


@hookimpl
def vcvm_intrinsics() -> list[Callable[..., Any]]:
    """All intrinsics of this pack."""
    return [
        day_from_date,
        day_from_parts,
        day_to_date,
        day_weekday,
        day_add_months,
        day_age,
        days_weekdays_between,
        year_is_leap,
        month_days,
        clock_seconds,
        clock_milliseconds,
        clock_date,
        clock_day,
        clock_timestamp,
        clock_offset,
        random_between,
        random_index,
        random_chance,
        random_bytes,
    ]
