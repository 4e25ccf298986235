"""Table R, what a program computes: each row of the folder `run` ends as it says, in every way to run it.

Takes the files of `run`, which hold their calls and outcomes as those of tests/programs do; `--bless` writes the outcomes.
Rows that a text cannot say, with a host's containers or a library, are made here.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from corpus.forge import module
from corpus.runs import HERE, TIERS, end, kind
from programs.test_programs import arguments, calls
from vcvm_core import VM, LimitExceeded, Limits, VcvmError
from vcvm_core.asm import assemble
from vcvm_core.bytecode import content_hash, encode
from vcvm_core.errors import ERRORS
from vcvm_core.plugin import installed

FILES = sorted((HERE / "run").glob("*.vasm"))


@pytest.fixture(scope="module")
def hosts() -> Any:
    """The installed packs: the standard pack is always there."""
    return installed()


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_row(path: Path, hosts: Any, bless: bool) -> None:
    """Every call of a row ends as it says, and in the same way on every tier."""
    text = path.read_text("utf-8")
    made = assemble(text, hosts.catalog(), path.name)
    found = calls(text)
    assert found
    blessed, at = "", 0
    for match, limits in found:
        name, _, rest = match["call"].partition(" ")
        said = end(made, name, arguments(rest), hosts=hosts, limits=limits).outcome
        if not bless:
            assert said == match["outcome"].strip(), match[0]
        blessed += text[at : match.start("outcome")] + " " + said
        at = match.end("outcome")
    if bless:
        path.write_text(blessed + text[at:], "utf-8")


def test_the_kinds_exist() -> None:
    """A row names a kind of the table of errors."""
    for path in FILES:
        for said in re.findall(r"=> (?:trap|limit|refused) (\S+)", path.read_text("utf-8")):
            assert said in ERRORS, path.name


def test_r11_keys_are_strings() -> None:
    """R10, R11: keys are strings; a host's map with keys of other classes is read by string and nothing else."""
    made = module("get 0; loadk 0; hasm; ret", "(map<int>) -> bool", constants=["1"])
    for keys in ({1: 1}, {1.0: 1}, {True: 1}, {float("nan"): 1}, {None: 1}, {(1,): 1}):
        assert end(made, given=[keys]).outcome == "false"
    assert end(made, given=[{"1": 1, 1: 2}]).outcome == "true"


def test_r10_keys_of_a_hosts_map_are_checked_when_taken() -> None:
    """R10: a key that is no string traps where the iteration meets it."""
    made = module("get 0; iterm; next 5; pop; j 2; ret", "(map<int>) -> ()")
    assert end(made, given=[{"a": 1}]).outcome == "null"
    for key in (1, 1.0, True, None, b"a"):
        assert kind(end(made, given=[{"a": 1, key: 1}])) == "bad-element", key


def nested(depth: int) -> Any:
    """A list of lists."""
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


def test_r13_a_million_levels_from_a_host() -> None:
    """R13: a host's value that is a million levels deep is looked at from outside; whoever goes down is stopped."""
    deep = nested(1_000_000)
    for code, shape in (
        ("get 0; get 0; eq; ret", "(any) -> bool"),
        ("get 0; ret", "(any) -> any"),
        ("newl 0; set 1; get 1; get 0; appl; get 1; ret", "(any) -> list<any>"),
        ("get 0; get 0; packl 0 2; pop; ret", "(any) -> ()"),
    ):
        made = module(code, shape, "mut list<any>", types=["any"])
        for tier in TIERS:
            function = VM(tier=tier).load_module(made).function("main")
            with pytest.raises(VcvmError) as caught:
                function(deep)
            assert caught.value.kind == "too-deep", (code, tier)
    assert VM().load_module(module("get 0; pop; ret", "(any) -> ()")).call("main", deep) is None
    while deep:
        deep = deep.pop()


def test_r26_what_was_given_is_as_it_was() -> None:
    """R26: a trap in the middle of the work leaves the host's list alone, and the program can be called again."""
    made = module(
        "newl 0; set 1; get 0; iterl; next 11; get 1; swap; push 2; mul; appl; j 4; get 1; ret",
        "(list<int>) -> list<int>",
        "mut list<int>",
        types=["int"],
    )
    given = [*range(499), 1 << 62, *range(10)]
    for tier in TIERS:
        program = VM(tier=tier).load_module(made)
        held = list(given)
        with pytest.raises(VcvmError) as caught:
            program.call("main", held)
        assert (caught.value.kind, caught.value.place.instruction) == ("int-overflow", 8)
        assert held == given
        assert program.call("main", [1, 2]) == [2, 4]
    machine = VM().load_module(made).machine("main", given)
    with pytest.raises(VcvmError):
        machine.run()
    with pytest.raises(VcvmError) as caught:
        machine.run()
    assert caught.value.kind == "dead-machine"


def recursive(params: int, functions: int = 1) -> Any:
    """Functions that call each other in a circle, without end."""
    given = "; ".join(f"get {i}" for i in range(params))
    shape = f"({', '.join(['int'] * params)}) -> int"
    code = [f"{given}; call {(i + 1) % functions}; ret".lstrip("; ") for i in range(functions)]
    return module([(text, shape, "") for text in code])


RECURSIVE = {"itself": (1, 1), "each other": (1, 2), "32 parameters": (32, 3), "no parameters": (0, 7)}


def beneath(frames: int, call: Callable[[], Any]) -> Any:
    """Call from so many more frames of Python's stack."""
    return call() if frames <= 0 else beneath(frames - 1, call)


@pytest.mark.parametrize("above", [0, 700, 940])
@pytest.mark.parametrize("case", RECURSIVE)
def test_r04_recursion(case: str, above: int) -> None:
    """R04: recursion ends at the limit, at the same place, also far down on Python's stack, whose limit stays."""
    params, functions = RECURSIVE[case]
    made = recursive(params, functions)
    before = sys.getrecursionlimit()
    found = set()
    for tier in TIERS:
        program = VM(tier=tier).load_module(made)
        function = program.function("main")
        for _ in range(3):
            with pytest.raises(LimitExceeded) as caught:
                beneath(above - len_of_stack(), partial(function, *range(params)))
            found.add((caught.value.kind, str(caught.value.place)))
    last = (Limits.default.call_depth - 1) % functions
    place = f"function {f'f{last}' if last else 'main'}, instruction {params}"
    assert found == {("call-depth", place)}
    assert sys.getrecursionlimit() == before


def len_of_stack() -> int:
    """How many frames of Python's stack there are."""
    frame, found = sys._getframe(), 0
    while frame is not None:
        frame, found = frame.f_back, found + 1  # type: ignore[assignment]
    return found


def test_r04_through_a_library() -> None:
    """R04: functions of a library count like those of the program, and its own recursion ends alike."""
    library = encode(assemble(".library\nfunc down($n: int) -> int\n get $n\n call down\n ret\nend\nexport down"))
    text = """.link below "HASH"
import below down(int) -> int
func main($n: int) -> int
    get $n
    calll below.down
    ret
end
""".replace("HASH", content_hash(library).hex())
    found = end(assemble(text), given=[1], libraries={"below": library})
    assert found.outcome == "limit call-depth at down:1"
    assert found.fuel == 3 * Limits.default.call_depth


R10_MANY = """
; A map of $n keys, then one more.
func main($n: int) -> int
    local $m: mut map<int>
    local $k: string = ""
    local $i: int = 0
    newm int
    set $m
.more:
    get $m
    get $i
    calli int_to_string
    get $i
    setm
    get $i
    push 1
    addi
    set $i
    if $i lt $n .more
    get $m
    lenm
    ret
end
"""


def test_limits_are_exact(hosts: Any) -> None:
    """R05, R09, R10: as many entries or characters as a limit says pass, one more does not."""
    made = assemble("extern int_to_string\n" + R10_MANY, hosts.catalog())
    limits = Limits.default.with_(value_entries=100)
    assert end(made, given=[100], hosts=hosts, limits=limits).outcome == "100"
    assert kind(end(made, given=[101], hosts=hosts, limits=limits)) == "value-entries"
    joined = module("get 0; get 0; cats; lens; ret", "(string) -> int")
    for size, said in ((50, ""), (51, "value-size")):
        assert kind(end(joined, given=["a" * size], limits=Limits.default.with_(value_size=101))) == said
    memory = end(joined, given=["a" * 50]).memory
    assert kind(end(joined, given=["a" * 50], limits=Limits.default.with_(memory=memory))) == ""
    assert kind(end(joined, given=["a" * 50], limits=Limits.default.with_(memory=memory - 1))) == "memory"
    calls = module("calli 0; calli 0; ret", externs=["() -> ()"])
    own = {"01000000-0100-0000-0100-000001000000": lambda: None}
    for allowed, said in ((2, ""), (1, "intrinsic-calls"), (0, "intrinsic-calls")):
        limits = Limits.default.with_(intrinsic_calls=allowed)
        assert kind(end(calls, hosts=own, limits=limits)) == said, allowed


def test_r27_a_deadline_that_passes_inside(hosts: Any) -> None:
    """R27: a deadline that passes inside of an intrinsic ends the run when it comes back; the program runs on."""
    made = module("calli 0; pop; push 1; ret", "() -> int", externs=["() -> int"])
    slow: Any = lambda: time.sleep(0.03) or 1  # noqa: E731
    for tier in TIERS:
        limits = Limits.default.with_(deadline_ms=10)
        program = VM(hosts={"01000000-0100-0000-0100-000001000000": slow}, limits=limits, tier=tier).load_module(made)
        for _ in range(3):
            with pytest.raises(LimitExceeded) as caught:
                program.call("main")
            assert (caught.value.kind, caught.value.place.instruction) == ("deadline", 0)
        machine = program.machine("main")
        for said in ("deadline", "dead-machine"):
            with pytest.raises(VcvmError) as found:
                machine.run()
            assert found.value.kind == said
