"""Who may import whom: the layers, their doors, the packs' doors, the addresses of outside libraries."""

from __future__ import annotations

import tomllib

import pytest

from architecture.house import MODULES
from architecture.imports import check_addresses, check_door, check_layers, check_pack, door_names, unit_of
from architecture.tree import ROOT, core, no_findings, packages

CORE = core()
PACKS = [(path, text) for path, text in packages() if not path.startswith("vcvm_core/")]
DOORS = {
    unit_of(path): door_names(text) for path, text in CORE if path.endswith("/__init__.py") and path.count("/") == 2
}


def own_imports(path: str) -> set[str]:
    """What a plugin's file may import beside vcvm: its own packages, and what its pyproject.toml declares."""
    if not path.startswith("plugins/"):
        return set()
    folder = ROOT.joinpath(*path.split("/")[:2])
    if not (folder / "pyproject.toml").is_file():
        return set()
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = [requirement.split(";")[0].strip() for requirement in project.get("dependencies", [])]
    declared = {name.split("[")[0].split("<")[0].split(">")[0].split("=")[0].split("~")[0].strip() for name in names}
    modules = {name.replace("-", "_").lower() for name in declared}
    return {MODULES.get(name, name) for name in modules} | {path.stem for path in (folder / "src").iterdir()}


def test_there_is_something_to_check() -> None:
    """The lists that the checks run over are not empty by a mistake in a path."""
    assert {"vcvm_core/errors/table.py", "vcvm_core/values/__init__.py"} <= {path for path, _ in CORE}
    assert DOORS["values"]


def test_plugins_are_whole_distributions() -> None:
    """Each folder in plugins/ can be copied and built as it stands."""
    folders = [folder for folder in (ROOT / "plugins").glob("*") if folder.is_dir()]
    no_findings(
        f"plugins/{folder.name}: no {wanted}. Cure: a plugin is a whole distribution that a reader may copy."
        for folder in sorted(folders)
        for wanted in ("pyproject.toml", "README.md", "src", "tests")
        if not (folder / wanted).exists()
    )


def test_layers() -> None:
    """A file of vcvm_core imports from lower layers only, through their doors."""
    no_findings(finding for path, text in CORE for finding in check_layers(path, text, DOORS))


def test_doors_hold_no_code() -> None:
    """An `__init__.py` of vcvm_core says what goes in and out, and re-exports."""
    doors = [(path, text) for path, text in CORE if path.endswith("/__init__.py")]
    no_findings(finding for path, text in doors for finding in check_door(path, text))


def test_packs_use_public_doors() -> None:
    """The standard pack and the plugins use what any pack may use."""
    no_findings(finding for path, text in PACKS for finding in check_pack(path, text))


def test_outside_libraries_have_an_address() -> None:
    """pluggy, msgpack, lark, rich ... are imported in one place each."""
    no_findings(f for path, text in packages() for f in check_addresses(path, text, own_imports(path)))


EXAMPLE_DOORS = {"values": {"INT", "Type"}, "isa": {"OPCODES"}, "asm": {"assemble"}}


@pytest.mark.parametrize(
    ("path", "source", "says"),
    [
        ("vcvm_core/values/types.py", "from vcvm_core.isa import OPCODES", "a higher layer"),
        ("vcvm_core/values/types.py", "def f():\n    from vcvm_core.isa import OPCODES", "types.py:2:"),
        ("vcvm_core/values/types.py", "import vcvm_core.isa", "a higher layer"),
        ("vcvm_core/values/types.py", "from vcvm_core import isa", "a higher layer"),
        ("vcvm_core/values/types.py", "from vcvm_core import VM", "a higher layer"),
        ("vcvm_core/values/types.py", "from ..isa import OPCODES", "a higher layer"),
        ("vcvm_core/values/types.py", "import_module('vcvm_core.isa')", "a higher layer"),
        ("vcvm_core/errors/table.py", "from vcvm_core.limits import Limits", "a higher layer"),
        ("vcvm_core/lang/check.py", "from vcvm_core.asm import assemble", "a sibling"),
        ("vcvm_core/runtime/frame.py", "from vcvm_core.plugin import installed", "a sibling"),
        ("vcvm_core/isa/opcodes.py", "from vcvm_core.values.types import INT", "reaches into"),
        ("vcvm_core/isa/opcodes.py", "import vcvm_core.values.types", "reaches into"),
        ("vcvm_core/isa/opcodes.py", "from vcvm_core.values import types", "not at the door"),
        ("vcvm_core/isa/opcodes.py", "from vcvm_core.nowhere import x", "no place in the layer table"),
        ("vcvm_core/nowhere.py", "", "no place in the layer table"),
        ("vcvm_core/cli/run.py", "import vcvm_stdlib", "entry point"),
    ],
)
def test_layers_rejects(path: str, source: str, says: str) -> None:
    """Every way round a layer or a door is found."""
    (finding,) = check_layers(path, source, EXAMPLE_DOORS)
    assert says in finding
    assert finding.startswith(path)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("vcvm_core/isa/opcodes.py", "from vcvm_core.values import INT, Type\nimport vcvm_core.values\nimport re"),
        (
            "vcvm_core/values/types.py",
            "from vcvm_core.values.arith import x\nfrom .arith import y\nfrom . import arith",
        ),
        ("vcvm_core/vm.py", "from vcvm_core.errors import error\nfrom vcvm_core import limits"),
        ("vcvm_core/__main__.py", "from vcvm_core.cli import main"),
    ],
)
def test_layers_accepts(path: str, source: str) -> None:
    """Lower layers through the door, and the own folder freely."""
    assert check_layers(path, source, EXAMPLE_DOORS) == []


@pytest.mark.parametrize(
    "source",
    [
        "from vcvm_core.values import INT",
        "import vcvm_core",
        "from vcvm_core import VM",
        "from vcvm_core.plugin.declare import intrinsic",
        "def f():\n    from vcvm_core.vm import VM",
    ],
)
def test_packs_rejects(source: str) -> None:
    """A pack that goes past the public doors is found."""
    (finding,) = check_pack("plugins/vcvm-beta/src/vcvm_beta/__init__.py", source)
    assert "vcvm_core.plugin and vcvm_core.frontend only" in finding


def test_packs_accepts() -> None:
    """The doors, the pack's own files and the standard library."""
    doors = "from vcvm_core.plugin import intrinsic\nfrom vcvm_core import frontend\n"
    assert check_pack("vcvm_stdlib/lists.py", doors + "from vcvm_stdlib.text import x\nimport re") == []


@pytest.mark.parametrize(
    ("path", "source", "says"),
    [
        ("vcvm_core/vm.py", "import msgpack", "only inside vcvm_core/plugin/"),
        ("vcvm_core/runtime/interp.py", "def f():\n    import pluggy", "only inside vcvm_core/plugin/"),
        ("vcvm_core/plugin/loader.py", "from rich.table import Table", "only inside vcvm_core/cli/"),
        ("vcvm_core/cli/run.py", "import lark", "only inside vcvm_core/asm/, vcvm_core/lang/"),
        ("vcvm_core/plugin/loader.py", "import hatchling.plugin", "only inside vcvm_core/plugin/hatch.py"),
        ("vcvm_core/vm.py", "import requests", "nowhere here"),
        ("vcvm_stdlib/text.py", "import msgpack", "only inside vcvm_core/plugin/"),
        ("plugins/vcvm-beta/src/vcvm_beta/x.py", "import regex", "nowhere here"),
    ],
)
def test_addresses_rejects(path: str, source: str, says: str) -> None:
    """An outside library away from its address is found."""
    (finding,) = check_addresses(path, source, {"vcvm_beta"})
    assert says in finding


def test_addresses_accepts() -> None:
    """Libraries at home, the standard library, a plugin's own package and declared dependencies."""
    assert check_addresses("vcvm_core/plugin/hatch.py", "import hatchling.builders\nimport msgpack, os.path") == []
    assert check_addresses("plugins/b/src/b/x.py", "import regex\nfrom b import y", {"regex", "b"}) == []


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ('""" """\nfrom vcvm_core.values.types import INT', "no docstring"),
        ("from vcvm_core.values.types import INT", "no docstring"),
        ('"""Door."""\ndef helper(): ...', ":2: a door holds code"),
        ('"""Door."""\nclass Type: ...', "a door holds code"),
        ('"""Door."""\nlimit = 3', "a door holds code"),
        ('"""Door."""\n_cache = compute()', "a door holds code"),
        ('"""Door."""\nif TYPE_CHECKING:\n    x = 3', "a door holds code"),
        ('"""Door."""\nprint("hello")', "a door holds code"),
    ],
)
def test_doors_rejects(source: str, says: str) -> None:
    """Code behind no file's name is found."""
    (finding,) = check_door("vcvm_core/values/__init__.py", source)
    assert says in finding


def test_doors_accepts() -> None:
    """Re-exports, and what it takes to make them lazy."""
    source = '''"""Takes text; gives values."""
from typing import TYPE_CHECKING, Any
from vcvm_core.values.types import INT as INT
if TYPE_CHECKING:
    from vcvm_core.values.arith import add as add
__version__ = "1"
_LAZY = {"add": "vcvm_core.values.arith"}
__all__ = sorted(_LAZY)
def __getattr__(name: str) -> Any: ...
def __dir__() -> list[str]: ...
'''
    assert check_door("vcvm_core/values/__init__.py", source) == []
    assert {"INT", "add"} <= door_names(source)
