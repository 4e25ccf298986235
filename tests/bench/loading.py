"""Target 6: from the source of a rule to something that can be called.

The rule is that of target 5, in a version that nobody has compiled before, unless a row says otherwise. In all cases the
process is warm: modules are imported, and whatever a host makes once (a VM, an engine, an environment) is there.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from bench import programs, tasks
from bench.against import compared, compiler
from bench.measure import Call, Case, Fresh, Scale, Target, Variant
from vcvm_core import VM
from vcvm_core.asm import assemble
from vcvm_core.bytecode import encode

TITLE: Final = "From source to callable"

WARM: Final = 1.0
AGAIN: Final = 0.1
"""Milliseconds."""

ASSEMBLES: Final = (
    "most of it is the assembler, which parses and checks each line in Python; the rest is verifying and linking"
)
VERIFIES: Final = "decoding and verifying take each instruction by itself, in Python"
READS: Final = "the bytes are recognized and not verified again; what remains is linking"
REPEATS: Final = "the text is found again, and what it became is linked anew"
"""What a miss is due to."""


def cases(scale: Scale, folder: Path) -> Iterator[Case]:
    """The cases; nothing is written into `folder`."""
    for name, task, why in (
        ("rule source to callable", tasks.COMPILING, ASSEMBLES),
        ("rule source to first result", tasks.FIRST, ASSEMBLES),
    ):
        with compared(
            name,
            task,
            programs.ACCEPT,
            WARM,
            why,
            scale,
            measure="milliseconds",
            by_hand=(by_hand, inspect.getsource(tasks.accept)),
        ) as case:
            yield case
    yield _again()


def by_hand(text: str) -> Callable[..., Any]:
    """The function in a text of Python."""
    names: dict[str, Any] = {"Order": dict}
    exec(text, names)
    function: Callable[..., Any] = names["accept"]
    return function


def _again() -> Case:
    text = programs.ACCEPT
    seen = encode(assemble(text))
    orders, right = tasks.COMPILING.arguments(True)[0], tasks.COMPILING.right(True)
    from_source, machine, eager = compiler(), VM(), VM(tier="compiled")

    def new(number: int) -> tuple[bytes]:
        """A program that was not seen before."""
        return (encode(assemble(tasks.another(text, number))),)

    def load(data: bytes) -> Callable[..., Any]:
        return machine.load(data).function()

    def load_eager(data: bytes) -> Callable[..., Any]:
        return eager.load(data).function()

    def verdicts(function: Callable[..., Any]) -> list[Any]:
        return tasks.each(function, orders)

    def first(make: Callable[[Any], Callable[..., Any]]) -> Callable[[Any], Any]:
        return lambda program: make(program)(orders[0])

    return Case(
        "the same program again",
        (
            Variant("bytes to callable, first time", Fresh(load, new, verdicts), right),
            Variant("bytes to first result, first time", Fresh(first(load), new), right[0]),
            Variant("bytes to first compiled result, first time", Fresh(first(load_eager), new), right[0]),
            Variant("bytes to callable, seen before", Fresh(load, lambda _: (seen,), verdicts), right),
            Variant("bytes to first result, seen before", Call(first(load), seen), right[0]),
            Variant("source to callable, seen before", Fresh(from_source, lambda _: (text,), verdicts), right),
            Variant("source to first result, seen before", Call(first(from_source), text), right[0]),
        ),
        (
            Target("bytes to callable, first time", "milliseconds", WARM, VERIFIES),
            Target("bytes to callable, seen before", "milliseconds", AGAIN, READS),
            Target("source to callable, seen before", "milliseconds", AGAIN, REPEATS),
        ),
    )
