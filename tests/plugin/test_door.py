"""The door of packs: what it gives, and what using it does not import."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import vcvm_core.plugin
from dists.builder import SOURCE, Site

HOSTILE = """
print("imported!")
import sys
open({marker!r}, "w").close()
raise SystemExit(9)
"""
HEAVY = {"pluggy", "importlib_metadata", "importlib.metadata", "rich", "vcvm_core.plugin.loader", "doctest", "inspect"}


def modules_after(code: str) -> set[str]:
    """What a new interpreter has imported after `code`; it ends well and prints nothing else."""
    code += "\nimport sys, json\nprint(json.dumps(sorted(sys.modules)))"
    root = str(Path(vcvm_core.plugin.__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {root!r})\n{code}"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


@pytest.fixture
def hostile(site: Site, tmp_path: Path) -> Site:
    """A good pack, and one that does everything bad when it is imported."""
    site.add("good")
    site.add("bad", source=SOURCE.replace("1111", "4444"))
    (site.folder / "bad" / "__init__.py").write_text(HOSTILE.format(marker=str(tmp_path / "marker")))
    return site


def test_finding_imports_nothing(hostile: Site, tmp_path: Path) -> None:
    """Listing, showing, linking and naming read manifests only: no pack runs, and no heavy library is loaded."""
    seen = modules_after(
        f"sys.path.insert(0, {str(hostile.folder)!r})\n"
        "from vcvm_core.plugin import discover, installed\n"
        f"found = discover({hostile.paths!r})\n"
        "states = [f.state for f in found]\n"
        f"registry = installed({hostile.paths!r})\n"
        "names = registry.catalog()\n"
        "if states != ['ok', 'ok'] or 'good.double' not in names or 'bad.double' not in names: sys.exit(1)\n"
    )
    assert not {"good", "bad"} & seen
    assert not (HEAVY - {"inspect"}) & seen
    assert not (tmp_path / "marker").exists()


def test_everything_on_sys_path(hostile: Site) -> None:
    """Without paths, sys.path is searched, zip files that are not there included."""
    seen = modules_after("from vcvm_core.plugin import installed\ninstalled().catalog()")
    assert not HEAVY - {"inspect"} & seen


def test_declaring_imports_little() -> None:
    """A pack that is imported does not bring along what finds packs."""
    seen = modules_after("from vcvm_core.plugin import intrinsic")
    assert {"vcvm_core.plugin.discovery", "vcvm_core.plugin.registry", "msgpack", "pluggy"}.isdisjoint(seen)


def test_every_name() -> None:
    """Each name of the door is there, in the list, and declared to type checkers."""
    text = Path(vcvm_core.plugin.__file__).read_text()
    for name in vcvm_core.plugin.__all__:
        assert getattr(vcvm_core.plugin, name) is not None
        assert f" import {name} as {name}\n" in text
    assert text.count(" as ") == len(vcvm_core.plugin.__all__)
    assert set(dir(vcvm_core.plugin)) == set(vcvm_core.plugin.__all__)


def test_other_names() -> None:
    with pytest.raises(AttributeError):
        vcvm_core.plugin.absent  # type: ignore[attr-defined]  # noqa: B018


def test_a_bad_pack_is_listed_and_the_other_works(hostile: Site) -> None:
    """The pack that exits when imported is an error of its own intrinsic alone."""
    modules_after(
        f"sys.path.insert(0, {str(hostile.folder)!r})\n"
        "import io, contextlib\nfrom uuid import UUID\n"
        "from vcvm_core.errors import PackError\nfrom vcvm_core.plugin import installed\n"
        f"registry = installed({hostile.paths!r})\n"
        "(bad,), (good,) = (registry.catalog()[n] for n in ('bad.double', 'good.double'))\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        "    try:\n        registry.offers(bad.uuid)[0].load()\n"
        "    except PackError as e:\n        kind = e.kind\n"
        "if kind != 'import-failed' or registry.offers(good.uuid)[0].load()(2) != 4: sys.exit(1)\n"
    )
