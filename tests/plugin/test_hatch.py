"""The build hook: from a project to a wheel to a pack that is found, in this process and with the real hatchling."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder
from hatchling.plugin.manager import PluginManager

from dists.builder import HEAD, SECOND, SOURCE, Site, function, hook
from vcvm_core.plugin import Manifest, decode_manifest, discover, hatch, installed

PYPROJECT = """
[build-system]
requires = ["hatchling", "vcvm"]
build-backend = "hatchling.build"

[project]
name = "Acme.Pack"
version = "1.2.0"

[project.entry-points."vcvm.packs"]
acme = "acme"

[tool.hatch.build]
dev-mode-dirs = ["{root}"]

[tool.hatch.build.targets.wheel]
packages = ["{packages}"]

[tool.hatch.build.hooks.{hook}]
{options}
"""
PLACE = "acme_pack-1.2.0.dist-info/extra_metadata/vcvm.msgpack"


def project(folder: Path, source: str = SOURCE, root: str = "src", options: str = "", kind: str = "vcvm") -> Path:
    """A project whose package imports something that no build environment has."""
    package = folder / root / "acme"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("import not_in_the_build_environment\n" + source)
    packages = f"{root}/acme".removeprefix("./")
    (folder / "pyproject.toml").write_text(PYPROJECT.format(root=root, packages=packages, hook=kind, options=options))
    return folder


def build(folder: Path, version: str = "standard") -> Path:
    """The wheel, as hatchling builds it when the entry point of vcvm is installed."""
    plugins = PluginManager()
    plugins.initialize()
    plugins.initialized = True
    plugins.manager.register(hatch)
    plugins.third_party_plugins.loaded = True
    builder = WheelBuilder(str(folder), plugin_manager=plugins)
    return Path(next(builder.build(directory=str(folder / "dist"), versions=[version])))


def manifest_in(wheel: Path) -> Manifest:
    with zipfile.ZipFile(wheel) as archive:
        assert PLACE in archive.read("acme_pack-1.2.0.dist-info/RECORD").decode()
        return decode_manifest(archive.read(PLACE))


@pytest.mark.parametrize("root", ["src", "."])
@pytest.mark.parametrize("version", ["standard", "editable"])
def test_wheels_have_a_manifest(tmp_path: Path, root: str, version: str) -> None:
    """Both layouts, both kinds of wheels; the package is not imported, and nothing else is left among the wheels."""
    wheel = build(project(tmp_path, root=root), version)
    made = manifest_in(wheel)
    assert (made.pack, made.version, made.api, made.source_root) == ("acme-pack", "1.2.0", (1, 1), root)
    assert [r.name for r in made.intrinsics] == ["double"]
    assert [f.name for f in wheel.parent.iterdir()] == [wheel.name]


def test_from_project_to_function(tmp_path: Path, site: Site) -> None:
    """What was built is found and loaded when it is unpacked where Python looks."""
    folder = project(tmp_path / "project")
    (folder / "src/acme/__init__.py").write_text(SOURCE)
    with zipfile.ZipFile(build(folder)) as archive:
        archive.extractall(site.folder)
    assert [f.state for f in discover(site.paths)] == ["ok"]
    (extern,) = installed(site.paths).catalog()["acme.double"]
    assert installed(site.paths).offers(extern.uuid)[0].load()(4) == 8


def test_same_source_same_wheel(tmp_path: Path) -> None:
    """Wheels are reproducible, wherever they are built."""
    one, two = (build(project(tmp_path / name)).read_bytes() for name in ("one", "two"))
    assert one == two


def test_custom_hook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the distribution vcvm builds itself: by the path of the file, without an entry point of vcvm."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    folder = project(tmp_path, kind="custom", options=f'path = "{Path(hatch.__file__).as_posix()}"')
    made = manifest_in(build(folder))
    assert [r.name for r in made.intrinsics] == ["double"]
    assert sys.path[0] == str(folder)


def test_api(tmp_path: Path) -> None:
    assert manifest_in(build(project(tmp_path, options="[tool.vcvm]\napi = [1, 3]"))).api == (1, 3)


@pytest.mark.parametrize("api", ["[1]", '"1"', "[1, true]", "[2, 1]"])
def test_bad_api(tmp_path: Path, api: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        build(project(tmp_path, options=f"[tool.vcvm]\napi = {api}"))
    assert "api" in capsys.readouterr().err


def test_refused_source(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The build ends with a line for each problem, and there is no wheel."""
    folder = project(tmp_path, HEAD + function(arguments=", cost=COST") + function("b", SECOND, ", size=S") + hook("b"))
    with pytest.raises(SystemExit) as e:
        build(folder)
    assert e.value.code
    output = capsys.readouterr().err
    assert "[VC038] src/acme/__init__.py:4: " in output
    assert "[VC038] src/acme/__init__.py:14: " in output
    assert not list((folder / "dist").glob("*.whl"))


def test_no_entry_point(tmp_path: Path) -> None:
    folder = project(tmp_path)
    text = (folder / "pyproject.toml").read_text()
    (folder / "pyproject.toml").write_text(text.replace("vcvm.packs", "other"))
    with pytest.raises(SystemExit):
        build(folder)


def test_sdists_have_none(tmp_path: Path) -> None:
    """Only wheels are installed, so only they have a manifest."""
    from hatchling.builders.sdist import SdistBuilder

    plugins = PluginManager()
    plugins.initialize()
    plugins.initialized = True
    plugins.manager.register(hatch)
    plugins.third_party_plugins.loaded = True
    folder = project(tmp_path, "def broken(:\n")
    assert list(SdistBuilder(str(folder), plugin_manager=plugins).build(directory=str(folder / "dist")))
