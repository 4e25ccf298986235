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
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Final, NamedTuple

from vcvm_core.cli.jsontext import decoded, parse
from vcvm_core.errors import Place, VcvmError, error
from vcvm_core.limits import Limits

CHUNK: Final = 1 << 16


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
        if isinstance(data, VcvmError) or data.strip():
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

_BLANK: Final = b" \t\r\n"


class _Elements:
    """The elements of an array, with their lines, as bytes; errors in place of those that are too large.

    window: what was read and not given out. at: up to where it was looked at. start: of the element, None while one that
    is too large is passed over. line: of the window's first byte.
    """

    def __init__(self, stream: BinaryIO, limit: int) -> None:
        self.stream, self.limit = stream, limit
        self.window, self.at, self.line, self.depth = b"", 0, 1, 0
        self.too_large_from: int | None = None
        self.ended = False

    def __iter__(self) -> Iterator[tuple[int, bytes | VcvmError]]:
        self._open()
        first = True
        while True:
            mark = self._next_mark()
            if mark is None:
                yield self._line_of_element(), self._failed("the file ends inside the array")
                return
            element = self.window[: self.at - 1]
            line = self._line_of_element()
            if self.too_large_from is not None:
                facts = {"where": "the record", "limit": self.limit, "name": "record_bytes", "found": f"over {self.limit}"}
                yield self.too_large_from, error("value-too-large", Place(line=self.too_large_from), **facts)
                self.too_large_from = None
            elif mark == b"}":
                yield line, self._failed("a } closes nothing")
                return
            elif not (mark == b"]" and first and not element.strip()):
                stripped = element.strip()
                yield line, stripped or error("bad-json", Place(line=line), reason="an element of the array is missing")
            first = False
            self._forget(self.at)
            if mark == b"]":
                yield from self._close()
                return

    def _open(self) -> None:
        """Go past the bracket that begins the array. Raises for anything else."""
        while not self.window.strip() and self._more():
            pass
        if self.window.startswith(b"\xef\xbb\xbf"):
            decoded(self.window[:3])
        rest = self.window.lstrip(_BLANK)
        if not rest:
            raise error("bad-json", Place(line=1), reason="there is nothing")
        if not rest.startswith(b"["):
            found = "JSON, but no array" if rest[:1] in b'{"-0123456789tfn' else "no JSON"
            cure = "--input-format ndjson reads one JSON value a line, --input-format csv reads rows"
            raise error("wrong-format", path="the input", found=found, expected="a JSON array of records", cure=cure)
        self._forget(len(self.window) - len(rest) + 1)

    def _close(self) -> Iterator[tuple[int, VcvmError]]:
        """What follows the array: nothing."""
        while not self.window.strip() and self._more():
            self.line += self.window.count(b"\n")
            self.window = self.window.lstrip(_BLANK)
        if self.window.strip():
            yield self._line_of_element(), self._failed("something follows the array")

    def _next_mark(self) -> bytes | None:
        """Look on to the next comma or closing bracket of the array itself; None if the file ends before."""
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
                elif self.depth == 0 and mark in (b",", b"]", b"}") and self._fits(len(self.window[: self.at - 1].strip())):
                    return mark
            else:
                self.at = len(self.window)
            self._fits(len(self.window.strip()))
            if not self._more():
                return None

    def _fits(self, size: int) -> bool:
        """Always true. If the element is too large, what was read of it is forgotten."""
        if size > self.limit and self.too_large_from is None:
            self.too_large_from = self._line_of_element()
        if self.too_large_from is not None:
            self._pass_over()
        return True

    def _pass_over(self) -> None:
        """Forget the part of a too large element that was looked at; of a string, all but the state its end depends on."""
        rest = self.window[self.at :]
        if rest.startswith(b'"') and len(rest) > CHUNK:
            odd = (len(rest) - len(rest.rstrip(b"\\"))) % 2
            self.line += rest.count(b"\n")
            rest = b'"' + b"\\" * odd
        self.line += self.window.count(b"\n", 0, self.at)
        self.window, self.at = rest, 0

    def _more(self) -> bool:
        """Read on. As much again as the window holds, so that a long string is not searched again and again."""
        data = self.stream.read(max(CHUNK, len(self.window)))
        self.window += data
        return bool(data)

    def _forget(self, end: int) -> None:
        self.line += self.window.count(b"\n", 0, end)
        self.window, self.at = self.window[end:], 0

    def _line_of_element(self) -> int:
        blank = len(self.window) - len(self.window.lstrip(_BLANK))
        return self.line + self.window.count(b"\n", 0, blank)

    def _failed(self, reason: str) -> VcvmError:
        return error("bad-json", Place(line=self._line_of_element()), reason=reason)
