"""What the figures were taken on, and the environment that the processes of the benchmark get.

Takes nothing; gives plain data for the report, and a mapping of environment variables.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path
from typing import Any, Final

TESTS: Final = Path(__file__).resolve().parents[1]
"""The folder that this package lies in."""

PACKAGES: Final = ("msgpack", "lark", "pluggy", "importlib-metadata", "rich", "vcvm-text")
"""What vcvm uses; reported if it is installed."""


def surroundings(peers: Iterable[str] = ()) -> dict[str, Any]:
    """The machine, the interpreter, the versions and the date. peers: the distributions that vcvm is measured against."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "system": " ".join([platform.system(), ".".join(platform.release().split(".")[:2])]),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "vcvm": f"{version('vcvm')} ({_installation()})",
        "packages": {name: found for name in PACKAGES if (found := installed_version(name)) is not None},
        "peers": {name: found for name in peers if (found := installed_version(name)) is not None},
    }


def environment(folder: Path, *paths: Path) -> dict[str, str]:
    """Variables for a new Python. folder: of the compiled modules, so that nobody finds the source tree changed; paths:
    what `sys.path` begins with. What is set for the interpreter of the benchmark does not count."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VCVM"))}
    own = {"PYTHONSAFEPATH": "1", "PYTHONPYCACHEPREFIX": str(folder / "compiled")}
    if paths:
        own["PYTHONPATH"] = os.pathsep.join(map(str, paths))
    return kept | own


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


def installed_version(name: str) -> str | None:
    """The version of a distribution, None if it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _installation() -> str:
    """Whether the wheel is measured, or a source tree, which `vcvm plugins list` has to read as well."""
    return "editable" if '"editable": true' in (distribution("vcvm").read_text("direct_url.json") or "") else "wheel"
