"""Finding packs: every state, every refusal as a result, and nothing imported."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import pytest

from dists.builder import HEAD, SECOND, SOURCE, Site, function, hook
from vcvm_core.errors import PackError
from vcvm_core.limits import Limits
from vcvm_core.plugin import Found, discover
from vcvm_core.plugin.discovery import PLACES


def states(site: Site) -> dict[str, tuple[str, str]]:
    """State and kind of problem of every pack, by name."""
    return {f.name: (f.state, f.problem.kind if f.problem else "") for f in discover(site.paths)}


def only(site: Site) -> Found:
    (found,) = discover(site.paths)
    return found


@pytest.mark.parametrize("place", PLACES)
def test_found(site: Site, place: str) -> None:
    """A pack is found at each of the places, with what its folder and its manifest say."""
    info = site.add("my-acme", version="2.0.1", place=place)
    found = only(site)
    assert (found.name, found.version, found.where) == ("my-acme", "2.0.1", str(info))
    assert (found.state, found.problem, found.usable, found.editable) == ("ok", None, True, None)
    assert found.manifest is not None
    assert [r.name for r in found.manifest.intrinsics] == ["double"]


def test_only_packs_are_found(site: Site) -> None:
    """Other distributions, folders, files and absent entries of sys.path are passed over."""
    (site.folder / "other-1.0.dist-info").mkdir()
    (site.folder / "file-1.0.dist-info").write_text("")
    (site.folder / "some.txt").write_text("")
    site.add()
    paths = ["", str(site.folder / "absent"), str(site.folder / "some.txt"), str(site.folder), str(site.folder)]
    assert [f.name for f in discover(paths)] == ["acme"]


def test_sorted(site: Site) -> None:
    for name in ("zeta", "alpha", "mid"):
        site.add(name)
    assert [f.name for f in discover(site.paths)] == ["alpha", "mid", "zeta"]


def test_api(site: Site) -> None:
    """A pack for another pack API is refused, and its manifest can still be shown."""
    site.add(api=(3, 4))
    site.add("beta", api=(1, 9))
    assert states(site) == {"acme": ("refused", "wrong-api"), "beta": ("ok", "")}
    found = discover(site.paths)[0]
    assert found.problem is not None
    assert found.problem.code == "VC021"
    assert found.problem.message == "acme needs pack API 3 to 4; this vcvm speaks 1"
    assert found.manifest is not None


@pytest.mark.parametrize(
    ("data", "kind"),
    [(b"", "manifest-truncated"), (b"{}", "manifest-not-msgpack"), (b"\x80", "manifest-not-msgpack")],
)
def test_broken(site: Site, data: bytes, kind: str) -> None:
    """A manifest that is none is a result with the file as its place, and the other pack works."""
    info = site.add(manifest=data)
    site.add("beta")
    assert states(site) == {"acme": ("broken", kind), "beta": ("ok", "")}
    problem = discover(site.paths)[0].problem
    assert problem is not None
    assert problem.place.file == str(info / PLACES[0])


def test_truncated(site: Site) -> None:
    """Half a manifest has the code and the words of the manual."""
    info = site.add()
    data = (info / PLACES[0]).read_bytes()
    (info / PLACES[0]).write_bytes(data[:214])
    problem = only(site).problem
    assert problem is not None
    assert (problem.code, problem.message) == ("VC011", "the manifest is truncated at byte 214")


def test_too_large(site: Site) -> None:
    """A sparse gigabyte is refused by its size (M03)."""
    info = site.add()
    with (info / PLACES[0]).open("wb") as file:
        file.truncate(1 << 30)
    assert states(site) == {"acme": ("broken", "manifest-too-large")}


def test_unreadable(site: Site) -> None:
    """A folder, a pipe, a link to nothing, a link to itself in the manifest's place (M16)."""
    for name in ("folder", "pipe", "nothing", "itself"):
        path = site.add(name) / PLACES[0]
        path.unlink()
        if name == "folder":
            path.mkdir()
        elif name == "pipe":
            os.mkfifo(path)
        elif name == "nothing":
            path.symlink_to(path.parent / "absent")
        else:
            path.symlink_to(path)
    site.add("good")
    expected = dict.fromkeys(("folder", "itself", "nothing", "pipe"), ("broken", "unreadable-manifest"))
    assert states(site) == {**expected, "good": ("ok", "")}


def test_permission(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that may not be opened is a result (M16)."""
    path = site.add() / PLACES[0]
    real = os.open

    def refuse(name: str, *rest: int) -> int:
        if name == str(path):
            raise PermissionError(13, "Permission denied")
        return real(name, *rest)

    monkeypatch.setattr(os, "open", refuse)
    assert states(site) == {"acme": ("broken", "unreadable-manifest")}


@pytest.mark.parametrize("link", ["file", "folder", "distribution"])
def test_links_that_leave(site: Site, tmp_path: Path, link: str) -> None:
    """A manifest reached through a link out of the folder is not read (M15)."""
    info = site.add()
    path = {"file": info / PLACES[0], "folder": info / "extra_metadata", "distribution": info}[link]
    path.rename(tmp_path / "away")
    path.symlink_to(tmp_path / "away")
    site.add("good")
    assert states(site) == {"acme": ("refused", "path-escape"), "good": ("ok", "")}


def test_one_name_twice(site: Site, tmp_path: Path) -> None:
    """Two spellings of one name in one folder, and one name in two folders: both are refused (M13)."""
    site.add("foo-bar", spelled="foo_bar")
    site.add("foo-bar", spelled="Foo.Bar", version="2.0")
    other = Site(tmp_path / "other")
    other.add("beta")
    site.add("beta")
    site.add("good")
    for paths in ([*site.paths, *other.paths], [*other.paths, *site.paths]):
        found = discover(paths)
        assert [f.state for f in found] == ["refused"] * 4 + ["ok"]
        assert {f.problem.kind for f in found if f.problem} == {"ambiguous-distribution"}
        assert {f.version for f in found if f.name == "foo-bar"} == {"1.0", "2.0"}


def test_manifest_of_another_pack(site: Site) -> None:
    data = (site.add("beta") / PLACES[0]).read_bytes()
    site.add("acme", manifest=data)
    assert states(site) == {"acme": ("refused", "wrong-pack"), "beta": ("ok", "")}


def test_too_many(site: Site) -> None:
    """Exactly at the limit passes, one more is refused."""
    for name in ("a", "b", "c"):
        site.add(name)
    assert len(discover(site.paths, Limits.default.with_(packs=3))) == 3
    with pytest.raises(PackError) as e:
        discover(site.paths, Limits.default.with_(packs=2))
    assert e.value.kind == "too-many-packs"


def test_limits_reach_the_reader(site: Site) -> None:
    site.add()
    (found,) = discover(site.paths, Limits.default.with_(manifest_bytes=10))
    assert found.state == "broken"


def test_live(site: Site, tmp_path: Path) -> None:
    """An editable pack whose source changed has the manifest of its source, or the error that is in it."""
    project = tmp_path / "project with space"
    site.add(project=project)
    found = only(site)
    assert (found.state, found.editable) == ("ok", str(project))
    source = project / "acme" / "__init__.py"
    source.write_text(HEAD + function() + function("triple", SECOND, factor=3) + hook("double", "triple"))
    found = only(site)
    assert found.state == "live"
    assert found.manifest is not None
    assert [r.name for r in found.manifest.intrinsics] == ["double", "triple"]
    source.write_text(SOURCE.replace("number: int", "number"))
    found = only(site)
    assert (found.state, found.manifest) == ("broken", None)
    assert found.problem is not None
    assert (found.problem.kind, found.problem.place.line) == ("bad-declaration", 4)
    source.unlink()
    source.parent.rmdir()
    assert states(site) == {"acme": ("broken", "bad-source")}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"url": 1, "dir_info": {"editable": true}}',
        '{"url": "https://x/", "dir_info": {"editable": true}}',
        "[" * 100_000,
    ],
)
def test_bad_direct_url(site: Site, text: str) -> None:
    (site.add() / "direct_url.json").write_text(text)
    assert states(site) == {"acme": ("broken", "unreadable-manifest")}


def test_installed_from_a_folder_is_not_editable(site: Site, tmp_path: Path) -> None:
    (site.add() / "direct_url.json").write_text(json.dumps({"url": tmp_path.as_uri(), "dir_info": {}}))
    assert states(site) == {"acme": ("ok", "")}


def packed(site: Site, path: Path) -> Path:
    """Everything in a site as one zip file."""
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(site.folder.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(site.folder).as_posix())
    return path


def test_zip(site: Site, tmp_path: Path) -> None:
    """A pack in a zip file is found, and a broken one there is a result (M16)."""
    site.add("acme")
    site.add("beta", manifest=b"\x81")
    archive = packed(site, tmp_path / "packs.zip")
    found = {f.name: f for f in discover([str(archive)])}
    assert (found["acme"].state, found["acme"].where) == ("ok", str(archive))
    assert found["beta"].state == "broken"


def test_zip_with_a_damaged_member(site: Site, tmp_path: Path) -> None:
    """A manifest whose checksum in the archive is wrong is a result."""
    data = (site.add() / PLACES[0]).read_bytes()
    archive = packed(site, tmp_path / "packs.zip")
    archive.write_bytes(archive.read_bytes().replace(data, data[:-1] + bytes([data[-1] ^ 1])))
    (found,) = discover([str(archive)])
    assert (found.state, found.problem and found.problem.kind) == ("broken", "unreadable-manifest")


def test_damaged_zip(tmp_path: Path) -> None:
    (tmp_path / "packs.zip").write_bytes(b"PK\x03\x04 no more")
    assert discover([str(tmp_path / "packs.zip")]) == ()
