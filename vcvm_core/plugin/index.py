"""The provider index: which pack, and which versions of it, provide an intrinsic; for reports, where nothing is online.

Takes manifests of any packs and versions; gives `Index`, and the one file that it is written as. Nothing is bound to it.
The file is msgpack, as a manifest is, so that one strict reader serves both, UUIDs have 16 bytes, and equal indexes have
equal bytes. It is a map; every field is required and no other is allowed:

    magic        "vcvm-index"                     schema        1
    packs        list, sorted by pack

    pack         normalised name                  versions      all versions that were looked at, oldest first
    intrinsics   list, sorted by UUID

    uuid         16 bytes                         versions      those that provide it, oldest first
    name, signature, deprecated, supersedes, relation: as in a manifest, of the newest version that has it

Refuses to merge manifests that give one UUID two signatures, or one version of a pack two meanings; refuses files of more
than `BYTES`, and any that is not in its one form.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, Final, NamedTuple

from vcvm_core.errors import Diagnostic, Place, VcvmError, error, refusal
from vcvm_core.limits import Limits
from vcvm_core.link import Provider, version_key
from vcvm_core.plugin import names
from vcvm_core.plugin.manifest import RELATIONS, Findings, Manifest
from vcvm_core.plugin.packing import packed, read_bounded, unpack
from vcvm_core.values import BadType, Signature, parse_signature

MAGIC: Final = "vcvm-index"
SCHEMA: Final = 1
BYTES: Final = 16 << 20
"""The largest file of an index."""

REPORTED: Final = 100
"""How many problems of one index are reported."""

_NOTHING: Final = type(None)
_FIELDS: Final[dict[str, tuple[type, ...]]] = {"magic": (str,), "schema": (int,), "packs": (list,)}
_PACK_FIELDS: Final[dict[str, tuple[type, ...]]] = {"pack": (str,), "versions": (list,), "intrinsics": (list,)}
_ENTRY_FIELDS: Final[dict[str, tuple[type, ...]]] = {
    "uuid": (bytes,), "versions": (list,), "name": (str,), "signature": (str,), "deprecated": (str, _NOTHING),
    "supersedes": (bytes, _NOTHING), "relation": (str, _NOTHING),
}  # fmt: skip


class Entry(NamedTuple):
    """One intrinsic of one pack. versions: those that provide it, oldest first; the rest is of the newest of them."""

    uuid: bytes
    versions: tuple[str, ...]
    name: str
    signature: Signature
    deprecated: str | None
    supersedes: bytes | None
    relation: str | None


class Pack(NamedTuple):
    """What is known of one pack. versions: all that were looked at, oldest first."""

    pack: str
    versions: tuple[str, ...]
    intrinsics: tuple[Entry, ...]


@dataclass(frozen=True)
class Index:
    """What is known of some packs. packs: sorted by name. source: the file, for reports."""

    packs: tuple[Pack, ...]
    source: str = "the index"

    @cached_property
    def _entries(self) -> Mapping[bytes, Sequence[tuple[Pack, Entry]]]:
        found: dict[bytes, list[tuple[Pack, Entry]]] = {}
        for pack in self.packs:
            for entry in pack.intrinsics:
                found.setdefault(entry.uuid, []).append((pack, entry))
        return found

    @cached_property
    def _successors(self) -> Mapping[bytes, Sequence[tuple[str, bytes]]]:
        found: dict[bytes, list[tuple[str, bytes]]] = {}
        for pack in self.packs:
            for entry in pack.intrinsics:
                if entry.supersedes is not None:
                    found.setdefault(entry.supersedes, []).append((entry.name, entry.uuid))
        return found

    def named(self, name: str) -> tuple[str, ...]:
        """The packs, with their versions, that have an intrinsic of this name; ``name`` or ``package.name``."""
        last = name.rpartition(".")[2]
        return tuple(
            f"{pack.pack} {' '.join(entry.versions[-3:])}, says {self.source}"
            for pack in self.packs
            for entry in pack.intrinsics
            if entry.name == last
        )

    def providers(self, uuid: bytes) -> tuple[Provider, ...]:
        """The packs that provide this UUID, sorted by name."""
        return tuple(
            Provider(
                entry.name,
                entry.signature,
                pack.pack,
                entry.versions,
                tuple(v for v in pack.versions if v not in entry.versions),
                entry.deprecated,
                tuple(dict.fromkeys(self._successors.get(uuid, ()))),
                self.source,
            )
            for pack, entry in self._entries.get(uuid, ())
        )


def index_manifests(manifests: Iterable[Manifest], others: Iterable[Index] = ()) -> Index:
    """The index of these manifests, and of what is in other indexes. Raises ManifestError (index-conflict), all at once."""
    parts = [Pack(m.pack, (m.version,), tuple(_entry(m, i) for i in range(len(m.intrinsics)))) for m in manifests]
    parts += [pack for index in others for pack in index.packs]
    problems: list[Diagnostic] = []
    signatures: dict[bytes, tuple[str, str]] = {}
    merged: dict[str, list[Pack]] = {}
    for part in parts:
        merged.setdefault(part.pack, []).append(part)
        for entry in part.intrinsics:
            where = f"{part.pack} {entry.versions[-1]}"
            first, shape = signatures.setdefault(entry.uuid, (where, entry.signature.shape))
            if shape != entry.signature.shape:
                text = f"{entry.name} ({names.uuid_text(entry.uuid)}) is {shape} in {first} and "
                problems.append(
                    Diagnostic("index-conflict", facts={"what": f"{text}{entry.signature.shape} in {where}"})
                )
    packs = tuple(_merged(name, merged[name], problems) for name in sorted(merged))
    if problems:
        raise refusal(problems[:REPORTED])
    return Index(packs)


def _entry(manifest: Manifest, i: int) -> Entry:
    row = manifest.intrinsics[i]
    succession = (row.deprecated, row.supersedes, row.relation)
    return Entry(row.uuid, (manifest.version,), row.name, row.signature, *succession)


def _merged(name: str, parts: Sequence[Pack], problems: list[Diagnostic]) -> Pack:
    """One pack of several of one name."""
    provided: dict[str, set[bytes]] = {}
    newest: dict[bytes, Entry] = {}
    for part in parts:
        for version in part.versions:
            uuids = {e.uuid for e in part.intrinsics if version in e.versions}
            if provided.setdefault(version, uuids) != uuids:
                text = f"{name} {version} is there twice, with different intrinsics"
                problems.append(Diagnostic("index-conflict", facts={"what": text}))
        for entry in part.intrinsics:
            known = newest.get(entry.uuid)
            if known is None or version_key(known.versions[-1]) <= version_key(entry.versions[-1]):
                newest[entry.uuid] = entry
    versions = tuple(sorted(provided, key=lambda v: (version_key(v), v)))
    entries = (
        newest[uuid]._replace(versions=tuple(v for v in versions if uuid in provided[v])) for uuid in sorted(newest)
    )
    return Pack(name, versions, tuple(entries))


def encode_index(index: Index) -> bytes:
    """The index as bytes, the same for equal ones. Raises ManifestError (index-conflict) for more than a reader takes."""
    data = {
        "magic": MAGIC,
        "schema": SCHEMA,
        "packs": [
            {"pack": p.pack, "versions": list(p.versions), "intrinsics": [_entry_to_data(e) for e in p.intrinsics]}
            for p in index.packs
        ],
    }
    made = packed(data)
    try:
        decode_index(made)
    except VcvmError as e:
        raise error("index-conflict", what=f"it would not be read again: {e.diagnostics[0].message}") from e
    return made


def _entry_to_data(entry: Entry) -> dict[str, Any]:
    data = entry._asdict()
    return {**data, "versions": list(entry.versions), "signature": str(entry.signature)}


def read_index(path: str, limits: Limits = Limits.default) -> Index:
    """The index in a file. Raises FileError (bad-provider-index)."""
    try:
        return decode_index(read_bounded(path, limits.with_(manifest_bytes=BYTES)), path)
    except VcvmError as e:
        if e.kind == "bad-provider-index":
            raise
        raise _bad(path, e.diagnostics) from e


def is_index(data: bytes) -> bool:
    """Whether bytes begin as those of an index do, more or less."""
    return MAGIC.encode() in data[:64]


def decode_index(data: bytes, source: str = "") -> Index:
    """The index that `data` spells; source: its file. Raises FileError (bad-provider-index) with everything that is wrong."""
    try:
        plain = unpack(data, Limits.default.with_(manifest_bytes=BYTES))
    except VcvmError as e:
        raise _bad(source, e.diagnostics) from e
    found = Findings()
    if plain.get("magic") != MAGIC:
        found.add("manifest-not-msgpack", reason=f"its magic is not {MAGIC}")
        raise _bad(source, found.problems)
    if type(plain.get("schema")) is int and plain["schema"] != SCHEMA:
        found.add("manifest-unsupported-version", found=plain["schema"], supported=SCHEMA)
        raise _bad(source, found.problems)
    fields = found.fields(plain, _FIELDS, "the index")
    packs = [_pack(item, f"packs[{i}]", found) for i, item in enumerate(fields.get("packs", ()))]
    whole = [p for p in packs if p is not None]
    _sorted([p.pack for p in whole], "packs", found)
    if not found.problems and packed(plain) != data:
        found.add("manifest-shape", where="the index", expected="in its one form", found="another encoding")
    if found.problems:
        raise _bad(source, found.problems)
    return Index(tuple(whole), source or "the index")


def _bad(source: str, problems: Sequence[Diagnostic]) -> VcvmError:
    place = Place(file=source or None)
    texts = (d.message.replace("the manifest", "it") for d in problems[:REPORTED])
    return refusal(Diagnostic("bad-provider-index", place, {"reason": text}) for text in texts)


def _sorted(keys: Sequence[Any], where: str, found: Findings) -> None:
    if any(a >= b for a, b in pairwise(keys)):
        found.add("manifest-shape", where=where, expected="sorted, each once", found="another order")


def _pack(data: Any, where: str, found: Findings) -> Pack | None:
    if type(data) is not dict:
        found.shape(where, "a map", data)
        return None
    fields = found.fields(data, _PACK_FIELDS, where)
    found.name("pack", fields.get("pack"), names.bad_pack)
    versions = _versions(fields, found)
    entries = [
        _entry_of(item, f"{where}.intrinsics[{i}]", versions, found)
        for i, item in enumerate(fields.get("intrinsics", ()))
    ]
    whole = [e for e in entries if e is not None]
    _sorted([e.uuid for e in whole], f"{where}.intrinsics", found)
    if fields.keys() != _PACK_FIELDS.keys():
        return None
    return Pack(fields["pack"], versions, tuple(whole))


def _versions(fields: Mapping[str, Any], found: Findings) -> tuple[str, ...]:
    values = fields.get("versions", [])
    for i, value in enumerate(values):
        if type(value) is not str:
            found.shape(f"{found.path('versions')}[{i}]", "a text", value)
            return ()
        found.name(f"versions[{i}]", value, names.bad_version)
    if "versions" in fields and not values:
        found.add("manifest-shape", where=found.path("versions"), expected="one version or more", found="none")
    _sorted([(version_key(v), v) for v in values], found.path("versions"), found)
    return tuple(values)


def _entry_of(data: Any, where: str, versions: Sequence[str], found: Findings) -> Entry | None:
    before = len(found.problems)
    if type(data) is not dict:
        found.shape(where, "a map", data)
        return None
    fields = found.fields(data, _ENTRY_FIELDS, where)
    found.uuid("uuid", fields.get("uuid"))
    found.uuid("supersedes", fields.get("supersedes"))
    found.name("name", fields.get("name"), names.bad_name)
    own = _versions(fields, found)
    if not set(own) <= set(versions):
        found.add("manifest-shape", where=found.path("versions"), expected="versions of its pack", found="others")
    relation, reason = fields.get("relation"), fields.get("deprecated")
    if relation is not None and relation not in RELATIONS:
        found.add("manifest-shape", where=found.path("relation"), expected=" or ".join(RELATIONS), found=relation)
    if reason is not None and not (reason and reason.isprintable()):
        found.add("manifest-bad-name", where=found.path("deprecated"), name=reason, reason="it is not one line")
    try:
        signature = parse_signature(fields.get("signature", "() -> ()"))
        if str(signature) != fields.get("signature", str(signature)):
            raise BadType(f"it is spelled {signature}")
    except BadType as e:
        found.add("bad-declaration", what=found.path("signature"), reason=e)
    if len(found.problems) != before:
        return None
    return Entry(**{**fields, "versions": own, "signature": signature})
