"""Programs that use the pack, run in every way that the machine has."""

from __future__ import annotations

from pathlib import Path

from vcvm_core.testing import ProgramRunner

PAYMENT = """
extern vcvm_stdnum.iban_country
extern vcvm_stdnum.bic_valid

; A transfer within the euro area: the account is in Germany, and the bank is one.
func accepted(iban: string, bic: string) -> bool
    get $iban
    call $vcvm_stdnum.iban_country()
    pushs "DE"
    eq
    get $bic
    call $vcvm_stdnum.bic_valid()
    and
    ret
end
"""


def test_a_rule_over_a_payment(run_program: ProgramRunner) -> None:
    assert run_program(PAYMENT, "DE89 3704 0044 0532 0130 00", "deutdeff") is True
    assert run_program(PAYMENT, "GB82 WEST 1234 5698 7654 32", "deutdeff") is False
    assert run_program(PAYMENT, "DE89 3704 0044 0532 0130 01", "deutdeff") is False
    assert run_program(PAYMENT, "", "") is False


def test_the_program_of_the_readme(run_program: ProgramRunner) -> None:
    readme = Path(__file__).parents[1] / "README.md"
    program = readme.read_text(encoding="utf-8").partition("```vasm\n")[2].partition("```")[0]
    assert run_program(program, "DE89 3704 0044 0532 0130 00") is True
    assert run_program(program, "GB82 WEST 1234 5698 7654 32") is False
    assert run_program(program, "DE") is False
