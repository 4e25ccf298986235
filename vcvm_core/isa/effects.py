"""The typed effect of an instruction on the operand stack: the table's pictures, applied.

Takes an instruction, the stack as a list of types, and a `Context` that says what operands refer to; changes the stack
in place. Builder and verifier both go through `apply`, so what the one computes the other accepts. Raises `Misfit` with
the kind of error and the facts; whoever called knows the place.

What `@name` in a picture stands for:

    @constant  the type of constant A         @type    type A                       @local   the type of local A
    @params    parameters of what A calls     @results its results, or, in a return, those of this function
    @sub       any subtype of type A          @list    mut list of type A           @map     mut map of type A
    @items     B values of type A             @fields  the fields of record type A  @record  any record type
    @field     the type of the record's field named by the string constant A
    @top       anything, also an iterator, which no type variable stands for: it can only be advanced or dropped
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple, Protocol

from vcvm_core.isa.opcodes import Op
from vcvm_core.values import BadType, Signature, Type, iter_of, list_of, map_of, matches, parse_type, substitute


class Misfit(Exception):
    """The instruction does not fit the stack; carries the kind of error and its facts."""

    def __init__(self, kind: str, **facts: Any) -> None:
        super().__init__(kind)
        self.kind, self.facts = kind, facts


class Context(Protocol):
    """What the operands of one function's instructions refer to; indexes have been checked."""

    def constant(self, index: int) -> Type: ...
    def text(self, index: int) -> str: ...
    def type(self, index: int) -> Type: ...
    def local(self, index: int) -> Type: ...
    def called(self, kind: str, index: int) -> Signature: ...
    def results(self) -> tuple[Type, ...]: ...


class Picture(NamedTuple):
    """A parsed picture: (name, type or @name) of the inputs, and types or @names of the outputs."""

    inputs: tuple[tuple[str, Type | str], ...]
    outputs: tuple[Type | str, ...]


def _item(text: str) -> Type | str:
    if text.startswith("@"):
        return text
    if text.startswith("iter<"):
        return iter_of(parse_type(text[5:-1]))
    return parse_type(text)


@cache
def picture(row: Op) -> Picture:
    """The row's picture, parsed."""
    left, _, right = row.picture.partition("--")
    words = left.replace("mut ", "mut_").split()
    inputs = []
    for word in words:
        name, colon, type_text = word.replace("mut_", "mut ").partition(":")
        inputs.append((name, _item(type_text)) if colon else ("", _item(name)))
    outputs = tuple(_item(w.replace("mut_", "mut ")) for w in right.replace("mut ", "mut_").split())
    return Picture(tuple(inputs), outputs)


def pop(stack: list[Type], expected: Type, bound: dict[Type, Type], position: int) -> None:
    """Pop one value that fits `expected`, which binds the row's type variables. Raises Misfit."""
    if not stack:
        raise Misfit("stack-underflow")
    actual = stack.pop()
    if expected.kind == "iter":
        fits = actual.kind == "iter"
        if fits:
            bound[expected.of] = actual.of
    else:
        fits = matches(actual, expected, bound)
    if not fits:
        wanted = "an iterator" if expected.kind == "iter" else substitute(expected, bound)
        raise Misfit("type-mismatch", expected=wanted, found=actual, position=position)


def pop_all(stack: list[Type], expected: tuple[Type, ...]) -> dict[Type, Type]:
    """Pop values for all of `expected`, the last one on top; gives the bindings of type variables. Raises Misfit."""
    bound: dict[Type, Type] = {}
    if len(stack) < len(expected):
        raise Misfit("call-arity", expected=len(expected), found=len(stack))
    start = len(stack) - len(expected)
    # In order, so that a type variable is bound by the first argument that has it.
    for position, t in enumerate(expected):
        actual = stack[start + position]
        if not matches(actual, t, bound):
            raise Misfit("type-mismatch", expected=substitute(t, bound), found=actual, position=position + 1)
    del stack[start:]
    return bound


def apply(op: Op, a: int, b: int, stack: list[Type], context: Context) -> None:
    """Change `stack` as the instruction does when it goes on to the next one. Raises Misfit."""
    try:
        _apply(op, a, b, stack, context)
    except BadType as e:
        # A generic call that wraps its argument, over and over, would make types without end.
        raise Misfit("bad-operand-type", opcode=op.name, found="that it would make", reason=e) from None


def _apply(op: Op, a: int, b: int, stack: list[Type], context: Context) -> None:
    inputs, outputs = picture(op)
    bound: dict[Type, Type] = {}
    record: Type | None = None
    if op.flow == "return":
        _finish(stack, context.results(), op)
        return
    if op.flow == "call":
        called = context.called(op.operands[0], a)
        bound = pop_all(stack, called.types)
        stack.extend(substitute(r, bound) for r in called.results)
        return
    for position in range(len(inputs) - 1, -1, -1):
        expected = inputs[position][1]
        if isinstance(expected, Type):
            # Containers bind their variable before a bare variable is matched: they stand below, so look ahead.
            if expected.kind == "var" and expected not in bound:
                _look_ahead(stack, inputs, position, bound)
            pop(stack, expected, bound, position + 1)
        elif expected == "@top":
            if not stack:
                raise Misfit("stack-underflow")
            stack.pop()
        elif expected == "@local":
            pop(stack, context.local(a), bound, position + 1)
        elif expected == "@sub":
            pop(stack, context.type(a), bound, position + 1)
        elif expected == "@items":
            pop_all(stack, (context.type(a),) * b)
        elif expected == "@fields":
            if context.type(a).kind != "record":
                raise Misfit("type-mismatch", expected="a record type", found=context.type(a), position=0)
            pop_all(stack, tuple(context.type(a).fields.values()))
        elif expected == "@record":
            if not stack:
                raise Misfit("stack-underflow")
            record = stack.pop()
            if record.kind != "record" or context.text(a) not in record.fields:
                wanted = f"a record with the field {context.text(a)}"
                raise Misfit("type-mismatch", expected=wanted, found=record, position=1)
    for output in outputs:
        if isinstance(output, Type):
            if output.kind == "iter":
                stack.append(iter_of(substitute(output.of, bound)))
            else:
                stack.append(bound.get(output) or substitute(output, bound))
        elif output == "@constant":
            stack.append(context.constant(a))
        elif output == "@local":
            stack.append(context.local(a))
        elif output == "@type":
            stack.append(context.type(a))
        elif output == "@list":
            stack.append(list_of(context.type(a), mutable=True))
        elif output == "@map":
            stack.append(map_of(context.type(a), mutable=True))
        elif output == "@field" and record is not None:
            stack.append(record.fields[context.text(a)])


def _look_ahead(
    stack: list[Type], inputs: tuple[tuple[str, Type | str], ...], at: int, bound: dict[Type, Type]
) -> None:
    """Bind the variable of input `at` from a container below it, as in `a:mut list<T> i:int v:T`."""
    variable = inputs[at][1]
    for lower in range(at - 1, -1, -1):
        below, depth = inputs[lower][1], at - lower + 1
        if isinstance(variable, Type) and isinstance(below, Type) and below.item is variable and depth <= len(stack):
            actual = stack[-depth]
            if actual.kind == below.kind and actual.item is not None:
                bound[variable] = actual.item


def _finish(stack: list[Type], results: tuple[Type, ...], op: Op) -> None:
    if len(stack) != len(results):
        raise Misfit("return-depth", expected=len(results), found=len(stack))
    for position, (actual, expected) in enumerate(zip(stack, results, strict=True), 1):
        if not actual <= expected:
            raise Misfit("return-type", expected=expected, found=actual, position=position)
    stack.clear()


def branch_stack(op: Op, stack: list[Type]) -> list[Type]:
    """The stack at the target of a jump, given that after `apply`: an exhausted iterator is gone, with its element."""
    return stack[:-2] if op.flow == "iterate" else stack
