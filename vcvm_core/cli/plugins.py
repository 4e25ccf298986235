"""``vcvm plugins list``, ``show``, ``which`` and ``manifest``: what packs say of themselves; no pack is imported.

Take the registry of installed packs, or, for ``manifest``, what names one manifest; give tables, or the same as JSON. A
pack that cannot be used is shown like any other, with what is wrong, or who blocks it, and what helps.
"""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from vcvm_core.cli.show import diagnostics, document, say, table
from vcvm_core.cli.usage import host, nearest
from vcvm_core.errors import clean, error
from vcvm_core.plugin import Found, Manifest, Registry, Row, normalised

STANDARD_PACK: Final = "vcvm"
STYLES: Final = {"ok": "green", "live": "cyan", "refused": "red", "broken": "red", "blocked": "yellow"}


def plugins_list(args: Namespace) -> int:
    """``vcvm plugins list``: every pack, usable or not. Always 0: looking is no finding."""
    registry = host(args.no_pack)
    unusable = sum(not pack.usable for pack in registry.packs)
    shared = list(_shared(registry))
    if args.json:
        document(
            {"packs": [_pack_data(pack) for pack in registry.packs], "ambiguous": [_shared_data(*s) for s in shared]}
        )
        return 0
    if not registry.packs:
        say("no packs are installed, not even the standard one, which comes with vcvm: is vcvm itself installed?")
        return 0
    rows = [_list_row(pack) for pack in registry.packs]
    table(("PACK", "VERSION", "API", "INTRINSICS", "STATE", "WHERE"), rows, 4, STYLES)
    for uuid, names, packs in shared:
        say(
            f"ambiguous: {' and '.join(names)} ({uuid}) is claimed by {' and '.join(packs)}; programs get neither",
            "red",
        )
    usable = len(registry.packs) - unusable
    say(f"{usable} usable{f', {unusable} not: vcvm plugins doctor explains.' if unusable else ''}")
    return 0


def _list_row(pack: Found) -> tuple[str, ...]:
    count = "-" if pack.manifest is None else str(len(pack.manifest.intrinsics))
    where = _where(pack)
    if pack.problem is not None:
        where = f"{pack.problem.message}  [{pack.problem.code}]"
    elif pack.manifest is not None and pack.manifest.observer:
        where += ", observes"
    return (clean(pack.name), clean(pack.version) or "-", _api(pack), count, pack.state, where)


def _api(pack: Found) -> str:
    return "-" if pack.manifest is None else _api_range(pack.manifest)


def _api_range(manifest: Manifest) -> str:
    low, high = manifest.api
    return str(low) if low == high else f"{low}-{high}"


def _where(pack: Found) -> str:
    """Where a pack is, in a few words."""
    if pack.editable is not None:
        newer = ", source newer than manifest" if pack.state == "live" else ""
        return f"{clean(_at_home(pack.editable), 200)} (editable{newer})"
    if pack.name == STANDARD_PACK:
        return "(standard pack)"
    folder = os.path.dirname(pack.where) if pack.where.endswith(".dist-info") else pack.where
    name = os.path.basename(folder)
    return name if name in ("site-packages", "dist-packages") else clean(_at_home(folder), 200)


def _at_home(path: str) -> str:
    home = os.path.expanduser("~")
    return "~" + path[len(home) :] if home != os.sep and path.startswith(home + os.sep) else path


def _shared(registry: Registry) -> Iterator[tuple[str, list[str], list[str]]]:
    """UUIDs that several usable packs claim, with names and packs."""
    seen: set[bytes] = set()
    for row in (row for pack in registry.packs if pack.usable and pack.manifest for row in pack.manifest.intrinsics):
        offers = registry.offers(row.uuid)
        if len(offers) > 1 and row.uuid not in seen:
            seen.add(row.uuid)
            names = sorted({clean(offer.name) for offer in offers})
            yield str(UUID(bytes=row.uuid)), names, sorted(f"{offer.pack} {offer.version}" for offer in offers)


def _shared_data(uuid: str, names: list[str], packs: list[str]) -> dict[str, Any]:
    return {"uuid": uuid, "names": names, "packs": packs}


def _pack_data(pack: Found) -> dict[str, Any]:
    manifest = pack.manifest
    return {
        "pack": pack.name,
        "version": pack.version,
        "api": None if manifest is None else list(manifest.api),
        "intrinsics": None if manifest is None else len(manifest.intrinsics),
        "observer": None if manifest is None else manifest.observer,
        "state": pack.state,
        "usable": pack.usable,
        "where": pack.where,
        "editable": pack.editable,
        "problems": [d.to_data() for d in pack.problems],
    }


def plugins_show(args: Namespace) -> int:
    """``vcvm plugins show``: all that a pack's manifest says; 1 if the pack cannot be used, or is not there."""
    registry = host(args.no_pack)
    name = normalised(args.name)
    packs = [pack for pack in registry.packs if pack.name == name]
    if not packs:
        known = {pack.name for pack in registry.packs}
        cure = nearest(name, known) or f"vcvm plugins list shows what is installed; pip install {name} if it exists"
        raise error("no-such-pack", name=args.name, cure=cure)
    if args.json:
        document({"packs": [_full_data(pack) for pack in packs]})
    else:
        for i, pack in enumerate(packs):
            if i:
                say()
            _show(pack)
    return 0 if all(pack.usable for pack in packs) else 1


def _full_data(pack: Found) -> dict[str, Any]:
    data = _pack_data(pack)
    if pack.manifest is not None:
        data["packages"] = list(pack.manifest.packages)
        data["source_sha256"] = pack.manifest.source_sha256.hex()
        data["intrinsics"] = [_row_data(row) for row in pack.manifest.intrinsics]
    return data


def _row_data(row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "uuid": str(UUID(bytes=row.uuid)),
        "signature": str(row.signature),
        "doc": row.doc,
        "cost": row.cost,
        "size": row.size,
        "effects": list(row.effects),
        "deterministic": row.deterministic,
        "since": row.since,
        "deprecated": row.deprecated,
        "supersedes": None if row.supersedes is None else str(UUID(bytes=row.supersedes)),
        "relation": row.relation,
        "target": row.target,
        "vectors": len(row.vectors),
        "vectors_digest": row.vectors_digest.hex(),
    }


def _show(pack: Found) -> None:
    say(f"{clean(pack.name)} {clean(pack.version)}: {pack.state}", "bold")
    say(f"  where       {clean(pack.where, 200)}")
    if pack.editable is not None:
        newer = "; its source is newer than its manifest, and was read instead" if pack.state == "live" else ""
        say(f"  editable    {clean(pack.editable, 200)}{newer}")
    if pack.manifest is not None:
        _show_head(pack.manifest)
    if pack.problems:
        say()
        diagnostics(pack.problems)
    for row in _by_name(pack.manifest):
        say()
        _show_row(row)


def _show_head(manifest: Manifest) -> None:
    say(f"  pack API    {_api_range(manifest)}")
    say(f"  packages    {', '.join(manifest.packages)}")
    say(f"  source      sha256 {manifest.source_sha256.hex()}")
    say(f"  intrinsics  {len(manifest.intrinsics)}")
    if manifest.observer:
        say(f"  observes    when asked to: vcvm run FILE --observe {manifest.pack}")


def _by_name(manifest: Manifest | None) -> list[Row]:
    return sorted(manifest.intrinsics, key=lambda r: r.name) if manifest is not None else []


def _show_row(row: Row) -> None:
    say(f"{clean(row.name)}{clean(row.signature, 400)}", "bold")
    say(f"  {UUID(bytes=row.uuid)}")
    for line in row.doc.split("\n"):
        if line.strip():
            say(f"  {clean(line.strip(), 200)}")
    size = f"; result at most {clean(row.size, 200)}" if row.size is not None else ""
    say(f"  cost {clean(row.cost, 200)}{size}")
    effects = f"effects {', '.join(row.effects)}" if row.effects else "pure"
    determined = "" if row.deterministic else ", not deterministic"
    since = f"; since {clean(row.since)}" if row.since is not None else ""
    say(f"  {effects}{determined}; {len(row.vectors)} frozen example{'' if len(row.vectors) == 1 else 's'}{since}")
    if row.deprecated is not None:
        say(f"  deprecated: {clean(row.deprecated, 200)}", "yellow")
    if row.supersedes is not None:
        say(f"  supersedes {UUID(bytes=row.supersedes)} ({row.relation})")


def plugins_manifest(args: Namespace) -> int:
    """``vcvm plugins manifest``: what a manifest says, whatever it lies in. Raises VcvmError for what has none."""
    from vcvm_core.plugin import given_manifest

    form, live, manifest, examples = given_manifest(args.pack)
    if args.json:
        document(
            {
                "given": args.pack,
                "form": form,
                "live": live is not None,
                "manifest_schema": manifest.schema,
                "pack": manifest.pack,
                "version": manifest.version,
                "api": list(manifest.api),
                "packages": list(manifest.packages),
                "source_root": manifest.source_root,
                "source_sha256": manifest.source_sha256.hex(),
                "observer": manifest.observer,
                "libraries": [
                    {
                        "name": found.name,
                        "path": found.path,
                        "sha256": found.sha256.hex(),
                        "functions": [{"name": name, "signature": str(signature)} for name, signature in found.symbols],
                    }
                    for found in manifest.libraries
                ],
                "intrinsics": [_row_data(row) for row in manifest.intrinsics],
                "examples": [
                    {"uuid": str(UUID(bytes=uuid)), "call": made, "gives": gives}
                    for uuid, of in examples.items()
                    for made, gives in of
                ],
            }
        )
        return 0
    say(
        f"{clean(manifest.pack)} {clean(manifest.version)}: manifest of schema {manifest.schema} ({clean(form, 200)})",
        "bold",
    )
    _show_head(manifest)
    for row in _by_name(manifest):
        say()
        _show_row(row)
        for made, gives in examples[row.uuid]:
            say(f"    {made} gives {gives}")
    for found in manifest.libraries:
        say()
        say(f"library {clean(found.name)}", "bold")
        say(f"  {clean(found.path, 200)}, sha256 {found.sha256.hex()}")
        for name, signature in found.symbols:
            say(f"  {clean(name)}{clean(signature, 400)}")
    return 0


def plugins_which(args: Namespace) -> int:
    """``vcvm plugins which``: the packs, usable or not, that have an intrinsic; 1 if none has it."""
    registry = host(args.no_pack)
    found = [(pack, row) for pack, row in _rows(registry) if _is_meant(row, args.name)]
    if not found:
        known = {row.name for _, row in _rows(registry)}
        raise error("no-such-intrinsic", name=args.name, cure=_nothing_found(args.name, known))
    if args.json:
        rows = [
            {**_row_data(row), "pack": pack.name, "version": pack.version, "state": pack.state} for pack, row in found
        ]
        document({"found": rows})
        return 0
    cells = [
        (clean(row.name), *_of_pack(pack), str(UUID(bytes=row.uuid)), clean(row.signature, 200)) for pack, row in found
    ]
    table(("INTRINSIC", "PACK", "VERSION", "STATE", "UUID", "SIGNATURE"), cells, 3, STYLES)
    for uuid, _, packs in _shared(registry):
        if any(cell[4] == uuid for cell in cells):
            say(f"ambiguous: {' and '.join(packs)} claim {uuid}; programs get neither", "red")
    return 0


def _of_pack(pack: Found) -> tuple[str, str, str]:
    return clean(pack.name), clean(pack.version), pack.state


def _rows(registry: Registry) -> Iterator[tuple[Found, Row]]:
    for pack in registry.packs:
        if pack.manifest is not None:
            yield from ((pack, row) for row in pack.manifest.intrinsics)


def _uuid(text: str) -> bytes | None:
    try:
        return UUID(text).bytes
    except ValueError:
        return None


def _is_meant(row: Row, text: str) -> bool:
    package = row.target.partition(":")[0].partition(".")[0]
    return text in (row.name, f"{package}.{row.name}") or _uuid(text) == row.uuid


def _nothing_found(text: str, known: set[str]) -> str:
    if _uuid(text) is not None:
        return "vcvm inspect PROGRAM names the pack that a program was compiled against"
    return nearest(text.rpartition(".")[2], known) or "vcvm plugins show NAME lists what a pack provides"
