"""A campaign of a fixed seed, and what a campaign must have seen to be worth its time."""

from __future__ import annotations

import math
import struct
from collections import Counter

import pytest

from agreement.campaign import Tally, case
from agreement.generate import generate
from agreement.graphs import graphs
from agreement.hosts import Host
from agreement.parts import parts
from agreement.shapes import shapes
from agreement.values import copied, frozen
from vcvm_core.bytecode import decode, encode
from vcvm_core.isa import BY_CODE
from vcvm_core.verify import verify

PROGRAMS = 2_000
SEED = 1_000_000


@pytest.fixture(scope="module")
def found() -> tuple[Tally, list[str]]:
    """The campaign, and what disagreed."""
    tally, texts = Tally(), list[str]()
    for one, more in parts(PROGRAMS, SEED, processes=2):
        tally.add(one)
        texts += [text for _, text, _ in more]
    return tally, texts


@pytest.fixture(scope="module")
def tally(found: tuple[Tally, list[str]]) -> Tally:
    """The figures of the campaign."""
    return found[0]


@pytest.mark.heavy
def test_tiers_agree(found: tuple[Tally, list[str]]) -> None:
    """Every program ends alike, however it is run."""
    tally, texts = found
    assert not texts, "\n".join(texts[:3])
    assert tally.programs == PROGRAMS


@pytest.mark.heavy
def test_every_opcode_was_executed(tally: Tally) -> None:
    """An instruction that no program came to is one that nobody has compared."""
    assert [row.name for code, row in BY_CODE.items() if code not in tally.opcodes] == []


@pytest.mark.heavy
def test_what_makes_code_fast_was_there(tally: Tally) -> None:
    """Counted loops, folded calls, loops over block numbers, sweeps: each often, and hardly anything interpreted."""
    assert tally.loops > 100
    assert tally.folded > 200
    assert tally.numbered > 50
    assert tally.sweeps > 200
    assert sum(tally.fallbacks.values()) * 20 < tally.functions


@pytest.mark.heavy
def test_programs_end_in_every_way(tally: Tally) -> None:
    """Results, traps and limits: no single end hides all others."""
    total = sum(tally.outcomes.values())
    assert total / 4 < tally.outcomes["result"] < total * 0.9
    assert len(tally.outcomes) >= 14


def test_same_seed_same_program() -> None:
    """A reproducer is a seed."""
    for seed in range(60):
        one, other = case(seed, Host()), case(seed, Host())
        assert encode(one.module) == encode(other.module)
        assert frozen([list(c[1]) for c in one.calls]) == frozen([list(c[1]) for c in other.calls])


def test_half_of_a_campaign_are_blocks() -> None:
    """A campaign has both kinds of programs, wherever it begins."""
    host = Host()
    for seed in (10, 11):
        made = case(seed, host)
        wanted = (generate, graphs)[seed & 1](seed, host)
        assert encode(made.module) == encode(wanted.module)


def test_blocks_verify_and_have_every_shape() -> None:
    """Loops with two entries, several iterators, others put in their place, and every instruction that ends a block."""
    host, found = Host(), Counter[str]()
    for seed in range(500):
        found.update(shapes(verify(graphs(seed, host).module)))
    ends = {f"ends with {row.name}" for row in BY_CODE.values() if row.flow not in ("next", "call")}
    often = {
        "a loop with two entries", "two loops with one header", "a block that jumps to itself",
        "several iterators on the stack", "an iterator replaced on the way back",
        "an iterator replaced on the way back to its next", "a jump out of two loops",
        "a loop that ends at the next of another",
    }  # fmt: skip
    rare = {"a library call in a loop", "a loop at the first instruction"}
    assert {shape: found[shape] for shape in often if found[shape] < 60} == {}
    assert {shape: found[shape] for shape in rare | ends if found[shape] < 15} == {}


def test_programs_survive_their_file() -> None:
    """What is generated could have come from a file: nothing in it depends on how it was made."""
    host = Host()
    for seed in range(100):
        module = case(seed, host).module
        again = decode(encode(module))
        assert encode(again) == encode(module)
        verify(again)


def test_comparison_is_exact() -> None:
    """Values that Python takes for equal, or for different, are told apart, or not."""
    pairs: list[tuple[object, object]] = [
        (1, True), (1, 1.0), (0.0, -0.0), ([1], [True]), ({"a": 1}, {"a": 1.0}), ((), []), ("1", b"1"), (None, False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    ]  # fmt: skip
    for a, b in pairs:
        assert frozen(a) != frozen(b)
    other = struct.unpack("<d", b"\x01\x00\x00\x00\x00\x00\xf8\x7f")[0]
    assert frozen(math.nan) == frozen(other)
    inner: list[int] = []
    assert frozen([inner, inner]) != frozen([[], []])
    assert frozen(copied([inner, inner])) == frozen([inner, inner])
