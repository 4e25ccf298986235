"""How the command line looks: lines, tables, JSON and errors.

Takes text, rows and errors; writes results to the command's standard output and diagnostics to stderr; nothing else in this
folder writes text. Where the stream is a terminal and NO_COLOR is not set, rich draws; anywhere else it is plain, aligned
text, and rich is not even imported.

Names of files, and what comes from programs and packs, may hold anything. So a line is a line: whatever a terminal would
obey, not show, or show as another line is escaped here. `clean` is for cutting what may be long.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any, Final

from vcvm_core.cli.streams import flush, is_unicode, standard_output
from vcvm_core.errors import Diagnostic, LinkError, Place, VcvmError, clean

if TYPE_CHECKING:
    from rich.console import Console

SCHEMA: Final = 1
"""The schema number of everything that --json writes."""

EXCERPT: Final = 100
"""How many characters of a source line are shown."""

_NUMBER: Final = re.compile(r"[\d,]*\d(-[\d,]+)?\+?|-").fullmatch

Segment = tuple[str, str]
"""A piece of a line: its text, and a style of rich, or none."""


def draws(stream: IO[str] | None) -> bool:
    """Whether this stream is a terminal that wants colours."""
    if stream is None or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty()


def console(stream: IO[str]) -> Console:
    """rich's view of a stream; nothing is guessed from what is printed."""
    from rich.console import Console

    return Console(file=stream, highlight=False, markup=False, emoji=False, soft_wrap=True)


def _write(stream: IO[str] | None, lines: Sequence[Sequence[Segment]]) -> None:
    if stream is None:
        return
    if any(style for line in lines for _, style in line) and draws(stream):
        from rich.text import Text

        screen = console(stream)
        for line in lines:
            screen.print(Text.assemble(*((_line(text), style) for text, style in line)))
        return
    for line in lines:
        stream.write(f"{''.join(_line(text) for text, _ in line)}\n")


def _line(text: str) -> str:
    """A piece of a line as it can be shown."""
    return text if text.isprintable() else clean(text, len(text))


def say(text: str = "", style: str = "") -> None:
    """A line on stdout."""
    _write(standard_output(), [[(text, style)]])


def say_lines(text: str, style: str = "", to_errors: bool = False) -> None:
    """Lines of text on stdout, or on stderr."""
    _write(sys.stderr if to_errors else standard_output(), [[(line, style)] for line in text.split("\n")])


def remark(text: str) -> None:
    """A line on stderr that is no error."""
    _write(sys.stderr, [[(text, "dim")]])


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    coloured: int | None = None,
    styles: Mapping[str, str] | None = None,
    other: str = "",
) -> None:
    """Rows in columns on stdout, numbers to the right.

    coloured: a column whose texts have styles on a terminal. styles: which ones; other: for texts that are not there.
    """
    texts = [list(head), *map(list, rows)]
    widths = [max(len(line[i]) for line in texts) for i in range(len(head))]
    numeric = [all(_NUMBER(row[i]) for row in rows) for i in range(len(head))]
    lines = [_row([(h, "bold") for h in head], widths, numeric)]
    for row in rows:
        cells = [(text, (styles or {}).get(text, other) if i == coloured else "") for i, text in enumerate(row)]
        lines.append(_row(cells, widths, numeric))
    _write(standard_output(), lines)


def _row(cells: list[Segment], widths: list[int], numeric: list[bool]) -> list[Segment]:
    line: list[Segment] = []
    for i, (text, style) in enumerate(cells):
        last = i == len(cells) - 1
        padded = text.rjust(widths[i]) if numeric[i] else text if last else text.ljust(widths[i])
        line.append((padded + ("" if last else "  "), style))
    return line


def document(data: Mapping[str, Any]) -> None:
    """JSON on stdout: one document, with the schema number."""
    say_lines(json_text({"schema": SCHEMA, **data}, indent=2))


def json_line(data: Mapping[str, Any]) -> None:
    """JSON on stdout: one object in one line, with the schema number."""
    say(json_text({"schema": SCHEMA, **data}))


def json_text(data: Any, indent: int | None = None) -> str:
    """JSON that standard output can hold: with all letters where it is UTF-8, in ASCII where it is not."""
    from vcvm_core.cli.jsontext import dumps

    return dumps(data, indent, ascii_only=not is_unicode(standard_output()))


def failure(e: VcvmError, as_json: bool) -> None:
    """An error and its notes: everything there is to say, on stderr; or, as JSON, on stdout."""
    notes = getattr(e, "__notes__", [])
    if as_json:
        data: dict[str, Any] = {"errors": e.to_data()}
        if isinstance(e, LinkError) and e.report is not None:
            data["report"] = e.report.to_data()
        if notes:
            data["notes"] = notes
        json_line(data)
        return
    # What the command has written so far stands above its error, also where both streams end in one place.
    flush()
    lines = [*_error_lines(e), *([("note: ", "bold cyan"), (note, "")] for note in notes)]
    if draws(sys.stderr) and e.kind != "bad-usage":
        # For whoever sits there: what reads output knows the code.
        lines.append([(f"vcvm explain {e.code} says more", "dim")])
    _write(sys.stderr, lines)


def diagnostics(found: Sequence[Diagnostic]) -> None:
    """Diagnostics on stdout: where they are what the command was asked for."""
    _write(standard_output(), [line for d in found for line in diagnostic_lines(d)])


def _error_lines(e: VcvmError) -> list[list[Segment]]:
    if isinstance(e, LinkError) and e.report is not None:
        headline = [(f"error[{e.code}]", "bold red"), (f": {e.report.headline()}", "bold")]
        return [headline, *([(line, "")] for line in e.report.lines())]
    lines: list[list[Segment]] = []
    for d in e.diagnostics:
        lines += [[]] if lines else []
        lines += diagnostic_lines(d)
    if len(e.diagnostics) > 1:
        lines += [[], [(f"{len(e.diagnostics)} errors", "bold red")]]
    return lines


def diagnostic_lines(d: Diagnostic) -> list[list[Segment]]:
    """One diagnostic: what, where, the source line, what to do."""
    lines: list[list[Segment]] = [[(f"error[{d.code}]", "bold red"), (f": {d.message}", "bold")]]
    place = str(d.place)
    if place:
        lines.append([(" --> ", "bold blue"), (place, "")])
    if d.place.text and d.place.line:
        lines += _excerpt(d.place, d.place.text)
    if d.help:
        lines.append([("help: ", "bold cyan"), (d.help, "")])
    return lines


def _excerpt(place: Place, text: str) -> list[list[Segment]]:
    """The source line, cut around the caret, and the caret."""
    column = min(max(place.column or 1, 1), len(text) + 1)
    start = max(0, column - 1 - EXCERPT // 2) if len(text) > EXCERPT else 0
    shown = text[start : start + EXCERPT]
    number = str(place.line)
    bar = [(f"{' ' * len(number)} |", "bold blue")]
    head, tail = ("..." if start else ""), ("..." if start + EXCERPT < len(text) else "")
    line: list[Segment] = [(f"{number} | ", "bold blue"), (f"{head}{_visible(shown)}{tail}", "")]
    if place.column is None:
        return [bar, line]
    under = shown[column - 1 - start :][: place.width]
    blank = " " * (len(head) + _cells(_visible(shown[: column - 1 - start])))
    return [bar, line, [*bar, (f" {blank}{'^' * max(1, _cells(_visible(under)))}", "bold red")]]


def _visible(text: str) -> str:
    return clean(text.replace("\t", " "), EXCERPT)


def _cells(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)
