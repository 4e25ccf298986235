"""Target 13: decoding and verifying programs.

The baseline is the least that a reader in Python could do: unpack every instruction word and look up its opcode.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from bench.measure import Call, Case, Scale, Target, Variant
from bench.programs import SHAPES
from vcvm_core import Limits
from vcvm_core.bytecode import Module, decode
from vcvm_core.isa import BY_CODE
from vcvm_core.verify import verify

TITLE: Final = "Decoding and verifying"

LIMITS: Final = Limits.default.with_(instructions=1_000_000, function_instructions=1_000_000)
"""The default limits, but for the length of a function: the longest here has more than 65,536 instructions."""

STEEP: Final = "the cost grows faster than the program"
LINEAR: Final = 2.0
"""The most that an instruction may cost in the largest program, by one in the smallest."""

WHY: Final = {
    "straight line": "the verifier runs every instruction on a stack of types, one step of Python at a time",
    "branches": "every fifth instruction ends a block, whose stack is copied, compared and entered in tables",
    "many functions": "each function is small, and what is made anew for each costs more than its twenty instructions",
}
"""What a miss is due to, by shape."""


def cases(scale: Scale, folder: Path) -> Iterator[Case]:
    """The cases; nothing is written into `folder`."""
    for name, make in SHAPES.items():
        yield _speed(f"{name}: speed", make, scale.pick(100_000, 200), WHY[name])
    for name, make in SHAPES.items():
        yield _growth(f"{name}: growth", make, [scale.pick(size, size // 50) for size in (1_000, 10_000, 100_000)])


def length(module: Module) -> int:
    """How many instructions a module has."""
    return sum(len(function.code) for function in module.functions)


def unpack(words: bytes) -> int:
    """The least that a reader does for every instruction."""
    rows = BY_CODE
    count = 0
    for (word,) in struct.iter_unpack(">I", words):
        if rows.get(word >> 24) is not None:
            count += 1
    return count


def decoded(data: bytes) -> int:
    """Decode a program; its instructions."""
    return length(decode(data, LIMITS))


def verified(module: Module) -> int:
    """Verify a module; its instructions."""
    return length(verify(module, LIMITS).module)


def both(data: bytes) -> int:
    """Decode and verify a program; its instructions."""
    return length(verify(decode(data, LIMITS), LIMITS).module)


def _speed(name: str, make: Callable[[int], bytes], size: int, why: str) -> Case:
    data = make(size)
    module = decode(data, LIMITS)
    count = length(module)
    words = b"".join(struct.pack(">I", i.opcode << 24 | i.a) for f in module.functions for i in f.code)
    return Case(
        name,
        (
            Variant("unpack words, look up opcodes", Call(unpack, words), count, count),
            Variant("decode", Call(decoded, data), count, count),
            Variant("verify", Call(verified, module), count, count),
            Variant("decode and verify", Call(both, data), count, count),
        ),
        (Target("decode and verify", "millions a second", 1.0, why),),
        unit="instruction",
        notes=(f"{count:,} instructions; functions: {len(module.functions):,}",),
    )


def _growth(name: str, make: Callable[[int], bytes], sizes: list[int]) -> Case:
    variants = []
    for size in sizes:
        data = make(size)
        count = length(decode(data, LIMITS))
        variants.append(Variant(f"decode and verify {count:,}", Call(both, data), count, count))
    last = variants[-1].name
    return Case(name, tuple(variants), (Target(last, "growth", LINEAR, STEEP),), unit="instruction")
