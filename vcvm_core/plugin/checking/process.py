"""A process of its own for the code of a pack: started, watched, ended with all that it has started.

Takes the words of a command and a folder; gives how the process ended, what it printed, and the records that it left, as far
as they are whole. A process ends by itself, by a signal, when its time is over, or when it prints without end. Raises
InternalError (check-failed) if it cannot be started.

The folder has `current`, where the process runs, and after it `output` and `records`, lines of JSON.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import IO, Any, Final

from vcvm_core.errors import FileError, error
from vcvm_core.files import read_start

OUTPUT: Final = 16 << 20
"""How much a pack may print before it is stopped, in bytes."""

RECORDS: Final = 16 << 20
"""How much of its records is read, in bytes."""


def python(start: str, folder: str, *options: str) -> list[str]:
    """The words that run some Python in this interpreter, with the same `sys.path`. start: the source, in which {path} and
    {folder} stand for these."""
    path = [os.path.abspath(entry) for entry in sys.path]
    return [sys.executable, *options, "-c", start.format(path=path, folder=folder)]


def watched(words: Sequence[str], folder: str, seconds: float) -> tuple[str, str]:
    """Runs a process to its end: how it ended, "time", "output", or in words; and what it printed."""
    with open(os.path.join(folder, "output"), "w+b") as output:
        try:
            process = subprocess.Popen(  # noqa: S603 - this Python, and a program of our own
                words,
                cwd=os.path.join(folder, "current"),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as e:
            raise error("check-failed", reason=e) from e
        try:
            how = _waited(process, output, seconds)
        finally:
            _end(process)
        output.seek(0)
        return how or _exit(process.returncode), output.read(OUTPUT).decode("utf-8", "replace")


def _waited(process: subprocess.Popen[bytes], output: IO[bytes], seconds: float) -> str:
    """Waits for the end of the process, which is not yet collected: its number stays its own until `_end`."""
    deadline = time.monotonic() + seconds
    pause = 0.002
    while not _over(process):
        if time.monotonic() > deadline:
            return "time"
        if os.fstat(output.fileno()).st_size > OUTPUT:
            return "output"
        time.sleep(pause)
        pause = min(pause * 1.5, 0.05)
    return ""


def _over(process: subprocess.Popen[bytes]) -> bool:
    if hasattr(os, "waitid"):
        return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    return process.poll() is not None


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends the process, and what it has started."""
    if process.returncode is None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError, AttributeError):
            process.kill()
    process.wait()


def _exit(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"


def records(folder: str) -> list[dict[str, Any]]:
    """The records, as far as they are whole."""
    try:
        lines = read_start(os.path.join(folder, "records"), RECORDS).split(b"\n")[:-1]
    except FileError:
        return []
    found = []
    for line in lines:
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if type(record) is dict:
            found.append(record)
    return found
