"""Manifests for wheels that are built already: ``vcvm plugins inject``, for build backends that vcvm has no hook for.

Takes the path of a wheel; puts the manifest into its ``.dist-info``, at one of the places of `discovery.PLACES`, lists it
in RECORD, and replaces the file, whole or not at all. The pack's packages are those that its entry points in the group
``vcvm.packs`` name. Their source is read from the archive and never imported: modules and libraries are unpacked into a
folder of their own, which is gone afterwards, and read there as a build reads them. The pack API, which a project states in
its pyproject.toml and no wheel has, is an argument; without it, a manifest that is replaced tells it.

Equal wheels become equal wheels, byte by byte, and injecting once more changes nothing. Refuses what `wheels` refuses, a
wheel that is no pack, one that has a manifest already, and whatever `extract` refuses.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from vcvm_core.errors import Diagnostic, Place, VcvmError, error
from vcvm_core.files import reason_of, write_file
from vcvm_core.limits import Limits
from vcvm_core.plugin.building import GROUP, build_manifest, packages_of
from vcvm_core.plugin.discovery import PLACES
from vcvm_core.plugin.extract import FILE_BYTES, FILES, is_source
from vcvm_core.plugin.manifest import PACK_API, Manifest, decode_manifest
from vcvm_core.plugin.wheels import OpenWheel, open_wheel

PLACE: Final = PLACES[-1]
"""Where in the .dist-info the manifest goes."""

SCHEMES: Final = ("purelib", "platlib")
"""The folders of a wheel's .data whose content is installed beside that of the wheel itself."""


@dataclass(frozen=True, slots=True)
class Injected:
    """What was done to a wheel: its path, the manifest that it has now, of how many bytes, and if it had one before."""

    path: str
    manifest: Manifest
    size: int
    replaced: bool


def inject_manifest(
    path: str, *, force: bool = False, api: tuple[int, int] | None = None, limits: Limits = Limits.default
) -> Injected:
    """Puts a manifest into the wheel at `path`. force: also in place of one that it has. api: lowest and highest pack API;
    None for those of the manifest that is replaced, or 1 if there is none that can be read.

    Raises PackError (not-a-wheel, no-packs-wheel, has-manifest, wheel-too-large, bad-record, path-escape), ManifestError
    (unbuildable-pack, bad-source, bad-declaration ...), FileError.
    """
    with open_wheel(path) as wheel:
        old = frozenset(place for place in PLACES if f"{wheel.info}/{place}" in wheel.entries)
        if old and not force:
            raise error("has-manifest", Place(file=path), path=path)
        data = _manifest(wheel, api or _former_api(wheel, old, limits), limits)
        write_file(path, lambda file: wheel.rewritten(file, {PLACE: data}, old))
        return Injected(path, decode_manifest(data, limits), len(data), bool(old))


def _former_api(wheel: OpenWheel, places: Collection[str], limits: Limits) -> tuple[int, int]:
    """The pack APIs that the wheel's manifest is made for."""
    for place in PLACES:
        if place in places and wheel.entries[f"{wheel.info}/{place}"].file_size <= limits.manifest_bytes:
            # What cannot be read is replaced for that reason.
            with suppress(VcvmError):
                return decode_manifest(wheel.read(f"{wheel.info}/{place}"), limits).api
    return PACK_API, PACK_API


def _manifest(wheel: OpenWheel, api: tuple[int, int], limits: Limits) -> bytes:
    """The manifest of a wheel's source. Its errors have the wheel's path in front of that of the source."""
    entries = _entry_points(wheel)
    try:
        packages = packages_of(entries.values())
        with tempfile.TemporaryDirectory(prefix="vcvm-inject-") as folder:
            _unpack(wheel, packages, folder)
            return build_manifest(
                folder,
                entries,
                pack=wheel.name,
                version=wheel.version,
                settings={"api": list(api)},
                source_root=".",
                limits=limits,
            )
    except VcvmError as e:
        e.diagnostics = tuple(_in_wheel(d, wheel.path) for d in e.diagnostics)
        raise


def _in_wheel(d: Diagnostic, path: str) -> Diagnostic:
    inner = d.place.file
    file = path if inner is None or os.path.isabs(inner) else f"{path}/{inner}"
    return Diagnostic(d.kind, d.place._replace(file=file), d.facts)


def _entry_points(wheel: OpenWheel) -> dict[str, str]:
    """The entry points of packs. Raises PackError (no-packs-wheel)."""
    from configparser import ConfigParser
    from configparser import Error as Unreadable

    parser = ConfigParser(delimiters=("=",), comment_prefixes=("#", ";"), interpolation=None, default_section="")
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    if f"{wheel.info}/entry_points.txt" in wheel.entries:
        try:
            parser.read_string(wheel.text("entry_points.txt"))
        except Unreadable as e:
            reason = f"its entry_points.txt cannot be read: {e.message}"
            raise error("not-a-wheel", Place(file=wheel.path), path=wheel.path, reason=reason) from e
    if not parser.has_section(GROUP) or not parser.options(GROUP):
        raise error("no-packs-wheel", Place(file=wheel.path), path=wheel.path)
    return dict(parser.items(GROUP))


def _unpack(wheel: OpenWheel, packages: list[str], folder: str) -> None:
    """Writes the packages' source files below a folder. Raises ManifestError (bad-source) for too many, too large, doubled."""
    data = tuple(f"{wheel.info.removesuffix('.dist-info')}.data/{scheme}/" for scheme in SCHEMES)
    count = 0
    for name in wheel.entries:
        prefix = next((p for p in data if name.startswith(p)), "")
        path = name.removeprefix(prefix)
        if not is_source(path, packages):
            continue
        count += 1
        if count > FILES:
            raise error("bad-source", Place(file=path), reason=f"it has more than {FILES} files")
        if wheel.entries[name].file_size > FILE_BYTES:
            raise error("bad-source", Place(file=path), reason=f"a file is larger than {FILE_BYTES} bytes")
        target = os.path.join(folder, *path.split("/"))
        content = wheel.read(name)
        if os.path.lexists(target):
            raise error("bad-source", Place(file=path), reason="the wheel has two files for one place")
        try:
            os.makedirs(os.path.dirname(target), exist_ok=True)
        except OSError as e:
            raise error("bad-source", Place(file=path), reason=reason_of(e)) from e
        write_file(target, content)
    for package in packages:
        if not os.path.exists(os.path.join(folder, package)) and not os.path.exists(
            f"{os.path.join(folder, package)}.py"
        ):
            raise error("bad-source", reason=f"the wheel has no package {package}, which its entry point names")
