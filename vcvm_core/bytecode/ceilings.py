"""The limits on the parts of a program: one table for whoever reads one.

The decoder holds each part against this table before it allocates anything, and `held` (see held.py) holds a whole
`Module`, wherever it came from, against the same rows. So bytes, assembly text and modules are refused at the same size,
with the same error.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from vcvm_core.errors import NOWHERE, Place, error
from vcvm_core.limits import Limits


class Ceiling(NamedTuple):
    """limit: the name of the limit. kind: the error if a part has more. fact: what the error calls the number that was
    found. what: what it calls the part, where its sentence says that."""

    limit: str
    kind: str
    fact: str = "found"
    what: str = ""


CEILINGS: Final = {
    "file": Ceiling("program_bytes", "file-too-large"),
    "constants": Ceiling("constants", "too-many-constants"),
    "constant": Ceiling("constant_bytes", "constant-too-large"),
    "types": Ceiling("types", "too-many-types"),
    "libraries": Ceiling("imports", "too-many-imports"),
    "imports": Ceiling("imports", "too-many-imports"),
    "externs": Ceiling("imports", "too-many-imports"),
    "functions": Ceiling("functions", "too-many-functions"),
    "params": Ceiling("params", "signature-too-large", what="parameters"),
    "results": Ceiling("results", "signature-too-large", what="results"),
    "locals": Ceiling("locals", "too-many-locals"),
    "stack": Ceiling("stack", "stack-limit", fact="declared"),
    "code": Ceiling("function_instructions", "function-too-large"),
    "program": Ceiling("instructions", "program-too-large"),
    "exports": Ceiling("functions", "too-many-functions"),
    "lines": Ceiling("function_instructions", "function-too-large"),
    "names": Ceiling("locals", "too-many-locals"),
}
"""By part: what is counted, or measured in bytes."""


def most(part: str, limits: Limits) -> int:
    """The limit of a part."""
    found: int = getattr(limits, CEILINGS[part].limit)
    return found


def hold(part: str, found: int, limits: Limits, at: Place = NOWHERE) -> None:
    """Hold the size of a part against its limit. Raises the error of the part's row."""
    limit = most(part, limits)
    if found > limit:
        row = CEILINGS[part]
        facts = {row.fact: found, "limit": limit} | ({"what": row.what} if row.what else {})
        raise error(row.kind, at, **facts)
