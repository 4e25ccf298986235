"""The manifest as a document: what it must hold, field by field, and that everything wrong is said at once."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vcvm_core.errors import ManifestError
from vcvm_core.plugin import (
    Manifest,
    Row,
    Vector,
    decode_manifest,
    encode_manifest,
    manifest_from_data,
    manifest_to_data,
)
from vcvm_core.plugin.manifest import REPORTED
from vcvm_core.plugin.packing import VALUE_DEPTH, pack, unpack
from vcvm_core.plugin.vectors import START, digest, vector_from_data, vector_to_data
from vcvm_core.values import parse_signature


def row(number: int = 1, **changes: Any) -> Row:
    """A row with a UUID, name and target that go by `number`."""
    vectors: tuple[Vector, ...] = changes.pop("vectors", (Vector((3,), 6), Vector((-1,), None, "ValueError", "low")))
    plain = Row(
        uuid=bytes([number]) * 16,
        name=f"double{number}",
        signature=parse_signature("(number: int) -> int"),
        effects=(),
        deterministic=True,
        cost="1 + number",
        size=None,
        doc="Twice number.",
        since="1.0",
        deprecated=None,
        supersedes=None,
        relation=None,
        target=f"acme.numbers:double{number}",
        vectors=vectors,
        vectors_digest=digest(map(vector_to_data, vectors)),
    )
    return replace(plain, **changes)


def manifest(*rows: Row) -> Manifest:
    return Manifest(1, "acme", "1.0", (1, 1), ("acme",), rows or (row(1), row(2)), "src", bytes(32))


def kinds(data: dict[str, Any]) -> list[str]:
    with pytest.raises(ManifestError) as e:
        manifest_from_data(data)
    return [d.kind for d in e.value.diagnostics]


GOOD = manifest_to_data(manifest())
LARGE = row(
    3,
    signature=parse_signature("(text: string, n: int) -> string"),
    size="len(text) * n",
    cost="1 + len(text)",
    effects=("clock", "net"),
    vectors=(Vector(("a", 2), "aa"),),
    vectors_digest=digest([vector_to_data(Vector(("a", 2), "aa"))]),
    deprecated="slow",
    supersedes=b"\x09" * 16,
    relation="wider",
)


def test_round_trip() -> None:
    """What is written is what is read, and equal manifests have equal bytes."""
    original = manifest(row(1), row(2), LARGE)
    data = encode_manifest(original)
    assert decode_manifest(data) == original
    assert encode_manifest(decode_manifest(data)) == data


def changed(path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    """The good document with one value changed; `...` removes it."""
    data: Any = copy.deepcopy(GOOD)
    at = data
    for step in path[:-1]:
        at = at[step]
    if value is ...:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return dict(data)


FIELDS: list[tuple[str | int, ...]] = [(f,) for f in GOOD if f != "magic"] + [
    ("intrinsics", 0, f) for f in GOOD["intrinsics"][0]
]


@pytest.mark.parametrize("path", FIELDS, ids=lambda p: str(p[-1]))
def test_every_field(path: tuple[str | int, ...]) -> None:
    """A missing field, and a value of another class, in each field (M07)."""
    assert kinds(changed(path, ...)) == ["manifest-missing-field"]
    assert kinds(changed(path, 1.5))[0] == "manifest-shape"
    assert kinds(changed(path, {"a": 1}))[0] == "manifest-shape"
    if path[-1] in ("schema", "cost"):
        assert kinds(changed(path, True))[0] == "manifest-shape"


REFUSED: list[tuple[str, tuple[str | int, ...], Any, str]] = [
    ("M01 magic", ("magic",), "other", "manifest-not-msgpack"),
    ("M07 schema", ("schema",), 2, "manifest-unsupported-version"),
    ("M07 unknown field", ("colour",), 1, "manifest-unknown-field"),
    ("M07 unknown row field", ("intrinsics", 0, "colour"), 1, "manifest-unknown-field"),
    ("M06 pack name", ("pack",), "Acme_Pack", "manifest-bad-name"),
    ("version", ("version",), "1.0\x1b[2J", "manifest-bad-name"),
    ("api order", ("api",), [2, 1], "manifest-shape"),
    ("api length", ("api",), [1], "manifest-shape"),
    ("api bool", ("api",), [True, True], "manifest-shape"),
    ("M15 root up", ("source_root",), "../src", "path-escape"),
    ("M15 root absolute", ("source_root",), "/src", "path-escape"),
    ("M15 root drive", ("source_root",), "C:src", "path-escape"),
    ("M15 root backslash", ("source_root",), "a\\b", "path-escape"),
    ("M15 root empty", ("source_root",), "", "path-escape"),
    ("source hash", ("source_sha256",), b"1", "manifest-shape"),
    ("packages", ("packages",), ["acme", "../x"], "manifest-bad-name"),
    ("M08 15 bytes", ("intrinsics", 0, "uuid"), bytes(15), "manifest-bad-uuid"),
    ("M08 17 bytes", ("intrinsics", 0, "uuid"), b"1" * 17, "manifest-bad-uuid"),
    ("M08 nil", ("intrinsics", 0, "uuid"), bytes(16), "manifest-bad-uuid"),
    ("M08 text", ("intrinsics", 0, "uuid"), "11111111-1111-4111-8111-111111111111", "manifest-shape"),
    ("M09 duplicate uuid", ("intrinsics", 0, "uuid"), b"\x02" * 16, "manifest-duplicate-uuid"),
    ("duplicate name", ("intrinsics", 0, "name"), "double2", "manifest-bad-name"),
    ("duplicate target", ("intrinsics", 0, "target"), "acme.numbers:double2", "manifest-bad-name"),
    ("order", ("intrinsics", 0, "uuid"), b"\x03" * 16, "manifest-shape"),
    ("M06 controls", ("intrinsics", 0, "name"), "dou\x07ble", "manifest-bad-name"),
    ("M06 bidi", ("intrinsics", 0, "name"), "dou\u202eble", "manifest-bad-name"),
    ("M06 parameter", ("intrinsics", 0, "signature"), "(num\u1d43er: int) -> int", "manifest-bad-name"),
    ("M06 reason", ("intrinsics", 0, "deprecated"), "slow\x1b[2J", "manifest-bad-name"),
    ("M14 target", ("intrinsics", 0, "target"), "acme:f.__class__", "manifest-bad-target"),
    ("M14 other package", ("intrinsics", 0, "target"), "os:system", "manifest-bad-target"),
    ("M14 builtins", ("intrinsics", 0, "target"), "builtins:eval", "manifest-bad-target"),
    ("M22 cost missing", ("intrinsics", 0, "cost"), None, "manifest-shape"),
    ("M22 cost float", ("intrinsics", 0, "cost"), 1.5, "manifest-shape"),
    ("M22 cost negative", ("intrinsics", 0, "cost"), "-1", "bad-declaration"),
    ("M22 cost 2**63", ("intrinsics", 0, "cost"), str(1 << 63), "bad-declaration"),
    ("cost code", ("intrinsics", 0, "cost"), "__import__('os')", "bad-declaration"),
    ("cost parameter", ("intrinsics", 0, "cost"), "other", "bad-declaration"),
    ("size missing", ("intrinsics", 0, "signature"), "(number: int) -> string", "bad-declaration"),
    ("signature", ("intrinsics", 0, "signature"), "(number: colour) -> int", "bad-declaration"),
    ("signature spelling", ("intrinsics", 0, "signature"), "(number:int)->int", "bad-declaration"),
    ("signature names", ("intrinsics", 0, "signature"), "(int) -> int", "manifest-bad-name"),
    ("mutable", ("intrinsics", 0, "signature"), "(number: mut list<int>) -> int", "bad-declaration"),
    ("effects order", ("intrinsics", 0, "effects"), ["net", "clock"], "manifest-shape"),
    ("effects twice", ("intrinsics", 0, "effects"), ["net", "net"], "manifest-shape"),
    ("effects word", ("intrinsics", 0, "effects"), ["Net!"], "manifest-bad-name"),
    ("effects class", ("intrinsics", 0, "effects"), [1], "manifest-shape"),
    ("relation", ("intrinsics", 0, "relation"), "better", "manifest-shape"),
    ("relation alone", ("intrinsics", 0, "relation"), "same", "bad-declaration"),
    ("supersedes alone", ("intrinsics", 0, "supersedes"), b"\x07" * 16, "bad-declaration"),
    ("supersedes itself", ("intrinsics", 0, "supersedes"), b"\x01" * 16, "manifest-bad-uuid"),
    ("vector digest", ("intrinsics", 0, "vectors_digest"), bytes(32), "bad-declaration"),
    ("vector added", ("intrinsics", 0, "vectors"), [], "bad-declaration"),
    ("row", ("intrinsics", 0), 5, "manifest-shape"),
]


@pytest.mark.parametrize(("path", "value", "expected"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_refused(path: tuple[str | int, ...], value: Any, expected: str) -> None:
    """Each rule of the document has a document that breaks it."""
    assert expected in kinds(changed(path, value))


def test_all_at_once() -> None:
    """Three mistakes in three places are three diagnostics, each with its path."""
    data = changed(("intrinsics", 0, "cost"), "?")
    data["intrinsics"][1]["name"] = "1"
    data["api"] = []
    with pytest.raises(ManifestError) as e:
        manifest_from_data(data)
    places = [d.facts.get("where") or d.facts.get("what") for d in e.value.diagnostics]
    assert places == ["api", "intrinsics[0].cost", "intrinsics[1].name"]


def test_reports_are_bounded() -> None:
    data = changed(("intrinsics",), [0] * 1_000)
    assert len(kinds(data)) == REPORTED


VALUES: list[tuple[str, Any]] = [
    ("any", UUID(int=7)),
    ("any", [1, {"a": UUID(int=7)}]),
    ("any", {"$uuid": "text"}),
    ("any", {"$$x": 1}),
    ("any", {"$a": 1, "b": 2}),
    ("any", {"b": 2, "$a": 1}),
    ("any", {"$map": ["b", 1, "a", 2]}),
    ("map<any>", {"b": {"d": 1, "c": UUID(int=7)}, "a": 2}),
    ("any", b"\0"),
    ("int?", None),
    ("list<int?>", [1, None]),
    ("map<list<float>>", {"a": [1.5]}),
    ("uuid", UUID(int=7)),
]


@pytest.mark.parametrize(("t", "value"), VALUES)
def test_vector_values(t: str, value: Any) -> None:
    """Every value of the machine survives, also maps that look like a UUID, and the order of keys."""
    signature = parse_signature(f"(x: {t}) -> {t}")
    vector = Vector((value,), value)
    data = unpack(pack(vector_to_data(vector)))
    assert repr(vector_from_data(data, signature)) == repr(vector)
    assert pack(vector_to_data(vector_from_data(data, signature))) == pack(data)


def test_several_results() -> None:
    """Several results are a tuple, and a list is one result."""
    two = Vector((1,), (1, "a"))
    assert vector_from_data(vector_to_data(two), parse_signature("(x: int) -> (int, string)")) == two
    one = Vector((1,), [1, 2])
    assert vector_from_data(vector_to_data(one), parse_signature("(x: int) -> list<int>")) == one


@pytest.mark.parametrize(
    "vector",
    [
        {"args": [1, 2], "result": 1},
        {"args": ["1"], "result": 1},
        {"args": [1], "result": "1"},
        {"args": [True], "result": 1},
        {"args": [1], "results": [1, 2]},
        {"args": [1], "results": 1},
        {"args": [1]},
        {"args": 1, "result": 1},
        {"args": [1], "result": 1, "raises": "E", "message": ""},
        {"args": [1], "raises": 1, "message": ""},
        {"args": [{"$uuid": b"1"}], "result": 1},
        {"args": [{"$other": 1}], "result": 1},
        {"args": [{"$map": []}], "result": 1},
        {"args": [{"$map": {"b": 1}}], "result": 1},
        {"args": [{"$map": ["b", 1, "a"]}], "result": 1},
        {"args": [{"$map": ["b", 1, 2, 3]}], "result": 1},
        {"args": [{"$map": ["b", 1, "a", 2, "b", 3]}], "result": 1},
        {"args": [{"$map": ["a", 1, "b", 2]}], "result": 1},
        [1],
    ],
)
def test_bad_vectors(vector: Any) -> None:
    assert "bad-declaration" in kinds(changed(("intrinsics", 0, "vectors"), [vector]))


def test_vector_depth() -> None:
    """A value is nested as deep as the head says, and not one deeper."""
    value: Any = 1
    for _ in range(VALUE_DEPTH):
        value = [value]
    signature = parse_signature("(x: any) -> any")
    assert vector_from_data({"args": [value], "result": value}, signature)
    with pytest.raises(ValueError):
        vector_from_data({"args": [[value]], "result": 1}, signature)


def test_digests_are_a_chain() -> None:
    """Added vectors extend the digest; a changed one breaks it."""
    items = [vector_to_data(Vector((n,), 2 * n)) for n in range(3)]
    assert digest([]) == START
    assert digest(items) == digest(items[1:], after=digest(items[:1]))
    assert digest(items) != digest(reversed(items))
    assert len({digest(items[:n]) for n in range(4)}) == 4


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    """Any bytes give a manifest or a ManifestError."""
    try:
        assert type(decode_manifest(data)) is Manifest
    except ManifestError:
        return


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 63) - 1) | st.floats() | st.text("a:.$\0é") | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["args", "result", "$uuid", "x"]), inner)
    ),
    max_leaves=8,
)


@settings(max_examples=300)
@given(st.sampled_from([*FIELDS, ("intrinsics", 0, "vectors", 0), ("intrinsics", 0, "vectors", 0, "args", 0)]), PLAIN)
def test_any_value_anywhere(path: tuple[str | int, ...], value: Any) -> None:
    """A good manifest with any plain data in any one place, as bytes, gives a manifest or a ManifestError."""
    data = pack(changed(path, value))
    try:
        decode_manifest(data)
    except ManifestError:
        return


@given(st.integers(0, 2_000), st.integers(0, 255))
def test_any_changed_byte(at: int, value: int) -> None:
    """A good manifest with one byte changed gives a manifest or a ManifestError."""
    data = bytearray(encode_manifest(manifest()))
    data[at % len(data)] = value
    try:
        decode_manifest(bytes(data))
    except ManifestError:
        return
