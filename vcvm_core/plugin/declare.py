"""The decorator that makes a Python function an intrinsic.

Takes the UUID and what cannot be read from the function itself; gives the function back, unchanged but for one
attribute that holds its `Declaration`. Refuses nothing here: a pack's module must import quickly and cannot be tested
by importing it. Signatures, costs and vectors are checked when the manifest is made, and again when the function is
bound.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from vcvm_core.declared import ATTRIBUTE as ATTRIBUTE
from vcvm_core.declared import Declaration as Declaration

F = TypeVar("F", bound=Callable[..., Any])


def intrinsic(
    uuid: str,
    *,
    cost: str | int = 1,
    size: str | int | None = None,
    effects: str | Sequence[str] = (),
    deterministic: bool = True,
    since: str | None = None,
    deprecated: str | None = None,
    supersedes: str | None = None,
    relation: str | None = None,
    name: str | None = None,
) -> Callable[[F], F]:
    """Declare a function to be the intrinsic `uuid`. Every argument is a literal: manifests are made without importing.

    uuid: identity; one signature and one meaning for ever. Mint a new one, do not type it.
    cost: units of fuel, a number or a formula over the parameters, such as ``"1 + len(text) // 16"``.
    size: the most that the result can hold: characters of a string, bytes, entries of a list or map, as a number or
        formula. Required if the result is one of these; the machine refuses the call if it exceeds its limit.
    effects: what the function does besides computing: "clock", "random", "net", "files" ...; empty means pure, and a text
        is one effect.
    deterministic: whether equal arguments give equal results.
    since: the version of the pack that first had it. deprecated: why it should not be used any more.
    supersedes: the UUID of the older meaning that this one replaces, and relation: "same", "wider" or "fix".
    name: its name for programs, if it is not the function's.
    """

    named = (effects,) if isinstance(effects, str) else tuple(effects)
    declared = Declaration(uuid, cost, size, named, deterministic, since, deprecated, supersedes, relation, name)

    def declare(function: F) -> F:
        setattr(function, ATTRIBUTE, declared)
        return function

    return declare
