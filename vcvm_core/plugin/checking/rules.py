"""The rules of the two gates, ``vcvm plugins diff`` and ``vcvm plugins check``: one table each, and the record of a finding.

Takes the name of a rule and the values that disagreed; gives a `Finding`, whose sentence is made from the table once. Names
and classes of rules never change; sentences may. The classes:

    breaking    what a release must not do: programs that were compiled against the old one would stop, or give another answer
    finding     what a check fails for
    notice      worth reading, and no failure
    fine        a change that no program notices
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

from vcvm_core.errors import NOWHERE, Place, clean

Class = Literal["breaking", "finding", "notice", "fine"]

ORDER: Final[dict[Class, int]] = {"breaking": 0, "finding": 1, "notice": 2, "fine": 3}


class Rule(NamedTuple):
    """One rule: its class, its sentence (a format string over facts), and what to do, empty where that is nothing."""

    kind: Class
    sentence: str
    cure: str = ""


class Finding(NamedTuple):
    """One thing that a rule says: the rule's name, the facts of its sentence, the intrinsic and the place, if known.

    kind: the class, where it is another than that of the rule.
    """

    rule: str
    facts: dict[str, Any]
    uuid: str = ""
    name: str = ""
    place: Place = NOWHERE
    other: Class | None = None

    @property
    def kind(self) -> Class:
        """The class of this finding."""
        return self.other or RULES[self.rule].kind

    @property
    def message(self) -> str:
        """The sentence."""
        return RULES[self.rule].sentence.format_map(self._shown())

    @property
    def cure(self) -> str:
        """What to do next; empty where there is nothing to do."""
        return RULES[self.rule].cure.format_map(self._shown())

    def to_data(self) -> dict[str, Any]:
        """JSON-ready data."""
        place = {name: getattr(self.place, name) for name in ("file", "line") if getattr(self.place, name) is not None}
        facts = {k: v if isinstance(v, (int, str, bool, type(None))) else clean(v, 200) for k, v in self.facts.items()}
        return {
            "rule": self.rule,
            "class": self.kind,
            "uuid": self.uuid or None,
            "name": self.name or None,
            "message": self.message,
            "cure": self.cure,
            "place": place,
            "facts": facts,
        }

    def _shown(self) -> dict[str, str]:
        return {"name": self.name, **{k: clean(v, 200) for k, v in self.facts.items()}}


@dataclass
class GateReport:
    """What a gate found, in the order of classes, and what it looked at.

    subjects: one line for each pack that was read. counts: what was done, by name ("examples run" ...).
    """

    subjects: tuple[dict[str, Any], ...]
    findings: list[Finding] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, more: Iterable[Finding]) -> None:
        """More findings."""
        self.findings.extend(more)

    def settle(self) -> GateReport:
        """This report with its findings in order, each once."""
        unique = {(f.rule, f.uuid, str(f.place), f.message): f for f in self.findings}
        self.findings = sorted(unique.values(), key=lambda f: ORDER[f.kind])
        return self

    def count(self, *kinds: Class) -> int:
        """How many findings are of these classes."""
        return sum(f.kind in kinds for f in self.findings)

    def summary(self) -> dict[str, int]:
        """How many findings each class has."""
        return {kind: self.count(kind) for kind in ORDER}

    @property
    def failed(self) -> bool:
        """Whether the gate is shut."""
        return self.count("breaking", "finding") > 0


NEW_UUID: Final = "give the new meaning a UUID of its own, and serve the old one too"

CHANGES: Final[dict[str, Rule]] = {
    "signature-changed": Rule("breaking", "another signature under the same UUID: {difference}", NEW_UUID),
    "uuid-removed": Rule(
        "breaking", "{uuid} is no longer served{after}; programs that import it are refused", "serve it on, deprecated"
    ),
    "vector-changed": Rule("breaking", "{call} gives {found}, and gave {expected}", NEW_UUID),
    "vector-removed": Rule(
        "breaking", "the example {call}, which gave {expected}, is gone", "put it back: examples are frozen"
    ),
    "vector-moved": Rule(
        "notice", "the old examples are no longer the first ones, in their order", "add examples behind the old ones"
    ),
    "vector-added": Rule("fine", "examples were added: {count}"),
    "effect-added": Rule(
        "breaking", "it has the effect {effect} now; hosts that do not allow it refuse programs", NEW_UUID
    ),
    "effect-removed": Rule("fine", "it no longer has the effect {effect}"),
    "determinism-lost": Rule("breaking", "equal arguments may give different results now", NEW_UUID),
    "determinism-gained": Rule("fine", "equal arguments give equal results now"),
    "cost-raised": Rule(
        "breaking",
        "a call costs more: {new}, it was {old}; for {where} that is {found}, not {expected}",
        "keep the cost, or announce that programs need more fuel",
    ),
    "cost-lowered": Rule("notice", "a call costs less: {new}, it was {old}"),
    "cost-rewritten": Rule("fine", "the cost is spelled {new}, it was {old}, and is the same wherever it was compared"),
    "size-raised": Rule(
        "breaking",
        "results may be larger: {new}, it was {old}; programs near a limit on sizes are stopped",
        "keep the bound, or announce it",
    ),
    "size-lowered": Rule("fine", "results are smaller: at most {new}, it was {old}"),
    "size-rewritten": Rule("fine", "the size is spelled {new}, it was {old}, and is the same wherever it was compared"),
    "parameter-renamed": Rule("fine", "the parameter {old} is called {new}"),
    "name-changed": Rule(
        "notice", "it is called {new}, it was {old}; compiled programs do not notice, source texts do", ""
    ),
    "name-reused": Rule(
        "notice",
        "the name {reused} now stands for another UUID, it stood for {uuid}",
        "source texts that are compiled again get the new meaning: say so in the changelog",
    ),
    "deprecated": Rule("notice", "it is deprecated: {reason}"),
    "undeprecated": Rule("fine", "it is no longer deprecated"),
    "supersedes-added": Rule("notice", "it supersedes {uuid} ({relation})"),
    "relation-changed": Rule("notice", "it is {new}, it was {old}"),
    "intrinsic-added": Rule("fine", "it is new"),
    "library-removed": Rule(
        "breaking", "the library {library} is gone; programs that link to it are refused", "carry it on"
    ),
    "library-changed": Rule(
        "breaking",
        "the library {library} has other content{detail}; programs that were compiled with the old one are refused",
        "carry the old one on, and give the new one a name of its own",
    ),
    "library-added": Rule("fine", "the library {library} is new"),
    "observer-removed": Rule(
        "breaking", "it observes no more; runs that name it as an observer are refused", "keep vcvm_observer"
    ),
    "observer-added": Rule("fine", "it can observe now"),
    "library-moved": Rule("fine", "the library {library} lies in {new}, it was {old}"),
    "api-narrowed": Rule(
        "breaking", "the pack works with pack API {new} only, it was {old}", "keep the range, or announce it"
    ),
    "api-widened": Rule("fine", "the pack works with pack API {new}, it was {old}"),
    "target-moved": Rule("fine", "its function is {new}, it was {old}"),
    "documentation-changed": Rule("fine", "its documentation was changed"),
    "pack-renamed": Rule("notice", "the pack is called {new}, it was {old}: these are two packs, compared by UUID", ""),
}
"""The rules of ``diff``, and of ``check --against``."""

BUILD: Final = "build the pack again, or install it again"

CHECKS: Final[dict[str, Rule]] = {
    # Read, nothing imported
    "declaration-refused": Rule("finding", "{reason}", "{help}"),
    "manifest-stale": Rule("finding", "the manifest was made from another source{detail}", BUILD),
    "row-differs": Rule("finding", "the source declares it otherwise than the manifest: {difference}", BUILD),
    "library-differs": Rule(
        "finding", "the library {library} of the source is not that of the manifest: {found}", BUILD
    ),
    "target-missing": Rule("finding", "{target} is no intrinsic of the source", "declare it there, or build again"),
    "row-missing": Rule("finding", "the source declares it, the manifest does not have it", BUILD),
    "entry-point": Rule(
        "finding",
        "the entry point {value} is refused: {reason}",
        'entry points in the group "vcvm.packs" have the form name = module, a module of the pack with the hook',
    ),
    "hook-missing": Rule(
        "finding", "no module of an entry point has the hook vcvm_intrinsics", "define it there, with @hookimpl"
    ),
    "not-handed-over": Rule("notice", "vcvm_intrinsics does not seem to hand it over", "add {name} to what it returns"),
    "no-examples": Rule("notice", "it has no example: nothing holds a later release to its results", "add a doctest"),
    "cost-undeclared": Rule("notice", "no cost is declared, so that a call costs 1 unit", "declare cost="),
    "effect-hint": Rule(
        "notice",
        "it uses {what}, and does not declare the effect {effect}",
        'declare effects=["{effect}"], or do without',
    ),
    "uuid-reserved": Rule(
        "finding", "{uuid} is {taken} of the standard pack; the machine refuses the pack", "mint a UUID of its own"
    ),
    "uuid-taken": Rule(
        "finding",
        "{uuid} is {taken} of {pack}, which is installed; programs get neither",
        "mint a UUID of its own, or uninstall one of the two",
    ),
    "name-taken": Rule("notice", "{pack} also has a {name}; sources have to say which they mean", ""),
    "near-name": Rule("notice", "the pack's name is close to that of {pack}", "choose a name that nobody confuses"),
    "wrong-api": Rule("finding", "it needs pack API {needed}; this vcvm speaks {ours}", "declare api in [tool.vcvm]"),
    "no-source": Rule(
        "notice", "there is no source to hold the manifest against", "name the wheel or the folder instead"
    ),
    # Imported, in a process of its own
    "import-failed": Rule("finding", "{reason}", "import it in a Python prompt to see the whole traceback"),
    "import-ended": Rule(
        "finding", "the process ended while {doing}: {how}", "a pack must not end the process that it runs in"
    ),
    "out-of-time": Rule(
        "finding", "{doing} did not end within {seconds} seconds", "make it faster, or raise --timeout"
    ),
    "too-much-output": Rule("finding", "it printed more than {limit} bytes while {doing}", "a pack prints nothing"),
    "import-changes": Rule("finding", "importing it changes {what}: {detail}", "leave the process as it is"),
    "import-acts": Rule(
        "finding", "importing it {what}", "do that when a function is called, with the effect declared"
    ),
    "refused-when-loaded": Rule("finding", "{reason}", "{help}"),
    "vector-differs": Rule(
        "finding", "{call} gives {found}, its example says {expected}", "correct the function; examples are frozen"
    ),
    "bad-result": Rule("finding", "{call} gives {found}, its signature says {expected}", "give exactly that type"),
    "size-exceeded": Rule(
        "finding",
        "{call} gives {found} entries or characters, its declared size is {expected}",
        "declare a larger size",
    ),
    "unsteady": Rule(
        "finding",
        "{call} gives {found} and then {again}, though it is declared deterministic",
        "declare deterministic=False",
    ),
    "argument-changed": Rule("finding", "{call} changes its argument {position}", "copy what is to be changed"),
    "call-changes": Rule("finding", "{call} changes {what}: {detail}", "leave the process as it is"),
    "effect-undeclared": Rule(
        "finding", "{call} {what}; the effect {effect} is not declared", 'declare effects=["{effect}"], or do without'
    ),
    "cost-low": Rule(
        "notice",
        "{sizes}: {time} for a declared cost of {cost}, {rate} a unit",
        "raise the cost: programs pay for less than they use",
    ),
    "cost-grows": Rule(
        "notice",
        "from {few} to {many} the time for a unit of declared cost grows {ratio} times",
        "declare a cost that grows as the work does",
    ),
    "cost-unmeasured": Rule("notice", "{reason}, so that its cost was not compared with time"),
    # Imported, with what an older release recorded
    "promise-broken": Rule("finding", "{call} gives {found}; {old} recorded {expected}", NEW_UUID),
}
"""The rules of ``check``."""

RULES: Final[dict[str, Rule]] = {**CHANGES, **CHECKS}
