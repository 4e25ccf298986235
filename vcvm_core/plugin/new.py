"""New packs: a folder with everything that a pack consists of, made from the templates beside this file.

Takes a distribution's name, a folder and a build backend; gives the files that were written. The folder appears as a
whole or not at all. What it holds installs, passes its own tests and linters, and is listed, as it stands.

A template is a file of `templates/`. In it, a word between two @ stands for a value; there is nothing else to it, no
conditions and no loops, and one that is unknown is a fault of vcvm. Values are made of names that the grammar below has
accepted, so none of them means anything to TOML, Python or Markdown.

Refuses a folder that is there already, and names that are no names of distributions (`names.bad_pack`), are longer than
`LONGEST`, or whose package (the name with underscores) could not be imported or would hide something: a module of Python,
vcvm, a tool that the pack's own tests need, a pack that is installed.
"""

from __future__ import annotations

import keyword
import os
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Final

from vcvm_core.errors import error
from vcvm_core.files import new_folder, write_file
from vcvm_core.plugin.discovery import Found
from vcvm_core.plugin.minting import mint_uuids
from vcvm_core.plugin.names import bad_pack, normalised

BACKENDS: Final = ("hatchling", "setuptools")
"""The build backends that a new pack can have; the first is the default."""

LONGEST: Final = 40
"""The most characters of a new pack's name: with it, every line of the templates is at most 120 long."""

FILES: Final = {
    ".gitignore": "gitignore",
    "CHANGELOG.md": "CHANGELOG.md",
    "LICENSE": "LICENSE",
    "README.md": "README.md",
    "pyproject.toml": "pyproject.@backend@.toml",
    "src/@package@/__init__.py": "init.py",
    "src/@package@/cards.py": "cards.py",
    "src/@package@/py.typed": "",
    "tests/programs/shown.toml": "program.toml",
    "tests/test_meaning.py": "test_meaning.py",
    "tests/test_pack.py": "test_pack.py",
    "tests/test_programs.py": "test_programs.py",
    "tox.ini": "tox.ini",
}
"""The files of a new pack, and the template of each; without one it is empty."""

SUFFIX: Final = ".tmpl"
"""The end of every template's name: no tool takes one for what it becomes."""

TAKEN: Final = frozenset(
    {"hatchling", "hypothesis", "importlib_metadata", "lark", "msgpack", "mypy", "packaging", "pip", "pluggy", "pytest",
     "rich", "ruff", "setuptools", "src", "tests", "tox", "vcvm", "vcvm_core", "vcvm_stdlib", "wheel"}
)  # fmt: skip
"""Packages that a pack must not hide, beside those of Python."""

DEVICES: Final = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9]")
"""What no folder can be called on Windows."""

_PLACEHOLDER: Final = re.compile(r"@([a-z_]+)@")


@dataclass(frozen=True, slots=True)
class NewPack:
    """A pack that was made: its name, its package, its folder, its files relative to that, and its intrinsics' UUIDs."""

    name: str
    package: str
    backend: str
    folder: str
    files: tuple[str, ...]
    uuids: tuple[str, ...]


def create_pack(name: str, folder: str, backend: str = BACKENDS[0], packs: Iterable[Found] = ()) -> NewPack:
    """Makes a pack called `name` in a folder that does not exist yet.

    packs: those that are installed. Raises PackError (bad-pack-name), FileError (folder-exists, unwritable-file).
    """
    known = tuple(packs)
    reason, cure = bad_new_name(name, known)
    if reason:
        raise error("bad-pack-name", name=name, reason=reason, cure=cure)
    package = package_of(name)
    uuids = mint_uuids(2, known)
    values = {"pack": name, "package": package, "backend": backend, "luhn_uuid": uuids[0], "mask_uuid": uuids[1]}
    files = {filled(path, values): _content(template, values) for path, template in FILES.items()}
    _write(folder, files)
    return NewPack(name, package, backend, folder, tuple(sorted(files)), tuple(uuids))


def package_of(name: str) -> str:
    """The package of a new pack."""
    return name.replace("-", "_")


def bad_new_name(name: str, packs: Iterable[Found] = ()) -> tuple[str, str]:
    """Why a new pack cannot have this name, and what to do; two empty texts if it can. packs: those that are installed."""
    if reason := bad_pack(name):
        spelled = normalised(name).strip("-")
        usable = spelled != name and not any(bad_new_name(spelled, packs))
        return reason, f"did you mean {spelled}?" if usable else "choose such a name"
    package = package_of(name)
    if len(name) > LONGEST:
        return f"it has more than {LONGEST} characters", "choose a shorter one"
    if not package.isidentifier() or keyword.iskeyword(package) or DEVICES.fullmatch(package):
        return f"a package cannot be called {package}", f"put a word in front: vcvm-{name}"
    if package in sys.stdlib_module_names or package in TAKEN:
        return f"its package would hide {package}, which is there already", f"put a word in front: vcvm-{name}"
    for pack in packs:
        if pack.name == name or (pack.manifest is not None and package in pack.manifest.packages):
            return f"{pack.name} {pack.version} is installed, and has it", "choose another, or uninstall that one"
    return "", ""


def filled(template: str, values: Mapping[str, str]) -> str:
    """The template with its placeholders replaced. Raises InternalError for one that stands for nothing."""

    def value(match: re.Match[str]) -> str:
        if match[1] not in values:
            raise error("internal", reason=f"a template has the placeholder {match[0]}, which stands for nothing")
        return values[match[1]]

    return _PLACEHOLDER.sub(value, template)


def _content(template: str, values: Mapping[str, str]) -> str:
    if not template:
        return ""
    source = resources.files("vcvm_core.plugin") / "templates" / f"{filled(template, values)}{SUFFIX}"
    return filled(source.read_text(encoding="utf-8"), values)


def _write(folder: str, files: Mapping[str, str]) -> None:
    """Writes the files into a new folder, all or none. Raises FileError (folder-exists, unwritable-file)."""
    with new_folder(folder) as part:
        for path, text in files.items():
            place = os.path.join(part, *path.split("/"))
            os.makedirs(os.path.dirname(place), exist_ok=True)
            write_file(place, text.encode("utf-8"))
