"""The fragments in docs/changes: their names say what kind of change it is, and they read as prose."""

from __future__ import annotations

import re

import pytest

from architecture.tree import ROOT, no_findings

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\.(added|changed|fixed|removed|security)\.md")
PARAGRAPH = re.compile(r"[A-Z`][^\n]*(\n[^\s#*-][^\n]*)*[.!]\n")


def check_change(name: str, text: str) -> list[str]:
    """A fragment is called WHAT-IT-IS.KIND.md and holds one paragraph of whole sentences, in lines of 120 at most."""
    if not NAME.fullmatch(name):
        return [f"docs/changes/{name}: not called WHAT-IT-IS.KIND.md. Cure: see docs/changes/README.md for the kinds."]
    if not PARAGRAPH.fullmatch(text):
        return [f"docs/changes/{name}: not one paragraph. Cure: whole sentences, no list, no heading, a final period."]
    if max(map(len, text.splitlines())) > 120:
        return [f"docs/changes/{name}: a line of more than 120 characters. Cure: break it."]
    return []


def test_changes() -> None:
    """Every fragment will read well in CHANGELOG.md."""
    files = sorted(path for path in (ROOT / "docs/changes").iterdir() if path.name != "README.md")
    no_findings(finding for path in files for finding in check_change(path.name, path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("change.md", "It is new.\n", "not called"),
        ("a-change.improved.md", "It is new.\n", "not called"),
        ("A_Change.fixed.md", "It is new.\n", "not called"),
        ("a.fixed.md", "it is new.\n", "not one paragraph"),
        ("a.fixed.md", "It is new\n", "not one paragraph"),
        ("a.fixed.md", "It is new.", "not one paragraph"),
        ("a.fixed.md", "# New\n", "not one paragraph"),
        ("a.fixed.md", "New:\n- this.\n", "not one paragraph"),
        ("a.fixed.md", "It is new.\n\nAnd more.\n", "not one paragraph"),
        ("a.fixed.md", "", "not one paragraph"),
        ("a.fixed.md", f"It is {'very ' * 30}new.\n", "120 characters"),
    ],
)
def test_changes_rejects(name: str, text: str, says: str) -> None:
    """A fragment that nobody could paste into the list is found."""
    (finding,) = check_change(name, text)
    assert says in finding


def test_changes_accepts() -> None:
    """One sentence, or several lines of them."""
    assert check_change("a-b.added.md", "`vcvm run` is new.\n") == []
    assert check_change("a-b.security.md", "It is new,\nand safe. Upgrade!\n") == []
