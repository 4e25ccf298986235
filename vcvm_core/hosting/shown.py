"""Values as text for people: JSON, cut to a size, in a time that depends on the size alone.

Takes any Python value; gives text that is safe to print. What JSON cannot say is written as the command line writes it
(bytes as ``{"$bytes": "base64"}``, a UUID as its text); what is no value of the machine is named and not looked into. Text
that was cut ends with three dots.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from vcvm_core.errors import class_name, clean, owner_of, passes
from vcvm_core.values import describe

CUT: Final = "..."


def shown(value: Any, limit: int) -> str:
    """A value as JSON text of at most `limit` characters, and three dots where something is missing."""
    text, waiting = "", [iter((_part(value, limit),))]
    while waiting and len(text) <= limit:
        part = next(waiting[-1], None)
        if part is None:
            waiting.pop()
        elif type(part) is str:
            text += part
        else:
            # What holds itself ends here: every level adds a character.
            waiting.append(part)  # type: ignore[arg-type]
    return clean(text, limit)


def arguments_shown(values: tuple[Any, ...], limit: int) -> str:
    """Arguments as one text, with commas between them."""
    return clean(", ".join(shown(value, limit) for value in values[:limit]), limit)


def text_of(e: BaseException) -> str:
    """What an exception says, whatever it does when it is asked."""
    try:
        return str.__str__(str(e))
    except BaseException as raised:
        if passes(raised, owner_of(type(e))):
            raise
        return f"<{class_name(e)} that cannot be printed>"


Part = str | Iterator[Any]


def _part(value: Any, limit: int) -> Part:
    """A scalar as text, a container as an iterator over the parts of its text."""
    kind = type(value)
    if kind is list or kind is tuple:
        return _items(value, limit)
    if kind is dict:
        return _entries(value, limit)
    if kind is str:
        return _text(value, limit)
    if kind is bytes:
        from base64 import b64encode

        return f'{{"$bytes": "{b64encode(value[:limit]).decode("ascii")}"}}'
    if kind is UUID:
        return f'"{value}"'
    if kind is float and (value != value or value in (float("inf"), float("-inf"))):
        return '"NaN"' if value != value else '"Infinity"' if value > 0 else '"-Infinity"'
    if kind is bool:
        return "true" if value else "false"
    if kind is int:
        return str(value) if -(1 << 70) < value < 1 << 70 else "<an integer outside the 64-bit range>"
    return "null" if value is None else repr(value) if kind is float else f"<{describe(value)}>"


def _text(value: str, limit: int) -> str:
    from json import dumps

    return dumps(value[: limit + 1], ensure_ascii=False)


def _items(value: Any, limit: int) -> Iterator[Part]:
    yield "["
    for i, item in enumerate(value):
        yield f"{', ' if i else ''}"
        yield _part(item, limit)
    yield "]"


def _entries(value: dict[Any, Any], limit: int) -> Iterator[Part]:
    yield "{"
    for i, (key, item) in enumerate(value.items()):
        yield f"{', ' if i else ''}{_text(key, limit) if type(key) is str else f'<{describe(key)}>'}: "
        yield _part(item, limit)
    yield "}"
