"""The rule of examples/cars.vasm, written by hand for whoever knows the records, and the records.

Takes nothing; gives the rule as a Python function, the records of the example together with spoilt copies of one of them,
and the program of the example, linked with `vcvm-text`: the installed one, or else that of `plugins/`.
"""

from __future__ import annotations

import atexit
import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from dists.builder import Site
from vcvm_core import VM, Program
from vcvm_core.asm import assemble
from vcvm_core.plugin import Registry, installed
from vcvm_stdlib import date_is_valid, float_in_range, int_in_range, list_contains

ROOT: Final = Path(__file__).resolve().parents[2]
CARS: Final = ROOT / "examples" / "cars.vasm"
RECORDS: Final = ROOT / "examples" / "cars.ndjson"
TEXT: Final = ROOT / "plugins" / "vcvm-text" / "src" / "vcvm_text"

Record = dict[str, Any]


def check(car: Record) -> list[str]:
    """The reasons against a record."""
    reasons = []
    for key, low, high in (("Miles_per_Gallon", 5, 60), ("Horsepower", 30, 300)):
        value = car.get(key)
        if type(value) is not int and type(value) is not float:
            reasons.append(key + " is missing")
        elif not low <= value <= high:
            reasons.append(key + " is not plausible")
    weight = car.get("Weight_in_lbs")
    if type(weight) is not int or not 1000 <= weight <= 6000:
        reasons.append("Weight_in_lbs is missing or not plausible")
    name = car.get("Name")
    if type(name) is not str or not name.strip():
        reasons.append("Name is empty")
    if car.get("Origin") not in ("USA", "Europe", "Japan"):
        reasons.append("Origin is not one of USA, Europe, Japan")
    year = car.get("Year")
    if type(year) is not str or not year.startswith("19") or not _is_date(year):
        reasons.append("Year is not a date of the last century")
    return reasons


def _is_date(text: str) -> bool:
    if len(text) != 10 or text[4] != "-" or text[7] != "-":
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def calling() -> Callable[[Record], list[str]]:
    """The rule in Python, with the intrinsics that the program calls."""
    hosts()
    from vcvm_text import glob_match, word_count

    def check(car: Record) -> list[str]:
        reasons = []
        for key, low, high in (("Miles_per_Gallon", 5.0, 60.0), ("Horsepower", 30.0, 300.0)):
            value = car.get(key)
            if type(value) is not int and type(value) is not float:
                reasons.append(key + " is missing")
            elif not float_in_range(float(value), low, high):
                reasons.append(key + " is not plausible")
        weight = car.get("Weight_in_lbs")
        if type(weight) is not int or not int_in_range(weight, 1000, 6000):
            reasons.append("Weight_in_lbs is missing or not plausible")
        if not word_count(_text(car, "Name")) > 0:
            reasons.append("Name is empty")
        if not list_contains(["USA", "Europe", "Japan"], _text(car, "Origin")):
            reasons.append("Origin is not one of USA, Europe, Japan")
        year = _text(car, "Year")
        if not date_is_valid(year) or not glob_match(year, "19??-*"):
            reasons.append("Year is not a date of the last century")
        return reasons

    return check


def _text(car: Record, key: str) -> str:
    value = car.get(key)
    return value if type(value) is str else ""


SPOILT: Final[tuple[Record, ...]] = (
    {"Miles_per_Gallon": 4.9},
    {"Miles_per_Gallon": "18"},
    {"Horsepower": 301},
    {"Horsepower": True},
    {"Weight_in_lbs": 999},
    {"Weight_in_lbs": 3504.0},
    {"Name": " "},
    {"Name": None},
    {"Origin": "Sweden"},
    {"Origin": ["USA"]},
    {"Year": "1970-02-30"},
    {"Year": "2070-01-01"},
    {"Year": "1970-W01-1"},
    {"Year": 1970},
)
"""What is wrong with each spoilt record."""


def records() -> list[Record]:
    """The records of the example, then the spoilt ones."""
    found = [json.loads(line) for line in RECORDS.read_text("utf-8").splitlines()]
    return [*found, *({**found[0], **wrong} for wrong in SPOILT)]


@cache
def hosts() -> Registry:
    """The installed packs, `vcvm-text` among them."""
    found = installed()
    if found.pack("vcvm-text") is None:
        # Until the process ends: a pack that was imported cannot move.
        folder = tempfile.mkdtemp(prefix="vcvm-bench-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        shutil.copytree(TEXT, Path(folder, TEXT.name), ignore=shutil.ignore_patterns("__pycache__"))
        Site(Path(folder)).add("vcvm-text", (TEXT / "__init__.py").read_text("utf-8"), version="2.0.0")
        sys.path.append(folder)
        found = installed()
    return found


def program(tier: str = "auto") -> Program:
    """The example, linked. tier: as in `VM`."""
    return VM(hosts(), tier=tier).load_module(assemble(CARS.read_text("utf-8"), hosts().catalog()))
