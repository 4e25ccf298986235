"""What changed between two releases of a pack, each change by a named rule: breaking, a notice, or fine.

Takes two manifests; gives findings of the table `rules.CHANGES`. Intrinsics are compared by UUID, whatever pack they are
in. A cost or a size is compared by evaluating it: on the arguments of the examples of both sides, and on arguments of each
of `SIZES`; it was raised if it is larger anywhere. Examples are compared by their bytes, so that 1, 1.0 and true differ.

Refuses nothing: two manifests that have no UUID in common were changed in every respect.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from vcvm_core.plugin.checking.exact import call, outcome
from vcvm_core.plugin.checking.rules import Finding, GateReport
from vcvm_core.plugin.checking.subject import opened, sound
from vcvm_core.plugin.libraries import LibraryRow
from vcvm_core.plugin.manifest import Manifest, Row
from vcvm_core.plugin.names import uuid_text
from vcvm_core.plugin.packing import packed
from vcvm_core.plugin.vectors import Vector, vector_to_data
from vcvm_core.values import Formula, Type

SIZES: Final = (0, 1, 10, 1_000, 1_000_000)
"""How long and how large the arguments are on which costs and sizes are compared, besides those of the examples."""


SIGNS: Final = 3
"""How many changed symbols of a library one line names."""


def diff_packs(old: str, new: str) -> GateReport:
    """The report on two releases, each a wheel, a folder, a manifest or an installed name. Raises VcvmError."""
    with opened(old) as before, opened(new) as after:
        report = GateReport((before.to_data(), after.to_data()))
        report.add(changes(sound(before), sound(after)))
        report.counts["intrinsics compared"] = len(
            {row.uuid for row in sound(before).intrinsics} & {row.uuid for row in sound(after).intrinsics}
        )
        return report.settle()


def changes(old: Manifest, new: Manifest) -> Iterator[Finding]:
    """Every change between two manifests."""
    if old.pack != new.pack:
        yield Finding("pack-renamed", {"old": old.pack, "new": new.pack})
    yield from _api(old, new)
    yield from _libraries(old, new)
    if old.observer != new.observer:
        yield Finding("observer-removed" if old.observer else "observer-added", {})
    before = {row.uuid: row for row in old.intrinsics}
    after = {row.uuid: row for row in new.intrinsics}
    for uuid, row in before.items():
        if uuid in after:
            yield from _row(row, after[uuid])
        else:
            said = "" if row.deprecated is None else " (it was deprecated)"
            yield _finding("uuid-removed", row, uuid=uuid_text(uuid), after=said)
    names = {row.name: row for row in old.intrinsics}
    for uuid, row in after.items():
        if uuid not in before:
            yield _finding("intrinsic-added", row)
        other = names.get(row.name)
        if other is not None and other.uuid != uuid:
            yield _finding("name-reused", row, reused=row.name, uuid=uuid_text(other.uuid))


def _libraries(old: Manifest, new: Manifest) -> Iterator[Finding]:
    """The changes of the libraries that a pack carries: a program is linked to one content."""
    before, after = ({row.name: row for row in manifest.libraries} for manifest in (old, new))
    for name, row in before.items():
        found = after.get(name)
        if found is None:
            yield Finding("library-removed", {"library": name})
            continue
        if found.sha256 != row.sha256:
            yield Finding("library-changed", {"library": name, "detail": _symbols(row, found)})
        if found.path != row.path:
            yield Finding("library-moved", {"library": name, "new": found.path, "old": row.path})
    for name in after.keys() - before.keys():
        yield Finding("library-added", {"library": name})


def _symbols(old: LibraryRow, new: LibraryRow) -> str:
    """How the symbols of a library differ, in a few words; empty if they do not."""
    before, after = dict(old.symbols), dict(new.symbols)
    said = [f"no {name}" for name in before if name not in after]
    said += [f"another {name}" for name, s in before.items() if name in after and after[name].shape != s.shape]
    said += [f"a new {name}" for name in after if name not in before]
    return f" ({', '.join(said[:SIGNS])}{', ...' if len(said) > SIGNS else ''})" if said else ""


def _finding(rule: str, row: Row, /, **facts: Any) -> Finding:
    return Finding(rule, facts, str(UUID(bytes=row.uuid)), row.name)


def _api(old: Manifest, new: Manifest) -> Iterator[Finding]:
    facts = {"old": _range(old.api), "new": _range(new.api)}
    if new.api[0] > old.api[0] or new.api[1] < old.api[1]:
        yield Finding("api-narrowed", facts)
    if new.api[0] < old.api[0] or new.api[1] > old.api[1]:
        yield Finding("api-widened", facts)


def _range(api: tuple[int, int]) -> str:
    return str(api[0]) if api[0] == api[1] else f"{api[0]} to {api[1]}"


def _row(old: Row, new: Row) -> Iterator[Finding]:
    """The changes of one intrinsic."""
    same_shape = old.signature.shape == new.signature.shape
    if not same_shape:
        difference = old.signature.difference(new.signature) or f"{new.signature.shape}, it was {old.signature.shape}"
        yield _finding("signature-changed", new, difference=difference)
    else:
        for a, b in zip(old.signature.params, new.signature.params, strict=True):
            if a.name != b.name:
                yield _finding("parameter-renamed", new, old=a.name, new=b.name)
        yield from _formulas(old, new)
    yield from _vectors(old, new)
    for effect in sorted(set(new.effects) - set(old.effects)):
        yield _finding("effect-added", new, effect=effect)
    for effect in sorted(set(old.effects) - set(new.effects)):
        yield _finding("effect-removed", new, effect=effect)
    if old.deterministic != new.deterministic:
        yield _finding("determinism-lost" if old.deterministic else "determinism-gained", new)
    yield from _words(old, new)


def _words(old: Row, new: Row) -> Iterator[Finding]:
    """What people read: names, places, documentation, succession."""
    if old.name != new.name:
        yield _finding("name-changed", new, old=old.name, new=new.name)
    if old.target != new.target:
        yield _finding("target-moved", new, old=old.target, new=new.target)
    if new.deprecated is not None and old.deprecated is None:
        yield _finding("deprecated", new, reason=new.deprecated)
    if old.deprecated is not None and new.deprecated is None:
        yield _finding("undeprecated", new)
    reworded = old.deprecated != new.deprecated and None not in (old.deprecated, new.deprecated)
    if old.doc != new.doc or old.since != new.since or reworded:
        yield _finding("documentation-changed", new)
    if (old.supersedes, old.relation) != (new.supersedes, new.relation):
        if old.supersedes is None and new.supersedes is not None:
            yield _finding("supersedes-added", new, uuid=uuid_text(new.supersedes), relation=new.relation)
        else:
            yield _finding("relation-changed", new, old=_succession(old), new=_succession(new))


def _succession(row: Row) -> str:
    return (
        "no successor" if row.supersedes is None else f"the successor of {uuid_text(row.supersedes)} ({row.relation})"
    )


def _vectors(old: Row, new: Row) -> Iterator[Finding]:
    """What became of the old examples: the new ones extend their chain, or something is wrong."""
    before = [packed(vector_to_data(v)) for v in old.vectors]
    after = [packed(vector_to_data(v)) for v in new.vectors]
    added = len(set(after) - set(before))
    if after[: len(before)] != before:
        given = {_arguments(v): v for v in new.vectors}
        kept = True
        for vector, data in zip(old.vectors, before, strict=True):
            if data in after:
                continue
            kept = False
            other = given.get(_arguments(vector))
            facts = {"call": call(new.name, vector.args), "expected": _outcome(vector)}
            if other is None:
                yield _finding("vector-removed", new, **facts)
            else:
                added -= 1
                yield _finding("vector-changed", new, **facts, found=_outcome(other))
        if kept:
            yield _finding("vector-moved", new)
    if added > 0:
        yield _finding("vector-added", new, count=added)


def _arguments(vector: Vector) -> bytes:
    return packed({"args": vector_to_data(vector)["args"]})


def _outcome(vector: Vector) -> str:
    return outcome(vector.result, vector.raises, vector.message)


def _formulas(old: Row, new: Row) -> Iterator[Finding]:
    """Costs and sizes, of two rows with the same types."""
    yield from _compared("cost", old, new, old.cost_formula(), new.cost_formula())
    a, b = old.size_formula(), new.size_formula()
    if a is not None and b is not None:
        yield from _compared("size", old, new, a, b)
    elif (a is None) != (b is None):
        # Only an intrinsic whose results are all small has no size, and may declare one all the same.
        yield _finding(
            "size-raised" if a is None else "size-lowered", new, old=old.size or "none", new=new.size or "none"
        )


def _compared(what: str, old: Row, new: Row, a: Formula, b: Formula) -> Iterator[Finding]:
    if a.text == b.text and a.params == b.params:
        return
    facts = {"old": a.text, "new": b.text}
    lower = False
    for args in arguments(old, new):
        before, after = a(*args), b(*args)
        if after > before:
            where = call(new.name, args)
            yield _finding(f"{what}-raised", new, **facts, where=where, found=after, expected=before)
            return
        lower = lower or after < before
    if lower:
        yield _finding(f"{what}-lowered", new, **facts)
    elif ast.dump(a.tree()[0]) != ast.dump(b.tree()[0]):
        # Not where a parameter was renamed, or a blank put in.
        yield _finding(f"{what}-rewritten", new, **facts)


def arguments(old: Row, new: Row) -> Iterator[Sequence[Any]]:
    """The arguments on which formulas of two rows with the same types are compared."""
    for vector in (*old.vectors, *new.vectors):
        yield vector.args
    types = new.signature.types
    for size in SIZES:
        yield [sized(t, size) for t in types]
        yield [sized(t, -size) for t in types]
        for i in range(len(types)):
            # One of them large, all others empty: a product of two lengths hides nothing.
            yield [sized(t, size if i == j else 0) for j, t in enumerate(types)]
            yield [sized(t, 1 if i == j else size) for j, t in enumerate(types)]


@lru_cache(64)
def sized(t: Type, size: int) -> Any:
    """A value of this type for formulas, which see lengths and ints only. It is shared, and must not be changed."""
    if t.kind == "option":
        return sized(t.of, size)
    if t.kind == "int":
        return size
    size = abs(size)
    if t.kind in ("string", "any", "var"):
        return "a" * size
    if t.kind == "bytes":
        return bytes(size)
    if t.kind == "list":
        return [sized(t.of, min(size, 1))] * size
    if t.kind in ("map", "record"):
        return dict.fromkeys(range(size))
    return None
