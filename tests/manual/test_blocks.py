"""The manual tells the truth: every block of it that can run does what the page says."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import pytest

from manual.blocks import LANGUAGES, ROOT, BadPage, blocks, matches, pages, run, session

PAGES = [pytest.param(path, id=path.relative_to(ROOT).as_posix()) for path in pages()]
TEXT = "2"
"""The release of vcvm-text that the pages speak of."""


def _text() -> str:
    """The major version of the installed vcvm-text, empty if there is none."""
    try:
        return metadata.version("vcvm-text").split(".")[0]
    except metadata.PackageNotFoundError:
        return ""


@pytest.mark.parametrize("path", PAGES)
def test_page(path: Path, tmp_path: Path, bless: bool) -> None:
    """Its blocks run, and print what it says."""
    text = path.read_text(encoding="utf-8")
    speaks = any(word in b.text for b in blocks(text) if b.run for word in ("vcvm_text", "vcvm-text", "cars"))
    if speaks and _text() != TEXT:
        pytest.skip(f"the page speaks of vcvm-text {TEXT}; installed is {_text() or 'none'}")
    wrong, observed = run(text, tmp_path)
    if bless and observed != text:
        path.write_text(observed, encoding="utf-8")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", PAGES)
def test_marks(path: Path) -> None:
    """A block that is not run says why, and the language of each is one that is known here."""
    for block in blocks(path.read_text(encoding="utf-8")):
        assert block.language in LANGUAGES, f"line {block.line}"
        assert all(block.marks.values()), f"line {block.line}: `<!-- not run: reason -->`"


def _page(*lines: str) -> str:
    return "\n".join(lines) + "\n"


CALL = 'print("one")'
RIGHT = [
    _page("```python", CALL, "```", "", "```text", "one", "```"),
    _page("```python", "x = 1", "print(x)", "```", "", "```python", "print(x + 1)", "```", "```text", "2", "```"),
    _page("```python", CALL, "```", "A text between: the block is not its output.", "```text", "two", "```"),
    _page("- in a list:", "", "  ```console", "  $ vcvm verify examples/signup.vasm", "  ok: ...", "  ```"),
    _page("```console", "$ vcvm verify examples/no.vasm", "error[VC001]...", "...", "```"),
    _page("```vasm", "pushi 1", "```"),
    _page("<!-- file: one.vasm -->", "```vasm", "pushi 1", "```", "```console", "$ vcvm run one.vasm", "1", "```"),
    _page("<!-- not run: it is wrong -->", "```vasm", "pushi", "```", "```json", "wrong", "```"),
]
WRONG = [
    _page("```python", CALL, "```", "", "```text", "two", "```"),
    _page("```python", "raise ValueError", "```"),
    _page("```console", "$ vcvm verify examples/signup.vasm", "ok: nothing", "```"),
    _page("```console", "$ vcvm verify examples/signup.vasm", "```"),
    _page("```console", "$ vcvm verify examples/no.vasm", "ok: ...", "```"),
    _page("```vasm", "pushi", "```"),
    _page("```vasm", "addi", "```"),
]


@pytest.mark.parametrize("text", RIGHT)
def test_right(text: str, tmp_path: Path) -> None:
    """What is as the page says is accepted, and blessing changes nothing."""
    assert run(text, tmp_path) == ([], text)


@pytest.mark.parametrize("text", WRONG)
def test_wrong(text: str, tmp_path: Path) -> None:
    """What is not as the page says is found."""
    wrong, _ = run(text, tmp_path)
    assert len(wrong) == 1


def test_bless(tmp_path: Path) -> None:
    """Blessing puts in what was observed, where the page was wrong, with its indent, and leaves what was right."""
    text = _page(
        "  ```console", "  $ vcvm --version", "  ...", "  $ vcvm verify examples/signup.vasm", "  no", "  ```", "end"
    )
    _, observed = run(text, tmp_path)
    assert observed != text
    assert observed.startswith("  ```console\n  $ vcvm --version\n  ...\n  $ vcvm verify")
    assert observed.endswith("\n  ```\nend\n")
    assert run(observed, tmp_path) == ([], observed)


@pytest.mark.parametrize("text", ["```python\nx\n", "```console\nno command\n```\n", "```console\n$ rm -r x\n```\n"])
def test_refused(text: str, tmp_path: Path) -> None:
    """What cannot be read or run is no block."""
    with pytest.raises(BadPage):
        run(text, tmp_path)


@pytest.mark.parametrize(
    ("expected", "actual", "same"),
    [
        ("a\n", "a\n", True),
        ("a\n", "a", True),
        ("a\n", "a\nb\n", False),
        ("...\n", "", True),
        ("...\n", "a\nb\n", True),
        ("a\n...\n", "a\nb\nc\n", True),
        ("a\n...\nc\n", "a\nc\n", True),
        ("a\n...\nc\n", "a\nb\n", False),
        ("a ... c\n", "a b c\n", True),
        ("a ... c\n", "a b\n c\n", False),
        ("a.b\n", "axb\n", False),
        ("", "", True),
        ("", "a\n", False),
    ],
)
def test_matches(expected: str, actual: str, same: bool) -> None:
    """Dots stand for lines on a line of their own, for text within one, and for nothing else."""
    assert matches(expected, actual) is same


def test_session() -> None:
    """Commands and what each prints."""
    (block,) = blocks(_page("```console", "$ one", "1", "$ two", "```"))
    assert session(block) == [("one", ["1"]), ("two", [])]
