"""``vcvm completion``: the script of each shell knows every command and option, and bash completes with its own."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from vcvm_core.cli.commands import COMMANDS
from vcvm_core.cli.completion import Option, Shape, Value, bash, fish, quoted, script, shapes, zsh
from vcvm_core.cli.words import Words

Command = Callable[..., Any]
SHELLS = ("bash", "zsh", "fish")
FOUND = shapes()


@pytest.mark.parametrize("shell", SHELLS)
def test_command(vcvm: Command, shell: str) -> None:
    """The script goes to standard output, and says what it is."""
    done = vcvm("completion", shell)
    assert (done.code, done.err) == (0, "")
    assert done.out == script(shell)
    assert f"Made by: vcvm completion {shell}" in done.out.partition("\n\n")[0]


def test_other_shells(vcvm: Command) -> None:
    """A shell that is not known is a mistake of usage."""
    done = vcvm("completion", "tcsh")
    assert (done.code, done.out) == (2, "")
    assert "error[VC006]" in done.err


def test_shapes() -> None:
    """What the scripts are made of is what argparse knows."""
    assert [shape.name for shape in FOUND] == [command.name for command in COMMANDS]
    for command, shape in zip(COMMANDS, FOUND, strict=True):
        words = Words(prog="x")
        command.define(words)
        assert set(shape.names) == {name for action in words._actions for name in action.option_strings}
    run = FOUND[0]
    options = {name: option for option in run.options for name in option.names}
    assert options["--limits"].value == Value("LIMITS", ("default", "strict", "trusted"))
    assert options["--library"].value == Value("NAME=FILE", (), file=True)
    assert options["--library"].repeated
    assert options["--profile"].optional
    assert options["--json"].value is None
    assert run.operands == (Value("FILE [ARGUMENT ...]", (), file=True),)


def test_files_are_known() -> None:
    """Every value that a command opens or writes is completed with the names of files."""
    files = {(s.name, o.names[-1]) for s in FOUND for o in s.options if o.value is not None and o.value.file}
    assert {("run", "--input"), ("run", "--library"), ("asm", "--output"), ("asm", "--libraries")} <= files
    operands = {s.name for s in FOUND if any(value.file for value in s.operands)}
    assert {"run", "asm", "disasm", "verify", "inspect", "upgrade"} <= operands
    assert operands & {"explain", "completion", "plugins show", "plugins which"} == set()


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_everything_occurs(shell: str) -> None:
    """Every command, every option of it and every choice stands in the part that is about the command."""
    text = script(shell)
    for shape in FOUND:
        assert shape.name.rpartition(" ")[2] in text
        for option in shape.options:
            for name in option.names:
                assert re.search(rf"(?<![\w-]){name}(?![\w-])", text)
            for word in option.value.words if option.value is not None else ():
                assert word in text
    if shell == "bash":
        for shape in FOUND:
            assert f"            '{shape.name}') _vcvm_words '{' '.join(shape.names)}' ;;\n" in text
    else:
        for shape in FOUND:
            part = text.partition(f"        '{shape.name}')\n")[2].partition(";;")[0]
            assert all(name in part for name in shape.names)


def test_everything_occurs_in_fish() -> None:
    """The same in lines, one an option."""
    lines = script("fish").splitlines()
    for shape in FOUND:
        own = [line for line in lines if line.startswith(f"complete -c vcvm -n '__vcvm_at {shape.name}' ")]
        for name in shape.names:
            flag = f" -l {name[2:]} " if name.startswith("--") else f" -s {name[1:]} "
            assert sum(flag in line for line in own) == 1
        group, _, rest = shape.name.rpartition(" ")
        assert any(f"__vcvm_next {group}".strip() in line and f" -a {rest} " in line for line in lines)


# bash


@pytest.fixture(scope="module")
def bash_script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The script for bash in a file, beside some other files."""
    folder = tmp_path_factory.mktemp("shell")
    for name in ("rule.vasm", "it's a rule.vasm", "people.csv"):
        (folder / name).touch()
    path = folder / "vcvm.bash"
    path.write_text(script("bash"), encoding="utf-8")
    return path


needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")


def completed(path: Path, *words: str) -> list[str]:
    """What bash offers for the last of these words."""
    code = """
set -eu
source "$1"; shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
set +u
_vcvm || true
for word in "${COMPREPLY[@]}"; do printf '%s\\n' "$word"; done
"""
    words = ("bash", "--norc", "-c", code, "bash", str(path), "vcvm", *words)
    done = subprocess.run(words, capture_output=True, text=True, timeout=30, cwd=path.parent)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.splitlines()


@needs_bash
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["ver"], ["verify"]),
        (["--ver"], ["--version"]),
        (["plugins", "sh"], ["show"]),
        (["help", "insp"], ["inspect"]),
        (["completion", ""], ["bash", "zsh", "fish"]),
        (["run", "--tier", "c"], ["compiled"]),
        (["run", "rule.vasm", "--limits", ""], ["default", "strict", "trusted"]),
        (["run", "rule.vasm", "--limits", "=", "str"], ["strict"]),
        (["run", "rule.vasm", "--limits", "="], ["default", "strict", "trusted"]),
        (["run", "rule.vasm", "--inp"], ["--input", "--input-format"]),
        (["run", "ru"], ["rule.vasm"]),
        (["run", "it"], ["it's a rule.vasm"]),
        (["run", "rule.vasm", "--input", "p"], ["people.csv"]),
        (["run", "rule.vasm", "--library", "shapes", "=", "r"], ["rule.vasm"]),
        (["run", "rule.vasm", "--fn", ""], []),
        (["run", "rule.vasm", "--profile", "p"], ["people.csv"]),
        (["run", "rule.vasm", "--profile", "--stat"], ["--stats"]),
        (["plugins", "list", "--j"], ["--json"]),
        (["explain", "VC40"], [f"VC40{n}" for n in range(1, 10)]),
        (["explain", "missing-k"], ["missing-key"]),
        (["nothing", ""], []),
        (["plugins", "nothing", "--"], []),
    ],
)
def test_bash(bash_script: Path, words: Sequence[str], offered: list[str]) -> None:
    """What is offered, as bash splits the words: it makes three of --option=value."""
    assert completed(bash_script, *words) == offered


@needs_bash
def test_bash_offers_everything(bash_script: Path) -> None:
    """At every command, all its options."""
    for shape in FOUND:
        assert set(completed(bash_script, *shape.name.split(), "-")) == set(shape.names)


@needs_bash
def test_bash_registers(bash_script: Path) -> None:
    """Sourcing it is all that there is to do."""
    words = ["bash", "--norc", "-c", 'source "$1"; complete -p vcvm', "bash", str(bash_script)]
    assert "-F _vcvm vcvm" in subprocess.run(words, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_read_it(shell: str, tmp_path: Path) -> None:
    """Where the shell is installed, it can read its script."""
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} here")
    path = tmp_path / f"vcvm.{shell}"
    path.write_text(script(shell), encoding="utf-8")
    done = subprocess.run(
        [shell, "--no-execute" if shell == "fish" else "-n", str(path)], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


# Quoting

HOSTILE = 'it\'s [a] $(touch x) `y` "z" \\ : end'


def hostile() -> Shape:
    """A command whose every text is made to break out of quotes."""
    option = Option(("-o", "--odd"), HOSTILE, Value("A:B"), optional=False, repeated=False)
    return Shape("odd", HOSTILE, (option, Option(("--flag",), HOSTILE, None, optional=False, repeated=False)), ())


def test_quoted() -> None:
    """A quote inside of quotes."""
    assert quoted("it's") == "'it'\\''s'"


@needs_bash
def test_hostile_texts(tmp_path: Path) -> None:
    """Texts of commands and options are data, in every shell; what POSIX shells make of the words is asked of bash."""
    path = tmp_path / "vcvm.bash"
    path.write_text("\n".join(bash([hostile()])), encoding="utf-8")
    assert completed(path, "odd", "--o") == ["--odd"]
    (line,) = [line for line in zsh([hostile()]) if line.startswith("        'odd:")]
    shown = subprocess.run(["bash", "-c", f"printf %s {line.strip()}"], capture_output=True, text=True, cwd=tmp_path)
    assert shown.stdout == f"odd:{HOSTILE}"
    assert not (tmp_path / "x").exists()
    (spec,) = [line for text in zsh([hostile()]) for line in text.split(" \\\n") if "--odd" in line]
    assert "\\[a\\]" in spec
    assert ":A\\:B:" in spec
    lines = [line for line in fish([hostile()]) if "-l odd" in line]
    assert lines[0].endswith("'" + HOSTILE.replace("\\", "\\\\").replace("'", "\\'") + "'")
