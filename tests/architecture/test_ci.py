"""The gate itself: .ci/run cannot be green by running nothing, or something else."""

from __future__ import annotations

import importlib.util
import os
import shutil
import stat
import subprocess
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from architecture.tree import ROOT


def script(name: str) -> ModuleType:
    """A script of .ci, as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / ".ci" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


summary = script("summary")
wheelhouse = script("wheelhouse")

GOOD: dict[str, Any] = {
    "python": {"version_info": [3, 12, 1, "final", 0], "version": "3.12.1 (main)"},
    "installed_packages": ["pluggy==1.6.0", "vcvm @ file:///tox/package/vcvm-0.1.0-py3-none-any.whl"],
    "result": {"success": True},
}


def test_cell_accepts() -> None:
    """The named Python, the wheel, success, and tests that passed."""
    assert summary.check("py312-text1", GOOD, summary.Count(passed=3)) == []
    assert summary.check("py312-text2-full", GOOD, summary.Count(passed=3, skipped=1)) == []


@pytest.mark.parametrize(
    ("record", "tests", "says"),
    [
        (None, summary.Count(3), "did not run"),
        ({**GOOD, "python": {"version_info": [3, 11, 7]}}, summary.Count(3), "ran on python 3.11, not 3.12"),
        ({**GOOD, "installed_packages": ["vcvm-text==1.0.0", "vcvm==0.1.0"]}, summary.Count(3), "no wheel of vcvm"),
        ({**GOOD, "result": {"success": False}}, summary.Count(3, failed=1), "failed"),
        (GOOD, None, "left no report"),
        (GOOD, summary.Count(0, skipped=9), "ran no test"),
    ],
)
def test_cell_rejects(record: dict[str, Any] | None, tests: Any, says: str) -> None:
    """Each way for a cell to look green without having run is found."""
    (wrong,) = summary.check("py312-text1", record, tests)
    assert says in wrong


def test_count() -> None:
    """The numbers of a report, and how the closing line says them."""
    junit = '<testsuites><testsuite tests="9" failures="2" errors="1" skipped="3"/></testsuites>'
    assert summary.count(junit) == summary.Count(passed=3, failed=2, errors=1, skipped=3)
    assert summary.count(junit).text() == "2 failed, 3 passed, 3 skipped, 1 errors"
    assert summary.Count().text() == "0 passed"


def test_summary_fails_without_results(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No result file and no cell to run are failures, and the closing line says so."""
    assert summary.main(tmp_path / "none.json", tmp_path, "1", ["py312-text1"]) == 1
    assert capsys.readouterr().out.splitlines()[-1].strip("= ") == "0 passed, 1 errors in 1s"
    assert summary.main(tmp_path / "none.json", tmp_path, "1", []) == 1


def test_run_refuses_a_machine_without_python(tmp_path: Path) -> None:
    """With none of the supported versions, .ci/run says so and fails; a shim does not count as one."""
    clone = tmp_path / "clone"
    shutil.copytree(ROOT / ".ci", clone / ".ci")
    run = clone / ".ci/run"
    text = run.read_text(encoding="utf-8")
    assert "supported=(3.11 3.12 3.13)\n" in text
    run.write_text(text.replace("supported=(3.11 3.12 3.13)", "supported=(3.98 3.99)"), encoding="utf-8")
    shim = tmp_path / "pyenv/versions/3.99.1/bin/python3.99"
    shim.parent.mkdir(parents=True)
    shim.write_text("#!/bin/sh\nexit 127\n", encoding="utf-8")
    shim.chmod(shim.stat().st_mode | stat.S_IXUSR)
    environment = {**os.environ, "PYENV_ROOT": str(tmp_path / "pyenv")}
    done = subprocess.run(["bash", str(run)], env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert "python 3.99: NOT ON THIS MACHINE" in done.stdout
    assert "nothing can be tested" in done.stderr


def test_supported_versions_agree() -> None:
    """pyproject.toml, tox.ini and .ci/run name the same Pythons."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    listed = [line.split(" :: ")[2] for line in project["classifiers"] if " :: Python :: 3." in line]
    assert f"supported=({' '.join(listed)})" in (ROOT / ".ci/run").read_text(encoding="utf-8")
    assert f"py3{{{','.join(v.removeprefix('3.') for v in listed)}}}-text" in (ROOT / "tox.ini").read_text(
        encoding="utf-8"
    )
    assert project["requires-python"] == f">={listed[0]}"


def test_wheelhouse_knows_a_wheel_without_manifest() -> None:
    """A pack's wheel must carry its manifest; and old wheels are found by name and version as wheels write them."""
    pack = '[project]\nname = "vcvm-text"\nversion = "2.0.0"\n[project.entry-points."vcvm.packs"]\nx = "y"\n'
    assert wheelhouse.is_pack(pack)
    assert not wheelhouse.is_pack('[project]\nname = "x"\nversion = "1"\n')
    assert wheelhouse.wheel_prefix(pack) == "vcvm_text-2.0.0-"
    assert wheelhouse.carries_manifest(["vcvm_text-2.0.0.dist-info/extra_metadata/vcvm.msgpack"])
    assert not wheelhouse.carries_manifest(["vcvm_text/vcvm.msgpack", "vcvm_text-2.0.0.dist-info/METADATA"])


def test_wheelhouse_builds_the_root_first() -> None:
    """Every pack needs vcvm to be built."""
    assert wheelhouse.sources(ROOT)[0] == ROOT
