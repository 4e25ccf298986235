"""Target `records`: what the command line reads, JSON arguments and streams of records. The first byte says how.

Oracle for JSON: bytes are a value of the machine or a ValueRefused; a value is what Python's own reader gives, and comes
back from what is written of it; conversion to a type gives a value or a ValueRefused. For streams (NDJSON, a JSON array,
CSV): errors are raised before the first record only; numbers rise by one, lines never fall; a record has a value or a
problem; in whatever pieces the stream arrives, the records are the same; and they are those that `json` finds.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from typing import Any, Final

from fuzz.oracle import attempt, bounded, hold
from fuzz.samples import is_value
from vcvm_core import Limits, ValueRefused, VcvmError
from vcvm_core.cli.jsontext import dumps, fit, parse, to_json
from vcvm_core.cli.records import READERS, Record
from vcvm_core.values import parse_type

LIMITS: Final = Limits.strict.with_(value_depth=6, record_bytes=200)
FORMS: Final = ("argument", *READERS)
TYPES: Final = tuple(
    map(parse_type, ("bytes", "uuid", "list<bytes>", "map<uuid?>", "{a: bytes, b: {c: uuid}?}", "list<list<uuid>>?"))
)


class Drip(BytesIO):
    """A stream that gives few bytes at a time, so that all that can lie across the end of a chunk does; a mark of three
    bytes at the start is in one piece, as it is in any chunk."""

    def __init__(self, data: bytes, piece: int) -> None:
        super().__init__(data)
        self.piece = piece

    def read(self, size: int | None = -1, /) -> bytes:
        piece = self.piece if self.tell() else max(self.piece, 3)
        return super().read(piece if size is None or size < 0 else min(size, piece))


def check(data: bytes) -> None:
    """Hold `data` against the oracle. Raises Broken."""
    form, rest = FORMS[data[0] % len(FORMS) if data else 0], data[1:]
    if form == "argument":
        _argument(rest)
        return
    with bounded(data, 2_000):
        whole = list(_records(form, BytesIO(rest)))
    for piece in (1, 7):
        again = list(_records(form, Drip(rest, piece)))
        hold("pieces make no difference", repr(again) == repr(whole), form, piece, whole, again)
    if form == "json":
        _array(rest, whole)
    elif form == "ndjson":
        _lines(rest, whole)


def _argument(data: bytes) -> None:
    with bounded(data, 2_000):
        found = attempt("parse", lambda: (parse(data, LIMITS),), ValueRefused)
    if found is None:
        return
    (value,) = found
    hold("JSON gives values of the machine", is_value(value, LIMITS.value_depth), value)
    hold("it reads what Python reads", repr(json.loads(data)) == repr(value), value)
    written = attempt("dumps", lambda: dumps(to_json(value))) or ""
    hold("what is written is safe to print", written.isprintable(), written)
    hold("what is written is read again", repr(parse(written.encode(), LIMITS)) == repr(value), value, written)
    for t in TYPES:
        convert = fit(t)
        if convert is not None:
            made = attempt(f"fit {t}", lambda convert=convert: (convert(value),), ValueRefused)  # type: ignore[misc]
            hold("conversion gives values", made is None or is_value(made[0]), t, value, made)


def _records(form: str, stream: BytesIO) -> Iterator[Record]:
    """The records of a stream; one with the number 0 stands for an error before the first."""
    records = attempt(f"{form}: begin", lambda: READERS[form](stream, LIMITS)) or iter(())
    number, line = 0, 1
    while True:

        def following(records: Iterator[Record] = records, first: bool = number == 0) -> tuple[Record | None]:
            try:
                return (next(records, None),)
            except VcvmError as e:
                if first:
                    return (Record(0, 0, None, e),)
                raise

        (record,) = attempt(f"{form}: next", following) or (None,)
        if record is None:
            return
        yield record
        if record.number == 0:
            return
        hold("numbers rise by one", record.number == number + 1, record, number)
        hold("lines do not fall", record.line >= line, record, line)
        hold("a problem has no value", record.problem is None or record.value is None, record)
        hold("records are values", is_value(record.value), record)
        if record.problem is not None:
            attempt(f"{form}: problem", lambda e=record.problem: _raise(e), VcvmError)  # type: ignore[misc]
        number, line = record.number, record.line


def _raise(e: VcvmError) -> None:
    raise e


def _array(data: bytes, records: list[Record]) -> None:
    """Records of an array without a problem are its elements; and an array that `parse` takes has no problem."""
    values = repr([r.value for r in records])
    if all(r.problem is None for r in records):
        hold("the elements are those of the array", repr(_loads(data)) == values, records)
    deeper = LIMITS.with_(value_depth=LIMITS.value_depth + 1)
    found = attempt("parse", lambda: (parse(data, deeper),), ValueRefused)
    small = len(data) <= LIMITS.record_bytes
    if found is not None and type(found[0]) is list and small:
        hold("an array has its elements", values == repr(found[0]), found, records)


def _lines(data: bytes, records: list[Record]) -> None:
    """Each line is what `parse` says of it."""
    lines = [line for line in data.split(b"\n") if line.strip(b" \t\r\n")]
    hold("a record a line", len(lines) == len(records), lines, records)
    for line, record in zip(lines, records, strict=True):
        if len(line) <= LIMITS.record_bytes:
            found = attempt("parse", lambda line=line: (parse(line, LIMITS),), ValueRefused)  # type: ignore[misc]
            hold("a record is its line", repr(found) == repr((record.value,) if record.problem is None else None), line)


def _loads(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as e:
        return e
