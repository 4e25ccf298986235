"""What changed between two releases: each rule reports what it is for, and is silent about everything else."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dists.builder import SECOND, THIRD, Site
from dists.projects import intrinsic, project, wheel
from vcvm_core.errors import VcvmError
from vcvm_core.plugin import Manifest, Row, Vector, diff_packs, encode_manifest, extract_manifest, read_manifest
from vcvm_core.plugin.checking.changes import SIZES, changes, sized
from vcvm_core.plugin.checking.rules import CHANGES, CHECKS, RULES, Finding
from vcvm_core.plugin.libraries import LibraryRow
from vcvm_core.plugin.vectors import digest, vector_to_data
from vcvm_core.values import parse_signature, parse_type

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """A release with one intrinsic, of which everything can change."""
    source = intrinsic(
        "return text * times",
        sig="text: str, times: int",
        result="str",
        doc=">>> f(\"ab\", 2)\n'abab'\n>>> f(\"a\", 1)\n'a'",
        args='cost="1 + len(text)", size="len(text) * times", effects=["net"], since="1.0"',
    )
    folder = project(tmp_path_factory.mktemp("base"), source)
    return extract_manifest(folder, ["acme"], pack="acme", version="1.0", api=(1, 2))


def with_row(manifest: Manifest, **fields: Any) -> Manifest:
    """The release with a changed row."""
    (row,) = manifest.intrinsics
    row = replace(row, **fields)
    data = [vector_to_data(v) for v in row.vectors]
    return replace(manifest, intrinsics=(replace(row, vectors_digest=digest(data)),))


def with_two(manifest: Manifest, **fields: Any) -> Manifest:
    """The release with one more row."""
    (row,) = manifest.intrinsics
    other = replace(row, uuid=b"\2" * 16, **{"name": "g", "target": "acme:g", **fields})
    return replace(manifest, intrinsics=(row, other))


SHAPES = LibraryRow("shapes", "acme/shapes.vcvm", b"\1" * 32, (("area", parse_signature("(int) -> int")),))
A, B = Vector(("ab", 2), "abab"), Vector(("a", 1), "a")
EARLY = {"deprecated": "slow", "deterministic": False, "supersedes": b"\3" * 16, "relation": "same"}

Made = tuple[Manifest, Manifest]
CASES: dict[str, Any] = {
    "signature-changed": lambda m: (
        m,
        with_row(m, signature=parse_signature("(text: string, times: float) -> string")),
    ),
    "uuid-removed": lambda m: (m, replace(m, intrinsics=())),
    "vector-changed": lambda m: (m, with_row(m, vectors=(Vector(("ab", 2), "ab"), B))),
    "vector-removed": lambda m: (m, with_row(m, vectors=(A,))),
    "vector-moved": lambda m: (m, with_row(m, vectors=(B, A))),
    "vector-added": lambda m: (m, with_row(m, vectors=(A, B, Vector(("", 9), "")))),
    "effect-added": lambda m: (m, with_row(m, effects=("clock", "net"))),
    "effect-removed": lambda m: (m, with_row(m, effects=())),
    "determinism-lost": lambda m: (m, with_row(m, deterministic=False)),
    "determinism-gained": lambda m: (with_row(m, deterministic=False), m),
    "cost-raised": lambda m: (m, with_row(m, cost="2 + len(text)")),
    "cost-lowered": lambda m: (m, with_row(m, cost="len(text)")),
    "cost-rewritten": lambda m: (m, with_row(m, cost="len(text) + 1")),
    "size-raised": lambda m: (m, with_row(m, size="1 + len(text) * times")),
    "size-lowered": lambda m: (m, with_row(m, size="min(len(text) * times, 100)")),
    "size-rewritten": lambda m: (m, with_row(m, size="times * len(text)")),
    "parameter-renamed": lambda m: (
        m,
        with_row(
            m, signature=parse_signature("(t: string, times: int) -> string"), cost="1 + len(t)", size="len(t) * times"
        ),
    ),
    "name-changed": lambda m: (m, with_row(m, name="repeat")),
    "name-reused": lambda m: (with_two(m), with_two(with_row(m, name="old"), name="f")),
    "deprecated": lambda m: (m, with_row(m, deprecated="slow")),
    "undeprecated": lambda m: (with_row(m, deprecated="slow"), m),
    "supersedes-added": lambda m: (m, with_row(m, supersedes=b"\3" * 16, relation="fix")),
    "relation-changed": lambda m: (
        with_row(m, supersedes=b"\3" * 16, relation="fix"),
        with_row(m, supersedes=b"\3" * 16, relation="wider"),
    ),
    "intrinsic-added": lambda m: (m, with_two(m)),
    "api-narrowed": lambda m: (m, replace(m, api=(1, 1))),
    "api-widened": lambda m: (m, replace(m, api=(1, 3))),
    "target-moved": lambda m: (m, with_row(m, target="acme.texts:f")),
    "library-removed": lambda m: (replace(m, libraries=(SHAPES,)), m),
    "library-changed": lambda m: (
        replace(m, libraries=(SHAPES,)),
        replace(m, libraries=(replace(SHAPES, sha256=b"\2" * 32, symbols=()),)),
    ),
    "library-added": lambda m: (m, replace(m, libraries=(SHAPES,))),
    "library-moved": lambda m: (
        replace(m, libraries=(SHAPES,)),
        replace(m, libraries=(replace(SHAPES, path="acme/deep/shapes.vcvm"),)),
    ),
    "observer-removed": lambda m: (replace(m, observer=True), m),
    "observer-added": lambda m: (m, replace(m, observer=True)),
    "documentation-changed": lambda m: (m, with_row(m, doc="It, better said.")),
    "pack-renamed": lambda m: (m, replace(m, pack="zenith")),
}
"""For each rule the two releases of which it reports, made from the base."""


def rules(old: Manifest, new: Manifest) -> set[str]:
    """The names of the rules that report."""
    return {f.rule for f in changes(old, new)}


def test_every_rule_is_tested() -> None:
    """A rule without a case is a promise that nobody keeps."""
    assert set(CASES) == set(CHANGES)


@pytest.mark.parametrize("rule", CASES)
def test_rule(base: Manifest, rule: str) -> None:
    """The rule reports, it and no other; both sides are manifests that can be read; the other way round is no surprise."""
    old, new = CASES[rule](base)
    # A name can only be reused if what had it is called otherwise.
    beside = {"name-changed", "target-moved"} if rule == "name-reused" else set()
    assert rules(old, new) - beside == {rule}
    (found,) = (f for f in changes(old, new) if f.rule == rule)
    assert found.kind == CHANGES[rule].kind
    assert "{" not in found.message
    assert found.to_data()["rule"] == rule
    if rule != "signature-changed":
        encode_manifest(new)


@pytest.mark.parametrize("rule", CASES)
def test_rule_is_silent(base: Manifest, rule: str) -> None:
    """Of what did not change nothing is reported."""
    for manifest in CASES[rule](base):
        assert rules(manifest, manifest) == set()


def test_rules_are_well_formed() -> None:
    """A rule breaks, is found, is noticed or is fine; who fails a gate is told what to do."""
    assert not set(CHANGES) & set(CHECKS)
    for name, rule in RULES.items():
        assert rule.kind in ("breaking", "finding", "notice", "fine"), name
        assert not rule.sentence.endswith("."), name
        assert rule.cure or rule.kind in ("notice", "fine"), name


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("5", "6", "cost-raised"),
        ("5", "4", "cost-lowered"),
        ("1 + len(text)", "2 * len(text)", "cost-raised"),  # larger from two characters on
        ("min(len(text), 500)", "len(text)", "cost-raised"),  # only for long ones
        ("len(text) * times", "len(text) * max(times, 0)", "cost-rewritten"),
        ("times", "0 - times", "cost-raised"),  # only for numbers below 0
        ("len(text)", "min(len(text), 100000)", "cost-lowered"),
    ],
)
def test_costs(base: Manifest, old: str, new: str, found: str) -> None:
    """A cost was raised if it is larger anywhere, lowered if it is nowhere larger and somewhere smaller."""
    assert rules(with_row(base, cost=old), with_row(base, cost=new)) == {found}


def test_a_size_that_appears(base: Manifest) -> None:
    """An intrinsic whose results are all small may say so, or stop saying so."""
    plain = with_row(base, signature=parse_signature("(text: string, times: int) -> int"), size=None, vectors=())
    assert rules(plain, with_row(plain, size="3")) == {"size-raised"}
    assert rules(with_row(plain, size="3"), plain) == {"size-lowered"}


@pytest.mark.parametrize(("old", "new"), [(1, True), (1, 1.0), (0.0, -0.0), ("1", b"1"), (None, False), ([1], [True])])
def test_examples_are_compared_exactly(base: Manifest, old: Any, new: Any) -> None:
    """What Python calls equal is not the same result."""
    loose = with_row(base, signature=parse_signature("(n: int) -> any"), cost="1", size="9", vectors=())
    before, after = (with_row(loose, vectors=(Vector((1,), value),)) for value in (old, new))
    assert rules(before, after) == {"vector-changed"}


def test_a_result_becomes_an_exception(base: Manifest) -> None:
    """Raising instead of returning, and with another text, are other results."""
    raising = with_row(base, vectors=(A, Vector(("a", 1), None, "ValueError", "no")))
    (found,) = changes(base, raising)
    assert (found.rule, found.facts["found"]) == ("vector-changed", "ValueError: no")
    assert rules(raising, with_row(base, vectors=(A, Vector(("a", 1), None, "ValueError", "not")))) == {
        "vector-changed"
    }


@pytest.mark.parametrize("text", ["string", "bytes", "list<string>", "map<int>", "string?", "any", "T", "{a: int}"])
def test_sizes(text: str) -> None:
    """Arguments of every type that has a length, of every size."""
    assert [len(sized(parse_type(text), size)) for size in SIZES] == list(SIZES)
    assert sized(parse_type("int"), -7) == -7
    assert sized(parse_type("float"), 7) is None


def test_two_releases() -> None:
    """The two releases of vcvm-text that are in this repository: as their changelog says."""
    report = diff_packs(str(ROOT / "tests/packs/vcvm-text-1"), str(ROOT / "plugins/vcvm-text"))
    assert [(f.rule, f.name) for f in report.findings] == [
        ("uuid-removed", "squeeze_spaces"),
        ("name-changed", "slugify_v1"),
        ("deprecated", "slugify_v1"),
        ("name-reused", "slugify"),
        ("target-moved", "slugify_v1"),
        ("intrinsic-added", "is_slug"),
        ("intrinsic-added", "similarity"),
        ("intrinsic-added", "slugify"),
    ]
    assert report.failed
    assert "it was deprecated" in report.findings[0].message


# The promise itself

CHANGED = {
    "the example was changed with it": intrinsic("return number * 3", doc=">>> f(3)\n9"),
    "the example was dropped": intrinsic("return number * 3", doc=""),
    "another example took its place": intrinsic("return number * 3", doc=">>> f(4)\n12"),
    "the type was changed too": intrinsic("return number * 3.0", result="float", doc=">>> f(3)\n9.0"),
}


@pytest.mark.parametrize("how", CHANGED)
def test_a_changed_result_is_breaking(tmp_path: Path, how: str) -> None:
    """No release that gives another result under its old UUID passes, however it hides that."""
    old, new = project(tmp_path / "old", intrinsic()), project(tmp_path / "new", CHANGED[how], version="2.0")
    assert diff_packs(old, new).failed


def test_a_new_uuid_is_no_breach(tmp_path: Path) -> None:
    """The same change under a UUID of its own passes, as long as the old one is served."""
    both = intrinsic().partition("@hookimpl")[0] + intrinsic(
        "return number * 3", doc=">>> g(3)\n9", name="g", uuid=SECOND
    ).partition("\n\n\n")[2].replace("[g]", "[f, g]")
    report = diff_packs(project(tmp_path / "old", intrinsic()), project(tmp_path / "new", both, version="2.0"))
    assert [f.rule for f in report.findings] == ["intrinsic-added"]
    assert not report.failed


# What can be compared


def test_every_kind_of_subject(tmp_path: Path, site: Site) -> None:
    """Wheels, folders, manifests, .dist-info folders and installed names, in any combination, say the same."""
    info = site.add("acme", intrinsic())
    manifest = str(info / "extra_metadata/vcvm.msgpack")
    words = [
        project(tmp_path / "folder", intrinsic()),
        wheel(tmp_path / "acme-1.0-py3-none-any.whl", intrinsic()),
        manifest,
        str(info),
        "acme",
        "ACME",
    ]
    for old in words:
        for new in words:
            report = diff_packs(old, new)
            assert not report.findings
            assert report.counts == {"intrinsics compared": 1}


def test_live_source_counts(tmp_path: Path, site: Site) -> None:
    """Of an editable installation today's source is compared, as programs are bound to it."""
    site.add("acme", intrinsic(), project=tmp_path / "live")
    assert not diff_packs("acme", str(project(tmp_path / "same", intrinsic()))).findings
    (tmp_path / "live/acme/__init__.py").write_text(CHANGED["the example was changed with it"])
    report = diff_packs(str(tmp_path / "same"), "acme")
    assert [f.rule for f in report.findings] == ["vector-changed"]


def test_other_packs_are_compared_by_uuid(tmp_path: Path) -> None:
    """Two packs of different names: it is said, and their UUIDs count."""
    report = diff_packs(project(tmp_path / "old", intrinsic()), project(tmp_path / "new", intrinsic(), name="zenith"))
    assert [f.rule for f in report.findings] == ["pack-renamed", "target-moved"]


def bad_wheel(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../x.py", "")


UNREADABLE: dict[str, Any] = {
    "no-such-subject": lambda p: None,
    "bad-wheel": lambda p: p.write_bytes(b"PK\3\4 no"),
    "bad-wheel ": bad_wheel,
    "bad-wheel  ": lambda p: wheel(p, intrinsic(), manifest=b""),
    "manifest-truncated": lambda p: wheel(p, intrinsic(), manifest=b"\x81"),
    "bad-project": lambda p: p.mkdir(),
    "bad-project ": lambda p: (p.mkdir(), (p / "pyproject.toml").write_text("no toml")),
    "bad-project  ": lambda p: (p.mkdir(), (p / "pyproject.toml").write_text('[project]\nname = "x"\n')),
    "bad-source": lambda p: (project(p, intrinsic()), (p / "acme").rename(p / "other")),
    "bad-declaration": lambda p: project(p, intrinsic("return 1", sig="*number: int")),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_cannot_be_read(tmp_path: Path, kind: str) -> None:
    """Refused, with what is wrong, wherever it stands."""
    path = tmp_path / "thing.whl"
    UNREADABLE[kind](path)
    good = project(tmp_path / "good", intrinsic())
    for words in ((str(path), good), (good, str(path))):
        with pytest.raises(VcvmError) as e:
            diff_packs(*words)
        assert e.value.kind == kind.strip()


def test_a_wheel_that_is_a_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a wheel unpacks to is bounded, whatever it says of itself."""
    monkeypatch.setattr("vcvm_core.plugin.checking.subject.WHEEL_BYTES", 1000)
    path = tmp_path / "acme-1.0-py3-none-any.whl"
    wheel(path, intrinsic() + "#" * 1000)
    with pytest.raises(VcvmError) as e:
        diff_packs(str(path), str(path))
    assert e.value.kind == "bad-wheel"


def test_findings_are_records() -> None:
    """A finding's facts are cut and cleaned when it is shown."""
    found = Finding("effect-added", {"effect": "\x1b[2J" + "x" * 900}, THIRD, "f")
    assert "\x1b" not in found.message
    assert len(found.message) < 400


def test_rows_are_read_from_files(tmp_path: Path, base: Manifest) -> None:
    """A manifest written to a file and read again is the same release."""
    path = tmp_path / "acme.msgpack"
    path.write_bytes(encode_manifest(base))
    assert isinstance(read_manifest(str(path)).intrinsics[0], Row)
    assert not list(changes(base, read_manifest(str(path))))
