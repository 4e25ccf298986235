"""What the doctor can say: one table of rules, and the record of one thing that a rule says about one pack.

Takes the name of a rule and the values that disagreed; gives a `Symptom`, whose sentence is made from the table once. What
discovery has against a pack is a symptom too: its rule is the kind of the error, its sentence and its cure are the error's.
Names never change; sentences may. The classes are two of those of `checking.rules`: ``finding``, for which the doctor ends
with exit code 1, and ``notice``, for which it does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

from vcvm_core.errors import ERRORS, Diagnostic, clean
from vcvm_core.plugin.checking.rules import Rule

Class = Literal["finding", "notice"]

AGAIN: Final = "install {pack} again"
NOTICES: Final = ("pack-blocked",)
"""The kinds of errors that are somebody's will, and no fault."""

RULES: Final[dict[str, Rule]] = {
    # Several packs
    "uuid-claimed-twice": Rule(
        "finding", "{packs} claim {what}; programs get neither", "uninstall all but one of them, or block them: --no-pack"
    ),
    "re-released": Rule(
        "finding",
        "it is {other} once more, under another name: {what}",
        "find out which of the two you meant, and uninstall the other",
    ),
    "near-name": Rule(
        "notice",
        "its name is easily taken for that of {others}",
        "see whether it is the one that you meant: vcvm plugins show {pack}",
    ),
    # What is left of an installation
    "interrupted-uninstall": Rule(
        "finding", "{folder} was left by pip, which was interrupted", "delete the folders that begin with ~ there"
    ),
    "empty-metadata": Rule("notice", "{folder} is empty", "delete it: it is left of an installation"),
    "metadata-missing": Rule("notice", "its .dist-info has no METADATA, so that pip does not know it", AGAIN),
    "modules-missing": Rule("finding", "{packages} is not where it is installed: {home}", AGAIN + ", or delete {where}"),
    "files-missing": Rule("finding", "{count} of its {total} files are not there, {first} among them", AGAIN),
    "record-unread": Rule("finding", "its RECORD cannot be read, so its files were not looked at: {reason}", AGAIN),
    "no-manifest": Rule(
        "finding",
        "it has an entry point in the group vcvm.packs and no manifest, so that no program can use it",
        "install a release that was built with vcvm's hook, or put a manifest into its wheel: vcvm plugins inject",
    ),
    "hash-mismatch": Rule(
        "finding", "its manifest is not the file that was installed: {expected} in RECORD, found {found}", AGAIN
    ),
    "entry-point": Rule(
        "finding",
        "its entry point {value} leads nowhere: {reason}",
        AGAIN + "; if that does not help, tell its authors",
    ),
    "stale": Rule(
        "notice",
        "its source in {project} is newer than its manifest; the source is read instead, each time",
        "pip install -e {project} makes the manifest again",
    ),
    # What is set
    "blocks-nothing": Rule("notice", "{by} blocks it, and it is not installed{hint}", "take it off there, or correct it"),
    # Imported, in a process of its own
    "cannot-load": Rule("finding", "{reason}", "{help}"),
    "import-ended": Rule("finding", "the process that imported it ended: {how}", "a pack must not do that: tell its authors"),
    "import-hangs": Rule(
        "finding", "importing it did not end within {seconds} seconds", "raise --timeout; if that does not help, block it"
    ),
    "import-floods": Rule("finding", "importing it prints more than {limit} bytes", "block it, and tell its authors"),
    "import-prints": Rule("notice", "importing it prints: {output}", "tell its authors: a pack prints nothing"),
    "import-slow": Rule("notice", "importing it takes {time}: {blame}", "programs pay for that once in each process"),
}  # fmt: skip
"""The rules of the doctor, in the order of the guide."""


class Symptom(NamedTuple):
    """One thing that is wrong with one pack. version: empty where it is not known. file: where to look, if that is known.

    problem: what discovery says, if the rule is a kind of error.
    """

    rule: str
    pack: str
    version: str
    facts: dict[str, Any]
    file: str = ""
    problem: Diagnostic | None = None

    @property
    def kind(self) -> Class:
        """The class."""
        if self.problem is not None:
            return "notice" if self.problem.kind in NOTICES else "finding"
        return "finding" if RULES[self.rule].kind == "finding" else "notice"

    @property
    def code(self) -> str:
        """The code of the error, if it is one; ``vcvm explain`` knows it."""
        if self.problem is not None:
            return self.problem.code
        code = self.facts.get("code", "")
        return code if code in _CODES else ""

    @property
    def message(self) -> str:
        """The sentence."""
        return self.problem.message if self.problem else RULES[self.rule].sentence.format_map(self._shown())

    @property
    def cure(self) -> str:
        """What to do next."""
        return self.problem.help if self.problem else RULES[self.rule].cure.format_map(self._shown())

    def to_data(self) -> dict[str, Any]:
        """JSON-ready data."""
        facts = self.problem.facts if self.problem else self.facts
        return {
            "rule": self.rule,
            "class": self.kind,
            "code": self.code or None,
            "pack": self.pack,
            "version": self.version,
            "message": self.message,
            "cure": self.cure,
            "file": self.file or None,
            "facts": {k: v if isinstance(v, (int, str, bool, type(None))) else clean(v, 200) for k, v in facts.items()},
        }

    def _shown(self) -> dict[str, str]:
        return {"pack": clean(self.pack), **{k: clean(v, 200) for k, v in self.facts.items()}}


_CODES: Final = frozenset(row.code for row in ERRORS.values())


class Import(NamedTuple):
    """What importing one pack took. seconds: None if it did not end. modules: how many came. blame: seconds by top-level
    module, the most first."""

    pack: str
    version: str
    seconds: float | None
    modules: int
    blame: tuple[tuple[str, float], ...]

    def to_data(self) -> dict[str, Any]:
        """JSON-ready data."""
        blame = [{"module": name, "seconds": seconds} for name, seconds in self.blame]
        named = {"pack": self.pack, "version": self.version}
        return {**named, "seconds": self.seconds, "modules": self.modules, "blame": blame}


@dataclass
class Checkup:
    """What the doctor saw. packs: how many were looked at. imports: one for each that was imported; None if none was to be."""

    packs: int
    symptoms: list[Symptom] = field(default_factory=list)
    imports: list[Import] | None = None

    def add(self, more: Iterable[Symptom]) -> None:
        """More symptoms."""
        self.symptoms.extend(more)

    def settle(self) -> Checkup:
        """This checkup with its symptoms in order, findings first, then by pack, each once."""
        unique = {(s.rule, s.pack, s.file, s.message): s for s in self.symptoms}
        order = ("finding", "notice")
        self.symptoms = sorted(unique.values(), key=lambda s: (order.index(s.kind), s.pack, s.rule))
        return self

    def count(self, kind: Class) -> int:
        """How many symptoms are of this class."""
        return sum(s.kind == kind for s in self.symptoms)
