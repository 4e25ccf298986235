"""The time of day, which every call may answer differently.

Takes nothing; gives the current time of the machine's own clock. Both functions have the effect "clock", which a
policy has to allow.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

from vcvm_core.plugin import intrinsic


@intrinsic("96b19d30-756e-4bce-89b3-5da4741889f4", cost=4, effects=["clock"], deterministic=False, since="0.1.0")
def now_unix_ms() -> int:
    """The current time, in whole milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted."""
    return time.time_ns() // 1_000_000


@intrinsic(
    "2a3eb762-5c18-4258-8c4c-558604a345c3", cost=15, size=10, effects=["clock"], deterministic=False, since="0.1.0"
)
def today_utc() -> str:
    """The current date in UTC, in the form YYYY-MM-DD."""
    return datetime.now(UTC).date().isoformat()
