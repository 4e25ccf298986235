"""What a disagreement looks like: seed, program, arguments, limits, and both observations, as text and as a file to keep.

Takes a `Disagreement`, or a `Different` of scripts; gives text, or the text of a program file for finds/ (see
test_finds.py). Refuses nothing.
"""

from __future__ import annotations

from pprint import pformat
from typing import Any

from agreement.campaign import Tally
from agreement.compare import LIMITS, Disagreement, Seen
from agreement.hosting import TERMS
from agreement.scripts import Load, Script
from agreement.ways import Acts, Different
from vcvm_core import Limits
from vcvm_core.asm import disassemble
from vcvm_core.isa import BY_CODE


def changed(limits: Limits) -> dict[str, int]:
    """How limits differ from those of a first run."""
    usual = LIMITS.to_data()
    return {name: number for name, number in limits.to_data().items() if number != usual[name]}


def _shown(seen: Seen) -> str:
    used = "" if seen.used is None else "fuel {}, intrinsic calls {}, memory {}".format(*seen.used)
    return f"{pformat(seen.outcome, width=160)}\n  log: {seen.log}\n  used: {used or 'not told'}"


def told(d: Disagreement) -> str:
    """A disagreement, to be read and to be repeated."""
    return (
        f"seed {d.case.seed}, call {d.call}, {d.way}, limits {changed(d.limits) or 'as usual'}\n"
        f"repeat: python -m agreement --programs 1 --seed {d.case.seed}\n"
        f"{disassemble(d.case.module)}\n"
        f"arguments: {d.case.calls[d.call][1]!r}\n"
        f"interpreter, checking itself: {_shown(d.expected)}\n"
        f"{d.way}: {_shown(d.found)}\n"
    )


def kept(d: Disagreement) -> str:
    """The text of a file in finds/: the program, with the call and the limits as comments."""
    arguments: Any = d.case.calls[d.call][1]
    return f";call {arguments!r}\n;limits {changed(d.limits)!r}\n{disassemble(d.case.module)}"


def _conditions(load: Load) -> tuple[Any, ...]:
    return TERMS[load.terms].name, changed(load.limits), load.again, load.watched, load.late


def _lines(script: Script) -> str:
    """The loads and the steps of a script, as comments of a program file."""
    lines = [f";load {_conditions(load)!r}" for load in script.loads]
    lines += [f";event {s.event}" if s.event else f";call {s.load} {s.arguments!r}" for s in script.steps]
    return "".join(f"{line}\n" for line in lines)


def told_script(d: Different) -> str:
    """A script whose calls end differently, to be read and to be repeated."""
    step = d.script.steps[d.step]
    return (
        f"script of seed {d.script.seed}, {d.way}: step {d.step}, a call of program {step.load} with {step.arguments!r}\n"
        f"repeat: python -m agreement --programs 0 --hosts 1 --seed {d.script.seed}\n"
        f"{kept_script(d)}\n"
        f"interpreter, checking itself: {_shown(d.expected)}\n"
        f"{d.way}: {_shown(d.found)}\n"
    )


def kept_script(d: Different) -> str:
    """The text of a file in finds/: the program, with the script as comments."""
    return f"{_lines(d.script)}{disassemble(d.script.module)}"


def script_summary(acts: Acts) -> str:
    """The figures of a campaign of scripts."""
    outcomes = ", ".join(f"{kind} {n}" for kind, n in acts.outcomes.most_common())
    return "\n".join((
        f"scripts of hosts         {acts.scripts:>9,}   in {acts.stirred:,} a call ended in two ways",
        f"calls compared           {acts.compared:>9,}",
        f"events between calls     {acts.between.total():>9,}",
        f"events during calls      {acts.during.total():>9,}",
        f"outcomes: {outcomes}",
    ))  # fmt: skip


def summary(tally: Tally, seconds: float) -> str:
    """The figures of a campaign."""
    missing = [row.name for code, row in BY_CODE.items() if code not in tally.opcodes]
    reasons = ", ".join(f"{n} because {reason}" for reason, n in tally.fallbacks.most_common()) or "none"
    outcomes = ", ".join(f"{kind} {n}" for kind, n in tally.outcomes.most_common())
    return "\n".join((
        f"programs                 {tally.programs:>9,}   {tally.programs / max(seconds, 1e-9) * 60:,.0f} a minute",
        f"calls compared           {tally.compared:>9,}   {tally.compared / max(seconds, 1e-9):,.0f} a second",
        f"sweeps over all the fuel {tally.sweeps:>9,}",
        f"functions compiled       {tally.functions:>9,}   {tally.numbered:,} as a loop over block numbers",
        f"counted loops            {tally.loops:>9,}",
        f"folded calls             {tally.folded:>9,}",
        f"opcodes executed         {len(tally.opcodes):>9,}   of {len(BY_CODE)}; not: {', '.join(missing) or 'none'}",
        f"outcomes: {outcomes}",
        f"functions that are interpreted: {reasons}",
        f"disagreements            {len(tally.found):>9,}",
    ))  # fmt: skip
