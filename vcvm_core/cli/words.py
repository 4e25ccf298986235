"""What a command is, and the parser of its words.

Takes words; gives parsed arguments, or a FileError (bad-usage) that names what is closest. Knows no command.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable
from importlib import import_module
from typing import Any, Final, NamedTuple, NoReturn

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
