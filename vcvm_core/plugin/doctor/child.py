"""The process that imports one pack, so that nobody else has to: it measures, and says what loading had against the pack.

Takes a folder with a plan; writes records, one JSON object a line, to a file there. The pack is loaded as the machine does
it, with the `Loader`; all that this needs is imported before, so that it is not on the pack's account. Python itself, started
with -X importtime, says on standard error which module took how long; a line of our own says where the pack begins. The
process ends without running what a pack has left behind for the end.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from time import perf_counter

from vcvm_core.errors import PackError, clean
from vcvm_core.files import read_file
from vcvm_core.plugin import hookimpl, intrinsic  # noqa: F401 - what every pack imports is on nobody's account
from vcvm_core.plugin.checking.child import PLAN, ROWS, Recorder, _bounded
from vcvm_core.plugin.discovery import discover
from vcvm_core.plugin.doctor.importing import BEGIN
from vcvm_core.plugin.loader import Loader

FAULT = 70
TOLD = 5
"""How many things that are wrong with one pack are told."""


def main(folder: str) -> None:
    """Run the plan in this folder; the process ends here."""
    plan = json.loads(read_file(os.path.join(folder, "plan"), PLAN, "file-too-large"))
    sys.dont_write_bytecode = True
    _bounded()
    recorder = Recorder(os.path.join(folder, "records"))
    leave = os._exit
    try:
        _load(plan, recorder)
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException as e:  # noqa: BLE001 - a pack may have broken what this needs
        recorder.record(fault=f"{type(e).__name__}: {clean(e)}")
        leave(FAULT)
    leave(0)


def _load(plan: dict[str, str], recorder: Recorder) -> None:
    where = plan["where"]
    folder = os.path.dirname(where) if plan["installed"] else where
    found = next(p for p in discover([folder]) if p.where == where and p.name == plan["pack"])
    manifest = found.manifest
    if manifest is None or not manifest.intrinsics:
        recorder.record(seconds=0.0, modules=0, done=True)
        return
    loader = Loader(found, manifest)
    # Its entry points are read here, as reading them imports much of the standard library; loading tells of errors.
    with suppress(PackError):
        loader._modules()
    recorder.record(doing="importing it")
    before = len(sys.modules)
    os.write(2, f"{BEGIN}\n".encode())
    problems: list[PackError] = []
    clock = perf_counter
    start = clock()
    try:
        loader.function(manifest.intrinsics[0])
    except PackError as e:
        problems.append(e)
    seconds = clock() - start
    recorder.record(seconds=seconds, modules=len(sys.modules) - before)
    if not problems or problems[0].kind in ROWS:
        for row in manifest.intrinsics[1:]:
            try:
                loader.function(row)
            except PackError as e:
                problems.append(e)
    for problem in problems[:TOLD]:
        for d in problem.diagnostics:
            recorder.record(code=d.code, reason=d.message, help=d.help)
    recorder.record(done=True)
