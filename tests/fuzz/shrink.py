"""Making a find smaller: the bytes that do not matter to it are left out.

Takes an input that breaks a promise; gives one that breaks the same promise and is no longer. Works on bytes alone, by
leaving out ever smaller pieces; a program's checksum is put right after each.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from corpus.forge import fixed
from fuzz.oracle import Broken


def promise(check: Callable[[bytes], None], data: bytes) -> str | None:
    """Which promise an input breaks, without its facts; None if it keeps all."""
    try:
        check(data)
    except Broken as e:
        return f"{str(e).split(':')[0]}: {type(e.__cause__).__name__}"
    return None


def smaller(check: Callable[[bytes], None], data: bytes, seconds: float = 10.0) -> bytes:
    """The smallest input found in so many seconds that breaks the promise that `data` breaks."""
    broken, end = promise(check, data), monotonic() + seconds
    if broken is None:
        return data
    size = len(data) // 2
    while size and monotonic() < end:
        at = 0
        while at < len(data) and monotonic() < end:
            shorter = fixed(data[:at] + data[at + size :])
            if promise(check, shorter) == broken:
                data = shorter
            else:
                at += size
        size //= 2
    return data
