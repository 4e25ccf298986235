"""Signatures: text, annotations, digest, difference."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, TypeVar
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcvm_core.values import ANY, INT, STRING, BadType, Param, Signature, parse_signature, signature_of, untyped

T = TypeVar("T")
NAMES = st.sampled_from(["", "x", "haystack", "_y", "ñ"])
TYPE_NAMES = st.sampled_from(["int", "list<T>", "{a: int, b: map<any>}", "string?", "mut list<{x: T}>", "none"])
SIGNATURES = st.builds(
    lambda params, results: (
        "("
        + ", ".join(f"{n}{i}: {t}" if n else t for i, (n, t) in enumerate(params))
        + ") -> "
        + (results[0] if len(results) == 1 else f"({', '.join(results)})")
    ),
    st.lists(st.tuples(NAMES, TYPE_NAMES), max_size=4),
    st.lists(TYPE_NAMES, max_size=3),
)


@given(SIGNATURES)
def test_a_signature_is_what_its_spelling_says(text: str) -> None:
    """Parsing what a signature prints gives an equal one; names do not change its shape or digest."""
    found = parse_signature(text)
    assert str(found) == text
    assert parse_signature(str(found)) == found
    bare = parse_signature(found.shape)
    assert bare.shape == found.shape
    assert bare.digest() == found.digest()
    assert found.difference(bare) == ""


@given(st.text(max_size=60) | st.text("(){}<>:,->? aintT", max_size=40))
def test_any_text_is_a_signature_or_is_refused(text: str) -> None:
    """Nothing but BadType comes out of the parser."""
    with suppress(BadType):
        assert parse_signature(text).shape


@pytest.mark.parametrize(
    "text",
    [
        "",
        "int",
        "->",
        "() ->",
        "-> int",
        "(int -> int",
        "int) -> int",
        "(x: int, x: int) -> int",
        "(1x: int) -> int",
        "(x:) -> int",
        "(: int) -> int",
        "(int,) -> ",
        "() -> int int",
        "() -> iter<int>",
        "(*a: int) -> int",
        "(a=1: int) -> int",
        "() -> () -> int",
    ],
)
def test_what_is_no_signature(text: str) -> None:
    """Anything but the one form is refused."""
    with pytest.raises(BadType):
        parse_signature(text)


def test_a_record_is_no_name() -> None:
    """A parameter without a name may have a record type, whose colon is not the parameter's."""
    assert parse_signature("({a: int}) -> ()").params == (Param("", parse_signature("() -> {a: int}").results[0]),)


def test_annotations() -> None:
    """The types of a plain function, as a pack's author writes them."""

    def function(a: int, b: list[T], c: dict[str, Any], d: str | None, e: UUID, /) -> tuple[T, bytes]:
        raise NotImplementedError

    found = signature_of(function)
    assert str(found) == "(a: int, b: list<T>, c: map<any>, d: string?, e: uuid) -> (T, bytes)"


def keyword(*, a: int) -> int:
    return a


def default(a: int = 1) -> int:
    return a


def variadic(*a: int) -> int:
    return len(a)


def unannotated(a) -> int:  # type: ignore[no-untyped-def]
    return 1


def unresolved(a: Nowhere) -> int:  # type: ignore[name-defined]  # noqa: F821
    return 1


def no_result(a: int):  # type: ignore[no-untyped-def]
    return a


def int_keys(a: dict[int, str]) -> int:
    return len(a)


def union(a: int | str) -> int:
    return 1


def generator(a: int) -> int:  # type: ignore[misc]
    yield a


async def coroutine(a: int) -> int:
    return a


@pytest.mark.parametrize(
    "function",
    [
        keyword,
        default,
        variadic,
        unannotated,
        unresolved,
        no_result,
        int_keys,
        union,
        generator,
        coroutine,
        len,
        int,
        print,
    ],
)
def test_functions_that_have_no_signature(function: Any) -> None:
    """Anything but a plain function with annotated, positional parameters is refused."""
    with pytest.raises(BadType):
        signature_of(function)


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        ("(int) -> int", "() -> int", "1 parameters"),
        ("(a: int) -> int", "(b: string) -> int", "parameter 1 (b)"),
        ("() -> int", "() -> (int, int)", "result"),
        ("(list<int>) -> ()", "(mut list<int>) -> ()", "mut list<int>"),
    ],
)
def test_difference(one: str, other: str, words: str) -> None:
    """What disagrees is said field by field; where the shapes are equal there is nothing to say."""
    found = parse_signature(one).difference(parse_signature(other))
    assert words in found
    assert parse_signature(one).difference(parse_signature(one)) == ""


def test_untyped() -> None:
    """Where only the counts are known, every type is any."""
    assert untyped(2, 1) == Signature((Param("", ANY), Param("", ANY)), (ANY,))
    assert Signature((Param("x", INT),), (STRING,)).types == (INT,)
