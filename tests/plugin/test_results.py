"""What the intrinsics of the packs in this repository give back, and what they need while they run.

Every function is called with the edges of its types in all combinations, and with long texts and lists of shapes that are
hard on it. No result is larger than declared. While it runs, a function needs no more than `TIMES` what its arguments take and
what is charged for its result, and `BESIDES`: so a limit on memory says how much a process needs.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from importlib.metadata import version
from itertools import product
from typing import Any, Final
from unicodedata import normalize
from uuid import UUID

import pytest
import vcvm_text

import vcvm_stdlib
from vcvm_core.plugin.declare import ATTRIBUTE
from vcvm_core.testing.edges import edges, plain
from vcvm_core.values import STRING, Formula, Signature, Type, footprint, reserved, signature_of

TIMES: Final = 20
BESIDES: Final = 16 << 10
LONG: Final = 5_000
COST: Final = 500_000
SIZE: Final = 500_000
"""No call is made whose declared cost or size is larger."""
MOST: Final = 200
"""Combinations of arguments that are tried."""
RELEASED: Final = version("vcvm-text").startswith("1.")
"""Whether the pack is an older release than the one in this repository: what it needs can no longer be changed."""
INTRINSICS: Final[list[Callable[..., Any]]] = [
    *vcvm_stdlib.vcvm_intrinsics(),
    *(() if RELEASED else vcvm_text.vcvm_intrinsics()),
]
ERRORS: Final = (ValueError, TypeError, IndexError, OverflowError)

WORDS: Final = (
    "a", "ab ", "a ", "a-", "ab-", "a,", "\u00e9", "\ufb01 ", "*?", "?", "0", "ab", " ", "\u0390 ", "\U0001f600 ", "\ufdfa",
    "\u0130", "\u0149", "\u1e9e", "\u0301",
)  # fmt: skip
"""What long texts are made of; some of these characters become several in other cases or forms."""
DIFFERENT: Final = ("".join(chr(0x4E00 + i) for i in range(LONG)), "".join(chr(0x10000 + i) for i in range(LONG)))
TEXTS: Final = (*(word * (LONG // len(word)) for word in WORDS), "a-" * (LONG // 2) + "a", *DIFFERENT)


def forms(c: str) -> tuple[str, ...]:
    """What functions on text make of a character."""
    return c.upper(), c.lower(), c.casefold(), c.title(), normalize("NFKD", c)


def long(t: Type) -> list[Any]:
    """Long values of a type, and short ones that go with them."""
    if t.kind == "string":
        return [*TEXTS, "", ",", "a", "\u00e9"]
    if t.kind == "bytes":
        return [b"a" * LONG, b"\xff" * LONG, "\u00e9".encode() * LONG, "\U0001f600".encode() * LONG, b""]
    if t.kind == "list" and t.of.kind == "string":
        return [[f"ab{i}" for i in range(LONG)], ["\u00e9"] * LONG, ["a" * 50] * LONG, ["a", "b"]]
    if t.kind == "list" and t.of.kind == "list":
        return [[[i] for i in range(LONG)], [list(range(LONG))], [[]] * LONG]
    if t.kind == "list":
        return [list(map(float if t.of.kind == "float" else int, range(LONG))), []]
    if t.kind == "map":
        return [{f"key {i}": i for i in range(LONG)}, {}]
    return {"int": [3, LONG, -1], "uuid": [UUID(int=5)]}.get(t.kind, [plain(t)])


SPECIAL: Final = [
    c for c in range(0x110000)
    if not 0xD800 <= c <= 0xDFFF and max(len(f) for f in forms(chr(c))) > 1
]  # fmt: skip
"""Characters that become several in another case, or when they are taken apart."""


class Declared:
    """An intrinsic: its function, its signature and what it declares."""

    def __init__(self, function: Callable[..., Any]) -> None:
        declaration = getattr(function, ATTRIBUTE)
        self.function, self.signature = function, signature_of(function)
        names = [p.name for p in self.signature.params]
        self.cost = Formula(declaration.cost, names)
        self.size = None if declaration.size is None else Formula(declaration.size, names)

    def declared(self, args: tuple[Any, ...]) -> int:
        """The declared size of the result, 0 where none is declared."""
        return 0 if self.size is None else self.size(*args)

    def calls(self, values: Callable[[Type], Any]) -> Iterator[tuple[tuple[Any, ...], int]]:
        """Arguments that a machine would let through, and the declared size for them."""
        choices = list(product(*(list(values(t)) for t in self.signature.types)))
        # All over the combinations, if there are too many.
        for args in choices[:: len(choices) // MOST + 1]:
            if self.cost(*args) <= COST and self.declared(args) <= SIZE:
                yield args, self.declared(args)

    def result(self, args: tuple[Any, ...]) -> Any:
        """What it gives; nothing, if it refuses the arguments."""
        try:
            return self.function(*args)
        except ERRORS:
            return None


@pytest.fixture(params=INTRINSICS, ids=lambda f: f.__name__)
def declared(request: pytest.FixtureRequest) -> Declared:
    """Each intrinsic of both packs."""
    return Declared(request.param)


def length(value: Any) -> int:
    """What a declared size is compared with."""
    return len(value) if type(value) in (str, bytes, list, dict) else 0


def test_no_result_is_larger_than_declared(declared: Declared) -> None:
    """Combinations of edges, of long arguments, and every character of which something longer can be made."""
    if declared.size is None:
        return
    for values in (edges, long):
        for args, size in declared.calls(values):
            assert length(declared.result(args)) <= size, [str(a)[:40] for a in args]
    if declared.signature.types[:1] == (STRING,):
        rest = tuple(plain(t) for t in declared.signature.types[1:])
        for code in SPECIAL:
            for text in (chr(code), f"{chr(code)} {chr(code)}{chr(code)}"):
                args = (text, *rest)
                assert length(declared.result(args)) <= declared.declared(args), hex(code)


def charged(signature: Signature, args: tuple[Any, ...], size: int) -> int:
    """What arguments take, and what is charged for the result."""
    given = sum(footprint(a, STRING, 1 << 60) for a in args if type(a) in (str, bytes, list, dict))
    return given + (sum(reserved(t, size) for t in signature.results) if size else 0)


def test_memory_while_it_runs(declared: Declared) -> None:
    """A regular expression that keeps every turn, or a list of all characters, would need much more."""
    for args, size in declared.calls(long):
        tracemalloc.start()
        try:
            declared.result(args)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        most = TIMES * charged(declared.signature, args, size) + BESIDES
        assert peak <= most, [f"{str(a)[:20]!r} of {length(a)}" for a in args]
