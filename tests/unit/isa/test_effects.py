"""The typed effect of instructions: what `apply` pops and pushes, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from vcvm_core.isa import BY_NAME, Misfit, apply, branch_stack
from vcvm_core.values import ANY, BOOL, FLOAT, INT, STRING, Signature, Type, iter_of, parse_signature, parse_type


class Context:
    """Operand 0 of every kind."""

    def __init__(self, **facts: Any) -> None:
        self.facts = facts

    def constant(self, index: int) -> Type:
        return FLOAT

    def text(self, index: int) -> str:
        return "name"

    def type(self, index: int) -> Type:
        return parse_type(self.facts.get("type", "int"))

    def local(self, index: int) -> Type:
        return BOOL

    def called(self, kind: str, index: int) -> Signature:
        return parse_signature(self.facts.get("called", "() -> ()"))

    def results(self) -> tuple[Type, ...]:
        return parse_signature(self.facts.get("results", "() -> ()")).results


def effect(name: str, *stack: str, b: int = 0, **facts: Any) -> list[str]:
    """The stack after an instruction, as spellings; ``iter<T>`` stands for an iterator."""
    types = [iter_of(parse_type(t[5:-1])) if t.startswith("iter<") else parse_type(t) for t in stack]
    apply(BY_NAME[name], 0, b, types, Context(**facts))
    return [str(t) for t in types]


@pytest.mark.parametrize(
    ("name", "before", "after", "facts"),
    [
        ("swap", ["int", "string"], ["string", "int"], {}),
        ("rot", ["int", "bool", "any"], ["bool", "any", "int"], {}),
        ("over", ["int", "bool"], ["int", "bool", "int"], {}),
        ("dup", ["any", "int"], ["any", "int", "int"], {}),
        ("pop", ["iter<int>"], [], {}),
        ("loadk", [], ["float"], {}),
        ("get", [], ["bool"], {}),
        ("set", ["bool"], [], {}),
        ("widen", ["int"], ["any"], {"type": "any"}),
        ("widen", ["none"], ["int?"], {"type": "int?"}),
        ("is", ["any"], ["bool"], {}),
        ("is", ["string"], ["bool"], {}),
        ("as", ["any"], ["list<int>"], {"type": "list<int>"}),
        ("newl", [], ["mut list<int>"], {}),
        ("newm", [], ["mut map<list<int>>"], {"type": "list<int>"}),
        ("packl", ["bool", "int", "int"], ["bool", "mut list<int>"], {"b": 2}),
        ("packl", [], ["mut list<int>"], {"b": 0}),
        ("getl", ["list<list<int>>", "int"], ["list<int>"], {}),
        ("getl", ["mut list<int>", "int"], ["int"], {}),
        ("setl", ["mut list<any>", "int", "string"], [], {}),
        ("appl", ["mut list<int?>", "none"], [], {}),
        ("catl", ["mut list<int>", "list<int>"], ["mut list<int>"], {}),
        ("catl", ["list<int>", "list<any>"], ["mut list<any>"], {}),
        ("slicel", ["list<int>", "int", "int"], ["mut list<int>"], {}),
        ("inl", ["int", "list<any>"], ["bool"], {}),
        ("packr", ["int", "string"], ["{x: int, y: string}"], {"type": "{x: int, y: string}"}),
        ("packr", [], ["{}"], {"type": "{}"}),
        ("field", ["{name: string, x: int}"], ["string"], {}),
        ("iterl", ["mut list<int>"], ["iter<int>"], {}),
        ("iterm", ["map<int>"], ["iter<string>"], {}),
        ("next", ["iter<any>"], ["iter<any>", "any"], {}),
        ("calli", ["list<int>", "any"], ["int", "bool"], {"called": "(list<T>, any) -> (T, bool)"}),
        ("calli", [], ["any"], {"called": "() -> T"}),
        ("call", ["int", "int"], ["int"], {"called": "(int) -> ()"}),
        ("ret", ["int", "none"], [], {"results": "() -> (any, int?)"}),
        ("eq", ["int", "string"], ["bool"], {}),
    ],
)
def test_effect(name: str, before: list[str], after: list[str], facts: dict[str, Any]) -> None:
    """What is popped, and what is pushed instead."""
    assert effect(name, *before, **facts) == after


@pytest.mark.parametrize(
    ("name", "before", "kind", "facts"),
    [
        ("pop", [], "stack-underflow", {}),
        ("swap", ["int"], "stack-underflow", {}),
        ("field", [], "stack-underflow", {}),
        ("swap", ["int", "iter<int>"], "type-mismatch", {}),
        ("dup", ["iter<int>"], "type-mismatch", {}),
        ("over", ["iter<int>", "int"], "type-mismatch", {}),
        ("eq", ["iter<int>", "int"], "type-mismatch", {}),
        ("set", ["int"], "type-mismatch", {}),
        ("widen", ["any"], "type-mismatch", {}),
        ("addi", ["int", "float"], "type-mismatch", {}),
        ("setl", ["list<int>", "int", "int"], "type-mismatch", {}),
        ("setl", ["mut list<int>", "int", "any"], "type-mismatch", {}),
        ("appl", ["mut list<int>", "string"], "type-mismatch", {}),
        ("setm", ["mut map<int>", "int", "int"], "type-mismatch", {}),
        ("catl", ["list<any>", "list<int>"], "type-mismatch", {}),
        ("inl", ["any", "list<int>"], "type-mismatch", {}),
        ("packl", ["int"], "call-arity", {"b": 2}),
        ("packl", ["int", "any"], "type-mismatch", {"b": 2}),
        ("packr", ["int"], "type-mismatch", {"type": "{x: string}"}),
        ("packr", [], "call-arity", {"type": "{x: int}"}),
        ("packr", ["int"], "type-mismatch", {"type": "int"}),
        ("field", ["{x: int}"], "type-mismatch", {}),
        ("field", ["map<int>"], "type-mismatch", {}),
        ("field", ["{name: int}?"], "type-mismatch", {}),
        ("next", ["list<int>"], "type-mismatch", {}),
        ("next", [], "stack-underflow", {}),
        ("calli", ["int"], "call-arity", {"called": "(int, int) -> ()"}),
        ("calli", ["int", "string"], "type-mismatch", {"called": "(T, T) -> ()"}),
        ("ret", ["int"], "return-depth", {}),
        ("ret", ["any"], "return-type", {"results": "() -> int"}),
        ("halt", [], "return-depth", {"results": "() -> int"}),
        ("newl", [], "bad-operand-type", {"type": "list<" * 8 + "int" + ">" * 8}),
        ("calli", ["list<" * 8 + "int" + ">" * 8], "bad-operand-type", {"called": "(T) -> list<T>"}),
        ("appl", ["list<" * 8 + "int" + ">" * 8, "list<" * 8 + "int" + ">" * 8], "type-mismatch", {}),
    ],
)
def test_misfit(name: str, before: list[str], kind: str, facts: dict[str, Any]) -> None:
    """What does not fit is refused by its kind; nothing but Misfit comes out."""
    with pytest.raises(Misfit) as found:
        effect(name, *before, **facts)
    assert found.value.kind == kind


def test_an_exhausted_iterator_is_gone() -> None:
    """At the target of `next` there is neither iterator nor element; other jumps leave the stack."""
    stack = [STRING, iter_of(INT), INT]
    assert branch_stack(BY_NAME["next"], stack) == [STRING]
    assert branch_stack(BY_NAME["jt"], [ANY]) == [ANY]
