"""What a command is, and the parser of its words.

Takes words; gives parsed arguments, or a FileError (bad-usage) that names what is closest. Knows no command.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from typing import Any, Final, NamedTuple, NoReturn

from vcvm_core.cli.outputs import Files, Named, output_name
from vcvm_core.cli.show import say_lines
from vcvm_core.cli.usage import nearest, usage_error

WIDEST: Final = 110
"""The most columns of a help text."""


class _Help(argparse.RawDescriptionHelpFormatter):
    """Help as wide as the terminal, up to a width that can be read; argparse's own way to find that is dear."""

    def __init__(self, prog: str) -> None:
        try:
            columns = os.get_terminal_size().columns
        except OSError:
            columns = WIDEST
        super().__init__(prog, max_help_position=28, width=max(40, min(columns, WIDEST)))


Path = Callable[[str], Iterable[str]]
"""What gives the names of files in a word."""


def _itself(word: str) -> Iterable[str]:
    return (word,)


class _Role(NamedTuple):
    """An argument whose words name files. label: how to call it, empty for an operand. first: of several words only the
    first does. more: as `Named` says."""

    label: str
    dest: str
    path: Path
    first: bool
    more: dict[str, bool]


class Words(argparse.ArgumentParser):
    """A parser whose errors are ours."""

    def __init__(self, **settings: Any) -> None:
        self.options: set[str] = set()
        self._read: list[_Role] = []
        self._written: list[_Role] = []
        super().__init__(allow_abbrev=False, formatter_class=_Help, **settings)

    def option(self, *names: str, **settings: Any) -> None:
        """Declare an option; its names are kept for suggestions."""
        self.options.update(name for name in names if name.startswith("--"))
        self.add_argument(*names, **settings)

    def reads(
        self, *names: str, path: Path = _itself, first: bool = False, late: bool = False, **settings: Any
    ) -> None:
        """Declare an argument or option that names files which the command reads. path: the file's name in a word. first:
        only the first word names one. late: the command compares it with its outputs itself."""
        self._role(self._read, names, path, settings, first, late=late)

    def writes(self, *names: str, path: Path = _itself, sure: bool = True, **settings: Any) -> None:
        """Declare one that names files which the command writes. sure: every word is the name of a file."""
        self._role(self._written, names, path, settings, False, sure=sure)

    def _role(
        self,
        roles: list[_Role],
        names: tuple[str, ...],
        path: Path,
        settings: dict[str, Any],
        first: bool,
        **more: bool,
    ) -> None:
        is_option = names[0].startswith("-")
        (self.option if is_option else self.add_argument)(*names, **settings)
        dest = names[-1].lstrip("-").replace("-", "_")
        roles.append(_Role(names[0] if is_option else "", dest, path, first, more))

    def files(self, args: argparse.Namespace) -> Files:
        """The files that the parsed words name. Changes every name of standard output to STANDARD."""
        for role in self._written:
            value = getattr(args, role.dest)
            if isinstance(value, str) and role.more["sure"]:
                setattr(args, role.dest, output_name(value))
        return Files(self._named(self._read, args), self._named(self._written, args))

    def _named(self, roles: list[_Role], args: argparse.Namespace) -> Iterator[Named]:
        for role in roles:
            value = getattr(args, role.dest)
            found = value if isinstance(value, list) else [value] if isinstance(value, str) else []
            for word in found[:1] if role.first else found:
                yield from (Named(role.label, path, **role.more) for path in role.path(word) if path)

    def print_help(self, file: Any = None) -> None:
        """Write the help to the command's standard output."""
        say_lines(self.format_help().rstrip("\n"))

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
    """A command: its words, its line in the list of commands, its arguments, and what runs it: a function
    of a file in this folder, as file:function, which takes the parsed arguments and gives the exit code."""

    name: str
    operands: str
    summary: str
    define: Callable[[Words], None]
    run: str

    def call(self, args: argparse.Namespace) -> int:
        """Run it; its code is imported only now."""
        file, _, function = self.run.partition(":")
        found: Callable[[argparse.Namespace], int] = getattr(import_module(f"vcvm_core.cli.{file}"), function)
        return found(args)
