"""Instruction words: 32 bits to `Instruction` and back, by the shapes of the table.

Takes a word read as a little-endian u32; refuses undefined opcodes (bad-opcode) and bits that no operand uses
(reserved-bits).
"""

from __future__ import annotations

from vcvm_core.bytecode.model import Instruction
from vcvm_core.errors import Place, error
from vcvm_core.isa import BY_CODE, BY_NAME, SHAPES

_LAYOUT = {
    code: (SHAPES[len(row.operands)], 0xFFFFFF ^ sum(mask << shift for shift, mask in SHAPES[len(row.operands)]))
    for code, row in BY_CODE.items()
}
_READ: dict[int, Instruction] = {}
"""Words seen before. Most words of most programs are the same few thousand; the table stops growing at `_MOST`."""
_MOST = 1 << 14


def decode_word(word: int, offset: int, allowed: frozenset[int] | None = None) -> Instruction:
    """The instruction in `word`; `offset` is its place in the file. Raises FormatError.

    allowed: the opcodes that exist in this format, None for all.
    """
    found = _READ.get(word)
    if found is None:
        layout = _LAYOUT.get(word >> 24)
        if layout is None:
            raise error("bad-opcode", Place(offset=offset), opcode=word >> 24)
        shape, unused = layout
        if word & unused:
            raise error("reserved-bits", Place(offset=offset), opcode=BY_CODE[word >> 24].name, word=f"0x{word:08x}")
        found = Instruction(word >> 24, *(word >> shift & mask for shift, mask in shape))
        if len(_READ) < _MOST:
            _READ[word] = found
    if allowed is not None and found.opcode not in allowed:
        raise error("bad-opcode", Place(offset=offset), opcode=found.opcode)
    return found


def encode_word(instruction: Instruction) -> int:
    """The word of an instruction whose operands fit; see `instruction`."""
    word = instruction.opcode << 24
    operands = (instruction.a, instruction.b, instruction.c)
    for (shift, _), value in zip(_LAYOUT[instruction.opcode][0], operands, strict=False):
        word |= value << shift
    return word


def instruction(name: str, *operands: int) -> Instruction:
    """An instruction from its name and operands. Raises KeyError for the name, ValueError for what does not fit."""
    row = BY_NAME[name]
    shape = SHAPES[len(row.operands)]
    if len(operands) != len(shape):
        raise ValueError(f"{name} has {len(shape)} operands, {len(operands)} given")
    for kind, value, (_, mask) in zip(row.operands, operands, shape, strict=True):
        if not 0 <= value <= mask:
            raise ValueError(f"the {kind} of {name} must be from 0 to {mask}, not {value}")
    return Instruction(row.code, *operands)
