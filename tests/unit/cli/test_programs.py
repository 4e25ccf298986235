"""``vcvm asm``, ``disasm``, ``verify``, ``inspect``, ``upgrade``."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vcvm_core import VM
from vcvm_core.bytecode import decode

Command = Callable[..., Any]


def test_asm(vcvm: Command, folder: Path) -> None:
    """The output is named after the input, holds the program, and nothing is left beside it."""
    before = set(os.listdir(folder))
    done = vcvm("asm", "loop.vasm")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("loop.vcvm: 1 function, ")
    assert set(os.listdir(folder)) - before == {"loop.vcvm"}
    assert VM().load("loop.vcvm").call("main", 2) == [0, 1]


def test_asm_elsewhere(vcvm: Command) -> None:
    """Standard input and output are named by a dash; a link is written through, a device is no file to replace."""
    Path("target").write_bytes(b"old")
    Path("link").symlink_to("target")
    assert vcvm("asm", "loop.vasm", "-o", "link").code == 0
    assert Path("link").is_symlink()
    assert Path("target").read_bytes() != b"old"
    assert vcvm("asm", "loop.vasm", "-o", os.devnull).code == 0
    assert not Path(os.devnull).is_file()


def test_asm_to_stdout(vcvm: Command, folder: Path) -> None:
    """A dash writes the bytes and nothing else."""
    vcvm("asm", "-", "-o", "one", stdin=Path("loop.vasm").read_bytes())
    vcvm("disasm", "one", "-o", "two.vasm")
    assert vcvm("asm", "two.vasm", "-o", "two").code == 0
    assert decode(Path("one").read_bytes()).functions == decode(Path("two").read_bytes()).functions


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["asm", "-"], 2, "-o OUT"),
        (["asm", "loop.vasm", "-o", "loop.vasm"], 2, "is the same file as"),
        (["asm", "loop.vasm", "-o", "../{folder}/loop.vasm"], 2, "is the same file as"),
        (["asm", "loop.vasm", "-o", "no/where"], 3, "[VC007]"),
        (["asm", "loop.vasm", "-o", "."], 3, "[VC007]: . cannot be written: it is a folder"),
        (["asm", "compiled"], 3, "[VC005]: compiled is a compiled program"),
        (["asm", "binary"], 3, "[VC005]: binary is no text"),
        (["asm", "nothing"], 3, "[VC001]"),
        (["asm", "illtyped.vasm"], 3, " --> illtyped.vasm:5:3, function main, instruction 2"),
        (["asm", "mistakes.vasm"], 3, "3 errors"),
        (["asm", "notes.txt"], 3, "note: notes.txt does not begin like a compiled program"),
        (["asm", "loop.vasm", "--libraries", "bad.json"], 3, " --> bad.json:1:4"),
        (["asm", "loop.vasm", "--libraries", "shape.json"], 3, "[VC057]"),
        (["disasm", "binary"], 3, "[VC102]"),
        (["disasm", "compiled", "-o", "compiled"], 2, "is the same file as"),
        (["verify", "illtyped.vasm"], 3, "2 errors"),
        (["verify", "cut"], 3, "[VC105]"),
        (["upgrade", "compiled"], 2, "-o/--output"),
        (["upgrade", "contains.vasm", "-o", "x", "--no-pack", "vcvm"], 3, "[VC040]"),
        (["inspect", "binary"], 3, "[VC102]"),
    ],
)
def test_refused(vcvm: Command, folder: Path, words: list[str], code: int, says: str) -> None:
    """Each way it cannot work, with its code; what is refused is not written."""
    vcvm("asm", "age.vasm", "-o", "compiled")
    (folder / "binary").write_bytes(b"\x7fELF\x00\xff")
    (folder / "cut").write_bytes((folder / "compiled").read_bytes()[:-1])
    (folder / "notes.txt").write_bytes(b"dear reader,\n")
    (folder / "bad.json").write_bytes(b"{} x")
    (folder / "shape.json").write_bytes(b'{"libraries": 3}')
    before = {path: path.read_bytes() for path in folder.iterdir()}
    done = vcvm(*(word.format(folder=folder.name) for word in words))
    assert (done.code, done.out) == (code, "")
    assert says in done.err
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_error_shows_the_line(vcvm: Command) -> None:
    """What, where, the line, a caret under what is meant, and what to do."""
    done = vcvm("asm", "mistakes.vasm")
    assert done.err.startswith(
        "error[VC305]: the type 'strin' is refused: there is no type strin\n"
        " --> mistakes.vasm:2:22\n"
        "  |\n"
        "2 | func main(n: int) -> strin\n"
        "  |                      ^^^^^\n"
        "help: types are none, bool, "
    )


def test_libraries(vcvm: Command) -> None:
    """A description of a host's own functions gives names to the assembler."""
    Path("host.json").write_text('{"libraries": [["area"]]}', encoding="utf-8")
    Path("p.vasm").write_text(
        "extern area(int) -> int\nfunc main() -> int\n push 3\n calli $area\n ret\nend\n", encoding="utf-8"
    )
    assert vcvm("asm", "p.vasm").code == 3
    assert vcvm("asm", "p.vasm", "--libraries", "host.json").code == 0
    assert decode(Path("p.vcvm").read_bytes()).externs[0].name == "area"


def test_verify(vcvm: Command) -> None:
    """One line says that all is well."""
    assert vcvm("verify", "age.vasm").out.startswith("ok: 1 function, 5 instructions, ")
    data = vcvm("verify", "age.vasm", "--json").data
    assert (data["schema"], data["ok"], data["functions"], data["instructions"]) == (1, True, 1, 5)
    data = vcvm("verify", "illtyped.vasm", "--json").data
    assert [e["kind"] for e in data["errors"]] == ["type-mismatch", "return-type"]


def test_disasm(vcvm: Command) -> None:
    """The text assembles to the same bytes; also of a program that the verifier refuses."""
    vcvm("asm", "age.vasm")
    Path("again.vasm").write_text(vcvm("disasm", "age.vcvm").out, encoding="utf-8")
    vcvm("asm", "again.vasm")
    assert Path("again.vcvm").read_bytes() == Path("age.vcvm").read_bytes()
    assert "addi" in vcvm("disasm", "illtyped.vasm").out


def test_upgrade(vcvm: Command) -> None:
    """A program of format 0 gains types, and does what it did."""
    assert vcvm("asm", "contains.vasm").code == 0
    assert vcvm("upgrade", "contains.vcvm", "-o", "new.vcvm").code == 0
    assert decode(Path("new.vcvm").read_bytes()).format == 1
    assert vcvm("run", "new.vcvm").out == vcvm("run", "contains.vcvm").out == "true\n"


def test_inspect(vcvm: Command) -> None:
    """What it holds, needs and may do, as text."""
    out = vcvm("inspect", "loop.vasm").out
    assert "loop.vasm: program, " in out
    assert "(int) -> list<int>" in out
    done = vcvm("inspect", "unknown.vasm")
    assert done.code == 0
    assert "packs    vcvm-lost 3.1" in done.out
    assert "fix: pip install 'vcvm-lost>=3.1'" in done.out


def test_inspect_as_json(vcvm: Command) -> None:
    """The same as data."""
    data = vcvm("inspect", "contains.vasm", "--json").data
    assert data["schema"] == 1
    assert data["externs"][0]["uuid"] == "a4c39daa-f85e-4b2a-a37f-4914e8237a18"
    assert data["link"]["ok"] is True
    assert data["constants"] == [{"type": "string", "value": "test"}, {"type": "string", "value": "testing"}]
    assert data["functions"][0]["fuel"]["more"] is True


def test_inspect_fuel(vcvm: Command) -> None:
    """Straight code costs what it costs; branches have a least and a most; loops have no most."""
    branches = (
        "func main(b: bool) -> int\n get $b\n jt .yes\n push 1\n ret\n.yes:\n push 1\n push 2\n addi\n ret\nend\n"
    )
    Path("branches.vasm").write_text(branches, encoding="utf-8")
    found = {
        n: vcvm("inspect", n, "--json").data["functions"][0]["fuel"] for n in ("age.vasm", "branches.vasm", "loop.vasm")
    }
    assert found["age.vasm"] == {"least": 5, "most": 5, "more": False}
    assert found["branches.vasm"] == {"least": 4, "most": 6, "more": False}
    assert found["loop.vasm"]["most"] is None
    spent = json.loads(vcvm("run", "branches.vasm", "true", "--stats", "--json").out)["stats"]["fuel"]
    assert spent == found["branches.vasm"]["most"]
    spent = json.loads(vcvm("run", "loop.vasm", "0", "--stats", "--json").out)["stats"]["fuel"]
    assert spent == found["loop.vasm"]["least"]


def test_inspect_shows_what_is_refused(vcvm: Command) -> None:
    """A program that breaks rules is shown as it was decoded, with every finding."""
    done = vcvm("inspect", "illtyped.vasm")
    assert done.code == 3
    assert "REFUSED" in done.out
    assert "[VC213]" in done.err
    done = vcvm("inspect", "illtyped.vasm", "--json")
    assert (done.code, done.err, done.data["verified"], len(done.data["errors"])) == (3, "", False, 2)


def test_inspect_imports_no_pack(vcvm: Command, packs: Any) -> None:
    """The verdicts rest on manifests; a forbidden effect is one of them."""
    packs.install("vcvm-tick", "11111111-2222-4333-8444-555555555556", "tick", effects=("clock",))
    Path("tick.vasm").write_text(packs.caller("tick", "11111111-2222-4333-8444-555555555556"), encoding="utf-8")
    data = vcvm("inspect", "tick.vasm", "--json").data
    assert data["effects"] == ["clock"]
    assert data["packs"] == [{"pack": "vcvm-tick", "version": "1.0"}]
    assert data["link"]["imports"][0]["verdict"] == "effect-not-allowed"
    assert vcvm("inspect", "tick.vasm", "--allow", "clock", "--json").data["link"]["ok"] is True
    assert not packs.spy.exists()


@pytest.mark.parametrize("command", ["asm", "verify", "run"])
def test_limits_of_text(vcvm: Command, command: str) -> None:
    """A text is refused under the limits under which its compiled form is refused, by every command that accepts it."""
    text = "func main() -> int\npush 1\nret\nend\n" + "".join(f"func g{i}()\nret\nend\n" for i in range(1_000))
    Path("many.vasm").write_text(text)
    assert vcvm("asm", "many.vasm", "-o", "many.vcvm").code == 0
    for file in ("many.vasm", "many.vcvm")[: 1 if command == "asm" else 2]:
        done = vcvm(command, file, "--limits", "strict")
        assert (done.code, "VC125" in done.err) == (3, True)
        assert vcvm(command, file).code == 0
