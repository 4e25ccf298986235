"""Formulas: what they mean, and that a hostile text is one or is refused, and nothing else."""

from __future__ import annotations

import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcvm_core.values import BadFormula, Formula
from vcvm_core.values.formula import TEXT_LIMIT
from vcvm_core.values.formula_tree import NODE_LIMIT

PARAMS = ("x", "y")

HOSTILE = [
    "x.__class__",
    "len(x).__class__",
    "x[0]",
    "().__class__",
    "__import__('os')",
    "__builtins__",
    "print(1)",
    "open",
    "floor(1, 2)",
    "number(x)",
    "a0",
    "lambda: 1",
    "lambda x: x",
    "[x for x in y]",
    "(yield)",
    "await x",
    "(x := 1)",
    "f'{x}'",
    "'a'",
    'b"a"',
    "1.5",
    "1e3",
    "1j",
    "True",
    "None",
    "...",
    "-1",
    "+1",
    "~x",
    "not x",
    "x and y",
    "x if y else 1",
    "x ** y",
    "x ** 99999",
    "1 << 99999",
    "x / y",
    "x % y",
    "x @ y",
    "x < y",
    "x == y",
    "x, y",
    "[x]",
    "{x}",
    "{x: y}",
    "*x",
    "len(*x)",
    "len(x=x)",
    "len()",
    "len(x, y)",
    "len(1)",
    "len(len(x))",
    "count(x)",
    "count(x, 1)",
    "min(x)",
    "max()",
    "min(x, *y)",
    "min(x, y, key=len)",
    "len",
    "x y",
    "x;y",
    "x\nimport os",
    "x#",
    "x\\",
    "x\0",
    "\ud800",
    "x\u202e",
    "ｘ ＋ ｙ",
    "0x10",
    "0b1",
    "0o7",
    "1_000",
    "01",
    "1if x else 2",
    "9223372036854775808",
    "9" * 499,
    "(" * 100 + "1",
    "(" * 240 + "1" + ")" * 240,
    "-" * 499 + "1",
    "min(" * 60 + "1,1" + ",1)" * 60,
    "1" + "+1" * 100,
    "z",
    "",
    " ",
    "1" * (TEXT_LIMIT + 1),
    "len" * 200,
    "a" * TEXT_LIMIT,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda t: repr(t[:30]))
def test_hostile_texts_are_refused(text: str) -> None:
    """Attributes, calls, literals, other operators, deep and long texts, look-alikes: refused, and Python says nothing."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        with pytest.raises(BadFormula) as found:
            Formula(text, PARAMS)
    assert said == []
    assert str(found.value)


@pytest.mark.parametrize("value", [-1, None, 1.5, b"1", ["1"], True])
def test_what_is_no_text(value: object) -> None:
    """A formula is a text or a whole number of at least 0; a bool is neither."""
    with pytest.raises(BadFormula):
        Formula(value, PARAMS)  # type: ignore[arg-type]


@given(st.text(max_size=60))
def test_any_text(text: str) -> None:
    """Any text gives a formula, whose value is a number of at least 0, or BadFormula."""
    try:
        found = Formula(text, PARAMS)
    except BadFormula:
        return
    assert found("abc", 2) >= 0


WORDS = st.sampled_from(
    [
        "x",
        "y",
        "0",
        "1",
        "7",
        "len",
        "total",
        "count",
        "min",
        "max",
        "(",
        ")",
        ",",
        "+",
        "-",
        "*",
        "//",
        " ",
        ".",
        "lambda",
        ":",
    ]
)
ARGUMENTS = st.one_of(
    st.integers(-(1 << 63), (1 << 63) - 1),
    st.text(max_size=3),
    st.lists(st.text(max_size=2), max_size=3),
    st.none(),
    st.floats(),
)


@given(st.lists(WORDS, max_size=12).map("".join), ARGUMENTS, ARGUMENTS)
def test_any_words(text: str, x: object, y: object) -> None:
    """The same for texts of the language's own words, called with values of any type."""
    try:
        found = Formula(text, PARAMS)
    except BadFormula:
        return
    value = found(x, y)
    assert type(value) is int
    assert value >= 0


@pytest.mark.parametrize(
    ("text", "x", "y", "value"),
    [
        ("7", 0, 0, 7),
        ("0", 0, 0, 0),
        ("9223372036854775807", 0, 0, (1 << 63) - 1),
        ("x + y", 2, 3, 5),
        ("x - y", 2, 3, 0),
        ("x * y", 1 << 62, 1 << 62, 1 << 124),
        ("x // y", 7, 2, 3),
        ("x // y", 7, 0, 0),
        ("x // y", -7, 2, 0),
        ("len(x)", "abc", 0, 3),
        ("len(x)", [1, 2], 0, 2),
        ("len(x)", {"a": 1}, 0, 1),
        ("len(x)", 5, 0, 0),
        ("len(x)", None, 0, 0),
        ("total(x)", ["ab", b"c", 1], 0, 3),
        ("total(x)", "abc", 0, 0),
        ("count(x, y)", "aaaa", "aa", 2),
        ("count(x, y)", "ab", "", 3),
        ("count(x, y)", "a", b"a", 0),
        ("min(x, 3)", 5, 0, 3),
        ("max(x, y, 9)", 1, 2, 9),
        ("1 + len(x) // 16", "a" * 32, 0, 3),
        ("x", True, 0, 0),
        ("x", 2.5, 0, 0),
        ("(x)", 4, 0, 4),
        ("x\t+ 1 ", 4, 0, 5),
    ],
)
def test_meaning(text: str, x: object, y: object, value: int) -> None:
    """Each construct of the language, and arguments of types that it does not expect."""
    assert Formula(text, PARAMS)(x, y) == value


def test_constants_are_known_without_arguments() -> None:
    """A formula that uses no parameter says its value; one that does says none."""
    assert Formula("2 + 3 * 4", PARAMS).constant == 14
    assert Formula(5, ()).constant == 5
    assert Formula("1 // 0", ()).constant == 0
    assert Formula("0 * x", PARAMS).constant is None


def test_parameters_without_names_count_too() -> None:
    """Two parameters of one name, as of two that have none, do not shift the arguments of the others."""
    assert Formula("len(x)", ("", "", "x"))(1, 2, "abc") == 3


def test_limits_of_size() -> None:
    """Exactly at the limits passes, one more fails: characters, and parts of the tree."""
    assert Formula("1" + " " * (TEXT_LIMIT - 2) + " ", ()).constant == 1
    with pytest.raises(BadFormula):
        Formula("1" + " " * TEXT_LIMIT, ())
    # An expression node, and for each further term a sum, its sign and a number.
    terms = (NODE_LIMIT - 2) // 3
    assert Formula("1" + "+1" * terms, ()).constant == 1 + terms
    with pytest.raises(BadFormula):
        Formula("1" + "+1" * (terms + 1), ())
