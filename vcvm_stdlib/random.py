"""Chance.

Takes ranges; gives values that nobody can predict, from the operating system's generator. All functions have the effect
"random", which a policy has to allow. Refuses an empty range.
"""

from __future__ import annotations

import random
import uuid
from typing import Final

from vcvm_core.plugin import intrinsic

_SYSTEM: Final = random.SystemRandom()


@intrinsic("630db28d-0194-4310-8969-ab7932dc834b", cost=30, effects=["random"], deterministic=False, since="0.1.0")
def random_int(low: int, high: int) -> int:
    """A number from low to high, both included, each equally likely.

    Raises ValueError if low exceeds high.
    """
    if low > high:
        raise ValueError("low exceeds high")
    return _SYSTEM.randint(low, high)


@intrinsic("f2499351-0552-44aa-aac6-7e46fc5ff6bf", cost=40, effects=["random"], deterministic=False, since="0.1.0")
def random_uuid() -> uuid.UUID:
    """A random UUID of version 4."""
    return uuid.uuid4()
