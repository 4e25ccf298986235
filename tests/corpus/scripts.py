"""What changes or ends a process, each in one of its own: run as `python -m corpus.scripts NAME`.

Takes the name of a function below; prints what it says, which test_scripts.py compares. Nothing here relies on assert.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from corpus.forge import module
from vcvm_core import VM, Limits, VcvmError
from vcvm_core.bytecode import decode, encode
from vcvm_core.plugin import installed
from vcvm_core.verify import verify

TIERS: tuple[Any, ...] = ("interpreter", "compiled", "auto")


def counting() -> Any:
    """A function that counts to its argument."""
    return module(
        "push 0; set 1; get 1; push 1; addi; set 1; get 1; get 0; lti; jt 2; get 1; ret", "(int) -> int", "int"
    )


def doubling() -> Any:
    """A function that joins texts until something gives way."""
    return module(
        "loadk 0; set 0; get 0; get 0; cats; set 0; j 2", "() -> ()", "string", constants=["0123456789abcdef"]
    )


def memory() -> Any:
    """R28: with 300 MB of addresses in all, and limits that allow more; afterwards the next machine works."""
    programs = [VM(limits=Limits.trusted.with_(fuel=1 << 40), tier=t).load_module(doubling()) for t in TIERS]
    small = [VM(tier=t).load_module(counting()) for t in TIERS]
    found: list[Any] = [p.call("main", 5) for p in small]
    resource.setrlimit(resource.RLIMIT_AS, (300 << 20, 300 << 20))
    for program, other in zip(programs, small, strict=True):
        for _ in range(2):
            try:
                program.call("main")
            except VcvmError as e:
                found.append(e.kind)
            found.append(other.call("main", 7))
    return found


def forked() -> Any:
    """C06: a process that is forked while a program runs in another thread runs programs, and so does its child."""
    VM(tier="compiled").load_module(counting()).call("main", 3)
    return forked_early()


def forked_early() -> Any:
    """The same, when it may be the first use of vcvm in the process: the threads are still importing parts of it."""
    programs = [VM(tier=t).load_module(counting()) for t in TIERS]
    threads = [threading.Thread(target=p.call, args=("main", 300_000)) for p in programs]
    for thread in threads:
        thread.start()
    child = os.fork()
    if child == 0:
        signal.alarm(5)
        fresh = [VM(tier=t).load_module(counting()) for t in TIERS]
        os._exit(0 if [p.call("main", 9) for p in (*programs, *fresh)] == [9] * 6 else 1)
    for thread in threads:
        thread.join()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def signalled() -> Any:
    """C06: programs run in signal handlers, while the same program runs below."""
    found = []
    for tier in TIERS:
        program = VM(tier=tier).load_module(counting())
        seen: list[Any] = []

        def handle(*_: Any, program: Any = program, seen: Any = seen) -> None:
            seen.append(program.call("main", 11))
            # Only now, or handlers would interrupt each other without end.
            signal.setitimer(signal.ITIMER_REAL, 0.002)

        signal.signal(signal.SIGALRM, handle)
        signal.setitimer(signal.ITIMER_REAL, 0.002)
        try:
            results = {program.call("main", 60_000) for _ in range(5)}
        finally:
            signal.signal(signal.SIGALRM, signal.SIG_IGN)
            signal.setitimer(signal.ITIMER_REAL, 0)
        found.append([sorted(results), sorted(set(seen))])
    return found


class _Last:
    """Runs a program when Python shuts down."""

    def __init__(self) -> None:
        self.programs = [VM(tier=t).load_module(counting()) for t in TIERS]
        self.write = os.write

    def __del__(self) -> None:
        for program in self.programs:
            try:
                self.write(1, f"{program.call('main', 3)}\n".encode())
            except VcvmError:
                self.write(1, b"refused\n")


_last: list[_Last] = []


def shutdown() -> Any:
    """C06: at shutdown a program runs, or ends with an error of vcvm."""
    import atexit

    _last.append(_Last())
    program = VM().load_module(counting())
    atexit.register(lambda: os.write(1, f"{program.call('main', 4)}\n".encode()))
    return "ready"


def subinterpreter() -> Any:
    """C06: a second interpreter in the process, where Python offers one."""
    try:
        import _xxsubinterpreters as interpreters  # type: ignore[import-not-found]
    except ImportError:
        try:
            import _interpreters as interpreters  # type: ignore[import-not-found]
        except ImportError:
            return "none"
    code = (
        f"import sys; sys.path[:] = {sys.path!r}\n"
        "from corpus.scripts import counting, TIERS\nfrom vcvm_core import VM\n"
        "found = [VM(tier=t).load_module(counting()).call('main', 5) for t in TIERS]\n"
        "if found != [5, 5, 5]: raise ValueError(found)\n"
    )
    made = interpreters.create()
    try:
        said = interpreters.run_string(made, code)
    finally:
        interpreters.destroy(made)
    return "ran" if said is None else str(said)


WATCHED = ("open", "os.", "subprocess.", "socket.", "marshal.", "pickle.", "ctypes.", "shutil.", "tempfile.", "urllib.")


def disk() -> Any:
    """T13: translating and running open no file but the packs' own sources, to read, and start nothing."""
    hosts = installed()
    made = module("get 0; calli 0; ret", "(string, string) -> bool", externs=["(string, string) -> bool"])
    uuid = bytes.fromhex("a4c39daaf85e4b2aa37f4914e8237a18")
    made = made._replace(externs=(made.externs[0]._replace(uuid=uuid),))
    made = made._replace(functions=(made.functions[0]._replace(code=module(
        "get 0; get 1; calli 0; ret", "(string, string) -> bool", externs=["(string, string) -> bool"]
    ).functions[0].code, max_stack=2),))  # fmt: skip
    program = VM(hosts=hosts, tier="compiled").load_module(made)
    counted = VM(tier="compiled").load_module(counting())
    import vcvm_core.compiled

    events: list[str] = []
    root = str(Path(vcvm_core.__file__).parents[1])
    watching = [True]

    def watch(event: str, args: tuple[Any, ...]) -> None:
        if not watching[0] or not event.startswith(WATCHED):
            return
        if event == "open":
            path, mode, flags = args
            allowed = str(path).startswith(root) and str(path).endswith(".py") and mode in ("r", "rb", None)
            if allowed and not (flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
                return
        events.append(f"{event} {str(args)[:80]}")

    sys.addaudithook(watch)
    found = [program.call("main", "testing", "test"), program.call("main", "a", "b"), counted.call("main", 5)]
    watching[0] = False
    return found, events


def selection() -> Any:
    """C09: what a few dozen programs and inputs end as; the same, whatever the switches of Python."""
    from corpus.runs import HERE, outcome

    found: dict[str, Any] = {}
    for path in sorted((HERE / "format").glob("*.vcvm"))[::4] + sorted((HERE / "verifier").glob("*.vcvm"))[::3]:
        try:
            verify(decode(path.read_bytes()))
            found[path.stem] = ""
        except VcvmError as e:
            found[path.stem] = str(e)
    hosts = installed()
    for line in sys.stdin:
        task = json.loads(line)
        made = decode(bytes.fromhex(task["program"]))
        for tier in TIERS:
            program = VM(hosts=hosts, tier=tier).load_module(made)
            for name, given in task["calls"]:
                for _ in range(2):
                    said = outcome(lambda program=program, name=name, given=given: program.call(name, *given))
                    key = f"{task['name']} {name} {given!a}"
                    if found.setdefault(key, said) != said:
                        found[key] = f"{found[key]}, and {said} on {tier}"
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(globals()[sys.argv[1]]()) + "\n")
    sys.stdout.flush()
    if encode(decode(encode(counting()))) != encode(counting()):
        sys.exit(1)
