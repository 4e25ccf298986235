"""The doctor: each rule finds what it is for, in a folder like site-packages, and nothing in a healthy one."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dists.builder import HEAD, SECOND, SOURCE, THIRD, Site, function, hook
from dists.projects import recorded
from vcvm_core.plugin import Checkup, Settings, Symptom, examine_packs, import_packs, installed
from vcvm_core.plugin.doctor.examine import confusable
from vcvm_core.plugin.doctor.symptoms import RULES
from vcvm_core.plugin.settings import Entry

OTHER = HEAD + function("triple", SECOND, factor=3) + hook("triple")


def look(site: Site, settings: Settings | None = None) -> list[Symptom]:
    """The symptoms of a folder."""
    settings = settings or Settings()
    return examine_packs(installed(site.paths, block=settings.blocked), settings, site.paths).symptoms


def rules(site: Site, settings: Settings | None = None) -> list[tuple[str, str, str]]:
    """The symptoms as pack, rule and class; none says a sentence that is not complete."""
    found = look(site, settings)
    for symptom in found:
        assert symptom.message
        assert "{" not in symptom.message + symptom.cure
        assert symptom.cure
    return [(s.pack, s.rule, s.kind) for s in found]


def healthy(site: Site) -> None:
    site.add("acme")
    site.add("other", OTHER)


def test_nothing_is_wrong(site: Site) -> None:
    """A healthy folder has no symptoms, and looking imports nothing."""
    healthy(site)
    before = set(sys.modules)
    assert rules(site) == []
    assert not {"acme", "other"} & (set(sys.modules) - before)


def interrupted(site: Site) -> None:
    os.rename(site.add("acme"), site.folder / "~cme-1.0.dist-info")


def interrupted_without_manifest(site: Site) -> None:
    info = site.add("acme")
    shutil.rmtree(info / "extra_metadata")
    os.rename(info, site.folder / "~cme-1.0.dist-info")


def empty(site: Site) -> None:
    (site.folder / "acme-1.0.dist-info").mkdir()


def without_metadata(site: Site) -> None:
    (site.add("acme") / "METADATA").unlink()


def without_modules(site: Site) -> None:
    site.add("acme")
    shutil.rmtree(site.folder / "acme")


def without_a_file(site: Site) -> None:
    with open(site.add("acme") / "RECORD", "a") as file:
        file.write("acme/data.txt,,\nacme/__pycache__/x.pyc,,\n../../bin/acme,,\n/abs,,\n")


def without_manifest(site: Site) -> None:
    shutil.rmtree(site.add("acme") / "extra_metadata")


def changed_manifest(site: Site) -> None:
    info = site.add("acme")
    place = "extra_metadata/vcvm.msgpack"
    (info / "RECORD").write_text(recorded(f"{info.name}/{place}", b"what was installed"))


def changed_manifest_in_a_long_record(site: Site) -> None:
    changed_manifest(site)
    record = site.folder / "acme-1.0.dist-info" / "RECORD"
    record.write_text("acme/__pycache__/x.pyc,,\n" * 30_000 + record.read_text())


def record_too_large(site: Site) -> None:
    with open(site.add("acme") / "RECORD", "a") as file:
        file.write("acme/__init__.py,,\n" * 500_000)


def record_damaged(site: Site) -> None:
    (site.add("acme") / "RECORD").write_bytes(b"acme/\xff,,\n")


def record_is_a_folder(site: Site) -> None:
    record = site.add("acme") / "RECORD"
    record.unlink(missing_ok=True)
    record.mkdir()


def no_entry_point(site: Site) -> None:
    site.add("acme", entry_points="[console_scripts]\nacme = acme:main\n")


def entry_point_to_nowhere(site: Site) -> None:
    site.add("acme", entry_points="[vcvm.packs]\nacme = acme.gone\n")


def entry_point_to_others(site: Site) -> None:
    site.add("acme", entry_points="[vcvm.packs]\nacme = json\n")


def bad_entry_points(site: Site) -> None:
    site.add("acme", entry_points="vcvm.packs]\nacme\n")


def record_of_editable(site: Site) -> None:
    """Its files are not among what was installed."""
    (site.folder / "acme-1.0.dist-info" / "RECORD").write_text("acme-1.0.dist-info/METADATA,,\n")


def stale(site: Site) -> None:
    project = site.folder.parent / "project"
    site.add("acme", project=project)
    (project / "acme" / "__init__.py").write_text(SOURCE + "\n# newer\n")
    record_of_editable(site)


def editable_and_gone(site: Site) -> None:
    project = site.folder.parent / "project"
    site.add("acme", project=project)
    record_of_editable(site)
    shutil.rmtree(project)


def other_api(site: Site) -> None:
    site.add("acme", api=(7, 9))


def broken(site: Site) -> None:
    site.add("acme", manifest=b"\x81")


def broken_and_gone(site: Site) -> None:
    broken(site)
    shutil.rmtree(site.folder / "acme")


def twice(site: Site) -> None:
    site.add("acme", spelled="acme")
    site.add("acme", version="2.0")


def one_uuid(site: Site) -> None:
    site.add("acme")
    site.add("brick", HEAD + function() + function("more", THIRD) + hook("double", "more"))


def again(site: Site) -> None:
    site.add("acme")
    site.add("brick", HEAD + function(factor=2) + hook("double") + "# another text\n")


def similar(site: Site) -> None:
    site.add("vcvm-text")
    site.add("vcvm-texts", OTHER)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (interrupted, [("~cme", "interrupted-uninstall", "finding")]),
        (interrupted_without_manifest, [("~cme", "interrupted-uninstall", "finding")]),
        (empty, [("acme", "empty-metadata", "notice")]),
        (without_metadata, [("acme", "metadata-missing", "notice")]),
        (without_modules, [("acme", "modules-missing", "finding")]),
        (without_a_file, [("acme", "files-missing", "finding")]),
        (without_manifest, [("acme", "no-manifest", "finding")]),
        (changed_manifest, [("acme", "hash-mismatch", "finding")]),
        (changed_manifest_in_a_long_record, [("acme", "hash-mismatch", "finding")]),
        (record_too_large, [("acme", "record-unread", "finding")]),
        (record_damaged, [("acme", "record-unread", "finding")]),
        (record_is_a_folder, [("acme", "record-unread", "finding")]),
        (no_entry_point, [("acme", "entry-point", "finding")]),
        (entry_point_to_nowhere, [("acme", "entry-point", "finding")]),
        (entry_point_to_others, [("acme", "entry-point", "finding")]),
        (bad_entry_points, [("acme", "entry-point", "finding")]),
        (stale, [("acme", "stale", "notice")]),
        (editable_and_gone, [("acme", "bad-source", "finding")]),
        (other_api, [("acme", "wrong-api", "finding")]),
        (broken, [("acme", "manifest-truncated", "finding")]),
        (broken_and_gone, [("acme", rule, "finding") for rule in ("files-missing", "manifest-truncated")]),
        (twice, [("acme", "ambiguous-distribution", "finding")] * 2),
        (one_uuid, [("acme", "uuid-claimed-twice", "finding")]),
        (again, [("brick", "re-released", "finding")]),
        (similar, [("vcvm-texts", "near-name", "notice")]),
    ],
)
def test_one_thing_is_wrong(site: Site, make: Callable[[Site], None], expected: list[tuple[str, str, str]]) -> None:
    """One mistake, one symptom, and the healthy pack beside it is left alone."""
    site.add("zebra", HEAD + function("striped", "44444444-4444-4444-8444-444444444444") + hook("striped"))
    make(site)
    assert rules(site) == expected


def test_messages(site: Site) -> None:
    """What is said names the files, the packs, and what disagreed."""
    without_a_file(site)
    (found,) = look(site)
    assert found.message == "1 of its 3 files are not there, acme/data.txt among them"
    assert found.cure == "install acme again"
    shutil.rmtree(site.folder)
    again(site)
    (found,) = look(site)
    assert found.message == "it is acme once more, under another name: the same 1 UUID; programs get neither"


def test_settings(site: Site) -> None:
    """Who blocks a pack, as a notice; and a name that blocks nothing, with what it may have meant."""
    healthy(site)
    settings = Settings((Entry("acme", "VCVM_BLOCK"), Entry("othr", "/etc/config.toml")))
    found = look(site, settings)
    assert [(s.rule, s.code, s.kind) for s in found] == [
        ("pack-blocked", "VC028", "notice"),
        ("blocks-nothing", "", "notice"),
    ]
    assert found[0].message == "acme is blocked by VCVM_BLOCK"
    assert found[1].message == "/etc/config.toml blocks it, and it is not installed; did you mean other?"


@pytest.mark.parametrize(
    ("a", "b"),
    [("vcvm-text", "vcvm-test"), ("vcvm-text", "vcvm-txet"), ("vcvm-text", "vcvmtext"), ("vcvm-text", "vcvrn-text"),
     ("c0lour", "colour"), ("bi11", "bill"), ("acme", "acm")],
)  # fmt: skip
def test_confusable(a: str, b: str) -> None:
    """One edit, two neighbours exchanged, or characters that look alike."""
    assert confusable(a, b)
    assert confusable(b, a)


@pytest.mark.parametrize(("a", "b"), [("vcvm-text", "vcvm-colour"), ("ab", "ac"), ("one", "one"), ("acme", "emca")])
def test_not_confusable(a: str, b: str) -> None:
    """Other names, short ones, and one and the same."""
    assert not confusable(a, b)


def imported(site: Site, source: str, seconds: float = 20.0) -> Checkup:
    """What importing one pack of this source gives."""
    site.add("acme", source)
    checkup = Checkup(1)
    import_packs(installed(site.paths).packs, checkup, seconds)
    return checkup


def test_importing(site: Site) -> None:
    """The time, the modules that came, and which of them took it; nothing happens in this process."""
    before = set(sys.modules)
    checkup = imported(site, "import time\ntime.sleep(0.05)\nimport wave\n" + SOURCE)
    assert checkup.symptoms == []
    assert checkup.imports is not None
    (found,) = checkup.imports
    assert (found.pack, found.version, found.blame[0][0]) == ("acme", "1.0", "acme")
    assert found.seconds is not None
    assert found.seconds > 0.05
    assert found.modules >= 2
    assert set(sys.modules) - before == set() or "acme" not in sys.modules


@pytest.mark.parametrize(
    ("head", "rule", "says"),
    [
        ("raise ValueError('no')\n", "cannot-load", "acme cannot be imported: acme raised ValueError: no"),
        ("raise SystemExit(3)\n", "cannot-load", "acme raised SystemExit: 3"),
        ("import no_such_module\n", "cannot-load", "raised ModuleNotFoundError"),
        ("import os\nos._exit(0)\n", "import-ended", "ended: exit code 0"),
        ("import os\nos.kill(os.getpid(), 9)\n", "import-ended", "ended: signal SIGKILL"),
        ("import time\ntime.sleep(600)\n", "import-hangs", "did not end within 2 seconds"),
        ("print('hello', end='')\n", "import-prints", "prints: 'hello'"),
        ("import sys\nsys.stderr.write('bad\\x1b[31m')\n", "import-prints", "prints: 'bad\\x1b[31m'"),
        ("print('x' * (20 << 20))\nimport time\ntime.sleep(600)\n", "import-floods", "more than 16777216 bytes"),
    ],
)  # fmt: skip
def test_importing_goes_wrong(site: Site, head: str, rule: str, says: str) -> None:
    """However it ends, it is a symptom of that pack; the doctor goes on."""
    checkup = imported(site, head + SOURCE, 2.0 if "sleep" in head else 20.0)
    found = {s.rule: s for s in checkup.symptoms}
    assert rule in found
    assert says in found[rule].message


def test_importing_takes_long(site: Site) -> None:
    """What takes more than half a second is worth a notice that names who took it."""
    (site.folder / "heavy.py").write_text("import time\ntime.sleep(0.6)\n")
    checkup = imported(site, "import heavy\n" + SOURCE)
    (found,) = checkup.symptoms
    assert (found.rule, found.kind) == ("import-slow", "notice")
    assert ": heavy 6" in found.message


def test_what_cannot_be_used_is_not_imported(site: Site) -> None:
    """A pack that is blocked or refused is not run, not even by the doctor."""
    marker = site.folder / "ran"
    site.add("acme", f"open({str(marker)!r}, 'w').close()\n" + SOURCE)
    checkup = Checkup(1)
    import_packs(installed(site.paths, block=["acme"]).packs, checkup)
    assert checkup.imports == []
    assert not marker.exists()


def test_a_code_that_differs(site: Site) -> None:
    """Code that is not what its manifest says is told as loading tells it, with the code that explains it."""
    site.add("acme")
    (site.folder / "acme" / "__init__.py").write_text(SOURCE.replace("-> int", "-> str"))
    checkup = Checkup(1)
    import_packs(installed(site.paths).packs, checkup)
    (found,) = checkup.symptoms
    assert (found.rule, found.code) == ("cannot-load", "VC031")


def test_every_rule_is_tried() -> None:
    """No rule without a test above that shows it. Cure: make the mistake that it finds, in a table of this file."""
    text = Path(__file__).read_text(encoding="utf-8")
    assert [rule for rule in RULES if f'"{rule}"' not in text] == []
