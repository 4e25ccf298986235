"""What time it is, here and in named zones.

Takes names of zones, as "Europe/Berlin", or nothing; gives seconds and dates. All functions have the effect "clock",
which a policy has to allow. Refuses nothing: a zone that nobody knows gives none. Names are compared exactly, and
looked up in a table: no name leads to a file.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

from vcvm_core.plugin import intrinsic

from vcvm_clock.days import ZERO


def _local(zone: str) -> datetime | None:
    # Here, not above: the table takes a while to read, and most programs never ask for a zone.
    from vcvm_clock.zones import ZONES

    found = ZONES.get(zone)
    return None if found is None else datetime.now(UTC).astimezone(found)


@intrinsic("6bc2d76d-bb80-4b1e-90e8-e1cf4bab8c1f", cost=4, effects=["clock"], deterministic=False, since="1.0.0")
def clock_seconds() -> int:
    """The current time, in whole seconds since 1970-01-01T00:00:00Z, leap seconds not counted."""
    return time.time_ns() // 1_000_000_000


@intrinsic("ec6504f7-720a-46ab-9b43-a5fefb5f8a80", cost=4, effects=["clock"], deterministic=False, since="1.0.0")
def clock_milliseconds() -> int:
    """The current time, in whole milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted."""
    return time.time_ns() // 1_000_000


@intrinsic(
    "570150fa-91b2-4693-9337-9740dce0fb02", cost=60, size=10, effects=["clock"], deterministic=False, since="1.0.0"
)
def clock_date(zone: str) -> str | None:
    """The current date in a zone, in the form YYYY-MM-DD; none for a zone that is not known.

    >>> clock_date("Europe/Atlantis")
    >>> clock_date("../../etc/passwd")
    >>> clock_date("")
    """
    now = _local(zone)
    return None if now is None else now.date().isoformat()


@intrinsic("425b23ce-fab6-4b1d-9a93-9c5468b5d9d3", cost=60, effects=["clock"], deterministic=False, since="1.0.0")
def clock_day(zone: str) -> int | None:
    """The current day in a zone, counted from 1970-01-01, as `day_from_date` counts; none for a zone that is not known.

    >>> clock_day("utc")
    """
    now = _local(zone)
    return None if now is None else now.date().toordinal() - ZERO


@intrinsic(
    "936092ca-77a0-4f04-8ff9-8d66cb9996b4", cost=70, size=32, effects=["clock"], deterministic=False, since="1.0.0"
)
def clock_timestamp(zone: str) -> str | None:
    """The current time in a zone, as YYYY-MM-DDTHH:MM:SS+HH:MM, the offset from UTC last; none for an unknown zone.

    >>> clock_timestamp("Mars/Olympus")
    """
    now = _local(zone)
    return None if now is None else now.isoformat(timespec="seconds")


@intrinsic("e0128309-e42e-491d-9f5d-440ca5cc4016", cost=60, effects=["clock"], deterministic=False, since="1.0.0")
def clock_offset(zone: str) -> int | None:
    """The seconds by which a zone is ahead of UTC now, below 0 if it is behind; none for a zone that is not known.

    >>> clock_offset("UTC")
    0
    >>> clock_offset("CEST")
    """
    now = _local(zone)
    offset = None if now is None else now.utcoffset()
    return None if offset is None else round(offset.total_seconds())
