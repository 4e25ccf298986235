"""Chance, from the operating system's generator: nobody can predict it, and it cannot be repeated.

Takes bounds; gives numbers. All functions have the effect "random", which a policy has to allow. Refuses nothing:
where there is nothing to choose from, the result is none.
"""

from __future__ import annotations

import random
from typing import Final

from vcvm_core.plugin import intrinsic

_SYSTEM: Final = random.SystemRandom()
MOST_BYTES: Final = 1024
"""Bytes that one call gives at most."""


@intrinsic("7a6cb355-542b-434f-b29a-68a87a1b22c1", cost=30, effects=["random"], deterministic=False, since="1.0.0")
def random_between(low: int, high: int) -> int | None:
    """A number from low to high, both included, each equally likely; none if low exceeds high.

    >>> random_between(7, 7)
    7
    >>> random_between(2, 1)
    """
    return None if low > high else _SYSTEM.randint(low, high)


@intrinsic("aeb8e7f2-17b4-4bbe-824e-aeb761f30dd6", cost=30, effects=["random"], deterministic=False, since="1.0.0")
def random_index(count: int) -> int | None:
    """The index of one of so many things, from 0 to count less one, each equally likely; none if there is nothing.

    >>> random_index(1)
    0
    >>> random_index(0)
    >>> random_index(-5)
    """
    return None if count < 1 else _SYSTEM.randrange(count)


@intrinsic("6f630975-a809-428a-ae35-2403fd888061", cost=20, effects=["random"], deterministic=False, since="1.0.0")
def random_chance(probability: float) -> bool:
    """True with this probability: never for 0.0 and below, always for 1.0 and above, never if it is no number.

    >>> random_chance(0.0)
    False
    >>> random_chance(1.0)
    True
    >>> random_chance(-3.5)
    False
    """
    return _SYSTEM.random() < probability


@intrinsic(
    "477fede8-2f9f-4039-90be-0c06d1627fdc",
    cost="30 + min(max(count, 0), 1024) // 4",
    size="min(max(count, 0), 1024)",
    effects=["random"],
    deterministic=False,
    since="1.0.0",
)
def random_bytes(count: int) -> bytes | None:
    """So many random bytes; none if count is below 0 or above 1024.

    >>> random_bytes(0)
    b''
    >>> random_bytes(-1)
    >>> random_bytes(1025)
    """
    return _SYSTEM.randbytes(count) if 0 <= count <= MOST_BYTES else None
