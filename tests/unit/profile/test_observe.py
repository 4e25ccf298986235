"""Observing: what goes to which function, line, intrinsic and path."""

from __future__ import annotations

from typing import Any

import pytest

from unit.link.offers import Table, identity, offer
from unit.profile.observed import CALLS, COUNT, EVEN, LIMITS, asking, consistent, load
from vcvm_core import ApiError, Limits
from vcvm_core.asm import assemble
from vcvm_core.bytecode import content_hash, encode
from vcvm_core.profile import Path, Profile, observe, profile
from vcvm_core.values import Formula


def functions(found: Profile) -> dict[str, tuple[int, int, int]]:
    """Calls, own fuel and total fuel of each function."""
    return {row.shown: (row.calls, row.fuel, row.total_fuel) for row in found.functions}


def lines(found: Profile) -> dict[int | None, tuple[int, int]]:
    """Runs and fuel of each line."""
    return {row.line: (row.runs, row.fuel) for row in found.lines}


def paths(root: Path) -> list[tuple[int, str, int, int]]:
    """Depth, name, calls and own fuel of each path."""
    return [(path.depth, path.name, path.calls, path.fuel) for path, _ in root.walk()]


def test_functions() -> None:
    """Own fuel is that of a function's instructions; the total has its callees."""
    found = profile(load(CALLS), "main", 3)
    consistent(found)
    assert (found.result, found.error, found.instructions, found.fuel) == (12, None, 12, 12)
    assert functions(found) == {"twice": (2, 8, 8), "main": (1, 4, 12)}
    assert paths(found.root) == [(0, "all", 0, 0), (1, "main", 1, 4), (2, "twice", 2, 8)]


def test_lines() -> None:
    """A line has the fuel of all its instructions, and runs as often as the one that ran most often."""
    found = profile(load(COUNT), "main", 2)
    assert lines(found) == {4: (3, 12), 5: (2, 2), 6: (2, 2), 7: (2, 2), 8: (2, 2), 9: (2, 2), 11: (1, 1), 12: (1, 1)}
    assert {(row.file, row.function, row.library) for row in found.lines} == {("p.vasm", "main", "")}


def test_recursion_is_counted_once() -> None:
    """A function that is active several times has a total of what happened, not of a multiple."""
    found = profile(load(EVEN), "even", 4)
    consistent(found)
    assert found.fuel == 4 * 9 + 6
    assert functions(found) == {"even": (3, 24, 42), "odd": (2, 18, 33)}
    assert [(depth, name) for depth, name, *_ in paths(found.root)] == [
        (0, "all"), (1, "even"), (2, "odd"), (3, "even"), (4, "odd"), (5, "even"),
    ]  # fmt: skip


def test_libraries() -> None:
    """A library's function has its name, its own lines, and a kind of path."""
    below = assemble(".library\nfunc one() -> int\npush 1\nret\nend\nexport one", file="l.vasm")
    digest = content_hash(encode(below)).hex()
    text = f'.link lib "{digest}"\nimport lib one() -> int\nfunc main() -> int\ncalll lib.one\nret\nend\n'
    found = profile(load(text, libraries={"lib": encode(below)}), "main")
    consistent(found)
    assert functions(found) == {"lib.one": (1, 2, 2), "main": (1, 2, 4)}
    assert {(row.library, row.file, row.line) for row in found.lines} == {
        ("", "p.vasm", 4), ("", "p.vasm", 5), ("lib", "l.vasm", 3), ("lib", "l.vasm", 4),
    }  # fmt: skip
    assert [path.kind for path, _ in found.root.walk()] == ["run", "function", "library"]


@pytest.mark.parametrize(("cost", "expected"), [(0, 0), (5, 5), ("2 + n", 9), ("n - n", 0)])
def test_intrinsics(cost: str | int, expected: int) -> None:
    """An intrinsic has what its header's cost came to; the weight of the instruction is its function's."""
    found = profile(asking(lambda n: n + 1, cost), "main", 7)
    consistent(found)
    assert found.result == 8
    assert functions(found) == {"main": (1, 3, 3 + expected)}
    (row,) = found.intrinsics
    assert (row.name, row.pack, row.cost, row.calls, row.fuel) == ("f", "pack-a", str(cost), 1, expected)
    assert lines(found)[5] == (1, 1 + expected)
    assert paths(found.root)[2] == (2, "f", 1, expected)


def test_one_intrinsic_of_two_modules_is_one_row() -> None:
    """Identity is the UUID, whoever imports it, under whatever name."""
    one = f'extern {{}}(n: int) -> int = "{identity("f")}"\n'
    below = assemble(".library\n" + one.format("g") + "func l() -> int\npush 1\ncalli g\nret\nend\nexport l")
    digest = content_hash(encode(below)).hex()
    text = f'.link lib "{digest}"\nimport lib l() -> int\n{one.format("f")}func main() -> int\ncalll lib.l\ncalli f\nret\nend'
    hosts = Table([offer("f", "(n: int) -> int", load=lambda: abs, cost=Formula("2 * n", ("n",)))])
    found = profile(load(text, hosts=hosts, libraries={"lib": encode(below)}), "main")
    consistent(found)
    assert [(row.uuid, row.calls, row.fuel) for row in found.intrinsics] == [(str(identity("f")), 2, 4)]
    assert [(path.kind, path.name) for path, _ in found.root.walk()][1:] == [
        ("function", "main"), ("library", "lib.l"), ("intrinsic", "g"), ("intrinsic", "f"),
    ]  # fmt: skip


def test_intrinsic_that_raises() -> None:
    """It was called, and paid for; what follows in its block was paid for and did not run."""

    def f(n: int) -> int:
        raise KeyError(n)

    found = profile(asking(f, 5, "nop"), "main", 7)
    consistent(found)
    assert found.error is not None
    assert found.error.kind == "intrinsic-raised"
    assert found.result is None
    assert (found.instructions, found.fuel, found.not_run) == (2, 9, 2)
    assert [(row.calls, row.fuel) for row in found.intrinsics] == [(1, 5)]
    assert found.root.children["charged for instructions that did not run"].fuel == 2


def test_call_that_the_meter_refuses() -> None:
    """A call beyond the limit of calls is no call; a constant cost was charged with the block all the same."""
    found = profile(asking(lambda n: n, 5, "calli f", LIMITS.with_(intrinsic_calls=1)), "main", 7)
    consistent(found)
    assert found.error is not None
    assert found.error.kind == "intrinsic-calls"
    assert [(row.calls, row.fuel) for row in found.intrinsics] == [(1, 10)]


def test_cost_that_the_fuel_does_not_cover() -> None:
    """What was not enough was not taken."""
    found = profile(asking(lambda n: n, "10 * n", limits=LIMITS.with_(fuel=20)), "main", 7)
    consistent(found)
    assert found.error is not None
    assert found.error.kind == "fuel"
    assert (found.fuel, found.not_run) == (3, 1)
    assert [(row.calls, row.fuel) for row in found.intrinsics] == [(1, 0)]


@pytest.mark.parametrize("fuel", range(14))
def test_every_amount_of_fuel(fuel: int) -> None:
    """Wherever the fuel ends, the figures add up; a block that was refused has not run."""
    found = profile(load(CALLS, LIMITS.with_(fuel=fuel)), "main", 3)
    consistent(found)
    assert (found.error is None) == (fuel >= 12)
    expected = {0: (0, 0), 4: (4, 2), 8: (8, 1), 12: (12, 0)}
    assert (found.fuel, found.not_run) == expected[fuel // 4 * 4]


def test_trap_partway() -> None:
    """The instruction that traps has run; those behind it have not, in its function and in its callers."""
    text = "func main($n: int) -> int\nget $n\ncall f\nnop\nret\nend\nfunc f($n: int) -> int\npush 6\nget $n\ndiv\nret\nend"
    found = profile(load(text), "main", 0)
    consistent(found)
    assert found.error is not None
    assert (found.error.kind, found.error.place.line) == ("div-by-zero", 10)
    assert functions(found) == {"f": (1, 3, 3), "main": (1, 2, 5)}
    assert found.not_run == 3


def test_no_calls_allowed() -> None:
    """A run that may not even begin has used nothing."""
    found = profile(load(CALLS, LIMITS.with_(call_depth=0)), "main", 3)
    consistent(found)
    assert found.error is not None
    assert (found.error.kind, found.fuel, found.instructions, found.lines) == ("call-depth", 0, 0, ())


def test_fuel_is_handed_out_in_slices() -> None:
    """With a deadline not all fuel is in the machine's hand; the figures are of all of it."""
    found = profile(load(COUNT, Limits.default.with_(deadline_ms=600_000)), "main", 3_000)
    consistent(found)
    assert found.fuel == 3_000 * 9 + 6


def test_deep_stacks_end_in_one_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond some depth paths are not told apart; functions and their totals are as exact as ever."""
    monkeypatch.setattr(observe, "DEEPEST", 3)
    found = profile(load(EVEN), "even", 6)
    consistent(found)
    assert functions(found) == {"even": (4, 33, 60), "odd": (3, 27, 51)}
    assert [name for _, name, *_ in paths(found.root)] == ["all", "even", "odd", "even", "further calls"]
    assert paths(found.root)[-1] == (4, "further calls", 4, 33)


def test_paths_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond some number of paths those that are new are one for each path that was known."""
    text = "".join(
        f"func f{i}($n: int) -> int\nif $n le 0 .end\n"
        + "".join(f"get $n\npush 1\nsubi\ncall f{j}\npop\n" for j in range(3))
        + "get $n\nret\n.end:\npush 0\nret\nend\n"
        for i in range(3)
    )
    whole = profile(load(text, Limits.default), "f0", 4)
    consistent(whole)
    assert len(paths(whole.root)) == 1 + sum(3**i for i in range(5))
    monkeypatch.setattr(observe, "MOST_PATHS", 10)
    found = profile(load(text, Limits.default), "f0", 4)
    consistent(found)
    assert functions(found) == functions(whole)
    assert 11 < len(paths(found.root)) <= 21


def test_without_line_numbers() -> None:
    """A program that does not say its lines has one row for each function."""
    module = assemble(CALLS)._replace(debug=None)
    program = load(CALLS)
    found = profile(type(program)(_linked(module), LIMITS), "main", 3)
    consistent(found)
    assert [(row.line, row.function, row.fuel) for row in found.lines] == [(None, "twice", 8), (None, "main", 4)]


def _linked(module: Any) -> Any:
    from vcvm_core import VM

    return VM().load_module(module).image


def test_refused() -> None:
    """What cannot be called is refused before anything runs."""
    with pytest.raises(ApiError):
        profile(load(CALLS), "main")
    with pytest.raises(ApiError):
        profile(load(CALLS), "nothing")


def test_interrupts_pass() -> None:
    """Whoever interrupts the run gets no profile."""

    def f(n: int) -> int:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        profile(asking(f, 1), "main", 1)


def test_times_are_of_the_run() -> None:
    """Times are positive, the parts of the whole; making the form that runs is in none of them."""
    found = profile(load(EVEN), "even", 100)
    assert found.seconds > 0
    assert sum(row.seconds for row in found.lines) == pytest.approx(found.seconds)
    assert sum(row.seconds for row in found.functions) == pytest.approx(found.seconds)
    assert max(row.total_seconds for row in found.functions) == pytest.approx(found.seconds)
