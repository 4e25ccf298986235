"""A pack held against its own words by running it: the process that imports it, and what its end means.

Takes a subject and its manifest; adds findings to a report. The pack runs in a process of its own (`child`), with a time
limit, with bounds on memory where the platform has them, and with its output in a file. However that process ends, by itself,
by a signal, by its time or by printing without end, is a finding. All it has started is ended with it, where the platform has
groups of processes. Refuses nothing; raises InternalError (check-failed) if the process fails before the pack is imported.
"""

from __future__ import annotations

import json
import os
import tempfile
from typing import Any, Final

from vcvm_core.errors import Place, clean, error
from vcvm_core.files import write_file
from vcvm_core.plugin.building import GROUP
from vcvm_core.plugin.checking import process
from vcvm_core.plugin.checking.process import python, records, watched
from vcvm_core.plugin.checking.rules import Finding, GateReport
from vcvm_core.plugin.checking.source import place_of
from vcvm_core.plugin.checking.subject import Subject
from vcvm_core.plugin.checking.usage import Modules
from vcvm_core.plugin.extract import read_sources
from vcvm_core.plugin.manifest import Manifest, encode_manifest

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
        _plan(folder, subject, manifest, old, before, seconds)
        left, how = _run(folder, seconds)
    modules = Modules(read_sources(project, subject.root, manifest.packages), subject.root)
    doing: dict[str, Any] = {}
    done = False
    for record in left:
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
        return Finding("too-much-output", {"doing": what, "limit": process.OUTPUT})
    return Finding("import-ended", {"doing": what, "how": how})


def _finding(record: dict[str, Any], modules: Modules) -> Finding:
    place = (
        place_of(modules, record["target"])
        if "target" in record
        else Place(file=record.get("file"), line=record.get("line"))
    )
    other = "notice" if record.get("other") == "notice" else None
    return Finding(record["rule"], record["facts"], record.get("uuid", ""), record.get("name", ""), place, other)  # type: ignore[arg-type]


def _plan(
    folder: str, subject: Subject, manifest: Manifest, old: Subject | None, before: Manifest | None, seconds: float
) -> None:
    """Writes what the process needs into its folder."""
    info = os.path.join(folder, f"{manifest.pack.replace('-', '_')}-{manifest.version}.dist-info")
    os.makedirs(info)
    os.makedirs(os.path.join(folder, "current"))
    entries = "".join(f"{name} = {value}\n" for name, value in subject.entries)
    write_file(os.path.join(info, "entry_points.txt"), f"[{GROUP}]\n{entries}".encode())
    write_file(os.path.join(folder, "manifest"), encode_manifest(manifest))
    if before is not None:
        write_file(os.path.join(folder, "old"), encode_manifest(before))
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
    write_file(os.path.join(folder, "plan"), json.dumps(plan).encode())


def _run(folder: str, seconds: float) -> tuple[list[dict[str, Any]], str]:
    """Runs the process to its end: its records, and how it ended: "time", "output", or in words."""
    how, text = watched(python(START, folder), folder, seconds)
    found = records(folder)
    return found, how if found else clean(text[:4_000][-400:] or how, 400)
