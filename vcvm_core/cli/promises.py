"""``vcvm plugins check`` and ``diff``: whether a pack keeps its promises, and what a release would change.

Take wheels, folders, manifests and names of installed packs; give findings by named rules, as text or JSON, and exit code 1
where a gate is shut. ``diff`` imports nothing, ``check`` only where it is told to, in a process of its own.
"""

from __future__ import annotations

from argparse import Namespace
from typing import Any, Final

from vcvm_core.cli.show import document, say, table
from vcvm_core.errors import clean
from vcvm_core.plugin import Finding, GateReport, check_pack, diff_packs

STYLES: Final = {"breaking": "red", "finding": "red", "notice": "yellow", "fine": "green"}


def plugins_diff(args: Namespace) -> int:
    """``vcvm plugins diff``: every change between two releases; 1 if one of them is breaking."""
    report = diff_packs(args.old, args.new)
    if args.json:
        document({"old": report.subjects[0], "new": report.subjects[1], **_data(report)})
        return int(report.failed)
    say(f"{_subject(report.subjects[0])} -> {_subject(report.subjects[1])}", "bold")
    if report.findings:
        say()
        rows = [(f.kind, f.rule, clean(f.name) or "-", f.message) for f in report.findings]
        table(("CLASS", "RULE", "INTRINSIC", "WHAT"), rows, 0, STYLES)
        cures = {f.rule: f.cure for f in report.findings if f.kind == "breaking" and f.cure}
        if cures:
            say()
        for rule, cure in cures.items():
            say(f"{rule}: {cure}")
        say()
    say(_verdict(report), "red" if report.failed else "green")
    return int(report.failed)


def _verdict(report: GateReport) -> str:
    if not report.findings:
        return "nothing was changed"
    breaking, notices, fine = report.count("breaking"), report.count("notice"), report.count("fine")
    said = f"{breaking} breaking, {_many(notices, 'notice')}, {fine} fine"
    return f"{said}: programs of the old release " + ("may stop" if breaking else "run as before")


def plugins_check(args: Namespace) -> int:
    """``vcvm plugins check``: whether a pack is what it says it is; 1 if it is not."""
    run = args.run or args.against is not None
    report = check_pack(args.pack, run=run, against=args.against, seconds=args.timeout)
    if args.json:
        old = report.subjects[1] if len(report.subjects) > 1 else None
        document(
            {"pack": report.subjects[0], "against": old, "imported": run, **_data(report), "counts": report.counts}
        )
        return int(report.failed)
    for finding in report.findings:
        _show(finding)
        say()
    for i, subject in enumerate(report.subjects):
        say(f"{'against ' if i else ''}{_subject(subject)}", "bold")
    done = [f"{count} {what}" for what, count in report.counts.items()]
    say(f"  {', '.join([*done, *([] if run else ['not imported: --import runs them'])])}")
    found, notices = report.count("breaking", "finding"), report.count("notice")
    said = f"{_many(found, 'finding')}, {_many(notices, 'notice')}"
    say(said if found else f"ok: {said}", "red" if found else "green")
    return int(report.failed)


def _show(finding: Finding) -> None:
    about = f"{clean(finding.name)}: " if finding.name else ""
    say(f"{finding.kind}[{finding.rule}]: {about}{finding.message}", STYLES[finding.kind])
    if place := str(finding.place):
        say(f" --> {place}")
    if finding.cure:
        say(f"help: {finding.cure}")


def _data(report: GateReport) -> dict[str, Any]:
    return {
        "ok": not report.failed,
        "summary": report.summary(),
        "findings": [finding.to_data() for finding in report.findings],
    }


def _subject(data: dict[str, Any]) -> str:
    given = "installed" if data["form"] == "installed" else f"{data['form']} {clean(data['given'], 200)}"
    return f"{clean(data['pack'])} {clean(data['version'])} ({given})"


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
