"""The one mechanism of this folder: a host table around another, which puts something in the place of its functions.

Takes a `HostTable`; gives one with the same offers, whose functions are what `wrapped` makes of them when they are loaded,
and with offers of its own in the place of those with the same UUIDs. Signatures, costs, sizes and effects stay as they
are, unless an offer of its own says otherwise: so a program links, is charged and is checked as it always is. What stands
for a function is a closure, which the compiled tier calls and never folds.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from vcvm_core.link import HostTable, LibraryFile, Offer, PackState, Provider, owner

Function = Callable[..., Any]


class Layer:
    """A host table around another. own: the offers that stand in the place of those of `hosts`, by UUID."""

    def __init__(self, hosts: HostTable, own: Mapping[bytes, Sequence[Offer]] | None = None) -> None:
        self.hosts = hosts
        self.own = dict(own or {})
        # One function for each offer, so that programs which are loaded twice are compiled once.
        self._made: dict[tuple[bytes, str], tuple[Function, Function]] = {}
        self._lock = threading.Lock()

    def offers(self, uuid: bytes) -> Sequence[Offer]:
        """The offers for a UUID."""
        own = self.own.get(uuid)
        return tuple(self.around(offer) for offer in self.hosts.offers(uuid)) if own is None else own

    def successors(self, uuid: bytes) -> Sequence[Offer]:
        """The offers that supersede a UUID."""
        own = [offer for offers in self.own.values() for offer in offers if offer.supersedes == uuid]
        return (*own, *(self.around(o) for o in self.hosts.successors(uuid) if o.uuid not in self.own))

    def providers(self, uuid: bytes) -> Sequence[Provider]:
        """The packs that are known to provide a UUID."""
        return self.hosts.providers(uuid)

    def library(self, name: str, digest: bytes) -> LibraryFile | None:
        """A compiled library of a pack."""
        return self.hosts.library(name, digest)

    def pack(self, name: str) -> PackState | None:
        """The state of a pack."""
        return self.hosts.pack(name)

    def around(self, offer: Offer) -> Offer:
        """What is offered in the place of an offer of the table below."""
        return offer._replace(load=partial(self._load, offer))

    def wrapped(self, offer: Offer, function: Function) -> Function:
        """What is called in the place of a function."""
        return function

    def _load(self, offer: Offer) -> Function:
        # Outside the lock: it may import a pack.
        function = offer.load()
        with self._lock:
            found = self._made.get((offer.uuid, offer.pack))
            if found is None or found[0] is not function:
                made = self.wrapped(offer, function)
                if made is not function:
                    # What it raises is judged by whose code it runs.
                    made.__module__ = owner(offer, function)
                found = self._made[offer.uuid, offer.pack] = (function, made)
        return found[1]
