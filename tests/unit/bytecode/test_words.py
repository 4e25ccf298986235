"""Instruction words, and the reader and writer of everything else: twins, field by field."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcvm_core import FormatError, Limits
from vcvm_core.bytecode import bad_name, encode_word, instruction
from vcvm_core.bytecode.instructions import decode_word
from vcvm_core.bytecode.reader import NAME_BYTES, Reader
from vcvm_core.bytecode.writer import Writer
from vcvm_core.isa import FOUNDING, OPCODES, SHAPES, Op

NUMBERS = {"u8": 8, "u16": 16, "u32": 32, "u64": 64}


@pytest.mark.parametrize("row", OPCODES, ids=lambda row: row.name)
def test_words_and_back(row: Op) -> None:
    """Each opcode, with each operand at 0, at 1 and at its highest."""
    shape = SHAPES[len(row.operands)]
    for pick in (lambda mask: 0, lambda mask: 1, lambda mask: mask):
        made = instruction(row.name, *(pick(mask) for _, mask in shape))
        word = encode_word(made)
        assert word >> 24 == row.code
        assert decode_word(word, 0) == made
        assert encode_word(decode_word(word, 0)) == word


def test_operands_that_do_not_fit() -> None:
    """A wrong number of operands, or one that is too large or negative, is refused where the instruction is made."""
    for name, operands in (
        ("ret", (1,)),
        ("push", ()),
        ("push", (1 << 24,)),
        ("push", (-1,)),
        ("packl", (1 << 12, 0)),
        ("packl", (0, 4_096)),
    ):
        with pytest.raises(ValueError, match=name):
            instruction(name, *operands)
    with pytest.raises(KeyError):
        instruction("fly")


def test_format_0_has_six_opcodes() -> None:
    """The others are refused there, also when the same word has been read before."""
    word = encode_word(instruction("nop"))
    assert decode_word(word, 0)
    with pytest.raises(FormatError) as found:
        decode_word(word, 12, FOUNDING)
    assert (found.value.kind, found.value.place.offset) == ("bad-opcode", 12)


@pytest.mark.parametrize("field", NUMBERS)
@given(st.data())
def test_numbers(field: str, data: st.DataObject) -> None:
    """What the writer writes the reader reads, little-endian; what does not fit is refused."""
    bits = NUMBERS[field]
    value = data.draw(st.integers(0, (1 << bits) - 1))
    w = Writer()
    getattr(w, field)(value)
    assert bytes(w.out) == value.to_bytes(bits // 8, "little")
    assert getattr(Reader(bytes(w.out), Limits.default), field)() == value
    for wrong in (1 << bits, -1):
        with pytest.raises(ValueError):
            getattr(Writer(), field)(wrong)
    with pytest.raises(FormatError) as found:
        getattr(Reader(bytes(w.out)[:-1], Limits.default), field)()
    assert found.value.kind == "truncated"


@given(st.text(max_size=300))
def test_names(name: str) -> None:
    """The writer refuses exactly the names that the reader refuses."""
    w = Writer()
    problem = bad_name(name)
    if problem:
        with pytest.raises(ValueError):
            w.name(name)
        return
    w.name(name)
    assert Reader(bytes(w.out), Limits.default).name() == name


@pytest.mark.parametrize("size", [NAME_BYTES, NAME_BYTES + 1])
def test_the_length_of_names(size: int) -> None:
    """255 bytes are a name, 256 are none; bytes, not characters."""
    assert bool(bad_name("a" * size)) == (size > NAME_BYTES)
    assert bool(bad_name("é" * (size // 2) + "a" * (size % 2))) == (size > NAME_BYTES)


def test_empty_names() -> None:
    """An empty name is none, except where it means unknown."""
    w = Writer()
    w.name("", optional=True)
    assert bytes(w.out) == b"\0"
    assert Reader(b"\0", Limits.default).name(optional=True) == ""
    with pytest.raises(FormatError):
        Reader(b"\0", Limits.default).name()


def test_counts_are_held_against_the_bytes_first() -> None:
    """A count that the bytes cannot hold is refused as such, before the limit is looked at."""
    for least, kind in ((4, "count-exceeds-data"), (1, "too-many-types")):
        with pytest.raises(FormatError) as found:
            Reader(b"\x08\0\0\0" + bytes(8), Limits.default.with_(types=7)).count("types", least)
        assert (found.value.kind, found.value.place.offset) == (kind, 0)


def test_a_reader_stays_in_its_section() -> None:
    """What is beyond the end of a section is not there, although the file has it."""
    r = Reader(b"abcdef", Limits.default, 1, 3)
    assert r.take(2) == b"bc"
    with pytest.raises(FormatError) as found:
        r.u8()
    assert found.value.facts == {"needed": 1, "left": 0}
    r.done("the section")
