"""What is wrong with the installed packs, nothing imported.

Takes the registry, with what is blocked in it, the settings, and the folders that were searched; gives symptoms: what
discovery has against each pack, what packs have against each other, and what is left of installations. Every distribution
in the folders is looked at, as one that lost its manifest is none of the registry's packs. Refuses nothing, and reads no
file that is larger than a bound: a file that cannot be read is a symptom, or tells nothing.
"""

from __future__ import annotations

import csv
import hashlib
import os
import sys
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Sequence
from typing import Final

from vcvm_core.errors import VcvmError
from vcvm_core.limits import Limits
from vcvm_core.listed import listed
from vcvm_core.plugin import names
from vcvm_core.plugin.building import GROUP
from vcvm_core.plugin.checking.source import _close
from vcvm_core.plugin.checking.subject import _entries
from vcvm_core.plugin.discovery import PLACES, SUFFIX, Found, _name_and_version
from vcvm_core.plugin.doctor.symptoms import Checkup, Symptom
from vcvm_core.plugin.manifest import Manifest
from vcvm_core.plugin.packing import read_bounded
from vcvm_core.plugin.registry import STANDARD, Registry
from vcvm_core.plugin.settings import Settings

RECORD_BYTES: Final = 8 << 20
"""The largest RECORD that is read."""

NAMED: Final = 3
"""How many others a notice about names names."""

ALIKE: Final = str.maketrans("01l3568" + "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456", "oiiesbb" + "aeopcyxi")
"""What is read as another character: digits, l, and the Cyrillic letters that look Latin."""

HASHES: Final = ("sha256", "sha384", "sha512")


def examine_packs(registry: Registry, settings: Settings, paths: str | Sequence[str] | None = None) -> Checkup:
    """The symptoms of all that can be seen without importing. paths: the folders of the registry, `sys.path` if None."""
    packs = registry.packs
    checkup = Checkup(len(packs))
    for pack in packs:
        checkup.add(_one(pack))
    checkup.add(_several(packs))
    checkup.add(_names(packs))
    checkup.add(_folders(sys.path if paths is None else listed(paths, "paths")))
    checkup.add(_settings(settings, packs))
    return checkup.settle()


def _symptom(rule: str, pack: Found, /, **facts: object) -> Symptom:
    return Symptom(rule, pack.name, pack.version, facts, pack.where)


def _one(pack: Found) -> Iterator[Symptom]:
    """One pack by itself."""
    info = os.path.basename(pack.where)
    if info.startswith("~"):
        yield _symptom("interrupted-uninstall", pack, folder=info)
        return
    for problem in pack.problems:
        yield Symptom(problem.kind, pack.name, pack.version, {}, problem.place.file or pack.where, problem)
    if pack.state == "live":
        yield _symptom("stale", pack, project=pack.editable)
    if not pack.where.endswith(SUFFIX):
        return
    if not os.path.exists(os.path.join(pack.where, "METADATA")):
        yield _symptom("metadata-missing", pack)
    rows, unread = _recorded(pack.where)
    if unread:
        yield _symptom("record-unread", pack, reason=unread)
    yield from _hash(pack, rows)
    manifest = pack.manifest
    if manifest is None:
        yield from _files(pack, rows)
        return
    home = os.path.dirname(pack.where)
    if pack.editable is not None:
        home = os.path.normpath(os.path.join(pack.editable, manifest.source_root))
    lost = [package for package in manifest.packages if not _is_there(home, package)]
    if lost:
        yield _symptom("modules-missing", pack, packages=" and ".join(lost), home=home, where=pack.where)
        return
    yield from _files(pack, rows)
    yield from _entry_points(pack, manifest, home)


def _recorded(where: str) -> tuple[dict[str, str], str]:
    """The files that RECORD lists, and the hash of each; and why it is not read, which leaves everything in it unexamined.

    All of it is read, or nothing: what a part of it says is no answer for the rest.
    """
    path = os.path.join(where, "RECORD")
    if not os.path.lexists(path):
        return {}, ""  # installers of systems leave it out
    if os.path.isfile(path) and os.path.getsize(path) > RECORD_BYTES:
        return {}, f"it has more than {RECORD_BYTES:,} bytes"
    try:
        text = read_bounded(path, Limits.default.with_(manifest_bytes=RECORD_BYTES)).decode("utf-8")
        return {row[0]: row[1] for row in csv.reader(text.splitlines()) if len(row) == 3}, ""
    except VcvmError as e:
        return {}, str(e.facts.get("reason", e))
    except (ValueError, csv.Error) as e:
        return {}, str(e)


def _hash(pack: Found, rows: dict[str, str]) -> Iterator[Symptom]:
    """The manifest, held against its hash in RECORD."""
    info = os.path.basename(pack.where)
    for place in PLACES:
        path = os.path.join(pack.where, place)
        if not os.path.lexists(path):
            continue
        algorithm, _, expected = rows.get(f"{info}/{place}", "").partition("=")
        if algorithm in HASHES and expected:
            try:
                digest = hashlib.new(algorithm, read_bounded(path)).digest()
            except VcvmError:
                return
            found = urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
            if found != expected.rstrip("="):
                yield Symptom(
                    "hash-mismatch", pack.name, pack.version, {"expected": expected[:16], "found": found[:16]}, path
                )
        return


def _is_there(home: str, module: str) -> bool:
    """Whether a folder has a module, of source or compiled, or a package."""
    folder, _, last = os.path.join(home, *module.split(".")).rpartition(os.sep)
    if os.path.exists(os.path.join(folder, f"{last}.py")) or os.path.isdir(os.path.join(folder, last)):
        return True
    try:
        return any(e.startswith(f"{last}.") and e.endswith((".so", ".pyd", ".pyc")) for e in os.listdir(folder))
    except OSError:
        return False


def _files(pack: Found, rows: dict[str, str]) -> Iterator[Symptom]:
    """Files that RECORD lists and that are gone. Scripts, which lie elsewhere, and what Python caches are left out."""
    folder = os.path.dirname(pack.where)
    own = [row for row in rows if not (row.startswith(("/", "..")) or "\0" in row or row.endswith(".pyc"))]
    lost = [row for row in own if not os.path.lexists(os.path.join(folder, *row.split("/")))]
    if lost:
        yield _symptom("files-missing", pack, count=len(lost), total=len(own), first=lost[0])


def _entry_points(pack: Found, manifest: Manifest, home: str) -> Iterator[Symptom]:
    """Entry points whose modules are not there, as far as names tell."""
    try:
        entries = _entries(pack.where)
    except VcvmError as e:
        yield _symptom("entry-point", pack, value="in entry_points.txt", reason=e.facts.get("reason", e))
        return
    if not entries:
        yield _symptom("entry-point", pack, value=f"in the group {GROUP}", reason="there is none")
    for name, value in entries:
        value = value.strip()
        reason = names.bad_module(value)
        if not reason and value.partition(".")[0] not in manifest.packages:
            reason = f"its manifest describes {', '.join(manifest.packages)} only"
        if not reason and not _is_there(home, value):
            reason = f"there is no module {value}"
        if reason:
            yield _symptom("entry-point", pack, value=f"{name} = {value}", reason=reason)


def _several(packs: Sequence[Found]) -> Iterator[Symptom]:
    """UUIDs that usable packs share. Of packs with one name, discovery has said enough."""
    usable = [pack for pack in packs if pack.usable and pack.manifest is not None]
    owners: dict[bytes, list[int]] = {}
    for i, pack in enumerate(usable):
        for row in pack.manifest.intrinsics if pack.manifest else ():
            owners.setdefault(row.uuid, []).append(i)
    shared: dict[tuple[int, ...], list[bytes]] = {}
    for uuid, claimants in owners.items():
        if len(claimants) > 1:
            shared.setdefault(tuple(claimants), []).append(uuid)
    for of, uuids in shared.items():
        group = [usable[i] for i in of]
        manifests = [pack.manifest for pack in group if pack.manifest is not None]
        source = len({m.source_sha256 for m in manifests}) == 1
        count = len(uuids)
        many = "" if count == 1 else f" and {count - 1} more"
        if source or all(len(m.intrinsics) == count for m in manifests):
            what = "the same source" if source else f"the same {count} UUID{'' if count == 1 else 's'}"
            for pack in group[1:]:
                yield _symptom("re-released", pack, other=group[0].name, what=f"{what}; programs get neither")
        else:
            text = " and ".join(f"{pack.name} {pack.version}" for pack in group)
            name = next(row.name for row in manifests[0].intrinsics if row.uuid == uuids[0])
            what = f"{names.uuid_text(uuids[0])} ({name}){many}"
            yield _symptom("uuid-claimed-twice", group[0], packs=text, what=what)


def skeleton(name: str) -> str:
    """A name as it is read in passing: names with one skeleton are easily confused."""
    plain = name.lower().translate(ALIKE).replace("rn", "m").replace("vv", "w")
    return plain.replace("-", "")


def confusable(a: str, b: str) -> bool:
    """Whether one name is easily taken for another: one edit, or two neighbours exchanged, or the same skeleton."""
    if a == b or min(len(a), len(b)) < 3:
        return False
    if _close(a, b) or skeleton(a) == skeleton(b):
        return True
    if len(a) != len(b):
        return False
    at = [i for i in range(len(a)) if a[i] != b[i]]
    return len(at) == 2 and at[1] == at[0] + 1 and a[at[0]] == b[at[1]] and a[at[1]] == b[at[0]]


def _names(packs: Sequence[Found]) -> Iterator[Symptom]:
    """Names that are easily confused. Of a pair the one that is named is not the standard pack's."""
    unique = {pack.name: pack for pack in packs if not pack.name.startswith("~")}
    close: dict[str, list[str]] = {}
    ordered = sorted(unique, key=lambda name: (name != STANDARD, name))
    for i, a in enumerate(ordered):
        for b in ordered[i + 1 :]:
            if abs(len(a) - len(b)) <= NAMED and confusable(a, b):
                close.setdefault(b, []).append(a)
    for name, others in close.items():
        more = f" and {len(others) - NAMED} more" if len(others) > NAMED else ""
        yield _symptom("near-name", unique[name], others=", ".join(others[:NAMED]) + more)


def _folders(paths: Sequence[str]) -> Iterator[Symptom]:
    """What is no pack any more, or not yet one, in the folders where packs are."""
    seen: set[str] = set()
    for path in paths:
        folder = os.path.realpath(path)
        if folder in seen:
            continue
        seen.add(folder)
        try:
            entries = sorted(e.name for e in os.scandir(folder) if e.name.endswith(SUFFIX))
        except OSError:
            continue
        for entry in entries:
            yield from _remains(os.path.join(os.path.abspath(path), entry), entry)


def _remains(where: str, entry: str) -> Iterator[Symptom]:
    """One .dist-info folder without a manifest."""
    try:
        content = os.listdir(where)
    except OSError:
        return
    if any(os.path.lexists(os.path.join(where, place)) for place in PLACES):
        return
    name, version = _name_and_version(entry)
    if not content:
        yield Symptom("empty-metadata", name, version, {"folder": entry}, where)
    elif "entry_points.txt" in content:
        try:
            ours = bool(_entries(where))
        except VcvmError:
            # It may be anybody's: only what says that it is a pack is our business.
            return
        if ours and entry.startswith("~"):
            yield Symptom("interrupted-uninstall", name, version, {"folder": entry}, where)
        elif ours:
            yield Symptom("no-manifest", name, version, {}, where)


def _settings(settings: Settings, packs: Sequence[Found]) -> Iterator[Symptom]:
    """Blocked packs that are not installed."""
    from difflib import get_close_matches

    known = sorted({pack.name for pack in packs})
    for name, by in settings.blocked.items():
        if name not in known:
            close = get_close_matches(name, known, 1)
            hint = f"; did you mean {close[0]}?" if close else ""
            yield Symptom("blocks-nothing", name, "", {"by": by, "hint": hint})
