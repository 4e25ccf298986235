"""The JSON reader refuses what Python's own lets pass, and the writer is safe to show."""

from __future__ import annotations

import json
import math
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcvm_core.cli.jsontext import dumps, fit, parse, to_json
from vcvm_core.errors import VcvmError
from vcvm_core.limits import Limits
from vcvm_core.values import parse_type

LIMITS = Limits.default.with_(value_depth=8)

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_round_trip(value: Any) -> None:
    """What is written is read again, the same value of the same class."""
    found = parse(dumps(to_json(value)).encode(), Limits.default)
    assert found == value
    assert repr(found) == repr(value)


@pytest.mark.parametrize(
    ("text", "kind", "says"),
    [
        (b"", "bad-json", "nothing"),
        (b"  ", "bad-json", "nothing"),
        (b"[1,", "bad-json", "expecting value"),
        (b"{'a': 1}", "bad-json", "double quotes"),
        (b"1 2", "bad-json", "extra data"),
        (b"NaN", "bad-json", "NaN"),
        (b"[-Infinity]", "bad-json", "-Infinity"),
        (b"1e400", "bad-json", "beyond the range"),
        (b'{"a": 1, "b": 2, "a": 3}', "duplicate-json-key", "a"),
        (b'{"x": {"a": 1, "a": 1}}', "duplicate-json-key", "a"),
        (b"9223372036854775808", "int-range", "9223372036854775808"),
        (b"-9223372036854775809", "int-range", "-9223372036854775809"),
        (b"1" * 5_000, "int-range", "..."),
        (rb'"\ud800"', "lone-surrogate", "argument 1"),
        (rb'{"\udc00": 1}', "lone-surrogate", "argument 1"),
        (b"\xef\xbb\xbf1", "bad-json", "byte order mark"),
        (b'"\xff"', "bad-text", "0xff"),
        (b'"\xed\xa0\x80"', "bad-text", "0xed"),
        (b"[" * 9 + b"]" * 9, "value-too-deep", "8"),
        (b"[" * 100_000, "value-too-deep", "8"),
        (b'{"a":' * 100_000, "value-too-deep", "8"),
        (b'"a\nb"', "bad-json", "control character"),
    ],
)
def test_refused(text: bytes, kind: str, says: str) -> None:
    """Each kind of text that is no value, with what it says about it."""
    with pytest.raises(VcvmError) as caught:
        parse(text, LIMITS, where="argument 1")
    assert (caught.value.kind, says in str(caught.value)) == (kind, True), str(caught.value)


def test_accepted_at_the_limits() -> None:
    """Exactly at a limit passes."""
    assert parse(b"[9223372036854775807, -9223372036854775808]", LIMITS) == [2**63 - 1, -(2**63)]
    assert parse(b"[" * 8 + b"]" * 8, LIMITS) == [[[[[[[[]]]]]]]]
    assert parse(b'["[[[[[[[[[\\"[", ' + b"[], " * 20 + b"1]", LIMITS) == ['[[[[[[[[["[', *[[]] * 20, 1]
    assert parse(rb'"\ud83d\ude00"', LIMITS) == "\U0001f600"


def test_places() -> None:
    """Line and column are those of the file, not of the record."""
    with pytest.raises(VcvmError) as caught:
        parse(b'{"a": 1,\n "b": x}', LIMITS, line=40)
    place = caught.value.place
    assert (place.line, place.column, place.text) == (41, 7, ' "b": x}')


def test_written() -> None:
    """What JSON cannot say has a form of its own."""
    uuid = UUID("a4c39daa-f85e-4b2a-a37f-4914e8237a18")
    value = {"b": b"\x00\xff", "u": uuid, "f": [math.nan, math.inf, -math.inf, -0.0], "t": (1, None)}
    found = {"b": {"$bytes": "AP8="}, "u": str(uuid), "f": ["NaN", "Infinity", "-Infinity", -0.0], "t": [1, None]}
    assert to_json(value) == found


def test_written_safely() -> None:
    """Letters stay letters; what a terminal obeys, or hides, is escaped, and the text is still the same JSON."""
    text = "Grüße \u4f60 \x1b[31m \x9b \u202e \u200b \x7f \U000e0001"
    found = dumps({"text": text}, indent=1)
    assert "Grüße \u4f60" in found
    assert all(c.isprintable() or c == "\n" for c in found)
    assert json.loads(found) == {"text": text}


@pytest.mark.parametrize(
    ("t", "given", "expected"),
    [
        ("bytes", {"$bytes": "AP8="}, b"\x00\xff"),
        ("bytes?", None, None),
        ("uuid", "A4C39DAA-F85E-4B2A-A37F-4914E8237A18", UUID("a4c39daa-f85e-4b2a-a37f-4914e8237a18")),
        ("list<map<bytes>>", [{"k": {"$bytes": ""}}], [{"k": b""}]),
        ("{a: bytes, b: int}", {"a": {"$bytes": "AA=="}, "b": 1, "c": 2}, {"a": b"\x00", "b": 1, "c": 2}),
        ("list<uuid>", "no list", "no list"),
    ],
)
def test_fit(t: str, given: Any, expected: Any) -> None:
    """Where a type asks for bytes or a uuid, their JSON forms are understood."""
    convert = fit(parse_type(t))
    assert convert is not None
    assert convert(given) == expected


@pytest.mark.parametrize(
    ("t", "given"),
    [("bytes", "AP8="), ("bytes", {"$bytes": "?"}), ("bytes", {"$bytes": 1}), ("bytes", 5), ("uuid", "x"), ("uuid", 5)],
)
def test_fit_refuses(t: str, given: Any) -> None:
    """What is neither is refused, and the error says what it looks like."""
    convert = fit(parse_type(t))
    assert convert is not None
    with pytest.raises(VcvmError) as caught:
        convert(given)
    assert caught.value.kind == "wrong-type"


def test_fit_is_free_where_it_is_not_needed() -> None:
    """Types without bytes and uuids need no second look at values."""
    assert fit(parse_type("{a: list<int>, b: map<any>, c: float?}")) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": 1, "more": object()}, {"a": 1, "more": "<a Python object>"}),
        ([{1, 2}, (1, 2), 1 << 64], ["<a Python set>", [1, 2], "<an integer outside the 64-bit range>"]),
        ({5: 1, None: 2, (): 3}, {"<int>": 1, "<none>": 2, "<a Python tuple>": 3}),
    ],
)
def test_what_is_no_value_is_named(value: Any, expected: Any) -> None:
    """An object under a key that no type declares can be written, and its own text, which may be an address, is not."""
    assert json.loads(dumps(to_json(value))) == expected
