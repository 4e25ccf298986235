"""Target `decode`: the bytes of a program, both formats.

Oracle: bytes are a `Module` or a FormatError; what is accepted has one encoding, `encode(decode(data)) == data`; stricter
limits give the same module or a FormatError; any module can be disassembled; time and memory are in proportion.
"""

from __future__ import annotations

from fuzz.oracle import attempt, bounded, hold
from vcvm_core import FormatError, Limits
from vcvm_core.asm import disassemble
from vcvm_core.bytecode import decode, encode


def check(data: bytes) -> None:
    """Hold `data` against the oracle. Raises Broken."""
    with bounded(data):
        module = attempt("decode", lambda: decode(data), FormatError)
    if module is None:
        return
    again = attempt("encode", lambda: encode(module))
    hold("one program has one encoding", again == data, again, data)
    strict = attempt("decode, strict limits", lambda: decode(data, Limits.strict), FormatError)
    hold("limits refuse or change nothing", strict is None or repr(strict) == repr(module), strict, module)
    attempt("disassemble", lambda: disassemble(module))
