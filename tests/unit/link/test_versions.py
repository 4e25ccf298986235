"""Versions are ordered as pip orders them."""

from __future__ import annotations

import pytest

from vcvm_core.link import version_key

RISING = (
    "0.9", "1.0.dev1", "1.0a1", "1.0b2", "1.0rc1", "1.0", "1.0.post1", "1.0.1.dev2", "1.0.1", "1.1", "1.10", "2", "1!0.1",
)  # fmt: skip


def test_order() -> None:
    """From the oldest to the newest; what is no version comes first."""
    assert sorted([*RISING[::-1], "newest"], key=version_key) == ["newest", *RISING]


@pytest.mark.parametrize(("one", "other"), [("1", "1.0.0"), ("1.0rc1", "1.0.rc1"), ("v1", "1"), ("1.0+local", "1.0")])
def test_spellings(one: str, other: str) -> None:
    """Two spellings of one version are equal, and what is local counts for nothing."""
    assert version_key(one) == version_key(other)


@pytest.mark.parametrize("text", ["", ".", "x" * 10_000, "1" * 10_000, "1." * 10_000, "1.0rc" + "9" * 50, "\u0661"])
def test_no_versions(text: str) -> None:
    """Any text has a key, soon."""
    assert version_key(text) <= version_key("9" * 9 + "!1")
