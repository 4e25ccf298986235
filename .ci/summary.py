"""Says what the cells of the matrix did, and fails unless every one really ran what it is called after.

Takes tox's result file, its work folder, the seconds since the start and the names of the cells that should have run;
prints one line a cell and a closing line like pytest's. Refuses: a cell that tox has no record of, that ran on another
Python than its name says, that had no wheel of vcvm, that failed, that left no report, or that ran no test.
"""

from __future__ import annotations

import json
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any, NamedTuple


class Count(NamedTuple):
    """Tests of one cell, or of all of them."""

    passed: int = 0
    failed: int = 0
    errors: int = 0
    skipped: int = 0

    def plus(self, other: Count) -> Count:
        """The sum of two."""
        return Count(*(a + b for a, b in zip(self, other, strict=True)))

    def text(self) -> str:
        """As pytest says it: what is zero is left out, but for passed."""
        words = {"failed": self.failed, "passed": self.passed, "skipped": self.skipped, "errors": self.errors}
        return ", ".join(f"{number} {word}" for word, number in words.items() if number or word == "passed")


def count(junit: str) -> Count:
    """The tests of a JUnit report."""
    suites = list(ET.fromstring(junit).iter("testsuite"))
    total, failed, errors, skipped = (
        sum(int(suite.get(key, "0")) for suite in suites) for key in ("tests", "failures", "errors", "skipped")
    )
    return Count(total - failed - errors - skipped, failed, errors, skipped)


def python_of(cell: str) -> str:
    """The Python that a cell is called after: "3.12" for py312-text1."""
    digits = cell.split("-", maxsplit=1)[0].removeprefix("py")
    return f"{digits[0]}.{digits[1:]}"


def check(cell: str, record: dict[str, Any] | None, tests: Count | None) -> list[str]:
    """What is wrong with one cell: its record in tox's result, None if there is none, and its tests likewise."""
    if record is None:
        return ["tox has no record of it: it did not run"]
    wrong = []
    found = ".".join(map(str, record.get("python", {}).get("version_info", ["?"])[:2]))
    if found != python_of(cell):
        wrong.append(f"ran on python {found}, not {python_of(cell)}")
    if not any(package.startswith("vcvm @ file:") for package in record.get("installed_packages", [])):
        wrong.append("no wheel of vcvm was installed in it")
    if not record.get("result", {}).get("success"):
        wrong.append("failed")
    if tests is None:
        wrong.append("left no report of its tests")
    elif not tests.passed:
        wrong.append("ran no test")
    return wrong


def main(result: Path, work: Path, seconds: str, cells: list[str]) -> int:
    """Prints the summary; gives the exit code."""
    records = json.loads(result.read_text(encoding="utf-8")).get("testenvs", {}) if result.is_file() else {}
    total, broken = Count(), 0
    for cell in cells:
        report = work / cell / "junit.xml"
        tests = count(report.read_text(encoding="utf-8")) if report.is_file() else None
        wrong = check(cell, records.get(cell), tests)
        total, broken = total.plus(tests or Count()), broken + bool(wrong)
        version = records.get(cell, {}).get("python", {}).get("version", "?").split()[0]
        verdict = f"  WRONG: {'; '.join(wrong)}" if wrong else ""
        print(f"{cell:<18} python {version:<8} {tests.text() if tests else 'nothing'}{verdict}")
    if broken and not total.failed and not total.errors:
        total = total.plus(Count(errors=broken))
    print(f"{f' {total.text()} in {seconds}s ':=^80}")
    return 1 if broken or not cells else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4:]))
