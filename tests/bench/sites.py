"""Folders like site-packages, full of distributions. Takes numbers of them; gives the folder, with real manifests."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from uuid import UUID

from dists.builder import HEAD, Site, function, hook

INTRINSICS: Final = 6
"""Of each pack."""


def pack_name(number: int) -> str:
    """The name of the pack with this number, from 0."""
    return f"bench-pack-{number:04}"


def site(folder: Path, packs: int, others: int) -> Path:
    """Install so many packs, and so many distributions that are none, into a new folder; gives the folder."""
    folder.mkdir(parents=True)
    target = Site(folder)
    for number in range(packs):
        names = [f"times{factor}" for factor in range(INTRINSICS)]
        functions = [function(name, _uuid(number, factor), factor=factor) for factor, name in enumerate(names)]
        target.add(pack_name(number), HEAD + "".join(functions) + hook(*names))
    for number in range(others):
        _other(folder, f"other_{number:04}")
    return folder


def _uuid(pack: int, intrinsic: int) -> str:
    """An identity that looks random and is always the same."""
    return str(
        UUID(int=(pack * INTRINSICS + intrinsic + 1) * 0x9E3779B97F4A7C15F39CC0605CEDC835 % (1 << 128), version=4)
    )


def _other(folder: Path, name: str) -> None:
    """A distribution without a manifest: a package, its metadata, and a command, as most have."""
    (folder / name).mkdir()
    (folder / name / "__init__.py").write_text("", encoding="utf-8")
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[console_scripts]\n{name} = {name}:main\n", encoding="utf-8")
    (info / "RECORD").write_text(f"{name}/__init__.py,,\n{info.name}/METADATA,,\n", encoding="utf-8")
