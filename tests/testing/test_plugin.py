"""The plugin itself: how a pack is named, what the fixtures give, and what it says when something is missing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dists.builder import Site
from dists.projects import intrinsic
from vcvm_core.testing import needs

pytest_plugins = ["pytester"]

Run = Callable[..., pytest.RunResult]

HALVES = intrinsic("return number // 2", doc=">>> halve(7)\n3", name="halve")
PROGRAM = """
extern acme.halve
func main(n: int) -> int
    get $n
    call $acme.halve()
    ret
end
"""
TESTS = f'''
import pytest
from vcvm_core.errors import IntrinsicError, Trap

PROGRAM = """{PROGRAM}"""

def test_pack(pack):
    assert (pack.name, pack.version, pack.row("halve").name) == ("acme", "1.0", "halve")
    assert pack.function("halve")(9) == 4
    assert pack.call("halve", 9) == 4
    assert pack.vm.load_module

def test_program(run_program):
    assert run_program(PROGRAM, 9) == 4
    assert run_program(PROGRAM, 9, function="main") == 4

def test_trap(run_program):
    with pytest.raises(Trap):
        run_program("func main(n: int) -> int\\n    push 1\\n    get $n\\n    div\\n    ret\\nend\\n", 0)

def test_unknown(pack):
    with pytest.raises(Exception, match="did you mean|VC009") as e:
        pack.row("halv")
    assert "halve" in e.value.help
'''
SETTINGS = "[pytest]\naddopts = -p vcvm_core.testing\nvcvm_pack = acme\n"


@pytest.fixture
def acme(site: Site) -> Site:
    """A pack with one function, installed."""
    site.add("acme", HALVES)
    return site


def test_fixtures(acme: Site, run: Run) -> None:
    """`pack` is the pack in a new machine, `run_program` runs programs in every way and gives what they give."""
    Path("test_mine.py").write_text(TESTS, encoding="utf-8")
    result = run("--vcvm-pack", "acme", "-q", "-k", "test_mine")
    result.assert_outcomes(passed=4, deselected=8)


def test_settings(acme: Site, run: Run) -> None:
    """With vcvm_pack in the settings the suite runs with the pack's own tests, unless a file is named."""
    Path("pytest.ini").write_text(SETTINGS, encoding="utf-8")
    Path("test_mine.py").write_text(TESTS, encoding="utf-8")
    run("-q").assert_outcomes(passed=12)
    run("-q", "test_mine.py").assert_outcomes(passed=4)
    run("-q", "test_mine.py", "--vcvm-pack", "acme").assert_outcomes(passed=12)


def test_selection(acme: Site, run: Run) -> None:
    """-k, -m and --deselect choose among the tests of the suite as among others."""
    run("--vcvm-pack", "acme", "-k", "halve and example-1").assert_outcomes(passed=1, deselected=7)
    run("--vcvm-pack", "acme", "-m", "vcvm_pack").assert_outcomes(passed=8)
    run("--vcvm-pack", "acme", "--deselect", "acme::halve::pure").assert_outcomes(passed=7, deselected=1)


def test_a_program_that_knows_how_it_runs(site: Site, run: Run) -> None:
    """A difference between the ways of running is an error of `run_program`, not a result."""
    body = "SEEN.append(number)\nreturn len(SEEN)"
    site.add("acme", intrinsic(body, name="halve", doc="", before="SEEN = []"))
    Path("test_mine.py").write_text(TESTS, encoding="utf-8")
    result = run("-q", "-k", "test_program")
    result.assert_outcomes(failed=1)
    assert "AssertionError: the program ends differently, interpreted: 1; compiled: " in result.stdout.str()


WRONG = {
    "misspelt": (["--vcvm-pack", "acmee"], "no pack called acmee is installed; did you mean acme?"),
    "absent": (["--vcvm-pack", "zzz"], "no pack called zzz is installed; install it first"),
    "escapes": (["--vcvm-pack", "a\x1b[31mb"], "no pack called a\\x1b[31mb is installed"),
    "a number that is none": (["--vcvm-examples", "-1"], "vcvm_examples must be a whole number"),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_words(acme: Site, run: Run, what: str) -> None:
    """One line that says what is wrong, before any test runs."""
    words, says = WRONG[what]
    result = run(*words)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert says in result.stderr.str()
    assert "Traceback" not in result.stderr.str()


def test_a_broken_pack(site: Site, run: Run) -> None:
    """A pack whose manifest cannot be read is refused with the reason."""
    site.add("acme", HALVES, manifest=b"\xc1")
    result = run("--vcvm-pack", "acme")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "this is no manifest" in result.stderr.str()


def test_no_pack_named(acme: Site, run: Run) -> None:
    """Without a name there is no suite, and the fixture `pack` says how to give one."""
    Path("test_mine.py").write_text(TESTS, encoding="utf-8")
    result = run("-q")
    result.assert_outcomes(passed=2, errors=2)
    assert (
        'the fixture pack needs the name of one pack: --vcvm-pack NAME, or vcvm_pack = "NAME" in the settings'
        in result.stdout.str()
    )


def test_without_hypothesis(acme: Site, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What to install is said, to whoever runs pytest and to whoever imports a strategy."""
    monkeypatch.setattr(needs, "find_spec", lambda name: None if name == "hypothesis" else object())
    result = run("--vcvm-pack", "acme")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "vcvm_core.testing needs hypothesis: pip install 'vcvm[testing]'" in result.stderr.str()
    with pytest.raises(ImportError, match="needs hypothesis: pip install"):
        from vcvm_core.testing import strategy  # noqa: F401


def test_without_pytest() -> None:
    """Importing it where there is no pytest says what to install, and vcvm itself needs neither."""
    code = (
        "import sys\nsys.modules['pytest'] = sys.modules['hypothesis'] = None\nimport vcvm_core, vcvm_core.plugin\n"
        "try:\n    import vcvm_core.testing\nexcept ImportError as e:\n    print(e)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "vcvm_core.testing needs pytest: pip install 'vcvm[testing]'\n"
