"""Folding: the vectors of every intrinsic, through a program that calls it, folded and not; and what is not folded."""

from __future__ import annotations

import ast
import copy
import linecache
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from vcvm_core import VM, IntrinsicError
from vcvm_core.asm import assemble
from vcvm_core.compiled.fold import folded, formula
from vcvm_core.plugin import installed
from vcvm_core.plugin.manifest import Row
from vcvm_core.values import Formula, parse_type

REGISTRY = installed()
ROWS = [r for p in REGISTRY.packs if p.manifest for r in p.manifest.intrinsics if not r.signature.shape.count("T")]
"""Intrinsics whose types a program can name as they are."""


def program(row: Row) -> str:
    """A program whose function passes its arguments to an intrinsic."""
    params = ", ".join(f"a{i}: {t}" for i, t in enumerate(row.signature.types))
    gets = "\n".join(f"    get $a{i}" for i in range(len(row.signature.types)))
    results = ", ".join(map(str, row.signature.results))
    called = (
        f'extern "{row.name}"({", ".join(map(str, row.signature.types))}) -> ({results}) = "{UUID(bytes=row.uuid)}"'
    )
    return f"{called}\nexport main\nfunc main({params}) -> ({results})\n{gets}\n    calli 0\n    ret\nend\n"


def same(a: Any, b: Any) -> bool:
    """Equal by type and value; NaN is NaN."""
    if type(a) is not type(b):
        return False
    if type(a) is float:
        return (a == b and math.copysign(1, a) == math.copysign(1, b)) or (a != a and b != b)
    if type(a) in (list, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if type(a) is dict:
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    return bool(a == b)


@pytest.mark.parametrize("row", ROWS, ids=[r.name for r in ROWS])
def test_vectors(row: Row) -> None:
    """What an intrinsic gives, or raises, is the same when it is folded into its caller."""
    text = program(row)
    main = VM(REGISTRY, allow=("clock", "random"), tier="compiled").load_module(assemble(text)).function("main")
    for vector in row.vectors:
        for _ in range(2):
            arguments = copy.deepcopy(list(vector.args))
            if vector.raises is None:
                assert same(main(*arguments), vector.result), vector
            else:
                with pytest.raises(IntrinsicError) as found:
                    main(*arguments)
                assert type(found.value.cause).__name__ == vector.raises.rpartition(".")[2]


def test_some_are_folded() -> None:
    """The test above is about something: many intrinsics of the standard pack are single expressions."""
    loaded = [(REGISTRY.offers(r.uuid)[0].load(), len(r.signature.types)) for r in ROWS]
    assert sum(folded(*each) is not None for each in loaded) >= 20


def one(x: int, low: int) -> bool:
    """Doc."""
    return low <= x


FACTOR = 3


def named(x: int) -> int:
    return x * FACTOR


def builtin(x: int) -> int:
    return abs(x)


def method(x: str) -> str:
    return x.upper()


def two(x: int) -> int:
    y = x + 1
    return y  # noqa: RET504 - two statements are the point


def scoped(x: list[int]) -> int:
    return sum(i for i in x)


def default(x: int = 3) -> int:
    return x


def walrus(x: int) -> int:
    return (y := x) + y


def several(*x: int) -> int:
    return len(x)


def captured() -> Callable[[int], int]:
    """A closure."""
    n = 4

    def inner(x: int) -> int:
        return x + n

    return inner


def test_an_expression() -> None:
    """Parameters and the expression; it names nothing else, so it captures nothing."""
    found = folded(one, 2)
    assert found is not None
    assert found.params == ("x", "low")
    assert (found.names, found.boolean, found.acts) == ({}, True, False)
    called = folded(method, 1)
    assert called is not None
    assert (called.boolean, called.acts) == (False, True)


@pytest.mark.parametrize(
    "function", [two, scoped, default, walrus, several, captured(), len, lambda x: x, "text", named, builtin],
    ids=["two", "scoped", "default", "walrus", "several", "captured", "len", "lambda", "text", "named", "builtin"],
)  # fmt: skip
def test_what_is_not_folded(function: Any) -> None:
    """Whatever is more than one expression over its arguments is called; also what names something else, a builtin included:
    a name is looked up again at each call."""
    assert folded(function, 1) is None


def test_another_number_of_arguments() -> None:
    """A function that is called with a wrong number of arguments is called, and says so itself."""
    assert folded(one, 1) is None


def test_another_source(tmp_path: Path) -> None:
    """A source that is not the one that runs is not taken for it."""
    path = tmp_path / "spam.py"
    path.write_text("def f(x):\n    return x + 1\n")
    scope: dict[str, Any] = {}
    exec(compile(path.read_text(), str(path), "exec"), scope)
    assert folded(scope["f"], 1) is not None
    path.write_text("def f(x):\n    return x + 2\n")
    linecache.checkcache(str(path))
    assert folded(scope["f"], 1) is None


@pytest.mark.parametrize("row", ROWS, ids=[r.name for r in ROWS])
def test_formulas(row: Row) -> None:
    """What a call costs, and how large its result gets, is the same as an expression."""
    for found in (row.cost_formula, row.size_formula):
        if not isinstance(found, Formula) or found.constant is not None:
            continue
        expression = formula(found, row.signature.types)
        made = eval(f"lambda {', '.join(expression.params)}: {ast.unparse(expression.body)}", dict(expression.names))
        for vector in row.vectors:
            assert made(*vector.args) == found.call(*vector.args)


def test_a_formula_is_never_negative() -> None:
    expression = formula(Formula("len(a) - b", ("a", "b")), (parse_type("string"), parse_type("int")))
    assert "max" in expression.names
    assert "max" not in formula(Formula("1 + len(a) // 4", ("a",)), (parse_type("string"),)).names
