"""The hand-made host of the agreement suite: intrinsics of every behaviour, and a log of what they were asked.

Takes nothing; gives a `Host`, a `HostTable` whose functions are closures over it (closures are never folded), and beside
them the foldable ones of foldable.py, which log nothing. `reset` before each run. What an intrinsic does depends on its
arguments and on what it was asked since the reset, on nothing else. Some raise, some give what their signature does not
allow, some change or keep the containers they are given: on purpose.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from agreement.foldable import FOLDABLE
from agreement.values import copied
from vcvm_core.bytecode import Extern
from vcvm_core.link import Offer, PackState, Provider
from vcvm_core.values import Formula, Param, Signature, parse_type, signature_of


class Text(str):
    """A string that is none."""

    __slots__ = ()


class Whole(int):
    """An integer that is none."""


class Row(NamedTuple):
    """An intrinsic: its signature as text, what it costs, how large its result gets, and what it does."""

    name: str
    params: str
    results: str
    cost: str | int
    size: str | None
    body: Callable[..., Any]


def _raising(host: Any, n: int) -> Any:
    kinds: dict[int, type[BaseException]] = {
        1: ValueError, 2: KeyError, 3: IndexError, 4: RecursionError, 5: MemoryError, 6: StopIteration, 7: SystemExit,
        8: ZeroDivisionError, 9: AssertionError, 11: GeneratorExit,
    }  # fmt: skip
    if n in kinds:
        raise kinds[n](f"asked for {n}")
    return n


def _wrong(host: Any, n: int) -> Any:
    return {
        0: True, 1: 1 << 63, 2: -(1 << 70), 3: 1.0, 4: "x", 5: None, 6: Whole(3), 7: (1,), 8: [1], 63: object(), -1: b"",
    }.get(n, n)  # fmt: skip


def _text(host: Any, n: int) -> Any:
    return {0: "", 1: "\ud800", 2: Text("x"), 3: b"x", 4: "é" * 5, 5: "x" * 3_000, 6: None}.get(n, "ok")


def _items(host: Any, n: int) -> Any:
    found: dict[int, Any] = {1: [1, "x"], 2: [[]], 3: (1, 2), 4: {}, 5: [1 << 70], 6: list(range(2_000)), 7: None}
    return found.get(n, [n, 1, 2])


def _table(host: Any, n: int) -> Any:
    found: dict[int, Any] = {1: {"n": "x"}, 2: {1: 2}, 3: [], 6: {str(i): i for i in range(1_500)}}
    return found.get(n, {"n": n, "a": 1})


def _record(host: Any, n: int) -> Any:
    found: dict[int, Any] = {1: {"n": 1}, 2: {"n": "x", "s": "y"}, 3: {"n": 1, "s": "y", "more": 2}, 4: [], 5: {}}
    return found.get(n, {"n": n, "s": "s"})


def _any(host: Any, n: int) -> Any:
    found: dict[int, Any] = {
        0: None, 1: 1 << 63, 2: "\ud800", 3: (), 4: 1.5, 5: [1, [2]], 6: {"n": 1, "s": "t"}, 7: object(), 8: True,
        9: UUID(int=9), 10: b"x", 63: "ß",
    }  # fmt: skip
    return found.get(n, n)


def _deep(host: Any, n: int) -> Any:
    """A list of lists, wrong below the outside, large, shared, or endless."""
    inner: list[Any] = [n]
    if n == 5:
        inner.append(inner)
    found: dict[int, Any] = {
        1: [[1], ["x"]], 2: [[1 << 70]], 3: [[1], (2,)], 4: [inner] * 300, 6: [[], [object()]], 7: [["é" * 900] * 9],
        8: [list(range(40))] * 3, 63: [["y" * 3_000] for _ in range(60)],
    }  # fmt: skip
    return found.get(n, [inner, [1]])


def _mixed(host: Any, n: int) -> Any:
    """A map of anything with what is nothing of the machine's somewhere in it."""
    found: dict[int, Any] = {
        1: {"a": [object()]}, 2: {"a": {3: 4}}, 3: {"a/b": {"~": Text("x")}}, 4: {"\ud800": 1}, 5: {"a": ["\ud800"]},
        6: {"a": 1 << 64}, 7: {"a": {"b": [1, {"c": range(3)}]}}, 8: {"k" * 900: 1}, 63: {"a": [[[b"x" * 1_900] * 50] * 3]},
    }  # fmt: skip
    return found.get(n, {"n": [n, "é", None, 1.5, {"m": n & 1 == 0}]})


def _rows(host: Any, n: int) -> Any:
    """Records in a list, with ints where floats are declared, fields that are missing, and some that are not declared."""
    one: dict[str, Any] = {"x": n, "s": None}
    found: dict[int, Any] = {
        1: [{"x": "1", "s": None}], 2: [{"x": 1.5}], 3: [one, {"x": 2**53 + 1, "s": None}], 4: [{**one, "o": object()}],
        5: [{"x": 1, "s": "\ud800"}], 6: [one] * 90, 7: [one, None], 8: [{"x": 1 << 70, "s": ""}],
    }  # fmt: skip
    return found.get(n, [one, {"x": 0.5, "s": "é"}, one])


def _longer(host: Any, text: str, n: int) -> Any:
    """What is declared to be as long as a text, and may be longer."""
    return text + "xyé"[: n & 3] if n & 4 else text[: n & 3]


def _pair(host: Any, n: int) -> Any:
    found: dict[int, Any] = {1: (1,), 2: [1, "x"], 3: None, 4: ("x", 1), 5: (1, "x", 2), 6: (1 << 64, "x")}
    return found.get(n, (n, "é" if n & 1 else "e"))


def _nothing(host: Any, n: int) -> Any:
    found: dict[int, Any] = {1: (), 2: 0, 3: [], 4: (None,)}
    return found.get(n)


def _grow(host: Any, items: list[Any], n: int) -> Any:
    items.append(n)
    return len(items)


def _keep(host: Any, items: list[Any]) -> Any:
    host.kept = items
    return len(items)


def _poke(host: Any, n: int) -> Any:
    if host.kept is None:
        return 0
    if n & 1 or not host.kept:
        host.kept.append(n)
    else:
        host.kept[0] = n
    return len(host.kept)


def _rename(host: Any, record: dict[str, Any], n: int) -> Any:
    """Change a record that the program holds, also into none."""
    if n == 3:
        record.pop("n", None)
    else:
        record["n"] = n if n != 4 else "x"
    return n


def _counter(host: Any) -> Any:
    host.count += 1
    return host.count


ROWS: Final[tuple[Row, ...]] = (
    Row("add", "int, int", "int", 1, None, lambda host, a, b: a + b if -(2**60) < a + b < 2**60 else 0),
    Row("free", "int", "int", 0, None, lambda host, a: a),
    Row("dear", "int", "int", 23, None, lambda host, a: ~a),
    Row("tell", "any", "none", 1, None, lambda host, a: None),
    Row("ask", "int", "bool", 1, None, lambda host, a: a & 1 == 0),
    Row("count", "", "int", 2, None, _counter),
    Row("raising", "int", "int", 1, None, _raising),
    Row("wrong", "int", "int", 1, None, _wrong),
    Row("wrong_text", "int", "string", 1, None, _text),
    Row("wrong_items", "int", "list<int>", 1, None, _items),
    Row("wrong_table", "int", "map<int>", 1, None, _table),
    Row("wrong_record", "int", "{n: int, s: string}", 1, None, _record),
    Row("wrong_any", "int", "any", 1, None, _any),
    Row("wrong_float", "int", "float", 1, None, lambda host, n: n),
    Row("wrong_bool", "int", "bool", 1, None, lambda host, n: n if n == 1 else n > 1),
    Row("wrong_none", "int", "none", 1, None, lambda host, n: None if n else 0),
    Row("maybe_int", "int", "int?", 1, None, lambda host, n: None if n & 1 else n if n < 2**40 else "x"),
    Row("maybe_text", "int", "string?", 1, None, lambda host, n: None if n & 1 else "é" * min(abs(n), 50)),
    Row("pair", "int", "int; string", 1, None, _pair),
    Row("triple", "any", "any; list<int>; bool", 3, None, lambda host, a: (a, [1], type(a) is int)),
    Row("nothing", "int", "", 1, None, _nothing),
    Row("weigh", "list<int>", "int", "1 + len(a)", None, lambda host, a: len(a)),
    Row("weigh_text", "string, int", "int", "len(a) * b // 2", None, lambda host, a, b: len(a)),
    Row("free_or_dear", "int", "int", "max(0, a) - 3", None, lambda host, a: a),
    Row("heavy_any", "any", "int", "1 + len(a)", None, lambda host, a: 1),
    Row("heavy_texts", "list<string>", "int", "total(a) // 2", None, lambda host, a: len(a)),
    Row("counting", "string, string", "int", "count(a, b) * 3 + len(b)", None, lambda host, a, b: a.count(b)),
    Row("quotient", "int, int", "int", "a // b", None, lambda host, a, b: a),
    Row("difference", "int, list<int>", "int", "min(a - len(b), 50)", None, lambda host, a, b: len(b)),
    Row("repeat", "string, int", "string", "1 + len(a) * b", "len(a) * b", lambda host, s, n: s * min(n, 5_000)),
    Row("too_much", "string", "string", 1, "1", lambda host, s: s * 3),
    Row("span", "int", "list<int>", "1 + a // 4", "a", lambda host, n: list(range(min(n, 3_000)))),
    Row("parts", "string", "list<string>", "1 + len(a)", "len(a)", lambda host, s: list(s)),
    Row("sized_any", "int", "any", 1, "2", lambda host, n: [n, "x" * 7] if n & 1 else n),
    Row("sized_map", "int", "map<any>", 1, "a", lambda host, n: {str(i): i for i in range(min(max(n, 0), 300))}),
    Row("deep", "int", "list<list<int>>", 1, None, _deep),
    Row("sized_deep", "int", "list<list<int>>", 1, "max(2, a)", _deep),
    Row("mixed", "int", "map<any>", 1, None, _mixed),
    Row("sized_mixed", "int", "map<any>", 1, "1", _mixed),
    Row("any_mixed", "int", "any", 2, None, lambda host, n: (_mixed, _deep, _rows)[n % 3](host, n)),
    Row("rows", "int", "list<{x: float, s: string?}>", 1, None, _rows),
    Row("sized_rows", "int", "list<{x: float, s: string?}>", 1, "3", _rows),
    Row("a_row", "int", "{x: float, s: string?}", 1, "0", lambda host, n: _rows(host, n)[0]),
    Row("floats", "int", "list<float>", 1, "3", lambda host, n: [n, 1, 0.5, True][: 3 + (n == 5)]),
    Row("longer", "string, int", "string", 1, "len(a)", _longer),
    Row("longer_bytes", "string, int", "bytes", 1, "len(a)", lambda host, s, n: s.encode()),
    Row(
        "longer_maybe", "string, int", "string?", 1, "len(a)", lambda host, s, n: None if n & 8 else _longer(host, s, n)
    ),
    Row("longer_list", "list<int>, int", "list<int>", 1, "len(a)", lambda host, a, n: [*a, n] if n & 1 else a),
    Row("longer_any", "any, int", "any", 1, "3", lambda host, a, n: [a, a, a, a] if n & 1 else a),
    Row("longer_one", "list<T>, T", "T", 1, "len(a)", lambda host, a, x: x),
    Row("several", "string, int", "string; list<int>; any", 1, "2", lambda host, s, n: (s, [n] * (n & 3), [[s]])),
    Row(
        "texts",
        "int",
        "list<string>",
        1,
        "3",
        lambda host, n: ["é" * 700, "y" * max(0, min(n, 9_000)), "\ud800"][: n & 3],
    ),
    Row("bytes_of", "string", "bytes", "1", "len(a) * 4", lambda host, s: s.encode()),
    Row("head", "list<T>, T", "T", 1, None, lambda host, a, x: a[0] if a else x),
    Row("identity", "T", "T", 1, None, lambda host, x: x),
    Row("boxed", "T, T", "list<T>", 1, None, lambda host, a, b: [a, b]),
    Row("perhaps", "list<T>", "T?", 1, None, lambda host, a: a[-1] if a else None),
    Row("same_list", "list<int>", "list<int>", 1, None, lambda host, a: a),
    Row("grow", "list<int>, int", "int", 2, None, _grow),
    Row("keep", "list<int>", "int", 1, None, _keep),
    Row("poke", "int", "int", 1, None, _poke),
    Row("rename", "{n: int, s: string}, int", "int", 1, None, _rename),
)


def written(params: str, results: str) -> Signature:
    """A signature from text: parameters with commas between them, results with semicolons."""
    found, depth = [""], 0
    for c in params:
        depth += (c in "<{") - (c in ">}")
        if c == "," and not depth:
            found.append("")
        else:
            found[-1] += c
    types = [parse_type(part.strip()) for part in found if part.strip()]
    named = tuple(Param("abcdef"[i], t) for i, t in enumerate(types))
    return Signature(named, tuple(parse_type(part.strip()) for part in results.split(";") if part))


class Host:
    """The host. log: what the logging intrinsics were asked since the reset, with copies of their arguments."""

    def __init__(self) -> None:
        self.log: list[tuple[str, Any]] = []
        self.kept: Any = None
        self.count = 0
        self.table: dict[bytes, Offer] = {}
        self.externs: list[Extern] = []
        """The logging ones."""
        self.foldable: list[Extern] = []
        for number, row in enumerate(ROWS):
            signature = written(row.params, row.results)
            self._offer(0xA000 + number, row.name, signature, row.cost, row.size, self._logged(row), self.externs)
        for number, function in enumerate(FOLDABLE):
            cost: str | int = number % 4
            signature = signature_of(function)
            if function.__name__ == "size_of":
                cost = "1 + len(items) // 2"
            self._offer(0xF000 + number, function.__name__, signature, cost, None, function, self.foldable)

    def _offer(
        self,
        number: int,
        name: str,
        signature: Signature,
        cost: str | int,
        size: str | None,
        function: Any,
        to: list[Extern],
    ) -> None:
        uuid = UUID(int=number).bytes
        names = [p.name for p in signature.params]
        formula = None if size is None else Formula(size, names)
        self.table[uuid] = Offer(
            uuid,
            name,
            signature,
            Formula(cost, names),
            formula,
            (),
            True,
            None,
            None,
            "agreement",
            "1",
            lambda: function,
        )
        to.append(Extern(uuid, signature, name, "agreement", "1"))

    def _logged(self, row: Row) -> Callable[..., Any]:
        def intrinsic(*arguments: Any) -> Any:
            self.log.append((row.name, tuple(map(copied, arguments))))
            return row.body(self, *arguments)

        return intrinsic

    def reset(self) -> None:
        """Forget everything."""
        self.log, self.kept, self.count = [], None, 0

    # The table, as a linker asks it

    def offers(self, uuid: bytes) -> Sequence[Offer]:
        found = self.table.get(uuid)
        return () if found is None else (found,)

    def successors(self, uuid: bytes) -> Sequence[Offer]:
        return ()

    def providers(self, uuid: bytes) -> Sequence[Provider]:
        return ()

    def pack(self, name: str) -> PackState | None:
        return None
