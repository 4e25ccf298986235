"""What runs in a process of its own: hostile programs, with what the operating system can be told to hold back.

Takes on its standard input a line of JSON, {"addresses": bytes, "processor": seconds, "row": id of a bomb or "", "ways":
[{tier, preset, fuel, calls}]}, and after it the bytes of the program; gives a line of JSON: for each way how it ended, the
seconds of processor time of the call, and at the end the most memory that the process had. Refuses nothing.

    PYTHONPATH=tests python -m corpus.alone < input
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from corpus import bomb_rows, bomb_rows_beyond
from vcvm_core import VM, Limits, Program, VcvmError
from vcvm_core.plugin import installed


def peak() -> int:
    """The most memory that this process has had, in bytes. Not ru_maxrss where that can be helped: on Linux a new
    process starts with the figure of the one that started it."""
    try:
        text = Path("/proc/self/status").read_text("ascii")
        return int(text[text.index("VmHWM:") :].split()[1]) << 10
    except (OSError, ValueError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


NOMINAL = 0.0025
"""Seconds of processor time that `pace` takes where nothing else runs, on the machine that the bounds were set on."""


def pace() -> float:
    """How much slower this processor is now than it should be: 1 at least, 2 at most. Cores share caches and clocks, so a
    busy machine also makes processor time longer."""
    start = time.process_time()
    total = 0
    for i in range(100_000):
        total += i & 7
    return min(2.0, max(1.0, (time.process_time() - start) / NOMINAL))


def timed(call: Any, *given: Any) -> tuple[str, float]:
    """The kind of error that ends a call, and the processor time it takes, at the pace of an idle machine."""
    before = pace()
    start = time.process_time()
    try:
        call(*given)
        kind = ""
    except VcvmError as e:
        kind = e.kind
        str(e)
    seconds = time.process_time() - start
    return kind, seconds / max(before, pace())


def limits_of(way: dict[str, Any]) -> Limits:
    preset: Limits = getattr(Limits, way["preset"])
    changed = {name: way[name] for name in ("fuel", "memory", "value_size", "compiled_lines") if name in way}
    return preset.with_(**changed)


def tried(data: bytes, way: dict[str, Any], hosts: Any, given: list[Any]) -> dict[str, Any]:
    """One way to run a program: loading it, calling it as often as the way says, and measuring it once."""
    vm = VM(hosts=hosts, limits=limits_of(way), tier=way["tier"], allow=("clock",))
    found: dict[str, Any] = {"kinds": [], "seconds": []}
    start = time.process_time()
    try:
        program: Program = vm.load(data)
    except VcvmError as e:
        return {"kinds": [e.kind], "seconds": [time.process_time() - start], "refused": True}
    found["load"] = time.process_time() - start
    function = program.function("main")
    for _ in range(way.get("calls", 1)):
        kind, seconds = timed(function, *given)
        found["kinds"].append(kind)
        found["seconds"].append(seconds)
    if way.get("measure"):
        run = program.measure("main", *given)
        place = str(run.error.place) if run.error is not None else ""
        found["end"] = [run.error.kind if run.error else "", place, run.fuel, run.memory, run.intrinsic_calls]
    return found


def main() -> None:
    task = json.loads(sys.stdin.buffer.readline())
    data = sys.stdin.buffer.read()
    hosts = installed()
    rows = [bomb for bomb in (*bomb_rows.ROWS, *bomb_rows_beyond.ROWS) if bomb.id == task["row"]]
    # All the same: resources that the process has at its start are not the program's.
    before = peak()
    for kind, most in ((resource.RLIMIT_AS, task["addresses"]), (resource.RLIMIT_CPU, task["processor"])):
        resource.setrlimit(kind, (most, most))
    given = rows[0].given() if rows else []
    found = [tried(data, way, hosts, given) for way in task["ways"]]
    print(json.dumps({"ways": found, "peak": peak(), "before": before}))


if __name__ == "__main__":
    main()
