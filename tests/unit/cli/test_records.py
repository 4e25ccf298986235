"""Readers of records: bounded, going on behind a bad one, and right wherever the chunks of a file happen to end."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcvm_core.cli import records
from vcvm_core.cli.records import READERS, Record, read_csv, read_json, read_ndjson
from vcvm_core.errors import VcvmError
from vcvm_core.limits import Limits

LIMITS = Limits.default.with_(record_bytes=100)


def short(record: Record) -> tuple[Any, ...]:
    """Number, line, and the value or the kind of what is wrong."""
    return (record.number, record.line, record.problem.kind if record.problem else record.value)


def read(form: str, data: bytes, limits: Limits = LIMITS) -> list[tuple[Any, ...]]:
    return [short(record) for record in READERS[form](io.BytesIO(data), limits)]


def test_ndjson() -> None:
    """Empty lines are no records, line ends of any kind are none of a record's business, the last needs none."""
    assert read("ndjson", b'1\n\n{"a": 2}\r\n  \n"x"') == [(1, 1, 1), (2, 3, {"a": 2}), (3, 5, "x")]
    assert read("ndjson", b"") == []


def test_ndjson_goes_on() -> None:
    """A bad record is one record."""
    data = b"1\nnope\n\xff\n[NaN]\n" + b"[" * 200 + b"\n" + b"7" * 300 + b"\n2"
    kinds = ["bad-json", "bad-text", "bad-json", "line-too-long", "line-too-long"]
    assert [r[2] for r in read("ndjson", data)] == [1, *kinds, 2]


def test_blanks() -> None:
    """Of what Python takes for white space, JSON knows four characters."""
    for blank in (b"\v", b"\f"):
        assert read("ndjson", b"1\n" + blank + b"\n2") == [(1, 1, 1), (2, 2, "bad-json"), (3, 3, 2)]
        assert read("json", b"[1," + blank + b"2]") == [(1, 1, 1), (2, 1, "bad-json")]
        assert read("json", b"[1]" + blank) == [(1, 1, 1), (2, 1, "bad-json")]


def test_ndjson_at_the_limit() -> None:
    """Exactly as long as the limit passes, with any line end; one more does not."""
    for end in (b"\n", b"\r\n", b""):
        fits, over = b'"' + b"a" * 98 + b'"' + end, b'"' + b"a" * 99 + b'"' + end
        assert read("ndjson", fits) == [(1, 1, "a" * 98)]
        assert read("ndjson", over) == [(1, 1, "line-too-long")]


def test_json() -> None:
    """Elements of any kind, with the lines they begin on."""
    data = b' [1, {"a": [2, "]"]},\n\n "x\\"," , [\n3]\n]\n\n'
    assert read("json", data) == [(1, 1, 1), (2, 1, {"a": [2, "]"]}), (3, 3, 'x",'), (4, 3, [3])]
    assert read("json", b"[]") == read("json", b" [ \n ] ") == []


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"[1, nope, 3]", [1, "bad-json", 3]),
        (b"[1,,3]", [1, "bad-json", 3]),
        (b"[1,]", [1, "bad-json"]),
        (b"[,]", ["bad-json", "bad-json"]),
        (b"[{], 2]", ["bad-json", 2]),
        (b"[{]}, 2]", ["bad-json"]),
        (b'[{"a":1,"a":1}, 2]', ["duplicate-json-key", 2]),
        (b"[1", ["bad-json"]),
        (b"[1,", [1, "bad-json"]),
        (b'["a', ["bad-json"]),
        (b"[1}", ["bad-json"]),
        (b"[1] 2", [1, "bad-json"]),
        (b"[1][2]", [1, "bad-json"]),
        (b"[1, \xff, 2]", [1, "bad-text", 2]),
        (b"[" * 1_000, ["bad-json"]),
        (b'[1, "' + b"a" * 500 + b'", 3]', [1, "value-too-large", 3]),
        (b"[1, [" + b"1," * 500 + b"1], 3]", [1, "value-too-large", 3]),
        (b'[1, ["' + b'\\"' * 500 + b'"], 3]', [1, "value-too-large", 3]),
        (b'[1, ["' + b"\\\\" * 501 + b'"], 3]', [1, "value-too-large", 3]),
    ],
)
@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 1 << 16])
def test_json_goes_on(data: bytes, found: list[Any], chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bad element is one record; what ends the array too early, or follows it, is the last one."""
    monkeypatch.setattr(records, "CHUNK", chunk)
    assert [r[2] for r in read("json", data)] == found


def test_json_at_the_limit() -> None:
    """Exactly as large as the limit passes, whatever stands around it."""
    fits, over = b'"' + b"a" * 98 + b'"', b'"' + b"a" * 99 + b'"'
    assert [r[2] for r in read("json", b"[" + fits + b" " * 300 + b",2]")] == ["a" * 98, 2]
    assert [r[2] for r in read("json", b"[" + over + b",2]")] == ["value-too-large", 2]


@given(st.data())
def test_json_chunks(data: st.DataObject) -> None:
    """Wherever a chunk ends, the elements are the same."""
    inner = st.text(st.sampled_from('a"\\[]{},\n é\u20ac')) | st.integers(-9, 99) | st.none()
    names = st.text(max_size=2)
    nested = st.recursive(
        inner, lambda s: st.lists(s, max_size=3) | st.dictionaries(names, s, max_size=3), max_leaves=6
    )
    values = data.draw(st.lists(nested, max_size=6))
    text = json.dumps(
        values, ensure_ascii=data.draw(st.booleans()), indent=data.draw(st.sampled_from([None, 1]))
    ).encode()
    stream = _Dripping(text, data.draw(st.lists(st.integers(1, 9), min_size=1)))
    found = list(read_json(cast("BinaryIO", stream), Limits.default))
    assert [r.value for r in found] == values
    assert all(r.problem is None for r in found)


class _Dripping:
    """A stream that gives fewer bytes than it is asked for, as pipes do."""

    def __init__(self, data: bytes, sizes: list[int]) -> None:
        self.stream, self.sizes, self.reads = io.BytesIO(data), sizes, 0

    def read(self, size: int) -> bytes:
        self.reads += 1
        return self.stream.read(min(size, self.sizes[self.reads % len(self.sizes)]))


class _Endless(io.RawIOBase):
    """A stream that begins in some way and then repeats a piece for ever; counts what was read."""

    def __init__(self, head: bytes, piece: bytes) -> None:
        self.rest, self.piece, self.given = head, piece, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self.rest:
            self.rest = self.piece * 1_000
        part, self.rest = self.rest[: len(buffer)], self.rest[len(buffer) :]
        buffer[: len(part)] = part
        self.given += len(part)
        return len(part)


@pytest.mark.parametrize(
    ("form", "head", "piece"),
    [("ndjson", b"", b'{"a": 1}\n'), ("json", b"[", b'{"a": [1]},\n'), ("csv", b"a,b\n", b'1,"2"\n')],
)
def test_streaming(form: str, head: bytes, piece: bytes) -> None:
    """Records come while the input is still going on; no more of it is read than a few chunks."""
    raw = _Endless(head, piece)
    found: Iterator[Record] = READERS[form](cast("BinaryIO", io.BufferedReader(raw)), LIMITS)
    for number in range(1, 101):
        assert next(found).number == number
    assert raw.given < 4 << 16


def test_json_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an element without end, no more is kept than the limit and a chunk."""
    monkeypatch.setattr(records, "CHUNK", 50)
    elements = records._Elements(cast("BinaryIO", io.BytesIO(b'[["' + b"a" * 100_000 + b'"], 2]')), 100)
    largest = 0
    more = elements._more

    def watched() -> bool:
        nonlocal largest
        largest = max(largest, len(elements.window))
        return more()

    monkeypatch.setattr(elements, "_more", watched)
    assert len(list(elements)) == 2
    assert largest <= 400


@pytest.mark.parametrize(
    ("form", "data", "kind"),
    [
        ("json", b"", "bad-json"),
        ("json", b"  \n ", "bad-json"),
        ("json", b'{"a": 1}', "wrong-format"),
        ("json", b"<xml>", "wrong-format"),
        ("json", b"\xef\xbb\xbf[1]", "bad-json"),
        ("csv", b"", "bad-csv"),
        ("csv", b"\n\n", "bad-csv"),
        ("csv", b"a,b,a\n1,2,3\n", "bad-csv"),
        ("csv", b'"a\n1,2,3\n', "bad-csv"),
        ("csv", b"\xff,b\n1,2\n", "bad-text"),
        ("csv", b"a" * 200, "line-too-long"),
    ],
)
def test_no_records_at_all(form: str, data: bytes, kind: str) -> None:
    """What cannot be records is refused as a whole."""
    with pytest.raises(VcvmError) as caught:
        read(form, data)
    assert caught.value.kind == kind


def test_csv() -> None:
    """Quoted fields go over lines; a byte order mark, which spreadsheets write, is no part of the first name."""
    data = b'\xef\xbb\xbfname,age\r\n"a\r\nb",1\r\n\r\n"say ""hi""",\r\nc,3'
    expected = [
        (1, 2, {"name": "a\r\nb", "age": "1"}),
        (2, 5, {"name": 'say "hi"', "age": ""}),
        (3, 6, {"name": "c", "age": "3"}),
    ]
    assert read("csv", data) == expected


def test_csv_goes_on() -> None:
    """A bad row is one record."""
    data = b'a,b\n1\n1,2,3\n"x"y,2\n\xff,2\n' + b"x" * 200 + b',2\n1,2\n"never closed,2'
    kinds = ["bad-csv", "bad-csv", "bad-csv", "bad-text", "line-too-long", {"a": "1", "b": "2"}, "bad-csv"]
    assert [r[2] for r in read("csv", data)] == kinds


def test_csv_row_over_many_lines() -> None:
    """A row of many short lines is as bounded as one long line, and the next row is read."""
    data = b'a,b\n"' + b"x\n" * 80 + b'",2\n'
    assert read("csv", data)[0] == (1, 2, "line-too-long")


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r")), min_size=2, max_size=2)))
def test_csv_like_the_writer(rows: list[list[str]]) -> None:
    """What Python's writer writes is read again."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([["a", "b"], *rows])
    found = [record.value for record in read_csv(io.BytesIO(text.getvalue().encode()), Limits.default)]
    assert found == [{"a": a, "b": b} for a, b in rows]


@pytest.mark.parametrize("reader", [read_ndjson, read_json, read_csv])
@given(st.binary())
def test_total(reader: Any, data: bytes) -> None:
    """Whatever the bytes, only errors of this library come out, and every record is numbered."""
    try:
        found = list(reader(io.BytesIO(data), LIMITS))
    except VcvmError:
        return
    assert [r.number for r in found] == list(range(1, len(found) + 1))
