"""Scripts of a fixed seed: hosts that change, and tables that differ, must be the same on every tier."""

from __future__ import annotations

import pytest

from agreement.compare import Seen
from agreement.hosting import EVENTS, EXTERNS, TERMS, Hosted
from agreement.parts import script_parts
from agreement.scripts import scripted
from agreement.ways import REFERENCE, Acts, observed
from vcvm_core.bytecode import encode

SCRIPTS = 400
SEED = 1_000_000


@pytest.fixture(scope="module")
def found() -> tuple[Acts, list[str]]:
    """The campaign, and what disagreed."""
    acts, texts = Acts(), list[str]()
    for one, more in script_parts(SCRIPTS, SEED, processes=2):
        acts.add(one)
        texts += [text for _, text, _ in more]
    return acts, texts


@pytest.mark.heavy
def test_hosts_agree(found: tuple[Acts, list[str]]) -> None:
    """Every call of every script ends alike, however it is run, and after everything that happened to its host."""
    acts, texts = found
    assert not texts, "\n".join(texts[:3])
    assert acts.scripts == SCRIPTS


def expected(seeds: range) -> Acts:
    """What the scripts of some seeds come to on the interpreter."""
    acts = Acts()
    for seed in seeds:
        script = scripted(seed)
        acts.looked(script, [one for _, one in observed(script, REFERENCE)])
    return acts


def test_scripts_cover_what_hosts_can_do() -> None:
    """Every intrinsic, nearly every event, between calls and during them; tables of every kind; and events matter."""
    seeds = range(SEED, SEED + 300)
    acts = expected(seeds)
    assert set(acts.asked) == set(EXTERNS)
    assert len(set(acts.between) | set(acts.during)) > len(EVENTS) * 0.9
    assert acts.between.total() > 200
    assert acts.during.total() > 200
    assert acts.stirred > 35
    assert acts.outcomes["result"] > sum(acts.outcomes.values()) / 4
    assert len(acts.outcomes) >= 8
    loads = [load for seed in seeds for load in scripted(seed).loads]
    assert {load.terms for load in loads} == set(range(len(TERMS)))
    for name in ("again", "watched", "late"):
        assert 40 < sum(getattr(load, name) for load in loads) < len(loads) - 40


def test_every_event_can_happen() -> None:
    """An event that never does anything tests nothing: each changes a host after some others."""
    for event in EVENTS:
        host = Hosted()
        host.scope["LATER"] = 1
        name = event.removeprefix("del ")
        if name.isidentifier():
            host.scope[name] = 1
        exec(event, host.scope)


def test_hosts_know_nothing_of_each_other() -> None:
    """What happens to one host does not happen to another."""
    for event in EVENTS:
        Hosted().happen(event)
    fresh = Hosted()
    assert fresh.functions["adjusted"](1) == 6
    assert fresh.functions["copied_sized"]([1, 2]) == 2
    assert fresh.functions["times"](4) == 8


def test_same_seed_same_script() -> None:
    """A reproducer is a seed."""
    for seed in range(30):
        one, other = scripted(seed), scripted(seed)
        assert encode(one.module) == encode(other.module)
        assert repr(one.steps) == repr(other.steps)
        assert one.loads == other.loads
        ends: list[list[Seen]] = [[end for _, end in observed(one, REFERENCE)] for _ in range(2)]
        assert ends[0] == ends[1]
