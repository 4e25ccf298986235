"""What a command reads and what it writes, by name: no output may be a file that it reads, or another output.

The words of a command say which of its arguments are files (`Words.reads`, `Words.writes`). `Files` compares them before the
command begins, by identity: another spelling, a link, or a redirection is the same file. What the command reads without
being told, settings and indexes, is compared, too.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import IO, Final, NamedTuple

from vcvm_core.cli.streams import standard_output
from vcvm_core.errors import VcvmError, error
from vcvm_core.files import check_writable

STANDARD: Final = "-"
"""The name that means standard input, or standard output."""

SOURCES: Final = (".msgpack", ".py", ".toml", ".vcvm", ".whl")
"""How the files end that are read of a folder: of a project, or of wheels."""

LINKS: Final = 40
"""How many links may lead to each other, as on Linux."""

_STDOUT: Final = re.compile(r"/dev/stdout|(/dev|/proc/self)/fd/1")


class Named(NamedTuple):
    """A file that a command reads or writes. label: how to call it. sure: it is known to be a file, and not some other text.
    late: the command itself compares it, when it knows what is in it."""

    label: str
    path: str
    sure: bool = True
    late: bool = False


class Files:
    """The files of one command."""

    def __init__(self, reads: Iterable[Named], writes: Iterable[Named]) -> None:
        self.reads, self.writes = tuple(reads), tuple(writes)

    def check(self) -> None:
        """Compare all of them. Raises FileError (same-file, unwritable-file)."""
        for written in self.writes:
            self._compare(written, [*(read for read in self.reads if not read.late), *self.writes])

    def check_output(self, path: str, also: Iterable[Named] = ()) -> None:
        """Compare an output that the words did not name, or not yet with everything. also: what else is read. Raises as
        `check` does."""
        known = next((w for w in self.writes if w.path == path), Named("the output", path))
        others = (w for w in self.writes if w.path != path)
        self._compare(known, [*(read for read in self.reads if not read.late), *others, *also])

    def _compare(self, written: Named, others: Iterable[Named]) -> None:
        if written.path == STANDARD or not (written.sure or os.path.exists(written.path)):
            return
        key = _identity(written.path)
        for other in (*others, *_unnamed()) if key is not None else ():
            if other is written:
                continue
            if (_identity(other.path) if other.path != STANDARD else _stream(sys.stdin)) == key:
                raise _same(
                    written, f"{other.label} {other.path}".strip() if other.path != STANDARD else "standard input"
                )
            if _is_read_of(other.path, written.path):
                raise _same(written, f"a file in {other.path}")
        for stream, name in ((standard_output(), "standard output"), (sys.stderr, "standard error")):
            if key is not None and _stream(stream) == key:
                raise _same(written, name)
        if written.sure:
            check_writable(written.path)


NO_FILES: Final = Files((), ())


def _same(written: Named, other: str) -> Exception:
    return error("same-file", output=f"{written.label} {written.path}", other=other)


def _unnamed() -> Iterator[Named]:
    """What a command reads without being told."""
    from vcvm_core.cli.usage import index_files, settings
    from vcvm_core.plugin import settings_files

    for path in settings_files():
        yield Named("the settings", path)
    # Settings that are wrong are an error of the commands that need them.
    with suppress(VcvmError):
        for path in index_files(settings()):
            yield Named("the index", path)


def _identity(path: str) -> object:
    """What is equal for two names of one file, there or not; None for what is no regular file: it has no content to lose."""
    try:
        return _of(os.stat(path))
    except (OSError, ValueError):
        return os.path.realpath(path) if "\0" not in path else None


def _of(status: os.stat_result) -> object:
    return (status.st_dev, status.st_ino) if stat.S_ISREG(status.st_mode) else None


def _stream(stream: IO[str] | None) -> object:
    """The identity of the file that a stream is redirected to; a different object for anything else."""
    try:
        return _of(os.fstat(stream.fileno())) or stream  # type: ignore[union-attr]
    except (OSError, ValueError, AttributeError):
        return stream


def _is_read_of(folder: str, path: str) -> bool:
    """Whether a file is one of those that are read of a folder."""
    if folder == STANDARD or not os.path.isdir(folder) or not os.path.isfile(path):
        return False
    outer, inner = os.path.realpath(folder), os.path.realpath(path)
    inside = inner.startswith(outer.rstrip(os.sep) + os.sep)
    return inside and (inner.endswith(SOURCES) or os.path.dirname(inner).endswith(".dist-info"))


def _is_stdout(path: str) -> bool:
    """Whether a path is a name of file descriptor 1, or leads to one. Where that leads is not asked: not to standard output
    while the command has that for itself."""
    for _ in range(LINKS):
        if _STDOUT.fullmatch(path):
            return True
        if not os.path.islink(path):
            return False
        path = os.path.normpath(os.path.join(os.path.dirname(path), os.readlink(path)))
    return False


def output_name(path: str) -> str:
    """The name of an output: STANDARD for every name of standard output, a device or a pipe that it leads to among them."""
    try:
        if os.name == "posix" and path and _is_stdout(os.path.abspath(path)):
            return STANDARD
        status = os.stat(path)
        handle = standard_output().fileno()  # type: ignore[union-attr]
        if (stat.S_ISFIFO(status.st_mode) or os.isatty(handle)) and os.path.samestat(status, os.fstat(handle)):
            return STANDARD
    except (OSError, ValueError, AttributeError):
        pass
    return path
