"""A campaign in several processes, part by part.

Takes how many programs or scripts from which seed on; gives what each part came to, as it comes, with disagreements as text: a
program that was verified does not cross between processes. Refuses nothing.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from multiprocessing import get_context
from typing import Final, TypeVar

from agreement.campaign import Tally, campaign
from agreement.compare import Disagreement
from agreement.repeat import fewest, smallest
from agreement.report import kept, kept_script, told, told_script
from agreement.ways import Acts, Different, acted

PART: Final = 100
"""Programs that a process examines before it reports."""
Texts = list[tuple[int, str, str]]
"""For each that disagreed its seed, a text to read and the text of a file."""
Part = TypeVar("Part")


def part(first: int, count: int, shrink: bool) -> tuple[Tally, Texts]:
    """Examine some programs in a process of its own; disagreements come as text."""
    warnings.simplefilter("error")
    tally = campaign(range(first, first + count))
    found: list[Disagreement] = [smallest(d) for d in tally.found] if shrink else tally.found
    return replace(tally, found=[]), [(d.case.seed, told(d), kept(d)) for d in found]


def script_part(first: int, count: int, shrink: bool) -> tuple[Acts, Texts]:
    """Run some scripts in a process of its own; disagreements come as text."""
    warnings.simplefilter("error")
    acts = acted(range(first, first + count))
    found: list[Different] = [fewest(d) for d in acts.found] if shrink else acts.found
    return replace(acts, found=[]), [(d.script.seed, told_script(d), kept_script(d)) for d in found]


def parts(programs: int, seed: int, processes: int, shrink: bool = False) -> Iterator[tuple[Tally, Texts]]:
    """Examine many programs, in several processes; what each part came to, as it comes."""
    return _spread(part, PART, programs, seed, processes, shrink)


def script_parts(scripts: int, seed: int, processes: int, shrink: bool = False) -> Iterator[tuple[Acts, Texts]]:
    """Run many scripts, in several processes; what each part came to, as it comes."""
    return _spread(script_part, PART // 2, scripts, seed, processes, shrink)


def _spread(
    one: Callable[[int, int, bool], Part], size: int, count: int, seed: int, processes: int, shrink: bool
) -> Iterator[Part]:
    context = get_context("spawn")
    with ProcessPoolExecutor(max(1, processes), mp_context=context) as pool:
        firsts = range(seed, seed + count, size)
        pending = [pool.submit(one, n, min(size, seed + count - n), shrink) for n in firsts]
        try:
            for done in as_completed(pending):
                yield done.result()
        finally:
            pool.shutdown(cancel_futures=True)
