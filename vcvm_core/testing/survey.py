"""What a pack promises about one intrinsic, held against what its function does.

Takes a loaded pack and a row of its manifest; gives sentences, none if a promise is kept. The rules, by the words under
which the tests report:

    example      an example gives what it says, to a Python caller and to a program, however that is run
    refuses      a value of another type never reaches the function
    raises       arguments of the declared types are answered, within `SECONDS`, or refused by an exception that an
                 example or the documentation announces
    results      a result is of the declared type to its depths
    arguments    arguments are left as they were
    pure         equal calls give equal results
    size         no result is larger than declared
    programs     a program gets what the function gives, interpreted and compiled

Calls that the machine would refuse for their declared cost or size are not made.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any, Final

from vcvm_core.errors import IntrinsicError, LimitExceeded, PackError, VcvmError, clean
from vcvm_core.hosting import Layer
from vcvm_core.plugin import (
    Called,
    Outcome,
    Row,
    Slow,
    Vector,
    call_text,
    called,
    ended_alike,
    interrupted,
    keeps_example,
    raised_as,
)
from vcvm_core.testing.edges import edges, foreign, plain
from vcvm_core.testing.running import Ended, LoadedPack, concrete
from vcvm_core.values import describe

SECONDS: Final = 5.0
"""How long one call may take, where it can be interrupted."""

COST: Final = 1_000_000
SIZE: Final = 1_000_000
"""No call is made whose declared cost or size is larger."""

SHOWN: Final = 5
"""How many sentences a rule says about one intrinsic."""

HARMLESS: Final = frozenset({"clock", "random"})
"""Effects that calls with made-up arguments may have; an intrinsic with any other is called with its examples only."""

CHANGEABLE: Final = frozenset({"list", "map", "any", "var", "record"})

WORD: Final = re.compile(r"\w+")

Finding = tuple[str, str]
"""A rule's word, and a sentence."""


class Survey:
    """The promises of one intrinsic. Its calls are made when a rule is first asked for, and once."""

    def __init__(self, pack: LoadedPack, row: Row) -> None:
        self.pack, self.row = pack, row
        self.slow = False
        """Whether a call took too long. One is enough: the next would, too."""

    @cached_property
    def function(self) -> Callable[..., Any]:
        """Its Python function. Raises PackError."""
        return self.pack.load(self.row)

    @property
    def made_up(self) -> bool:
        """Whether it may be called with arguments that its author did not write down."""
        return set(self.row.effects) <= HARMLESS

    def rules(self) -> list[str]:
        """The rules that can say something about it, in order; `refuses` and `example` have tests of their own."""
        row = self.row
        changeable = any((t.of if t.kind == "option" else t).kind in CHANGEABLE for t in row.signature.types)
        return [
            "raises",
            "results",
            *(["arguments"] if changeable else []),
            *(["pure"] if row.deterministic else []),
            *(["size"] if row.size is not None else []),
            "programs",
        ]

    def broken(self, rule: str) -> list[str]:
        """What the rule says about the examples and the edges, each sentence once."""
        found = list(dict.fromkeys(text for name, text in self._findings if name == rule))
        return [*found[:SHOWN], f"and {len(found) - SHOWN} more"] if len(found) > SHOWN else found

    @cached_property
    def _findings(self) -> list[Finding]:
        found: list[Finding] = []
        for args in self.calls():
            found += self.judged(args)
            if self.slow:
                break
        return found

    def calls(self) -> Iterator[tuple[Any, ...]]:
        """The arguments of the examples, and, one parameter at a time, the edges of the parameters' types."""
        for vector in self.row.vectors:
            yield vector.args
        if self.made_up:
            types = self.row.signature.types
            returning = [v.args for v in self.row.vectors if v.raises is None]
            start = returning[0] if returning else tuple(plain(t) for t in types)
            if not self.row.vectors:
                yield start
            for i, t in enumerate(types):
                for value in edges(t):
                    yield (*start[:i], value, *start[i + 1 :])

    def judged(self, args: Sequence[Any]) -> Iterator[Finding]:
        """What all rules but `example` and `refuses` say about one call."""
        row = self.row
        if not self._affordable(args):
            return
        shown = call_text(row, args)
        try:
            first = self._called(args)
            again = self._called(args) if row.deterministic else None
        except Slow:
            self.slow = True
            yield "raises", f"{shown} took longer than {SECONDS:g} seconds, for a declared cost of {self._cost(args)}"
            return
        found = list(self._alone(first, shown))
        yield from found
        if again is not None and not _alike(first, again):
            yield "pure", f"{shown} gives {_text(first)} and then {_text(again)}, though it is declared deterministic"
        elif not found and first.outcome is not None:
            yield from self._in_programs(args, shown, first.outcome)

    def _cost(self, args: Sequence[Any]) -> int:
        return self.row.cost_formula()(*args)

    def _affordable(self, args: Sequence[Any]) -> bool:
        size = self.row.size_formula()
        return self._cost(args) <= COST and (size is None or size(*args) <= SIZE)

    def _called(self, args: Sequence[Any]) -> Called:
        found: Called = interrupted(SECONDS, called, self.row, self.function, args)
        if found.outcome is not None and found.outcome.raises == "KeyboardInterrupt":
            # Whoever runs the tests wants to stop.
            raise KeyboardInterrupt
        return found

    def _alone(self, done: Called, shown: str) -> Iterator[Finding]:
        """What one call says without another to compare it with."""
        for position in done.changed:
            yield "arguments", f"{shown} changes its argument {position}: copy what is to be changed"
        if done.outcome is None:
            expected = str(self.row.signature).rpartition("->")[2].strip()
            yield "results", f"{shown} gives {done.unfit}, its signature says {expected}"
        elif done.outcome.raises is not None and not self._announced(done.outcome):
            yield (
                "raises",
                f"{shown} raises {done.outcome.text()}, of which neither an example nor the documentation speaks",
            )
        if done.larger is not None:
            found, most = done.larger
            yield "size", f"{shown} gives {found} entries or characters, its declared size is {most}"

    def _announced(self, outcome: Outcome) -> bool:
        names = _kinds((outcome.raises or "").rpartition(".")[2])
        said = {(v.raises or "").rpartition(".")[2] for v in self.row.vectors}
        return not names.isdisjoint(said | set(WORD.findall(self.function.__doc__ or "")))

    def _in_programs(self, args: Sequence[Any], shown: str, expected: Outcome) -> Iterator[Finding]:
        try:
            ways = self.pack.ways(self.row, args)
        except VcvmError as e:
            yield "programs", f"{shown} cannot be called by a program: {e}"
            return
        for ended in ways:
            if isinstance(ended.error, LimitExceeded):
                continue
            found = seen(ended)
            good = found.raises is None or (ended.error is not None and ended.error.kind == "intrinsic-raised")
            if not good or (self.row.deterministic and not ended_alike(found, expected)):
                yield (
                    "programs",
                    f"{shown} gives {found.text()} to a program ({ended.way}), {expected.text()} in Python",
                )

    def example(self, vector: Vector) -> list[str]:
        """What is wrong with one example."""
        row, shown = self.row, call_text(self.row, vector.args)
        try:
            done = self._called(vector.args)
        except Slow:
            return [f"{shown} took longer than {SECONDS:g} seconds"]
        said = Outcome(vector.result, vector.raises, vector.message).text()
        if done.outcome is None or not keeps_example(done.outcome, vector, row):
            return [f"{shown} gives {_text(done)}, its example says {said}"]
        try:
            ways = self.pack.ways(row, vector.args)
        except VcvmError as e:
            return [f"{shown} cannot be called by a program: {e}"]
        return [
            f"{shown} gives {seen(ended).text()} to a program ({ended.way}), its example says {said}"
            for ended in ways
            if not keeps_example(seen(ended), vector, row)
        ]

    def refuses(self, position: int) -> list[str]:
        """Which values of other types reach the function, or are not refused, in one parameter."""
        row, t = self.row, concrete(self.row.signature.types[position])
        reached: list[Any] = []

        def spy(*args: Any) -> Any:
            reached.append(args)
            raise ValueError("reached")

        offers = [o._replace(load=lambda: spy) for o in self.pack.registry.offers(row.uuid)]
        hosts = Layer(self.pack.registry, {row.uuid: offers})
        start = [plain(concrete(p)) for p in row.signature.types]
        found = []
        for tier in ("interpreter", "compiled"):
            programs = [self.pack.program(row, hosts, tier)]
            if t.kind != "any":
                # What comes as any, and is cast: another gate than the one for the arguments of a program.
                programs.append(self.pack.program(row, hosts, tier, cast=position))
            for program in programs:
                for value in foreign(t):
                    reached.clear()
                    args = [*start[:position], value, *start[position + 1 :]]
                    try:
                        program.call("call", *args)
                    except VcvmError:
                        if not reached:
                            continue
                    name = row.signature.params[position].name
                    found.append(f"{describe(value)} for {name}: {t} is not refused ({tier})")
        return list(dict.fromkeys(found))[:SHOWN]


def seen(ended: Ended) -> Outcome:
    """What a program saw of an intrinsic: its result, or what it raised, as the function alone would have."""
    if isinstance(ended.error, IntrinsicError) and ended.error.cause is not None:
        return Outcome(None, *raised_as(ended.error.cause))
    return ended.outcome


def _kinds(name: str) -> set[str]:
    """The name of an exception, and those of what it is one of, as far as Python's own go."""
    kind = getattr(builtins, name, None)
    bases = kind.__mro__ if isinstance(kind, type) and issubclass(kind, Exception) else ()
    return {name, *(b.__name__ for b in bases)} - {"Exception", "BaseException", "object"}


def _alike(a: Called, b: Called) -> bool:
    if a.outcome is None or b.outcome is None:
        return a.unfit == b.unfit
    return ended_alike(a.outcome, b.outcome)


def _text(done: Called) -> str:
    return done.unfit if done.outcome is None else done.outcome.text()


def refusal(e: PackError) -> str:
    """Everything that is wrong with a pack, one sentence a line."""
    return "\n".join(f"{d.message}{f'; {d.help}' if d.help else ''}" for d in e.diagnostics) or clean(e)
