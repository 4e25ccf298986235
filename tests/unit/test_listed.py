"""Lists of names: a text is one name wherever a caller may give several."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import vcvm_core
from vcvm_core import VM, ApiError, VcvmError, link, plugin, testing
from vcvm_core.asm import assemble
from vcvm_core.link import NoHosts
from vcvm_core.listed import listed, nearest, several
from vcvm_core.verify import verify

MODULE = verify(assemble("func main()\nret\nend"))


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("one", ("one",)),
        ("", ("",)),
        (Path("one"), ("one",)),
        (["one", "two"], ("one", "two")),
        (("one", Path("two")), ("one", "two")),
        ({"one": 1}, ("one",)),
        (iter(["one"]), ("one",)),
        ([], ()),
    ],
)
def test_names(given: Any, found: tuple[str, ...]) -> None:
    """A text or a path is one name; anything else is a list of names."""
    assert listed(given, "names") == found


@pytest.mark.parametrize("given", [None, 5, b"one", [b"one"], [5], [None], [["one"]]], ids=repr)
def test_no_names(given: Any) -> None:
    """Everything else is refused, with what it was called."""
    with pytest.raises(ApiError) as caught:
        listed(given, "block")
    assert (caught.value.kind, caught.value.facts["where"]) == ("wrong-type", "block")


def test_several() -> None:
    """Things that are no names are listed likewise; one of the classes that are named is one thing."""
    assert several(5, "numbers", int) == (5,)
    assert several((5, 6), "numbers", int) == (5, 6)
    with pytest.raises(ApiError):
        several(5, "numbers", str)


def test_nearest() -> None:
    """What is closest is asked for; what is not close is not."""
    assert nearest("vcvm-txet", ["vcvm-text", "other"]) == "did you mean vcvm-text?"
    assert nearest("nothing", ["vcvm-text"]) == ""


@pytest.mark.parametrize(
    "allow", ["clock", ["clock"], {"clock"}, iter(["clock"])], ids=["text", "list", "set", "iterator"]
)
def test_allowed_effects(allow: Any) -> None:
    """The linker takes one effect as a text, too."""
    from vcvm_core.link.image import _Linker

    assert _Linker(NoHosts(), allow, {}, False, None).allow == {"clock"}


def test_machines() -> None:
    """What is no list of observers and no mapping of libraries is refused when the machine is made, with an error of vcvm."""
    wrong: Any
    for wrong in (5, object()):
        with pytest.raises(ApiError) as caught:
            VM(observers=wrong)
        assert caught.value.kind == "wrong-type"
    with pytest.raises(ApiError) as caught:
        VM(observers="tracer")
    assert caught.value.kind == "bad-observer"
    for wrong in ("library", ["library"]):
        with pytest.raises(ApiError) as caught:
            VM(libraries=wrong)
        assert caught.value.kind == "wrong-type"


def test_packs(tmp_path: Path) -> None:
    """A folder, a file, a header, an effect: each may be given alone."""
    assert plugin.discover(str(tmp_path)) == ()
    assert plugin.installed(str(tmp_path)).packs == ()
    missing = str(tmp_path / "missing")
    for read in (
        lambda: plugin.read_headers(missing),
        lambda: plugin.index_subjects(missing),
        lambda: plugin.installed([], headers=missing),
        lambda: plugin.installed([], index=missing).providers(bytes(16)),
        lambda: plugin.find_source_root(str(tmp_path), "missing"),
    ):
        with pytest.raises(VcvmError) as caught:
            read()
        assert "missing" in str(caught.value)
        assert len(caught.value.diagnostics) == 1
    found = plugin.read_settings("Acme_One", "clock", {"HOME": "/nowhere"}, "/")
    assert [e.name for e in found.block] == ["acme-one"]
    assert [e.name for e in found.allow] == ["clock"]
    index = plugin.index_packs(())
    assert plugin.installed([], index=index.made).providers(bytes(16)) == ()
    assert testing.ProgramRunner(plugin.installed([]), "clock").allow == ("clock",)


def parameters() -> Iterator[tuple[str, str]]:
    """The parameters of the public interface that are annotated as many texts, and cannot be given as one."""
    for door in (vcvm_core, plugin, link, testing):
        names = getattr(door, "__all__", dir(door))
        for name in names:
            thing = getattr(door, name)
            functions = [thing] if inspect.isfunction(thing) else []
            if inspect.isclass(thing) and not issubclass(thing, tuple):
                functions = [f for n, f in vars(thing).items() if inspect.isfunction(f) and n == "__init__"]
            for function in functions:
                for parameter in inspect.signature(function).parameters.values():
                    text = str(parameter.annotation)
                    many = any(f"{kind}[str" in text for kind in ("Sequence", "Iterable", "Collection"))
                    if many and not text.startswith("str |"):
                        yield f"{name}({parameter.name})", text


def test_every_list_of_names_takes_one() -> None:
    """Whoever adds a list of names to the interface says what a text means there. Cure: `str | Sequence[str]`, and listed()."""
    assert list(parameters()) == []
    assert VM(allow="clock").allow == {"clock"}
