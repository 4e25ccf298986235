"""The observer: writes each call when it has ended, and the summary when there is nothing more to observe.

Takes `Wanted`, and then the records of vcvm; writes a file, or to standard error. Calls from several threads are
written one after the other. What cannot be written raises an error: vcvm drops the observer with a note, and the
program runs on.
"""

from __future__ import annotations

import json
import sys
import threading
from typing import IO, Any

from vcvm_core.plugin import CallRecord, EndRecord, ErrorRecord, Observer, RunRecord, write_file

from vcvm_trace.tally import Tally, printable
from vcvm_trace.words import Wanted


class Trace(Observer):
    """Logs and sums up calls, as `wanted` says. Raises ValueError for a file that cannot be written."""

    def __init__(self, wanted: Wanted) -> None:
        self.values = wanted.values
        self.tally = Tally()
        self._path = wanted.path
        self._form = "" if wanted.path is None else wanted.path.suffix.lower()
        self._lock = threading.Lock()
        self._log: IO[str] | None = None
        if wanted.path is not None and self._form != ".json":
            try:
                self._log = wanted.path.open("w", encoding="utf-8", newline="\n")
            except OSError as e:
                raise ValueError(f"{wanted.path} cannot be written: {e.strerror}") from e

    def program_start(self, run: RunRecord) -> None:
        """A run begins."""
        with self._lock:
            self.tally.runs += 1
            program = printable(run.program) or "a program"
            self._write(f"run {run.number}: {printable(run.function)} of {program}", {"event": "run", **run._asdict()})

    def end(self, call: CallRecord, outcome: EndRecord) -> None:
        """A call gave a result."""
        given = outcome.kind if outcome.value is None else outcome.value
        data = {"nanoseconds": outcome.nanoseconds, "kind": outcome.kind, "value": outcome.value}
        self._ended(call, outcome.nanoseconds, False, given, data)

    def error(self, call: CallRecord, outcome: ErrorRecord) -> None:
        """A call gave none."""
        reason = f"{outcome.error}: {outcome.reason}" if outcome.error else outcome.reason
        self._ended(call, outcome.nanoseconds, True, f"[{outcome.code or 'interrupted'}] {reason}", outcome._asdict())

    def close(self) -> None:
        """Write the summary."""
        with self._lock:
            if self._form == ".json" and self._path is not None:
                write_file(self._path, (json.dumps(self.tally.to_data(), indent=2) + "\n").encode("ascii"))
            elif self._log is not None:
                self._write(self.tally.text().rstrip("\n"), self.tally.to_data())
                self._log.close()
                self._log = None
            elif self._path is None and sys.stderr is not None:
                sys.stderr.write(self.tally.text())

    def _ended(self, call: CallRecord, nanoseconds: int, failed: bool, given: str, data: dict[str, Any]) -> None:
        with self._lock:
            self.tally.add(call, nanoseconds, failed)
            if self._log is None:
                return
            arguments = "..." if call.arguments is None else ", ".join(call.arguments)
            name = f"{printable(call.name)}({arguments})"
            text = f"  {call.number}  {name}  {given}  fuel {call.fuel:,}  {nanoseconds / 1e6:.3f} ms"
            self._write(text, {"event": "error" if failed else "call", **call._asdict(), **data})

    def _write(self, text: str, data: dict[str, Any]) -> None:
        if self._log is not None:
            # ensure_ascii: half of a surrogate pair in a name could not be written otherwise.
            self._log.write((json.dumps({"schema": 1, **data}) if self._form == ".jsonl" else text) + "\n")
