"""``vcvm run``: a function of a program, called once with arguments in JSON, or for each record of a file.

Takes a program in either form; gives what the function gives, as JSON (see jsontext.py for what JSON cannot say). Refuses
arguments that are no JSON, or not of the function's types. With ``--profile`` the one call is observed, and what it used
is written in the form that the file's name says, however the call ended.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

from vcvm_core.cli.files import STANDARD, Loaded, load, write
from vcvm_core.cli.hosts import held, hosts_of
from vcvm_core.cli.jsontext import dumps, fit, parse, to_json
from vcvm_core.cli.policy import effects_of, libraries_of, limits_of
from vcvm_core.cli.show import json_line, json_text, remark, say, say_lines
from vcvm_core.cli.streams import flush
from vcvm_core.cli.usage import nearest, usage_error
from vcvm_core.errors import Place, VcvmError, clean, error
from vcvm_core.limits import Limits
from vcvm_core.runtime import Meter
from vcvm_core.vm import VM, Program

if TYPE_CHECKING:
    from vcvm_core.profile import Profile

PROFILES: Final = (".txt", ".json", ".svg")
"""How the name of a profile's file can end: a report, all figures, a flame graph."""


def run(args: Namespace) -> int:
    """Run the command."""
    if not args.words:
        raise usage_error("vcvm run: no program is named", "vcvm run FILE [ARGUMENT ...]")
    file, *words = args.words
    if args.input is None:
        for option, given in (("--all", args.all), ("--input-format", args.input_format)):
            if given:
                raise usage_error(f"{option} needs --input", "name the file of records: --input FILE")
    elif words:
        raise usage_error("arguments and --input exclude each other", "with --input, the record is the one argument")
    elif args.input == file == STANDARD:
        raise usage_error("the program and its records cannot both be standard input", "name a file for one of them")
    if args.check and args.tier == "compiled":
        raise usage_error("--check and --tier compiled exclude each other", "the interpreter alone checks every step")
    if args.profile is not None:
        _profilable(args)
    limits = limits_of(args)
    # What stands in for a pack is what a source text is compiled against, too.
    args.header = args.stand_in
    registry = hosts_of(args)
    loaded = load(file, limits, args.no_pack, registry)
    registry = held(args, registry, loaded)
    if not (args.observe or args.record or args.replay or args.stand_in):
        return _ran(args, words, loaded, _linked(args, loaded, limits, partial(VM, registry)))
    from vcvm_core.cli.hosting import Between

    with Between(args, registry, loaded) as between:
        return _ran(args, words, loaded, _linked(args, loaded, limits, between.vm))


def _ran(args: Namespace, words: list[str], loaded: Loaded, program: Program) -> int:
    """Call the function that is meant, once or for each record."""
    name = _function(args, program)
    try:
        if args.input is not None:
            from vcvm_core.cli.apply import apply

            return apply(args, program, name)
        return _call(args, program, name, words, loaded)
    except VcvmError as e:
        if e.kind == "fuel":
            e.add_note("--fuel N gives it more")
        raise loaded.explained(e) from None


def _profilable(args: Namespace) -> None:
    """Refuse, before anything runs, what cannot be profiled, or not written in the form that is asked for. Raises
    FileError."""
    if args.input is not None:
        raise usage_error("--profile and --input exclude each other", "profile the call for one record: --profile last")
    if args.check:
        raise usage_error("--profile and --check exclude each other", "the check would be most of what is measured")
    if args.tier == "compiled":
        problem = "--profile and --tier compiled exclude each other"
        raise usage_error(problem, "the interpreter alone can be observed; the fuel is the same")
    if args.profile is True:
        return
    if PurePath(args.profile).suffix.lower() not in PROFILES:
        problem = f"--profile {args.profile}: a profile is written as {', '.join(PROFILES[:-1])} or {PROFILES[-1]}"
        raise usage_error(problem, "name a file that ends so; --profile without FILE is the last of all words")


def _linked(args: Namespace, loaded: Loaded, limits: Limits, machine: Callable[..., VM]) -> Program:
    """The program, verified and linked to the packs of a machine. Raises VerifyError, LinkError."""
    libraries = libraries_of(args, limits)
    vm = machine(limits=limits, allow=effects_of(args), libraries=libraries, tier=args.tier)
    try:
        program = vm.load_module(loaded.module, loaded.name)
    except VcvmError as e:
        raise loaded.explained(e.placed(Place(file=loaded.shown))) from None
    for notice in program.report.notices:
        remark(f"note: {notice}")
    return program


def _function(args: Namespace, program: Program) -> str:
    """The name of the function to call. Raises ApiError (no-entry), FileError (bad-usage)."""
    if args.fn is None:
        return program.entry()
    if args.fn not in program.exports:
        exports = ", ".join(program.exports) or "nothing"
        problem = f"the program exports no function {args.fn}; it exports {exports}"
        raise usage_error(problem, nearest(args.fn, program.exports) or "name one of the exported functions")
    return str(args.fn)


def _call(args: Namespace, program: Program, name: str, words: list[str], loaded: Loaded) -> int:
    signature = program.signature(name)
    if len(words) != len(signature.params):
        facts = {"expected": len(signature.params), "found": len(words), "signature": f"{name}{signature}"}
        raise error("wrong-arguments", function=name, **facts)
    values: list[Any] = []
    for position, (word, t) in enumerate(zip(words, signature.types, strict=True), 1):
        value = _argument(word, position, program.limits)
        convert = fit(t)
        values.append(value if convert is None else convert(value))
    if args.profile is not None:
        return _profiled(args, program, name, values, loaded)
    found = program.measure(name, *values, check=args.check)
    if found.error is not None:
        if args.stats:
            found.error.add_note(_in_words(stats(found.meter)))
        raise found.error
    _show(args, name, found.result, found.meter)
    for function, reason in program.fallbacks.items() if args.stats else ():
        remark(f"note: {clean(function)} is interpreted: {reason}")
    return 0


def _show(args: Namespace, name: str, result: Any, meter: Meter) -> None:
    """Write the result, and what the run used."""
    if args.json:
        data = {"function": name, "result": to_json(result)}
        json_line({**data, "stats": stats(meter)} if args.stats else data)
        return
    say(json_text(to_json(result)))
    if args.stats:
        remark(_in_words(stats(meter)))


def _profiled(args: Namespace, program: Program, name: str, values: list[Any], loaded: Loaded) -> int:
    from vcvm_core.profile import profile

    found = profile(program, name, *values)
    if found.error is None:
        _show(args, name, found.result, found.machine)
        _write_profile(args, found, loaded)
        return 0
    if args.stats:
        found.error.add_note(_in_words(stats(found.machine)))
    try:
        _write_profile(args, found, loaded)
    except VcvmError as e:
        # How the run ended matters more.
        found.error.add_note(f"there is no profile: {e.diagnostics[0].message}")
    raise found.error


def _write_profile(args: Namespace, found: Profile, loaded: Loaded) -> None:
    """Write a profile into its file, or as text on stderr. Raises FileError (unwritable-file)."""
    from vcvm_core.profile import flame, text

    source = _source(loaded)
    if args.profile is True:
        # The result stands above it, also where both streams end in one place.
        flush()
        say_lines(text(found, source).removesuffix("\n"), to_errors=True)
        return
    suffix = PurePath(args.profile).suffix.lower()
    if suffix == ".svg":
        made = flame(found)
    elif suffix == ".json":
        made = dumps(found.to_data(), indent=2) + "\n"
    else:
        made = text(found, source)
    write(args.profile, made.encode("utf-8", "backslashreplace"), args.touched)


def _source(loaded: Loaded) -> list[str]:
    """The lines that the program's line numbers count, as far as they are at hand."""
    debug = loaded.module.debug
    if loaded.source is None or debug is None or PurePath(debug.source).name != loaded.name:
        return []
    return loaded.source.split("\n")


def _argument(word: str, position: int, limits: Limits) -> Any:
    """The value of an argument. Raises FileError (bad-usage) for what is no JSON, ValueRefused for what is no value."""
    try:
        return parse(word.encode("utf-8", "surrogatepass"), limits, where=f"argument {position}")
    except VcvmError as e:
        if e.kind not in ("bad-json", "bad-text"):
            # A word has no lines.
            raise error(e.kind, **e.facts) from None
        reason = e.facts["reason"]
    cure = 'JSON is true, 12, 1.5, "text", [1, 2], {"key": 1}; quote it for the shell: \'"text"\''
    if not word.strip().startswith(('"', "[", "{")) and word.isprintable():
        cure = f"strings need quotes inside the shell's quotes: '{dumps(word[:40])}'"
    raise usage_error(f"argument {position} is not JSON: {word[:60]}: {reason}", cure)


def stats(meter: Meter) -> dict[str, int]:
    """What a run used."""
    limits = meter.limits
    return {"fuel": limits.fuel - meter.fuel_left, "intrinsic_calls": limits.intrinsic_calls - meter.calls}


def _in_words(used: dict[str, int]) -> str:
    return f"fuel used: {used['fuel']:,}; intrinsics called: {used['intrinsic_calls']:,}"
