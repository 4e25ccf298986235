"""Types: one spelling, one object, one subtype rule."""

from __future__ import annotations

import copy
import gc
import pickle
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcvm_core.values import (
    ANY,
    BOOL,
    INT,
    NONE,
    STRING,
    BadType,
    Type,
    frozen,
    iter_of,
    list_of,
    map_of,
    matches,
    option_of,
    parse_type,
    record_of,
    substitute,
    variable,
)
from vcvm_core.values.types import DEPTH_LIMIT, TEXT_LIMIT

SCALARS = ("none", "bool", "int", "float", "string", "bytes", "uuid")
LEAVES = st.sampled_from([parse_type(n) for n in (*SCALARS, "any")])
FIELD = st.sampled_from(["a", "b", "mut", "list", "_x9"])
T, U = variable("T"), variable("U")


def extended(inner: st.SearchStrategy[Type]) -> st.SearchStrategy[Type]:
    """Types made of other types."""
    return st.one_of(
        st.builds(list_of, inner, st.booleans()),
        st.builds(map_of, inner, st.booleans()),
        inner.map(option_of),
        st.dictionaries(FIELD, inner, max_size=3).map(record_of),
    )


TYPES = st.recursive(LEAVES, extended, max_leaves=5).filter(lambda t: t.depth <= 6)
OPEN_TYPES = st.recursive(st.one_of(LEAVES, st.sampled_from([T, U])), extended, max_leaves=5).filter(
    lambda t: t.depth <= 3
)


@given(OPEN_TYPES)
def test_a_type_is_what_its_spelling_says(t: Type) -> None:
    """Parsing what a type prints gives the same object; so do pickling and copying."""
    assert parse_type(str(t)) is t
    assert pickle.loads(pickle.dumps(t)) is t
    assert copy.deepcopy(t) is t


@given(OPEN_TYPES, st.text(" \t\n", max_size=2))
def test_white_space_does_not_matter(t: Type, space: str) -> None:
    """Between words and signs, any white space may stand."""
    spaced = "".join(space + c + space if c in "<>{}:,?" else c for c in str(t))
    assert parse_type(spaced + space) is t


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "Int",
        "integer",
        "list",
        "list<",
        "list<>",
        "list<int",
        "list<int>>",
        "list<int,int>",
        "map<string,int>",
        "mut",
        "mut int",
        "mut mut list<int>",
        "mut {a: int}",
        "int??",
        "int? ?",
        "any?",
        "none?",
        "{a}",
        "{a:}",
        "{:int}",
        "{a: int b: int}",
        "{a: int, a: int}",
        "{1: int}",
        "{a-b: int}",
        "iter<int>",
        "list<iter<int>>",
        "TT",
        "t",
        "int;",
        "int\0",
        "ｉnt",
        "list‹int›",
        "int int",
        "?",
        "T1x",
    ],
)
def test_what_is_no_type(text: str) -> None:
    """Anything but the one grammar is refused."""
    with pytest.raises(BadType):
        parse_type(text)


@pytest.mark.parametrize("text", ["{}", "{a: int,}", "T", "Z99", "{T: T}", "mut  list < int ? >?", "list<none>"])
def test_unusual_types(text: str) -> None:
    """What looks odd and is a type."""
    assert parse_type(str(parse_type(text))) is parse_type(text)


@given(st.text(max_size=40))
def test_any_text_is_a_type_or_is_refused(text: str) -> None:
    """Nothing but BadType comes out of the parser."""
    with suppress(BadType):
        assert parse_type(text)


def test_variables_only_where_they_are_allowed() -> None:
    """A signature of an intrinsic may have type variables, a value's type may not."""
    with pytest.raises(BadType):
        parse_type("list<T>", variables=False)
    assert parse_type("list<T>") is list_of(T)
    with pytest.raises(BadType):
        parse_type("list<T>", variables=False)


def nested(depth: int) -> str:
    """A list of lists, `depth` deep."""
    return "list<" * depth + "int" + ">" * depth


def test_depth_limit() -> None:
    """Exactly at the limit passes, one more fails; whether parsed or made of another."""
    at = parse_type(nested(DEPTH_LIMIT))
    assert at.depth == DEPTH_LIMIT
    with pytest.raises(BadType):
        parse_type(nested(DEPTH_LIMIT + 1))
    for made in (list_of, map_of, lambda t: record_of({"a": t})):
        with pytest.raises(BadType):
            made(at)
    assert option_of(at).depth == DEPTH_LIMIT
    assert iter_of(at).item is at


def test_length_limit() -> None:
    """A spelling of exactly the limit passes, one character more fails; whether parsed or made."""
    name = "n" * (TEXT_LIMIT - len("{: int}"))
    at = parse_type("{" + name + ": int}")
    assert len(str(at)) == TEXT_LIMIT
    for refused in (
        lambda: parse_type("{n" + name + ": int}"),
        lambda: record_of({"n" + name: INT}),
        lambda: list_of(at),
    ):
        with pytest.raises(BadType):
            refused()


def test_what_is_parsed_does_not_depend_on_what_was_made() -> None:
    """The table of types that exist lets no text through that the grammar refuses."""
    held = iter_of(INT)
    with pytest.raises(BadType):
        parse_type(str(held))


def test_types_that_nobody_holds_are_forgotten() -> None:
    """Types come from untrusted programs: their table does not grow for ever."""
    from vcvm_core.values.types import _interned

    gc.collect()
    before = len(_interned)
    for i in range(100):
        parse_type(f"list<{{field_{i}: int}}>")
    gc.collect()
    assert len(_interned) <= before


# Subtypes


@given(TYPES)
def test_reflexive(t: Type) -> None:
    """A type stands for itself, for an option of itself, and for any."""
    assert t <= t
    assert t <= option_of(t)
    assert t <= ANY
    assert t <= frozen(t)


@given(TYPES, TYPES, TYPES)
def test_transitive(a: Type, b: Type, c: Type) -> None:
    """What may stand for something may stand for whatever that may stand for."""
    if a <= b and b <= c:
        assert a <= c
    assert a <= option_of(ANY)


@given(TYPES)
def test_transitive_through_wider_types(t: Type) -> None:
    """The same, on chains that are subtypes by construction."""
    chain = [t, option_of(t), ANY]
    for made in (list_of, map_of):
        lists = [made(t, True), made(t), made(option_of(t)), made(ANY), option_of(made(ANY)), ANY]
        assert all(a <= b for i, a in enumerate(lists) for b in lists[i:])
    assert all(a <= b for i, a in enumerate(chain) for b in chain[i:])


@pytest.mark.parametrize(
    ("narrow", "wide", "expected"),
    [
        ("none", "int?", True),
        ("int", "int?", True),
        ("int?", "int", False),
        ("any", "int", False),
        ("int", "float", False),
        ("bool", "int", False),
        ("mut list<int>", "list<any>", True),
        ("mut list<int>", "mut list<any>", False),
        ("list<int>", "mut list<int>", False),
        ("list<int>", "list<int?>", True),
        ("list<any>", "list<int>", False),
        ("list<mut list<int>>", "list<list<any>>", True),
        ("mut list<mut list<int>>", "mut list<list<int>>", False),
        ("map<int>", "list<int>", False),
        ("{a: int, b: int}", "{a: int}", True),
        ("{a: int}", "{a: int, b: int}", False),
        ("{a: int, b: int}", "{b: int, a: int}", True),
        ("{a: int}", "{a: any}", True),
        ("{a: int}", "{}", True),
        ("{a: int}", "map<int>", False),
        ("map<int>", "{}", False),
        ("mut list<int>?", "list<any>?", True),
        ("none", "none", True),
        ("int?", "float?", False),
        ("list<int?>", "list<int>", False),
        ("{}", "any", True),
        ("any", "{}", False),
    ],
)
def test_the_rule(narrow: str, wide: str, expected: bool) -> None:
    """Each clause of the subtype rule, and what it does not say; also when it is asked again."""
    for _ in range(2):
        assert (parse_type(narrow) <= parse_type(wide)) is expected


def test_an_iterator_is_nothing_else() -> None:
    """No type but itself takes an iterator, not even any."""
    held = iter_of(INT)
    assert held <= held
    assert not any(held <= t for t in (ANY, INT, option_of(INT), list_of(INT), iter_of(ANY)))


def test_answers_are_not_remembered_for_ever() -> None:
    """A type that was compared with thousands of others remembers a few."""
    from vcvm_core.values.types import COMPARED_LIMIT

    one = parse_type("{z: int}")
    others = [parse_type(f"{{z_{i}: int}}") for i in range(3 * COMPARED_LIMIT)]
    assert not any(one <= other for other in others)
    assert len(one._compared) <= COMPARED_LIMIT


# Type variables


@given(OPEN_TYPES)
def test_what_is_substituted_has_no_variables(t: Type) -> None:
    """Variables that are bound are replaced, others become any; what has none stays the same object."""
    done = substitute(t, {T: INT})
    assert not done.generic
    assert (done is t) is not t.generic
    assert substitute(done, {T: STRING}) is done


@given(TYPES, TYPES)
def test_matching_without_variables_is_the_subtype_rule(actual: Type, expected: Type) -> None:
    """A type variable apart, an argument fits where it is a subtype."""
    bound: dict[Type, Type] = {}
    if matches(actual, expected, bound):
        assert actual <= expected
    assert bound == {}


@given(TYPES, OPEN_TYPES)
def test_what_matches_is_a_subtype_of_what_was_expected(actual: Type, expected: Type) -> None:
    """Soundness of generic calls: an argument that matches may stand for the parameter with its variables replaced."""
    bound: dict[Type, Type] = {}
    if matches(actual, expected, bound):
        assert actual <= substitute(expected, bound)


@pytest.mark.parametrize(
    ("given_", "expected", "fits"),
    [
        (("int", "int"), ("T", "T"), True),
        (("int", "string"), ("T", "T"), False),
        (("list<int>", "int"), ("list<T>", "T"), True),
        (("list<int>", "any"), ("list<T>", "T"), False),
        (("any", "int"), ("T", "T"), True),
        (("int", "mut list<any>"), ("T", "mut list<T>"), False),
        (("any", "mut list<int>"), ("T", "mut list<T>"), False),
        (("int", "mut list<int>"), ("T", "mut list<T>"), True),
        (("list<int>",), ("mut list<T>",), False),
        (("none",), ("T?",), True),
        (("int?",), ("T?",), True),
    ],
)
def test_variables_are_bound_by_their_first_use(given_: tuple[str, ...], expected: tuple[str, ...], fits: bool) -> None:
    """Later uses have to fit what the first has bound; behind mut they have to be the same."""
    bound: dict[Type, Type] = {}
    assert all(matches(parse_type(a), parse_type(e), bound) for a, e in zip(given_, expected, strict=True)) is fits


def test_options_do_not_pile_up() -> None:
    """An option of an option, of none or of any is that itself."""
    assert option_of(option_of(BOOL)) is option_of(BOOL)
    assert option_of(NONE) is NONE
    assert option_of(ANY) is ANY


def test_frozen() -> None:
    """The read-only form of a mut list or map; anything else is read-only already."""
    assert frozen(list_of(INT, mutable=True)) is list_of(INT)
    assert frozen(map_of(INT, mutable=True)) is map_of(INT)
    assert frozen(INT) is INT
