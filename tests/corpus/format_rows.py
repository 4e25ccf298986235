"""Table F of the threat model: bytes that are no program, one lie each.

Gives `ROWS`. The rows that stand for hundreds of inputs (every prefix, every byte, every opcode with a reserved bit) are
made in test_corpus.py. Sections follow each other and have no offsets, so nothing can overlap: F09 and F10 are the
nearest that exists, a size that runs over the end of its file, its section or 32 bits.
"""

from __future__ import annotations

import math
from struct import pack

from corpus.forge import (
    CONSTANTS,
    DEBUG,
    FUNCTIONS,
    SYMBOLS,
    TYPES,
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
    u32,
    u64,
)
from corpus.good import GOOD
from corpus.rows import Row

MAIN = functions(function())
MANY = 0xFFFF_FFFF
U = bytes(range(16))


def _int(value: bytes) -> bytes:
    return constants(u8(2) + value)


def _float(bits: int) -> bytes:
    return file(constants(u8(3) + u64(bits)), MAIN)


def _text(data: bytes) -> bytes:
    return file(constants(text_constant(data)), MAIN)


def _named(text: str | bytes) -> bytes:
    return file(functions(function(text)))


def _founding(integers: int = 0, names: int = 1, code: int = 0) -> bytes:
    """A format 0 file of 40 bytes with counts that lie."""
    return pack("<IIIIII", 0x000DECAF, 0, 0, integers, 0, code) + bytes(16)


ROWS: tuple[Row, ...] = (
    Row("F01", "truncated", b"", "an empty file"),
    Row("F01-magic-only", "truncated", u32(0x001DECAF), "a file that ends after its magic number"),
    Row("F01-no-sections", "section-missing", file(), "a header and nothing else"),
    Row("F04", "bad-magic", file(MAIN, magic=0xDEADBEEF), "a wrong magic number"),
    Row("F04-swapped", "bad-magic", file(MAIN, magic=0xAFEC1D00), "the magic number in the wrong byte order"),
    Row("F05-zero", "unsupported-version", file(MAIN, version=0), "version 0"),
    Row("F05-next", "unsupported-version", file(MAIN, version=2), "the version after ours"),
    Row("F05-flag", "unsupported-version", file(MAIN, zero=1), "an unknown flag; there are no minor versions"),
    Row("F05-kind", "bad-kind", file(MAIN, kind=2), "neither a program nor a library"),
    Row(
        "F06",
        "count-exceeds-data",
        file(constants(count=MANY), MAIN),
        "2**32 - 1 constants in a file of 40 bytes",
        True,
    ),
    Row("F06-format0", "count-exceeds-data", _founding(integers=MANY), "2**32 - 1 integers in a format 0 file", True),
    Row("F06-types", "count-exceeds-data", file(types(count=MANY), MAIN), "2**32 - 1 types"),
    Row("F06-externs", "count-exceeds-data", file(externs(count=0xFFFF), MAIN), "65,535 externs"),
    Row("F07", "count-exceeds-data", file(functions(count=MANY)), "2**32 - 1 functions", True),
    Row(
        "F07-code",
        "count-exceeds-data",
        file(functions(function(count=MANY))),
        "a function of 2**32 - 1 instructions",
        True,
    ),
    Row("F07-code-format0", "count-exceeds-data", _founding(code=MANY), "format 0 with 2**32 - 1 instructions", True),
    Row("F07-locals", "count-exceeds-data", file(functions(function(slot_count=0xFFFF))), "65,535 locals"),
    Row(
        "F08",
        "count-exceeds-data",
        file(constants(text_constant(b"", MANY)), MAIN),
        "a string of 2**32 - 1 bytes",
        True,
    ),
    Row(
        "F08-by-one",
        "count-exceeds-data",
        file(constants(text_constant(b"abc", 4)), MAIN),
        "a string that takes one byte more than its section has, although the file goes on",
    ),
    Row(
        "F08-name",
        "truncated",
        file((FUNCTIONS, u32(1) + name("main", 255) + bytes(16))),
        "a name longer than the file",
    ),
    Row(
        "F09",
        "truncated",
        file(tail=u8(CONSTANTS) + u32(MANY) + bytes(8)),
        "a section whose end would be beyond 32 bits; the table's bad-range, which needs offsets",
    ),
    Row(
        "F10",
        "truncated",
        file(tail=u8(FUNCTIONS) + u32(200) + MAIN[1]),
        "a section that reaches over the end of the file; the table's section-overlap, which needs offsets",
    ),
    Row("F10-inside", "trailing-data", file((FUNCTIONS, MAIN[1] + b"\0")), "a section longer than its content"),
    Row("F11-duplicate", "section-duplicate", file(constants(u8(0)), constants(u8(0)), MAIN), "one section twice"),
    Row("F11-order", "section-order", file(MAIN, constants(u8(0))), "constants after functions"),
    Row(
        "F11-unknown",
        "unknown-section",
        file(MAIN, (10, b"x")),
        "a section with a number that has no meaning; there are no optional sections, so it is refused",
    ),
    Row("F11-zero", "unknown-section", file((0, b"x"), MAIN), "section number 0"),
    Row(
        "F11-empty", "empty-section", file((CONSTANTS, u32(0)), MAIN), "a section with no entry: it has to be left out"
    ),
    Row("F11-no-functions", "section-missing", file(constants(u8(0))), "a program without functions"),
    Row("F12-continuation", "bad-utf8", _text(b"a\x80"), "a lone continuation byte"),
    Row("F12-overlong", "bad-utf8", _text(b"\xc0\x80"), "an overlong zero"),
    Row("F12-surrogate", "bad-utf8", _text(b"\xed\xa0\x80"), "half of a surrogate pair"),
    Row("F12-beyond", "bad-utf8", _text(b"\xf4\x90\x80\x80"), "a code point beyond U+10FFFF"),
    Row("F12-cut", "bad-utf8", _text(b"\xe2\x82"), "a sequence that is cut"),
    Row("F12-name", "bad-utf8", _named(b"\xff"), "a name that is not UTF-8"),
    Row("F13-nul", "bad-name", _named("a\0b"), "a name with a NUL"),
    Row("F13-newline", "bad-name", _named("a\nb"), "a name with a line feed"),
    Row("F13-bidi", "bad-name", _named("a\u202eb"), "a name that turns the direction of writing"),
    Row("F13-quotes", "bad-name", _named("'''"), "a name of quotes"),
    Row("F13-backslash", "bad-name", _named("a\\b"), "a name with a backslash"),
    Row("F13-empty", "bad-name", _named(""), "a function without a name"),
    Row("F13-space", "bad-name", _named(" a"), "a name that begins with a space"),
    Row("F13-export", "bad-name", file(MAIN, symbols(("\x1b[31m", 0))), "an exported name that colours a terminal"),
    Row(
        "F13-constant", "", _text("a\0\n\u202e'''\\".encode()), "the same characters in a constant, where they are data"
    ),
    Row("F14-last", "bad-tag", file(constants(u8(255)), MAIN), "a constant of kind 255"),
    Row(
        "F14-next",
        "bad-tag",
        file(constants(u8(7)), MAIN),
        "a constant of kind 7, the first that is unknown; kind 0, which the table names, is none here",
    ),
    Row(
        "F15-bool",
        "bad-constant",
        file(constants(u8(1) + u8(2)), MAIN),
        "a bool that is 2; ints have 8 bytes always, so they cannot be longer than need be",
    ),
    Row("F15-short", "truncated", file((CONSTANTS, u32(1) + u8(2) + bytes(7)), MAIN), "an int of 7 bytes"),
    Row("F15-long", "trailing-data", file((CONSTANTS, u32(1) + u8(2) + bytes(9)), MAIN), "an int of 9 bytes"),
    Row("F15-least", "", file(_int(pack("<q", -(1 << 63))), MAIN), "the smallest int"),
    Row("F16-quiet", "", _float(0x7FF8_0000_0000_0000), "NaN in its one form"),
    Row(
        "F16-negative",
        "bad-constant",
        _float(0xFFF8_0000_0000_0000),
        "NaN with its sign bit set; the table accepts other NaNs, but then one program would have two encodings",
    ),
    Row("F16-signalling", "bad-constant", _float(0x7FF0_0000_0000_0001), "a signalling NaN"),
    Row("F16-payload", "bad-constant", _float(0x7FF8_0000_DEAD_BEEF), "NaN with a payload"),
    Row("F16-minus-zero", "", _float(0x8000_0000_0000_0000), "-0.0"),
    Row("F16-infinity", "", file(constants(u8(3) + pack("<d", -math.inf)), MAIN), "an infinity"),
    Row("F16-subnormal", "", _float(1), "the smallest positive float"),
    Row("F17-duplicates", "", file(constants(*[u8(0)] * 3, u8(1) + u8(0)), MAIN), "one constant three times"),
    Row("F17-many", "too-many-constants", file(constants(*[u8(0)] * 65_536), MAIN), "one constant more than the limit"),
    Row("F19-twice", "duplicate-import", file(externs(extern(U), extern(U)), MAIN), "one UUID imported twice"),
    Row("F19-nil", "bad-uuid", file(externs(extern(bytes(16))), MAIN), "the nil UUID"),
    Row("F19-max", "bad-uuid", file(externs(extern(b"\xff" * 16)), MAIN), "the UUID of ones"),
    Row(
        "F19-version",
        "",
        file(externs(extern(b"\x11" * 16)), MAIN),
        "a UUID whose version bits say nothing: not judged",
    ),
    Row("F19-digest", "bad-digest", file(externs(extern(U, digest=bytes(32))), MAIN), "a digest of another signature"),
    Row(
        "F20",
        "too-many-imports",
        file(externs(*[extern(((2**61 - 1) * (i + 1)).to_bytes(16, "big")) for i in range(1_025)]), MAIN),
        "1,025 imports whose UUIDs collide as ints modulo 2**61 - 1; tables are keyed by bytes",
    ),
    Row("F21", "checksum", file(MAIN, checksum=0), "a wrong checksum"),
    Row("F21-swapped", "section-order", file(MAIN, constants(u8(0))), "a right checksum over swapped content"),
    Row("F22", "truncated", file(MAIN, tail=b"\0"), "a byte after the last section: the head of a section that is cut"),
    Row("F22-zeros", "unknown-section", file(MAIN, tail=bytes(4_096)), "4 KiB of zeros after the last section"),
    Row("F22-unchecked", "checksum", file(MAIN) + b"\0", "a byte that the checksum does not cover"),
    Row("F22-format0", "trailing-data", GOOD["founding"] + b"\0", "a byte after a format 0 program"),
    Row("F23-gzip", "bad-magic", bytes.fromhex("1f8b08000000000002ff") + bytes(20), "the head of a gzip file"),
    Row("F23-zip", "bad-magic", b"PK\x03\x04" + bytes(26), "the head of a zip archive"),
    Row("F23-pickle", "bad-magic", b"\x80\x04]\x94K\x01a.", "a pickle; nothing here unpickles"),
    Row("F23-wasm", "bad-magic", b"\0asm\1\0\0\0", "a WebAssembly module"),
    Row("F23-pyc", "bad-magic", bytes.fromhex("a70d0d0a") + bytes(12), "the head of a Python byte code file"),
    Row("F24-push", "reserved-bits", file(functions(function(code=[0x85000001]))), "ret with an operand"),
    Row("F25", "bad-opcode", file(functions(function(code=[0xFF000000]))), "an opcode that is not assigned"),
    Row(
        "F25-format0",
        "bad-opcode",
        pack("<IIIIIII", 0x000DECAF, 0, 0, 0, 0, 1, 0x85000000),
        "ret in format 0, which has six",
    ),
    Row(
        "F26-unsorted",
        "bad-debug",
        file(functions(function(code="nop; ret")), debug("", lines([(1, 1), (0, 2)]))),
        "a line table that goes back",
    ),
    Row(
        "F26-beyond", "bad-debug", file(MAIN, debug("", lines([(1, 1)]))), "a line for an instruction that is not there"
    ),
    Row(
        "F26-repeated",
        "bad-debug",
        file(functions(function(code="nop; ret")), debug("", lines([(0, 1), (1, 1)]))),
        "a line that is said twice: one table has one form",
    ),
    Row("F26-path", "", file(MAIN, debug("../../x", lines([]))), "a source name that leads out; it is never opened"),
    Row("F26-count", "bad-debug", file(MAIN, debug("", lines([]), lines([]))), "two entries for one function"),
    Row("F26-names", "bad-debug", file(MAIN, debug("", lines([], ["x"]))), "a name for a local that is not there"),
    Row("F29-type", "bad-type", file(types("list<int"), MAIN), "a type that does not parse"),
    Row("F29-spelling", "bad-type", file(types("list< int >"), MAIN), "a type in another spelling than its one"),
    Row("F29-twice", "bad-type", file(types("int", "int"), MAIN), "one type twice"),
    Row("F29-iterator", "bad-type", file(types("iter<int>"), MAIN), "an iterator, which has no spelling"),
    Row("F29-deep", "bad-type", file(types("list<" * 9 + "int" + ">" * 9), MAIN), "a type nested 9 deep", True),
    Row(
        "F29-very-deep",
        "bad-type",
        file(types("list<" * 9_000 + "int" + ">" * 9_000), MAIN),
        "a type nested 9,000 deep",
        True,
    ),
    Row("F29-options", "bad-type", file(types("int" + "?" * 4_000), MAIN), "a type of 4,000 question marks", True),
    Row("F29-short", "", file(types("T", "{}"), MAIN), "the two shortest spellings; their entries have 3 and 4 bytes"),
    Row(
        "F30-index",
        "bad-index",
        file(functions(function(shape=signature([0])))),
        "a parameter of a type that is not there",
    ),
    Row("F30-export", "bad-index", file(MAIN, symbols(("main", 1))), "an export of a function that is not there"),
    Row("F30-names", "duplicate-name", file(functions(function(), function())), "two functions of one name"),
    Row("F30-symbols", "duplicate-name", file(MAIN, symbols(("a", 0), ("a", 0))), "two exports of one name"),
    Row("F31-order", "bad-declared-limit", file((1, u16(2) + (u8(1) + u64(1)) * 2), MAIN), "one limit declared twice"),
    Row(
        "F31-unknown",
        "bad-declared-limit",
        file((1, u16(1) + u8(4) + u64(1)), MAIN),
        "a limit that programs cannot declare",
    ),
    Row("F31-high", "bad-declared-limit", file((1, u16(1) + u8(1) + u64(1 << 63)), MAIN), "a limit beyond the highest"),
    Row("F32-types", "count-exceeds-data", file((TYPES, u32(2) + u16(1) + b"T"), MAIN), "two types, and bytes for one"),
    Row("F32-symbols", "count-exceeds-data", file(MAIN, (SYMBOLS, u16(2))), "two exports, and bytes for none"),
    Row("F32-debug", "count-exceeds-data", file(MAIN, (DEBUG, name("") + u32(1) + u32(MANY))), "2**32 - 1 lines"),
)
