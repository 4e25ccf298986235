"""Resolving imports: one verdict each, with the reason and the fix.

Takes an extern, a `HostTable` and the allowed effects; gives a `Verdict`. Only the UUID identifies: no match by name, by
position or by version. Versions are compared in one case only: to word the fix when a known pack lacks the UUID.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID

from vcvm_core.bytecode import Extern
from vcvm_core.errors import Diagnostic, VcvmError, clean
from vcvm_core.link.hosts import HostTable, Offer
from vcvm_core.link.report import Verdict


def _release(version: str) -> tuple[int, ...]:
    """The numbers of a version, for telling older from newer: 1.0 is 1.0.0, and 1.0rc1 is no newer."""
    found = re.match(r"v?(?:\d+!)?(\d{1,9}(?:\.\d{1,9})*)", version)
    numbers = [int(n) for n in found[1].split(".")] if found else []
    while numbers and numbers[-1] == 0:
        del numbers[-1]
    return tuple(numbers)


def _quoted(requirement: str) -> str:
    return f"pip install '{clean(requirement)}'"


def _called(offer: Offer) -> str:
    return f"{clean(offer.pack)} {clean(offer.version)}".strip()


def resolve(extern: Extern, hosts: HostTable, allow: frozenset[str], bind: bool, module: str = "") -> Verdict:
    """The verdict on one import.

    bind: whether to load the pack that offers it; without, the verdict rests on manifests alone.
    """
    uuid = str(UUID(bytes=extern.uuid))
    offers = hosts.offers(extern.uuid)
    name = extern.name or (offers[0].name if offers else "(no name)")
    facts = {"name": name, "uuid": uuid}

    def refused(word: str, kind: str, found: str, fix: str, offer: Offer | None = None, **more: object) -> Verdict:
        diagnostic = Diagnostic(kind, facts={**facts, "fix": fix, **more})
        return Verdict("intrinsic", name, uuid, word, found, fix, module, (), (diagnostic,), offer)

    if not offers:
        return _unknown(extern, hosts, refused)
    if len(offers) > 1:
        packs = " and ".join(sorted(_called(o) for o in offers))
        fix = "uninstall all but one of them"
        return refused("ambiguous", "ambiguous-intrinsic", f"claimed by {packs}", fix, packs=packs)
    offer = offers[0]
    difference = _difference(extern, offer)
    if difference:
        # A UUID has one signature for ever: one side is wrong, and neither upgrade nor downgrade is known to help.
        fix = f"report it to the authors of {clean(offer.pack)}, or compile the program again"
        found = f"found in {_called(offer)}, with another signature: {difference}"
        return refused("signature-differs", "signature-differs", found, fix, offer, difference=difference)
    forbidden = [e for e in offer.effects if e not in allow]
    if forbidden:
        effects = " and ".join(f"`{e}`" for e in forbidden)
        found = f"found in {_called(offer)}, effect {effects} is not allowed"
        fix = " ".join(f"--allow {e}" for e in forbidden)
        return refused("effect-not-allowed", "effect-not-allowed", found, fix, offer, effect=effects)
    function = None
    if bind:
        try:
            function = offer.load()
        except VcvmError as e:
            first = e.diagnostics[0]
            found = f"{_called(offer)} cannot be loaded: {first.message} [{first.code}]"
            fix = first.help or f"vcvm plugins show {clean(offer.pack)}"
            return refused("pack-broken", "pack-broken", found, fix, offer, pack=offer.pack, reason=e)
    return Verdict(
        "intrinsic",
        name,
        uuid,
        "bound",
        _called(offer),
        "",
        module,
        _notices(extern, offer, hosts),
        (),
        offer,
        function,
    )


def _unknown(extern: Extern, hosts: HostTable, refused: Callable[..., Verdict]) -> Verdict:
    """The verdict on a UUID that nobody offers, as exact as what the program remembers of its pack allows."""
    pack, seen = clean(extern.pack), clean(extern.version)
    if not pack:
        fix = "ask the program's author which pack provides it"
        return refused("unknown", "unknown-intrinsic", "no installed pack provides it", fix)
    wanted = f"{pack}>={seen}" if seen else pack
    state = hosts.pack(extern.pack)
    if state is None:
        found = f"provided by {pack}{f' >= {seen}' if seen else ''}   not installed"
        return refused("unknown", "unknown-intrinsic", found, _quoted(wanted))
    if state.problem is not None:
        problem = state.problem
        found = f"provided by {pack} {clean(state.version)}, which cannot be used: {problem.message} [{problem.code}]"
        fix = problem.help or f"vcvm plugins show {pack}"
        return refused("pack-broken", "pack-broken", found, fix, pack=pack, reason=state.problem)
    here = clean(state.version)
    if _release(state.version) <= _release(extern.version):
        found = f"provided by {pack}{f' >= {seen}' if seen else ''}   installed: {pack} {here}"
        return refused("unknown", "unknown-intrinsic", found, _quoted(wanted))
    found = f"was in {pack} {seen}   installed: {pack} {here}, which dropped it"
    later = "".join(f"; successor: {clean(o.name)} ({UUID(bytes=o.uuid)})" for o in hosts.successors(extern.uuid))
    return refused("unknown", "unknown-intrinsic", found + later, _quoted(f"{pack}=={seen}"))


def _difference(extern: Extern, offer: Offer) -> str:
    """What disagrees between an import and an offer; of untyped ones only the counts are known."""
    if offer.signature is None:
        return ""
    if extern.typed:
        return extern.signature.difference(offer.signature)
    expected = (len(extern.signature.params), len(extern.signature.results))
    found = (len(offer.signature.params), len(offer.signature.results))
    if expected == found:
        return ""
    return f"expected {expected[0]} arguments and {expected[1]} results, found {found[0]} and {found[1]}"


def _notices(extern: Extern, offer: Offer, hosts: HostTable) -> tuple[str, ...]:
    notices = []
    if offer.deprecated is not None:
        later = [f"{clean(o.name)} ({UUID(bytes=o.uuid)})" for o in hosts.successors(extern.uuid)]
        instead = f"; use {' or '.join(later)}" if later else ""
        notices.append(f"deprecated: {clean(offer.deprecated, 200).rstrip('.')}{instead}")
    if extern.version and extern.pack == offer.pack and extern.version != offer.version:
        notices.append(f"compiled against {clean(offer.pack)} {clean(extern.version)}, bound to {_called(offer)}")
    return tuple(notices)
