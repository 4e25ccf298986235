"""A campaign in several processes, part by part.

Takes how many programs from which seed on; gives what each part came to, as it comes, with disagreements as text: a program
that was verified does not cross between processes. Refuses nothing.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from multiprocessing import get_context
from typing import Final

from agreement.campaign import Tally, campaign
from agreement.compare import Disagreement
from agreement.repeat import smallest
from agreement.report import kept, told

PART: Final = 100
"""Programs that a process examines before it reports."""
Part = tuple[Tally, list[tuple[int, str, str]]]
"""What some programs came to, and for each that disagreed its seed, a text to read and the text of a file."""


def part(first: int, count: int, shrink: bool) -> Part:
    """Examine some programs in a process of its own; disagreements come as text."""
    warnings.simplefilter("error")
    tally = campaign(range(first, first + count))
    found: list[Disagreement] = [smallest(d) for d in tally.found] if shrink else tally.found
    return replace(tally, found=[]), [(d.case.seed, told(d), kept(d)) for d in found]


def parts(programs: int, seed: int, processes: int, shrink: bool = False) -> Iterator[Part]:
    """Examine many programs, in several processes; what each part came to, as it comes."""
    context = get_context("spawn")
    with ProcessPoolExecutor(max(1, processes), mp_context=context) as pool:
        firsts = range(seed, seed + programs, PART)
        pending = [pool.submit(part, n, min(PART, seed + programs - n), shrink) for n in firsts]
        try:
            for done in as_completed(pending):
                yield done.result()
        finally:
            pool.shutdown(cancel_futures=True)
