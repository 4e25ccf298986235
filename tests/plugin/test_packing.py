"""Bytes and plain data: one form when written, every hostile form refused by its kind when read."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcvm_core.errors import ManifestError, VcvmError
from vcvm_core.limits import Limits
from vcvm_core.plugin.packing import DEPTH, ENTRIES, LENGTH, pack, read_bounded, unpack


def nested(depth: int) -> Any:
    """A map with lists in it, `depth` containers deep."""
    value: Any = None
    for _ in range(depth - 1):
        value = [value]
    return {"a": value}


def kind(data: bytes) -> str:
    with pytest.raises(ManifestError) as e:
        unpack(data)
    return e.value.kind


def raw(value: Any) -> bytes:
    return bytes(msgpack.packb({"a": value}))


GOOD = pack({"b": [1, 2.5, None, True], "a": {"text": "é", "bytes": b"\0"}})

HOSTILE = {
    "M01 empty": (b"", "manifest-truncated"),
    "M01 json": (b'{"schema": 1}', "manifest-not-msgpack"),
    "M01 a list": (b"\x90", "manifest-not-msgpack"),
    "M01 a byte msgpack does not use": (b"\x81\xa1a\xc1", "manifest-not-msgpack"),
    "M01 two documents": (GOOD + GOOD, "manifest-trailing-data"),
    "M02 array of 2**32-1": (b"\x81\xa1a\xdd\xff\xff\xff\xff", "manifest-shape"),
    "M02 map of 2**32-1": (b"\xdf\xff\xff\xff\xff", "manifest-shape"),
    "M02 text of 2**32-1": (b"\x81\xa1a\xdb\xff\xff\xff\xff", "manifest-truncated"),
    "M02 nesting": (b"\x81\xa1a" + b"\x91" * 1_025 + b"\xc0", "manifest-shape"),
    "M02 nesting beyond ours": (bytes(msgpack.packb(nested(DEPTH + 1))), "manifest-shape"),
    "M04 duplicate key": (b"\x82\xa1a\x01\xa1a\x02", "manifest-duplicate-key"),
    "M05 integer key": (b"\x81\x01\x01", "manifest-shape"),
    "M05 bytes key": (b"\x81\xc4\x01a\x01", "manifest-shape"),
    "M05 extension": (raw(msgpack.ExtType(5, b"x")), "manifest-shape"),
    "M05 timestamp": (raw(msgpack.Timestamp(1)), "manifest-shape"),
    "M05 timestamp of 12 bytes": (raw(msgpack.Timestamp(-1, 5)), "manifest-shape"),
    "M05 uint64": (raw(1 << 63), "manifest-shape"),
    "M06 no UTF-8": (b"\x81\xa1a\xa1\xff", "manifest-bad-utf8"),
    "M06 surrogate": (b"\x81\xa1a\xa3\xed\xa0\x80", "manifest-bad-utf8"),
    "long text": (raw("x" * (LENGTH + 1)), "manifest-shape"),
    "long bytes": (raw(b"x" * (LENGTH + 1)), "manifest-shape"),
    "many entries": (raw([0] * (ENTRIES + 1)), "manifest-shape"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile(name: str) -> None:
    """Each hostile document is refused by its kind, at once."""
    data, expected = HOSTILE[name]
    start = time.perf_counter()
    assert kind(data) == expected
    # Lengths are lies here: whoever believes one allocates gigabytes, which takes seconds.
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize("value", ["x" * LENGTH, b"x" * LENGTH, [0] * ENTRIES, -(1 << 63), (1 << 63) - 1, "é" * LENGTH])
def test_exactly_at_the_limit(value: Any) -> None:
    assert unpack(pack({"a": value})) == {"a": value}


def test_nesting_exactly_at_the_limit() -> None:
    assert unpack(pack(nested(DEPTH))) == nested(DEPTH)


@pytest.mark.parametrize("value", [1 << 63, "\ud800", {1: 2}, {b"a": 1}, {1}, (1,), object(), nested(DEPTH), 1j])
def test_what_could_not_be_read_is_not_written(value: Any) -> None:
    with pytest.raises(ManifestError) as e:
        pack({"a": value})
    assert e.value.kind == "manifest-shape"


@pytest.mark.parametrize("end", range(len(GOOD)))
def test_every_prefix_is_truncated(end: int) -> None:
    assert kind(GOOD[:end]) == "manifest-truncated"


def test_one_form() -> None:
    """Order of keys makes no difference, at any depth."""
    one = {"a": [{"x": 1, "y": 2}], "b": 0}
    other = {"b": 0, "a": [{"y": 2, "x": 1}]}
    assert pack(one) == pack(other)


def test_size_is_a_limit(tmp_path: Path) -> None:
    """Exactly at the limit passes, one more fails, in memory and in a file (M03)."""
    file = tmp_path / "m"
    file.write_bytes(GOOD)
    exact = Limits.default.with_(manifest_bytes=len(GOOD))
    assert unpack(read_bounded(str(file), exact), exact)
    less = Limits.default.with_(manifest_bytes=len(GOOD) - 1)
    with pytest.raises(ManifestError) as e:
        unpack(GOOD, less)
    assert e.value.kind == "manifest-too-large"
    with pytest.raises(ManifestError) as e:
        read_bounded(str(file), less)
    assert e.value.kind == "manifest-too-large"
    assert e.value.place.file == str(file)


def test_a_large_file_is_not_read(tmp_path: Path) -> None:
    """A sparse file of a gigabyte is refused by its size (M03)."""
    file = tmp_path / "m"
    with file.open("wb") as f:
        f.truncate(1 << 30)
    with pytest.raises(ManifestError) as e:
        read_bounded(str(file))
    assert e.value.kind == "manifest-too-large"


def test_what_is_no_file(tmp_path: Path) -> None:
    """A folder, a pipe that nobody writes to, nothing: refused, and nothing waits."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (tmp_path, pipe, tmp_path / "absent"):
        with pytest.raises(VcvmError) as e:
            read_bounded(str(path))
        assert e.value.kind == "unreadable-manifest"


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 63), (1 << 63) - 1)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.binary(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text("ab$", max_size=3), inner, max_size=5),
    max_leaves=20,
)


@given(st.dictionaries(st.text("abc", max_size=3), PLAIN, max_size=5))
def test_round_trip(data: dict[str, Any]) -> None:
    assert unpack(pack(data)) == data


@given(st.binary() | st.binary().map(lambda b: b"\x81\xa1a" + b) | st.builds(lambda b: GOOD + b, st.binary(min_size=1)))
def test_any_bytes(data: bytes) -> None:
    """Data or a ManifestError, nothing else."""
    try:
        unpack(data)
    except ManifestError:
        return
