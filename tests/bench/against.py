"""A task as a case: hand-written Python first, then vcvm, then the peers, in one table.

Takes a task and the assembly of its program; gives the case, whose processes end with the block that it is used in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from bench.measure import Case, Measure, Scale, Target, Variant
from bench.peers import rivals
from bench.tasks import Compile, Task
from vcvm_core import VM
from vcvm_core.asm import assemble

HAND: Final = "hand-written Python"
VCVM: Final = "vcvm"


def compiler(hosts: Any = None, names: Mapping[str, Any] | None = None) -> Compile:
    """What makes a callable of assembly, in the default tier. names: of intrinsics, for the assembler."""
    machine = VM(hosts)
    return lambda text: machine.load_module(assemble(text, names)).function()


@contextmanager
def compared(
    name: str,
    task: Task,
    text: str,
    limit: float,
    why: str,
    scale: Scale,
    *,
    own: Compile | None = None,
    measure: Measure = "ratio",
    by_hand: tuple[Compile, str] | None = None,
    notes: tuple[str, ...] = (),
) -> Iterator[Case]:
    """The case of a task and its target for vcvm.

    text: of vcvm. own: makes a callable of it; `compiler()` if None. by_hand: the same for the baseline, and its text;
    `task.hand` as it is if None. why: what a miss is due to.
    """
    compile_hand, hand = by_hand or (lambda _: task.hand, "")
    works = ((HAND, compile_hand, hand), (VCVM, own or compiler(), text))
    right, size = task.right(scale.full), task.size(scale.full)
    with rivals(task, scale.full) as (peers, absent):
        variants = [Variant(who, task.work(make, t, scale.full), right, size) for who, make, t in works]
        yield Case(
            name,
            (*variants, *peers),
            (Target(VCVM, measure, limit, why),),
            task.unit if size > 1 else None,
            (*notes, *absent),
        )
