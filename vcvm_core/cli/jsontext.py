"""JSON: read strictly into values of the machine, written so that it is safe to show.

Takes bytes; gives none, bool, int, float, str, list and dict, or a ValueRefused with line and column. Refuses what Python's
own reader lets pass: NaN and Infinity, one key twice, integers beyond 64 bits, floats beyond their range, halves of
surrogate pairs, byte order marks, values nested deeper than the limit. What JSON cannot say is written so:

    bytes        {"$bytes": "base64"}
    uuid         its text
    nan, inf     the strings "NaN", "Infinity", "-Infinity"
    anything     that is no value, which only undeclared keys of records can hold: what it is, such as "<a Python set>"

On the way in the first two are understood where a function declares the type bytes or uuid, and nowhere else.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from collections.abc import Callable
from math import isfinite
from typing import Any, Final, NoReturn
from uuid import UUID

from vcvm_core.errors import Place, VcvmError, error
from vcvm_core.limits import Limits
from vcvm_core.values import INT_MAX, INT_MIN, Type, describe

BYTES: Final = "$bytes"
_DIGITS: Final = 20
"""The most characters of an integer of 64 bits."""

_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")
_NESTING: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[\]{}]', re.DOTALL)
"""A string, or a bracket outside of strings."""

_UNPRINTABLE: Final = re.compile(r"[^\n -~]")


def parse(data: bytes, limits: Limits, line: int = 1, where: str = "the record") -> Any:
    """The value of one JSON text. line: where it begins. where: what to call it. Raises ValueRefused, with its place."""
    text = decoded(data, line)
    if _deeper(text, limits.value_depth):
        raise error("value-too-deep", Place(line=line), where=where, limit=limits.value_depth)
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as e:
        place = Place(line=line + e.lineno - 1, column=e.colno, text=_line(text, e.pos))
        raise error("bad-json", place, reason=_reason(e)) from None
    except VcvmError as e:
        raise e.placed(Place(line=line)) from None
    if _SURROGATE.search(text) is not None and _half_pair(value):
        raise error("lone-surrogate", Place(line=line), where=where)
    return value


def _deeper(text: str, limit: int) -> bool:
    """Whether brackets are nested deeper than the limit; asked before anything follows them down."""
    if text.count("[") + text.count("{") <= limit:
        return False
    depth = 0
    for match in _NESTING.finditer(text):
        mark = match[0]
        if mark in ("[", "{"):
            depth += 1
            if depth > limit:
                return True
        elif mark in ("]", "}"):
            depth -= 1
    return False


def decoded(data: bytes, line: int = 1) -> str:
    """UTF-8 as text. Raises ValueRefused (bad-text), also for a byte order mark (bad-json)."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as e:
        start = data.rfind(b"\n", 0, e.start) + 1
        place = Place(line=line + data.count(b"\n", 0, e.start), column=e.start - start + 1)
        raise error("bad-text", place, reason=f"the byte 0x{data[e.start]:02x} is out of place") from None
    if text.startswith("\ufeff"):
        reason = "it begins with a byte order mark; save it as UTF-8 without one"
        raise error("bad-json", Place(line=line, column=1), reason=reason)
    return text


def _reason(e: json.JSONDecodeError) -> str:
    if not e.doc.strip():
        return "there is nothing"
    return e.msg[:1].lower() + e.msg[1:]


def _line(text: str, position: int) -> str:
    """The line around a position, if it is short enough to be shown."""
    start, end = text.rfind("\n", 0, position) + 1, text.find("\n", position)
    return text[start : len(text) if end < 0 else end]


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise error("duplicate-json-key", name=name)
            seen.add(name)
    return found


def _int(text: str) -> int:
    # Python refuses to read very long ones, and needs quadratic time for long ones.
    value = int(text) if len(text) <= _DIGITS else INT_MAX + 1
    if not INT_MIN <= value <= INT_MAX:
        raise error("int-range", where=f"{text[:_DIGITS]}{'...' if len(text) > _DIGITS else ''}")
    return value


def _float(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise error("bad-json", reason=f"{text[:_DIGITS]} is beyond the range of floats")
    return value


def _constant(text: str) -> NoReturn:
    raise error("bad-json", reason=f"{text} is no JSON number")


_DECODER: Final = json.JSONDecoder(
    parse_int=_int, parse_float=_float, parse_constant=_constant, object_pairs_hook=_object
)


def _half_pair(value: Any) -> bool:
    """Whether a text in `value` holds half of a surrogate pair."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if type(each) is str:
            try:
                each.encode("utf-8")
            except UnicodeEncodeError:
                return True
        elif type(each) is list:
            waiting.extend(each)
        elif type(each) is dict:
            waiting.extend(each)
            waiting.extend(each.values())
    return False


Fit = Callable[[Any], Any]


def fit(t: Type) -> Fit | None:
    """The function that turns what JSON says into a value of type `t`; None if they are the same.

    The function raises ValueRefused for what should be bytes or a UUID and is none; all else is judged where it is used.
    """
    if t.kind == "uuid":
        return _uuid
    if t.kind == "bytes":
        return _bytes
    if t.kind == "record":
        fields = {name: inner for name, of in t.fields.items() if (inner := fit(of)) is not None}
        return (lambda v: _fields(v, fields)) if fields else None
    of = fit(t.of) if t.kind in ("option", "list", "map") else None
    if of is None:
        return None
    inner = of
    if t.kind == "option":
        return lambda v: None if v is None else inner(v)
    if t.kind == "list":
        return lambda v: [inner(x) for x in v] if type(v) is list else v
    return lambda v: {k: inner(x) for k, x in v.items()} if type(v) is dict else v


def _fields(value: Any, fields: dict[str, Fit]) -> Any:
    if type(value) is not dict:
        return value
    return {k: fields[k](v) if k in fields else v for k, v in value.items()}


def _uuid(value: Any) -> UUID:
    try:
        return UUID(value)
    except (ValueError, AttributeError, TypeError):
        found = "another text" if type(value) is str else describe(value)
        raise error("wrong-type", where="a uuid", expected="its text, in quotes", found=found) from None


def _bytes(value: Any) -> bytes:
    try:
        if set(value) == {BYTES}:
            return b64decode(value[BYTES], validate=True)
    except (TypeError, ValueError, BadBase64):
        pass
    raise error("wrong-type", where="a bytes value", expected=f'{{"{BYTES}": "base64"}}', found=describe(value))


def to_json(value: Any) -> Any:
    """A value of the machine as what `json` can write; the head of this file says how."""
    kind = type(value)
    if kind is dict:
        return {k if type(k) is str else _unknown(k): to_json(v) for k, v in value.items()}
    if kind is list or kind is tuple:
        return [to_json(v) for v in value]
    if kind is bytes:
        return {BYTES: b64encode(value).decode("ascii")}
    if kind is UUID:
        return str(value)
    if kind is float and not isfinite(value):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    if kind is int:
        return value if INT_MIN <= value <= INT_MAX else "<an integer outside the 64-bit range>"
    return value if kind in _PLAIN else _unknown(value)


_PLAIN: Final = frozenset((str, bool, float, type(None)))


def _unknown(value: Any) -> str:
    """What stands for an object that is no value of the machine: a host's, under a key that no record type declares. Its own
    text is not asked for: it could have anything in it, such as an address."""
    return f"<{describe(value)}>"


def dumps(data: Any, indent: int | None = None, ascii_only: bool = False) -> str:
    """JSON text of JSON-ready data; what a terminal would not show, or obey, is escaped, and letters are not, unless
    `ascii_only`."""
    text = json.dumps(data, ensure_ascii=ascii_only, indent=indent)
    return text if text.isascii() and text.isprintable() else _UNPRINTABLE.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    c = match[0]
    return c if c.isprintable() else json.dumps(c)[1:-1]
