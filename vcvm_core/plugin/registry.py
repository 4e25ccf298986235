"""The registry: the intrinsics of all packs that were found, by UUID and by name.

Takes what `discover` found; gives a `Registry`, which is complete when it is made and never changes. It is the linker's
`HostTable` and the compiler's catalog of names; it reads manifests and imports no pack: a pack is imported when the
function behind one of its offers is loaded.

A UUID that two distributions claim has two offers, which the linker calls ambiguous; the order of `sys.path` makes no
difference. The UUIDs of the standard pack, the distribution ``vcvm``, are reserved: a distribution that claims one of
them is refused as a whole, and the standard pack goes on working.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property, partial
from threading import Lock
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from vcvm_core.errors import Diagnostic, Place
from vcvm_core.limits import Limits
from vcvm_core.link import Offer, PackState
from vcvm_core.plugin.discovery import Found, discover
from vcvm_core.plugin.manifest import Manifest, Row
from vcvm_core.plugin.names import normalised, uuid_text

if TYPE_CHECKING:
    from vcvm_core.bytecode import Extern
    from vcvm_core.plugin.loader import Loader

STANDARD: Final = "vcvm"
"""The distribution whose UUIDs are reserved."""


def installed(
    paths: Sequence[str] | None = None, limits: Limits = Limits.default, block: Collection[str] = ()
) -> Registry:
    """The registry of all packs that are installed: ``VM(hosts=installed())``.

    paths: folders and zip files to look in, `sys.path` if None. block: names of distributions that are not to be used;
    a name that is not installed blocks nothing. Raises PackError (too-many-packs).
    """
    return Registry(discover(paths, limits), block)


class Registry:
    """The intrinsics of some packs. Complete when made; safe to use from several threads.

    packs: every pack that was given, in order, with its final state.
    """

    def __init__(self, packs: Iterable[Found], block: Collection[str] = ()) -> None:
        """packs: as `discover` gives them. block: names of distributions that are not to be used."""
        blocked = {normalised(name) for name in block}
        found = tuple(packs)
        reserved = _reserved(found)
        self.packs: tuple[Found, ...] = tuple(_settled(f, blocked, reserved) for f in found)
        # Offers are made when they are asked for: most of what is installed is not what a program imports.
        offers: dict[bytes, list[Callable[[], Offer]]] = {}
        successors: dict[bytes, list[Callable[[], Offer]]] = {}
        for pack in self.packs:
            if pack.usable and pack.manifest is not None:
                loading = _Loading(pack, pack.manifest)
                for row in pack.manifest.intrinsics:
                    offer = partial(_offer, pack, row, loading)
                    offers.setdefault(row.uuid, []).append(offer)
                    if row.supersedes is not None:
                        successors.setdefault(row.supersedes, []).append(offer)
        self._offers = {uuid: tuple(found) for uuid, found in offers.items()}
        self._successors = {uuid: tuple(found) for uuid, found in successors.items()}
        self._states = {p.name: PackState(p.name, p.version, p.problem) for p in reversed(self.packs)}

    def offers(self, uuid: bytes) -> Sequence[Offer]:
        """The offers for a UUID of 16 bytes, sorted by pack: none, one, or several, which is an ambiguity."""
        return tuple(make() for make in self._offers.get(uuid, ()))

    def successors(self, uuid: bytes) -> Sequence[Offer]:
        """The offers that supersede this UUID, sorted by pack."""
        return tuple(make() for make in self._successors.get(uuid, ()))

    def pack(self, name: str) -> PackState | None:
        """The state of a pack by its distribution name, in any spelling; None if it is not installed."""
        return self._states.get(normalised(name))

    def catalog(self) -> Mapping[str, tuple[Extern, ...]]:
        """What the names of intrinsics mean to a compiler: both ``name`` and ``package.name`` lead to imports.

        A name that several intrinsics have leads to all of them, sorted by pack and UUID.
        """
        return self._catalog

    @cached_property
    def _catalog(self) -> Mapping[str, tuple[Extern, ...]]:
        # Here, not above: whoever runs a program that is compiled already needs no catalog.
        from vcvm_core.bytecode import Extern

        names: dict[str, list[Extern]] = {}
        for pack in self.packs:
            if pack.usable and pack.manifest is not None:
                for row in pack.manifest.intrinsics:
                    extern = Extern(row.uuid, row.signature, row.name, pack.name, pack.version)
                    package = row.target.partition(":")[0].partition(".")[0]
                    names.setdefault(row.name, []).append(extern)
                    names.setdefault(f"{package}.{row.name}", []).append(extern)
        return MappingProxyType({name: tuple(externs) for name, externs in names.items()})


def _reserved(found: tuple[Found, ...]) -> dict[bytes, str]:
    """UUIDs of the standard pack and their names, also if it is blocked or refused itself."""
    return {
        row.uuid: row.name
        for pack in found
        if pack.name == STANDARD and pack.manifest is not None
        for row in pack.manifest.intrinsics
    }


def _settled(pack: Found, blocked: Collection[str], reserved: Mapping[bytes, str]) -> Found:
    """The pack, refused if it claims a reserved UUID, blocked if the user does not want it."""
    if pack.name in blocked:
        return pack.turned("blocked", Diagnostic("pack-blocked", Place(file=pack.where), {"pack": pack.name}))
    if pack.name != STANDARD and pack.usable and pack.manifest is not None:
        for row in pack.manifest.intrinsics:
            if row.uuid in reserved:
                facts = {"pack": pack.name, "uuid": uuid_text(row.uuid), "name": reserved[row.uuid]}
                return pack.turned("refused", Diagnostic("reserved-uuid", Place(file=pack.where), facts))
    return pack


class _Loading:
    """Makes the pack's loader, and with it imports what loading needs, when the first function is asked for."""

    def __init__(self, pack: Found, manifest: Manifest) -> None:
        self._pack, self._manifest = pack, manifest
        self._lock = Lock()
        self._loader: Loader | None = None

    def function(self, row: Row) -> Callable[..., Any]:
        from vcvm_core.plugin.loader import Loader

        with self._lock:
            loader = self._loader = self._loader or Loader(self._pack, self._manifest)
        return loader.function(row)


def _offer(pack: Found, row: Row, loading: _Loading) -> Offer:
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
        pack.name,
        pack.version,
        partial(loading.function, row),
    )
