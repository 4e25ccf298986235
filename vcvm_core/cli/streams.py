"""Standard output, which belongs to the command alone: whatever packs print while it runs goes to standard error.

A command is told to write JSON, a program or a result to standard output, and nothing else may be in it. Packs print when
they are imported, when they are called, from threads and when Python ends; so the command has a stream of its own, and
`sys.stdout` leads to standard error for as long as it runs.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from typing import IO, Final

_own: list[IO[str] | None] = []


def standard_output() -> IO[str] | None:
    """The stream that the command writes to; None if the process has none."""
    return _own[-1] if _own else sys.stdout


def flush() -> None:
    """Write what is waiting to be written to standard output. Raises OSError."""
    stream = standard_output()
    if stream is not None:
        stream.flush()


def is_unicode(stream: IO[str] | None) -> bool:
    """Whether a stream can hold every character, as UTF-8."""
    return (getattr(stream, "encoding", None) or "").replace("-", "").replace("_", "").lower() in ("utf8", "utf8sig")


def swap(stream: IO[str] | None) -> IO[str] | None:
    """Write to another stream from now on. Returns the one before."""
    if not _own:
        return stream
    before, _own[-1] = _own[-1], stream
    return before


def abandon() -> None:
    """Lead what is still to be written nowhere: whoever read it has gone, or there is no room."""
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, standard_output().fileno())  # type: ignore[union-attr]
        os.close(nowhere)


@contextmanager
def owned(for_good: bool) -> Iterator[None]:
    """Standard output is the command's while this is open.

    for_good: the process ends after it, so what packs print at its end goes to standard error, too.
    """
    outer = sys.stdout
    own = _taken(outer)
    _own.append(own)
    # Packs may write to it without asking whether it is there.
    sys.stdout = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - as long as the process
    try:
        yield
    finally:
        _own.pop()
        if own is not outer and own is not None:
            _returned(outer, own, for_good)
        if not (for_good and own is not outer):
            sys.stdout = outer


_ENCODED: Final = "backslashreplace"
"""Where the encoding knows few characters, a strange one in a name is no reason to stop."""


def _taken(outer: IO[str] | None) -> IO[str] | None:
    """The stream for the command. If standard output is the process's own, file descriptor 1 leads to standard error from
    now on: some packs start processes, and some write to it without asking Python."""
    if not isinstance(outer, TextIOWrapper):
        return outer
    try:
        is_process = outer is sys.__stdout__ and outer.fileno() == 1
        if is_process:
            outer.flush()
            handle = _copy(1)
    except (OSError, ValueError):
        return outer
    if not is_process:
        outer.reconfigure(errors=_ENCODED)
        return outer
    own = TextIOWrapper(
        # Where Python is told to keep nothing back, neither layer does.
        open(handle, "wb", 0 if outer.write_through else -1),  # noqa: SIM115 - closed when it is returned
        outer.encoding,
        _ENCODED,
        newline=None if os.name == "nt" else "\n",
        line_buffering=outer.line_buffering,
        write_through=outer.write_through,
    )
    _lead_to_errors()
    return own


def _copy(handle: int) -> int:
    """A second file descriptor for an open file, none of the three that everybody knows, although these may be closed."""
    known = []
    copy = os.dup(handle)
    while copy < 3:
        known.append(copy)
        copy = os.dup(handle)
    for each in known:
        os.close(each)
    return copy


def _lead_to_errors() -> None:
    """Make file descriptor 1 another name of standard error, or of nothing if there is none."""
    try:
        os.dup2(2, 1)
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.close(nowhere)


def _returned(outer: IO[str], own: IO[str], for_good: bool) -> None:
    """Give file descriptor 1 back to the process. What packs wrote to Python's first standard output goes before that."""
    with suppress(OSError, ValueError):
        outer.flush()
    with suppress(OSError, ValueError):
        own.flush()
    if not for_good:
        with suppress(OSError, ValueError):
            os.dup2(own.fileno(), 1)
    with suppress(OSError, ValueError):
        own.close()
