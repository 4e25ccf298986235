"""The table of errors and what is made of it."""

from __future__ import annotations

import ast
import json
import pickle
import re
import string
from collections import defaultdict
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import vcvm_core
import vcvm_stdlib
from vcvm_core.errors import (
    ERRORS,
    NOWHERE,
    SHOWN,
    CompileError,
    Diagnostic,
    IntrinsicError,
    LimitExceeded,
    LinkError,
    Place,
    Row,
    Trap,
    ValueRefused,
    VcvmError,
    clean,
    error,
    refusal,
)

KINDS = sorted(ERRORS)
ROOTS = [Path(p.__file__ or "").parent for p in (vcvm_core, vcvm_stdlib)]
each = pytest.mark.parametrize("kind", KINDS)


def fields(text: str) -> set[str]:
    """The facts that a sentence names."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def raised_in_source() -> list[tuple[str, str, set[str]]]:
    """(place, kind, facts) of every literal `error("kind", ...)`, `Bad(...)` and `Misfit(...)` whose facts are all spelled."""
    found = []
    for root in ROOTS:
        for path in sorted(root.rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
                    continue
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                spelled = all(k.arg is not None for k in node.keywords)
                if called in ("error", "Bad") and spelled and node.args[0].value in ERRORS:
                    facts = {k.arg for k in node.keywords if k.arg is not None}
                    found.append((f"{path.name}:{node.lineno}", str(node.args[0].value), facts))
    return found


@each
def test_row_is_complete(kind: str) -> None:
    """A kind is a slug; it has a code, a class of the family, a sentence without a full stop, and help in one line."""
    row = ERRORS[kind]
    assert isinstance(row, Row)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", kind)
    assert re.fullmatch(r"VC\d{3}", row.code)
    assert issubclass(row.family, VcvmError)
    assert row.family is not VcvmError
    assert row.sentence
    assert not row.sentence.endswith(".")
    assert "\n" not in row.sentence + row.help


def test_codes_are_unique() -> None:
    """One code means one kind: programs and tests compare codes."""
    codes = [row.code for row in ERRORS.values()]
    assert len(set(codes)) == len(codes)


@each
def test_row_formats(kind: str) -> None:
    """Sentence and help are format strings over plain names: no attribute, index or conversion reaches into a fact."""
    row = ERRORS[kind]
    for text in (row.sentence, row.help):
        assert all(name.isidentifier() for name in fields(text))
        assert text.format_map(defaultdict(lambda: "?")) is not None


@each
def test_diagnostic_of_each_row(kind: str) -> None:
    """Every row makes a diagnostic, an exception of its class, and JSON."""
    facts = {name: name.upper() for name in fields(ERRORS[kind].sentence) | fields(ERRORS[kind].help)}
    e = error(kind, Place(file="f", line=1, column=2), **facts)
    assert type(e) is ERRORS[kind].family
    assert (e.code, e.kind) == (ERRORS[kind].code, kind)
    assert str(e).startswith(f"[{e.code}] f:1:2: ")
    assert "{" not in e.help.replace('{"libraries"', "").replace("{name: T}", "")
    assert json.loads(json.dumps(e.to_data())) == e.to_data()


def test_raised_facts_fill_the_sentence() -> None:
    """Whoever raises a kind gives every fact that its sentence and its help name: no message may fail while it is made."""
    found = raised_in_source()
    assert len(found) > 50
    wrong = [
        f"{place}: {kind} lacks {', '.join(sorted(missing))}"
        for place, kind, facts in found
        if (missing := (fields(ERRORS[kind].sentence) | fields(ERRORS[kind].help)) - facts)
    ]
    assert not wrong, "\n".join(wrong)


def test_unused_rows() -> None:
    """Every kind is named by the code that reports it; a row that nothing reports is a promise that nobody keeps."""
    text = "".join(path.read_text("utf-8") for root in ROOTS for path in root.rglob("*.py") if path.name != "table.py")
    unused = [kind for kind in KINDS if f'"{kind}"' not in text]
    assert unused == []


# What is printed


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("plain", "plain"),
        ("größe 😀", "größe 😀"),
        ("a\nb\tc\0", "a\\nb\\tc\\x00"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\u200b\u2066\u2069\ufeff", "\\u200b\\u2066\\u2069\\ufeff"),
        ("\u2028\x85\xa0", "\\u2028\\x85\\xa0"),
        ("\ud800", "\\ud800"),
        ("\U000e0001", "\\U000e0001"),
        (5, "5"),
        (1.5, "1.5"),
        (True, "True"),
        (None, "None"),
        (b"\x00", "b'\\x00'"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    ],
)
def test_clean(value: object, shown: str) -> None:
    """What comes from outside is printed without control, format and bidirectional characters, and with no line ends."""
    assert clean(value) == shown
    assert clean(value).isprintable()


def test_clean_cuts() -> None:
    """A long text is cut to the limit, and says so; exactly at the limit it is not."""
    assert clean("a" * SHOWN) == "a" * SHOWN
    assert clean("a" * (SHOWN + 1)) == "a" * SHOWN + "..."
    assert clean("\n" * 1_000_000, 3) == "\\n\\n\\n..."


class Unprintable:
    """An object of a pack that cannot be printed."""

    def __str__(self) -> str:
        raise ValueError("no")


def test_clean_survives_what_cannot_be_printed() -> None:
    """An object whose `__str__` raises is named by its class."""
    assert clean(Unprintable()) == "<Unprintable that cannot be printed>"


def test_clean_survives_a_huge_integer() -> None:
    """Any integer can be printed, as any host may pass any limit."""
    assert clean(10**5_000)


class Loud(int):
    """A number that lies about how it is printed."""

    def __str__(self) -> str:
        raise ValueError("no")


def test_clean_survives_a_number_that_cannot_be_printed() -> None:
    """A subclass of int is no more to be trusted than any other object."""
    assert clean(Loud(5))


def test_message_escapes_facts() -> None:
    """A fact cannot forge a line of output, and braces in it mean nothing."""
    e = error("no-such-file", path="{path}\n[VC999] forged")
    assert str(e) == "[VC001] there is no file {path}\\n[VC999] forged"


# Places


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (NOWHERE, ""),
        (Place(file="a.vasm"), "a.vasm"),
        (Place(file="a.vasm", line=3), "a.vasm:3"),
        (Place(file="a.vasm", line=3, column=4), "a.vasm:3:4"),
        (Place(line=3, column=4), "line 3:4"),
        (Place(column=4), ""),
        (Place(offset=0), "byte 0"),
        (Place(function="f", instruction=0), "function f, instruction 0"),
        (Place(file="a", function="f\n"), "a, function f\\n"),
    ],
)
def test_place(place: Place, text: str) -> None:
    """A place shows what is known of it, and nothing of what is not."""
    assert str(place) == text


def test_placed_fills_gaps_only() -> None:
    """What an error knows of its place stays; what it does not know is filled in."""
    e = error("explicit", Place(line=5), message="m")
    assert e.placed(Place(file="f", line=9, function="g")) is e
    assert e.place == Place(file="f", line=5, function="g")
    assert e.args == e.diagnostics


# Exceptions


def test_refusal_is_of_the_first() -> None:
    """Several diagnostics are one exception: its class and code are those of the first, its text has a line for each."""
    e = refusal([Diagnostic("no-code"), Diagnostic("stray-end", Place(line=2))])
    assert type(e) is CompileError
    assert e.code == "VC319"
    assert str(e).splitlines() == ["[VC319] the text has no code", "[VC313] line 2: this end ends nothing"]
    assert [d["code"] for d in e.to_data()] == ["VC319", "VC313"]


@each
def test_exceptions_pickle(kind: str) -> None:
    """An exception can cross to another process with all its diagnostics."""
    facts = dict.fromkeys(fields(ERRORS[kind].sentence) | fields(ERRORS[kind].help), 5)
    e = error(kind, Place(file="f", offset=3), **facts)
    again = pickle.loads(pickle.dumps(e))
    assert type(again) is type(e)
    assert again.diagnostics == e.diagnostics
    assert str(again) == str(e)


def test_what_pickles_leaves_behind() -> None:
    """A cause and a link report belong to their process: a pickled exception goes without."""
    cause = error("intrinsic-raised", name="f", uuid="u", error="E", reason="r", pack="p")
    assert isinstance(cause, IntrinsicError)
    cause.cause = Unprintable  # type: ignore[assignment]
    assert pickle.loads(pickle.dumps(cause)).cause is None
    link = error("unresolved-imports", headline="h")
    assert isinstance(link, LinkError)
    link.report = lambda: None
    assert pickle.loads(pickle.dumps(link)).report is None


def test_families() -> None:
    """A host catches by what went wrong: a trap and a limit are not one thing, a refused value is a use of the API."""
    assert issubclass(IntrinsicError, Trap)
    assert not issubclass(LimitExceeded, Trap)
    assert ERRORS["wrong-type"].family is ValueRefused


def test_data_is_bounded() -> None:
    """Facts of other types than JSON's become short texts."""
    data: Any = Diagnostic(
        "bad-host", facts={"found": Unprintable(), "reason": "r" * 5_000, "n": 5, "x": 1.5}
    ).to_data()
    assert data["facts"]["found"] == "<Unprintable that cannot be printed>"
    assert data["facts"]["n"] == 5
    assert data["facts"]["x"] == "1.5"
    assert len(data["message"]) < 500
    json.dumps(data)
