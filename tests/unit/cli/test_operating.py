"""``vcvm plugins header``, ``index`` and ``freeze``, and the options ``--header``, ``--index`` and ``--locked``."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dists.projects import intrinsic, project, wheel
from vcvm_core.bytecode import decode
from vcvm_core.cli import usage

Command = Callable[..., Any]
ONE, TWO = "11111111-2222-4333-8444-00000000000a", "11111111-2222-4333-8444-00000000000b"
BY_NAME = "extern twice(int) -> int\nfunc main() -> int\n push 4\n calli $twice\n ret\nend\n"


@pytest.fixture(autouse=True)
def undisturbed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the environment of the tests says does not count, every remark is made, what was imported is forgotten."""
    monkeypatch.delenv("VCVM_INDEX", raising=False)
    monkeypatch.setattr(usage, "_noted", set())
    yield
    sys.modules.pop("vcvm_acme", None)


def gone(packs: Any, name: str) -> None:
    """Uninstall a pack."""
    package = name.replace("-", "_")
    shutil.rmtree(packs.where / package)
    for info in packs.where.glob(f"{package}-*.dist-info"):
        shutil.rmtree(info)


@pytest.fixture
def header(vcvm: Command, packs: Any) -> str:
    """A header of a pack that is not installed any more, and a program that names what it has."""
    packs.install("vcvm-acme", ONE, version="2.0")
    assert vcvm("plugins", "header", "vcvm-acme").code == 0
    gone(packs, "vcvm-acme")
    Path("rule.vasm").write_text(BY_NAME, encoding="utf-8")
    return "vcvm-acme-2.0.vcvmh"


# Headers


def test_header_is_the_manifest(vcvm: Command, packs: Any) -> None:
    """The file has the bytes of the manifest, is named after pack and version, and is a manifest for every command."""
    manifest = packs.install("vcvm-acme", ONE)
    done = vcvm("plugins", "header", "vcvm-acme")
    assert done.out.startswith("vcvm-acme-1.0.vcvmh: header of vcvm-acme 1.0, 1 intrinsic, ")
    assert Path("vcvm-acme-1.0.vcvmh").read_bytes() == manifest.read_bytes()
    assert vcvm("plugins", "diff", "vcvm-acme-1.0.vcvmh", "vcvm-acme").code == 0
    assert vcvm("plugins", "header", "vcvm-acme-1.0.vcvmh", "-o", "copy").code == 0
    assert Path("copy").read_bytes() == manifest.read_bytes()
    assert not packs.spy.exists()


def test_header_of_a_wheel_and_a_folder(vcvm: Command, folder: Path) -> None:
    """What can be checked and compared can be a header's source."""
    wheel(folder / "acme-1.0-py3-none-any.whl", intrinsic())
    project(folder / "two", intrinsic(), version="2.0")
    assert vcvm("plugins", "header", "acme-1.0-py3-none-any.whl", "--json").data["file"] == "acme-1.0.vcvmh"
    assert vcvm("plugins", "header", "two", "--json").data["version"] == "2.0"


def test_compile_with_a_header(vcvm: Command, header: str) -> None:
    """Every command that looks names up takes a header; what is missing is said when the program is linked."""
    assert "VC315" in vcvm("asm", "rule.vasm").err
    for words in (("asm", "rule.vasm"), ("verify", "rule.vasm"), ("disasm", "rule.vasm", "-o", "again.vasm")):
        done = vcvm(*words, "--header", header)
        assert (done.code, done.err) == (0, "")
    (extern,) = decode(Path("rule.vcvm").read_bytes()).externs
    assert (extern.pack, extern.version) == ("vcvm-acme", "2.0")
    done = vcvm("inspect", "rule.vasm", "--header", header)
    assert "provided by vcvm-acme >= 2.0   not installed" in done.out
    assert "fix: pip install 'vcvm-acme>=2.0'" in done.out
    assert vcvm("run", "rule.vcvm").code == 3


def test_types_from_a_header(vcvm: Command, header: str) -> None:
    """A program of format 0 gains types without the pack, and a call that does not fit is refused."""
    text = f'.consts = [4]\n.intrinsics = [{{"{ONE}": {{"nargs": 1, "nrets": 1}}}}]\nLOADK 0\nCALLI 0\n'
    Path("old.vasm").write_text(text, encoding="utf-8")
    assert vcvm("upgrade", "old.vasm", "-o", "new.vcvm").code == 3
    assert vcvm("upgrade", "old.vasm", "-o", "new.vcvm", "--header", header).code == 0
    assert decode(Path("new.vcvm").read_bytes()).externs[0].signature.shape == "(int) -> int"
    Path("wrong.vasm").write_text(BY_NAME.replace("push 4", 'loadk "4"'), encoding="utf-8")
    assert "VC213" in vcvm("asm", "wrong.vasm", "--header", header).err


def test_header_of_another_version(vcvm: Command, packs: Any, header: str) -> None:
    """The header wins, and it is said: on stderr, or in the JSON."""
    packs.install("vcvm-acme", ONE, version="1.0")
    done = vcvm("asm", "rule.vasm", "--header", header)
    assert done.code == 0
    assert f"note: vcvm-acme: names and types are those of the header {header}, 2.0; installed is 1.0" in done.err
    for words in (("asm", "rule.vasm"), ("verify", "rule.vasm"), ("inspect", "rule.vasm")):
        done = vcvm(*words, "--header", header, "--json")
        assert (done.err, len([n for n in done.data["notices"] if "installed is 1.0" in n])) == ("", 1)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["plugins", "header", "vcvm-nothing"], 3, "[VC090]"),
        (["plugins", "header"], 2, "[VC006]"),
        (["plugins", "header", "vcvm", "-o", "no/such/folder"], 3, "[VC007]"),
        (["plugins", "header", "loop.vasm"], 3, "[VC010]"),
        (["asm", "loop.vasm", "--header", "nothing"], 3, "[VC022]"),
        (["asm", "loop.vasm", "--header", "loop.vasm"], 3, "[VC010]"),
        (["asm", "loop.vasm", "--header"], 2, "[VC006]"),
        (["plugins", "index", "nothing", "-o", "x"], 3, "[VC090]"),
        (["plugins", "index", "."], 2, "-o/--output"),
        (["plugins", "index", ".", "-o", "x"], 3, "[VC092]"),
        (["plugins", "index", "loop.vasm", "nothing", "-o", "x"], 3, "2 errors"),
        (["run", "loop.vasm", "3", "--index", "nothing"], 3, "[VC712]"),
        (["run", "loop.vasm", "3", "--index", "loop.vasm"], 3, "[VC712]"),
        (["run", "loop.vasm", "3", "--locked", "nothing"], 3, "[VC714]"),
        (["run", "loop.vasm", "3", "--locked", "loop.vasm"], 3, "[VC714]"),
        (["plugins", "freeze", "nothing"], 3, "[VC001]"),
        (["plugins", "freeze", "illtyped.vasm"], 3, "[VC213]"),
        (["plugins", "freeze", "unknown.vasm"], 3, "[VC040]"),
        (["plugins", "freeze", "unknown.vasm", "nothing", "illtyped.vasm"], 3, "errors"),
        (["plugins", "freeze", "loop.vasm", "-o", "loop.vasm"], 2, "is the same file as"),
    ],
)
def test_refused(vcvm: Command, folder: Path, words: list[str], code: int, says: str) -> None:
    """Each way it cannot work, with its code; nothing is written."""
    before = sorted(folder.iterdir())
    done = vcvm(*words)
    assert (done.code, done.out) == (code, "")
    assert says in done.err
    assert sorted(folder.iterdir()) == before


# Indexes


@pytest.fixture
def wheels(folder: Path) -> str:
    """A folder of wheels: two releases of a pack, and a library that is none."""
    (folder / "wheels").mkdir()
    (folder / "elsewhere").mkdir()
    for version, uuid in (("1.0", TWO), ("2.0", ONE)):
        file = wheel(
            folder / f"elsewhere/vcvm_acme-{version}-py3-none-any.whl",
            intrinsic(uuid=uuid),
            name="vcvm-acme",
            version=version,
        )
        shutil.move(file, folder / "wheels")
    file = wheel(folder / "elsewhere/lib-1.0-py3-none-any.whl", "", name="lib", manifest=b"")
    shutil.move(file, folder / "wheels")
    return "wheels"


def test_index_of_a_folder(vcvm: Command, wheels: str) -> None:
    """The packs of a folder of wheels; what is no pack is left out, and said."""
    done = vcvm("plugins", "index", wheels, "-o", "packs.index")
    assert done.out.startswith("packs.index: 1 pack, 2 versions, 2 intrinsics, ")
    assert "lib-1.0-py3-none-any.whl" in done.out
    data = vcvm("plugins", "index", wheels, "-o", "packs.index", "--json").data
    assert (data["packs"], data["versions"], data["skipped"]) == (1, 2, ["lib-1.0-py3-none-any.whl"])


def test_index_grows(vcvm: Command, wheels: str) -> None:
    """An index takes what is added to it, in place."""
    one, two = (f"{wheels}/vcvm_acme-{v}-py3-none-any.whl" for v in ("1.0", "2.0"))
    vcvm("plugins", "index", one, two, "-o", "all.index")
    vcvm("plugins", "index", one, "-o", "some.index")
    assert vcvm("plugins", "index", "some.index", two, "-o", "some.index").code == 0
    assert Path("some.index").read_bytes() == Path("all.index").read_bytes()
    assert vcvm("plugins", "index", one, "-o", one).code == 2


def test_index_of_what_is_installed(vcvm: Command, packs: Any) -> None:
    """Without subjects all packs that can be used; no pack is imported."""
    packs.install("vcvm-acme", ONE)
    packs.install("vcvm-zeta", TWO).write_bytes(b"\x80")
    done = vcvm("plugins", "index", "-o", "packs.index")
    assert done.code == 0
    assert "  without a manifest that can be used: vcvm-zeta 1.0" in done.out
    assert not packs.spy.exists()


PICTURE = """\
error[VC040]: rule.vcvm needs 1 intrinsic that is not available here
  twice  11111111-2222-4333-8444-00000000000a  provided by vcvm-acme >= 2.0   installed: vcvm-acme 1.0
         fix: pip install 'vcvm-acme>=2.0'
"""


@pytest.mark.parametrize("how", ["--index", "VCVM_INDEX", "config.toml", "pyproject.toml"])
def test_report_knows_the_index(
    vcvm: Command, packs: Any, wheels: str, monkeypatch: pytest.MonkeyPatch, folder: Path, how: str
) -> None:
    """Whoever names the index, the report says which versions of which pack help: the picture of the manual."""
    packs.install("vcvm-acme", ONE, version="2.0")
    Path("rule.vasm").write_text(BY_NAME.replace("int\n", f'int = "{ONE}" from "" ""\n', 1), encoding="utf-8")
    assert vcvm("asm", "rule.vasm").code == 0
    gone(packs, "vcvm-acme")
    packs.install("vcvm-acme", TWO, version="1.0")
    vcvm("plugins", "index", wheels, "-o", "packs.index")
    words = ["run", "rule.vcvm"]
    if how == "--index":
        words += ["--index", "packs.index"]
    elif how == "VCVM_INDEX":
        monkeypatch.setenv("VCVM_INDEX", "packs.index")
    elif how == "config.toml":
        monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        (folder / "config/vcvm").mkdir(parents=True)
        (folder / "config/vcvm/config.toml").write_text(f'index = "{folder}/packs.index"\n', encoding="utf-8")
    else:
        Path("pyproject.toml").write_text('[tool.vcvm]\nindex = "packs.index"\n', encoding="utf-8")
    done = vcvm(*words)
    assert (done.code, done.err) == (3, PICTURE)
    (verdict,) = vcvm(*words, "--json").data["report"]["imports"]
    assert [(p["pack"], p["versions"]) for p in verdict["providers"]] == [("vcvm-acme", ["2.0"])]


def test_name_in_the_index(vcvm: Command, packs: Any, wheels: str) -> None:
    """A name that nothing installed has is looked up too, for whoever compiles."""
    vcvm("plugins", "index", wheels, "-o", "packs.index")
    Path("rule.vasm").write_text(BY_NAME.replace("twice", "f"), encoding="utf-8")
    done = vcvm("asm", "rule.vasm", "--index", "packs.index")
    assert (done.code, "note: f is provided by vcvm-acme 1.0, says packs.index" in done.err) == (3, True)


def test_index_that_was_moved_away(vcvm: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting that names what is not there stops nobody, and is remarked on."""
    monkeypatch.setenv("VCVM_INDEX", "moved.index")
    done = vcvm("run", "loop.vasm", "2")
    assert (done.code, done.out) == (0, "[0, 1]\n")
    assert "note: VCVM_INDEX names the index moved.index, which is not there" in done.err
    assert vcvm("inspect", "unknown.vasm").code == 0


# Locks


@pytest.fixture
def locked(vcvm: Command, packs: Any) -> Any:
    """A pack, a program that calls it, and their lock."""
    packs.install("vcvm-acme", ONE)
    Path("rule.vasm").write_text(BY_NAME, encoding="utf-8")
    done = vcvm("plugins", "freeze", "rule.vasm", "-o", "vcvm.lock")
    assert (done.code, done.out, done.err) == (0, "vcvm.lock: 1 pack, 1 program\n", "")
    assert not packs.spy.exists()
    return packs


def test_lock_is_for_people(vcvm: Command, locked: Any) -> None:
    """A lock names what a program uses and nothing else; it is the same text every time, and what stdout gets."""
    text = Path("vcvm.lock").read_text("utf-8")
    data = json.loads(text)
    assert [p["pack"] for p in data["packs"]] == ["vcvm-acme"]
    assert [(p["file"], p["packs"]) for p in data["programs"]] == [("rule.vasm", ["vcvm-acme"])]
    assert vcvm("plugins", "freeze", "rule.vasm").out == text
    assert vcvm("plugins", "freeze", "rule.vasm", "--json").data["lock"] == data
    everything = json.loads(vcvm("plugins", "freeze").out)
    assert {p["pack"] for p in everything["packs"]} >= {"vcvm", "vcvm-acme"}
    assert everything["programs"] == []


@pytest.mark.parametrize("count", [1, 2])
def test_effects_are_allowed_where_a_program_runs(vcvm: Command, packs: Any, count: int) -> None:
    """A lock says what a program needs: no effect has to be allowed for it, also not one that nobody has heard of."""
    packs.install("vcvm-acme", ONE, effects=("clock", "teleport"))
    names = [f"rule{i}.vasm" for i in range(count)]
    for name in names:
        Path(name).write_text(BY_NAME, encoding="utf-8")
    done = vcvm("plugins", "freeze", *names, "-o", "vcvm.lock")
    assert (done.code, done.err) == (0, "")
    done = vcvm("run", names[0], "--locked", "vcvm.lock")
    assert (done.code, "effect `clock` and `teleport` is not allowed" in done.err) == (3, True)
    assert vcvm("run", names[0], "--locked", "vcvm.lock", "--allow", "clock,teleport").out == "8\n"


def test_locked(vcvm: Command, locked: Any) -> None:
    """What was locked runs, and can be looked at."""
    assert vcvm("run", "rule.vasm", "--locked", "vcvm.lock").out == "8\n"
    assert vcvm("inspect", "rule.vasm", "--locked", "vcvm.lock").code == 0
    assert vcvm("run", "rule.vasm", "--locked", "vcvm.lock", "--no-pack", "vcvm-text").code in (0, 2)


@pytest.mark.parametrize("command", ["run", "inspect"])
def test_everything_that_differs(vcvm: Command, locked: Any, command: str) -> None:
    """A changed pack and another program are refused together, before anything of the pack is run."""
    with open(locked.where / "vcvm_acme/__init__.py", "a", encoding="utf-8") as file:
        file.write("# changed\n")
    Path("rule.vasm").write_text(BY_NAME.replace("push 4", "push 5"), encoding="utf-8")
    done = vcvm(command, "rule.vasm", "--locked", "vcvm.lock")
    assert (done.code, done.out) == (3, "")
    assert "error[VC718]: the code of vcvm-acme 1.0 is not the locked one: expected " in done.err
    assert "error[VC719]: rule.vasm is not the locked program: expected rule.vasm " in done.err
    assert done.err.endswith("2 errors\n")
    assert not locked.spy.exists()
    data = vcvm(command, "rule.vasm", "--locked", "vcvm.lock", "--json").data
    assert [e["kind"] for e in data["errors"]] == ["hash-mismatch", "lock-other-program"]


def test_library_in_a_lock(vcvm: Command, packs: Any) -> None:
    """What a program uses through a library is locked too."""
    packs.install("vcvm-acme", ONE)
    inner = BY_NAME.replace("func main()", "func eight()")
    Path("lib.vasm").write_text(f".library\n{inner}export eight\n", encoding="utf-8")
    assert vcvm("asm", "lib.vasm").code == 0
    from vcvm_core.bytecode import content_hash

    digest = content_hash(Path("lib.vcvm").read_bytes()).hex()
    text = f'.link lib "{digest}"\nimport lib eight() -> int\nfunc main() -> int\n call lib.eight()\n ret\nend\n'
    Path("rule.vasm").write_text(text, encoding="utf-8")
    assert vcvm("plugins", "freeze", "rule.vasm").code == 3
    done = vcvm("plugins", "freeze", "rule.vasm", "--library", "lib=lib.vcvm")
    assert json.loads(done.out)["programs"][0]["packs"] == ["vcvm-acme"]
