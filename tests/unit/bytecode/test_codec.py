"""Bytes and model: one encoding, nothing shared, and the builder that makes modules."""

from __future__ import annotations

import math
import struct
from uuid import UUID

import pytest

from corpus.forge import module
from corpus.good import GOOD
from vcvm_core import ApiError
from vcvm_core.bytecode import (
    Debug,
    Extern,
    FunctionDebug,
    FunctionDraft,
    Module,
    ModuleBuilder,
    constant_type,
    content_hash,
    decode,
    encode,
    instruction,
)
from vcvm_core.bytecode.sections import SECTIONS
from vcvm_core.values import INT, STRING, list_of, parse_signature, variable
from vcvm_core.verify import verify


@pytest.mark.parametrize("name", GOOD)
def test_one_encoding(name: str) -> None:
    """What was decoded is encoded as the same bytes, and decoded as an equal module."""
    data = GOOD[name]
    assert encode(decode(data)) == data
    assert repr(decode(encode(decode(data)))) == repr(decode(data))
    assert content_hash(data) == content_hash(encode(decode(data)))


def test_every_section_is_used() -> None:
    """The good programs have entries in each table, so that every reader and writer is tested."""
    found = [decode(data) for data in GOOD.values()]
    for section in SECTIONS:
        assert any(getattr(m, section.name) for m in found), section.name


def test_nan_has_one_form() -> None:
    """Whatever NaN a constant is, the file has the one; other floats keep every bit, and -0.0 its sign."""
    for bits in (0x7FF8_0000_0000_0001, 0xFFF8_0000_0000_0000, 0x7FF0_0000_0000_0001):
        (nan,) = struct.unpack("<d", struct.pack("<Q", bits))
        assert encode(module("ret", constants=[nan])) == encode(module("ret", constants=[math.nan]))
    (zero,) = decode(encode(module("ret", constants=[-0.0]))).constants
    assert math.copysign(1, zero) == -1


@pytest.mark.parametrize(
    "value", [(), 1j, object(), [1], 1 << 63, -(1 << 63) - 1, "\ud800"], ids=lambda v: type(v).__name__
)
def test_what_is_no_constant(value: object) -> None:
    """The writer refuses what the reader could not give back, with a ValueError."""
    with pytest.raises((ValueError, struct.error)):
        encode(module("ret", constants=[value]))


@pytest.mark.parametrize("wrong", [None, "text", 5, [1], object()])
def test_what_is_no_bytes(wrong: object) -> None:
    """Only bytes, and buffers of them, are decoded."""
    with pytest.raises(ApiError) as found:
        decode(wrong)  # type: ignore[arg-type]
    assert found.value.kind == "wrong-type"


def test_a_module_shares_nothing_that_can_change() -> None:
    """It can be hashed, as it is made of tuples, texts, numbers and types."""
    for data in GOOD.values():
        assert type(hash(decode(data))) is int


def test_lines() -> None:
    """An instruction has the line of the last entry at or before it."""
    table = FunctionDebug(((2, 10), (5, 11), (9, 3)))
    assert [table.line(i) for i in (0, 1, 2, 4, 5, 8, 9, 99)] == [None, None, 10, 10, 11, 11, 3, 3]
    assert FunctionDebug().line(0) is None
    assert Module(debug=Debug("x", (table,))).line(0, 5) == 11
    assert Module(debug=Debug("x", (table,))).line(1, 5) is None
    assert Module().line(0, 0) is None


def test_exports() -> None:
    """By name; an unknown one has no index."""
    found = decode(GOOD["loop"])
    assert [found.export(n) for n in ("sum", "total", "main")] == [0, 0, None]


def test_types_of_constants() -> None:
    """By exact class: a bool is no int."""
    values = [None, True, 1, 1.0, "a", b"a", UUID(int=1)]
    assert [str(constant_type(v)) for v in values] == ["none", "bool", "int", "float", "string", "bytes", "uuid"]


def test_the_builder_keeps_constants_apart() -> None:
    """1, 1.0 and true are three constants, 0.0 and -0.0 are two; an equal one is found again."""
    b = ModuleBuilder()
    values = [1, 1.0, True, 0.0, -0.0, "1", b"1", None, math.nan]
    assert [b.constant(v) for v in values] == list(range(len(values)))
    assert [b.constant(v) for v in values] == list(range(len(values)))
    assert b.add_constant(1) == len(values)
    assert b.constant(1) == 0


def test_the_builder_infers_results() -> None:
    """From what the first return leaves, callees first; recursion that declares nothing gives nothing."""
    b = ModuleBuilder()
    b.functions.append(FunctionDraft("main", code=[instruction("call", 1), instruction("ret")]))
    b.functions.append(
        FunctionDraft("two", code=[instruction("push", 1), instruction("loadk", b.constant("x")), instruction("ret")])
    )
    b.functions.append(FunctionDraft("again", code=[instruction("call", 2), instruction("ret")]))
    made = b.finish()
    assert [f.signature.results for f in made.functions] == [(INT, STRING), (INT, STRING), ()]
    assert [f.max_stack for f in made.functions] == [2, 2, 0]
    assert verify(decode(encode(made)))


def test_the_builder_lists_types() -> None:
    """Types of parameters, locals, results and externs get into the table without being asked for."""
    b = ModuleBuilder()
    b.extern(Extern(b"1" * 16, parse_signature("(list<T>) -> T"), "first"))
    assert b.extern(Extern(b"1" * 16, parse_signature("() -> ()"), "first again")) == 0
    b.functions.append(
        FunctionDraft(
            "main",
            (list_of(INT),),
            None,
            [],
            [STRING],
            [instruction("get", 0), instruction("calli", 0), instruction("ret")],
        )
    )
    made = b.finish()
    assert set(made.types) == {list_of(INT), STRING, list_of(variable("T")), variable("T"), INT}
    assert made.functions[0].signature.results == (INT,)


def test_the_builder_does_not_recurse() -> None:
    """A chain of 3,000 functions, each calling the next, is put in order without recursion."""
    b = ModuleBuilder()
    for i in range(3_000):
        b.functions.append(FunctionDraft(f"f{i}", code=[instruction("call", i + 1), instruction("ret")]))
    b.functions.append(FunctionDraft("last", code=[instruction("push", 1), instruction("ret")]))
    assert b.finish().functions[0].signature.results == (INT,)
