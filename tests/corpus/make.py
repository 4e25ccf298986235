"""Writes the corpus: one file for each row of the tables, and its expectation beside it.

Takes the rows; gives files. From the root of the checkout:

    PYTHONPATH=tests python -m corpus.make            says what is stale, and fails if anything is
    PYTHONPATH=tests python -m corpus.make --bless    writes what is stale, and removes what no row makes
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from corpus import format_rows, verifier_rows
from corpus.rows import Row

HERE = Path(__file__).parent
LAYERS: dict[str, tuple[Row, ...]] = {"format": format_rows.ROWS, "verifier": verifier_rows.ROWS}
"""The folders, and the rows that fill them."""
STAGES = {"FormatError": "decode", "VerifyError": "verify"}


def stage(row: Row) -> str:
    """The step that refuses a row; "accepted" if none does."""
    from vcvm_core.errors import ERRORS

    return STAGES[ERRORS[row.kind].family.__name__] if row.kind else "accepted"


def wanted() -> dict[Path, bytes]:
    """Every file of the corpus, with its content."""
    found: dict[Path, bytes] = {}
    for layer, rows in LAYERS.items():
        for row in rows:
            expectation = json.dumps(row.expectation(stage(row)), indent=2, ensure_ascii=True) + "\n"
            found[HERE / layer / f"{row.id}.vcvm"] = row.data
            found[HERE / layer / f"{row.id}.json"] = expectation.encode()
    return found


def stale() -> list[Path]:
    """The files that are missing, differ, or belong to no row."""
    files = wanted()
    here = {p for layer in LAYERS for p in (HERE / layer).glob("*") if p.is_file()}
    return sorted({p for p, data in files.items() if not p.is_file() or p.read_bytes() != data} | (here - set(files)))


def bless() -> list[Path]:
    """Write what is stale; gives the files that changed."""
    files, changed = wanted(), stale()
    for path in changed:
        if path in files:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(files[path])
        else:
            path.unlink()
    return changed


if __name__ == "__main__":
    found = bless() if sys.argv[1:] == ["--bless"] else stale()
    for path in found:
        print(path.relative_to(HERE))
    sys.exit(0 if sys.argv[1:] == ["--bless"] else bool(found))
