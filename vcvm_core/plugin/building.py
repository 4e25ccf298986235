"""What every way of building a pack has in common: from a project's settings to its manifest as bytes.

Takes what a build backend knows of a project: its folder, name, version, entry points, and the table ``[tool.vcvm]``;
gives the bytes that go into the ``.dist-info`` of its wheel. Backends are called by `hatch` and `setuptools_writer`; a
wheel that some other backend has built goes through `inject`.

A project asks for a manifest by being a pack: by an entry point in the group ``vcvm.packs``. ``[tool.vcvm]`` may say for
which pack API it is made, ``api = [lowest, highest]``; without it, for 1 alone. Refuses an entry point that names no
module, another form of `api`, and whatever `extract` refuses.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any, Final

from vcvm_core.errors import Place, VcvmError, error
from vcvm_core.files import read_file
from vcvm_core.limits import Limits
from vcvm_core.plugin.extract import extract_manifest
from vcvm_core.plugin.manifest import PACK_API, Manifest, encode_manifest
from vcvm_core.plugin.names import bad_module

GROUP: Final = "vcvm.packs"
"""The group of entry points that makes a distribution a pack."""

PYPROJECT: Final = "pyproject.toml"
PYPROJECT_BYTES: Final = 1 << 20
"""The largest file of a project's settings."""


def build_manifest(
    project: str,
    entry_points: Mapping[str, str],
    *,
    pack: str,
    version: str,
    settings: Mapping[str, Any],
    source_root: str | None = None,
    limits: Limits = Limits.default,
) -> bytes:
    """The manifest of the pack in a project's folder, as bytes. Arguments and errors are those of `project_manifest`."""
    manifest = project_manifest(
        project, entry_points, pack=pack, version=version, settings=settings, source_root=source_root, limits=limits
    )
    return encode_manifest(manifest)


def project_manifest(
    project: str,
    entry_points: Mapping[str, str],
    *,
    pack: str,
    version: str,
    settings: Mapping[str, Any],
    source_root: str | None = None,
    limits: Limits = Limits.default,
) -> Manifest:
    """The manifest of the pack in a project's folder: the same for every backend, for `inject`, and for a folder.

    entry_points: names and values of the group `GROUP`. settings: the table [tool.vcvm]. source_root: the folder of the
    packages, found by itself if None. Raises ManifestError, PackError (path-escape).
    """
    return extract_manifest(
        project,
        packages_of(entry_points.values()),
        pack=pack,
        version=version,
        api=api_of(settings),
        source_root=source_root,
        limits=limits,
    )


def read_pyproject(project: str) -> dict[str, Any]:
    """What the pyproject.toml of a project's folder says; nothing if there is none. Raises FileError (bad-project)."""
    import tomllib

    file = os.path.join(project, PYPROJECT)
    if not os.path.lexists(file):
        return {}
    data = read_file(file, PYPROJECT_BYTES, "bad-project", failed="bad-project", empty=True)
    try:
        return tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as e:
        raise error("bad-project", Place(file=file), reason=e) from e


def packages_of(values: Iterable[str]) -> list[str]:
    """The top-level packages that entry points name, sorted. Raises ManifestError (unbuildable-pack)."""
    packages = set()
    for value in values:
        module = value.partition(":")[0].partition("[")[0].strip()
        if reason := bad_module(module):
            raise error(
                "unbuildable-pack", reason=f"the entry point {value!r} in the group {GROUP} names no module: {reason}"
            )
        packages.add(module.partition(".")[0])
    if not packages:
        raise error("unbuildable-pack", reason=f"it has no entry point in the group {GROUP}")
    return sorted(packages)


def api_of(settings: Mapping[str, Any]) -> tuple[int, int]:
    """The lowest and the highest pack API that [tool.vcvm] names. Raises ManifestError (unbuildable-pack)."""
    if type(settings) is not dict:
        raise error("unbuildable-pack", reason="[tool.vcvm] is no table")
    api = settings.get("api", [PACK_API, PACK_API])
    if type(api) is not list or len(api) != 2 or any(type(n) is not int for n in api):
        raise error("unbuildable-pack", reason=f"api in [tool.vcvm] is [lowest, highest], not {api!r}")
    return api[0], api[1]


def told(problem: VcvmError) -> str:
    """What a build prints when it ends: everything that is wrong, each with code, file and line, and what helps."""
    lines = ["vcvm: no manifest can be made:"]
    for d in problem.diagnostics:
        lines.append(str(d))
        if d.help:
            lines.append(f"    {d.help}")
    return "\n".join(lines)
