"""Target 10: from the start of a process to a result.

Every variant is a new process; the baseline is an interpreter that does nothing. All of them have the same environment, and
their modules are compiled before they are timed.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from bench import programs
from bench.interpreter import count_inside
from bench.measure import Case, Process, Scale, Target, Variant
from bench.sites import pack_name, site
from bench.surroundings import environment
from bench.tasks import numeric
from vcvm_core.asm import assemble
from vcvm_core.bytecode import encode
from vcvm_core.plugin import discover, installed

TITLE: Final = "A new process"

IMPORT: Final = "from vcvm_core import VM"
RUN: Final = (
    "import sys\nfrom vcvm_core import VM\nprogram = VM().load(sys.argv[1])\nprint(program.call(program.entry(), 20))"
)
RUN_WITH_PACK: Final = (
    "import sys\nfrom vcvm_core import VM\nfrom vcvm_core.plugin import installed\n"
    "program = VM(hosts=installed()).load(sys.argv[1])\nprint(program.call(program.entry(), 200))"
)
METADATA: Final = "import importlib.metadata"
ENTRY_POINTS: Final = "from importlib.metadata import entry_points; print(len(entry_points(group='vcvm.packs')))"
SHOW: Final = "\nimport sys; sys.stderr.write('\\n'.join(sorted(sys.modules)))"
LIST: Final = "from vcvm_core.cli import main; main(['plugins', 'list'])"

IMPORTS: Final = (
    "nearly all of it is importing: the machine, then what compiles functions; loading and running add little"
)
MANIFESTS: Final = (
    "most of it is paid before the first of these packs, for importing what reads manifests and for reading that of the "
    "standard pack; the hundred packs are the difference between two rows below"
)
"""What a miss is due to."""


def cases(scale: Scale, folder: Path) -> Iterator[Case]:
    """The cases; `folder` is theirs to write into."""
    yield _run_once(folder)
    yield _plugins_list(scale.pick(100, 3), folder)


def _run_once(folder: Path) -> Case:
    inside = f"{count_inside(200)}\n"
    plain, packed = folder / "numeric.vcvm", folder / "ranges.vcvm"
    plain.write_bytes(encode(assemble(programs.NUMERIC)))
    packed.write_bytes(encode(assemble(programs.INTRINSIC, installed().catalog())))
    around = environment(folder)

    def python(code: str, *words: str) -> Process:
        return Process([sys.executable, "-c", code, *words], around)

    return Case(
        "import vcvm_core, load, verify, run once",
        (
            Variant("python -c pass", python("pass"), ""),
            Variant(IMPORT, python(IMPORT), ""),
            Variant("import, load, verify, run once", python(RUN, str(plain)), f"{numeric(20)}\n"),
            Variant("the same with an intrinsic of the standard pack", python(RUN_WITH_PACK, str(packed)), inside),
            Variant("import importlib.metadata", python(METADATA), ""),
        ),
        (Target("import, load, verify, run once", "ratio", 3.0, why=IMPORTS),),
        notes=(
            "import, load, verify, run once: " + _brought(RUN, around, str(plain)),
            "with one intrinsic of the standard pack: " + _brought(RUN_WITH_PACK, around, str(packed)),
        ),
    )


def _plugins_list(packs: int, folder: Path) -> Case:
    packages = site(folder / "listed", packs, 0)
    around = environment(folder, packages)
    script = Path(sysconfig.get_path("scripts"), "vcvm")
    command = [str(script)] if script.exists() else [sys.executable, "-m", "vcvm_core"]
    names = {pack_name(number) for number in range(packs)}

    def listed(output: str) -> list[str]:
        """The names of the made packs that are listed as good."""
        words = [line.split() for line in output.splitlines()]
        return sorted(w[0] for w in words if w and w[0] in names and "ok" in w)

    here = [found for found in discover() if found.editable]
    notes = [f"vcvm plugins list: {_brought(LIST, around)}"]
    if here:
        notes.append(f"installed as editable, so that their sources are read too: {', '.join(f.name for f in here)}")
    count = packs + len(discover())
    return Case(
        f"vcvm plugins list, {packs} packs",
        (
            Variant("python -c pass", Process([sys.executable, "-c", "pass"], around), ""),
            Variant("vcvm plugins list", Process([*command, "plugins", "list"], around, listed), sorted(names)),
            Variant(
                "the same without these packs", Process([*command, "plugins", "list"], environment(folder), listed), []
            ),
            Variant("vcvm --help", Process([*command, "--help"], around, bool), True),
            Variant(
                "importlib.metadata.entry_points()", Process([sys.executable, "-c", ENTRY_POINTS], around), f"{count}\n"
            ),
        ),
        (Target("vcvm plugins list", "ratio", 4.0, why=MANIFESTS),),
        notes=tuple(notes),
    )


def _brought(code: str, around: Mapping[str, str], *words: str) -> str:
    """What a piece of Python imports besides what every interpreter has, in a sentence."""
    modules = _modules(code, around, words) - _modules("", around, ())
    own = [name for name in modules if name.partition(".")[0] in ("vcvm_core", "vcvm_stdlib")]
    tops = Counter(name.partition(".")[0] for name in modules.difference(own))
    standard = sorted(top for top in tops if top in sys.stdlib_module_names)
    outside = sorted(f"{top} ({count})" for top, count in tops.items() if top not in sys.stdlib_module_names)
    return (
        f"{len(modules)} modules more than an interpreter has: {len(own)} of vcvm, of other distributions "
        f"{', '.join(outside) or 'none'}, of the standard library {', '.join(standard)}"
    )


def _modules(code: str, around: Mapping[str, str], words: Sequence[str]) -> set[str]:
    command = [sys.executable, "-c", code + SHOW, *words]
    done = subprocess.run(command, env=dict(around), capture_output=True, text=True, encoding="utf-8", check=False)
    return set(done.stderr.split()) if done.returncode == 0 else set()
