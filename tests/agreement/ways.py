"""Ways to run a script, and holding what each call came to against the interpreter.

Takes a `Script`; gives a `Different` for each way in which a call ended otherwise than on the interpreter that checks itself.
Every way begins with a host of its own. What is compared is what compare.py compares. Refuses nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from agreement.compare import Seen, seen
from agreement.hosting import TERMS, Hosted, Table
from agreement.scripts import Script
from vcvm_core import VM, Program
from vcvm_core.bytecode import encode
from vcvm_core.vm import TierName

class Way(NamedTuple):
    """A way to run a script. how: by which methods of a program, in turn."""

    tier: TierName
    how: tuple[str, ...]
    watched: bool = False

    def __str__(self) -> str:
        return f"{self.tier}, {' and '.join(self.how)}{', watched' if self.watched else ''}"


MIXED: Final = ("call", "measure", "function", "call", "function", "measure")
REFERENCE: Final = Way("interpreter", ("check",))
WAYS: Final = (
    Way("interpreter", ("call",)), Way("interpreter", ("call",), True), Way("interpreter", MIXED),
    Way("auto", ("call",)), Way("auto", ("function",)), Way("auto", MIXED), Way("auto", ("function",), True),
    Way("compiled", ("call",)), Way("compiled", ("function",)), Way("compiled", ("measure",)), Way("compiled", MIXED),
    Way("compiled", ("measure",), True), Way("compiled", ("call",), True),
)  # fmt: skip


class Watcher:
    """An observer that looks at everything, and keeps nothing."""

    values = 20

    def start(self, record: Any) -> None:
        """An intrinsic is called."""

    def end(self, record: Any, ended: Any) -> None:
        """It has returned."""


class Different(NamedTuple):
    """A call that ended differently in one way. step: its number in the script."""

    script: Script
    way: Way
    step: int
    expected: Seen
    found: Seen


def observed(script: Script, way: Way) -> Iterator[tuple[int, Seen]]:
    """Run a script in one way, on a host of its own; gives what each call came to, with the number of its step."""
    host = Hosted()
    tables = {load.terms: Table(host, TERMS[load.terms]) for load in script.loads}
    data = encode(script.module)
    programs: list[Program] = []
    for load in script.loads:
        watching = [Watcher()] if load.watched or way.watched else []
        vm = VM(tables[load.terms], limits=load.limits, allow=("clock",), tier=way.tier, observers=watching)
        programs.append(vm.load(data) if load.again else vm.load_module(script.module))
    functions: dict[int, Callable[..., Any]] = {}
    turn = 0
    for number, step in enumerate(script.steps):
        if step.event:
            host.happen(step.event)
            continue
        program = programs[step.load]
        host.again = lambda n, program=program: program.call("inner", n)
        how = way.how[turn % len(way.how)]
        turn += 1
        host.log = []
        box: list[tuple[int, int, int]] = []

        def run(*given: Any, how: str = how, program: Program = program, step: Step = step, box: Any = box) -> Any:
            if how == "call":
                return program.call("main", *given)
            if how == "function":
                if step.load not in functions:
                    functions[step.load] = program.function("main")
                return functions[step.load](*given)
            found = program.measure("main", *given, check=how == "check")
            box.append((found.fuel, found.intrinsic_calls, found.memory))
            if found.error is not None:
                raise found.error
            return found.result

        yield number, seen(run, step.arguments, lambda: host.log, lambda box=box: box[0] if box else None)


def differences(script: Script, ways: tuple[Way, ...] = WAYS) -> Iterator[tuple[int, Different | None]]:
    """Run a script in every way; gives for each how many calls were compared, and the first that differs."""
    expected = dict(observed(script, REFERENCE))
    for way in ways:
        compared, different = 0, None
        for number, found in observed(script, way):
            compared += 1
            if not expected[number].like(found):
                different = Different(script, way, number, expected[number], found)
                break
        yield compared, different
