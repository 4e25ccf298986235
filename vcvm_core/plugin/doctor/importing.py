"""What importing each pack does: a process for each, with a time limit, and what its end means.

Takes the packs that can be used; gives symptoms and times. The process is `child`; it is ended, with all that it has started,
when its time is over or when it prints without end. Nothing that it says is believed beyond its form. Raises InternalError
(check-failed) if no process can be started.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from vcvm_core.errors import clean, error
from vcvm_core.files import write_file
from vcvm_core.plugin.checking import process
from vcvm_core.plugin.checking.process import python, records, watched
from vcvm_core.plugin.discovery import SUFFIX, Found
from vcvm_core.plugin.doctor.symptoms import Checkup, Import, Symptom

SECONDS: Final = 20.0
"""How long importing one pack may take."""

SLOW: Final = 0.5
"""How many seconds of an import are worth a notice."""

BLAMED: Final = 3
"""How many modules are named for an import."""

BEGIN: Final = "vcvm: here the pack begins"
START: Final = "import sys; sys.path[:] = {path!r}; from vcvm_core.plugin.doctor.child import main; main({folder!r})"

_TIME: Final = re.compile(r"import time: +(\d+) \| +(\d+) \| *([^\n]*)\n?")


def import_packs(
    packs: Iterable[Found], checkup: Checkup, seconds: float = SECONDS, said: Callable[[Found], None] = lambda _: None
) -> None:
    """Imports every usable pack, one after the other; symptoms and times go to the checkup. said: told of each before."""
    checkup.imports = []
    for pack in packs:
        if pack.usable:
            said(pack)
            took, symptoms = _import(pack, seconds)
            checkup.imports.append(took)
            checkup.add(symptoms)
    checkup.settle()


def _import(pack: Found, seconds: float) -> tuple[Import, list[Symptom]]:
    with tempfile.TemporaryDirectory(prefix="vcvm-doctor-", ignore_cleanup_errors=True) as folder:
        os.makedirs(os.path.join(folder, "current"))
        plan = {"where": pack.where, "pack": pack.name, "installed": pack.where.endswith(SUFFIX)}
        write_file(os.path.join(folder, "plan"), json.dumps(plan).encode())
        how, text = watched(python(START, folder, "-X", "importtime"), folder, seconds)
        left = records(folder)
    _, begun, text = text.partition(f"{BEGIN}\n")
    times, printed = _told(text if begun else "")
    took, count = None, 0
    for record in left:
        elapsed, came = record.get("seconds"), record.get("modules")
        # Not NaN, and nothing that nobody could have waited for.
        if type(elapsed) is float and type(came) is int and 0 <= elapsed <= 1e6 and 0 <= came <= 1e6:
            took, count = elapsed, came
    blame = _blamed(pack, took, times)
    found = list(_symptoms(pack, how, left, seconds))
    if printed:
        found.append(_symptom("import-prints", pack, output=f"'{clean(printed, 60)}'"))
    if took is not None and took >= SLOW:
        names = ", ".join(f"{name} {_time(s)}" for name, s in blame[:BLAMED]) or "-"
        found.append(_symptom("import-slow", pack, time=_time(took), blame=names))
    return Import(pack.name, pack.version, took, count, tuple(blame[:BLAMED])), found


def _blamed(pack: Found, took: float | None, times: dict[str, float]) -> list[tuple[str, float]]:
    """The seconds of each top-level module, the most first. Python does not report the module that `import_module` was
    asked for, so what is left of the time is that of the pack's own package."""
    if took is not None and pack.manifest is not None and pack.manifest.packages:
        own = pack.manifest.packages[0]
        times[own] = times.get(own, 0.0) + max(0.0, took - sum(times.values()))
    return sorted(times.items(), key=lambda pair: -pair[1])


def _symptom(rule: str, pack: Found, /, **facts: Any) -> Symptom:
    return Symptom(rule, pack.name, pack.version, facts, pack.where)


def _symptoms(pack: Found, how: str, left: list[dict[str, Any]], seconds: float) -> Iterator[Symptom]:
    """What is wrong, by what the process wrote and how it ended."""
    for record in left:
        texts = [record.get(key) for key in ("code", "reason", "help")]
        if all(type(text) is str for text in texts):
            yield _symptom("cannot-load", pack, code=texts[0], reason=texts[1], help=texts[2])
    if any("done" in record for record in left):
        return
    fault = next((record["fault"] for record in left if "fault" in record), "")
    if not any("doing" in record for record in left):
        # It never came to the pack: that is no fault of the pack.
        raise error("check-failed", reason=fault or how)
    if how == "time":
        yield _symptom("import-hangs", pack, seconds=f"{seconds:g}")
    elif how == "output":
        yield _symptom("import-floods", pack, limit=process.OUTPUT)
    else:
        yield _symptom("import-ended", pack, how=fault or how)


def _told(text: str) -> tuple[dict[str, float], str]:
    """The seconds that each top-level module took, its parts included and others not, and what else was printed."""
    times: dict[str, float] = {}
    for match in _TIME.finditer(text):
        if len(match[1]) < 16:
            name = clean(match[3].strip().partition(".")[0], 60)
            times[name] = times.get(name, 0.0) + int(match[1]) / 1e6
    return times, _TIME.sub("", text).strip()


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
