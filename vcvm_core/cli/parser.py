"""The words of the command line: which commands there are, and what each takes.

Takes the words after ``vcvm``; gives the command and its parsed arguments, or a FileError (bad-usage) that names what is
closest. Only the parser of the one command is built, and a command's own code is imported when it runs.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, NoReturn

from vcvm_core.cli.usage import nearest, usage_error

WIDEST: Final = 110
"""The most columns of a help text."""

EXIT_CODES: Final = """\
exit codes:
  0    fine
  1    findings: rejected or failed records, nothing found, a pack that cannot be used
  2    usage: the words, an argument, or the function's name is wrong
  3    a program or a file is refused
  4    a trap or a limit while running
"""

EXAMPLES: Final = """\
examples:
  vcvm asm rule.vasm                       assembly text to rule.vcvm
  vcvm run rule.vcvm '{"age": 18}'         call its function with one argument, as JSON
  vcvm run rule.vcvm --input people.csv    call it for each record
  vcvm plugins list                        the packs that are installed
"""


class _Help(argparse.RawDescriptionHelpFormatter):
    """Help as wide as the terminal, up to a width that can be read; argparse's own way to find that is dear."""

    def __init__(self, prog: str) -> None:
        try:
            columns = os.get_terminal_size().columns
        except OSError:
            columns = WIDEST
        super().__init__(prog, max_help_position=28, width=max(40, min(columns, WIDEST)))


class Words(argparse.ArgumentParser):
    """A parser whose errors are ours."""

    def __init__(self, **settings: Any) -> None:
        self.options: set[str] = set()
        super().__init__(allow_abbrev=False, formatter_class=_Help, **settings)

    def option(self, *names: str, **settings: Any) -> None:
        """Declare an option; its names are kept for suggestions."""
        self.options.update(name for name in names if name.startswith("--"))
        self.add_argument(*names, **settings)

    def error(self, message: str) -> NoReturn:
        """Raise FileError (bad-usage)."""
        unknown = re.fullmatch(r"unrecognized arguments: (-\S*).*", message, re.DOTALL)
        if unknown is not None:
            name = unknown[1].partition("=")[0]
            raise usage_error(
                f"{self.prog} has no option {name}", nearest(name, self.options) or f"see {self.prog} --help"
            )
        raise usage_error(f"{self.prog}: {message}", f"see {self.prog} --help")


class Command(NamedTuple):
    """A command: its words, its line in the list of commands, its arguments, and what runs it and gives the exit code."""

    name: str
    operands: str
    summary: str
    define: Callable[[Words], None]
    run: Callable[[argparse.Namespace], int]


def _program(words: Words, *, packs: bool = True) -> None:
    words.add_argument("file", metavar="FILE", help="a compiled program, or assembly text; - reads standard input")
    _limits(words)
    if packs:
        _packs(words)


def _limits(words: Words) -> None:
    presets = ("default", "strict", "trusted")
    words.option("--limits", choices=presets, default="default", help="how much a program may need and use")


def _packs(words: Words) -> None:
    _several(words, "--no-pack", "NAME", "do as if this pack were not installed; repeat it")


def _several(words: Words, name: str, metavar: str, text: str) -> None:
    words.option(name, metavar=metavar, action="append", default=[], help=text)


def _json(words: Words) -> None:
    words.option("--json", action="store_true", help="write JSON, errors too")


def _policy(words: Words) -> None:
    _several(words, "--allow", "EFFECT", "an effect that intrinsics may have; repeat it, or use commas")
    _several(words, "--library", "NAME=FILE", "a library that the program links to; repeat it")


def _output(words: Words, text: str, **settings: Any) -> None:
    words.option("-o", "--output", metavar="OUT", help=text, **settings)


def _define_run(words: Words) -> None:
    text = "the program, and the function's arguments as JSON, one each"
    words.add_argument("words", metavar="FILE [ARGUMENT ...]", nargs="*", help=text)
    words.option("--fn", metavar="NAME", help="the function to call; main, or the only one, if left out")
    words.option(
        "--input", metavar="DATA", help="call the function for each record of this file; - reads standard input"
    )
    formats = ("ndjson", "json", "csv")
    words.option("--input-format", choices=formats, help="what the file's name does not say; standard input is ndjson")
    words.option("--all", action="store_true", help="with --input, show accepted records too")
    _json(words)
    words.option("--stats", action="store_true", help="show the fuel used and the intrinsics called")
    words.option(
        "--profile",
        metavar="FILE",
        nargs="?",
        const=True,
        help="show where fuel and time go; into FILE: a report (.txt), all figures (.json), a flame graph (.svg)",
    )
    words.option("--fuel", metavar="N", type=_number, help="units of work that each call may use")
    _limits(words)
    _policy(words)
    _packs(words)
    tiers = ("auto", "compiled", "interpreter")
    words.option("--tier", choices=tiers, default="auto", help="how functions run; auto compiles what is worth it")
    words.option("--check", action="store_true", help="compare every step with what the verifier expects; slow")
    words.epilog = """\
With --input, the function takes one parameter, the record: any JSON value, or, of CSV, a map of strings. What it gives
is the record's verdict:

  bool            true accepts, false rejects
  list<string>    empty accepts, anything else rejects, with these reasons
  string?         none accepts, a string rejects, with this reason
  nothing         accepts
  any             whichever of these it is
  all else        is a value, and is shown

A record that cannot be read, or whose call ends with an error, has failed; the run goes on.

  vcvm run rule.vcvm '{"age": 18}' '"text"' 3        quotes for the shell, and quotes of JSON inside
  vcvm run rule.vcvm '{"age": 18}' --profile         where its fuel and time go; without FILE it stands last
  zcat people.json.gz | vcvm run rule.vcvm --input - --input-format json
"""


def _define_asm(words: Words) -> None:
    words.add_argument("file", metavar="FILE", help="assembly text; - reads standard input")
    _output(words, "the compiled program; FILE with .vcvm if left out, - for standard output")
    words.option(
        "--libraries", metavar="JSON", help='names of a host\'s own functions: {"libraries": [["name", ...], ...]}'
    )
    _json(words)
    _limits(words)
    _packs(words)


def _define_disasm(words: Words) -> None:
    _program(words)
    _output(words, "where the text goes; standard output if left out")


def _define_verify(words: Words) -> None:
    _program(words)
    _json(words)


def _define_inspect(words: Words) -> None:
    _program(words)
    _policy(words)
    _json(words)
    text = "show the Python that the functions become instead; links the program, which imports packs"
    words.option("--python", action="store_true", help=text)
    words.epilog = """\
FUEL is what a function's own instructions cost, from the shortest way through it to the longest; + means that calls,
loops, or work that grows with a value come on top.
"""


def _define_upgrade(words: Words) -> None:
    _program(words)
    _output(words, "the program in format 1", required=True)
    _json(words)


def _define_list(words: Words) -> None:
    _json(words)
    _packs(words)


def _define_show(words: Words) -> None:
    words.add_argument("name", metavar="NAME", help="the name of a pack's distribution")
    _json(words)


def _define_which(words: Words) -> None:
    words.add_argument("name", metavar="NAME|UUID", help="an intrinsic: name, package.name or UUID")
    _json(words)


def _define_check(words: Words) -> None:
    text = "a project's folder, a wheel, a manifest, or the name of an installed pack; . if left out"
    words.add_argument("pack", metavar="PATH|NAME", nargs="?", default=".", help=text)
    words.option("--import", dest="run", action="store_true", help="import it in another process and run its examples")
    words.option("--against", metavar="OLD", help="an older release, whose examples are run too; implies --import")
    words.option(
        "--timeout", metavar="SECONDS", type=_seconds, default=60.0, help="how long the other process may take"
    )
    _json(words)
    words.epilog = """\
Without --import no code of the pack is run. With it, all of its code is: check packs that you would install.
"""


def _define_diff(words: Words) -> None:
    words.add_argument(
        "old", metavar="OLD", help="a wheel, a project's folder, a manifest, or the name of an installed pack"
    )
    words.add_argument("new", metavar="NEW", help="the same")
    _json(words)


def _define_new(words: Words) -> None:
    words.add_argument("name", metavar="NAME", help="the name of the distribution: small letters, digits, hyphens")
    backends = ("hatchling", "setuptools")
    words.option("--backend", choices=backends, default="hatchling", help="what builds it; hatchling if left out")
    _output(words, "the folder to make; NAME in the current folder if left out")
    _json(words)


def _define_inject(words: Words) -> None:
    words.add_argument("files", metavar="WHEEL", nargs="+", help="a wheel that is a pack's; it is replaced")
    words.option("--force", action="store_true", help="also where there is a manifest already")
    words.option("--api", metavar="LOW-HIGH", default="1", help="the pack APIs that it is made for; 1 if left out")
    _json(words)


def _define_mint(words: Words) -> None:
    words.add_argument("count", metavar="N", nargs="?", type=_number, default=1, help="how many; 1 if left out")
    _json(words)


def _define_explain(words: Words) -> None:
    words.add_argument("code", metavar="CODE", nargs="?", help="VC407, 407, or a kind such as missing-key")
    _json(words)


def _define_completion(words: Words) -> None:
    words.add_argument("shell", metavar="SHELL", choices=("bash", "zsh", "fish"), help="bash, zsh or fish")


def _number(text: str) -> int:
    if not re.fullmatch(r"\s*-?\d{1,30}", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"'{text[:30]}' is no whole number")
    return int(text)


def _seconds(text: str) -> float:
    if not re.fullmatch(r"\d{1,6}(\.\d{1,6})?", text, re.ASCII) or not float(text):
        raise argparse.ArgumentTypeError(f"'{text[:30]}' is no number of seconds")
    return float(text)


def _run(args: argparse.Namespace) -> int:
    from vcvm_core.cli.run import run

    return run(args)


def _asm(args: argparse.Namespace) -> int:
    from vcvm_core.cli.programs import asm

    return asm(args)


def _disasm(args: argparse.Namespace) -> int:
    from vcvm_core.cli.programs import disasm

    return disasm(args)


def _verify(args: argparse.Namespace) -> int:
    from vcvm_core.cli.programs import verify_file

    return verify_file(args)


def _inspect(args: argparse.Namespace) -> int:
    from vcvm_core.cli.inspect import inspect

    return inspect(args)


def _upgrade(args: argparse.Namespace) -> int:
    from vcvm_core.cli.programs import upgrade_file

    return upgrade_file(args)


def _plugins_list(args: argparse.Namespace) -> int:
    from vcvm_core.cli.plugins import plugins_list

    return plugins_list(args)


def _plugins_show(args: argparse.Namespace) -> int:
    from vcvm_core.cli.plugins import plugins_show

    return plugins_show(args)


def _plugins_which(args: argparse.Namespace) -> int:
    from vcvm_core.cli.plugins import plugins_which

    return plugins_which(args)


def _plugins_check(args: argparse.Namespace) -> int:
    from vcvm_core.cli.promises import plugins_check

    return plugins_check(args)


def _plugins_diff(args: argparse.Namespace) -> int:
    from vcvm_core.cli.promises import plugins_diff

    return plugins_diff(args)


def _plugins_new(args: argparse.Namespace) -> int:
    from vcvm_core.cli.authors import plugins_new

    return plugins_new(args)


def _plugins_inject(args: argparse.Namespace) -> int:
    from vcvm_core.cli.authors import plugins_inject

    return plugins_inject(args)


def _plugins_mint(args: argparse.Namespace) -> int:
    from vcvm_core.cli.authors import plugins_mint

    return plugins_mint(args)


def _explain(args: argparse.Namespace) -> int:
    from vcvm_core.cli.explain import explain

    return explain(args)


def _completion(args: argparse.Namespace) -> int:
    from vcvm_core.cli.completion import completion

    return completion(args)


COMMANDS: Final = (
    Command(
        "run",
        "FILE [ARGUMENT ...]",
        "call a function of a program, once or for each record of a file",
        _define_run,
        _run,
    ),
    Command("asm", "FILE [-o OUT]", "assembly text to a compiled program", _define_asm, _asm),
    Command("disasm", "FILE [-o OUT]", "a compiled program to assembly text", _define_disasm, _disasm),
    Command("verify", "FILE", "whether a program keeps the rules; every finding", _define_verify, _verify),
    Command("inspect", "FILE", "what a program holds, needs and may do", _define_inspect, _inspect),
    Command("upgrade", "FILE -o OUT", "a program of format 0 to format 1", _define_upgrade, _upgrade),
    Command("plugins list", "", "the packs that are installed, none imported", _define_list, _plugins_list),
    Command("plugins show", "NAME", "what a pack provides, or why it cannot be used", _define_show, _plugins_show),
    Command("plugins which", "NAME|UUID", "which pack provides an intrinsic", _define_which, _plugins_which),
    Command("plugins check", "[PATH|NAME]", "whether a pack keeps its promises", _define_check, _plugins_check),
    Command("plugins diff", "OLD NEW", "what a release of a pack would change", _define_diff, _plugins_diff),
    Command("plugins new", "NAME", "a new pack, complete: code, tests, what builds it", _define_new, _plugins_new),
    Command("plugins mint", "[N]", "UUIDs for new intrinsics", _define_mint, _plugins_mint),
    Command("plugins inject", "WHEEL ...", "a manifest into built wheels", _define_inject, _plugins_inject),
    Command(
        "explain",
        "[CODE]",
        "what an error means, and what to do; all errors, without a code",
        _define_explain,
        _explain,
    ),
    Command("completion", "SHELL", "what completes words in bash, zsh or fish", _define_completion, _completion),
)


def overview(group: str = "") -> str:
    """The help text of vcvm, or of a group of commands."""
    shown = [c for c in COMMANDS if c.name.startswith(group)]
    width = max(len(f"{c.name} {c.operands}") for c in shown)
    lines = [f"usage: {f'vcvm {group}'.strip()} COMMAND ...", ""]
    if not group:
        lines += ["vcvm runs small programs that can do nothing but compute.", ""]
    lines.append("commands:")
    lines += [f"  {f'{c.name} {c.operands}':{width}}   {c.summary}" for c in shown]
    lines += ["", "vcvm COMMAND --help says more about one of them.", ""]
    if not group:
        lines += ["vcvm --version says which vcvm this is.", "", EXAMPLES, EXIT_CODES.rstrip()]
    return "\n".join(lines).rstrip()


def find(words: Sequence[str]) -> tuple[Command, list[str]]:
    """The command that the words begin with, and the words after its name. Raises FileError (bad-usage)."""
    for command in COMMANDS:
        name = command.name.split()
        if list(words[: len(name)]) == name:
            return command, list(words[len(name) :])
    groups = {c.name.partition(" ")[0] for c in COMMANDS}
    if words[0] in groups and len(words) > 1:
        known = {c.name.partition(" ")[2] for c in COMMANDS if c.name.startswith(words[0])}
        cure = nearest(words[1], known) or f"see vcvm {words[0]} --help"
        raise usage_error(f"there is no command {words[0]} {words[1]}", cure)
    if words[0].startswith("-"):
        raise usage_error(f"vcvm has no option {words[0]}", "options stand behind the command; see vcvm --help")
    # Someone may have written the second word of a command alone.
    alone = [c.name for c in COMMANDS if c.name.endswith(f" {words[0]}")]
    cure = f"did you mean {alone[0]}?" if alone else nearest(words[0], groups) or "see vcvm --help"
    raise usage_error(f"there is no command {words[0]}", cure)


def parse(command: Command, words: Sequence[str]) -> argparse.Namespace:
    """The arguments of a command. Raises FileError (bad-usage), and SystemExit when it has printed its help."""
    parser = Words(
        prog=f"vcvm {command.name}",
        usage=f"vcvm {command.name} {command.operands} [options]".replace("  ", " "),
        description=f"{command.summary[0].upper()}{command.summary[1:]}.",
    )
    command.define(parser)
    # What follows -- is no option. A negative number is none either, but only argparse's simplest form is known to
    # argparse; a blank in front keeps it from looking, and JSON does not mind.
    mark = words.index("--") if "--" in words else len(words)
    plain = [f" {w}" if re.match(r"-\d", w) else w for w in words[:mark]]
    after = [f" {w}" if w.startswith("-") else w for w in words[mark + 1 :]]
    args = parser.parse_intermixed_args([*plain, *after])
    for name, value in vars(args).items():
        setattr(args, name, [_unblanked(v) for v in value] if isinstance(value, list) else _unblanked(value))
    return args


def _unblanked(value: Any) -> Any:
    return value[1:] if isinstance(value, str) and value.startswith(" -") else value
