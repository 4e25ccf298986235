"""The verifier's facts, on programs small enough to count by hand, and the proof that only it can make."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from corpus.forge import module, program
from corpus.good import GOOD
from vcvm_core import ApiError, VerifyError
from vcvm_core.bytecode import FunctionContext, Module, decode, leaders, walk
from vcvm_core.link import Image, NoHosts, link
from vcvm_core.runtime import Machine
from vcvm_core.verify import Facts, VerifiedModule, verify
from vcvm_core.vm import VM


def facts(*args: Any, **more: Any) -> Facts:
    """The facts of the function main."""
    return verify(module(*args, **more)).facts[0]


def test_straight_line() -> None:
    """One block, from its first instruction to its last; depths are those before each instruction."""
    found = facts("push 1; push 2; addi; ret", "() -> int")
    (block,) = found.blocks
    assert (block.start, block.end, block.weight, block.entry, block.successors) == (0, 4, 4, (), ())
    assert found.depths == (0, 1, 2, 1)
    assert dict(found.taken) == {}


def test_branches() -> None:
    """A branch ends a block, its target and what follows begin one; a value on the stack is in the entry of the join."""
    found = facts("get 0; jt 4; push 1; j 5; push 2; ret", "(bool) -> int")
    assert [(b.start, b.end, b.successors) for b in found.blocks] == [
        (0, 2, (2, 4)),
        (2, 4, (5,)),
        (4, 5, (5,)),
        (5, 6, ()),
    ]
    assert [[str(t) for t in b.entry] for b in found.blocks] == [[], [], [], ["int"]]
    assert found.depths == (0, 1, 0, 1, 0, 1)


def test_loops() -> None:
    """An iterator stays on the stack around the loop and is gone after it; what is taken has the list's item type."""
    found = facts("get 0; iterl; next 5; pop; j 2; ret", "(list<string>) -> ()")
    assert [(b.start, b.end) for b in found.blocks] == [(0, 2), (2, 3), (3, 5), (5, 6)]
    assert [[str(t) for t in b.entry] for b in found.blocks] == [[], ["iter<string>"], ["iter<string>", "string"], []]
    assert {at: list(map(str, ts)) for at, ts in found.taken.items()} == {2: ["string"]}


def test_what_is_taken() -> None:
    """Each instruction that takes something out of a container has the type that is to be found there."""
    code = "get 0; push 0; getl; pop; get 1; loadk 0; getm; pop; get 2; field 0; pop; ret"
    found = facts(code, "(list<int?>, map<any>, {k: {x: int}}) -> ()", constants=["k"])
    assert {at: list(map(str, ts)) for at, ts in found.taken.items()} == {2: ["int?"], 6: ["any"], 9: ["{x: int}"]}


def test_what_calls_give() -> None:
    """A generic intrinsic gives what its variables stand for at this call."""
    found = facts("get 0; calli 0; pop; pop; ret", "(list<int>) -> ()", externs=["(list<T>) -> (T?, string)"])
    assert {at: list(map(str, ts)) for at, ts in found.taken.items()} == {1: ["int?", "string"]}


@pytest.mark.parametrize(
    ("code", "shape", "most"),
    [
        ("ret", "() -> ()", 0),
        ("push 1; ret", "() -> int", 1),
        ("push 1; dup; pop; ret", "() -> int", 2),
        ("push 1; push 2; push 3; addi; addi; ret", "() -> int", 3),
        ("get 0; iterl; next 6; pop; nop; j 2; ret", "(list<int>) -> ()", 2),
        ("get 0; jt 4; push 1; pop; push 1; push 2; pop; pop; ret", "(bool) -> ()", 2),
    ],
)
def test_the_maximum_is_exact(code: str, shape: str, most: int) -> None:
    """The declared maximum is the highest stack on any path: one less and one more are refused."""
    assert verify(module(code, shape, stack=most))
    for wrong, kind in ((most + 1, "stack-declaration"), (most - 1, "stack-overflow")):
        if wrong >= 0:
            with pytest.raises(VerifyError) as found:
                verify(module(code, shape, stack=wrong))
            assert found.value.kind == kind
            assert found.value.facts == {"declared": wrong, "found": most}


@pytest.mark.parametrize(
    ("code", "shape", "slots", "ok"),
    [
        ("push 1; set 0; get 0; pop; ret", "() -> ()", "int", True),
        ("get 0; pop; ret", "(int) -> ()", "", True),
        ("get 0; jt 5; push 1; set 1; j 7; push 2; set 1; get 1; pop; ret", "(bool) -> ()", "int", True),
        ("get 0; jt 5; push 1; set 1; j 6; nop; get 1; pop; ret", "(bool) -> ()", "int", False),
        ("push 1; set 1; get 1; pop; get 0; jt 2; ret", "(bool) -> ()", "int", True),
        ("get 0; jt 4; push 1; set 1; get 0; jt 0; ret", "(bool) -> ()", "int", True),
        ("get 1; iterl; next 6; set 2; get 2; j 7; ret; pop; j 2", "(bool, list<int>) -> ()", "int", True),
    ],
)
def test_assignment(code: str, shape: str, slots: str, ok: bool) -> None:
    """A local is read only where every path has assigned it; parameters always have a value."""
    if ok:
        assert facts(code, shape, slots)
        return
    with pytest.raises(VerifyError) as found:
        verify(module(code, shape, slots))
    assert found.value.kind == "uninitialised-local"


def test_every_problem_is_reported() -> None:
    """Of one function and of several, with place and line; nothing hides what comes after it."""
    made = module(
        [("loadk 3; get 2; ret", "() -> ()", ""), ("nop; ret; nop; ret", "() -> int", ""), ("ret", "() -> ()", "")]
    )
    with pytest.raises(VerifyError) as found:
        verify(made)
    assert [(d.kind, d.place.function, d.place.instruction) for d in found.value.diagnostics] == [
        ("index-range", "main", 0),
        ("index-range", "main", 1),
        ("return-depth", "f1", 1),
    ]


def test_leaders() -> None:
    """The first instruction, targets, and what follows a jump; never the end."""
    made = module("get 0; jt 3; nop; j 0; ret", "(bool) -> ()")
    assert leaders(made.functions[0].code) == [0, 2, 3, 4]
    assert leaders(()) in ([], [0])


def test_work_is_linear() -> None:
    """Steps are counted, not timed: four times the program is four times the work, for straight lines, joins, diamonds."""

    def work(code: str) -> int:
        made = module(code, "(bool) -> ()", stack=0)
        return walk(made.functions[0].code, FunctionContext(made, made.functions[0]), 1 << 30).work

    shapes = (
        lambda n: "nop;" * n + "ret",
        lambda n: "".join(f"get 0; jt {2 * n}; " for _ in range(n)) + "ret",
        lambda n: "".join(f"get 0; jt {5 * i + 3}; nop; nop; nop; " for i in range(n)) + "ret",
        lambda n: "".join("get 0; jt 0; " for _ in range(n)) + "ret",
    )
    for shape in shapes:
        small, large = work(shape(100)), work(shape(400))
        assert large <= 4 * small + 4


# The proof


@pytest.mark.parametrize("token", [None, 0, object(), "token", True])
def test_a_verified_module_is_not_made_by_hand(token: object) -> None:
    """V31: the constructor wants what only the verifier has."""
    with pytest.raises(ApiError) as found:
        VerifiedModule(Module(), (), Module(), token)
    assert found.value.kind == "not-verified"


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_verified_module_is_not_pickled(protocol: int) -> None:
    """V31: bytes that become a verified module without the verifier would be a way around it; so would a copy be."""
    made = verify(decode(GOOD["loop"]))
    for attempt in (lambda: pickle.dumps(made, protocol), lambda: copy.copy(made), lambda: copy.deepcopy(made)):
        with pytest.raises(ApiError) as found:
            attempt()
        assert found.value.kind == "not-verified"


def test_an_image_is_not_pickled() -> None:
    """V31: nor is what the linker makes of it."""
    image = link(verify(decode(GOOD["loop"])), NoHosts())
    with pytest.raises(ApiError):
        pickle.dumps(image)


class Posing(VerifiedModule):
    """Something that looks verified."""

    __slots__ = ()

    def __init__(self) -> None:
        object.__setattr__(self, "module", Module())
        object.__setattr__(self, "facts", ())


@pytest.mark.parametrize(
    "wrong", [Posing(), Module(), decode(GOOD["loop"]), None, GOOD["loop"]], ids=lambda w: type(w).__name__
)
def test_the_linker_takes_nothing_else(wrong: Any) -> None:
    """V31: a subclass, a module, bytes: not verified."""
    with pytest.raises(ApiError) as found:
        link(wrong, NoHosts())
    assert found.value.kind == "not-verified"
    with pytest.raises(ApiError):
        Machine(wrong)


class PosingImage(Image):
    """Something that looks linked."""

    __slots__ = ()


def test_the_machine_takes_nothing_else() -> None:
    """V31: only what the linker made is run."""
    image = link(verify(decode(GOOD["loop"])), NoHosts())
    with pytest.raises(ApiError) as found:
        Machine(PosingImage(image.main, image.report), 0, ([],))
    assert found.value.kind == "not-verified"


def test_a_verified_module_is_not_changed() -> None:
    """V29: neither it nor its facts can be given another content."""
    made = verify(decode(GOOD["loop"]))
    for field, value in (("module", Module()), ("facts", ())):
        with pytest.raises(ApiError):
            setattr(made, field, value)
        with pytest.raises(AttributeError):
            setattr(made.facts[0], "taken" if field == "facts" else "depths", value)
    with pytest.raises(TypeError):
        made.facts[0].taken[4] = ()  # type: ignore[index]


def test_bytes_that_change_change_nothing() -> None:
    """V29: a program was verified from a buffer that its owner then overwrites; it runs as it was verified."""
    data = bytearray(GOOD["loop"])
    run = VM().load(data).function("sum")
    data[:] = bytes(len(data))
    assert run([1, 2, 3]) == 6


def test_the_verifier_takes_modules_only() -> None:
    """A subclass of Module may lie, so it is refused, and so is anything else."""

    class Lying(Module):
        pass

    for wrong in (Lying(), None, GOOD["loop"], object()):
        with pytest.raises(ApiError) as found:
            verify(wrong)  # type: ignore[arg-type]
        assert found.value.kind == "wrong-type"


def test_format_0_ends_with_a_halt() -> None:
    """The founding format has no jumps, so its end is a halt: in the verified form it is written."""
    before = decode(GOOD["founding"])
    after = verify(before).module
    assert len(after.functions[0].code) == len(before.functions[0].code) + 1
    assert after.functions[0].code[-1].opcode == 0


def test_what_is_verified_is_what_was_decoded() -> None:
    """Nothing is changed in a program of format 1."""
    made = decode(program("push 1; ret", "() -> int"))
    assert verify(made).module is made
