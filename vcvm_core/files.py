"""Files: how vcvm reads one and writes one.

`read_file` reads a regular file up to a limit and never waits. `write_file` writes a file whole or not at all, and does
with an existing one what users of `cp` and of shell redirection expect: the mode stays, a link keeps its target, a file
that the user may not write is refused, pipes and devices are written to.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from os import PathLike, fspath
from typing import IO, BinaryIO, Final

from vcvm_core.errors import FileError, Place, VcvmError, error

Content = bytes | Callable[[IO[bytes]], None]
"""What is written: bytes, or a function that writes them into an open file."""

_KINDS: Final = (
    (stat.S_ISDIR, "folder"),
    (stat.S_ISFIFO, "FIFO"),
    (stat.S_ISSOCK, "socket"),
    (stat.S_ISCHR, "device"),
    (stat.S_ISBLK, "block device"),
)
_READ: Final = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOCTTY", 0)
_WRITE: Final = os.O_WRONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOCTTY", 0)
_CREATE: Final = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_DESCRIPTORS: Final = re.compile(r"/dev/fd/(\d{1,9})|/proc/self/fd/(\d{1,9})|/dev/std(in|out|err)")


def kind_of(mode: int) -> str:
    """What a file of this mode is, in a word; empty for a regular file."""
    return next((what for is_kind, what in _KINDS if is_kind(mode)), "")


def reason_of(e: Exception) -> str:
    """What the system says of an error, without the file's name."""
    return e.strerror if isinstance(e, OSError) and e.strerror else str(e)


# Reading


def open_file(path: str | PathLike[str]) -> BinaryIO:
    """A regular file, opened for reading. Never waits: anything else is not opened.

    Raises FileError (no-such-file, not-a-regular-file, unreadable-file).
    """
    shown = fspath(path)
    try:
        _regular(shown, os.stat(path))
        handle = os.open(path, _READ)
        try:
            # Somebody may have put something else there in the meantime.
            _regular(shown, os.fstat(handle))
            return open(handle, "rb")
        except BaseException:
            os.close(handle)
            raise
    except FileNotFoundError:
        raise error("no-such-file", path=shown) from None
    except (OSError, ValueError) as e:
        raise error("unreadable-file", path=shown, reason=reason_of(e)) from None


def _regular(shown: str, status: os.stat_result) -> None:
    if what := kind_of(status.st_mode):
        raise error("not-a-regular-file", path=shown, what=what)


def open_stream(path: str | PathLike[str]) -> BinaryIO:
    """A file, a pipe or a device, opened for reading. Raises FileError, also for a folder."""
    shown = fspath(path)
    try:
        # A folder cannot be opened either, but says so in other words on each system.
        if stat.S_ISDIR(os.stat(path).st_mode):
            raise error("not-a-regular-file", path=shown, what="folder")
        return open(path, "rb")
    except FileNotFoundError:
        raise error("no-such-file", path=shown) from None
    except (OSError, ValueError) as e:
        raise error("unreadable-file", path=shown, reason=reason_of(e)) from None


def read_start(path: str | PathLike[str], size: int) -> bytes:
    """The first `size` bytes of a regular file, or all of them if it has fewer. Raises FileError."""
    with open_file(path) as file:
        return _read(fspath(path), file, size)


def _read(shown: str, file: BinaryIO, size: int) -> bytes:
    try:
        return file.read(size)
    except OSError as e:
        raise error("unreadable-file", path=shown, reason=reason_of(e)) from None


def read_file(path: str | PathLike[str], limit: int, too_large: str, *, failed: str = "", empty: bool = False) -> bytes:
    """The bytes of a regular file of at most `limit` bytes.

    too_large: the kind of error for a larger file, of which nothing is read. failed: the kind of error to raise instead of
    FileError for a file that cannot be read; it has the facts path and reason. empty: whether a file without bytes is read,
    too. Raises FileError (no-such-file, not-a-regular-file, unreadable-file, empty-file), or these two kinds.
    """
    shown = fspath(path)
    try:
        with open_file(path) as file:
            # A file that grows in the meantime is read up to one byte more than the limit.
            found = os.fstat(file.fileno()).st_size
            data = b"" if found > limit else _read(shown, file, limit + 1)
    except FileError as e:
        if not failed:
            raise
        raise error(failed, Place(file=shown), path=shown, reason=_said(e)) from None
    found = max(found, len(data))
    if found > limit:
        more = {"reason": f"it has more than {limit} bytes"} if failed else {}
        raise error(too_large, Place(file=shown), found=found, limit=limit, path=shown, **more)
    if not data and not empty:
        raise error("empty-file", path=shown)
    return data


def _said(e: VcvmError) -> str:
    """The reason of a FileError, for a sentence that names the file."""
    if e.kind == "no-such-file":
        return "No such file or directory"
    if e.kind == "not-a-regular-file":
        return f"it is a {e.facts['what']}, not a regular file"
    return str(e.facts["reason"])


# Writing


def write_file(path: str | PathLike[str], content: Content) -> None:
    """Write a file whole or not at all. Raises FileError (unwritable-file), and what `content` raises but OSError.

    A regular file is replaced by a new one at the end: it keeps its mode and, if the user may give files away, its owner; a
    symbolic link keeps its target; other hard links keep the old content. A file that the user may not write is refused,
    although replacing it may be possible. A FIFO, a device, and an open file by its number (/dev/fd/N) are written to.
    """
    shown = fspath(path)
    with _unwritable(shown):
        handle = _descriptor(shown)
        status = None if handle is not None else _target(shown)
        if handle is not None:
            _fill(os.dup(handle), content)
        elif status is not None and not stat.S_ISREG(status.st_mode):
            _fill(os.open(path, _WRITE), content)
        else:
            _replace(os.path.realpath(path), status, content)


def check_writable(path: str | PathLike[str]) -> None:
    """Raise FileError (unwritable-file) if it is known before writing that `write_file` would. Changes nothing."""
    shown = fspath(path)
    with _unwritable(shown):
        handle = _descriptor(shown)
        if handle is not None:
            os.fstat(handle)
        elif (status := _target(shown)) is None or stat.S_ISREG(status.st_mode):
            folder = os.path.dirname(os.path.realpath(path))
            if not os.path.isdir(folder):
                raise error("unwritable-file", path=shown, reason="there is no such folder")
            if not os.access(folder, os.W_OK | os.X_OK):
                raise error("unwritable-file", path=shown, reason="its folder is not writable")


@contextmanager
def new_folder(path: str | PathLike[str]) -> Iterator[str]:
    """A new folder, which appears at `path` when it is complete, or not at all.

    Yields the path of a folder to fill. Raises FileError (folder-exists, unwritable-file).
    """
    shown, target = fspath(path), os.path.abspath(path)
    if os.path.lexists(target):
        raise error("folder-exists", path=shown)
    import shutil

    with _unwritable(shown):
        part = _part(target)
        os.mkdir(part)
        try:
            yield part
            os.rename(part, target)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise


@contextmanager
def _unwritable(shown: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as e:
        raise error("unwritable-file", path=shown, reason=reason_of(e)) from None


def _target(shown: str) -> os.stat_result | None:
    """What is at a path, None if nothing is. Raises FileError, OSError for what cannot be written."""
    if not shown:
        raise error("unwritable-file", path="the output", reason="its name is empty")
    try:
        status = os.stat(shown)
    except FileNotFoundError:
        if shown.endswith(os.sep):
            raise error("unwritable-file", path=shown, reason="it is a folder") from None
        return None
    what = kind_of(status.st_mode)
    if what not in ("", "FIFO", "device"):
        raise error("unwritable-file", path=shown, reason=f"it is a {what}")
    if not what:
        # As the shell would: replacing the file needs no right to write it, but asks for the same consent.
        os.close(os.open(shown, _WRITE | getattr(os, "O_NONBLOCK", 0)))
    return status


def _descriptor(shown: str) -> int | None:
    """The number of the open file that a path means; None for every other path.

    To open such a path anew would begin at the start of a file that others are appending to, and replacing it would leave
    them with a file that has no name.
    """
    found = _DESCRIPTORS.fullmatch(os.path.abspath(shown)) if shown and os.name == "posix" else None
    if found is None:
        return None
    return {"in": 0, "out": 1, "err": 2}[found[3]] if found[3] else int(found[1] or found[2])


def _part(target: str) -> str:
    """A name beside `target` that nobody else has: with a number of the process in it, another machine or container could
    have it. It does not depend on the target's name, which may be as long as names can be."""
    return os.path.join(os.path.dirname(target), f".vcvm-{os.urandom(12).hex()}.part")


def _fill(handle: int, content: Content) -> None:
    with open(handle, "wb") as file:
        if callable(content):
            content(file)
        else:
            file.write(content)


def _replace(target: str, status: os.stat_result | None, content: Content) -> None:
    part = _part(target)
    handle: int | None = None
    try:
        # Nobody may read the new content who could not read the old one, also not for a moment.
        handle = os.open(part, _CREATE, 0o666 if status is None else 0o600)
        with open(handle, "w+b") as file:
            if callable(content):
                content(file)
            else:
                file.write(content)
        if status is not None:
            if hasattr(os, "chown"):
                with suppress(OSError):
                    os.chown(part, status.st_uid, status.st_gid)
            os.chmod(part, stat.S_IMODE(status.st_mode) & 0o777)
        os.replace(part, target)
    except BaseException as e:
        # An interrupt may come when the file was made and its handle is not known yet.
        if handle is not None or not isinstance(e, FileExistsError):
            with suppress(OSError):
                os.unlink(part)
        raise
