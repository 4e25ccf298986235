"""The entry of the command line: finds the command, runs it, and turns every way it can end into an exit code.

Takes the words; gives 0 to 4 as the help text says, 70 for a fault of vcvm itself, 130 when interrupted, 141 when whoever
read the output stopped reading. Nothing else comes out: no exception, and no traceback unless VCVM_DEBUG is 1.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Final

from vcvm_core.cli.show import failure, say, say_lines
from vcvm_core.cli.streams import abandon, flush, owned
from vcvm_core.errors import ApiError, InternalError, RunError, VcvmError, error

FINE: Final = 0
FINDINGS: Final = 1
USAGE: Final = 2
REFUSED: Final = 3
STOPPED: Final = 4
FAULT: Final = 70
INTERRUPTED: Final = 130
UNREAD: Final = 141

USAGE_KINDS: Final = ("bad-usage", "same-file", "bad-mint-count", "bad-pack-name", "bad-api-range")
"""The kinds of errors that are about a word of the command itself."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. argv: the words after ``vcvm``, those of the process if None. Gives the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    with owned(for_good=argv is None):
        try:
            return _guarded(words)
        except KeyboardInterrupt:
            return INTERRUPTED
        except BrokenPipeError:
            abandon()
            return UNREAD


def _guarded(words: list[str]) -> int:
    """Run one command and report what it raises."""
    as_json = "--json" in words
    try:
        code = _command(words)
        flush()
        return code
    except VcvmError as e:
        found = e
    except BrokenPipeError:
        raise
    except Exception as e:
        if os.environ.get("VCVM_DEBUG") == "1":
            raise
        found = _fault(e)
    try:
        failure(found, as_json)
        flush()
    except BrokenPipeError:
        raise
    except OSError:
        # There is no room for what has to be said, and the exit code says it.
        abandon()
    return exit_code(found)


def _command(words: list[str]) -> int:
    if words == ["--version"]:
        say(f"vcvm {_version()}")
        return FINE
    from vcvm_core.cli.parser import find, overview, parse

    if words[:1] == ["help"]:
        words = [*words[1:], "--help"]
    group = words[0] if words[:1] == ["plugins"] else ""
    rest = words[1:] if group else words
    if rest in (["--help"], ["-h"]):
        say_lines(overview(group))
        return FINE
    if not rest:
        say_lines(overview(group), to_errors=True)
        return USAGE
    command, others = find(words)
    try:
        args = parse(command, others)
    except SystemExit:
        # argparse has printed the help that was asked for.
        return FINE
    args.touched.check()
    return command.call(args)


def exit_code(e: VcvmError) -> int:
    """The exit code for a command that an error ended."""
    if isinstance(e, InternalError):
        return FAULT
    if isinstance(e, RunError):
        return STOPPED
    if e.kind in ("no-such-pack", "no-such-intrinsic"):
        return FINDINGS
    # What is wrong with a value has a file if the value was in one, and none if it was among the words.
    if e.kind in USAGE_KINDS or (isinstance(e, ApiError) and e.place.file is None):
        return USAGE
    return REFUSED


def _fault(e: Exception) -> VcvmError:
    """The error for an exception that nobody foresaw."""
    if isinstance(e, MemoryError):
        return error("host-memory")
    if isinstance(e, OSError) and e.filename is None:
        # Reading and opening report their own; what is left is writing.
        abandon()
        return error("unwritable-file", path="standard output", reason=e.strerror or e)
    found = error("internal", reason=f"{type(e).__name__}: {e}")
    found.add_note("VCVM_DEBUG=1 in front of the command shows where")
    return found


def _version() -> str:
    """The version of the distribution, from the name of its folder: asking the standard machinery costs too much."""
    from vcvm_core.plugin import discover

    return next((found.version for found in discover() if found.name == "vcvm"), "(not installed)")
