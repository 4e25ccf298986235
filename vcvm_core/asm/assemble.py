"""The assembler.

Takes assembly text and a mapping of names to imports (what the headers of installed packs, or a library description,
say); gives a `Module`. Two passes over the parsed lines: the first finds functions, imports and externs, so that calls
can come before definitions; the second writes code. Nothing is trusted because it was assembled: run the verifier.

What the third founding text has is written in instructions of the table: `pushi`, `pushf`, `pushs` and `loads` are
`push` or `loadk`; `cmp` compares into a hidden local, which `jeq` and `jne` test; `if`, `set` with a value, `local` with
one, and `call` with arguments push what they need first. `stores` fills the string table when the text is assembled.
Top-level code is the function `main`; where it does not define the labels `success` and `fail`, they end the run with
the result true or false.

Refuses with one CompileError that has every problem of the file, each with line, column and the line itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from vcvm_core.asm.declare import Declarations, Enough
from vcvm_core.asm.emit import Emitter
from vcvm_core.asm.format0 import assemble0, is_format0
from vcvm_core.asm.parse import Bad, Line, parse, span
from vcvm_core.bytecode import Extern, LibraryHeader, Module
from vcvm_core.errors import Diagnostic, Place, refusal
from vcvm_core.limits import Limits

Headers = Mapping[str, tuple[Extern, ...]]
Libraries = Mapping[str, tuple[LibraryHeader, ...]]


def assemble(
    text: str,
    headers: Headers | None = None,
    file: str = "",
    limits: Limits = Limits.default,
    libraries: Libraries | None = None,
) -> Module:
    """The module that `text` describes.

    headers: names and the intrinsics they may mean. file: the source's name, for messages and debug information; it is
    not opened. libraries: names of compiled libraries, and what is known of them. Raises CompileError with every problem in
    `diagnostics`.
    """
    # Only what nobody can change in between is remembered: names of a registry, or none.
    given = (headers, libraries)
    keeps = len(text) <= REMEMBERED_CHARS and all(x is None or type(x) is MappingProxyType for x in given)
    key = (text, file, limits)
    known = _known.get(key) if keeps else None
    if known is not None and known[0] is headers and known[1] is libraries:
        return known[2]
    module = _assembled(text, headers, file, limits, libraries)
    if keeps:
        _known[key] = headers, libraries, module
        while len(_known) > REMEMBERED:
            _known.pop(next(iter(_known)), None)
    return module


REMEMBERED: Final = 64
"""Texts whose modules a process remembers."""
REMEMBERED_CHARS: Final = 16_384
"""Characters of the longest of them."""
_known: dict[tuple[str, str, Limits], tuple[Headers | None, Libraries | None, Module]] = {}


def _assembled(text: str, headers: Headers | None, file: str, limits: Limits, libraries: Libraries | None) -> Module:
    lines, problems = parse(text, file, limits)
    module = None
    # Lines that were not read any more would be missing to those that were.
    if len(problems) < limits.reported:
        if is_format0(lines):
            module = assemble0(lines, problems, limits)
        else:
            module = _assemble1(lines, problems, Declarations(headers or {}, file, limits, libraries))
    if module is None or problems:
        # Both passes may refuse the same token: once is enough.
        distinct = {(d.kind, d.place): d for d in problems}.values()
        found = sorted(distinct, key=lambda d: (d.place.line or 0, d.place.column or 0))[: limits.reported]
        raise refusal(d.placed(Place(file=file or None)) for d in found or [Diagnostic("no-code")])
    return module


def _assemble1(lines: list[Line], problems: list[Diagnostic], declared: Declarations) -> Module | None:
    """The two passes over a text of format 1; what is wrong is added to `problems`."""
    emitter = Emitter(declared)
    try:
        for each in (declared.line, emitter.line):
            for line in lines:
                try:
                    each(line)
                except Bad as e:
                    declared.problem(line, e)
        if lines:
            emitter.close(lines[-1])
    except Enough:
        pass  # what more there is would not be reported
    problems.extend(Diagnostic(e.kind, span(line, e.node), e.facts) for line, e in declared.later)
    return None if problems or not declared.builder.functions else declared.finish()
