"""The grammars of names: what is imported, printed or compared on the word of a manifest."""

from __future__ import annotations

import pytest

from vcvm_core.plugin import names


@pytest.mark.parametrize(("name", "one"), [("Foo.Bar", "foo-bar"), ("foo_bar", "foo-bar"), ("a-_.b", "a-b")])
def test_normalised(name: str, one: str) -> None:
    """All spellings of a distribution's name become one."""
    assert names.normalised(name) == one
    assert names.bad_pack(one) == ""


@pytest.mark.parametrize("name", ["", "Foo", "a_b", "-a", "a--b", "é", "a b", "a" * 101])
def test_bad_pack(name: str) -> None:
    assert names.bad_pack(name)


@pytest.mark.parametrize("target", ["a:f", "a.b.c:f", "a:f.g", ".".join("a" * 19) + ":f"])
def test_good_targets(target: str) -> None:
    assert names.bad_target(target) == ""


@pytest.mark.parametrize(
    "target",
    [
        "mod:f [extra]",
        "../x:y",
        "a.b:c.__class__",
        "__main__:f",
        "mod",
        "mod:",
        ":f",
        "a..b:f",
        "a:f:g",
        "a b:f",
        "a:1f",
        "ä:f",
        "a:f\n",
        ".".join("a" * 20) + ":f",
        ".".join("a" * 500) + ":f",
    ],
)
def test_bad_targets(target: str) -> None:
    """Extras, dunders, relative names, non-identifiers and long paths cannot be spelled (M14)."""
    assert names.bad_target(target)


def test_uuids() -> None:
    """Upper case is read, lower case is written; other text forms are refused."""
    text = "A4C39DAA-F85E-4B2A-A37F-4914E8237A18"
    assert names.uuid_text(names.uuid_bytes(text)) == text.lower()
    for refused in (text[1:], text + "0", "{" + text + "}", text.replace("-", ""), "urn:uuid:" + text, text[:-1] + "g"):
        assert names.uuid_bytes(refused) == b""
    assert names.bad_uuid(bytes(16))
    assert names.bad_uuid(b"1" * 15)
    assert names.bad_uuid(b"1" * 16) == ""


@pytest.mark.parametrize("effect", ["net", "file-read", "x_1"])
def test_unknown_effects_are_words(effect: str) -> None:
    assert names.bad_effect(effect) == ""


@pytest.mark.parametrize("effect", ["", "Net", "1x", "a b", "a" * 33, "é"])
def test_bad_effects(effect: str) -> None:
    assert names.bad_effect(effect)
