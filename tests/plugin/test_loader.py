"""Loading a pack: what can be wrong with it is a PackError of that pack, and the others work."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from dists.builder import FIRST, HEAD, SECOND, SOURCE, Site, function, hook
from vcvm_core.errors import PackError
from vcvm_core.plugin import encode_manifest, extract_manifest, installed

ONE, TWO = UUID(FIRST).bytes, UUID(SECOND).bytes
GOOD = HEAD + function("good", SECOND) + hook("good")


def refusal(site: Site) -> PackError:
    """What loading the one intrinsic of `acme` raises; a good pack beside it goes on working."""
    site.add("good", source=GOOD)
    registry = installed(site.paths)
    (offer,) = registry.offers(ONE)
    with pytest.raises(PackError) as e:
        offer.load()
    assert e.value.facts["pack"] == "acme"
    with pytest.raises(PackError) as again:
        offer.load()
    assert again.value.diagnostics == e.value.diagnostics
    assert registry.offers(TWO)[0].load()(3) == 6
    return e.value


def after(site: Site, source: str, **rest: str) -> PackError:
    """As `refusal`, for a pack whose code is not what its manifest was made from."""
    site.add(**rest)  # type: ignore[arg-type]
    (site.folder / "acme" / "__init__.py").write_text(source)
    return refusal(site)


RAISES = [
    ("raise ValueError('no')", ValueError),
    ("raise SystemExit(3)", SystemExit),
    ("import absent_module", ImportError),
    ("def broken(:", SyntaxError),
    ("raise RecursionError", RecursionError),
    ("from vcvm_core.errors import error\nraise error('too-many-packs', limit=1)", Exception),
]


@pytest.mark.parametrize(("source", "cause"), RAISES)
def test_import_fails(site: Site, source: str, cause: type[BaseException]) -> None:
    """An Exception while importing, and the pack's own `sys.exit`, are a PackError with that as its cause (P01)."""
    e = after(site, source)
    assert e.kind == "import-failed"
    assert isinstance(e.__cause__, cause)


@pytest.mark.parametrize("raised", ["KeyboardInterrupt", "GeneratorExit", "BaseExceptionGroup('', [GeneratorExit()])"])
def test_interrupt_passes(site: Site, raised: str) -> None:
    """What is not an Exception is the application's, and can be followed by another try (P01)."""
    site.add()
    (site.folder / "acme" / "__init__.py").write_text(f"raise {raised}")
    (offer,) = installed(site.paths).offers(ONE)
    with pytest.raises(BaseException) as caught:
        offer.load()
    assert caught.type.__name__ == raised.partition("(")[0]
    (site.folder / "acme" / "__init__.py").write_text("# now it works\n" + SOURCE)
    assert offer.load()(2) == 4


MISMATCHES = {
    "parameter type": SOURCE.replace("number: int", "number: float"),
    "result type": SOURCE.replace("-> int", "-> bool"),
    "arity": SOURCE.replace("number: int", "number: int, more: int"),
    "keyword-only": SOURCE.replace("number: int", "*, number: int"),
    "variadic": SOURCE.replace("number: int", "*number: int"),
    "default": SOURCE.replace("number: int", "number: int = 1"),
    "no annotation": SOURCE.replace("number: int", "number"),
    "name": SOURCE.replace("double", "twice"),
    "cost": SOURCE.replace(f'"{FIRST}"', f'"{FIRST}", cost=2'),
    "size": SOURCE.replace(f'"{FIRST}"', f'"{FIRST}", size=2'),
    "effects": SOURCE.replace(f'"{FIRST}"', f'"{FIRST}", effects=["net"]'),
    "deterministic": SOURCE.replace(f'"{FIRST}"', f'"{FIRST}", deterministic=False'),
    "target": SOURCE + "\ndouble.__module__ = 'os'\n",
}


@pytest.mark.parametrize("what", MISMATCHES)
def test_code_differs_from_manifest(site: Site, what: str) -> None:
    """Whatever a program was compiled or permitted on is compared before the function is bound (M18)."""
    assert after(site, MISMATCHES[what]).kind == "signature-mismatch"


def test_uuid_differs(site: Site) -> None:
    """The function that the manifest names is not given (M17)."""
    e = after(site, SOURCE.replace(FIRST, SECOND))
    assert (e.kind, e.facts["uuid"]) == ("missing-attribute", FIRST)


PLAIN = """
from vcvm_core.plugin import hookimpl, intrinsic
from functools import partial
def plain(number: int) -> int:
    return number
class Called:
    def __call__(self, number: int) -> int:
        return number
    def method(self, number: int) -> int:
        return number
"""
OBJECTS = {
    "class": "class double: ...",
    "coroutine": "async def double(number: int) -> int: ...",
    "generator": "def double(number: int) -> int:\n    yield 1",
    "partial": "double = partial(plain)",
    "callable object": "double = Called()",
}


@pytest.mark.parametrize("what", OBJECTS)
def test_not_a_plain_function(site: Site, what: str) -> None:
    """Classes, coroutine functions, generators, partials and callable objects are refused (M17, P18)."""
    source = f'{PLAIN}\n{OBJECTS[what]}\nintrinsic("{FIRST}")(double)\n{hook("double")}'
    assert after(site, source).kind == "not-a-plain-function"


HOOKS = {
    "misspelt": SOURCE.replace("vcvm_intrinsics", "vcvm_intrinsic"),
    "parameter": SOURCE.replace("vcvm_intrinsics()", "vcvm_intrinsics(registry)"),
    "absent": HEAD + function(),
    "raises": SOURCE.replace("    return [double]", "    raise ValueError"),
    "exits": SOURCE.replace("    return [double]", "    raise SystemExit"),
    "no list": SOURCE.replace("return [double]", "return double"),
    "text": SOURCE.replace("return [double]", "return 'double'"),
    "not declared": SOURCE.replace("return [double]", "return [double, len]"),
    "one uuid twice": HEAD + function() + function("other") + hook("double", "other"),
}


@pytest.mark.parametrize("what", HOOKS)
def test_bad_hooks(site: Site, what: str) -> None:
    """A hook that is not specified, missing, failing, or gives something else."""
    assert after(site, HOOKS[what]).kind == "bad-hook"


ENTRIES = {
    "none": "",
    "other group": "[other]\nacme = acme\n",
    "M14 extras": "[vcvm.packs]\nacme = acme [extra]\n",
    "M14 attribute": "[vcvm.packs]\nacme = acme:hooks\n",
    "M14 dunder": "[vcvm.packs]\nacme = acme.__main__\n",
    "M14 relative": "[vcvm.packs]\nacme = ../acme\n",
    "M14 other module": "[vcvm.packs]\nacme = os\n",
    "M20 malformed": "[vcvm.packs\nacme\n= =\n",
    "M20 no value": "[vcvm.packs]\nacme\n",
    "M20 twice": "[vcvm.packs]\nacme = acme\nagain = acme\n",
    "M20 large": "[vcvm.packs]\n" + "# comment\n" * 1_000_000 + "acme = acme\n",
}


@pytest.mark.parametrize("what", ENTRIES)
def test_bad_entry_points(site: Site, what: str) -> None:
    site.add(entry_points=ENTRIES[what])
    assert refusal(site).kind == "bad-entry-point"


def test_a_package_of_someone_else(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The module that Python would take has to lie where the distribution is installed (M14)."""
    site.add()
    shadow = tmp_path / "shadow" / "acme"
    shadow.mkdir(parents=True)
    (shadow / "__init__.py").write_text("raise SystemExit('was imported')")
    monkeypatch.syspath_prepend(str(shadow.parent))
    e = refusal(site)
    assert (e.kind, e.__cause__) == ("bad-entry-point", None)


def test_a_package_that_is_not_there(site: Site) -> None:
    site.add()
    (site.folder / "acme" / "__init__.py").unlink()
    (site.folder / "acme").rmdir()
    assert refusal(site).kind == "bad-entry-point"


def test_several_modules(site: Site) -> None:
    """A pack may have several entry points."""
    info = site.add(entry_points="[vcvm.packs]\none = acme\ntwo = acme.more\n")
    (site.folder / "acme" / "more.py").write_text(GOOD)
    made = extract_manifest(str(site.folder), ["acme"], pack="acme", version="1.0")
    (info / "extra_metadata/vcvm.msgpack").write_bytes(encode_manifest(made))
    registry = installed(site.paths)
    assert [registry.offers(u)[0].load()(5) for u in (ONE, TWO)] == [10, 10]


def test_editable(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An editable pack is imported from its project, as its source is now."""
    project = tmp_path / "project"
    site.add(project=project)
    monkeypatch.syspath_prepend(str(project))
    (project / "acme" / "__init__.py").write_text(GOOD)
    registry = installed(site.paths)
    assert registry.packs[0].state == "live"
    assert registry.offers(ONE) == ()
    assert registry.offers(TWO)[0].load()(4) == 8


def test_a_pack_that_uses_vcvm_while_it_is_imported(site: Site) -> None:
    """It gets an error or works, and nothing waits for itself (P04)."""
    source = (
        "from vcvm_core.plugin import installed\n"
        f"ERRORS = []\nfor offer in installed([{str(site.folder)!r}]).offers({ONE!r}):\n"
        "    try:\n        offer.load()\n    except Exception as e:\n        ERRORS.append(e.kind)\n" + SOURCE
    )
    site.add()
    (site.folder / "acme" / "__init__.py").write_text(source)
    (offer,) = installed(site.paths).offers(ONE)
    assert offer.load()(1) == 2
    import acme  # type: ignore[import-not-found]

    assert acme.ERRORS == ["bad-hook"]
