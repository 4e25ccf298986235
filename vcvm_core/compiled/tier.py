"""The compiled tier of one program: its functions as Python functions, made when they are first called.

Takes an `Image` and limits; gives callables with the effect of the interpreter: same results, same errors at the same
instruction, same fuel left, same calls of intrinsics. What cannot be translated runs on the interpreter; `fallbacks` says
what and why. Programs with the same content, limits and intrinsics share one tier in a process.
"""

from __future__ import annotations

import linecache
import os
import re
import sys
import threading
import weakref
from collections.abc import Callable, Iterable
from types import CodeType, FunctionType
from typing import Any, Final, Literal

from vcvm_core.compiled.faults import Source, ended
from vcvm_core.compiled.fold import Folded, folded, formula
from vcvm_core.compiled.names import Names
from vcvm_core.compiled.structure import weight
from vcvm_core.compiled.translate import Host, Translator, Untranslatable, Variant
from vcvm_core.compiled.tree import code_of
from vcvm_core.errors import clean
from vcvm_core.limits import HIGHEST, Limits
from vcvm_core.link import Binding, Image, LinkedModule
from vcvm_core.runtime import Code, Codes, Machine, Meter, admit, admitted, effective, lowered, positional
from vcvm_core.values import INT, Formula

SHARED_TIERS: Final = 64
"""How many programs of a process are remembered."""
REMEMBERED: Final = 20_000
"""Instructions of the largest program that is remembered."""
SLACK: Final = 40
"""Frames that a run needs besides one for each function that is active."""


_NAMES: Final = re.compile(r"\b[khcq]\d+\b")
"""Names in generated code whose meaning can be shown."""


def _stub(*arguments: Any) -> Any:
    return first(arguments)  # type: ignore[name-defined]  # noqa: F821 - replaced, see Tier.entry


class Tier:
    """The compiled functions of a program. fallbacks: functions that are interpreted, with the reason. observed: its entries
    take a meter first, and count on it."""

    def __init__(self, image: Image, limits: Limits, codes: Codes, observed: bool = False) -> None:
        self.image, self.codes, self.observed = image, codes, observed
        self.limits = limits = lowered(limits, image)
        self.fallbacks: dict[str, str] = {}
        self.sources: dict[CodeType, Source] = {}
        self.folds: dict[str, Folded] = {}
        self.shown: dict[str, str] = {}
        self.foldable: dict[tuple[int, int], Folded | None] = {}
        self.names = Names()
        self.lines = limits.compiled_lines
        self.lock = threading.RLock()
        self.files: list[str] = []
        sources = self.sources
        passing = frozenset((_worker(self, None, "").__code__,))
        self.names.scope |= {
            "meter": lambda: Meter(limits),
            "fail": lambda e, meter: ended(e, meter, sources, passing, limits),
            "tight": self._tight,
        }
        weakref.finalize(self, _forget, self.files)
        _living.add(self)
        self.host = Host(
            self._callee,
            self._intrinsic,
            self._folds,
            self._formula,
            self._resume,
            self._argument,
            codes.deep,
            lambda: self.lines,
            observed,
        )

    # What the host calls

    def entry(self, index: int, patient: bool = True) -> Callable[..., Any]:
        """A function of the program for its host to call, translated when it is called.

        patient: a function without loops is interpreted the first time, since it may be the only one.
        """
        code = self.codes.get(self.image.main, index)
        name = self.names.function("z", self.image.main, index)
        entry = FunctionType(_stub.__code__.replace(co_names=(name,)), self.names.scope, code.function.name)
        waits = patient and not self.codes.loops(code)
        variant = self._variant(code)
        if variant.small:
            self.names.scope[self.names.function("w", code.linked, index)] = self._general(code)

        def first(arguments: tuple[Any, ...]) -> Any:
            nonlocal waits
            positional(code, arguments)
            if waits:
                waits = False
                return self._interpreted(index, arguments)
            made = self.translated(code, variant)
            if made is None:
                # It is asked again at every call, and the answer is remembered.
                return self._interpreted(index, arguments)
            # From now on the caller's function is the translated one, without anything in between.
            entry.__code__ = made.__code__
            return entry(*arguments)

        self.names.scope[name] = first
        entry.__qualname__ = code.function.name
        entry.__doc__ = f"{code.function.name}{code.function.signature}"
        return entry

    def run(self, index: int, arguments: tuple[Any, ...], meter: Meter) -> Any:
        """Call a function, counting on a meter; for tiers that were made for it."""
        code = self.codes.get(self.image.main, index)
        made = self.translated(code, Variant(True, observed=True))
        if made is None:
            # Compiled code checks its arguments itself.
            values = [*admitted(code, arguments, self.limits), *code.blank]
            return self._resumed(code, meter, 1, 0, meter.fuel, meter.calls, values, ())
        return made(meter, *arguments)

    def source(self, index: int) -> str:
        """The Python of an entry and of every function that it can call, for reading along."""
        pending = [self.codes.get(self.image.main, index)]
        texts: dict[tuple[int, int], str] = {}
        while pending:
            code = pending.pop(0)
            key = (id(code.linked), code.index)
            if key in texts:
                continue
            made = self.translated(code, self._variant(code) if not texts else Variant(False))
            if made is None:
                texts[key] = f"# {code.function.name}: interpreted, because {self.fallbacks[code.function.name]}\n"
            else:
                source = self.sources[made.__code__].text
                texts[key] = f"# {code.function.name}{code.function.signature}\n{source}{self._legend(source)}"
            pending += self.codes.called(code)
        return "\n".join(texts.values())

    def _variant(self, code: Code) -> Variant:
        """The entry that a host calls first."""
        return Variant(True, self.observed, small=not self.observed and INT in code.function.signature.types)

    def _general(self, code: Code) -> Callable[..., Any]:
        """The entry for arguments among which there is a large integer."""

        def general(*arguments: Any) -> Any:
            made = self.translated(code, Variant(True))
            return self._interpreted(code.index, arguments) if made is None else made(*arguments)

        return general

    def _legend(self, source: str) -> str:
        """What the names in a text stand for, as comments. Only people read it: no program's text is compiled."""
        lines = []
        for name in sorted(set(_NAMES.findall(source)), key=lambda n: (n[0], int(n[1:]))):
            if name in self.names.constants:
                lines.append(f"# {name}: {clean(repr(self.names.constants[name]))}")
            elif name in self.shown:
                lines.append(f"# {name}: {clean(self.shown[name])}{', folded' if name in self.folds else ''}")
            elif name in self.names.types:
                lines.append(f"# {name}: {'test' if name[0] == 'i' else 'check'} of {clean(self.names.types[name])}")
        return "".join(f"{line}\n" for line in lines)

    # Translating

    def translated(self, code: Code, variant: Variant) -> FunctionType | None:
        """The Python function of a function, or None if it is interpreted."""
        name = self.names.function(variant.letter, code.linked, code.index)
        with self.lock:
            found = self.names.scope.get(f"{name}_")
            if found is not None:
                return found  # type: ignore[no-any-return]
            if code.function.name in self.fallbacks:
                return None
            try:
                made = Translator(code, self.limits, self.names, self.host, variant).translate()
                text = "".join(f"{'    ' * indent}{line}\n" for indent, line, _ in made.lines)
                file = f"<vcvm {id(self):x} {name}>"
                compiled = code_of(text, file, self.names, self.folds)
            except Untranslatable as e:
                self.fallbacks[code.function.name] = str(e)
                return None
            except (RecursionError, MemoryError, SyntaxError, OverflowError) as e:
                # CPython's own compiler has limits, and they differ from version to version.
                self.fallbacks[code.function.name] = f"Python cannot compile it: {type(e).__name__}"
                return None
            self.lines -= weight(made.lines)
            place: dict[str, Any] = {}
            exec(compiled, self.names.scope, place)  # noqa: S102 - held against the allow-list of tree.py
            function: FunctionType = place[name]
            function.__name__ = function.__qualname__ = code.function.name
            self.sources[function.__code__] = Source(
                code, variant.entry, text, tuple(mark for _, _, mark in made.lines)
            )
            linecache.cache[file] = (len(text), None, text.splitlines(True), file)
            self.files.append(file)
            self.names.scope[f"{name}_"] = function
            return function

    def _callee(self, linked: LinkedModule, index: int) -> str:
        """The name of a function's worker; the first call of it translates it."""
        name = self.names.function("f", linked, index)
        if name not in self.names.scope:
            self.names.scope[name] = _worker(self, self.codes.get(linked, index), name)
        return name

    def _folds(self, binding: Binding) -> Folded | None:
        # Only what its author declares to give the same for ever: the code of any other function may be replaced.
        if not binding.offer.deterministic or binding.offer.effects:
            return None
        arguments = len(binding.extern.signature.params)
        key = id(binding.function), arguments
        if key not in self.foldable:
            self.foldable[key] = folded(binding.function, arguments)
        return self.foldable[key]

    def _intrinsic(self, linked: LinkedModule, a: int) -> str:
        binding = linked.bindings[a]
        name = self.names.bound("h", (id(linked), a), binding.function)
        self.shown[name] = f"{binding.extern.name or binding.offer.name} of {binding.offer.pack}"
        expression = self._folds(binding)
        if expression is not None and self.limits.deadline_ms == HIGHEST:
            self.folds[name] = expression
        return name

    def _formula(self, binding: Binding, which: Literal["cost", "size"]) -> str:
        found: Formula = getattr(binding.offer, which)
        name = self.names.bound("g", (which, id(binding.offer)), found.call)
        if name not in self.folds:
            self.folds[name] = formula(found, effective(binding).types)
        return name

    def _argument(self, code: Code, position: int) -> str:
        limits = self.limits
        return self.names.bound(
            "g", ("argument", code.index, position), lambda value: admit(code, position, value, limits)
        )

    # The interpreter, where it goes on

    def _interpreted(self, index: int, arguments: tuple[Any, ...]) -> Any:
        return Machine(self.image, index, arguments, self.limits, codes=self.codes).run()

    def _resume(self, code: Code) -> str:
        def resume(
            meter: Meter | None, depth: int, pc: int, fuel: int, calls: int | None,
            locals_: Iterable[Any], stack: Iterable[Any],
        ) -> Any:  # fmt: skip
            return self._resumed(code, meter, depth, pc, fuel, calls, locals_, stack)

        return self.names.bound("r", (id(code.linked), code.index), resume)

    def _resumed(
        self, code: Code, meter: Meter | None, depth: int, pc: int, fuel: int, calls: int | None,
        locals_: Iterable[Any], stack: Iterable[Any],
    ) -> Any:  # fmt: skip
        meter = Meter(self.limits) if meter is None else meter
        meter.fuel = fuel
        if calls is not None:
            meter.calls = calls
        machine = Machine.resumed(self.image, self.codes, meter, code, pc, locals_, stack, depth - 1)
        try:
            return machine.run()
        finally:
            meter.take(machine)

    def _tight(self) -> bool:
        """Whether Python's stack may be too short for as many functions as may be active; the interpreter needs none."""
        room = sys.getrecursionlimit() - self.limits.call_depth - SLACK
        try:
            sys._getframe(max(0, room))
        except ValueError:
            return False
        return True


def _worker(tier: Tier, code: Any, name: str) -> FunctionType:
    """What stands for a function of the program until it is first called."""

    def worker(meter: Meter, depth: int, *arguments: Any) -> Any:
        made = tier.translated(code, Variant(False))
        tier.names.scope[name] = interpreted if made is None else made
        return tier.names.scope[name](meter, depth, *arguments)

    def interpreted(meter: Meter, depth: int, *arguments: Any) -> Any:
        values = [*arguments, *code.blank]
        return tier._resumed(code, meter, depth, 0, meter.fuel, meter.calls, values, ())

    return worker  # type: ignore[return-value]


def _forget(files: list[str]) -> None:
    """Drop the sources of a tier that is gone."""
    for file in files:
        linecache.cache.pop(file, None)


_tiers: dict[Any, Tier] = {}
_living: weakref.WeakSet[Tier] = weakref.WeakSet()


def _forked() -> None:
    """A child has none of the threads that may have held a lock when it was forked."""
    for tier in list(_living):
        tier.lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


def tier_of(image: Image, limits: Limits, codes: Codes) -> Tier:
    """The tier of a program: one for all that were made of the same verified modules, with the same limits and offers."""
    size = sum(len(f.code) for f in image.main.verified.module.functions)
    if size > REMEMBERED:
        return Tier(image, limits, codes)
    key = (limits, *_read(image.main, set()))
    # No lock: two threads may make the same tier twice, and an exception from outside leaves nothing locked.
    found = _tiers.pop(key, None) or Tier(image, limits, codes)
    _tiers[key] = found
    for oldest in list(_tiers)[:-SHARED_TIERS]:
        _tiers.pop(oldest, None)
    return found


def _read(linked: LinkedModule, seen: set[int]) -> list[Any]:
    """All that compiled code depends on: each module, and what every extern of it is bound to, with the code that a function
    runs now. The tier of an entry holds what is named here by its id, so no id is used again."""
    if id(linked) in seen:
        return []
    seen.add(id(linked))
    found: list[Any] = [id(linked.verified)]
    for _, offer, function in linked.bindings:
        formulas = [(f.text, f.params) for f in (offer.cost, offer.size) if f is not None]
        found += [offer.name, offer.pack, offer.signature, *formulas, offer.size is None]
        found += [offer.deterministic, not offer.effects]
        found += [id(function), id(getattr(function, "__code__", None))]
    for below, _ in linked.imports:
        found += _read(below, seen)
    return found
