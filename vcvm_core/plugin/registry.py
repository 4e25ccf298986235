"""The registry: the intrinsics of all packs that were found, by UUID and by name.

Takes what `discover` found; gives a `Registry`, which is complete when it is made and never changes. It is the linker's
`HostTable` and the compiler's catalog of names; it reads manifests and imports no pack: a pack is imported when the
function behind one of its offers is loaded.

A UUID that two distributions claim has two offers, which the linker calls ambiguous; the order of `sys.path` makes no
difference. The UUIDs of the standard pack, the distribution ``vcvm``, are reserved: a distribution that claims one of
them is refused as a whole, and the standard pack goes on working.

Headers add names and types for compiling, and an index knows who provides what elsewhere; neither is ever bound. Under a
lock there are only the packs that it names, exactly as it names them, or no registry at all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property, partial
from threading import Lock
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from vcvm_core.errors import Diagnostic, Place, error, refusal
from vcvm_core.limits import Limits
from vcvm_core.link import HostTable, Offer, PackState, Provider
from vcvm_core.listed import listed, nearest, several
from vcvm_core.plugin.discovery import Found, discover
from vcvm_core.plugin.headers import STANDARD as STANDARD
from vcvm_core.plugin.headers import Header, Known, offer_of, provider_of, read_headers, remarks, reserved
from vcvm_core.plugin.manifest import Manifest, Row
from vcvm_core.plugin.names import Blocked, normalised, uuid_text

if TYPE_CHECKING:
    from vcvm_core.bytecode import Extern, LibraryHeader
    from vcvm_core.link import LibraryFile
    from vcvm_core.plugin.index import Index
    from vcvm_core.plugin.loader import Loader
    from vcvm_core.plugin.lock import PackLock


def installed(
    paths: str | Sequence[str] | None = None,
    limits: Limits = Limits.default,
    block: str | Collection[str] = (),
    *,
    headers: str | Sequence[str] = (),
    index: str | Index | Sequence[str | Index] = (),
    lock: str | PackLock | None = None,
) -> Registry:
    """The registry of all packs that are installed: ``VM(hosts=installed())``.

    paths: folders and zip files to look in, `sys.path` if None. block: names of packs that are not to be used, in any
    spelling; one that is not installed is an error, unless it is in `Settings.blocked`, which comes from files that machines
    share. Of a mapping, the value says by whom.
    headers: files of manifests to compile against. index: provider indexes, or their files, which are read when something
    is missing. lock: a lock, or its file. Of all these lists, a text is one entry.

    Raises PackError (too-many-packs, no-such-pack), what `read_headers` and `read_lock` raise, and PackError with
    everything that is not as the lock says. A bad index is a FileError (bad-provider-index) for whoever links a program that
    misses something.
    """
    if isinstance(lock, str):
        from vcvm_core.plugin.lock import read_lock

        lock = read_lock(lock)
    return Registry(discover(paths, limits), block, headers=read_headers(headers, limits), index=index, lock=lock)


class Registry:
    """The intrinsics of some packs. Complete when made; safe to use from several threads.

    packs: every pack that was given, in order, with its final state. headers: what to compile against besides. remarks:
    what there is to say about headers of packs that are installed too.
    """

    def __init__(
        self,
        packs: Iterable[Found],
        block: str | Collection[str] = (),
        *,
        headers: Sequence[Header] = (),
        index: str | Index | Sequence[str | Index] = (),
        lock: PackLock | None = None,
    ) -> None:
        """packs: as `discover` gives them. block: names of packs that are not to be used, and by whom. headers,
        index, lock: as in `installed`. Raises PackError (no-such-pack)."""
        found = tuple(packs)
        blocked = _blocked(block, {pack.name for pack in found})
        uuids = _reserved(found)
        if problems := reserved(headers, uuids):
            raise refusal(problems)
        self.packs: tuple[Found, ...] = tuple(_settled(f, blocked, uuids) for f in found)
        if lock is not None:
            self.packs = lock.held(self.packs)
        self.headers = tuple(headers)
        # An index is not imported for its class alone.
        self._index_files = (index,) if hasattr(index, "providers") else several(index, "index", str)
        states = {p.name: (p.version, p.manifest) for p in self.packs} if headers else {}
        self.remarks = remarks(self.headers, states)
        self._loading: dict[str, _Loading] = {}
        # Offers are made when they are asked for: most of what is installed is not what a program imports.
        offers: dict[bytes, list[Callable[[], Offer]]] = {}
        successors: dict[bytes, list[Callable[[], Offer]]] = {}
        for pack in self.packs:
            if pack.usable and pack.manifest is not None:
                loading = self._loading[pack.name] = _Loading(pack, pack.manifest, lock)
                for row in pack.manifest.intrinsics:
                    offer = partial(_offer, pack, row, loading)
                    offers.setdefault(row.uuid, []).append(offer)
                    if row.supersedes is not None:
                        successors.setdefault(row.supersedes, []).append(offer)
        self._offers = {uuid: tuple(found) for uuid, found in offers.items()}
        self._successors = {uuid: tuple(found) for uuid, found in successors.items()}
        self._files: dict[tuple[str, bytes], LibraryFile] = {}
        """Libraries that were read: one that is changed while a process runs stays as it was."""
        self._states = {p.name: PackState(p.name, p.version, p.problem) for p in reversed(self.packs)}

    def offers(self, uuid: bytes) -> Sequence[Offer]:
        """The offers for a UUID of 16 bytes, sorted by pack: none, one, or several, which is an ambiguity."""
        return tuple(make() for make in self._offers.get(uuid, ()))

    def successors(self, uuid: bytes) -> Sequence[Offer]:
        """The offers that supersede this UUID, sorted by pack."""
        return tuple(make() for make in self._successors.get(uuid, ()))

    def library(self, name: str, digest: bytes) -> LibraryFile | None:
        """The library of this name that a pack carries, with this SHA-256 if any has it. Raises PackError."""
        usable = [(pack, pack.manifest.libraries) for pack in self.packs if pack.usable and pack.manifest is not None]
        found = [(pack, row) for pack, rows in usable for row in rows if row.name == name]
        for pack, row in sorted(found, key=lambda pair: pair[1].sha256 != digest)[:1]:
            known = self._files.get((pack.where, row.sha256))
            if known is None:
                from vcvm_core.plugin.libraries import library_file

                known = self._files[pack.where, row.sha256] = library_file(pack, row)
            return known
        return None

    def pack(self, name: str) -> PackState | None:
        """The state of a pack by its distribution name, in any spelling; None if it is not installed."""
        return self._states.get(normalised(name))

    def providers(self, uuid: bytes) -> Sequence[Provider]:
        """What is known of this UUID besides offers: by packs that are here and cannot be used, by headers, by the index.

        Raises FileError (bad-provider-index).
        """
        found = [
            Provider(row.name, row.signature, pack.name, (pack.version,), (), row.deprecated, (), pack.where)
            for pack in self.packs
            if not pack.usable and pack.manifest is not None
            for row in pack.manifest.intrinsics
            if row.uuid == uuid
        ]
        found += [
            provider_of(header, row, self.headers)
            for header in self.headers
            for row in header.manifest.intrinsics
            if row.uuid == uuid
        ]
        names = {p.pack for p in found}
        return (
            (*found, *(p for p in self._index.providers(uuid) if p.pack not in names)) if self._index_files else found
        )

    @cached_property
    def _index(self) -> Index:
        from vcvm_core.plugin.index import index_manifests, read_index

        read = [read_index(f) if isinstance(f, str) else f for f in self._index_files]
        return read[0] if len(read) == 1 else index_manifests((), read)

    def named(self, name: str) -> tuple[str, ...]:
        """The packs that have an intrinsic of this name, as far as the index knows, in words. Raises FileError."""
        return self._index.named(name) if self._index_files else ()

    def observer(self, name: str, argument: str = "") -> Any:
        """The observer of a pack, which is imported for it: ``VM(hosts=packs, observers=[packs.observer("vcvm-trace")])``.

        argument: what the pack is to be told. Raises PackError, the one that makes the pack unusable if it is.
        """
        name = normalised(name)
        pack = next((p for p in self.packs if p.name == name), None)
        if pack is None:
            raise error("no-such-pack", name=name, cure="vcvm plugins list shows what is installed")
        if pack.problem is not None:
            raise pack.problem.error()
        if pack.manifest is None or not pack.manifest.observer:
            raise error("no-observer", Place(file=pack.where), pack=name)
        return self._loading[name].observer(argument)

    @cached_property
    def known(self) -> HostTable:
        """What a compiler knows: headers in place of the installed packs of their names, and all other packs."""
        return Known(self.headers, self) if self.headers else self

    def under(self, lock: PackLock) -> Registry:
        """This registry under a lock: only what it names can be used. Raises PackError with everything that differs."""
        return Registry(self.packs, headers=self.headers, index=self._index_files, lock=lock)

    def row(self, uuid: bytes) -> Row | None:
        """The row of a header that has this UUID, else of the one usable pack that has it, else None."""
        found = [r for h in self.headers for r in h.manifest.intrinsics if r.uuid == uuid]
        usable = [p.manifest for p in self.packs if p.usable and p.manifest is not None]
        found = found or [r for m in usable for r in m.intrinsics if r.uuid == uuid]
        return found[0] if len(found) == 1 else None

    def catalog(self) -> Mapping[str, tuple[Extern, ...]]:
        """What the names of intrinsics mean to a compiler: both ``name`` and ``package.name`` lead to imports.

        A name that several intrinsics have leads to all of them, sorted by pack and UUID. A pack that has a header is
        known by that.
        """
        return self._catalog

    def libraries(self) -> Mapping[str, tuple[LibraryHeader, ...]]:
        """What the names of libraries mean to a compiler: those that packs and headers carry, sorted by pack."""
        return self._carried

    @cached_property
    def _carried(self) -> Mapping[str, tuple[LibraryHeader, ...]]:
        from vcvm_core.bytecode import LibraryHeader

        known: dict[str, list[LibraryHeader]] = {}
        for manifest in self._manifests():
            for row in manifest.libraries:
                header = LibraryHeader(row.name, row.sha256, manifest.pack, manifest.version, dict(row.symbols))
                known.setdefault(row.name, []).append(header)
        return MappingProxyType({name: tuple(headers) for name, headers in known.items()})

    def _manifests(self) -> Sequence[Manifest]:
        """What a compiler knows: the header of each pack that has one, the manifests of all others, sorted by pack."""
        known = {p.name: p.manifest for p in self.packs if p.usable and p.manifest is not None}
        known |= {h.manifest.pack: h.manifest for h in self.headers}
        return [known[name] for name in sorted(known)]

    @cached_property
    def _catalog(self) -> Mapping[str, tuple[Extern, ...]]:
        # Here, not above: whoever runs a program that is compiled already needs no catalog.
        from vcvm_core.bytecode import Extern

        names: dict[str, list[Extern]] = {}
        for manifest in self._manifests():
            for row in manifest.intrinsics:
                extern = Extern(row.uuid, row.signature, row.name, manifest.pack, manifest.version)
                package = row.target.partition(":")[0].partition(".")[0]
                names.setdefault(row.name, []).append(extern)
                names.setdefault(f"{package}.{row.name}", []).append(extern)
        return MappingProxyType({name: tuple(externs) for name, externs in names.items()})


def _blocked(block: str | Collection[str], installed: Collection[str]) -> dict[str, str]:
    """Who blocks each pack, by normalised names. Raises PackError for every name that a caller gave and nobody has."""
    given = {normalised(name): name for name in listed(block, "block")}
    unknown = [(name, shown) for name, shown in given.items() if name not in installed]
    if unknown and not isinstance(block, Blocked):
        cure = "vcvm plugins list shows what is installed"
        facts = [{"name": shown, "cure": nearest(name, installed) or cure} for name, shown in unknown]
        raise refusal(Diagnostic("no-such-pack", facts=each) for each in facts)
    sources = block if isinstance(block, Mapping) else {}
    return {name: sources.get(shown, "the application") for name, shown in given.items()}


def _reserved(found: tuple[Found, ...]) -> dict[bytes, str]:
    """UUIDs of the standard pack and their names, also if it is blocked or refused itself."""
    return {
        row.uuid: row.name
        for pack in found
        if pack.name == STANDARD and pack.manifest is not None
        for row in pack.manifest.intrinsics
    }


def _settled(pack: Found, blocked: Mapping[str, str], reserved: Mapping[bytes, str]) -> Found:
    """The pack, refused if it claims a reserved UUID, blocked if the user does not want it."""
    if pack.name in blocked:
        facts = {"pack": pack.name, "by": blocked[pack.name]}
        return pack.turned("blocked", Diagnostic("pack-blocked", Place(file=pack.where), facts))
    if pack.name != STANDARD and pack.usable and pack.manifest is not None:
        for row in pack.manifest.intrinsics:
            if row.uuid in reserved:
                facts = {"pack": pack.name, "uuid": uuid_text(row.uuid), "name": reserved[row.uuid]}
                return pack.turned("refused", Diagnostic("reserved-uuid", Place(file=pack.where), facts))
    return pack


class _Loading:
    """Makes the pack's loader, and with it imports what loading needs, when the first function is asked for."""

    def __init__(self, pack: Found, manifest: Manifest, lock: PackLock | None) -> None:
        self._pack, self.manifest, self._pack_lock = pack, manifest, lock
        self._lock = Lock()
        self._loader: Loader | None = None

    def function(self, row: Row) -> Callable[..., Any]:
        found: Callable[..., Any] = self._loaded(lambda loader: loader.function(row))
        return found

    def observer(self, argument: str) -> Any:
        return self._loaded(lambda loader: loader.observer(argument))

    def _loaded(self, get: Callable[[Loader], Any]) -> Any:
        from vcvm_core.plugin.loader import Loader

        with self._lock:
            loader = self._loader = self._loader or Loader(self._pack, self.manifest)
        if self._pack_lock is None:
            return get(loader)
        with self._pack_lock.guarded(self._pack):
            found = get(loader)
        # It is imported, once and for all.
        self._pack_lock = None
        return found


def _offer(pack: Found, row: Row, loading: _Loading) -> Offer:
    offer = offer_of(loading.manifest, row, partial(loading.function, row))
    return offer._replace(pack=pack.name, version=pack.version)
