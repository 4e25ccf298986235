"""The table of targets: what is fuzzed, where its seeds come from, and how its inputs are changed.

Takes nothing; gives `TARGETS` by name. A target's module has its oracle: in its docstring as sentences, in `check` as code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

from fuzz import assembly, decode, manifests, mutate, records, run
from fuzz.mutate import Blind

FINDS: Final = Path(__file__).parent / "finds"
"""A folder for each target, with every input that once broke its promise."""

Mutate = Callable[[bytes, int, Random, Blind], bytes]


class Target(NamedTuple):
    """What is fuzzed. check: raises Broken for an input that breaks a promise. longest: bytes of an input.

    mutate: gives another input from one, of at most so many bytes; None if the fuzzer's own changes do. words: what texts
    of this kind are made of, for the fuzzer's dictionary. seeds: the names of functions of `seed`.
    """

    name: str
    check: Callable[[bytes], None]
    longest: int
    seeds: str
    mutate: Mutate | None = None
    words: Sequence[str] = ()


def _text(data: bytes, longest: int, random: Random, blind: Blind) -> bytes:
    return assembly.mutate(data, longest, random) if random.random() < 0.8 else blind(data, longest)


def _tree(data: bytes, longest: int, random: Random, blind: Blind) -> bytes:
    made = manifests.mutate(data, longest, random) if random.random() < 0.85 else None
    return blind(data, longest) if made is None else made


JSON_WORDS: Final = (
    *("true", "false", "null", "NaN", "-Infinity", "[]", "{}", '{"$bytes": ""}', '"\\ud83d\\ude00"', '"\\udc00"', "\\"),
    *('"a":', "1e999", "-0.0", "9223372036854775808", "1" * 30, "\ufeff", '""', "\r\n", "[[[[[[[", "]]]]]]]", ",\n"),
)

TARGETS: Final[dict[str, Target]] = {
    t.name: t
    for t in (
        Target("decode", decode.check, 4_096, "programs", mutate.program),
        Target("run", run.check, 4_096, "programs", mutate.program),
        Target("assembly", assembly.check, 2_048, "texts", _text, assembly.WORDS),
        Target("manifests", manifests.check, 8_192, "manifests", _tree),
        Target("records", records.check, 1_024, "records", None, JSON_WORDS),
    )
}


def finds(target: Target) -> Iterator[Path]:
    """The files that broke this target's promises."""
    return (p for p in sorted((FINDS / target.name).glob("*")) if p.is_file())
