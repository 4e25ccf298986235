"""Programs with their expectations inside; README.md says how they are written."""

from __future__ import annotations

import copy
import json
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from vcvm_core import VM, LimitExceeded, Limits, Program, RunError
from vcvm_core.asm import assemble, disassemble
from vcvm_core.bytecode import Module, content_hash, decode, encode
from vcvm_core.errors import ERRORS
from vcvm_core.isa import OPCODES
from vcvm_core.plugin import installed

HERE = Path(__file__).parent
FILES = sorted(HERE.rglob("*.vasm"))
PROGRAMS = [f for f in FILES if not f.name.endswith(".lib.vasm")]
CALL = re.compile(r"^;> (?P<call>.*?) =>(?P<outcome>.*)$", re.MULTILINE)
LIBRARY = re.compile(r"^;library (?P<name>\w+)\.lib\.vasm$", re.MULTILINE)
LIMITS = Limits.default.with_(fuel=100_000)


@dataclass(frozen=True)
class Observed:
    """How a call ended: the outcome as it is written, and the fuel and calls left."""

    outcome: str
    fuel: int
    calls: int


def spelled(value: Any) -> str:
    """A value as expectations write it."""
    if type(value) is float and not math.isfinite(value):
        return str(value)
    if type(value) is bytes:
        return f'x"{value.hex()}"'
    if type(value) is tuple:
        return f"({', '.join(map(spelled, value))})"
    if type(value) is list:
        return f"[{', '.join(map(spelled, value))}]"
    if type(value) is dict:
        return "{" + ", ".join(f"{json.dumps(k)}: {spelled(v)}" for k, v in value.items()) + "}"
    return str(value) if type(value).__name__ == "UUID" else json.dumps(value, ensure_ascii=False)


def arguments(text: str) -> list[Any]:
    """JSON values, one after another."""
    found, decoder = [], json.JSONDecoder()
    while text := text.strip():
        value, end = decoder.raw_decode(text)
        found.append(value)
        text = text[end:]
    return found


def ended(e: RunError) -> str:
    """A trap or limit as expectations write it."""
    word = "limit" if isinstance(e, LimitExceeded) else "trap"
    return f"{word} {e.kind} at {e.place.function}:{e.place.instruction}"


def observe(program: Program, name: str, given: list[Any], how: str) -> Observed:
    """Call a function in one way: checked, fast, or stepped."""
    machine = program.machine(name, *given, check=how == "checked")
    failure = None
    try:
        if how == "stepped":
            while machine.step():
                pass
            results = machine.results
            outcome = spelled(results[0] if len(results) == 1 else results or None)
        else:
            outcome = spelled(machine.run())
    except RunError as e:
        outcome, failure = ended(e), e
    assert machine.error is failure
    limits = machine.limits
    return Observed(outcome, limits.fuel - machine.fuel, limits.intrinsic_calls - machine.calls)


def compiled(program: Program, name: str, given: list[Any]) -> Observed:
    """Call a function on the compiled tier: measured, and then as a host calls it, which must end alike."""
    index = program.module.export(name)
    assert index is not None
    run = program.measure(name, *copy.deepcopy(given))
    outcome = spelled(run.result) if run.error is None else ended(run.error)
    function = program.function(name)
    for _ in range(2):
        try:
            again = spelled(function(*copy.deepcopy(given)))
        except RunError as e:
            again = ended(e)
        assert again == outcome
    return Observed(outcome, run.fuel, run.intrinsic_calls)


def calls(text: str) -> list[tuple[re.Match[str], Limits]]:
    """The calls of a file with the limits that hold for each."""
    found, limits = [], LIMITS
    for match in re.finditer(r"^;fuel (?P<fuel>\d+)$|" + CALL.pattern, text, re.MULTILINE):
        if match["fuel"] is not None:
            limits = LIMITS.with_(fuel=int(match["fuel"]))
        else:
            found.append((match, limits))
    return found


def libraries(path: Path, text: str, hosts: Any) -> dict[str, bytes]:
    """The libraries that a program names, by name: they stand beside it."""
    found = {}
    for match in LIBRARY.finditer(text):
        file = path.with_name(f"{match['name']}.lib.vasm")
        found[match["name"]] = encode(assemble(file.read_text("utf-8"), hosts.catalog(), file.name))
    return found


def linked(text: str, found: dict[str, bytes]) -> str:
    """The text with the hashes that its libraries have."""
    for name, data in found.items():
        text = re.sub(rf'^(\.link {name}) "\w+"$', rf'\1 "{content_hash(data).hex()}"', text, flags=re.MULTILINE)
    return text


@pytest.fixture(scope="module")
def hosts() -> Any:
    """The installed packs: the standard pack is always there."""
    return installed()


def test_there_are_programs() -> None:
    """A folder that has moved away must not look like a folder of programs that pass."""
    assert len(FILES) >= 3


@pytest.mark.parametrize("path", PROGRAMS, ids=[str(f.relative_to(HERE)) for f in PROGRAMS])
def test_program(path: Path, hosts: Any, bless: bool) -> None:
    """Every way to run a program ends as the program says, and in the same way."""
    text = path.read_text("utf-8")
    below = libraries(path, text, hosts)
    text = linked(text, below) if bless else text
    module = assemble(text, hosts.catalog(), path.name)
    # Bytes, not modules, are compared: NaN is not equal to itself.
    assert encode(decode(encode(module))) == encode(module)
    found = calls(text)
    assert found, f"{path.name} expects nothing: write a line ';> main => ...'"
    blessed, end = "", 0
    for match, limits in found:
        name, _, rest = match["call"].partition(" ")
        given = arguments(rest)
        vm = VM(hosts=hosts, limits=limits, allow=("clock", "random"), libraries=below)
        seen = {how: observe(vm.load_module(module), name, given, how) for how in ("checked", "fast", "stepped")}
        tiers = VM(hosts=hosts, limits=limits, allow=("clock", "random"), libraries=below, tier="compiled")
        seen["compiled"] = compiled(tiers.load_module(module), name, given)
        seen["decoded"] = observe(vm.load(encode(module)), name, given, "fast")
        assert len(set(seen.values())) == 1, seen
        outcome = seen["fast"].outcome
        if not bless:
            assert outcome == match["outcome"].strip(), match[0]
        blessed += text[end : match.start("outcome")] + " " + outcome
        end = match.end("outcome")
    if bless:
        path.write_text(blessed + text[end:], "utf-8")


@pytest.mark.parametrize("path", FILES, ids=[str(f.relative_to(HERE)) for f in FILES])
def test_disassembly_assembles_to_the_same_bytes(path: Path, hosts: Any) -> None:
    """Also without the headers that the source needed, and also a second time."""
    module: Module = assemble(path.read_text("utf-8"), hosts.catalog(), path.name)
    again = assemble(disassemble(module))
    assert encode(again) == encode(module)
    assert disassemble(again) == disassemble(module)


def test_every_opcode_occurs(hosts: Any) -> None:
    """A row of the table without a program in which it runs is a row that nobody has tried."""
    seen = {
        i.opcode
        for path in FILES
        for function in assemble(path.read_text("utf-8"), hosts.catalog(), path.name).functions
        for i in function.code
    }
    missing = [row.name for row in OPCODES if row.code not in seen]
    assert not missing, f"no program in {HERE.name}/ has {', '.join(missing)}"


def test_every_trap_and_limit_occurs() -> None:
    """Every kind of trap, and every limit on a run, is the outcome of some program, but for those that need a host."""
    needs_a_host = {
        "bad-result",
        "deadline",
        "host-memory",
        "host-recursion",
        "not-on-tape",
        "nothing-to-give",
        "result-too-large",
    }
    expected = {kind for kind, row in ERRORS.items() if issubclass(row.family, RunError)} - needs_a_host
    seen = set(re.findall(r"=> (?:trap|limit) (\S+) at", "\n".join(p.read_text("utf-8") for p in FILES)))
    assert seen == expected
