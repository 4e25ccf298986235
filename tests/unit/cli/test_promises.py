"""``vcvm plugins check`` and ``diff``: what is printed, and the exit codes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dists.projects import intrinsic, project

Command = Callable[..., Any]


@pytest.fixture
def two(folder: Path) -> None:
    """Two releases in the current folder, the second of which breaks its promise."""
    project(folder / "old", intrinsic())
    project(
        folder / "new", intrinsic("return number * 3", doc=">>> f(3)\n9", args="cost=1, since='2.0'"), version="2.0"
    )


def test_diff(vcvm: Command, two: None) -> None:
    """A table by class, what to do, and exit code 1."""
    done = vcvm("plugins", "diff", "old", "new")
    assert (done.code, done.err) == (1, "")
    lines = done.out.splitlines()
    assert lines[0] == "acme 1.0 (folder old) -> acme 2.0 (folder new)"
    assert lines[2].split() == ["CLASS", "RULE", "INTRINSIC", "WHAT"]
    assert lines[3].split()[:3] == ["breaking", "vector-changed", "f"]
    assert lines[3].index("f(3) gives 9, and gave 6") == lines[2].index("WHAT")
    assert lines[4].split()[:3] == ["fine", "documentation-changed", "f"]
    assert "vector-changed: give the new meaning a UUID of its own" in done.out
    assert lines[-1] == "1 breaking, 0 notices, 1 fine: programs of the old release may stop"


def test_diff_of_the_same(vcvm: Command, two: None) -> None:
    """Nothing to say is exit code 0; so is what breaks nothing."""
    assert vcvm("plugins", "diff", "old", "old").out.splitlines()[1:] == ["nothing was changed"]
    assert vcvm("plugins", "diff", "old", "old").code == 0


def test_diff_as_json(vcvm: Command, two: None) -> None:
    """The same as data."""
    done = vcvm("plugins", "diff", "old", "new", "--json")
    assert done.code == 1
    assert done.data["schema"] == 1
    assert (done.data["old"]["version"], done.data["new"]["version"]) == ("1.0", "2.0")
    assert done.data["ok"] is False
    assert done.data["summary"] == {"breaking": 1, "finding": 0, "notice": 0, "fine": 1}
    first = done.data["findings"][0]
    assert (first["rule"], first["class"], first["name"]) == ("vector-changed", "breaking", "f")
    assert first["facts"] == {"call": "f(3)", "expected": "6", "found": "9"}


@pytest.mark.parametrize("command", ["check", "diff"])
def test_unreadable(vcvm: Command, two: None, folder: Path, command: str) -> None:
    """What cannot be read is exit code 3, with its code."""
    (folder / "bad.whl").write_bytes(b"no")
    for word, code in (("absent", "VC090"), ("bad.whl", "VC091"), (".", "VC092"), ("age.vasm", "VC010")):
        words = (word,) if command == "check" else ("old", word)
        done = vcvm("plugins", command, *words)
        assert (done.code, done.out) == (3, "")
        assert f"error[{code}]" in done.err
        assert vcvm("plugins", command, *words, "--json").data["errors"][0]["code"] == code


def test_a_name_is_nearly_right(vcvm: Command, packs: Any) -> None:
    """The closest installed pack is named."""
    packs.install("vcvm-acme", "11111111-2222-4333-8444-00000000000a")
    assert "did you mean vcvm-acme?" in vcvm("plugins", "check", "vcvm-acmee").err


def test_check(vcvm: Command, two: None, folder: Path) -> None:
    """Fine is exit code 0; the current folder is what is checked if nothing is named."""
    done = vcvm("plugins", "check", "old")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "acme 1.0 (folder old)",
        "  1 intrinsics, 1 examples, not imported: --import runs them",
        "ok: 0 findings, 0 notices",
    ]
    project(folder / "here", intrinsic())
    (folder / "here/pyproject.toml").rename(folder / "pyproject.toml")
    (folder / "here/acme").rename(folder / "acme")
    assert vcvm("plugins", "check").code == 0


def test_check_imports_nothing(vcvm: Command, packs: Any) -> None:
    """Without --import no code of the pack is run; with it, it is run elsewhere."""
    packs.install("vcvm-acme", "11111111-2222-4333-8444-00000000000a")
    assert vcvm("plugins", "check", "vcvm-acme").code == 0
    assert not packs.spy.exists()
    done = vcvm("plugins", "check", "vcvm-acme", "--import")
    assert done.code == 1
    assert "finding[import-acts]" in done.out
    assert packs.spy.exists()


def test_check_finds(vcvm: Command, folder: Path) -> None:
    """A finding: its rule, its place, its cure."""
    project(folder / "wrong", intrinsic("return number * 3"))
    done = vcvm("plugins", "check", "wrong", "--import")
    assert done.code == 1
    assert done.out.splitlines()[:3] == [
        "finding[vector-differs]: f: f(3) gives 9, its example says 6",
        " --> acme/__init__.py:6",
        "help: correct the function; examples are frozen",
    ]
    assert done.out.splitlines()[-1] == "1 finding, 0 notices"


def test_check_against(vcvm: Command, two: None) -> None:
    """The old examples are run on the new code, also without --import."""
    done = vcvm("plugins", "check", "new", "--against", "old", "--json")
    assert done.code == 1
    assert done.data["imported"] is True
    assert {f["rule"] for f in done.data["findings"]} == {"vector-changed", "promise-broken"}
    assert done.data["counts"]["old examples run"] == 1
    assert done.data["against"]["version"] == "1.0"
    assert vcvm("plugins", "check", "old", "--against", "old").code == 0


@pytest.mark.parametrize(
    "words", [("--timeout", "0"), ("--timeout", "-1"), ("--timeout", "x"), ("a", "b"), ("--agains", "x")]
)
def test_usage(vcvm: Command, two: None, words: tuple[str, ...]) -> None:
    """Wrong words are exit code 2."""
    assert vcvm("plugins", "check", *words).code == 2


def test_a_manifest_cannot_be_run(vcvm: Command, packs: Any) -> None:
    """Asking to import what has no code is a mistake in the words."""
    path = packs.install("vcvm-acme", "11111111-2222-4333-8444-00000000000a")
    assert vcvm("plugins", "check", str(path)).code == 0
    assert vcvm("plugins", "check", str(path), "--import").code == 2


@pytest.mark.parametrize("command", ["check", "diff"])
def test_help(vcvm: Command, command: str) -> None:
    """The help says what the words are."""
    done = vcvm("plugins", command, "--help")
    assert done.code == 0
    assert "installed pack" in " ".join(done.out.split())
