"""The manifest for projects that setuptools builds: a file of their metadata, as ``entry_points.txt`` is one.

Takes what setuptools hands to a function in the group ``egg_info.writers``; writes ``vcvm.msgpack`` into the metadata,
from where setuptools puts it into the ``.dist-info`` of wheels, editable ones included. That is one of the places of
`discovery.PLACES`. All that a project needs is

    [build-system]                            [project.entry-points."vcvm.packs"]
    requires = ["setuptools", "vcvm"]         NAME = "MODULE"

and, if it is not made for pack API 1 alone, ``[tool.vcvm]`` with ``api = [lowest, highest]``.

setuptools calls this for every project that is built where vcvm is installed. One without an entry point in the group
``vcvm.packs`` does not ask for a manifest: nothing is imported, printed or written for it, and a manifest that is left of
earlier days is removed. The others' source is read, never imported; what cannot be read ends the build, with file and
line. Refuses a package that setuptools takes from a folder of another name.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Final

GROUP: Final = "vcvm.packs"


def write(command: Any, _basename: str, filename: str) -> None:
    """Writes the manifest. command: setuptools' ``egg_info``. filename: where to. Raises setuptools' SetupError."""
    project = command.distribution
    entries = group_of(project.entry_points)
    if not entries:
        if os.path.lexists(filename):
            command.delete_file(filename)
        return
    from setuptools.errors import SetupError

    from vcvm_core.errors import VcvmError
    from vcvm_core.files import write_file
    from vcvm_core.plugin.building import build_manifest, packages_of, read_pyproject, told

    # setuptools works in the project's folder, whatever calls it.
    folder = os.getcwd()
    try:
        data = build_manifest(
            folder,
            entries,
            pack=project.get_name(),
            version=command.egg_version,
            settings=read_pyproject(folder).get("tool", {}).get("vcvm", {}),
            source_root=_source_root(project.package_dir, packages_of(entries.values())),
        )
    except VcvmError as e:
        raise SetupError(told(e)) from e
    if not getattr(command, "dry_run", False):
        write_file(filename, data)


def group_of(entry_points: Any) -> dict[str, str]:
    """The entry points in the group of packs, by name, from any form in which setuptools holds them.

    These are a text in the form of ``entry_points.txt``, or a mapping from groups to such lines or to lists of them.
    """
    if isinstance(entry_points, str):
        lines = _section(entry_points)
    else:
        found = (entry_points or {}).get(GROUP) or ()
        if isinstance(found, Mapping):
            return {str(name): str(value) for name, value in found.items()}
        lines = found.splitlines() if isinstance(found, str) else list(found)
    pairs = (line.partition("=") for line in lines if line.strip() and not line.lstrip().startswith(("#", ";")))
    return {name.strip(): value.strip() for name, _, value in pairs}


def _section(text: str) -> list[str]:
    found, inside = [], False
    for line in text.splitlines():
        if line.strip().startswith("["):
            inside = line.strip() == f"[{GROUP}]"
        elif inside:
            found.append(line)
    return found


def _source_root(package_dir: Mapping[str, str] | None, packages: list[str]) -> str | None:
    """Where setuptools takes these packages from, None if it was not told. Raises ManifestError (unbuildable-pack)."""
    from vcvm_core.errors import error

    folders = package_dir or {}
    roots = set()
    for package in packages:
        folder = folders.get(package)
        root = folders.get("", ".") if folder is None else os.path.dirname(os.path.normpath(folder))
        if folder is not None and os.path.basename(os.path.normpath(folder)) != package:
            raise error(
                "unbuildable-pack", reason=f"the package {package} is taken from {folder}, a folder of another name"
            )
        roots.add(os.path.normpath(root or ".").replace(os.sep, "/"))
    if len(roots) > 1:
        raise error(
            "unbuildable-pack", reason=f"its packages are taken from several folders: {', '.join(sorted(roots))}"
        )
    return roots.pop() if folders else None
