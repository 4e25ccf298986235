"""The lock: the packs that programs may run with, down to the last byte of their code, and the programs themselves.

Takes what is installed; gives `PackLock`, and the file that it is written as: JSON, sorted, for people to read and compare.

    {"magic": "vcvm-lock", "schema": 1,
     "packs":    [{"pack": name, "version": text, "manifest": sha256, "code": sha256} ...],
     "programs": [{"file": name, "sha256": of its compiled form, "packs": [name ...]} ...]}

`manifest` is the digest of the manifest's bytes, `code` that of `code.code_of`. Holds what is installed against a lock
before anything is imported, and says everything that differs at once; what a lock does not name cannot be used under it. A
lock without programs holds for any. Refuses files of more than `BYTES`, and what has another form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from vcvm_core.errors import Diagnostic, PackError, Place, VcvmError, refusal
from vcvm_core.limits import Limits
from vcvm_core.plugin import names
from vcvm_core.plugin.code import code_of, fresh_imports
from vcvm_core.plugin.discovery import Found
from vcvm_core.plugin.manifest import Findings, Manifest, encode_manifest
from vcvm_core.plugin.packing import read_bounded

MAGIC: Final = "vcvm-lock"
SCHEMA: Final = 1
BYTES: Final = 4 << 20
"""The largest file of a lock."""

REPORTED: Final = 100
SHOWN: Final = 3
"""How many programs, and how many files, one sentence names."""

SHORT: Final = 16
"""How many digits of a digest are shown."""

_FIELDS: Final[dict[str, tuple[type, ...]]] = {"magic": (str,), "schema": (int,), "packs": (list,), "programs": (list,)}
_PACK_FIELDS: Final[dict[str, tuple[type, ...]]] = dict.fromkeys(("pack", "version", "manifest", "code"), (str,))
_PROGRAM_FIELDS: Final[dict[str, tuple[type, ...]]] = {"file": (str,), "sha256": (str,), "packs": (list,)}
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class LockedPack(NamedTuple):
    """One pack, exactly. manifest, code: SHA-256 in hexadecimal."""

    pack: str
    version: str
    manifest: str
    code: str


class LockedProgram(NamedTuple):
    """One program, exactly. file: its name. sha256: of its compiled form. packs: the names of those that it uses."""

    file: str
    sha256: str
    packs: tuple[str, ...]


@dataclass(frozen=True)
class PackLock:
    """What may run. packs: sorted by name. programs: sorted by name and digest; none means any. source: the lock's file."""

    packs: tuple[LockedPack, ...]
    programs: tuple[LockedProgram, ...] = ()
    source: str = ""

    def differences(
        self, packs: Iterable[Found] = (), programs: Iterable[tuple[str, bytes]] = ()
    ) -> tuple[Diagnostic, ...]:
        """Everything about installed packs and programs that is not as locked; empty if nothing is. Imports nothing.

        packs: all that are installed. programs: names and compiled forms.
        """
        here: dict[str, list[Found]] = {}
        for pack in packs:
            here.setdefault(pack.name, []).append(pack)
        found = [d for locked in self.packs for d in _pack_differences(locked, here.get(locked.pack, ()))]
        return (*found, *self.program_differences(programs))

    def program_differences(self, programs: Iterable[tuple[str, bytes]]) -> tuple[Diagnostic, ...]:
        """What about programs is not as locked. programs: names and compiled forms."""
        return tuple(d for name, data in programs for d in self._program_differences(name, data))

    def _program_differences(self, name: str, data: bytes) -> Iterator[Diagnostic]:
        from hashlib import sha256

        digest = sha256(data).hexdigest()
        if not self.programs or any(p.sha256 == digest for p in self.programs):
            return
        known = [p for p in self.programs if p.file == name] or self.programs
        more = " or others" if len(known) > SHOWN else ""
        expected = " or ".join(f"{p.file} {p.sha256[:SHORT]}" for p in known[:SHOWN]) + more
        facts = {"program": name or "the program", "expected": expected, "found": digest[:SHORT]}
        yield Diagnostic("lock-other-program", Place(file=name or None), facts)

    def held(self, packs: Sequence[Found]) -> tuple[Found, ...]:
        """The installed packs, those blocked that are not locked. Raises PackError with everything that differs."""
        problems = self.differences(packs)
        if problems:
            raise PackError(*problems)
        locked = {p.pack for p in self.packs}
        return tuple(p if p.name in locked else p.turned("blocked", self._not_locked(p)) for p in packs)

    def _not_locked(self, pack: Found) -> Diagnostic:
        facts = {"pack": pack.name, "version": pack.version, "lock": self.source or "the lock"}
        return Diagnostic("pack-not-locked", Place(file=pack.where), facts)

    def admit(self, name: str, data: bytes) -> None:
        """Raises PackError (lock-other-program) if this program is not one of the locked ones, if there are any."""
        problems = self.program_differences([(name, data)])
        if problems:
            raise refusal(problems)

    @contextmanager
    def guarded(self, pack: Found) -> Iterator[None]:
        """While a pack is imported: its code is looked at once more, and no cache is taken for it. Raises PackError."""
        problems = [d for locked in self.packs if locked.pack == pack.name for d in _pack_differences(locked, [pack])]
        if problems:
            raise PackError(*problems)
        with fresh_imports():
            yield


def _pack_differences(locked: LockedPack, here: Sequence[Found]) -> Iterator[Diagnostic]:
    facts: dict[str, Any] = {"pack": locked.pack, "version": locked.version}
    if not here:
        yield Diagnostic("lock-missing-pack", facts=facts)
        return
    pack = here[0]
    place = Place(file=pack.where)
    manifest = pack.manifest
    if pack.version != locked.version:
        yield Diagnostic("lock-other-version", place, {**facts, "expected": locked.version, "found": pack.version})
        return
    if not pack.usable or manifest is None:
        yield from pack.problems
        return
    digest = _manifest_digest(manifest)
    if digest != locked.manifest:
        short = {"expected": locked.manifest[:SHORT], "found": digest[:SHORT]}
        yield Diagnostic("lock-other-manifest", place, {**facts, **short})
    try:
        code = code_of(pack, manifest)
    except VcvmError as e:
        yield from e.diagnostics
        return
    if code.sha256 != locked.code:
        changed = f"; not as it was installed: {', '.join(code.changed[:SHOWN])}" if code.changed else ""
        short = {"expected": locked.code[:SHORT], "found": code.sha256[:SHORT]}
        yield Diagnostic("hash-mismatch", place, {**facts, **short, "changed": changed})


def _manifest_digest(manifest: Manifest) -> str:
    from hashlib import sha256

    return sha256(encode_manifest(manifest)).hexdigest()


def freeze_packs(packs: Iterable[Found], programs: Iterable[LockedProgram] = ()) -> PackLock:
    """The lock of these packs and programs. Raises PackError for packs that cannot be used, that cannot be locked, or whose
    files are not those that were installed (unlockable-pack)."""
    locked = []
    problems: list[Diagnostic] = []
    for pack in packs:
        manifest = pack.manifest
        if not pack.usable or manifest is None:
            problems += pack.problems
            continue
        try:
            code = code_of(pack, manifest)
        except VcvmError as e:
            problems += e.diagnostics
            continue
        if code.changed:
            reason = f"not the file that was installed: {', '.join(code.changed[:SHOWN])}"
            facts = {"pack": pack.name, "version": pack.version, "reason": reason}
            problems.append(Diagnostic("unlockable-pack", Place(file=pack.where), facts))
        locked.append(LockedPack(pack.name, pack.version, _manifest_digest(manifest), code.sha256))
    if problems:
        raise refusal(problems)
    return PackLock(tuple(sorted(locked)), tuple(sorted(set(programs))))


def lock_to_data(lock: PackLock) -> dict[str, Any]:
    """The lock as plain data."""
    programs = [{"file": p.file, "packs": list(p.packs), "sha256": p.sha256} for p in lock.programs]
    return {"magic": MAGIC, "schema": SCHEMA, "packs": [p._asdict() for p in lock.packs], "programs": programs}


def encode_lock(lock: PackLock) -> bytes:
    """The lock as text, the same for equal locks."""
    import json

    return (json.dumps(lock_to_data(lock), indent=2, sort_keys=True, ensure_ascii=True) + "\n").encode("ascii")


def read_lock(path: str) -> PackLock:
    """The lock in a file. Raises FileError (bad-lock)."""
    try:
        data = read_bounded(path, Limits.default.with_(manifest_bytes=BYTES))
    except VcvmError as e:
        raise _bad(path, [e.diagnostics[0].message.replace("the manifest", "it")]) from e
    return decode_lock(data, path)


def decode_lock(data: bytes, source: str = "") -> PackLock:
    """The lock that `data` spells; source: its file. Raises FileError (bad-lock) with everything that is wrong."""
    import json

    if len(data) > BYTES:
        raise _bad(source, [f"it has more than {BYTES} bytes"])
    try:
        plain = json.loads(data.decode("utf-8"), object_pairs_hook=_map, parse_constant=_constant)
    except (ValueError, RecursionError) as e:
        raise _bad(source, [f"it is not JSON: {e}"]) from e
    if type(plain) is not dict or plain.get("magic") != MAGIC:
        raise _bad(source, [f"it is no object with the magic {MAGIC}"])
    if type(plain.get("schema")) is int and plain["schema"] != SCHEMA:
        raise _bad(source, [f"it has schema {plain['schema']}; this vcvm reads schema {SCHEMA}"])
    found = Findings()
    fields = found.fields(plain, _FIELDS, "the lock")
    packs = [_pack(item, f"packs[{i}]", found) for i, item in enumerate(fields.get("packs", ()))]
    programs = [_program(item, f"programs[{i}]", found) for i, item in enumerate(fields.get("programs", ()))]
    known = [p.pack for p in packs if p is not None]
    if known != sorted(set(known)):
        found.add("manifest-shape", where="packs", expected="sorted by pack, each once", found="another order")
    listed = [p for p in programs if p is not None]
    if listed != sorted(set(listed)):
        found.add("manifest-shape", where="programs", expected="sorted, each once", found="another order")
    for program in listed:
        for name in sorted(set(program.packs) - set(known)):
            found.add("manifest-bad-name", where="programs", name=name, reason="no such pack is locked")
    if found.problems:
        raise _bad(source, [d.message for d in found.problems[:REPORTED]])
    return PackLock(tuple(p for p in packs if p is not None), tuple(listed), source)


def _bad(source: str, reasons: Iterable[str]) -> VcvmError:
    return refusal(Diagnostic("bad-lock", Place(file=source or None), {"reason": reason}) for reason in reasons)


def _map(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return made


def _constant(text: str) -> None:
    raise ValueError(f"{text} is no number")


def _digests(fields: dict[str, Any], keys: Iterable[str], found: Findings) -> None:
    for key in keys:
        if not _DIGEST.fullmatch(fields.get(key, "0" * 64)):
            found.add("manifest-shape", where=found.path(key), expected="64 hexadecimal digits", found=fields[key])


def _pack(data: Any, where: str, found: Findings) -> LockedPack | None:
    if type(data) is not dict:
        found.shape(where, "an object", data)
        return None
    before = len(found.problems)
    fields = found.fields(data, _PACK_FIELDS, where)
    found.name("pack", fields.get("pack"), names.bad_pack)
    found.name("version", fields.get("version"), names.bad_version)
    _digests(fields, ("manifest", "code"), found)
    return LockedPack(**fields) if len(found.problems) == before else None


def _program(data: Any, where: str, found: Findings) -> LockedProgram | None:
    if type(data) is not dict:
        found.shape(where, "an object", data)
        return None
    before = len(found.problems)
    fields = found.fields(data, _PROGRAM_FIELDS, where)
    _digests(fields, ("sha256",), found)
    packs = found.words("packs", fields, names.bad_pack)
    return LockedProgram(fields["file"], fields["sha256"], packs) if len(found.problems) == before else None
