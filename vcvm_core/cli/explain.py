"""``vcvm explain``: a page about an error, or the list of all errors.

Takes a code (``VC407``, ``vc407``, ``407``, ``error[VC407]``) or a kind (``missing-key``); gives its page, or, without
one, every code with its sentence. Sentence, help, kind and class come from the table of errors; all else from the files
in pages/, one for ten codes: ``VC40x.md`` has VC400 to VC409. Refuses with FileError (bad-usage) what is no error, and
names what is closest.

A file is Markdown, in this form, at most 100 columns wide:

    # VC407
    (blank) what it means and when it happens: paragraphs
    (blank) the example: fenced blocks, and sentences that lead to them
    (blank) Do: what to do about it, a paragraph
    (blank) See: related codes, separated by blanks

A block's fence names its language, and the file that it stands for, if any: ```vasm rule.vasm.
"""

from __future__ import annotations

import re
from argparse import Namespace
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from vcvm_core.cli.show import document, say, say_lines
from vcvm_core.cli.usage import nearest, usage_error
from vcvm_core.errors import AREAS, ERRORS

DEPENDS: Final = "(the case itself says)"
"""What stands for a help that is made for each case."""

KINDS: Final = {row.code: kind for kind, row in ERRORS.items()}
"""The kind of each code."""


class Block(NamedTuple):
    """A fenced block: its language, the name of the file that it stands for, or nothing, and its lines."""

    language: str
    file: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The text, with a newline at its end."""
        return "".join(f"{line}\n" for line in self.lines)


class Page(NamedTuple):
    """What is to be said about a code beyond the table: paragraphs, an example, what to do, related codes."""

    code: str
    meaning: str
    example: tuple[str | Block, ...]
    cure: str
    related: tuple[str, ...]

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks of the example."""
        return tuple(part for part in self.example if isinstance(part, Block))


def explain(args: Namespace) -> int:
    """Run the command. Raises FileError (bad-usage) for what is no error."""
    if args.code is None:
        _all(args.json)
        return 0
    code = find(args.code)
    found = page(code)
    if args.json:
        document(_data(code, found))
    else:
        _show(code, found)
    return 0


def find(word: str) -> str:
    """The code that a word means. Raises FileError (bad-usage)."""
    text = word.strip().lower()
    number = re.fullmatch(r"(?:error)?\[?(?:vc)?(\d{1,3})\]?:?", text, re.ASCII)
    code = f"VC{int(number[1]):03}" if number else text.upper()
    if code in KINDS:
        return code
    kind = re.sub(r"[\s_]+", "-", text)
    if kind in ERRORS:
        return ERRORS[kind].code
    known = nearest(code, KINDS) if number else nearest(kind, ERRORS)
    raise usage_error(f"there is no error {word}", known or "vcvm explain lists all codes and kinds")


def group(code: str) -> str:
    """The name of the group that a code belongs to."""
    return next(name for start, name in AREAS.items() if code.startswith(start))


def page(code: str) -> Page | None:
    """The page of a code, or None if nobody has written one."""
    return next((found for found in read(f"{code[:4]}x.md") if found.code == code), None)


def read(name: str) -> Iterator[Page]:
    """The pages of one file, in order; none if there is no such file."""
    from importlib.resources import files

    file = files("vcvm_core.cli").joinpath("pages").joinpath(name)
    if file.is_file():
        yield from parse(file.read_text("utf-8"))


def parse(text: str) -> Iterator[Page]:
    """The pages that a text holds."""
    # A program has comments that begin with #, so a heading is a whole code.
    _, *parts = re.split(r"^# (VC\d{3})\n", text, flags=re.MULTILINE)
    for code, body in zip(parts[::2], parts[1::2], strict=True):
        yield _page(code, body)


def _page(code: str, body: str) -> Page:
    meaning: list[str] = []
    example: list[str | Block] = []
    cure, related = "", ""
    for part in _parts(body):
        if isinstance(part, Block):
            example.append(part)
        elif part.startswith("Do: "):
            cure = part.removeprefix("Do: ")
        elif part.startswith("See: "):
            related = part.removeprefix("See: ")
        elif example or part.endswith(":"):
            example.append(part)
        else:
            meaning.append(part)
    return Page(code, "\n\n".join(meaning), tuple(example), cure, tuple(related.split()))


def _parts(body: str) -> Iterator[str | Block]:
    """Blocks, and paragraphs between them."""
    for i, piece in enumerate(re.split(r"^```", body, flags=re.MULTILINE)):
        if i % 2:
            head, *lines = piece.rstrip("\n").split("\n")
            language, _, file = head.partition(" ")
            yield Block(language, file, tuple(lines))
        else:
            yield from (text.strip("\n") for text in re.split(r"\n{2,}", piece.strip("\n")) if text.strip())


def template(text: str) -> str:
    """A sentence or help of the table for people: as it stands there, but where all of it is one fact."""
    return DEPENDS if re.fullmatch(r"\{\w+\}", text) else text.replace("{{", "{").replace("}}", "}")


def _row_data(code: str) -> dict[str, Any]:
    row = ERRORS[KINDS[code]]
    return {
        "code": code,
        "kind": KINDS[code],
        "class": row.family.__name__,
        "group": group(code),
        "sentence": row.sentence,
        "help": row.help,
    }


def _data(code: str, found: Page | None) -> dict[str, Any]:
    """A page as JSON-ready data; `page` is None where nobody has written one."""
    text = None
    if found is not None:
        example: list[dict[str, Any]] = [
            {"language": part.language, "file": part.file or None, "text": part.text}
            if isinstance(part, Block)
            else {"language": None, "file": None, "text": part}
            for part in found.example
        ]
        related = [{"code": c, "kind": KINDS[c]} for c in found.related if c in KINDS]
        text = {"meaning": found.meaning, "example": example, "cure": found.cure, "related": related}
    return {"error": _row_data(code), "page": text}


def _all(as_json: bool) -> None:
    if as_json:
        document({"errors": [_row_data(code) for code in sorted(KINDS)]})
        return
    width = max(map(len, ERRORS))
    name = ""
    for code in sorted(KINDS):
        if group(code) != name:
            say_lines(f"{'' if not name else chr(10)}{_capital(group(code))}", "bold")
            name = group(code)
        say(f"  {code}  {KINDS[code]:{width}}  {template(ERRORS[KINDS[code]].sentence)}")
    say_lines("\nvcvm explain CODE says more about one of them.")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _show(code: str, found: Page | None) -> None:
    row = ERRORS[KINDS[code]]
    say(f"{code} {KINDS[code]}: {row.family.__name__}, {group(code)}", "bold")
    say_lines(f"\n  {template(row.sentence)}")
    if row.help:
        say(f"  help: {template(row.help)}")
    if found is None:
        return
    say_lines(f"\n{found.meaning}")
    if found.example:
        say_lines("\nExample", "bold")
    for part in found.example:
        if isinstance(part, Block):
            say_lines(f"\n  {part.file}:" if part.file else "")
            for line in part.lines:
                say(f"    {line}".rstrip())
        else:
            say_lines(f"\n{part}")
    say_lines("\nWhat to do", "bold")
    say_lines(f"\n{found.cure}")
    if found.related:
        say_lines("\nSee also", "bold")
        say()
        for other in found.related:
            say(f"  {other}  {KINDS.get(other, '')}".rstrip())
