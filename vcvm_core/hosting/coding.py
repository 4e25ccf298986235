"""Values of a call as data of JSON, exactly, and arguments as a digest: how a tape knows a call again.

Takes arguments and results, also results that are no values of the machine, since a program meets their errors too; gives
data that JSON can write, and the same values back:

    none, bool, int, float, string, list        as JSON has them
    map                   an object; {"$map": [[key, value] ...]} if a key is no text, or the map could be taken for one below
    bytes, uuid           {"$bytes": base64}, {"$uuid": text}
    nan, inf, -inf        {"$float": "nan" | "inf" | "-inf"}
    several results       {"$tuple": [value ...]}
    a list or map that is an argument, or part of one      {"$argument": [position, key or index ...]}
    what is no value      {"$int": 1 | -1} beyond 64 bits, {"$text": hex of UTF-8 with surrogates}, {"$python": class}

The digest is a SHA-256 over tags, lengths and contents in order, so that 1, 1.0 and true differ. Refuses with `Unkept` what
is nested deeper than `DEPTH` or larger than `NODES` and `CHARS`; also a value that holds itself ends there.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from math import inf, isfinite, nan
from struct import pack
from typing import Any, Final
from uuid import UUID

from vcvm_core.errors import clean
from vcvm_core.values import INT_MAX, INT_MIN

DEPTH: Final = 130
NODES: Final = 200_000
"""The most values in the arguments, and in the results, of a call that is kept."""
CHARS: Final = 4 << 20
"""The most characters and bytes in the texts among them."""
PARTS: Final = 1_000
"""How many lists and maps of the arguments a result is compared with."""
FLOATS: Final = {"nan": nan, "inf": inf, "-inf": -inf}


class Unkept(ValueError):
    """The value cannot be kept; the message says why."""


class Malformed(ValueError):
    """The data spells no value; the message says why."""


def digest(arguments: Sequence[Any]) -> bytes:
    """The SHA-256 of arguments, 32 bytes. Raises Unkept."""
    from hashlib import sha256

    result = sha256()
    waiting: list[Any] = [list(arguments)]
    nodes, chars = 1, 0
    while waiting:
        value = waiting.pop()
        kind = type(value)
        if kind is list or kind is tuple:
            nodes += len(value)
            found = b"[%d" % len(value)
            if nodes <= NODES:
                waiting.extend(reversed(value))
        elif kind is dict:
            nodes += 2 * len(value)
            found = b"{%d" % len(value)
            if nodes <= NODES:
                waiting.extend(x for pair in reversed(value.items()) for x in reversed(pair))
        elif kind is str or kind is bytes:
            chars += len(value)
            text = value if kind is bytes else value.encode("utf-8", "surrogatepass") if chars <= CHARS else b""
            found = (b"b" if kind is bytes else b"s") + b"%d:" % len(text) + text
        elif kind is int:
            found = b"i" + (str(value) if value.bit_length() < 256 else "large").encode()
        elif kind is float:
            found = b"f" + pack(">d", nan if value != value else value)
        elif kind is UUID:
            found = b"u" + value.bytes
        else:
            found = b"?" + (str(value) if value is None or kind is bool else clean(kind.__name__)).encode()
        if nodes > NODES or chars > CHARS:
            raise Unkept("its arguments are too large")
        result.update(found + b";")
    return result.digest()


class Encoder:
    """Turns the results of one call into data. arguments: of the call, in which results may lie."""

    def __init__(self, arguments: Sequence[Any]) -> None:
        self.arguments = arguments
        self.nodes = self.chars = 0
        self._paths: dict[int, list[int | str]] | None = None

    def encode(self, value: Any, depth: int = 0) -> Any:
        """A value as data. Raises Unkept."""
        self.nodes += 1
        if self.nodes > NODES:
            raise Unkept("its result is too large")
        if depth > DEPTH:
            raise Unkept("its result is nested too deep")
        kind = type(value)
        if value is None or kind is bool:
            return value
        if kind is int:
            return value if INT_MIN <= value <= INT_MAX else {"$int": 1 if value > 0 else -1}
        if kind is float:
            return value if isfinite(value) else {"$float": str(value)}
        if kind is str or kind is bytes:
            self._count(len(value))
            return value if kind is str and _whole(value) else _text(value)
        if kind is UUID:
            return {"$uuid": str(value)}
        if kind is tuple:
            return {"$tuple": [self.encode(v, depth + 1) for v in value]}
        if kind is not list and kind is not dict:
            return {"$python": clean(kind.__name__)}
        path = self.paths.get(id(value))
        if path is not None:
            return {"$argument": path}
        if kind is list:
            return [self.encode(v, depth + 1) for v in value]
        if all(type(k) is str and _whole(k) for k in value) and not (len(value) == 1 and next(iter(value))[:1] == "$"):
            self._count(sum(map(len, value)))
            return {k: self.encode(v, depth + 1) for k, v in value.items()}
        return {"$map": [[self.encode(k, depth + 1), self.encode(v, depth + 1)] for k, v in value.items()]}

    def _count(self, chars: int) -> None:
        self.chars += chars
        if self.chars > CHARS:
            raise Unkept("its result is too large")

    @property
    def paths(self) -> dict[int, list[int | str]]:
        """Where the lists and maps of the arguments are, by their identity. They live as long as the call."""
        if self._paths is None:
            self._paths = {}
            waiting: list[tuple[Any, list[int | str]]] = [(v, [i]) for i, v in enumerate(self.arguments)]
            for value, path in waiting:
                kind = type(value)
                if (kind is list or kind is dict) and id(value) not in self._paths and len(self._paths) < PARTS:
                    self._paths[id(value)] = path
                    items = enumerate(value) if kind is list else value.items()
                    room = PARTS - len(self._paths)
                    inner = [(v, [*path, k]) for (k, v), _ in zip(items, range(room), strict=False)]
                    waiting += [(v, p) for v, p in inner if type(v) in (list, dict) and type(p[-1]) in (int, str)]
        return self._paths


def _whole(text: str) -> bool:
    """Whether a text has no half of a surrogate pair."""
    if text.isascii():
        return True
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _text(value: str | bytes) -> dict[str, str]:
    if isinstance(value, bytes):
        return {"$bytes": b64encode(value).decode("ascii")}
    return {"$text": value.encode("utf-8", "surrogatepass").hex()}


def decode(data: Any, arguments: Sequence[Any] | None = None, depth: int = 0) -> Any:
    """The value that data spells: a new one, but for what lies in the arguments. Raises Malformed.

    arguments: of the call that is answered; None to see whether the data is well formed.
    """
    kind = type(data)
    if depth > DEPTH + 5:
        raise Malformed("a value is nested too deep")
    if kind is list:
        return [decode(v, arguments, depth + 1) for v in data]
    if kind is not dict:
        return data
    if len(data) != 1:
        return {k: decode(v, arguments, depth + 1) for k, v in data.items()}
    ((mark, inner),) = data.items()
    if mark[:1] != "$":
        return {mark: decode(inner, arguments, depth + 1)}
    try:
        return _marked(mark, inner, arguments, depth + 1)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as e:
        if isinstance(e, Malformed):
            raise
        raise Malformed(f"{clean(mark, 20)} does not stand for a value") from e


def _marked(mark: str, inner: Any, arguments: Sequence[Any] | None, depth: int) -> Any:
    """The value that an object with one marked key stands for."""
    if mark == "$argument":
        return _argument(inner, arguments)
    if mark == "$tuple" and type(inner) is list:
        return tuple(decode(v, arguments, depth) for v in inner)
    if mark == "$map":
        return {decode(k, arguments, depth): decode(v, arguments, depth) for k, v in inner}
    if mark == "$int" and type(inner) is int:
        return INT_MAX + 1 if inner > 0 else INT_MIN - 1
    if type(inner) is not str:
        raise Malformed(f"{clean(mark, 20)} stands before a text")
    if mark == "$bytes":
        return b64decode(inner, validate=True)
    if mark == "$uuid":
        return UUID(inner)
    if mark == "$float":
        return FLOATS[inner]
    if mark == "$text":
        return bytes.fromhex(inner).decode("utf-8", "surrogatepass")
    if mark == "$python":
        return named(inner)()
    raise Malformed(f"{clean(mark, 20)} stands for no kind of value")


def _argument(path: Any, arguments: Sequence[Any] | None) -> Any:
    if type(path) is not list or not path or any(type(p) not in (int, str) for p in path) or len(path) > DEPTH:
        raise Malformed("$argument stands before a list of positions and keys")
    if arguments is None:
        return None
    value: Any = arguments
    for part in path:
        value = value[part]
    return value


def named(name: str, base: type = object) -> type:
    """A class of this name, which may come from anyone. Raises Malformed."""
    if not name or len(name) > 200 or "\0" in name or not _whole(name):
        raise Malformed("a class has a name of 1 to 200 characters")
    return type(name, (base,), {})
