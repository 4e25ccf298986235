"""Tapes: what intrinsics gave in a run, in a file that anyone may have written.

Takes rows of intrinsics and calls; gives bytes, and a `Tape` back. The form is JSON lines, ASCII: people read a tape, compare
two, and take one into a review. It is written whole, when the run has ended, however it ended:

    {"tape": "vcvm", "schema": 1, "program": its digest in hex, see `program_digest`, empty if unknown}
    {"uuid": text, "name": ..., "signature": text or null, "cost": formula, "size": formula or null, "effects": [...],
     "deterministic": bool, "pack": ..., "version": ...}                                       a row for each intrinsic
    {"call": number of the row, from 0, "key": SHA-256 of the arguments in hex, and one of:
     "gives": value, see `coding` | "raises": [class, text] | "lost": why there is no result}  a line for each call
    {"end": number of calls, "complete": whether there were no more}

Rows stand before the first call. Calls of one intrinsic with one key are in the order of the run; a pure one has only one.
Refuses, with every line that is wrong up to `REPORTED`, whatever has another form, more than `TAPE_BYTES`, `LINES` or
`LINE_BYTES`, one key twice, NaN, integers beyond 64 bits, a UUID twice, a second call of a pure intrinsic with the same key,
or no last line. Of a call its line is kept and read again when it is needed: what small text can make large is never there
all at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple, NoReturn
from uuid import UUID

from vcvm_core.bytecode import Module, content_hash, encode
from vcvm_core.errors import Diagnostic, Place, clean, refusal
from vcvm_core.hosting.coding import Malformed, decode, named
from vcvm_core.link import Offer
from vcvm_core.values import INT_MAX, INT_MIN, BadFormula, BadType, Formula, Signature, parse_signature

SCHEMA: Final = 1
TAPE_BYTES: Final = 64 << 20
"""The largest tape."""
LINES: Final = 1_000_000
"""The most rows and calls of a tape."""
LINE_BYTES: Final = 8 << 20
"""The longest line."""
REPORTED: Final = 20
TEXT: Final = 200
"""The most characters of a name, a version, an effect, the text of what was raised."""
SIGNATURE: Final = 65_536

_HEX: Final = re.compile(r"[0-9a-f]{64}\Z")
_ROW: Final = ("uuid", "name", "signature", "cost", "size", "effects", "deterministic", "pack", "version")
_OUTCOMES: Final[tuple[str, ...]] = ("gives", "raises", "lost")


class TapeRow(NamedTuple):
    """An intrinsic whose calls a tape has; what an `Offer` says of it."""

    uuid: bytes
    name: str
    signature: Signature | None
    cost: Formula
    size: Formula | None
    effects: tuple[str, ...]
    deterministic: bool
    pack: str
    version: str

    @property
    def pure(self) -> bool:
        """Whether equal arguments have one result."""
        return not self.effects and self.deterministic


class TapeCall(NamedTuple):
    """A call. row: number of the intrinsic. key: of its arguments, 32 bytes. outcome: "gives", "raises" or "lost". text: its
    line."""

    row: int
    key: bytes
    outcome: str
    text: bytes

    def data(self) -> Any:
        """What stands behind the outcome; made anew each time."""
        return data_of(self.text)[self.outcome]


class Tape(NamedTuple):
    """A recorded run. program: its digest, empty if unknown. complete: whether it has every call."""

    program: bytes
    rows: tuple[TapeRow, ...]
    calls: tuple[TapeCall, ...]
    complete: bool

    def encode(self) -> bytes:
        """The tape as the bytes of a file."""
        lines = [line({"tape": "vcvm", "schema": SCHEMA, "program": self.program.hex()}), *map(_row_line, self.rows)]
        lines += [call.text for call in self.calls]
        lines.append(line({"end": len(self.calls), "complete": self.complete}))
        return b"".join(lines)


def program_digest(module: Module) -> bytes:
    """What a tape remembers of a program: the SHA-256 of its bytes without lines, and without what the packs were called
    that it was compiled against. So it is that of a source text, too, whatever is installed."""
    externs = tuple(x._replace(name="", pack="", version="") for x in module.externs)
    return content_hash(encode(module._replace(externs=externs, debug=None)))


def row_of(offer: Offer) -> TapeRow:
    """The row of an offer."""
    facts = (offer.cost, offer.size, offer.effects, offer.deterministic, offer.pack[:TEXT], offer.version[:TEXT])
    return TapeRow(offer.uuid, offer.name[:TEXT] or "?", offer.signature, *facts)


def line(data: dict[str, Any]) -> bytes:
    """One line."""
    from json import dumps

    return dumps(data, separators=(",", ":"), allow_nan=False).encode("ascii") + b"\n"


def call_of(row: int, key: bytes, outcome: str, data: Any) -> TapeCall:
    """A call and its line."""
    return TapeCall(row, key, outcome, line({"call": row, "key": key.hex(), outcome: data}))


def _row_line(row: TapeRow) -> bytes:
    data = row._asdict()
    data.update(
        uuid=str(UUID(bytes=row.uuid)),
        signature=None if row.signature is None else str(row.signature),
        cost=str(row.cost.text),
        size=None if row.size is None else str(row.size.text),
        effects=list(row.effects),
    )
    return line(data)


def decode_tape(data: bytes, file: str = "") -> Tape:
    """The tape that `data` spells. file: what to call it in errors. Raises FileError (bad-tape), with all that is wrong."""
    return _Reader(file).read(data)


class _Refused(Exception):
    """The tape cannot be read any further."""


class _Reader:
    def __init__(self, file: str) -> None:
        self.file, self.problems = file, list[Diagnostic]()
        self.rows: list[TapeRow] = []
        self.calls: list[TapeCall] = []
        self.known: set[bytes] = set()
        self.answered: set[tuple[int, bytes]] = set()

    def read(self, data: bytes) -> Tape:
        program, complete = b"", False
        try:
            lines = self.lines(data)
            program = self.head(lines[0])
            for number, text in enumerate(lines[1:-1], 2):
                self.attempt(number, self.entry, text)
            complete = self.end(len(lines), lines[-1])
        except _Refused:
            pass
        if self.problems:
            raise refusal(self.problems)
        return Tape(program, tuple(self.rows), tuple(self.calls), complete)

    def refuse(self, number: int | None, reason: str) -> NoReturn:
        self.say(number, reason)
        raise _Refused

    def say(self, number: int | None, reason: str) -> None:
        place = Place(file=self.file or None, line=number)
        self.problems.append(Diagnostic("bad-tape", place, {"path": self.file or "it", "reason": clean(reason, TEXT)}))
        if len(self.problems) >= REPORTED:
            raise _Refused

    def attempt(self, number: int, read: Callable[[dict[str, Any], bytes], None], text: bytes) -> None:
        try:
            read(data_of(text), text)
        except (Malformed, BadType, BadFormula) as e:
            self.say(number, str(e))

    def lines(self, data: bytes) -> list[bytes]:
        if len(data) > TAPE_BYTES:
            self.refuse(None, f"it has more than {TAPE_BYTES} bytes")
        if not data.startswith(b'{"tape":"vcvm"'):
            self.refuse(1, "it does not begin like a tape")
        if not data.endswith(b"\n"):
            self.refuse(data.count(b"\n") + 1, "it ends inside a line")
        if data.count(b"\n") > LINES + 2:
            self.refuse(None, f"it has more than {LINES} lines")
        if not data.isascii():
            self.refuse(None, "it is not ASCII")
        return data[:-1].split(b"\n")

    def head(self, text: bytes) -> bytes:
        try:
            data = data_of(text)
            if data.keys() != {"tape", "schema", "program"}:
                raise Malformed("the first line has the keys tape, schema and program")
            if type(data["schema"]) is not int or data["schema"] != SCHEMA:
                raise Malformed(f"its schema is {clean(data['schema'], 20)}; this vcvm reads schema {SCHEMA}")
            program = data["program"]
            if type(program) is not str or (program and not _HEX.match(program)):
                raise Malformed("program is no SHA-256 in hex")
            return bytes.fromhex(program)
        except Malformed as e:
            self.refuse(1, str(e))

    def end(self, number: int, text: bytes) -> bool:
        try:
            data = data_of(text)
            if data.keys() != {"end", "complete"}:
                raise Malformed("the last line is missing: the file was cut")
            if type(data["end"]) is not int or type(data["complete"]) is not bool:
                raise Malformed("end is a number of calls, complete is true or false")
            if not self.problems and data["end"] != len(self.calls):
                raise Malformed(f"it has {len(self.calls)} calls, its last line says {data['end']}")
            return data["complete"]
        except Malformed as e:
            self.refuse(number, str(e))

    def entry(self, data: dict[str, Any], text: bytes) -> None:
        if "call" in data:
            self.calls.append(self.call(data, text))
        elif self.calls:
            raise Malformed("behind the first call there are only calls")
        else:
            self.rows.append(self.row(data))

    def row(self, data: dict[str, Any]) -> TapeRow:
        if data.keys() != set(_ROW):
            raise Malformed(f"an intrinsic has the keys {', '.join(_ROW)}")
        texts = {n: data[n] for n in ("uuid", "name", "cost", "pack", "version")}
        if any(type(t) is not str or len(t) > 500 for t in texts.values()) or type(data["deterministic"]) is not bool:
            raise Malformed("a field of an intrinsic is of another type, or too long")
        uuid = _uuid(data["uuid"])
        if uuid in self.known:
            raise Malformed(f"{data['uuid']} stands twice")
        if not data["name"] or len(data["pack"]) > TEXT or len(data["version"]) > TEXT:
            raise Malformed("a name is empty or too long")
        effects = data["effects"]
        if type(effects) is not list or len(effects) > 100 or any(type(e) is not str or len(e) > TEXT for e in effects):
            raise Malformed("effects are a list of words")
        signature, size = data["signature"], data["size"]
        if (signature is not None and type(signature) is not str) or (size is not None and type(size) is not str):
            raise Malformed("signature and size are texts or null")
        if signature is not None and len(signature) > SIGNATURE:
            raise Malformed(f"a signature has more than {SIGNATURE} characters")
        parsed = None if signature is None else parse_signature(signature)
        params = [] if parsed is None else [p.name for p in parsed.params]
        cost = Formula(data["cost"], params)
        self.known.add(uuid)
        return TapeRow(
            uuid,
            data["name"],
            parsed,
            cost,
            None if size is None else Formula(size, params),
            tuple(effects),
            data["deterministic"],
            data["pack"],
            data["version"],
        )

    def call(self, data: dict[str, Any], text: bytes) -> TapeCall:
        outcome = next((o for o in _OUTCOMES if o in data), "")
        row, key = data["call"], data.get("key")
        if data.keys() != {"call", "key", outcome} or type(key) is not str or not _HEX.match(key):
            raise Malformed("a call has the keys call, key (a SHA-256 in hex), and one of gives, raises and lost")
        if type(row) is not int or not 0 <= row < len(self.rows):
            raise Malformed(f"there is no intrinsic {clean(row, 20)}")
        found, inner = TapeCall(row, bytes.fromhex(key), outcome, text + b"\n"), data[outcome]
        if self.rows[row].pure:
            if (row, found.key) in self.answered:
                raise Malformed(f"a second call of {clean(self.rows[row].name)} with the same key, which is pure")
            self.answered.add((row, found.key))
        if outcome == "gives":
            try:
                decode(inner)
            except RecursionError:
                raise Malformed("a value is nested too deep") from None
        elif outcome == "raises":
            if type(inner) is not list or len(inner) != 2 or any(type(t) is not str for t in inner):
                raise Malformed("raises is [class, text]")
            named(inner[0])
        elif type(inner) is not str:
            raise Malformed("lost is a text")
        return found


def data_of(text: bytes) -> dict[str, Any]:
    """The object in a line. Raises Malformed."""
    from json import JSONDecodeError, loads

    if len(text) > LINE_BYTES:
        raise Malformed(f"a line has more than {LINE_BYTES} bytes")
    hooks: dict[str, Any] = {"parse_int": _int, "parse_float": _float, "parse_constant": _constant}
    try:
        found = loads(text.decode("ascii"), object_pairs_hook=_object, **hooks)
    except JSONDecodeError as e:
        raise Malformed(f"column {e.colno} is not JSON: {e.msg}") from None
    except RecursionError:
        raise Malformed("a value is nested too deep") from None
    if type(found) is not dict:
        raise Malformed("it is no object")
    return found


def _uuid(text: str) -> bytes:
    try:
        found = UUID(text)
    except ValueError:
        found = UUID(int=0)
    if not found.int or str(found) != text:
        raise Malformed(f"'{clean(text, 40)}' is no UUID in its usual form")
    return found.bytes


def _object(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise Malformed(f"the key {clean(key, 40)} stands twice")
        found[key] = value
    return found


def _int(text: str) -> int:
    # Long ones take quadratic time.
    value = int(text) if len(text) <= 20 else INT_MAX + 1
    if not INT_MIN <= value <= INT_MAX:
        raise Malformed("an integer is beyond 64 bits")
    return value


def _float(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise Malformed("a number is beyond the range of floats")
    return value


def _constant(text: str) -> NoReturn:
    raise Malformed(f"{text} is no number of JSON")
