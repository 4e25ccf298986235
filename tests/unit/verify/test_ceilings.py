"""Each limit on programs is held for every way in: as bytes, as assembly text, as a module, and as a library.

The decoder is the reference. What it refuses in a program's bytes is refused in the program's text and in its module, with
the same kind of error and the same numbers; what it accepts is accepted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.good import GOOD
from properties.programs import modules
from vcvm_core import VM, Limits
from vcvm_core.asm import assemble, disassemble
from vcvm_core.bytecode import Debug, FunctionDebug, Import, Library, Module, decode, encode, encoded_size, held
from vcvm_core.bytecode.ceilings import CEILINGS
from vcvm_core.errors import FormatError, LinkError, VcvmError, VerifyError
from vcvm_core.limits import HIGHEST
from vcvm_core.verify import verify

PROGRAMS = Path(__file__).parents[2] / "programs"
MOST = Limits(**dict.fromkeys(("program_bytes", "constants", "constant_bytes", "types", "functions"), HIGHEST))
READING = sorted({row.limit for row in CEILINGS.values()} - {"stack"})
"""The limits that the decoder holds; the declared stack is the verifier's alone."""


def rows() -> Iterator[tuple[str, Module]]:
    """Programs that use every part of a program file."""
    for name, data in GOOD.items():
        yield name, decode(data)
    text = """
        .limit fuel 5000
        .const string "é is two bytes"
        .const bytes x"00ff00"
        extern one(a: int, b: string) -> int = "11111111-1111-4111-8111-111111111111"
        extern two(a: list<int>) -> int = "11111111-1111-4111-8111-111111111112"
        func three(a: int, b: int, c: int) -> int
        local $d: int = 1
        local $e: list<float>
        get $d
        ret
        end
        func two() -> (int, string)
        push 1
        pushs "text"
        ret
        end
        export three
        export three as again
        export two
    """
    text = re.sub(r"^ +", "", text, flags=re.MULTILINE)
    yield "every-part", assemble(text, file="every.vasm")
    yield (
        "founding",
        assemble('.consts = ["a", "béc", 7]\n.uuids = ["11111111-1111-4111-8111-111111111111"]\nLOADK 0\nLOADK 2\n'),
    )


CASES = dict(rows())


def outcome(way: Callable[[], Any]) -> tuple[str, dict[str, Any]] | None:
    """How a program is refused because of a limit: kind and facts. None if it is not."""
    try:
        way()
    except FormatError as e:
        return e.kind, e.facts
    except LinkError:
        return None  # the host offers nothing here: it was let in
    return None


def sizes(module: Module) -> list[tuple[str, int]]:
    """Limits and values to try: 0, 1, 2, and what bounds the program exactly, with one less."""
    found = []
    for name in READING:
        tried = {0, 1, 2}
        low, high = 0, 1 << 20
        while low < high:
            middle = (low + high) // 2
            if outcome(lambda m=middle, n=name: decode(encode(module), MOST.with_(**{n: m}))) is None:  # type: ignore[misc]
                high = middle
            else:
                low = middle + 1
        tried |= {high, max(0, high - 1), high + 1}
        found += [(name, value) for value in sorted(tried)]
    return found


@pytest.mark.parametrize("case", CASES)
def test_every_way_in_holds_what_the_decoder_holds(case: str) -> None:
    """Each limit at 0, 1, 2, exactly at what the program has, one below and one above."""
    module = CASES[case]
    data, text = encode(module), disassemble(module)
    assert verify(module, MOST)
    for name, value in sizes(module):
        limits = Limits.default.with_(**{name: value})
        expected = outcome(lambda limits=limits: decode(data, limits))  # type: ignore[misc]
        ways = {
            "module": lambda limits=limits: VM(limits=limits).load_module(module),
            "text": lambda limits=limits: VM(limits=limits).load_module(assemble(text, limits=limits)),
            "bytes": lambda limits=limits: VM(limits=limits).load(data),
            "verifier": lambda limits=limits: verify(module, limits),
        }
        for way, enter in ways.items():
            assert outcome(enter) == expected, (name, value, way)


def test_exactly_at_the_limit_passes() -> None:
    """Every limit is met by some program here, so that one less refuses it."""
    refused = set()
    for module in CASES.values():
        for name, value in sizes(module):
            if outcome(lambda n=name, v=value: verify(module, MOST.with_(**{n: v}))) is not None:  # type: ignore[misc]  # noqa: B023
                refused.add(name)
    assert refused == set(READING)


TEXTS = {
    "functions": ("func f{0}()\nret\nend\n", "too-many-functions"),
    "constants": ('.const string "{0}"\n', "too-many-constants"),
    "imports": ('extern e{0}() -> int = "11111111-1111-4111-8111-11111111111{0}"\n', "too-many-imports"),
    "instructions": ("func f{0}()\nret\nend\n", "program-too-large"),
}


@pytest.mark.parametrize("limit", TEXTS)
def test_text(limit: str) -> None:
    """Text that is assembled under a limit is refused like the bytes that it becomes, when it is to run."""
    part, kind = TEXTS[limit]
    for count in (1, 2, 5):
        text = "".join(part.format(i) for i in range(count)) + ("" if "func" in part else "func main()\nret\nend\n")
        for value in (0, 1, 2, count - 1, count, count + 1):
            limits = Limits.default.with_(**{limit: value})
            module = assemble(text, limits=limits)
            found = outcome(lambda m=module, n=limits: VM(limits=n).load_module(m))  # type: ignore[misc]
            has = {"constants": len(module.constants), "instructions": sum(len(f.code) for f in module.functions)}
            if has.get(limit, count) <= value:
                assert found is None
            else:
                assert found is not None
                assert found[0] == kind


@given(modules(), st.sampled_from(READING), st.integers(0, 60))
def test_random_programs(module: Module, name: str, value: int) -> None:
    """Any program, any limit: the module is refused exactly where its bytes are; and its size is known without them."""
    limits = MOST.with_(**{name: value})
    data = encode(module)
    assert encoded_size(module) == len(data)
    assert outcome(lambda: held(module, limits)) == outcome(lambda: decode(data, limits))


@pytest.mark.parametrize("path", sorted(PROGRAMS.rglob("*.vasm")), ids=lambda p: p.stem)
def test_sizes_are_exact(path: Path) -> None:
    """The size that is counted is that of the encoded program, whatever it has in it."""
    from vcvm_core.plugin import installed

    module = assemble(path.read_text("utf-8"), installed().catalog(), path.name)
    assert encoded_size(module) == len(encode(module))
    size = encoded_size(module)
    assert outcome(lambda: verify(module, MOST.with_(program_bytes=size))) is None
    found = outcome(lambda: verify(module, MOST.with_(program_bytes=size - 1)))
    assert found == ("file-too-large", {"found": size, "limit": size - 1})


def test_parameters_are_locals() -> None:
    """`locals` counts parameters, also where there are no others."""
    module = assemble("func main(a: int, b: int)\nret\nend")
    assert verify(module, Limits.default.with_(locals=2))
    for value in (0, 1):
        limits = Limits.default.with_(locals=value)
        expected = ("too-many-locals", {"found": 2, "limit": value})
        assert outcome(lambda limits=limits: verify(module, limits)) == expected  # type: ignore[misc]
        assert outcome(lambda limits=limits: decode(encode(module), limits)) == expected  # type: ignore[misc]


def test_libraries_of_a_host_are_held_to_the_limits_of_the_program() -> None:
    """A host table that read a library under higher limits does not bring it in under lower ones."""
    from vcvm_core.bytecode import content_hash
    from vcvm_core.link import LibraryFile, NoHosts

    library = encode(assemble(".library\n" + "".join(f"func f{i}() -> int\npush 1\nret\nend\n" for i in range(5))))

    class Hosts(NoHosts):
        def library(self, name: str, digest: bytes) -> LibraryFile:
            return LibraryFile(verify(decode(library)), content_hash(library))

    text = f'.link l "{content_hash(library).hex()}"\nimport l f0() -> int\nfunc main() -> int\ncall $l.f0()\nret\nend'
    assert VM(Hosts(), limits=Limits.default.with_(functions=5)).load_module(assemble(text)).call("main") == 1
    vm = VM(Hosts(), limits=Limits.default.with_(functions=4))
    with pytest.raises(LinkError) as caught:
        vm.load_module(assemble(text))
    assert [d.kind for d in caught.value.diagnostics] == ["unresolved-imports", "unknown-library"]
    assert "5 functions, the limit is 4" in str(caught.value.report.refused[0].found)
    assert not vm.check(encode(assemble(text))).ok
    with pytest.raises(FormatError):
        VM(libraries={"l": library}, limits=Limits.default.with_(functions=4))


BAD = Module(functions=assemble("func main()\nret\nend").functions)


@pytest.mark.parametrize(
    "declared",
    [
        (("fuel", -1),),
        (("fuel", HIGHEST + 1),),
        (("fuel", True),),
        (("value_size", 5),),
        (("nothing", 5),),
        (("fuel", 1), ("fuel", 2)),
        (("call_depth", 1), ("fuel", 2)),
    ],
)
def test_declared_limits_of_a_module(declared: Any) -> None:
    """What a module declares is held as the decoder holds it, so that no run meets a limit that is none."""
    with pytest.raises(FormatError) as caught:
        verify(BAD._replace(limits=declared))
    assert caught.value.kind == "bad-declared-limit"


def test_constants_of_a_module() -> None:
    """A value that no program file can hold is no constant."""
    with pytest.raises(FormatError) as caught:
        verify(BAD._replace(constants=([1],)))
    assert caught.value.kind == "bad-constant"


@pytest.mark.parametrize("index", [-1, 1, 1 << 40])
def test_exports_and_imports_of_a_module(index: int) -> None:
    """What a module exports is one of its functions, and what it imports is in one of its libraries."""
    signature = BAD.functions[0].signature
    for module in (
        BAD._replace(exports=(("main", index),)),
        BAD._replace(libraries=(Library("l", bytes(32)),), imports=(Import(index, "f", signature),)),
    ):
        with pytest.raises(FormatError) as caught:
            verify(module)
        assert (caught.value.kind, caught.value.facts["index"]) == ("bad-index", index)


@pytest.mark.parametrize("format_", [0, 1])
def test_a_module_of_nothing(format_: int) -> None:
    """A module without functions is refused in either format, with an error of vcvm."""
    with pytest.raises(VerifyError) as caught:
        verify(Module(format_))
    assert caught.value.kind == "falls-off-end"


def test_debug_information_of_a_module() -> None:
    """Lines and names are held as well, although no decoder has seen them."""
    many = FunctionDebug(tuple((i, i + 1) for i in range(9)), ("a",) * 9)
    module = BAD._replace(debug=Debug("", (many,)))
    for limit, kind in (("function_instructions", "function-too-large"), ("locals", "too-many-locals")):
        with pytest.raises(VcvmError) as caught:
            verify(module, Limits.default.with_(**{limit: 8}))
        assert caught.value.kind == kind


def test_the_place_is_said() -> None:
    """The refusal of a text names the function and its line."""
    text = "func main()\nret\nend\nfunc wide(a: int, b: int)\nret\nend"
    with pytest.raises(FormatError) as caught:
        verify(assemble(text, file="a.vasm"), Limits.default.with_(params=1))
    place = caught.value.place
    assert (place.file, place.function, place.line) == ("a.vasm", "wide", 5)
