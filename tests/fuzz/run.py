"""Target `run`: a program from its bytes to the end of its calls, on every tier.

Oracle: a decoded module is verified or refused with VerifyError. A verified one links, where only libraries may be
missing, and what a host without functions reports of it can be shown. Called with values of its parameters, it ends with a
result, Trap, LimitExceeded or ApiError on the machine that checks every instruction: never with InternalError, never with
anything else. Run fast, run by steps, and on the compiled tier where there is one, it ends alike: same result or error,
same place, same fuel, memory and calls left, same intrinsics called with the same arguments. Results are values of the
machine; what the host lent is as it was; its disassembly assembles to the same bytes.
"""

from __future__ import annotations

import copy
import inspect
import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, Final, NamedTuple
from zlib import crc32

from corpus.good import GOOD
from fuzz.oracle import attempt, bounded, hold
from fuzz.samples import Everything, is_value, sample
from vcvm_core import (
    VM,
    ApiError,
    FormatError,
    LimitExceeded,
    Limits,
    LinkError,
    Machine,
    Program,
    Trap,
    VcvmError,
    VerifyError,
)
from vcvm_core.asm import assemble, disassemble
from vcvm_core.bytecode import Module, decode, encode
from vcvm_core.link import LinkReport, NoHosts
from vcvm_core.link import check as link_report
from vcvm_core.verify import verify

LIMITS: Final = Limits.default.with_(
    fuel=2_000, memory=100_000, call_depth=20, intrinsic_calls=50, value_size=4_096, value_entries=500, value_depth=9
)
LIBRARIES: Final = {"geometry": GOOD["geometry"]}
CALLED: Final = 4
"""How many exports of a program are called."""
REASSEMBLED: Final = 80
"""Programs of more instructions are not assembled again: that is slow, and the target `assembly` does it too."""
HOST: Final = ("host-memory", "host-recursion")
"""Where the host itself gave up, tiers may differ."""


class End(NamedTuple):
    """How a call ended: the bits of the result or the error with its place, what is left, and what was called."""

    outcome: str
    fuel: int
    memory: int
    calls: int
    log: tuple[str, ...]


def has_tiers() -> bool:
    """Whether a VM can be told which tier to use."""
    return "tier" in inspect.signature(VM).parameters


def check(data: bytes) -> None:
    """Hold `data` against the oracle. Raises Broken."""
    module = attempt("decode", lambda: decode(data, LIMITS), FormatError)
    if module is None:
        return
    with bounded(data):
        verified = attempt("verify", lambda: verify(module, LIMITS), VerifyError)
    if verified is None:
        return
    attempt("report", lambda: shown(link_report(verified, NoHosts())))
    hosts = Everything(module.externs)
    missing = (LinkError,) if module.libraries else ()
    programs: list[tuple[str, Program]] = []
    for tier in ("default", "compiled") if has_tiers() else ("default",):
        vm = virtual_machine(hosts, tier)
        program = attempt("link", lambda vm=vm: vm.load_module(module), *missing)  # type: ignore[misc]
        if program is None:
            return
        programs.append((tier, program))
    for name, index in module.exports[:CALLED]:
        for trial in trials(module, index, Random(crc32(data) + index)):
            compare(programs, hosts, name, trial)
    if sum(len(f.code) for f in module.functions) <= REASSEMBLED:
        text = attempt("disassemble", lambda: disassemble(module))
        again = attempt("assemble what was disassembled", lambda: encode(assemble(text or "")))
        hold("disassembly assembles to the same bytes", again == data, text)


def shown(report: LinkReport) -> None:
    """Hold that what a link report says can be written, and printed line by line."""
    texts = [*report.lines(), *report.notices, report.headline(), json.dumps(report.to_data())]
    hold("a report is safe to print", all(text.isprintable() for text in texts), texts)


def virtual_machine(hosts: Everything, tier: str) -> VM:
    """A VM on this tier, where there is more than one."""
    chosen: dict[str, Any] = {} if tier == "default" else {"tier": tier}
    return VM(hosts=hosts, limits=LIMITS, libraries=LIBRARIES, **chosen)


class Trial(NamedTuple):
    """One call: its arguments, whether their containers hold what they declare, and the fuel."""

    arguments: list[Any]
    honest: bool
    fuel: int


def trials(module: Module, index: int, random: Random) -> Iterator[Trial]:
    """Calls of a function: with all the fuel, with hardly any, and at last from a host that lies about its containers."""
    types = module.functions[index].signature.types
    for honest, fuel in ((True, LIMITS.fuel), (True, random.randrange(60)), (False, random.choice((30, LIMITS.fuel)))):
        yield Trial([sample(t, random, honest) for t in types], honest, fuel)


def compare(programs: list[tuple[str, Program]], hosts: Everything, name: str, trial: Trial) -> None:
    """Make one call in every way, and hold the ends against each other."""
    ends: dict[str, End] = {}
    for tier, program in programs:
        program.limits = LIMITS.with_(fuel=trial.fuel)
        for how in WAYS if tier == "default" else ("run",):
            ends[f"{tier}, {how}"] = ended(program, hosts, name, trial, how)
    first = next(iter(ends.values()))
    if not any(end.outcome.startswith(HOST) for end in ends.values()):
        hold("every way to run a program ends alike", all(end == first for end in ends.values()), ends)


def _stepped(machine: Machine) -> Any:
    while machine.step():
        pass
    return machine.results[0] if len(machine.results) == 1 else machine.results or None


WAYS: Final[dict[str, Callable[[Machine], Any]]] = {
    "checked": lambda machine: machine.run(),
    "run": lambda machine: machine.run(),
    "stepped": _stepped,
}


def ended(program: Program, hosts: Everything, name: str, trial: Trial, how: str) -> End:
    """How one call ended. Raises Broken for an end that may not be."""
    hosts.reset()
    arguments, lent = copy.deepcopy(trial.arguments), repr(trial.arguments)
    check_each = how == "checked"
    machine = attempt(f"{how}: start", lambda: program.machine(name, *arguments, check=check_each), ApiError)
    if machine is None:
        return End("refused", 0, 0, 0, ())
    outcome = ""

    def go() -> str:
        nonlocal outcome
        try:
            result = WAYS[how](machine)
        except VcvmError as e:
            outcome = f"{e.kind} at {e.place} {sorted(e.facts.items())!r}"
            raise
        hold(
            "results are values",
            not trial.honest or is_value(list(result) if type(result) is tuple else result),
            result,
        )
        return f"result {result!r}"

    outcome = attempt(how, go, ApiError, LimitExceeded, Trap) or outcome
    hold("a program does not change what it was lent", repr(arguments) == lent, lent, arguments)
    return End(outcome, machine.fuel, machine.memory, machine.calls, tuple(hosts.log))
