"""Building a module, as compilers and assemblers do it.

Takes constants, types, externs and functions in any order, by value; gives a `Module` whose tables hold each once, with
the exact maximum stack of every function and the results of those that did not declare any. What is built is not
trusted: it goes through the verifier like any other module.
"""

from __future__ import annotations

from collections.abc import Iterable
from struct import pack
from typing import Any

from vcvm_core.bytecode.model import Debug, Extern, Function, FunctionDebug, Import, Instruction, Kind, Library, Module
from vcvm_core.bytecode.sections import constant_type
from vcvm_core.bytecode.walk import walk
from vcvm_core.isa import BY_CODE
from vcvm_core.values import Param, Signature, Type


class FunctionDraft:
    """A function under construction.

    results: None to infer them from what its first return leaves on the stack. names: of all locals, parameters first,
    empty for those without. lines: the source line of each instruction; 0 if it has none.
    """

    __slots__ = ("code", "lines", "locals", "name", "names", "params", "results")

    def __init__(
        self,
        name: str,
        params: tuple[Type, ...] = (),
        results: tuple[Type, ...] | None = None,
        names: Iterable[str] = (),
        locals: Iterable[Type] = (),  # noqa: A002 - the word of the field
        code: Iterable[Instruction] = (),
        lines: Iterable[int] = (),
    ) -> None:
        self.name, self.params, self.results = name, params, results
        self.names, self.locals, self.code, self.lines = list(names), list(locals), list(code), list(lines)


class FunctionContext:
    """What the operands of a function refer to, by the tables of a module; indexes have been checked."""

    __slots__ = ("function", "module", "signatures", "slots")

    def __init__(self, module: Module, function: Function, signatures: list[Signature] | None = None) -> None:
        self.module, self.function = module, function
        self.slots = function.slots
        self.signatures = signatures

    def constant(self, index: int) -> Type:
        return constant_type(self.module.constants[index])

    def text(self, index: int) -> str:
        return str(self.module.constants[index])

    def type(self, index: int) -> Type:
        return self.module.types[index]

    def local(self, index: int) -> Type:
        return self.slots[index]

    def called(self, kind: str, index: int) -> Signature:
        if kind == "extern":
            return self.module.externs[index].signature
        if kind == "import":
            return self.module.imports[index].signature
        return self.signatures[index] if self.signatures is not None else self.module.functions[index].signature

    def results(self) -> tuple[Type, ...]:
        return self.function.signature.results


class ModuleBuilder:
    """The tables of a module under construction; each adder gives the index of its entry."""

    def __init__(self) -> None:
        self.kind: Kind = "program"
        self.limits: list[tuple[str, int]] = []
        self.constants: list[Any] = []
        self.types: list[Type] = []
        self.libraries: list[Library] = []
        self.imports: list[Import] = []
        self.externs: list[Extern] = []
        self.functions: list[FunctionDraft] = []
        self.exports: list[tuple[str, int]] = []
        self.source: str | None = None
        """The source file's name for the debug section; None leaves the section out."""
        self._constant_index: dict[tuple[type, Any], int] = {}
        self._type_index: dict[Type, int] = {}
        self._extern_index: dict[bytes, int] = {}

    def constant(self, value: Any) -> int:
        """The index of a constant, added if it is not there."""
        # By type and bits: 1, 1.0 and true are three constants, and so are 0.0 and -0.0.
        key = (type(value), pack("<d", value) if type(value) is float else value)
        if key not in self._constant_index:
            self.add_constant(value)
        return self._constant_index[key]

    def add_constant(self, value: Any) -> int:
        """The index of a new entry, also if the same constant is there already."""
        key = (type(value), pack("<d", value) if type(value) is float else value)
        self._constant_index.setdefault(key, len(self.constants))
        self.constants.append(value)
        return len(self.constants) - 1

    def type(self, t: Type) -> int:
        """The index of a type, added if it is not there."""
        index = self._type_index.setdefault(t, len(self.types))
        if index == len(self.types):
            self.types.append(t)
        return index

    def extern(self, extern: Extern) -> int:
        """The index of an import of an intrinsic, by its UUID."""
        index = self._extern_index.setdefault(extern.uuid, len(self.externs))
        if index == len(self.externs):
            self.externs.append(extern)
        return index

    def finish(self) -> Module:
        """The module. Operand indexes in the code must be in range: whoever wrote the code has checked names."""
        for draft in self.functions:
            for t in (*draft.params, *(draft.results or ()), *draft.locals):
                self.type(t)
        for signature in [*(x.signature for x in self.externs), *(x.signature for x in self.imports)]:
            for t in (*signature.types, *signature.results):
                self.type(t)
        functions = [
            Function(
                d.name,
                Signature(tuple(Param("", t) for t in d.params), d.results or ()),
                tuple(d.locals),
                0,
                tuple(d.code),
            )
            for d in self.functions
        ]
        module = Module(
            1, self.kind, tuple(self.limits), tuple(self.constants), tuple(self.types), tuple(self.libraries),
            tuple(self.imports), tuple(self.externs), tuple(functions), tuple(self.exports),
        )  # fmt: skip
        signatures = [f.signature for f in functions]
        for index in self._callees_first():
            function, draft = functions[index], self.functions[index]
            found = walk(function.code, FunctionContext(module, function, signatures), 1 << 30)
            if draft.results is None and found.returned:
                signatures[index] = Signature(function.signature.params, found.returned)
                for t in found.returned:
                    self.type(t)
                function = function._replace(signature=signatures[index])
                found = walk(function.code, FunctionContext(module, function, signatures), 1 << 30)
            functions[index] = function._replace(max_stack=found.highest)
        debug = Debug(self.source, tuple(_debug(d) for d in self.functions)) if self.source is not None else None
        return module._replace(functions=tuple(functions), types=tuple(self.types), debug=debug)

    def _callees_first(self) -> list[int]:
        """The functions in an order in which, recursion apart, callees stand before their callers."""
        order: list[int] = []
        seen: set[int] = set()
        for root in range(len(self.functions)):
            pending = [(root, False)]
            while pending:
                index, done = pending.pop()
                if done:
                    order.append(index)
                elif index not in seen:
                    seen.add(index)
                    pending.append((index, True))
                    called = [i.a for i in self.functions[index].code if BY_CODE[i.opcode].name == "call"]
                    pending.extend((c, False) for c in called if c not in seen)
        return order


def _debug(draft: FunctionDraft) -> FunctionDebug:
    lines: list[tuple[int, int]] = []
    for at, line in enumerate(draft.lines):
        if line and (not lines or lines[-1][1] != line):
            lines.append((at, line))
    names = tuple(draft.names) if any(draft.names) else ()
    return FunctionDebug(tuple(lines), names)
