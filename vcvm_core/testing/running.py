"""A pack in a machine of its own, and programs run in every way that the machine has.

Takes the name of an installed pack, and programs as assembly text; gives what a program gives, or raises what it raises,
after every way of running it agreed. The ways: the reference interpreter, and compiled to Python, called plainly and
measured. Refuses a pack that is not installed or cannot be used, with its problems.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import Any, Final, NamedTuple
from uuid import UUID

from vcvm_core.asm import assemble
from vcvm_core.errors import PackError, VcvmError, clean, error
from vcvm_core.limits import Limits
from vcvm_core.link import HostTable
from vcvm_core.listed import listed
from vcvm_core.plugin import Found, Manifest, Outcome, Registry, Row, ended_alike, installed, normalised
from vcvm_core.values import ANY, Type, substitute
from vcvm_core.vm import VM, Program

WAYS: Final = ("interpreted", "compiled", "measured")
"""How a program is run: by the interpreter, compiled, and compiled with what counts its work."""


class Ended(NamedTuple):
    """How one way of running a program ended, and the fuel it took where that is counted."""

    way: str
    result: Any
    error: VcvmError | None
    fuel: int | None

    @property
    def outcome(self) -> Outcome:
        """Its result, or the kind and text of its error."""
        if self.error is None:
            return Outcome(self.result, None, "")
        return Outcome(None, self.error.kind, str(self.error))


class ProgramRunner:
    """Runs programs: the fixture `run_program`.

    hosts: who offers intrinsics. allow: the effects that are allowed where a call names none.
    """

    def __init__(self, hosts: Registry, allow: str | Iterable[str] = ()) -> None:
        self.hosts, self.allow = hosts, listed(allow, "allow")

    def __call__(
        self,
        text: str,
        *args: Any,
        function: str | None = None,
        allow: str | Iterable[str] | None = None,
        limits: Limits = Limits.default,
    ) -> Any:
        """What a function of the program in `text` (assembly) gives for these arguments.

        function: its name; the entry if None. allow: effects. Raises what the program raises: CompileError, LinkError,
        Trap, IntrinsicError, LimitExceeded ...; AssertionError if the ways of running it differ, unless the program
        imports what is not deterministic.
        """
        ways = self.ways(text, *args, function=function, allow=allow, limits=limits)
        first = ways[0]
        if self.steady(text):
            for other in ways[1:]:
                if not ended_alike(first.outcome, other.outcome):
                    both = f"{first.way}: {first.outcome.text()}; {other.way}: {other.outcome.text()}"
                    raise AssertionError(f"the program ends differently, {both}")
                if None not in (first.fuel, other.fuel) and first.fuel != other.fuel:
                    raise AssertionError(f"the fuel differs, {first.way}: {first.fuel}; {other.way}: {other.fuel}")
        if first.error is not None:
            raise first.error
        return first.result

    def ways(
        self,
        text: str,
        *args: Any,
        function: str | None = None,
        allow: str | Iterable[str] | None = None,
        limits: Limits = Limits.default,
    ) -> tuple[Ended, ...]:
        """How the program ended in each of `WAYS`. Raises for a program that cannot be loaded or called."""
        allowed = self.allow if allow is None else allow
        module = assemble(text, self.hosts.catalog(), "program")
        interpreted = VM(hosts=self.hosts, limits=limits, allow=allowed, tier="interpreter").load_module(module)
        compiled = VM(hosts=self.hosts, limits=limits, allow=allowed, tier="compiled").load_module(module)
        return run_in_ways(interpreted, compiled, interpreted.entry() if function is None else function, args)

    def steady(self, text: str) -> bool:
        """Whether everything that the program imports is deterministic."""
        externs = assemble(text, self.hosts.catalog(), "program").externs
        return all(offer.deterministic for extern in externs for offer in self.hosts.offers(extern.uuid))


def run_in_ways(interpreted: Program, compiled: Program, name: str, args: Sequence[Any]) -> tuple[Ended, ...]:
    """How a function ended in each of `WAYS`. Raises ApiError for arguments that are refused."""
    first = interpreted.measure(name, *copy.deepcopy(args))
    third = compiled.measure(name, *copy.deepcopy(args))
    return (
        Ended(WAYS[0], first.result, first.error, first.fuel),
        _plainly(lambda: compiled.call(name, *copy.deepcopy(args))),
        Ended(WAYS[2], third.result, third.error, third.fuel),
    )


def _plainly(call: Callable[[], Any]) -> Ended:
    try:
        return Ended(WAYS[1], call(), None, None)
    except VcvmError as e:
        return Ended(WAYS[1], None, e, None)


class LoadedPack:
    """An installed pack in a new machine: the fixture `pack`.

    name, version, manifest: of the pack. registry: all installed packs. vm: a machine with them that allows the effects
    that this pack declares, and no others.
    """

    def __init__(self, name: str, registry: Registry | None = None) -> None:
        """Raises PackError for a pack that is not installed (no-such-pack) or cannot be used, with its problems."""
        self.registry = installed() if registry is None else registry
        self.found, self.manifest = _usable(name, self.registry)
        self.name, self.version = self.found.name, self.found.version
        self.effects = tuple(sorted({effect for row in self.rows for effect in row.effects}))
        self.vm = VM(hosts=self.registry, allow=self.effects)
        self._programs: dict[bytes, tuple[Program, Program]] = {}

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows of its manifest, sorted by name."""
        return tuple(sorted(self.manifest.intrinsics, key=lambda row: row.name))

    def row(self, name: str) -> Row:
        """The row of an intrinsic by its name. Raises PackError (no-such-intrinsic)."""
        names = {row.name: row for row in self.rows}
        if name not in names:
            near = get_close_matches(name, names, 1)
            cure = f"did you mean {near[0]}?" if near else f"it has {clean(', '.join(names), 200)}"
            raise error("no-such-intrinsic", name=name, cure=cure)
        return names[name]

    def function(self, name: str) -> Callable[..., Any]:
        """The Python function of an intrinsic, loaded as the machine does. Raises PackError."""
        return self.load(self.row(name))

    def load(self, row: Row) -> Callable[..., Any]:
        """The Python function of a row. Raises PackError."""
        offers = [offer for offer in self.registry.offers(row.uuid) if normalised(offer.pack) == self.name]
        return offers[0].load()

    def call(self, name: str, *args: Any) -> Any:
        """What a program gets that calls an intrinsic with these arguments. Raises as `ProgramRunner` does."""
        row = self.row(name)
        return ProgramRunner(self.registry, row.effects)(wrapper(row, self.found), *args, function="call")

    def ways(self, row: Row, args: Sequence[Any]) -> tuple[Ended, ...]:
        """How a program that calls an intrinsic ended in each of `WAYS`. Raises ApiError, LinkError, PackError."""
        if row.uuid not in self._programs:
            self._programs[row.uuid] = (
                self.program(row, self.registry, "interpreter"),
                self.program(row, self.registry, "compiled"),
            )
        return run_in_ways(*self._programs[row.uuid], "call", args)

    def program(self, row: Row, hosts: HostTable, tier: Any, *, cast: int | None = None) -> Program:
        """A program whose function `call` calls an intrinsic. cast: the parameter that it takes as any, and casts."""
        module = assemble(wrapper(row, self.found, cast), None, "program")
        return VM(hosts=hosts, allow=row.effects, tier=tier).load_module(module)


def _usable(name: str, registry: Registry) -> tuple[Found, Manifest]:
    known = {pack.name: pack for pack in registry.packs}
    found = known.get(normalised(name))
    if found is None:
        near = get_close_matches(normalised(name), known, 1)
        cure = f"did you mean {near[0]}?" if near else "install it first: pip install -e ."
        raise error("no-such-pack", name=clean(name), cure=cure)
    if not found.usable or found.manifest is None:
        raise PackError(*found.problems)
    return found, found.manifest


def wrapper(row: Row, found: Found, cast: int | None = None) -> str:
    """The text of a program whose function `call` hands its arguments to an intrinsic."""
    types = [concrete(t) for t in row.signature.types]
    results = ", ".join(str(concrete(t)) for t in row.signature.results)
    params = ", ".join(f"a{i}: {ANY if i == cast else t}" for i, t in enumerate(types))
    shape = f"({', '.join(map(str, row.signature.types))}) -> {_listed(row)}"
    lines = [
        f'extern f{shape} = "{UUID(bytes=row.uuid)}" from "{found.name}" "{found.version}"',
        f"func call({params}) -> ({results})",
    ]
    for i, t in enumerate(types):
        lines.append(f"    get $a{i}")
        if i == cast:
            lines.append(f"    as {t}")
    return "\n".join([*lines, "    call $f()", "    ret", "end", ""])


def _listed(row: Row) -> str:
    return str(row.signature).rpartition("->")[2].strip()


def concrete(t: Type) -> Type:
    """A type without variables: each stands for any."""
    return substitute(t, dict.fromkeys(_variables(t), ANY))


def _variables(t: Type) -> set[Type]:
    if t.kind == "var":
        return {t}
    parts = [*t.fields.values(), *([t.item] if t.item is not None else [])]
    return {v for part in parts for v in _variables(part)}
