"""A pack held against its own words by running it: the process that imports it, and what its end means.

Takes a subject and its manifest; adds findings to a report. The pack runs in a process of its own (`child`), with a time
limit, with bounds on memory where the platform has them, and with its output in a file. However that process ends, by itself,
by a signal, by its time or by printing without end, is a finding. All it has started is ended with it, where the platform has
groups of processes. Refuses nothing; raises InternalError (check-failed) if the process fails before the pack is imported.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from typing import IO, Any, Final

from vcvm_core.errors import Place, clean, error
from vcvm_core.plugin.checking.rules import Finding, GateReport
from vcvm_core.plugin.checking.source import place_of
from vcvm_core.plugin.checking.subject import GROUP, Subject
from vcvm_core.plugin.checking.usage import Modules
from vcvm_core.plugin.extract import read_sources
from vcvm_core.plugin.manifest import Manifest, encode_manifest

OUTPUT: Final = 16 << 20
"""How much a pack may print before it is stopped, in bytes."""

RECORDS: Final = 16 << 20
LINT: Final = 10.0
"""How many seconds measuring costs may take, of all functions together."""

START: Final = "import sys; sys.path[:] = {path!r}; from vcvm_core.plugin.checking.child import main; main({folder!r})"


def run_checks(
    subject: Subject,
    manifest: Manifest,
    old: Subject | None,
    before: Manifest | None,
    seconds: float,
    report: GateReport,
) -> None:
    """The findings of a run. old, before: an older release and its manifest, whose examples are replayed."""
    project = subject.project or ""
    with tempfile.TemporaryDirectory(prefix="vcvm-check-", ignore_cleanup_errors=True) as folder:
        plan = _planned(folder, subject, manifest, old, before, seconds)
        records, how = _run(folder, plan, seconds)
    modules = Modules(read_sources(project, subject.root, manifest.packages), subject.root)
    doing: dict[str, Any] = {}
    done = False
    for record in records:
        if "doing" in record:
            doing = record
        elif "rule" in record:
            report.add([_finding(record, modules)])
        elif "count" in record:
            report.counts[record["count"]] = report.counts.get(record["count"], 0) + record["by"]
        elif "fault" in record:
            how = f"the checker itself could not go on: {record['fault']}"
        done = done or "done" in record
    if done:
        return
    if not doing:
        raise error("check-failed", reason=how)
    report.add([_ended(how, doing, seconds)])


def _ended(how: str, doing: dict[str, Any], seconds: float) -> Finding:
    """What it means that the process ended before its work was done."""
    what = str(doing["doing"])
    if doing.get("lint"):
        reason = f"{what} did not end in time" if how == "time" else f"the process ended while {what}"
        return Finding("cost-unmeasured", {"reason": reason})
    if how == "time":
        return Finding("out-of-time", {"doing": what, "seconds": f"{seconds:g}"})
    if how == "output":
        return Finding("too-much-output", {"doing": what, "limit": OUTPUT})
    return Finding("import-ended", {"doing": what, "how": how})


def _finding(record: dict[str, Any], modules: Modules) -> Finding:
    place = (
        place_of(modules, record["target"])
        if "target" in record
        else Place(file=record.get("file"), line=record.get("line"))
    )
    other = "notice" if record.get("other") == "notice" else None
    return Finding(record["rule"], record["facts"], record.get("uuid", ""), record.get("name", ""), place, other)  # type: ignore[arg-type]


def _planned(
    folder: str, subject: Subject, manifest: Manifest, old: Subject | None, before: Manifest | None, seconds: float
) -> dict[str, Any]:
    """Writes what the process needs into its folder."""
    info = os.path.join(folder, f"{manifest.pack.replace('-', '_')}-{manifest.version}.dist-info")
    os.makedirs(info)
    os.makedirs(os.path.join(folder, "current"))
    entries = "".join(f"{name} = {value}\n" for name, value in subject.entries)
    _write(os.path.join(info, "entry_points.txt"), f"[{GROUP}]\n{entries}".encode())
    _write(os.path.join(folder, "manifest"), encode_manifest(manifest))
    if before is not None:
        _write(os.path.join(folder, "old"), encode_manifest(before))
    home = os.path.abspath(subject.project or "")
    plan = {
        "pack": manifest.pack,
        "version": manifest.version,
        "info": info,
        "home": home,
        "code": os.path.normpath(os.path.join(home, subject.root)),
        "lint": min(LINT, seconds / 3),
        "old": "" if old is None else old.label,
    }
    _write(os.path.join(folder, "plan"), json.dumps(plan).encode())
    return plan


def _write(path: str, data: bytes) -> None:
    with open(path, "wb") as file:
        file.write(data)


def _run(folder: str, plan: dict[str, Any], seconds: float) -> tuple[list[dict[str, Any]], str]:
    """Runs the process to its end: its records, and how it ended: "time", "output", or in words."""
    path = [os.path.abspath(entry) for entry in sys.path]
    words = [sys.executable, "-c", START.format(path=path, folder=folder)]
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
        how = how or _exit(process.returncode)
        records = _records(os.path.join(folder, "records"))
        if not records:
            output.seek(0)
            how = clean(output.read(4_000).decode("utf-8", "replace")[-400:] or how, 400)
    return records, how


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


def _records(path: str) -> list[dict[str, Any]]:
    """The records, as far as they are whole."""
    try:
        with open(path, "rb") as file:
            lines = file.read(RECORDS).split(b"\n")[:-1]
    except OSError:
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
