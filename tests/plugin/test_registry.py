"""The registry: offers by UUID, names for compilers, conflicts that nobody wins, blocking."""

from __future__ import annotations

import threading
from typing import Any
from uuid import UUID

import pytest

from dists.builder import FIRST, HEAD, SECOND, SOURCE, THIRD, Site, function, hook
from vcvm_core.bytecode import Extern
from vcvm_core.errors import ApiError, PackError
from vcvm_core.link import HostTable, resolve
from vcvm_core.plugin import Registry, discover, examine_packs, installed, read_settings
from vcvm_core.values import parse_signature

ONE, TWO, THREE = (UUID(u).bytes for u in (FIRST, SECOND, THIRD))


def test_offer(site: Site) -> None:
    """An offer says what the manifest says; loading gives the function."""
    arguments = f', cost="1 + number", effects=["net"], deprecated="old", supersedes="{SECOND}", relation="wider"'
    site.add(source=HEAD + function(arguments=arguments) + hook("double"), version="2.0")
    registry: HostTable = installed(site.paths)
    (offer,) = registry.offers(ONE)
    assert (offer.name, offer.pack, offer.version, str(offer.signature)) == (
        "double",
        "acme",
        "2.0",
        "(number: int) -> int",
    )
    assert (offer.cost(4), offer.size, offer.effects, offer.deterministic) == (5, None, ("net",), True)
    assert (offer.deprecated, offer.supersedes) == ("old", TWO)
    assert [successor.uuid for successor in registry.successors(TWO)] == [offer.uuid]
    assert registry.offers(TWO) == registry.successors(ONE) == ()
    assert offer.load()(21) == 42


def test_pack_states(site: Site) -> None:
    """A pack is known by any spelling of its name, with its problem if it has one."""
    site.add("my-acme")
    site.add("beta", source=HEAD + function(uuid=SECOND), api=(2, 2))
    registry = installed(site.paths)
    state = registry.pack("My_Acme")
    assert state is not None
    assert (state.name, state.version, state.problem) == ("my-acme", "1.0", None)
    refused = registry.pack("beta")
    assert refused is not None
    assert refused.problem is not None
    assert refused.problem.kind == "wrong-api"
    assert registry.pack("absent") is None
    assert registry.offers(TWO) == ()


def test_who_would_provide_it(site: Site) -> None:
    """What a pack has that is here and cannot be used is known, also to a program that does not say where it had it from."""
    site.add("beta", source=HEAD + function(uuid=SECOND), api=(2, 2))
    site.add("acme")
    registry = installed(site.paths, block=["acme"])
    assert [(p.pack, p.versions, p.name) for p in registry.providers(ONE)] == [("acme", ("1.0",), "double")]
    assert [p.pack for p in registry.providers(TWO)] == ["beta"]
    assert list(registry.providers(THREE)) == []
    extern = Extern(ONE, parse_signature("(int) -> int"), "double")
    verdict = resolve(extern, registry, frozenset(), bind=False)
    assert verdict.word == "pack-broken"
    assert "acme is blocked" in verdict.found


def test_two_packs_claim_one_uuid(site: Site) -> None:
    """Both are offered, whatever the order of the folders: the linker binds neither (M10, M11)."""
    site.add("acme")
    site.add("beta", source=HEAD + function() + function("own", SECOND) + hook("double", "own"))
    found = discover(site.paths)
    for packs in (found, found[::-1]):
        registry = Registry(packs)
        assert {o.pack for o in registry.offers(ONE)} == {"acme", "beta"}
        assert [o.pack for o in registry.offers(TWO)] == ["beta"]


def test_reserved(site: Site) -> None:
    """A distribution that claims a UUID of the standard pack is refused as a whole (M12)."""
    site.add("vcvm", module="standard")
    site.add("beta", source=HEAD + function("other") + function("own", SECOND) + hook("other", "own"))
    registry = installed(site.paths)
    assert [o.pack for o in registry.offers(ONE)] == ["vcvm"]
    assert registry.offers(TWO) == ()
    state = registry.pack("beta")
    assert state is not None
    assert state.problem is not None
    assert (state.problem.kind, state.problem.facts["uuid"], state.problem.facts["name"]) == (
        "reserved-uuid",
        FIRST,
        "double",
    )
    assert [(p.name, p.state) for p in registry.packs] == [("beta", "refused"), ("vcvm", "ok")]


@pytest.mark.parametrize("block", [["vcvm"], []])
def test_reserved_even_if_the_standard_pack_cannot_be_used(site: Site, block: list[str]) -> None:
    """Neither blocking nor doubling the standard pack hands its UUIDs to another."""
    site.add("vcvm", module="standard")
    if not block:
        site.add("vcvm", module="standard", spelled="Vcvm", version="9")
    site.add("beta", source=HEAD + function("other") + hook("other"))
    registry = installed(site.paths, block=block)
    assert registry.offers(ONE) == ()


def test_block(site: Site) -> None:
    """A blocked pack is listed, and offers nothing."""
    site.add("my-acme")
    registry = installed(site.paths, block=["My_Acme"])
    assert registry.offers(ONE) == ()
    assert registry.catalog() == {}
    (pack,) = registry.packs
    assert (pack.state, pack.problem and pack.problem.kind) == ("blocked", "pack-blocked")


SPELLED: list[Any] = [
    *("my-acme", "My_Acme", "MY.ACME", ["my_acme"]),
    *({"My.Acme"}, {"My_Acme": "somebody"}, iter(["my-acme"])),
]


@pytest.mark.parametrize("block", SPELLED)
def test_block_by_any_spelling(site: Site, block: Any) -> None:
    """A text is one name, and all spellings of a name are one."""
    site.add("my-acme")
    registry = installed(site.paths, block=block)
    assert registry.offers(ONE) == ()
    (pack,) = registry.packs
    assert pack.problem is not None
    assert pack.problem.facts["by"] == ("somebody" if isinstance(block, dict) else "the application")


@pytest.mark.parametrize(
    "block", ["my-amce", ["my-acme", "my-amce"], {"my-amce": "somebody"}, ("my-acme", "", "m")], ids=repr
)
def test_block_of_what_is_not_installed(site: Site, block: Any) -> None:
    """A name that nobody has is refused, each of them, with what is closest: a slip would block nothing."""
    site.add("my-acme")
    with pytest.raises(PackError) as caught:
        installed(site.paths, block=block)
    found = caught.value.diagnostics
    assert {d.kind for d in found} == {"no-such-pack"}
    given = [block] if isinstance(block, str) else block
    assert [d.facts["name"] for d in found] == [name for name in given if name != "my-acme"]
    listed = "vcvm plugins list shows what is installed"
    assert {d.help for d in found} <= {"did you mean my-acme?", listed}
    assert all((d.help != listed) is (d.facts["name"] == "my-amce") for d in found)


@pytest.mark.parametrize("block", [5, [5], b"my-acme", [b"my-acme"], [None], None], ids=repr)
def test_block_lists_of_other_things(site: Site, block: Any) -> None:
    """What holds no names is no list of them."""
    site.add("my-acme")
    with pytest.raises(ApiError) as caught:
        installed(site.paths, block=block)
    assert caught.value.kind == "wrong-type"


def test_settings_may_block_what_is_not_here(site: Site) -> None:
    """Files are shared between machines: what they block may be absent, and the doctor says so."""
    site.add("my-acme")
    found = read_settings((), (), {"VCVM_BLOCK": "absent, My_Acme", "HOME": "/nowhere"}, "/")
    registry = installed(site.paths, block=found.blocked)
    assert registry.offers(ONE) == ()
    symptoms = examine_packs(registry, found, site.paths).symptoms
    assert [s.pack for s in symptoms if s.rule == "blocks-nothing"] == ["absent"]


def test_catalog(site: Site) -> None:
    """A name leads to its import, plain and with its package; one that several have, to all of them."""
    site.add("acme", version="3.1")
    site.add("beta", source=HEAD + function("double", SECOND) + function("triple", THIRD) + hook("double", "triple"))
    catalog = installed(site.paths).catalog()
    assert set(catalog) == {"double", "acme.double", "beta.double", "triple", "beta.triple"}
    assert [e.uuid for e in catalog["double"]] == [ONE, TWO]
    (extern,) = catalog["acme.double"]
    assert (extern.uuid, extern.name, extern.pack, extern.version, extern.typed) == (ONE, "double", "acme", "3.1", True)
    assert str(extern.signature) == "(number: int) -> int"
    with pytest.raises(TypeError):
        catalog["new"] = ()


def test_concurrent(site: Site) -> None:
    """Threads that discover and load at once all see the same (C08)."""
    site.add(
        source="import time\ntime.sleep(0.05)\nCOUNT = []\n"
        + SOURCE.replace("    return [", "    COUNT.append(1)\n    return [")
    )
    registry = installed(site.paths)
    results: list[object] = []

    def work() -> None:
        results.append(registry.offers(ONE)[0].load())

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 8
    assert len(set(map(id, results))) == 1
    import acme  # type: ignore[import-not-found]

    assert acme.COUNT == [1]
