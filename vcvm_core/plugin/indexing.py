"""What a provider index is made of: packs by any name that a user may write.

Takes words: wheels, folders of wheels, folders of projects, manifests, names of installed packs, other indexes; gives their
index, and the names of what is no pack. Nothing is imported. Refuses what cannot be read, all of it at once.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from vcvm_core.errors import Diagnostic, FileError, VcvmError, passes, refusal
from vcvm_core.files import read_start
from vcvm_core.listed import listed
from vcvm_core.plugin.checking.subject import opened, sound
from vcvm_core.plugin.discovery import PLACES, SUFFIX, Found
from vcvm_core.plugin.index import Index, index_manifests, is_index, read_index
from vcvm_core.plugin.manifest import Manifest


class Indexed(NamedTuple):
    """An index that was made. skipped: the names of wheels that are no packs, or of installed packs that cannot be used.
    grown: the files of the indexes that went into it."""

    made: Index
    skipped: tuple[str, ...]
    grown: tuple[str, ...] = ()


def index_subjects(subjects: str | Sequence[str]) -> Indexed:
    """The index of what these words name.

    Raises VcvmError with everything that cannot be read, ManifestError (index-conflict).
    """
    manifests: list[Manifest] = []
    indexes: list[Index] = []
    skipped: list[str] = []
    problems: list[Diagnostic] = []
    for subject in dict.fromkeys(listed(subjects, "subjects")):
        try:
            if _is_index(subject):
                indexes.append(read_index(subject))
                continue
            wheels = _wheels(subject, skipped)
        except VcvmError as e:
            problems += e.diagnostics
            continue
        for given in [subject] if wheels is None else wheels:
            try:
                with opened(given) as found:
                    manifests.append(sound(found))
            except VcvmError as e:
                problems += e.diagnostics
    if problems:
        raise refusal(problems)
    return Indexed(index_manifests(manifests, indexes), tuple(skipped), tuple(i.source for i in indexes))


def index_packs(packs: Iterable[Found]) -> Indexed:
    """The index of installed packs."""
    manifests: list[Manifest] = []
    skipped: list[str] = []
    for pack in packs:
        if pack.usable and pack.manifest is not None:
            manifests.append(pack.manifest)
        else:
            skipped.append(f"{pack.name} {pack.version}")
    return Indexed(index_manifests(manifests), tuple(skipped))


def _is_index(subject: str) -> bool:
    if not os.path.isfile(subject):
        return False
    try:
        return is_index(read_start(subject, 64))
    except FileError:
        return False


def _wheels(subject: str, skipped: list[str]) -> list[str] | None:
    """The wheels of a folder that is one of wheels, those that are no pack's left out; None for anything else."""
    if not os.path.isdir(subject) or os.path.exists(os.path.join(subject, "pyproject.toml")):
        return None
    try:
        wheels = sorted(name for name in os.listdir(subject) if name.endswith(".whl"))
    except OSError:
        return None
    if not wheels:
        return None
    found = []
    for name in wheels:
        path = os.path.join(subject, name)
        if _has_manifest(path):
            found.append(path)
        else:
            skipped.append(name)
    return found


def _has_manifest(path: str) -> bool:
    """Whether a wheel is a pack's; one that cannot be read may be, and is reported by whoever opens it."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except Exception as e:
        # There is no end to the ways in which an archive can be damaged.
        if passes(e):
            raise
        return True
    return any(head.endswith(SUFFIX) and tail in PLACES for head, _, tail in (n.partition("/") for n in names))
