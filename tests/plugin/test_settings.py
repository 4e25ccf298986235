"""Settings: who may say what, each entry with its source, and everything that is wrong at once."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from vcvm_core.errors import VcvmError
from vcvm_core.plugin import installed, settings
from vcvm_core.plugin.settings import Entry, Settings, read_settings, user_file


class Home:
    """A home with a user's file, and a project beside it."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "home" / "vcvm" / "config.toml"
        self.config.parent.mkdir(parents=True)
        self.project = folder / "project"
        self.project.mkdir()
        self.environ = {"XDG_CONFIG_HOME": str(folder / "home"), "APPDATA": str(folder / "home")}

    def user(self, text: str) -> None:
        self.config.write_text(text, encoding="utf-8")

    def pyproject(self, text: str) -> str:
        (self.project / "pyproject.toml").write_text(text, encoding="utf-8")
        return str(self.project / "pyproject.toml")

    def read(self, block: tuple[str, ...] = (), allow: tuple[str, ...] = (), **environ: str) -> Settings:
        return read_settings(block, allow, {**self.environ, **environ}, str(self.project))

    def refused(self, **environ: str) -> list[tuple[Any, ...]]:
        """What is wrong, as kind, file and line."""
        with pytest.raises(VcvmError) as e:
            self.read(**environ)
        return [(d.kind, Path(d.place.file or "").name, d.place.line) for d in e.value.diagnostics]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_nothing_is_set(home: Home) -> None:
    """No files, no variables, no flags: nothing, and the place where the user's file would be."""
    assert home.read() == Settings(user_file=str(home.config))


def test_all_sources_together(home: Home) -> None:
    """Every source adds; each entry says where it came from; names of packs have one spelling."""
    home.user('index = "known.index"\n[packs]\nblock = ["acme_one"]\n[effects]\nallow = ["net"]\n')
    project = home.pyproject('[tool.vcvm]\napi = [1, 1]\nblock = ["Acme.Two"]\nindex = "../shared.index"\n')
    found = home.read(("Acme_Flag",), ("clock",), VCVM_BLOCK="acme-one, acme-env,,", VCVM_ALLOW="random")
    user = str(home.config)
    assert found.block == (
        Entry("acme-flag", "--no-pack"),
        Entry("acme-one", "VCVM_BLOCK"),
        Entry("acme-env", "VCVM_BLOCK"),
        Entry("acme-one", user),
        Entry("acme-two", project),
    )
    assert found.allow == (Entry("clock", "--allow"), Entry("random", "VCVM_ALLOW"), Entry("net", user))
    assert found.index == (
        Entry(str(home.config.parent / "known.index"), user),
        Entry(str(home.project.parent / "shared.index"), project),
    )
    assert found.blocked["acme-one"] == f"VCVM_BLOCK and {user}"
    assert found.allowed == {"clock": "--allow", "random": "VCVM_ALLOW", "net": user}


def test_a_project_may_not_allow(home: Home) -> None:
    """A checkout is somebody else's will: `allow` in it is an error that says who may, and nothing is allowed."""
    home.pyproject('[project]\nname = "x"\n\n[tool.vcvm]\nblock = []\nallow = ["clock"]\n')
    with pytest.raises(VcvmError) as e:
        home.read(allow=("random",))
    (d,) = e.value.diagnostics
    assert (d.kind, d.code, d.place.line) == ("project-allows", "VC704", 6)
    assert "a project does not allow effects" in d.message
    assert str(home.config) in d.help
    home.pyproject("[tool.vcvm]\nallow = []\n")
    assert home.refused() == [("project-allows", "pyproject.toml", 2)]


def test_the_nearest_project_counts(home: Home) -> None:
    """The search goes up to the first pyproject.toml, and no further."""
    home.pyproject('[tool.vcvm]\nblock = ["outer"]\n')
    inner = home.project / "a" / "b"
    inner.mkdir(parents=True)
    assert read_settings((), (), home.environ, str(inner)).blocked.keys() == {"outer"}
    (home.project / "a" / "pyproject.toml").write_text('[tool.vcvm]\nblock = ["inner"]\n')
    assert read_settings((), (), home.environ, str(inner)).blocked.keys() == {"inner"}


def test_projects_of_others(home: Home) -> None:
    """A pyproject.toml that does not speak of vcvm may be as wrong as it likes."""
    home.pyproject("this is = = no TOML")
    assert home.read().block == ()
    home.pyproject("x = 1\n" * settings.FILE_BYTES)
    assert home.read().block == ()
    home.pyproject('dependencies = ["vcvm>=1"]\n[tool.vcvm-other]\nallow = 1\n= wrong\n')
    assert home.read().block == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[packs\n", [("settings-not-toml", "config.toml", 1)]),
        ('[packs]\nblock = ["a"]\nblock = ["b"]\n', [("settings-not-toml", "config.toml", 3)]),
        ('[packs]\nblok = ["a"]\n', [("unknown-setting", "config.toml", 2)]),
        ('block = ["a"]\n', [("unknown-setting", "config.toml", 1)]),
        ('[tool.vcvm]\nblock = ["a"]\n', [("unknown-setting", "config.toml", None)]),
        ('[packs]\nblock = "a"\n', [("bad-setting", "config.toml", 2)]),
        ('[packs]\nblock = ["a", 1]\n', [("bad-setting", "config.toml", 2)]),
        ('[packs]\nblock = ["a b"]\n', [("bad-setting", "config.toml", 2)]),
        ("packs = 1\n", [("bad-setting", "config.toml", 1)]),
        ("[[packs]]\nblock = []\n", [("bad-setting", "config.toml", 1)]),
        ('[effects]\nallow = ["Clock"]\n', [("bad-setting", "config.toml", 2)]),
        ('[effects]\nallow = ["clock,random"]\n', [("bad-setting", "config.toml", 2)]),
        ("[effects]\nallow = 1979-05-27\n", [("bad-setting", "config.toml", 2)]),
        ("index = 1\n", [("bad-setting", "config.toml", 1)]),
        ('index = ""\n', [("bad-setting", "config.toml", 1)]),
        ('index = "a\\u0000b"\n', [("bad-setting", "config.toml", 1)]),
        (
            'index = 1\n[packs]\nblock = 2\n[effects]\nallow = "x"\nmore = 1\n',
            [("bad-setting", "config.toml", line) for line in (3, 5, 1)],
        ),
    ],
)  # fmt: skip
def test_refused(home: Home, text: str, found: list[tuple[Any, ...]]) -> None:
    """Unknown keys, other types, what is no name and what is no TOML: with file and line, all of them at once."""
    home.user(text)
    refused = home.refused()
    if len(found) > 1:
        assert [r for r in refused if r[0] == "bad-setting"] == found
        assert ("unknown-setting", "config.toml", 6) in refused
    else:
        assert [(kind, file, line if found[0][2] else None) for kind, file, line in refused] == found


def test_refused_in_a_project(home: Home) -> None:
    """The same holds for a project's table; its one unknown key names what is close."""
    home.pyproject('[tool.vcvm]\nbolck = ["a"]\n')
    with pytest.raises(VcvmError) as e:
        home.read()
    assert (e.value.kind, e.value.help) == ("unknown-setting", "did you mean block?")
    home.pyproject("[tool]\nvcvm = 3\n")
    assert home.refused() == [("bad-setting", "pyproject.toml", 2)]
    home.pyproject('[tool]\nvcvm.block = "x"\n')
    assert home.refused() == [("bad-setting", "pyproject.toml", 2)]


@pytest.mark.parametrize(
    "text",
    [
        '[tool.vcvm]\nblock = ["a"]', '[ tool . "vcvm" ]\nblock = ["a"]', "[tool]\nvcvm.block = ['a']",
        "tool.vcvm.block = ['a']",
        "tool = {x = 1,vcvm = {block = ['a']}}", "[tool.'vcvm']\n'block' = ['a']", "[tool]\nvcvm={block=['a']}",
    ],
)  # fmt: skip
def test_spellings(home: Home, text: str) -> None:
    """However the table is written, it is seen."""
    home.pyproject(text)
    assert home.read().blocked.keys() == {"a"}


@pytest.mark.parametrize("variable", ["VCVM_BLOCK", "VCVM_ALLOW"])
def test_variables(home: Home, variable: str) -> None:
    """A variable with a word that is no name is a mistake of usage; one with too many words is, too."""
    assert home.refused(**{variable: "good,\x1b[31m"}) == [("bad-usage", "", None)]
    assert home.refused(**{variable: ",".join(["x"] * 1001)}) == [("bad-usage", "", None)]
    assert home.read(**{variable: " , "}).block == ()


def test_files_that_are_none(home: Home, tmp_path: Path) -> None:
    """Too large, a folder, a pipe, no text: refused, and nothing waits."""
    home.user("#" * (settings.FILE_BYTES + 1))
    assert home.refused() == [("settings-too-large", "config.toml", None)]
    home.user("#" * settings.FILE_BYTES)
    assert home.read().block == ()
    home.config.write_bytes(b'[packs]\nblock = ["\xff"]\n')
    assert home.refused() == [("settings-not-toml", "config.toml", None)]
    home.config.write_bytes(b"\xef\xbb\xbf[packs]\r\nblock = ['a']\r\n")
    assert home.read().blocked.keys() == {"a"}
    home.user("x = " + "[" * 100_000)
    assert home.refused() == [("settings-not-toml", "config.toml", None)]
    home.config.unlink()
    home.config.mkdir()
    assert home.refused() == [("not-a-regular-file", "config.toml", None)]
    home.config.rmdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(home.config)
        assert home.refused() == [("not-a-regular-file", "config.toml", None)]


@pytest.mark.parametrize(
    "text",
    [
        "[tool.vcvm]\n" + "".join(f"a{i} = 1\n" for i in range(20_000)),
        "[tool.vcvm]\nblock = [" + "1, " * 1000 + "]\n" + "\n" * 200_000,
        "[tool.vcvm]\nblock = 1\n" + "#" + "a" * 200_000,
        "[tool.vcvm]\n" + "a." * 100_000 + "a = 1\n",
    ],
    ids=["keys", "names", "a long line", "a long key"],
)
def test_much_is_wrong(home: Home, text: str) -> None:
    """However much is wrong, it does not take long to say so, and not everything is said."""
    home.pyproject(text)
    before = time.monotonic()
    assert 1 <= len(home.refused()) <= settings.REPORTED
    assert time.monotonic() - before < 5


def test_too_many_names(home: Home) -> None:
    """A list has a bound."""
    names = ", ".join(f'"p{i}"' for i in range(settings.ENTRIES))
    home.user(f"[packs]\nblock = [{names}]\n")
    assert len(home.read().block) == settings.ENTRIES
    home.user(f'[packs]\nblock = [{names}, "one-more"]\n')
    assert home.refused() == [("bad-setting", "config.toml", 2)]


@pytest.mark.skipif(os.name == "nt", reason="Windows has another place")
def test_where_the_users_file_is() -> None:
    """In $XDG_CONFIG_HOME, or ~/.config where that is not set, or is relative."""
    assert user_file({"XDG_CONFIG_HOME": "/etc/x", "HOME": "/home/a"}) == "/etc/x/vcvm/config.toml"
    assert user_file({"HOME": "/home/a"}) == "/home/a/.config/vcvm/config.toml"
    assert user_file({"XDG_CONFIG_HOME": "x", "HOME": "/home/a"}) == "/home/a/.config/vcvm/config.toml"
    assert user_file({"HOME": "nowhere"}) is None


def test_an_application_reads_nothing(home: Home, site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library looks at no variable and at no file: what blocks is what was passed, and by whom."""
    site.add("acme")
    home.user('[packs]\nblock = ["acme"]\n')
    monkeypatch.setenv("XDG_CONFIG_HOME", home.environ["XDG_CONFIG_HOME"])
    monkeypatch.setenv("VCVM_BLOCK", "acme")
    monkeypatch.chdir(home.project)
    (pack,) = installed(site.paths).packs
    assert pack.state == "ok"
    (pack,) = installed(site.paths, block=read_settings().blocked).packs
    assert pack.state == "blocked"
    assert pack.problem is not None
    assert pack.problem.message == f"acme is blocked by VCVM_BLOCK and {home.config}"
    (pack,) = installed(site.paths, block=["Acme"]).packs
    assert pack.problem is not None
    assert pack.problem.message == "acme is blocked by the application"
