"""Links inside the documentation lead to files that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [ROOT / "README.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*.md"), *ROOT.glob("plugins/*/*.md")]
)
LINK = re.compile(r"\]\(([^)\s]+)\)")


def broken(page: Path, text: str) -> list[str]:
    """The relative links of a page that lead nowhere."""
    targets = [
        link.partition("#")[0] for link in LINK.findall(re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL))
    ]
    return [target for target in targets if target and "://" not in target and not (page.parent / target).exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links(page: Path) -> None:
    """Cure: name the file as it is called, seen from the page."""
    assert broken(page, page.read_text(encoding="utf-8")) == []


def test_links_rejects() -> None:
    """A page that is not there is found; code and addresses are not looked at."""
    text = "[a](README.md) [b](no-such-page.md#x) [c](https://example.org/x) `[d](e)`\n```\n[f](g)\n```\n"
    assert broken(ROOT / "README.md", text) == ["no-such-page.md"]
