"""A pack imported and called in a process of its own: whatever it does there is a finding, and never the end of the check.

The rows of tables M and P of the security design that ``check --import`` answers stand with the tests.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from dists.builder import SECOND, Site
from dists.projects import intrinsic, project, wheel
from vcvm_core.errors import VcvmError
from vcvm_core.plugin import GateReport, check_pack
from vcvm_core.plugin.checking import process
from vcvm_core.plugin.checking.exact import same, shown

POSIX = pytest.mark.skipif(os.name != "posix", reason="signals and limits of POSIX")
NOTICES = {"effect-hint", "cost-undeclared", "no-examples"}


def found(report: GateReport) -> list[str]:
    """The rules that report, those aside that look at the text only."""
    return [f.rule for f in report.findings if f.rule not in NOTICES]


@pytest.fixture
def check(tmp_path: Path) -> Any:
    """Checks a project with this source, imported."""

    def run(source: str, seconds: float = 20.0) -> GateReport:
        return check_pack(project(tmp_path / "project", source), run=True, seconds=seconds)

    return run


def test_a_good_pack(tmp_path: Path, site: Site) -> None:
    """As a folder, a wheel and installed: every example is run, and here nothing is imported."""
    site.add("acme", intrinsic())
    for given in (
        project(tmp_path / "p", intrinsic()),
        wheel(tmp_path / "acme-1.0-py3-none-any.whl", intrinsic()),
        "acme",
    ):
        report = check_pack(given, run=True)
        assert found(report) == []
        assert report.counts == {"intrinsics": 1, "examples": 1, "examples run": 1}
    assert "acme" not in sys.modules


FAILING = {
    "Exception": ("raise ValueError('no')", "raised ValueError: no"),
    "SyntaxError": ("from acme import broken", "SyntaxError"),
    "ImportError": ("import absent_module", "absent_module"),
    "SystemExit": ("raise SystemExit(0)", "SystemExit"),
    "KeyboardInterrupt": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "no memory": ("x = bytearray(1 << 40)", "MemoryError"),
}


@pytest.mark.parametrize("what", FAILING)
def test_import_failed(tmp_path: Path, what: str) -> None:
    """P01: what importing raises is a finding, with the line that raised it."""
    line, says = FAILING[what]
    folder = project(tmp_path / "project", intrinsic(before=line))
    if what == "SyntaxError":
        # Not read with the pack's own files, so that importing it is what fails.
        source = intrinsic(before="exec('def broken(:')")
        Path(folder, "acme/__init__.py").write_text(source)
    report = check_pack(folder, run=True)
    assert found(report) == ["import-failed"]
    assert says in report.findings[0].message
    assert report.findings[0].place.file == "acme/__init__.py"


ENDING = {
    "exit": ("import os\nos._exit(0)", "exit code 0"),
    "kill": ("import os\nos.kill(os.getpid(), 9)", "SIGKILL"),
    "crash": ("import ctypes\nctypes.string_at(0)", "SIGSEGV"),
    "broken builtins": ("import builtins\nbuiltins.str = builtins.Exception = None", "exit code"),
    "closed files": ("import os\n[os.close(n) for n in range(3, 20)]", "exit code"),
}


@POSIX
@pytest.mark.parametrize("what", ENDING)
def test_import_ended(check: Any, what: str) -> None:
    """A pack that ends the process, in whatever way."""
    line, says = ENDING[what]
    report = check(intrinsic(before=line))
    assert "import-ended" in found(report)
    assert any(says in f.message or "could not go on" in f.message for f in report.findings)


def test_import_hangs(check: Any) -> None:
    """P02: a pack that does not end is ended."""
    start = time.monotonic()
    report = check(intrinsic(before="import time\ntime.sleep(100)"), seconds=1)
    assert found(report) == ["out-of-time"]
    assert "importing it did not end within 1 seconds" in report.findings[0].message
    assert time.monotonic() - start < 10


def test_import_prints_without_end(check: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pack that fills the disk is ended."""
    monkeypatch.setattr(process, "OUTPUT", 1 << 16)
    assert found(check(intrinsic(before="while True: print('x' * 1000)"))) == ["too-much-output"]


CHANGING = {
    "the running threads": "import threading, time\nthreading.Thread(target=time.sleep, args=(99,)).start()",
    "the current folder": "import os\nos.chdir('/')",
    "signal handlers": "import signal\nsignal.signal(signal.SIGTERM, lambda *_: None)",
    "the recursion limit": "import sys\nsys.setrecursionlimit(4321)",
    "sys.path": "import sys\nsys.path.append('x')",
    "the environment": "import os\nos.environ['ACME'] = '1'",
    "what is printed": "print('hello')",
    "the shared random generator": "import random\nrandom.seed(1)",
    "hooks of the interpreter": "import sys\nsys.excepthook = print",
    "the garbage collector": "import gc\ngc.disable()",
    "modules that are not its own": "import vcvm_core.plugin.loader as m\nm.Loader.function = lambda self, row: print",
    "the locale": "import locale\nlocale.setlocale(locale.LC_ALL, 'C')\nlocale.setlocale(locale.LC_CTYPE, 'C.UTF-8')\n"
    "locale.setlocale(locale.LC_ALL, 'C' if locale.setlocale(locale.LC_ALL) != 'C' else 'C.UTF-8')",
}


@POSIX
@pytest.mark.parametrize("what", CHANGING)
def test_import_changes(check: Any, what: str) -> None:
    """P03: what importing changes in the process."""
    report = check(intrinsic(before=CHANGING[what]))
    named = [f.facts["what"] for f in report.findings if f.rule == "import-changes"]
    assert what in named


ORDINARY = "import logging, random, csv, decimal, dataclasses, concurrent.futures\nlogging.getLogger('x')\nR = random.Random(1)"


def test_import_changes_nothing(check: Any) -> None:
    """Ordinary imports, a logger and an own generator are no change."""
    assert found(check(intrinsic(before=ORDINARY))) == []


@pytest.mark.parametrize(
    "line",
    [
        "open('x', 'w').close()",
        "import os\nos.mkdir('x')",
        "import subprocess, sys\nsubprocess.run([sys.executable, '-V'])",
    ],
)
def test_import_acts(check: Any, line: str) -> None:
    """Writing files and starting processes at import."""
    assert "import-acts" in found(check(intrinsic(before=line)))


MACHINE = """
from vcvm_core import VM
from vcvm_core.asm import assemble
from vcvm_core.plugin import installed
made = VM(hosts=installed()).load_module(assemble("func main(n: int) -> int\\n get $n\\n ret\\nend\\n"))
if made.call("main", 3) != 3:
    raise ValueError
"""


def test_import_runs_a_machine(check: Any) -> None:
    """P04: a pack that uses vcvm itself while it is imported."""
    assert found(check(intrinsic(before=MACHINE))) == []


def test_import_reads(check: Any) -> None:
    """Reading a file of its own at import is what packs with tables do."""
    assert found(check(intrinsic(before="open(__file__).read()"))) == []


REFUSED = {
    "signature": ("f.__annotations__ = {'number': str, 'return': int}", "expected int, found string"),
    "class": (
        (
            "from vcvm_core.plugin.declare import ATTRIBUTE\nclass C:\n    pass\nc = C()\n"
            "setattr(c, ATTRIBUTE, getattr(f, ATTRIBUTE))\nf = c"
        ),
        "not a plain function",
    ),
    "absent": ("f = intrinsic('" + SECOND + "')(f)", "does not provide f"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused_when_loaded(check: Any, what: str) -> None:
    """M17, M18, P18: the code is not what the manifest says, as the machine itself finds when it loads the pack."""
    line, says = REFUSED[what]
    report = check(intrinsic().replace("@hookimpl", f"{line}\n\n\n@hookimpl"))
    assert found(report) == ["refused-when-loaded"]
    assert says in report.findings[0].message


def test_a_bad_hook(check: Any) -> None:
    """A hook that gives no list."""
    assert found(check(intrinsic().replace("[f]", "None and [f]"))) == ["import-failed"]


ERROR = "Traceback (most recent call last):\nValueError: no"
CALLS: dict[str, tuple[str, list[str]]] = {
    "another result": (intrinsic("return number * 3"), ["vector-differs"]),
    "P05 raises": (intrinsic("raise ValueError('no')"), ["vector-differs"]),
    "P05 as it says": (intrinsic("raise ValueError('no')", doc=f">>> f(3)\n{ERROR}"), []),
    "P05 another text": (intrinsic("raise ValueError('yes')", doc=f">>> f(3)\n{ERROR}"), ["vector-differs"]),
    "P05 another class": (intrinsic("raise KeyError('no')", doc=f">>> f(3)\n{ERROR}"), ["vector-differs"]),
    "P05 returns": (intrinsic("return 6", doc=f">>> f(3)\n{ERROR}"), ["vector-differs"]),
    "P06 exits": (intrinsic("raise SystemExit"), ["vector-differs"]),
    "P06 interrupts": (intrinsic("raise KeyboardInterrupt"), ["vector-differs"]),
    "P07 mute": (
        intrinsic("raise M", before="class M(Exception):\n    def __str__(self):\n        raise SystemExit"),
        ["vector-differs"],
    ),
    "P07 long": (intrinsic("raise ValueError('x' * 10**7)"), ["vector-differs"]),
    "P08 none": (intrinsic("return None"), ["bad-result"]),
    "P08 bool": (intrinsic("return True", doc=">>> f(3)\n1"), ["bad-result"]),
    "P08 float": (intrinsic("return 6.0"), ["bad-result"]),
    "P08 int for float": (intrinsic("return 6", result="float", doc=">>> f(3)\n6.0"), []),
    "P08 several": (intrinsic("return (6,)", result="tuple[int, int]", doc=">>> f(3)\n(6, 6)"), ["bad-result"]),
    "P08 list for tuple": (intrinsic("return [6, 6]", result="tuple[int, int]", doc=">>> f(3)\n(6, 6)"), ["bad-result"]),
    "P08 tuple": (intrinsic("return 6, 6", result="tuple[int, int]", doc=">>> f(3)\n(6, 6)"), []),
    "P08 inside": (
        intrinsic("return [1, True]", result="list[int]", doc=">>> f(3)\n[1, 1]", args="cost=1, size=2"),
        ["bad-result"],
    ),
    "P09 large": (intrinsic("return 1 << 63"), ["bad-result"]),
    "P09 surrogate": (intrinsic("return '\\ud800'", result="str", doc=">>> f(3)\n'x'", args="cost=1, size=1"), ["bad-result"]),
    "P09 itself": (
        intrinsic("x = []\nx.append(x)\nreturn x", result="list[Any]", doc=">>> f(3)\n[]", args="cost=1, size=1",
                  before="from typing import Any"),
        ["bad-result"],
    ),
    "P09 sizes": (
        intrinsic("return 'x' * number", result="str", doc=">>> f(3)\n'xxx'", args="cost=1, size=2"), ["size-exceeded"],
    ),
    "P10 argument": (intrinsic("a.append(1)\nreturn 6", sig="a: list[int]", doc=">>> f([])\n6"), ["argument-changed"]),
    "P15 state": (
        intrinsic("N.append(1)\nreturn 6 if len(N) == 1 else 7", before="N = []"), ["unsteady"],
    ),
    "P15 declared": (
        intrinsic("N.append(1)\nreturn 6 if len(N) == 1 else 7", before="N = []", args="cost=1, deterministic=False"), [],
    ),
    "P17 coroutine": (intrinsic("return g()", before="async def g():\n    pass"), ["bad-result"]),
    "P19 lies": (
        intrinsic("return L()", before="class L:\n    __class__ = int\n    def __eq__(self, other):\n        return True\n"
                  "    __hash__ = None"),
        ["bad-result"],
    ),
    "ends": (intrinsic("os._exit(0)", before="import os"), ["import-ended"]),
    "reads a file": (intrinsic("open(__file__).close()\nreturn 6"), ["effect-undeclared"]),
    "reads a file, declared": (
        intrinsic("open(__file__).close()\nreturn 6", args='cost=1, effects=["disk"]'), [],
    ),
    "reads a file, in own words": (
        intrinsic("open(__file__).close()\nreturn 6", args='cost=1, effects=["tables"]'), ["effect-undeclared"],
    ),
    "uses a socket": (intrinsic("socket.socket().close()\nreturn 6", before="import socket"), ["effect-undeclared"]),
    "starts a process": (
        intrinsic("subprocess.call([sys.executable, '-V'])\nreturn 6", before="import subprocess, sys"),
        ["effect-undeclared", "call-changes"],
    ),
    "imports": (intrinsic("import sqlite3, wave\nreturn 6"), []),
    "prints": (intrinsic("print('x')\nreturn 6"), ["call-changes"]),
    "prints, declared": (intrinsic("print('x')\nreturn 6", args='cost=1, effects=["terminal"]'), []),
    "keeps a thread": (
        intrinsic("threading.Thread(target=time.sleep, args=(99,)).start()\nreturn 6", before="import threading, time"),
        ["call-changes"],
    ),
    "a map in another order": (
        intrinsic("return list(m)", sig="m: dict[str, int]", result="list[str]", doc=">>> f({'b': 1, 'a': 2})\n['b', 'a']",
                  args="cost=1, size=2"),
        [],
    ),
    "a map with other keys": (
        intrinsic("return list(m)[1:]", sig="m: dict[str, int]", result="list[str]",
                  doc=">>> f({'b': 1, 'a': 2})\n['b', 'a']", args="cost=1, size=2"),
        ["vector-differs"],
    ),
}  # fmt: skip


@POSIX
@pytest.mark.parametrize("what", CALLS)
def test_calls(check: Any, what: str) -> None:
    """What a function gives, raises, changes and does, held against its words."""
    source, expected = CALLS[what]
    report = check(source)
    seen = set(found(report)) - ({"effect-undeclared"} if what == "keeps a thread" else set())
    assert seen == set(expected)
    if what == "reads a file, in own words":
        assert not report.failed
    if expected and what != "ends":
        finding = next(f for f in report.findings if f.rule == expected[0])
        assert finding.place.file == "acme/__init__.py"
        assert finding.name == "f"


def test_a_call_hangs(check: Any) -> None:
    """P14: a call that does not end is named."""
    report = check(intrinsic("time.sleep(100)\nreturn 6", before="import time"), seconds=1)
    assert found(report) == ["out-of-time"]
    assert "calling f(3)" in report.findings[0].message


TEXT = {"sig": "text: str", "doc": ">>> f('ab')\n2"}
COSTS = {
    "P16 cost 0": (intrinsic("return len(sorted(text * 50)) // 50", args="cost=0", **TEXT), "cost-low"),
    "quadratic": (
        intrinsic("return sum(a == b for a in text for b in text)", args='cost="1 + len(text)"', **TEXT), "cost-low",
    ),
    "grows": (
        intrinsic("return sum(a == b for a in text for b in text) // 8 + 1", args='cost="1 + 200 * len(text)"',
                  sig="text: str", doc=">>> f('abcdefgh')\n2"),
        "cost-grows",
    ),
    "exponential": (
        intrinsic("return number if number < 2 else f(number - 1) + f(number - 2)", args='cost="1 + number"',
                  doc=">>> f(3)\n2"),
        "cost-low",
    ),
    "honest": (intrinsic("return len(text.split('b'))", args='cost="1 + len(text)"', **TEXT), ""),
    "honest, with numbers": (intrinsic("return sum(range(number)) * 2", args='cost="1 + number"'), ""),
}  # fmt: skip


@POSIX
@pytest.mark.parametrize("what", COSTS)
def test_costs(check: Any, what: str) -> None:
    """P16: a cost far from the time it takes is a notice, and never a failure."""
    source, rule = COSTS[what]
    report = check(source)
    assert found(report) == ([rule] if rule else [])
    assert not report.failed


@POSIX
def test_cost_unmeasured(check: Any) -> None:
    """A function that cannot be interrupted on larger arguments costs the measuring, and no failure."""
    body = "while number > 3:\n    try:\n        time.sleep(1)\n    except BaseException:\n        pass\nreturn 6"
    report = check(intrinsic(body, before="import time", args="cost=1"), seconds=2.5)
    assert found(report) == ["cost-unmeasured"]
    assert not report.failed


@POSIX
def test_what_it_started_is_ended(check: Any, tmp_path: Path) -> None:
    """A process that a pack has left behind does not outlive the check."""
    mark = tmp_path / "pid"
    line = (
        "import subprocess, sys\n"
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(99)'])\n"
        f"open({str(mark)!r}, 'w').write(str(p.pid))"
    )
    check(intrinsic(before=line))
    number = int(mark.read_text())
    for _ in range(100):
        try:
            os.kill(number, 0)
            state = Path(f"/proc/{number}/stat")
            if state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z":
                return
        except ProcessLookupError:
            return
        time.sleep(0.05)
    os.kill(number, signal.SIGKILL)
    pytest.fail("it is still there")


def test_no_process(check: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the process cannot be started that is said, and is nobody's finding."""
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(VcvmError) as e:
        check(intrinsic())
    assert e.value.kind == "check-failed"


# Against an older release


OLD = intrinsic(doc=">>> f(3)\n6\n>>> f(0)\n0")
BROKEN = {
    "with its example": (intrinsic("return number * 3", doc=">>> f(3)\n9\n>>> f(0)\n0"), {"vector-changed", "promise-broken"}),
    "without examples": (intrinsic("return number * 3", doc=""), {"vector-removed", "promise-broken"}),
    "and the example stays": (intrinsic("return number * 3", doc=">>> f(3)\n6\n>>> f(0)\n0"),
                              {"vector-differs", "promise-broken"}),
    "only for one argument": (intrinsic("return number * 2 or 1", doc=">>> f(3)\n6"), {"vector-removed", "promise-broken"}),
    "by raising": (intrinsic("return 6 // number", doc=">>> f(1)\n6"), {"vector-removed", "promise-broken"}),
}  # fmt: skip


@pytest.mark.parametrize("how", BROKEN)
def test_a_changed_result_does_not_pass(tmp_path: Path, how: str) -> None:
    """No release that gives another result under its old UUID passes, however it hides that."""
    source, expected = BROKEN[how]
    old = wheel(tmp_path / "acme-1.0-py3-none-any.whl", OLD)
    report = check_pack(project(tmp_path / "new", source, version="2.0"), against=old)
    assert set(found(report)) - {"vector-added"} == expected
    assert report.failed


def test_a_release_that_keeps_its_promise(tmp_path: Path) -> None:
    """Another way to the same results, more examples and more intrinsics pass; the old examples were run."""
    new = project(
        tmp_path / "new", intrinsic("return number << 1", doc=">>> f(3)\n6\n>>> f(0)\n0\n>>> f(1)\n2"), version="2.0"
    )
    report = check_pack(new, against=project(tmp_path / "old", OLD))
    assert found(report) == []
    assert report.counts == {"intrinsics": 1, "examples": 3, "examples run": 3, "old examples run": 2}


def test_another_signature_is_said_once(tmp_path: Path) -> None:
    """Old examples do not fit another signature; that it changed is breaking by itself."""
    new = project(
        tmp_path / "new", intrinsic("return number", sig="number: float", result="float", doc=">>> f(3.0)\n3.0")
    )
    report = check_pack(new, against=project(tmp_path / "old", OLD))
    assert "signature-changed" in found(report)
    assert "old examples run" not in report.counts


# Values


@pytest.mark.parametrize(
    ("a", "b", "equal"),
    [
        (1, 1, True), (1, True, False), (1, 1.0, False), (0.0, -0.0, False), (float("nan"), float("nan"), True),
        ([1, [2]], [1, [2]], True), ([1], [True], False), ({"a": 1}, {"a": 1}, True), ({"a": 1}, {"a": 1.0}, False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, False), ("a", b"a", False), (object(), object(), False),
    ],
)  # fmt: skip
def test_same(a: Any, b: Any, equal: bool) -> None:
    """Equal by class and to the last bit."""
    assert same(a, b) is equal


def test_shown() -> None:
    """Short and printable, whatever it is."""
    for value in ("x" * 10**7, b"x" * 10**7, 1 << 10**6, [[[[[[1]]]]]] * 10**5, {"k": "\x1b"}, object()):
        assert len(shown(value)) < 100
        assert shown(value).isprintable()
