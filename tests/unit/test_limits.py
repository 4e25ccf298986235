"""Limits: one record, three presets."""

from __future__ import annotations

import ast
import inspect
from itertools import pairwise
from typing import Any

import pytest

from vcvm_core import limits as limits_module
from vcvm_core.errors import ApiError
from vcvm_core.limits import HIGHEST, Limits

NAMES = Limits.names()
each = pytest.mark.parametrize("name", NAMES)


def documented() -> dict[str, str]:
    """The sentence below each limit in the source."""
    tree = ast.parse(inspect.getsource(limits_module))
    (body,) = [n.body for n in tree.body if isinstance(n, ast.ClassDef)]
    found = {}
    for this, following in pairwise(body):
        if isinstance(this, ast.AnnAssign) and isinstance(this.target, ast.Name) and isinstance(following, ast.Expr):
            found[this.target.id] = ast.literal_eval(following.value)
    return found


@each
def test_documented(name: str) -> None:
    """Each limit has a sentence of its own, which says what is counted."""
    assert documented()[name].endswith(".")


def test_sentences_differ() -> None:
    """No sentence is a copy of another's."""
    texts = list(documented().values())
    assert len(set(texts)) == len(texts)


@each
def test_strict_is_at_most_default(name: str) -> None:
    """Whoever chooses strict gets no more of anything."""
    assert getattr(Limits.strict, name) <= getattr(Limits.default, name)


@each
def test_trusted_is_at_least_default(name: str) -> None:
    """Whoever chooses trusted gets no less of anything."""
    assert getattr(Limits.trusted, name) >= getattr(Limits.default, name)


@pytest.mark.parametrize("preset", ["strict", "default"])
@each
def test_nothing_is_unlimited(preset: str, name: str) -> None:
    """Only trusted may come near to no limit at all; by default there is no deadline, and strict compiles nothing."""
    if (preset, name) in (("default", "deadline_ms"), ("strict", "compiled_lines")):
        return
    assert 0 < getattr(getattr(Limits, preset), name) < HIGHEST


def test_default_is_what_a_plain_record_has() -> None:
    """`Limits()` and `Limits.default` are one."""
    assert Limits() == Limits.default


@pytest.mark.parametrize("value", [0, 1, HIGHEST])
@each
def test_ends_of_the_range(name: str, value: int) -> None:
    """Every whole number from 0 to 2**63 - 1 is a limit."""
    assert getattr(Limits.default.with_(**{name: value}), name) == value


@pytest.mark.parametrize("value", [-1, HIGHEST + 1, 1.0, True, "5", None])
@each
def test_other_values_are_refused(name: str, value: Any) -> None:
    """Nothing else is: no infinity, no None, no bool that counts as 1."""
    with pytest.raises(ApiError) as caught:
        Limits.default.with_(**{name: value})
    assert caught.value.kind == "bad-limit"
    assert name in str(caught.value)


@pytest.mark.parametrize("name", ["feul", "default", "strict", "__class__", "with_"])
def test_unknown_names_are_refused(name: str) -> None:
    """A misspelt limit is an error, not a limit that nobody looks at."""
    with pytest.raises(ApiError) as caught:
        Limits.default.with_(**{name: 5})
    assert caught.value.kind == "bad-limit"


def test_copies() -> None:
    """`with_` gives a copy; presets never change."""
    before = [getattr(Limits.default, name) for name in NAMES]
    changed = Limits.default.with_(fuel=5)
    assert changed.fuel == 5
    assert changed.stack == Limits.default.stack
    assert [getattr(Limits.default, name) for name in NAMES] == before
    with pytest.raises(AttributeError):
        Limits.default.fuel = 5  # type: ignore[misc]
