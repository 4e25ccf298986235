"""What every command may need, and what has to be cheap to import: errors about words, settings, and the installed packs.

Takes words of the user; gives errors that name what is closest, what the operator has set, and the registry, in which
packs are blocked before anything of them is loaded.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from vcvm_core.errors import VcvmError, clean, error
from vcvm_core.listed import nearest as nearest

if TYPE_CHECKING:
    from vcvm_core.plugin import Index, Registry, Settings

INDEX: Final = "VCVM_INDEX"
"""The variable that names provider indexes."""

_noted: set[str] = set()
"""What was remarked already: a command may ask for the packs more than once."""


def usage_error(problem: str, cure: str) -> VcvmError:
    """The error for words that make no command."""
    return error("bad-usage", problem=problem, cure=cure)


def settings(block: Sequence[str] = (), allow: Sequence[str] = ()) -> Settings:
    """What the flags, the environment, the user's file and the project's file set. Raises FileError for what is wrong."""
    from vcvm_core.plugin import read_settings

    return read_settings(block, allow)


def host(block: Sequence[str] = (), headers: Sequence[str] = (), index: Sequence[str | Index] = ()) -> Registry:
    """The installed packs, without those that are blocked. block: names that --no-pack gave. headers, index: files that
    --header gave, and indexes; those of VCVM_INDEX and of the settings come behind.

    A name in another source that is close to an installed one, and is not installed itself, is remarked on. Raises
    FileError (bad-usage) for an unknown name of --no-pack, and what `settings` raises.
    """
    from vcvm_core.plugin import installed, normalised

    found = settings(block)
    files = (*index, *_indexes([*_variable(), *found.index]))
    registry = installed(block=found.blocked, headers=headers, index=tuple(dict.fromkeys(files)))
    names = {pack.name for pack in registry.packs}
    for name in block:
        if normalised(name) not in names:
            raise usage_error(
                f"--no-pack: no pack called {name} is installed", nearest(name, names) or "see vcvm plugins list"
            )
    for name, source in found.blocked.items():
        close = nearest(name, names) if name not in names else ""
        if close:
            _note(f"{clean(source, 200)} blocks {clean(name)}, which is not installed; {close}")
    return registry


def _variable() -> list[tuple[str, str]]:
    """The indexes that the environment names, and who says so."""
    return [(path, INDEX) for path in os.environ.get(INDEX, "").split(os.pathsep) if path]


def index_files(found: Settings) -> list[str]:
    """The paths of the indexes that nobody named in the command."""
    return [path for path, _ in (*_variable(), *found.index)]


def _indexes(entries: Sequence[tuple[str, str]]) -> Iterator[str]:
    """The indexes of settings that are there: one that was moved away is no reason to stop."""
    for path, source in entries:
        if os.path.exists(path):
            yield path
        else:
            _note(f"{clean(source, 200)} names the index {clean(path, 200)}, which is not there")


def _note(text: str) -> None:
    if text not in _noted:
        from vcvm_core.cli.show import remark

        _noted.add(text)
        remark(f"note: {text}")
