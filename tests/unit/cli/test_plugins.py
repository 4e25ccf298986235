"""``vcvm plugins``: everything that is installed, good or bad, and nothing of it imported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Command = Callable[..., Any]
ONE, TWO = "11111111-2222-4333-8444-00000000000a", "11111111-2222-4333-8444-00000000000b"
FOUNDING = "a4c39daa-f85e-4b2a-a37f-4914e8237a18"


@pytest.fixture
def zoo(packs: Any) -> Any:
    """Packs of every state."""
    packs.install("vcvm-good", ONE, "twice")
    packs.install("vcvm-future", TWO, "later", api=(3, 4))
    broken = packs.install("vcvm-zeta", "11111111-2222-4333-8444-00000000000c", "cut", version="0.9")
    broken.write_bytes(broken.read_bytes()[:-5])
    packs.install("vcvm-thief", FOUNDING, "stolen")
    packs.install("vcvm-left", "11111111-2222-4333-8444-00000000000d", "shared")
    packs.install("vcvm-right", "11111111-2222-4333-8444-00000000000d", "shared_too")
    return packs


def test_list(vcvm: Command, zoo: Any) -> None:
    """One row a pack; what cannot be used says why, with its code; the last line sums up."""
    done = vcvm("plugins", "list")
    rows = {line.split()[0]: line for line in done.out.splitlines()}
    assert (done.code, done.err) == (0, "")
    assert rows["PACK"].split() == ["PACK", "VERSION", "API", "INTRINSICS", "STATE", "WHERE"]
    assert rows["vcvm-good"].split()[1:5] == ["1.0", "1", "1", "ok"]
    assert rows["vcvm-future"].split()[1:5] == ["1.0", "3-4", "1", "refused"]
    assert "[VC021]" in rows["vcvm-future"]
    assert rows["vcvm-zeta"].split()[1:5] == ["0.9", "-", "-", "broken"]
    assert "[VC011]" in rows["vcvm-zeta"]
    assert "[VC026]" in rows["vcvm-thief"]
    assert "shared and shared_too" in rows["ambiguous:"]
    assert ", 3 not: vcvm plugins doctor explains." in done.out.splitlines()[-1]
    assert not zoo.spy.exists()


def test_list_as_json(vcvm: Command, zoo: Any) -> None:
    """The same as data."""
    data = vcvm("plugins", "list", "--json").data
    packs = {pack["pack"]: pack for pack in data["packs"]}
    assert data["schema"] == 1
    assert packs["vcvm-good"]["usable"] is True
    assert packs["vcvm-zeta"]["problems"][0]["code"] == "VC011"
    assert data["ambiguous"][0]["packs"] == ["vcvm-left 1.0", "vcvm-right 1.0"]


def test_list_without(vcvm: Command, zoo: Any) -> None:
    """A blocked pack is listed as such, in any spelling of its name."""
    assert vcvm("plugins", "list", "--no-pack", "VCVM_Good").out.count("blocked") >= 1
    assert vcvm("plugins", "list", "--no-pack", "vcvm-god").code == 2


def test_show(vcvm: Command, zoo: Any) -> None:
    """Everything that the manifest says."""
    done = vcvm("plugins", "show", "vcvm-good")
    assert done.code == 0
    for text in (
        "vcvm-good 1.0: ok",
        "twice(n: int) -> int",
        ONE,
        "Twice n.",
        "cost 3",
        "1 frozen example; since 1.0",
        "pure",
    ):
        assert text in done.out
    data = vcvm("plugins", "show", "vcvm-good", "--json").data
    assert data["packs"][0]["intrinsics"][0]["vectors"] == 1
    assert not zoo.spy.exists()


def test_show_what_is_broken(vcvm: Command, zoo: Any) -> None:
    """What is wrong, and what helps; exit code 1."""
    done = vcvm("plugins", "show", "vcvm-zeta")
    assert done.code == 1
    assert "error[VC011]" in done.out
    assert "help: install the pack again" in done.out
    assert vcvm("plugins", "show", "vcvm-future").code == 1


def test_show_nothing(vcvm: Command, zoo: Any) -> None:
    """An unknown name is answered with what is closest."""
    done = vcvm("plugins", "show", "vcvm-goood")
    assert (done.code, done.out) == (1, "")
    assert "[VC008]" in done.err
    assert "did you mean vcvm-good" in done.err


@pytest.mark.parametrize("name", ["twice", "vcvm_good.twice", ONE, ONE.upper(), f"{{{ONE}}}", ONE.replace("-", "")])
def test_which(vcvm: Command, zoo: Any, name: str) -> None:
    """By name, by package and name, by UUID in any spelling."""
    done = vcvm("plugins", "which", name)
    assert done.code == 0
    assert done.out.splitlines()[1].split()[:5] == ["twice", "vcvm-good", "1.0", "ok", ONE]
    assert not zoo.spy.exists()


def test_which_is_several(vcvm: Command, zoo: Any) -> None:
    """All who claim a UUID are named, also those that are refused."""
    found = vcvm("plugins", "which", FOUNDING, "--json").data["found"]
    assert {(row["pack"], row["state"]) for row in found} == {("vcvm", "ok"), ("vcvm-thief", "refused")} or len(
        found
    ) == 2
    assert "ambiguous: vcvm-left 1.0 and vcvm-right 1.0" in vcvm("plugins", "which", "shared").out


@pytest.mark.parametrize(("name", "says"), [("twise", "did you mean twice?"), (ONE[:-1] + "f", "vcvm inspect")])
def test_which_is_nothing(vcvm: Command, zoo: Any, name: str, says: str) -> None:
    """Nothing found is exit code 1, with what is closest."""
    done = vcvm("plugins", "which", name)
    assert (done.code, done.out) == (1, "")
    assert says in done.err
    assert vcvm("plugins", "which", name, "--json").data["errors"][0]["code"] == "VC009"
