"""A profile as text: three aligned tables, most fuel first.

Takes a `Profile`; gives lines for people. Of each table, the first rows. Names of programs and packs are cut, and what a
terminal would obey is escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from vcvm_core.errors import clean
from vcvm_core.profile.figures import NOT_RUN, IntrinsicRow, LineRow, Profile

SHOWN: Final = 20
"""How many rows of a table are shown."""

_NAME: Final = 48
"""How many characters of a name are shown."""

_NOTE: Final = """\
FUEL is exact. OWN is what a function's own instructions took; TOTAL adds the functions and intrinsics that it called.
Times are of the interpreter while it is observed, which takes longer than most instructions: compare them with each
other, and with nothing else."""


def text(profile: Profile, source: Sequence[str] = ()) -> str:
    """The report, with a newline at its end. source: the lines of the program's own source, shown beside their numbers."""
    parts = [_head(profile), _functions(profile), _lines(profile, source)]
    if profile.intrinsics:
        parts.append(_intrinsics(profile))
    return "\n\n".join([*parts, _NOTE]) + "\n"


def _head(profile: Profile) -> str:
    limit = profile.machine.limits.fuel
    lines = [
        f"profile of {clean(profile.function, _NAME)}, on the interpreter",
        f"  fuel         {profile.fuel:,} of {limit:,}",
        f"  instructions {profile.instructions:,}",
        f"  intrinsics   {profile.calls:,} call{'' if profile.calls == 1 else 's'}",
        f"  time         {_ms(profile.seconds).strip()} ms",
    ]
    if profile.not_run:
        lines.append(f"  not run      fuel of {profile.not_run:,} was {NOT_RUN}")
    if profile.error is not None:
        lines.append(f"  ended with   [{profile.error.code}] {profile.error.diagnostics[0].message}")
    return "\n".join(lines)


def _functions(profile: Profile) -> str:
    rows = [
        (
            clean(row.shown, _NAME),
            f"{row.calls:,}",
            f"{row.fuel:,}",
            _share(row.fuel, profile),
            f"{row.total_fuel:,}",
            _share(row.total_fuel, profile),
            _ms(row.seconds),
            _ms(row.total_seconds),
        )
        for row in profile.functions[:SHOWN]
    ]
    head = ("FUNCTION", "CALLS", "OWN FUEL", "%", "TOTAL FUEL", "%", "OWN MS", "TOTAL MS")
    return _table("functions, by own fuel", head, rows, (0,), len(profile.functions))


def _lines(profile: Profile, source: Sequence[str]) -> str:
    rows = [
        (
            _place(row),
            _name(row),
            f"{row.runs:,}",
            f"{row.fuel:,}",
            _share(row.fuel, profile),
            _ms(row.seconds),
            _excerpt(row, source),
        )
        for row in profile.lines[:SHOWN]
    ]
    head = ("LINE", "FUNCTION", "RUNS", "FUEL", "%", "MS", "SOURCE" if any(row[-1] for row in rows) else "")
    return _table("lines, by fuel, with the intrinsics that they call", head, rows, (0, 1, 6), len(profile.lines))


def _intrinsics(profile: Profile) -> str:
    rows = [
        (
            _label(row),
            f"{row.calls:,}",
            f"{row.fuel:,}",
            _share(row.fuel, profile),
            _ms(row.seconds),
            clean(row.cost, _NAME),
        )
        for row in profile.intrinsics[:SHOWN]
    ]
    head = ("INTRINSIC", "CALLS", "FUEL", "%", "MS", "COST OF A CALL")
    return _table("intrinsics, by fuel", head, rows, (0, 5), len(profile.intrinsics))


def _label(row: IntrinsicRow) -> str:
    name = clean(row.name, _NAME) or row.uuid
    return f"{name} ({clean(row.pack, _NAME)})" if row.pack else name


def _name(row: LineRow) -> str:
    return clean(f"{row.library}.{row.function}" if row.library else row.function, _NAME)


def _place(row: LineRow) -> str:
    line = "?" if row.line is None else str(row.line)
    return f"{clean(row.file, _NAME)}:{line}" if row.file else line


def _excerpt(row: LineRow, source: Sequence[str]) -> str:
    if row.library or row.line is None or row.line > len(source):
        return ""
    return clean(" ".join(source[row.line - 1].split()), _NAME)


def _share(fuel: int, profile: Profile) -> str:
    return f"{100 * fuel / profile.fuel:.1f}" if profile.fuel else "-"


def _ms(seconds: float) -> str:
    """Milliseconds, of one width as long as they are less than ten thousand."""
    return f"{1000 * seconds:9,.3f}"


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]], left: Sequence[int], count: int) -> str:
    """A table with its title. left: the columns that are texts. count: how many rows there are in all."""
    if not rows:
        return f"{title}\n  nothing ran"
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [title]
    for row in [head, *rows]:
        cells = [c.ljust(w) if i in left else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True))]
        lines.append(f"  {'  '.join(cells)}".rstrip())
    if count > len(rows):
        lines.append(f"  and {count - len(rows):,} more")
    return "\n".join(lines)
