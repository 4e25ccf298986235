"""The hooks of vcvm: what a pack's module may implement, as typed functions.

Takes nothing; gives the marker `hookimpl`, which packs put on their implementations, and one specification a hook. A
specification is here only if something calls it. pluggy compares the two when a pack is loaded and refuses a hook that
is not specified, so a misspelt name is an error and not a pack without intrinsics.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import pluggy

PROJECT: Final = "vcvm"

hookspec: Final = pluggy.HookspecMarker(PROJECT)
hookimpl: Final = pluggy.HookimplMarker(PROJECT)
"""Marks a function of a pack's module as the implementation of the hook with its name."""


@hookspec
def vcvm_intrinsics() -> Sequence[Callable[..., Any]]:  # type: ignore[empty-body]
    """The functions of this pack that are declared with `intrinsic`, in any order.

    Called once, when the first intrinsic of the pack is bound. Functions that the pack's manifest does not name are
    ignored: a manifest is what was published.
    """


@hookspec
def vcvm_observer(argument: str) -> Any:
    """An object that observes calls: an `Observer`, or what has some of its methods.

    Called when somebody names this pack as an observer, once each time. argument: what was written behind the pack's name,
    as in ``--observe vcvm-trace=calls.jsonl``, or nothing; an implementation may leave it out. A ValueError says what is
    wrong with it. At most one module of a pack implements this.
    """
