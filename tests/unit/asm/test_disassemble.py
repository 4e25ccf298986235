"""The disassembler: odd modules, made by hand, come back as the same bytes."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from uuid import UUID

import pytest

from vcvm_core import FormatError, Limits
from vcvm_core.asm import assemble, disassemble
from vcvm_core.bytecode import (
    Debug,
    Extern,
    Function,
    FunctionDebug,
    Import,
    Library,
    Module,
    decode,
    encode,
    instruction,
    module0,
)
from vcvm_core.values import ANY, BOOL, INT, STRING, Param, Signature, list_of, parse_type, record_of, untyped
from vcvm_core.verify import verify

NIL = UUID(int=0)
SOME = UUID("a4c39daa-f85e-4b2a-a37f-4914e8237a18")
OTHER = UUID("e0a520a3-bcfe-44c8-bf1e-291adb500221")
NOTHING = Signature((), ())
RET = (instruction("ret"),)


def signature(*params: object, results: tuple[object, ...] = ()) -> Signature:
    """A signature without parameter names."""
    return Signature(tuple(Param("", t) for t in params), results)  # type: ignore[arg-type]


def function(name: str = "f", code: tuple[object, ...] = RET, **rest: object) -> Function:
    """A function that does little."""
    facts = {"signature": NOTHING, "locals": (), "max_stack": 0, **rest}
    return Function(name, code=code, **facts)  # type: ignore[arg-type]


def module(**rest: object) -> Module:
    """A module of one function, exported as it is."""
    return Module(**{"functions": (function(),), "exports": (("f", 0),), **rest})  # type: ignore[arg-type]


def debug(*names: str, source: str = "", lines: tuple[tuple[int, int], ...] = ()) -> Debug:
    """Debug information of one function."""
    return Debug(source, (FunctionDebug(lines, names),))


def _constants() -> Module:
    values = (
        None, True, False, 0, -1, 2**63 - 1, -(2**63), 0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324, 1e22, 0.1, "",
        '\0\n\r\t"\\', "\u202e\u2028\ufeff", "😀", "; comment", "x" * 5_000, b"", b"\x00\xff", NIL, UUID(int=2**128 - 1), SOME,
        1, 1, 1.0, True, "", "",
    )  # fmt: skip
    return module(constants=values)


def _names() -> Module:
    names = (
        "two words",
        "end",
        "func",
        "inf",
        "x",
        "größe",
        "5",
        "1e5",
        "$x",
        ".dot",
        "a.b",
        "a;b",
        "😀",
        "mut",
        "main",
    )
    functions = tuple(function(n) for n in names)
    exports = tuple((f"exported {n}", i) for i, n in enumerate(names))
    return module(functions=functions, exports=exports)


def _locals() -> Module:
    names = ("3", "two words", "$x", "1e5", "", "a.b", "größe", "(flag)", "end", "0", "x")
    slots = (INT,) * len(names)
    # Only what has a value may be read: the four parameters have one, the further locals are given theirs.
    given = tuple(i for at in range(4, len(names)) for i in (instruction("get", 0), instruction("set", at)))
    moved = tuple(instruction(n, i) for i in range(len(names)) for n in ("get", "set"))
    body = function(signature=signature(*slots[:4]), locals=slots[4:], max_stack=1, code=given + moved + RET)
    return module(types=(INT,), functions=(body,), debug=debug(*names))


def _unnamed() -> Module:
    code = (instruction("get", 0), instruction("set", 1), *RET)
    body = function(signature=signature(INT), locals=(INT, STRING), max_stack=1, code=code)
    return module(types=(INT, STRING), functions=(body,))


def _lines() -> Module:
    nops = (instruction("nop"),) * 4 + RET
    functions = (function("f", nops), function("g", nops), function("h", nops))
    entries = (FunctionDebug(((1, 9), (3, 2))), FunctionDebug(), FunctionDebug(((2, 2**32 - 1),)))
    return module(functions=functions, exports=(), debug=Debug("dir/../a b.leaf", entries))


def _externs() -> Module:
    one, two = signature(INT, results=(INT,)), signature(parse_type("T"), list_of(parse_type("T")), results=(BOOL, INT))
    externs = (
        Extern(SOME.bytes, one, "same"), Extern(OTHER.bytes, two, "same", "a pack", "1.0+x"), Extern(b"\1" * 16, NOTHING, ""),
    )  # fmt: skip
    code = (instruction("push", 1), instruction("calli", 0), instruction("pop"), instruction("calli", 2), *RET)
    types = (INT, BOOL, parse_type("T"), list_of(parse_type("T")))
    return module(types=types, externs=externs, functions=(function(max_stack=1, code=code),))


def _imports() -> Module:
    libraries = (Library("a", bytes(32)), Library("a.b", bytes(range(32))), Library("two words", b"\xff" * 32))
    imports = (Import(0, "b.c", NOTHING), Import(1, "c", NOTHING), Import(2, "end", signature(INT, results=(INT, INT))))
    code = (instruction("calll", 0), instruction("calll", 1), *RET)
    return module(types=(INT,), libraries=libraries, imports=imports, functions=(function(code=code),))


def _types() -> Module:
    fields = dict.fromkeys(("mut", "end", "as", "from", "inf", "list", "T", "int"), INT)
    record = record_of(fields)
    types = (
        ANY,
        INT,
        record,
        list_of(record, mutable=True),
        parse_type("{}"),
        parse_type("map<{a: int?}?>"),
        parse_type("T"),
    )
    code = (
        *(instruction("push", i) for i in range(len(fields))), instruction("packr", 2), instruction("pop"),
        instruction("packr", 4), instruction("widen", 0), instruction("pop"), *RET,
    )  # fmt: skip
    return module(types=types, functions=(function(max_stack=len(fields), code=code),))


def _limits() -> Module:
    return module(limits=(("fuel", 0), ("call_depth", 1), ("intrinsic_calls", 2**63 - 1)))


def _jumps() -> Module:
    code = (
        instruction("push", 0), instruction("pop"), instruction("j", 4),
        instruction("j", 5), instruction("j", 3), *RET,
    )  # fmt: skip
    return module(functions=(function(max_stack=1, code=code),))


def _format0() -> Module:
    externs = (
        Extern(SOME.bytes, untyped(2, 1), "string_contains", typed=False),
        Extern(OTHER.bytes, untyped(0, 0), "", typed=False),
    )
    code = (
        instruction("loadk", 0),
        instruction("loadk", 4),
        instruction("swap"),
        instruction("pop"),
        instruction("halt"),
    )
    return module0(("a", 'b"\n', SOME, NIL, 2**32 - 1, 0), externs, code)


MODULES: dict[str, Callable[[], Module]] = {
    "constants: unused, twice, NaN, infinities, signs of zero, nil UUIDs": _constants,
    "names that need quotes": _names,
    "names of locals that look like numbers, words and other locals": _locals,
    "locals without names": _unnamed,
    "line tables that begin late, go back and are missing": _lines,
    "externs with one name, or none": _externs,
    "libraries and functions whose names join to the same text": _imports,
    "record fields called like words of the language": _types,
    "all limits": _limits,
    "jumps back and forth": _jumps,
    "a library": lambda: module(kind="library"),
    "no exports, no debug information": lambda: module(exports=()),
    "debug information without anything": lambda: module(debug=debug()),
    "an export under many names": lambda: module(exports=(("f", 0), ("g", 0), ("a b", 0))),
    "format 0": _format0,
    "format 0 with nothing but a halt": lambda: module0((), (), (instruction("halt"),)),
}


@pytest.mark.parametrize("make", MODULES.values(), ids=MODULES)
def test_round_trip(make: Callable[[], Module]) -> None:
    """What the decoder accepts and the verifier passes is written as text that assembles to the same bytes."""
    data = encode(make())
    decoded = decode(data)
    verify(decoded)
    text = disassemble(decoded)
    assert text.replace("\n", "").isprintable()
    again = assemble(text)
    assert encode(again) == data
    assert disassemble(again) == text


def test_not_a_number_keeps_its_one_form() -> None:
    """A NaN with a payload is made canonical when it is read, so it has one spelling."""
    data = encode(module(constants=(math.nan,)))
    odd = struct.unpack("<d", b"\x01\x00\x00\x00\x00\x00\xf8\xff")[0]
    assert encode(module(constants=(odd,))) == data


def test_the_largest_constant_comes_back() -> None:
    """Every program within the limits has a text that assembles, given a limit on sources that holds it."""
    large = module(constants=("a" * Limits.default.constant_bytes,))
    text = disassemble(decode(encode(large)))
    assert encode(assemble(text, limits=Limits.default.with_(source_chars=len(text)))) == encode(large)


def test_line_zero_is_no_line() -> None:
    """Lines count from 1: a table that says 0 has no spelling, so it is refused where it is read."""
    with pytest.raises(FormatError):
        decode(encode(module(debug=debug(lines=((0, 0),)))))


def test_comments_are_harmless() -> None:
    """What an operand refers to stands behind it, cut and escaped: text of a program cannot end its comment."""
    evil = "\nend\nfunc evil()\n" + "x" * 200
    made = module(
        constants=(evil,), functions=(function(max_stack=1, code=(instruction("loadk", 0), instruction("pop"), *RET)),)
    )
    text = disassemble(made)
    (line,) = [line for line in text.splitlines() if line.lstrip().startswith("loadk")]
    assert "\\nend\\nfunc evil()" in line
    assert len(line) < 120
    assert len(assemble(text).functions) == 1


def test_unverified_modules_are_shown() -> None:
    """A module that breaks the rules can be looked at: an index into nothing says so."""
    code = (
        instruction("loadk", 7),
        instruction("call", 9),
        instruction("calli", 3),
        instruction("j", 99),
        instruction("get", 5),
    )
    text = disassemble(module(functions=(function(code=code),)))
    for line in ("there is no constant 7", "there is no function 9", "there is no extern 3", "j .L99", "get 5"):
        assert line in text
