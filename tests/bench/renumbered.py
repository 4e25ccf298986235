"""A worker (see `measure.Worker`) whose opcode table has other numbers: run by the path of this file.

    python renumbered.py asis|reversed|padded PROGRAM.vasm ARGUMENT

reversed: the last row comes first and has the lowest number, the first has the highest. padded: every number that is free
belongs to a row too, and these rows stand before all others. The program is assembled here, as its bytes would differ.
"""

from __future__ import annotations

import sys
import time
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path


def replace_table(how: str) -> None:
    """Put another table where `vcvm_core` will look for its own; `vcvm_core` must not have been imported."""
    package = find_spec("vcvm_core")
    folder = package and package.submodule_search_locations
    spec = folder and spec_from_file_location("vcvm_core.isa.opcodes", Path(folder[0], "isa", "opcodes.py"))
    if not spec or not spec.loader:
        raise SystemExit("vcvm_core is not installed as a folder")
    table = module_from_spec(spec)
    sys.modules[spec.name] = table
    spec.loader.exec_module(table)
    rows = table.OPCODES
    if how == "reversed":
        rows = tuple(row._replace(code=255 - row.code) for row in reversed(rows))
    elif how == "padded":
        used = {row.code for row in rows}
        nop = next(row for row in rows if row.name == "nop")
        rows = (*(nop._replace(code=n, name=f"free{n}") for n in range(256) if n not in used), *rows)
    table.OPCODES = rows


def main(how: str, path: str, argument: str) -> None:
    """Give the result and the instructions of one run; then time as many runs as each line of the input says."""
    if how != "asis":
        replace_table(how)
    from vcvm_core import VM
    from vcvm_core.asm import assemble

    program = VM(tier="interpreter").load_module(assemble(Path(path).read_text("utf-8")))
    name, value = program.entry(), int(argument)
    machine = program.machine(name, value)
    result = machine.run()
    print(result, machine.limits.fuel - machine.fuel, flush=True)
    function = program.function(name)
    for line in sys.stdin:
        times = int(line)
        start = time.process_time()
        for _ in range(times):
            function(value)
        print(time.process_time() - start, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
