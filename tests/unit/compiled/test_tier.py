"""The compiled tier as its users see it: when it compiles, what it shows, what it leaves behind."""

from __future__ import annotations

import gc
import linecache
import traceback
import warnings
from typing import Any

import pytest

from vcvm_core import VM, ApiError, IntrinsicError, Limits, Program, Trap
from vcvm_core.asm import assemble
from vcvm_core.bytecode import encode
from vcvm_core.compiled import tier as tiers

TWICE = "export twice\nfunc twice(n: int) -> int\n    get $n\n    push 2\n    mul\n    ret\nend\n"
LOOP = """
export main
func main(n: int) -> int
.again:
    if $n le 0 .end
    get $n
    push 1
    subi
    set $n
    j .again
.end:
    get $n
    ret
end
"""
BAD = "00000000-0000-4000-8000-00000000000b"
HOST = f'extern spam(int) -> int = "{BAD}"\nexport main\nfunc main(n: int) -> int\n    get $n\n    call $spam()\n    ret\nend\n'


def compiled(program: Program) -> bool:
    """Whether any function has been compiled."""
    return program._compiled is not None and bool(program._compiled.sources)


def test_a_straight_function_is_compiled_when_it_is_called_again() -> None:
    """The first call is interpreted: it may be the only one."""
    program = VM().load_module(assemble(TWICE))
    twice = program.function("twice")
    assert twice(4) == 8
    assert not compiled(program)
    assert [twice(5), twice(1 << 40)] == [10, 1 << 41]
    assert compiled(program)


def test_a_loop_is_compiled_at_once() -> None:
    program = VM().load_module(assemble(LOOP))
    assert program.function("main")(100) == 0
    assert compiled(program)


def test_call_interprets_what_runs_once() -> None:
    program = VM().load_module(assemble(TWICE))
    assert program.call("twice", 4) == 8
    assert not compiled(program)
    assert program.call("twice", 4) == program.call("twice", 4) == 8
    assert compiled(program)


@pytest.mark.parametrize(
    "how", [{"tier": "interpreter"}, {"limits": Limits.strict}, {"limits": Limits(compiled_lines=0)}]
)
def test_it_can_be_switched_off(how: dict[str, Any]) -> None:
    program = VM(**how).load_module(assemble(LOOP))
    assert [program.function("main")(9), program.call("main", 9), program.measure("main", 9).result] == [0, 0, 0]
    assert not compiled(program)


def test_an_unknown_tier() -> None:
    with pytest.raises(ApiError) as found:
        VM(tier="jit")  # type: ignore[arg-type]
    assert "auto" in str(found.value)


def test_what_cannot_be_compiled_is_told() -> None:
    """A function that would need too many lines runs all the same, and the program says so."""
    program = VM(limits=Limits(compiled_lines=5), tier="compiled").load_module(assemble(LOOP))
    assert program.function("main")(3) == 0
    assert program.measure("main", 3).fuel == VM(tier="interpreter").load_module(assemble(LOOP)).measure("main", 3).fuel
    assert list(program.fallbacks) == ["main"]
    assert "compiled_lines" in program.fallbacks["main"]
    assert "interpreted, because" in program.python("main")


def test_programs_share_a_tier() -> None:
    """The same bytes, limits and intrinsics: compiled once in a process."""
    data = encode(assemble(TWICE))
    one, two = VM().load(data), VM().load(data)
    other = VM(limits=Limits(fuel=99)).load(data)
    assert one.function("twice")(1) == two.function("twice")(1) == other.function("twice")(1) == 2
    assert one._compiled is two._compiled
    assert other._compiled is not one._compiled


def test_hosts_do_not_share() -> None:
    """Another function behind the same UUID is another tier."""
    data = encode(assemble(HOST))
    add, double = (lambda n: n + 1), (lambda n: n * 2)
    programs = [VM({BAD: f}, tier="compiled").load(data).function("main") for f in (add, double)]
    assert [main(10) for main in programs] == [11, 20]


def test_a_traceback_shows_the_python() -> None:
    """Of a host's function that raised: its own line, and the generated line that called it."""

    def spam(n: int) -> int:
        raise KeyError(n)

    main = VM({BAD: spam}, tier="compiled").load_module(assemble(HOST)).function("main")
    with pytest.raises(IntrinsicError) as found:
        main(3)
    assert isinstance(found.value.__cause__, KeyError)
    shown = "".join(traceback.format_exception(found.value.__cause__))
    assert "raise KeyError(n)" in shown
    assert "= h" in shown


def test_a_trap_has_no_cause() -> None:
    """How the tier tells itself of a trap is nobody's business."""
    main = VM(tier="compiled").load_module(assemble(TWICE)).function("twice")
    with pytest.raises(Trap) as found:
        main(1 << 62)
    assert found.value.__cause__ is None
    assert found.value.__context__ is None
    assert found.value.place.instruction == 2


def test_nothing_is_left_behind() -> None:
    """Sources for tracebacks go when the program goes."""
    before = len(linecache.cache)
    for n in range(20):
        text = TWICE.replace("push 2", f"push {n}")
        assert VM(tier="compiled", limits=Limits(fuel=1000 + n)).load_module(assemble(text)).function("twice")(1) == n
    assert len(linecache.cache) > before
    tiers._tiers.clear()
    gc.collect()
    assert len(linecache.cache) <= before


def test_pythons_compiler_has_nothing_to_say() -> None:
    """Constants where Python would warn about them."""
    text = """
export main
func main(a: any) -> bool
    push 3
    widen any
    is string
    push 3
    widen any
    get $a
    eq
    or
    ret
end
"""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert VM(tier="compiled").load_module(assemble(text)).function("main")(3) is True


def test_a_wrong_number_of_arguments() -> None:
    """`call` refuses it as everything else; a compiled callable is a Python function, and so is its refusal."""
    program = VM(tier="compiled").load_module(assemble(TWICE))
    with pytest.raises(ApiError):
        program.call("twice")
    twice = program.function("twice")
    assert twice(2) == 4
    with pytest.raises(TypeError, match=r"twice\(\) takes 1 positional argument"):
        twice(1, 2)
