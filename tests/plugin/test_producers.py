"""Everything that makes a manifest makes the same one of the same source: backends, inject, installations, folders, headers.

The pack has what is easily forgotten: libraries, also in a folder of its own, an observer, another pack API than the usual
one, several modules, and files that are no part of its source.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from dists.builder import FIRST, HEAD, SECOND, function
from vcvm_core.asm import assemble
from vcvm_core.bytecode import encode
from vcvm_core.plugin import (
    Manifest,
    decode_manifest,
    discover,
    given_manifest,
    index_subjects,
    inject_manifest,
)
from vcvm_core.plugin.discovery import PLACES
from vcvm_core.plugin.extract import is_source, read_sources

SHAPES = ".library\nfunc area(side: int) -> int\n get $side\n get $side\n mul\n ret\nend\n"
FILES = {
    "__init__.py": HEAD + function("f", FIRST) + "@hookimpl\ndef vcvm_observer(argument):\n    return None\n",
    "more/__init__.py": "",
    "more/deep.py": HEAD + function("g", SECOND) + "@hookimpl\ndef vcvm_intrinsics():\n    return [g]\n",
    "py.typed": "",
    "table.bin": "data",
    "notes.vcvm.txt": "no library",
    ".hidden.py": "no source: (",
}
LIBRARIES = {"shapes.vcvm": SHAPES, "more/corners.vcvm": SHAPES.replace("area", "corner")}
PROJECT = """
[project]
name = "Acme.Pack"
version = "1.2.0"

[project.entry-points."vcvm.packs"]
acme = "acme"
deep = "acme.more.deep"

[tool.vcvm]
api = [1, 2]
"""
HATCHLING = """
[build-system]
requires = ["hatchling", "vcvm"]
build-backend = "hatchling.build"

[tool.hatch.build]
dev-mode-dirs = ["{root}"]

[tool.hatch.build.targets.wheel]
packages = ["{packages}"]

[tool.hatch.build.hooks.vcvm]
"""
SETUPTOOLS = """
[build-system]
requires = ["setuptools", "vcvm"]
build-backend = "setuptools.build_meta"

[tool.setuptools]
include-package-data = false

[tool.setuptools.packages.find]
where = ["{root}"]
include = ["acme*"]

[tool.setuptools.package-data]
"*" = ["*.vcvm", "*.bin", ".hidden.py"]
"""
BACKENDS = {"hatchling": ("hatchling.build", HATCHLING), "setuptools": ("setuptools.build_meta", SETUPTOOLS)}


class Project(NamedTuple):
    """A project of the pack: its folder, its backend, and where its packages are."""

    folder: Path
    backend: str
    root: str

    def build(self, kind: str) -> Path:
        """The wheel that the backend builds. kind: wheel or editable."""
        target = self.folder / f"dist-{kind}"
        target.mkdir(exist_ok=True)
        code = f"import {self.backend} as backend; print('made:', backend.build_{kind}({str(target)!r}))"
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=self.folder, capture_output=True, text=True, encoding="utf-8", check=False
        )
        assert done.returncode == 0, done.stderr
        return target / done.stdout.rpartition("made: ")[2].strip()


@pytest.fixture(params=[(backend, root) for backend in BACKENDS for root in ("src", ".")], ids="-".join)
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    """The project with each backend and each layout."""
    name, root = request.param
    package = tmp_path / "project" / root / "acme"
    for path, text in FILES.items():
        (package / path).parent.mkdir(parents=True, exist_ok=True)
        (package / path).write_text(text, encoding="utf-8")
    for path, text in LIBRARIES.items():
        (package / path).write_bytes(encode(assemble(text)))
    backend, settings = BACKENDS[name]
    settings = settings.format(root=root, packages=f"{root}/acme".removeprefix("./"))
    (tmp_path / "project/pyproject.toml").write_text(PROJECT + settings, encoding="utf-8")
    return Project(tmp_path / "project", backend, root)


def manifest_in(wheel: Path) -> Manifest:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [n for n in archive.namelist() if n.partition("/")[2] in PLACES]
        return decode_manifest(archive.read(name))


def without_manifest(wheel: Path, folder: Path) -> Path:
    """The same wheel as a backend without a hook builds it."""
    folder.mkdir()
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(folder / wheel.name, "w") as new:
        for name in old.namelist():
            if name.partition("/")[2] in PLACES:
                continue
            data = old.read(name)
            if name.endswith("/RECORD"):
                data = b"".join(line for line in data.splitlines(True) if b"vcvm.msgpack" not in line)
            new.writestr(name, data)
    return folder / wheel.name


def installed_in(folder: Path, wheel: Path, project: Path | None = None) -> Manifest:
    """The manifest of the wheel, unpacked where Python looks. project: of an editable installation."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    if project is not None:
        (info,) = folder.glob("*.dist-info")
        url = {"url": project.as_uri(), "dir_info": {"editable": True}}
        (info / "direct_url.json").write_text(json.dumps(url), encoding="utf-8")
    (found,) = discover([str(folder)])
    assert found.usable, found.problems
    assert found.manifest is not None
    return found.manifest


def test_every_producer_makes_the_same(project: Project, tmp_path: Path) -> None:
    """Only where the packages are may differ: a wheel has no src."""
    wheel, editable = project.build("wheel"), project.build("editable")
    bare = without_manifest(wheel, tmp_path / "bare")
    again = tmp_path / wheel.name
    shutil.copy(wheel, again)
    inject_manifest(str(again), force=True)
    made: dict[str, Manifest] = {
        "the wheel": manifest_in(wheel),
        "the editable wheel": manifest_in(editable),
        "installed": installed_in(tmp_path / "site", wheel),
        "editable": installed_in(tmp_path / "editable", editable, project.folder),
        "the folder": given_manifest(str(project.folder)).manifest,
        "the wheel, given": given_manifest(str(wheel)).manifest,
        "injected": inject_manifest(str(bare), api=(1, 2)).manifest,
        "injected once more": manifest_in(again),
    }
    first = made["the folder"]
    assert [found.name for found in first.libraries] == ["corners", "shapes"]
    assert (first.observer, first.api, len(first.intrinsics)) == (True, (1, 2), 2)
    roots = {name: found.source_root for name, found in made.items()}
    assert set(roots.values()) <= {project.root, "."}
    differing = {
        name: found
        for name, found in made.items()
        if replace(found, source_root=".") != replace(first, source_root=".")
    }
    assert differing == {}


def test_live(project: Project, tmp_path: Path) -> None:
    """What an editable installation reads from changed source is what the folder says."""
    package = project.folder / project.root / "acme"
    editable = project.build("editable")
    (package / "more/corners.vcvm").unlink()
    (package / "more/edges.vcvm").write_bytes(encode(assemble(SHAPES.replace("area", "edge"))))
    live = installed_in(tmp_path / "site", editable, project.folder)
    assert live == given_manifest(str(project.folder)).manifest
    assert [found.name for found in live.libraries] == ["edges", "shapes"]


def test_indexes(project: Project) -> None:
    """A wheel and its folder are one release, which an index has once."""
    made, _, _ = index_subjects([str(project.folder), str(project.build("wheel"))])
    assert [len(pack.versions) for pack in made.packs] == [1]


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda p: p.write_bytes(p.read_bytes()[:-9]), id="truncated"),
        pytest.param(lambda p: p.write_bytes(encode(assemble("func main()\nret\nend\n"))), id="a program"),
    ],
)
def test_a_bad_library_is_refused_by_inject_too(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    """A wheel is refused for what would have ended its build."""
    from dists.projects import intrinsic, recorded, wheel

    library = tmp_path / "shapes.vcvm"
    library.write_bytes(encode(assemble(SHAPES)))
    spoil(library)
    path = Path(wheel(tmp_path / "acme-1.0-py3-none-any.whl", intrinsic(), manifest=b""))
    with zipfile.ZipFile(path) as old:
        content = {name: old.read(name) for name in old.namelist()}
    record = content.pop("acme-1.0.dist-info/RECORD").decode()
    content["acme/shapes.vcvm"] = library.read_bytes()
    with zipfile.ZipFile(path, "w") as new:
        for name, data in content.items():
            new.writestr(name, data)
        new.writestr("acme-1.0.dist-info/RECORD", recorded("acme/shapes.vcvm", library.read_bytes()) + record)
    with pytest.raises(Exception, match=r"shapes\.vcvm is refused"):
        inject_manifest(str(path))


def test_one_rule_says_what_source_is(project: Project) -> None:
    """`is_source`, which reads names in archives, is of the opinion of `read_sources`, which walks folders."""
    base = project.folder / project.root
    (base / "acme/__pycache__").mkdir()
    for path in ("acme/__pycache__/x.py", "acme.vcvm", "acmes.py", "acme/.x/y.py", "other/x.py"):
        (base / path).parent.mkdir(exist_ok=True)
        (base / path).write_text("")
    paths = [p.relative_to(base).as_posix() for p in base.rglob("*") if p.is_file()]
    walked = [source.path for source in read_sources(str(project.folder), project.root, ["acme"])]
    assert sorted(p for p in paths if is_source(p, ["acme"])) == walked
    assert [is_source(path, ["acme"]) for path in ("acme.py", "acme.vcvm", "acme", "acme/")] == [
        True,
        False,
        False,
        False,
    ]
