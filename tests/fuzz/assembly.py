"""Target `assembly`: assembly text, in both formats.

Oracle: a text is a `Module` or a CompileError whose problems have lines and columns of the text; the module's bytes decode
to the same bytes; it verifies, or is refused with VerifyError. What verifies is disassembled to text that assembles to the
same bytes, without headers, and whose own disassembly is the same text.
"""

from __future__ import annotations

import re
from random import Random
from typing import Final

from fuzz.oracle import attempt, bounded, hold
from vcvm_core import CompileError, FormatError, Limits, VerifyError
from vcvm_core.asm import assemble, disassemble
from vcvm_core.bytecode import Extern, Module, decode, encode
from vcvm_core.isa import OPCODES
from vcvm_core.values import parse_signature, untyped
from vcvm_core.verify import verify

LIMITS: Final = Limits.strict.with_(results=8)
HEADERS: Final[dict[str, tuple[Extern, ...]]] = {
    "upper": (Extern(b"\1" * 16, parse_signature("(text: string) -> string"), "upper", "letters", "1.0"),),
    "letters.upper": (Extern(b"\1" * 16, parse_signature("(text: string) -> string"), "upper", "letters", "1.0"),),
    "first": (Extern(b"\2" * 16, parse_signature("(items: list<T>, other: T) -> T"), "first", "lists", "2.1"),),
    "split": (Extern(b"\3" * 16, parse_signature("(n: int) -> (int, int)"), "split", "numbers", ""),),
    "plain": (Extern(b"\4" * 16, untyped(2, 1), "plain", typed=False),),
    "double": (
        Extern(b"\5" * 16, parse_signature("(n: int) -> int"), "double", "one", "1.0"),
        Extern(b"\6" * 16, parse_signature("(n: float) -> float"), "double", "other", "1.0"),
    ),
}
"""Names that a text can use: typed, generic, of several results, untyped, ambiguous."""

WORDS: Final = (
    *(row.name for row in OPCODES),
    *("pushi", "pushf", "pushs", "loads", "stores", "cmp", "jeq", "jne", "LOADK", "CALLI"),
    *("func", "end", "extern", "import", "export", "local", "set", "if", "call", "as", "from", "mut"),
    *(".library", ".program", ".exact", ".limit", ".source", ".const", ".type", ".link", ".line", ".format", ".string"),
    *(".consts", ".uuids", ".intrinsics", ".instrinsics", '= ["a", 1]', "= [{}]", "fuel", "call_depth"),
    *("none", "bool", "int", "float", "string", "bytes", "uuid", "any", "iter", "list<int>", "map<T>", "{a: int}", "?"),
    *("$x", "$0", '$"odd name"', ".L0:", ".L0", "again:", "success", "fail", "main", "true", "false", "eq", "lt"),
    *("0", "1", "-1", "0xff", "9223372036854775807", "-9223372036854775808", "1.5", "1e999", "inf", "nan", '""', '"a"'),
    *('x"00ff"', '"00000000-0000-0000-0000-000000000001"', "->", "(", ")", ",", ":", "=", "<", ">", "{", "}", ";", "#"),
    *HEADERS,
)
_WORD: Final = re.compile(r'"[^"\n]*"|[\w.$]+|\s+|.', re.DOTALL)


def text_of(data: bytes) -> str:
    """The text of an input: any bytes are one; halves of surrogate pairs are let through."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def check(data: bytes) -> None:
    """Hold `data` against the oracle. Raises Broken."""
    text = text_of(data)

    def read() -> Module:
        try:
            return assemble(text, HEADERS, "fuzz.vasm", LIMITS)
        except CompileError as e:
            lines = text.count("\n") + 1
            for d in e.diagnostics:
                known = d.kind in ("no-code", "source-too-large") or d.place.line is not None
                hold("a problem has its place", known and 1 <= (d.place.line or 1) <= lines, d, text)
                hold("columns count from 1", d.place.column is None or d.place.column >= 1, d, text)
            raise

    with bounded(data, 4_000):
        module = attempt("assemble", read, CompileError)
    if module is None:
        return
    made = attempt("encode", lambda: encode(module)) or b""
    again = attempt("decode", lambda: decode(made, LIMITS), FormatError)
    hold("bytes decode to the same bytes", again is None or encode(again) == made, text)
    shown = attempt("disassemble", lambda: disassemble(module)) or ""
    if attempt("verify", lambda: verify(module, LIMITS), VerifyError) is None:
        return
    back = attempt("assemble what was disassembled", lambda: assemble(shown))
    hold("disassembly assembles to the same bytes", back is not None and encode(back) == made, text, shown)
    hold("disassembly has one form", back is not None and disassemble(back) == shown, text, shown)


def mutate(data: bytes, longest: int, random: Random) -> bytes:
    """A text with lines or words changed for others of the text, or of the language."""
    lines = text_of(data).split("\n")
    for _ in range(random.choice((1, 1, 2, 4))):
        at = random.randrange(len(lines))
        match random.choice(("word", "word", "word", "insert", "copy", "remove", "swap", "join")):
            case "insert":
                lines.insert(at, " ".join(random.choice(WORDS) for _ in range(random.choice((1, 2, 3, 4)))))
            case "copy":
                lines.insert(at, random.choice(lines))
            case "remove" if len(lines) > 1:
                del lines[at]
            case "swap":
                other = random.randrange(len(lines))
                lines[at], lines[other] = lines[other], lines[at]
            case "join":
                lines[at] += " " + random.choice(lines).strip()
            case _:
                words = _WORD.findall(lines[at]) or [""]
                i = random.randrange(len(words))
                others = _WORD.findall(random.choice(lines)) or [""]
                words[i] = random.choice((random.choice(WORDS), random.choice(others), words[i] * 2, ""))
                lines[at] = "".join(words)
    return "\n".join(lines).encode("utf-8", "surrogatepass")[:longest]
