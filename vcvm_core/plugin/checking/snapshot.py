"""The state of a process that a pack has no business to change, taken before and after its code runs.

Takes nothing; gives a `Snapshot`, and, of two, what differs, in words. What it looks at: threads, the current folder, the
locale, signal handlers, the recursion limit, sys.path and other hooks of the interpreter, the environment, printed output,
the state of the shared random generator, and the attributes of vcvm's own modules and of builtins.
"""

from __future__ import annotations

import builtins
import gc
import locale
import os
import random
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final, NamedTuple

_INTERPRETER: Final = (
    "path_hooks", "excepthook", "displayhook", "unraisablehook", "stdout", "stderr", "stdin",
)  # fmt: skip


class Snapshot(NamedTuple):
    """One state. Each field is compared by itself; its name in sentences is in `NAMES`."""

    threads: tuple[int, ...]
    folder: str
    locale: str
    signals: tuple[Any, ...]
    recursion: int
    path: tuple[str, ...]
    interpreter: tuple[Any, ...]
    environment: dict[str, str]
    collector: tuple[Any, ...]
    random: Any
    attributes: dict[tuple[str, str], Any]
    printed: int


NAMES: Final = {
    "threads": "the running threads", "folder": "the current folder", "locale": "the locale",
    "signals": "signal handlers", "recursion": "the recursion limit", "path": "sys.path",
    "interpreter": "hooks of the interpreter", "environment": "the environment",
    "collector": "the garbage collector", "random": "the shared random generator",
    "attributes": "modules that are not its own", "printed": "what is printed",
}  # fmt: skip


def take(attributes: bool = True) -> Snapshot:
    """The state now. attributes: also those of modules, which costs more."""
    return Snapshot(
        tuple(sorted(thread.ident or 0 for thread in threading.enumerate())),
        _folder(),
        str(locale.setlocale(locale.LC_ALL)),
        tuple(signal.getsignal(number) for number in sorted(signal.valid_signals())),
        sys.getrecursionlimit(),
        tuple(sys.path),
        (*(_frozen(getattr(sys, name, None)) for name in _INTERPRETER), sys.gettrace(), sys.getprofile()),
        dict(os.environ),
        (gc.isenabled(), gc.get_threshold(), sys.getswitchinterval()),
        _random(),
        dict(_attributes()) if attributes else {},
        _printed(),
    )


def differences(before: Snapshot, after: Snapshot) -> Iterator[tuple[str, str, str]]:
    """What differs between two states: a field, its name in sentences, and a detail."""
    for name, said in NAMES.items():
        a, b = getattr(before, name), getattr(after, name)
        if name == "attributes":
            changed = [
                f"{module}.{key}" for (module, key), value in b.items() if a.get((module, key), value) is not value
            ]
            if changed:
                yield name, said, ", ".join(changed[:5])
        elif name in ("signals", "interpreter", "random"):
            # By identity: comparing could run the code of a pack.
            if len(a) != len(b) or any(x is not y and not _plainly_equal(x, y) for x, y in zip(a, b, strict=True)):
                yield name, said, _detail(name, a, b)
        elif a != b:
            yield name, said, _detail(name, a, b)


def _detail(name: str, a: Any, b: Any) -> str:
    if name == "threads":
        return ", ".join(t.name for t in threading.enumerate() if (t.ident or 0) not in a) or "one ended"
    if name == "signals":
        numbers = sorted(signal.valid_signals())
        return ", ".join(signal.Signals(n).name for n, x, y in zip(numbers, a, b, strict=True) if x is not y)
    if name == "interpreter":
        named = zip((*_INTERPRETER, "settrace", "setprofile"), a, b, strict=True)
        return ", ".join(f"sys.{n}" for n, x, y in named if x is not y and not _plainly_equal(x, y))
    if name == "environment":
        return ", ".join(sorted(k for k in {*a, *b} if a.get(k) != b.get(k))[:5])
    if name == "path":
        return ", ".join([p for p in b if p not in a][:3]) or "its order"
    if name == "printed":
        return _output(a)
    if name in ("folder", "locale", "recursion"):
        return f"{a} became {b}"
    return "it is another one now"


def _plainly_equal(a: Any, b: Any) -> bool:
    return type(a) is type(b) and type(a) in (int, str, tuple) and bool(a == b)


def _frozen(value: Any) -> Any:
    """Lists by what they hold, as ids, so that a change in place is one."""
    return tuple(map(id, value)) if type(value) is list else value


def _folder() -> str:
    try:
        return os.getcwd()
    except OSError:
        return "(gone)"


def _random() -> tuple[Any, ...]:
    """A mark of the shared generator's state."""
    state = random.getstate()
    return (hash(state[1]), str(state[2]))


def _attributes() -> Iterator[tuple[tuple[str, str], Any]]:
    """The attributes of vcvm's modules, of their classes, and of builtins."""
    for name, module in list(sys.modules.items()):
        if name == "builtins" or name.partition(".")[0] == "vcvm_core":
            for key, value in list(vars(module).items()):
                if not key.startswith("__"):
                    yield (name, key), value
                if isinstance(value, type) and value.__module__ == name and name != "builtins":
                    for inner, member in list(vars(value).items()):
                        if not inner.startswith("__") or inner in ("__init__", "__call__"):
                            yield (name, f"{key}.{inner}"), member
    yield ("builtins", "__import__"), builtins.__import__


def _printed() -> int:
    """How much was printed, where that goes to a file."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()
    try:
        return os.fstat(1).st_size
    except OSError:
        return 0


def _output(start: int) -> str:
    try:
        return repr(os.pread(1, 60, start).decode("utf-8", "replace"))
    except (OSError, AttributeError):
        return "something"
