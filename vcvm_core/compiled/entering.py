"""Where a host enters compiled code: the checks of arguments.

Their input is a function that is translated as an entry; the result is the lines at its head. What is plainly right goes on,
everything else is asked of the boundary. The fields of a record are taken here, once: see Translator.clean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vcvm_core.compiled import rules
from vcvm_core.compiled.rules import SMALL, Mark
from vcvm_core.compiled.structure import Written
from vcvm_core.isa import BY_CODE
from vcvm_core.values import INT, Type

if TYPE_CHECKING:
    from vcvm_core.compiled.translate import Translator

LONG: Final = 4_096
"""Sizes of arguments that are let through without looking at the limit."""


def arguments(f: Translator) -> list[Written]:
    """The checks of arguments: what is plainly right goes on, everything else is asked of the boundary."""
    lines: list[Written] = []
    mark = Mark(0, role="entry")
    for i, t in enumerate(f.function.signature.types):
        name = f"x{i}"
        if f.variant.small and t is INT:
            names = ", ".join(f"x{n}" for n in range(f.code.params))
            test = f"type({name}) is not int or {name} > {SMALL} or {name} < {-SMALL}"
            general = f.names.function("w", f.linked, f.code.index)
            lines += [(0, f"if {test}:", mark), (1, f"return {general}({names})", mark._replace(role="left"))]
            continue
        admit = f"{name} = {f.program.argument(f.code, i)}({name})"
        fields = t.kind == "record" and _untouched(f, name)
        test = (
            f"type({name}) is not dict or len({name}) > {min(LONG, _largest(f, t))}" if fields else _unlike(f, t, name)
        )
        if test:
            lines += [(0, f"if {test}:", mark), (1, admit, mark)]
        else:
            lines.append((0, admit, mark))
        if fields:
            lines += _fields(f, name, t, [admit], mark)
    return lines


def _unlike(f: Translator, t: Type, name: str) -> str:
    """The test that an argument is not plainly right."""
    if t.kind in ("string", "bytes", "list", "map"):
        return f"{rules.is_not(t, name, f.names, True)} or len({name}) > {min(LONG, _largest(f, t))}"
    if t.kind == "option":
        inner = _unlike(f, t.of, name)
        return f"{name} is not None and ({inner})" if inner else ""
    return rules.is_not(t, name, f.names, True)


def _untouched(f: Translator, name: str) -> bool:
    """Whether a parameter keeps its value."""
    return not any(BY_CODE[i.opcode].name == "set" and f"x{i.a}" == name for i in f.instructions)


def _largest(f: Translator, t: Type) -> int:
    return f.limits.value_size if t.kind in ("string", "bytes") else f.limits.value_entries


def _fields(f: Translator, of: str, t: Type, again: list[str], mark: Mark) -> list[Written]:
    """The fields of a record, each taken once. One that is missing is a KeyError here, and then no record.

    of: the variable that holds it. again: what takes it anew from arguments that the boundary has converted.
    """
    lines: list[Written] = []
    for field, kind in t.fields.items():
        name = f"y{len(f.fields)}"
        f.fields[of, field] = name
        take = f"{name} = {of}[{f.names.constant(field)}]"
        lines.append((0, take, mark))
        anew = [*again, take]
        if kind.kind == "record":
            test = f"type({name}) is not dict"
        else:
            test = rules.is_not(kind, name, f.names, True) or f"{f.names.crossing(kind)}({name}) is not {name}"
        lines += [(0, f"if {test}:", mark), *((1, line, mark) for line in anew)]
        if kind.kind == "record":
            lines += _fields(f, name, kind, anew, mark)
    return lines
