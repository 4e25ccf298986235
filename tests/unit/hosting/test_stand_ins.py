"""Stand-ins: answers from examples, values that are made up, the two told apart; and headers that nobody vouches for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from vcvm_core import VM, IntrinsicError, LimitExceeded, Limits, ManifestError, PackError, Program, VcvmError
from vcvm_core.asm import assemble
from vcvm_core.errors import Unanswered
from vcvm_core.hosting import StandIn
from vcvm_core.hosting.standin import _smallest
from vcvm_core.plugin import Manifest, Registry, decode_manifest, encode_manifest, extract_manifest, installed
from vcvm_core.values import check, parse_signature

LOWER = "8b6e7bad-de7a-4396-ab27-cd3400042b94"
"""string_lower of the standard pack."""
UUIDS = [f"6a1d2c3e-0000-4000-8000-00000000000{n}" for n in "0123456789"]

SOURCE = '''
from typing import TypeVar
from vcvm_core.plugin import intrinsic
T = TypeVar("T")

@intrinsic("{0}", cost="1 + len(text)", size="len(text) + 1", effects=["net"])
def shout(text: str) -> str:
    """Loud.

    >>> shout("a")
    'A!'
    >>> shout("")
    Traceback (most recent call last):
        ...
    ValueError: nothing to shout
    """
    raise AssertionError("a stand-in runs nothing of the pack")

@intrinsic("{1}")
def first(items: list[T]) -> T:
    return items[0]

@intrinsic("{2}")
def ratio(a: float, b: float) -> float:
    """A ratio.

    >>> ratio(1, 2)
    0.5
    """
    return a / b

@intrinsic("{3}", size="5")
def both(n: int) -> tuple[int, list[str]]:
    """Two results.

    >>> both(1)
    (2, ['x'])
    """
    return n, []

@intrinsic("{4}")
def perhaps(n: int) -> int | None:
    return n
'''.replace("{0}", UUIDS[0])

for number, uuid in enumerate(UUIDS):
    SOURCE = SOURCE.replace(f"{{{number}}}", uuid)


def manifest_of(folder: Path, source: str, pack: str = "vcvm-acme") -> Manifest:
    """The header of a pack with this source, as it comes out of a file."""
    folder.mkdir(exist_ok=True)
    (folder / "vcvm_acme.py").write_text(source, encoding="utf-8")
    return decode_manifest(encode_manifest(extract_manifest(str(folder), ["vcvm_acme"], pack=pack, version="1.0")))


@pytest.fixture(scope="module")
def header(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """The header of the pack above."""
    return manifest_of(tmp_path_factory.mktemp("acme"), SOURCE)


def load(hosts: Any, name: str, signature: str, uuid: str, tier: Any = "auto", limits: Any = None) -> Program:
    """A program that passes its arguments on to one intrinsic."""
    params = parse_signature(signature).params
    names = [f"a{i}" for i in range(len(params))]
    types = ", ".join(f"{n}: {p.type}" for n, p in zip(names, params, strict=True))
    result = signature.rpartition("->")[2]
    text = f'extern {name}{signature} = "{uuid}"\nfunc main({types}) ->{result}\n'
    text += f" call ${name}({', '.join(f'${n}' for n in names)})\n ret\nend\n"
    return VM(hosts=hosts, tier=tier, limits=limits or Limits.default).load_module(assemble(text))


def shout(hosts: Any, **more: Any) -> Callable[..., Any]:
    """A program that shouts."""
    return load(hosts, "shout", "(string) -> string", UUIDS[0], **more).function("main")


@pytest.mark.parametrize("tier", ["auto", "compiled", "interpreter"])
def test_examples_and_the_rest(header: Manifest, tier: str) -> None:
    """An example answers for its arguments, also with its exception; else the smallest value. Both are counted."""
    stand_in = StandIn([header])
    call = shout(stand_in, tier=tier)
    assert call("a") == "A!"
    assert call("b") == ""
    with pytest.raises(IntrinsicError) as caught:
        call("")
    assert (caught.value.code, caught.value.facts["error"]) == ("VC601", "ValueError")
    assert caught.value.facts["reason"] == "nothing to shout"
    assert [tuple(row) for row in stand_in.report()] == [("shout", UUIDS[0], "vcvm-acme", "1.0", 2, 1)]


def test_it_is_deterministic(header: Manifest) -> None:
    """The same each time, and in another machine."""
    results = [[shout(StandIn([header]))(t) for t in ("a", "b", "a")] for _ in range(2)]
    assert results == [["A!", "", "A!"]] * 2


def test_effects_need_no_permission(header: Manifest) -> None:
    """Nothing real happens."""
    assert shout(StandIn([header]))("a") == "A!"


def test_cost_and_size_are_the_header_s(header: Manifest) -> None:
    """Fuel is what the pack itself would take, and limits on sizes hold."""
    program = load(StandIn([header]), "shout", "(string) -> string", UUIDS[0])
    used = [program.measure("main", "x" * n).fuel for n in (1, 41)]
    assert used[1] - used[0] == 40
    small = load(StandIn([header]), "shout", "(string) -> string", UUIDS[0], limits=Limits(value_size=10))
    with pytest.raises(LimitExceeded):
        small.call("main", "x" * 10)


def test_numbers_that_are_equal(header: Manifest) -> None:
    """An example that says 1 for a float is the one for 1.0."""
    stand_in = StandIn([header])
    assert load(stand_in, "ratio", "(float, float) -> float", UUIDS[2]).call("main", 1.0, 2.0) == 0.5
    assert load(stand_in, "ratio", "(float, float) -> float", UUIDS[2]).call("main", 3.0, 2.0) == 0.0


def test_several_results(header: Manifest) -> None:
    """As many as the signature says; a list is a new one each time."""
    program = load(StandIn([header]), "both", "(int) -> (int, list<string>)", UUIDS[3])
    assert program.call("main", 1) == (2, ["x"])
    assert program.call("main", 1)[1] is not program.call("main", 1)[1]
    assert program.call("main", 2) == (0, [])


def test_a_value_out_of_the_arguments(header: Manifest) -> None:
    """What a type variable stands for, only the arguments show; where they do not, there is no answer."""
    text = f'extern first(list<T>) -> T = "{UUIDS[1]}"\nfunc main(l: list<int>) -> int\n call $first($l)\n ret\nend\n'
    program = VM(hosts=StandIn([header])).load_module(assemble(text))
    assert program.call("main", [7, 8]) == 7
    with pytest.raises(Unanswered) as caught:
        program.call("main", [])
    assert caught.value.code == "VC741"
    assert caught.value.place.function == "main"


@pytest.mark.parametrize(
    "result",
    ["none", "bool", "int", "float", "string", "bytes", "uuid", "any", "list<int>", "map<list<string>>", "int?",
     "{a: int, b: {c: string?, d: uuid}}", "T", "list<T>", "T?", "{a: T}"],
)  # fmt: skip
def test_made_up_values_are_of_the_type(result: str) -> None:
    """Whatever a signature says."""
    signature = parse_signature(f"(x: T, y: map<T>) -> {result}")
    (found,) = _smallest(signature.results[0], signature, (5, {}))
    assert check(signature.results[0])(found) == found
    (again,) = _smallest(signature.results[0], signature, (5, {}))
    assert again == found


def test_other_packs_are_there(header: Manifest) -> None:
    """What no header names comes from the table below; a pack that is installed is not used if it has a header."""
    stand_in = StandIn([header], installed())
    assert load(stand_in, "string_lower", "(string) -> string", LOWER).call("main", "ABC") == "abc"
    assert [o.pack for o in stand_in.offers(UUID(UUIDS[0]).bytes)] == ["vcvm-acme"]
    assert stand_in.pack("vcvm-acme") is not None
    below = StandIn([header], StandIn([header]))
    assert len(below.offers(UUID(UUIDS[0]).bytes)) == 1


def test_two_headers_that_claim_one_uuid(header: Manifest, tmp_path: Path) -> None:
    """Ambiguous, as two installed packs are."""
    other = manifest_of(tmp_path, SOURCE, pack="vcvm-beta")
    with pytest.raises(VcvmError, match=r"claimed by vcvm-acme 1\.0 and vcvm-beta 1\.0"):
        shout(StandIn([header, other]))


# Headers that nobody vouches for


def test_a_header_that_claims_the_standard_pack(tmp_path: Path) -> None:
    """What is there means what it means."""
    manifest = manifest_of(tmp_path, SOURCE.replace(UUIDS[0], LOWER))
    with pytest.raises(PackError) as caught:
        StandIn([manifest], installed())
    assert caught.value.kind == "reserved-uuid"
    standard = next(pack.manifest for pack in installed().packs if pack.name == "vcvm")
    assert standard is not None
    with pytest.raises(PackError):
        StandIn([standard], Registry(()))


def test_an_example_that_is_larger_than_its_size(tmp_path: Path, header: Manifest) -> None:
    """No call could give it; all such examples, and a second header, are reported at once."""
    wrong = manifest_of(tmp_path, SOURCE.replace('size="len(text) + 1"', 'size="len(text)"'))
    with pytest.raises(ManifestError) as caught:
        StandIn([wrong, header])
    assert [d.kind for d in caught.value.diagnostics] == ["bad-stand-in"] * 2
    assert "its example 1 gives 2 characters or entries, its declared size is 1" in str(caught.value)
    assert "two headers" in str(caught.value)


def test_an_exception_of_any_name(tmp_path: Path) -> None:
    """The class that an example names need not exist, and is never looked for."""
    text = SOURCE.replace("ValueError: nothing", "os.system: nothing")
    with pytest.raises(IntrinsicError) as caught:
        shout(StandIn([manifest_of(tmp_path, text)]))("")
    assert caught.value.facts["error"] == "system"


def test_arguments_without_end(header: Manifest) -> None:
    """What is too large to be compared with an example is made up."""
    stand_in = StandIn([header])
    assert shout(stand_in)("x" * (5 << 20)) == ""
    assert stand_in.report()[0].made_up == 1
