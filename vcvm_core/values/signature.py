"""Signatures: what a function takes and gives, with one spelling and one digest.

Takes parameter names and types, text such as ``(haystack: string, needle: string) -> bool``, or a Python function's
annotations; gives `Signature`. Refuses default values, keyword-only and variadic parameters, and annotations that have
no type here: a signature is all there is to know about a call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from vcvm_core.errors import passes
from vcvm_core.values.types import (
    ANY,
    BOOL,
    BYTES,
    FLOAT,
    INT,
    NONE,
    STRING,
    UUID,
    BadType,
    Type,
    list_of,
    map_of,
    option_of,
    parse_type,
    variable,
)

ANNOTATIONS: dict[str, Type] = {
    "int": INT,
    "float": FLOAT,
    "bool": BOOL,
    "str": STRING,
    "bytes": BYTES,
    "UUID": UUID,
    "None": NONE,
    "NoneType": NONE,
    "Any": ANY,
}
"""Python annotation names and their types; list[T], dict[str, T], T | None and type variables are built from them."""


class Param(NamedTuple):
    """A parameter: its name (empty if unknown) and type."""

    name: str
    type: Type

    def __str__(self) -> str:
        return f"{self.name}: {self.type}" if self.name else str(self.type)


class Signature(NamedTuple):
    """Parameters and results of a function. `str` gives its spelling, `shape` that without parameter names."""

    params: tuple[Param, ...]
    results: tuple[Type, ...]

    @property
    def shape(self) -> str:
        """The spelling without parameter names: what has to agree when a call is linked."""
        return f"({', '.join(str(p.type) for p in self.params)}) -> {_results(self.results)}"

    @property
    def types(self) -> tuple[Type, ...]:
        """The types of the parameters."""
        return tuple(p.type for p in self.params)

    def digest(self) -> bytes:
        """SHA-256 of the shape: 32 bytes. Names are for people, so they are not in it."""
        # Here, not above: a program without externs needs no hash, and the import is dear.
        from hashlib import sha256

        return sha256(self.shape.encode("utf-8")).digest()

    def difference(self, other: Signature) -> str:
        """What disagrees between this signature, which was expected, and `other`, which was found; empty if nothing."""
        found = []
        if len(self.params) != len(other.params):
            found.append(f"{len(self.params)} parameters expected, found {len(other.params)}")
        else:
            for i, (a, b) in enumerate(zip(self.params, other.params, strict=True), 1):
                if a.type is not b.type:
                    found.append(f"parameter {i}{f' ({b.name})' if b.name else ''}: expected {a.type}, found {b.type}")
        if self.results != other.results:
            found.append(f"result: expected {_results(self.results)}, found {_results(other.results)}")
        return "; ".join(found)

    def __str__(self) -> str:
        return f"({', '.join(map(str, self.params))}) -> {_results(self.results)}"


def _results(types: tuple[Type, ...]) -> str:
    return str(types[0]) if len(types) == 1 else f"({', '.join(map(str, types))})"


def signature(params: Iterable[tuple[str, Type]], *results: Type) -> Signature:
    """A signature from (name, type) pairs and result types."""
    return Signature(tuple(Param(n, t) for n, t in params), results)


def untyped(nargs: int, nrets: int) -> Signature:
    """The signature of something of which only the counts are known: every type is any."""
    return Signature(tuple(Param("", ANY) for _ in range(nargs)), (ANY,) * nrets)


def split(text: str) -> list[str]:
    """The parts of `text` between its outermost commas, stripped; an empty text has none."""
    parts, depth, start = [], 0, 0
    for i, c in enumerate(text):
        if c in "<{(":
            depth += 1
        elif c in ">})":
            depth -= 1
        elif c == "," and depth == 0:
            parts.append(text[start:i].strip())
            start = i + 1
    last = text[start:].strip()
    return [*parts, last] if parts or last else []


def parse_signature(text: str) -> Signature:
    """The signature spelled by `text`: ``(name: type, type, ...) -> type`` or ``-> (type, ...)``. Raises BadType."""
    head, arrow, tail = text.rpartition("->")
    # An arrow cannot stand inside a type, so the last one is the one.
    head, tail = head.strip(), tail.strip()
    if not arrow or not head.startswith("(") or not head.endswith(")"):
        raise BadType("a signature has the form (name: type, ...) -> type")
    params = []
    for part in split(head[1:-1]):
        name, colon, type_text = part.partition(":")
        if not colon or not name.strip().isidentifier():
            # Without a name: what stands before the colon, if there is one, is the beginning of a record.
            name, type_text = "", part
        params.append(Param(name.strip(), parse_type(type_text)))
    names = [p.name for p in params if p.name]
    if len(set(names)) != len(names):
        raise BadType("two parameters have one name")
    results = split(tail[1:-1]) if tail.startswith("(") and tail.endswith(")") else [tail]
    return Signature(tuple(params), tuple(parse_type(r) for r in results))


def signature_of(function: Callable[..., Any]) -> Signature:
    """The signature that a Python function's annotations declare. Raises BadType, naming the parameter."""
    import inspect
    import typing

    if not inspect.isfunction(function):
        raise BadType(f"a {type(function).__name__} is not a plain function")
    code_flags = function.__code__.co_flags
    if code_flags & (inspect.CO_COROUTINE | inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR):
        raise BadType("a coroutine or generator function is not a plain function")
    try:
        hints = typing.get_type_hints(function)
    except Exception as e:
        # Annotations are code of the pack: they may raise anything.
        if passes(e):
            raise
        raise BadType(f"the annotations cannot be read: {type(e).__name__}") from e
    params = []
    for name, p in inspect.signature(function).parameters.items():
        if p.kind not in (p.POSITIONAL_OR_KEYWORD, p.POSITIONAL_ONLY):
            raise BadType(f"the parameter {name} is {p.kind.description}; only positional ones can be passed")
        if p.default is not p.empty:
            raise BadType(f"the parameter {name} has a default value; every argument is always passed")
        if name not in hints:
            raise BadType(f"the parameter {name} has no annotation")
        params.append(Param(name, annotated(hints[name], name)))
    if "return" not in hints:
        raise BadType("the result has no annotation")
    result = hints["return"]
    if typing.get_origin(result) is tuple:
        results = tuple(annotated(r, "result") for r in typing.get_args(result))
    else:
        results = (annotated(result, "result"),)
    return Signature(tuple(params), results)


def annotated(annotation: Any, where: str) -> Type:
    """The type of one Python annotation, as an object. Raises BadType."""
    import types
    import typing

    if annotation is None:
        return NONE
    if isinstance(annotation, typing.TypeVar):
        name = annotation.__name__
        if not (len(name) >= 1 and name[0].isupper() and (len(name) == 1 or name[1:].isdigit())):
            raise BadType(f"{where}: a type variable is named by one capital letter, not {name}")
        return variable(name)
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is list and len(args) == 1:
        return list_of(annotated(args[0], where))
    if origin is dict and len(args) == 2 and args[0] is str:
        return map_of(annotated(args[1], where))
    if origin in (typing.Union, types.UnionType) and len(args) == 2 and type(None) in args:
        return option_of(annotated(args[0] if args[1] is type(None) else args[1], where))
    name = "Any" if annotation is Any else getattr(annotation, "__name__", "")
    if name in ANNOTATIONS and getattr(annotation, "__module__", "") in ("builtins", "typing", "uuid"):
        return ANNOTATIONS[name]
    raise BadType(f"{where}: {annotation!r} has no type here; use int, float, bool, str, bytes, UUID, list, dict, Any")
