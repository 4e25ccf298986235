"""``vcvm run``: one call, and a call for each record."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vcvm_core import VM
from vcvm_core.cli.apply import judge
from vcvm_core.values import parse_signature


def test_call(vcvm: Callable[..., Any]) -> None:
    """The result is JSON on stdout, and nothing else is anywhere."""
    assert vcvm("run", "loop.vasm", "3") == (0, "[0, 1, 2]\n", "")
    assert vcvm("run", "age.vasm", '{"name": "x", "age": 7}') == (0, "false\n", "")
    assert vcvm("run", "contains.vasm") == (0, "true\n", "")
    assert vcvm("run", "same.vasm", '"Grüße \\u001b"') == (0, '"Grüße \\u001b"\n', "")


@pytest.mark.parametrize(
    ("words", "out"),
    [
        (["pair", "1", "-2e5"], "[1, -200000.0]"),
        (["pair", "-1", "2"], "[-1, 2.0]"),
        (["none", "1"], "null"),
        (["float", "1e200"], '"Infinity"'),
        (["bytes", '{"$bytes": "AP8="}'], '{"$bytes": "AP8="}'),
        (["uuids", '[null, "A4C39DAA-F85E-4B2A-A37F-4914E8237A18"]'], '[null, "a4c39daa-f85e-4b2a-a37f-4914e8237a18"]'),
    ],
)
def test_values(vcvm: Callable[..., Any], words: list[str], out: str) -> None:
    """What JSON cannot say goes in and comes out as the manual says."""
    assert vcvm("run", "same.vasm", "--fn", *words) == (0, out + "\n", "")


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ([], 2, "[VC006]: vcvm run: no program is named"),
        (["same.vasm"], 2, "[VC050]: arguments of main"),
        (["same.vasm", "1", "2"], 2, "[VC050]: arguments of main"),
        (["same.vasm", "hello"], 2, """strings need quotes inside the shell's quotes: '"hello"'"""),
        (["same.vasm", "[1,"], 2, "[VC006]: argument 1 is not JSON: [1,"),
        (["same.vasm", "-"], 2, "[VC006]: argument 1 is not JSON"),
        (["same.vasm", "--", "-x"], 2, "argument 1 is not JSON: -x"),
        (["same.vasm", '{"a":1,"a":2}'], 2, "[VC067]"),
        (["same.vasm", "9223372036854775808"], 2, "[VC061]"),
        (["same.vasm", '"\\ud800"'], 2, "[VC062]: argument 1 is a text with half"),
        (["same.vasm", "[" * 1_000], 2, "[VC064]"),
        (["same.vasm", "--fn", "par", "1"], 2, "did you mean pair?"),
        (["same.vasm", "--fn", "bytes", '"x"'], 2, '[VC060]: a bytes value must be {"$bytes": "base64"}'),
        (["loop.vasm", '"3"'], 2, "[VC060]: argument 1 of main must be int, found string"),
        (["loop.vasm", "1", "--fuel", "-1"], 2, "[VC055]"),
        (["loop.vasm", "1", "--fuel", "x"], 2, "'x' is no whole number"),
        (["loop.vasm", "1", "--limits", "none"], 2, "--limits"),
        (["loop.vasm", "1", "--library", "x"], 2, "NAME=FILE"),
        (["loop.vasm", "1", "--no-pack", "vcmv"], 2, "did you mean vcvm?"),
        (["loop.vasm", "1", "--all"], 2, "--all needs --input"),
        (["loop.vasm", "1", "--input", "x.csv"], 2, "exclude each other"),
        (["-", "--input", "-"], 2, "cannot both be standard input"),
        (["nothing.vcvm"], 3, "[VC001]: there is no file nothing.vcvm"),
        (["."], 3, "[VC002]: . is a folder"),
        (["pipe"], 3, "[VC002]: pipe is a FIFO"),
        (["empty"], 3, "[VC003]: empty is empty"),
        (["binary"], 3, "[VC102]: this is no vcvm program"),
        (["mistakes.vasm"], 3, "[VC303]: there is no instruction blah"),
        (["illtyped.vasm"], 3, "[VC213]"),
        (["unknown.vasm", "1"], 3, "fix: pip install 'vcvm-lost>=3.1'"),
        (["contains.vasm", "--no-pack", "vcvm"], 3, "[VC040]"),
        (["loop.vasm", "1000", "--fuel", "50"], 4, "[VC501]"),
        (["same.vasm", "--fn", "reasons", "1"], 4, "[VC408]"),
    ],
)
def test_refused(vcvm: Callable[..., Any], folder: Path, words: list[str], code: int, says: str) -> None:
    """Each way it cannot work, with its exit code, its error code, and stdout empty."""
    os.mkfifo(folder / "pipe")
    (folder / "empty").touch()
    (folder / "binary").write_bytes(b"\x7fELF\x00\xff")
    done = vcvm("run", *words)
    assert (done.code, done.out) == (code, "")
    assert says in done.err
    assert "Traceback" not in done.err


def test_errors_as_json(vcvm: Callable[..., Any]) -> None:
    """With --json an error is data on stdout."""
    done = vcvm("run", "unknown.vasm", "1", "--json")
    assert (done.code, done.err) == (3, "")
    (data,) = done.lines
    assert data["schema"] == 1
    assert [e["code"] for e in data["errors"]] == ["VC040", "VC041"]
    assert data["report"]["imports"][0]["verdict"] == "unknown"


def test_fuel_names_the_line_and_the_cure(vcvm: Callable[..., Any]) -> None:
    """A trap in a program that was given as text shows the line, and the option that helps."""
    done = vcvm("run", "loop.vasm", "1000", "--fuel", "50")
    assert " --> loop.vasm:" in done.err
    assert " | " in done.err
    assert "--fuel N" in done.err


def test_stats(vcvm: Callable[..., Any]) -> None:
    """What was used is on stderr, the result alone on stdout; as JSON, all in one."""
    done = vcvm("run", "contains.vasm", "--stats")
    assert done.out == "true\n"
    assert "intrinsics called: 1" in done.err
    (data,) = vcvm("run", "contains.vasm", "--stats", "--json").lines
    assert data["result"] is True
    assert data["stats"]["intrinsic_calls"] == 1
    assert data["stats"]["fuel"] > 0


def test_check(vcvm: Callable[..., Any]) -> None:
    """The self-check changes nothing."""
    assert vcvm("run", "loop.vasm", "3", "--check").out == "[0, 1, 2]\n"


def test_compiled_or_text(vcvm: Callable[..., Any]) -> None:
    """What a file is, its content says."""
    assert vcvm("asm", "loop.vasm", "-o", "loop.txt").code == 0
    assert vcvm("run", "loop.txt", "2").out == "[0, 1]\n"
    assert vcvm("run", "-", "2", stdin=Path("loop.txt").read_bytes()).out == "[0, 1]\n"


def test_effects_and_libraries(vcvm: Callable[..., Any], packs: Any) -> None:
    """An effect is allowed by name; commas and repetitions both do."""
    packs.install("vcvm-tick", "11111111-2222-4333-8444-555555555556", "tick", effects=("clock",))
    Path("tick.vasm").write_text(packs.caller("tick", "11111111-2222-4333-8444-555555555556"), encoding="utf-8")
    refused = vcvm("run", "tick.vasm")
    assert refused.code == 3
    assert "fix: --allow clock" in refused.err
    assert not packs.spy.exists()
    assert vcvm("run", "tick.vasm", "--allow", "random,clock").out == "8\n"


def test_deprecated_is_a_note(vcvm: Callable[..., Any], packs: Any) -> None:
    """A bound import that has a successor runs, and says so on stderr."""
    packs.install("vcvm-old", "11111111-2222-4333-8444-555555555557", "older", deprecated="it is slow")
    Path("old.vasm").write_text(packs.caller("older", "11111111-2222-4333-8444-555555555557"), encoding="utf-8")
    done = vcvm("run", "old.vasm")
    assert (done.code, done.out) == (0, "8\n")
    assert "note: older: deprecated: it is slow" in done.err


PEOPLE = b'{"name": "a", "age": 19}\n\n{"name": "b", "age": 7}\n{"name": bad}\n{"name": "c", "age": "x"}\n'


def test_records(vcvm: Callable[..., Any]) -> None:
    """The accepted are counted, the others shown, each with number and line, and the run goes on."""
    Path("p.ndjson").write_bytes(PEOPLE)
    done = vcvm("run", "age.vasm", "--input", "p.ndjson")
    lines = done.out.splitlines()
    assert (done.code, done.err) == (1, "")
    assert lines[0] == "record 2 (line 3): rejected"
    assert lines[1].startswith("record 3 (line 4): failed: [VC066] this is not JSON")
    assert lines[2].startswith("record 4 (line 5): failed: [VC060] argument 1 of main must be")
    assert lines[3].startswith("4 records: 1 accepted, 1 rejected, 2 failed; ")
    assert vcvm("run", "age.vasm", "--input", "p.ndjson", "--all").out.startswith("record 1: accepted\n")
    assert vcvm("run", "age.vasm", "--input", "-", stdin=PEOPLE).out.splitlines()[:3] == lines[:3]


def test_records_as_json(vcvm: Callable[..., Any]) -> None:
    """One object a record, then the summary, all with the schema."""
    Path("p.ndjson").write_bytes(PEOPLE)
    done = vcvm("run", "age.vasm", "--input", "p.ndjson", "--json", "--stats")
    *found, last = done.lines
    assert done.code == 1
    assert [(r["record"], r["line"], r["verdict"]) for r in found] == [
        (1, 1, "accepted"), (2, 3, "rejected"), (3, 4, "failed"), (4, 5, "failed"),
    ]  # fmt: skip
    assert {r["schema"] for r in [*found, last]} == {1}
    assert found[1]["reasons"] == []
    assert found[2]["errors"][0]["code"] == "VC066"
    assert found[0]["stats"]["fuel"] > 0
    summary = last["summary"]
    assert (summary["total"], summary["accepted"], summary["rejected"], summary["failed"]) == (4, 1, 1, 2)
    assert summary["stats"]["fuel"] == sum(r["stats"]["fuel"] for r in found if "stats" in r)


def test_nothing_to_find_is_fine(vcvm: Callable[..., Any]) -> None:
    """Exit code 0 says that every record was accepted, or has a value."""
    assert vcvm("run", "age.vasm", "--input", "-", stdin=b'{"name": "a", "age": 19}').code == 0
    assert vcvm("run", "age.vasm", "--input", "-", stdin=b"\n").code == 0
    done = vcvm("run", "same.vasm", "--input", "-", stdin=b'{"a": 1}\n5')
    assert done.code == 0
    assert done.out.splitlines()[:2] == ['record 1: {"a": 1}', "record 2: 5"]
    assert "2 records: 2 values, 0 failed" in done.out


def test_reasons(vcvm: Callable[..., Any]) -> None:
    """Lists of strings and optional strings are reasons; guest text cannot command the terminal."""
    done = vcvm("run", "same.vasm", "--fn", "reasons", "--input", "-", stdin=b'[]\n["one", "two\\u001b[31m"]\n[1]\n7')
    lines = done.out.splitlines()
    assert lines[0] == "record 2: rejected: one; two\\x1b[31m"
    assert lines[2].startswith("record 4: failed: [VC408]")
    many = json.dumps([f"r{i}" for i in range(30)]).encode()
    assert "r19; and 10 more" in vcvm("run", "same.vasm", "--fn", "reasons", "--input", "-", stdin=many).out
    done = vcvm("run", "same.vasm", "--fn", "reason", "--input", "-", stdin=b'null\n"why"')
    assert done.out.splitlines()[0] == "record 2: rejected: why"
    assert vcvm("run", "same.vasm", "--fn", "none", "--input", "-", stdin=b"1").out.startswith("1 record: 1 accepted")
    assert vcvm("run", "same.vasm", "--fn", "text", "--input", "-", stdin=b"1").out.startswith('record 1: "always"\n')


@pytest.mark.parametrize(
    ("signature", "result", "word"),
    [
        ("(any) -> bool", True, "accepted"),
        ("(any) -> bool", False, "rejected"),
        ("(any) -> list<string>", [], "accepted"),
        ("(any) -> mut list<string>", ["x"], "rejected"),
        ("(any) -> string?", None, "accepted"),
        ("(any) -> string?", "", "rejected"),
        ("(any) -> none", None, "accepted"),
        ("(any) -> ()", None, "accepted"),
        ("(any) -> string", "x", "value"),
        ("(any) -> list<int>", [], "value"),
        ("(any) -> int?", None, "value"),
        ("(any) -> (bool, bool)", (True, True), "value"),
        ("(any) -> any", False, "rejected"),
        ("(any) -> any", ["x"], "rejected"),
        ("(any) -> any", [], "accepted"),
        ("(any) -> any", [1], "value"),
        ("(any) -> any", None, "accepted"),
        ("(any) -> any", "x", "rejected"),
        ("(any) -> any", 0, "value"),
    ],
)
def test_verdicts(signature: str, result: object, word: str) -> None:
    """What a result means depends on the declared type, and on the value only where that is any."""
    assert judge(parse_signature(signature))(result).word == word


def test_formats(vcvm: Callable[..., Any]) -> None:
    """The format is the name's, or what the user says."""
    Path("p.json").write_bytes(b'[{"name": "a", "age": 19}, {"name": "b", "age": 7}]')
    assert "2 records: 1 accepted, 1 rejected" in vcvm("run", "age.vasm", "--input", "p.json").out
    Path("p.csv").write_bytes(b"name,age\na,1\n")
    assert vcvm("run", "same.vasm", "--input", "p.csv").out.startswith('record 1 (line 2): {"name": "a", "age": "1"}')
    Path("p.data").write_bytes(b"1\n")
    assert vcvm("run", "same.vasm", "--input", "p.data").code == 2
    assert vcvm("run", "same.vasm", "--input", "p.data", "--input-format", "ndjson").code == 0


@pytest.mark.parametrize(
    ("name", "content", "code", "says"),
    [
        ("none.csv", None, 3, "[VC001]"),
        ("folder.csv", "folder", 3, "[VC002]"),
        ("x.csv", b"", 3, "[VC003]: x.csv is empty"),
        ("x.json", b" ", 3, "[VC003]: x.json is empty"),
        ("x.json", b'{"a": 1}', 3, "--input-format ndjson"),
        ("x.csv", b"a,a\n", 3, "twice"),
        ("x.txt", b"1", 2, "does not say what it holds"),
    ],
)
def test_bad_input(vcvm: Callable[..., Any], name: str, content: bytes | str | None, code: int, says: str) -> None:
    """Input that has no records is refused as a whole."""
    if content == "folder":
        Path(name).mkdir()
    elif isinstance(content, bytes):
        Path(name).write_bytes(content)
    done = vcvm("run", "same.vasm", "--input", name)
    assert (done.code, done.out) == (code, "")
    assert says in done.err


def test_one_parameter(vcvm: Callable[..., Any]) -> None:
    """A function of two parameters is no judge of records."""
    done = vcvm("run", "same.vasm", "--fn", "pair", "--input", "-", stdin=b"1")
    assert done.code == 2
    assert "takes one parameter" in done.err


def test_records_of_typed_fields(vcvm: Callable[..., Any]) -> None:
    """Bytes and UUIDs inside of records have their forms."""
    record = {
        "id": "a4c39daa-f85e-4b2a-a37f-4914e8237a18",
        "data": {"$bytes": "AA=="},
        "rest": {"k": {"$bytes": "/w=="}},
    }
    done = vcvm("run", "same.vasm", "--fn", "record", "--input", "-", "--json", stdin=json.dumps(record).encode())
    assert done.lines[0]["value"] == record


def test_the_facade_agrees(vcvm: Callable[..., Any]) -> None:
    """What the command says is what an embedder gets."""
    vcvm("asm", "loop.vasm")
    assert VM().load("loop.vcvm").call("main", 3) == json.loads(vcvm("run", "loop.vcvm", "3").out)
