"""The picture in the guide is what the guide's command draws."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from manual.blocks import ROOT, blocks, session
from vcvm_core.cli import main

GUIDE = ROOT / "docs" / "guide" / "profiling.md"


def test_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bless: bool) -> None:
    """Cure: run this test with --bless, and look at the picture."""
    monkeypatch.chdir(tmp_path)
    found = blocks(GUIDE.read_text("utf-8"))
    for block in found:
        if "file" in block.marks:
            Path(block.marks["file"]).write_text(block.text, encoding="utf-8")
    commands = [c for block in found if block.language == "console" for c, _ in session(block) if c.endswith(".svg")]
    for command in commands:
        assert main(shlex.split(command)[1:]) == 0
    (drawn,) = Path().glob("*.svg")
    picture = GUIDE.with_suffix(".svg")
    if bless:
        picture.write_bytes(drawn.read_bytes())
    assert picture.read_bytes() == drawn.read_bytes()
