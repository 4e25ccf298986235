"""The manifest for projects of setuptools: who gets one, from which source, and how a build ends that cannot make one."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from setuptools.errors import SetupError

from dists.builder import HEAD, SECOND, SOURCE, function, hook
from dists.environment import Environment
from vcvm_core.plugin import Manifest, building, decode_manifest, discovery, loader, setuptools_writer

ENTRY = "[vcvm.packs]\nacme = acme\n"
PYPROJECT = """
[build-system]
requires = ["setuptools", "vcvm"]
build-backend = "setuptools.build_meta"

[project]
name = "Acme.Pack"
version = "1.2.0"

[project.entry-points."{group}"]
acme = "acme"

[tool.setuptools.packages.find]
where = ["src"]
"""


class Command:
    """What setuptools hands to a writer: its egg_info command."""

    def __init__(self, entry_points: Any = ENTRY, package_dir: Any = None, dry_run: bool = False) -> None:
        self.distribution = SimpleNamespace(
            entry_points=entry_points, package_dir=package_dir, get_name=lambda: "Acme.Pack"
        )
        self.egg_version = "1.2.0"
        self.dry_run = dry_run

    def delete_file(self, path: str) -> None:
        os.unlink(path)

    def write(self) -> Manifest | None:
        """What the writer wrote; None for nothing."""
        path = Path("vcvm.msgpack")
        setuptools_writer.write(self, path.name, str(path))
        return decode_manifest(path.read_bytes()) if path.exists() else None


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a project, which setuptools is at work in."""
    return make(tmp_path / "project", monkeypatch)


def make(folder: Path, monkeypatch: pytest.MonkeyPatch, source: str = SOURCE, root: str = "src") -> Path:
    package = folder / root / "acme"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("import not_in_the_build_environment\n" + source)
    monkeypatch.chdir(folder)
    return folder


def test_one_group() -> None:
    """The writer has its own copy of the group's name, so that it imports nothing for the projects of others."""
    assert setuptools_writer.GROUP == building.GROUP == loader.GROUP


def test_a_pack(project: Path) -> None:
    made = Command().write()
    assert made is not None
    assert (made.pack, made.version, made.api, made.source_root) == ("acme-pack", "1.2.0", (1, 1), "src")
    assert [row.name for row in made.intrinsics] == ["double"]


@pytest.mark.parametrize(
    "entry_points",
    [
        ENTRY,
        "[other]\na = b\n# no\n\n[vcvm.packs]\n; no\nacme=acme\n\n[more]\nc = d\n",
        {"vcvm.packs": ["acme = acme"], "other": ["a = b"]},
        {"vcvm.packs": "acme = acme\n"},
        {"vcvm.packs": {"acme": "acme:module"}},
        {"vcvm.packs": ["one = acme.one [extra]", "two = acme.two:x"]},
    ],
)
def test_every_form_of_entry_points(project: Path, entry_points: Any) -> None:
    """From pyproject.toml, setup.cfg and setup.py."""
    made = Command(entry_points).write()
    assert made is not None
    assert made.packages == ("acme",)


@pytest.mark.parametrize(
    "entry_points", [None, "", {}, {"other": ["a = b"]}, "[other]\nvcvm.packs = x\n", {"vcvm.packs": []}]
)
def test_who_does_not_ask(
    project: Path, entry_points: Any, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A project that is no pack is left alone, whatever is wrong with it, and loses a manifest that it had."""
    (project / "src/acme/__init__.py").write_text("def broken(:\n")
    (project / "pyproject.toml").write_text("broken [")
    assert Command(entry_points).write() is None
    (project / "vcvm.msgpack").write_bytes(b"old")
    assert Command(entry_points).write() is None
    assert capfd.readouterr() == ("", "")


def test_dry_run(project: Path) -> None:
    assert Command(dry_run=True).write() is None


def test_api(project: Path) -> None:
    (project / "pyproject.toml").write_text("[tool.vcvm]\napi = [1, 3]\n")
    made = Command().write()
    assert made is not None
    assert made.api == (1, 3)


@pytest.mark.parametrize(
    "settings", ["vcvm = 1", "vcvm.api = [1]", 'vcvm.api = "1"', "vcvm.api = [1, true]", "vcvm.api = [2, 1]"]
)
def test_bad_api(project: Path, settings: str) -> None:
    (project / "pyproject.toml").write_text(f"[tool]\n{settings}\n")
    with pytest.raises(SetupError, match=r"\[VC0(83|16)\] .*(api|tool\.vcvm)"):
        Command().write()


@pytest.mark.parametrize(
    ("root", "package_dir", "expected"),
    [
        ("src", None, "src"),
        (".", None, "."),
        (".", {}, "."),
        ("lib", {"": "lib"}, "lib"),
        ("lib/python", {"": "lib/python/"}, "lib/python"),
        ("lib", {"acme": "lib/acme"}, "lib"),
        (".", {"acme": "acme", "": "src"}, "."),
    ],
)
def test_layouts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: str, package_dir: Any, expected: str) -> None:
    """The source is where setuptools takes it from."""
    make(tmp_path / "project", monkeypatch, root=root)
    made = Command(package_dir=package_dir).write()
    assert made is not None
    assert made.source_root == expected


@pytest.mark.parametrize(
    ("entry_points", "package_dir", "says"),
    [
        (ENTRY, {"acme": "source"}, "a folder of another name"),
        (
            "[vcvm.packs]\na = acme\nb = other\n",
            {"acme": "src/acme", "other": "lib/other"},
            "several folders: lib, src",
        ),
        (ENTRY, {"": "../outside"}, "outside"),
        (ENTRY, {"": "absent"}, "there is no package acme"),
        ("[vcvm.packs]\nacme = \n", None, "names no module"),
        ("[vcvm.packs]\nacme\n", None, "names no module"),
        ("[vcvm.packs]\nacme = ../acme\n", None, "names no module"),
        ("[vcvm.packs]\nacme = absent\n", None, "absent"),
    ],
)
def test_refused_projects(project: Path, entry_points: str, package_dir: Any, says: str) -> None:
    with pytest.raises(SetupError, match=r"vcvm: no manifest can be made:\n\[VC0\d\d\] ") as e:
        Command(entry_points, package_dir).write()
    assert says in str(e.value)
    assert not (project / "vcvm.msgpack").exists()


def test_refused_source(project: Path) -> None:
    """Everything that is wrong, each with file and line."""
    text = HEAD + function(arguments=", cost=COST") + function("b", SECOND, ", size=S") + hook("b")
    (project / "src/acme/__init__.py").write_text(text)
    with pytest.raises(SetupError) as e:
        Command().write()
    assert "[VC038] src/acme/__init__.py:3: " in str(e.value)
    assert "[VC038] src/acme/__init__.py:13: " in str(e.value)


def test_same_source_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = set()
    for name in ("one", "two"):
        folder = make(tmp_path / name, monkeypatch)
        Command().write()
        found.add((folder / "vcvm.msgpack").read_bytes())
    assert len(found) == 1


BUILD = "import sys; from setuptools import build_meta; getattr(build_meta, 'build_' + sys.argv[1])('dist')"


@pytest.mark.heavy
@pytest.mark.parametrize("kind", ["wheel", "editable"])
def test_wheels(project: Path, environment: Environment, kind: str) -> None:
    """setuptools itself puts the manifest where discovery looks."""
    (project / "pyproject.toml").write_text(PYPROJECT.format(group="vcvm.packs"))
    environment.python("-c", BUILD, kind, cwd=project)
    (wheel,) = (project / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        name = f"acme_pack-1.2.0.dist-info/{discovery.PLACES[1]}"
        assert name in archive.read("acme_pack-1.2.0.dist-info/RECORD").decode()
        made = decode_manifest(archive.read(name))
    assert (made.pack, made.version, made.source_root) == ("acme-pack", "1.2.0", "src")


@pytest.mark.heavy
def test_editable_installation(project: Path, environment: Environment) -> None:
    """It is found, and found to be live once its source is changed."""
    (project / "pyproject.toml").write_text(PYPROJECT.format(group="vcvm.packs"))
    (project / "src/acme/__init__.py").write_text(SOURCE)
    environment.install("-e", project)
    states = []
    for factor in (2, 3):
        (project / "src/acme/__init__.py").write_text(HEAD + function(factor=factor) + hook("double"))
        listed = environment.vcvm("plugins", "list", cwd=project).stdout.splitlines()
        states.append(next(line.split()[4] for line in listed if line.startswith("acme-pack")))
    assert states == ["ok", "live"]


@pytest.mark.heavy
def test_builds_that_fail_and_builds_of_others(project: Path, environment: Environment) -> None:
    """A pack whose source is refused is not built; any other project is, and nothing is said."""
    (project / "src/acme/__init__.py").write_text(HEAD + function(arguments=", cost=COST") + hook("double"))
    (project / "pyproject.toml").write_text(PYPROJECT.format(group="vcvm.packs"))
    done = environment.python("-c", BUILD, "wheel", cwd=project, check=False)
    assert done.returncode != 0
    assert "[VC038] src/acme/__init__.py:3: " in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(project.glob("dist/*.whl"))
    (project / "pyproject.toml").write_text(PYPROJECT.format(group="other"))
    done = environment.python("-c", BUILD, "wheel", cwd=project)
    (wheel,) = project.glob("dist/*.whl")
    assert "vcvm" not in " ".join(zipfile.ZipFile(wheel).namelist()) + done.stderr
