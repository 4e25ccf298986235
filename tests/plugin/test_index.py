"""The provider index: merging manifests, one form, and a reader that believes nothing."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import msgpack
import pytest

from dists.builder import FIRST, HEAD, SECOND, SOURCE, Site, function, hook
from vcvm_core import VM, LinkError, VcvmError
from vcvm_core.asm import assemble
from vcvm_core.link import version_key
from vcvm_core.plugin import Index, Manifest, encode_index, index_manifests, installed, read_index, read_manifest
from vcvm_core.plugin.discovery import PLACES
from vcvm_core.plugin.index import decode_index
from vcvm_core.values import parse_signature

UUID1, UUID2 = UUID(FIRST).bytes, UUID(SECOND).bytes
BOTH = (
    HEAD
    + function()
    + function("triple", SECOND, f', supersedes="{FIRST}", relation="wider"', 3)
    + hook("double", "triple")
)


@pytest.fixture
def one(site: Site) -> Manifest:
    """A pack of one intrinsic, 1.0."""
    return read_manifest(str(site.add("acme") / PLACES[0]))


@pytest.fixture
def two(site: Site, one: Manifest) -> Manifest:
    """Its 2.0, with a second intrinsic, which supersedes the first."""
    return read_manifest(str(site.add("acme", BOTH, version="2.0") / PLACES[0]))


def test_versions(one: Manifest, two: Manifest) -> None:
    """A pack has every version that was merged, an intrinsic those that provide it, whatever the order of merging."""
    dropped = replace(two, version="10.0", intrinsics=two.intrinsics[1:])
    index = index_manifests([dropped, two, one])
    assert index == index_manifests([one, dropped, two])
    assert [p.versions for p in index.packs] == [("1.0", "2.0", "10.0")]
    (first,) = index.providers(UUID1)
    assert (first.pack, first.versions, first.others) == ("acme", ("1.0", "2.0"), ("10.0",))
    assert first.successors == (("triple", UUID2),)
    (second,) = index.providers(UUID2)
    assert (second.versions, second.others) == (("2.0", "10.0"), ("1.0",))
    assert index.providers(bytes(16)) == ()
    assert index.named("acme.triple") == ("acme 2.0 10.0, says the index",)


def test_newest_words_count(one: Manifest) -> None:
    """Name and deprecation are those of the newest version that has the intrinsic."""
    (row,) = one.intrinsics
    newer = replace(one, version="1.10", intrinsics=(replace(row, name="twofold", deprecated="slow"),))
    older = replace(one, version="1.9")
    for manifests in ([newer, older], [older, newer]):
        (provider,) = index_manifests(manifests).providers(UUID1)
        assert (provider.name, provider.deprecated) == ("twofold", "slow")


def test_merging_indexes(one: Manifest, two: Manifest) -> None:
    """An index and what is added to it give the index of all."""
    assert index_manifests([two], [index_manifests([one])]) == index_manifests([one, two])
    assert index_manifests((), [index_manifests([one]), index_manifests([one])]) == index_manifests([one])


def test_conflicts(one: Manifest, two: Manifest) -> None:
    """One UUID with two signatures, and one version with two meanings, are refused together."""
    (row,) = one.intrinsics
    other = replace(row, signature=parse_signature("(number: float) -> int"))
    fork = replace(one, pack="fork", intrinsics=(other,))
    with pytest.raises(VcvmError) as caught:
        index_manifests([one, fork, replace(two, version="1.0")])
    assert [d.code for d in caught.value.diagnostics] == ["VC713", "VC713"]
    text = str(caught.value)
    assert "(int) -> int in acme 1.0 and (float) -> int in fork 1.0" in text
    assert "acme 1.0 is there twice, with different intrinsics" in text


def test_one_form(one: Manifest, two: Manifest, tmp_path: Path) -> None:
    """Equal indexes have equal bytes, which are read again to an equal index."""
    data = encode_index(index_manifests([two, one]))
    assert data == encode_index(index_manifests([one, two, one]))
    (tmp_path / "index").write_bytes(data)
    read = read_index(str(tmp_path / "index"))
    assert read.packs == index_manifests([one, two]).packs
    assert read.source == str(tmp_path / "index")


def plain(index: Index) -> dict[str, Any]:
    data: dict[str, Any] = msgpack.unpackb(encode_index(index))
    return data


def changed(data: dict[str, Any], path: str, value: Any) -> bytes:
    """The bytes of an index with another value somewhere; `...` takes the field away."""
    *steps, last = path.split(".")
    at: Any = data
    for step in steps:
        at = at[int(step) if step.isdigit() else step]
    if value is ...:
        del at[last]
    else:
        at[int(last) if last.isdigit() else last] = value
    return bytes(msgpack.packb(data))


ROW = "packs.0.intrinsics.0"


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("magic", "vcvm-manifest", "its magic is not vcvm-index"),
        ("schema", 2, "has schema 2; this vcvm reads schema 1"),
        ("packs", {}, "packs must be a list, found a map"),
        ("more", 1, "has a field more"),
        ("packs.0", [], "packs[0] must be a map"),
        ("packs.0.pack", "Acme'; rm", "a pack is named by"),
        ("packs.0.pack", ..., "has no field pack"),
        ("packs.0.versions", [], "one version or more"),
        ("packs.0.versions", ["2.0", "1.0"], "another order"),
        ("packs.0.versions", ["1.0", "1.0"], "another order"),
        ("packs.0.versions", [1], "versions[0] must be a text"),
        ("packs.0.versions", ["1.0 ; echo"], "a version is made of"),
        ("packs.0.intrinsics.1", None, "must be a map, found nothing"),
        (f"{ROW}.uuid", b"1", "it has 1 bytes"),
        (f"{ROW}.uuid", b"\xff" * 16, "another order"),
        (f"{ROW}.versions", ["3.0"], "versions of its pack"),
        (f"{ROW}.versions", [], "one version or more"),
        (f"{ROW}.name", "no name", "it is not an identifier"),
        (f"{ROW}.signature", "(int", "signature"),
        (f"{ROW}.signature", "( number: int)->int", "it is spelled"),
        (f"{ROW}.deprecated", "two\nlines", "it is not one line"),
        (f"{ROW}.relation", "newer", "same or wider or fix"),
        (f"{ROW}.supersedes", bytes(16), "identifies nothing"),
    ],
)  # fmt: skip
def test_refused(one: Manifest, two: Manifest, path: str, value: object, says: str) -> None:
    """Whatever is not as the head of the file says is refused, and named."""
    data = changed(plain(index_manifests([one, two])), path, value)
    with pytest.raises(VcvmError) as caught:
        decode_index(data, "packs.index")
    assert {d.code for d in caught.value.diagnostics} == {"VC712"}
    assert says in str(caught.value)
    assert "manifest" not in str(caught.value) or "magic" in path


def test_not_in_its_one_form(one: Manifest) -> None:
    """An index that could have been written shorter, or in another order, was not written by vcvm."""
    data = plain(index_manifests([one]))
    with pytest.raises(VcvmError, match="another encoding"):
        decode_index(msgpack.packb(dict(reversed(data.items()))))


def test_everything_at_once(one: Manifest, two: Manifest) -> None:
    """All that is wrong is reported in one error."""
    data = plain(index_manifests([one, two]))
    data["packs"][0]["intrinsics"][0]["name"] = "1"
    with pytest.raises(VcvmError) as caught:
        decode_index(changed(data, "packs.0.intrinsics.1.signature", "?"))
    assert len(caught.value.diagnostics) == 2


@pytest.mark.parametrize("size", [0, 1, 10, 100])
def test_truncated(one: Manifest, size: int) -> None:
    """An index that was cut is refused."""
    with pytest.raises(VcvmError, match="VC712"):
        decode_index(encode_index(index_manifests([one]))[:size])


def test_any_bytes(one: Manifest, two: Manifest) -> None:
    """Whatever the bytes are: an index, or that error."""
    data = encode_index(index_manifests([one, two]))
    chance = random.Random(7)
    codes = set()
    for _ in range(400):
        mutant = bytearray(data)
        for _ in range(chance.randint(1, 4)):
            mutant[chance.randrange(len(mutant))] = chance.randrange(256)
        try:
            decode_index(bytes(mutant))
        except VcvmError as e:
            codes.add(e.code)
    assert codes == {"VC712"}


def test_too_large(tmp_path: Path) -> None:
    """The size is looked at before anything is read."""
    with open(tmp_path / "large", "wb") as file:
        file.truncate((16 << 20) + 1)
    with pytest.raises(VcvmError, match="more than 16777216 bytes"):
        read_index(str(tmp_path / "large"))


def test_read_when_something_is_missing(site: Site, tmp_path: Path, one: Manifest) -> None:
    """A bad index stops nobody who misses nothing; who does gets the pack, or the reason."""
    program = f'extern triple(int) -> int = "{SECOND}"\nfunc main() -> int\n push 1\n calli $triple\n ret\nend\n'
    bad = tmp_path / "bad"
    bad.write_bytes(b"no index")
    registry = installed(site.paths, index=[str(bad)])
    assert VM(registry).load_module(assemble(program.replace(SECOND, FIRST))).call("main") == 2
    with pytest.raises(VcvmError, match="VC712"):
        VM(registry).load_module(assemble(program))


def test_several_indexes(site: Site, one: Manifest, two: Manifest) -> None:
    """What several indexes know of a pack is put together."""
    parts = [index_manifests([replace(two, version=v)]) for v in ("3.0", "2.0")]
    registry = installed([], index=[*parts, index_manifests([one])])
    (provider,) = registry.providers(UUID2)
    assert (provider.versions, provider.others) == (("2.0", "3.0"), ("1.0",))
    program = f'extern triple(int) -> int = "{SECOND}"\nfunc main() -> int\n push 1\n calli $triple\n ret\nend\n'
    with pytest.raises(LinkError) as caught:
        VM(registry).load_module(assemble(program))
    assert "provided by acme >= 2.0" in caught.value.report.verdicts[0].found


def test_header_before_index(site: Site, tmp_path: Path, one: Manifest, two: Manifest) -> None:
    """Of a pack that has a header, the header says which version; the index is for all others."""
    file = str(site.folder / "acme-2.0.dist-info" / PLACES[0])
    registry = installed([], headers=[file], index=[index_manifests([one, two, replace(one, pack="fork")])])
    assert [(p.pack, p.versions) for p in registry.providers(UUID1)] == [("acme", ("2.0",)), ("fork", ("1.0",))]


def test_versions_are_sorted_as_pip_does(one: Manifest) -> None:
    """Not by their letters."""
    index = index_manifests([replace(one, version=v) for v in ("1.10", "1.9", "1.9rc1")])
    assert list(index.packs[0].versions) == sorted(("1.9rc1", "1.9", "1.10"), key=version_key)
    assert decode_index(encode_index(index)).packs == index.packs


def test_source_says_where(one: Manifest) -> None:
    """Reports name the file."""
    assert decode_index(encode_index(index_manifests([one])), "x.index").providers(UUID1)[0].source == "x.index"


def test_imports_nothing(site: Site) -> None:
    """Making an index runs nothing of a pack."""
    info = site.add("evil", SOURCE + 'raise SystemExit("run")\n')
    assert index_manifests([read_manifest(str(info / PLACES[0]))]).packs[0].pack == "evil"
