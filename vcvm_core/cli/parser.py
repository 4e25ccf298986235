"""From the words after ``vcvm`` to a command and its parsed arguments.

Takes the words; gives the command and its arguments, or a FileError (bad-usage) that names what is closest, and the help
texts. Only the parser of the one command is built.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import Any, Final

from vcvm_core.cli.commands import COMMANDS
from vcvm_core.cli.usage import nearest, usage_error
from vcvm_core.cli.words import Command, Words

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
    """The arguments of a command, and its `files`. Raises FileError (bad-usage), and SystemExit when it has printed its
    help."""
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
    args.touched = parser.files(args)
    return args


def _unblanked(value: Any) -> Any:
    return value[1:] if isinstance(value, str) and value.startswith(" -") else value
