"""What examples cannot show: agreement with a second definition of the same thing, and what holds for all arguments.

That examples hold, and that results, costs and sizes are as declared, is tested by vcvm's conformance suite, which the
settings in pyproject.toml ask for.
"""

from __future__ import annotations

import calendar
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcvm_clock.chance import random_between, random_bytes, random_chance, random_index
from vcvm_clock.clock import clock_date, clock_day, clock_milliseconds, clock_offset, clock_seconds, clock_timestamp
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

dates = st.dates()
DAYS = st.integers(-719_162, 2_932_896)


def number(day: date) -> int:
    """A day as the pack counts it."""
    return (day - date(1970, 1, 1)).days


@given(dates)
def test_days_and_dates_are_the_same_thing(day: date) -> None:
    assert day_from_date(day.isoformat()) == number(day)
    assert day_from_parts(day.year, day.month, day.day) == number(day)
    assert day_to_date(number(day)) == day.isoformat()
    assert day_weekday(number(day)) == day.isoweekday()


@given(st.text(alphabet="0123456789-W", max_size=11))
def test_only_dates_are_dates(text: str) -> None:
    found = day_from_date(text)
    assert found is None or day_to_date(found) == text


@given(DAYS, st.integers(-200_000, 200_000))
def test_months_are_added_to_the_month(day: int, months: int) -> None:
    """The month is so many months later, and the day is the same, or the last one."""
    start = date.fromordinal(day + date(1970, 1, 1).toordinal())
    found = day_add_months(day, months)
    index = start.year * 12 + start.month - 1 + months
    if not 12 <= index < 120_000:
        assert found is None
        return
    assert found is not None
    end = date(1970, 1, 1) + timedelta(found)
    assert (end.year * 12 + end.month - 1) == index
    assert end.day == min(start.day, calendar.monthrange(end.year, end.month)[1])


@given(DAYS, DAYS)
def test_an_age_grows_on_the_birthday(birth: int, day: int) -> None:
    age = day_age(birth, day)
    assert (age is None) == (day < birth)
    if age is not None and birth + 366 * (age + 1) < 2_932_896:
        turned = day_add_months(birth, 12 * age)
        assert turned is not None
        assert turned <= day


@given(st.integers(-10_000, 10_000), st.integers(0, 60))
def test_weekdays_are_counted(start: int, length: int) -> None:
    expected = sum(day_weekday(day) < 6 for day in range(start, start + length))
    assert days_weekdays_between(start, start + length) == expected


@given(st.integers(1, 9999), st.integers(1, 12))
def test_leap_years_and_months(year: int, month: int) -> None:
    assert year_is_leap(year) == calendar.isleap(year)
    assert month_days(year, month) == calendar.monthrange(year, month)[1]


def test_the_clock_is_the_clock() -> None:
    before = time.time_ns() // 1_000_000
    found = clock_milliseconds()
    assert before <= found <= clock_milliseconds()
    assert 0 <= clock_seconds() - found // 1000 <= 1


def test_the_time_in_utc() -> None:
    """Either before or after midnight."""
    today = {datetime.now(UTC).date().isoformat(), clock_date("UTC"), datetime.now(UTC).date().isoformat()}
    assert len(today) <= 2
    assert day_to_date(clock_day("UTC") or 0) in {datetime.now(UTC).date().isoformat(), *today}
    stamp = clock_timestamp("UTC")
    assert stamp is not None
    assert abs((datetime.fromisoformat(stamp) - datetime.now(UTC)).total_seconds()) < 60
    assert stamp.endswith("+00:00")


def test_zones_differ() -> None:
    zones = pytest.importorskip("vcvm_clock.zones").ZONES
    if "Asia/Kathmandu" not in zones:
        pytest.skip("there is no database of time zones here")
    assert clock_offset("Asia/Kathmandu") == 20_700
    assert clock_offset("UTC") == 0
    dates = {clock_date("Pacific/Kiritimati"), clock_date("Etc/GMT+12")}
    assert len(dates) == 2


@pytest.mark.parametrize("zone", ["", "utc", "/etc/passwd", "../UTC", "UTC\0", "Europe", "Europe/Berlin ", "right/UTC"])
def test_names_lead_nowhere_else(zone: str) -> None:
    """A name is looked up in a table and nowhere else."""
    assert clock_date(zone) is None
    assert clock_offset(zone) is None


def test_no_file_is_opened_after_the_first_call() -> None:
    """Which zone a program asks for cannot be seen from outside."""
    code = (
        "import sys\nfrom vcvm_clock.clock import clock_date\nclock_date('UTC')\nseen = []\n"
        "sys.addaudithook(lambda event, args: seen.append(args) if event == 'open' else None)\n"
        "for zone in ('Europe/Berlin', 'America/Lima', 'nowhere', '/etc/passwd'):\n    clock_date(zone)\n"
        "sys.exit(len(seen))\n"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_the_calendar_alone_reads_no_zones() -> None:
    """The table of zones takes a while: only who asks for a zone pays for it."""
    code = "import sys, vcvm_clock\nsys.exit('zoneinfo' in sys.modules or 'vcvm_clock.zones' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@given(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**63), 2**63 - 1))
def test_chance_stays_within_its_bounds(low: int, high: int) -> None:
    found = random_between(low, high)
    assert found is None if low > high else found is not None and low <= found <= high
    index = random_index(low)
    assert index is None if low < 1 else index is not None and 0 <= index < low


def test_chance_is_chance() -> None:
    """Each of two sides comes up; the odds of a false alarm are one in 2**199."""
    assert {random_index(2) for _ in range(200)} == {0, 1}
    assert {random_chance(0.5) for _ in range(200)} == {True, False}
    assert not any(random_chance(p) for p in (0.0, -1.0, float("-inf"), float("nan")))
    assert all(random_chance(p) for p in (1.0, 2.0, float("inf")))
    assert len({random_bytes(16) for _ in range(50)}) == 50
