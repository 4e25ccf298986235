"""A host that changes while programs run, and tables that offer its functions under different conditions.

Takes nothing; gives a `Hosted`, whose functions are those of hosted.py with globals of their own, and `table`, which
offers them: each kind of table declares other costs, sizes, effects and names. Events are Python statements that are run in
the globals of the functions: between two calls, or by the intrinsic `poke` in the middle of one. `tell` logs what it is
given. Two of a kind that were treated alike behave alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Final, NamedTuple
from uuid import NAMESPACE_OID, uuid5

from agreement.hosts import written
from agreement.values import copied
from vcvm_core.bytecode import Extern
from vcvm_core.link import NoHosts, Offer
from vcvm_core.values import Formula, Signature

FILE: Final = Path(__file__).parent / "hosted.py"
CODE: Final = compile(FILE.read_text("utf-8"), str(FILE), "exec", dont_inherit=True)


class Row(NamedTuple):
    """An intrinsic: its name here and in hosted.py, its signature as text, and what it reads that events change."""

    name: str
    params: str
    results: str
    reads: frozenset[str]


def _rows(lines: str) -> Iterator[Row]:
    for line in lines.strip().splitlines():
        left, _, reads = line.partition("::")
        head, _, result = left.partition(") -> ")
        for name in head.partition("(")[0].split():
            yield Row(name, head.partition("(")[2], result, frozenset((name, *reads.split())))


ROWS: Final = tuple(_rows("""
adjusted reduced fixed of_class static short positional several decorated divided(int) -> int:: VALUE
stepped twice(int) -> int:: step
looked_up filed(int) -> int:: TABLE
going late rated(int) -> int:: GONE LATER CONFIG
distance(int) -> int:: abs
defaulted keyed part enclosed setting(int) -> int:: plus
times SCALE(int) -> int:: Scale
Wrong awaited yielded too_many too_few(int) -> int::
over under equal_value(int) -> bool:: LIMIT VALUE
above below(int, int) -> bool::
raised_by_one lowered_by_one(int) -> int::
copied_over(int) -> bool:: OWN over
copied_adjusted copied_distance(int) -> int:: OWN
chosen(int, int) -> int:: VALUE
larger plus greater(int, int) -> int:: max
sized length(list<int>) -> int:: len
copied_sized(list<int>) -> int:: OWN __builtins__
grow(list<int>, int) -> int::
rename strip({n: int, s: string}, int) -> int::
relayed({n: int, s: string}, int) -> int:: change
current() -> int:: VALUE
counted bump bumped() -> int:: COUNT
blocked(string) -> bool:: BLOCKED
whole_of(string) -> int:: int len
of_kind truth(any) -> bool:: KIND type
"""))  # fmt: skip
OWN_ROWS: Final = tuple(
    _rows("""
tell(any) -> none::
poke again(int) -> int::
""")
)
"""Those that a host has itself."""
EVENTS: Final = (
    "VALUE = 6", "VALUE = -1", "VALUE = 0", "VALUE = 2**40", "VALUE = True", "VALUE = 'x'", "VALUE = 1.5",
    "VALUE = 2**70", "VALUE = None", "del VALUE", "LIMIT = 3", "LIMIT = 0", "LIMIT = 10.5", "LIMIT = None",
    "del LIMIT", "LIMIT = 2**64", "BLOCKED = frozenset({'b'})", "BLOCKED = frozenset()", "BLOCKED = {'ab': 1}",
    "BLOCKED = None", "BLOCKED = 'abc'", "TABLE = {0: 9, 1: 7}", "TABLE[2] = 5", "TABLE = {}", "TABLE = [5, 6, 7]",
    "del GONE", "GONE = 5", "GONE = 'x'", "LATER = 8", "LATER = 's'", "del LATER", "COUNT = 100", "COUNT += 1",
    "CONFIG.rate = 5", "CONFIG = SimpleNamespace(rate=-1)", "del CONFIG.rate", "CONFIG = None", "KIND = str",
    "KIND = None", "KIND = bool", "def step(a): return a + 2", "step = abs", "step = short", "step = None",
    "step = bump", "step = Scale(7)", "del step", "def change(record, n): record['n'] = -n; return n",
    "step.__code__ = other.__code__", "len = lambda a: 7", "len = bump", "max = min", "abs = lambda a: -a",
    "type = lambda a: KIND", "int = lambda a: 42", "del len", "del max", "del abs", "del type", "del int", "len = 5",
    "above.__code__ = below.__code__", "below.__code__ = above.__code__", "raised_by_one.__code__ = lowered_by_one.__code__",
    "lowered_by_one.__code__ = raised_by_one.__code__", "above.__code__ = below.__code__",
    "over.__code__ = under.__code__", "under.__code__ = over.__code__", "adjusted.__code__ = reduced.__code__",
    "reduced.__code__ = adjusted.__code__", "adjusted.__code__ = stepped.__code__", "stepped.__code__ = bump.__code__",
    "current.__code__ = bump.__code__", "twice.__code__ = adjusted.__code__", "chosen.__code__ = plus.__code__",
    "fixed.__code__ = going.__code__", "short.__code__ = reduced.__code__", "rename.__code__ = relayed.__code__",
    "defaulted.__defaults__ = (9,)", "defaulted.__defaults__ = None", "adjusted.__defaults__ = (1,)",
    "plus.__defaults__ = (2,)", "keyed.__kwdefaults__ = {'b': 8}", "keyed.__kwdefaults__ = None", "SCALE.rate = 3",
    "SCALE.rate = None", "Scale.times = Scale.__call__", "Scale.__call__ = lambda self, a: a - self.rate",
    "del Scale.__call__", "OWN['LIMIT'] = 1", "del OWN['LIMIT']", "OWN['VALUE'] = 50", "OWN['len'] = lambda a: 70",
    "OWN['__builtins__']['len'] = lambda a: 77", "OWN['__builtins__']['abs'] = lambda a: 0",
    "del OWN['__builtins__']['len']", "__builtins__ = {'len': lambda a: 3}",
    "enclosed.__closure__[0].cell_contents = 40", "decorated.__wrapped__.__code__ = reduced.__code__",
    "too_many.__defaults__ = (1,)", "too_many.__code__ = adjusted.__code__", "too_few.__code__ = adjusted.__code__",
    "adjusted.__code__ = too_many.__code__",
)  # fmt: skip
"""What happens to a host. What cannot happen, because something else did before, does not."""
REPLACED: Final = frozenset(
    name for event in EVENTS for name, dot, rest in [event.partition(".")] if "__code__" in rest
)
"""The functions whose code is replaced: nobody can say of them that they give the same for ever."""


def events(externs: Iterable[Extern]) -> list[int]:
    """The numbers of the events that change what some intrinsics read, or them."""
    names = {x.name for x in externs}
    reads = frozenset[str]().union(*(row.reads for row in ROWS if row.name in names))
    return [n for n, event in enumerate(EVENTS) if _SUBJECT.match(event)[1] in reads]  # type: ignore[index]


_SUBJECT: Final = re.compile(r"(?:del |def )?(\w+)")


class Terms(NamedTuple):
    """Under what conditions a table offers its functions. cost: by the row's number and its parameters' kinds. untyped: its
    functions are taken at the program's word."""

    name: str
    cost: Callable[[int, Signature], str | int]
    size: str | None = None
    effects: tuple[str, ...] = ()
    untyped: bool = False


def _by_size(number: int, s: Signature) -> str | int:
    kinds = [t.kind for t in s.types]
    if "int" in kinds:
        return f"1 + max(0, min({'abcd'[kinds.index('int')]}, 90))"
    return "3 + len(a) * 4" if kinds else 7


TERMS: Final = (
    Terms("cheap", lambda number, s: number % 3),
    Terms("dear", lambda number, s: 40 + number % 7),
    Terms("by size", _by_size),
    Terms("sized", lambda number, s: 1, size="20"),
    Terms("effects", lambda number, s: 1, effects=("clock",)),
    Terms("free", lambda number, s: 0, untyped=True),
)


class Hosted:
    """A host. log: what `tell` was told. again: what the intrinsic of that name calls, unless it is running in itself twice."""

    def __init__(self) -> None:
        self.module = ModuleType("agreement.hosted")
        self.scope = self.module.__dict__
        exec(CODE, self.scope)
        self.scope["other"] = lambda a: a + 20
        self.log: list[tuple[str, Any]] = []
        self.again: Callable[[int], Any] = lambda n: n
        self.inside = 0
        self.functions = {row.name: self.scope[row.name] for row in ROWS}
        self.functions |= {"tell": self._tell, "poke": self._poke, "again": self._again}

    def happen(self, event: str) -> None:
        """Let an event happen, if it can."""
        try:
            exec(event, self.scope)
        except (NameError, KeyError, AttributeError, ValueError, TypeError):
            return

    def _tell(self, value: Any) -> None:
        self.log.append(("tell", (copied(value),)))

    def _again(self, n: int) -> Any:
        if self.inside == 2:
            return n
        self.inside += 1
        try:
            return self.again(n)
        finally:
            self.inside -= 1

    def _poke(self, n: int) -> int:
        event = EVENTS[n % len(EVENTS)]
        self.log.append(("poke", (event,)))
        self.happen(event)
        return n


EXTERNS: Final = {
    row.name: Extern(uuid5(NAMESPACE_OID, row.name).bytes, written(row.params, row.results), row.name, "hosted", "1")
    for row in (*ROWS, *OWN_ROWS)
}  # fmt: skip
"""The intrinsics, as programs import them."""


class Table(NoHosts):
    """The functions of a host under some conditions."""

    def __init__(self, host: Hosted, terms: Terms) -> None:
        self.table: dict[bytes, Offer] = {}
        for number, (name, extern) in enumerate(EXTERNS.items()):
            s = extern.signature
            names = [p.name for p in s.params]
            kinds = {t.kind for t in s.results} & {"int", "bool", "none"}
            size = None if terms.size is None or kinds else Formula(terms.size, names)
            function = host.functions[name]
            self.table[extern.uuid] = Offer(
                extern.uuid, f"{name} of {terms.name}", None if terms.untyped else s,
                Formula(terms.cost(number, s), names), size, terms.effects, not terms.effects and name not in REPLACED,
                None, None, terms.name, "1",
                lambda function=function: function,
            )  # fmt: skip

    def offers(self, uuid: bytes) -> Sequence[Offer]:
        found = self.table.get(uuid)
        return () if found is None else (found,)
