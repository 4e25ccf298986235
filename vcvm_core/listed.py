"""Names that a caller gives as a list: of packs, effects, files, folders.

A text is an iterable of its letters in Python, so ``block="vcvm-text"`` would block nine packs that nobody has, and not the
one that was meant. Here a text is one name.
"""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike, fspath
from typing import Any

from vcvm_core.errors import class_name, error


def listed(given: str | PathLike[str] | Iterable[str | PathLike[str]], where: str) -> tuple[str, ...]:
    """The names that were given: one as a text or a path, or several in an iterable.

    where: what they are called, for the error. Raises ValueRefused (wrong-type) for what is neither.
    """
    return tuple(_name(each, where) for each in several(given, where, str, PathLike))


def several(given: Any, where: str, *single: type) -> tuple[Any, ...]:
    """The things that were given: one of a class of `single`, or an iterable of things. Raises ValueRefused (wrong-type)."""
    if isinstance(given, single):
        return (given,)
    try:
        return tuple(given)
    except TypeError:
        raise error("wrong-type", where=where, expected="a list", found=f"a {class_name(given)}") from None


def _name(given: Any, where: str) -> str:
    if isinstance(given, PathLike):
        given = fspath(given)
    if not isinstance(given, str):
        raise error("wrong-type", where=where, expected="a list of names", found=f"a {class_name(given)} in it")
    return given


def nearest(name: str, known: Iterable[str]) -> str:
    """A question that names what is closest to `name`, or nothing."""
    from difflib import get_close_matches

    found = get_close_matches(name, sorted(known), 2)
    return f"did you mean {' or '.join(found)}?" if found else ""
