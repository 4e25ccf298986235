"""What `@intrinsic` declared, as plain data on the function itself: the decorator writes it, whoever offers functions reads it.

It is here, below everything else, because a host's own functions are offered without any knowledge of packs, and a pack's
module must be quick to import.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final, NamedTuple

ATTRIBUTE: Final = "__vcvm_intrinsic__"
"""The attribute of a declared function that has its `Declaration`."""


class Declaration(NamedTuple):
    """What the decorator was told; see `vcvm_core.plugin.intrinsic`."""

    uuid: str
    cost: str | int
    size: str | int | None
    effects: tuple[str, ...]
    deterministic: bool
    since: str | None
    deprecated: str | None
    supersedes: str | None
    relation: str | None
    name: str | None


def declaration_of(function: Any) -> Declaration | None:
    """What a function was declared with, None if it was not.

    Whoever calls a declared function has its effects: so a wrapper (`functools.wraps`), a partial function, a method and an
    object whose `__call__` is declared have the declaration of what they call, unless they are declared themselves.
    """
    seen: set[int] = set()
    while function is not None and id(function) not in seen:
        seen.add(id(function))
        for each in (function, getattr(type(function), "__call__", None)):  # noqa: B004 - not whether, what
            found = getattr(each, ATTRIBUTE, None)
            if type(found) is Declaration:
                return found
        function = function.func if isinstance(function, partial) else getattr(function, "__wrapped__", None)
    return None
