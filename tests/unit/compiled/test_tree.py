"""The allow-list for generated code: what must never be in it is refused, whoever put it there."""

from __future__ import annotations

import ast

import pytest

from vcvm_core import InternalError
from vcvm_core.compiled.names import SHARED
from vcvm_core.compiled.tree import CONSTANTS, checked

INNER = "def f0_0(M, x0, /):\n    {}\n"


@pytest.mark.parametrize(
    "line",
    [
        "x1 = k0 + x0",
        "for x1 in range(x0, p3): t1 = f0_1(M, 2, x1)",
        "M.fuel -= 3",
        "if type(x0) is not int: x0 = c4(x0)",
        "return x0",
    ],
)
def test_what_is_generated_passes(line: str) -> None:
    """Otherwise the refusals below would prove nothing."""
    checked(ast.parse(INNER.format(line)))


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("import os", "a Import"),
        ("x1 = lambda: 1", "a Lambda"),
        ("x1 = 'text'", "a constant that is a str"),
        ("x1 = 1.5", "a constant that is a float"),
        ("x1 = M.__class__", "the attribute '__class__'"),
        ("x1 = x0.fuel", "the attribute 'fuel'"),
        ("x1 = open(x0)", "the name 'open'"),
        ("x1 = f0_1(M, d=1)", "a call of something that has no name"),
        ("x1 = (x0 + x0)()", "a call of something that has no name"),
        ("[x1 for x1 in x0]", "a ListComp"),
        ("yield x0", "a Yield"),
        ("global x0", "a Global"),
        # What is assigned is a local, and can hide nothing of the scope.
        ("i3 = x0", "the name 'i3'"),
        ("k3 = x0", "the name 'k3'"),
        ("type = x0", "the name 'type'"),
        ("for f0_1 in x0: pass", "the name 'f0_1'"),
        ("def x3(): pass", "the name 'x3'"),
        ("def f0_3(h1): pass", "the name 'h1'"),
    ],
)
def test_what_is_not_generated_is_refused(line: str, what: str) -> None:
    """A fault of the translator ends there, and says what it did."""
    with pytest.raises(InternalError, match="generated code holds") as caught:
        checked(ast.parse(INNER.format(line)))
    assert what in str(caught.value)


def test_the_scope_has_no_name_of_a_variable() -> None:
    """Shared functions and constants cannot be assigned either."""
    for name in SHARED.keys() | CONSTANTS:
        with pytest.raises(InternalError):
            checked(ast.parse(INNER.format(f"{name} = x0")))
