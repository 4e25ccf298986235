"""What has effects: names that source text uses, events that Python's audit hooks report, and the word for each.

Takes dotted names and events; gives the effect that an intrinsic with them should declare, or nothing. Effects are free
words; these are the ones that the gates suggest, each with others that count as the same:

    clock  random  files  net  process  environment  native  threads  terminal
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

WORDS: Final[dict[str, frozenset[str]]] = {
    "clock": frozenset({"clock", "time", "now"}),
    "random": frozenset({"random", "chance", "entropy"}),
    "files": frozenset({"files", "file", "fs", "filesystem", "disk", "io"}),
    "net": frozenset({"net", "network", "internet", "http", "socket", "sockets"}),
    "process": frozenset({"process", "processes", "subprocess", "exec"}),
    "environment": frozenset({"environment", "env"}),
    "native": frozenset({"native", "ctypes", "ffi"}),
    "threads": frozenset({"threads", "thread", "concurrency"}),
    "terminal": frozenset({"terminal", "console", "output", "stdout", "print", "log", "io"}),
}
"""Effect -> the words that declare it."""

_NAMES: Final[dict[str, str]] = {
    "time.strptime": "", "time.struct_time": "", "time.mktime": "", "time.asctime": "", "time": "clock",
    "datetime.datetime.now": "clock", "datetime.datetime.utcnow": "clock", "datetime.datetime.today": "clock",
    "datetime.date.today": "clock",
    "random": "random", "secrets.compare_digest": "", "secrets": "random", "os.urandom": "random",
    "os.getrandom": "random", "uuid.uuid1": "random", "uuid.uuid4": "random",
    "builtins.open": "files", "io.open": "files", "os.path.exists": "files", "os.path.isfile": "files",
    "os.path.isdir": "files", "os.path.getsize": "files", "os.path.getmtime": "files", "os.path.realpath": "files",
    "os.path": "", "os.sep": "", "os.linesep": "", "os.name": "", "os.fspath": "", "os.PathLike": "",
    "os.environ": "environment", "os.getenv": "environment", "os.putenv": "environment", "os.getcwd": "environment",
    "os.getlogin": "environment", "os.getpid": "process", "os.system": "process", "os.popen": "process",
    "os.fork": "process", "os.kill": "process", "os.execv": "process", "os.execve": "process", "os._exit": "process",
    "os.posix_spawn": "process", "os.spawnv": "process", "os": "files",
    "pathlib.PurePath": "", "pathlib.PurePosixPath": "", "pathlib.PureWindowsPath": "", "pathlib": "files",
    "shutil": "files", "tempfile": "files", "glob": "files", "sqlite3": "files", "mmap": "files", "fileinput": "files",
    "subprocess": "process", "multiprocessing": "process", "signal": "process", "sys.exit": "process",
    "platform": "environment", "getpass": "environment",
    "socket": "net", "ssl": "net", "urllib.request": "net", "http.client": "net", "http.server": "net",
    "smtplib": "net", "ftplib": "net", "imaplib": "net", "poplib": "net", "xmlrpc": "net", "requests": "net",
    "httpx": "net", "aiohttp": "net", "urllib3": "net",
    "ctypes": "native", "cffi": "native",
    "threading": "threads", "_thread": "threads", "concurrent.futures": "threads",
    "builtins.print": "terminal", "builtins.input": "terminal", "sys.stdout": "terminal", "sys.stderr": "terminal",
    "sys.stdin": "terminal", "logging": "terminal",
}  # fmt: skip
"""Dotted name -> effect; the longest beginning counts, and an empty text says that there is none."""

_EVENTS: Final[dict[str, str]] = {
    "open": "files", "shutil": "files", "tempfile": "files", "glob": "files", "pathlib": "files", "sqlite3": "files",
    "mmap": "files", "fcntl": "files",
    "os.putenv": "environment", "os.unsetenv": "environment",
    "os.system": "process", "os.exec": "process", "os.posix_spawn": "process", "os.spawn": "process",
    "os.fork": "process", "os.forkpty": "process", "os.kill": "process", "os.killpg": "process",
    "os.startfile": "process", "subprocess": "process", "signal": "process", "resource.setrlimit": "process",
    "webbrowser": "process", "pty": "process", "os": "files",
    "socket": "net", "urllib": "net", "http": "net", "ftplib": "net", "smtplib": "net", "imaplib": "net",
    "poplib": "net", "nntplib": "net", "telnetlib": "net", "ssl": "net",
    "ctypes": "native", "_thread": "threads", "builtins.input": "terminal", "syslog": "terminal",
    "time.sleep": "clock",
}  # fmt: skip
"""Audit event -> effect; the longest beginning counts. What is not here is the interpreter's own business."""


def of_name(name: str) -> str:
    """The effect of using a dotted name; empty if there is none."""
    return _longest(_NAMES, name)


def of_event(event: str) -> str:
    """The effect that an audit event shows; empty if it shows none."""
    return _longest(_EVENTS, event)


def declares(effects: Collection[str], effect: str) -> bool:
    """Whether the declared effects hold a word for this one."""
    return not WORDS[effect].isdisjoint(effects)


def knows(effects: Collection[str]) -> bool:
    """Whether every declared effect is one of the words above, so that it is known what they do not say."""
    return set(effects) <= frozenset().union(*WORDS.values())


def _longest(table: dict[str, str], name: str) -> str:
    while name:
        if name in table:
            return table[name]
        name = name.rpartition(".")[0]
    return ""
