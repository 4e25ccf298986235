"""New packs: which names can be had, what is written, and that it installs, tests, lints and lists as it stands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from dists.builder import Site
from dists.environment import Environment
from vcvm_core.errors import FileError, InternalError, PackError
from vcvm_core.plugin import BACKENDS, create_pack, discover, extract_manifest, new

LONGEST = "a" + "-long" * 7 + "-nam"


def files_of(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): p.read_text("utf-8") for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", ["a", "acme-cards", LONGEST])
def test_what_is_written(tmp_path: Path, name: str, backend: str) -> None:
    """Every file, nothing left of the templates, lines that are short enough, and a manifest that can be made of it."""
    made = create_pack(name, str(tmp_path / "pack"), backend)
    files = files_of(tmp_path / "pack")
    assert sorted(files) == list(made.files)
    assert {"README.md", "LICENSE", "CHANGELOG.md", "tox.ini", ".gitignore", f"src/{made.package}/py.typed"} <= set(
        files
    )
    for path, text in files.items():
        assert "@pack" not in text
        assert "_uuid@" not in text
        assert path.endswith(".toml") or all(len(line) <= 120 for line in text.splitlines()), path
        assert text.endswith("\n") or text == ""
    manifest = extract_manifest(str(tmp_path / "pack"), [made.package], pack=name, version="0.1.0")
    assert sorted(row.name for row in manifest.intrinsics) == ["luhn_is_valid", "mask"]
    assert all(len(row.vectors) >= 3 for row in manifest.intrinsics)
    project = tomllib.loads(files["pyproject.toml"])
    assert project["project"]["name"] == name
    assert project["project"]["entry-points"] == {"vcvm.packs": {name: made.package}}
    assert project["build-system"]["build-backend"].split(".")[0] == backend
    assert sorted(os.listdir(tmp_path)) == ["pack"]


def test_uuids_are_new_each_time(tmp_path: Path) -> None:
    one, two = (create_pack("acme", str(tmp_path / place)) for place in ("one", "two"))
    assert len({*one.uuids, *two.uuids}) == 4
    text = files_of(tmp_path / "one")["src/acme/cards.py"]
    assert all(uuid in text for uuid in one.uuids)


def test_backends_differ_in_what_builds_only(tmp_path: Path) -> None:
    """One pyproject.toml is the other, but for the tables of its backend."""
    projects = []
    for backend in BACKENDS:
        create_pack("acme", str(tmp_path / backend), backend)
        project = tomllib.loads((tmp_path / backend / "pyproject.toml").read_text("utf-8"))
        del project["build-system"]
        for table in ("hatch", "setuptools"):
            project["tool"].pop(table, None)
        projects.append(project)
    assert projects[0] == projects[1]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Acme", "did you mean acme?"),
        ("acme_cards", "did you mean acme-cards?"),
        ("acme--cards", "did you mean acme-cards?"),
        ("acme.", "did you mean acme?"),
        ("", "choose such a name"),
        ("acme cards", "choose such a name"),
        ("../acme", "choose such a name"),
        ("/tmp/acme", "choose such a name"),
        ("acme'\"", "choose such a name"),
        ("acme\n", "choose such a name"),
        ("@pack@", "choose such a name"),
        ("größe", "choose such a name"),
        ("a" * 41, "shorter"),
        ("2fast", "vcvm-2fast"),
        ("class", "vcvm-class"),
        ("con", "vcvm-con"),
        ("lpt1", "vcvm-lpt1"),
        ("json", "would hide json"),
        ("vcvm", "would hide vcvm"),
        ("vcvm-core", "would hide vcvm_core"),
        ("VCVM_Stdlib", "choose such a name"),
        ("tests", "would hide tests"),
        ("pytest", "would hide pytest"),
    ],
)
def test_bad_names(tmp_path: Path, name: str, says: str) -> None:
    """Each is refused with a cure, and nothing is written."""
    with pytest.raises(PackError) as e:
        create_pack(name, str(tmp_path / "pack"))
    assert e.value.kind == "bad-pack-name"
    assert says in f"{e.value} {e.value.help}"
    assert not list(tmp_path.iterdir())


def test_names_of_packs_that_are_installed(tmp_path: Path, site: Site) -> None:
    """Neither the distribution's name nor its package's."""
    site.add("acme")
    site.add("other", module="shared")
    for name in ("acme", "shared"):
        with pytest.raises(PackError) as e:
            create_pack(name, str(tmp_path / "pack"), packs=discover(site.paths))
        assert e.value.kind == "bad-pack-name"
        assert "is installed" in str(e.value)


@pytest.mark.parametrize("kind", ["folder", "file", "link"])
def test_what_is_there_stays(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "pack"
    if kind == "folder":
        place.mkdir()
    elif kind == "file":
        place.write_text("mine")
    else:
        place.symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileError) as e:
        create_pack("acme", str(place))
    assert e.value.kind == "folder-exists"
    assert os.listdir(tmp_path) == ["pack"]


def test_no_folder_to_write_into(tmp_path: Path) -> None:
    with pytest.raises(FileError) as e:
        create_pack("acme", str(tmp_path / "absent" / "pack"))
    assert e.value.kind == "unwritable-file"
    assert not list(tmp_path.iterdir())


def test_all_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the last step fails, nothing is left of the others."""

    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(new.os, "rename", fail)
    with pytest.raises(FileError) as e:
        create_pack("acme", str(tmp_path / "pack"))
    assert "No space left" in str(e.value)
    assert not list(tmp_path.iterdir())


def test_placeholders_are_filled_strictly() -> None:
    assert new.filled("@a@-@a@ a@b.c @intrinsic(", {"a": "@b@"}) == "@b@-@b@ a@b.c @intrinsic("
    with pytest.raises(InternalError):
        new.filled("@b@", {"a": "x"})


def test_every_template_is_used() -> None:
    """No file in the folder that nobody reads, and none that ends otherwise."""
    found = {p.name.removesuffix(new.SUFFIX) for p in Path(new.__file__).with_name("templates").iterdir()}
    used = {new.filled(t, {"backend": backend}) for t in new.FILES.values() if t for backend in BACKENDS}
    assert found == used


@pytest.mark.heavy
@pytest.mark.parametrize("backend", BACKENDS)
def test_from_command_to_list(tmp_path: Path, environment: Environment, backend: str) -> None:
    """As a user: made, installed, tested, used by a program, and listed."""
    environment.vcvm("plugins", "new", "acme-cards", "--backend", backend, cwd=tmp_path)
    project = tmp_path / "acme-cards"
    environment.install(project)
    listed = json.loads(environment.vcvm("plugins", "list", "--json", cwd=tmp_path).stdout)["packs"]
    (pack,) = [p for p in listed if p["pack"] == "acme-cards"]
    assert (pack["state"], pack["version"], pack["intrinsics"]) == ("ok", "0.1.0", 2)
    done = environment.python("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=project)
    assert "32 passed" in done.stdout
    text = (project / "README.md").read_text("utf-8").partition("```vasm\n")[2].partition("```")[0]
    (tmp_path / "readme.vasm").write_text(text)
    done = environment.vcvm("run", "readme.vasm", '"4539578763621486"', cwd=tmp_path)
    assert done.stdout.strip() == '"************1486"'


@pytest.mark.parametrize("name", ["a", LONGEST])
@pytest.mark.parametrize("tool", [("check",), ("format", "--check")], ids=" ".join)
def test_it_lints_cleanly(tmp_path: Path, name: str, tool: tuple[str, ...]) -> None:
    """By the rules that it brings along."""
    pytest.importorskip("ruff", reason="the linters are in an environment of their own")
    create_pack(name, str(tmp_path / "pack"))
    command = [sys.executable, "-m", "ruff", *tool, "--no-cache", "."]
    done = subprocess.run(command, cwd=tmp_path / "pack", capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
