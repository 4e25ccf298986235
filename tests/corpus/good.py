"""Five good programs, which between them use every section of format 1 and all of format 0.

Takes nothing; gives bytes by name. What is cut, bent and mutated elsewhere begins with one of these.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from struct import pack
from uuid import UUID

from vcvm_core.bytecode import Extern, FunctionDraft, Import, Library, ModuleBuilder, content_hash, encode, instruction
from vcvm_core.values import (
    ANY,
    BOOL,
    FLOAT,
    INT,
    STRING,
    Param,
    Signature,
    list_of,
    map_of,
    option_of,
    parse_type,
    variable,
)

CONTAINS = UUID("a4c39daa-f85e-4b2a-a37f-4914e8237a18")
"""The UUID of string_contains in the founding document."""


def _text(data: str) -> bytes:
    return pack("<I", len(data.encode())) + data.encode()


def founding() -> bytes:
    """The founding document's own example, in format 0: "testing" contains "test"."""
    strings = pack("<I", 2) + _text("test") + _text("testing")
    intrinsic = CONTAINS.bytes + pack("<II", 2, 1) + _text("string_contains")
    code = [0x05_000001, 0x05_000000, 0x04_000000]
    return (
        pack("<I", 0x000DECAF)
        + strings
        + pack("<II", 0, 0)
        + pack("<I", 1)
        + intrinsic
        + pack(f"<I{len(code)}I", len(code), *code)
    )


def geometry() -> bytes:
    """A library with one constant of each kind, and one function."""
    b = ModuleBuilder()
    b.kind = "library"
    for value in (None, True, False, -1, 0.5, math.nan, -0.0, "text ✓", b"\x00\xff", CONTAINS):
        b.add_constant(value)
    code = [instruction("get", 0), instruction("get", 1), instruction("mulf"), instruction("ret")]
    b.functions.append(FunctionDraft("area", (FLOAT, FLOAT), (FLOAT,), [], [], code))
    b.exports.append(("area", 0))
    return encode(b.finish())


def loop() -> bytes:
    """Sums a list of ints: locals, an iterator, two joins, debug information, a declared limit."""
    b = ModuleBuilder()
    b.limits.append(("fuel", 5_000))
    b.source = "sum.vasm"
    i = instruction
    code = [
        i("push", 0),
        i("set", 1),
        i("get", 0),
        i("iterl"),
        i("next", 9),
        i("get", 1),
        i("addi"),
        i("set", 1),
        i("j", 4),
        i("get", 1),
        i("ret"),
    ]
    b.functions.append(
        FunctionDraft("sum", (list_of(INT),), (INT,), ["numbers", "total"], [INT], code, [1] * 4 + [2] * 7)
    )
    b.exports += [("sum", 0), ("total", 0)]
    return encode(b.finish())


def everything() -> bytes:
    """Calls, records, maps, an extern, a generic extern, a library's function, a trap, a type test."""
    b = ModuleBuilder()
    record = parse_type("{age: int, name: string}")
    t = variable("T")
    b.libraries.append(Library("geometry", content_hash(geometry())))
    b.imports.append(Import(0, "area", Signature((Param("", FLOAT), Param("", FLOAT)), (FLOAT,))))
    b.extern(
        Extern(
            CONTAINS.bytes, Signature((Param("", STRING), Param("", STRING)), (BOOL,)), "string_contains", "vcvm", "0.1"
        )
    )
    b.extern(
        Extern(UUID(int=1 << 64).bytes, Signature((Param("", list_of(t)), Param("", t)), (t,)), "first", "lists", "2")
    )
    age, message, half = b.constant("age"), b.constant("too young"), b.constant(0.5)
    i = instruction
    accept = [
        i("get", 0),
        i("field", age),
        i("push", 18),
        i("lti"),
        i("jf", 6),
        i("trap", message),
        i("get", 0),
        i("call", 1),
        i("ret"),
    ]
    describe = [
        i("newm", b.type(ANY)),
        i("set", 1),
        i("get", 1),
        i("loadk", age),
        i("get", 0),
        i("field", age),
        i("setm"),
        i("get", 1),
        i("loadk", age),
        i("getm"),
        i("is", b.type(INT)),
        i("jt", 14),
        i("loadk", half),
        i("ret"),
        i("loadk", half),
        i("dup"),
        i("calll", 0),
        i("pop"),
        i("push", 1),
        i("push", 2),
        i("packl", b.type(INT), 2),
        i("push", 7),
        i("calli", 1),
        i("itof"),
        i("ret"),
    ]
    b.functions.append(FunctionDraft("accept", (record,), (FLOAT,), [], [], accept))
    b.functions.append(FunctionDraft("describe", (record,), (FLOAT,), [], [map_of(ANY, mutable=True)], describe))
    b.exports.append(("accept", 0))
    return encode(b.finish())


def optional() -> bytes:
    """A value that may be none, tested and then cast; strings and comparison; two results."""
    b = ModuleBuilder()
    maybe = option_of(STRING)
    i = instruction
    code = [
        i("get", 0),
        i("is", b.type(STRING)),
        i("jt", 6),
        i("loadk", b.constant("")),
        i("set", 1),
        i("j", 9),
        i("get", 0),
        i("as", b.type(STRING)),
        i("set", 1),
        i("get", 1),
        i("dup"),
        i("lens"),
        i("ret"),
    ]
    b.functions.append(FunctionDraft("main", (maybe,), (STRING, INT), [], [STRING], code))
    b.exports.append(("main", 0))
    return encode(b.finish())


_MAKERS: tuple[Callable[[], bytes], ...] = (founding, geometry, loop, everything, optional)
GOOD: dict[str, bytes] = {made.__name__: made() for made in _MAKERS}
