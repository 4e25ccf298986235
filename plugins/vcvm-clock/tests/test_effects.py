"""What is not pure runs only where it is allowed: programs are refused before they run, by name."""

from __future__ import annotations

from pathlib import Path

import pytest
from vcvm_core import LinkError, Trap
from vcvm_core.testing import ProgramRunner

NOW = """
extern vcvm_clock.clock_seconds
func main() -> int
    call $vcvm_clock.clock_seconds()
    ret
end
"""
DICE = """
extern vcvm_clock.random_between
func main() -> int
    push 1
    push 6
    call $vcvm_clock.random_between()
    as int
    ret
end
"""
DUE = """
extern vcvm_clock.day_from_date
extern vcvm_clock.day_add_months
extern vcvm_clock.day_to_date

func due(text: string) -> string?
    get $text
    call $vcvm_clock.day_from_date()
    as int
    push 1
    call $vcvm_clock.day_add_months()
    as int
    call $vcvm_clock.day_to_date()
    ret
end
"""


@pytest.mark.parametrize(("text", "effect", "other"), [(NOW, "clock", "random"), (DICE, "random", "clock")])
def test_an_effect_has_to_be_allowed(run_program: ProgramRunner, text: str, effect: str, other: str) -> None:
    """Allowing another effect, or none, refuses the program and names what is missing."""
    for allowed in ([], [other], ["net", "files"]):
        with pytest.raises(LinkError) as refusal:
            run_program(text, allow=allowed)
        (verdict,) = refusal.value.report.refused
        assert effect in str(refusal.value.report.lines())
        assert verdict.name.startswith(effect)
        assert verdict.word == "effect-not-allowed"
    assert run_program(text, allow=[effect]) > 0


def test_the_calendar_needs_no_permission(run_program: ProgramRunner) -> None:
    assert run_program(DUE, "2024-01-31", allow=[]) == "2024-02-29"


def test_the_program_of_the_readme(run_program: ProgramRunner) -> None:
    """It says who is of age today, and traps for what is no date."""
    readme = Path(__file__).parents[1] / "README.md"
    program = readme.read_text(encoding="utf-8").partition("```vasm\n")[2].partition("```")[0]
    assert run_program(program, "1970-01-01", allow=["clock"]) is True
    with pytest.raises(Trap):
        run_program(program, "2023-02-29", allow=["clock"])
