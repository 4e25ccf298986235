"""THE TABLE: complete, consistent, and never changed by accident.

tests/golden/opcodes.txt pins what programs depend on. After a deliberate change: pytest tests/unit/isa --bless.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from vcvm_core.isa import BY_CODE, BY_NAME, FOUNDING, KINDS, OPCODES, SHAPES, Op, picture
from vcvm_core.values import Type, arith, sizes

GOLDEN = Path(__file__).parents[2] / "golden" / "opcodes.txt"
AT = {
    "@constant",
    "@type",
    "@local",
    "@params",
    "@results",
    "@sub",
    "@list",
    "@map",
    "@items",
    "@fields",
    "@record",
    "@field",
    "@top",
}
FLOWS = {"next", "jump", "branch", "iterate", "call", "return", "trap"}
MACHINE = {"A", "B", "L", "fuel", "depth"}
FUNCTIONS = {"len", "min", "max", "float", "iter", "tuple"} | {
    name for shared in (arith, sizes) for name in dir(shared) if not name.startswith("_")
}


def pinned() -> str:
    """What programs depend on, one row a line."""
    return "".join(
        f"0x{row.code:02x} {row.name:7} [{', '.join(row.operands)}] {row.picture} | {row.flow}\n" for row in OPCODES
    )


def test_rows_are_pinned(bless: bool) -> None:
    """Number, name, operands, picture and flow of an opcode never change: programs are compiled against them."""
    if bless:
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(pinned(), encoding="utf-8")
    assert GOLDEN.read_text(encoding="utf-8") == pinned()


def test_numbers_and_names_are_unique() -> None:
    """Rows stand in rising order, and both ways of finding one find them all."""
    codes = [row.code for row in OPCODES]
    assert codes == sorted(set(codes))
    assert all(0 <= code <= 255 for code in codes)
    assert len(BY_NAME) == len(BY_CODE) == len(OPCODES)


def test_the_founding_six() -> None:
    """The founding document's opcodes keep their numbers and operands."""
    founding = {"halt": 0, "pop": 1, "push": 2, "swap": 3, "calli": 4, "loadk": 5}
    assert {row.name: row.code for row in OPCODES if row.code in FOUNDING} == founding
    assert {row.name for row in OPCODES if row.code in FOUNDING and row.operands} == {"push", "calli", "loadk"}


def test_shapes_are_the_founding_documents() -> None:
    """The opcode is the top byte; one operand has 24 bits, two have 12, three have 8."""
    assert [[mask.bit_length() for _, mask in shape] for shape in SHAPES] == [[], [24], [12, 12], [8, 8, 8]]
    for shape in SHAPES:
        bits = [mask << shift for shift, mask in shape]
        assert sum(bits) == (0xFFFFFF if bits else 0)
        assert [shift for shift, _ in shape] == sorted((shift for shift, _ in shape), reverse=True)


@pytest.mark.parametrize("row", OPCODES, ids=lambda row: row.name)
def test_row(row: Op) -> None:
    """A row's columns are of their kinds, and its sentence begins with a verb."""
    assert re.fullmatch(r"[a-z]{1,6}", row.name)
    assert set(row.operands) <= set(KINDS)
    assert row.flow in FLOWS
    assert ("target" in row.operands) == (row.flow in ("jump", "branch", "iterate"))
    assert re.match(r"(Pops|Pushes|Ends|Exchanges|Does|Moves|Lets|Jumps|Returns) ", row.doc)
    assert row.doc.endswith(".")
    assert len(row.doc) < 160


@pytest.mark.parametrize("row", OPCODES, ids=lambda row: row.name)
def test_picture(row: Op) -> None:
    """A picture parses; every input has a name of its own or is an @name, and outputs use variables that inputs bind."""
    inputs, outputs = picture(row)
    names = [name for name, _ in inputs if name]
    assert len(set(names)) == len(names)
    for name, t in inputs:
        assert name or t in AT
        assert isinstance(t, Type) or t in AT
    bound = set(re.findall(r"\b[A-Z]\b", row.picture.split("--")[0]))
    assert set(re.findall(r"\b[A-Z]\b", row.picture.split("--")[1])) <= bound
    assert all(isinstance(t, Type) or t in AT for t in outputs)


@pytest.mark.parametrize("row", [r for r in OPCODES if r.meaning], ids=lambda row: row.name)
def test_meaning(row: Op) -> None:
    """Meaning and charges compile, and name nothing but inputs, operands and the functions that all tiers share."""
    inputs, outputs = picture(row)
    for column in (row.meaning, row.charge, row.size, row.entries, row.memory):
        if not column:
            continue
        tree = ast.parse(column)
        names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
        assert names <= {name for name, _ in inputs} | MACHINE | FUNCTIONS
        attributes = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
        assert attributes <= {"append", "pop", "isascii"}
    if len(outputs) == 1:
        compile(row.meaning, row.name, "eval")
    elif outputs:
        assert len(ast.parse(row.meaning, mode="eval").body.elts) == len(outputs)  # type: ignore[attr-defined]


def test_rows_without_a_meaning() -> None:
    """Only control flow, calls and the building of containers from a counted number of values are told in code."""
    assert {r.name for r in OPCODES if not r.meaning} == {
        "halt",
        "calli",
        "packl",
        "packr",
        "next",
        "j",
        "call",
        "calll",
        "ret",
        "trap",
    }


def test_what_leaves_the_range_is_marked() -> None:
    """Every operation on ints that can leave 64 bits is marked so, and no other."""
    assert {r.name for r in OPCODES if r.ranged} == {"addi", "subi", "mul", "div", "negi", "shl"}


def test_what_comes_out_of_containers_is_marked() -> None:
    """Every instruction that takes an element out checks it."""
    assert {r.name for r in OPCODES if r.taken} == {"getl", "getm", "field", "next"}


def test_work_that_grows_is_charged() -> None:
    """Whatever makes or looks through a value of any size says what that costs."""
    grows = {
        "cats",
        "catb",
        "slices",
        "sliceb",
        "slicel",
        "catl",
        "ins",
        "inl",
        "eq",
        "ne",
        "iterm",
        "eqs",
        "nes",
        "lts",
        "les",
        "gts",
        "ges",
        "packl",
        "packr",
        "setl",
        "appl",
        "setm",
        "getm",
        "hasm",
        "delm",
    }
    assert {r.name for r in OPCODES if r.charge} == grows
    assert {r.name for r in OPCODES if r.size} == {"cats", "catb"}
    assert {r.name for r in OPCODES if r.entries} == {"appl", "catl", "packl", "setm"}
    makes = grows - {"getm", "hasm", "delm", "ins", "inl", "eq", "ne", "eqs", "nes", "lts", "les", "gts", "ges"}
    stores = {"ats", "newl", "newm"}
    assert {r.name for r in OPCODES if r.memory} == makes | stores
