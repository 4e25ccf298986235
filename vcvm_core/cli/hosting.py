"""What ``vcvm run`` puts between a program and its packs: observers, a tape to write or to answer from, stand-ins.

Takes the parsed words and the installed packs; gives the `VM`, and, when the run has ended, however it ended, writes the
tape and says what there is to say: what was recorded, what was left over, what was made up, which observer was dropped; on
stderr, or with ``--json`` as one more line. Refuses, before anything runs, words that exclude each other and files that are
no tapes.
"""

from __future__ import annotations

from argparse import Namespace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from vcvm_core.cli.files import STANDARD, Loaded, write
from vcvm_core.cli.show import json_line, remark
from vcvm_core.cli.streams import flush
from vcvm_core.cli.usage import nearest, usage_error
from vcvm_core.errors import Diagnostic, RunError, VcvmError, clean, error
from vcvm_core.files import read_file
from vcvm_core.hosting import TAPE_BYTES, Recorder, Replay, StandIn, decode_tape, program_digest
from vcvm_core.plugin import normalised
from vcvm_core.vm import VM

if TYPE_CHECKING:
    from vcvm_core.link import HostTable
    from vcvm_core.plugin import Registry

_EXCLUDE: Final = (
    ("record", "replay", "a tape that is answered from has everything already"),
    ("record", "stand_in", "a tape keeps what really happened"),
    ("replay", "stand_in", "give one of them: both stand in the place of packs"),
)


class Between:
    """What stands between a program and its packs, for the time of a run."""

    def __init__(self, args: Namespace, registry: Registry, loaded: Loaded) -> None:
        """Raises FileError (bad-usage, bad-tape ...), PackError, ManifestError."""
        for one, other, cure in _EXCLUDE:
            if getattr(args, one) and getattr(args, other):
                raise usage_error(f"--{one} and --{other.replace('_', '-')} exclude each other", cure)
        self.args, self.loaded = args, loaded
        self.digest = program_digest(loaded.module)
        self.notes: list[str] = []
        self.said: dict[str, Any] = {}
        self.hosts: HostTable = registry
        self.machine: VM | None = None
        self.recorder: Recorder | None = None
        self.replay: Replay | None = None
        self.stand_in: StandIn | None = None
        if args.record:
            if args.record == STANDARD:
                raise usage_error("--record - would mix the tape with the result", "name a file: --record FILE")
            self.hosts = self.recorder = Recorder(registry)
        elif args.replay:
            self.hosts = self.replay = self._replay(args.replay, registry)
        elif args.stand_in:
            self.hosts = self.stand_in = StandIn([header.manifest for header in registry.headers], registry)
        self.observers = [_observer(words, registry) for words in args.observe]

    def vm(self, **settings: Any) -> VM:
        """The machine. settings: as `VM` takes them."""
        self.machine = VM(self.hosts, observers=self.observers, **settings)
        return self.machine

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, e: BaseException | None, trace: TracebackType | None) -> None:
        # The result stands above all this, also where both streams end in one place.
        flush()
        self._end_observers()
        refused = isinstance(e, VcvmError) and not isinstance(e, RunError)
        if self.recorder is not None and not refused:
            try:
                self._write(self.recorder)
            except VcvmError as problem:
                if e is None:
                    raise
                # How the run ended matters more.
                e.add_note(f"there is no tape: {problem.diagnostics[0].message}")
        if self.replay is not None and not refused:
            self.said["left"] = left = self.replay.left
            if left and e is None:
                self._note(f"the program did not ask for {_counted(left, 'call')} of the tape")
        if self.stand_in is not None and not refused:
            self._stood_in(self.stand_in)
        if self.args.json and (self.notes or self.said):
            json_line({"between": {**self.said, "notes": self.notes}})

    def _note(self, text: str) -> None:
        self.notes.append(text)
        self._remark(f"note: {text}")

    def _remark(self, text: str) -> None:
        if not self.args.json:
            remark(text)

    def _end_observers(self) -> None:
        watch = self.machine.watch if self.machine is not None else None
        if watch is None:
            return
        watch.close()
        for note in watch.notes:
            self._note(str(note))

    def _write(self, recorder: Recorder) -> None:
        tape, path = recorder.tape(self.digest), self.args.record
        write(path, tape.encode(), self.args.touched)
        called = len({call.row for call in tape.calls})
        self.said["recorded"] = {"path": path, "calls": len(tape.calls), "complete": tape.complete}
        counted = f"{_counted(len(tape.calls), 'call')} of {_counted(called, 'intrinsic')}"
        self._remark(f"recorded {counted} in {clean(path, 200)}")
        if not tape.complete:
            self._note(str(Diagnostic("incomplete-tape", facts={"path": path})))

    def _replay(self, path: str, registry: Registry) -> Replay:
        tape = decode_tape(read_file(path, TAPE_BYTES, "tape-too-large"), path)
        if tape.program and tape.program != self.digest:
            recorded, ours = tape.program.hex()[:12], self.digest.hex()[:12]
            self._note(f"the tape was recorded with another program, {recorded}; this is {ours}")
        return Replay(tape, registry)

    def _stood_in(self, stand_in: StandIn) -> None:
        rows = stand_in.report()
        self.said["stood_in"] = [row._asdict() for row in rows]
        for manifest in stand_in.manifests:
            own = [row for row in rows if row.pack == manifest.pack]
            examples, made_up = sum(r.examples for r in own), sum(r.made_up for r in own)
            names = ", ".join(f"{clean(r.name)} {r.made_up:,}" for r in own if r.made_up)
            text = f"{_counted(examples, 'call')} answered from examples, {made_up:,} made up"
            pack = f"{clean(manifest.pack)} {clean(manifest.version)}"
            self._remark(f"stood in for {pack}: {text}{f' ({names})' if names else ''}")


def _observer(words: str, registry: Registry) -> Any:
    """The observer that --observe names. Raises PackError."""
    name, _, argument = words.partition("=")
    known = {pack.name for pack in registry.packs}
    if normalised(name) not in known:
        observing = {p.name for p in registry.packs if p.manifest is not None and p.manifest.observer}
        cure = nearest(name, known) or f"these observe: {', '.join(sorted(observing)) or 'none that is installed'}"
        raise error("no-such-pack", name=name, cure=cure)
    return registry.observer(name, argument)


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
