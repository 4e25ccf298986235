"""What stands between changes nothing: generated programs, on a host that misbehaves in every way, with and without it.

Material and way of comparing are those of the agreement suite: outcome, error and its place, fuel, calls, memory, and what
the host was asked, in order.
"""

from __future__ import annotations

from typing import Any

from agreement.compare import Runner, Seen
from agreement.generate import Case, generate
from agreement.hosts import Host
from vcvm_core.hosting import Layer, Recorder, Replay, Watch, decode_tape
from vcvm_core.limits import Limits
from vcvm_core.link import HostTable, Offer, link
from vcvm_core.verify import verify

LIMITS = Limits(fuel=20_000, memory=1 << 20)
SEEDS = range(120)
CHANGERS = {"grow", "keep", "poke", "rename"}
"""Intrinsics that change what a program holds, which none may: a tape knows results only."""


class Noisy:
    """Asks for everything, and keeps it."""

    values = 40

    def __init__(self) -> None:
        self.told: list[Any] = []

    def start(self, *records: Any) -> None:
        self.told.append(records)

    end = error = program_start = program_end = start


class Unsteady(Layer):
    """The host, which says of nothing that it is deterministic: what its intrinsics give depends on what was asked before."""

    def around(self, offer: Offer) -> Offer:
        return offer._replace(deterministic=False)


def runner(case: Case, host: Host, hosts: HostTable) -> Runner:
    """What runs a program on another host table, with the log of the host."""
    found = Runner(case, host)
    found.image = link(verify(case.module), hosts, (), case.libraries)
    return found


def ways(of: Runner, number: int) -> list[Seen]:
    """A call on both tiers, counted."""
    return [of.machine(number, LIMITS, check=False), of.counted(number, LIMITS), of.called(number, LIMITS, "auto")]


def test_observed_and_recorded() -> None:
    """Observers that ask for values, and a recorder, change neither results nor errors, fuel, memory or order of calls."""
    host = Host()
    told = 0
    for seed in SEEDS:
        case = generate(seed, host)
        observer = Noisy()
        plain = Runner(case, host)
        between = [runner(case, host, Watch(host, [observer])), runner(case, host, Recorder(host))]
        for number in range(len(case.calls)):
            expected = plain.machine(number, LIMITS, check=False)
            for each in between:
                for seen in ways(each, number):
                    assert expected.like(seen), f"seed {seed}, call {number}"
        told += len(observer.told)
    assert told > 100


def test_replayed() -> None:
    """A tape gives exactly what was recorded, on every tier: results, errors with their causes, fuel and memory."""
    host = Host()
    replayed = 0
    for seed in SEEDS:
        case = generate(seed, host)
        if CHANGERS & {extern.name for extern in case.module.externs}:
            continue
        for number in range(len(case.calls)):
            recorder = Recorder(Unsteady(host))
            expected = runner(case, host, recorder).machine(number, LIMITS, check=False)
            if expected.outcome[0] == "raised":
                # The run was interrupted.
                continue
            tape = decode_tape(recorder.tape().encode())
            replay = Replay(tape, host)
            again = runner(case, host, replay)
            for way in (again.machine, again.counted):
                replay.rewind()
                seen = way(number, LIMITS, False) if way == again.machine else way(number, LIMITS)
                assert (seen.outcome, seen.used) == (expected.outcome, expected.used), f"seed {seed}, call {number}"
                assert seen.log == ()
                assert replay.left == 0
            replayed += len(tape.calls)
    assert replayed > 50
