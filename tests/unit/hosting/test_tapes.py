"""Tapes: what is kept, that a replay gives it back, what a replay says when it cannot, and that no file is believed."""

from __future__ import annotations

import json
import math
import random
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest

from unit.link.offers import Table, identity, offer
from vcvm_core import VM, FileError, IntrinsicError, LinkError, PackError, Program
from vcvm_core.asm import assemble
from vcvm_core.errors import Unanswered
from vcvm_core.hosting import Recorder, Replay, Tape, decode_tape
from vcvm_core.hosting.coding import Encoder, Unkept, decode, digest
from vcvm_core.hosting.tape import TAPE_BYTES
from vcvm_core.link import NoHosts

TIERS = ("auto", "compiled", "interpreter")
each_tier = pytest.mark.parametrize("tier", TIERS)

TEXT = f"""
extern ticked(int) -> int = "{identity("ticked")}"
extern double(int) -> int = "{identity("double")}"
extern plain(int) -> int = "{identity("plain")}"
func main(n: int) -> (int, int, int)
    call $ticked($n)
    call $double($n)
    call $plain($n)
    ret
end
"""


class World:
    """A host: a clock that goes on at each call, a pure function of a pack, and one of the standard pack."""

    def __init__(self) -> None:
        self.time = 0
        self.called: list[str] = []

        def ticked(n: int) -> int:
            self.called.append("ticked")
            self.time += n
            if self.time == 13:
                raise OSError("the clock is broken")
            return self.time

        def double(n: int) -> int:
            self.called.append("double")
            return 2 * n

        def plain(n: int) -> int:
            self.called.append("plain")
            return -n

        self.table = Table(
            [
                offer("ticked", effects=("clock",), deterministic=False, load=lambda: ticked),
                offer("double", load=lambda: double),
                offer("plain", pack="vcvm", load=lambda: plain),
            ]
        )


def load(hosts: Any, tier: Any = "auto", allow: tuple[str, ...] = (), text: str = TEXT) -> Program:
    return VM(hosts=hosts, tier=tier, allow=allow).load_module(assemble(text, {}, "rule.vasm"))


def recorded(*arguments: int, tier: Any = "auto") -> tuple[list[Any], Tape, World]:
    """What calls of the program gave, the tape of them, and the world."""
    world = World()
    recorder = Recorder(world.table)
    program = load(recorder, tier, ("clock",))
    results = [outcome(program, n) for n in arguments]
    return results, decode_tape(recorder.tape(bytes(32)).encode()), world


def outcome(program: Program, *arguments: Any) -> Any:
    """How a call ended: its result or its error, and its fuel."""
    run = program.measure("main", *arguments)
    return run.result if run.error is None else run.error.to_data(), run.fuel


# Recording and replaying


@each_tier
def test_a_replay_gives_what_was_recorded(tier: str) -> None:
    """Results in their order, errors and fuel are the same; nothing is called but the standard pack."""
    results, tape, _ = recorded(5, 5, 3, 5, tier=tier)
    assert [r for r, _ in results][:2] == [(5, 10, -5), (10, 10, -5)]
    assert results[2][0][0]["code"] == "VC601"
    world = World()
    replay = Replay(tape, world.table)
    program = load(replay, tier)
    assert [outcome(program, n) for n in (5, 5, 3, 5)] == results
    assert set(world.called) == {"plain"}
    assert replay.left == 0
    replay.rewind()
    assert outcome(program, 5) == results[0]


def test_what_is_kept() -> None:
    """Every call of what is not pure, one call for each argument of what is pure, none of the standard pack."""
    _, tape, world = recorded(5, 5, 1)
    assert [row.name for row in tape.rows] == ["ticked", "double"]
    assert [call.row for call in tape.calls] == [0, 1, 0, 0, 1]
    assert world.called.count("double") == 3
    assert (tape.complete, tape.program) == (True, bytes(32))


def test_a_pure_call_is_answered_as_often_as_it_is_asked() -> None:
    """It was recorded once."""
    _, tape, _ = recorded(2)
    text = TEXT.replace("call $ticked($n)\n", "call $double($n)\n")
    assert load(Replay(tape, World().table), text=text).call("main", 2) == (4, 4, -2)


def test_effects_need_no_permission() -> None:
    """Nothing real happens in a replay."""
    with pytest.raises(LinkError):
        load(World().table)
    _, tape, _ = recorded(2)
    assert load(Replay(tape, World().table)).call("main", 2) == (2, 4, -2)


def test_a_tape_can_be_written_at_any_time() -> None:
    """Also of a run that failed: what was called until then is there."""
    results, tape, _ = recorded(13)
    assert results[0][0][0]["code"] == "VC601"
    assert [(tape.rows[c.row].name, c.outcome, c.data()) for c in tape.calls] == [
        ("ticked", "raises", ["OSError", "the clock is broken"])
    ]


# What a tape does not know


@each_tier
def test_an_unknown_call(tier: str) -> None:
    """It ends the run with its own error: what was called, with what, where, and why the tape has no answer."""
    _, tape, _ = recorded(5)
    program = load(Replay(tape, World().table), tier)
    with pytest.raises(Unanswered) as caught:
        program.call("main", 6)
    e = caught.value
    assert (e.code, e.kind) == ("VC736", "not-on-tape")
    assert e.facts == {
        "name": "ticked", "uuid": str(identity("ticked")), "arguments": "6", "reason": "the tape has no such call",
    }  # fmt: skip
    assert (e.place.function, e.place.instruction, e.place.line) == ("main", 1, 6)
    assert isinstance(e, IntrinsicError)


def test_one_call_more() -> None:
    """As often as it was recorded, and not once more."""
    _, tape, _ = recorded(5, 5)
    program = load(Replay(tape, World().table))
    program.call("main", 5), program.call("main", 5)
    with pytest.raises(Unanswered, match="the tape has 2 such calls"):
        program.call("main", 5)


def test_what_is_left() -> None:
    """A replay knows how many calls nobody asked for."""
    _, tape, _ = recorded(5, 5, 2)
    replay = Replay(tape, World().table)
    load(replay).call("main", 5)
    assert replay.left == 3


def test_arguments_are_cut() -> None:
    """An error holds no more of a program's values than can be shown."""
    text = (
        f'extern sized(string) -> int = "{identity("sized")}"\nfunc main(t: string) -> int\n call $sized($t)\n ret\nend'
    )
    recorder = Recorder(Table([offer("sized", "(t: string) -> int", load=lambda: len)]))
    assert load(recorder, text=text).call("main", "x") == 1
    with pytest.raises(Unanswered) as caught:
        load(Replay(recorder.tape(), NoHosts()), text=text).call("main", "y" * 100_000)
    assert len(str(caught.value)) < 500


def test_a_standard_intrinsic_with_effects_is_not_called() -> None:
    """What the tape does not have of it is unknown, not real."""
    called: list[int] = []
    table = Table([offer("ticked", effects=("clock",), pack="vcvm", load=lambda: called.append)])
    text = TEXT.replace("    call $double($n)\n    call $plain($n)\n", "").replace("(int, int, int)", "int")
    text = "\n".join(line for line in text.split("\n") if not line.startswith(("extern double", "extern plain")))
    program = load(Replay(Tape(b"", (), (), True), table), text=text)
    with pytest.raises(Unanswered, match="the tape has no calls of it"):
        program.call("main", 1)
    assert called == []


def test_a_tape_cannot_take_the_place_of_the_standard_pack() -> None:
    """What is pure there means what it means."""
    _, tape, _ = recorded(5)
    with pytest.raises(PackError) as caught:
        Replay(tape, Table([offer("double", pack="vcvm")]))
    assert caught.value.kind == "reserved-uuid"


def test_other_packs_are_not_offered() -> None:
    """A program that imports what the tape does not have is refused when it is loaded."""
    with pytest.raises(LinkError):
        load(Replay(Tape(b"", (), (), True), World().table))


def test_what_cannot_be_kept_is_lost_and_nothing_else() -> None:
    """The run is not affected; the replay says why it has no answer."""
    deep: Any = "x"
    for _ in range(500):
        deep = [deep]
    for given, reason in ((deep, "nested too deep"), ([0] * 300_000, "too large"), ("x" * (5 << 20), "too large")):
        recorder = Recorder(Table([offer("made", "() -> any", load=lambda given=given: lambda: given)]))
        text = f'extern made() -> any = "{identity("made")}"\nfunc main() -> any\n call made\n ret\nend'
        run = load(recorder, text=text).measure("main")
        assert run.result is given or run.error is not None
        with pytest.raises(Unanswered, match=f"could not keep it: .*{reason}"):
            load(Replay(decode_tape(recorder.tape().encode()), NoHosts()), text=text).call("main")


def test_arguments_that_are_too_large() -> None:
    """The call cannot be told from others: the tape is not complete, and says so."""
    recorder = Recorder(Table([offer("sized", "(t: string) -> int", load=lambda: len)]))
    text = (
        f'extern sized(string) -> int = "{identity("sized")}"\nfunc main(t: string) -> int\n call $sized($t)\n ret\nend'
    )
    program = load(recorder, text=text)
    large = "x" * (5 << 20)
    assert program.call("main", large) == len(large)
    assert program.call("main", "x") == 1
    tape = decode_tape(recorder.tape().encode())
    assert (tape.complete, len(tape.calls)) == (False, 1)
    with pytest.raises(Unanswered, match="arguments are too large"):
        load(Replay(tape, NoHosts()), text=text).call("main", large)


def test_calls_inside_a_call_are_its_own() -> None:
    """An intrinsic that runs a program of the same table: only what it gives is kept."""
    inner: list[Program] = []

    def outer(n: int) -> int:
        return int(inner[0].call("main", n)) + 100

    text = TEXT.splitlines()[1] + "\nfunc main(n: int) -> int\n call $ticked($n)\n ret\nend"
    other = text.replace(str(identity("ticked")), str(identity("outer")))
    world = World()
    world.table.rows = [*world.table.rows, offer("outer", effects=("clock",), load=lambda: outer)]
    recorder = Recorder(world.table)
    inner.append(load(recorder, allow=("clock",), text=text))
    assert load(recorder, allow=("clock",), text=other).call("main", 5) == 105
    tape = recorder.tape()
    assert [tape.rows[c.row].name for c in tape.calls] == ["outer"]


# Values


class Text(str):
    """A string that is none."""

    __slots__ = ()


VALUES = [
    None, True, False, 0, -1, 2**63 - 1, 1.0, -0.0, 1e300, math.inf, -math.inf, "", "é\n\x00", "\ud83d\ude00", b"", b"\xff",
    UUID(int=7), [], [[], [1, [2.5, None]]], {}, {"": {"a": [b"x"]}}, {"$bytes": "x"}, {"$": 1, "b": 2}, {"b": 1, "a": 2},
    (), (1, "x"), ([1],), {1: 2, "a": 3}, {"\ud800": 1}, [1.0, 1, True],
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_values_come_back(value: Any) -> None:
    """Of the same class, equal, keys in their order; as JSON text in between."""
    data = json.loads(json.dumps(Encoder(()).encode(value), allow_nan=False))
    found = decode(data, ())
    assert repr(found) == repr(value)
    assert decode(data) is not Ellipsis


def test_what_is_no_value_comes_back_as_none_either() -> None:
    """A program that meets the error of such a result meets it again."""
    for value in (object(), Text("x"), 1 << 70, -(1 << 70), [object()]):
        found = decode(json.loads(json.dumps(Encoder(()).encode(value))), ())
        inner, other = (found[0], value[0]) if type(value) is list else (found, value)
        assert type(inner).__name__ == type(other).__name__
        assert type(inner) not in (str, list, dict)
    assert math.isnan(decode(Encoder(()).encode(math.nan), ()))


def test_what_lies_in_the_arguments_is_that() -> None:
    """A result that is an argument, or a part of one, is the same object again."""
    inner: list[Any] = [1]
    arguments = ({"a": [0, inner]}, inner)
    data = Encoder(arguments).encode([inner, arguments[0]["a"]])
    again: Any = ({"a": [0, [1]]}, [1])
    found = decode(json.loads(json.dumps(data)), again)
    assert found[0] is again[1]
    assert found[1] is again[0]["a"]


def test_digests_tell_apart() -> None:
    """What a program can tell apart has another key."""
    values = [v for v in VALUES if type(v) is not tuple]
    values += [
        [1.0, 1],
        [1, 1.0],
        "1",
        [1],
        [[1]],
        [1, 1],
        ["", "a"],
        ["a", ""],
        {"a": 1},
        b"1",
        [None],
        [[], []],
        [[[]]],
        math.nan,
    ]
    keys = [digest((v,)) for v in values] + [digest(()), digest((1, 2)), digest(([1, 2],))]
    assert len(set(keys)) == len(keys)
    assert digest(({"a": 1, "b": 2},)) != digest(({"b": 2, "a": 1},))


def test_digests_end() -> None:
    """Values that hold themselves, or one part again and again, cost no more than the largest that is kept."""
    around: list[Any] = []
    around.append(around)
    doubled: list[Any] = []
    for _ in range(60):
        doubled = [doubled, doubled]
    for value in (around, doubled, [0] * 300_000, "x" * (5 << 20)):
        with pytest.raises(Unkept):
            digest((value,))
        with pytest.raises(Unkept):
            Encoder(()).encode(value)


# Files from anyone

HEAD = '{"tape":"vcvm","schema":1,"program":""}'
END = '{"end":%d,"complete":true}'
ROW = {
    "uuid": str(identity("double")), "name": "double", "signature": "(n: int) -> int", "cost": "1", "size": None,
    "effects": ["clock"], "deterministic": True, "pack": "pack-a", "version": "1.0",
}  # fmt: skip
KEY = "ab" * 32
CALL = {"call": 0, "key": KEY, "gives": 1}


def written(*lines: Any, end: str | None = None, head: str = HEAD) -> bytes:
    """A tape of these lines."""
    texts = [line if type(line) is str else json.dumps(line) for line in lines]
    calls = sum('"call"' in text for text in texts)
    return "\n".join([head, *texts, END % calls if end is None else end, ""]).encode()


def test_a_good_tape() -> None:
    """What the mutations below begin with."""
    tape = decode_tape(written(ROW, CALL, CALL))
    assert (len(tape.rows), len(tape.calls)) == (1, 2)
    assert decode_tape(tape.encode()).encode() == tape.encode()


def giving(text: str) -> str:
    """The line of a call whose result is this text."""
    return f'{{"call":0,"key":"{KEY}","gives":{text}}}'


def changed(row: dict[str, Any], **facts: Any) -> dict[str, Any]:
    return {**row, **facts}


PURE = changed(ROW, effects=[])
REFUSED = {
    "empty": (b"", "does not begin"),
    "other": (b"{}\n", "does not begin"),
    "cut in a line": (written(ROW, CALL)[:-5], "ends inside a line"),
    "cut behind a line": (written(ROW, CALL).rsplit(b"{", 1)[0], "the last line is missing"),
    "another schema": (written(head=HEAD.replace("1", "2")), "its schema is 2"),
    "schema is a bool": (written(head=HEAD.replace("1", "true")), "its schema is True"),
    "program": (written(head=HEAD.replace('""', '"x"')), "no SHA-256"),
    "one key more": (written(head=HEAD.replace("}", ',"a":1}')), "has the keys"),
    "not ASCII": (written(ROW).replace(b"pack-a", b"p\xc3\xa9"), "not ASCII"),
    "no JSON": (written("{no}"), "column 2 is not JSON"),
    "no object": (written("[]"), "no object"),
    "one key twice": (written('{"call":0,"call":0}'), "stands twice"),
    "one key twice, deep": (written(ROW, giving('{"a":{"b":1,"b":1}}')), "stands twice"),
    "NaN": (written(ROW, giving("NaN")), "NaN"),
    "infinity": (written(ROW, giving("1e999")), "range of floats"),
    "a long integer": (written(ROW, giving("9" * 5_000)), "beyond 64 bits"),
    "deep": (written(ROW, giving("[" * 9_999 + "]" * 9_999)), "too deep"),
    "rather deep": (written(ROW, giving("[" * 300 + "]" * 300)), "too deep"),
    "wrong count": (written(ROW, CALL, end=END % 5), "its last line says 5"),
    "huge count": (written(ROW, CALL, end=END % (1 << 60)), "its last line says"),
    "negative count": (written(end=END % -1), "its last line says -1"),
    "end is no number": (written(end='{"end":true,"complete":true}'), "end is a number"),
    "a row behind a call": (written(ROW, CALL, changed(ROW, uuid=str(identity("x")))), "only calls"),
    "a field less": (written({k: v for k, v in ROW.items() if k != "size"}), "has the keys"),
    "a UUID twice": (written(ROW, ROW), "stands twice"),
    "a UUID that is none": (written(changed(ROW, uuid="x")), "no UUID"),
    "a UUID of zeros": (written(changed(ROW, uuid=str(UUID(int=0)))), "no UUID"),
    "a UUID in another form": (written(changed(ROW, uuid=identity("double").hex)), "no UUID"),
    "a UUID that is a number": (written(changed(ROW, uuid=5)), "of another type"),
    "a name that is none": (written(changed(ROW, name="")), "empty or too long"),
    "a name that is too long": (written(changed(ROW, name="x" * 9_999)), "too long"),
    "a signature": (written(changed(ROW, signature="int")), "a signature has the form"),
    "a long signature": (written(changed(ROW, signature="(" + "int, " * 99_999 + ") -> int")), "more than"),
    "a cost": (written(changed(ROW, cost="__import__")), "__import__"),
    "a cost of another parameter": (written(changed(ROW, cost="len(m)")), "m"),
    "a size": (written(changed(ROW, size="9**9**9")), "9"),
    "effects": (written(changed(ROW, effects="clock")), "list of words"),
    "effects of numbers": (written(changed(ROW, effects=[1])), "list of words"),
    "deterministic": (written(changed(ROW, deterministic=1)), "another type"),
    "a call of nothing": (written(CALL), "there is no intrinsic 0"),
    "a call below nothing": (written(ROW, changed(CALL, call=-1)), "there is no intrinsic -1"),
    "a call of a text": (written(ROW, changed(CALL, call="0")), "there is no intrinsic"),
    "a call of true": (written(ROW, ROW and changed(CALL, call=True)), "there is no intrinsic True"),
    "a key": (written(ROW, changed(CALL, key="ab")), "SHA-256"),
    "two outcomes": (written(ROW, changed(CALL, lost="x")), "one of"),
    "no outcome": (written(ROW, {"call": 0, "key": KEY}), "one of"),
    "raises": (written(ROW, {"call": 0, "key": KEY, "raises": "x"}), "[class, text]"),
    "raises what has no name": (written(ROW, {"call": 0, "key": KEY, "raises": ["", "x"]}), "1 to 200"),
    "raises a zero": (written(ROW, {"call": 0, "key": KEY, "raises": ["a\0", "x"]}), "1 to 200"),
    "lost": (written(ROW, {"call": 0, "key": KEY, "lost": 5}), "lost is a text"),
    "a mark": (written(ROW, changed(CALL, gives={"$no": 1})), "$no stands"),
    "bytes": (written(ROW, changed(CALL, gives={"$bytes": "?"})), "$bytes does not stand"),
    "a uuid": (written(ROW, changed(CALL, gives={"$uuid": "?"})), "$uuid does not stand"),
    "a float": (written(ROW, changed(CALL, gives={"$float": "1"})), "$float does not stand"),
    "a map of lists": (written(ROW, changed(CALL, gives={"$map": [[[], 1]]})), "$map does not stand"),
    "a map of ones": (written(ROW, changed(CALL, gives={"$map": [[1]]})), "$map does not stand"),
    "a path": (written(ROW, changed(CALL, gives={"$argument": [1.5]})), "positions and keys"),
    "no path": (written(ROW, changed(CALL, gives={"$argument": []})), "positions and keys"),
    "a second pure call": (written(PURE, CALL, CALL), "which is pure"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused(what: str) -> None:
    """One error of one kind, which says why, and where if a line is to blame."""
    data, says = REFUSED[what]
    with pytest.raises(FileError) as caught:
        decode_tape(data, "calls.tape")
    assert caught.value.kind == "bad-tape"
    assert says in str(caught.value)
    assert len(str(caught.value)) < 8_000


def test_all_that_is_wrong() -> None:
    """Every line that is wrong is named, up to a number."""
    with pytest.raises(FileError) as caught:
        decode_tape(written(ROW, "[]", changed(ROW, uuid="x"), CALL, changed(CALL, key="")))
    assert [d.place.line for d in caught.value.diagnostics] == [3, 4, 6]
    with pytest.raises(FileError) as caught:
        decode_tape(written(*["[]"] * 1_000))
    assert len(caught.value.diagnostics) == 20


def test_a_large_tape() -> None:
    """The size is looked at first."""
    with pytest.raises(FileError, match="more than"):
        decode_tape(bytes(TAPE_BYTES + 1))


def test_an_answer_that_does_not_fit_the_call() -> None:
    """A path that leads nowhere in the arguments, and a result of a wrong type, are errors like any other."""
    for gives, code in (({"$argument": [7]}, "VC736"), ({"$argument": ["a"]}, "VC736"), ("text", "VC602")):
        tape = decode_tape(written(ROW, changed(CALL, key=digest((1,)).hex(), gives=gives)))
        text = f'extern double(int) -> int = "{identity("double")}"\npush 1\ncall double\nhalt'
        with pytest.raises(IntrinsicError) as caught:
            load(Replay(tape, NoHosts()), text=text).call("main")
        assert caught.value.code == code


def test_damaged_tapes() -> None:
    """Bytes that were changed, cut or doubled give a tape or bad-tape, never anything else."""
    _, tape, _ = recorded(5, 5, 3)
    good = tape.encode()
    rng = random.Random(7)
    survived = 0
    for _ in range(2_000):
        data = bytearray(good)
        for _ in range(rng.randrange(1, 4)):
            at = rng.randrange(len(data))
            change = rng.randrange(4)
            if change == 0:
                data[at] = rng.randrange(256)
            elif change == 1:
                del data[at : at + rng.randrange(1, 40)]
            elif change == 2:
                data[at:at] = data[max(0, at - 30) : at]
            else:
                data[at:at] = rng.choice([b"{", b"[", b"]", b'"', b"9" * 30, b"null", b"\n", b",", b"$argument"])
            data = data or bytearray(b" ")
        with suppress(FileError, LinkError, PackError):
            load(Replay(decode_tape(bytes(data)), World().table)).measure("main", 5)
            survived += 1
    assert 0 < survived < 1_900
