"""The one reader and the one writer of files: what they refuse, what they keep, and what they leave behind."""

from __future__ import annotations

import errno
import os
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from vcvm_core import files
from vcvm_core.errors import VcvmError
from vcvm_core.files import check_writable, new_folder, open_file, open_stream, read_file, read_start, write_file

ONLY_POSIX = pytest.mark.skipif(os.name != "posix", reason="files of this kind are POSIX")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The current folder; no temporary file is left in it at the end."""
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    assert [path.name for path in tmp_path.rglob("*.part") if path.name not in others(tmp_path)] == []


def others(folder: Path) -> list[str]:
    """Temporary files of other processes, by the names that they had in earlier versions and may have now."""
    pid = os.getpid()
    return [p.name for p in folder.glob("*.part") if p.name in (f"t.{pid}.part", f".t.{pid}.part", f"made.{pid}.part")]


def refused(what: Callable[[], object], kind: str = "unwritable-file", says: str = "") -> None:
    with pytest.raises(VcvmError) as e:
        what()
    assert e.value.kind == kind
    assert says in str(e.value)


# Writing


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o666, 0o755, 0o777])
@ONLY_POSIX
def test_the_mode_stays(folder: Path, mode: int) -> None:
    """The mode of a file that is overwritten is its owner's decision; a new file has the usual one."""
    Path("t").write_bytes(b"old and longer")
    os.chmod("t", mode)
    write_file("t", b"new")
    assert (Path("t").read_bytes(), stat.S_IMODE(os.stat("t").st_mode)) == (b"new", mode)
    write_file("fresh", b"new")
    Path("usual").write_bytes(b"")
    assert os.stat("fresh").st_mode == os.stat("usual").st_mode


@ONLY_POSIX
def test_no_moment_in_which_others_can_read_it(folder: Path) -> None:
    """The temporary file of a private file is private from its beginning."""
    Path("t").write_bytes(b"")
    os.chmod("t", 0o600)
    modes = []

    def content(file: IO[bytes]) -> None:
        modes.append(stat.S_IMODE(os.fstat(file.fileno()).st_mode))

    write_file("t", content)
    assert modes == [0o600]


@ONLY_POSIX
def test_no_rights_of_a_program_are_kept(folder: Path) -> None:
    """As where a file is written in place: its new content does not run with the rights of another user."""
    Path("t").write_bytes(b"")
    os.chmod("t", 0o4755)
    write_file("t", b"new")
    assert stat.S_IMODE(os.stat("t").st_mode) == 0o755


@pytest.fixture
def obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Modes count, also for a user who may do everything."""
    real = os.open

    def opened(path: Any, flags: int, *rest: Any) -> int:
        writes = flags & (os.O_WRONLY | os.O_RDWR) and not flags & os.O_CREAT
        if writes and os.path.exists(path) and not os.stat(path).st_mode & 0o200:
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return real(path, flags, *rest)

    monkeypatch.setattr(files.os, "open", opened)


@pytest.mark.parametrize("write", [lambda p: write_file(p, b"new"), check_writable])
@ONLY_POSIX
def test_read_only(folder: Path, obeyed: None, write: Callable[[str], None]) -> None:
    """A file that the user may not write is refused, although the folder would allow to replace it; also behind a link."""
    Path("t").write_bytes(b"old")
    os.chmod("t", 0o444)
    Path("link").symlink_to("t")
    for name in ("t", "./t", "link"):
        refused(lambda name=name: write(name), says="Permission denied")  # type: ignore[misc]
    assert (Path("t").read_bytes(), stat.S_IMODE(os.stat("t").st_mode)) == (b"old", 0o444)


@ONLY_POSIX
def test_links(folder: Path) -> None:
    """A symbolic link keeps leading where it leads, through several, and to what is not there yet; a hard link is cut."""
    Path("deep").mkdir()
    Path("deep/target").write_bytes(b"old")
    Path("one").symlink_to("deep/target")
    Path("two").symlink_to("one")
    os.link("deep/target", "hard")
    write_file("two", b"new")
    assert (os.readlink("one"), os.readlink("two")) == ("deep/target", "one")
    assert (Path("deep/target").read_bytes(), Path("hard").read_bytes()) == (b"new", b"old")
    Path("dangling").symlink_to("deep/made")
    write_file("dangling", b"new")
    assert (Path("dangling").is_symlink(), Path("deep/made").read_bytes()) == (True, b"new")
    Path("circle").symlink_to("circle")
    refused(lambda: write_file("circle", b"new"))


@ONLY_POSIX
def test_what_is_no_file(folder: Path) -> None:
    """Devices and pipes are written to, and stay what they are; a folder and a socket are refused."""
    write_file(os.devnull, b"new")
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)
    os.mkfifo("pipe")
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(Path("pipe").read_bytes()))
    reader.start()
    write_file("pipe", b"new")
    reader.join(10)
    assert (got, stat.S_ISFIFO(os.stat("pipe").st_mode)) == ([b"new"], True)
    for name in (".", "nothing/", ""):
        for write in (lambda n: write_file(n, b"new"), check_writable):
            refused(lambda write=write, name=name: write(name))  # type: ignore[misc]
    refused(lambda: write_file("none/t", b"new"))
    refused(lambda: check_writable("none/t"), says="there is no such folder")
    refused(lambda: write_file("\0", b"new"))


@ONLY_POSIX
def test_an_open_file_by_its_number(folder: Path) -> None:
    """It is written to where it is open: at its end, if others append to it; a pipe of the shell works, too."""
    Path("log").write_bytes(b"one\n")
    handle = os.open("log", os.O_WRONLY | os.O_APPEND)
    try:
        for name in (f"/dev/fd/{handle}", f"/proc/self/fd/{handle}", f"/dev/../dev/fd/{handle}"):
            check_writable(name)
            write_file(name, b"two\n")
        os.write(handle, b"three\n")
    finally:
        os.close(handle)
    assert Path("log").read_bytes() == b"one\n" + b"two\n" * 3 + b"three\n"
    refused(lambda: write_file(f"/dev/fd/{handle}", b""), says="Bad file descriptor")
    refused(lambda: check_writable(f"/dev/fd/{handle}"), says="Bad file descriptor")


def test_names_as_long_as_names_can_be(folder: Path) -> None:
    """What is written beside an output on the way does not need a longer name."""
    write_file("n" * 255, b"new")
    assert os.listdir() == ["n" * 255]


@pytest.mark.parametrize("exists", [True, False])
@pytest.mark.parametrize(
    "e", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt(), ValueError("no"), FileExistsError(errno.EEXIST, "there")]
)
@pytest.mark.parametrize("when", ["open", "write", "chmod", "replace"])
def test_failures_leave_everything_as_it_was(
    folder: Path, monkeypatch: pytest.MonkeyPatch, exists: bool, e: BaseException, when: str
) -> None:
    """Whatever fails, whenever: the old content is there, the temporary file is not."""
    if exists:
        Path("t").write_bytes(b"old")

    def fail(*_: object) -> None:
        raise e

    real = os.open

    def opened(path: Any, flags: int, *rest: Any) -> int:
        handle = real(path, flags, *rest)
        if flags & os.O_CREAT and not isinstance(e, FileExistsError):
            os.close(handle)
            raise e
        return handle

    content: files.Content = b"new"
    if when == "write":
        content = fail
    elif when == "open":
        monkeypatch.setattr(files.os, "open", opened)
    elif when == "replace" or exists:
        monkeypatch.setattr(files.os, when, fail)
    else:
        return
    if when == "open" and isinstance(e, FileExistsError):
        return
    with pytest.raises((VcvmError, KeyboardInterrupt)):
        write_file("t", content)
    monkeypatch.undo()
    assert [p.name for p in folder.iterdir()] == (["t"] if exists else [])
    assert not exists or (folder / "t").read_bytes() == b"old"


def test_the_temporary_files_of_others(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another container's process may have this one's number, and a killed one left what it wrote: neither is touched, nor is
    a file that by any chance has the very name."""
    for name in (f"t.{os.getpid()}.part", f".t.{os.getpid()}.part"):
        Path(name).write_bytes(b"of another")
    write_file("t", b"new")
    assert Path("t").read_bytes() == b"new"
    monkeypatch.setattr(files, "_part", lambda target: f"{os.path.dirname(target)}/.t.{os.getpid()}.part")
    refused(lambda: write_file("t", b"newer"), says="File exists")
    assert [Path(name).read_bytes() for name in others(folder)] == [b"of another"] * 2


def test_many_writers(folder: Path) -> None:
    """Writers of one file do not meet: each of them puts its whole content there."""
    contents = [bytes([i]) * 100_000 for i in range(8)]
    threads = [threading.Thread(target=write_file, args=("t", content)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Path("t").read_bytes() in contents


# Folders


def test_a_new_folder(folder: Path) -> None:
    """It appears when it is complete, or not at all; another process's is left alone."""
    other = Path(f"made.{os.getpid()}.part")
    other.mkdir()
    with new_folder("made") as part:
        assert not Path("made").exists()
        write_file(os.path.join(part, "t"), b"new")
    assert Path("made/t").read_bytes() == b"new"
    refused(new_folder("made").__enter__, "folder-exists")
    with pytest.raises(KeyboardInterrupt), new_folder("again") as part:
        raise KeyboardInterrupt
    with pytest.raises(VcvmError, match="cannot be written: full"), new_folder("again"):
        raise OSError(errno.ENOSPC, "full")
    refused(new_folder("none/made").__enter__)
    assert sorted(os.listdir()) == ["made", other.name]


# Reading


@ONLY_POSIX
def test_what_is_not_read(folder: Path) -> None:
    """Nothing waits: neither for a pipe that nobody writes to, nor for the end of a device."""
    os.mkfifo("pipe")
    for name, what in (("pipe", "FIFO"), (".", "folder"), (os.devnull, "device")):
        for read in (open_file, lambda p: read_file(p, 9, "file-too-large"), lambda p: read_start(p, 9)):
            refused(lambda read=read, name=name: read(name), "not-a-regular-file", what)  # type: ignore[misc]
        refused(
            lambda name=name: read_file(name, 9, "bad-source", failed="bad-source"),  # type: ignore[misc]
            "bad-source",
            f"it is a {what}, not a regular file",
        )
    refused(lambda: open_stream("."), "not-a-regular-file")
    for read in (open_file, open_stream, lambda p: read_file(p, 9, "file-too-large")):
        refused(lambda read=read: read("nothing"), "no-such-file")  # type: ignore[misc]
        refused(lambda read=read: read("\0"), "unreadable-file")  # type: ignore[misc]
    refused(lambda: read_file("nothing", 9, "bad-source", failed="bad-source"), "bad-source", "No such file")


@ONLY_POSIX
def test_a_pipe_that_comes_in_between(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is looked at and what is opened are one file."""
    Path("t").write_bytes(b"old")
    real = os.stat

    def looked(path: Any, **rest: Any) -> os.stat_result:
        found = real(path, **rest)
        os.unlink("t")
        os.mkfifo("t")
        return found

    monkeypatch.setattr(files.os, "stat", looked)
    refused(lambda: open_file("t"), "not-a-regular-file", "FIFO")


def test_limits(folder: Path) -> None:
    """Exactly the limit is read; one byte more is not, and has the error that the caller names."""
    Path("t").write_bytes(b"12345")
    assert read_file("t", 5, "file-too-large") == read_start("t", 9) == b"12345"
    assert read_start("t", 2) == b"12"
    refused(lambda: read_file("t", 4, "file-too-large"), "file-too-large")
    refused(lambda: read_file("t", 4, "bad-source", failed="bad-source"), "bad-source", "it has more than 4 bytes")
    Path("t").write_bytes(b"")
    refused(lambda: read_file("t", 4, "file-too-large"), "empty-file")
    assert read_file("t", 0, "file-too-large", empty=True) == b""
