"""Environments as users have them: a virtual one that sees what this process has installed, and has packs of its own.

Takes a folder; gives an `Environment` in which packs are installed with pip, without network and without isolation.
"""

from __future__ import annotations

import os
import subprocess
import sysconfig
import venv
from pathlib import Path


class Environment:
    """A virtual environment. Its own site-packages come first; those of this process come after them."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder, symlinks=os.name != "nt")
        self.folder = folder
        scheme = sysconfig.get_preferred_scheme("prefix")
        self.site = Path(sysconfig.get_path("purelib", scheme, {"base": str(folder), "platbase": str(folder)}))
        outer = {sysconfig.get_path(name) for name in ("purelib", "platlib")}
        # As a line of its own, so that the .pth files of editable installations there are read, too.
        lines = [f"import site; site.addsitedir({path!r})\n" for path in sorted(outer)]
        (self.site / "outer.pth").write_text("".join(lines), encoding="utf-8")
        self.executable = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    def python(self, *words: str, cwd: Path, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs Python in this environment; fails with what it printed."""
        env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VCVM_", "PIP_"))}
        env.update(NO_COLOR="1", PYTHONUTF8="1", PYTHONSAFEPATH="1")
        command = [str(self.executable), *words]
        done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, encoding="utf-8")
        if check and done.returncode != 0:
            raise RuntimeError(f"{words} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done

    def vcvm(self, *words: str, cwd: Path, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs a command of vcvm."""
        return self.python("-m", "vcvm_core", *words, cwd=cwd, check=check)

    def install(self, *words: str | Path) -> None:
        """Installs with pip: from folders and files, by the build backends that this process has installed."""
        pip = ("-m", "pip", "--disable-pip-version-check", "install", "--no-index", "--no-deps", "--no-build-isolation")
        self.python(*pip, *map(str, words), cwd=self.folder)
