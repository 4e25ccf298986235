"""The generated pages of the reference: fresh, and complete."""

from __future__ import annotations

import pytest

from manual import reference
from vcvm_core.errors import ERRORS
from vcvm_core.isa import KINDS, OPCODES
from vcvm_core.limits import Limits


@pytest.mark.parametrize("path", reference.pages(), ids=lambda path: path.name)
def test_fresh(path: reference.Path, bless: bool) -> None:
    """The committed page is what the tables say. Cure: python tests/manual/reference.py"""
    text = reference.pages()[path]
    if bless:
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


def test_every_opcode() -> None:
    """Each instruction is one row, with its number; each kind of operand and each word of a picture is explained."""
    text = reference.opcodes()
    for row in OPCODES:
        assert text.count(f"\n| `0x{row.code:02X}` | **{row.name}** |") == 1
        for word in row.picture.split():
            name = word.rpartition(":")[2]
            assert not name.startswith("@") or f"\n- `{name}`:" in text
    for kind in KINDS:
        assert f"\n- *{kind}*:" in text


def test_every_error() -> None:
    """Each kind is one row, below the heading of its family."""
    text = reference.error_codes()
    for kind, row in ERRORS.items():
        above, found, _ = text.partition(f"\n| {row.code} | `{kind}` | `{row.family.__name__}` |")
        assert found
        assert above.rpartition("## ")[2].partition("\n")[0].lower() == reference.explain.group(row.code).lower()
        assert f"\n| `{row.family.__name__}` |" in text


def test_every_limit() -> None:
    """Each limit is one row, and says what it bounds."""
    text = reference.limit_table()
    for name in Limits.names():
        heading, meaning = reference.meanings()[name]
        assert text.count(f"\n| `{name}` | ") == 1
        assert f"\n## {heading}\n" in text
        assert meaning.endswith(".")


@pytest.mark.parametrize(
    ("value", "size", "text"),
    [
        (0, True, "0"),
        (1_000_000, False, "1,000,000"),
        (1 << 20, False, "1,048,576"),
        (1 << 20, True, "1 MiB"),
        (64 << 10, True, "64 KiB"),
        ((1 << 10) + 1, True, "1,025"),
        ((1 << 63) - 1, False, "none"),
    ],
)
def test_human(value: int, size: bool, text: str) -> None:
    """Numbers as people write them."""
    assert reference.human(value, size) == text


def test_escapes() -> None:
    """What Markdown would read is shown as it is."""
    assert reference.prose("a|b <c> *d* e_f") == r"a\|b &lt;c> \*d\* e\_f"
    assert reference.code("a | b<T>") == r"`a \| b<T>`"
    assert reference.sentence("{a_b} is {{x: T}}") == r"*{a\_b}* is {x: T}"
