"""Every seed and every find keeps what its target promises; and each oracle notices when a promise is broken."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from corpus.forge import fixed
from corpus.good import GOOD
from fuzz import assembly, decode, manifests, oracle, records, run, targets
from fuzz.__main__ import keep
from fuzz.mutate import program, spliced
from fuzz.oracle import Broken
from fuzz.samples import Everything, Unkind, is_value, sample
from fuzz.seed import repaired, seeds
from fuzz.shrink import smaller
from fuzz.targets import FINDS, TARGETS, Target, finds
from vcvm_core import Limits, Program, VcvmError
from vcvm_core.bytecode import Extern, Instruction, instruction
from vcvm_core.bytecode import decode as decoded
from vcvm_core.errors import error
from vcvm_core.link import LinkReport
from vcvm_core.link.report import Verdict
from vcvm_core.values import check, parse_signature, parse_type
from vcvm_core.verify import verify

FOUND = [(target, path) for target in TARGETS.values() for path in finds(target)]


def first(data: bytes, longest: int) -> bytes:
    """A blind mutation: the first byte."""
    return bytes([(data[0] + 1) % 256 if data else 0, *data[1:longest]])


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_seeds(target: Target) -> None:
    """Every seed keeps every promise; and there are seeds."""
    found = seeds(target)
    assert len(found) > 10
    for data in found:
        target.check(data)


@pytest.mark.parametrize(("target", "path"), FOUND, ids=[f"{t.name}-{p.name}" for t, p in FOUND])
def test_finds(target: Target, path: Path) -> None:
    """What once broke a promise keeps it."""
    target.check(path.read_bytes())


def test_open_finds_are_no_seeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What still breaks a promise would end the fuzzer before it begins; what is repaired is where it begins."""
    monkeypatch.setattr(targets, "FINDS", tmp_path)
    keep("records", b"\0[open]", tmp_path)
    keep("records", b"\0[1]", tmp_path)
    target = TARGETS["records"]._replace(check=lambda data: oracle.hold("closed", b"open" not in data))
    assert repaired(target) == (b"\0[1]",)


def test_every_folder_of_finds_is_a_target() -> None:
    """No find lies where nothing replays it."""
    assert {p.name for p in FINDS.glob("*") if p.is_dir()} <= set(TARGETS)


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_mutants(target: Target) -> None:
    """Mutants are made without the fuzzer too, are not too long, and keep every promise."""
    random = Random(1)
    for data in seeds(target)[:40]:
        made = target.mutate(data, target.longest, random, first) if target.mutate else first(data, target.longest)
        assert len(made) <= target.longest
        target.check(made)


def test_mutants_get_through() -> None:
    """Of the mutants of good programs, many are other programs that the verifier accepts."""
    random, pool, accepted = Random(1), list(GOOD.values()), set()
    for _ in range(300):
        made = program(random.choice(pool), 4_096, random, first)
        try:
            verify(decoded(made))
        except VcvmError:
            continue
        accepted.add(made)
        pool.append(made)
    assert len(accepted - set(GOOD.values())) > 30


def test_a_splice_moves_jumps() -> None:
    """Jumps lead where they led; those of what is put in count from its start."""
    code = (instruction("j", 2), instruction("nop"), instruction("j", 0))
    new = [instruction("nop"), instruction("j", 0)]
    found = spliced(code, 1, 0, new)
    assert found == [instruction("j", 4), new[0], instruction("j", 1), instruction("nop"), instruction("j", 0)]
    assert spliced(tuple(found), 1, 2, []) == list(code)


def test_smaller() -> None:
    """What does not matter to a find is left out."""

    def check(data: bytes) -> None:
        oracle.hold("no x before y", not (b"x" in data and data.find(b"y") > data.find(b"x")), data)

    assert smaller(check, b"aaaa x bbbbbbbb y ccccccc") == b"xy"
    assert smaller(check, b"fine") == b"fine"


# Each oracle, with a fault planted in what it looks at.


def raising(e: Exception) -> Callable[..., Any]:
    def function(*args: Any, **facts: Any) -> Any:
        raise e

    return function


def broken(target: str, data: bytes, says: str) -> None:
    """The target reports it; without the fault it does not, which `test_seeds` shows."""
    with pytest.raises(Broken, match=says):
        TARGETS[target].check(data)


LOOP = GOOD["loop"]
TEXT = b"func f($a: int) -> int\n get $a\n push 1\n addi\n ret\nend\nexport f\n"


@pytest.fixture
def manifest() -> bytes:
    """A manifest that is accepted."""
    return seeds(TARGETS["manifests"])[0]


@pytest.fixture
def plant(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts a fault in place of a function that a target calls."""
    return monkeypatch.setattr


def test_decode_rejects(plant: Callable[..., None]) -> None:
    """An error that is none of the decoder's; bytes that come back changed; limits that change the module."""
    plant(decode, "decode", raising(KeyError("section")))
    broken("decode", LOOP, "decode: KeyError")
    plant(decode, "decode", raising(error("fuel", limit=1)))
    broken("decode", LOOP, "decode: LimitExceeded")
    plant(decode, "decode", decoded)
    plant(decode, "encode", lambda module: LOOP + b"x")
    broken("decode", LOOP, "one encoding")
    plant(decode, "encode", lambda module: LOOP)
    plant(decode, "decode", lambda data, limits=None: decoded(data)._replace(kind="library" if limits else "program"))
    broken("decode", LOOP, "limits refuse or change nothing")
    plant(decode, "decode", decoded)
    plant(decode, "disassemble", raising(RecursionError()))
    broken("decode", LOOP, "disassemble: RecursionError")


def test_bounds_reject(plant: Callable[..., None]) -> None:
    """Too much time, too much memory."""
    plant(oracle, "SECONDS", -1.0)
    broken("decode", LOOP, "bounded time")
    plant(oracle, "SECONDS", 60.0)
    plant(oracle, "MEASURED", 1)
    TARGETS["decode"].check(LOOP)
    plant(decode, "decode", lambda data: [bytes(3 << 20), decoded(data)][1])
    broken("decode", LOOP, "memory in proportion")


def test_an_error_that_cannot_be_shown_is_rejected(plant: Callable[..., None]) -> None:
    """Its sentence lacks a fact, or holds what a terminal would obey."""
    plant(decode, "decode", raising(error("bad-index")))
    broken("decode", LOOP, "cannot be shown")
    shown = error("bad-magic", magic="x")
    plant(type(shown), "__str__", lambda self: "\x1b[2J")
    plant(decode, "decode", raising(shown))
    broken("decode", LOOP, "not safe to print")


def test_run_rejects_verifiers(plant: Callable[..., None]) -> None:
    """A verifier that raises something else."""
    plant(run, "verify", raising(IndexError("facts")))
    broken("run", LOOP, "verify: IndexError")


def test_run_rejects_reports(plant: Callable[..., None]) -> None:
    """A link report that cannot be made, or that a terminal would obey."""
    plant(run, "link_report", raising(KeyError("fix")))
    broken("run", LOOP, "report: KeyError")
    plant(run, "link_report", lambda *args: LinkReport("", (Verdict("library", "x", "", "unknown", "\x1b[2J"),)))
    broken("run", LOOP, "safe to print")


def test_run_rejects_an_unsound_machine(plant: Callable[..., None]) -> None:
    """A machine that gives what the verifier did not foresee is found by the self-check."""
    from vcvm_core.runtime import selfcheck

    real = selfcheck.stack_before
    plant(selfcheck, "stack_before", lambda code, pc: [*real(code, pc), None])
    broken("run", LOOP, "checked: InternalError")


def test_run_rejects_what_differs(plant: Callable[..., None]) -> None:
    """One way to run that ends otherwise: another result, other fuel, no error of vcvm's; results that are no values."""
    plant(run, "WAYS", {**run.WAYS, "stepped": run._interpreted(lambda machine: (machine.run(), 1)[1])})
    broken("run", LOOP, "ends alike")

    def wasteful(machine: Any) -> Any:
        result = machine.run()
        machine.fuel -= 1
        return result

    plant(run, "WAYS", {**run.WAYS, "stepped": run._interpreted(wasteful)})
    broken("run", LOOP, "ends alike")
    plant(run, "WAYS", {"checked": run._interpreted(raising(ZeroDivisionError("x")))})
    broken("run", LOOP, "checked: ZeroDivisionError")
    plant(run, "WAYS", {"checked": run._interpreted(lambda machine: 1 << 64)})
    broken("run", LOOP, "results are values")
    plant(run, "WAYS", {"checked": run._interpreted(lambda machine: machine.arguments[0].append(1))})
    broken("run", LOOP, "what it was lent")


def test_run_rejects_disassembly(plant: Callable[..., None]) -> None:
    """Text that assembles to another program."""
    plant(run, "disassemble", lambda module: "push 1")
    broken("run", LOOP, "assembles to the same bytes")


def test_run_uses_the_compiled_tier(plant: Callable[..., None]) -> None:
    """A compiled function that gives something else, or counts otherwise, is reported."""
    measure = Program.measure
    plant(Program, "measure", lambda *call: measure(*call)._replace(result="spam"))
    broken("run", LOOP, "ends alike: .*compiled")

    def cheap(*call: Any) -> Any:
        run = measure(*call)
        run.meter.fuel += 1
        return run

    plant(Program, "measure", cheap)
    broken("run", LOOP, "ends alike: .*compiled")


def test_samples_are_of_their_type() -> None:
    """Arguments and results are what the boundary lets through; a host that lies does so inside of containers only."""
    random = Random(1)
    for text in (
        "none",
        "bool",
        "int",
        "float",
        "string",
        "bytes",
        "uuid",
        "any",
        "int?",
        "{a: map<list<int?>>, b: float}",
    ):
        t = parse_type(text)
        for _ in range(20):
            value = sample(t, random)
            assert check(t)(value) is value
            assert is_value(value)
    assert {is_value(sample(parse_type("list<int>"), random, honest=False)) for _ in range(50)} == {True, False}


def test_the_host_offers_everything() -> None:
    """Each intrinsic once, with the signature asked for; calls are logged; a few raise, or return something else."""
    for mood in range(16):
        identity = bytes([4, *[0] * 14, mood])
        hosts = Everything([Extern(identity, parse_signature("(list<T>, T) -> T"))])
        (offer,) = hosts.offers(identity)
        function = offer.load()
        if mood == 15:
            with pytest.raises(Unkind):
                function([1, 2], 3)
        else:
            assert function([1, 2], 3) == {13: (1, 2), 14: object}.get(mood, 1)
        assert hosts.log == [f"{identity.hex()}([1, 2], 3)"]
        assert offer.size is not None
        assert offer.size([1, 2], 3) == 66
    assert hosts.offers(bytes(16)) == ()


def test_assembly_rejects(plant: Callable[..., None]) -> None:
    """An error of another class or without a place; bytes, a verifier or a disassembly that are wrong."""
    assemble = assembly.assemble
    plant(assembly, "assemble", raising(ValueError("x")))
    broken("assembly", TEXT, "assemble: ValueError")
    plant(assembly, "assemble", raising(error("missing-end")))
    broken("assembly", TEXT, "a problem has its place")
    plant(assembly, "assemble", assemble)
    plant(assembly, "encode", raising(ValueError("a name")))
    broken("assembly", TEXT, "encode: ValueError")
    plant(assembly, "encode", lambda module: LOOP)
    plant(assembly, "disassemble", lambda module: "push")
    broken("assembly", TEXT, "assemble what was disassembled: CompileError")


def test_assembly_rejects_disassembly(plant: Callable[..., None]) -> None:
    """Text that assembles to something else, or that has another form the second time."""
    disassemble = assembly.disassemble
    plant(assembly, "disassemble", lambda module: "push 1")
    broken("assembly", TEXT, "assembles to the same bytes")
    count = iter("\n" * n for n in range(9))
    plant(assembly, "disassemble", lambda module: disassemble(module) + next(count))
    broken("assembly", TEXT, "has one form")


def test_manifests_rejects(plant: Callable[..., None], manifest: bytes) -> None:
    """An error that is none of a manifest's; a second form; a formula that fails."""
    plant(manifests, "decode_manifest", raising(TypeError("unhashable")))
    broken("manifests", manifest, "decode: TypeError")
    plant(manifests, "decode_manifest", raising(error("bad-magic", magic=1)))
    broken("manifests", manifest, "decode: FormatError")


def test_manifests_rejects_forms_and_formulas(plant: Callable[..., None], manifest: bytes) -> None:
    """What is encoded is no manifest; what a manifest says cannot be used."""
    encode = manifests.encode_manifest
    plant(manifests, "encode_manifest", lambda found: b"")
    broken("manifests", manifest, "decode what was encoded: ManifestError")
    plant(manifests, "encode_manifest", encode)
    plant(manifests, "manifest_to_data", raising(OverflowError("x")))
    broken("manifests", manifest, "use: OverflowError")


def test_records_rejects_values(plant: Callable[..., None]) -> None:
    """JSON that gives no value, another value than Python's, or that is not read again."""
    data = b'\0{"a": [1]}'
    parse = records.parse
    plant(records, "parse", raising(RecursionError()))
    broken("records", data, "parse: RecursionError")
    plant(records, "parse", lambda data, limits: {"a": [1 << 63]})
    broken("records", data, "values of the machine")
    plant(records, "parse", lambda data, limits: {"a": [2]})
    broken("records", data, "what Python reads")
    plant(records, "parse", parse)
    plant(records, "dumps", lambda data: "\x1b")
    broken("records", data, "safe to print")
    plant(records, "dumps", lambda data: "1")
    broken("records", data, "read again")
    plant(records, "dumps", json.dumps)
    plant(records, "fit", lambda t: lambda value: object())
    broken("records", data, "conversion gives values")


def test_records_rejects_streams(plant: Callable[..., None]) -> None:
    """Records that depend on how the stream arrives, or are not those of `json`, or whose numbers are wrong."""
    data = b"\2[1, [2], 3]"
    real = records.READERS["json"]

    def reader(change: Callable[[Any], Any]) -> dict[str, Any]:
        return {**records.READERS, "json": lambda stream, limits: map(change, real(stream, limits))}

    plant(records, "READERS", {**records.READERS, "json": raising(KeyError(1))})
    broken("records", data, "json: begin: KeyError")
    plant(records, "READERS", reader(lambda record: record._replace(number=1)))
    broken("records", data, "numbers rise by one")
    plant(records, "READERS", reader(lambda record: record._replace(line=9 - record.number)))
    broken("records", data, "lines do not fall")
    plant(records, "READERS", reader(lambda record: record._replace(value=0)))
    broken("records", data, "elements are those of the array")
    sizes = iter(range(99))
    plant(records, "READERS", reader(lambda record: record._replace(value=next(sizes))))
    broken("records", data, "pieces make no difference")


def test_records_rejects_late_errors(plant: Callable[..., None]) -> None:
    """An error that ends the stream after its first record."""

    def late(stream: Any, limits: Limits) -> Iterator[records.Record]:
        yield records.Record(1, 1, None)
        raise error("no-entry", count=0, exports="none")

    plant(records, "READERS", {**records.READERS, "ndjson": late})
    broken("records", b"\1" + b"null", "ndjson: next: ApiError")


def test_the_fuzzer_gets_through_the_checksum() -> None:
    """A mutant's checksum is right, or nothing behind it would ever be reached."""
    random = Random(2)
    made = [program(LOOP, 4_096, random, first) for _ in range(50)]
    assert sum(fixed(data) == data for data in made) > 40
    assert isinstance(decoded(LOOP).functions[0].code[0], Instruction)
