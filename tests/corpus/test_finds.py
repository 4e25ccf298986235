"""What was found by attacking: each a small program or call that once broke a promise."""

from __future__ import annotations

import pickle
import tracemalloc
from struct import pack
from typing import Any
from uuid import UUID

import pytest

from corpus.forge import code_of, module, program
from vcvm_core import VM, ApiError, FormatError, Limits, Trap, VcvmError, VerifyError
from vcvm_core.bytecode import Debug, FunctionDebug, Instruction, Module, decode, encode
from vcvm_core.link import NoHosts, link
from vcvm_core.runtime import Machine
from vcvm_core.values import parse_type
from vcvm_core.verify import verify

FIRST = str(UUID(bytes=pack("<I", 1) * 4))
"""The UUID that `module` gives to the first extern."""


def run(made: Module, *arguments: Any, hosts: Any = None, check: bool = False, **limits: int) -> Any:
    """What the function main gives."""
    return (
        VM(hosts=hosts, limits=Limits.default.with_(**limits))
        .load_module(made)
        .machine("main", *arguments, check=check)
        .run()
    )


def caught(made: Module, *arguments: Any, **facts: Any) -> VcvmError:
    """The error with which the function main ends."""
    with pytest.raises(VcvmError) as found:
        run(made, *arguments, **facts)
    return found.value


def peak(do: Any, *args: Any, **facts: Any) -> int:
    """The most memory that a call takes, in bytes; its own errors do not count."""
    tracemalloc.start()
    try:
        do(*args, **facts)
    except VcvmError:
        pass
    finally:
        _, found = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return found


# Decoding and encoding


def test_short_types_survive_the_count_check() -> None:
    """A count was held against 5 bytes an entry, but the type T takes 3: what encode wrote, decode refused."""
    data = program("push 1; calli 0; pop; ret", externs=["(T) -> T"])
    assert encode(decode(data)) == data


@pytest.mark.parametrize("size", [256, 300, 2 << 20])
def test_long_names_in_format_0(size: int) -> None:
    """The refusal of a long name could not be printed: its sentence lacked a fact."""
    head = pack("<IIIII", 0x000DECAF, 0, 0, 0, 1) + b"1" * 16
    with pytest.raises(FormatError) as found:
        decode(head + pack("<III", 0, 0, size) + b"a" * size + pack("<I", 0))
    assert found.value.kind == ("bad-name" if size < 1 << 20 else "constant-too-large")
    assert str(found.value)


def test_every_problem_with_every_line() -> None:
    """A program of 20,000 errors and 20,000 lines looked up each line by going through all of them."""
    wrong = module("loadk 9;" * 20_000 + "ret", stack=1)
    lines = tuple((i, i + 1) for i in range(20_000))
    made = wrong._replace(debug=Debug("a.vasm", (FunctionDebug(lines),)))
    with pytest.raises(VerifyError) as found:
        verify(made)
    assert len(found.value.diagnostics) == Limits.default.source_errors
    assert [d.place.line for d in found.value.diagnostics] == list(range(1, 101))


def test_errors_cost_no_more_than_programs() -> None:
    """Every problem of a function was collected before the first hundred were shown."""
    data = program("loadk 9;" * 50_000 + "ret", stack=1)
    assert peak(verify, decode(data)) < 4 * len(data)


# Types without end


@pytest.mark.parametrize("result", ["list<T>", "T?", "{a: T, b: T}", "{a: list<T>, b: T?, c: T}", "map<list<T>>"])
def test_types_that_grow(result: str) -> None:
    """A generic call applied over and over doubled a type each time: a program of 400 bytes took all memory there is."""
    data = program("push 1;" + "calli 0;" * 80 + "pop; ret", externs=[f"(T) -> {result}"], stack=1)
    assert peak(lambda: verify(decode(data))) < 1 << 20


def test_large_types_are_looked_at_once() -> None:
    """Each use of a type of 370 fields went through all of them: 40 KB of program took as long as 15 MB of another."""
    fields = [f"a{i}: int" for i in range(370)]
    one, two = parse_type("{" + ", ".join(fields) + "}"), parse_type("{" + ", ".join(reversed(fields)) + "}")
    assert one <= two
    assert two <= one
    assert one._compared[two]
    assert not one.generic
    assert not one.changeable


# Running


def test_a_slice_far_outside_is_a_trap() -> None:
    """The work of a slice was charged before its bounds were looked at: a wrong index used up all fuel."""
    for name, value, kind in (("slices", "abc", "string"), ("sliceb", b"abc", "bytes")):
        made = module(f"loadk 0; push 0; loadk 1; {name}; ret", f"() -> {kind}", constants=[value, 1 << 62])
        assert caught(made).kind == "slice-range"
    made = module("newl 0; loadk 0; push 0; slicel; ret", "() -> list<int>", constants=[-(1 << 62)], types=["int"])
    assert caught(made).kind == "slice-range"


def test_a_result_of_many_shared_parts() -> None:
    """A list of 2,000 times one list of 2,000 was unfolded to look at its depth."""
    doubling = "get 0; get 0; catl; set 0;" * 11
    code = f"newl 0; set 0; get 0; push 1; widen 0; appl; {doubling} newl 0; set 1; get 1; get 0; widen 0; appl; "
    made = module(
        code + doubling.replace("0;", "1;") + "get 1; ret",
        "() -> list<any>",
        "mut list<any>; mut list<any>",
        types=["any"],
    )
    assert peak(run, made) < 16 << 20


def test_what_hosts_hide_in_containers_is_not_asked() -> None:
    """Comparing two lists called the == of whatever a host had put into them."""

    class Evil:
        def __eq__(self, other: object) -> bool:
            raise ValueError("asked")

        __hash__ = None  # type: ignore[assignment]

    made = module("get 0; get 1; eq; ret", "(any, any) -> bool")
    error = caught(made, [Evil()], [Evil()])
    assert (type(error), error.kind) == (Trap, "bad-element")


def test_records_that_are_views_of_maps() -> None:
    """A map that is cast to a record and then changed is no fault of vcvm: taking the field traps."""
    code = """newm 0; set 0; get 0; loadk 0; push 1; widen 0; setm; get 0; widen 0; as 1;
              get 0; loadk 0; loadk 1; widen 0; setm; field 0; ret"""
    made = module(code, "() -> int", "mut map<any>", constants=["x", "s"], types=["any", "{x: int}"])
    for check in (False, True):
        assert caught(made, check=check).kind == "bad-element"


def test_values_that_hold_themselves() -> None:
    """A list that holds itself is compared and returned no deeper than the limit."""
    build = "newl 0; set 0; get 0; get 0; widen 0; appl; "
    for code, shape in (("get 0; get 0; eq; ret", "() -> bool"), ("get 0; ret", "() -> any")):
        assert caught(module(build + code, shape, "mut list<any>", types=["any"])).kind == "too-deep"


def test_a_deep_value_built_from_the_top() -> None:
    """Each list is empty when it is stored, so nothing is too deep until the value is used."""
    step = "newl 0; set 1; get 0; get 1; widen 0; appl; get 1; set 0; "
    code = "newl 0; dup; set 0; set 2; " + step * 200 + "get 2; ret"
    made = module(code, "() -> any", "mut list<any>; mut list<any>; mut list<any>", types=["any"])
    assert caught(made).kind == "too-deep"


def test_errors_about_iterators_can_be_pickled() -> None:
    """An error names the types that disagreed; that of an iterator could not be read back."""
    with pytest.raises(VerifyError) as found:
        verify(module("get 0; iterl; dup; ret", "(list<int>) -> ()"))
    assert str(pickle.loads(pickle.dumps(found.value))) == str(found.value)


def test_a_full_map_takes_a_known_key() -> None:
    """Storing under a key that is there does not make a map larger."""
    made = module(
        "newm 0; set 0;" + "get 0; loadk 0; push 1; setm;" * 2 + "ret",
        "() -> ()",
        "mut map<int>",
        constants=["k"],
        types=["int"],
    )
    run(made, value_entries=1)


@pytest.mark.parametrize("check", [False, True])
def test_generic_results_are_checked(check: bool) -> None:
    """An intrinsic (list<T>) -> T that is given a list<int> must give an int, also where the host's list held a string."""
    made = module("get 0; calli 0; push 1; addi; ret", "(list<int>) -> int", externs=["(list<T>) -> T"])
    error = caught(made, ["a"], hosts={FIRST: lambda xs: xs[0]}, check=check)
    assert error.kind == "bad-result"


def test_results_that_hold_themselves_behind_a_cast() -> None:
    """A result is nested no deeper than the limit, whatever its type says."""
    code = "newl 0; set 0; get 0; get 0; widen 0; appl; get 0; widen 0; as 1; ret"
    made = module(code, "() -> list<list<int>>", "mut list<any>", types=["any", "list<list<int>>"])
    assert caught(made).kind == "too-deep"


def test_a_machine_for_a_function_that_is_not_there() -> None:
    """A wrong index of a function is a mistake of the host, and said so."""
    image = link(verify(module("ret")), NoHosts())
    with pytest.raises(ApiError):
        Machine(image, 7)


def test_the_refusal_of_a_huge_limit_can_be_printed() -> None:
    """A limit of 5,000 digits is refused with an error whose text can be made."""
    with pytest.raises(ApiError) as found:
        Limits(fuel=10**5_000)
    assert str(found.value)


def test_a_module_made_by_hand_with_an_unknown_opcode() -> None:
    """The verifier refuses an opcode that is not in the table, wherever the module comes from."""
    (nop,) = code_of("nop")
    made = module("nop; ret")
    wrong = made._replace(functions=(made.functions[0]._replace(code=(nop, Instruction(0xFF))),))
    with pytest.raises(VerifyError):
        verify(wrong)


def test_a_released_memoryview() -> None:
    """What is no buffer any more is refused like anything else that is none."""
    view = memoryview(b"abc")
    view.release()
    with pytest.raises(VcvmError):
        decode(view)
