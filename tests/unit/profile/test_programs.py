"""Every program of tests/programs under the profiler: the same run, and figures that add up, however it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from programs.test_programs import HERE, PROGRAMS, arguments, calls, ended, libraries, spelled
from unit.profile.observed import consistent
from vcvm_core import VM, Limits, Program, RunError
from vcvm_core.asm import assemble
from vcvm_core.plugin import installed
from vcvm_core.profile import Profile, flame, profile, text
from vcvm_core.profile.observe import _Table
from vcvm_core.runtime import Codes


@pytest.fixture(scope="module")
def hosts() -> Any:
    """The installed packs."""
    return installed()


def outcome(found: Profile) -> str:
    """How a profiled call ended, as expectations write it."""
    if found.error is not None:
        assert isinstance(found.error, RunError)
        return ended(found.error)
    return spelled(found.result)


def observed(program: Program, name: str, given: list[Any]) -> Profile:
    """The profile of a call, held against a plain run of the same call."""
    found = profile(program, name, *given)
    consistent(found)
    plain = program.machine(name, *given)
    error = None
    try:
        plain.run()
    except RunError as e:
        error = e
    assert str(error) == str(found.error)
    assert (found.machine.fuel_left, found.machine.calls) == (plain.fuel_left, plain.calls)
    return found


@pytest.mark.parametrize("path", PROGRAMS, ids=[str(f.relative_to(HERE)) for f in PROGRAMS])
def test_program(path: Path, hosts: Any) -> None:
    """Observing changes nothing; the parts of a profile add up to the fuel used; every form of it can be made."""
    source = path.read_text("utf-8")
    below = libraries(path, source, hosts)
    module = assemble(source, hosts.catalog(), path.name)
    for match, limits in calls(source):
        name, _, rest = match["call"].partition(" ")

        def run(limits: Limits, name: str = name, rest: str = rest) -> Profile:
            # Arguments anew for each run: a program may change those that are containers.
            vm = VM(hosts=hosts, limits=limits, allow=("clock", "random"), libraries=below)
            return observed(vm.load_module(module), name, arguments(rest))

        found = run(limits)
        assert outcome(found) == match["outcome"].strip()
        ET.fromstring(flame(found))
        assert text(found, source.split("\n"))
        assert json.loads(json.dumps(found.to_data()))["fuel"] == found.fuel
        # The same call, stopped at some places on its way.
        for fuel in {0, 1, found.fuel // 3, found.fuel // 2, max(found.fuel - 1, 0)} if found.fuel < 10_000 else ():
            run(limits.with_(fuel=fuel))


@pytest.mark.parametrize("path", PROGRAMS, ids=[str(f.relative_to(HERE)) for f in PROGRAMS])
def test_shares(path: Path, hosts: Any) -> None:
    """What the instructions of a block weigh is, together, what the machine charges for the block."""
    source = path.read_text("utf-8")
    vm = VM(hosts=hosts, allow=("clock", "random"), libraries=libraries(path, source, hosts))
    main = vm.load_module(assemble(source, hosts.catalog(), path.name)).image.main
    for index in range(len(main.verified.module.functions)):
        entries = _Table(main, index).entries
        assert {at: cost for at, cost in enumerate(entries) if cost} == Codes().get(main, index).costs
