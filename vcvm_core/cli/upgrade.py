"""``vcvm upgrade``: a program of format 0 gains types; one of format 1 gets the successors of what it imports.

Takes a program in either form; gives the upgraded one, and says each import that was rewritten and what the examples of both
intrinsics prove about it. Nothing is replaced that is not said, and nothing at all where there is a choice to make. Imports
no pack; with --import, another process does. Exit code 1 if examples of a successor that promises to be the same, or wider,
contradict that; the program is written all the same.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from vcvm_core.bytecode import encode
from vcvm_core.cli.files import STANDARD, Loaded, load
from vcvm_core.cli.hosts import hosts_of, notices
from vcvm_core.cli.policy import limits_of
from vcvm_core.cli.programs import verified, written
from vcvm_core.cli.show import remark, say
from vcvm_core.errors import VcvmError, clean
from vcvm_core.link import Kept, Rewrite, Succession, succeed, upgrade

if TYPE_CHECKING:
    from vcvm_core.plugin import Proof, Registry, Row


class Replaced(NamedTuple):
    """A rewritten import, and what is proved about it; None if the examples of one side are not at hand."""

    rewrite: Rewrite
    proof: Proof | None
    ran: Proof | None

    @property
    def contradicted(self) -> bool:
        """Whether examples show another outcome than the relation promises."""
        differs = any(p is not None and p.differing for p in (self.proof, self.ran))
        return differs and self.rewrite.offer.relation != "fix"


def upgrade_file(args: Namespace) -> int:
    """Run the command."""
    limits = limits_of(args)
    registry = hosts_of(args)
    program = load(args.file, limits, args.no_pack, registry)
    verified(program, limits)
    before = program.module.format
    if before == 0:
        module = upgrade(program.module, registry.known, program.name, limits)
        found = Succession(module, (), ())
    else:
        found = succeed(program.module, registry.known, program.name, limits)
    replaced = _replaced(args, found.rewrites, registry)
    data = program.data if found.module is program.module else encode(found.module)
    more = {
        "format": {"from": before, "to": 1},
        "rewrites": [_replaced_data(r) for r in replaced],
        "kept": [_kept_data(k) for k in found.kept],
        "notices": [*registry.remarks, *notices(found.module, registry)],
    }
    written(args, found.module, data, args.output, more)
    if not args.json:
        _text(args, program, replaced, found.kept, notices(found.module, registry))
    return int(any(r.contradicted for r in replaced))


def _text(
    args: Namespace, program: Loaded, replaced: Sequence[Replaced], kept: Sequence[Kept], notes: Sequence[str]
) -> None:
    """What was done, for people; on stderr where the program itself goes to stdout."""
    put = remark if args.output == STANDARD else say
    for each in replaced:
        extern, offer = each.rewrite.extern, each.rewrite.offer
        steps = f", in {len(each.rewrite.steps)} steps" if len(each.rewrite.steps) > 1 else ""
        put(f"{clean(extern.name)} ({UUID(bytes=extern.uuid)})")
        put(
            f"  is now {clean(offer.name)} ({UUID(bytes=offer.uuid)}) of {clean(offer.pack)} {clean(offer.version)}{steps}"
        )
        effects = f"; effects: {', '.join(offer.effects)}" if offer.effects else ""
        put(f"  relation {offer.relation or 'unknown'}; {_proof_text(each.proof)}{effects}")
        if each.ran is not None:
            put(f"  {clean(each.ran, 400)}")
        best = each.ran if each.ran is not None and each.ran.ran else each.proof
        for text in best.differing if best is not None else ():
            put(f"  differs: {clean(text, 400)}")
        if each.rewrite.reason:
            put(f"  not further: {each.rewrite.reason}")
    for item in kept:
        put(f"{clean(item.extern.name)} ({UUID(bytes=item.extern.uuid)}) is kept: {clean(item.reason, 400)}")
    if not replaced and program.module.format == 1:
        put(
            "nothing was replaced; the program is the same"
            if kept
            else "there is nothing to upgrade; the program is the same"
        )
    for note in notes:
        remark(f"note: {note}")


def _proof_text(proof: Proof | None) -> str:
    return "nothing proved: the examples of the older one are not at hand (--header)" if proof is None else str(proof)


def _replaced(args: Namespace, rewrites: Sequence[Rewrite], registry: Registry) -> list[Replaced]:
    """The rewritten imports with what is proved about them."""
    if not rewrites:
        return []
    from vcvm_core.plugin import prove_successor

    rows = [(registry.row(r.extern.uuid), registry.row(r.offer.uuid)) for r in rewrites]
    proofs = [None if old is None or new is None else prove_successor(old, new) for old, new in rows]
    ran: dict[bytes, Proof] = _run(args, rewrites, rows) if args.run else {}
    return [Replaced(r, proof, ran.get(r.extern.uuid)) for r, proof in zip(rewrites, proofs, strict=True)]


def _run(
    args: Namespace, rewrites: Sequence[Rewrite], rows: Sequence[tuple[Row | None, Row | None]]
) -> dict[bytes, Proof]:
    """What running the older examples on the successors' code shows; a pack that cannot be run says why."""
    from vcvm_core.plugin import Proof, replay_examples

    found: dict[bytes, Proof] = {}
    pairs: dict[str, list[tuple[Row, Row]]] = {}
    for rewrite, (old, new) in zip(rewrites, rows, strict=True):
        if old is not None and new is not None:
            pairs.setdefault(rewrite.offer.pack, []).append((old, new))
    for pack, of in pairs.items():
        try:
            found |= replay_examples(pack, of, args.timeout)
        except VcvmError as e:
            found |= {old.uuid: Proof(len(old.vectors), 0, (), False, e.diagnostics[0].message) for old, _ in of}
    return found


def _replaced_data(each: Replaced) -> dict[str, Any]:
    extern, offer = each.rewrite.extern, each.rewrite.offer
    return {
        "name": extern.name,
        "uuid": str(UUID(bytes=extern.uuid)),
        "successor": {
            "name": offer.name,
            "uuid": str(UUID(bytes=offer.uuid)),
            "pack": offer.pack,
            "version": offer.version,
            "relation": offer.relation,
            "effects": list(offer.effects),
        },
        "steps": [str(UUID(bytes=o.uuid)) for o in each.rewrite.steps],
        "not_further": each.rewrite.reason,
        "examples": _proof_data(each.proof),
        "run": _proof_data(each.ran),
    }


def _proof_data(proof: Proof | None) -> dict[str, Any] | None:
    if proof is None:
        return None
    counts = {"count": proof.examples, "proved": proof.proved, "differing": list(proof.differing)}
    return {**counts, "problem": proof.problem}


def _kept_data(kept: Kept) -> dict[str, Any]:
    return {"name": kept.extern.name, "uuid": str(UUID(bytes=kept.extern.uuid)), "reason": kept.reason}
