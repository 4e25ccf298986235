"""What is let in does not depend on how much is reported: each program that is refused is refused with any budget."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus.rows import Row
from corpus.verifier_rows import ROWS
from reject.test_reject import FILES, LIMIT, headers, read
from vcvm_core import VM, Limits
from vcvm_core.asm import assemble
from vcvm_core.bytecode import Module, decode
from vcvm_core.errors import ERRORS, VcvmError, VerifyError
from vcvm_core.verify import verify

BUDGETS = (0, 1, 2, 100)
REFUSED = [row for row in ROWS if row.kind and ERRORS[row.kind].family is VerifyError]


def found(module: Module, most: int) -> VcvmError:
    """The refusal of a module by the verifier, with a budget of errors."""
    with pytest.raises(VcvmError) as caught:
        verify(module, Limits.default.with_(source_errors=most))
    return caught.value


@pytest.mark.parametrize("row", REFUSED, ids=lambda r: r.id)
def test_the_verifier_refuses_with_any_budget(row: Row) -> None:
    """One problem at least is reported; with a higher limit more are, and the first of them stay the same."""
    module = decode(row.data)
    full = list(map(str, found(module, 100).diagnostics))
    for most in BUDGETS:
        assert list(map(str, found(module, most).diagnostics)) == full[: max(1, most)]


@pytest.mark.parametrize("most", BUDGETS)
def test_no_door_of_the_machine_opens(most: int) -> None:
    """Bytes, modules and libraries that break a rule are refused by every way into a machine."""
    limits = Limits.default.with_(source_errors=most)
    row = next(r for r in REFUSED if r.kind == "stack-underflow")
    for enter in (
        lambda: VM(limits=limits).load(row.data),
        lambda: VM(limits=limits).load_module(decode(row.data)),
        lambda: VM(limits=limits).check(row.data),
        lambda: VM(limits=limits, libraries={"l": row.data}),
    ):
        with pytest.raises(VerifyError):
            enter()


@pytest.mark.parametrize("path", FILES, ids=[f.stem for f in FILES])
def test_the_assembler_refuses_with_any_budget(path: Path) -> None:
    """With a smaller budget a part of the same problems is reported, one at least, and none that is not there."""
    text, known = read(path), headers()
    given = {m["name"]: int(m["value"]) for m in LIMIT.finditer(text)}
    full = None
    for most in sorted(BUDGETS, reverse=True):
        limits = Limits.default.with_(**{**given, "source_errors": most})
        with pytest.raises(VcvmError) as caught:
            verify(assemble(text, known, path.name, limits), limits)
        here = caught.value.diagnostics
        full = here if full is None else full
        assert 1 <= len(here) <= max(1, most)
        assert set(map(str, here)) <= set(map(str, full))


def test_lines_after_the_budget_are_not_missed() -> None:
    """A call of a function that is defined after the last syntax error that is reported is not called unknown."""
    text = "func main()\ncall $later()\nret\nend\n)\nfunc later()\nret\nend\n"
    with pytest.raises(VcvmError) as caught:
        assemble(text, limits=Limits.default.with_(source_errors=1))
    assert [d.kind for d in caught.value.diagnostics] == ["syntax"]
