"""Tests of the suite itself: faults put into the compiled tier, each of which a few hundred programs must find.

A fault is put in place of something of vcvm_core.compiled by name. A name that is gone fails its test: then the fault has to be
put where its meaning went.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest

from agreement.campaign import campaign
from agreement.ways import acted
from vcvm_core import compiled
from vcvm_core.compiled import blocks, counted, faults, metering, ranges, rules, statements, structure, tier, translate
from vcvm_core.compiled.fold import Folded
from vcvm_core.compiled.metering import NOTHING, Cost
from vcvm_core.compiled.ranges import Interval
from vcvm_core.isa import BY_CODE, BY_NAME
from vcvm_core.values import leaver

pytestmark = pytest.mark.heavy

SEED: Final = 300_000
ENOUGH: Final = 1_200
"""Programs in which a fault must show."""
Patch = Callable[[pytest.MonkeyPatch], None]


def row(name: str, meaning: str) -> Patch:
    """An opcode that means something else, in the compiled tier only."""

    def patch(m: pytest.MonkeyPatch) -> None:
        changed = BY_NAME[name]._replace(meaning=meaning)
        m.setattr(blocks, "BY_CODE", {**BY_CODE, changed.code: changed})

    return patch


def around(owner: Any, name: str, change: Callable[..., Any]) -> Patch:
    """A function that is called through `change`, which gets it first."""

    def patch(m: pytest.MonkeyPatch) -> None:
        real = getattr(owner, name)
        m.setattr(owner, name, lambda *a, **k: change(real, *a, **k))

    return patch


def instead(owner: Any, name: str, thing: Any) -> Patch:
    """Something else under a name that is there."""
    return lambda m: m.setattr(owner, name, thing)


def entry(table: dict[str, Any], key: str, thing: Any) -> Patch:
    """Something else in a table that has it."""

    def patch(m: pytest.MonkeyPatch) -> None:
        assert key in table
        m.setitem(table, key, thing)

    return patch


def _turned(real: Callable[..., Folded | None], *given: Any) -> Folded | None:
    found = real(*given)
    return None if found is None else found._replace(params=found.params[::-1])


def _always_bool(real: Callable[..., Folded | None], *given: Any) -> Folded | None:
    found = real(*given)
    return None if found is None else found._replace(boolean=True)


def _elsewhere(real: Callable[..., Any], self: Any, *given: Any, **named: Any) -> Any:
    mark = real(self, *given, **named)
    return mark._replace(pc=max(0, mark.pc - 1))


def _one_more(real: Callable[..., Any], *given: Any) -> Any:
    found = real(*given)
    return None if found is None else found._replace(bound=f"{found.bound} + 1")


def _no_loop_cost(real: Callable[..., Any], *given: Any) -> Any:
    found = real(*given)
    return None if found is None else found._replace(turns=found.turns._replace(cost=NOTHING))


def _less(real: Callable[..., Cost], *given: Any) -> Cost:
    found = real(*given)
    return Cost(max(found.fuel - 1, 0), found.calls)


def _uncounted(real: Callable[..., Cost], *given: Any) -> Cost:
    return Cost(real(*given).fuel, 0)


def _trusting(real: Callable[..., Any], self: Any, a: int) -> Any:
    assert self.clean in (True, False)
    self.clean = True
    return real(self, a)


def _unpaid(t: Any, number: int) -> Any:
    """A result is looked at for nothing."""

    leaves = leaver(t, number)

    def leave(value: Any, meter: Any) -> Any:
        before = meter.fuel
        found = leaves(value, meter)
        meter.fuel = before
        return found

    return leave


def _believing(real: Callable[..., Any], *given: Any) -> Any:
    """A declared size is taken for the true one."""
    hold = real(*given)
    return lambda meter, value, size, *arguments: hold(meter, value, None if size is None else 1 << 40, *arguments)


def _shallow(real: Callable[..., Any], *given: Any) -> Any:
    """Of what an intrinsic gave only the outside takes memory."""
    hold = real(*given)

    def outside(meter: Any, value: Any, size: int | None, *arguments: Any) -> None:
        inner = [None] * len(value) if type(value) is list else value
        hold(meter, inner, size, *arguments)

    return outside


def _every_for(real: Callable[..., Any], self: Any) -> Any:
    """Every loop that begins with `next` becomes a `for`, whatever happens to its iterator."""
    if not self.flat:
        self.iterated = {h for h in self.graph.loops if BY_CODE[self.instructions[h].opcode].name == "next"}
    return real(self)


def _undeclared(real: Callable[..., Any], self: Any, binding: Any) -> Any:
    """Functions that nobody declares to give the same for ever, folded."""
    return real(self, binding._replace(offer=binding.offer._replace(deterministic=True, effects=())))


def _one_for_all(image: Any, limits: Any, codes: Any, _tiers: dict[Any, Any] = {}) -> Any:  # noqa: B006 - remembered
    """The tier of a program and its limits, whatever it is bound to."""
    key = id(image.main.verified), limits
    if key not in _tiers:
        _tiers[key] = image, tier.Tier(image, limits, codes)
    return _tiers[key][1]


def _without_round(real: Callable[..., Any], self: Any, f: Any, *given: Any) -> Any:
    """Only the first look of the loop: that on the way out is dropped."""
    found = real(self, f, *given)
    looks = f.round(self.header)
    for node in found[0].body:
        if isinstance(node, structure.Loop):
            for part in node.otherwise:
                if isinstance(part, structure.If) and part.no is not None:
                    assert part.no[: len(looks)] == looks, "the way out does not look any more"
                    del part.no[: len(looks)]
    return found


MUTATIONS: Final[dict[str, Patch]] = {
    # What opcodes mean
    "subi turned round": row("subi", "b - a"),
    "remainder with the sign of the divisor": entry(rules.FASTER, "rem", (lambda a, b: True, "a % b")),
    "division that floors": entry(rules.FASTER, "div", (lambda a, b: b.lo > 0, "a // b")),
    "strict comparison of floats": row("lef", "a < b"),
    "xor as or": row("xor", "a or b"),
    "index that counts from the end": entry(rules.FASTER, "getl", (lambda a, i: True, "a[i] if i < len(a) else at(a, i)")),
    "equality of any by Python": around(rules, "equality", lambda real, *a: "a == b" if a[0] == "eq" else "a != b"),
    # Fuel
    "a block's cost one too few": around(translate.Translator, "_cost", _less),
    "an edge's amount one too many": around(metering.Plan, "edge", lambda real, *a: real(*a).plus(Cost(1))),
    "no look at the counters": instead(translate.Translator, "look", lambda self, *a, **k: []),
    "a charge for sizes left out": instead(rules, "free", lambda *a: True),
    "a loop's turns for nothing": around(translate, "counted", _no_loop_cost),
    "calls not counted": around(translate.Translator, "_cost", _uncounted),
    "resumed with what was owed": around(
        translate.Translator, "leave", lambda real, self, pc, stack, owed, *rest: real(self, pc, stack, NOTHING, *rest)
    ),
    # What intrinsics give, and what leaves
    "a result that is not looked at": instead(blocks, "leaver", lambda t, number: lambda value, meter: value),
    "a result that is looked at for nothing": instead(blocks, "leaver", _unpaid),
    "a declared size that is believed": around(blocks, "holder", _believing),
    "a list whose elements take nothing": around(blocks, "holder", _shallow),
    # Order of effects
    "a local read after it was set": instead(statements.Statements, "release", lambda self, name: None),
    "a container read after it was changed": instead(statements.Statements, "effect", lambda self: None),
    "parameters of a folded intrinsic in the wrong order": around(tier, "folded", _turned),
    "a folded result that is not checked": around(tier, "folded", _always_bool),
    "fields that are taken for unchanged": around(blocks.Writer, "do_field", _trusting),
    # Ranges
    "an overflow check dropped": instead(rules, "outside", lambda text, i: ""),
    "a comparison that says too much": around(
        ranges, "narrowed", lambda real, i, sign, other: Interval(0, 3) if sign == "<" else real(i, sign, other)
    ),
    "an accumulator that stands still": around(
        ranges.Ranges, "_reach", lambda real, self, local, fuel: real(self, local, 0)
    ),
    # Loops
    "one turn too many": around(translate, "counted", _one_more),
    "a loop left without a look": around(counted.Counted, "nodes", _without_round),
    "every loop over an iterator read once": around(translate.Translator, "_parts", _every_for),
    # Places
    "the instruction before": around(statements.Statements, "mark", _elsewhere),
    "nothing settled after an error": instead(faults, "_settle", lambda *a: None),
}  # fmt: skip


SHOWS: Final[dict[str, int]] = {
    "subi turned round": 0,
    "remainder with the sign of the divisor": 3,
    "division that floors": 97,
    "strict comparison of floats": 162,
    "xor as or": 59,
    "index that counts from the end": 72,
    "equality of any by Python": 255,
    "a block's cost one too few": 0,
    "an edge's amount one too many": 1,
    "no look at the counters": 0,
    "a charge for sizes left out": 0,
    "a loop's turns for nothing": 42,
    "calls not counted": 18,
    "resumed with what was owed": 1,
    "a result that is not looked at": 5,
    "a result that is looked at for nothing": 5,
    "a declared size that is believed": 76,
    "a list whose elements take nothing": 18,
    "a local read after it was set": 40,
    "a container read after it was changed": 18,
    "parameters of a folded intrinsic in the wrong order": 36,
    "a folded result that is not checked": 370,
    "fields that are taken for unchanged": 135,
    "an overflow check dropped": 5,
    "a comparison that says too much": 70,
    "an accumulator that stands still": 166,
    "one turn too many": 42,
    "a loop left without a look": 116,
    "every loop over an iterator read once": 415,
    "the instruction before": 0,
    "nothing settled after an error": 0,
}
"""The program of the campaign in which a fault first shows. If it does not show there any more, because the generator has
changed, all programs are tried: then find its number anew."""


HOSTS: Final[dict[str, Patch]] = {
    "every function taken for constant": around(tier.Tier, "_folds", _undeclared),
    "folded intrinsics taken for harmless": around(
        translate.Translator, "harmless", lambda real, self, binding: self.folds(binding) is not None
    ),
    "one tier for all hosts": instead(compiled, "tier_of", _one_for_all),
    "parameters of a folded intrinsic in the wrong order": around(tier, "folded", _turned),
}
SCRIPTS: Final = 150
"""Scripts in which a fault of this kind must show."""


def test_without_a_fault_nothing_is_found() -> None:
    """Else the tests below would prove nothing."""
    assert not campaign(range(SEED, SEED + 100), most=1).found
    assert not acted(range(SEED, SEED + 30), most=1).found


@pytest.mark.parametrize("name", MUTATIONS)
def test_fault_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A campaign over few programs finds the fault."""
    MUTATIONS[name](monkeypatch)
    tally = campaign(range(SEED + SHOWS[name], SEED + SHOWS[name] + 1), most=1)
    if not tally.found:
        tally = campaign(range(SEED, SEED + ENOUGH), most=1)
    assert tally.found, f"{tally.programs} programs and {tally.compared} calls agree although: {name}"


@pytest.mark.parametrize("name", HOSTS)
def test_fault_is_found_by_scripts(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A campaign over few scripts of hosts finds the fault."""
    HOSTS[name](monkeypatch)
    acts = acted(range(SEED, SEED + SCRIPTS), most=1)
    assert acts.found, f"{acts.scripts} scripts and {acts.compared} calls agree although: {name}"
