"""Wheels as files: what is in one, whether it is whole, and the same wheel with another file in its metadata.

Takes the path of a wheel from anyone; gives an `OpenWheel`, whose entries, RECORD, name and version agree with each other,
or the error that says why not. Nothing is unpacked to where a name in the archive says. Written is a new archive: the
entries in their order with their times, attributes and kinds of compression, RECORD at the end with rows for what was
added. Equal input gives equal bytes.

Refuses, each before more is read than it takes to know: what is no archive, is larger than `BYTES`, has more than
`ENTRIES` entries, unpacks to more than `UNPACKED`, or whose entries overlap, are encrypted, are links, stand there twice,
are called like places outside the archive, or are compressed in ways that wheels are not; metadata that belongs to
another file name; a RECORD that is signed, lists a file twice, one that is not there, not one that is, or another hash or
size than the file has.
"""

from __future__ import annotations

import csv
import io
import os
import re
import stat
import zipfile
import zlib
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any, Final

from vcvm_core.errors import Place, VcvmError, error, passes
from vcvm_core.files import open_file
from vcvm_core.plugin.names import bad_pack, bad_version, normalised

BYTES: Final = 256 << 20
"""The largest wheel."""

UNPACKED: Final = 1 << 30
"""The most bytes that the files of a wheel hold together."""

ENTRIES: Final = 20_000
"""The most entries of a wheel."""

TEXT_BYTES: Final = 8 << 20
"""The most bytes of one file of metadata."""

EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The time of what is added: the first that an archive can hold."""

SIGNATURES: Final = ("RECORD.jws", "RECORD.p7s")
HASHES: Final = ("sha256", "sha384", "sha512")

_NAME: Final = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._]*[A-Za-z0-9])?)-(?P<version>[A-Za-z0-9_.!+]+)(?:-[0-9][A-Za-z0-9_.]*)?"
    r"(?:-[A-Za-z0-9_.]+){3}\.whl"
)
_CHUNK: Final = 1 << 20


class OpenWheel:
    """A wheel that is whole. name: of the distribution, normalised. version: as its metadata says. info: its .dist-info."""

    def __init__(self, path: str, archive: zipfile.ZipFile) -> None:
        self.path, self.archive = path, archive
        self.entries = _entries(path, archive)
        parts = _NAME.fullmatch(os.path.basename(path))
        if parts is None:
            raise _no_wheel(path, "its name is not NAME-VERSION-PYTHON-ABI-PLATFORM.whl")
        infos = {name.partition("/")[0] for name in self.entries if name.partition("/")[0].endswith(".dist-info")}
        if len(infos) != 1:
            raise _no_wheel(path, f"it has {len(infos)} folders .dist-info")
        self.info = infos.pop()
        self.name, self.version = self._identity(parts)
        self.record = self._record()

    def text(self, name: str) -> str:
        """A file of the metadata. Raises PackError (not-a-wheel)."""
        place = f"{self.info}/{name}"
        if place not in self.entries:
            raise _no_wheel(self.path, f"it has no {place}")
        if self.entries[place].file_size > TEXT_BYTES:
            raise error("wheel-too-large", Place(file=self.path), what=f"a file of metadata, {name}", limit=TEXT_BYTES)
        try:
            return self.read(place).decode("utf-8")
        except UnicodeDecodeError as e:
            raise _no_wheel(self.path, f"{place} is not UTF-8") from e

    def read(self, name: str) -> bytes:
        """The content of an entry. Raises PackError (not-a-wheel)."""
        with _damage(self.path, name):
            return self.archive.read(self.entries[name])

    def _identity(self, parts: re.Match[str]) -> tuple[str, str]:
        """Name and version: the file's, the folder's and METADATA's agree."""
        fields: dict[str, str] = {}
        for line in self.text("METADATA").splitlines():
            if not line.strip():
                break
            key, _, value = line.partition(":")
            fields.setdefault(key.strip().lower(), value.strip())
        name, version = normalised(fields.get("name", "")), fields.get("version", "")
        if bad_pack(name) or bad_version(version):
            raise _no_wheel(self.path, "its METADATA has no name and version that can be used")
        wheel = next(
            (line for line in self.text("WHEEL").splitlines() if line.lower().startswith("wheel-version:")), ""
        )
        if wheel.partition(":")[2].strip().partition(".")[0] != "1":
            raise _no_wheel(self.path, f"its WHEEL says {wheel.strip() or 'no version'}, known is Wheel-Version: 1")
        folder, _, number = self.info.removesuffix(".dist-info").rpartition("-")
        for what, found in (("its name", parts["name"]), ("its .dist-info", folder)):
            if normalised(found) != name:
                raise _no_wheel(self.path, f"{what} is that of {normalised(found)}, its METADATA that of {name}")
        for what, found in (("its name", parts["version"]), ("its .dist-info", number)):
            # In names of files, what is no letter, digit, dot, exclamation mark or plus may have become an underscore.
            if found.replace("-", "_") != version.replace("-", "_"):
                raise _no_wheel(self.path, f"{what} is of version {found}, its METADATA of {version}")
        return name, version

    def _record(self) -> list[list[str]]:
        """The rows of RECORD, which says the truth about every entry. Raises PackError (bad-record)."""
        own = f"{self.info}/RECORD"
        for name in SIGNATURES:
            if f"{self.info}/{name}" in self.entries:
                raise _bad_record(self.path, f"it is signed by {name}, and the signature would not fit any more")
        try:
            rows = [row for row in csv.reader(io.StringIO(self.text("RECORD"), newline=""), strict=True) if row]
        except csv.Error as e:
            raise _bad_record(self.path, str(e)) from e
        listed: dict[str, list[str]] = {}
        for row in rows:
            if len(row) != 3:
                raise _bad_record(self.path, f"a row has {len(row)} columns, not 3: {','.join(row)}")
            if bad_path(row[0]):
                raise error("path-escape", Place(file=self.path), path=row[0], folder="the wheel")
            if row[0] in listed:
                raise _bad_record(self.path, f"it lists {row[0]} twice")
            listed[row[0]] = row
        files = {name for name in self.entries if not name.endswith("/")}
        for name in sorted(listed.keys() - files):
            raise _bad_record(self.path, f"it lists {name}, which is not there")
        for name in sorted(files - listed.keys()):
            raise _bad_record(self.path, f"it does not list {name}")
        for name in sorted(files - {own}):
            self._compare(name, listed[name])
        return rows

    def _compare(self, name: str, row: list[str]) -> None:
        algorithm, _, digest = row[1].partition("=")
        if algorithm not in HASHES:
            raise _bad_record(self.path, f"it has no {' or '.join(HASHES)} of {name}")
        hasher = _hasher(algorithm)
        for chunk in self.chunks(name):
            hasher.update(chunk)
        if digest != _encoded(hasher.digest()):
            raise _bad_record(self.path, f"it has another hash of {name} than the file has")
        if row[2] and row[2] != str(self.entries[name].file_size):
            raise _bad_record(self.path, f"it says that {name} has {row[2]} bytes, and it has another number")

    def chunks(self, name: str) -> Iterator[bytes]:
        """The content of an entry, a piece at a time. Raises PackError (not-a-wheel)."""
        with _damage(self.path, name), self.archive.open(self.entries[name]) as source:
            while chunk := source.read(_CHUNK):
                yield chunk

    def rewritten(self, target: IO[bytes], added: Mapping[str, bytes], removed: frozenset[str]) -> None:
        """Writes this wheel with some files added to its .dist-info, and others gone."""
        own = f"{self.info}/RECORD"
        gone = {f"{self.info}/{name}" for name in {*added, *removed}}
        new = {f"{self.info}/{name}": data for name, data in added.items()}
        rows = [row for row in self.record if row[0] not in gone and row[0] != own]
        rows += [
            [name, f"sha256={_encoded(_hasher('sha256', data).digest())}", str(len(data))] for name, data in new.items()
        ]
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([*rows, [own, "", ""]])
        with zipfile.ZipFile(target, "w") as archive:
            archive.comment = self.archive.comment
            for name, entry in self.entries.items():
                if name not in gone and name != own:
                    with archive.open(_copy(entry), "w") as sink:
                        for chunk in () if entry.is_dir() else self.chunks(name):
                            sink.write(chunk)
            for name, data in new.items():
                info = zipfile.ZipInfo(name, EPOCH)
                info.compress_type, info.create_system = zipfile.ZIP_DEFLATED, 3
                info.external_attr = (stat.S_IFREG | 0o644) << 16
                archive.writestr(info, data)
            archive.writestr(_copy(self.entries[own]), text.getvalue().encode("utf-8"))


@contextmanager
def open_wheel(path: str) -> Iterator[OpenWheel]:
    """The wheel at `path`, read as far as it takes to know that it is whole. Raises PackError, FileError."""
    with open_file(path) as file:
        if os.fstat(file.fileno()).st_size > BYTES:
            raise error("wheel-too-large", Place(file=path), what="the file", limit=BYTES)
        try:
            archive = zipfile.ZipFile(file)
        except Exception as e:
            # There is no end to the ways in which an archive can be damaged.
            if passes(e):
                raise
            raise _no_wheel(path, f"it is no zip archive that can be read: {e}") from e
        with archive:
            yield OpenWheel(path, archive)


def bad_path(name: str) -> bool:
    """Whether a name in an archive is that of a place outside it, or could be taken for one somewhere."""
    parts = name.removesuffix("/").split("/")
    return not name.isprintable() or bool({"\\", ":"} & set(name)) or bool({"", ".", ".."} & set(parts))


def _entries(path: str, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The entries by name, in order."""
    found: dict[str, zipfile.ZipInfo] = {}
    infos = archive.infolist()
    if len(infos) > ENTRIES:
        raise error("wheel-too-large", Place(file=path), what="the number of its entries", limit=ENTRIES)
    if sum(info.file_size for info in infos) > UNPACKED:
        raise error("wheel-too-large", Place(file=path), what="what its entries unpack to", limit=UNPACKED)
    for info in infos:
        name = info.orig_filename
        if bad_path(name):
            raise error("path-escape", Place(file=path), path=name, folder="the wheel")
        if name in found:
            raise _no_wheel(path, f"{name} stands in it twice")
        if info.flag_bits & 0x1:
            raise _no_wheel(path, f"{name} is encrypted")
        if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise _no_wheel(path, f"{name} is a link or a device")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise _no_wheel(path, f"{name} is compressed in a way that wheels are not")
        found[name] = info
    # One stretch of bytes that is read as many entries is how small archives become huge ones.
    end = 0
    for info in sorted(infos, key=lambda i: i.header_offset):
        if info.header_offset < end or (end == 0 and info.header_offset != 0):
            raise _no_wheel(path, f"the bytes of {info.orig_filename} overlap others, or stand behind some of nobody")
        end = info.header_offset + 30 + len(info.orig_filename.encode("utf-8")) + info.compress_size
    if end > archive.start_dir:
        raise _no_wheel(path, "its last entry overlaps its list of entries")
    return found


def _copy(entry: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """What an archive says of an entry, for the same entry in another archive."""
    info = zipfile.ZipInfo(entry.orig_filename, entry.date_time)
    info.compress_type, info.comment, info.extra = entry.compress_type, entry.comment, entry.extra
    info.create_system, info.external_attr, info.internal_attr = (
        entry.create_system, entry.external_attr, entry.internal_attr
    )  # fmt: skip
    # Beforehand, so that a large file gets the larger form of a header.
    info.file_size = entry.file_size
    return info


@contextmanager
def _damage(path: str, name: str) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as e:
        raise _no_wheel(path, f"{name} in it is damaged: {e}") from e


def _hasher(algorithm: str, data: bytes = b"") -> Any:
    import hashlib

    return hashlib.new(algorithm, data)


def _encoded(digest: bytes) -> str:
    return urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def _no_wheel(path: str, reason: str) -> VcvmError:
    return error("not-a-wheel", Place(file=path), path=path, reason=reason)


def _bad_record(path: str, reason: str) -> VcvmError:
    return error("bad-record", Place(file=path), path=path, reason=reason)
