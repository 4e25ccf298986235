"""What an operator has set, and where: blocked packs, allowed effects, an index of providers.

Takes flags, an environment and a folder; gives `Settings`, each entry with its source. The sources are merged, none
overrules another, and each may say only what it has the standing to say:

    flags                --no-pack NAME, --allow EFFECT
    the environment      VCVM_BLOCK, VCVM_ALLOW: words with commas between them
    the user's file      config.toml in $XDG_CONFIG_HOME/vcvm, ~/.config/vcvm or %APPDATA%/vcvm
                         index = "FILE", [packs] block = ["NAME"], [effects] allow = ["EFFECT"]
    the project's file   the nearest pyproject.toml, of this folder or one above: [tool.vcvm] block, index; and api, which
                         is for whoever builds a pack

A project's file may take away and never give: a checkout is somebody else's will, so `allow` in it is refused. So are keys
that nobody reads, values of other types, names that are none, and files of more than `FILE_BYTES`; all of it at once.

Nothing in vcvm reads settings by itself but the command line: an application passes `installed(block=...)`, `VM(allow=...)`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple

from vcvm_core.errors import Diagnostic, FileError, Place, refusal
from vcvm_core.files import read_start
from vcvm_core.listed import listed
from vcvm_core.plugin.names import Blocked, bad_effect, bad_pack, normalised

FILE_BYTES: Final = 256 << 10
"""The largest file of settings; a pyproject.toml holds much besides."""

DOTS: Final = 1_000
"""The most dots of one line: Python's reader of TOML takes the square of a dotted key's length."""

ENTRIES: Final = 1_000
"""The most names of one list."""

REPORTED: Final = 20
"""How many problems are reported."""

PATH_LENGTH: Final = 4_096
BLOCK: Final = "VCVM_BLOCK"
ALLOW: Final = "VCVM_ALLOW"
USER_FILE: Final = os.path.join("vcvm", "config.toml")
PROJECT_FILE: Final = "pyproject.toml"
PROJECT_KEYS: Final = ("api", "block", "index")
USER_KEYS: Final = ("effects", "index", "packs")

OURS: Final = re.compile(rb"""(?:^|[\s.,{["'])vcvm["']?\s*[].=]""", re.MULTILINE)
"""What a file has in it that has a table called vcvm, however it is written."""

SPELLED: Final = 300
"""How much of a line is looked at for a key."""

_BLANK: Final = str.maketrans("", "", " \t\"'")
_Problems = list[Diagnostic]


class Entry(NamedTuple):
    """One thing that was set. name: of a pack, of an effect, or the path of an index. source: who says so: ``--no-pack``,
    ``VCVM_BLOCK``, or the path of a file."""

    name: str
    source: str


@dataclass(frozen=True)
class Settings:
    """What was set, by all sources together, in the order of sources.

    block: packs that are not to be used, normalised. allow: effects that intrinsics may have. index: paths of provider
    indexes, absolute. user_file: where the user's file is, or would be; None where there is no home.
    """

    block: tuple[Entry, ...] = ()
    allow: tuple[Entry, ...] = ()
    index: tuple[Entry, ...] = ()
    user_file: str | None = None

    @property
    def blocked(self) -> Blocked:
        """Who blocks each blocked pack, in words: for ``installed(block=...)``."""
        return Blocked(_by_name(self.block))

    @property
    def allowed(self) -> dict[str, str]:
        """Who allows each allowed effect, in words."""
        return _by_name(self.allow)


def _by_name(entries: Sequence[Entry]) -> dict[str, str]:
    sources: dict[str, list[str]] = {}
    for name, source in entries:
        of = sources.setdefault(name, [])
        if source not in of:
            of.append(source)
    return {name: " and ".join(of) for name, of in sources.items()}


def read_settings(
    block: str | Sequence[str] = (),
    allow: str | Sequence[str] = (),
    environ: Mapping[str, str] | None = None,
    folder: str | None = None,
) -> Settings:
    """All that is set here.

    block, allow: what the flags say. environ: variables, those of the process if None. folder: where the search for a
    project's file begins, the current one if None. Raises FileError with everything that is wrong.
    """
    environ = os.environ if environ is None else environ
    problems: _Problems = []
    block, allow = listed(block, "block"), listed(allow, "allow")
    blocked = [Entry(normalised(name), "--no-pack") for name in block]
    allowed = [Entry(effect, "--allow") for effect in allow]
    for effect in allow:
        if reason := bad_effect(effect):
            cure = "vcvm inspect FILE says which effects it needs"
            facts = {"problem": f"--allow {effect[:60]} names no effect: {reason}", "cure": cure}
            problems.append(Diagnostic("bad-usage", facts=facts))
    blocked += _variable(environ, BLOCK, problems)
    allowed += _variable(environ, ALLOW, problems)
    indexes: list[Entry] = []
    user = user_file(environ)
    if user is not None and (data := _table(user, problems)) is not None:
        reader = _Reader(user, data.text, problems)
        reader.keys("", data.table, USER_KEYS)
        packs, effects = (reader.table(data.table, key) for key in ("packs", "effects"))
        reader.keys("packs", packs, ("block",))
        reader.keys("effects", effects, ("allow",))
        blocked += reader.names("packs", packs, "block")
        allowed += reader.names("effects", effects, "allow")
        indexes += reader.path("", data.table)
    project = _project_file(os.getcwd if folder is None else lambda: folder)
    if project is not None and (data := _table(project, problems, OURS)) is not None:
        reader = _Reader(project, data.text, problems)
        tool = data.table.get("tool")
        table = reader.table(tool, "vcvm", "tool.") if type(tool) is dict else {}
        if "allow" in table:
            reader.refuse("project-allows", "tool.vcvm", "allow", user=user or "config.toml of vcvm")
        reader.keys("tool.vcvm", {key: table[key] for key in table if key != "allow"}, PROJECT_KEYS)
        blocked += reader.names("tool.vcvm", table, "block")
        indexes += reader.path("tool.vcvm", table)
    if problems:
        raise refusal(problems)
    return Settings(tuple(blocked), tuple(allowed), tuple(indexes), user)


def settings_files() -> tuple[str, ...]:
    """The files that settings are read from, whether or not they are good: the user's, and the project's if there is one."""
    return tuple(path for path in (user_file(os.environ), _project_file(os.getcwd)) if path is not None)


def user_file(environ: Mapping[str, str]) -> str | None:
    """The path of the user's file, whether or not it exists; None where there is no home."""
    if os.name == "nt":
        home = environ.get("APPDATA", "")
    else:
        # A relative path here is none, the standard says: it would mean another file in each folder.
        home = environ.get("XDG_CONFIG_HOME", "")
        if not os.path.isabs(home):
            home = os.path.join(environ.get("HOME") or os.path.expanduser("~"), ".config")
    return os.path.join(home, USER_FILE) if os.path.isabs(home) else None


def _project_file(folder: Any) -> str | None:
    """The nearest pyproject.toml."""
    try:
        here = os.path.abspath(folder())
    except OSError:
        return None  # the current folder was deleted
    while True:
        path = os.path.join(here, PROJECT_FILE)
        if os.path.isfile(path):
            return path
        above = os.path.dirname(here)
        if above == here:
            return None
        here = above


def _variable(environ: Mapping[str, str], variable: str, problems: _Problems) -> Iterator[Entry]:
    """The words of an environment variable."""
    words = [word.strip() for word in environ.get(variable, "").split(",") if word.strip()]
    if len(words) > ENTRIES:
        facts = {"problem": f"{variable} has more than {ENTRIES} words", "cure": "name fewer"}
        problems.append(Diagnostic("bad-usage", facts=facts))
        return
    for word in words:
        name, reason = _named(word, variable == BLOCK)
        if reason:
            facts = {
                "problem": f"{variable} is refused: {word[:60]}: {reason}",
                "cure": "words with commas between them",
            }
            problems.append(Diagnostic("bad-usage", facts=facts))
        else:
            yield Entry(name, variable)


def _named(word: str, is_pack: bool) -> tuple[str, str]:
    """The one spelling of a pack's or an effect's name, and why it is none."""
    name = normalised(word) if is_pack else word
    return name, bad_pack(name) if is_pack else bad_effect(name)


class _File(NamedTuple):
    text: str
    table: dict[str, Any]


@lru_cache(maxsize=2)
def _parsed(text: str) -> dict[str, Any]:
    """What TOML says; a command asks more than once."""
    import tomllib

    return tomllib.loads(text)


def _table(path: str, problems: _Problems, only: re.Pattern[bytes] | None = None) -> _File | None:
    """What a file says; None if it is not there, is refused, or does not have `only` in it: then it is not looked at,
    and what is wrong with it is not our business."""

    def refused(kind: str, place: Place | None = None, **facts: Any) -> None:
        problems.append(Diagnostic(kind, place or Place(file=path), {"path": path, **facts}))

    try:
        data = read_start(path, FILE_BYTES + 1)
    except FileError as e:
        if e.kind != "no-such-file":
            problems += e.placed(Place(file=path)).diagnostics
        return None
    if only is not None and only.search(data) is None:
        return None
    if len(data) > FILE_BYTES:
        refused("settings-too-large", limit=FILE_BYTES)
        return None
    if any(line.count(b".") > DOTS for line in data.split(b"\n")):
        refused("settings-not-toml", reason=f"a line of it has more than {DOTS} dots")
        return None
    try:
        # As TOML has it, a byte order mark is no part of it; editors on Windows write one.
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
        return _File(text, _parsed(text))
    except RecursionError:
        refused("settings-not-toml", reason="it is nested too deeply")
    except ValueError as e:
        found = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", str(e), re.DOTALL)
        place = None
        if found is not None:
            last = data.rstrip().count(b"\n") + 1
            place = Place(path, int(found[2]), int(found[3])) if found[2] else Place(path, last)
        refused("settings-not-toml", place, reason=found[1] if found else e)
    return None


class _Reader:
    """Reads one file's tables, strictly; what is wrong goes to the list of problems."""

    def __init__(self, path: str, text: str, problems: _Problems) -> None:
        self.file, self.text, self.problems = path, text, problems

    def refuse(self, kind: str, table: str, key: str, /, **facts: Any) -> None:
        """One more problem with a key, unless enough is wrong: finding a line takes time."""
        if len(self.problems) >= REPORTED:
            return
        name = f"{key} in [{table}]" if table else key
        place = Place(self.file, _line(self.text, table, key))
        self.problems.append(Diagnostic(kind, place, {"key": name, **facts}))

    def keys(self, where: str, table: Mapping[str, Any], known: Sequence[str]) -> None:
        """Refuse keys that nobody reads."""
        for key in table:
            if key not in known and len(self.problems) < REPORTED:
                from difflib import get_close_matches

                close = get_close_matches(key, known, 1)
                cure = f"did you mean {close[0]}?" if close else f"known here: {', '.join(known)}"
                self.refuse("unknown-setting", where, key, cure=cure)

    def table(self, data: Mapping[str, Any], key: str, prefix: str = "") -> dict[str, Any]:
        """The table that a key has; an empty one where it has none."""
        found = data.get(key, {})
        if type(found) is dict:
            return found
        self.refuse("bad-setting", "", f"{prefix}{key}", expected="a table", found=_called(found))
        return {}

    def names(self, where: str, table: Mapping[str, Any], key: str) -> Iterator[Entry]:
        """The names that a list has."""
        found = table.get(key, [])
        if type(found) is not list:
            self.refuse("bad-setting", where, key, expected="a list of names", found=_called(found))
            return
        if len(found) > ENTRIES:
            self.refuse("bad-setting", where, key, expected=f"at most {ENTRIES} names", found=f"{len(found)}")
            return
        for word in found:
            if type(word) is not str:
                self.refuse("bad-setting", where, key, expected="a list of names", found=f"{_called(word)} in it")
                continue
            name, reason = _named(word, key == "block")
            if reason:
                self.refuse("bad-setting", where, key, expected="names", found=f"'{word[:60]}': {reason}")
            else:
                yield Entry(name, self.file)

    def path(self, where: str, table: Mapping[str, Any]) -> Iterator[Entry]:
        """The path of an index, which is relative to the file that names it."""
        if "index" not in table:
            return
        found = table["index"]
        if type(found) is not str or not found or "\0" in found or len(found) > PATH_LENGTH:
            self.refuse("bad-setting", where, "index", expected="the path of a file", found=_called(found))
            return
        yield Entry(os.path.normpath(os.path.join(os.path.dirname(self.file), found)), self.file)


def _called(value: Any) -> str:
    """A value's kind, in words."""
    if type(value) is str and not value:
        return "an empty text"
    kinds = {str: "a text", int: "a number", float: "a number", bool: "true or false", list: "a list", dict: "a table"}
    return kinds.get(type(value), "a date or time")


def _line(text: str, table: str, key: str) -> int | None:
    """The line in which a key is set, or its table begins: a guess, as the reader of TOML keeps no places."""
    wanted = f"{table}.{key}".lstrip(".")
    current, fallback = "", None
    for number, line in enumerate(text.split("\n"), 1):
        head = line.lstrip()[:SPELLED]
        if head.startswith("["):
            current = _plain(head.lstrip("[").partition("]")[0])
            if current == wanted:
                return number
            if current == table:
                fallback = fallback or number
        elif f"{current}.{_plain(head.partition('=')[0])}".lstrip(".") == wanted:
            return number
    return fallback


def _plain(key: str) -> str:
    """A key as it is spelled without blanks and quotes."""
    return key.translate(_BLANK)
