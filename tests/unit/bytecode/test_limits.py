"""Every limit on a program: exactly at the limit passes, one more fails, with the limit's own error."""

from __future__ import annotations

from collections.abc import Callable
from struct import pack

import pytest

from corpus.forge import (
    LIBRARIES,
    constants,
    debug,
    extern,
    externs,
    file,
    function,
    functions,
    lines,
    name,
    signature,
    symbols,
    text_constant,
    types,
    u8,
    u16,
    u64,
)
from vcvm_core import ApiError, Limits, VcvmError
from vcvm_core.bytecode import decode
from vcvm_core.limits import HIGHEST
from vcvm_core.verify import verify

MAIN = functions(function())
NAMES = ("none", "bool", "int", "float", "string", "bytes", "uuid", "any", "T", "{}")


def founding(strings: int = 0, integers: int = 0, externs_: int = 0, code: int = 0) -> bytes:
    """A format 0 program with so many entries."""
    pool = pack("<I", strings) + bytes(4) * strings + bytes(4) + pack("<I", integers) + bytes(4) * integers
    imported = b"".join(pack("<IIIIIII", i + 1, 1, 1, 1, 0, 0, 0) for i in range(externs_))
    return (
        pack("<I", 0xDECAF) + pool + pack("<I", externs_) + imported + pack("<I", code) + pack("<I", 0x02000001) * code
    )


CASES: dict[str, tuple[str, str, Callable[[int], bytes], int]] = {
    "constants": ("constants", "too-many-constants", lambda n: file(constants(*[u8(0)] * n), MAIN), 4),
    "string": ("constant_bytes", "constant-too-large", lambda n: file(constants(text_constant(b"a" * n)), MAIN), 4),
    "bytes": (
        "constant_bytes",
        "constant-too-large",
        lambda n: file(constants(u8(5) + pack("<I", n) + b"a" * n), MAIN),
        4,
    ),
    "types": ("types", "too-many-types", lambda n: file(types(*NAMES[:n]), MAIN), 4),
    "functions": (
        "functions",
        "too-many-functions",
        lambda n: file(functions(*(function(f"f{i}") for i in range(n)))),
        4,
    ),
    "exports": ("functions", "too-many-functions", lambda n: file(MAIN, symbols(*((f"f{i}", 0) for i in range(n)))), 4),
    "code": (
        "function_instructions",
        "function-too-large",
        lambda n: file(functions(function(code="nop;" * (n - 1) + "ret"))),
        4,
    ),
    "program": (
        "instructions",
        "program-too-large",
        lambda n: file(functions(function("a", "nop; ret"), function("b", "nop;" * (n - 3) + "ret"))),
        5,
    ),
    "params": (
        "params",
        "signature-too-large",
        lambda n: file(types("int"), functions(function(shape=signature([0] * n)))),
        4,
    ),
    "results": (
        "results",
        "signature-too-large",
        lambda n: file(types("int"), functions(function(shape=signature([], [0] * n)))),
        4,
    ),
    "extern-params": (
        "params",
        "signature-too-large",
        lambda n: file(
            types("int"), externs(extern(b"1" * 16, f"({', '.join(['int'] * n)}) -> ()", signature([0] * n))), MAIN
        ),
        4,
    ),
    "locals": ("locals", "too-many-locals", lambda n: file(types("int"), functions(function(slots=[0] * n))), 4),
    "params-and-locals": (
        "locals",
        "too-many-locals",
        lambda n: file(types("int"), functions(function(shape=signature([0, 0]), slots=[0] * (n - 2)))),
        4,
    ),
    "externs": (
        "imports",
        "too-many-imports",
        lambda n: file(externs(*(extern(bytes([i + 1]) * 16) for i in range(n))), MAIN),
        4,
    ),
    "libraries": (
        "imports",
        "too-many-imports",
        lambda n: file((LIBRARIES, u16(n) + b"".join(name(f"l{i}") + bytes(32) for i in range(n))), MAIN),
        4,
    ),
    "bytes-of-file": (
        "program_bytes",
        "file-too-large",
        lambda n: file(constants(text_constant(b"a" * (n - 54))), MAIN),
        60,
    ),
    "lines": (
        "function_instructions",
        "function-too-large",
        lambda n: file(functions(function(code="nop;" * 3 + "ret")), debug("", lines([(i, i + 1) for i in range(n)]))),
        4,
    ),
    "constants-0": ("constants", "too-many-constants", lambda n: founding(strings=2, integers=n - 2), 4),
    "externs-0": ("imports", "too-many-imports", lambda n: founding(externs_=n), 4),
    "code-0": ("function_instructions", "function-too-large", lambda n: founding(code=n), 4),
}
"""For each: the limit, its error, a program of size n, and the n to try."""


@pytest.mark.parametrize("case", CASES)
def test_limits_of_the_decoder(case: str) -> None:
    """Exactly at the limit passes; one more fails."""
    limit, kind, make, n = CASES[case]
    limits = Limits.default.with_(**{limit: n})
    if case == "bytes-of-file":
        assert len(make(n)) == n
    if case != "lines":
        assert decode(make(n), limits)
    with pytest.raises(VcvmError) as found:
        decode(make(n + 1), limits)
    assert found.value.kind == kind
    assert str(found.value)


def test_the_stack_limit() -> None:
    """The declared maximum may be the limit, and not one more."""
    data = file(functions(function(code="push 1;" * 5 + "pop;" * 5 + "ret", stack=5)))
    assert verify(decode(data), Limits.default.with_(stack=5))
    with pytest.raises(VcvmError) as found:
        verify(decode(data), Limits.default.with_(stack=4))
    assert (found.value.kind, found.value.facts) == ("stack-limit", {"declared": 5, "limit": 4})


def test_the_limit_on_problems() -> None:
    """A program with more problems than the limit reports exactly so many, from one function or from several."""
    for entries in ([function("a", "loadk 1;" * 9 + "ret")], [function(c, "loadk 1; loadk 2; ret") for c in "abcd"]):
        for most in (1, 3, 5):
            with pytest.raises(VcvmError) as found:
                verify(decode(file(functions(*entries))), Limits.default.with_(source_errors=most))
            assert len(found.value.diagnostics) == most


@pytest.mark.parametrize("preset", [Limits.default, Limits.strict, Limits.trusted])
def test_presets(preset: Limits) -> None:
    """Strict is nowhere above default, default nowhere above trusted."""
    order = [Limits.strict, Limits.default, Limits.trusted]
    at = order.index(preset)
    for narrow in order[:at]:
        assert all(getattr(narrow, n) <= getattr(preset, n) for n in Limits.names())


@pytest.mark.parametrize("wrong", [-1, HIGHEST + 1, True, 1.0, "1", None])
def test_what_is_no_limit(wrong: object) -> None:
    """Whole numbers from 0 to the highest; no bool, no float, no text, and no None for no limit."""
    with pytest.raises(ApiError) as found:
        Limits(fuel=wrong)  # type: ignore[arg-type]
    assert found.value.kind == "bad-limit"
    assert Limits(fuel=0).fuel == 0
    assert Limits(fuel=HIGHEST).fuel == HIGHEST
    with pytest.raises(ApiError):
        Limits.default.with_(no_such_limit=1)


def test_declared_limits_come_in_order() -> None:
    """A program may lower fuel, calls of functions and calls of intrinsics, each once, in this order."""
    head = u16(3) + b"".join(u8(i) + u64(9) for i in (1, 2, 3))
    assert decode(file((1, head), MAIN)).limits == (("fuel", 9), ("call_depth", 9), ("intrinsic_calls", 9))
