"""Programs that are valid by construction: verified, run in every way, written and read in every form.

The verifier must accept them all, and whatever they do must be the same however they are run.
"""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from properties.programs import PARAMS, machine_of, modules, outcome, stepped, values
from vcvm_core.asm import assemble, disassemble
from vcvm_core.bytecode import FunctionContext, Module, decode, encode, walk
from vcvm_core.verify import verify

ARGUMENTS = st.tuples(*map(values, PARAMS)).map(list)
LIARS = st.tuples(*(values(t, honest=False) for t in PARAMS)).map(list)
"""Arguments whose containers do not hold what they declare."""

slow = settings(deadline=None, suppress_health_check=list(HealthCheck))


@slow
@given(modules())
def test_valid_programs_are_accepted(made: Module) -> None:
    """The verifier accepts what keeps its rules; each block's entry and each depth are recorded."""
    (facts,) = verify(made).facts
    code = made.functions[0].code
    assert [b.start for b in facts.blocks] == sorted({0, *(s for b in facts.blocks for s in b.successors)})
    assert facts.blocks[-1].end == len(code)
    assert len(facts.depths) == len(code)
    assert max(facts.depths) <= made.functions[0].max_stack


@slow
@given(modules(), st.one_of(ARGUMENTS, LIARS))
def test_self_check_finds_nothing(made: Module, arguments: list[Any]) -> None:
    """Soundness: after each instruction, depth and types on the stack are what the verifier recorded. A host may lie
    about what its containers hold: then the run may trap."""
    outcome(machine_of(made, arguments, check=True), lambda m: m.run())


@slow
@given(modules(), st.one_of(ARGUMENTS, LIARS), st.one_of(st.just(2_000), st.integers(0, 150)))
def test_running_is_stepping(made: Module, arguments: list[Any], fuel: int) -> None:
    """A run, and a loop of steps, end alike: same result or error, same place, same fuel; also when that runs out."""
    one = outcome(machine_of(made, copy.deepcopy(arguments), fuel=fuel), lambda m: m.run() and m.results)
    two = outcome(machine_of(made, copy.deepcopy(arguments), fuel=fuel), stepped)
    assert one == two


@slow
@given(modules(), ARGUMENTS, st.integers(0, 30))
def test_a_run_may_begin_with_steps(made: Module, arguments: list[Any], steps: int) -> None:
    """A machine that was stepped a little and is then run ends as one that is run."""

    def mixed(machine: Any) -> Any:
        for _ in range(steps):
            if not machine.step():
                return machine.results
        return machine.run() and machine.results

    one = outcome(machine_of(made, copy.deepcopy(arguments)), mixed)
    two = outcome(machine_of(made, copy.deepcopy(arguments)), lambda m: m.run() and m.results)
    assert one == two


@slow
@given(modules())
def test_bytes_and_back(made: Module) -> None:
    """One program has one encoding, and the model comes back from it."""
    data = encode(made)
    assert repr(decode(data)) == repr(made)  # NaN is in constants, and equals nothing
    assert encode(decode(data)) == data


@slow
@given(modules())
def test_text_and_back(made: Module) -> None:
    """The disassembler's text assembles to the same bytes."""
    assert encode(assemble(disassemble(made))) == encode(made)


@slow
@given(modules())
def test_the_verifier_enters_each_block_once(made: Module) -> None:
    """Work is counted, not timed: an instruction is looked at once, an edge costs the height of the stack it carries."""
    function = made.functions[0]
    found = walk(function.code, FunctionContext(made, function), 1 << 30)
    edges = 2 * len(found.entries)
    assert found.work <= len(function.code) + edges * function.max_stack
