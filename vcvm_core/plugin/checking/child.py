"""The process that imports a pack and calls its functions: nothing of it is believed by the one that started it.

Takes a folder in which `running` has put a plan, manifests and a .dist-info; writes records, one JSON object a line, to a
file there: what it is about to do, what it found, what it did. It loads the pack as the machine does, with the `Loader`, and
then calls each function with the arguments of every example. Ends without running what a pack has left behind for the end.

What effects a call has is seen by an audit hook, whose events of imports are left out: a function may import what it needs.
This is no sandbox. A pack that wants to deceive the gate can; one that is careless cannot.
"""

from __future__ import annotations

import json
import os
import sys
from time import monotonic
from types import FrameType
from typing import Any, Final, NamedTuple

from vcvm_core.errors import PackError, clean
from vcvm_core.files import read_file
from vcvm_core.plugin.checking import effects, growth, snapshot
from vcvm_core.plugin.checking.calls import Outcome, called, ended_alike, keeps_example
from vcvm_core.plugin.checking.exact import call, outcome
from vcvm_core.plugin.discovery import Found, Reading
from vcvm_core.plugin.loader import Loader
from vcvm_core.plugin.manifest import Manifest, Row, read_manifest
from vcvm_core.plugin.names import uuid_text
from vcvm_core.plugin.vectors import Vector

MEMORY: Final = 4 << 30
FILE: Final = 64 << 20
"""How much address space, and how large a file, the process may have where the platform can say so."""

PLAN: Final = 64 << 20
"""The most bytes of what the process is told to do."""

WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
FAULT: Final = 70


class Seen(NamedTuple):
    """An effect that an audit hook saw: its word, and what happened."""

    effect: str
    what: str


class Watch:
    """Notes audit events while it is on. There is one in the process: a hook cannot be taken away."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.on = False
        self.importing = False
        sys.addaudithook(self._hook)

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:
        if not self.on:
            return
        effect = effects.of_event(event)
        if not effect or len(self.seen) >= 100:
            return
        self.on = False
        try:
            if self.importing:
                if effect in ("net", "process") or _writes(event, args):
                    self.seen.append(Seen(effect, _event(event, args)))
            elif not _is_import() and not (event == "open" and args and type(args[0]) is int):
                self.seen.append(Seen(effect, _event(event, args)))
        finally:
            self.on = True


def _writes(event: str, args: tuple[Any, ...]) -> bool:
    if event == "open":
        flags = args[2] if len(args) > 2 else 0
        return type(flags) is int and bool(flags & WRITING) and args[0] != os.devnull
    return event in (
        "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.chmod", "os.chown", "os.truncate",
    ) or event.startswith("shutil.")  # fmt: skip


def _event(event: str, args: tuple[Any, ...]) -> str:
    shown = next((a for a in args if type(a) in (str, bytes)), "")
    return clean(f"causes {event} {shown!r}" if shown else f"causes {event}", 100)


def _is_import() -> bool:
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


class Recorder:
    """Writes records to the file that the other process reads."""

    def __init__(self, path: str) -> None:
        self.handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        # Own references: a pack may put something else in their place.
        self._write, self._dumps = os.write, json.dumps

    def record(self, **data: Any) -> None:
        """One record."""
        self._write(self.handle, (self._dumps(data) + "\n").encode("ascii"))

    def doing(self, what: str, *, lint: bool = False) -> None:
        """What is about to be done, should it never end. lint: nothing depends on it."""
        self.record(doing=what, lint=lint)

    def finding(self, rule: str, row: Row | None = None, /, **facts: Any) -> None:
        """A finding, of one intrinsic or of the pack."""
        plain = {k: v if isinstance(v, int) else clean(v, 400) for k, v in facts.items()}
        about = {} if row is None else {"uuid": uuid_text(row.uuid), "name": row.name, "target": row.target}
        self.record(rule=rule, facts=plain, **about)


class Checker:
    """Runs the checks of one pack."""

    def __init__(self, folder: str, plan: dict[str, Any]) -> None:
        self.plan = plan
        self.recorder = Recorder(os.path.join(folder, "records"))
        self.manifest = read_manifest(os.path.join(folder, "manifest"))
        self.old: Manifest | None = read_manifest(os.path.join(folder, "old")) if plan["old"] else None
        found = Found(plan["pack"], plan["version"], plan["info"], self._reading)
        self.loader = Loader(found, self.manifest)
        self.watch = Watch()

    def _reading(self) -> Reading:
        return Reading(self.manifest, (), "ok", self.plan["home"])

    def run(self) -> None:
        """All checks, in order: importing, calling, measuring."""
        if not (self.manifest.intrinsics or self.manifest.observer) or not self._imported():
            return
        functions: list[tuple[Row, Any]] = []
        for row in self.manifest.intrinsics:
            try:
                functions.append((row, self.loader.function(row)))
            except PackError as e:
                for d in e.diagnostics:
                    self.recorder.finding("refused-when-loaded", row, code=d.code, reason=d.message, help=d.help)
        former = {row.uuid: row for row in self.old.intrinsics} if self.old is not None else {}
        for row, function in functions:
            self._called(row, function, former.get(row.uuid))
        deadline = monotonic() + self.plan["lint"]
        for row, function in functions:
            if row.vectors and monotonic() < deadline:
                self.recorder.doing(f"measuring {row.name}", lint=True)
                for rule, facts in growth.measured(row, function):
                    self.recorder.finding(rule, row, **facts)

    def _imported(self) -> bool:
        """Imports the pack; whether it can be gone on with."""
        self.recorder.doing("importing it")
        # What Python itself loads late is not the pack's doing.
        sys.path.insert(0, self.plan["code"])
        before = snapshot.take()
        self.watch.importing = self.watch.on = True
        failure: BaseException | None = None
        try:
            self.loader.load()
        except BaseException as e:  # noqa: BLE001 - the code of a pack
            failure = e
        self.watch.on = self.watch.importing = False
        after = snapshot.take()
        for _, what, detail in snapshot.differences(before, after):
            self.recorder.finding("import-changes", what=what, detail=detail)
        for seen in dict.fromkeys(self.watch.seen):
            self.recorder.finding("import-acts", what=seen.what)
        self.watch.seen.clear()
        if failure is None or (isinstance(failure, PackError) and failure.kind in ROWS):
            return True
        kind = failure.kind if isinstance(failure, PackError) else type(failure).__name__
        reason = failure.diagnostics[0].message if isinstance(failure, PackError) else f"it raised {kind}"
        self.recorder.record(rule="import-failed", facts={"kind": kind, "reason": reason}, **self._origin(failure))
        return False

    def _origin(self, failure: BaseException) -> dict[str, Any]:
        """File and line of the pack's own code in which an exception was raised last, if there is one."""
        trace = (failure.__cause__ if isinstance(failure, PackError) else failure) or failure
        step, found = trace.__traceback__, {}
        while step is not None:
            file = step.tb_frame.f_code.co_filename
            if file.startswith(self.plan["home"] + os.sep):
                found = {"file": os.path.relpath(file, self.plan["home"]), "line": step.tb_lineno}
            step = step.tb_next
        return found

    def _called(self, row: Row, function: Any, former: Row | None) -> None:
        """One function with the arguments of all its examples, and of those that an older release recorded."""
        before = snapshot.take(attributes=False)
        for vector in row.vectors:
            self._replayed(row, function, vector, "vector-differs")
        self.recorder.record(count="examples run", by=len(row.vectors))
        if former is not None and former.signature.shape == row.signature.shape:
            for vector in former.vectors:
                self._replayed(row, function, vector, "promise-broken")
            self.recorder.record(count="old examples run", by=len(former.vectors))
        for key, what, detail in snapshot.differences(before, snapshot.take(attributes=False)):
            if key in DECLARED and effects.declares(row.effects, DECLARED[key]):
                continue
            self.recorder.finding("call-changes", row, call=f"{row.name}(...)", what=what, detail=detail)

    def _replayed(self, row: Row, function: Any, vector: Vector, rule: str) -> None:
        shown = call(row.name, vector.args)
        self.recorder.doing(f"calling {shown}")
        first = self._attempt(row, function, vector, shown)
        if first is None:
            return
        if not keeps_example(first, vector, row):
            expected = outcome(vector.result, vector.raises, vector.message)
            facts = {"call": shown, "found": first.text(), "expected": expected, "old": self.plan["old"] or ""}
            self.recorder.finding(rule, row, **facts)
        if row.deterministic:
            again = self._attempt(row, function, vector, shown)
            if again is not None and not ended_alike(first, again):
                self.recorder.finding("unsteady", row, call=shown, found=first.text(), again=again.text())

    def _attempt(self, row: Row, function: Any, vector: Vector, shown: str) -> Outcome | None:
        """One call, and what can be said of it alone; None if it gave what is no value."""

        def watched(*args: Any) -> Any:
            self.watch.on = True
            try:
                return function(*args)
            finally:
                self.watch.on = False

        done = called(row, watched, vector.args)
        self._effects(row, shown)
        for position in done.changed:
            self.recorder.finding("argument-changed", row, call=shown, position=position)
        if done.outcome is None:
            expected = str(row.signature).rpartition("->")[2].strip()
            self.recorder.finding("bad-result", row, call=shown, found=done.unfit, expected=expected)
        if done.larger is not None:
            found, most = done.larger
            self.recorder.finding("size-exceeded", row, call=shown, found=found, expected=most)
        return done.outcome

    def _effects(self, row: Row, shown: str) -> None:
        for seen in dict.fromkeys(self.watch.seen):
            if not effects.declares(row.effects, seen.effect):
                # A word of the author's own may well mean this.
                other = "" if effects.knows(row.effects) else "notice"
                facts = {"call": shown, "what": seen.what, "effect": seen.effect}
                self.recorder.record(
                    rule="effect-undeclared", facts=facts, uuid=uuid_text(row.uuid), name=row.name, target=row.target,
                    other=other,
                )  # fmt: skip
        self.watch.seen.clear()


DECLARED: Final = {
    "random": "random", "environment": "environment", "printed": "terminal", "threads": "threads", "folder": "process",
}  # fmt: skip
"""What a call may change if it declares the effect."""

ROWS: Final = ("missing-attribute", "not-a-plain-function", "signature-mismatch")
"""What can be wrong with one function while the others are good."""


def _bounded() -> None:
    """Bounds on memory and files, where the platform has them."""
    try:
        import resource
    except ImportError:
        return
    for what, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_FSIZE, FILE), (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(what)
        if hard == resource.RLIM_INFINITY or hard >= most:
            resource.setrlimit(what, (most, hard))


def main(folder: str) -> None:
    """Run the plan in this folder. The process ends here, without what a pack has left behind for its end."""
    plan = json.loads(read_file(os.path.join(folder, "plan"), PLAN, "file-too-large"))
    sys.dont_write_bytecode = True
    _bounded()
    checker = Checker(folder, plan)
    leave = os._exit
    try:
        checker.run()
        checker.recorder.record(done=True)
    except BaseException as e:  # noqa: BLE001 - a pack may have broken what this needs
        checker.recorder.record(fault=f"{type(e).__name__}: {clean(e)}")
        leave(FAULT)
    leave(0)
