"""Target 11: finding the packs among a hundred distributions.

In this process, whose modules are loaded and whose file system cache is warm. The baseline lists the folder and does
nothing else. Finding is what every start pays; manifests are read when somebody asks for them.
"""

from __future__ import annotations

import importlib.metadata
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bench.measure import Call, Case, Scale, Target, Variant
from bench.sites import INTRINSICS, pack_name, site
from vcvm_core.plugin import discover, installed

TITLE: Final = "Finding packs"


def cases(scale: Scale, folder: Path) -> Iterator[Case]:
    """The cases; `folder` is theirs to write into."""
    total = scale.pick(100, 6)
    few = scale.pick(5, 2)
    yield _case(f"{total} distributions, all of them packs", folder / "all", total, 0)
    yield _case(f"{total} distributions, {few} of them packs", folder / "few", few, total - few)


def scan(folder: str) -> int:
    """How many distributions a folder has."""
    return sum(entry.name.endswith(".dist-info") for entry in os.scandir(folder))


def find(folder: str) -> list[str]:
    """The names of the packs, as discovery gives them."""
    return [found.name for found in discover([folder])]


def read(folder: str) -> int:
    """Every manifest read, and the intrinsics of all packs entered in a registry: how many there are."""
    return sum(len(pack.manifest.intrinsics) for pack in installed([folder]).packs if pack.manifest is not None)


def entry_points(folder: str) -> list[str]:
    """The same question, put to the standard library."""
    found = importlib.metadata.distributions(path=[folder])
    return sorted(d.name for d in found if any(e.group == "vcvm.packs" for e in d.entry_points))


def _case(name: str, folder: Path, packs: int, others: int) -> Case:
    path = str(site(folder, packs, others))
    names = [pack_name(number) for number in range(packs)]
    return Case(
        name,
        (
            Variant("os.scandir", Call(scan, path), packs + others, packs + others),
            Variant("discover()", Call(find, path), names, packs + others),
            Variant("installed(): every manifest read", Call(read, path), packs * INTRINSICS, packs + others),
            Variant("importlib.metadata, entry points", Call(entry_points, path), names, packs + others),
        ),
        (Target("discover()", "milliseconds", 3.0),),
        unit="distribution",
        notes=(f"each pack has {INTRINSICS} intrinsics; the others have metadata, entry points and no manifest",),
    )
