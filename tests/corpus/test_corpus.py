"""Every hostile input: refused as its row says, by nothing but an error of vcvm, in bounded memory.

Takes the files that make.py wrote. Rows that stand for hundreds of inputs are made here.
"""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest

import vcvm_core
from corpus.forge import code_of, file, fixed, function, functions, module
from corpus.good import GOOD
from corpus.make import HERE, LAYERS, stale
from corpus.rows import Row
from vcvm_core.bytecode import Function, Module, decode, encode
from vcvm_core.errors import ERRORS, FormatError, VcvmError, VerifyError
from vcvm_core.isa import BY_CODE, OPCODES, SHAPES, Op, picture
from vcvm_core.limits import Limits
from vcvm_core.values import Type, parse_signature, parse_type
from vcvm_core.verify import verify

FILES = sorted(p for layer in LAYERS for p in (HERE / layer).glob("*.vcvm"))
ALONE = [row for rows in LAYERS.values() for row in rows if row.alone]
FEW_BYTES = 5 << 20
"""What a lie about a count may make the decoder allocate."""


def refused(data: bytes) -> VcvmError | None:
    """The error with which bytes are refused, None if they are accepted. Whatever else is raised comes through."""
    try:
        verify(decode(data))
    except VcvmError as e:
        return e
    return None


def readable(error: VcvmError) -> bool:
    """Whether every text that the error gives can be made, and is safe to print."""
    texts = [str(error), error.help, json.dumps(error.to_data())]
    return all(c.isprintable() or c == "\n" for text in texts for c in text)


def test_the_corpus_is_fresh() -> None:
    """The files are those that the rows make. Cure: PYTHONPATH=tests python -m corpus.make --bless, then read the diff."""
    assert stale() == []


def test_ids_are_unique() -> None:
    """A row's id names its file."""
    names = [row.id for rows in LAYERS.values() for row in rows]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_row(path: Path) -> None:
    """An input ends as the JSON beside it says: same class, kind and code, at the same stage."""
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    error = refused(path.read_bytes())
    found = {"class": "", "kind": "", "code": ""}
    if error is not None:
        assert readable(error)
        found = {"class": type(error).__name__, "kind": error.kind, "code": error.code}
    assert found == {key: expected[key] for key in found}


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_what_is_accepted_has_one_encoding(path: Path) -> None:
    """What the decoder accepts, whether it verifies or not, is encoded as the same bytes again."""
    data = path.read_bytes()
    try:
        found = decode(data)
    except FormatError:
        return
    assert encode(found) == data


LIES = (
    "F06",
    "F06-format0",
    "F06-types",
    "F06-externs",
    "F07",
    "F07-code",
    "F07-code-format0",
    "F07-locals",
    "F08",
    "F09",
    "F32-debug",
)


@pytest.mark.parametrize("row", [r for r in LAYERS["format"] if r.id in LIES], ids=lambda r: r.id)
def test_a_lie_about_a_size_allocates_nothing(row: Row) -> None:
    """F06 to F09: a count of 2**32 - 1 in a file of 40 bytes costs no memory."""
    tracemalloc.start()
    refused(row.data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < FEW_BYTES


def _confined() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
    resource.setrlimit(resource.RLIMIT_CPU, (10, 10))


@pytest.mark.parametrize("row", ALONE, ids=lambda r: r.id)
def test_alone(row: Row) -> None:
    """With 1 GiB of addresses and 10 s of processor time, the input ends as its row says: no signal, no lack of memory."""
    code = (
        f"import sys; sys.path.insert(0, {str(Path(vcvm_core.__file__).parents[1])!r})\n"
        "from vcvm_core.bytecode import decode\n"
        "from vcvm_core.errors import VcvmError\n"
        "from vcvm_core.verify import verify\n"
        "try:\n    verify(decode(sys.stdin.buffer.read()))\nexcept VcvmError as e:\n    print(e.kind)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], input=row.data, capture_output=True, preexec_fn=_confined)
    assert done.returncode >= 0, signal.Signals(-done.returncode).name
    assert (done.returncode, done.stdout.decode().strip(), done.stderr) == (0, row.kind, b"")


@pytest.mark.parametrize("name", GOOD)
def test_good_programs_are_accepted(name: str) -> None:
    """What is cut and bent below is sound before."""
    assert refused(GOOD[name]) is None


@pytest.mark.parametrize("name", GOOD)
def test_every_prefix_is_refused(name: str) -> None:
    """F02: a program cut at any byte is refused as damaged."""
    data = GOOD[name]
    for end in range(len(data)):
        error = refused(data[:end])
        assert isinstance(error, FormatError), end
        assert error.kind in ("truncated", "checksum", "count-exceeds-data"), (end, error.kind)


@pytest.mark.parametrize("name", [n for n in GOOD if n != "founding"])
def test_every_prefix_with_a_checksum_that_fits(name: str) -> None:
    """F02: the same with the checksum of what is left, which only a cut between two sections survives."""
    data = GOOD[name]
    for end in range(12, len(data)):
        error = refused(fixed(data[:end]))
        if end in section_ends(data):
            assert error is None or error.kind == "section-missing", (end, error)
        else:
            assert isinstance(error, FormatError), end
            assert error.kind in ("truncated", "count-exceeds-data"), (end, error.kind)


def section_ends(data: bytes) -> set[int]:
    """Where sections of a good program end, and where the first begins."""
    found = {12}
    while max(found) < len(data):
        at = max(found)
        found.add(at + 5 + int.from_bytes(data[at + 1 : at + 5], "little"))
    return found


@pytest.mark.parametrize("name", GOOD)
def test_every_byte_changed(name: str) -> None:
    """F03: a program with one byte changed, and its checksum fixed up, is refused or accepted; nothing else happens."""
    data = GOOD[name]
    for at in range(len(data)):
        for value in {0x00, 0xFF, data[at] ^ 0x80, data[at] ^ 0x01}:
            changed = fixed(data[:at] + bytes([value]) + data[at + 1 :])
            error = refused(changed)
            assert error is None or isinstance(error, FormatError | VerifyError)
            assert error is None or readable(error)


def unused_bits() -> list[tuple[str, int]]:
    """For each opcode, its word with one bit set that none of its operands uses."""
    found = []
    for row in OPCODES:
        used = sum(mask << shift for shift, mask in SHAPES[len(row.operands)])
        found += [(row.name, row.code << 24 | 1 << bit) for bit in range(24) if not used >> bit & 1]
    return found


def test_unused_bits_are_refused() -> None:
    """F24: an opcode without operands refuses each of its 24 unused bits; the shapes with operands use all of theirs."""
    cases = unused_bits()
    assert {n for n, _ in cases} == {row.name for row in OPCODES if not row.operands}
    for name, word in cases:
        error = refused(file(functions(function(code=[word]))))
        assert error is not None, name
        assert error.kind == "reserved-bits", name
        assert name in str(error)


@pytest.mark.parametrize("code", [n for n in range(256) if n not in BY_CODE])
def test_unassigned_opcodes_are_refused(code: int) -> None:
    """F25: every number without a row in the table is refused, in both formats."""
    error = refused(file(functions(function(code=[code << 24]))))
    assert error is not None
    assert error.kind == "bad-opcode"


ALL_TYPES = (
    "none",
    "bool",
    "int",
    "float",
    "string",
    "bytes",
    "uuid",
    "any",
    "list<int>",
    "mut list<int>",
    "map<int>",
    "mut map<int>",
    "{x: int}",
    "int?",
)
"""One type of each form."""


def wrong_inputs(row: Op) -> list[tuple[int, str]]:
    """(position of an input, type): for each input whose type the table writes out, all the types that it is not."""
    if row.flow in ("call", "return"):
        return []
    return [
        (position, wrong)
        for position, (_, expected) in enumerate(picture(row).inputs)
        if isinstance(expected, Type) and expected.kind not in ("var", "any")
        for wrong in ALL_TYPES
        if not _may(parse_type(wrong), expected)
    ]


def _may(actual: Type, expected: Type) -> bool:
    """Whether a type may stand where a picture says `expected`, whose items are type variables."""
    if expected.kind in ("list", "map"):
        return actual.kind == expected.kind and (actual.mutable or not expected.mutable)
    return actual is expected


def _fitting(expected: Type | str) -> str:
    """A type for the inputs of a picture that are not under test."""
    text = str(expected).replace("T", "int").replace("U", "int").replace("V", "int")
    return "any" if text.startswith("@") else text


ATTACKED = [row for row in OPCODES if wrong_inputs(row)]


@pytest.mark.parametrize("row", ATTACKED, ids=lambda row: row.name)
def test_wrong_types_are_refused(row: Op) -> None:
    """V15: each input of each opcode refuses each type that the table does not say, naming opcode and position."""
    for position, wrong in wrong_inputs(row):
        given = [_fitting(t) for _, t in picture(row).inputs]
        given[position] = wrong
        operands = ", ".join("0" for _ in row.operands)
        code = "; ".join([*(f"get {i}" for i in range(len(given))), f"{row.name} {operands}", "ret"])
        made = module(code, f"({', '.join(given)}) -> ()", constants=["x"], types=["int"], stack=0)
        with pytest.raises(VerifyError) as caught:
            verify(made)
        found = caught.value.diagnostics[0]
        assert (found.kind, found.facts["opcode"]) == ("type-mismatch", row.name)
        assert found.facts["position"] == position + 1


def test_every_typed_opcode_is_attacked() -> None:
    """V15 leaves out only opcodes whose inputs may be anything, or are what their operands say."""
    free = {
        "halt",
        "pop",
        "push",
        "swap",
        "calli",
        "loadk",
        "nop",
        "dup",
        "over",
        "rot",
        "widen",
        "get",
        "set",
        "eq",
        "ne",
        "is",
        "as",
        "newl",
        "packl",
        "newm",
        "packr",
        "field",
        "j",
        "call",
        "calll",
        "ret",
        "trap",
    }
    assert {row.name for row in ATTACKED} == {row.name for row in OPCODES} - free


def test_imports_that_collide_are_decoded() -> None:
    """F20: with a raised limit, 1,025 UUIDs of one hash are just 1,025 UUIDs."""
    (row,) = (r for r in LAYERS["format"] if r.id == "F20")
    found = decode(row.data, Limits.default.with_(imports=2_000))
    assert len(found.externs) == 1_025
    assert len({x.uuid for x in found.externs}) == 1_025


def test_a_buffer_that_changes_changes_nothing() -> None:
    """F27: a program decoded from a bytearray or a memoryview has copied it."""
    data = bytearray(GOOD["everything"])
    before = decode(bytes(data))
    for held in (decode(data), decode(memoryview(data))):
        data[:] = bytes(len(data))
        assert held == before
        data[:] = GOOD["everything"]


def test_the_size_of_a_buffer_is_in_bytes() -> None:
    """A memoryview of wide items is measured by its bytes, not by its items."""
    wide = memoryview(bytearray(4_096)).cast("Q")
    with pytest.raises(FormatError) as caught:
        decode(wide, Limits.default.with_(program_bytes=4_000))
    assert caught.value.kind == "file-too-large"
    assert caught.value.facts["found"] == 4_096


def test_negative_operands_of_a_module_made_by_hand() -> None:
    """V06: no word has a negative operand, but a module made by hand may; it is refused like one out of range."""
    void = parse_signature("() -> ()")
    for text, kind in (("j 0", "jump-range"), ("get 0", "index-range"), ("call 0", "index-range")):
        (whole,) = code_of(text)
        made = Module(functions=(Function("main", void, (), 0, (type(whole)(whole.opcode, -1),)),))
        with pytest.raises(VerifyError) as caught:
            verify(made)
        assert caught.value.kind == kind


def test_codes_are_those_of_the_table() -> None:
    """The kinds in the corpus are kinds that exist, and each is of the class that its stage raises."""
    for rows in LAYERS.values():
        for row in rows:
            assert not row.kind or ERRORS[row.kind].family in (FormatError, VerifyError)
