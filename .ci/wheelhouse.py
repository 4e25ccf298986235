"""Builds vcvm and the packs of this repository into ./wheelhouse, each as its reader would: `python -m build`.

Takes no arguments; gives one wheel a distribution. The root comes first, since every pack needs it to be built. Wheels
of the same distribution and version are removed before, whatever they hold: find-links would serve yesterday's. Refuses
to end well when a wheel is missing, or is a pack's and carries no manifest.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WHEELHOUSE = ROOT / "wheelhouse"
MANIFEST = "vcvm.msgpack"


def sources(root: Path) -> list[Path]:
    """The folders to build, in order: the root, the packs of today, the packs as they were once released."""
    packs = [
        *sorted((root / "plugins").glob("*/pyproject.toml")),
        *sorted((root / "tests/packs").glob("*/pyproject.toml")),
    ]
    return [root, *(path.parent for path in packs)]


def wheel_prefix(pyproject: str) -> str:
    """How the file name of a project's wheel begins: name and version, as the wheel format writes them."""
    project = tomllib.loads(pyproject)["project"]
    return f"{project['name'].replace('-', '_').replace('.', '_').lower()}-{project['version']}-"


def is_pack(pyproject: str) -> bool:
    """Whether a project declares itself a pack of vcvm, so that its wheel must carry a manifest."""
    return "vcvm.packs" in tomllib.loads(pyproject)["project"].get("entry-points", {})


def carries_manifest(names: list[str]) -> bool:
    """Whether one of a wheel's files is the pack's manifest, in its .dist-info."""
    return any(".dist-info/" in name and name.endswith("/" + MANIFEST) for name in names)


def build(source: Path) -> Path:
    """Builds one folder, in an isolated environment, and gives the wheel."""
    pyproject = (source / "pyproject.toml").read_text(encoding="utf-8")
    prefix = wheel_prefix(pyproject)
    for old in WHEELHOUSE.glob(prefix + "*.whl"):
        old.unlink()
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(WHEELHOUSE), str(source)]
    subprocess.run(command, check=True)
    built = list(WHEELHOUSE.glob(prefix + "*.whl"))
    if len(built) != 1:
        sys.exit(f"{source}: expected one wheel {prefix}*.whl, found {len(built)}")
    with zipfile.ZipFile(built[0]) as wheel:
        if is_pack(pyproject) and not carries_manifest(wheel.namelist()):
            sys.exit(
                f"{built[0].name}: a pack without a manifest ({MANIFEST} in its .dist-info): did its build hook run?"
            )
    return built[0]


if __name__ == "__main__":
    WHEELHOUSE.mkdir(exist_ok=True)
    for wheel in [build(source) for source in sources(ROOT)]:
        print(f"wheelhouse/{wheel.name}")
