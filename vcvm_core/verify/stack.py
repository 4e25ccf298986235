"""The verifier.

Takes a module, from anywhere; gives a `VerifiedModule`, or raises one VerifyError with every problem found, up to
`Limits.source_errors`. Rules that need no run come first (rules.py); only a function whose operands all name something
is then run abstractly (bytecode.walk), its blocks and locals are checked (flow.py), and its declared maximum stack is
held against the one observed. Time is linear in the size of the program, except for the assignment of locals, which is
bounded; both stop at 32 steps for each instruction.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice

from vcvm_core.bytecode import Function, FunctionContext, Module, instruction, walk
from vcvm_core.errors import Diagnostic, Place, error, refusal
from vcvm_core.limits import Limits
from vcvm_core.verify import flow, rules
from vcvm_core.verify.verified import TOKEN, Facts, VerifiedModule

WORK = 32
"""Steps of work allowed for each instruction."""


def verify(module: Module, limits: Limits = Limits.default) -> VerifiedModule:
    """The verified form of `module`. Raises VerifyError with every problem in `diagnostics`."""
    if type(module) is not Module:
        raise error("wrong-type", where="what is verified", expected="a Module", found=type(module).__name__)
    given, module = module, _closed(module)
    problems: list[Diagnostic] = []
    facts: list[Facts] = []
    problems.extend(rules.imports(module))
    if not module.functions:
        problems.append(Diagnostic("falls-off-end"))
    for index, function in enumerate(module.functions):
        found = list(islice(_function(module, function, limits, facts), limits.source_errors - len(problems)))
        problems.extend(d.placed(Place(line=module.line(index, d.place.instruction or 0))) for d in found)
        if len(problems) >= limits.source_errors:
            break
    else:
        if not problems:
            problems.extend(_lined(d, module) for d in rules.entries(module))
    if problems:
        source = module.debug.source if module.debug is not None and module.debug.source else None
        raise refusal(d.placed(Place(file=source)) for d in problems[: limits.source_errors])
    return VerifiedModule(module, tuple(facts), given, TOKEN)


def _lined(d: Diagnostic, module: Module) -> Diagnostic:
    """A diagnostic about a function as a whole, with the line that the function begins at."""
    names = [f.name for f in module.functions]
    exported = module.export(d.place.function or "")
    index = names.index(d.place.function) if d.place.function in names else exported
    return d if index is None else d.placed(Place(line=module.line(index, d.place.instruction or 0)))


def _closed(module: Module) -> Module:
    """Format 0 has no jumps, so its end is a halt: here it is written."""
    if module.format != 0:
        return module
    (main,) = module.functions
    if flow.closes(main):
        return module
    return module._replace(functions=(main._replace(code=(*main.code, instruction("halt"))),))


def _function(module: Module, function: Function, limits: Limits, facts: list[Facts]) -> Iterator[Diagnostic]:
    """The problems of one function; its facts are appended if it has none."""
    # Each of these is made when it is asked for, so that a program of nothing but errors costs no more than a good one.
    sound = True
    for problem in chain(rules.signatures(module, function, limits), rules.operands(module, function)):
        sound = False
        yield problem
    if not function.code:
        sound = False
        yield Diagnostic("falls-off-end", rules.at(function))
    if not sound:
        return
    limit = WORK * len(function.code) + WORK
    found = walk(function.code, FunctionContext(module, function), limit)
    if found.problems:
        for index, kind, kind_facts in found.problems:
            yield Diagnostic(kind, rules.at(function, index), kind_facts)
        return
    heavy = flow.heavy(module, function, found)
    parts = flow.blocks(function, found, heavy)
    for problem in chain(flow.unreachable(function, found), flow.assignment(function, parts, limit)):
        sound = False
        yield problem
    if found.highest != function.max_stack:
        sound = False
        kind = "stack-overflow" if found.highest > function.max_stack else "stack-declaration"
        measured = {"declared": function.max_stack, "found": found.highest}
        yield Diagnostic(kind, rules.at(function), measured)
    if sound:
        facts.append(flow.facts(found, parts, heavy))
