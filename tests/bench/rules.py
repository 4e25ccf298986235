"""Target 5: one rule over records, every field of which is held against its type.

vcvm and the hand-written function refuse a record that does not fit; that is checked before anything is timed. Peers get
the records that fit, and look at no more than their operators do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from bench import programs, tasks
from bench.against import compared, compiler
from bench.measure import Case, Scale, WrongResult
from vcvm_core import ApiError

TITLE: Final = "A rule over records"

FIELDS: Final = (
    "the record is held against its type when it comes in, field by field, and the rule counts fuel beyond that"
)
NOTE: Final = "peers do not check the types of fields that fit no operator, and quickjs gets its records through JSON"


def cases(scale: Scale, folder: Path) -> Iterator[Case]:
    """The cases; nothing is written into `folder`. Raises WrongResult if a rule takes a record that does not fit."""
    refuses_misfits(tasks.accept, TypeError, KeyError)
    refuses_misfits(compiler()(programs.ACCEPT), ApiError)
    with compared(
        "a rule over records of eight fields", tasks.RULE, programs.ACCEPT, 1.7, FIELDS, scale, notes=(NOTE,)
    ) as case:
        yield case


def refuses_misfits(rule: Callable[[Any], Any], *refusals: type[Exception]) -> None:
    """Raise WrongResult if a rule does anything but refuse each of the misfits."""
    for misfit in tasks.misfits():
        try:
            found = rule(misfit)
        except refusals:
            continue
        raise WrongResult(f"the rule gives {found!r} for {misfit!r}, which is no order")
