"""A pack held against its own words, nothing imported: each rule reports what it is for, and a good pack passes all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dists.builder import FIRST, SECOND, Site, function
from dists.projects import intrinsic, project, wheel
from vcvm_core.asm import assemble
from vcvm_core.bytecode import encode
from vcvm_core.errors import VcvmError
from vcvm_core.plugin import GateReport, check_pack
from vcvm_core.plugin.checking import effects
from vcvm_core.plugin.checking.rules import CHECKS
from vcvm_core.plugin.checking.source import _close

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = ".library\nfunc four() -> int\n    pushi 4\n    ret\nend\n"
FOUNDING = "a4c39daa-f85e-4b2a-a37f-4914e8237a18"


def found(report: GateReport) -> list[str]:
    """The names of the rules that report."""
    return [f.rule for f in report.findings]


@pytest.fixture
def check(tmp_path: Path) -> Any:
    """Checks a project with this source."""

    def run(source: str, **rest: Any) -> GateReport:
        return check_pack(project(tmp_path / "project", source, **rest))

    return run


@pytest.fixture
def spoiled(site: Site) -> Any:
    """Checks an installed pack whose source was changed after it was installed."""

    def run(source: str, **rest: Any) -> GateReport:
        site.add("acme", intrinsic(), **rest)
        (site.folder / "acme/__init__.py").write_text(source)
        return check_pack("acme")

    return run


def test_a_good_pack(check: Any, site: Site, tmp_path: Path) -> None:
    """No finding, no notice, as a folder, as a wheel and installed; and nothing was imported."""
    source = intrinsic(before='raise SystemExit("imported")')
    site.add("acme", source)
    for report in (
        check(source),
        check_pack("acme"),
        check_pack(wheel(tmp_path / "acme-1.0-py3-none-any.whl", source)),
    ):
        assert found(report) == []
        assert not report.failed
        assert report.counts == {"intrinsics": 1, "examples": 1}
    assert "acme" not in sys.modules


OURS = ["plugins/vcvm-clock", "plugins/vcvm-stdnum", "plugins/vcvm-text", "tests/packs/vcvm-text-1", "."]


@pytest.mark.parametrize("name", OURS)
def test_our_own_packs(name: str) -> None:
    """The packs of this repository pass."""
    report = check_pack(str(ROOT / name))
    assert not report.failed
    assert set(found(report)) <= {"cost-undeclared"}


DECLARATIONS = {
    "an annotation": (intrinsic(sig="number"), "has no annotation"),
    "an example's type": (intrinsic(doc=">>> f('x')\n6"), "an example must be int"),
    "a formula": (intrinsic(args='cost="1 + len(other)"'), "there is no parameter other"),
    "a name": (intrinsic(args='cost=1, name="no name"'), "not an identifier"),
    "an effect": (intrinsic(args='cost=1, effects=["No"]'), "an effect is a lower-case word"),
    "a size": (intrinsic("return 'x'", result="str", doc=""), "a size is required"),
    "the syntax": (intrinsic() + "def broken(:\n", "syntax"),
}


@pytest.mark.parametrize("what", DECLARATIONS)
def test_declaration_refused(check: Any, what: str) -> None:
    """What the reader of sources refuses is a finding with file and line."""
    source, says = DECLARATIONS[what]
    (finding,) = (f for f in check(source).findings if f.rule == "declaration-refused")
    assert says in finding.message
    assert finding.place.file == "acme/__init__.py"
    assert finding.place.line is not None
    assert finding.facts["code"].startswith("VC0")


def test_manifest_stale(spoiled: Any) -> None:
    """A source that was changed since, though it declares the same."""
    report = spoiled(intrinsic("return 2 * number"))
    assert found(report) == ["manifest-stale"]
    assert "declares the same" in report.findings[0].message


def test_manifest_stale_in_a_wheel(tmp_path: Path) -> None:
    """A wheel whose manifest was made from something else."""
    from vcvm_core.plugin import encode_manifest, extract_manifest

    other = extract_manifest(project(tmp_path / "o", intrinsic()), ["acme"], pack="acme", version="1.0")
    path = wheel(tmp_path / "acme-1.0-py3-none-any.whl", intrinsic(args="cost=2"), manifest=encode_manifest(other))
    assert found(check_pack(path)) == ["manifest-stale", "row-differs"]


ROWS = {
    "signature": intrinsic("return 1.5", result="float", doc=""),
    "cost": intrinsic(args="cost=2"),
    "effects": intrinsic(args='cost=1, effects=["net"]'),
    "name": intrinsic(args='cost=1, name="other"'),
    "supersedes": intrinsic(args=f'cost=1, supersedes="{SECOND}", relation="fix"'),
    "examples": intrinsic(doc=">>> f(4)\n8"),
}


@pytest.mark.parametrize("what", ROWS)
def test_row_differs(spoiled: Any, what: str) -> None:
    """What the source says otherwise than the manifest, with the place."""
    report = spoiled(ROWS[what])
    differing = [f for f in report.findings if f.rule == "row-differs"]
    assert any(what in f.message for f in differing)
    assert differing[0].place.line == 6


def test_target_missing_and_row_missing(spoiled: Any) -> None:
    """A function that is gone, and one that the manifest does not know (M17)."""
    report = spoiled(intrinsic(uuid=SECOND, name="g", doc=">>> g(3)\n6"))
    assert {"target-missing", "row-missing"} <= set(found(report))
    assert report.failed


ENTRIES = {
    "[vcvm.packs]\nacme = acme.absent\n": "no such module",
    "[vcvm.packs]\nacme = os\n": "acme only",
    "[vcvm.packs]\nacme = acme:thing\n": "identifiers",
    "[vcvm.packs]\nacme = acme [extra]\n": "identifiers",
    "[other]\nacme = acme\n": "there is none",
}


@pytest.mark.parametrize("text", ENTRIES)
def test_entry_point(site: Site, text: str) -> None:
    """Entry points that lead nowhere, or elsewhere (M14, M20)."""
    site.add("acme", intrinsic(), entry_points=text)
    report = check_pack("acme")
    assert found(report) == ["entry-point"]
    assert ENTRIES[text] in report.findings[0].message


def test_entry_points_that_cannot_be_read(site: Site) -> None:
    """A file that is no list of entry points, or twice the same, is unreadable."""
    site.add("acme", intrinsic(), entry_points="[vcvm.packs]\nacme = acme\nacme = other\n")
    with pytest.raises(VcvmError) as e:
        check_pack("acme")
    assert e.value.kind == "bad-wheel"


def test_hook_missing(check: Any) -> None:
    """A module without the hook, or whose hook is not marked."""
    assert found(check(intrinsic().replace("@hookimpl\n", ""))) == ["hook-missing"]


def test_not_handed_over(check: Any) -> None:
    """A hook that forgets one; a hook that computes its list says nothing."""
    assert found(check(intrinsic().replace("[f]", "[]"))) == ["not-handed-over"]


def test_a_computed_hook(check: Any) -> None:
    """What cannot be read from a hook is not guessed."""
    assert found(check(intrinsic().replace("[f]", "list(everything())"))) == []


def test_notices(check: Any) -> None:
    """No cost, no example: notices, and the gate stays open."""
    report = check(intrinsic(doc="", args="deterministic=True"))
    assert found(report) == ["cost-undeclared", "no-examples"]
    assert not report.failed


def test_wrong_api(check: Any) -> None:
    """A pack for another pack API."""
    assert found(check(intrinsic(), more="[tool.vcvm]\napi = [7, 9]\n")) == ["wrong-api"]


def test_no_source(tmp_path: Path, site: Site) -> None:
    """Of a manifest alone only its own words can be looked at; it cannot be run."""
    info = site.add("acme", intrinsic())
    path = str(info / "extra_metadata/vcvm.msgpack")
    assert found(check_pack(path)) == ["no-source"]
    with pytest.raises(VcvmError) as e:
        check_pack(path, run=True)
    assert e.value.kind == "bad-usage"


def test_uuids_of_others(check: Any, site: Site) -> None:
    """UUIDs of the standard pack and of another installed one (M10, M12); names are notices."""
    site.add("other", function("double", SECOND).join(("from vcvm_core.plugin import intrinsic\n\n", "")))
    source = intrinsic().partition("@hookimpl")[0]
    source += function("mine", SECOND, ", cost=1") + function("theirs", FOUNDING, ", cost=1")
    source += function("string_contains", FIRST[:-1] + "2", ", cost=1")
    source += "@hookimpl\ndef vcvm_intrinsics():\n    return [f, mine, theirs, string_contains]\n"
    report = check(source)
    assert {"uuid-taken", "uuid-reserved", "name-taken"} == set(found(report))
    assert {f.rule: f.kind for f in report.findings} == {
        "uuid-taken": "finding", "uuid-reserved": "finding", "name-taken": "notice",
    }  # fmt: skip


def test_near_name(check: Any, site: Site) -> None:
    """A pack whose name is one edit from that of an installed one (M21)."""
    site.add("acmee", intrinsic(uuid=SECOND, name="g", doc=">>> g(3)\n6"))
    assert found(check(intrinsic())) == ["near-name"]


@pytest.mark.parametrize(
    ("a", "b", "close"),
    [
        ("acme", "acme", False),
        ("acme", "acne", True),
        ("acme", "cme", True),
        ("acme", "aacme", True),
        ("acme", "zz", False),
    ],
)
def test_close(a: str, b: str, close: bool) -> None:
    """One character more, less or other."""
    assert _close(a, b) is close


HINTS = {
    "clock": ("import time", "return int(time.time())"),
    "random": ("from random import randint", "return randint(1, 2)"),
    "files": ("", "return len(open('x').read())"),
    "net": ("import socket as s", "return len(s.gethostname())"),
    "process": ("import subprocess", "return subprocess.call(['x'])"),
    "environment": ("import os", "return len(os.environ)"),
    "native": ("", "import ctypes\nreturn ctypes.sizeof(ctypes.c_int)"),
    "threads": ("import threading", "return threading.active_count()"),
    "terminal": ("", "print(number)\nreturn number"),
}


@pytest.mark.parametrize("effect", HINTS)
def test_effect_hint(check: Any, effect: str, tmp_path: Path) -> None:
    """A name that has an effect is a notice, unless the effect is declared in one of its words."""
    before, body = HINTS[effect]
    report = check(intrinsic(body, before=before))
    assert found(report) == ["effect-hint"]
    assert report.findings[0].facts["effect"] == effect
    assert report.findings[0].place.line is not None
    for word in sorted(effects.WORDS[effect]):
        source = intrinsic(body, before=before, args=f'cost=1, effects=["{word}"]')
        assert found(check_pack(project(tmp_path / word, source))) == []


def test_effect_hint_through_others(check: Any) -> None:
    """Through a function and a value of the same module, and not through one that nobody calls."""
    before = (
        "import random\nR = random.SystemRandom()\ndef roll():\n    return R.randint(1, 6)\ndef idle():\n    open('x')"
    )
    report = check(intrinsic("return roll()", before=before))
    assert [f.facts["what"] for f in report.findings] == ["random.SystemRandom"]


QUIET = {
    "a parameter's name": intrinsic("return open + 1", sig="open: int", doc=">>> f(3)\n4"),
    "os.path": intrinsic("return len(os.path.join('a', 'b'))", before="import os", doc=">>> f(3)\n3"),
    "a local name": intrinsic("print = number\nreturn print * 2"),
    "reading a date": intrinsic(
        "return datetime.date.fromisoformat('2020-02-02').year", before="import datetime", doc=">>> f(3)\n2020"
    ),
}


@pytest.mark.parametrize("what", QUIET)
def test_no_effect_hint(check: Any, what: str) -> None:
    """What only looks like an effect."""
    assert found(check(QUIET[what])) == []


def test_a_stale_library(tmp_path: Path, site: Site) -> None:
    """A library that was compiled again, or is new or gone, and the manifest does not know it."""
    source = tmp_path / "source"
    project(source, intrinsic())
    library = source / "acme/shapes.vcvm"
    library.write_bytes(encode(assemble(LIBRARY)))
    site.add(source=intrinsic(), project=source)
    assert found(check_pack("acme")) == []
    library.write_bytes(encode(assemble(LIBRARY.replace("4", "5"))))
    library.with_name("more.vcvm").write_bytes(library.read_bytes())
    report = check_pack("acme")
    assert [f.message for f in report.findings if f.rule == "library-differs"] == [
        "the library more of the source is not that of the manifest: it is new",
        "the library shapes of the source is not that of the manifest: it was changed",
    ]
    library.unlink()
    assert any("it is gone" in f.message for f in check_pack("acme").findings)


def test_every_rule_is_tested() -> None:
    """A rule that no test names is a promise that nobody keeps."""
    text = "".join((ROOT / "tests/plugin" / name).read_text() for name in ("test_check.py", "test_check_running.py"))
    assert [rule for rule in CHECKS if f'"{rule}"' not in text] == []


@pytest.mark.parametrize(
    "code",
    [
        "import vcvm_core, vcvm_core.plugin",
        "from vcvm_core.cli import main; main(['plugins', 'list'])",
        "from vcvm_core.cli import main; main(['plugins', 'diff', 'vcvm', 'vcvm'])",
    ],
)
def test_nobody_pays_for_it(code: str) -> None:
    """Who does not check does not load what checks; who only compares does not load what runs."""
    code += "\nimport sys\nprint(*sys.modules)"
    path = str(ROOT)
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {path!r})\n{code}"], capture_output=True, text=True
    )
    loaded = {name for name in done.stdout.split() if name.startswith("vcvm_core.plugin.checking")}
    if "diff" in code:
        assert loaded
        assert not {"vcvm_core.plugin.checking.child", "vcvm_core.plugin.checking.running", "pluggy"} & loaded
    else:
        assert done.returncode == 0, done.stderr
        assert not loaded
