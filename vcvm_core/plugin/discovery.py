"""Finding packs: which distributions have a manifest, and what it says, without importing any of them.

Takes the folders of `sys.path`; gives one `Found` a pack, sorted by name. A pack is a distribution with a file at one
of the `PLACES` in its ``.dist-info``. Its manifest is read when somebody first asks for it, and a manifest that cannot
be read is a result, never an exception: whoever lists packs sees it, and every other pack works. The states:

    ok        the manifest is good
    live      an editable installation whose source was changed since; the manifest was made again from that source
    refused   the manifest is good, but this pack cannot be used: another pack API, another distribution's name, two
              distributions of one name, a UUID of the standard pack
    broken    the manifest cannot be read, or is none, or the changed source yields none
    blocked   the user does not want it

Folders are scanned by hand, as the standard machinery costs more than everything else together; only what is no folder
(zip files) goes through importlib_metadata. Refuses manifests that are reached through links that leave the folder.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal, NamedTuple

from vcvm_core.errors import Diagnostic, Place, VcvmError, error, passes
from vcvm_core.limits import Limits
from vcvm_core.listed import listed
from vcvm_core.plugin.manifest import PACK_API, Manifest, decode_manifest
from vcvm_core.plugin.names import normalised
from vcvm_core.plugin.packing import read_bounded

PLACES: Final = ("extra_metadata/vcvm.msgpack", "vcvm.msgpack")
"""Where in a .dist-info a manifest may lie: hatchling's place, setuptools' place. The first that exists counts."""

SUFFIX: Final = ".dist-info"

State = Literal["ok", "live", "refused", "broken", "blocked"]


class Reading(NamedTuple):
    """What reading a pack's manifest gave: the manifest if there is a good one, and everything that is wrong."""

    manifest: Manifest | None
    problems: tuple[Diagnostic, ...]
    state: State
    editable: str | None = None


@dataclass(frozen=True)
class Found:
    """A pack that was found.

    name: of the distribution, normalised. version: as its folder says. where: its .dist-info folder, or the zip file
    that holds it. read: reads the manifest; asked when one of the properties below is first used.
    """

    name: str
    version: str
    where: str
    read: Callable[[], Reading] = field(repr=False, compare=False)

    @cached_property
    def reading(self) -> Reading:
        """All that is known of the manifest."""
        return self.read()

    @property
    def manifest(self) -> Manifest | None:
        """The manifest; also there if the pack is refused for another reason. None if it cannot be read."""
        return self.reading.manifest

    @property
    def problems(self) -> tuple[Diagnostic, ...]:
        """Why the pack cannot be used; empty if it can."""
        return self.reading.problems

    @property
    def problem(self) -> Diagnostic | None:
        """The first of the problems."""
        return next(iter(self.problems), None)

    @property
    def state(self) -> State:
        """One of the words at the head of this file."""
        return self.reading.state

    @property
    def usable(self) -> bool:
        """Whether its intrinsics can be bound."""
        return not self.problems

    @property
    def editable(self) -> str | None:
        """The project's folder, if the installation is editable."""
        return self.reading.editable

    def turned(self, state: State, problem: Diagnostic) -> Found:
        """This pack with one more reason, the first, not to use it."""

        def read() -> Reading:
            known = self.reading
            return known._replace(state=state, problems=(problem, *known.problems))

        return Found(self.name, self.version, self.where, read)


def discover(paths: str | Sequence[str] | None = None, limits: Limits = Limits.default) -> tuple[Found, ...]:
    """The packs in these folders and zip files, or in `sys.path` if None, sorted by name and place.

    Raises PackError (too-many-packs) beyond `Limits.packs`, and nothing else: what is wrong with a pack is in its
    `problems`.
    """
    found: list[Found] = []
    seen: set[tuple[int, int]] = set()
    for path in sys.path if paths is None else listed(paths, "paths"):
        path = os.path.abspath(path)
        try:
            status = os.stat(path)
        except OSError:
            continue  # as Python's own import does
        if (status.st_dev, status.st_ino) in seen:
            continue
        seen.add((status.st_dev, status.st_ino))
        packs = _in_folder(path, limits) if stat.S_ISDIR(status.st_mode) else _in_zip(path, limits)
        for pack in packs:
            if len(found) == limits.packs:
                raise error("too-many-packs", limit=limits.packs)
            found.append(pack)
    found.sort(key=lambda f: (f.name, f.where))
    return tuple(_marked(found))


def _marked(found: list[Found]) -> Iterator[Found]:
    """The packs, those that share a name refused: which of them Python would take is an accident."""
    places: dict[str, list[str]] = {}
    for pack in found:
        places.setdefault(pack.name, []).append(pack.where)
    for pack in found:
        if len(places[pack.name]) > 1:
            facts = {"pack": pack.name, "places": ", ".join(places[pack.name])}
            yield pack.turned("refused", Diagnostic("ambiguous-distribution", Place(file=pack.where), facts))
        else:
            yield pack


def _in_folder(folder: str, limits: Limits) -> Iterator[Found]:
    try:
        entries = [e.name for e in os.scandir(folder) if e.name.endswith(SUFFIX)]
    except OSError:
        return
    for entry in entries:
        where = os.path.join(folder, entry)
        for place in PLACES:
            path = os.path.join(where, place)
            try:
                os.lstat(path)
            except OSError:
                continue
            name, version = _name_and_version(entry)
            yield Found(name, version, where, _Installed(name, where, path, limits))
            break


def _name_and_version(folder: str) -> tuple[str, str]:
    name, _, version = folder.removesuffix(SUFFIX).rpartition("-")
    return normalised(name or version), version if name else ""


class _Installed:
    """Reads the manifest of one distribution in a folder; a call gives the `Reading`."""

    def __init__(self, name: str, where: str, path: str, limits: Limits) -> None:
        self.name, self.where, self.path, self.limits = name, where, path, limits

    def __call__(self) -> Reading:
        try:
            return self._read()
        except VcvmError as e:
            problems = e.placed(Place(file=self.path)).diagnostics
            return Reading(None, problems, "refused" if e.kind == "path-escape" else "broken")

    def _read(self) -> Reading:
        folder, real = os.path.realpath(os.path.dirname(self.where)), os.path.realpath(self.path)
        if not real.startswith(folder.rstrip(os.sep) + os.sep):
            raise error("path-escape", path=self.path, folder=os.path.dirname(self.where))
        manifest = decode_manifest(read_bounded(self.path, self.limits), self.limits)
        editable = _editable_project(self.where)
        if editable is None:
            return judged(self.name, manifest, self.path)
        # Here, not above: only editable installations pay for the reader of sources.
        from vcvm_core.plugin.extract import extract_manifest, hash_source

        fresh = hash_source(editable, manifest.source_root, manifest.packages) == manifest.source_sha256
        if not fresh:
            manifest = extract_manifest(
                editable,
                manifest.packages,
                pack=manifest.pack,
                version=manifest.version,
                api=manifest.api,
                source_root=manifest.source_root,
                limits=self.limits,
            )
        reading = judged(self.name, manifest, self.path)._replace(editable=editable)
        return reading if fresh or reading.problems else reading._replace(state="live")


def judged(name: str, manifest: Manifest, path: str) -> Reading:
    """The reading of a good manifest: refused if it is another distribution's, or for another pack API."""
    problem = None
    if manifest.pack != name:
        problem = Diagnostic("wrong-pack", Place(file=path), {"pack": name, "found": manifest.pack})
    elif not manifest.api[0] <= PACK_API <= manifest.api[1]:
        low, high = manifest.api
        needed = str(low) if low == high else f"{low} to {high}"
        problem = Diagnostic("wrong-api", Place(file=path), {"pack": name, "needed": needed, "ours": PACK_API})
    return Reading(manifest, (), "ok") if problem is None else Reading(manifest, (problem,), "refused")


def _editable_project(where: str) -> str | None:
    """The project's folder of an editable installation, as its direct_url.json says; None for any other."""
    path = os.path.join(where, "direct_url.json")
    if not os.path.exists(path):
        return None
    import json
    from urllib.parse import unquote

    try:
        data: Any = json.loads(read_bounded(path))
        url, editable = data["url"], data.get("dir_info", {}).get("editable", False)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, VcvmError) as e:
        reason = f"it is no direct_url.json: {type(e).__name__}"
        raise error("unreadable-manifest", Place(file=path), path=path, reason=reason) from e
    if editable is not True:
        return None
    if type(url) is not str or not url.startswith("file:///"):
        raise error("unreadable-manifest", Place(file=path), path=path, reason="its project has no file: URL")
    project = unquote(url.removeprefix("file://"))
    # file:///C:/project on Windows
    return project[1:] if os.name == "nt" else project


def _in_zip(path: str, limits: Limits) -> Iterator[Found]:
    """The packs in something that is no folder, as far as importlib_metadata can look into it."""
    import importlib_metadata

    try:
        distributions = list(importlib_metadata.distributions(path=[path]))
    except Exception as e:
        # A damaged archive fails in many ways, and contains no pack that Python could import.
        if passes(e):
            raise
        return
    for distribution in distributions:
        folder, file = _listed_manifest(distribution)
        if file is not None:
            name, version = _name_and_version(folder)
            yield Found(name, version, path, _zipped(name, f"{path}/{file}", file, limits))


def _listed_manifest(distribution: Any) -> tuple[str, Any]:
    """The .dist-info folder and the manifest of a distribution, from its list of files; ("", None) without one."""
    for file in distribution.files or ():
        folder, _, place = str(file).partition("/")
        if folder.endswith(SUFFIX) and place in PLACES:
            return folder, file
    return "", None


def _zipped(name: str, path: str, file: Any, limits: Limits) -> Callable[[], Reading]:
    def read() -> Reading:
        try:
            with file.locate().open("rb") as stream:
                data = stream.read(limits.manifest_bytes + 1)
            return judged(name, decode_manifest(data, limits), path)
        except VcvmError as e:
            return Reading(None, e.placed(Place(file=path)).diagnostics, "broken")
        except Exception as e:
            # Of an archive: missing members, bad checksums, unknown compression.
            if passes(e):
                raise
            facts = {"path": path, "reason": f"{type(e).__name__}: {e}"}
            return Reading(None, (Diagnostic("unreadable-manifest", Place(file=path), facts),), "broken")

    return read
