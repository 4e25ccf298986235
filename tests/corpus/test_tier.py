"""Table T: what the compiled tier makes of hostile programs, and that it does what the interpreter does.

Its Python holds no text of a program; the checker in front of the compiler refuses whatever else might be in it; it has no
builtins; and it ends where the interpreter ends, with what the interpreter leaves. T16 and T17 are about native code, of
which there is none.
"""

from __future__ import annotations

import ast
import builtins
import gc
import importlib
import keyword
import linecache
import math
import sys
import tokenize
from io import StringIO
from typing import Any

import pytest

from corpus.forge import module
from corpus.runs import HERE, TIERS, end
from corpus.test_finds import FIRST
from corpus.tier_cases import GOOD, HOSTILE, INJECTED, NAMES, TRAPS, TrapCase
from programs.test_programs import PROGRAMS, libraries, linked
from vcvm_core import VM, ApiError, InternalError, Limits, Program, VcvmError
from vcvm_core.asm import assemble
from vcvm_core.bytecode import Module
from vcvm_core.compiled import Tier
from vcvm_core.compiled.names import METER, SHARED, Names
from vcvm_core.compiled.tree import checked
from vcvm_core.plugin import installed
from vcvm_core.runtime import Machine, Meter
from vcvm_core.verify import verify

ALLOWED = {*SHARED, *METER, *Names().constants, *keyword.kwlist, "__cause__", "isascii", "append", "pop", "meter", "fail",
           "finish", "tight", "fuel", "calls"}  # fmt: skip


def texts(program: Program) -> list[str]:
    """The Python of all functions that a host can call, and of all that they call."""
    tier = Tier(program.image, program.limits, program._codes)
    for i in range(len(program.module.functions)):
        tier.source(i)
    return [source.text for source in tier.sources.values()]


def innocent(text: str) -> None:
    """A generated text is of keywords, small names of its own, and whole numbers: there is no place for anything else."""
    assert text.isascii()
    for token in tokenize.generate_tokens(StringIO(text).readline):
        assert token.type not in (tokenize.STRING, tokenize.COMMENT), token.string[:80]
        if token.type == tokenize.NUMBER:
            assert token.string.isdigit(), token.string
        if token.type == tokenize.NAME and token.string not in ALLOWED:
            head, tail = token.string[:1], token.string[1:].replace("_", "")
            assert head in "abcdefghijkmopqrstwxyM", token.string
            assert tail == "" or tail.isdigit(), token.string


@pytest.fixture(scope="module")
def hosts() -> Any:
    """The installed packs."""
    return installed()


@pytest.mark.parametrize(
    "path", [*PROGRAMS, *sorted((HERE / "run").glob("*.vasm"))], ids=lambda p: f"{p.parent.name}/{p.stem}"
)
def test_sources_hold_no_text(path: Any, hosts: Any) -> None:
    """T01, T02: nothing in the Python of a program comes from its texts and names."""
    text = path.read_text("utf-8")
    below = libraries(path, text, hosts)
    made = assemble(linked(text, below), hosts.catalog(), path.name)
    vm = VM(hosts=hosts, allow=("clock", "random"), libraries=below, tier="compiled")
    for found in texts(vm.load_module(made)):
        innocent(found)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda t: ascii(t[:12]))
def test_hostile_constants(text: str) -> None:
    """T01: a text is a text, whatever it looks like: as constant, key, field's value and message."""
    made = module(
        "loadk 0; get 0; cats; loadk 0; eqs; jt 7; trap 0; newm 0; set 1; get 1; loadk 0; push 1; setm; "
        "get 1; loadk 0; getm; pop; loadk 0; ret",
        "(string) -> string", "mut map<int>", constants=[text], types=["int"],
    )  # fmt: skip
    assert end(made, given=[""]).outcome
    for tier in TIERS:
        program = VM(tier=tier).load_module(made)
        assert program.call("main", "") == text
        with pytest.raises(VcvmError) as caught:
            program.call("main", "x")
        assert caught.value.facts["message"] == text
    for found in texts(program):
        innocent(found)


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_hostile_names(name: str) -> None:
    """T02: what functions, their parameters and intrinsics are called is in no text; names the format refuses aside."""
    made = module([("get 0; call 1; calli 0; ret", "(int) -> int", ""), ("get 0; ret", "(int) -> int", "")],
                  externs=["(int) -> int"])  # fmt: skip
    functions = tuple(f._replace(name=f"{name}{i}" if i else name) for i, f in enumerate(made.functions))
    renamed = made._replace(functions=functions, exports=((name, 0),))

    def called(x: int) -> int:
        return x + 1

    called.__name__ = called.__qualname__ = name
    try:
        program = VM(hosts={FIRST: called}, tier="compiled").load_module(renamed)
    except VcvmError:
        return
    assert program.call(name, 1) == 2
    assert program.function(name)(1) == 2
    for found in texts(program):
        innocent(found)


CONSTANTS = (
    math.inf, -math.inf, math.nan, -0.0, 0.0, 5e-324, 1.7976931348623157e308, -(1 << 63), (1 << 63) - 1, 0, 1, True, False,
    None, b"\x00\xff", "", "\0",
)  # fmt: skip


@pytest.mark.parametrize("turn", [1, -1])
def test_constants_keep_their_bits(turn: int) -> None:
    """T03: constants that are equal, or equal to nothing, are kept apart: 0.0 and -0.0, 1 and true, NaN."""
    constants = CONSTANTS[::turn]
    kinds = {float: "float", int: "int", bool: "bool", type(None): "none", bytes: "bytes", str: "string"}
    for count in (8, len(constants)):
        used = constants[:count] if count == 8 else constants[8:]
        limits = Limits.default.with_(results=16)
        made = module("; ".join(f"loadk {i}" for i in range(len(used))) + "; ret",
                      f"() -> ({', '.join(kinds[type(c)] for c in used)})", constants=used)  # fmt: skip
        for tier in TIERS:
            found = VM(limits=limits, tier=tier).load_module(made).call("main")
            assert [(type(x), repr(x)) for x in found] == [(type(x), repr(x)) for x in used]


class Number(int):
    """An int that would write itself into a source."""

    def __repr__(self) -> str:
        return "__import__('os').abort()"

    __str__ = __repr__


class Text(str):
    """A str that would."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "__import__('os').abort()"


def test_subclasses_as_arguments() -> None:
    """T04: exact classes only."""
    for value, kind in (
        (Number(1), "int"),
        (Text("x"), "string"),
        (Number(1), "float"),
        (Number(1), "any"),
        (True, "int"),
    ):
        made = module("get 0; ret", f"({kind}) -> {kind}")
        for tier in TIERS:
            function = VM(tier=tier).load_module(made).function("main")
            for _ in range(3):
                with pytest.raises(ApiError) as caught:
                    function(value)
                assert caught.value.kind == "wrong-type"


def test_subclasses_as_constants() -> None:
    """T04: neither in a module that was made by hand."""
    for value in (Number(1), Text("x")):
        try:
            program = VM(tier="compiled").load_module(module("loadk 0; pop; ret", constants=[value]))
        except VcvmError:
            continue
        for found in texts(program):
            innocent(found)
        program.call("main")


def sweep(made: Module, given: list[Any]) -> int:
    """Every amount of fuel up to what a run needs: the tiers stop at the same place, with the same left. Gives the need."""
    program = VM(tier="compiled").load_module(made)
    tier = Tier(program.image, program.limits, program._codes, observed=True)
    need = program.measure("main", *given).fuel

    def told(run: Any, meter: Any, fuel: int) -> tuple[Any, ...]:
        meter.fuel = fuel
        try:
            said = repr(run())
        except VcvmError as e:
            said = f"{e.kind} {e.place}"
        return said, meter.fuel_left, meter.memory, meter.calls

    for fuel in range(need + 2):
        machine = Machine(program.image, 0, given, program.limits, codes=program._codes)
        meter = Meter(tier.limits)
        expected = told(machine.run, machine, fuel)
        assert told(lambda meter=meter: tier.run(0, tuple(given), meter), meter, fuel) == expected, fuel
    return need


def test_fuel_runs_out_everywhere() -> None:
    """T07: a program of 200 blocks, with loops, calls and a recursion, with every amount of fuel."""
    turns = "".join(f"get 0; push {i % 5}; addi; set 0; get 0; push {i % 3 + 2}; rem; push 0; eqi; jt {2 + 14 * (i + 1)}; "
                    "get 0; call 1; set 0; nop; " for i in range(60))  # fmt: skip
    down = "get 0; push 3; gti; jt 6; get 0; ret; get 0; push 2; div; call 1; ret"
    made = module([("push 7; set 0; " + turns + "get 0; ret", "() -> int", "int"), (down, "(int) -> int", "")])
    assert sweep(made, []) > 800


def test_fuel_runs_out_in_loops() -> None:
    """T07: loops that are counted, iterate, go round in the middle, and charge for sizes."""
    assert sweep(loops(), [[1, 2, 3, 4]]) > 50


def loops() -> Module:
    """Loops of three kinds, one after another."""
    return assemble("""
func main($l: list<int>) -> int
    local $n: int = 0
    local $s: string = "0123456789abcdef"
.counted:
    get $n
    push 9
    lti
    jf .iterate
    get $n
    push 1
    addi
    set $n
    j .counted
.iterate:
    get $l
    iterl
.next:
    next .done
    get $n
    addi
    set $n
    get $s
    get $s
    cats
    set $s
    j .next
.done:
    get $l
    widen any
    get $l
    widen any
    eq
    jf .end
    get $n
    push 1
    subi
    set $n
    get $n
    push 0
    gti
    jt .done
.end:
    get $n
    ret
end
""")


def raising(x):  # type: ignore[no-untyped-def]
    """An intrinsic that fails, one way or the other."""
    if x == 1:
        raise ValueError("no")
    return


def trapping(case: TrapCase, how: str) -> Module:
    """The instruction by itself, in a loop's third turn, or in a function that is called; nobody wants its value."""
    facts: dict[str, Any] = {"constants": ["x"], "types": ["int"], "externs": ["(int) -> int"]}
    given = f"{case.shape} -> ()"
    rest = "" if case.kind == "explicit" else "; pop" * case.leaves + "; {}"
    if how == "called":
        return module([("nop; get 0; call 1; ret", given, ""), (case.code + rest.format("ret"), given, "")], **facts)
    if how == "looped":
        count = "push 0; set 1; get 1; push 1; addi; set 1; get 1; push 3; lti; jt 2; "
        return module(count + case.code + rest.format("j 2"), given, "int", **facts)
    return module(case.code + rest.format("ret"), given, **facts)


@pytest.mark.parametrize("how", ["unused", "looped", "called"])
@pytest.mark.parametrize("name", TRAPS)
def test_every_trap(name: str, how: str) -> None:
    """T08, T15: each instruction that can trap does, at the same place, with the same left, also if nobody wants its value."""
    case = TRAPS[name]
    made = trapping(case, how)
    verify(made)
    found = set()
    for tier in TIERS:
        program = VM(hosts={FIRST: raising}, tier=tier).load_module(made)
        run = program.measure("main", *case.given)
        assert run.error is not None
        found.add((run.error.kind, str(run.error.place), run.fuel, run.memory, run.intrinsic_calls))
        function = program.function("main")
        for _ in range(3):
            with pytest.raises(VcvmError) as caught:
                function(*case.given)
            assert (caught.value.kind, str(caught.value.place)) == (run.error.kind, str(run.error.place))
    assert len(found) == 1, found
    assert {kind for kind, *_ in found} == {case.kind}


def test_the_checker_lets_our_own_through() -> None:
    """T09: the function into which things are injected below is fine by itself."""
    checked(ast.parse(GOOD.format("pass")))


@pytest.mark.parametrize("name", INJECTED)
def test_the_checker_refuses(name: str) -> None:
    """T09: one piece of foreign Python, and nothing is compiled."""
    with pytest.raises(InternalError):
        checked(ast.parse(GOOD.format(INJECTED[name])))


def test_there_are_no_builtins() -> None:
    """T10: code that was generated sees none of Python's builtins, whatever was injected."""
    program = VM(tier="compiled").load_module(module("get 0; push 1; addi; ret", "(int) -> int"))
    function: Any = program.function("main")
    assert function(1) == 2
    assert function.__globals__["__builtins__"] == {}
    for name in dir(builtins):
        assert name in SHARED or name not in function.__globals__, name
    with pytest.raises(NameError):
        exec("open", function.__globals__)


def test_intrinsics_that_are_replaced() -> None:
    """T11: a program keeps what it was linked to; one that is linked later gets what is there then."""

    def one(x: int) -> int:
        return 1

    def two(x: int) -> int:
        return 2

    made = module("get 0; calli 0; ret", "(int) -> int", externs=["(int) -> int"])
    for tier in TIERS:
        table = {FIRST: one}
        vm = VM(hosts=table, tier=tier)
        old = vm.load_module(made)
        assert [old.call("main", 0) for _ in range(3)] == [1, 1, 1]
        table[FIRST] = two
        new = VM(hosts=table, tier=tier).load_module(made)
        assert [p.call("main", 0) for p in (old, new, old, new)] == [1, 2, 1, 2]
        assert (old.function("main")(0), new.function("main")(0)) == (1, 2)


FILE = "def one(x: int) -> int:\n    return x + {}\n"


@pytest.mark.parametrize("later", ["1.0", "True", "2", "1 if x else 1"])
def test_sources_that_are_edited(later: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """T11, T13: what runs is what was imported, though the file has been edited since."""
    file = tmp_path / "edited_since.py"
    file.write_text(FILE.format("1"), "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "edited_since", raising=False)
    loaded = importlib.import_module("edited_since")
    file.write_text(FILE.format(later), "utf-8")
    linecache.checkcache()
    made = module("get 0; calli 0; ret", "(int) -> int", externs=["(int) -> int"])
    for tier in TIERS:
        program = VM(hosts={FIRST: loaded.one}, tier=tier).load_module(made)
        assert [repr(program.call("main", 3)) for _ in range(3)] == ["4"] * 3
    del sys.modules["edited_since"]


def test_nothing_is_left_behind() -> None:
    """T12: 1,000 machines of one program, on all tiers by turns; nothing grows that outlives them."""
    made = module("get 0; push 1; addi; ret", "(int) -> int")
    programs = [VM(tier=tier).load_module(made) for tier in TIERS]
    assert [p.call("main", 1) for p in programs for _ in range(3)] == [2] * 9
    # What earlier tests left is gone, so that it cannot go in between.
    gc.collect()
    before = len(linecache.cache), len(sys.modules)
    for i in range(1_000):
        assert programs[i % 3].machine("main", i).run() == i + 1
        assert programs[i % 3].call("main", i) == i + 1
    assert (len(linecache.cache), len(sys.modules)) == before
