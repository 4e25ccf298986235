"""Texts that are refused, with their diagnostics inside; README.md says how they are written."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from uuid import uuid5

import pytest

from vcvm_core import CompileError, Limits, VcvmError, VerifyError
from vcvm_core.asm import assemble
from vcvm_core.bytecode import Extern
from vcvm_core.errors import ERRORS, Diagnostic
from vcvm_core.link.hosts import NAMESPACE, LibraryArrays
from vcvm_core.plugin import installed
from vcvm_core.values import parse_signature
from vcvm_core.verify import verify

HERE = Path(__file__).parent
FILES = sorted(HERE.rglob("*.vasm"))
EXPECTED = re.compile(r"^;! (.*)$", re.MULTILINE)
LIMIT = re.compile(r"^;limit (?P<name>\w+) (?P<value>\d+)\r?$", re.MULTILINE)
BEYOND_SOURCE = {
    "unknown-opcode": "only a module made by hand can have one: the decoder knows every opcode it lets through",
    "stack-overflow": "the assembler declares the exact maximum stack",
    "stack-declaration": "the assembler declares the exact maximum stack",
    "index-range": "the assembler holds every index against its table",
    "too-complex": "no text within the limits is known that takes so long",
}
"""Kinds that bytes can have and no text: tests/corpus has them."""


def headers() -> dict[str, tuple[Extern, ...]]:
    """The names that README.md promises."""
    one = parse_signature("(int) -> int")
    known = Extern(uuid5(NAMESPACE, "known").bytes, one, "known", "pack-a", "1.0")
    twice = tuple(Extern(uuid5(NAMESPACE, pack).bytes, one, "twice", pack, "1.0") for pack in ("pack-a", "pack-b"))
    untyped = LibraryArrays({"libraries": [["untyped"]]}).catalog()
    return {**installed().catalog(), **untyped, "known": (known,), "twice": twice}


@pytest.fixture(scope="module", name="headers")
def _headers() -> dict[str, tuple[Extern, ...]]:
    return headers()


def spelled(d: Diagnostic) -> str:
    """A diagnostic as the files write it."""
    if d.place.line is None:
        return f"{d.code} -"
    return f"{d.code} {d.place.line}" if d.place.column is None else f"{d.code} {d.place.line}:{d.place.column}"


def refused(text: str, file: str, known: Any) -> VcvmError:
    """The refusal of a text, by assembler or verifier."""
    limits = Limits.default.with_(**{m["name"]: int(m["value"]) for m in LIMIT.finditer(text)})
    with pytest.raises((CompileError, VerifyError)) as caught:
        verify(assemble(text, known, file, limits), limits)
    return caught.value


def read(path: Path) -> str:
    """The text as it stands in the file, line ends included."""
    return path.read_bytes().decode("utf-8")


@pytest.mark.parametrize("path", FILES, ids=[str(f.relative_to(HERE)) for f in FILES])
def test_reject(path: Path, headers: Any, bless: bool) -> None:
    """Exactly the diagnostics that the text expects, each at its place, with the line itself and a file name."""
    text = read(path)
    found = refused(text, path.name, headers).diagnostics
    spelt = [spelled(d) for d in found]
    if bless:
        body = EXPECTED.sub("", text).rstrip("\n")
        path.write_bytes((body + "\n" + "".join(f";! {line}\n" for line in spelt)).encode())
        return
    assert spelt == EXPECTED.findall(text)
    for d in found:
        assert d.place.file == path.name
        assert d.message
        if d.place.column is not None and d.place.line is not None:
            assert d.place.text == text.split("\n")[d.place.line - 1].rstrip("\r")
            assert 1 <= d.place.column <= len(d.place.text) + 1


def kinds(first: str) -> set[str]:
    """The kinds of error whose codes begin so."""
    return {kind for kind, row in ERRORS.items() if row.code.startswith(first)}


def test_every_kind_has_a_file(headers: Any) -> None:
    """Every error of the assembler, and every rule of the verifier that a text can break, is shown by a file."""
    seen = {d.kind for path in FILES for d in refused(read(path), path.name, headers).diagnostics}
    missing = (kinds("VC2") | kinds("VC3")) - seen - set(BEYOND_SOURCE)
    assert not missing, f"no file in {HERE.name}/ shows {', '.join(sorted(missing))}"


def test_what_no_text_can_do_is_not_shown(headers: Any) -> None:
    """The list of exceptions is no list of excuses: none of them has a file."""
    seen = {d.kind for path in FILES for d in refused(read(path), path.name, headers).diagnostics}
    assert not seen & set(BEYOND_SOURCE)
