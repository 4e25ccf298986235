"""Operands: what the fields of an instruction word mean, and how they are laid out.

An instruction is 32 bits; bit 0 is the most significant, so the opcode is the top byte. Three shapes, from the founding
document, by the number of operands:

    0 or 1   opcode(8)  A(24)
    2        opcode(8)  A(12)  B(12)
    3        opcode(8)  A(8)   B(8)   C(8)

Takes a count of operands; gives shifts and masks. All operands are unsigned.
"""

from __future__ import annotations

from typing import Final

SHAPES: Final[tuple[tuple[tuple[int, int], ...], ...]] = (
    (),
    ((0, 0xFFFFFF),),
    ((12, 0xFFF), (0, 0xFFF)),
    ((16, 0xFF), (8, 0xFF), (0, 0xFF)),
)
"""For each number of operands: (shift, mask) of A, B, C."""

KINDS: Final[dict[str, str]] = {
    "immediate": "a number from 0 to 16,777,215",
    "constant": "an index into the constants",
    "text": "an index of a string constant",
    "local": "an index of a local, parameters first",
    "target": "the index of an instruction of the same function",
    "function": "an index into the functions",
    "import": "an index into the functions taken from libraries",
    "extern": "an index into the extern table",
    "type": "an index into the types",
    "count": "a number of values on the stack",
}
"""What an operand can be. The verifier holds each against its table before it looks at types."""
