"""Stand-ins: packs of which there is only the header, played by its examples.

Takes manifests; gives a table that offers their intrinsics. A call whose arguments are those of an example gets the
example's result, or its exception; any other call gets the smallest value of its result's type: none, false, 0, 0.0, "", an
empty list or map, a record of such values, and for a type variable one of the arguments. Both are counted, so that nobody
takes the one for the other. Nothing real happens, so nothing needs to be allowed; signatures, costs and sizes are the header's.

Refuses a header that claims a UUID of the standard pack, two headers of one pack, and an example whose result is larger than
the declared size allows: a real call could not give it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

from vcvm_core.errors import Diagnostic, Place, clean, error, refusal
from vcvm_core.hosting.coding import Encoder, Unkept, decode, digest, named
from vcvm_core.hosting.record import STANDARD
from vcvm_core.hosting.table import Function, Layer
from vcvm_core.link import HostTable, Offer, PackState
from vcvm_core.plugin import offer_of
from vcvm_core.values import Signature, Type

if TYPE_CHECKING:
    from vcvm_core.plugin import Manifest, Row, Vector

_SMALLEST: Final[dict[str, Any]] = {
    "none": None, "bool": False, "int": 0, "float": 0.0, "string": "", "bytes": b"", "option": None, "any": None,
}  # fmt: skip


class StoodIn(NamedTuple):
    """How often an intrinsic was stood in for. examples: calls answered from an example. made_up: all others."""

    name: str
    uuid: str
    pack: str
    version: str
    examples: int
    made_up: int


class _Counted:
    def __init__(self, row: Row, manifest: Manifest) -> None:
        self.row, self.manifest = row, manifest
        self.examples = self.made_up = 0


class StandIn(Layer):
    """A host table in which packs are stood in for: ``VM(hosts=StandIn([read_manifest(path)], installed()))``.

    manifests: the headers; a pack of that name which is installed is not used. hosts: the other packs, none if None.
    Raises PackError (reserved-uuid), ManifestError (bad-stand-in), with all that is wrong.
    """

    def __init__(self, manifests: Iterable[Manifest], hosts: HostTable | None = None) -> None:
        from vcvm_core.link import NoHosts

        super().__init__(hosts if hosts is not None else NoHosts())
        self.manifests = tuple(manifests)
        self._counts: list[_Counted] = []
        self._turn = threading.Lock()
        self.packs = {m.pack: PackState(m.pack, m.version, None) for m in self.manifests}
        problems = list(self._problems())
        if problems:
            raise refusal(problems)
        own: dict[bytes, Sequence[Offer]] = {}
        for manifest in self.manifests:
            for row in manifest.intrinsics:
                own[row.uuid] = (*own.get(row.uuid, ()), self._offered(row, manifest))
        self.own = own

    def around(self, offer: Offer) -> Offer:
        return offer

    def offers(self, uuid: bytes) -> tuple[Offer, ...]:
        """The offers of the headers, and those of other packs."""
        return (*self.own.get(uuid, ()), *(o for o in self.hosts.offers(uuid) if o.pack not in self.packs))

    def successors(self, uuid: bytes) -> tuple[Offer, ...]:
        """The offers that supersede a UUID."""
        own = [o for offers in self.own.values() for o in offers if o.supersedes == uuid]
        return (*own, *(o for o in self.hosts.successors(uuid) if o.pack not in self.packs))

    def pack(self, name: str) -> PackState | None:
        """The state of a pack; one that is stood in for is there."""
        return self.packs.get(name) or self.hosts.pack(name)

    def report(self) -> tuple[StoodIn, ...]:
        """What was stood in for until now, in the order of the headers; what was never called is left out."""
        found = []
        for c in self._counts:
            if c.examples or c.made_up:
                facts = (c.row.name, str(UUID(bytes=c.row.uuid)), c.manifest.pack, c.manifest.version)
                found.append(StoodIn(*facts, c.examples, c.made_up))
        return tuple(found)

    def _problems(self) -> Iterable[Diagnostic]:
        seen: set[str] = set()
        for manifest in self.manifests:
            place = Place(file=manifest.pack)
            if manifest.pack in seen:
                facts = {"what": manifest.pack, "reason": "there are two headers of this pack"}
                yield Diagnostic("bad-stand-in", place, facts)
            seen.add(manifest.pack)
            for row in manifest.intrinsics:
                taken = next((o for o in self.hosts.offers(row.uuid) if o.pack == STANDARD), None)
                if taken is not None or manifest.pack == STANDARD:
                    facts = {"uuid": str(UUID(bytes=row.uuid)), "name": row.name if taken is None else taken.name}
                    yield Diagnostic("reserved-uuid", place, {"pack": f"the header of {manifest.pack}", **facts})
                    break
                if reason := _too_large(row):
                    yield Diagnostic(
                        "bad-stand-in", place, {"what": f"{row.name} of {manifest.pack}", "reason": reason}
                    )

    def _offered(self, row: Row, manifest: Manifest) -> Offer:
        counted = _Counted(row, manifest)
        self._counts.append(counted)
        function = self._function(counted)
        return offer_of(manifest, row, lambda: function)._replace(effects=())

    def _function(self, counted: _Counted) -> Function:
        row = counted.row
        examples: dict[bytes, Vector] = {}
        for vector in row.vectors:
            arguments = [_widened(v, t) for v, t in zip(vector.args, row.signature.types, strict=True)]
            examples.setdefault(digest(arguments), vector)

        def stood_in(*arguments: Any) -> Any:
            try:
                vector = examples.get(digest(arguments)) if examples else None
            except Unkept:
                vector = None
            with self._turn:
                if vector is None:
                    counted.made_up += 1
                else:
                    counted.examples += 1
            if vector is None:
                return self._made_up(counted, arguments)
            if vector.raises is not None:
                raise named(vector.raises.rpartition(".")[2] or "Exception", Exception)(vector.message)
            # A new one each time: whoever gets it may keep it.
            return decode(Encoder(()).encode(vector.result))

        return stood_in

    def _made_up(self, counted: _Counted, arguments: tuple[Any, ...]) -> Any:
        signature = counted.row.signature
        results = []
        for t in signature.results:
            found = [] if t.kind == "option" else _smallest(t, signature, arguments)
            if not found and t.kind != "option":
                facts = {"name": clean(counted.row.name), "uuid": str(UUID(bytes=counted.row.uuid)), "type": str(t)}
                raise error("nothing-to-give", **facts)
            results.append(found[0] if found else None)
        return results[0] if len(results) == 1 else tuple(results) if results else None


def _smallest(t: Type, signature: Signature, arguments: tuple[Any, ...]) -> list[Any]:
    """The smallest value of a type, in a list; empty if there is none, since a type variable stands for what is not there."""
    if t.kind == "list":
        return [[]]
    if t.kind == "map":
        return [{}]
    if t.kind == "uuid":
        return [UUID(int=0)]
    if t.kind == "var":
        return _standing(t, signature, arguments)
    if t.kind == "record":
        fields = {name: _smallest(of, signature, arguments) for name, of in t.fields.items()}
        return [{name: found[0] for name, found in fields.items()}] if all(fields.values()) else []
    return [_SMALLEST[t.kind]]


def _standing(variable: Type, signature: Signature, arguments: tuple[Any, ...]) -> list[Any]:
    """A value of the type that a variable stands for, out of the arguments."""
    for t, value in zip(signature.types, arguments, strict=True):
        found = _within(variable, t, value)
        if found:
            return found
    return []


def _within(variable: Type, t: Type, value: Any) -> list[Any]:
    if t is variable:
        return [value]
    if t.kind == "option":
        return [] if value is None else _within(variable, t.of, value)
    if t.kind == "list" and type(value) is list:
        return _within(variable, t.of, value[0]) if value else []
    if t.kind == "map" and type(value) is dict:
        return _within(variable, t.of, next(iter(value.values()))) if value else []
    return []


def _widened(value: Any, t: Type) -> Any:
    """A value of an example as a program would pass it: a float where an example says 1."""
    if t.kind == "float":
        return float(value)
    if t.kind == "option":
        return None if value is None else _widened(value, t.of)
    if t.kind == "list":
        return [_widened(v, t.of) for v in value]
    if t.kind == "map":
        return {k: _widened(v, t.of) for k, v in value.items()}
    if t.kind == "record":
        return {k: _widened(v, t.fields[k]) if k in t.fields else v for k, v in value.items()}
    return value


def _too_large(row: Row) -> str:
    """Why an example cannot be what a call gives; empty if all can."""
    size = row.size_formula()
    for i, vector in enumerate(row.vectors, 1) if size is not None else ():
        most = size(*vector.args) if size is not None else 0
        results = vector.result if type(vector.result) is tuple else (vector.result,)
        for value in results if vector.raises is None else ():
            if type(value) in (str, bytes, list, dict) and len(value) > most:
                return f"its example {i} gives {len(value)} characters or entries, its declared size is {most}"
    return ""
