"""Minting: UUIDs for intrinsics that do not exist yet.

Takes a number, and the packs that are installed; gives as many random UUIDs (version 4) in their text form, all different.
None of them is in the manifest of a pack that is installed, usable or not, the standard one included: an accident of one in
2**122 would cost a program its meaning, and looking is cheap. Refuses a number that no author means.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from uuid import UUID, uuid4

from vcvm_core.errors import error
from vcvm_core.plugin.discovery import Found

MOST: Final = 1_000
"""The most UUIDs that are minted at once."""


def mint_uuids(count: int, packs: Iterable[Found]) -> list[str]:
    """`count` new UUIDs, none of which these packs have. Raises PackError (bad-mint-count) outside 1 to `MOST`."""
    if not 1 <= count <= MOST:
        raise error("bad-mint-count", count=count, most=MOST)
    rows = [row for pack in packs if pack.manifest is not None for row in pack.manifest.intrinsics]
    taken = {row.uuid for row in rows} | {row.supersedes for row in rows if row.supersedes is not None}
    result: list[str] = []
    while len(result) < count:
        uuid = _random()
        if uuid.bytes not in taken:
            taken.add(uuid.bytes)
            result.append(str(uuid))
    return result


def _random() -> UUID:
    return uuid4()
