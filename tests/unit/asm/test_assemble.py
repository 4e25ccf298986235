"""The assembler: headers, tables, names, debug information. What it refuses is in tests/reject."""

from __future__ import annotations

import tracemalloc
from uuid import UUID, uuid5

import pytest

from vcvm_core import CompileError, Limits
from vcvm_core.asm import assemble
from vcvm_core.bytecode import Extern, decode, encode
from vcvm_core.link import LibraryArrays
from vcvm_core.values import INT, STRING, parse_signature
from vcvm_core.verify import verify

SPACE = UUID("0b2c8f7e-7f0e-4a53-9a4e-6d1f1f4e6c11")
IDENTITY = "a4c39daa-f85e-4b2a-a37f-4914e8237a18"
ZEROS = "0" * 64


def extern(name: str, signature: str = "(n: int) -> int", pack: str = "pack-a", version: str = "1.0") -> Extern:
    """An intrinsic as a header describes it."""
    return Extern(uuid5(SPACE, pack + name).bytes, parse_signature(signature), name.rpartition(".")[2], pack, version)


KNOWN = extern("known")
HEADERS = {"known": (KNOWN,), "module.known": (KNOWN,), "twice": (extern("twice"), extern("twice", pack="pack-b"))}


def kind(text: str, **rest: object) -> str:
    """The kind of the first error of a text."""
    with pytest.raises(CompileError) as caught:
        assemble(text, HEADERS, **rest)  # type: ignore[arg-type]
    return caught.value.kind


# Externs


@pytest.mark.parametrize("name", ["known", "module.known", '"known"'])
def test_extern_by_name(name: str) -> None:
    """A name, qualified or not, is looked up once; the program gets UUID, signature, pack and version, no parameter names."""
    (found,) = assemble(f"extern {name}\npush 1", HEADERS).externs
    assert (found.uuid, found.pack, found.version) == (KNOWN.uuid, "pack-a", "1.0")
    assert str(found.signature) == "(int) -> int"
    assert found.name == "known"


def test_extern_with_the_same_signature() -> None:
    """A signature may be repeated; parameter names are of no account."""
    (found,) = assemble("extern known(other: int) -> int\npush 1", HEADERS).externs
    assert found.uuid == KNOWN.uuid


def test_extern_by_uuid() -> None:
    """With a UUID nothing is looked up: the name is the author's, the signature too; the origin is empty if unknown."""
    (found,) = assemble(f'extern anything(string) -> int = "{IDENTITY}"\npush 1', HEADERS).externs
    assert (found.uuid, found.name, found.pack, found.version) == (UUID(IDENTITY).bytes, "anything", "", "")
    assert (found.signature.types, found.signature.results) == ((STRING,), (INT,))


def test_extern_origin_from_headers() -> None:
    """With the UUID of a known intrinsic, its pack and version are taken over."""
    (found,) = assemble(f'extern mine(int) -> int = "{UUID(bytes=KNOWN.uuid)}"\npush 1', HEADERS).externs
    assert (found.name, found.pack, found.version) == ("mine", "pack-a", "1.0")


def test_extern_from_clause() -> None:
    """A from clause says the origin, whatever the headers know."""
    text = f'extern mine(int) -> int = "{UUID(bytes=KNOWN.uuid)}" from "elsewhere" "9.9"\npush 1'
    (found,) = assemble(text, HEADERS).externs
    assert (found.pack, found.version) == ("elsewhere", "9.9")


def test_ambiguous_name_and_its_cure() -> None:
    """A name of two packs is refused, naming both; with the UUID it is clear."""
    with pytest.raises(CompileError) as caught:
        assemble("extern twice\npush 1", HEADERS)
    assert caught.value.kind == "ambiguous-header"
    assert "pack-a 1.0 and pack-b 1.0" in str(caught.value)
    assert assemble(f'extern twice(int) -> int = "{IDENTITY}"\npush 1', HEADERS).externs


def test_one_intrinsic_under_two_names_is_not_ambiguous() -> None:
    """Two entries with one UUID are one intrinsic."""
    headers = {"known": (KNOWN, KNOWN)}
    assert len(assemble("extern known\npush 1", headers).externs) == 1


def test_differing_signature_says_where() -> None:
    """The refusal names the pack and the parameter."""
    with pytest.raises(CompileError) as caught:
        assemble("extern known(string) -> int\npush 1", HEADERS)
    assert caught.value.kind == "extern-differs"
    assert "pack-a 1.0" in str(caught.value)
    assert "parameter 1" in str(caught.value)


def test_untyped_description() -> None:
    """A hand-made library's description has names only: the program says the types, and has to."""
    headers = LibraryArrays({"libraries": [["area"]]}).catalog()
    (found,) = assemble("extern area(int, int) -> int\npush 1", headers).externs
    assert str(found.signature) == "(int, int) -> int"
    assert found.typed
    with pytest.raises(CompileError) as caught:
        assemble("extern area\npush 1", headers)
    assert caught.value.kind == "untyped-header"


def test_unknown_name_is_hinted() -> None:
    """A misspelt name is answered with the nearest one."""
    with pytest.raises(CompileError) as caught:
        assemble("extern knwon\npush 1", HEADERS)
    assert caught.value.help == "did you mean known?"


# Libraries and exports


def test_link_and_import() -> None:
    """A library is named with its hash; its functions are imported with their signatures and called by full name."""
    text = f'.link geometry "{ZEROS}"\nimport geometry area(int, int) -> int\npush 1\npush 2\ncall geometry.area'
    module = assemble(text)
    assert [(x.name, x.digest) for x in module.libraries] == [("geometry", bytes(32))]
    (entry,) = module.imports
    assert (entry.library, entry.name, str(entry.signature)) == (0, "area", "(int, int) -> int")
    assert verify(module)


@pytest.mark.parametrize(
    ("text", "exports"),
    [
        ("push 1", ["main"]),
        ("func f()\nret\nend\nfunc g()\nret\nend", ["f", "g"]),
        ("func f()\nret\nend\nfunc main()\nret\nend", ["main"]),
        (".library\nfunc f()\nret\nend\nfunc main()\nret\nend", ["f", "main"]),
        ("func f()\nret\nend\nfunc main()\nret\nend\nexport f", ["f"]),
        ("func f()\nret\nend\nexport f as g\nexport f as h", ["g", "h"]),
        (".exact\nfunc f() -> ()\nret\nend", []),
    ],
)
def test_exports(text: str, exports: list[str]) -> None:
    """What is exported without saying so: main, or everything where there is no main, or this is a library."""
    assert [name for name, _ in assemble(text).exports] == exports


# Debug information


def test_source_and_lines() -> None:
    """The text is its own source: the file's name without its folder, and the line of every instruction."""
    module = assemble("push 1\n\n; nothing\npush 2\naddi\nhalt", file="/some/folder/sum.vasm")
    assert module.debug is not None
    assert module.debug.source == "sum.vasm"
    assert [module.line(0, i) for i in range(4)] == [1, 4, 5, 6]


def test_written_source_and_lines() -> None:
    """A compiler writes `.source` and `.line`, for the instructions that follow in the same function."""
    text = '.source "rule.leaf"\nfunc f()\n.line 7\nnop\nnop\n.line 9\nret\nend\nfunc g()\nret\nend'
    module = assemble(text, file="rule.vasm")
    assert module.debug is not None
    assert module.debug.source == "rule.leaf"
    assert [module.line(0, i) for i in range(3)] == [7, 7, 9]
    assert module.line(1, 0) == 10


@pytest.mark.parametrize("file", ["", "a\nb.vasm", "\u202e.vasm", "'.vasm"])
def test_unprintable_file_name_is_left_out(file: str) -> None:
    """A file name that a program cannot hold is not written into it."""
    module = assemble("push 1", file=file)
    assert module.debug is not None
    assert module.debug.source == ""


def test_same_text_same_bytes() -> None:
    """Assembling is deterministic, and does not depend on headers that are not used."""
    text = 'pushs "a"\npushs "b"\npush 70000000'
    assert encode(assemble(text)) == encode(assemble(text, HEADERS))


# Limits and size


def test_source_limit() -> None:
    """Exactly at the limit a text is read; one character more and it is not looked at."""
    text = "push 1\nhalt"
    assert assemble(text, limits=Limits.default.with_(source_chars=len(text)))
    assert kind(text, limits=Limits.default.with_(source_chars=len(text) - 1)) == "source-too-large"


@pytest.mark.parametrize("count", [255, 256])
def test_signature_entries(count: int) -> None:
    """A file holds 255 parameters and 255 results; what no file can hold is refused here, not when it is written."""
    for text in (
        f"func f({', '.join(['int'] * count)})\nret\nend",
        f'extern f() -> ({", ".join(["int"] * count)}) = "{IDENTITY}"\npush 1',
    ):
        if count <= 255:
            assert encode(assemble(text))
        else:
            assert kind(text) == "bad-literal"


# Hostile texts


HOSTILE = {
    "nothing but brackets": "(" * 90_000,
    "a deep type": "widen " + "list<" * 10_000 + "int" + ">" * 10_000,
    "a deep record": "widen " + "{a: " * 10_000 + "int" + "}" * 10_000,
    "a wide record": "widen {" + ", ".join(f"f{i}: int" for i in range(9_000)) + "}",
    "many digits": "push " + "9" * 90_000,
    "many hexadecimal digits": "push 0x" + "f" * 90_000,
    "a local of many digits": "get $" + "9" * 90_000,
    "a relative jump of many digits": "j +" + "9" * 90_000,
    "a line of many digits": ".line " + "9" * 90_000,
    "a string that never ends": 'pushs "' + "\\\\" * 40_000,
    "deep JSON": ".consts = " + "[" * 90_000,
    "JSON with a huge number": ".consts = [" + "9" * 90_000 + "]",
    "JSON with a huge exponent": ".consts = [1e99999]",
    "many labels": "\n".join(f"l{i}:" for i in range(50_000)) + "\n)",
    "many names that nearly match": "\n".join(
        [*(f"label{i}:" for i in range(9_000)), *(f"j lbael{i}" for i in range(9_000))]
    ),
    "a string of most of the limit, cut off": 'pushs "' + "a" * 900_000,
    "many errors": ")\n" * 300_000,
    "many operands": "push " + "1 " * 40_000,
    "a word of 90,000 letters": "a" * 90_000,
    "a surrogate": 'pushs "\ud800"',
    "only NUL": "\0" * 1_000,
    "operands of no table": "loadk 9\ncall 9\ncalli 9\ncalll 9\nget 9\ntrap 9",
    "a line number that is text": '.line "x"',
    "a constant that is a type": ".const {a: int} 1",
    "a UUID that is a number": ".const uuid 5",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text(text: str) -> None:
    """Whatever the text, it is refused with a CompileError whose message is short and printable."""
    with pytest.raises(CompileError) as caught:
        assemble(text)
    assert len(caught.value.diagnostics) <= Limits.default.source_errors
    for d in caught.value.diagnostics:
        assert len(str(d)) < 1_000
        assert str(d).isprintable()


def test_memory_for_a_long_string() -> None:
    """Reading a string takes a small multiple of its length, whatever it holds."""
    text = 'pushs "' + "a" * 900_000 + '"'
    assemble("push 1")
    tracemalloc.start()
    try:
        assemble(text)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 16 * len(text)


@pytest.mark.parametrize(
    "text",
    [
        "push 0x7fffffffffffffff",
        "func end()\nret\nend",
        "func inf()\nret\nend\nfunc main()\ncall inf\nret\nend",
        "func x()\nret\nend\nfunc main()\ncall x\nret\nend",
        "func f($r: {mut: int, end: int, from: int, inf: int})\nret\nend",
        'func "two words"($"a b": int)\nget $"a b"\npop\nret\nend',
        "local $1a: int\nset $1a 5",
        "push 1 ; comment # twice // thrice",
        "jump_label: j jump_label",
        "push\f1",
        ".const none\nloadk 0",
        "PUSH 1\nPUSH 2\nADDI",
    ],
)
def test_odd_but_right(text: str) -> None:
    """Words of the language may be names where only a name can stand; what is accepted can be written and verified."""
    module = assemble(text)
    assert encode(decode(encode(module))) == encode(module)
    assert verify(module)
