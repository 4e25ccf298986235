"""The compiled programs of the matrix are what their sources say; `--bless` compiles them anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from vcvm_core.asm import assemble
from vcvm_core.bytecode import encode

SOURCES = sorted(Path(__file__).parent.glob("*.vasm"))


def test_there_are_programs() -> None:
    """Every row has its source."""
    here = Path(__file__).parent
    assert {p.stem for p in SOURCES} == {p.stem for p in here.glob("*.toml")} == {p.stem for p in here.glob("*.vcvm")}


@pytest.mark.parametrize("source", SOURCES, ids=lambda p: p.stem)
def test_compiled_program_is_fresh(source: Path, bless: bool) -> None:
    """The same bytes as ever: a program that was compiled once is what the cells run, not what today's assembler makes."""
    data = encode(assemble(source.read_text("utf-8"), None, source.name))
    if bless:
        source.with_suffix(".vcvm").write_bytes(data)
    assert source.with_suffix(".vcvm").read_bytes() == data
