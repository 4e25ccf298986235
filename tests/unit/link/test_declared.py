"""What `@intrinsic` declares is on the function: it holds by whatever way a host offers the function."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest

from vcvm_core import VM, ApiError, LibraryArrays, Limits, LinkError
from vcvm_core.asm import assemble
from vcvm_core.bytecode import Module
from vcvm_core.declared import declaration_of
from vcvm_core.link import FunctionHosts
from vcvm_core.plugin import intrinsic

NOW = "11111111-1111-4111-8111-111111111114"
OTHER = "11111111-1111-4111-8111-111111111115"


@intrinsic(NOW, cost="10 + n", effects=["clock", "net"], deterministic=False, deprecated="use later", name="now")
def moment(n: int) -> int:
    """A declared function."""
    return n + 1


@functools.wraps(moment)
def wrapped(n: int) -> int:
    """A wrapper, which calls what it wraps."""
    return moment(n)


def linked(n: int) -> int:
    """A wrapper that says what it wraps, and has nothing else of it."""
    return moment(n)


linked.__wrapped__ = moment  # type: ignore[attr-defined]


class Methods:
    """Callables that are no plain functions."""

    @intrinsic(NOW, effects=["clock", "net"])
    def __call__(self, n):  # type: ignore[no-untyped-def]
        """An object that is called."""
        return n

    @intrinsic(NOW, effects=["clock", "net"])
    def method(self, n):  # type: ignore[no-untyped-def]
        """A method."""
        return n

    @staticmethod
    @intrinsic(NOW, effects=["clock", "net"])
    def static(n: int) -> int:
        """A static method."""
        return n


@intrinsic(NOW, effects=["clock", "net"])
def loose(n):  # type: ignore[no-untyped-def]
    """A declared function without annotations."""
    return n


CALLABLES = {
    "function": moment,
    "wrapper": wrapped,
    "linked": linked,
    "wrapper-of-a-wrapper": functools.wraps(wrapped)(lambda n: n),
    "partial": functools.partial(loose),
    "partial-of-a-wrapper": functools.partial(functools.wraps(loose)(lambda n: n)),
    "object": Methods(),
    "method": Methods().method,
    "static": Methods.static,
    "loose": loose,
    "cached": functools.lru_cache(loose),
}


def text(uuid: str = NOW) -> str:
    """A program that calls the function."""
    return f'extern now(int) -> int = "{uuid}"\nfunc main() -> int\npush 5\ncalli now\nret\nend'


def arrays(function: Callable[..., Any]) -> tuple[LibraryArrays, Module]:
    """A hand-made library of one function, and a program for it."""
    description = {"libraries": [["now"]]}
    module = assemble(
        "extern now(int) -> int\nfunc main() -> int\npush 5\ncalli now\nret\nend", LibraryArrays(description).catalog()
    )
    return LibraryArrays(description, [[function]]), module


@pytest.mark.parametrize("which", CALLABLES)
@pytest.mark.parametrize("way", ["mapping", "hosts", "arrays"])
def test_effects_are_refused_and_allowed(which: str, way: str) -> None:
    """Without the policy's leave the report says which effects are missing; with it, the program runs."""
    function = CALLABLES[which]
    module = assemble(text())
    hosts: Any = {NOW: function}
    if way == "hosts":
        hosts = FunctionHosts(hosts)
    elif way == "arrays":
        hosts, module = arrays(function)
    for allow in ((), ["clock"], "net"):
        with pytest.raises(LinkError) as caught:
            VM(hosts=hosts, allow=allow).load_module(module)
        assert [v.word for v in caught.value.report.verdicts] == ["effect-not-allowed"]
    assert type(VM(hosts=hosts, allow=["net", "clock"]).load_module(module).call("main")) is int


def test_what_is_offered() -> None:
    """Every fact of the declaration is in the offer."""
    (offer,) = FunctionHosts({NOW: moment}).offers(bytes.fromhex(NOW.replace("-", "")))
    assert (offer.name, offer.effects, offer.deterministic) == ("now", ("clock", "net"), False)
    assert (offer.cost(5), offer.size, offer.deprecated) == (15, None, "use later")

    @intrinsic(OTHER, size="2 * len(s)", supersedes=NOW, relation="wider")
    def twice(s: str) -> str:
        return s + s

    hosts = FunctionHosts({NOW: moment, OTHER: twice})
    (offer,) = hosts.successors(bytes.fromhex(NOW.replace("-", "")))
    assert (offer.name, offer.relation, offer.effects) == ("twice", "wider", ())
    assert offer.size is not None
    assert offer.size("abc") == 6


@pytest.mark.parametrize("tier", ["interpreter", "compiled"])
def test_the_cost_is_charged(tier: Any) -> None:
    """Fuel for a call is what the declaration says, before the call."""
    hosts = {NOW: moment}
    program = VM(hosts=hosts, allow=["clock", "net"], tier=tier).load_module(assemble(text()))
    assert program.measure("main").fuel == 3 + 15
    limits = Limits.default.with_(fuel=17)
    poor = VM(hosts=hosts, allow=["clock", "net"], tier=tier, limits=limits).load_module(assemble(text()))
    found = poor.measure("main").error
    assert found is not None
    assert found.kind == "fuel"


def test_the_declared_size_is_held_before_the_call() -> None:
    """A result that would be larger than the limit is refused without a call."""
    called = []

    @intrinsic(NOW, size="1000 * n")
    def long(n: int) -> str:
        called.append(n)
        return "a"

    source = f'extern long(int) -> string = "{NOW}"\nfunc main() -> string\npush 5\ncalli long\nret\nend'
    program = VM(hosts={NOW: long}, limits=Limits.default.with_(value_size=4_999)).load_module(assemble(source))
    found = program.measure("main").error
    assert found is not None
    assert (found.kind, called) == ("value-size", [])


@pytest.mark.parametrize("which", CALLABLES)
def test_the_uuid_is_the_declared_one(which: str) -> None:
    """A declared function, or a wrapper of it, is offered as nothing else."""
    with pytest.raises(ApiError) as caught:
        VM(hosts={OTHER: CALLABLES[which]})
    assert caught.value.kind == "wrong-uuid"
    assert (caught.value.facts["declared"], str(caught.value.facts["uuid"])) == (NOW, OTHER)


def test_a_wrapper_with_a_declaration_of_its_own() -> None:
    """What is declared of the wrapper itself is what holds."""

    @intrinsic(OTHER)
    @functools.wraps(moment)
    def pure(n: int) -> int:
        return n

    assert VM(hosts={OTHER: pure}).load_module(assemble(text(OTHER))).call("main") == 5


@pytest.mark.parametrize(
    "wrong",
    [
        {"cost": "unknown + 1"},
        {"cost": -1},
        {"cost": None},
        {"size": "__import__('os')"},
        {"effects": [5]},
    ],
)
def test_bad_declarations(wrong: Any) -> None:
    """What no manifest can say, no function of a host can."""

    @intrinsic(NOW, **wrong)
    def f(n: int) -> int:
        return n

    with pytest.raises(ApiError) as caught:
        VM(hosts={NOW: f})
    assert caught.value.kind == "bad-host"


@pytest.mark.parametrize("uuid", ["", "no UUID", None, b"", NOW[:-1]])
def test_declared_uuids_that_are_none(uuid: Any) -> None:
    """A function that is declared with no UUID agrees with no key."""

    @intrinsic(uuid)
    def f(n: int) -> int:
        return n

    with pytest.raises(ApiError) as caught:
        VM(hosts={NOW: f})
    assert caught.value.kind == "wrong-uuid"


def test_one_effect_as_a_text() -> None:
    """A text is one effect, and not its letters."""

    @intrinsic(NOW, effects="clock")
    def f(n: int) -> int:
        return n

    declared = declaration_of(f)
    assert declared is not None
    assert declared.effects == ("clock",)
    assert VM(hosts={NOW: f}, allow="clock").load_module(assemble(text())).call("main") == 5


def test_what_is_not_declared() -> None:
    """Other functions have no declaration; one that wraps itself ends the search."""

    def circle() -> None:
        return None

    circle.__wrapped__ = circle  # type: ignore[attr-defined]
    for each in (circle, len, int, lambda: 1, object(), None):
        assert declaration_of(each) is None
