"""The table of time zones, read as a whole when this module is imported.

Gives `ZONES`: name -> zone, of the database that Python finds: the system's, or that of the distribution tzdata. So
what a program asks for never decides which file is opened; and no call after the first opens one. "UTC" is always
there.
"""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones


def _read() -> dict[str, tzinfo]:
    zones: dict[str, tzinfo] = {}
    for name in sorted(available_timezones()):
        try:
            zones[name] = ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            # A file that is damaged, or gone: that zone is not known.
            continue
    return {**zones, "UTC": UTC}


ZONES: Final = _read()
