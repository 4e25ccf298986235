"""``vcvm upgrade`` of programs of format 1: successors, what is proved about them, and what is said."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dists.builder import HEAD, Site, hook
from vcvm_core.bytecode import decode

Command = Callable[..., Any]
ONE, TWO, THREE = (f"11111111-2222-4333-8444-00000000000{c}" for c in "abc")
TEXT = f'extern older(int) -> int = "{ONE}"\nfunc main(n: int) -> int\n get $n\n calli $older\n ret\nend\n'


def function(name: str, uuid: str, body: str, examples: str, more: str = "", sig: str = "n: int") -> str:
    """One intrinsic, ``int -> int``, with examples: ``3 -> 6, 4 -> 8``."""
    doc = "".join(f"    >>> {name}({e.replace(' -> ', ')' + chr(10) + '    ')}\n" for e in examples.split(", ") if e)
    return f'@intrinsic("{uuid}"{more})\ndef {name}({sig}) -> int:\n    """It.\n\n{doc}    """\n    return {body}\n\n\n'


OLDER = function("older", ONE, "n * 2", "3 -> 6, 4 -> 8", ', deprecated="It is slow."')


@pytest.fixture
def site(packs: Any) -> Iterator[Site]:
    """Where packs are installed; what was imported is forgotten afterwards."""
    yield Site(packs.where)
    sys.modules.pop("vcvm_pair", None)


@pytest.fixture(autouse=True)
def program(folder: Path) -> str:
    (folder / "rule.vasm").write_text(TEXT, encoding="utf-8")
    return "rule.vasm"


def install(site: Site, body: str = "n + n", examples: str = "3 -> 6", relation: str = "same", **more: str) -> None:
    """A pack with the older intrinsic and its successor."""
    newer = function("newer", TWO, body, examples, f', supersedes="{ONE}", relation="{relation}"', **more)
    site.add("vcvm-pair", HEAD + OLDER + newer + hook("older", "newer"))


def test_rewritten(vcvm: Command, site: Site) -> None:
    """The import is another one; what was replaced, by what, and what is proved is said; the program does what it did."""
    install(site)
    done = vcvm("upgrade", "rule.vasm", "-o", "new.vcvm")
    assert (done.code, done.err) == (0, "")
    first, *rest = done.out.splitlines()
    assert first.startswith("new.vcvm: 1 function, ")
    assert rest == [
        f"older ({ONE})",
        f"  is now newer ({TWO}) of vcvm-pair 1.0",
        "  relation same; proved by 1 of 2 examples",
    ]
    (extern,) = decode(Path("new.vcvm").read_bytes()).externs
    assert (extern.name, extern.pack) == ("newer", "vcvm-pair")
    assert vcvm("run", "new.vcvm", "21").out == "42\n"


def test_run_on_the_code(vcvm: Command, site: Site) -> None:
    """With --import no example is left open."""
    install(site)
    done = vcvm("upgrade", "rule.vasm", "-o", "new.vcvm", "--import")
    assert "  proved by 2 of 2 examples, run on its code" in done.out
    data = vcvm("upgrade", "rule.vasm", "-o", "new.vcvm", "--import", "--json").data
    (rewrite,) = data["rewrites"]
    assert (rewrite["examples"]["proved"], rewrite["run"]["proved"], rewrite["run"]["problem"]) == (1, 2, "")


@pytest.mark.parametrize(("relation", "code"), [("same", 1), ("wider", 1), ("fix", 0)])
def test_contradicted(vcvm: Command, site: Site, relation: str, code: int) -> None:
    """An example that differs is listed; where the pack promised none would, it is a finding."""
    install(site, "n * 2 + (n == 4)", "3 -> 6, 4 -> 9", relation)
    done = vcvm("upgrade", "rule.vasm", "-o", "new.vcvm")
    assert done.code == code
    assert "proved by 1 of 2 examples; 1 differs" in done.out
    assert "  differs: newer(4) gives 9; older gave 8" in done.out
    assert Path("new.vcvm").exists()


def test_nothing_to_do(vcvm: Command) -> None:
    """A program that nothing can be done for is written as it is, and that is said."""
    assert vcvm("asm", "loop.vasm").code == 0
    done = vcvm("upgrade", "loop.vcvm", "-o", "new.vcvm")
    assert done.code == 0
    assert "there is nothing to upgrade; the program is the same" in done.out
    assert Path("new.vcvm").read_bytes() == Path("loop.vcvm").read_bytes()
    assert vcvm("upgrade", "loop.vcvm", "-o", "new.vcvm", "--json").data["rewrites"] == []


def test_kept(vcvm: Command, site: Site) -> None:
    """A successor that takes something else is no replacement: the import is kept, with the reason."""
    install(site, "6", "3.0 -> 6", "wider", sig="n: float")
    assert vcvm("asm", "rule.vasm").code == 0
    done = vcvm("upgrade", "rule.vcvm", "-o", "new.vcvm")
    assert done.code == 0
    assert f"older ({ONE}) is kept: newer ({TWO}) has another signature: parameter 1 (n): expected int" in done.out
    assert "nothing was replaced; the program is the same" in done.out
    assert "note: older: deprecated: It is slow; use newer" in done.err
    assert Path("new.vcvm").read_bytes() == Path("rule.vcvm").read_bytes()


def test_several(vcvm: Command, site: Site) -> None:
    """Two successors are a choice, which a tool does not make; nothing is written."""
    install(site)
    third = function("third", THREE, "n", "", f', supersedes="{ONE}", relation="fix"')
    site.add("vcvm-more", HEAD + third + hook("third"))
    done = vcvm("upgrade", "rule.vasm", "-o", "new.vcvm")
    assert (done.code, done.out) == (3, "")
    assert "error[VC722]" in done.err
    assert f"newer ({TWO}) of vcvm-pair 1.0 and third ({THREE}) of vcvm-more 1.0" in done.err
    assert not Path("new.vcvm").exists()
    assert vcvm("upgrade", "rule.vasm", "-o", "new.vcvm", "--no-pack", "vcvm-more").code == 0


def test_older_one_from_a_header(vcvm: Command, site: Site) -> None:
    """A pack that has dropped the older one proves something all the same, with the header of the release that had it."""
    newer = function("newer", TWO, "n + n", "3 -> 6, 4 -> 8", f', supersedes="{ONE}", relation="same"')
    site.add("vcvm-pair", HEAD + newer + hook("newer"), version="2.0")
    done = vcvm("upgrade", "rule.vasm", "-o", "new.vcvm")
    assert "nothing proved: the examples of the older one are not at hand (--header)" in done.out
    from dists.projects import project

    project(Path("old"), HEAD + OLDER + hook("older"), name="vcvm-older")
    vcvm("plugins", "header", "old", "-o", "old.vcvmh")
    done = vcvm("upgrade", "rule.vasm", "-o", "new.vcvm", "--header", "old.vcvmh")
    assert "proved by 2 of 2 examples" in done.out


def test_to_stdout(vcvm: Command, site: Site) -> None:
    """The program alone goes to stdout; what there is to say goes to stderr."""
    install(site)
    done = vcvm("upgrade", "rule.vasm", "-o", "-")
    assert "is now newer" in done.err
    assert "newer (" not in done.out


def test_effects_are_said(vcvm: Command, site: Site) -> None:
    """A successor that needs more is said to."""
    newer = function("newer", TWO, "n + n", "3 -> 6", f', supersedes="{ONE}", relation="same", effects=["clock"]')
    site.add("vcvm-pair", HEAD + OLDER + newer + hook("older", "newer"))
    assert "; effects: clock" in vcvm("upgrade", "rule.vasm", "-o", "new.vcvm").out


def test_deprecation_is_noted(vcvm: Command, site: Site) -> None:
    """Where a program is compiled, linked and looked at: the reason, the successor, its UUID, and the command."""
    install(site)
    says = f"older: deprecated: It is slow; use newer ({TWO}): vcvm upgrade PROGRAM -o OUT puts it there"
    assert f"note: {says}" in vcvm("asm", "rule.vasm").err
    assert f"note: {says}" in vcvm("run", "rule.vcvm", "2").err
    assert f"note: {says}" in vcvm("inspect", "rule.vcvm").out
    assert says in vcvm("asm", "rule.vasm", "--json").data["notices"]
