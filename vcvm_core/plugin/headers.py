"""Headers: the manifests of packs that need not be installed, for compiling against them.

Takes files that hold manifests (``vcvm plugins header`` writes them; the manifest of an installed pack is one too); gives
`Header` records, and `Known`, the `HostTable` of a compiler: what a name or a UUID means, installed or not. A header takes
the place of the installed pack of its name, whatever that pack's version is; nothing is bound to it.

Refuses two headers of one pack, two that have one UUID, and one that claims a UUID of the standard pack, all of them at
once: what a program would be compiled against would be an accident.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple, NoReturn

from vcvm_core.errors import Diagnostic, Place, VcvmError, error, refusal
from vcvm_core.limits import Limits
from vcvm_core.link import HostTable, LibraryFile, Offer, PackState, Provider
from vcvm_core.listed import listed
from vcvm_core.plugin.manifest import Manifest, Row, encode_manifest, read_manifest
from vcvm_core.plugin.names import uuid_text

SUFFIX: Final = ".vcvmh"
"""How the file of a header ends, by custom; what a file is, its content says."""

STANDARD: Final = "vcvm"
"""The distribution whose UUIDs are reserved."""


class Header(NamedTuple):
    """A manifest and the file that it was read from."""

    manifest: Manifest
    file: str


def header_name(manifest: Manifest) -> str:
    """What the file of a pack's header is called: NAME-VERSION.vcvmh."""
    return f"{manifest.pack}-{manifest.version}{SUFFIX}"


def read_headers(files: str | Iterable[str], limits: Limits = Limits.default) -> tuple[Header, ...]:
    """The headers in some files, sorted by pack; the same header twice counts once.

    Raises ManifestError, PackError with everything that is wrong with any of them, and FileError (duplicate-header,
    header-conflict) for headers that exclude each other.
    """
    found: dict[str, Header] = {}
    problems: list[Diagnostic] = []
    for file in dict.fromkeys(listed(files, "headers")):
        try:
            manifest = read_manifest(file, limits)
        except VcvmError as e:
            problems += e.diagnostics
            continue
        other = found.setdefault(manifest.pack, Header(manifest, file))
        if other.manifest != manifest:
            facts = {"pack": manifest.pack, "first": _called(other), "second": _called(Header(manifest, file))}
            problems.append(Diagnostic("duplicate-header", Place(file=file), facts))
    problems += _shared(found.values())
    if problems:
        raise refusal(problems)
    return tuple(found[name] for name in sorted(found))


def _called(header: Header) -> str:
    return f"{header.file} ({header.manifest.version})"


def _shared(headers: Iterable[Header]) -> list[Diagnostic]:
    """Every UUID that two headers have."""
    seen: dict[bytes, tuple[Header, Row]] = {}
    problems = []
    for header in headers:
        for row in header.manifest.intrinsics:
            other, first = seen.setdefault(row.uuid, (header, row))
            if other is not header:
                facts = {
                    "uuid": uuid_text(row.uuid),
                    "first": f"{first.name} in {other.file}",
                    "second": f"{row.name} in {header.file}",
                }
                problems.append(Diagnostic("header-conflict", Place(file=header.file), facts))
    return problems


class Known:
    """The `HostTable` of what is known, here or not: for compiling, upgrading and notices. Its offers cannot be loaded
    where they are a header's."""

    def __init__(self, headers: Sequence[Header], installed: HostTable) -> None:
        """headers: as `read_headers` gives them. installed: what there is besides; packs with a header are left out."""
        self._installed = installed
        self._names = {h.manifest.pack for h in headers}
        self._offers: dict[bytes, Callable[[], Offer]] = {}
        self._successors: dict[bytes, list[Callable[[], Offer]]] = {}
        for header in headers:
            for row in header.manifest.intrinsics:
                made = partial(offer_of, header.manifest, row, partial(_absent, header))
                self._offers[row.uuid] = made
                if row.supersedes is not None:
                    self._successors.setdefault(row.supersedes, []).append(made)

    def offers(self, uuid: bytes) -> Sequence[Offer]:
        """The header's offer if a header has this UUID, else those of the installed packs."""
        found = self._offers.get(uuid)
        return (found(),) if found is not None else self._others(self._installed.offers(uuid))

    def successors(self, uuid: bytes) -> Sequence[Offer]:
        """The offers that supersede this UUID, those of headers first."""
        found = [make() for make in self._successors.get(uuid, ())]
        known = {o.uuid for o in found}
        return (*found, *(o for o in self._others(self._installed.successors(uuid)) if o.uuid not in known))

    def providers(self, uuid: bytes) -> Sequence[Provider]:
        """As the registry says."""
        return self._installed.providers(uuid)

    def library(self, name: str, digest: bytes) -> LibraryFile | None:
        """As the registry says."""
        return self._installed.library(name, digest)

    def pack(self, name: str) -> PackState | None:
        """The state of a pack that is installed."""
        return self._installed.pack(name)

    def _others(self, offers: Iterable[Offer]) -> tuple[Offer, ...]:
        return tuple(o for o in offers if o.pack not in self._names)


def _absent(header: Header) -> NoReturn:
    cure = f"a header has no code: pip install '{header.manifest.pack}'"
    raise error("no-such-pack", Place(file=header.file), name=header.manifest.pack, cure=cure)


def offer_of(manifest: Manifest, row: Row, load: Callable[[], Callable[..., Any]]) -> Offer:
    """The offer of one row of a manifest."""
    return Offer(
        row.uuid,
        row.name,
        row.signature,
        row.cost_formula(),
        row.size_formula(),
        row.effects,
        row.deterministic,
        row.deprecated,
        row.supersedes,
        manifest.pack,
        manifest.version,
        load,
        row.relation,
    )


def provider_of(header: Header, row: Row, headers: Iterable[Header]) -> Provider:
    """What a header says of a UUID that is looked up."""
    later = tuple((r.name, r.uuid) for h in headers for r in h.manifest.intrinsics if r.supersedes == row.uuid)
    version = (header.manifest.version,)
    source = f"the header {header.file}"
    return Provider(row.name, row.signature, header.manifest.pack, version, (), row.deprecated, later, source)


def remarks(headers: Iterable[Header], states: Mapping[str, tuple[str, Manifest | None]]) -> tuple[str, ...]:
    """What there is to say about headers of packs that are installed too, and differ.

    states: version and manifest of each installed pack, by name.
    """
    notes = []
    for header in headers:
        pack, version = header.manifest.pack, header.manifest.version
        here, manifest = states.get(pack, (version, header.manifest))
        if here != version:
            notes.append(
                f"{pack}: names and types are those of the header {header.file}, {version}; installed is {here}"
            )
        elif manifest is not None and encode_manifest(manifest) != encode_manifest(header.manifest):
            text = f"{pack}: the header {header.file} is not that of the installed {pack} {here}, and counts here"
            notes.append(text)
    return tuple(notes)


def reserved(headers: Iterable[Header], uuids: Mapping[bytes, str]) -> list[Diagnostic]:
    """A diagnostic for each header of another pack that claims a UUID of the standard pack."""
    return [
        Diagnostic(
            "reserved-uuid",
            Place(file=header.file),
            {"pack": header.manifest.pack, "uuid": uuid_text(row.uuid), "name": uuids[row.uuid]},
        )
        for header in headers
        if header.manifest.pack != STANDARD
        for row in header.manifest.intrinsics
        if row.uuid in uuids
    ]
