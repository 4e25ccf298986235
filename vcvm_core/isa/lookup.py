"""Finding rows of the table. Takes a number or a name; gives the row, or None."""

from __future__ import annotations

from typing import Final

from vcvm_core.isa.opcodes import OPCODES, Op

BY_CODE: Final[dict[int, Op]] = {row.code: row for row in OPCODES}
BY_NAME: Final[dict[str, Op]] = {row.name: row for row in OPCODES}
FOUNDING: Final = frozenset(range(6))
"""The opcodes of format 0."""
