"""Target `run`: a program from its bytes to the end of its calls, on every tier.

Oracle: a decoded module is verified or refused with VerifyError. A verified one links, where only libraries may be
missing, and what a host without functions reports of it can be shown. Called with values of its parameters, it ends with a
result, Trap, LimitExceeded or ApiError on the machine that checks every instruction: never with InternalError, never with
anything else. Run fast, run by steps, and on the compiled tier, it ends alike: same result or error,
same place, same fuel, memory and calls left, same intrinsics called with the same arguments. Results are values of the
machine; what the host lent is as it was; its disassembly assembles to the same bytes.
"""

from __future__ import annotations

import copy
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
from vcvm_core.link import Image, LinkReport, NoHosts
from vcvm_core.link import check as link_report
from vcvm_core.runtime import Meter
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
    vm = VM(hosts=hosts, limits=LIMITS, libraries=LIBRARIES)
    program = attempt("link", lambda: vm.load_module(module), *missing)
    if program is None:
        return
    for name, index in module.exports[:CALLED]:
        for trial in trials(module, index, Random(crc32(data) + index)):
            compare(program.image, hosts, name, trial)
    if sum(len(f.code) for f in module.functions) <= REASSEMBLED:
        text = attempt("disassemble", lambda: disassemble(module))
        again = attempt("assemble what was disassembled", lambda: encode(assemble(text or "")))
        hold("disassembly assembles to the same bytes", again == data, text)


def shown(report: LinkReport) -> None:
    """Hold that what a link report says can be written, and printed line by line."""
    texts = [*report.lines(), *report.notices, report.headline(), json.dumps(report.to_data())]
    hold("a report is safe to print", all(text.isprintable() for text in texts), texts)


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


def compare(image: Image, hosts: Everything, name: str, trial: Trial) -> None:
    """Make one call in every way, and hold the ends against each other."""
    limits = LIMITS.with_(fuel=trial.fuel)
    ends = {how: ended(Program(image, limits, "compiled"), hosts, name, trial, how) for how in WAYS}
    first = next(iter(ends.values()))
    if not any(end.outcome.startswith(HOST) for end in ends.values()):
        hold("every way to run a program ends alike", all(end == first for end in ends.values()), ends)


def _stepped(machine: Machine) -> Any:
    while machine.step():
        pass
    return machine.results[0] if len(machine.results) == 1 else machine.results or None


Way = Callable[[Program, str, list[Any]], tuple[Meter, Callable[[], Any]]]
"""Takes a call; gives its meter, and what makes it."""


def _interpreted(go: Callable[[Machine], Any], check: bool = False) -> Way:
    def start(program: Program, name: str, arguments: list[Any]) -> tuple[Meter, Callable[[], Any]]:
        machine = program.machine(name, *arguments, check=check)
        return machine, lambda: go(machine)

    return start


def _compiled(program: Program, name: str, arguments: list[Any]) -> tuple[Meter, Callable[[], Any]]:
    run = program.measure(name, *arguments)

    def go() -> Any:
        if run.error is not None:
            raise run.error
        return run.result

    return run.meter, go


WAYS: Final[dict[str, Way]] = {
    "checked": _interpreted(lambda machine: machine.run(), check=True),
    "run": _interpreted(lambda machine: machine.run()),
    "stepped": _interpreted(_stepped),
    "compiled": _compiled,
}


def ended(program: Program, hosts: Everything, name: str, trial: Trial, how: str) -> End:
    """How one call ended. Raises Broken for an end that may not be."""
    hosts.reset()
    arguments, lent = copy.deepcopy(trial.arguments), repr(trial.arguments)
    started = attempt(f"{how}: start", lambda: WAYS[how](program, name, arguments), ApiError)
    if started is None:
        return End("refused", 0, 0, 0, ())
    meter, call = started
    outcome = ""

    def go() -> str:
        nonlocal outcome
        try:
            result = call()
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
    return End(outcome, meter.fuel, meter.memory, meter.calls, tuple(hosts.log))
