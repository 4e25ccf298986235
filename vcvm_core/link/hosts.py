"""What a linker needs to know of a host: who offers which intrinsic, and who is known to provide it elsewhere.

Takes nothing; gives the `HostTable` protocol (UUID in, offers out) and two simple tables: one over Python functions
that a host passes itself, and one over the arrays of functions of a hand-made library. Knows nothing of packs: a
registry of packs is one more `HostTable`, made elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol
from uuid import UUID, uuid5

from vcvm_core.bytecode import Extern, bad_name
from vcvm_core.declared import Declaration, declaration_of
from vcvm_core.errors import Diagnostic, clean, error, owner_of
from vcvm_core.values import BadFormula, BadType, Formula, Signature, signature_of

if TYPE_CHECKING:
    from vcvm_core.link.image import LibraryFile


class Offer(NamedTuple):
    """One intrinsic that a host can bind.

    signature: None if only the host's function itself knows. cost: fuel charged before each call. size: the most that
    the result can hold, None for scalars. effects: empty means pure. deprecated: the reason, None if it is not.
    supersedes: the UUID that it replaces. load: gives the Python function; may import a pack; raises PackError.
    relation: how it replaces it ("same", "wider", "fix"), None if it replaces nothing.
    """

    uuid: bytes
    name: str
    signature: Signature | None
    cost: Formula
    size: Formula | None
    effects: tuple[str, ...]
    deterministic: bool
    deprecated: str | None
    supersedes: bytes | None
    pack: str
    version: str
    load: Callable[[], Callable[..., Any]]
    relation: str | None = None


HOST: Final = "the host"
"""What stands for a pack where an application passes its own functions."""


def owner(offer: Offer, function: Callable[..., Any]) -> str:
    """The package whose `sys.exit` in this function is the function's failure (see errors/passing.py). A function that the
    application passes itself has none: what it raises besides Exceptions is the application's."""
    return "" if offer.pack == HOST else owner_of(function)


class Provider(NamedTuple):
    """A pack that is known to provide an intrinsic, from a header or an index; whether it is installed is not said.

    versions: those that provide it, oldest first. others: the versions of the pack that are known and do not. deprecated:
    the reason, in the newest version that has it. successors: names and UUIDs that supersede it. source: where this is
    known from, in a few words.
    """

    name: str
    signature: Signature
    pack: str
    versions: tuple[str, ...]
    others: tuple[str, ...]
    deprecated: str | None
    successors: tuple[tuple[str, bytes], ...]
    source: str


class PackState(NamedTuple):
    """What a host knows of a pack by name: its installed version, and why it cannot be used, if it cannot."""

    name: str
    version: str
    problem: Diagnostic | None


class HostTable(Protocol):
    """Who offers what. Nothing here imports a pack but `Offer.load`."""

    def offers(self, uuid: bytes) -> Sequence[Offer]:
        """The offers for a UUID of 16 bytes: none, one, or several, which is an ambiguity."""

    def successors(self, uuid: bytes) -> Sequence[Offer]:
        """The offers that supersede this UUID."""

    def providers(self, uuid: bytes) -> Sequence[Provider]:
        """The packs that are known to provide this UUID, here or not; they are named in reports, and never bound."""

    def library(self, name: str, digest: bytes) -> LibraryFile | None:
        """The compiled library of this name, with this SHA-256 if there is one, else another; None if nobody has it.

        Raises VcvmError for one that is there and cannot be used.
        """

    def pack(self, name: str) -> PackState | None:
        """The state of a pack by its distribution name, None if it is not installed."""


class NoHosts:
    """A host that offers nothing."""

    def offers(self, uuid: bytes) -> Sequence[Offer]:
        return ()

    def successors(self, uuid: bytes) -> Sequence[Offer]:
        return ()

    def providers(self, uuid: bytes) -> Sequence[Provider]:
        return ()

    def library(self, name: str, digest: bytes) -> LibraryFile | None:
        return None

    def pack(self, name: str) -> PackState | None:
        return None


class FunctionHosts(NoHosts):
    """A host that passes its own functions, by UUID: no pack, no manifest.

    An annotated function has the signature that its annotations say. One without is taken at the program's word, and
    what crosses is checked against that. What `@intrinsic` declared of a function holds here, too: effects, cost, size and
    the rest; a wrapper has what was declared of the function that it wraps. Raises ApiError (bad-host, wrong-uuid).
    """

    def __init__(self, functions: Mapping[str | UUID, Callable[..., Any]]) -> None:
        self.table: dict[bytes, Offer] = {}
        for key, function in functions.items():
            try:
                uuid = key if isinstance(key, UUID) else UUID(key)
            except (ValueError, TypeError, AttributeError) as e:
                name = getattr(function, "__name__", type(function).__name__)
                raise error("bad-host", found=name, reason=f"{clean(key)} is not a UUID") from e
            declared = declaration_of(function)
            name = getattr(function, "__name__", str(uuid))
            if declared is not None:
                name = declared.name or name
                if _identity(declared.uuid) != uuid.bytes:
                    raise error("wrong-uuid", name=name, declared=declared.uuid, uuid=uuid)
            self.table[uuid.bytes] = _offer(uuid.bytes, function, name)

    def offers(self, uuid: bytes) -> Sequence[Offer]:
        found = self.table.get(uuid)
        return () if found is None else (found,)

    def successors(self, uuid: bytes) -> Sequence[Offer]:
        return tuple(offer for offer in self.table.values() if offer.supersedes == uuid)


def _identity(text: object) -> bytes:
    """The bytes of a UUID that was declared; empty if it is none."""
    try:
        return UUID(str(text)).bytes
    except ValueError:
        return b""


def _offer(uuid: bytes, function: Callable[..., Any], name: str) -> Offer:
    if not callable(function):
        raise error("bad-host", found=name, reason=f"a {type(function).__name__} cannot be called")
    signature = None
    if getattr(function, "__annotations__", None):
        try:
            signature = signature_of(function)
        except BadType as e:
            raise error("bad-host", found=name, reason=e) from e
    offer = Offer(
        uuid, name, signature, Formula(1, ()), None, (), False, None, None, HOST, "", lambda: function
    )  # fmt: skip
    declared = declaration_of(function)
    return offer if declared is None else _as_declared(offer, declared)


def _as_declared(offer: Offer, declared: Declaration) -> Offer:
    """An offer with what its function was declared with. Raises ApiError (bad-host)."""
    # Formulas have names of parameters in them, and only a signature has those.
    params = () if offer.signature is None else tuple(p.name for p in offer.signature.params)
    what = "cost"
    try:
        cost = Formula(declared.cost, params)
        what = "size"
        size = None if declared.size is None else Formula(declared.size, params)
    except BadFormula as e:
        raise error(
            "bad-host", found=offer.name, reason=f"its {what} is declared as {clean(getattr(declared, what))}: {e}"
        ) from e
    if any(type(effect) is not str for effect in declared.effects):
        raise error("bad-host", found=offer.name, reason="its effects are not declared as texts")
    supersedes = None if declared.supersedes is None else _identity(declared.supersedes)
    return offer._replace(
        cost=cost,
        size=size,
        effects=tuple(sorted(set(declared.effects))),
        deterministic=declared.deterministic is True,
        deprecated=None if declared.deprecated is None else str(declared.deprecated),
        supersedes=supersedes or None,
        relation=declared.relation if supersedes else None,
    )


NAMESPACE: Final = UUID("5e0d7a53-5f0c-4d0e-9a0b-6a1d6d7e1c11")
"""Of the UUIDs that stand for the places of hand-made library arrays."""


class LibraryArrays(FunctionHosts):
    """A hand-made host: arrays of functions, and a description that gives their names.

        LibraryArrays({"libraries": [["area", "volume"]]}, [[area, volume]])

    description: as in the second founding text; it is a program's header. arrays: the functions, in the same shape; may
    be left out where a program is only compiled. The identity of a function is its place and its name: a program
    compiled against one description runs on every host with the same one; so the UUID that `@intrinsic` declared of one of
    them is not looked at, everything else that it declared is. Raises ApiError (bad-library-description,
    bad-host).
    """

    def __init__(
        self, description: Mapping[str, Any], arrays: Sequence[Sequence[Callable[..., Any]]] | None = None
    ) -> None:
        rows = _description(description)
        self.names: dict[str, tuple[Extern, ...]] = {}
        uuids: list[list[bytes]] = []
        for i, row in enumerate(rows):
            uuids.append([])
            for j, name in enumerate(row):
                uuid = uuid5(NAMESPACE, f"{i}/{j}/{name}").bytes
                uuids[-1].append(uuid)
                extern = Extern(uuid, Signature((), ()), name, typed=False)
                self.names[name] = (*self.names.get(name, ()), extern)
        super().__init__({})
        if arrays is None:
            return
        if not isinstance(arrays, Sequence) or not all(isinstance(r, Sequence) for r in arrays):
            raise error("bad-library-description", reason="the arrays must be a list of lists of functions")
        shape, found = [len(r) for r in rows], [len(r) for r in arrays]
        if shape != found:
            raise error("bad-library-description", reason=f"it names {shape} functions, the arrays hold {found}")
        for i, row in enumerate(rows):
            for j, name in enumerate(row):
                self.table[uuids[i][j]] = _offer(uuids[i][j], arrays[i][j], name)

    def catalog(self) -> Mapping[str, tuple[Extern, ...]]:
        """The names that a compiler can look up. The externs are untyped: the program declares the signature."""
        return self.names


def _description(description: Mapping[str, Any]) -> list[list[str]]:
    if not isinstance(description, Mapping) or set(description) != {"libraries"}:
        raise error("bad-library-description", reason='it must be an object with the one key "libraries"')
    rows = description["libraries"]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise error("bad-library-description", reason='"libraries" must be a list of lists')
    for row in rows:
        for name in row:
            if not isinstance(name, str) or bad_name(name):
                reason = bad_name(name) if isinstance(name, str) else "it is not a string"
                raise error("bad-library-description", reason=f"{name!r} is not a name: {reason}")
    if sum(map(len, rows)) > 10_000:
        raise error("bad-library-description", reason="it has more than 10,000 names")
    return rows
