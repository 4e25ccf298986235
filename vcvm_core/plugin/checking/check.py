"""One pack held against its own promises, and, if wanted, against those of an older release.

Takes the word that names the pack; gives a report. Without `run`, nothing is imported. With it, and always with `against`,
the pack is imported in a process of its own, whose end, however it comes, is a finding and no failure of the check.
"""

from __future__ import annotations

from typing import Final

from vcvm_core.errors import error
from vcvm_core.plugin.checking.changes import changes
from vcvm_core.plugin.checking.rules import GateReport
from vcvm_core.plugin.checking.source import read_checks
from vcvm_core.plugin.checking.subject import Subject, opened, sound
from vcvm_core.plugin.manifest import Manifest

SECONDS: Final = 60.0
"""How long the process that imports a pack may take."""


def check_pack(given: str, *, run: bool = False, against: str | None = None, seconds: float = SECONDS) -> GateReport:
    """The report on a wheel, a folder, a manifest or an installed name. Raises VcvmError for what cannot be read.

    run: also import it and call its functions. against: an older release, named in the same ways; implies `run`.
    seconds: how long the process that imports it may take.
    """
    with opened(given) as subject:
        if against is None:
            return _checked(subject, None, run, seconds)
        with opened(against) as old:
            return _checked(subject, old, True, seconds)


def _checked(subject: Subject, old: Subject | None, run: bool, seconds: float) -> GateReport:
    report = GateReport((subject.to_data(),) if old is None else (subject.to_data(), old.to_data()))
    before: Manifest | None = None if old is None else sound(old)
    report.add(read_checks(subject))
    manifest = subject.current
    if manifest is not None:
        report.counts["intrinsics"] = len(manifest.intrinsics)
        report.counts["examples"] = sum(len(row.vectors) for row in manifest.intrinsics)
        if before is not None:
            report.add(f for f in changes(before, manifest) if f.kind != "fine")
    if run:
        if subject.project is None:
            cure = "name the wheel, the project's folder or the installed pack instead"
            raise error("bad-usage", problem=f"{subject.given} has no code that could be run", cure=cure)
        if manifest is not None:
            # Here, not above: what only reads starts no process.
            from vcvm_core.plugin.checking.running import run_checks

            run_checks(subject, manifest, old, before, seconds, report)
    return report.settle()
