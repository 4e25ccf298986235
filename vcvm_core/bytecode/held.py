"""A whole module, held against the limits on programs, wherever it came from: bytes, a compiler, an assembler, a host.

Takes a `Module` and `Limits`. Refuses, with the same error, exactly what `decode` refuses in the bytes of the module: it
looks at the parts in the order of the file, and ends at the first that is too large. Besides, it holds the declared
maximum stack. Time is linear in what the module holds, and instructions are not looked at one by one.
"""

from __future__ import annotations

from operator import gt
from typing import Any, Final
from uuid import UUID

from vcvm_core.bytecode.ceilings import hold, most
from vcvm_core.bytecode.codec import encoded_size
from vcvm_core.bytecode.format0 import pools
from vcvm_core.bytecode.model import Module
from vcvm_core.bytecode.sections import DECLARABLE
from vcvm_core.bytecode.writer import utf8_size
from vcvm_core.errors import Place, error
from vcvm_core.limits import HIGHEST, Limits
from vcvm_core.values import Signature

_OF_A_FUNCTION: Final = ("params", "results", "locals", "code", "program")
"""The parts of a function, in the order of the file; the last is all code up to it."""
_SCALARS: Final = frozenset((type(None), bool, int, float, str, bytes, UUID))


def held(module: Module, limits: Limits) -> None:
    """Hold a module against every limit on programs. Raises FormatError, or VerifyError (stack-limit), for the first."""
    _constants_are_constants(module)
    _declared(module)
    _indexes(module)
    hold("file", encoded_size(module), limits)
    if module.format == 0:
        _format0(module, limits)
    else:
        _format1(module, limits)
    stack = most("stack", limits)
    for function in module.functions:
        if function.max_stack > stack:
            hold("stack", function.max_stack, limits, Place(function=function.name))


def _constants_are_constants(module: Module) -> None:
    for value in module.constants:
        if type(value) not in _SCALARS:
            raise error("bad-constant", reason=f"a {type(value).__name__} cannot be a constant")


def _declared(module: Module) -> None:
    """What a module declares lowers limits that a program can lower, each once, in the order of their numbers."""
    last = -1
    for name, value in module.limits:
        number = DECLARABLE.index(name) if name in DECLARABLE else -1
        if number <= last or type(value) is not int or not 0 <= value <= HIGHEST:
            raise error("bad-declared-limit", found=number + 1, limit=len(DECLARABLE))
        last = number


def _indexes(module: Module) -> None:
    """What is exported and imported names entries of the module's own tables; operands of instructions are the verifier's."""
    named = [("functions", index, len(module.functions)) for _, index in module.exports]
    named += [("libraries", entry.library, len(module.libraries)) for entry in module.imports]
    for table, index, length in named:
        if not 0 <= index < length:
            raise error("bad-index", table=table, index=index, length=length)


def _format0(module: Module, limits: Limits) -> None:
    found = 0
    for pool in pools(module):
        found += len(pool)
        hold("constants", found, limits)
        for value in pool:
            _constant(value, limits)
    hold("externs", len(module.externs), limits)
    for extern in module.externs:
        _signature(extern.signature, limits)
        _constant(extern.name, limits)
    for function in module.functions:
        hold("code", len(function.code), limits)
        hold("program", len(function.code), limits)
        hold("results", len(function.signature.results), limits, Place(function=function.name))


def _format1(module: Module, limits: Limits) -> None:
    hold("constants", len(module.constants), limits)
    for value in module.constants:
        _constant(value, limits)
    hold("types", len(module.types), limits)
    hold("libraries", len(module.libraries), limits)
    hold("imports", len(module.imports), limits)
    for entry in module.imports:
        _signature(entry.signature, limits)
    hold("externs", len(module.externs), limits)
    for extern in module.externs:
        _signature(extern.signature, limits)
    hold("functions", len(module.functions), limits)
    # Most functions are far below every limit, and a place takes longer to make than to compare five numbers.
    highest = [most(part, limits) for part in _OF_A_FUNCTION]
    instructions = 0
    for function in module.functions:
        params, results = function.signature.params, function.signature.results
        size = len(function.code)
        instructions += size
        sizes = (len(params), len(results), len(params) + len(function.locals), size, instructions)
        if any(map(gt, sizes, highest)):
            for part, found in zip(_OF_A_FUNCTION, sizes, strict=True):
                hold(part, found, limits, Place(function=function.name))
    hold("exports", len(module.exports), limits)
    if module.debug is not None:
        hold("functions", len(module.debug.functions), limits)
        for debug in module.debug.functions:
            hold("lines", len(debug.lines), limits)
            hold("names", len(debug.names), limits)


def _constant(value: Any, limits: Limits) -> None:
    """The size of a string or bytes, in bytes."""
    kind = type(value)
    if kind is str:
        hold("constant", utf8_size(value), limits)
    elif kind is bytes:
        hold("constant", len(value), limits)


def _signature(signature: Signature, limits: Limits) -> None:
    hold("params", len(signature.params), limits)
    hold("results", len(signature.results), limits)
