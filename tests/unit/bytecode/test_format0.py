"""Format 0 against the founding document, byte by byte; what the document leaves open is stated here."""

from __future__ import annotations

from struct import pack
from uuid import UUID

import pytest

from corpus.good import CONTAINS, GOOD
from vcvm_core import VM, FormatError, Limits
from vcvm_core.bytecode import Module, decode, encode
from vcvm_core.verify import verify

INT_IN_RANGE = UUID("e0a520a3-bcfe-44c8-bf1e-291adb500221")


def u32(*values: int) -> bytes:
    return pack(f"<{len(values)}I", *values)


# In the order of the document's structure; what has a variable length has a u32 size before it.
LAID_OUT = b"".join(
    [
        u32(0x000DECAF),  # uint32_t magic_number, little-endian: af ec 0d 00
        u32(2),
        u32(4),
        b"test",
        u32(7),
        b"testing",  # string_const_count, string_consts
        u32(1),
        INT_IN_RANGE.bytes,  # uuid_const_count, uuid_consts
        u32(2),
        u32(7),
        u32(0xFFFFFFFF),  # int_const_count, int_consts
        u32(1),  # intrinsic_const_count
        CONTAINS.bytes,
        u32(2),
        u32(1),
        u32(15),
        b"string_contains",  # uuid, nargs, nrets, name
        u32(4),  # instruction_count
        u32(0x05000001),
        u32(0x05000000),  # LoadK 1, LoadK 0: opcode in bits 0 to 7, A in 8 to 31
        u32(0x04000000),
        u32(0x00000000),  # Calli 0, Halt
    ]
)


def test_layout() -> None:
    """Every field of the document, in its order."""
    assert LAID_OUT[:4] == bytes.fromhex("afec0d00")
    found = decode(LAID_OUT)
    assert found.constants == ("test", "testing", INT_IN_RANGE, 7, 0xFFFFFFFF)
    (extern,) = found.externs
    assert (extern.uuid, extern.name, extern.typed) == (CONTAINS.bytes, "string_contains", False)
    assert extern.signature.shape == "(any, any) -> any"
    assert [(i.opcode, i.a) for i in found.functions[0].code] == [(5, 1), (5, 0), (4, 0), (0, 0)]
    assert found.functions[0].max_stack == 2
    assert encode(found) == LAID_OUT


def test_every_byte_counts() -> None:
    """A format 0 program with one byte missing at its end, or one more, is none."""
    for wrong in (LAID_OUT[:-1], LAID_OUT + b"\0"):
        with pytest.raises(FormatError):
            decode(wrong)


def test_the_documents_example() -> None:
    """It loads "testing", then "test", calls string_contains, and leaves true; its end is a halt."""
    run = VM(hosts={CONTAINS: lambda haystack, needle: needle in haystack}).load(GOOD["founding"]).function()
    assert run() is True


def built(code: list[int], strings: list[bytes] = (), integers: list[int] = (), externs: bytes = u32(0)) -> bytes:  # type: ignore[assignment]
    """A format 0 program."""
    pool = u32(len(strings)) + b"".join(u32(len(s)) + s for s in strings) + u32(0) + u32(len(integers), *integers)
    return u32(0x000DECAF) + pool + externs + u32(len(code), *code)


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ([], None),
        ([0], None),
        ([0x02000007], 7),
        ([0x02FFFFFF, 0], 16_777_215),
        ([0x02000001, 0x02000002, 0x03000000], (2, 1)),
        ([0x02000001, 0x02000002, 0x01000000], 1),
        ([0x05000001], 4_294_967_295),
        ([0x05000000], "é"),
    ],
)
def test_meaning(code: list[int], result: object) -> None:
    """Halt, Pop, Push, Swap and LoadK; integers are unsigned, constants count through strings, UUIDs, integers."""
    assert VM().load(built(code, ["é".encode()], [0xFFFFFFFF])).function()() == result


@pytest.mark.parametrize(
    "code", [[0x01000000], [0x03000000], [0x02000001, 0x03000000], [0x05000009], [0x04000000], [0, 0]]
)
def test_wrong_code_is_decoded_and_not_verified(code: list[int]) -> None:
    """What the six do to a stack that is too low, to constants that are not there, and after a halt."""
    with pytest.raises(Exception, match="VC2"):
        verify(decode(built(code)))


def test_arguments_are_limited() -> None:
    """The refusal names the one that is too large: exactly at the limits passes."""
    limits = Limits.default.with_(params=2, results=1)
    for nargs, nrets, what in ((2, 1, ""), (3, 1, "parameters"), (2, 2, "results")):
        data = built([], externs=u32(1) + CONTAINS.bytes + u32(nargs, nrets, 0))
        if not what:
            assert decode(data, limits)
            continue
        with pytest.raises(FormatError) as found:
            decode(data, limits)
        assert (found.value.kind, found.value.facts["what"], found.value.facts["found"]) == (
            "signature-too-large",
            what,
            max(nargs - 1, nrets) + (nargs > 2),
        )


@pytest.mark.parametrize("wrong", [(7, "late"), (-1,), (1 << 32,), (1.5,), (None,)])
def test_what_format_0_cannot_hold(wrong: tuple[object, ...]) -> None:
    """Constants out of order, negative or too large integers, and other types are refused by the writer."""
    with pytest.raises(ValueError):
        encode(Module(0, constants=wrong, functions=decode(built([])).functions))
