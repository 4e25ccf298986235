"""What every target holds vcvm to: only the errors that a layer may raise, readable, in bounded time and memory.

Takes the work of one step; gives its result, or None if it was refused as it may be. Raises `Broken`, and nothing else, for
whatever breaks a promise: the fuzzer and the tests know one kind of find.
"""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import process_time
from typing import TypeVar
from zlib import crc32

from vcvm_core import VcvmError

T = TypeVar("T")

SECONDS = 5.0
"""Processor time that one input may take, instrumented and on a slow machine."""
FACTOR = 200
"""Bytes of memory for each byte of an input, at most, on top of `ROOM`."""
ROOM = 2 << 20
MEASURED = 16
"""Memory is measured for one input in so many, chosen by its bytes: measuring takes longer than the work."""


class Broken(AssertionError):
    """A promise does not hold; the message says which, the cause is what was raised instead."""


def attempt(step: str, do: Callable[[], T], *allowed: type[VcvmError]) -> T | None:
    """What `do` gives; None if it raised one of the allowed errors. Raises Broken for any other, and for one that cannot
    be shown."""
    try:
        return do()
    except allowed as e:
        readable(step, e)
        return None
    except Broken:
        raise
    except Exception as e:
        raise Broken(f"{step}: {type(e).__name__}: {e}") from e


def readable(step: str, e: VcvmError) -> None:
    """Hold that every text of an error can be made and is safe to print. Raises Broken."""
    try:
        texts = [str(e), e.help, json.dumps(e.to_data())]
    except Exception as cause:
        raise Broken(f"{step}: the error {type(e).__name__} cannot be shown") from cause
    for text in texts:
        if not all(c.isprintable() or c == "\n" for c in text):
            raise Broken(f"{step}: an error is not safe to print: {text!r}")


def hold(promise: str, kept: bool, *facts: object) -> None:
    """Raises Broken, with the facts, unless the promise is kept."""
    if not kept:
        raise Broken(f"{promise}: {' / '.join(repr(fact)[:2_000] for fact in facts)}")


@contextmanager
def bounded(data: bytes, factor: int = FACTOR) -> Iterator[None]:
    """Hold the time of a block, and, for one input in `MEASURED`, its memory against the size of the input."""
    measured = crc32(data) % MEASURED == 0 and not tracemalloc.is_tracing()
    if measured:
        tracemalloc.start()
    start = process_time()
    try:
        yield
    finally:
        taken = process_time() - start
        peak = tracemalloc.get_traced_memory()[1] if measured else 0
        if measured:
            tracemalloc.stop()
    hold("it takes bounded time", taken <= SECONDS, taken, len(data))
    hold("it takes memory in proportion to its input", peak <= factor * len(data) + ROOM, peak, len(data))
