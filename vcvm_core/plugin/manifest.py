"""The manifest of a pack: its header, which says everything about its intrinsics and runs nothing.

Takes plain data, or bytes from anyone; gives `Manifest`, or one ManifestError with everything that is wrong. The
document is a map; every field is required and no other is allowed, so that a reader never skips what it does not know:

    magic         "vcvm-manifest"                 pack          normalised name of the distribution
    schema        1                               version       the distribution's
    api           [lowest, highest] pack API that the pack works with
    packages      names of its top-level packages and modules, sorted
    source_root   folder of the packages, relative to the project: "." or "src"
    source_sha256 32 bytes, see `extract.hash_source`
    intrinsics    list of rows, sorted by UUID
    libraries     list of compiled libraries, see `libraries`; left out if there is none
    observer      true: it observes when asked to, see `hooks.vcvm_observer`; left out if it does not

    uuid          16 bytes                        name          for programs
    signature     "(text: string) -> bool"        effects       sorted words; none means pure
    deterministic bool                            cost          formula over the parameters
    size          formula or nothing; required if a result is a string, bytes, list or map
    doc           first paragraph                 since         version or nothing
    deprecated    reason or nothing               target        "module:function" in one of the packages
    supersedes    16 bytes or nothing             relation      "same", "wider", "fix"; nothing if it supersedes nothing
    vectors       list of examples, see `vectors` vectors_digest 32 bytes, the end of their chain

Equal manifests have equal bytes. Refuses two rows with one UUID, one name or one target.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from vcvm_core.errors import NOWHERE, Diagnostic, ManifestError, Place, VcvmError
from vcvm_core.limits import Limits
from vcvm_core.plugin import names, vectors
from vcvm_core.plugin.libraries import LibraryRow, libraries_from_data, library_to_data
from vcvm_core.plugin.packing import NAMES, check_plain, pack, read_bounded, unpack
from vcvm_core.plugin.vectors import BadVector, Vector
from vcvm_core.values import BadFormula, BadType, Formula, Signature, Type, parse_signature

MAGIC: Final = "vcvm-manifest"
SCHEMA: Final = 1
PACK_API: Final = 1
"""The pack API of this vcvm: its hooks, and how intrinsics are called."""

RELATIONS: Final = ("same", "wider", "fix")
SIZED: Final = ("string", "bytes", "list", "map")
"""The kinds of results that can be large."""

REPORTED: Final = 100
"""How many problems of one manifest are reported."""

_NOTHING: Final = type(None)
_FIELDS: Final[dict[str, tuple[type, ...]]] = {
    "magic": (str,), "schema": (int,), "pack": (str,), "version": (str,), "api": (list,), "packages": (list,),
    "source_root": (str,), "source_sha256": (bytes,), "intrinsics": (list,), "libraries": (list,),
    "observer": (bool,),
}  # fmt: skip
_LEFT_OUT: Final = frozenset({"libraries", "observer"})
"""Fields that are there only if they are not empty."""
_ROW_FIELDS: Final[dict[str, tuple[type, ...]]] = {
    "uuid": (bytes,), "name": (str,), "signature": (str,), "effects": (list,), "deterministic": (bool,),
    "cost": (str,), "size": (str, _NOTHING), "doc": (str,), "since": (str, _NOTHING), "deprecated": (str, _NOTHING),
    "supersedes": (bytes, _NOTHING), "relation": (str, _NOTHING), "target": (str,), "vectors": (list,),
    "vectors_digest": (bytes,),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One intrinsic, as its pack's manifest describes it; the head of this file says what each field is."""

    uuid: bytes
    name: str
    signature: Signature
    effects: tuple[str, ...]
    deterministic: bool
    cost: str
    size: str | None
    doc: str
    since: str | None
    deprecated: str | None
    supersedes: bytes | None
    relation: str | None
    target: str
    vectors: tuple[Vector, ...]
    vectors_digest: bytes

    def cost_formula(self) -> Formula:
        """The fuel of a call."""
        return _formula(self.cost, self._params)

    def size_formula(self) -> Formula | None:
        """The most that the result can hold, None if every result is small."""
        return None if self.size is None else _formula(self.size, self._params)

    @property
    def _params(self) -> tuple[str, ...]:
        return tuple(p.name for p in self.signature.params)


@dataclass(frozen=True, slots=True)
class Manifest:
    """A pack's header; the head of this file says what each field is."""

    schema: int
    pack: str
    version: str
    api: tuple[int, int]
    packages: tuple[str, ...]
    intrinsics: tuple[Row, ...]
    source_root: str
    source_sha256: bytes
    libraries: tuple[LibraryRow, ...] = ()
    observer: bool = False


def read_manifest(path: str, limits: Limits = Limits.default) -> Manifest:
    """The manifest in a file. Raises ManifestError, PackError (unreadable-manifest), with the file as their place."""
    data = read_bounded(path, limits)
    try:
        return decode_manifest(data, limits)
    except VcvmError as e:
        raise e.placed(Place(file=path)) from e


def decode_manifest(data: bytes, limits: Limits = Limits.default) -> Manifest:
    """The manifest that `data` spells. Raises ManifestError."""
    return _manifest(unpack(data, limits))


def encode_manifest(manifest: Manifest) -> bytes:
    """The manifest as bytes. Raises ManifestError for what could not be read again."""
    return pack(manifest_to_data(manifest))


def manifest_to_data(manifest: Manifest) -> dict[str, Any]:
    """The manifest as plain data."""
    rows = [library_to_data(row) for row in manifest.libraries]
    return {
        **({"libraries": rows} if rows else {}),
        **({"observer": True} if manifest.observer else {}),
        "magic": MAGIC,
        "schema": manifest.schema,
        "pack": manifest.pack,
        "version": manifest.version,
        "api": list(manifest.api),
        "packages": list(manifest.packages),
        "intrinsics": [row_to_data(r) for r in manifest.intrinsics],
        "source_root": manifest.source_root,
        "source_sha256": manifest.source_sha256,
    }


def row_to_data(row: Row) -> dict[str, Any]:
    """One row as plain data."""
    data = {name: getattr(row, name) for name in _ROW_FIELDS}
    data["signature"] = str(row.signature)
    data["effects"] = list(row.effects)
    data["vectors"] = [vectors.vector_to_data(v) for v in row.vectors]
    return data


def manifest_from_data(data: dict[str, Any]) -> Manifest:
    """The manifest that plain data describes. Raises one ManifestError with all that is wrong, at most `REPORTED`."""
    check_plain(data)
    return _manifest(data)


def _manifest(data: dict[str, Any]) -> Manifest:
    """As `manifest_from_data`, for data of which it is known that it is plain and within the limits."""
    found = Findings()
    if data.get("magic") != MAGIC:
        found.add("manifest-not-msgpack", reason=f"its magic is not {MAGIC}")
        raise ManifestError(*found.problems)
    if type(data.get("schema")) is int and data["schema"] != SCHEMA:
        # Another schema has other fields: nothing more can be said about them.
        found.add("manifest-unsupported-version", found=data["schema"], supported=SCHEMA)
        raise ManifestError(*found.problems)
    fields = found.fields(data, _FIELDS, "the manifest")
    found.name("pack", fields.get("pack"), names.bad_pack)
    found.name("version", fields.get("version"), names.bad_version)
    api = _api(fields, found)
    packages = found.words("packages", fields, names.bad_module)
    _source(fields, found)
    rows: list[Row] = []
    for i, item in enumerate(fields.get("intrinsics", ())):
        row = row_from_data(item, f"intrinsics[{i}]", found)
        if row is not None:
            rows.append(row)
            if "packages" in fields and row.target.partition(":")[0].partition(".")[0] not in packages:
                reason = f"its module is in none of the pack's packages, {', '.join(packages)}"
                found.add("manifest-bad-target", where=f"intrinsics[{i}].target", target=row.target, reason=reason)
    duplicates(rows, found)
    carried = libraries_from_data(fields.get("libraries", ()), packages, found)
    if found.problems:
        raise ManifestError(*found.problems[:REPORTED])
    root, digest = fields["source_root"], fields["source_sha256"]
    observer = fields.get("observer", False)
    return Manifest(
        SCHEMA, fields["pack"], fields["version"], api, packages, tuple(rows), root, digest, carried, observer
    )


def row_from_data(data: Any, where: str, found: Findings) -> Row | None:
    """The row that plain data describes, or None if something is wrong with it, which is added to `found`."""
    before = len(found.problems)
    if type(data) is not dict:
        found.shape(where, "a map", data)
        return None
    fields = found.fields(data, _ROW_FIELDS, where)
    found.uuid("uuid", fields.get("uuid"))
    found.name("name", fields.get("name"), names.bad_name)
    effects = found.words("effects", fields, names.bad_effect)
    found.name("since", fields.get("since"), names.bad_version)
    if (reason := names.bad_target(fields.get("target", "a:b"))) != "":
        found.add("manifest-bad-target", where=found.path("target"), target=fields["target"], reason=reason)
    _succession(fields, found)
    signature = _signature(fields, found)
    examples: tuple[Vector, ...] = ()
    if signature is not None:
        _formulas(fields, signature, found)
        examples = _vectors(fields, signature, found)
    if signature is None or len(found.problems) != before:
        return None
    fields.update(signature=signature, effects=effects, vectors=examples)
    return Row(**fields)


class Findings:
    """Collects what is wrong with a document while it is read, each with its path in it."""

    def __init__(self, place: Place = NOWHERE) -> None:
        """place: where the document, or the part that is read now, stands."""
        self.problems: list[Diagnostic] = []
        self.place = place
        self.where = ""

    def add(self, kind: str, **facts: Any) -> None:
        """One more problem of this kind."""
        self.problems.append(Diagnostic(kind, self.place, facts))

    def path(self, name: str) -> str:
        """The path of a field of the map that is read now."""
        return name if self.where == "the manifest" else f"{self.where}.{name}"

    def shape(self, where: str, expected: str, value: Any) -> None:
        """`value` is of another class, or of another form, than expected."""
        self.add("manifest-shape", where=where, expected=expected, found=NAMES.get(type(value), type(value).__name__))

    def fields(self, data: Mapping[str, Any], expected: dict[str, tuple[type, ...]], where: str) -> dict[str, Any]:
        """The fields that are there and of the right class; from here on paths begin with `where`."""
        self.where = where
        for name in data:
            if name not in expected:
                self.add("manifest-unknown-field", where=where, name=name)
        result = {}
        for name, classes in expected.items():
            if name not in data:
                if name in _LEFT_OUT:
                    continue
                self.add("manifest-missing-field", where=where, name=name)
            elif type(data[name]) not in classes:
                self.shape(self.path(name), " or ".join(NAMES[c] for c in classes), data[name])
            elif name in _LEFT_OUT and not data[name]:
                self.add("manifest-shape", where=self.path(name), expected="entries, or no such field", found="none")
            else:
                result[name] = data[name]
        return result

    def name(self, field: str, value: str | None, refused: Callable[[str], str]) -> None:
        """A text that follows the grammar of `refused`; absent and nothing are no problem here."""
        if value is not None and (reason := refused(value)):
            self.add("manifest-bad-name", where=self.path(field), name=value, reason=reason)

    def uuid(self, field: str, value: bytes | None) -> None:
        """16 bytes that are not all zero; absent and nothing are no problem here."""
        if value is not None and (reason := names.bad_uuid(value)):
            self.add("manifest-bad-uuid", where=self.path(field), reason=reason)

    def words(self, field: str, fields: Mapping[str, Any], refused: Callable[[str], str]) -> tuple[str, ...]:
        """A sorted list of different texts that follow the grammar of `refused`."""
        values = fields.get(field, [])
        for i, value in enumerate(values):
            if type(value) is not str:
                self.shape(f"{self.path(field)}[{i}]", "a text", value)
                return ()
            self.name(f"{field}[{i}]", value, refused)
        if list(values) != sorted(set(values)):
            self.add("manifest-shape", where=self.path(field), expected="sorted, each word once", found="another order")
        return tuple(values)


def duplicates(rows: Sequence[Row], found: Findings, places: Sequence[Place] = ()) -> None:
    """Adds to `found` what two rows of one manifest may not share, and an order that is not that of their UUIDs.

    places: where each row was declared, if known.
    """
    uuids: dict[bytes, str] = {}
    seen: dict[str, set[str]] = {"name": set(), "target": set()}
    for i, row in enumerate(rows):
        if places:
            found.place = places[i]
        if row.uuid in uuids:
            facts = {"first": uuids[row.uuid], "second": row.name, "uuid": names.uuid_text(row.uuid)}
            found.add("manifest-duplicate-uuid", **facts)
        uuids[row.uuid] = row.name
        for field, values in seen.items():
            value = getattr(row, field)
            if value in values:
                found.add("manifest-bad-name", where=field, name=value, reason="two intrinsics of one pack have it")
            values.add(value)
    if [r.uuid for r in rows] != sorted(r.uuid for r in rows):
        found.add("manifest-shape", where="intrinsics", expected="sorted by UUID", found="another order")


def needs_size(signature: Signature) -> bool:
    """Whether a result can be large, so that a size has to be declared."""
    return any((t.of if t.kind == "option" else t).kind in SIZED for t in signature.results)


def _api(fields: Mapping[str, Any], found: Findings) -> tuple[int, int]:
    api = fields.get("api", [1, 1])
    if len(api) != 2 or any(type(n) is not int for n in api) or not 1 <= api[0] <= api[1]:
        found.add("manifest-shape", where="api", expected="[lowest, highest], both at least 1", found=api)
        return (1, 1)
    return (api[0], api[1])


def _source(fields: Mapping[str, Any], found: Findings) -> None:
    root = fields.get("source_root", ".")
    plain = root.isprintable() and not {"\\", ":"} & set(root) and not {"", ".", ".."} & set(root.split("/"))
    if root != "." and not plain:
        found.add("path-escape", path=root, folder="the project's folder")
    if len(fields.get("source_sha256", bytes(32))) != 32:
        found.add("manifest-shape", where="source_sha256", expected="32 bytes", found=len(fields["source_sha256"]))


def _succession(fields: Mapping[str, Any], found: Findings) -> None:
    supersedes, relation, reason = fields.get("supersedes"), fields.get("relation"), fields.get("deprecated")
    found.uuid("supersedes", supersedes)
    if supersedes is not None and supersedes == fields.get("uuid"):
        found.add("manifest-bad-uuid", where=found.path("supersedes"), reason="an intrinsic cannot supersede itself")
    if relation is not None and relation not in RELATIONS:
        found.add("manifest-shape", where=found.path("relation"), expected=" or ".join(RELATIONS), found=relation)
    if (supersedes is None) != (relation is None):
        found.add("bad-declaration", what=found.where, reason="supersedes and relation are given together or not")
    if reason is not None and not (reason and reason.isprintable()):
        found.add("manifest-bad-name", where=found.path("deprecated"), name=reason, reason="it is not one line")


@lru_cache(1_024)
def _parsed(text: str) -> tuple[Signature | None, str]:
    try:
        return parse_signature(text), ""
    except BadType as e:
        return None, str(e)


def _signature(fields: Mapping[str, Any], found: Findings) -> Signature | None:
    text = fields.get("signature")
    if text is None:
        return None
    signature, reason = _parsed(text)
    if signature is None:
        found.add("bad-declaration", what=found.path("signature"), reason=reason)
        return None
    if str(signature) != text:
        found.add("bad-declaration", what=found.path("signature"), reason=f"it is spelled {signature}")
    for i, param in enumerate(signature.params):
        found.name(f"signature, parameter {i + 1}", param.name, names.bad_name)
    if any(_mutable(t) for t in (*signature.types, *signature.results)):
        found.add("bad-declaration", what=found.path("signature"), reason="an intrinsic changes no list and no map")
    return signature


def _mutable(t: Type) -> bool:
    return t.mutable or (t.item is not None and _mutable(t.item)) or any(map(_mutable, t.fields.values()))


@lru_cache(4_096)
def _formula(text: str, params: tuple[str, ...]) -> Formula:
    return Formula(text, params)


def _formulas(fields: Mapping[str, Any], signature: Signature, found: Findings) -> None:
    for field in ("cost", "size"):
        text = fields.get(field)
        if text is not None:
            try:
                _formula(text, tuple(p.name for p in signature.params))
            except BadFormula as e:
                found.add("bad-declaration", what=found.path(field), reason=e)
    if "size" in fields and fields["size"] is None and needs_size(signature):
        found.add("bad-declaration", what=found.path("size"), reason=f"a size is required for {signature}")


def _vectors(fields: Mapping[str, Any], signature: Signature, found: Findings) -> tuple[Vector, ...]:
    items, result = fields.get("vectors", []), []
    for i, item in enumerate(items):
        try:
            result.append(vectors.vector_from_data(item, signature))
        except BadVector as e:
            found.add("bad-declaration", what=f"{found.path('vectors')}[{i}]", reason=e)
            return ()
    if {"vectors", "vectors_digest"} <= fields.keys() and vectors.digest(items) != fields["vectors_digest"]:
        found.add("bad-declaration", what=found.path("vectors_digest"), reason="it is not that of the examples")
    return tuple(result)
