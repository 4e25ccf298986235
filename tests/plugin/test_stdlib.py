"""The standard pack keeps the rules for packs: identities, vectors, costs, sizes, exact results, untouched arguments.

Arguments come from strategies made of the annotations, so a new intrinsic is tested by being listed. What examples
cannot spell as literals (NaN, infinities) has tests of its own at the end.
"""

from __future__ import annotations

import ast
import copy
import doctest
import math
import sys
import types
import typing
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import vcvm_stdlib
from vcvm_core.plugin.declare import ATTRIBUTE, Declaration
from vcvm_core.values import INT_MAX, INT_MIN, Formula, Type, signature_of
from vcvm_stdlib import floats
from vcvm_stdlib.aggregates import float_list_sum
from vcvm_stdlib.bytes import base64_decode, base64_encode, hex_decode, hex_encode, utf8_decode, utf8_encode
from vcvm_stdlib.conversions import float_to_string, int_to_string, parse_float, parse_int
from vcvm_stdlib.lists import list_contains, list_index_of, list_unique
from vcvm_stdlib.random import random_int, random_uuid
from vcvm_stdlib.uuids import parse_uuid, uuid_to_string

Function = Callable[..., Any]

FOUNDING = {
    "e0a520a3-bcfe-44c8-bf1e-291adb500221": "int_in_range",
    "a4c39daa-f85e-4b2a-a37f-4914e8237a18": "string_contains",
}
INTRINSICS: list[Function] = vcvm_stdlib.vcvm_intrinsics()
SIZED = ("string", "bytes", "list", "map")
TRAPS = (ValueError, TypeError, IndexError, OverflowError)
"""What an intrinsic may raise for arguments of the right types."""

LARGEST = 100_000
"""Calls whose declared size exceeds this are not made, as a machine would not make them."""


def declaration(function: Function) -> Declaration:
    return typing.cast("Declaration", getattr(function, ATTRIBUTE))


def result_type(function: Function) -> Type:
    (result,) = signature_of(function).results
    return result


def formula(function: Function, text: str | int) -> Formula:
    return Formula(text, [p.name for p in signature_of(function).params])


def examples(function: Function) -> list[doctest.Example]:
    return doctest.DocTestParser().get_examples(function.__doc__ or "")


def name(function: Function) -> str:
    return function.__name__


each = pytest.mark.parametrize("function", INTRINSICS, ids=name)
each_pure = pytest.mark.parametrize("function", [f for f in INTRINSICS if not declaration(f).effects], ids=name)
each_effectful = pytest.mark.parametrize("function", [f for f in INTRINSICS if declaration(f).effects], ids=name)


# Identity and documentation


def test_there_are_enough_and_no_two_share_a_name_or_uuid() -> None:
    assert len(INTRINSICS) >= 50
    assert len({f.__name__ for f in INTRINSICS}) == len(INTRINSICS)
    assert len({declaration(f).uuid for f in INTRINSICS}) == len(INTRINSICS)


def test_the_founding_uuids_are_served() -> None:
    served = {declaration(f).uuid: f.__name__ for f in INTRINSICS}
    assert served.items() >= FOUNDING.items()


def test_every_declared_function_is_listed() -> None:
    modules = [m for n, m in sys.modules.items() if n.startswith("vcvm_stdlib.")]
    declared = {f for m in modules for f in vars(m).values() if hasattr(f, ATTRIBUTE)}
    assert declared == set(INTRINSICS)


@each
def test_its_uuid_is_random_and_in_lower_case(function: Function) -> None:
    text = declaration(function).uuid
    assert str(uuid.UUID(text)) == text
    assert uuid.UUID(text).version == 4


@each
def test_it_is_documented_by_a_sentence(function: Function) -> None:
    first = (function.__doc__ or "").split("\n\n")[0].strip()
    assert first[0].isupper() or first[0].isdigit()
    assert first.endswith(".")
    assert ". " not in " ".join(first.split())


@each
def test_it_belongs_to_the_first_release(function: Function) -> None:
    assert declaration(function).since == "0.1.0"
    assert declaration(function).deprecated is None


# Vectors


@each_pure
def test_a_pure_one_has_three_vectors(function: Function) -> None:
    hints = typing.get_type_hints(function)
    possible = 2 if set(hints) == {"value", "return"} and hints["value"] is bool else math.inf
    assert len(examples(function)) >= min(3, possible)


@each_effectful
def test_an_effectful_one_has_no_vectors_and_is_not_deterministic(function: Function) -> None:
    assert examples(function) == []
    assert not declaration(function).deterministic


def is_literal(node: ast.expr) -> bool:
    """Whether `node` is a literal, or uuid.UUID("...") as the doctest writes it and as it is printed."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("uuid.UUID", "UUID"):
        return len(node.args) == 1 and not node.keywords and isinstance(node.args[0], ast.Constant)
    try:
        ast.literal_eval(node)
    except ValueError:
        return False
    return True


@each_pure
def test_its_vectors_are_one_call_with_literals_and_a_literal_result(function: Function) -> None:
    for example in examples(function):
        call = ast.parse(example.source.strip(), mode="eval").body
        assert isinstance(call, ast.Call), example.source
        assert ast.unparse(call.func) == function.__name__
        assert not call.keywords
        assert all(map(is_literal, call.args)), example.source
        if example.exc_msg is None and example.want:
            assert is_literal(ast.parse(example.want.strip(), mode="eval").body), example.want


@each_pure
def test_its_vectors_hold(function: Function) -> None:
    module = sys.modules[function.__module__]
    (test,) = doctest.DocTestFinder(recurse=False).find(function, globs=vars(module))
    report: list[str] = []
    outcome = doctest.DocTestRunner(verbose=False).run(test, out=report.append)
    assert outcome.failed == 0, "".join(report)


# Signatures, costs and sizes


@each
def test_its_signature_has_one_result(function: Function) -> None:
    assert len(signature_of(function).results) == 1


@each
def test_its_cost_is_a_formula_over_its_parameters(function: Function) -> None:
    cost = formula(function, declaration(function).cost)
    assert cost.constant is None or cost.constant >= 1


@each
def test_it_declares_a_size_if_its_result_has_one(function: Function) -> None:
    result = result_type(function)
    kind = result.of.kind if result.kind == "option" else result.kind
    size = declaration(function).size
    if kind in SIZED:
        assert size is not None
        formula(function, size)
    else:
        assert size is None


# Behaviour on any arguments

texts = st.one_of(
    st.text(alphabet="ab-, \t\n"),
    st.text(alphabet="0123456789-+.eE_ \n", max_size=24),
    st.text(),
    st.text(alphabet="ßŐİΣıﬁΐ\u0301\U0001f600"),
    st.dates().map(str),
    st.uuids().map(str),
    st.binary().map(bytes.hex),
)
ints = st.one_of(st.integers(-3, 40), st.integers(INT_MIN, INT_MAX), st.sampled_from([INT_MIN, INT_MAX, 0xD800]))
floats_ = st.one_of(st.floats(), st.floats(-10, 10), st.sampled_from([0.5, -0.5, 2.5, 1e16, 5e-324]))
scalars = st.one_of(st.none(), st.booleans(), ints, floats_, texts, st.binary(), st.uuids())
elements = st.one_of(st.sampled_from([0, 1, 0.0, -0.0, 1.0, True, False, None, "", "a", b"a"]), scalars)
SCALARS: dict[Any, st.SearchStrategy[Any]] = {
    bool: st.booleans(),
    int: ints,
    float: floats_,
    str: texts,
    bytes: st.binary(),
    uuid.UUID: st.uuids(),
}


def values(annotation: Any) -> st.SearchStrategy[Any]:
    """Values of the type that an annotation means; a type variable stands for any scalar."""
    if isinstance(annotation, typing.TypeVar):
        return elements
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is list:
        return st.lists(values(args[0]), max_size=8)
    if origin is dict:
        return st.dictionaries(texts, values(args[1]), max_size=8)
    return SCALARS[annotation]


def conforms(value: Any, annotation: Any) -> bool:
    """Whether `value` is exactly of the type that `annotation` means, and one that a machine can hold."""
    if isinstance(annotation, typing.TypeVar):
        return value is None or type(value) in SCALARS
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is list:
        return type(value) is list and all(conforms(v, args[0]) for v in value)
    if origin is dict:
        return type(value) is dict and all(conforms(k, str) and conforms(v, args[1]) for k, v in value.items())
    if origin is types.UnionType or origin is typing.Union:
        return any(conforms(value, a) for a in args)
    if annotation is int:
        return type(value) is int and INT_MIN <= value <= INT_MAX
    if annotation is str:
        return type(value) is str and not any("\ud800" <= c <= "\udfff" for c in value)
    return type(value) is annotation


@each
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_it_keeps_its_word_on_any_arguments(function: Function, data: st.DataObject) -> None:
    hints = typing.get_type_hints(function)
    result_hint = hints.pop("return")
    arguments = [data.draw(values(hint), label=parameter) for parameter, hint in hints.items()]
    assert formula(function, declaration(function).cost)(*arguments) >= 1

    size = declaration(function).size
    bound = None if size is None else formula(function, size)(*arguments)
    if bound is not None and bound > LARGEST:
        return

    before = copy.deepcopy(arguments)
    try:
        result = function(*arguments)
    except TRAPS as e:
        # Equal arguments trap equally; a trap, too, leaves the arguments alone.
        if declaration(function).deterministic:
            with pytest.raises(type(e)):
                function(*before)
    else:
        assert conforms(result, result_hint), result
        if bound is not None and result is not None:
            assert len(result) <= bound
        assert not (type(result) in (list, dict) and any(result is a for a in arguments))
        if declaration(function).deterministic:
            assert repr(function(*before)) == repr(result)
    assert repr(arguments) == repr(before)


@pytest.mark.parametrize(
    ("convert", "factor"), [(str.upper, 3), (str.lower, 2), (str.casefold, 3), (lambda c: c.encode(), 4)]
)
def test_no_character_grows_beyond_the_declared_factor(convert: Callable[[str], str | bytes], factor: int) -> None:
    longest = max(len(convert(chr(c))) for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF)
    assert longest == factor


# There and back

finite = st.floats(allow_nan=False, allow_infinity=False)


@given(number=ints, real=finite, data=st.binary(), text=st.text(), value=st.uuids())
def test_what_is_spelled_reads_back(number: int, real: float, data: bytes, text: str, value: uuid.UUID) -> None:
    assert parse_int(int_to_string(number)) == number
    assert repr(parse_float(float_to_string(real))) == repr(real)
    assert hex_decode(hex_encode(data)) == data
    assert base64_decode(base64_encode(data)) == data
    assert utf8_decode(utf8_encode(text)) == text
    assert parse_uuid(uuid_to_string(value)) == value


@given(st.text(alphabet="Aa+/=-_ \n", max_size=9))
def test_bytes_have_one_spelling_in_base_64(text: str) -> None:
    data = base64_decode(text)
    assert data is None or base64_encode(data) == text


def test_numbers_longer_than_any_are_not_read() -> None:
    assert parse_int("0" * 5_000 + "1") is None
    assert parse_float("1" + "0" * 300) == 1e300
    assert parse_float("0." + "1" * 1_000_000) is None


# NaN and infinities

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    "function", [floats.float_floor, floats.float_ceil, floats.float_round_half_even, floats.float_round_half_away]
)
def test_rounding_leaves_infinities_and_nan_as_they_are(function: Callable[[float], float]) -> None:
    assert function(INF) == INF
    assert function(-INF) == -INF
    assert math.isnan(function(NAN))


def test_the_extreme_of_nan_is_nan_on_either_side() -> None:
    for function in (floats.float_min, floats.float_max):
        assert math.isnan(function(NAN, 1.0))
        assert math.isnan(function(1.0, NAN))


def test_nan_answers_questions_with_no() -> None:
    assert floats.float_is_nan(NAN)
    assert not floats.float_is_finite(NAN)
    assert not floats.float_is_close(NAN, NAN, INF)
    assert not floats.float_in_range(NAN, -INF, INF)
    assert not floats.float_in_range(0.0, NAN, INF)
    assert math.isnan(floats.float_sqrt(-1.0))
    assert math.isnan(floats.float_sqrt(NAN))
    assert math.isnan(floats.float_round_to(NAN, 2))


def test_nan_is_never_the_same_even_if_it_is_one_object() -> None:
    assert not list_contains([NAN], NAN)
    assert list_index_of([NAN], NAN) is None
    assert len(list_unique([NAN, NAN])) == 2


def test_a_sum_with_infinities_is_theirs() -> None:
    assert float_list_sum([INF, 1.0]) == INF
    assert float_list_sum([-INF, 1e308, 1e308]) == -INF
    assert math.isnan(float_list_sum([INF, -INF]))
    assert math.isnan(float_list_sum([1.0, NAN]))


# Chance


def test_a_random_int_lies_in_its_range() -> None:
    assert {random_int(-1, 1) for _ in range(200)} == {-1, 0, 1}
    assert random_int(INT_MIN, INT_MIN) == INT_MIN
    with pytest.raises(ValueError, match="low exceeds high"):
        random_int(1, 0)


def test_random_uuids_are_of_version_4_and_differ() -> None:
    drawn = [random_uuid() for _ in range(100)]
    assert len(set(drawn)) == 100
    assert {u.version for u in drawn} == {4}
