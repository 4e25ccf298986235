"""``vcvm inspect``: what a program holds, needs and may do.

Takes a program in either form; gives its tables, the link report against the installed packs, and facts about the fuel of
its functions; imports no pack, unless the Python that it becomes is asked for. A program that the verifier refuses is
shown as far as it was decoded, with the findings.

The fuel of a function is what its own instructions cost, from the shortest way through it to the longest. Calls, and
instructions whose cost grows with a value, come on top and are marked with +; so are loops, which have no longest way.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from vcvm_core.bytecode import Function, content_hash
from vcvm_core.cli.files import Loaded, load
from vcvm_core.cli.hosts import held, hosts_of
from vcvm_core.cli.jsontext import dumps, to_json
from vcvm_core.cli.policy import allowed_of, effects_of, libraries_of, limits_of
from vcvm_core.cli.programs import verified
from vcvm_core.cli.show import document, failure, say, say_lines, table
from vcvm_core.errors import Place, VcvmError, VerifyError, clean
from vcvm_core.isa import BY_CODE
from vcvm_core.limits import Limits
from vcvm_core.link import LinkReport
from vcvm_core.values import describe
from vcvm_core.verify import Block, VerifiedModule
from vcvm_core.vm import VM

if TYPE_CHECKING:
    from vcvm_core.plugin import Registry

SHOWN = 60
"""How many characters of a constant are shown, and how many entries of a table of constants or types, as text."""


def inspect(args: Namespace) -> int:
    """Run the command: 0, or 3 if the program breaks a rule of the machine."""
    limits = limits_of(args)
    registry = hosts_of(args)
    program = load(args.file, limits, args.no_pack, registry)
    registry = held(args, registry, program)
    if args.python:
        return _python(args, program, limits, registry)
    found: VerifiedModule | None = None
    problem: VcvmError | None = None
    try:
        found = verified(program, limits)
    except VerifyError as e:
        problem = e
    report = None if found is None else _report(args, program, limits, registry)
    data = _data(program, found, report, allowed_of(args))
    if args.json:
        document({**data, "notices": list(registry.remarks), "errors": [] if problem is None else problem.to_data()})
    else:
        _text(program, data, report)
    if problem is None:
        return 0
    if not args.json:
        failure(problem, as_json=False)
    return 3


def _python(args: Namespace, program: Loaded, limits: Limits, registry: Registry) -> int:
    """The Python of every function that a host can call. Raises VerifyError, LinkError."""
    vm = VM(registry, limits=limits, allow=effects_of(args), libraries=libraries_of(args, limits))
    try:
        linked = vm.load_module(program.module, program.name)
    except VcvmError as e:
        raise program.explained(e.placed(Place(file=program.shown))) from None
    texts = {name: linked.python(name) for name in linked.exports}
    if args.json:
        document({"file": program.shown, "python": texts, "interpreted": linked.fallbacks})
    else:
        for text in texts.values():
            say_lines(text)
    return 0


def _report(args: Namespace, program: Loaded, limits: Limits, registry: Registry) -> LinkReport:
    vm = VM(registry, limits=limits, allow=effects_of(args), libraries=libraries_of(args, limits))
    report = vm.check(program.data)
    return LinkReport(program.name, report.verdicts)


def _data(
    program: Loaded, found: VerifiedModule | None, report: LinkReport | None, allowed: Mapping[str, str]
) -> dict[str, Any]:
    """Everything, as JSON-ready data. allowed: who allows each effect that is allowed here."""
    module = program.module
    packs = sorted({(x.pack, x.version) for x in module.externs if x.pack})
    effects = sorted({e for v in report.verdicts if v.offer for e in v.offer.effects}) if report else []
    exported: dict[int, list[str]] = {}
    for name, index in module.exports:
        exported.setdefault(index, []).append(name)
    return {
        "file": program.shown,
        "kind": module.kind,
        "format": module.format,
        "verified": found is not None,
        "bytes": len(program.data),
        "sha256": content_hash(program.data).hex(),
        "source": module.debug.source if module.debug is not None else "",
        "limits": dict(module.limits),
        "constants": [{"type": describe(c), "value": to_json(c)} for c in module.constants],
        "types": [str(t) for t in module.types],
        "functions": [
            {
                "name": f.name,
                "signature": str(f.signature),
                "exported": exported.get(i, []),
                "instructions": len(f.code),
                "locals": len(f.locals),
                "max_stack": f.max_stack,
                "blocks": len(found.facts[i].blocks) if found else None,
                "fuel": fuel(f, found.facts[i].blocks) if found else None,
            }
            for i, f in enumerate(module.functions)
        ],
        "libraries": [{"name": x.name, "sha256": x.digest.hex()} for x in module.libraries],
        "library_functions": [
            {"library": module.libraries[x.library].name, "name": x.name, "signature": str(x.signature)}
            for x in module.imports
        ],
        "externs": [
            {
                "name": x.name,
                "uuid": str(UUID(bytes=x.uuid)),
                "signature": str(x.signature),
                "typed": x.typed,
                "pack": x.pack,
                "version": x.version,
            }
            for x in module.externs
        ],
        "packs": [{"pack": pack, "version": version} for pack, version in packs],
        "effects": effects,
        "policy": [
            {
                "effect": effect,
                "allowed": effect in allowed,
                "by": allowed.get(effect),
                "fix": "" if effect in allowed else f"--allow {effect}",
            }
            for effect in effects
        ],
        "link": report.to_data() if report is not None else None,
    }


def fuel(function: Function, blocks: Sequence[Block]) -> dict[str, Any]:
    """The fuel of a function's own instructions. most: None if there is a loop. more: whether something comes on top."""
    rows = [BY_CODE[i.opcode] for i in function.code]
    more = any(r.charge or r.flow == "call" or r.name == "calli" for r in rows)
    by_start = {block.start: block for block in blocks}
    # A loop has a jump backwards; without one, every block follows those that lead to it.
    loops = any(s <= block.start for block in blocks for s in block.successors)
    least: dict[int, int] = {}
    most: dict[int, int] = {}
    for block in [] if loops else reversed(blocks):
        after = [s for s in block.successors if s in by_start]
        least[block.start] = block.weight + min((least[s] for s in after), default=0)
        most[block.start] = block.weight + max((most[s] for s in after), default=0)
    if loops:
        least[0] = _shortest(by_start)
    return {"least": least.get(0, 0), "most": None if loops else most.get(0, 0), "more": more}


def _shortest(blocks: dict[int, Block]) -> int:
    """The cost of the cheapest way from the first block to one without successors; 0 if no way ends."""
    import heapq

    waiting, done = [(blocks[0].weight, 0)], set()
    while waiting:
        cost, start = heapq.heappop(waiting)
        if start in done:
            continue
        done.add(start)
        after = [s for s in blocks[start].successors if s in blocks]
        if not after:
            return cost
        for s in after:
            heapq.heappush(waiting, (cost + blocks[s].weight, s))
    return 0


def _fuel_text(found: dict[str, Any] | None) -> str:
    if found is None:
        return "-"
    least, most = found["least"], found["most"]
    span = f"{least:,}" if most in (None, least) else f"{least:,}-{most:,}"
    return span + ("+" if most is None or found["more"] else "")


def _text(program: Loaded, data: dict[str, Any], report: LinkReport | None) -> None:
    form = "assembly text, assembled" if program.source is not None else f"format {data['format']}"
    state = "verified" if data["verified"] else "REFUSED by the verifier, shown as it was decoded"
    say(f"{clean(data['file'], 200)}: {data['kind']}, {form}, {data['bytes']:,} bytes, {state}", "bold")
    say(f"  sha256   {data['sha256']}")
    if data["source"]:
        say(f"  source   {clean(data['source'], 200)}")
    if data["limits"]:
        say(f"  limits   {', '.join(f'{n} {v:,}' for n, v in data['limits'].items())}")
    if report is not None:
        unknown = "format 0 does not say" if data["externs"] and data["format"] == 0 else "none"
        say(f"  packs    {', '.join(clean(' '.join(p.values())) for p in data['packs']) or unknown}")
        effects = [_effect_text(row) for row in data["policy"][:SHOWN]] or ["none"]
        for i, line in enumerate(effects):
            say(f"  {'' if i else 'effects':7}  {line}")
    say_lines("\nfunctions", "bold")
    rows = [_function_row(f) for f in data["functions"]]
    table(("NAME", "SIGNATURE", "INSTRUCTIONS", "STACK", "BLOCKS", "FUEL", "EXPORTED"), rows)
    if report is not None and report.verdicts:
        say_lines("\nimports", "bold")
        rows = [(clean(v.name), v.uuid or v.what, v.word, clean(v.found, 200)) for v in report.verdicts]
        table(("NAME", "UUID", "VERDICT", "FOUND"), rows, 2, {"bound": "green"}, "red")
        for notice in report.notices:
            say(f"note: {notice}")
        if not report.ok:
            say(f"{report.headline()}:", "bold red")
            for line in report.lines():
                say(line)
    elif report is None and data["externs"]:
        say_lines("\nimports, not linked", "bold")
        rows = [(clean(x["name"]), x["uuid"], clean(x["signature"], 200)) for x in data["externs"]]
        table(("NAME", "UUID", "SIGNATURE"), rows)
    _list("library functions", [f"{x['library']}.{x['name']}{x['signature']}" for x in data["library_functions"]])
    _list("constants", [f"{x['type']} {dumps(x['value'])}" for x in data["constants"]])
    _list("types", data["types"])


def _effect_text(row: dict[str, Any]) -> str:
    effect = clean(row["effect"])
    if row["allowed"]:
        return f"{effect}: allowed by {clean(row['by'], 200)}"
    return f"{effect}: not allowed here; {clean(row['fix'])} allows it, or VCVM_ALLOW={effect}, or the user's file of settings"


def _function_row(f: dict[str, Any]) -> tuple[str, ...]:
    exported = ", ".join("yes" if name == f["name"] else f"as {name}" for name in f["exported"])
    counts = (f"{f['instructions']:,}", f"{f['max_stack']:,}", "-" if f["blocks"] is None else f"{f['blocks']:,}")
    return (clean(f["name"]), clean(f["signature"], 200), *counts, _fuel_text(f["fuel"]), clean(exported) or "no")


def _list(title: str, texts: Sequence[str]) -> None:
    """A short table of texts with their indexes."""
    if not texts:
        return
    say()
    say(title, "bold")
    for i, text in enumerate(texts[:SHOWN]):
        say(f"  {i:>3}  {clean(text, SHOWN)}")
    if len(texts) > SHOWN:
        say(f"  and {len(texts) - SHOWN:,} more; --json has all")
