"""What every command may need, and what has to be cheap to import: errors about words, and the installed packs.

Takes words of the user; gives errors that name what is closest, and the registry.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from vcvm_core.errors import VcvmError, error

if TYPE_CHECKING:
    from vcvm_core.plugin import Registry


def usage_error(problem: str, cure: str) -> VcvmError:
    """The error for words that make no command."""
    return error("bad-usage", problem=problem, cure=cure)


def nearest(name: str, known: Iterable[str]) -> str:
    """A question that names what is closest to `name`, or nothing."""
    from difflib import get_close_matches

    found = get_close_matches(name, sorted(known), 2)
    return f"did you mean {' or '.join(found)}?" if found else ""


def host(block: Sequence[str] = ()) -> Registry:
    """The installed packs. block: names of those that are not to be used. Raises FileError (bad-usage) for an unknown one."""
    from vcvm_core.plugin import installed, normalised

    registry = installed(block=block)
    names = {pack.name for pack in registry.packs}
    for name in block:
        if normalised(name) not in names:
            raise usage_error(
                f"--no-pack: no pack called {name} is installed", nearest(name, names) or "see vcvm plugins list"
            )
    return registry
