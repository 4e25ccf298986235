"""Every intrinsic of the pack: its examples hold, and so do its signature, cost and size on any arguments.

Arguments come from strategies made of the annotations, so a new function is tested by being listed.
"""

from __future__ import annotations

import copy
import doctest
import sys
import typing
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vcvm_core.plugin.declare import ATTRIBUTE, Declaration
from vcvm_core.values import Formula, signature_of

import vcvm_text

Function = Callable[..., Any]

INTRINSICS: list[Function] = vcvm_text.vcvm_intrinsics()
LARGEST_INT = 2**63 - 1

texts = st.one_of(
    st.text(),
    st.text(alphabet="ab*?"),
    st.text(alphabet="aB1 -_\t\n\u2003"),
    st.text(alphabet="ßŉΐﬁİé\u0301ﷺ㎯ \U0001f600"),
)
VALUES: dict[Any, st.SearchStrategy[Any]] = {
    str: texts,
    int: st.one_of(st.integers(-2, 9), st.integers(-LARGEST_INT - 1, LARGEST_INT)),
}

each = pytest.mark.parametrize("function", INTRINSICS, ids=lambda f: f.__name__)


def declaration(function: Function) -> Declaration:
    return typing.cast("Declaration", getattr(function, ATTRIBUTE))


def formula(function: Function, text: str | int) -> Formula:
    return Formula(text, [p.name for p in signature_of(function).params])


def conforms(value: Any, annotation: Any) -> bool:
    """Whether `value` is exactly of the annotated type; text must be without surrogates."""
    if annotation == list[str]:
        return type(value) is list and all(conforms(v, str) for v in value)
    return type(value) is annotation and not (type(value) is str and any("\ud800" <= c <= "\udfff" for c in value))


def test_no_two_share_a_name_or_uuid() -> None:
    assert len({declaration(f).uuid for f in INTRINSICS}) == len(INTRINSICS)
    assert len({declaration(f).name or f.__name__ for f in INTRINSICS}) == len(INTRINSICS)


@each
def test_its_uuid_is_random_and_in_lower_case(function: Function) -> None:
    text = declaration(function).uuid
    assert str(UUID(text)) == text
    assert UUID(text).version == 4


@each
def test_its_examples_hold(function: Function) -> None:
    (test,) = doctest.DocTestFinder(recurse=False).find(function, globs=vars(sys.modules[function.__module__]))
    assert len(test.examples) >= 3
    report: list[str] = []
    outcome = doctest.DocTestRunner(verbose=False).run(test, out=report.append)
    assert outcome.failed == 0, "".join(report)


@each
@given(data=st.data())
def test_it_keeps_its_word_on_any_arguments(function: Function, data: st.DataObject) -> None:
    hints = typing.get_type_hints(function)
    result_hint = hints.pop("return")
    arguments = [data.draw(VALUES[hint], label=name) for name, hint in hints.items()]
    before = copy.deepcopy(arguments)

    result = function(*arguments)

    assert conforms(result, result_hint)
    assert arguments == before
    assert function(*before) == result
    assert formula(function, declaration(function).cost)(*arguments) >= 1
    size = declaration(function).size
    assert (size is None) == (result_hint not in (str, list[str]))
    if size is not None:
        assert len(result) <= formula(function, size)(*arguments)
