"""The code of an installed pack as one digest: what importing it would run, whatever its RECORD says.

Takes a `Found`; gives the SHA-256 of its files, by name and content, and the names of those that are not as its RECORD has
them. Looked at are all files below the manifest's packages, the files that RECORD lists beside the metadata (other
packages, .pth files), and entry_points.txt; of an editable installation what lies below the packages in the project. Left
out are Python's caches in __pycache__, which `fresh_imports` keeps from being read, and what lies outside of the folder.

Refuses folders that are links, what is no regular file, and packs of more than `FILES` files or `BYTES` bytes.
"""

from __future__ import annotations

import csv
import io
import os
import sys
import threading
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from vcvm_core.errors import FileError, Place, VcvmError, error
from vcvm_core.files import open_file
from vcvm_core.limits import Limits
from vcvm_core.plugin.discovery import SUFFIX, Found
from vcvm_core.plugin.manifest import Manifest
from vcvm_core.plugin.packing import read_bounded
from vcvm_core.plugin.wheels import bad_path

FILES: Final = 20_000
BYTES: Final = 256 << 20
RECORD_BYTES: Final = 8 << 20
CACHES: Final = "__pycache__"
ENTRIES: Final = "entry_points.txt"
_CHUNK: Final = 1 << 20
GONE: Final = "-"


class Code(NamedTuple):
    """The digest of a pack's code, in hexadecimal, and the files that are not as they were installed."""

    sha256: str
    changed: tuple[str, ...]


def code_of(found: Found, manifest: Manifest) -> Code:
    """The code of a pack. Raises PackError (unlockable-pack)."""
    from hashlib import sha256

    changed: tuple[str, ...] = ()
    try:
        if not found.where.endswith(SUFFIX):
            digests = dict(_zipped(found, manifest))
        else:
            digests, changed = _in_folder(found, manifest)
    except (OSError, VcvmError) as e:
        if isinstance(e, VcvmError) and e.kind == "unlockable-pack":
            raise
        reason = e.diagnostics[0].message if isinstance(e, VcvmError) else f"{e.filename}: {e.strerror}"
        raise _refused(found, reason) from e
    whole = sha256()
    for name in sorted(digests):
        whole.update(f"{name}\0{digests[name].hex() or GONE}\n".encode("utf-8", "surrogateescape"))
    return Code(whole.hexdigest(), changed)


def _refused(found: Found, reason: object) -> VcvmError:
    facts = {"pack": found.name, "version": found.version, "reason": reason}
    return error("unlockable-pack", Place(file=found.where), **facts)


def _in_folder(found: Found, manifest: Manifest) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """The SHA-256 of every file by name, and the names of those that are not as RECORD says."""
    recorded: dict[str, str] = {}
    entry = ""
    if found.editable is not None:
        base = os.path.join(found.editable, *manifest.source_root.split("/"))
    else:
        base = os.path.dirname(found.where)
        recorded = _recorded(found)
        entry = recorded.pop(f"{os.path.basename(found.where)}/{ENTRIES}", "")
    # In sorted order, so that a bound is met at the same file everywhere.
    names = sorted({*recorded, *_walked(found, base, manifest)})
    digests: dict[str, bytes] = {}
    left = BYTES
    for name in names:
        if len(digests) == FILES:
            raise _refused(found, f"it has more than {FILES} files")
        digests[name], size = _digest(found, os.path.join(base, *name.split("/")), left)
        left -= size
    entries = os.path.join(found.where, ENTRIES)
    if os.path.lexists(entries):
        digests[ENTRIES], _ = _digest(found, entries, left)
        recorded[ENTRIES] = entry
    changed = tuple(n for n in digests if recorded.get(n) and recorded[n] != f"sha256={_encoded(digests[n])}")
    return digests, changed


def _encoded(digest: bytes) -> str:
    return urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def _recorded(found: Found) -> dict[str, str]:
    """The hashes of the files that RECORD lists outside of the metadata, empty for those that it has none of."""
    path = os.path.join(found.where, "RECORD")
    if not os.path.lexists(path):
        return {}
    text = read_bounded(path, Limits.default.with_(manifest_bytes=RECORD_BYTES)).decode("utf-8", "replace")
    info = os.path.basename(found.where)
    listed: dict[str, str] = {}
    try:
        for row in csv.reader(io.StringIO(text, newline=""), strict=True):
            if len(row) < 2 or bad_path(row[0]):
                # Of scripts and data elsewhere, which Python does not import.
                continue
            parts = row[0].split("/")
            if CACHES not in parts and (parts[0] != info or parts[1:] == [ENTRIES]):
                # Hashes of another kind are not looked at: the digest of the files themselves is.
                listed[row[0]] = row[1] if row[1].startswith("sha256=") else ""
    except csv.Error as e:
        raise _refused(found, f"its RECORD cannot be read: {e}") from e
    return listed


def _walked(found: Found, base: str, manifest: Manifest) -> Iterator[str]:
    """The files below the packages, and beside them those that Python would take for one of them."""
    count = 0
    for entry in sorted(os.listdir(base)):
        stem = entry.partition(".")[0]
        if stem not in manifest.packages:
            continue
        path = os.path.join(base, entry)
        if not os.path.isdir(path):
            yield entry
            continue
        if entry != stem:
            continue
        if os.path.islink(path):
            raise _refused(found, f"{entry} is a link")
        for folder, folders, files in os.walk(path, onerror=_raise):
            for name in folders:
                if os.path.islink(os.path.join(folder, name)):
                    raise _refused(found, f"{os.path.relpath(os.path.join(folder, name), base)} is a link")
            folders[:] = [name for name in folders if name != CACHES]
            for name in files:
                count += 1
                if count > FILES:
                    raise _refused(found, f"it has more than {FILES} files")
                yield os.path.relpath(os.path.join(folder, name), base).replace(os.sep, "/")


def _raise(e: OSError) -> None:
    raise e


def _digest(found: Found, path: str, left: int) -> tuple[bytes, int]:
    """SHA-256 and size of a file; of one that is not there, nothing."""
    from hashlib import sha256

    try:
        file = open_file(path)
    except FileError as e:
        if e.kind == "no-such-file":
            return b"", 0
        raise
    with file:
        hasher, size = sha256(), 0
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            if size > left:
                raise _refused(found, f"it has more than {BYTES} bytes")
            hasher.update(chunk)
    return hasher.digest(), size


def _zipped(found: Found, manifest: Manifest) -> Iterator[tuple[str, bytes]]:
    """The SHA-256 of every file of the packages in a zip file, and of its entry points."""
    import zipfile
    import zlib
    from hashlib import sha256

    try:
        with zipfile.ZipFile(found.where) as archive:
            members = archive.infolist()
            if len(members) > FILES or sum(m.file_size for m in members) > BYTES:
                raise _refused(found, f"it has more than {FILES} files or {BYTES} bytes")
            for member in members:
                head, _, tail = member.filename.partition("/")
                ours = head.endswith(SUFFIX) and head.rpartition("-")[0].replace("_", "-") == found.name
                if head.partition(".")[0] in manifest.packages and not member.is_dir():
                    yield member.filename, sha256(archive.read(member)).digest()
                elif ours and tail == ENTRIES:
                    yield ENTRIES, sha256(archive.read(member)).digest()
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as e:
        raise _refused(found, e) from e


_counting = threading.Lock()
_fresh: dict[str, Any] = {"count": 0, "prefix": None}


@contextmanager
def fresh_imports() -> Iterator[None]:
    """While this is open, Python compiles what it imports from source, and reads no cache that lies beside it.

    A cache that somebody has changed runs in the place of its source, and no digest of sources tells. The switch is one for
    the whole process: what other threads import meanwhile is compiled too, which takes time and changes nothing.
    """
    with _counting:
        if _fresh["count"] == 0:
            _fresh["prefix"] = sys.pycache_prefix
            # Nothing can lie below a device, so nothing is found there, and nothing written.
            sys.pycache_prefix = os.path.join(os.devnull, "vcvm")
        _fresh["count"] += 1
    try:
        yield
    finally:
        with _counting:
            _fresh["count"] -= 1
            if _fresh["count"] == 0:
                sys.pycache_prefix = _fresh["prefix"]
