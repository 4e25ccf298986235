"""Host tables that a host makes itself: functions by UUID, arrays of functions by place."""

from __future__ import annotations

import functools
import json
import pickle
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from vcvm_core import VM, ApiError, IntrinsicError, LinkError
from vcvm_core.asm import assemble
from vcvm_core.link import FunctionHosts, LibraryArrays, NoHosts

IDENTITY = "a4c39daa-f85e-4b2a-a37f-4914e8237a18"
SEED = json.loads('{"libraries": [["func1", "func2", "func3"]]}')
"""The second founding text's library description, as it stands there."""


def plus(a: int, b: int) -> int:
    """A typed function."""
    return a + b


def loose(a, b):  # type: ignore[no-untyped-def]
    """A function of which nothing is said."""
    return a + b


def run(hosts: Any, declared: str = "(int, int) -> int") -> Any:
    """The result of a program that calls one function with 1 and 2."""
    text = f'extern f{declared} = "{IDENTITY}"\npush 1\npush 2\ncalli f'
    return VM(hosts=hosts).load_module(assemble(text)).call("main")


# Functions by UUID


@pytest.mark.parametrize("key", [IDENTITY, UUID(IDENTITY), IDENTITY.upper(), "{" + IDENTITY + "}"])
def test_functions_by_uuid(key: str | UUID) -> None:
    """A mapping from UUIDs, as text or as objects, is a host."""
    assert run({key: plus}) == 3
    assert run(FunctionHosts({key: plus})) == 3


def test_annotations_are_the_signature() -> None:
    """A program that was compiled for another signature is not bound."""
    with pytest.raises(LinkError) as caught:
        run({IDENTITY: plus}, "(int, int) -> string")
    assert caught.value.report.verdicts[0].word == "signature-differs"


def test_without_annotations() -> None:
    """A function without annotations is taken at the program's word, and what it returns is held against that."""
    assert run({IDENTITY: loose}) == 3
    with pytest.raises(IntrinsicError) as caught:
        run({IDENTITY: loose}, "(int, int) -> string")
    assert caught.value.kind == "bad-result"


@pytest.mark.parametrize("key", ["", "not a uuid", 5, None, b"a4c39daa", 1.5, "\n"])
def test_bad_keys(key: Any) -> None:
    """A key that is no UUID is refused at once, with an error that can be printed and pickled."""
    with pytest.raises(ApiError) as caught:
        FunctionHosts({key: lambda: 1})
    assert caught.value.kind == "bad-host"
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def with_default(a: int, b: int = 2) -> int:
    """Takes what a program cannot leave out."""
    return a + b


def with_keyword(a: int, *, b: int) -> int:
    """Takes what a program cannot name."""
    return a + b


def with_star(*a: int) -> int:
    """Takes any number."""
    return sum(a)


def half_annotated(a: int, b) -> int:  # type: ignore[no-untyped-def]
    """Says half of it."""
    return a + b


def odd(a: complex) -> int:
    """Takes what has no type."""
    return int(a.real)


async def later(a: int) -> int:
    """Gives what nobody awaits."""
    return a


BAD_FUNCTIONS = [5, None, "plus", with_default, with_keyword, with_star, half_annotated, odd, later]


@pytest.mark.parametrize("function", BAD_FUNCTIONS, ids=lambda f: getattr(f, "__name__", str(f)))
def test_bad_functions(function: Any) -> None:
    """What cannot be called, or says of itself what no program can do, is refused when the host is made."""
    with pytest.raises(ApiError) as caught:
        FunctionHosts({IDENTITY: function})
    assert caught.value.kind == "bad-host"


class Caller:
    """An object that can be called."""

    def __call__(self, n):  # type: ignore[no-untyped-def]
        return n


@pytest.mark.parametrize(
    "function", [functools.partial(plus, 0), len, [].append, Caller()], ids=lambda f: type(f).__name__
)
def test_callables_without_annotations(function: Callable[..., Any]) -> None:
    """A host's own callables of any kind may be passed: it vouches for them."""
    assert FunctionHosts({IDENTITY: function}).offers(UUID(IDENTITY).bytes)


def test_nobody_else() -> None:
    """A simple host knows no packs and no successors."""
    for host in (NoHosts(), FunctionHosts({})):
        assert list(host.offers(bytes(16))) == []
        assert list(host.successors(bytes(16))) == []
        assert host.pack("pack-a") is None


# Arrays of functions


def test_founding_description_is_a_header() -> None:
    """The description of the second founding text gives names to a compiler; without arrays nothing is bound."""
    hosts = LibraryArrays(SEED)
    module = assemble("extern func2(int) -> int\npush 5\ncalli func2", hosts.catalog())
    with pytest.raises(LinkError) as caught:
        VM(hosts=hosts).load_module(module)
    assert caught.value.report.verdicts[0].word == "unknown"


def test_founding_arrays() -> None:
    """With the arrays of functions in the same shape, the program runs: the index in the library is the function's place."""
    arrays = [[lambda n: n + 1, lambda n: n * 2, lambda n: -n]]
    hosts = LibraryArrays(SEED, arrays)
    text = (
        "\n".join(f"extern func{i}(int) -> int" for i in (1, 2, 3)) + "\npush 5\ncalli func3\ncalli func1\ncalli func2"
    )
    assert VM(hosts=hosts).load_module(assemble(text, hosts.catalog())).call("main") == -8


def test_typed_functions_in_arrays() -> None:
    """Annotated functions are held against what the program declared."""
    hosts = LibraryArrays({"libraries": [["plus"]]}, [[plus]])
    good = assemble("extern plus(int, int) -> int\npush 1\npush 2\ncalli plus", hosts.catalog())
    assert VM(hosts=hosts).load_module(good).call("main") == 3
    bad = assemble("extern plus(int) -> int\npush 1\ncalli plus", hosts.catalog())
    with pytest.raises(LinkError):
        VM(hosts=hosts).load_module(bad)


def test_place_is_part_of_the_identity() -> None:
    """A program runs on every host with the same description, and on none where the function moved."""
    module = assemble("extern b(int) -> int\npush 1\ncalli b", LibraryArrays({"libraries": [["a", "b"]]}).catalog())
    same = LibraryArrays({"libraries": [["a", "b"]]}, [[lambda n: 1, lambda n: 2]])
    moved = LibraryArrays({"libraries": [["b", "a"]]}, [[lambda n: 2, lambda n: 1]])
    assert VM(hosts=same).load_module(module).call("main") == 2
    with pytest.raises(LinkError):
        VM(hosts=moved).load_module(module)


def test_one_name_in_two_libraries_is_ambiguous() -> None:
    """A name at two places may mean either: a compiler has to ask."""
    assert len(LibraryArrays({"libraries": [["f"], ["f"]]}).catalog()["f"]) == 2


@pytest.mark.parametrize(
    "description",
    [
        None, [], "libraries", 5, {}, {"libraries": None}, {"libraries": {}}, {"libraries": ["func1"]}, {"libraries": [[5]]},
        {"libraries": [[""]]}, {"libraries": [["a\nb"]]}, {"libraries": [["'"]]}, {"libraries": [["\u202e"]]},
        {"libraries": [["x" * 256]]}, {"libraries": [], "more": 1}, {"Libraries": []}, {5: []},
        {"libraries": [[f"f{i}" for i in range(10_001)]]},
    ],
    ids=lambda d: str(d)[:30],
)  # fmt: skip
def test_bad_descriptions(description: Any) -> None:
    """A description comes from a file: anything but the one form is refused."""
    with pytest.raises(ApiError) as caught:
        LibraryArrays(description)
    assert caught.value.kind == "bad-library-description"


ARRAYS = [[], [[]], [[plus], [plus]], [[plus, plus]], [5], 5, {}, "a"]


@pytest.mark.parametrize("arrays", ARRAYS, ids=range(len(ARRAYS)))
def test_arrays_of_another_shape(arrays: Any) -> None:
    """The arrays have the shape of the description, exactly."""
    with pytest.raises(ApiError) as caught:
        LibraryArrays({"libraries": [["f"]]}, arrays)
    assert caught.value.kind in ("bad-library-description", "bad-host")


@pytest.mark.parametrize("thing", [None, 5, "f", with_star])
def test_arrays_of_no_functions(thing: Any) -> None:
    """What stands in the arrays can be called."""
    with pytest.raises(ApiError) as caught:
        LibraryArrays({"libraries": [["f"]]}, [[thing]])
    assert caught.value.kind == "bad-host"


def test_empty_description() -> None:
    """A description without libraries is one."""
    assert LibraryArrays({"libraries": []}, []).catalog() == {}
