"""The rows of the matrix: reads the files `*.toml` of this folder, and refuses a row that leaves a cell out.

Takes a folder; gives `Row`s. The form of a row is in this folder's README.md.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
CELLS = ("text1", "text2")


class BadRow(Exception):
    """A row that cannot be run, or does not say what should happen."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one cell gives: an answer, or the verdicts on the imports that are refused."""

    answer: Any
    refused: dict[str, str] | None
    says: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One program, one call, and the outcome in every cell."""

    name: str
    program: Path
    function: str
    args: tuple[Any, ...]
    outcomes: dict[str, Outcome]


def read_outcome(where: str, data: dict[str, Any]) -> Outcome:
    """Reads one cell's table. Raises BadRow."""
    if set(data) - {"answer", "refused", "says"}:
        raise BadRow(f"{where}: unknown keys {sorted(set(data) - {'answer', 'refused', 'says'})}")
    if ("answer" in data) == ("refused" in data):
        raise BadRow(f"{where}: states either an answer or what is refused")
    if data.get("refused") == {}:
        raise BadRow(f"{where}: refuses nothing")
    return Outcome(data.get("answer"), data.get("refused"), tuple(data.get("says", ())))


def read_row(path: Path) -> Row:
    """Reads one file. Raises BadRow."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    missing = {"about", "program", "function", "args", *CELLS} - set(data)
    unknown = set(data) - {"about", "program", "function", "args", *CELLS}
    if missing or unknown:
        raise BadRow(f"{path.name}: missing {sorted(missing)}, unknown {sorted(unknown)}")
    program = path.parent / data["program"]
    if not program.is_file():
        raise BadRow(f"{path.name}: no program {data['program']}")
    outcomes = {cell: read_outcome(f"{path.name} [{cell}]", data[cell]) for cell in CELLS}
    return Row(path.stem, program, data["function"], tuple(data["args"]), outcomes)


def read_rows(folder: Path = HERE) -> list[Row]:
    """Reads every row of a folder, in order of name. Raises BadRow."""
    return [read_row(path) for path in sorted(folder.glob("*.toml"))]
