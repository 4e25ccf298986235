"""Successors: what supersedes the intrinsics that a program imports, put in their place because somebody asked for it.

Takes a module of format 1 and a `HostTable`; gives the module with the UUIDs of successors in it, and a record of every
import that was rewritten or had to be kept. From an import, the chain of successors is followed as far as it is one: the
last on it whose signature is that of the import takes its place. A circle ends the chain where it closes. Where several
intrinsics supersede one, none is taken, and a LinkError (ambiguous-successor) names them all: a tool does not choose.

Says nothing about what successors do: their packs promise that, and examples tell (`vcvm_core.plugin`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from vcvm_core.bytecode import Extern, Module
from vcvm_core.errors import Diagnostic, Place, clean, refusal
from vcvm_core.isa import BY_CODE
from vcvm_core.limits import Limits
from vcvm_core.link.hosts import HostTable, Offer
from vcvm_core.values import Param, Signature
from vcvm_core.verify import verify


class Rewrite(NamedTuple):
    """An import that was rewritten. steps: the offers from its first successor to the one that took its place.

    reason: why not one further on the chain, empty if there is none.
    """

    extern: Extern
    steps: tuple[Offer, ...]
    reason: str

    @property
    def offer(self) -> Offer:
        """What took its place."""
        return self.steps[-1]


class Kept(NamedTuple):
    """An import that has successors and was kept, and why, in a few words."""

    extern: Extern
    reason: str


class Succession(NamedTuple):
    """What became of a module: itself if nothing was rewritten."""

    module: Module
    rewrites: tuple[Rewrite, ...]
    kept: tuple[Kept, ...]


def succeed(module: Module, hosts: HostTable, name: str = "", limits: Limits = Limits.default) -> Succession:
    """The module with successors in place of what they supersede.

    name: of the program, for errors. limits: what the new module is verified under. Raises LinkError (ambiguous-successor) with
    every import that has several successors, and what `verify` raises.
    """
    rewrites: list[Rewrite] = []
    kept: list[Kept] = []
    problems: list[Diagnostic] = []
    for extern in module.externs:
        steps, reason, problem = _chain(extern, hosts)
        if problem is not None:
            problems.append(problem)
        elif steps:
            rewrites.append(Rewrite(extern, steps, reason))
        elif reason:
            kept.append(Kept(extern, reason))
    if problems:
        raise refusal(d.placed(Place(file=name or None)) for d in problems)
    if not rewrites:
        return Succession(module, (), tuple(kept))
    return Succession(_rewritten(module, rewrites, limits), tuple(rewrites), tuple(kept))


def _chain(extern: Extern, hosts: HostTable) -> tuple[tuple[Offer, ...], str, Diagnostic | None]:
    """The steps to the last successor that fits, none if there is none; why it is not one further on; what is wrong."""
    steps: list[Offer] = []
    fitting, reason = 0, ""
    uuid, name = extern.uuid, extern.name
    seen = {uuid}
    while found := _distinct(hosts.successors(uuid)):
        if len(found) > 1:
            texts = sorted(f"{_identified(o.name, o.uuid)} of {clean(o.pack)} {clean(o.version)}" for o in found)
            facts = {"name": name, "uuid": str(UUID(bytes=uuid)), "successors": " and ".join(texts)}
            return (), "", Diagnostic("ambiguous-successor", facts=facts)
        (offer,) = found
        if offer.uuid in seen:
            return tuple(steps[:fitting]), f"the successors of {clean(extern.name)} lead in a circle", None
        steps.append(offer)
        uuid, name = offer.uuid, offer.name
        seen.add(uuid)
        difference = _difference(extern, offer)
        if difference:
            reason = f"{_identified(name, uuid)} has another signature: {difference}"
        else:
            fitting, reason = len(steps), ""
    return tuple(steps[:fitting]), reason, None


def _distinct(offers: Sequence[Offer]) -> list[Offer]:
    """The offers, each once: by UUID and pack."""
    return list({(o.uuid, o.pack): o for o in offers}.values())


def _difference(extern: Extern, offer: Offer) -> str:
    if offer.signature is None:
        return "nothing says its types"
    return extern.signature.difference(offer.signature)


def _identified(name: str, uuid: bytes) -> str:
    return f"{clean(name)} ({UUID(bytes=uuid)})"


def _rewritten(module: Module, rewrites: list[Rewrite], limits: Limits) -> Module:
    """The module with other externs. Two imports that become one share its entry."""
    offers = {r.extern.uuid: r.offer for r in rewrites}
    externs: list[Extern] = []
    places: dict[bytes, int] = {}
    moved: list[int] = []
    # What is imported already keeps the entry that it has.
    for extern in module.externs:
        offer = offers.get(extern.uuid)
        new = extern
        if offer is not None:
            plain = Signature(tuple(Param("", t) for t in extern.signature.types), extern.signature.results)
            new = Extern(offer.uuid, plain, offer.name, offer.pack, offer.version, extern.typed)
        if new.uuid not in places:
            places[new.uuid] = len(externs)
            externs.append(new)
        moved.append(places[new.uuid])
    functions = tuple(
        f._replace(
            code=tuple(i._replace(a=moved[i.a]) if BY_CODE[i.opcode].operands[:1] == ("extern",) else i for i in f.code)
        )
        for f in module.functions
    )
    rewritten = module._replace(externs=tuple(externs), functions=functions)
    verify(rewritten, limits)
    return rewritten
