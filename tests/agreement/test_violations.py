"""Programs with exactly one violation: the verifier reports that one, there, and nothing else."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from agreement.generate import generate
from agreement.hosts import Host
from agreement.violate import ELSEWHERE, MAKERS, violations
from vcvm_core import VerifyError
from vcvm_core.errors import ERRORS
from vcvm_core.verify import verify

PROGRAMS = 250


def test_each_violation_is_reported_where_it_is() -> None:
    """Kind and place, for every kind, in many programs."""
    host, seen = Host(), Counter[str]()
    for seed in range(5_000, 5_000 + PROGRAMS):
        module = generate(seed, host).module
        for v in violations(module, Random(seed)):
            with pytest.raises(VerifyError) as caught:
                verify(v.module)
            places = {(d.place.function, d.place.instruction) for d in caught.value.diagnostics}
            assert {d.kind for d in caught.value.diagnostics} == {v.kind}, (seed, v.kind, caught.value.diagnostics)
            assert places == v.places, (seed, v.kind, places, v.places)
            seen[v.kind] += 1
    assert min(seen.values()) >= 10, seen
    expected = {kind for kind, row in ERRORS.items() if row.family is VerifyError}
    assert set(seen) == expected - ELSEWHERE
    assert len(seen) == len(MAKERS)
