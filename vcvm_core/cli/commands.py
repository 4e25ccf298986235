"""Every command: its words, its options, its help, and the function that runs it.

Takes a parser; declares on it what the one command takes. Gives the table of commands. Imports no command's own code.
"""

from __future__ import annotations

import argparse
import re
from typing import Any, Final

from vcvm_core.cli.words import Command, Words


def _program(words: Words, *, packs: bool = True) -> None:
    words.reads("file", metavar="FILE", help="a compiled program, or assembly text; - reads standard input")
    _limits(words)
    if packs:
        _packs(words)


def _limits(words: Words) -> None:
    presets = ("default", "strict", "trusted")
    words.option("--limits", choices=presets, default="default", help="how much a program may need and use")


def _packs(words: Words) -> None:
    _several(words, "--no-pack", "NAME", "do as if this pack were not installed; repeat it")


def _known(words: Words) -> None:
    text = "compile against this manifest of a pack, installed or not; repeat it"
    words.reads("--header", metavar="FILE", action="append", default=[], help=text)
    _index(words)


def _index(words: Words) -> None:
    text = "look up here which pack provides what is missing; repeat it"
    words.reads("--index", metavar="FILE", action="append", default=[], help=text)


def _locked(words: Words) -> None:
    words.reads("--locked", metavar="FILE", help="refuse packs and programs that are not as this lock says")


def _several(words: Words, name: str, metavar: str, text: str) -> None:
    words.option(name, metavar=metavar, action="append", default=[], help=text)


def _json(words: Words) -> None:
    words.option("--json", action="store_true", help="write JSON, errors too")


def _policy(words: Words) -> None:
    _several(words, "--allow", "EFFECT", "an effect that intrinsics may have; repeat it, or use commas")
    _library(words, "a library that the program links to; repeat it")


def _library(words: Words, text: str) -> None:
    words.reads("--library", path=_behind_equals, metavar="NAME=FILE", action="append", default=[], help=text)


def _behind_equals(word: str) -> list[str]:
    return [word.partition("=")[2]]


def _argument(word: str) -> list[str]:
    """What may be the name of a file in the argument of an observer, which alone knows its form."""
    _, _, argument = word.partition("=")
    return list(
        dict.fromkeys(part for text in (argument, *argument.split(",")) for part in (text, text.partition("=")[2]))
    )


def _output(words: Words, text: str, **settings: Any) -> None:
    words.writes("-o", "--output", metavar="OUT", help=text, **settings)


def _define_run(words: Words) -> None:
    text = "the program, and the function's arguments as JSON, one each"
    words.reads("words", first=True, metavar="FILE [ARGUMENT ...]", nargs="*", help=text)
    words.option("--fn", metavar="NAME", help="the function to call; main, or the only one, if left out")
    words.reads(
        "--input", metavar="DATA", help="call the function for each record of this file; - reads standard input"
    )
    formats = ("ndjson", "json", "csv")
    words.option("--input-format", choices=formats, help="what the file's name does not say; standard input is ndjson")
    words.option("--all", action="store_true", help="with --input, show accepted records too")
    _json(words)
    words.option("--stats", action="store_true", help="show the fuel used and the intrinsics called")
    words.writes(
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
    _index(words)
    _locked(words)
    tiers = ("auto", "compiled", "interpreter")
    words.option("--tier", choices=tiers, default="auto", help="how functions run; auto compiles what is worth it")
    words.option("--check", action="store_true", help="compare every step with what the verifier expects; slow")
    text = "tell this pack of every call; what it takes stands behind its name; repeat it"
    words.writes(
        "--observe", path=_argument, sure=False, metavar="PACK[=ARGUMENT]", action="append", default=[], help=text
    )
    words.writes("--record", metavar="FILE", help="keep what intrinsics give in this tape")
    words.reads("--replay", metavar="FILE", help="answer from this tape: no pack but the standard one is called")
    text = "play a pack by the examples of this header; repeat it"
    words.reads("--stand-in", metavar="HEADER", action="append", default=[], help=text)
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
    words.reads("file", metavar="FILE", help="assembly text; - reads standard input")
    _output(words, "the compiled program; FILE with .vcvm if left out, - for standard output")
    words.reads(
        "--libraries", metavar="JSON", help='names of a host\'s own functions: {"libraries": [["name", ...], ...]}'
    )
    _json(words)
    _limits(words)
    _packs(words)
    _known(words)


def _define_disasm(words: Words) -> None:
    _program(words)
    _known(words)
    _output(words, "where the text goes; standard output if left out")


def _define_verify(words: Words) -> None:
    _program(words)
    _known(words)
    _json(words)


def _define_inspect(words: Words) -> None:
    _program(words)
    _known(words)
    _locked(words)
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
    _known(words)
    _output(words, "the upgraded program, in format 1", required=True)
    text = "also run the examples of what is replaced on the code of its successor, in another process"
    words.option("--import", dest="run", action="store_true", help=text)
    words.option("--timeout", metavar="SECONDS", type=_seconds, default=60.0, help="how long that process may take")
    _json(words)
    words.epilog = """\
A program of format 0 gains types. In one of format 1, every intrinsic that another one supersedes is replaced by it, if it
takes and gives the same; what is written says each replacement, and what the examples of both prove.
"""


def _define_list(words: Words) -> None:
    _json(words)
    _packs(words)


def _define_show(words: Words) -> None:
    words.add_argument("name", metavar="NAME", help="the name of a pack's distribution")
    _json(words)
    _packs(words)


def _define_which(words: Words) -> None:
    words.add_argument("name", metavar="NAME|UUID", help="an intrinsic: name, package.name or UUID")
    _json(words)
    _packs(words)


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


def _define_doctor(words: Words) -> None:
    words.option(
        "--import", dest="run", action="store_true", help="import each pack in another process, and take the time"
    )
    words.option(
        "--timeout", metavar="SECONDS", type=_seconds, default=20.0, help="how long importing one pack may take"
    )
    _json(words)
    _packs(words)


def _define_manifest(words: Words) -> None:
    text = "a manifest, a wheel, a project's folder, or the name of an installed pack"
    words.add_argument("pack", metavar="FILE|NAME", help=text)
    _json(words)


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
    text = "the folder to make; NAME in the current folder if left out"
    words.option("-o", "--output", metavar="OUT", help=text)
    _json(words)


def _define_header(words: Words) -> None:
    text = "the name of an installed pack, a wheel, a project's folder, or a manifest"
    words.reads("pack", metavar="NAME|PATH", help=text)
    _output(words, "the header; NAME-VERSION.vcvmh if left out, - for standard output")
    _json(words)


def _define_index(words: Words) -> None:
    text = "a wheel, a folder of wheels, a manifest, a pack's name, or another index; all installed packs if left out"
    words.reads("subjects", late=True, metavar="PATH|NAME", nargs="*", help=text)
    _output(words, "the index", required=True)
    _json(words)


def _define_freeze(words: Words) -> None:
    text = "a program whose packs are locked, and which is locked itself; without one, all packs are"
    words.reads("programs", metavar="FILE", nargs="*", help=text)
    _output(words, "the lock; standard output if left out")
    _library(words, "a library that the programs link to; repeat it")
    _json(words)
    _limits(words)
    _packs(words)


def _define_inject(words: Words) -> None:
    words.add_argument("files", metavar="WHEEL", nargs="+", help="a wheel that is a pack's; it is replaced")
    words.option("--force", action="store_true", help="also where there is a manifest already")
    text = "the pack APIs that it is made for; if left out, those of a manifest that is replaced, else 1"
    words.option("--api", metavar="LOW-HIGH", help=text)
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


COMMANDS: Final = (
    Command(
        "run",
        "FILE [ARGUMENT ...]",
        "call a function of a program, once or for each record of a file",
        _define_run,
        "run:run",
    ),
    Command("asm", "FILE [-o OUT]", "assembly text to a compiled program", _define_asm, "programs:asm"),
    Command("disasm", "FILE [-o OUT]", "a compiled program to assembly text", _define_disasm, "programs:disasm"),
    Command(
        "verify", "FILE", "whether a program keeps the rules; every finding", _define_verify, "programs:verify_file"
    ),
    Command("inspect", "FILE", "what a program holds, needs and may do", _define_inspect, "inspect:inspect"),
    Command(
        "upgrade",
        "FILE -o OUT",
        "types for a program of format 0, successors for one of format 1",
        _define_upgrade,
        "upgrade:upgrade_file",
    ),
    Command("plugins list", "", "the packs that are installed, none imported", _define_list, "plugins:plugins_list"),
    Command(
        "plugins show", "NAME", "what a pack provides, or why it cannot be used", _define_show, "plugins:plugins_show"
    ),
    Command("plugins which", "NAME|UUID", "which pack provides an intrinsic", _define_which, "plugins:plugins_which"),
    Command(
        "plugins check", "[PATH|NAME]", "whether a pack keeps its promises", _define_check, "promises:plugins_check"
    ),
    Command("plugins diff", "OLD NEW", "what a release of a pack would change", _define_diff, "promises:plugins_diff"),
    Command("plugins doctor", "", "what is wrong with the installed packs", _define_doctor, "doctor:plugins_doctor"),
    Command(
        "plugins manifest",
        "FILE|NAME",
        "what a manifest says, of a file, a wheel, a folder or a pack",
        _define_manifest,
        "plugins:plugins_manifest",
    ),
    Command(
        "plugins new", "NAME", "a new pack, complete: code, tests, what builds it", _define_new, "authors:plugins_new"
    ),
    Command("plugins mint", "[N]", "UUIDs for new intrinsics", _define_mint, "authors:plugins_mint"),
    Command(
        "plugins header",
        "NAME|PATH",
        "the manifest of a pack, to compile against",
        _define_header,
        "headers:plugins_header",
    ),
    Command(
        "plugins index",
        "[PATH|NAME ...] -o OUT",
        "which packs provide what, for reports",
        _define_index,
        "headers:plugins_index",
    ),
    Command(
        "plugins freeze",
        "[FILE ...] [-o OUT]",
        "a lock of packs, and of programs",
        _define_freeze,
        "freeze:plugins_freeze",
    ),
    Command("plugins inject", "WHEEL ...", "a manifest into built wheels", _define_inject, "authors:plugins_inject"),
    Command(
        "explain",
        "[CODE]",
        "what an error means, and what to do; all errors, without a code",
        _define_explain,
        "explain:explain",
    ),
    Command(
        "completion", "SHELL", "what completes words in bash, zsh or fish", _define_completion, "completion:completion"
    ),
)
