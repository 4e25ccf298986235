"""The frame of every command: help, exit codes, hostile words, what is imported, and how it ends when it must."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import vcvm_core.cli.dispatch as dispatch
from vcvm_core.cli import main
from vcvm_core.cli.commands import COMMANDS
from vcvm_core.cli.show import diagnostic_lines
from vcvm_core.errors import ERRORS, Diagnostic, Place, error

Command = Callable[..., Any]
HERE = [sys.executable, "-m", "vcvm_core"]


def test_help(vcvm: Command) -> None:
    """Every command is in the overview, and has a help of its own."""
    done = vcvm("--help")
    assert done.code == 0
    for command in COMMANDS:
        assert command.name in done.out
        own = vcvm(*command.name.split(), "--help")
        assert (own.code, own.err) == (0, "")
        assert own.out.startswith(f"usage: vcvm {command.name}")
    assert vcvm("help").out == vcvm("-h").out == done.out
    assert vcvm("plugins", "--help").out == vcvm("help", "plugins").out


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c.name)
def test_every_command_has_its_function(command: Any) -> None:
    """The table names functions, which nothing else would look up before somebody calls them."""
    file, _, function = command.run.partition(":")
    assert callable(getattr(import_module(f"vcvm_core.cli.{file}"), function))


def test_no_words(vcvm: Command) -> None:
    """Without a command the help goes to stderr, and it is a mistake."""
    done = vcvm()
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("usage: vcvm COMMAND")
    assert vcvm("plugins").code == 2


def test_version(vcvm: Command) -> None:
    """One line."""
    assert vcvm("--version").out.startswith("vcvm ")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["rnu"], "did you mean run?"),
        (["list"], "did you mean plugins list?"),
        (["plugins", "lst"], "did you mean list?"),
        (["plugins", "xyz"], "see vcvm plugins --help"),
        (["--verbose"], "options stand behind the command"),
        (["run", "x", "--inptu", "y"], "did you mean --input?"),
        (["run", "x", "--inptu=y"], "did you mean --input?"),
        (["verify"], "required: FILE"),
        (["verify", "a", "b"], "unrecognized arguments: b"),
        (["asm", "x", "-o"], "expected one argument"),
    ],
)
def test_usage(vcvm: Command, words: list[str], says: str) -> None:
    """Wrong words are answered with the right ones."""
    done = vcvm(*words)
    assert (done.code, done.out) == (2, "")
    assert "error[VC006]" in done.err
    assert says in done.err


NASTY = [
    [""], [" "], ["-"], ["--"], ["--", "--"], ["\0"], ["\n"], ["\x1b[31mrun"], ["\udcff"], ["run\udcff"], ["a" * 100_000],
    ["%s"], ["{0}"], ["{path}"], ["--=", "x"], ["-x"], ["-h-h"], ["--json"], ["--json", "--json"], ["help", "help"],
    ["run", ""], ["run", "\0"], ["run", "\udcff"], ["run", "a\nb"], ["run", "\x1b]0;x\x07"], ["run", "a" * 5_000],
    ["run", "--"], ["run", "--", "--"],
    ["run", "-"], ["run", "{0}"], ["run", "%(prog)s"], ["run", "/dev/null"], ["run", "/"], ["run", "~"],
    ["run", "same.vasm", ""], ["run", "same.vasm", "\0"], ["run", "same.vasm", "\udcff"], ["run", "same.vasm", "\ud800"],
    ["run", "same.vasm", "1e999"], ["run", "same.vasm", "{" * 10_000], ["run", "same.vasm", '"\x1b[31m'],
    ["run", "same.vasm", "NaN"], ["run", "same.vasm", "--fn", ""], ["run", "same.vasm", "--fn", "\udcff"],
    ["run", "same.vasm", "--fn="], ["run", "same.vasm", "1", "--fuel", "1" * 10_000],
    ["run", "same.vasm", "1", "--fuel", "\u0663"],
    ["run", "same.vasm", "1", "--limits", "\udcff"], ["run", "same.vasm", "1", "--library", "="],
    ["run", "same.vasm", "1", "--library", "a=\0"], ["run", "same.vasm", "1", "--no-pack", ""],
    ["run", "same.vasm", "1", "--no-pack", "\udcff"], ["run", "same.vasm", "--input", "\0"],
    ["run", "same.vasm", "--input", ""],
    ["run", "same.vasm", "--input", "/", "--input-format", "csv"], ["run", "@same.vasm"],
    ["run", "same.vasm", "--input", "/dev/null", "--input-format", "json"], ["asm", "\0"], ["asm", "same.vasm", "-o", "\0"],
    ["asm", "same.vasm", "-o", "a" * 5_000], ["asm", "same.vasm", "-o", ""], ["asm", "", "-o", "x"],
    ["asm", "same.vasm", "--libraries", "/"], ["asm", "same.vasm", "--libraries", "same.vasm"], ["disasm", "\udcff"],
    ["verify", "same.vasm/x"], ["inspect", "\0", "--json"], ["inspect", "same.vasm", "--allow", "\udcff,\0,,"],
    ["upgrade", "same.vasm", "-o", "x"], ["plugins", ""], ["plugins", "\udcff"], ["plugins", "show", ""],
    ["plugins", "show", "\udcff"], ["plugins", "show", "../../etc"], ["plugins", "which", "\0"], ["plugins", "which", "\udcff"],
    ["plugins", "which", "{" * 50], ["plugins", "which", ""], ["plugins", "list", "x"],
]  # fmt: skip


@pytest.mark.parametrize("words", NASTY, ids=lambda words: ascii(" ".join(words))[:40])
@pytest.mark.parametrize("json_too", [False, True])
def test_nasty_words(vcvm: Command, words: list[str], json_too: bool) -> None:
    """No words bring a traceback, a fault, or a control character out."""
    done = vcvm(*words, *(["--json"] if json_too and "--" not in words else []))
    assert done.code in (0, 1, 2, 3, 4)
    assert "Traceback" not in done.out + done.err
    assert "VC901" not in done.out + done.err
    assert all(c.isprintable() or c == "\n" for c in done.out + done.err)
    assert done.code == 0 or done.err or '"errors"' in done.out


def test_exit_codes() -> None:
    """Every kind of error has one of the documented exit codes, by what it is about."""
    codes = {kind: dispatch.exit_code(Diagnostic(kind).error()) for kind in ERRORS}
    assert set(codes.values()) == {1, 2, 3, 4, 70}
    assert codes["bad-usage"] == codes["no-such-function"] == codes["wrong-type"] == 2
    assert codes["truncated"] == codes["unresolved-imports"] == codes["syntax"] == codes["no-such-file"] == 3
    assert codes["div-by-zero"] == codes["fuel"] == codes["intrinsic-raised"] == 4
    assert dispatch.exit_code(error("bad-json", Place(file="x.json"), reason="")) == 3


def _raises(e: BaseException) -> Callable[[list[str]], int]:
    def command(words: list[str]) -> int:
        raise e

    return command


def test_fault(vcvm: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody foresaw is a fault of vcvm, in one line, unless someone debugs it."""
    monkeypatch.setattr(dispatch, "_command", _raises(ZeroDivisionError("x\x1b")))
    done = vcvm("run")
    assert (done.code, done.out) == (70, "")
    assert done.err.startswith("error[VC901]: vcvm is at fault: ZeroDivisionError: x\\x1b")
    assert "VCVM_DEBUG=1" in done.err
    monkeypatch.setenv("VCVM_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        main(["run"])


def test_memory(vcvm: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Running out of memory is a limit, no fault."""
    monkeypatch.setattr(dispatch, "_command", _raises(MemoryError()))
    assert vcvm("run").code == 4


def test_interrupt(vcvm: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Being interrupted is quiet."""
    monkeypatch.setattr(dispatch, "_command", _raises(KeyboardInterrupt()))
    assert vcvm("run") == (130, "", "")


def test_interrupted_process(folder: Path) -> None:
    """The same in a process that is at work."""
    reader, writer = os.pipe()
    # A shell starts its background jobs with the signal ignored, and what they start inherits that.
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    code = f"{heard}; import sys; from vcvm_core.cli import main; sys.exit(main())"
    words = [sys.executable, "-c", code, "run", "same.vasm", "--input", "-"]
    with subprocess.Popen(words, stdin=reader, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0) as process:
        os.write(writer, b"1\n" * 2_000)
        if process.stdout is not None:
            process.stdout.read(10)
        process.send_signal(signal.SIGINT)
        os.close(writer)
        _, err = process.communicate(timeout=30)
    os.close(reader)
    assert (process.returncode, err) == (130, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_full_disk() -> None:
    """Output that cannot be written is an error, not a traceback."""
    with open("/dev/full", "wb") as full:
        done = subprocess.run([*HERE, "--help"], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 3
    assert "error[VC007]: standard output cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_reader_that_leaves(folder: Path) -> None:
    """A pipe that is closed early ends the command without a word."""
    (folder / "many.ndjson").write_bytes(b"1\n" * 100_000)
    words = [*HERE, "run", "same.vasm", "--input", "many.ndjson"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        if process.stdout is not None:
            process.stdout.readline()
            process.stdout.close()
        err = process.stderr.read() if process.stderr is not None else b""
        process.wait(30)
    assert (process.returncode, err) == (141, b"")


DEAR = {"lark", "rich", "pluggy", "importlib_metadata", "importlib.metadata", "email", "asyncio", "shutil"}


@pytest.mark.parametrize(
    ("words", "more"),
    [
        (["--version"], {"argparse", "json"}),
        (["plugins", "list"], set()),
        (["plugins", "which", "string_contains"], set()),
        (["verify", "age.vcvm"], {"msgpack", "json"}),
        (["run", "age.vcvm", '{"name": "x", "age": 19}'], set()),
    ],
)
def test_imports(vcvm: Command, words: list[str], more: set[str]) -> None:
    """A command imports what it needs and nothing dear; no terminal, no rich; no source, no lark."""
    vcvm("asm", "age.vasm")
    code = f"import sys; from vcvm_core.cli import main; code = main({words!r}); print(code, *sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    exit_code, *modules = done.stderr.split()
    bare = [sys.executable, "-c", "import sys; print(*sys.modules)"]
    plain = subprocess.run(bare, capture_output=True, text=True, check=True)
    assert exit_code == "0"
    assert set(modules) & (DEAR | more) - set(plain.stdout.split()) == set()


def test_plain_where_nobody_looks() -> None:
    """What goes into a file has no colours."""
    done = subprocess.run([*HERE, "plugins", "show", "nothing"], capture_output=True, text=True)
    assert "\x1b" not in done.stdout + done.stderr


def _in_terminal(words: list[str], **environment: str) -> str:
    pty = pytest.importorskip("pty")
    try:
        parent, child = pty.openpty()
    except OSError as e:
        pytest.skip(f"no terminal can be made here: {e}")
    env = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", **environment}
    env.pop("NO_COLOR", None) if "NO_COLOR" not in environment else None
    with subprocess.Popen([*HERE, *words], stdout=child, stderr=child, stdin=child, env=env) as process:
        os.close(child)
        out = b""
        while True:
            try:
                data = os.read(parent, 65_536)
            except OSError:
                break
            if not data:
                break
            out += data
        process.wait(30)
    os.close(parent)
    return out.decode()


def test_colours_in_a_terminal() -> None:
    """A terminal gets colours, unless it says NO_COLOR."""
    assert "\x1b[1mPACK" in _in_terminal(["plugins", "list"])
    assert "\x1b" not in _in_terminal(["plugins", "list"], NO_COLOR="1")
    assert "\x1b" not in _in_terminal(["plugins", "list"], TERM="dumb")
    assert "\x1b[1;31merror[VC001]" in _in_terminal(["verify", "nothing"])


def test_progress_in_a_terminal(folder: Path) -> None:
    """Long input has a bar, and short input has none."""
    (folder / "few.ndjson").write_bytes(b'{"name": "x", "age": 19}\n' * 10)
    (folder / "many.ndjson").write_bytes(b'{"name": "x", "age": 19}\n' * 300_000)
    assert "\u2501" not in _in_terminal(["run", "age.vasm", "--input", "few.ndjson"])
    out = _in_terminal(["run", "age.vasm", "--input", "many.ndjson", "--check"])
    assert "\u2501" in out
    assert "300,000 records: 300,000 accepted" in out


def _excerpt(place: Place) -> list[str]:
    lines = diagnostic_lines(Diagnostic("no-code", place))
    return ["".join(text for text, _ in line) for line in lines[2:-1]]


@pytest.mark.parametrize(
    ("text", "column", "width", "expected"),
    [
        ("abc def", 5, 3, ["  |", "7 | abc def", "  |     ^^^"]),
        ("\tabc", 2, 1, ["  |", "7 |  abc", "  |  ^"]),
        ("a\x1bb", 3, 1, ["  |", "7 | a\\x1bb", "  |      ^"]),
        ("\u4f60\u597d x", 4, 1, ["  |", "7 | \u4f60\u597d x", "  |      ^"]),
        ("abc", 4, 1, ["  |", "7 | abc", "  |    ^"]),
        ("abc", 99, 9, ["  |", "7 | abc", "  |    ^"]),
        ("x" * 300, 200, 2, ["  |", "7 | ..." + "x" * 100 + "...", "  | " + " " * 53 + "^^"]),
    ],
)
def test_caret(text: str, column: int, width: int, expected: list[str]) -> None:
    """The caret stands under what is meant, whatever the line holds and however long it is."""
    assert _excerpt(Place("f", 7, column, text=text, width=width)) == expected


def test_errors_are_one_line_of_json(vcvm: Command) -> None:
    """With --json, every error is data, usage too."""
    for words in (["rnu"], ["verify", "nothing"], ["plugins", "which", "nothing_at_all"]):
        done = vcvm(*words, "--json")
        assert done.err == ""
        assert json.loads(done.out)["errors"][0]["code"].startswith("VC0")
