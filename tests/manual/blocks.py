"""The fenced blocks of the manual, and what running them gives.

Takes the text of a page; gives its blocks, and a sentence for each that does not do what the page says. By language:

    python    runs in the page's folder, after the page's earlier python blocks; a text block right behind is its output
    console   lines that begin with `$ ` are commands, the others what they print, errors included
    vasm      is assembled, with what the installed packs provide, and verified
    others    are only shown

In an expected output a line `...` stands for any lines, and `...` within a line for any text. A block below the line
`<!-- not run: REASON -->` is only shown; one below `<!-- file: NAME -->` is also written into the page's folder. All
blocks of a page share one folder, which has a copy of examples/ in it.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from vcvm_core import VcvmError
from vcvm_core.asm import assemble
from vcvm_core.plugin import installed
from vcvm_core.verify import verify

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = frozenset({"python", "console", "vasm", "sh", "json", "toml", "text", "lark", ""})
RUN = frozenset({"python", "console", "vasm"})
_FENCE = re.compile(r"( *)```(\S*)\s*")
_MARK = re.compile(r"\s*<!-- *(not run|file): *(.*?) *-->\s*")
_SECONDS = 120


class BadPage(Exception):
    """The page has a block that cannot be read."""


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, the line of its fence, its text without the indent, and what the mark above it says.

    marks: `not run` and `file`, with what stands behind the colon. follows: whether nothing stands between it and the
    block before it.
    """

    language: str
    line: int
    lines: tuple[str, ...]
    indent: str
    marks: dict[str, str]
    follows: bool

    @property
    def text(self) -> str:
        """The text, with a newline at its end."""
        return "".join(f"{line}\n" for line in self.lines)

    @property
    def run(self) -> bool:
        """Whether it is run at all."""
        return self.language in RUN and "not run" not in self.marks


def blocks(text: str) -> list[Block]:
    """The blocks of a page, in order. Raises BadPage for one that is not closed."""
    found: list[Block] = []
    lines = text.split("\n")
    marks: dict[str, str] = {}
    follows = False
    at = 0
    while at < len(lines):
        fence = _FENCE.fullmatch(lines[at])
        if fence is None:
            mark = _MARK.fullmatch(lines[at])
            if mark is not None:
                marks[mark[1]] = mark[2]
            elif lines[at].strip():
                marks, follows = {}, False
            at += 1
            continue
        indent, language = fence.groups()
        end = next((i for i in range(at + 1, len(lines)) if lines[i].strip() == "```"), None)
        if end is None:
            raise BadPage(f"line {at + 1}: the block is not closed")
        inner = tuple(line.removeprefix(indent).rstrip() for line in lines[at + 1 : end])
        found.append(Block(language, at + 1, inner, indent, marks, follows))
        marks, follows = {}, True
        at = end + 1
    return found


def matches(expected: str, actual: str) -> bool:
    """Whether an output is what the page says, where `...` may stand for anything."""
    pattern = ""
    for line in expected.rstrip("\n").split("\n"):
        if line.strip() == "...":
            pattern += r"(?:[^\n]*\n)*?"
        else:
            pattern += r"[^\n]*".join(re.escape(part) for part in line.rstrip().split("...")) + r" *\n"
    shown = "".join(f"{line.rstrip()}\n" for line in actual.rstrip("\n").split("\n"))
    return re.fullmatch(pattern, shown) is not None


def session(block: Block) -> list[tuple[str, list[str]]]:
    """The commands of a console block, each with the lines that it should print. Raises BadPage."""
    found: list[tuple[str, list[str]]] = []
    for line in block.lines:
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif not found:
            raise BadPage(f"line {block.line}: a console block begins with a command, `$ ...`")
        else:
            found[-1][1].append(line)
    return found


class Folder:
    """Where the blocks of one page run, in order."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.before: list[str] = []
        shutil.copytree(ROOT / "examples", folder / "examples", dirs_exist_ok=True)

    def execute(self, words: list[str], apart: bool) -> tuple[int, str, str]:
        """Exit code, output and errors of a process; errors are part of the output unless they are to be kept apart."""
        # A reader has none of these; pytest and others print more where CI is set.
        hidden = ("VCVM_", "COLUMNS", "FORCE_COLOR", "PYTEST_", "CI", "BUILD_NUMBER")
        env = {k: v for k, v in os.environ.items() if not k.startswith(hidden)}
        done = subprocess.run(
            words,
            cwd=self.folder,
            env={**env, "NO_COLOR": "1", "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if apart else subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            timeout=_SECONDS,
        )
        return done.returncode, done.stdout, done.stderr or ""

    def command(self, text: str) -> str:
        """What a command prints. Raises BadPage for one that is neither vcvm nor python."""
        words = shlex.split(text, comments=True)
        if words[:1] == ["vcvm"]:
            words[:1] = [sys.executable, "-m", "vcvm_core"]
        elif words[:1] == ["python"]:
            words[:1] = [sys.executable]
        else:
            raise BadPage(f"`{text}` is no command of vcvm or python: show it in a block of sh")
        return self.execute(words, apart=False)[1]

    def python(self, text: str) -> tuple[str, str]:
        """What a block prints, and why it failed, empty if it did not. Earlier blocks run first, and print nothing."""
        earlier = "\n".join(self.before)
        self.before.append(text)
        code = (
            "import contextlib, io, sys\n"
            "names = {'__name__': '__main__'}\n"
            "with contextlib.redirect_stdout(io.StringIO()):\n"
            "    exec(compile(sys.argv[1], 'earlier blocks', 'exec'), names)\n"
            "exec(compile(sys.argv[2], 'block', 'exec'), names)\n"
        )
        status, out, errors = self.execute([sys.executable, "-c", code, earlier, text], apart=True)
        return out, errors if status else ""


def assembled(text: str, file: str) -> str:
    """Why a program is refused; empty if it is not."""
    try:
        verify(assemble(text, installed().catalog(), file))
    except VcvmError as e:
        return str(e)
    return ""


def _replaced(page: list[str], block: Block, body: list[str]) -> list[str]:
    """The lines of a page with other lines in a block."""
    inner = [f"{block.indent}{line}".rstrip() for line in body]
    return [*page[: block.line], *inner, *page[block.line + len(block.lines) :]]


def run(text: str, folder: Path) -> tuple[list[str], str]:
    """Run the blocks of a page in a folder: what is wrong, a sentence each, and the page with the outputs observed."""
    found = blocks(text)
    place = Folder(folder)
    wrong: list[str] = []
    observed: list[tuple[Block, list[str]]] = []
    for block, after in zip_longest(found, found[1:]):
        if "file" in block.marks:
            target = folder / block.marks["file"]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text, encoding="utf-8")
        if not block.run:
            continue
        if block.language == "vasm":
            problem = assembled(block.text, block.marks.get("file", ""))
            if problem:
                wrong.append(f"line {block.line}: the program is refused: {problem}")
        elif block.language == "python":
            out, problem = place.python(block.text)
            if problem:
                wrong.append(f"line {block.line}: the block failed:\n{problem}")
            elif after is not None and after.language == "text" and after.follows and not matches(after.text, out):
                wrong.append(f"line {after.line}: the block above prints\n{out}")
                observed.append((after, out.splitlines()))
        else:
            body, differs = [], False
            for command, lines in session(block):
                out = place.command(command)
                body.append(f"$ {command}")
                if matches("".join(f"{line}\n" for line in lines), out):
                    body += lines
                else:
                    differs = True
                    wrong.append(f"line {block.line}: `{command}` prints\n{out}")
                    body += out.splitlines()
            if differs:
                observed.append((block, body))
    page = text.split("\n")
    # From the last block to the first, so that lines before it keep their numbers.
    for block, body in sorted(observed, key=lambda entry: entry[0].line, reverse=True):
        page = _replaced(page, block, body)
    return wrong, "\n".join(page)


def pages() -> Iterator[Path]:
    """The pages whose blocks are run: all but the fragments of changes, and what was measured on one machine."""
    yield ROOT / "README.md"
    for path in sorted((ROOT / "docs").rglob("*.md")):
        if path != ROOT / "docs" / "performance.md" and ROOT / "docs" / "changes" not in path.parents:
            yield path
