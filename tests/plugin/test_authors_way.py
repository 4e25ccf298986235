"""The whole way of an author, as a user goes it: new, edit, install editable, list, check, build, compare with the wheel
before, publish into a folder, install elsewhere; and programs that refuse, and then run.

Everything is a command in a virtual environment; nothing of the tests' own process is used but the files.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dists.environment import Environment
from vcvm_core.plugin import BACKENDS

PRINTABLE = """

@intrinsic("UUID", cost="2 + len(text)", since="0.1.0")
def is_grouped(text: str) -> bool:
    \"\"\"True if text is digits in groups of four, with single blanks between them.

    >>> is_grouped("1234 5678")
    True
    >>> is_grouped("12345 678")
    False
    >>> is_grouped("")
    False
    \"\"\"
    return all(len(group) == 4 and group.isdigit() for group in text.split(" "))
"""
WIDER = """

@intrinsic("UUID", cost="2 + len(text)", since="0.2.0", supersedes="OLD", relation="wider")
def is_grouped_loosely(text: str) -> bool:
    \"\"\"True if text is digits in groups of four, the last one of one to four, with single blanks between them.

    >>> is_grouped_loosely("1234 5678")
    True
    >>> is_grouped_loosely("1234 56")
    True
    >>> is_grouped_loosely("")
    False
    \"\"\"
    *groups, last = text.split(" ")
    return all(len(g) == 4 and g.isdigit() for g in groups) and 0 < len(last) < 5 and last.isdigit()
"""
LIBRARY = """
.library
func short(text: string) -> bool
    get $text
    lens
    push 20
    lti
    ret
end
"""
PROGRAM = """
.link texts

extern luhn_is_valid
extern NAME

func main(text: string) -> bool
    call texts.short($text)
    jf .no
    call luhn_is_valid("4539578763621486")
    jf .no
    call NAME($text)
    ret
.no:
    push false
    ret
end
"""


class Author:
    """Someone who makes the pack acme-cards in a folder, and publishes its wheels in another."""

    def __init__(self, folder: Path, backend: str) -> None:
        self.folder, self.index = folder, folder / "index"
        self.index.mkdir()
        self.here = Environment(folder / "here")
        self.vcvm("plugins", "new", "acme-cards", "--backend", backend)
        self.project = folder / "acme-cards"
        self.package = self.project / "src/acme_cards"

    def vcvm(self, *words: str, code: int = 0) -> str:
        """A command; gives what it printed. Fails if it does not end with this exit code."""
        done = self.here.vcvm(*words, cwd=self.folder, check=False)
        assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def mint(self) -> str:
        return self.vcvm("plugins", "mint").strip()

    def edit(self, file: str, change: Callable[[str], str]) -> None:
        """Change a file of the project."""
        path = self.project / file
        before = path.read_text("utf-8")
        after = change(before)
        assert after != before
        path.write_text(after, "utf-8")

    def add(self, source: str, name: str) -> None:
        """One more function, handed over by the hook."""
        self.edit("src/acme_cards/cards.py", lambda text: text + source)
        for before in ("from acme_cards.cards import ", "return ["):
            self.edit("src/acme_cards/__init__.py", lambda text, b=before: text.replace(b, f"{b}{name}, "))

    def state(self, environment: Environment | None = None) -> str:
        """What the list says of the pack."""
        done = (environment or self.here).vcvm("plugins", "list", "--json", cwd=self.folder)
        rows: list[dict[str, Any]] = json.loads(done.stdout)["packs"]
        return next((f"{row['version']} {row['state']}" for row in rows if row["pack"] == "acme-cards"), "absent")

    def release(self, version: str) -> Path:
        """Build a wheel of the project as it is, and publish it."""
        self.edit("pyproject.toml", lambda text: text.replace('version = "0.0.0"', f'version = "{version}"'))
        wheels = self.folder / f"wheel-{version}"
        pip = ("-m", "pip", "--disable-pip-version-check", "wheel", "--no-index", "--no-deps", "--no-build-isolation")
        self.here.python(*pip, "-w", str(wheels), str(self.project), cwd=self.folder)
        (made,) = wheels.glob("*.whl")
        shutil.copy(made, self.index)
        self.edit("pyproject.toml", lambda text: text.replace(f'version = "{version}"', 'version = "0.0.0"'))
        return self.index / made.name


@pytest.mark.heavy
@pytest.mark.parametrize("backend", BACKENDS)
def test_the_whole_way(tmp_path: Path, backend: str) -> None:
    """From nothing to programs on another machine, and to a second release that keeps the promises of the first."""
    author = Author(tmp_path, backend)

    # New, installed editable, edited: the list shows what is there now.
    author.edit("pyproject.toml", lambda text: text.replace('version = "0.1.0"', 'version = "0.0.0"'))
    author.here.install("-e", author.project)
    assert author.state() == "0.0.0 ok"
    old = author.mint()
    author.add(PRINTABLE.replace("UUID", old), "is_grouped")
    assert author.state() == "0.0.0 live"
    (tmp_path / "texts.vasm").write_text(LIBRARY)
    author.vcvm("asm", "texts.vasm", "-o", str(author.package / "texts.vcvm"))
    assert "is_grouped" in author.vcvm("plugins", "show", "acme-cards")

    # Checked: a wrong example is found, and so is a manifest that is not of this source.
    author.edit(
        "src/acme_cards/cards.py", lambda text: text.replace('"12345 678")\n    False', '"12345 678")\n    True')
    )
    assert "vector-differs" in author.vcvm("plugins", "check", str(author.project), "--import", code=1)
    author.edit(
        "src/acme_cards/cards.py", lambda text: text.replace('"12345 678")\n    True', '"12345 678")\n    False')
    )
    assert "manifest-stale" in author.vcvm("plugins", "check", "acme_cards", code=1)
    author.vcvm("plugins", "check", str(author.project), "--import")

    # Published; a program is compiled against it, and runs where it was made.
    first = author.release("0.1.0")
    author.vcvm("plugins", "check", str(first), "--import")
    author.here.install("--force-reinstall", first)
    assert author.state() == "0.1.0 ok"
    (tmp_path / "first.vasm").write_text(PROGRAM.replace("NAME", "is_grouped"))
    author.vcvm("asm", "first.vasm")
    assert author.vcvm("run", "first.vcvm", '"1234 5678"').strip() == "true"

    # Elsewhere it refuses, says what is missing, and runs once that is installed.
    there = Environment(tmp_path / "there")
    refused = there.vcvm("run", "first.vcvm", '"1234 5678"', cwd=tmp_path, check=False)
    assert refused.returncode == 3
    assert "pip install" in refused.stderr
    assert "acme-cards" in refused.stderr
    there.install("--find-links", author.index, "acme-cards==0.1.0")
    assert author.state(there) == "0.1.0 ok"
    assert there.vcvm("run", "first.vcvm", '"1234 5678"', cwd=tmp_path).stdout.strip() == "true"

    # A second release that changes a result under the old UUID does not pass.
    narrower = ('"12345 678")\n    False', '"12345 678")\n    True'), ("len(group) == 4", "len(group) >= 3")
    for before, after in narrower:
        author.edit("src/acme_cards/cards.py", lambda text, b=before, a=after: text.replace(b, a))
    bad = author.release("0.2.0")
    assert "vector-changed" in author.vcvm("plugins", "diff", str(first), str(bad), code=1)
    assert "promise-broken" in author.vcvm("plugins", "check", str(author.project), "--against", str(first), code=1)
    for before, after in narrower:
        author.edit("src/acme_cards/cards.py", lambda text, b=before, a=after: text.replace(a, b))

    # Nor one that lets a changed example disappear with it.
    author.edit(
        "src/acme_cards/cards.py", lambda text: text.replace('    >>> is_grouped("12345 678")\n    False\n', "")
    )
    author.edit("src/acme_cards/cards.py", lambda text: text.replace("len(group) == 4", "len(group) >= 3"))
    assert "vector-removed" in author.vcvm("plugins", "diff", str(first), str(author.project), code=1)
    assert "promise-broken" in author.vcvm("plugins", "check", str(author.project), "--against", str(first), code=1)
    author.edit("src/acme_cards/cards.py", lambda text: text.replace("len(group) >= 3", "len(group) == 4"))
    author.edit(
        "src/acme_cards/cards.py",
        lambda text: text.replace(
            '    >>> is_grouped("")', '    >>> is_grouped("12345 678")\n    False\n    >>> is_grouped("")'
        ),
    )

    # A new meaning with a UUID of its own does, and the old programs go on.
    author.add(WIDER.replace("UUID", author.mint()).replace("OLD", old), "is_grouped_loosely")
    bad.unlink()
    second = author.release("0.2.0")
    author.vcvm("plugins", "diff", str(first), str(second))
    author.vcvm("plugins", "check", str(author.project), "--against", str(first))
    author.here.install("--force-reinstall", second)
    (tmp_path / "second.vasm").write_text(PROGRAM.replace("NAME", "is_grouped_loosely"))
    author.vcvm("asm", "second.vasm")
    refused = there.vcvm("run", "second.vcvm", '"1234 56"', cwd=tmp_path, check=False)
    assert refused.returncode == 3
    assert "acme-cards>=0.2.0" in refused.stderr
    there.install("--find-links", author.index, "--upgrade", "acme-cards")
    assert author.state(there) == "0.2.0 ok"
    assert there.vcvm("run", "second.vcvm", '"1234 56"', cwd=tmp_path).stdout.strip() == "true"
    assert there.vcvm("run", "first.vcvm", '"1234 56"', cwd=tmp_path).stdout.strip() == "false"
