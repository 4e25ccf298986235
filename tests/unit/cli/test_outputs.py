"""What commands write: never over what they read, to the file that was meant, and nothing but their own on standard output."""

from __future__ import annotations

import argparse
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from dists.projects import intrinsic, project, wheel
from vcvm_core import VM
from vcvm_core.cli import main, streams
from vcvm_core.cli.commands import COMMANDS
from vcvm_core.cli.words import Command, Words
from vcvm_core.plugin import encode_manifest, extract_manifest

Vcvm = Callable[..., Any]
ONE = "11111111-2222-4333-8444-00000000000c"
HERE = [sys.executable, "-m", "vcvm_core"]
ONLY_POSIX = pytest.mark.skipif(os.name != "posix", reason="names of this kind are POSIX")


def words_of(command: Command) -> Words:
    """The parser of a command."""
    words = Words(prog=command.name)
    command.define(words)
    return words


WRITING = [(command, words_of(command)) for command in COMMANDS if words_of(command)._written]
FILES = ("FILE", "OUT", "DATA", "JSON", "HEADER", "PATH", "WHEEL", "NAME=FILE")


def actions(words: Words) -> Iterator[tuple[argparse.Action, str]]:
    """The arguments that name files, as far as their metavars say so."""
    for action in words._actions:
        metavar = action.metavar if isinstance(action.metavar, str) else ""
        if any(part in metavar.replace("|", " ").split() or part == metavar for part in FILES):
            yield action, metavar


def test_every_file_of_a_command_that_writes_is_compared() -> None:
    """An option that names a file says whether that is read or written; a new one that says nothing is found here."""
    assert {command.name for command, _ in WRITING} == {
        "run", "asm", "disasm", "upgrade", "plugins header", "plugins index", "plugins freeze"
    }  # fmt: skip
    for command, words in WRITING:
        known = {role.dest for role in (*words._read, *words._written)}
        assert {action.dest for action, _ in actions(words)} <= known, command.name


class Case(NamedTuple):
    """A command whose output is `target`, and which reads, among what else it needs, the file `input`."""

    name: str
    words: tuple[str, ...]


def cases() -> Iterator[Case]:
    """Every way in which an output of any command can be a file that the command reads."""
    for command, words in WRITING:
        operands = [role for role in words._read if not role.label]
        for written in words._written:
            if not written.more["sure"]:
                continue
            for read in words._read:
                if read.more["late"]:
                    continue
                line = [*command.name.split(), *("input" if o is read else "other" for o in operands)]
                if read.label:
                    line += [read.label, "n=input" if read.label == "--library" else "input"]
                name = f"{command.name} {written.label} over {read.label or 'operand'}"
                yield Case(name, (*line, written.label, "target"))


@pytest.fixture
def spelled(folder: Path, request: pytest.FixtureRequest) -> str:
    """Another name for the file `input.txt`."""
    (folder / "deep").mkdir()
    (folder / "input.txt").write_bytes(b"input")
    (folder / "other").write_bytes(b"other")
    if request.param == "link":
        (folder / "link.txt").symlink_to("input.txt")
    if request.param == "hard link":
        os.link(folder / "input.txt", folder / "hard.txt")
    if request.param == "linked folder":
        (folder / "around").symlink_to("deep")
    names = {
        "same": "input.txt",
        "dot": "./deep/../input.txt",
        "whole": str(folder / "input.txt"),
        "link": "link.txt",
        "hard link": "hard.txt",
        "linked folder": "around/../input.txt",
    }
    return names[request.param]


SPELLINGS = ["same", "dot", "whole", *(["link", "hard link", "linked folder"] if os.name == "posix" else [])]


@pytest.mark.parametrize("spelled", SPELLINGS, indirect=True)
@pytest.mark.parametrize("case", list(cases()), ids=lambda c: c.name)
def test_no_output_is_an_input(vcvm: Vcvm, folder: Path, case: Case, spelled: str) -> None:
    """Whatever the command, the option and the spelling: refused before anything is read, and everything is as it was."""
    line = [{"input": "input.txt", "n=input": "n=input.txt", "target": spelled}.get(w, w) for w in case.words]
    done = vcvm(*line)
    assert (done.code, done.out) == (2, "")
    assert "error[VC705]: " in done.err
    assert (folder / "input.txt").read_bytes() == b"input"
    (error,) = (
        vcvm(*line, *(["--json"] if "disasm" not in line else [])).data["errors"] if "disasm" not in line else [{}]
    )
    assert error.get("kind", "same-file") == "same-file"


@pytest.mark.parametrize(
    ("first", "second"), [("x.json", "./x.json"), ("x.json", "x.json"), ("there.json", "there.json")]
)
def test_two_outputs_are_two_files(vcvm: Vcvm, folder: Path, first: str, second: str) -> None:
    """Also if there is no such file yet."""
    (folder / "there.json").write_bytes(b"old")
    done = vcvm("run", "loop.vasm", "3", "--record", first, "--profile", second)
    assert (done.code, "error[VC705]" in done.err) == (2, True)
    assert (folder / "there.json").read_bytes() == b"old"
    assert not (folder / "x.json").exists()
    assert vcvm("run", "loop.vasm", "3", "--record", os.devnull, "--profile", "y.json").code == 0


@pytest.mark.parametrize(
    "line",
    [
        "asm rule.vcvm",
        "asm loop.vasm --header loop.vcvm",
        "asm loop.vasm --index loop.vcvm",
        "asm loop.vasm --libraries loop.vcvm",
        "plugins header vcvm.header",
        "plugins header vcvm-3.0.vcvmh",
    ],
)
def test_the_output_that_is_not_named(vcvm: Vcvm, folder: Path, line: str) -> None:
    """The name that a command makes itself is compared like one that the user writes."""
    (folder / "rule.vcvm").write_bytes((folder / "loop.vasm").read_bytes())
    vcvm("plugins", "header", "vcvm", "-o", "vcvm.header")
    made = vcvm("plugins", "header", "vcvm", "--json").data["file"]
    (folder / made).unlink()
    (folder / made).symlink_to("vcvm.header")
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    before.setdefault(folder / "loop.vcvm", b"")
    (folder / "loop.vcvm").write_bytes(b"")
    done = vcvm(*line.replace("vcvm-3.0.vcvmh", made).split())
    assert (done.code, done.out, "error[VC705]" in done.err) == (2, "", True)
    assert {path: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


def test_settings_and_indexes_that_nobody_names(vcvm: Vcvm, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read without being told is no output either."""
    vcvm("plugins", "index", "vcvm", "-o", "one.index")
    vcvm("plugins", "index", "vcvm", "-o", "two.index")
    (folder / "pyproject.toml").write_text('[tool.vcvm]\nindex = "one.index"\n', encoding="utf-8")
    user = folder / "no settings/vcvm/config.toml"
    user.parent.mkdir(parents=True)
    user.write_text("", encoding="utf-8")
    monkeypatch.setenv("VCVM_INDEX", "two.index")
    for path in ("pyproject.toml", str(user), "one.index", "two.index"):
        before = Path(path).read_bytes()
        done = vcvm("asm", "loop.vasm", "-o", path)
        assert (done.code, "error[VC705]" in done.err) == (2, True), path
        assert Path(path).read_bytes() == before


def test_settings_that_are_wrong(vcvm: Vcvm, folder: Path) -> None:
    """They are no reason to refuse an output of a command that does not read them; they are not written over, either."""
    vcvm("asm", "loop.vasm")
    (folder / "pyproject.toml").write_text("[tool.vcvm]\nindex = 3\n", encoding="utf-8")
    assert vcvm("disasm", "loop.vcvm", "-o", "out").code == 0
    assert vcvm("disasm", "loop.vcvm", "-o", "pyproject.toml").code == 2
    assert "error[VC703]" in vcvm("asm", "loop.vasm", "-o", "out").err


@pytest.mark.parametrize("argument", ["age.vasm", "log.txt", "./log.txt,values=3", "values=3,log.txt", "file=log.txt"])
def test_what_an_observer_is_given(vcvm: Vcvm, folder: Path, packs: Any, argument: str) -> None:
    """Whatever an observer makes of its argument, no file that the command reads is in it."""
    (folder / "log.txt").write_bytes((folder / "age.vasm").read_bytes())
    line = ("run", "log.txt", "--input", "age.vasm", "--input-format", "ndjson", "--observe")
    done = vcvm(*line, f"acme={argument}")
    assert (done.code, "error[VC705]" in done.err) == (2, True)
    assert "error[VC008]" in vcvm(*line, "acme=new.txt,values=3").err


def test_indexes_grow_in_their_place(vcvm: Vcvm, folder: Path) -> None:
    """An index may be made of itself and more; a wheel, a manifest and what is in a folder are no indexes."""
    wheel(folder / "acme-1.0-py3-none-any.whl", intrinsic())
    project(folder / "two", intrinsic(), version="2.0")
    vcvm("plugins", "index", "vcvm", "-o", "known")
    assert vcvm("plugins", "index", "known", "acme-1.0-py3-none-any.whl", "-o", "known").code == 0
    assert vcvm("plugins", "index", "known", "--output", "./known", "--json").data["packs"] == 2
    (folder / "wheels").mkdir()
    wheel(folder / "wheels/acme-3.0-py3-none-any.whl", intrinsic(), version="3.0")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for line in (
        "index acme-1.0-py3-none-any.whl -o acme-1.0-py3-none-any.whl",
        "index wheels -o wheels/acme-3.0-py3-none-any.whl",
        "index known two -o two/pyproject.toml",
        "header acme-1.0-py3-none-any.whl -o acme-1.0-py3-none-any.whl",
        "header two -o two/acme/__init__.py",
        "header two -o two/pyproject.toml",
    ):
        done = vcvm("plugins", *line.split())
        assert (done.code, "error[VC705]" in done.err) == (2, True), line
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert vcvm("plugins", "header", "two", "-o", "two/acme.vcvmh").code == 0
    assert vcvm("plugins", "header", "two", "-o", "two/acme.vcvmh").code == 0


def shell(line: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """A line for the shell, in which vcvm is this one."""
    command = line.replace("vcvm ", f"'{sys.executable}' -m vcvm_core ")
    env = {**os.environ, "PYTHONSAFEPATH": "1", **environment}
    return subprocess.run(["sh", "-c", command], cwd=folder, env=env, capture_output=True, check=False)


@ONLY_POSIX
@pytest.mark.parametrize(
    "line",
    [
        "vcvm asm - -o loop.vasm < loop.vasm",
        "vcvm run - 3 --record loop.vasm < loop.vasm",
        "vcvm run age.vasm --input - --record people.ndjson < people.ndjson",
        "vcvm asm loop.vasm -o out > out",
        "vcvm asm loop.vasm -o out --json >> out",
        "vcvm run loop.vasm 3 --record out > out",
        "vcvm run loop.vasm 3 --record out 2> out",
    ],
)
def test_redirections_are_files_too(folder: Path, line: str) -> None:
    """What the shell has opened is read or written by the command."""
    (folder / "people.ndjson").write_text("{}\n", encoding="utf-8")
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    done = shell(line, folder)
    assert done.returncode == 2
    after = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    assert b"VC705" in done.stderr + done.stdout + after.pop("out", b"")
    assert after == before


@ONLY_POSIX
@pytest.mark.parametrize("name", ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "/dev/../dev/stdout", "leads"])
@pytest.mark.parametrize("how", ["| cat", "> out; cat out", "> out; cat out >&2; cat out", ">> out; cat out"])
def test_standard_output_by_every_name(folder: Path, name: str, how: str) -> None:
    """It gets the program and nothing else, wherever it leads; what others have written to it stays."""
    if name == "leads" and how != "| cat":
        return
    if name.startswith("/proc") and not os.path.exists(name):
        pytest.skip("there is no such name here")
    (folder / "leads").symlink_to("/dev/stdout")
    head = b"first\n" if how.startswith(">>") else b""
    (folder / "out").write_bytes(head)
    done = shell(f"vcvm asm loop.vasm -o {name} {how}", folder)
    assert done.stdout.startswith(head)
    assert VM().load(done.stdout[len(head) :]).call("main", 2) == [0, 1]


@ONLY_POSIX
def test_the_shells_own_pipes(folder: Path) -> None:
    """A pipe that the shell has made for a command is an output like any other, and standard error is one."""
    done = shell("vcvm asm loop.vasm -o /dev/fd/3 3>&1 >/dev/null | cat", folder)
    assert VM().load(done.stdout).call("main", 2) == [0, 1]
    done = shell("vcvm asm loop.vasm -o /dev/stderr", folder)
    assert VM().load(done.stderr).call("main", 2) == [0, 1]
    (folder / "log").write_bytes(b"log\n")
    shell("vcvm asm loop.vasm -o /dev/fd/3 3>>log", folder)
    assert (folder / "log").read_bytes().startswith(b"log\n")
    assert VM().load((folder / "log").read_bytes()[4:]).call("main", 2) == [0, 1]


@ONLY_POSIX
@pytest.mark.parametrize(
    "line",
    [
        "asm loop.vasm -o out",
        "disasm loop.vasm -o out",
        "upgrade contains.vasm -o out",
        "run loop.vasm 3 --record out",
        "run loop.vasm 3 --profile out.txt",
        "plugins header vcvm -o out",
        "plugins index vcvm -o out",
        "plugins freeze loop.vasm -o out",
    ],
)
def test_every_output_keeps_its_mode(vcvm: Vcvm, folder: Path, line: str) -> None:
    """One writer writes them all."""
    path = folder / line.rsplit(maxsplit=1)[-1]
    path.write_bytes(b"old")
    path.chmod(0o600)
    (folder / f"t.{os.getpid()}.part").write_bytes(b"of another")
    assert vcvm(*line.split()).code == 0
    assert (stat.S_IMODE(path.stat().st_mode), path.read_bytes() != b"old") == (0o600, True)
    assert [p.name for p in folder.glob("*.part")] + [p.name for p in folder.glob(".*.part")] == [
        f"t.{os.getpid()}.part"
    ]


@pytest.mark.parametrize(
    "line",
    [
        "run clock.vasm --allow clock --record none/out",
        "run clock.vasm --allow clock --profile none/out.txt",
        "run clock.vasm --allow clock --record .",
    ],
)
def test_an_output_that_cannot_be_is_refused_before(vcvm: Vcvm, folder: Path, line: str) -> None:
    """A program has no effect whose record would be lost."""
    (folder / "clock.vasm").write_text("extern now_unix_ms\nfunc main() -> int\n call now_unix_ms\n ret\nend\n")
    done = vcvm(*line.split())
    assert (done.code, done.out, "error[VC007]" in done.err) == (3, "", True)


# What a terminal obeys

STRANGE = "a\x1b]0;title\x07\x1b[31mRED\u202e\nerror[VC999]: forged\u2028\x85\xa0"


@ONLY_POSIX
@pytest.mark.parametrize("exists", [True, False])
@pytest.mark.parametrize("more", [[], ["--json"]])
@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c.name)
def test_names_are_escaped(vcvm: Vcvm, folder: Path, command: Command, exists: bool, more: list[str]) -> None:
    """Whatever a file is called, and whichever command names it: a terminal obeys nothing of it, and no line is forged."""
    words = words_of(command)
    name = f"{STRANGE}.vasm"
    if exists:
        (folder / name).write_bytes((folder / "loop.vasm").read_bytes())
    operands = [a for a in words._actions if not a.option_strings]
    for action in words._actions:
        if more and "--json" not in words.options:
            continue
        line = [*command.name.split(), *(name for _ in operands if command.name != "completion"), *more]
        if action.option_strings and action.nargs != 0 and action.dest not in ("help", "limits", "tier", "backend"):
            line += [action.option_strings[-1], f"x={name}" if action.dest == "library" else name]
        elif action.option_strings:
            continue
        if "-o" in words._option_string_actions and "--output" not in line and action.dest != "output":
            line += ["-o", f"{STRANGE}.out"]
        done = vcvm(*line)
        for text in (done.out, done.err):
            assert [c for c in text if not c.isprintable() and c != "\n"] == [], line
            assert "\nerror[VC999]" not in text, line


def test_a_name_in_every_part_of_the_output(vcvm: Vcvm, folder: Path) -> None:
    """Results, remarks, tables and notes."""
    if os.name != "posix":
        pytest.skip("no such names here")
    name = "\x1b[2J\n.vasm"
    (folder / name).write_bytes((folder / "loop.vasm").read_bytes())
    assert vcvm("asm", name).out.startswith("\\x1b[2J\\n.vcvm: 1 function")
    assert "\\x1b[2J\\n.vasm" in vcvm("inspect", name).out
    assert "in \\x1b[2J\\n.tape" in vcvm("run", name, "3", "--record", "\x1b[2J\n.tape").err
    assert vcvm("plugins", "new", "acme", "-o", "\x1b[2J\nnew").out.count("\\x1b[2J\\nnew") == 2


# JSON in every encoding


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "koi8-r", "utf-8", "utf_8", "UTF8", "utf-8:strict"])
@pytest.mark.parametrize(
    "line",
    [
        ["verify", "prüfung-€-😀.vasm", "--json"],
        ["inspect", "prüfung-€-😀.vasm", "--json"],
        ["asm", "prüfung-€-😀.vasm", "--json"],
        ["run", "prüfung-€-😀.vasm", '"é€😀"', "--json"],
        ["run", "prüfung-€-😀.vasm", '"é€😀"'],
        ["run", "prüfung-€-😀.vasm", "--input", "täglich.ndjson", "--json"],
        ["run", "fehlt-é.vasm", "--json"],
        ["explain", "é", "--json"],
        ["asm", "prüfung-€-😀.vasm"],
        ["inspect", "prüfung-€-😀.vasm"],
        ["run", "prüfung-€-😀.vasm", "--input", "täglich.ndjson"],
        ["run", "fehlt-é.vasm"],
        ["--help"],
        ["run", "--help"],
    ],
    ids=" ".join,
)
def test_encodings(folder: Path, encoding: str, line: list[str]) -> None:
    """JSON is JSON, in UTF-8 or in ASCII, whatever standard output is; text never stops a command."""
    text = "func main(s: string) -> string?\n get $s\n some\n ret\nend\n".replace(" some\n", "")
    (folder / "prüfung-€-😀.vasm").write_text(text, encoding="utf-8")
    (folder / "täglich.ndjson").write_text('"é€😀"\n', encoding="utf-8")
    env = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "1", "PYTHONSAFEPATH": "1"}
    done = subprocess.run([*HERE, *line], cwd=folder, env=env, capture_output=True, check=False)
    assert done.returncode <= 4, done.stderr
    if "--json" in line or line[-1] == '"é€😀"':
        values = [json.loads(part) for part in _documents(done.stdout.decode("utf-8"))]
        assert values
    if line[-1] == '"é€😀"':
        assert values == ["é€😀"]
        assert ("é" in done.stdout.decode("utf-8")) == encoding.lower().startswith("utf")


def _documents(text: str) -> list[str]:
    return [text] if text.startswith("{\n") else text.splitlines()


@ONLY_POSIX
def test_the_locale_of_nobody(folder: Path) -> None:
    """Where Python is told nothing and knows only ASCII, names are still told, as JSON and as text."""
    (folder / "prüfung.vasm").write_bytes((folder / "loop.vasm").read_bytes())
    env = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "XDG_CONFIG_HOME": str(folder / "none")}
    for line in ("vcvm verify prüfung.vasm --json", "vcvm asm prüfung.vasm --json", "vcvm asm nichts-ü.vasm --json"):
        assert json.loads(shell(line, folder, **env).stdout.decode("ascii"))
    assert shell("vcvm asm prüfung.vasm", folder, **env).returncode == 0


# What packs print

LOUD = '''"""A pack that prints wherever it can."""
import atexit
import os
import subprocess
import sys
import threading
from vcvm_core.plugin import Observer, hookimpl, intrinsic

FIRST = sys.stdout

def loud(when):
    print("PRINTED", when)
    sys.stdout.write(f"WRITTEN {when}\\n")
    print("PRINTED by its first name", when, file=FIRST)
    thread = threading.Thread(target=print, args=("PRINTED in a thread", when))
    thread.start()
    thread.join()
    if {deep!r}:
        print("PRINTED to the very first", when, file=sys.__stdout__)
        os.write(1, f"WRITTEN to the descriptor {when}\\n".encode())
        subprocess.run([sys.executable, "-S", "-c", "print('PRINTED by a child')"], check=False)

loud("at import")
if {deep!r}:
    atexit.register(loud, "at the end")

@intrinsic("{uuid}", cost=3)
def twice(n: int) -> int:
    """Twice n.

    >>> twice(2)
    4
    """
    loud("in a call")
    return n * 2

class Watch(Observer):
    def start(self, call):
        loud("in an observer")
    def close(self):
        loud("when it closes")

@hookimpl
def vcvm_observer(argument):
    loud("when it is made")
    return Watch()

@hookimpl
def vcvm_intrinsics():
    loud("in a hook")
    return [twice]
'''
TWICE = f'extern twice(int) -> int = "{ONE}"\nfunc main(n: int) -> int\n get $n\n call $twice\n ret\nend\n'
LOUD_LINES = [
    ["run", "rule.vasm", "4"],
    ["run", "rule.vasm", "4", "--json"],
    ["run", "rule.vasm", "4", "--json", "--stats", "--observe", "vcvm-acme"],
    ["run", "rule.vasm", "4", "--json", "--profile", "p.json"],
    ["run", "rule.vasm", "4", "--json", "--record", "t.tape"],
    ["run", "rule.vasm", "--input", "n.ndjson", "--json"],
    ["run", "rule.vasm", "--input", "n.ndjson", "--json", "--tier", "compiled"],
    ["run", "rule.vasm", '"x"', "--json"],
    ["inspect", "rule.vasm", "--python", "--json"],
    ["inspect", "rule.vasm", "--json"],
    ["plugins", "check", "vcvm-acme", "--import", "--json"],
    ["plugins", "doctor", "--import", "--json"],
    ["plugins", "freeze", "rule.vasm"],
]


@pytest.fixture
def loud(folder: Path, packs: Any) -> Iterator[Callable[[bool], Path]]:
    """Installs the pack that prints, and a program that calls it."""

    def install(deep: bool) -> Path:
        path = packs.install("vcvm-acme", ONE)
        source = LOUD.replace("{deep!r}", repr(deep)).replace("{uuid}", ONE)
        (packs.where / "vcvm_acme/__init__.py").write_text(source, encoding="utf-8")
        made = extract_manifest(str(packs.where), ["vcvm_acme"], pack="vcvm-acme", version="1.0", source_root=".")
        path.write_bytes(encode_manifest(made))
        (folder / "rule.vasm").write_text(TWICE, encoding="utf-8")
        (folder / "n.ndjson").write_text("1\n2\n", encoding="utf-8")
        sys.modules.pop("vcvm_acme", None)
        return Path(packs.where)

    yield install
    sys.modules.pop("vcvm_acme", None)


@pytest.mark.parametrize("line", LOUD_LINES, ids=" ".join)
def test_what_packs_print_is_not_on_standard_output(loud: Any, folder: Path, line: list[str]) -> None:
    """Not from Python, not past it, not from a process of theirs, and not when everything is over: it is on standard error."""
    where = loud(True)
    env = {**os.environ, "PYTHONPATH": str(where), "PYTHONSAFEPATH": "1"}
    done = subprocess.run([*HERE, *line], cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1, 2), done.stderr
    assert [json.loads(part) for part in _documents(done.stdout)]
    if line[0] == "run":
        assert "PRINTED" not in done.stdout
        assert "WRITTEN" not in done.stdout
        for what in (
            "PRINTED at import",
            "PRINTED to the very first",
            "WRITTEN to the descriptor",
            "PRINTED by a child",
        ):
            assert what in done.stderr
        assert "PRINTED at the end" in done.stderr
    if "--observe" in line:
        assert "PRINTED in an observer" in done.stderr
        assert "PRINTED when it closes" in done.stderr


@pytest.mark.parametrize("line", [each for each in LOUD_LINES if each[0] == "run"], ids=" ".join)
def test_the_same_in_a_process_of_somebody_else(vcvm: Vcvm, loud: Any, line: list[str]) -> None:
    """Who calls `main` has standard output back afterwards, as it was."""
    loud(False)
    before, errors = sys.stdout, sys.stderr
    done = vcvm(*line)
    assert ("PRINTED" in done.out, "PRINTED at import" in done.err) == (False, True)
    assert (sys.stdout, sys.stderr) == (before, errors)
    assert streams.standard_output() is sys.stdout


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
@ONLY_POSIX
def test_without_streams(loud: Any, folder: Path, closed: str) -> None:
    """A process may have no standard output, or no standard error; what packs print then goes nowhere."""
    where = loud(closed == "2>&-")
    done = shell(f"vcvm run rule.vasm 4 {closed}", folder, PYTHONPATH=str(where))
    assert (done.returncode, done.stdout) == (0, b"" if closed.startswith(">&-") else b"8\n")


@ONLY_POSIX
def test_nobody_reads(loud: Any, folder: Path) -> None:
    """A broken pipe is one, also where packs print."""
    where = loud(True)
    (folder / "n.ndjson").write_text("1\n" * 20_000, encoding="utf-8")
    line = "{ vcvm run rule.vasm --input n.ndjson --json --fuel 9999 2>/dev/null; echo $? >&2; } | head -c 10"
    (folder / "rule.vasm").write_text("func main(n: int) -> int\n get $n\n ret\nend\n", encoding="utf-8")
    done = shell(line, folder, PYTHONPATH=str(where))
    assert (len(done.stdout), done.stderr) == (10, b"141\n")


def test_output_is_unbuffered_where_python_is(folder: Path) -> None:
    """What is told to keep nothing back writes the result before what is remarked on it."""
    env = {**os.environ, "PYTHONUNBUFFERED": "1"}
    line = [*HERE, "run", "loop.vasm", "2", "--stats"]
    done = subprocess.run(line, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True)
    assert done.stdout.startswith(b"[0, 1]\nfuel used")


def test_main_in_main(vcvm: Vcvm, folder: Path) -> None:
    """A command that is run by a pack writes to standard error: standard output is the outer one's."""
    with streams.owned(for_good=False):
        assert main(["--version"]) == 0
        assert streams.standard_output() is not sys.stdout
