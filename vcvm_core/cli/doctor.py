"""``vcvm plugins doctor``: what is wrong, or suspicious, with the installed packs, and what to do about it.

Takes the registry of installed packs and what is set; gives symptoms as a table, or as JSON, and exit code 1 if one of them
is a finding. Imports no pack; with ``--import`` another process does, one for each pack that can be used.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import Any, Final

from vcvm_core.cli.show import document, draws, remark, say, table
from vcvm_core.cli.usage import host, settings
from vcvm_core.errors import clean
from vcvm_core.plugin import Checkup, Found, Symptom, examine_packs

STYLES: Final = {"finding": "red", "notice": "yellow"}


def plugins_doctor(args: Namespace) -> int:
    """Run the command: 0 if there is no finding, else 1."""
    registry = host(args.no_pack)
    checkup = examine_packs(registry, settings(args.no_pack))
    if args.run:
        from vcvm_core.plugin import import_packs

        import_packs(registry.packs, checkup, args.timeout, _waiting)
    if args.json:
        document(_data(checkup))
    else:
        _show(checkup)
    return int(checkup.count("finding") > 0)


def _waiting(pack: Found) -> None:
    """For whoever sits there: a pack may take its time."""
    if draws(sys.stderr):
        remark(f"importing {clean(pack.name)}")


def _data(checkup: Checkup) -> dict[str, Any]:
    return {
        "ok": checkup.count("finding") == 0,
        "packs": checkup.packs,
        "summary": {"finding": checkup.count("finding"), "notice": checkup.count("notice")},
        "symptoms": [symptom.to_data() for symptom in checkup.symptoms],
        "imports": None if checkup.imports is None else [found.to_data() for found in checkup.imports],
    }


def _show(checkup: Checkup) -> None:
    if checkup.symptoms:
        rows = [_row(symptom) for symptom in checkup.symptoms]
        table(("CLASS", "NAME", "PACK", "WHAT"), rows, 0, STYLES)
        say()
        for rule, cure in dict.fromkeys((s.rule, s.cure) for s in checkup.symptoms if s.cure):
            say(f"{rule}: {cure}")
        say()
    if checkup.imports:
        rows = [
            (
                f"{clean(i.pack)} {clean(i.version)}",
                "-" if i.seconds is None else f"{i.seconds * 1000:,.0f}",
                f"{i.modules:,}",
                ", ".join(f"{name} {seconds * 1000:,.0f}" for name, seconds in i.blame) or "-",
            )
            for i in checkup.imports
        ]
        table(("IMPORTED", "MS", "MODULES", "MOST OF IT, MS"), rows)
        say()
    say(_verdict(checkup), "red" if checkup.count("finding") else "green")


def _row(symptom: Symptom) -> tuple[str, ...]:
    code = f"  [{symptom.code}]" if symptom.code else ""
    pack = f"{clean(symptom.pack)} {clean(symptom.version)}".strip() or "-"
    return symptom.kind, symptom.rule, pack, f"{symptom.message}{code}"


def _verdict(checkup: Checkup) -> str:
    found, notices = checkup.count("finding"), checkup.count("notice")
    said = f"{_many(found, 'finding')}, {_many(notices, 'notice')}"
    hint = "" if checkup.imports is not None else "; nothing was imported: --import does that, each pack by itself"
    return f"{_many(checkup.packs, 'pack')}: {said}{hint}"


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
