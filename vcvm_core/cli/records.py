"""Records of input, one after the other: NDJSON, a JSON array, CSV.

Takes a stream of bytes; gives a `Record` for each, holding no more than one of them (and a window of the file) at a time.
A record that is none, or is larger than `Limits.record_bytes`, is a `Record` with a problem, and reading goes on behind it:

    ndjson   one JSON value a line; empty lines are skipped
    json     one array; each element is a record. Brackets and strings say where an element ends, so a bad one harms no other
    csv      a header row, then rows; a record is a map from the header's names to strings

Raises, before the first record, for what cannot be records at all: no array, no header.
"""

from __future__ import annotations

import csv
import re
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Final, NamedTuple

from vcvm_core.cli.jsontext import decoded, parse
from vcvm_core.errors import Place, VcvmError, clean, error
from vcvm_core.limits import Limits

CHUNK: Final = 1 << 16


BLANKS: Final = b" \t\r\n"
"""What may stand around JSON: less than `bytes.strip` takes away."""


class Record(NamedTuple):
    """One record: its number and the line it begins on, both from 1, and its value, or what is wrong with it."""

    number: int
    line: int
    value: Any
    problem: VcvmError | None = None


def read_ndjson(stream: BinaryIO, limits: Limits) -> Iterator[Record]:
    """The records of NDJSON."""
    number = 0
    for line, data in _lines(stream, limits.record_bytes):
        if isinstance(data, VcvmError) or data.strip(BLANKS):
            number += 1
            yield _record(number, line, data, limits)


def _record(number: int, line: int, data: bytes | VcvmError, limits: Limits) -> Record:
    if isinstance(data, VcvmError):
        return Record(number, line, None, data)
    try:
        return Record(number, line, parse(data, limits, line))
    except VcvmError as e:
        return Record(number, line, None, e)


def _lines(stream: BinaryIO, limit: int) -> Iterator[tuple[int, bytes | VcvmError]]:
    """Lines with their numbers; in place of one that is too long, the error."""
    number = 0
    while data := stream.readline(limit + 2):
        number += 1
        # The limit is the record's, without the line's end.
        if len(data) <= limit or (data.endswith(b"\n") and len(data.rstrip(b"\r\n")) <= limit):
            yield number, data
            continue
        while data and not data.endswith(b"\n"):
            data = stream.readline(CHUNK)
        yield number, error("line-too-long", Place(line=number), limit=limit)


def read_json(stream: BinaryIO, limits: Limits) -> Iterator[Record]:
    """The records of a JSON array."""
    for number, (line, data) in enumerate(_Elements(stream, limits.record_bytes), 1):
        yield _record(number, line, data, limits)


_TOKEN: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|["\[\]{},]', re.DOTALL)
"""A whole string, or a mark of structure; a quote alone begins a string whose end is not in the window."""


class _Elements:
    """The elements of an array, with their lines, as bytes; errors in place of those that are too large.

    window: what was read and not given out yet. at: up to where it was looked at. line: of the window's first byte. skipped:
    the line of an element that is too large and passed over.
    """

    def __init__(self, stream: BinaryIO, limit: int) -> None:
        self.stream, self.limit = stream, limit
        self.window, self.at, self.line, self.depth = b"", 0, 1, 0
        self.skipped: int | None = None

    def __iter__(self) -> Iterator[tuple[int, bytes | VcvmError]]:
        self._open()
        some = False
        while True:
            mark = self._find_end()
            line, element = self._line(), self.window[: self.at - 1].strip(BLANKS)
            if mark == b"" or mark == b"}":
                # Of what is passed over, only where it began does not depend on how the file was read.
                line = self.skipped or line
                yield line, self._failed("a } closes nothing" if mark else "the file ends inside the array", line)
                return
            if self.skipped is not None or len(element) > self.limit:
                yield self.skipped or line, self._too_large(self.skipped or line)
            elif element:
                yield line, element
            elif some or mark == b",":
                yield line, self._failed("an element of the array is missing")
            some, self.skipped = True, None
            self._forget(self.at)
            if mark == b"]":
                yield from self._close()
                return

    def _open(self) -> None:
        """Go past the bracket that begins the array. Raises for anything else."""
        while not self.window.strip(BLANKS) and self._more():
            pass
        decoded(self.window[:3] if self.window.startswith(BOM_UTF8) else b"")
        rest = self.window.lstrip(BLANKS)
        if not rest:
            raise error("bad-json", Place(line=1), reason="there is nothing")
        if not rest.startswith(b"["):
            found = "one JSON object" if rest.startswith(b"{") else "no JSON array"
            cure = "--input-format ndjson reads one JSON value a line, --input-format csv reads rows"
            raise error("wrong-format", path="the input", found=found, expected="an array of records", cure=cure)
        self._forget(len(self.window) - len(rest) + 1)

    def _find_end(self) -> bytes:
        """Look on to the comma or bracket behind an element, and past it; nothing if the file ends before."""
        while True:
            for token in _TOKEN.finditer(self.window, self.at):
                mark = token[0]
                if mark == b'"':
                    self.at = token.start()
                    break
                self.at = token.end()
                if mark in (b"[", b"{"):
                    self.depth += 1
                elif mark in (b"]", b"}") and self.depth:
                    self.depth -= 1
                elif mark in (b",", b"]", b"}") and not self.depth:
                    return mark
            self._shrink()
            if not self._more():
                return b""

    def _shrink(self) -> None:
        """Forget what was read of an element that is too large, but for what its end depends on: an open string, and
        whether that stops in the middle of an escape."""
        if self.skipped is None:
            if len(self.window.strip(BLANKS)) <= self.limit:
                return
            self.skipped = self._line()
        rest = self.window[self.at :]
        escape = (len(rest) - len(rest.rstrip(b"\\"))) % 2
        self._forget(len(self.window))
        self.window = b'"' + b"\\" * escape if rest.startswith(b'"') else b""

    def _close(self) -> Iterator[tuple[int, VcvmError]]:
        """What follows the array: nothing."""
        while not self.window.strip(BLANKS):
            self._forget(len(self.window))
            if not self._more():
                return
        yield self._line(), self._failed("something follows the array")

    def _more(self) -> bool:
        """Read on: as much again as the window holds, so that a long string is not searched again and again."""
        data = self.stream.read(max(CHUNK, len(self.window)))
        self.window += data
        return bool(data)

    def _forget(self, end: int) -> None:
        self.line += self.window.count(b"\n", 0, end)
        self.window, self.at = self.window[end:], 0

    def _line(self) -> int:
        """The line of the first byte of the window that is not blank."""
        blank = len(self.window) - len(self.window.lstrip(BLANKS))
        return self.line + self.window.count(b"\n", 0, blank)

    def _failed(self, reason: str, line: int | None = None) -> VcvmError:
        return error("bad-json", Place(line=self._line() if line is None else line), reason=reason)

    def _too_large(self, line: int) -> VcvmError:
        facts = {"where": "the record", "found": f"over {self.limit}", "limit": self.limit, "name": "record_bytes"}
        return error("value-too-large", Place(line=line), **facts)


class _Texts:
    """Lines of text for the csv module, which asks for more of them while a quoted field goes on; an error is raised in
    place of a line, and the next one can be asked for. line: of the last line given out. first: where the row began."""

    def __init__(self, stream: BinaryIO, limit: int) -> None:
        self.lines, self.limit = _lines(stream, limit), limit
        self.line, self.first, self.size = 0, 0, 0

    def begin(self) -> None:
        """A row begins with the next line."""
        self.first, self.size = self.line + 1, 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        self.line, data = next(self.lines)
        if isinstance(data, VcvmError):
            raise data
        self.size += len(data)
        if self.size > self.limit + 2:
            raise error("line-too-long", Place(line=self.first), limit=self.limit)
        # A mark at the start of the file is what spreadsheets write.
        return decoded(data.removeprefix(BOM_UTF8) if self.line == 1 else data, self.line)


def read_csv(stream: BinaryIO, limits: Limits) -> Iterator[Record]:
    """The records of CSV: commas, quotes doubled inside quotes, a header row."""
    texts = _Texts(stream, limits.record_bytes)
    rows = csv.reader(texts, strict=True)
    header = _header(texts, rows)
    number = 0
    while True:
        texts.begin()
        problem = None
        row: list[str] = []
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as e:
            problem = error("bad-csv", Place(line=texts.first), reason=e)
        except VcvmError as e:
            problem = e
        if problem is None and not row:
            continue
        number += 1
        if problem is None and len(row) != len(header):
            problem = error(
                "bad-csv", Place(line=texts.first), reason=f"it has {len(row)} fields, the header {len(header)}"
            )
        value = dict(zip(header, row, strict=True)) if problem is None else None
        yield Record(number, texts.first, value, problem)


def _header(texts: _Texts, rows: Iterator[list[str]]) -> list[str]:
    reason = ""
    header: list[str] = []
    try:
        while not header:
            header = next(rows)
    except StopIteration:
        reason = "there is no header row"
    except csv.Error as e:
        reason = str(e)
    seen: set[str] = set()
    for name in header:
        if name in seen:
            reason = f"the header has the name '{clean(name)}' twice"
        seen.add(name)
    if reason:
        raise error("bad-csv", Place(line=max(1, texts.line)), reason=reason)
    return header


READERS: Final[dict[str, Callable[[BinaryIO, Limits], Iterator[Record]]]] = {
    "ndjson": read_ndjson,
    "json": read_json,
    "csv": read_csv,
}
"""The formats by name."""

SUFFIXES: Final = {".ndjson": "ndjson", ".jsonl": "ndjson", ".json": "json", ".csv": "csv"}
"""The formats by the ends of file names."""
