"""The link report: every verdict, with what was found and what to do, all in one report."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from unit.link.offers import Table, broken, double, identity, importing, offer
from vcvm_core import VM, ApiError, LinkError
from vcvm_core.bytecode import Extern, encode
from vcvm_core.errors import Diagnostic
from vcvm_core.link import EVERYTHING, LinkReport, NoHosts, PackState, Provider, Verdict, check, link
from vcvm_core.link.resolve import resolve
from vcvm_core.values import parse_signature, untyped


def verdict(
    table: object, *, allow: tuple[str, ...] = (), pack: str = "pack-a", version: str = "1.0", name: str = "double"
) -> Verdict:
    """The one verdict on a program that imports one intrinsic."""
    (found,) = check(importing(name, pack=pack, version=version), table, allow).verdicts  # type: ignore[arg-type]
    return found


def test_bound() -> None:
    """One offer, the same signature, no effects: bound, to this pack; nothing to fix, nothing to notice."""
    found = verdict(Table([offer()]))
    assert (found.word, found.found, found.fix, found.notices, found.diagnostics) == ("bound", "pack-a 1.0", "", (), ())
    assert found.ok


def test_unknown_without_a_pack() -> None:
    """A program that does not say where its intrinsic came from: only its author knows."""
    found = verdict(NoHosts(), pack="", version="")
    assert (found.word, found.found) == ("unknown", "no installed pack provides it")
    assert found.fix == "ask the program's author which pack provides it"
    assert [d.code for d in found.diagnostics] == ["VC041"]


def test_unknown_pack_absent() -> None:
    """The pack is not installed: the command that installs what the program was compiled against, or later."""
    found = verdict(Table())
    assert found.word == "unknown"
    assert found.found == "provided by pack-a >= 1.0   not installed"
    assert found.fix == "pip install 'pack-a>=1.0'"


def test_unknown_pack_absent_without_a_version() -> None:
    """Without a version there is none to ask for."""
    found = verdict(Table(), version="")
    assert (found.found, found.fix) == ("provided by pack-a   not installed", "pip install 'pack-a'")


@pytest.mark.parametrize("here", ["0.9", "1.0", "1", "1.0.0", "1.0rc1", "1.0.dev1", "0.10", "unknown", ""])
def test_unknown_pack_older(here: str) -> None:
    """An older version is installed, which does not have it yet: the newer one has."""
    found = verdict(Table(packs={"pack-a": PackState("pack-a", here, None)}))
    assert found.word == "unknown"
    assert found.found == f"provided by pack-a >= 1.0   installed: pack-a {here}"
    assert found.fix == "pip install 'pack-a>=1.0'"


def test_unknown_pack_newer() -> None:
    """A newer version is installed, which dropped it: exactly the version that had it helps."""
    found = verdict(Table(packs={"pack-a": PackState("pack-a", "2.0", None)}))
    assert found.word == "unknown"
    assert found.found == "was in pack-a 1.0   installed: pack-a 2.0, which dropped it"
    assert found.fix == "pip install 'pack-a==1.0'"


def test_unknown_pack_newer_with_successor() -> None:
    """The successor is named, and not taken: another UUID is another promise."""
    later = offer("triple", supersedes=identity("double").bytes, version="2.0")
    found = verdict(Table([later], {"pack-a": PackState("pack-a", "2.0", None)}))
    assert found.word == "unknown"
    assert found.found.endswith(f"which dropped it; successor: triple ({identity('triple')})")
    assert found.fix == "pip install 'pack-a==1.0'"


def test_unknown_pack_that_cannot_be_used() -> None:
    """A pack that is there and broken is not missing: installing it again is not the first thing to try."""
    problem = Diagnostic("manifest-truncated", facts={"size": 7})
    found = verdict(Table(packs={"pack-a": PackState("pack-a", "1.0", problem)}))
    assert found.word == "pack-broken"
    assert found.found.startswith("provided by pack-a 1.0, which cannot be used: ")
    assert problem.message in found.found
    assert found.fix == problem.help
    assert [d.code for d in found.diagnostics] == ["VC045"]


@pytest.mark.parametrize(
    ("theirs", "difference"),
    [
        ("(n: string) -> int", "parameter 1"),
        ("(n: int, m: int) -> int", "parameters expected"),
        ("(n: int) -> string", "result"),
        ("(n: int) -> (int, int)", "result"),
        ("(n: any) -> int", "parameter 1"),
    ],
)
def test_signature_differs(theirs: str, difference: str) -> None:
    """A UUID has one signature for ever: the report says which part differs, and whom to ask."""
    found = verdict(Table([offer(signature=theirs)]))
    assert found.word == "signature-differs"
    assert found.found.startswith("found in pack-a 1.0, with another signature: ")
    assert difference in found.found
    assert found.fix == "report it to the authors of pack-a, or compile the program again"
    assert [d.code for d in found.diagnostics] == ["VC042"]


def test_signature_of_the_host_is_unknown() -> None:
    """A function that a host passes without annotations is taken at the program's word."""
    assert verdict(Table([offer(signature=None)])).ok


@pytest.mark.parametrize(
    ("nargs", "nrets", "word"), [(1, 1, "bound"), (2, 1, "signature-differs"), (1, 0, "signature-differs")]
)
def test_untyped_import(nargs: int, nrets: int, word: str) -> None:
    """Of an import of format 0 only the counts are known, and only they are compared."""
    extern = Extern(identity("double").bytes, untyped(nargs, nrets), typed=False)
    assert resolve(extern, Table([offer()]), frozenset(), bind=False).word == word


def test_ambiguous() -> None:
    """Two packs with one UUID: neither is taken, both are named, whatever their order."""
    both = [offer(pack="pack-b", version="2.0"), offer()]
    for rows in (both, both[::-1]):
        found = verdict(Table(rows))
        assert (found.word, found.found) == ("ambiguous", "claimed by pack-a 1.0 and pack-b 2.0")
        assert found.fix == "uninstall all but one of them"
        assert [d.code for d in found.diagnostics] == ["VC043"]


def test_effect_not_allowed() -> None:
    """An effect needs to be allowed; the fix names those that are missing, and only those."""
    table = Table([offer(effects=("clock", "random"))])
    found = verdict(table, allow=("clock",))
    assert found.word == "effect-not-allowed"
    assert found.found == "found in pack-a 1.0, effect `random` is not allowed"
    assert found.fix == "--allow random"
    assert [d.code for d in found.diagnostics] == ["VC044"]
    assert verdict(table).fix == "--allow clock --allow random"
    assert verdict(table, allow=("clock", "random", "disk")).ok


def test_pack_broken_when_it_is_loaded() -> None:
    """A pack whose import fails is a verdict of `link`, with the error that explains it; `check` loads nothing."""
    table = Table([offer(load=broken())])
    assert verdict(table).ok
    with pytest.raises(LinkError) as caught:
        link(importing("double"), table)
    (found,) = caught.value.report.verdicts
    assert found.word == "pack-broken"
    assert found.found.startswith("pack-a 1.0 cannot be loaded: ")
    assert "VC033" in found.found
    assert found.fix.startswith("implement vcvm_intrinsics()")


def test_deprecated() -> None:
    """A deprecated intrinsic is bound, with its reason and what to use instead."""
    old = offer(deprecated="it rounds")
    assert verdict(Table([old])).notices == ("deprecated: it rounds",)
    later = offer("triple", supersedes=identity("double").bytes)
    found = verdict(Table([old, later]))
    assert found.ok
    assert found.notices == (
        f"deprecated: it rounds; use triple ({identity('triple')}): vcvm upgrade PROGRAM -o OUT puts it there",
    )


def test_other_version() -> None:
    """Bound to another version of the pack than the program was compiled against: noticed, both are named."""
    found = verdict(Table([offer(version="1.1")]))
    assert found.ok
    assert found.notices == ("compiled against pack-a 1.0, bound to pack-a 1.1",)
    assert verdict(Table([offer(pack="fork", version="9")])).notices == ()


@pytest.mark.parametrize("pack", ["", "the host", "a b c"])
def test_other_version_of_a_pack_without_one(pack: str) -> None:
    """A program may say anything of where its intrinsic came from: the notice survives offers without a version."""
    found = verdict(Table([offer(pack=pack, version="")]), pack=pack)
    assert found.ok
    assert [n.split(", ")[0] for n in found.notices] == [f"compiled against {pack} 1.0"]


def provider(versions: str, others: str = "", pack: str = "pack-b", **more: Any) -> Provider:
    """A pack that is known to provide ``double``."""
    facts: dict[str, Any] = {"name": "twofold", "signature": parse_signature("(n: int) -> int"), "pack": pack}
    facts |= {"versions": tuple(versions.split()), "others": tuple(others.split()), "deprecated": None}
    return Provider(**{**facts, "successors": (), "source": "an index", **more})


def provided(*found: Provider, packs: dict[str, PackState] | None = None, **extern: str) -> Verdict:
    """The verdict on an import that others are known to provide."""
    return verdict(Table((), packs or {}, {identity("double").bytes: found}), **extern)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("versions", "others", "says", "fix"),
    [
        ("2.0", "", "pack-b >= 2.0", "pack-b>=2.0"),
        ("2.0 2.1", "1.0 1.1", "pack-b >= 2.0", "pack-b>=2.0"),
        ("1.0 2.0", "3.0", "pack-b 1.0 to 2.0", "pack-b==2.0"),
        ("1.0", "3.0", "pack-b 1.0", "pack-b==1.0"),
        ("1.0 3.0 3.1", "2.0", "pack-b >= 3.0", "pack-b>=3.0"),
        ("1.0 3.0 3.1", "2.0 4.0", "pack-b 3.0 to 3.1", "pack-b==3.1"),
    ],
)
def test_provided(versions: str, others: str, says: str, fix: str) -> None:
    """What is known of other packs says which versions have it, back to a gap, and the line that installs one."""
    found = provided(provider(versions, others))
    assert (found.word, found.found) == ("unknown", f"provided by {says}   not installed")
    assert found.fix == f"pip install '{fix}'"
    assert found.to_data()["providers"] == [
        {"pack": "pack-b", "versions": versions.split(), "name": "twofold", "source": "an index"}
    ]


@pytest.mark.parametrize("over", [frozenset, set, tuple, sorted])
def test_all_effects_cannot_be_lost_by_copying(over: Callable[[Any], Any]) -> None:
    """The policy that allows every effect is no container: what would copy it into one, and lose it, raises."""
    with pytest.raises(TypeError):
        over(EVERYTHING)
    assert copy.deepcopy(EVERYTHING) is EVERYTHING is pickle.loads(pickle.dumps(EVERYTHING))
    with pytest.raises(ApiError):
        VM(allow=None)  # type: ignore[arg-type]  # a setting that is missing allows nothing


def test_all_effects_by_every_way() -> None:
    """Every function that takes a policy takes all effects, one name, and names."""
    table = Table([offer(effects=("clock", "teleport"))])
    program = importing("double")
    ways: list[Callable[[Any], LinkReport]] = [
        lambda allow: check(program, table, allow),
        lambda allow: VM(table, allow=allow).check(encode(program.module)),
    ]
    for way in ways:
        assert way(EVERYTHING).ok
        assert way(("clock", "teleport")).ok
        assert way("clock").refused[0].found == "found in pack-a 1.0, effect `teleport` is not allowed"


def test_provided_and_installed() -> None:
    """The picture of the manual: an older version is here; of a newer one that dropped it, the last that had it helps."""
    old, new = (PackState("pack-b", v, None) for v in ("1.0.0", "3.0"))
    found = provided(provider("2.0"), packs={"pack-b": old})
    assert (found.found, found.fix) == (
        "provided by pack-b >= 2.0   installed: pack-b 1.0.0",
        "pip install 'pack-b>=2.0'",
    )
    found = provided(provider("2.0"), packs={"pack-b": new})
    assert found.found == "provided by pack-b 2.0   installed: pack-b 3.0, which dropped it"
    assert found.fix == "pip install 'pack-b==2.0'"


def test_provided_by_a_pack_that_cannot_be_used() -> None:
    """The right version is here and broken: that is what to cure."""
    problem = Diagnostic("manifest-truncated", facts={"size": 7})
    found = provided(provider("1.0 2.0"), packs={"pack-b": PackState("pack-b", "2.0", problem)})
    assert (found.word, found.fix) == ("pack-broken", problem.help)


def test_provided_by_several() -> None:
    """Several packs are named, and every way out; many are counted."""
    found = provided(*(provider("1", pack=f"p{i}") for i in range(5)))
    assert found.found == "provided by p0 >= 1 or p1 >= 1 or p2 >= 1 or 2 more packs   not installed"
    assert found.fix == "pip install 'p0>=1' or pip install 'p1>=1' or pip install 'p2>=1'"


def test_provided_with_another_signature() -> None:
    """A provider whose signature is another would not help, and the report says so; a successor is named."""
    other = provider("1", signature=parse_signature("(n: string) -> int"), successors=(("new", identity("n").bytes),))
    found = provided(other)
    assert "there it has another signature: parameter 1" in found.found
    assert found.found.endswith(f"; successor: new ({identity('n')})")


def test_provided_before_what_the_program_says() -> None:
    """A program may say anything about where its imports come from: what the operator's index knows counts."""
    found = provided(provider("1.0"), pack="evil-pack", version="9")
    assert "evil" not in found.found + found.fix
    assert provided(provider("1.0"), pack="", version="").fix == "pip install 'pack-b>=1.0'"


def mixed() -> Table:
    """Six intrinsics, one for each verdict; `unknown` is missing."""
    return Table(
        [
            offer("fine"),
            offer("differs", signature="(n: string) -> int"),
            offer("twice"),
            offer("twice", pack="pack-b"),
            offer("effect", effects=("clock",)),
            offer("broken", load=broken()),
        ]
    )


WORDS = {
    "fine": "bound", "unknown": "unknown", "differs": "signature-differs", "twice": "ambiguous",
    "effect": "effect-not-allowed", "broken": "pack-broken",
}  # fmt: skip


def test_one_report_never_stops_early() -> None:
    """Every import has its verdict, in the order of the program, whatever went wrong before it."""
    with pytest.raises(LinkError) as caught:
        link(importing(*WORDS), mixed(), name="rule.vcvm")
    report = caught.value.report
    assert {v.name: v.word for v in report.verdicts} == WORDS
    assert not report.ok
    assert [v.name for v in report.refused] == [n for n in WORDS if n != "fine"]
    assert caught.value.kind == "unresolved-imports"
    assert [d.code for d in caught.value.diagnostics] == ["VC040", "VC041", "VC042", "VC043", "VC044", "VC045"]
    assert report.headline() == "rule.vcvm needs 5 intrinsics that are not available here"
    assert len(report.lines()) == 10


def test_check_loads_nothing() -> None:
    """`check` rests on manifests alone; `link` asks for the function."""
    asked: list[str] = []

    def load() -> Callable[..., Any]:
        asked.append("double")
        return double

    table = Table([offer(load=load)])
    check(importing("double"), table)
    assert asked == []
    link(importing("double"), table)
    assert "double" in asked


def test_report_as_data() -> None:
    """The report is JSON with a schema, and holds what the text says."""
    report = check(importing(*WORDS), mixed(), name="rule.vcvm")
    data = report.to_data()
    assert json.loads(json.dumps(data)) == data
    assert (data["schema"], data["program"], data["ok"]) == (1, "rule.vcvm", False)
    first = data["imports"][0]
    assert first["verdict"] == "bound"
    assert (first["pack"], first["version"], first["uuid"]) == ("pack-a", "1.0", str(identity("fine")))
    assert set(first) == {
        "what", "name", "uuid", "module", "verdict", "found", "fix", "notices", "effects", "pack", "version",
        "providers", "errors",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("what", "count", "text"),
    [
        ("intrinsic", 1, "p needs 1 intrinsic that is not available here"),
        ("intrinsic", 2, "p needs 2 intrinsics that are not available here"),
        ("library", 1, "p needs 1 library that is not available here"),
        ("library", 2, "p needs 2 libraries that are not available here"),
    ],
)
def test_headline(what: str, count: int, text: str) -> None:
    """The headline counts, in English."""
    refused = tuple(Verdict(what, f"n{i}", "", "unknown", "") for i in range(count))
    assert LinkReport("p", refused).headline() == text


def test_headline_without_a_name() -> None:
    """A program from bytes has no file name."""
    assert LinkReport("", (Verdict("intrinsic", "n", "", "unknown", ""),)).headline().startswith("the program needs 1 ")


def test_hostile_names_in_a_report() -> None:
    """Names come from programs: a report prints them cut and escaped, in text and in messages."""
    name = "\u202e" + "x" * 200
    uuid = identity("double").bytes
    found = resolve(
        Extern(uuid, parse_signature("(int) -> int"), name, "pa\nck", "1\x1b[0m"), Table(), frozenset(), bind=False
    )
    report = LinkReport("a\nb", (found,))
    for line in [*report.lines(), report.headline(), str(report.error())]:
        assert line.replace("\n", "").isprintable()
        assert len(line) < 800


def test_link_error_pickles_without_its_report() -> None:
    """The diagnostics cross to another process; the report, which holds functions, stays."""
    with pytest.raises(LinkError) as caught:
        link(importing(*WORDS), mixed())
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.report is None
    assert str(again) == str(caught.value)
