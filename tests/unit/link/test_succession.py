"""Successors in the place of what they supersede: chains, circles, choices, signatures."""

from __future__ import annotations

import pytest

from unit.link.offers import Table, identity, importing, offer
from vcvm_core import LinkError
from vcvm_core.asm import assemble
from vcvm_core.bytecode import Module, decode, encode
from vcvm_core.link import Offer, Succession, succeed
from vcvm_core.verify import verify


def later(name: str, older: str, **more: object) -> Offer:
    """An offer that supersedes another."""
    facts = {"supersedes": identity(older).bytes, "relation": "same", "pack": "pack-b", "version": "2.0", **more}
    return offer(name, **facts)  # type: ignore[arg-type]


def succession(*rows: Offer, names: tuple[str, ...] = ("double",)) -> Succession:
    """What becomes of a program that imports these."""
    return succeed(importing(*names).module, Table(rows), "rule.vcvm")


def identities(module: Module) -> list[bytes]:
    return [x.uuid for x in module.externs]


def test_nothing_to_do() -> None:
    """A program whose imports nobody supersedes stays the very same."""
    module = importing("double").module
    found = succeed(module, Table([offer()]))
    assert (found.module is module, found.rewrites, found.kept) == (True, (), ())


def test_one_step() -> None:
    """The import has another UUID, name, pack and version, and the types that it had; the result verifies."""
    found = succession(offer(deprecated="slow"), later("triple", "double"))
    (extern,) = found.module.externs
    assert (extern.uuid, extern.name, extern.pack, extern.version) == (
        identity("triple").bytes, "triple", "pack-b", "2.0",
    )  # fmt: skip
    assert extern.signature.shape == "(int) -> int"
    assert verify(decode(encode(found.module)))
    (rewrite,) = found.rewrites
    assert (rewrite.extern.name, rewrite.offer.name, rewrite.reason) == ("double", "triple", "")


def test_chain() -> None:
    """A chain is followed to its end, also where nobody serves what lies between."""
    found = succession(later("b", "double"), later("c", "b"), later("d", "c"))
    assert identities(found.module) == [identity("d").bytes]
    assert [o.name for o in found.rewrites[0].steps] == ["b", "c", "d"]


def test_last_that_fits() -> None:
    """The last of the chain that takes and gives the same is taken, and the report says why not a later one."""
    found = succession(later("b", "double"), later("c", "b", signature="(n: int, m: int) -> int"))
    assert identities(found.module) == [identity("b").bytes]
    assert "c (" in found.rewrites[0].reason
    assert "1 parameters expected, found 2" in found.rewrites[0].reason


def test_over_one_that_does_not_fit() -> None:
    """One that does not fit is no end: what supersedes it may fit again."""
    found = succession(later("b", "double", signature="(n: string) -> int"), later("c", "b"))
    assert identities(found.module) == [identity("c").bytes]
    assert found.rewrites[0].reason == ""


@pytest.mark.parametrize("signature", ["(n: string) -> int", "(n: int) -> string", "(n: any) -> int", None])
def test_kept(signature: str | None) -> None:
    """A successor of other types, or of unknown ones, replaces nothing; the reason is said."""
    found = succession(later("b", "double", signature=signature))
    assert found.rewrites == ()
    assert identities(found.module) == [identity("double").bytes]
    (kept,) = found.kept
    assert kept.reason.startswith(f"b ({identity('b')}) has another signature: ")


@pytest.mark.parametrize("start", ["double", "b", "c"])
def test_circle(start: str) -> None:
    """A circle is walked once: the last before it closes is taken, and nothing hangs."""
    rows = [later("b", "double"), later("c", "b"), later("double", "c")]
    found = succession(*rows, names=(start,))
    assert len(found.rewrites) == 1
    assert "lead in a circle" in found.rewrites[0].reason


def test_several_successors() -> None:
    """Where there is a choice nothing is chosen: both are named, for every import that has one."""
    rows = [later("b", "double"), later("c", "double"), later("e", "d"), later("f", "e"), later("g", "e")]
    with pytest.raises(LinkError) as caught:
        succession(*rows, names=("double", "d"))
    assert [d.code for d in caught.value.diagnostics] == ["VC722", "VC722"]
    text = str(caught.value)
    for name in "bcfg":
        assert f"{name} ({identity(name)}) of pack-b 2.0" in text
    assert "supersede e (" in text


def test_successor_of_two_packs() -> None:
    """A successor that two packs claim is a choice like any other."""
    with pytest.raises(LinkError, match="of fork 9 and triple"):
        succession(later("triple", "double"), later("triple", "double", pack="fork", version="9"))


def test_two_become_one() -> None:
    """Imports that end at one successor share one entry, and the code calls that."""
    names = ("a", "b", "c")
    lines = [f'extern {n}(int) -> int = "{identity(n)}"' for n in names]
    text = "\n".join([*lines, "func main() -> int", " push 1", *(f" calli ${n}" for n in names), " ret", "end"])
    found = succeed(verify(assemble(text)).module, Table([later("c", "a"), later("d", "b")]))
    assert identities(found.module) == [identity("c").bytes, identity("d").bytes]
    assert [i.a for i in found.module.functions[0].code][1:4] == [0, 1, 0]
    assert verify(decode(encode(found.module)))


def test_hostile_names() -> None:
    """Names come from programs and packs: they are printed cut and escaped."""
    rows = [later("b\x1b" + "x" * 500, "double"), later("c", "double", pack="p\u202e")]
    with pytest.raises(LinkError) as caught:
        succession(*rows)
    assert str(caught.value).isprintable()
