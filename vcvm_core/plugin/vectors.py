"""Example vectors: what an intrinsic gives, or raises, for arguments that its author wrote down; frozen with the UUID.

Takes values of the machine; gives plain data for a manifest, and back:

    vector = {"args": [value ...], "result": value}              several results are a list under "results" instead
           | {"args": [value ...], "raises": type name, "message": text}
    value  = none | bool | int | float | string | bytes | [value ...] | {key: value ...} | {"$uuid": 16 bytes}
           | {"$map": [key, value ...]}

Maps of the machine keep the order of their keys, those of a manifest are sorted: a map whose keys stand in another order is
a list of keys and values under "$map". A map of one entry whose key begins with "$" is written with one more "$" there, so
that it cannot be taken for a UUID or such a list.
The digest of a list of vectors is a chain: each link is the SHA-256 of the link before it (32 zero bytes at the start)
and the packed vector. Vectors that a later release adds at the end extend the chain; a changed one breaks it.
Refuses values that are not of the intrinsic's signature.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from vcvm_core.plugin.packing import NAMES, VALUE_DEPTH, packed
from vcvm_core.values import Mismatch, Signature, Type, check

MARK: Final = "$"
UUID_KEY: Final = "$uuid"
MAP_KEY: Final = "$map"
START: Final = bytes(32)
_RETURNS: Final = ({"args", "result"}, {"args", "results"})
_RAISES: Final = {"args", "raises", "message"}


class BadVector(ValueError):
    """The vector is not one, or not of the signature; the message says why."""


@dataclass(frozen=True, slots=True)
class Vector:
    """One frozen example: the arguments, and either the result or what is raised.

    result: a value, or a tuple of values for several results; None if something is raised. raises: the name of the
    exception's class as Python prints it in a traceback, None if nothing is raised. message: its text.
    """

    args: tuple[Any, ...]
    result: Any = None
    raises: str | None = None
    message: str = ""


def vector_to_data(vector: Vector) -> dict[str, Any]:
    """The vector as plain data."""
    args = [value_to_data(a) for a in vector.args]
    if vector.raises is not None:
        return {"args": args, "raises": vector.raises, "message": vector.message}
    if type(vector.result) is tuple:
        return {"args": args, "results": [value_to_data(r) for r in vector.result]}
    return {"args": args, "result": value_to_data(vector.result)}


def vector_from_data(data: Any, signature: Signature) -> Vector:
    """The vector that `data` spells, for an intrinsic of this signature. Raises BadVector."""
    if type(data) is not dict or type(data.get("args")) is not list:
        raise BadVector("an example is a map with a list of arguments")
    args = tuple(_value(a, 0) for a in data["args"])
    if set(data) == _RAISES:
        if type(data["raises"]) is not str or type(data["message"]) is not str:
            raise BadVector("the name and the message of an exception are texts")
        vector = Vector(args, None, data["raises"], data["message"])
    elif set(data) in _RETURNS:
        if "result" in data:
            vector = Vector(args, _value(data["result"], 0))
        elif type(data["results"]) is list:
            vector = Vector(args, tuple(_value(r, 0) for r in data["results"]))
        else:
            raise BadVector("several results are a list")
    else:
        raise BadVector("an example has args and one of: result, results, raises with message")
    conform(vector, signature)
    return vector


def conform(vector: Vector, signature: Signature) -> None:
    """Raises BadVector if arguments or results are not of this signature."""
    if len(vector.args) != len(signature.params):
        raise BadVector(f"{len(vector.args)} arguments in an example, the function takes {len(signature.params)}")
    for value, param in zip(vector.args, signature.params, strict=True):
        _conform(value, param.type, f"the argument {param.name}")
    if vector.raises is not None:
        return
    results = vector.result if type(vector.result) is tuple else (vector.result,)
    if len(results) != len(signature.results) or (type(vector.result) is tuple) != (len(signature.results) != 1):
        raise BadVector(f"{len(results)} results in an example, the function gives {len(signature.results)}")
    for value, t in zip(results, signature.results, strict=True):
        _conform(value, t, "the result")


def digest(vectors: Iterable[dict[str, Any]], after: bytes = START) -> bytes:
    """The last link of the chain over these vectors, 32 bytes; each is plain data, as `vector_to_data` gives it.

    after: the link that they extend.
    """
    # Here, not above: whoever only lists packs needs no hash, and the import is dear.
    from hashlib import sha256

    for vector in vectors:
        after = sha256(after + packed(vector)).digest()
    return after


def value_to_data(value: Any) -> Any:
    """A value of the machine as plain data."""
    kind = type(value)
    if kind is list:
        return [value_to_data(v) for v in value]
    if kind is dict:
        keys = list(value)
        if keys != sorted(keys):
            return {MAP_KEY: [part for k, v in value.items() for part in (k, value_to_data(v))]}
        mark = MARK if len(value) == 1 else ""
        return {(mark + k if k.startswith(MARK) else k): value_to_data(v) for k, v in value.items()}
    if kind in NAMES:
        return value
    # Anything else that a vector can hold is a uuid.UUID.
    return {UUID_KEY: value.bytes}


def _value(data: Any, depth: int) -> Any:
    kind = type(data)
    if depth > VALUE_DEPTH:
        raise BadVector(f"a value is nested deeper than {VALUE_DEPTH}")
    if kind is list:
        return [_value(v, depth + 1) for v in data]
    if kind is not dict:
        return data
    if len(data) != 1:
        return {k: _value(v, depth + 1) for k, v in data.items()}
    ((key, inner),) = data.items()
    if key == UUID_KEY:
        if type(inner) is not bytes or len(inner) != 16:
            raise BadVector("a UUID in an example has 16 bytes")
        from uuid import UUID

        return UUID(bytes=inner)
    if key == MAP_KEY:
        return _unsorted(inner, depth)
    if key.startswith(MARK):
        if not key.startswith(2 * MARK):
            raise BadVector(f"{key} stands for no kind of value")
        key = key[1:]
    return {key: _value(inner, depth + 1)}


def _unsorted(parts: Any, depth: int) -> dict[str, Any]:
    """The map that a list of keys and values spells."""
    keys = parts[::2] if type(parts) is list else []
    if not keys or len(parts) % 2 or any(type(key) is not str for key in keys):
        raise BadVector("a map whose keys are not sorted is a list of keys and values, by turns")
    if len(set(keys)) != len(keys):
        raise BadVector("a map in an example has a key twice")
    if keys == sorted(keys):
        raise BadVector("a map whose keys are sorted is written as a map")
    return {key: _value(value, depth + 1) for key, value in zip(keys, parts[1::2], strict=True)}


def _conform(value: Any, t: Type, where: str) -> None:
    try:
        check(t)(value)
    except Mismatch as e:
        raise BadVector(f"{where} of an example must be {e.expected}, found {e.found}") from e
    if t.kind == "option" and value is not None:
        _conform(value, t.of, where)
    elif t.kind == "list":
        for v in value:
            _conform(v, t.of, f"an element of {where}")
    elif t.kind == "map":
        for v in value.values():
            _conform(v, t.of, f"an entry of {where}")
