"""Compiled libraries that a pack carries: functions of programs, not of Python, that programs may link to.

Takes the compiled files in a pack's packages, ``NAME.vcvm``; gives rows of the manifest: the library's name, which is the
file's, its path, the SHA-256 of its bytes, and its symbol table. Takes a row and an installed pack; gives the library,
verified, from a file that is still the one that the manifest describes. Nothing of the pack is imported for it.

    name      as the file; no two of one pack        sha256    32 bytes, of the file
    path      "package/NAME.vcvm", in the packages   symbols   [[name, signature], ...], sorted by name

Refuses programs, what does not verify, files that lie outside of the pack, and files that were changed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from vcvm_core.errors import Place, VcvmError, error, passes
from vcvm_core.limits import Limits
from vcvm_core.plugin import names
from vcvm_core.plugin.packing import read_bounded
from vcvm_core.values import BadType, Signature, parse_signature

if TYPE_CHECKING:
    from vcvm_core.link import LibraryFile
    from vcvm_core.plugin.discovery import Found
    from vcvm_core.plugin.manifest import Findings

SUFFIX: Final = ".vcvm"
FIELDS: Final[dict[str, tuple[type, ...]]] = {"name": (str,), "path": (str,), "sha256": (bytes,), "symbols": (list,)}


@dataclass(frozen=True, slots=True)
class LibraryRow:
    """One library, as its pack's manifest describes it; the head of this file says what each field is."""

    name: str
    path: str
    sha256: bytes
    symbols: tuple[tuple[str, Signature], ...]


def library_to_data(row: LibraryRow) -> dict[str, Any]:
    """The row as plain data."""
    symbols = [[name, str(signature)] for name, signature in row.symbols]
    return {"name": row.name, "path": row.path, "sha256": row.sha256, "symbols": symbols}


def libraries_from_data(items: Sequence[Any], packages: Sequence[str], found: Findings) -> tuple[LibraryRow, ...]:
    """The rows that plain data describes; what is wrong with them is added to `found`."""
    rows = []
    for i, item in enumerate(items):
        where = f"libraries[{i}]"
        if type(item) is not dict:
            found.shape(where, "a map", item)
            continue
        before = len(found.problems)
        fields = found.fields(item, FIELDS, where)
        found.name("name", fields.get("name"), names.bad_name)
        _path(fields, packages, found)
        if len(fields.get("sha256", bytes(32))) != 32:
            found.add("manifest-shape", where=found.path("sha256"), expected="32 bytes", found=len(fields["sha256"]))
        symbols = tuple(_symbols(fields.get("symbols", []), found))
        if len(found.problems) == before:
            rows.append(LibraryRow(fields["name"], fields["path"], fields["sha256"], symbols))
    if [r.name for r in rows] != sorted({r.name for r in rows}):
        found.where = "the manifest"
        found.add("manifest-shape", where="libraries", expected="sorted by name, each once", found="another order")
    return tuple(rows)


def _path(fields: Mapping[str, Any], packages: Sequence[str], found: Findings) -> None:
    path = fields.get("path")
    if path is None:
        return
    *folders, file = path.split("/")
    if file != f"{fields.get('name')}{SUFFIX}" or not folders or any(names.bad_module(f) or "." in f for f in folders):
        found.add("path-escape", path=path, folder="the pack's packages")
    elif folders[0] not in packages:
        found.add("path-escape", path=path, folder=f"the pack's packages, {', '.join(packages)}")


def _symbols(items: Sequence[Any], found: Findings) -> Sequence[tuple[str, Signature]]:
    result: list[tuple[str, Signature]] = []
    for i, item in enumerate(items):
        if type(item) is not list or len(item) != 2 or any(type(text) is not str for text in item):
            found.shape(f"{found.path('symbols')}[{i}]", "a name and a signature", item)
            return []
        name, text = item
        found.name(f"symbols[{i}]", name, names.bad_name)
        try:
            result.append((name, parse_signature(text)))
        except BadType as e:
            found.add("bad-declaration", what=f"{found.path('symbols')}[{i}]", reason=e)
            return []
        if str(result[-1][1]) != text:
            found.add("bad-declaration", what=f"{found.path('symbols')}[{i}]", reason=f"it is spelled {result[-1][1]}")
    keys = [name for name, _ in result]
    if keys != sorted(set(keys)):
        found.add("manifest-shape", where=found.path("symbols"), expected="sorted by name, each once", found="another")
    return result


def library_of(path: str, data: bytes, limits: Limits = Limits.default) -> LibraryRow:
    """The row of a compiled file. path: relative to the source root, with slashes. Raises ManifestError."""
    name = path.rpartition("/")[2].removesuffix(SUFFIX)
    if reason := names.bad_name(name):
        raise error("bad-pack-library", path=path, reason=f"{name} is no name: {reason}")
    try:
        found = _verified(data, limits)
    except VcvmError as e:
        raise error("bad-pack-library", path=path, reason=e.diagnostics[0]) from e
    module = found.verified.module
    symbols = sorted((name, module.functions[index].signature) for name, index in module.exports)
    plain = tuple((name, parse_signature(str(signature))) for name, signature in symbols)
    for symbol, _ in plain:
        if reason := names.bad_name(symbol):
            raise error("bad-pack-library", path=path, reason=f"it exports {symbol}, which is no name: {reason}")
    return LibraryRow(name, path, found.digest, plain)


def library_file(pack: Found, row: LibraryRow, limits: Limits = Limits.default) -> LibraryFile:
    """The library of an installed pack, read from its file. Raises PackError, and what reading files raises."""
    data = _contents(pack, row, limits)
    found = _verified(data, limits)
    if found.digest != row.sha256:
        facts = {"pack": pack.name, "path": row.path, "expected": row.sha256.hex()[:12]}
        raise error("pack-library-changed", Place(file=pack.where), **facts, found=found.digest.hex()[:12])
    return found


def _contents(pack: Found, row: LibraryRow, limits: Limits) -> bytes:
    from vcvm_core.plugin.discovery import SUFFIX as INFO

    if not pack.where.endswith(INFO) and pack.editable is None:
        return _archived(pack, row, limits)
    manifest = pack.manifest
    folder = os.path.dirname(pack.where)
    if pack.editable is not None and manifest is not None:
        folder = os.path.join(pack.editable, manifest.source_root)
    path = os.path.join(folder, *row.path.split("/"))
    home = os.path.realpath(folder)
    if not os.path.realpath(path).startswith(home.rstrip(os.sep) + os.sep):
        raise error("path-escape", Place(file=pack.where), path=path, folder=folder)
    try:
        return read_bounded(path, limits.with_(manifest_bytes=limits.program_bytes))
    except VcvmError as e:
        facts = {"pack": pack.name, "path": row.path, "reason": e.facts.get("reason", e)}
        raise error("pack-library-missing", Place(file=pack.where), **facts) from e


def _archived(pack: Found, row: LibraryRow, limits: Limits) -> bytes:
    """The file in a zip file on `sys.path`."""
    import zipfile

    try:
        with zipfile.ZipFile(pack.where) as archive, archive.open(row.path) as file:
            return file.read(limits.program_bytes + 1)
    except Exception as e:
        if passes(e):
            raise
        facts = {"pack": pack.name, "path": row.path, "reason": f"{type(e).__name__}: {e}"}
        raise error("pack-library-missing", Place(file=pack.where), **facts) from e


def _verified(data: bytes, limits: Limits) -> LibraryFile:
    # Here, not above: whoever lists packs reads no program.
    from vcvm_core.bytecode import content_hash, decode
    from vcvm_core.link import LibraryFile
    from vcvm_core.verify import verify

    verified = verify(decode(data, limits), limits)
    if verified.module.kind != "library":
        cure = "begin its source with .library, and compile it again"
        raise error("wrong-format", path="it", found="a program", expected="a library", cure=cure)
    return LibraryFile(verified, content_hash(data))
