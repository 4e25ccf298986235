"""Minted UUIDs: random, different, and none that is taken."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from dists.builder import FIRST, HEAD, SECOND, THIRD, Site, function, hook
from vcvm_core.errors import ERRORS, PackError
from vcvm_core.plugin import discover, installed, mint_uuids, minting


def test_they_are_random_and_different() -> None:
    found = mint_uuids(minting.MOST, ())
    assert len(set(found)) == minting.MOST
    for text in found:
        assert (str(UUID(text)), UUID(text).version) == (text, 4)


@pytest.mark.parametrize("count", [0, -1, minting.MOST + 1])
def test_a_number_that_nobody_means(count: int) -> None:
    with pytest.raises(PackError) as e:
        mint_uuids(count, ())
    assert e.value.kind == "bad-mint-count"


def test_none_is_taken(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the standard pack, of any pack, of a pack that is refused, and those that are superseded come again."""
    source = HEAD + function(uuid=FIRST, arguments=f', supersedes="{SECOND}", relation="fix"') + hook("double")
    site.add("acme", source)
    site.add("later", HEAD + function(uuid=THIRD) + hook("double"), api=(7, 9))
    standard = next(
        row.uuid
        for pack in installed().packs
        if pack.name == "vcvm" and pack.manifest
        for row in pack.manifest.intrinsics
    )
    free = "99999999-9999-4999-8999-999999999999"
    offered = iter(
        [str(UUID(bytes=standard)), FIRST, SECOND, THIRD, free, free, "88888888-8888-4888-8888-888888888888"]
    )
    monkeypatch.setattr(minting, "_random", lambda: UUID(next(offered)))
    assert mint_uuids(2, discover())[0] == free
    assert next(offered, None) is None


def test_errors_name_the_command() -> None:
    """Whoever has a UUID that cannot be is told how to get one."""
    for kind in ("reserved-uuid", "manifest-bad-uuid", "manifest-duplicate-uuid"):
        assert "vcvm plugins mint" in ERRORS[kind].help


def test_a_broken_pack_is_no_obstacle(site: Site, tmp_path: Path) -> None:
    site.add("broken", manifest=b"\x80")
    assert len(mint_uuids(1, discover(site.paths))) == 1
