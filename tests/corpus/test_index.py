"""Every row of the tables of hostile inputs is somewhere in the tests, by its number."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROWS = {"F": 28, "V": 31, "R": 28, "T": 17, "C": 10, "M": 22, "P": 20}
"""The tables, by letter, and how many rows each has: formats, verifier, runs, tiers, callers, manifests, packs."""
HERE = Path(__file__).resolve().parents[1]
_ONE = re.compile(r"\b([A-Z])(\d\d)\b")
_SPAN = re.compile(r"\b([A-Z])(\d\d) - \1?(\d\d)\b")


def named() -> set[str]:
    """The rows that a test, or the page that says which rows need none, speaks of."""
    text = "".join(p.read_text("utf-8") for p in HERE.rglob("*") if p.suffix in (".py", ".md") and p != Path(__file__))
    found = {f"{letter}{number}" for letter, number in _ONE.findall(text)}
    return found | {f"{letter}{n:02}" for letter, a, b in _SPAN.findall(text) for n in range(int(a), int(b) + 1)}


NAMED = named()


@pytest.mark.parametrize("letter", ROWS)
def test_rows_are_there(letter: str) -> None:
    """A row without a test, and without a word why, is missing."""
    assert [f"{letter}{n:02}" for n in range(1, ROWS[letter] + 1) if f"{letter}{n:02}" not in NAMED] == []
