"""Example vectors from doctests, read as text: nothing is run.

Takes a function's syntax tree; gives its examples, each with its line. An example calls the function itself with
literal arguments, and expects a literal, nothing (which is None), or an exception as a traceback shows it:

    >>> string_repeat("ab", 2)                         >>> string_repeat("ab", -1)
    'abab'                                             Traceback (most recent call last):
                                                       ValueError: times is negative

Literals are those of Python that are values of the machine, and ``uuid.UUID("...")``. An example marked
``# doctest: +SKIP`` is documentation only. Refuses every other example: what is shown is what is tested.
"""

from __future__ import annotations

import ast
from typing import Any, Final
from uuid import UUID

from vcvm_core.plugin.vectors import Vector

_SCALARS: Final = (type(None), bool, int, float, str, bytes)
_UNPARSABLE: Final = (SyntaxError, ValueError, RecursionError, MemoryError)


class BadExample(ValueError):
    """A doctest is no example vector; `line` says where in the file."""

    def __init__(self, line: int, reason: object) -> None:
        super().__init__(str(reason))
        self.line = line


def read_examples(function: ast.FunctionDef) -> tuple[tuple[Vector, ...], list[BadExample]]:
    """The example vectors of a function's docstring, and what is wrong with those that are none."""
    # Here, not above: doctest brings pdb and unittest along, and is needed only where manifests are made.
    from doctest import SKIP, DocTestParser

    text, line = _docstring(function)
    try:
        found = DocTestParser().get_examples(text)
    except ValueError as e:
        return (), [BadExample(line, e)]
    vectors, problems = [], []
    for example in found:
        at = line + example.lineno
        if example.options.get(SKIP):
            continue
        try:
            if example.options:
                raise BadExample(at, "an example is compared exactly; the only option is +SKIP")
            args = _arguments(example.source, function.name, at)
            if example.exc_msg is not None:
                name, _, message = example.exc_msg.strip().partition(":")
                vectors.append(Vector(args, None, name, message.strip()))
            else:
                vectors.append(Vector(args, _result(example.want, at)))
        except BadExample as e:
            problems.append(e)
    return tuple(vectors), problems


def first_paragraph(function: ast.FunctionDef) -> str:
    """The first paragraph of a function's docstring as one line; empty if there is none."""
    text = ast.get_docstring(function) or ""
    paragraph = text.partition("\n\n")[0]
    return "" if paragraph.startswith(">>>") else " ".join(paragraph.partition("\n>>>")[0].split())


def _docstring(function: ast.FunctionDef) -> tuple[str, int]:
    match function.body[0]:
        case ast.Expr(value=ast.Constant(value=str(text)) as node):
            return text, node.lineno
    return "", function.lineno


def _arguments(source: str, name: str, line: int) -> tuple[Any, ...]:
    try:
        call = ast.parse(source.strip(), mode="eval").body
    except _UNPARSABLE as e:
        raise BadExample(line, f"an example is one call of {name}") from e
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == name):
        raise BadExample(line, f"an example is one call of {name}")
    if call.keywords or any(isinstance(a, ast.Starred) for a in call.args):
        raise BadExample(line, "arguments of an example are passed by position")
    return tuple(_literal(a, line) for a in call.args)


def _result(want: str, line: int) -> Any:
    if not want.strip():
        return None
    try:
        node = ast.parse(want.strip(), mode="eval").body
    except _UNPARSABLE as e:
        raise BadExample(line, "the result of an example is a literal") from e
    if isinstance(node, ast.Tuple):
        return tuple(_literal(part, line) for part in node.elts)
    return _literal(node, line)


def _literal(node: ast.expr, line: int) -> Any:
    match node:
        case ast.Constant(value=value) if type(value) in _SCALARS:
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)) if value is not True:
            return -value
        case ast.List(elts=items):
            return [_literal(i, line) for i in items]
        case ast.Dict(keys=keys, values=items):
            texts = [k.value if isinstance(k, ast.Constant) and type(k.value) is str else None for k in keys]
            if None not in texts and len(set(texts)) == len(texts):
                return {str(k): _literal(i, line) for k, i in zip(texts, items, strict=True)}
            raise BadExample(line, "the keys of a map in an example are different texts")
        case ast.Call(func=called, args=[ast.Constant(value=str(text))], keywords=[]) if ast.unparse(called) in (
            "UUID",
            "uuid.UUID",
        ):
            try:
                return UUID(text)
            except ValueError as e:
                raise BadExample(line, f"{text!r} is no UUID") from e
    raise BadExample(line, f"{ast.unparse(node)} is no literal")
