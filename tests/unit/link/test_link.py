"""Linking: functions bound, libraries found by name and content."""

from __future__ import annotations

from uuid import uuid4

import pytest

from unit.link.offers import Table, broken, double, identity, importing, library, offer
from vcvm_core import ApiError, LinkError, Machine
from vcvm_core.asm import assemble
from vcvm_core.bytecode import content_hash, encode
from vcvm_core.link import Image, LibraryFile, NoHosts, check, link
from vcvm_core.verify import VerifiedModule, verify

AREA = "func area($w: int, $h: int) -> int\nget $w\nget $h\nmul\nret\nend\n"
TWICE = f'extern double(int) -> int = "{identity("double")}" from "pack-a" "1.0"\n'


def using(
    digest: str, call: str = "push 3\npush 4\ncall lib.area", symbol: str = "area(int, int) -> int"
) -> VerifiedModule:
    """A program that takes one function from a library."""
    return verify(assemble(f'.link lib "{digest}"\nimport lib {symbol}\n{call}'))


def refusal(program: VerifiedModule, libraries: dict[str, LibraryFile]) -> tuple[str, str]:
    """The word and the finding of the one refused import."""
    with pytest.raises(LinkError) as caught:
        link(program, NoHosts(), (), libraries)
    (found,) = caught.value.report.refused
    return found.word, found.found


def test_bound_functions() -> None:
    """An image holds the very functions that the host offers."""
    image = link(importing("double"), Table([offer()]))
    assert type(image) is Image
    assert [b.function for b in image.main.bindings] == [double]
    assert image.report.ok


@pytest.mark.parametrize("thing", [None, "a program", b"", assemble("push 1"), object()])
def test_only_verified_modules(thing: object) -> None:
    """Nothing is linked that the verifier has not made."""
    for function in (link, check):
        with pytest.raises(ApiError) as caught:
            function(thing, NoHosts())  # type: ignore[arg-type, operator]
        assert caught.value.kind == "not-verified"


def test_library() -> None:
    """A library is linked by name and content; its functions run as the program's own do."""
    file, digest = library(AREA)
    image = link(using(digest), NoHosts(), (), {"lib": file})
    assert [v.word for v in image.report.verdicts] == ["bound"]
    assert Machine(image).run() == 12


def test_library_missing() -> None:
    """A library that the host does not have is named, with the option that gives it."""
    assert refusal(using("00" * 32), {}) == ("unknown-library", "not available")


def test_library_of_other_content() -> None:
    """A library of the right name and other content is not taken; both hashes are shown."""
    file, digest = library(AREA)
    word, found = refusal(using("ab" * 32), {"lib": file})
    assert word == "library-differs"
    assert found == f"compiled against {'ab' * 6}, found {digest[:12]}"


def test_library_under_another_name() -> None:
    """The name counts too: content alone is not looked for."""
    file, digest = library(AREA)
    assert refusal(using(digest), {"other": file})[0] == "unknown-library"


def test_symbol_missing() -> None:
    """A library that does not export the function says so, and everything else is looked at too."""
    file, digest = library(AREA)
    word, found = refusal(using(digest, "push 1\ncall lib.volume", "volume(int) -> int"), {"lib": file})
    assert (word, found) == ("symbol-differs", "volume: it exports no such function")


def test_symbol_with_another_signature() -> None:
    """Signatures of library functions are compared like those of intrinsics."""
    file, digest = library(AREA)
    word, found = refusal(using(digest, "push 1\ncall lib.area", "area(int) -> int"), {"lib": file})
    assert (word, found) == ("symbol-differs", "area: found (int, int) -> int")


def test_program_is_no_library() -> None:
    """A program may halt, so it is no library, even if its functions would fit."""
    module = assemble(AREA + "export area")
    file = LibraryFile(verify(module), content_hash(encode(module)))
    word, found = refusal(using(file.digest.hex()), {"lib": file})
    assert (word, found) == ("unknown-library", "here, but it is a program")


def test_library_with_externs() -> None:
    """A library's own intrinsics are bound for it, and appear in the report under its name."""
    file, digest = library(TWICE + "func area($w: int, $h: int) -> int\nget $w\ncall double\nret\nend")
    program = using(digest)
    image = link(program, Table([offer()]), (), {"lib": file})
    assert Machine(image).run() == 6
    assert [(v.what, v.module) for v in image.report.verdicts] == [("library", ""), ("intrinsic", "lib")]
    report = check(program, NoHosts(), (), {"lib": file})
    assert [(v.word, v.module) for v in report.refused] == [("unknown", "lib")]
    assert "(in lib)" in report.lines()[0]


def test_broken_pack_of_a_library() -> None:
    """A pack that breaks while a library is linked is a verdict like any other."""
    file, digest = library(TWICE + "func area($w: int, $h: int) -> int\nget $w\ncall double\nret\nend")
    with pytest.raises(LinkError) as caught:
        link(using(digest), Table([offer(load=broken())]), (), {"lib": file})
    assert [v.word for v in caught.value.report.refused] == ["pack-broken"]


def test_library_of_a_library() -> None:
    """A library links to libraries of its own; one that two name is linked once."""
    inner, inner_digest = library(AREA)
    text = f'.link lib "{inner_digest}"\nimport lib area(int, int) -> int\n'
    outer, outer_digest = library(text + "func square($n: int) -> int\ncall lib.area($n, $n)\nret\nend")
    program = verify(
        assemble(
            f'.link outer "{outer_digest}"\n.link lib "{inner_digest}"\n'
            "import outer square(int) -> int\nimport lib area(int, int) -> int\n"
            "push 3\ncall outer.square\npush 2\ncall lib.area"
        )
    )
    image = link(program, NoHosts(), (), {"outer": outer, "lib": inner})
    assert Machine(image).run() == 18
    (first, _), (second, _) = image.main.imports
    assert first.imports[0][0] is second
    assert [(v.name, v.module) for v in image.report.verdicts] == [("outer", ""), ("lib", "outer")]


def test_missing_library_of_a_library() -> None:
    """What is missing below is reported under the library that needs it, beside what is missing above."""
    text = f'.link lib "{"00" * 32}"\nimport lib area(int, int) -> int\n'
    outer, digest = library(text + "func square($n: int) -> int\ncall lib.area($n, $n)\nret\nend")
    text = f'extern nobody(int) -> int = "{uuid4()}"\n.link outer "{digest}"\nimport outer square(int) -> int\n'
    module = assemble(text + "push 3\ncall outer.square")
    report = check(verify(module), NoHosts(), (), {"outer": outer})
    assert [(v.what, v.word, v.module) for v in report.verdicts] == [
        ("intrinsic", "unknown", ""),
        ("library", "bound", ""),
        ("library", "unknown-library", "outer"),
    ]
