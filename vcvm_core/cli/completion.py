"""``vcvm completion``: a script that completes the words of vcvm in a shell.

Takes the table of commands and what each declares to argparse; gives the text of a script for bash, zsh or fish. The
script is static: it starts no process while somebody types. What a word can be follows from the declaration: choices are
offered, file names where the name of the value says so (`FILE_WORDS`), codes and kinds for ``vcvm explain``. Refuses
nothing: which shells there are, argparse knows.
"""

from __future__ import annotations

from argparse import Action, Namespace
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from vcvm_core.cli.files import STANDARD, write
from vcvm_core.errors import ERRORS

FILE_WORDS: Final = ("FILE", "DATA", "OUT", "JSON", "PATH", "FOLDER", "WHEEL", "OLD", "NEW")
"""Names of values that are, or may be, file names; a name such as ``NAME=FILE`` counts by its parts."""

TOP: Final = (("help", "the help of vcvm or of a command"),)
"""What is no command, and stands where one stands."""

TOP_OPTIONS: Final = (("--help", "the commands, and the exit codes"), ("--version", "which vcvm this is"))


class Value(NamedTuple):
    """What a value can be: one of some words, a file, or anything, which is not completed."""

    name: str
    words: tuple[str, ...] = ()
    file: bool = False


class Option(NamedTuple):
    """An option: its names, what it is for, its value (None for a flag), whether that may be left out, or repeated."""

    names: tuple[str, ...]
    text: str
    value: Value | None
    optional: bool
    repeated: bool


class Shape(NamedTuple):
    """A command: its words, its line in the list, its options, and what its operands are."""

    name: str
    summary: str
    options: tuple[Option, ...]
    operands: tuple[Value, ...]

    @property
    def names(self) -> list[str]:
        """All names of all options."""
        return [name for option in self.options for name in option.names]


def completion(args: Namespace) -> int:
    """Run the command."""
    write(STANDARD, script(args.shell).encode("utf-8"))
    return 0


def script(shell: str) -> str:
    """The script for a shell: bash, zsh or fish."""
    made: dict[str, Callable[[Sequence[Shape]], Iterator[str]]] = {"bash": bash, "zsh": zsh, "fish": fish}
    return "".join(f"{line}\n" for line in made[shell](shapes()))


def shapes() -> list[Shape]:
    """What every command takes, read from its definition."""
    from vcvm_core.cli.commands import COMMANDS
    from vcvm_core.cli.words import Words

    found = []
    for command in COMMANDS:
        words = Words(prog="vcvm")
        command.define(words)
        options = tuple(_option(a) for a in words._actions if a.option_strings)
        operands = tuple(_value(a, command.name) for a in words._actions if not a.option_strings)
        found.append(Shape(command.name, command.summary, options, operands))
    return found


def _option(action: Action) -> Option:
    flag = action.nargs == 0
    text = (action.help or "").replace("%%", "%")
    value = None if flag else _value(action)
    repeated = type(action).__name__ == "_AppendAction"
    return Option(tuple(action.option_strings), text, value, action.nargs == "?", repeated)


def _value(action: Action, command: str = "") -> Value:
    name = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    if action.choices is not None:
        return Value(name, tuple(map(str, action.choices)))
    if command == "explain":
        return Value(name, tuple(sorted([*(row.code for row in ERRORS.values()), *ERRORS])))
    parts = name.replace("=", " ").replace("|", " ").replace("[", " ").replace("]", " ").split()
    return Value(name, (), any(part in FILE_WORDS for part in parts))


def _groups(found: Sequence[Shape]) -> dict[str, list[Shape]]:
    """The commands of two words, by the first."""
    groups: dict[str, list[Shape]] = {}
    for shape in found:
        group, _, rest = shape.name.partition(" ")
        if rest:
            groups.setdefault(group, []).append(shape)
    return groups


def _heads(found: Sequence[Shape]) -> list[tuple[str, str]]:
    """What can be the first word, with a line about it."""
    heads = {shape.name: shape.summary for shape in found if " " not in shape.name}
    heads |= {group: "packs: " + ", ".join(s.name.split()[1] for s in inner) for group, inner in _groups(found).items()}
    return [*heads.items(), *TOP]


def quoted(text: str) -> str:
    """`text` as one word of a shell that is taken as it stands."""
    return "'" + text.replace("'", "'\\''") + "'"


# bash

_BASH_HEAD = """\
# Completion of vcvm for bash. Made by: vcvm completion bash

_vcvm_words() {
    local word
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$1" -- "$cur")
}

_vcvm_files() {
    local word
    type compopt >/dev/null 2>&1 && compopt -o filenames 2>/dev/null
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$cur")
}

_vcvm() {
    local cur=${COMP_WORDS[COMP_CWORD]} at=$((COMP_CWORD - 1)) command prev
    COMPREPLY=()
    # bash makes three words of --option=value, and of NAME=FILE.
    if [[ $cur == '=' ]]; then
        cur=
    elif [[ ${COMP_WORDS[at]} == '=' ]]; then
        at=$((at - 1))
    fi
    if ((at > 1)) && [[ ${COMP_WORDS[at]} != -* && ${COMP_WORDS[at + 1]} == '=' ]]; then
        at=$((at - 1))
    fi
    prev=${COMP_WORDS[at]}
"""


def bash(found: Sequence[Shape]) -> Iterator[str]:
    """The lines of the script for bash."""
    yield from _BASH_HEAD.splitlines()
    first = " ".join([name for name, _ in _heads(found)] + [name for name, _ in TOP_OPTIONS])
    yield "    if ((COMP_CWORD == 1)); then"
    yield f"        _vcvm_words {quoted(first)}"
    yield "        return"
    yield "    fi"
    yield "    command=${COMP_WORDS[1]}"
    yield "    case $command in"
    for group, inner in _groups(found).items():
        yield f"        {group})"
        yield "            if ((COMP_CWORD == 2)); then"
        yield f"                _vcvm_words {quoted(' '.join([s.name.split()[1] for s in inner] + ['--help']))}"
        yield "                return"
        yield "            fi"
        yield f'            command="{group} ${{COMP_WORDS[2]}}"'
        yield "            ;;"
    yield "        help)"
    yield f"            _vcvm_words {quoted(' '.join(name for name, _ in _heads(found)))}"
    yield "            return"
    yield "            ;;"
    yield "    esac"
    yield '    case "$command $prev" in'
    for shape in found:
        for option in shape.options:
            if option.value is not None:
                names = " | ".join(quoted(f"{shape.name} {name}") for name in option.names)
                yield f"        {names})"
                yield from (f"            {line}" for line in _bash_value(option.value))
                if option.optional:
                    yield "            [[ $cur == -* ]] || return"
                else:
                    yield "            return"
                yield "            ;;"
    yield "    esac"
    yield "    if [[ $cur == -* ]]; then"
    yield "        case $command in"
    for shape in found:
        yield f"            {quoted(shape.name)}) _vcvm_words {quoted(' '.join(shape.names))} ;;"
    yield "        esac"
    yield "        return"
    yield "    fi"
    yield "    case $command in"
    for shape in found:
        if shape.operands:
            lines = [line for value in shape.operands[-1:] for line in _bash_value(value)]
            if lines:
                yield f"        {quoted(shape.name)}) {'; '.join(lines)} ;;"
    yield "    esac"
    yield "}"
    yield ""
    yield "complete -F _vcvm vcvm"


def _bash_value(value: Value) -> list[str]:
    if value.words:
        return [f"_vcvm_words {quoted(' '.join(value.words))}"]
    return ["_vcvm_files"] if value.file else []


# zsh


def zsh(found: Sequence[Shape]) -> Iterator[str]:
    """The lines of the script for zsh."""
    yield "#compdef vcvm"
    yield "# Completion of vcvm for zsh. Made by: vcvm completion zsh"
    yield ""
    yield "_vcvm() {"
    yield "    local -a first"
    yield from _zsh_list(_heads(found))
    yield "    if (( CURRENT == 2 )); then"
    yield "        _describe -t commands command first"
    yield f"        _arguments {' '.join(quoted(f'{name}[{_bracketed(text)}]') for name, text in TOP_OPTIONS)}"
    yield "        return"
    yield "    fi"
    yield "    case $words[2] in"
    yield "        help) _describe -t commands command first; return ;;"
    for group, inner in _groups(found).items():
        yield f"        {group})"
        yield "            if (( CURRENT == 3 )); then"
        yield from (f"            {line}" for line in _zsh_list([(s.name.split()[1], s.summary) for s in inner]))
        yield "                _describe -t commands command first"
        yield "                return"
        yield "            fi"
        yield "            shift words"
        yield "            (( CURRENT-- ))"
        yield f'            words[2]="{group} $words[2]"'
        yield "            ;;"
    yield "    esac"
    yield "    local name=$words[2]"
    yield "    shift words"
    yield "    (( CURRENT-- ))"
    yield "    case $name in"
    for shape in found:
        yield f"        {quoted(shape.name)})"
        specs = [_zsh_option(option) for option in shape.options]
        specs += [_zsh_operands(shape.operands)] if shape.operands else []
        yield "            _arguments -S \\"
        yield " \\\n".join(f"                {spec}" for spec in specs)
        yield "            ;;"
    yield "    esac"
    yield "}"
    yield ""
    yield 'if [[ $funcstack[1] == _vcvm ]]; then _vcvm "$@"; else compdef _vcvm vcvm; fi'


def _zsh_list(entries: Sequence[tuple[str, str]]) -> Iterator[str]:
    yield "    first=("
    yield from (f"        {quoted(f'{name}:{text}')}" for name, text in entries)
    yield "    )"


def _bracketed(text: str) -> str:
    """`text` so that it can stand between the brackets of a specification."""
    return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")


def _message(text: str) -> str:
    return text.replace("\\", "\\\\").replace(":", "\\:")


def _zsh_option(option: Option) -> str:
    star = "*" if option.repeated else ""
    others = "" if option.repeated or len(option.names) == 1 else f"({' '.join(option.names)})"
    value = ""
    if option.value is not None:
        value = f"{'::' if option.optional else ':'}{_message(option.value.name)}:{_zsh_action(option.value)}"
    rest = f"[{_bracketed(option.text)}]{value}"
    # A value may follow = in the same word, too.
    names = [f"{name}=" if value and name.startswith("--") else name for name in option.names]
    if len(names) == 1:
        return quoted(f"{star}{names[0]}{rest}")
    return f"{quoted(others + star)}{{{','.join(names)}}}{quoted(rest)}"


def _zsh_operands(operands: Sequence[Value]) -> str:
    value = operands[-1]
    return quoted(f"*:{_message(value.name)}:{_zsh_action(value)}")


def _zsh_action(value: Value) -> str:
    if value.words:
        return f"({' '.join(value.words)})"
    return "_files" if value.file else ""


# fish

_FISH_HEAD = """\
# Completion of vcvm for fish. Made by: vcvm completion fish

function __vcvm_next --description 'the words so far are exactly these'
    set -l words (commandline -opc)
    set -e words[1]
    test "$words" = "$argv"
end

function __vcvm_at --description 'the words so far begin with these'
    set -l words (commandline -opc)
    set -e words[1]
    test (count $words) -ge (count $argv); and test "$words[1..(count $argv)]" = "$argv"
end

complete -c vcvm -f
"""


def fish(found: Sequence[Shape]) -> Iterator[str]:
    """The lines of the script for fish."""
    yield from _FISH_HEAD.splitlines()
    for name, text in _heads(found):
        yield f"complete -c vcvm -n __vcvm_next -a {name} -d {_fish(text)}"
        if name not in dict(TOP):
            yield f"complete -c vcvm -n '__vcvm_next help' -a {name} -d {_fish(text)}"
    for name, text in TOP_OPTIONS:
        yield f"complete -c vcvm -n __vcvm_next -l {name.removeprefix('--')} -d {_fish(text)}"
    for shape in found:
        group, _, rest = shape.name.partition(" ")
        if rest:
            yield f"complete -c vcvm -n '__vcvm_next {group}' -a {rest} -d {_fish(shape.summary)}"
    for shape in found:
        yield ""
        at = f"complete -c vcvm -n '__vcvm_at {shape.name}'"
        for option in shape.options:
            names = " ".join(f"-l {n[2:]}" if n.startswith("--") else f"-s {n[1:]}" for n in option.names)
            # To fish, an option takes a value or takes none: what may be left out is none.
            takes = "" if option.value is None or option.optional else " -r -f"
            if takes and option.value is not None and _fish_value(option.value):
                takes = f" -r {_fish_value(option.value)}"
            yield f"{at} {names}{takes} -d {_fish(option.text)}"
        for value in shape.operands[-1:]:
            if _fish_value(value):
                yield f"{at} {_fish_value(value)}"


def _fish_value(value: Value) -> str:
    if value.words:
        return f"-f -a {_fish(' '.join(value.words))}"
    return "-F" if value.file else ""


def _fish(text: str) -> str:
    """`text` as one word of fish."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
