"""The verifier.

Takes a module, from anywhere; gives a `VerifiedModule`, or raises. First the whole module is held against the limits on
programs (bytecode.held). Then one VerifyError has every problem that is found, up to `Limits.source_errors`: that limit
bounds what is reported, and never what is accepted. Rules that need no run come first (rules.py); only a function whose
operands all name something is then run abstractly (bytecode.walk), its blocks and locals are checked (flow.py), and its
declared maximum stack is held against the one observed. Time is linear in the size of the program, except for the
assignment of locals, which is bounded; both stop at 32 steps for each instruction.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice

from vcvm_core.bytecode import Function, FunctionContext, Module, held, instruction, walk
from vcvm_core.errors import Diagnostic, Place, VcvmError, error, refusal
from vcvm_core.limits import Limits
from vcvm_core.verify import flow, rules
from vcvm_core.verify.verified import TOKEN, Facts, VerifiedModule

WORK = 32
"""Steps of work allowed for each instruction."""


def verify(module: Module, limits: Limits = Limits.default) -> VerifiedModule:
    """The verified form of `module`.

    Raises FormatError, or VerifyError (stack-limit), for a module above one of the limits on programs, as `decode` does,
    and VerifyError with every problem in `diagnostics`, the first `Limits.source_errors` of them, and one at least.
    """
    if type(module) is not Module:
        raise error("wrong-type", where="what is verified", expected="a Module", found=type(module).__name__)
    source = Place(file=module.debug.source if module.debug is not None and module.debug.source else None)
    try:
        held(module, limits)
    except VcvmError as e:
        raise refusal(_lined(d, module).placed(source) for d in e.diagnostics) from None
    given, module = module, _closed(module)
    # The first problem settles the verdict; the limit says only how many more are looked for.
    facts: list[Facts] = []
    if problem := next(problems := _problems(module, facts), None):
        reported = [problem, *islice(problems, limits.reported - 1)]
        raise refusal(d.placed(source) for d in reported)
    return VerifiedModule(module, tuple(facts), given, TOKEN)


def _problems(module: Module, facts: list[Facts]) -> Iterator[Diagnostic]:
    """Every problem of a module; the facts of each function without any are appended to `facts`."""
    sound = True
    for problem in rules.imports(module):
        sound = False
        yield problem
    if not module.functions:
        sound = False
        yield Diagnostic("falls-off-end")
    for index, function in enumerate(module.functions):
        for problem in _function(module, function, facts):
            sound = False
            yield problem.placed(Place(line=module.line(index, problem.place.instruction or 0)))
    if sound:
        yield from (_lined(d, module) for d in rules.entries(module))


def _lined(d: Diagnostic, module: Module) -> Diagnostic:
    """A diagnostic about a function as a whole, with the line that the function begins at."""
    names = [f.name for f in module.functions]
    exported = module.export(d.place.function or "")
    index = names.index(d.place.function) if d.place.function in names else exported
    return d if index is None else d.placed(Place(line=module.line(index, d.place.instruction or 0)))


def _closed(module: Module) -> Module:
    """Format 0 has no jumps, so its end is a halt: here it is written."""
    if module.format != 0 or len(module.functions) != 1:
        return module
    (main,) = module.functions
    if flow.closes(main):
        return module
    return module._replace(functions=(main._replace(code=(*main.code, instruction("halt"))),))


def _function(module: Module, function: Function, facts: list[Facts]) -> Iterator[Diagnostic]:
    """The problems of one function; its facts are appended if it has none."""
    # Each of these is made when it is asked for, so that a program of nothing but errors costs no more than a good one.
    sound = True
    for problem in chain(rules.signatures(function), rules.operands(module, function)):
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
