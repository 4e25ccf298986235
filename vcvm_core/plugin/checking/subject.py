"""What a gate looks at: a pack, from whatever names it.

Takes the word that a user wrote; gives a `Subject`: the manifest, and where the source lies, if there is one. In this order:

    a folder          a project with a pyproject.toml, whose manifest is made from its syntax trees; or a .dist-info folder
    a wheel           unpacked into a temporary folder, for as long as the subject is open
    any other file    a manifest
    anything else     the name of an installed pack

Nothing is imported. Refuses what cannot be read, with the reason: kinds ``no-such-subject``, ``bad-wheel``, ``bad-project``
and those of manifests. Of a folder the declarations may be wrong: `refused` has these, for ``check``, which reports them.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Literal

from vcvm_core.errors import Diagnostic, ManifestError, Place, VcvmError, error
from vcvm_core.files import write_file
from vcvm_core.plugin import names
from vcvm_core.plugin.building import GROUP, PYPROJECT, project_manifest, read_pyproject
from vcvm_core.plugin.discovery import PLACES, SUFFIX, Found, _editable_project, discover
from vcvm_core.plugin.manifest import Manifest, decode_manifest, read_manifest
from vcvm_core.plugin.packing import read_bounded

WHEEL_FILES: Final = 10_000
WHEEL_BYTES: Final = 256 << 20
"""The most that a wheel may hold when it is unpacked."""

Form = Literal["wheel", "folder", "manifest", "installed"]


@dataclass(frozen=True)
class Subject:
    """A pack that is looked at.

    given: what the user wrote. pack, version: of its distribution. manifest: what it promises; None if `refused` says why
    not. recorded: the manifest is a file that was made earlier, and can be stale; live: the one that takes its place, in an
    editable installation whose source was changed since. project, root: where its packages lie,
    None if there is no source. entries: the values of its entry points.
    """

    given: str
    form: Form
    pack: str
    version: str
    manifest: Manifest | None
    recorded: bool
    project: str | None
    root: str
    entries: tuple[tuple[str, str], ...]
    refused: tuple[Diagnostic, ...] = ()
    live: Manifest | None = None

    @property
    def current(self) -> Manifest | None:
        """What programs are bound to: of an editable installation the manifest of today's source."""
        return self.live or self.manifest

    def to_data(self) -> dict[str, Any]:
        """JSON-ready data."""
        count = None if self.manifest is None else len(self.manifest.intrinsics)
        named = {"given": self.given, "form": self.form, "pack": self.pack, "version": self.version}
        return {**named, "intrinsics": count}

    @property
    def packages(self) -> tuple[str, ...]:
        """The names of its top-level packages."""
        if self.manifest is not None:
            return self.manifest.packages
        return _packages(self.entries)

    @property
    def label(self) -> str:
        """Pack and version, for sentences."""
        return f"{self.pack} {self.version}"


@contextmanager
def opened(given: str) -> Iterator[Subject]:
    """The subject that a word names. Raises VcvmError for what cannot be read."""
    if os.path.isdir(given):
        yield _dist_info(given) if given.rstrip(os.sep).endswith(SUFFIX) else _folder(given)
    elif os.path.lexists(given):
        if given.endswith(".whl"):
            with tempfile.TemporaryDirectory(prefix="vcvm-wheel-") as folder:
                yield _wheel(given, folder)
        else:
            manifest = read_manifest(given)
            yield Subject(given, "manifest", manifest.pack, manifest.version, manifest, True, None, ".", ())
    else:
        yield _installed(given)


def sound(subject: Subject) -> Manifest:
    """What a subject promises today. Raises what was wrong with its declarations."""
    if subject.current is None:
        raise ManifestError(*subject.refused)
    return subject.current


def _folder(given: str) -> Subject:
    if not os.path.lexists(os.path.join(given, PYPROJECT)):
        raise error("bad-project", Place(file=given), reason=f"it has no {PYPROJECT}")
    name, version, entries, settings = _project(given)
    manifest: Manifest | None = None
    refused: tuple[Diagnostic, ...] = ()
    root = "."
    try:
        manifest = project_manifest(given, dict(entries), pack=name, version=version, settings=settings)
        root = manifest.source_root
    except ManifestError as e:
        if any(d.place.line is None for d in e.diagnostics):
            # Not of a declaration: there is no such package, or a file cannot be read.
            raise
        refused = e.diagnostics
        root = _root_of(refused)
    return Subject(given, "folder", names.normalised(name), version, manifest, False, given, root, entries, refused)


def _root_of(refused: Sequence[Diagnostic]) -> str:
    return "src" if (refused[0].place.file or "").startswith("src/") else "."


def _project(given: str) -> tuple[str, str, tuple[tuple[str, str], ...], Any]:
    """Name, version, entry points and the table [tool.vcvm] of a project. Raises FileError (bad-project)."""

    def refusal(reason: object) -> VcvmError:
        return error("bad-project", Place(file=os.path.join(given, PYPROJECT)), reason=reason)

    data = read_pyproject(given)
    project, tool = data.get("project"), data.get("tool", {})
    if type(project) is not dict or type(project.get("name")) is not str:
        raise refusal("it has no [project] with a name")
    # A version that the build computes is not known here, and nothing depends on it.
    version = project.get("version", "0+unknown")
    groups = project.get("entry-points", {})
    group = groups.get(GROUP, {}) if type(groups) is dict else {}
    if type(group) is not dict or not group or not all(type(v) is str for v in group.values()):
        raise refusal(f'it has no entry point in [project.entry-points."{GROUP}"]')
    settings = tool.get("vcvm", {}) if type(tool) is dict else {}
    return project["name"], str(version), tuple(sorted(group.items())), settings


def _packages(entries: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(sorted({value.partition(":")[0].strip().partition(".")[0] for _, value in entries}))


def _dist_info(
    where: str, given: str | None = None, editable: str | None = None, live: Manifest | None = None
) -> Subject:
    """A .dist-info folder, installed or not, with the packages beside it."""
    for place in PLACES:
        path = os.path.join(where, place)
        if os.path.lexists(path):
            manifest = read_manifest(path)
            break
    else:
        raise error("bad-wheel", Place(file=where), reason="there is no manifest in it")
    entries = _entries(where)
    if editable is not None:
        project, root = editable, manifest.source_root
    else:
        project, root = os.path.dirname(os.path.abspath(where)), "."
    form: Form = "installed" if given else "folder"
    pack, version = manifest.pack, manifest.version
    return Subject(given or where, form, pack, version, manifest, True, project, root, entries, (), live)


def _entries(where: str) -> tuple[tuple[str, str], ...]:
    """The entry points of a .dist-info folder in our group."""
    path = os.path.join(where, "entry_points.txt")
    if not os.path.isfile(path):
        return ()
    import configparser

    reader = configparser.ConfigParser(delimiters=("=",), interpolation=None, strict=True)
    reader.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        reader.read_string(read_bounded(path).decode("utf-8"))
        return tuple(sorted(reader.items(GROUP))) if reader.has_section(GROUP) else ()
    except (configparser.Error, ValueError) as e:
        raise error("bad-wheel", Place(file=path), reason=f"entry_points.txt cannot be read: {type(e).__name__}") from e


def _installed(given: str) -> Subject:
    name = names.normalised(given)
    found = [pack for pack in discover() if pack.name == name]
    if len(found) != 1:
        reason = "no pack of that name is installed" if not found else f"{len(found)} packs of that name are installed"
        cure = nearest(name) or "name a wheel, a project's folder, a manifest, or an installed pack"
        raise error("no-such-subject", name=given, reason=reason, cure=cure)
    (pack,) = found
    if not pack.where.endswith(SUFFIX):
        manifest = _usable(pack)
        return Subject(given, "installed", pack.name, pack.version, manifest, True, None, ".", ())
    return _dist_info(pack.where, given, _editable(pack), pack.manifest if pack.state == "live" else None)


def nearest(name: str) -> str:
    """A question that names the installed pack that is closest, or nothing."""
    from difflib import get_close_matches

    close = get_close_matches(name, sorted({pack.name for pack in discover()}), 1)
    return f"did you mean {close[0]}?" if close else ""


def _editable(pack: Found) -> str | None:
    if pack.reading.editable is not None:
        return pack.reading.editable
    # A source that was changed and is refused leaves no reading; where it lies is known all the same.
    return _editable_project(pack.where)


def _usable(pack: Found) -> Manifest:
    if pack.manifest is None:
        raise ManifestError(*pack.problems)
    return pack.manifest


def _wheel(given: str, folder: str) -> Subject:
    """A wheel, unpacked. Raises FileError (bad-wheel), ManifestError."""
    unpack(given, folder)
    infos = [entry for entry in sorted(os.listdir(folder)) if entry.endswith(SUFFIX)]
    if len(infos) != 1:
        raise error("bad-wheel", Place(file=given), reason=f"it has {len(infos)} .dist-info folders")
    where = os.path.join(folder, infos[0])
    for place in PLACES:
        path = os.path.join(where, place)
        if os.path.isfile(path):
            break
    else:
        raise error("bad-wheel", Place(file=given), reason="there is no manifest in it")
    try:
        manifest = decode_manifest(read_bounded(path))
    except VcvmError as e:
        raise e.placed(Place(file=given)) from e
    entries = _entries(where)
    return Subject(given, "wheel", manifest.pack, manifest.version, manifest, True, folder, ".", entries)


def unpack(wheel: str, folder: str) -> None:
    """The files of a wheel, into a folder. Raises FileError (bad-wheel) for names that leave it, and for too much."""
    import zipfile
    import zlib

    def refusal(reason: object) -> VcvmError:
        return error("bad-wheel", Place(file=wheel), reason=reason)

    try:
        with zipfile.ZipFile(wheel) as archive:
            members = archive.infolist()
            left = WHEEL_BYTES
            if len(members) > WHEEL_FILES:
                raise refusal(f"it has more than {WHEEL_FILES} files")
            for member in members:
                parts = member.filename.rstrip("/").split("/")
                if {"", ".", ".."} & set(parts) or any(set(":\\\0") & set(part) for part in parts):
                    raise refusal("a file in it has a name that leads out of it")
                path = os.path.join(folder, *parts)
                if member.is_dir():
                    os.makedirs(path, exist_ok=True)
                    continue
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with archive.open(member) as stream:
                    # What the archive says of sizes is not believed.
                    data = stream.read(left + 1)
                left -= len(data)
                if left < 0:
                    raise refusal(f"it has more than {WHEEL_BYTES} bytes when it is unpacked")
                write_file(path, data)
    except (OSError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, EOFError) as e:
        raise refusal(e) from e
