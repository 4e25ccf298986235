"""Resolving imports: one verdict each, with the reason and the fix.

Takes an extern, a `HostTable` and the allowed effects; gives a `Verdict`. Only the UUID identifies: no match by name, by
position or by version. Versions are compared in one case only: to word the fix when nobody here has the UUID. Who provides
it elsewhere, the table's providers say; without any, what the program itself remembers of its pack.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import Final
from uuid import UUID

from vcvm_core.bytecode import Extern
from vcvm_core.errors import Diagnostic, VcvmError, clean
from vcvm_core.link.hosts import HostTable, Offer, Provider
from vcvm_core.link.report import Verdict
from vcvm_core.link.versions import version_key
from vcvm_core.listed import listed

PROVIDERS: Final = 3
"""How many packs that provide an intrinsic one line names."""


class Everything(Enum):
    """The effects policy of a tool that runs nothing: what a program may do is decided where it runs.

    An object of its own, because a set that pretends to have every member loses that when it is copied. Not None, because
    an application that passes a setting that is missing must not allow everything.
    """

    EVERYTHING = "every effect"


EVERYTHING: Final = Everything.EVERYTHING
"""All effects."""

Allowed = frozenset[str] | Everything
"""The effects that intrinsics may have."""


def allowed(effects: str | Iterable[str] | Everything) -> Allowed:
    """The effects policy that `effects` describes: names of effects, one name, or EVERYTHING. Raises ValueRefused."""
    if isinstance(effects, Everything):
        return effects
    return frozenset(listed(effects, "allow"))


def _quoted(requirement: str) -> str:
    return f"pip install '{clean(requirement)}'"


def _called(offer: Offer) -> str:
    return f"{clean(offer.pack)} {clean(offer.version)}".strip()


def resolve(extern: Extern, hosts: HostTable, allow: Allowed, bind: bool, module: str = "") -> Verdict:
    """The verdict on one import.

    allow: the effects that it may have. bind: whether to load the pack that offers it; without, the verdict rests on
    manifests alone.
    """
    uuid = str(UUID(bytes=extern.uuid))
    offers = hosts.offers(extern.uuid)
    providers = () if offers else tuple(hosts.providers(extern.uuid))
    name = extern.name or [*(o.name for o in offers), *(p.name for p in providers), "(no name)"][0]
    facts = {"name": name, "uuid": uuid}

    def refused(word: str, kind: str, found: str, fix: str, offer: Offer | None = None, **more: object) -> Verdict:
        diagnostic = Diagnostic(kind, facts={**facts, "fix": fix, **more})
        return Verdict("intrinsic", name, uuid, word, found, fix, module, (), (diagnostic,), offer)

    if providers:
        return _provided(extern, providers, hosts, refused)._replace(providers=providers)
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
    forbidden = [] if isinstance(allow, Everything) else [e for e in offer.effects if e not in allow]
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
        return _unusable(f"provided by {pack} {clean(state.version)}", pack, state.problem, refused)
    here = clean(state.version)
    if version_key(state.version) <= version_key(extern.version):
        found = f"provided by {pack}{f' >= {seen}' if seen else ''}   installed: {pack} {here}"
        return refused("unknown", "unknown-intrinsic", found, _quoted(wanted))
    found = f"was in {pack} {seen}   installed: {pack} {here}, which dropped it"
    later = "".join(f"; successor: {_identified(o.name, o.uuid)}" for o in hosts.successors(extern.uuid))
    return refused("unknown", "unknown-intrinsic", found + later, _quoted(f"{pack}=={seen}"))


def _unusable(found: str, pack: str, problem: Diagnostic, refused: Callable[..., Verdict]) -> Verdict:
    """The verdict on a UUID of a pack that is here and cannot be used."""
    text = f"{found}, which cannot be used: {problem.message} [{problem.code}]"
    fix = problem.help or f"vcvm plugins show {pack}"
    return refused("pack-broken", "pack-broken", text, fix, pack=pack, reason=problem)


def _provided(
    extern: Extern, providers: Sequence[Provider], hosts: HostTable, refused: Callable[..., Verdict]
) -> Verdict:
    """The verdict on a UUID that nobody here offers and that some packs are known to provide."""
    for provider in providers:
        state = hosts.pack(provider.pack)
        if state is not None and state.problem is not None and state.version in provider.versions:
            found = f"provided by {clean(provider.pack)} {clean(state.version)}"
            return _unusable(found, clean(provider.pack), state.problem, refused)
    spans, fixes, here = [], [], []
    later: dict[str, None] = {}
    for provider in providers[:PROVIDERS]:
        state = hosts.pack(provider.pack)
        dropped = state is not None and version_key(state.version) > version_key(provider.versions[-1])
        span, requirement = _span(provider, dropped)
        spans.append(span)
        fixes.append(_quoted(requirement))
        if state is not None:
            here.append(f"{clean(state.name)} {clean(state.version)}{', which dropped it' if dropped else ''}")
        later |= dict.fromkeys(_identified(*each) for each in provider.successors)
    later |= dict.fromkeys(_identified(o.name, o.uuid) for o in hosts.successors(extern.uuid))
    more = f" or {len(providers) - PROVIDERS} more packs" if len(providers) > PROVIDERS else ""
    found = f"provided by {' or '.join(spans)}{more}   " + (
        f"installed: {', '.join(here)}" if here else "not installed"
    )
    if extern.typed and (difference := extern.signature.difference(providers[0].signature)):
        found += f"; there it has another signature: {difference}"
    found += "".join(f"; successor: {each}" for each in later)
    return refused("unknown", "unknown-intrinsic", found, " or ".join(fixes))


def _span(provider: Provider, dropped: bool) -> tuple[str, str]:
    """The versions of a pack that provide an intrinsic, for people and for pip: the newest that do, back to a gap."""
    pack, last = clean(provider.pack), provider.versions[-1]
    without = [version_key(v) for v in provider.others]
    gap = max((key for key in without if key < version_key(last)), default=None)
    first = next(v for v in provider.versions if gap is None or version_key(v) > gap)
    if not dropped and not any(key > version_key(last) for key in without):
        return f"{pack} >= {clean(first)}", f"{pack}>={clean(first)}"
    span = clean(last) if first == last else f"{clean(first)} to {clean(last)}"
    return f"{pack} {span}", f"{pack}=={clean(last)}"


def _identified(name: str, uuid: bytes) -> str:
    return f"{clean(name)} ({UUID(bytes=uuid)})"


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
        notices.append(f"deprecated: {clean(offer.deprecated, 200).rstrip('.')}{_instead(extern, hosts)}")
    if extern.version and extern.pack == offer.pack and extern.version != offer.version:
        notices.append(f"compiled against {clean(offer.pack)} {clean(extern.version)}, bound to {_called(offer)}")
    return tuple(notices)


def _instead(extern: Extern, hosts: HostTable) -> str:
    """What to use instead of a deprecated intrinsic, and whether a command can put it there."""
    later = {o.uuid: o for o in hosts.successors(extern.uuid)}
    if not later:
        return ""
    text = f"; use {' or '.join(_identified(o.name, o.uuid) for o in later.values())}"
    (first, *more) = later.values()
    if not more and not _difference(extern, first):
        text += ": vcvm upgrade PROGRAM -o OUT puts it there"
    return text
