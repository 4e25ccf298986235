"""Any bytes at all: a program or a FormatError; mutants of good programs: verified or refused, and what is verified runs.

The last is the soundness oracle: a mutant that the verifier accepts may trap or run into a limit on the machine in
self-check mode, but the machine must never find itself in a state that the verifier did not foresee.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.forge import fixed, u32
from corpus.good import CONTAINS, GOOD
from properties.programs import PARAMS, modules, values
from vcvm_core import VM
from vcvm_core.bytecode import MAGIC_0, MAGIC_1, decode, encode
from vcvm_core.errors import ApiError, FormatError, LimitExceeded, LinkError, Trap, VerifyError
from vcvm_core.limits import Limits
from vcvm_core.values import Type, check
from vcvm_core.verify import VerifiedModule, verify

LIMITS = Limits.strict.with_(fuel=2_000, results=8)
FACTOR = 160
"""Bytes of memory for each byte of a program, at most, on top of one mebibyte."""

slow = settings(deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def mutants(draw: Callable[[st.SearchStrategy[Any]], Any], sources: st.SearchStrategy[bytes]) -> bytes:
    """A good program with a few bytes changed, lost, doubled or taken from elsewhere, and a checksum that fits."""
    data = bytearray(draw(sources))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        size = draw(st.integers(1, 8))
        match draw(st.sampled_from(["set", "set", "flip", "cut", "double", "move", "number"])):
            case "set":
                data[at : at + 1] = bytes([draw(st.integers(0, 255))])
            case "flip":
                data[at : at + 1] = bytes([data[at] ^ 1 << draw(st.integers(0, 7))]) if data else b""
            case "cut":
                del data[at : at + size]
            case "double":
                data[at:at] = data[at : at + size]
            case "move":
                other = draw(st.integers(0, max(0, len(data) - 1)))
                data[at : at + 4] = data[other : other + 4]
            case "number":
                data[at : at + 4] = u32(
                    draw(st.sampled_from([0, 1, 2, 255, 65_535, 1 << 24, (1 << 31) - 1, (1 << 32) - 1]))
                )
    return fixed(bytes(data))


GOOD_BYTES = st.sampled_from(sorted(GOOD.values()))
HEADS = (b"", u32(MAGIC_0), u32(MAGIC_1), GOOD["loop"][:12])


def verified(data: bytes) -> VerifiedModule | None:
    """The verified module, None if it is refused; only what decode and verify may raise is caught."""
    try:
        module = decode(data)
    except FormatError:
        return None
    assert encode(module) == data
    try:
        return verify(module)
    except VerifyError:
        return None


@given(st.sampled_from(HEADS), st.binary(max_size=200))
def test_any_bytes(head: bytes, tail: bytes) -> None:
    """Oracle 1: any byte string is a program or a FormatError; what is accepted has one encoding."""
    verified(fixed(head + tail))
    verified(head + tail)


@slow
@given(mutants(st.one_of(GOOD_BYTES, modules().map(encode))))
def test_mutants_are_refused_or_sound(data: bytes) -> None:
    """Oracles 1 to 3: a mutant is refused; or it is encoded as it was, and its run has an end that was foreseen."""
    found = verified(data)
    if found is not None:
        for name, index in found.module.exports:
            run(data, name, index)


def run(data: bytes, name: str, index: int) -> str:
    """Run one function in self-check mode, and say how that ended. An InternalError, of an unsound verdict, comes out."""
    hosts = {
        str(CONTAINS): lambda a, b: b in a if type(a) is type(b) is str else True,
        str(UUID(int=1 << 64)): lambda xs, x: x,
    }
    library = {"geometry": GOOD["geometry"]}
    try:
        program = VM(hosts=hosts, limits=LIMITS, libraries=library).load(data)
        sample = [example(t) for t in program.module.functions[index].signature.types]
        program.machine(name, *sample, check=True).run()
    except (ApiError, FormatError, LimitExceeded, LinkError, Trap, VerifyError) as e:
        # Also FormatError and VerifyError: these limits are stricter than those it was decoded with.
        return e.kind
    return "result"


def example(t: Type) -> Any:
    """A value of a type: the first that comes to mind."""
    simple = {
        "none": None,
        "bool": True,
        "int": 3,
        "float": 1.5,
        "string": "age",
        "bytes": b"b",
        "uuid": CONTAINS,
        "any": 7,
    }
    if t.kind in simple:
        return simple[t.kind]
    if t.kind == "record":
        return {n: example(f) for n, f in t.fields.items()}
    if t.kind == "option":
        return example(t.of)
    return [example(t.of)] * 2 if t.kind == "list" else {"age": example(t.of), "x": example(t.of)}


def test_the_oracle_runs_programs() -> None:
    """The good programs themselves get through the oracle, so that a mutant has something to break."""
    for name, data in GOOD.items():
        found = verified(data)
        assert found is not None, name
        ends = {run(data, export, index) for export, index in found.module.exports}
        assert ends <= {"result", "explicit"}, name


@slow
@given(st.one_of(mutants(GOOD_BYTES), modules().map(encode), st.binary(max_size=2_000)))
def test_memory_is_linear(data: bytes) -> None:
    """Decoding and verifying take at most FACTOR bytes for each byte of the file, and a mebibyte."""
    tracemalloc.start()
    try:
        verified(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak <= FACTOR * len(data) + (1 << 20)


@given(st.data())
def test_examples_are_of_their_type(data: st.DataObject) -> None:
    """The strategies for arguments give what the boundary accepts."""
    for t in PARAMS:
        value = data.draw(values(t))
        assert check(t)(value) is value
        check(t)(example(t))
