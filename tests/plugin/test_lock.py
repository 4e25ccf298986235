"""Locks: what was frozen runs, and whatever differs from it does not; nothing is imported to know."""

from __future__ import annotations

import json
import os
import random
import sys
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from dists.builder import FIRST, HEAD, SECOND, SOURCE, Site, function, hook
from vcvm_core import VM, LinkError, VcvmError
from vcvm_core.asm import assemble
from vcvm_core.bytecode import content_hash, encode
from vcvm_core.errors import PackError
from vcvm_core.plugin import PackLock, discover, encode_lock, freeze_packs, installed, read_lock
from vcvm_core.plugin.code import code_of
from vcvm_core.plugin.discovery import PLACES
from vcvm_core.plugin.lock import LockedProgram, decode_lock

CALLER = f'extern double(int) -> int = "{FIRST}"\nfunc main() -> int\n push 4\n calli $double\n ret\nend\n'
HARMFUL = "open({spy!r}, 'w').close()\n"


@pytest.fixture
def spied(site: Site, tmp_path: Path) -> Path:
    """A pack that writes a file when it is imported; gives that file."""
    spy = tmp_path / "imported"
    site.add("acme", SOURCE + HARMFUL.format(spy=str(spy)))
    return spy


def frozen(site: Site) -> PackLock:
    """The lock of what is installed."""
    return freeze_packs(discover(site.paths))


def codes(site: Site, lock: PackLock) -> list[str]:
    """The codes of what differs, as the API says it."""
    with pytest.raises(PackError) as caught:
        installed(site.paths, lock=lock)
    assert [d.kind for d in caught.value.diagnostics] == [d.kind for d in lock.differences(discover(site.paths))]
    return [d.code for d in caught.value.diagnostics]


def test_as_frozen(site: Site, spied: Path, tmp_path: Path) -> None:
    """What was not touched is what was locked: it is found without importing it, and runs."""
    lock = frozen(site)
    (tmp_path / "lock").write_bytes(encode_lock(lock))
    assert not spied.exists()
    registry = installed(site.paths, lock=str(tmp_path / "lock"))
    program = VM(registry).load_module(assemble(CALLER))
    assert spied.exists()
    assert program.call("main") == 8


def test_missing(site: Site) -> None:
    """A pack that is gone."""
    site.add("acme")
    lock = frozen(site)
    os.rename(site.folder / "acme-1.0.dist-info", site.folder / "gone")
    assert codes(site, lock) == ["VC715"]


def test_other_version(site: Site) -> None:
    """Another version is said as that, and nothing else of it: everything else is another then."""
    site.add("acme", version="1.1")
    lock = frozen(site)
    (site.folder / "acme-1.1.dist-info").rename(site.folder / "gone")
    site.add("acme", SOURCE + "# newer\n", version="1.2")
    assert codes(site, lock) == ["VC716"]
    (problem,) = lock.differences(discover(site.paths))
    assert (problem.facts["expected"], problem.facts["found"]) == ("1.1", "1.2")


def test_other_manifest(site: Site) -> None:
    """The same version with another manifest, and, since its source is another, with other code."""
    info = site.add("acme")
    lock = frozen(site)
    for path in (info / PLACES[0], info / "METADATA", info / "entry_points.txt", info / "RECORD"):
        path.unlink()
    (info / "extra_metadata").rmdir()
    info.rmdir()
    site.add("acme", SOURCE.replace("cost=1", "cost=2").replace(f'"{FIRST}"', f'"{FIRST}", cost=2'))
    assert codes(site, lock) == ["VC717", "VC718"]


def test_everything_at_once(site: Site) -> None:
    """Several packs, several differences, one error."""
    for name in ("acme", "beta", "gamma", "delta"):
        site.add(name)
    lock = frozen(site)
    os.rename(site.folder / "beta-1.0.dist-info", site.folder / "beta-2.0.dist-info")
    os.rename(site.folder / "gamma-1.0.dist-info", site.folder / "gone")
    (site.folder / "delta/__init__.py").write_text(SOURCE + "#", encoding="utf-8")
    assert codes(site, lock) == ["VC716", "VC718", "VC715"]


@pytest.mark.parametrize(
    "change",
    [
        lambda site: (site.folder / "acme/__init__.py").write_text(SOURCE + "# x\n"),
        lambda site: (site.folder / "acme/__init__.py").unlink(),
        lambda site: (site.folder / "acme/more.py").write_text("1"),
        lambda site: (site.folder / "acme/__init__.cpython-311-x86_64-linux-gnu.so").write_bytes(b"\x7fELF"),
        lambda site: (site.folder / "acme/more.pyc").write_bytes(b"1"),
        lambda site: (site.folder / "acme.so").write_bytes(b"\x7fELF"),
        lambda site: (site.folder / "acme.py").write_text("1"),
        lambda site: (site.folder / "acme_helpers.py").write_text("2"),
        lambda site: (site.folder / "acme.pth").write_text("import os"),
        lambda site: (site.folder / "acme/sub").mkdir() or (site.folder / "acme/sub/data.bin").write_bytes(b"1"),
        lambda site: (site.folder / "acme-1.0.dist-info/entry_points.txt").write_text("[vcvm.packs]\na = acme.x\n"),
    ],
)  # fmt: skip
def test_changed_after_the_scan(site: Site, spied: Path, change: Callable[[Site], object]) -> None:
    """M19: whatever importing the pack would run, changed, added or taken away: refused, and nothing was run."""
    info = site.folder / "acme-1.0.dist-info"
    (site.folder / "acme_helpers.py").write_text("1", encoding="utf-8")
    (site.folder / "acme.pth").write_text("1", encoding="utf-8")
    with open(info / "RECORD", "a", encoding="utf-8") as file:
        file.write("acme_helpers.py,,\nacme.pth,,\n../../../bin/acme,,\n")
    lock = frozen(site)
    change(site)
    assert codes(site, lock) == ["VC718"]
    assert not spied.exists()


def test_what_is_no_change(site: Site) -> None:
    """Caches, the installer's notes and another distribution's files are not the pack's code."""
    site.add("acme")
    lock = frozen(site)
    (site.folder / "acme/__pycache__").mkdir()
    (site.folder / "acme/__pycache__/x.pyc").write_bytes(b"1")
    (site.folder / "acme-1.0.dist-info/INSTALLER").write_text("pip", encoding="utf-8")
    (site.folder / "acmeish.py").write_text("1", encoding="utf-8")
    assert lock.differences(discover(site.paths)) == ()


def test_planted_cache_is_not_read(site: Site, tmp_path: Path) -> None:
    """A cache with other code in it, of the right time and size, runs in the place of its source; under a lock it does not."""
    import importlib.util
    import marshal
    import struct

    site.add("acme")
    lock = frozen(site)
    source = site.folder / "acme/__init__.py"
    spy = tmp_path / "run"
    status = source.stat()
    code = compile(SOURCE + HARMFUL.format(spy=str(spy)), str(source), "exec")
    head = importlib.util.MAGIC_NUMBER + struct.pack("<III", 0, int(status.st_mtime), status.st_size)
    cache = Path(importlib.util.cache_from_source(str(source)))
    cache.parent.mkdir(exist_ok=True)
    cache.write_bytes(head + marshal.dumps(code))
    before = sys.pycache_prefix
    assert VM(installed(site.paths, lock=lock)).load_module(assemble(CALLER)).call("main") == 8
    assert not spy.exists()
    assert sys.pycache_prefix == before
    del sys.modules["acme"]
    assert VM(installed(site.paths)).load_module(assemble(CALLER)).call("main") == 8
    assert spy.exists()


def test_changed_between_check_and_import(site: Site, spied: Path) -> None:
    """The code is looked at once more when the pack is imported."""
    registry = installed(site.paths, lock=frozen(site))
    with open(site.folder / "acme/__init__.py", "a", encoding="utf-8") as file:
        file.write("# later\n")
    with pytest.raises(LinkError) as caught:
        VM(registry).load_module(assemble(CALLER))
    assert "VC718" in caught.value.report.verdicts[0].found
    assert not spied.exists()


def test_what_is_not_locked_is_not_there(site: Site) -> None:
    """A pack that is installed later offers nothing under the lock, not even an ambiguity."""
    site.add("acme")
    lock = frozen(site)
    site.add("intruder")
    site.add("beta", HEAD + function(uuid=SECOND) + hook("double"))
    registry = installed(site.paths, lock=lock)
    assert [(p.name, p.state) for p in registry.packs] == [("acme", "ok"), ("beta", "blocked"), ("intruder", "blocked")]
    assert VM(registry).load_module(assemble(CALLER)).call("main") == 8
    assert len(installed(site.paths).offers(bytes.fromhex(FIRST.replace("-", "")))) == 2


def test_unusable(site: Site) -> None:
    """A locked pack that is broken, or blocked by whoever asks, is said with its own reason."""
    info = site.add("acme")
    lock = frozen(site)
    with pytest.raises(PackError, match="VC028"):
        installed(site.paths, block=["acme"], lock=lock)
    (info / PLACES[0]).write_bytes(b"\x81")
    assert codes(site, lock) == ["VC011"]


def recorded(info: Path, package: str = "acme") -> None:
    """Write a RECORD that is right."""
    data = (info.parent / package / "__init__.py").read_bytes()
    digest = urlsafe_b64encode(sha256(data).digest()).rstrip(b"=").decode()
    (info / "RECORD").write_text(f"{package}/__init__.py,sha256={digest},{len(data)}\n", encoding="utf-8")


def test_record_names_the_file(site: Site) -> None:
    """Where RECORD knows what was installed, the file that was changed is named; freezing such a pack is refused."""
    recorded(site.add("acme"))
    lock = frozen(site)
    (site.folder / "acme/__init__.py").write_text(SOURCE + "# x\n", encoding="utf-8")
    (problem,) = lock.differences(discover(site.paths))
    assert problem.message.endswith("; not as it was installed: acme/__init__.py")
    with pytest.raises(PackError, match=r"VC721.*not the file that was installed: acme/__init__.py"):
        frozen(site)


def test_links(site: Site, tmp_path: Path) -> None:
    """A folder that is a link leads to what nobody froze: such a pack is not locked. A link to a file is that file."""
    site.add("acme")
    (tmp_path / "real.py").write_text("1", encoding="utf-8")
    (site.folder / "acme/linked.py").symlink_to(tmp_path / "real.py")
    lock = frozen(site)
    (tmp_path / "real.py").write_text("2", encoding="utf-8")
    assert codes(site, lock) == ["VC718"]
    (site.folder / "acme/folder").symlink_to(tmp_path)
    assert codes(site, lock) == ["VC721"]
    with pytest.raises(PackError, match="folder is a link"):
        frozen(site)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_pipes(site: Site) -> None:
    """A pipe is not waited for."""
    site.add("acme")
    os.mkfifo(site.folder / "acme/pipe")
    with pytest.raises(PackError, match="is a FIFO, not a regular file"):
        frozen(site)


@pytest.mark.parametrize(
    "text", ["../../etc/passwd,,\n/etc/passwd,,\nC:\\x,,\n", "", "one\n", "acme/none.py,sha256=AAAA,3\n"]
)
def test_strange_records(site: Site, text: str) -> None:
    """A RECORD is data from outside: what leads out of the folder is not read, what is not there is noted as that."""
    info = site.add("acme")
    (info / "RECORD").write_text(text, encoding="utf-8")
    (found,) = discover(site.paths)
    assert found.manifest is not None
    assert len(code_of(found, found.manifest).sha256) == 64


def test_editable(site: Site, tmp_path: Path) -> None:
    """Of an editable installation the project's files count."""
    project = tmp_path / "project"
    project.mkdir()
    site.add("acme", project=project)
    lock = frozen(site)
    assert lock.differences(discover(site.paths)) == ()
    (project / "acme/more.py").write_text("1", encoding="utf-8")
    assert "VC718" in codes(site, lock)


def test_zip(site: Site, tmp_path: Path) -> None:
    """A pack in a zip file is locked as the files in it."""
    site.add("acme")
    info = site.folder / "acme-1.0.dist-info"
    names = [f"acme-1.0.dist-info/{n}" for n in ("METADATA", "entry_points.txt", "RECORD", PLACES[0])]

    def zipped(name: str, more: str = "") -> PackLock:
        path = tmp_path / name
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("acme/__init__.py", SOURCE + more)
            for each in names:
                archive.write(info.parent / each, each)
        return freeze_packs(discover([str(path)]))

    one, two, three = zipped("one.zip"), zipped("two.zip"), zipped("three.zip", "# x\n")
    assert one.packs == two.packs
    assert one.packs[0].code != three.packs[0].code
    assert one.packs[0].manifest == three.packs[0].manifest


def test_programs(site: Site) -> None:
    """A lock of programs admits them by content, whatever they are called, and nothing else."""
    data, other = encode(assemble(CALLER)), encode(assemble("push 1"))
    program = LockedProgram("rule.vcvm", content_hash(data).hex(), ("acme",))
    site.add("acme")
    lock = freeze_packs(discover(site.paths), [program])
    lock.admit("renamed.vcvm", data)
    with pytest.raises(PackError, match=r"VC719.*expected rule.vcvm [0-9a-f]{16}, found [0-9a-f]{16}"):
        lock.admit("rule.vcvm", other)
    frozen(site).admit("anything", other)


def test_one_form(site: Site) -> None:
    """A lock is sorted JSON for people, the same for equal ones, and reads back to an equal one."""
    for name in ("beta", "acme"):
        site.add(name)
    program = LockedProgram("rule.vcvm", "0" * 64, ("acme",))
    lock = freeze_packs(reversed(discover(site.paths)), [program, program])
    data = encode_lock(lock)
    assert [p.pack for p in lock.packs] == ["acme", "beta"]
    assert decode_lock(data) == lock
    assert data.decode("ascii") == json.dumps(json.loads(data), indent=2, sort_keys=True) + "\n"


GOOD: dict[str, Any] = {
    "magic": "vcvm-lock",
    "schema": 1,
    "packs": [{"pack": "acme", "version": "1.0", "manifest": "0" * 64, "code": "0" * 64}],
    "programs": [{"file": "a.vcvm", "sha256": "0" * 64, "packs": ["acme"]}],
}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "it is not JSON"),
        ("{", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        ("1" * 10_000, "it is not JSON"),
        ("NaN", "it is not JSON"),
        ("[]", "no object with the magic"),
        ('{"magic": "vcvm-lock", "magic": "vcvm-lock"}', "a key stands twice"),
        ('{"magic": "vcvm-lock", "schema": 2}', "has schema 2"),
        ('{"magic": "vcvm-lock", "schema": true}', "schema must be"),
        ('{"magic": "vcvm-lock", "schema": 1}', "has no field packs"),
        (json.dumps({**GOOD, "more": 1}), "has a field more"),
        (json.dumps({**GOOD, "packs": [{**GOOD["packs"][0], "code": "0" * 63}]}), "64 hexadecimal digits"),
        (json.dumps({**GOOD, "packs": [{**GOOD["packs"][0], "code": 0}]}), "code must be a text"),
        (json.dumps({**GOOD, "packs": [{**GOOD["packs"][0], "pack": "A_b"}]}), "a pack is named by"),
        (json.dumps({**GOOD, "packs": [{**GOOD["packs"][0], "version": "1; rm"}]}), "a version is made of"),
        (json.dumps({**GOOD, "packs": GOOD["packs"] * 2}), "sorted by pack, each once"),
        (json.dumps({**GOOD, "packs": [None]}), "must be an object"),
        (json.dumps({**GOOD, "programs": GOOD["programs"] * 2}), "sorted, each once"),
        (json.dumps({**GOOD, "programs": [{**GOOD["programs"][0], "packs": ["other"]}]}), "no such pack is locked"),
        (json.dumps({**GOOD, "programs": [7]}), "must be an object"),
    ],
)  # fmt: skip
def test_bad_locks(text: str, says: str) -> None:
    """A lock that was edited into something else is refused, with all that is wrong."""
    with pytest.raises(VcvmError) as caught:
        decode_lock(text.encode(), "vcvm.lock")
    assert {d.code for d in caught.value.diagnostics} == {"VC714"}
    assert says in str(caught.value)


def test_any_text() -> None:
    """Whatever a lock's bytes are: a lock, or that error."""
    chance = random.Random(3)
    data = json.dumps(GOOD).encode()
    codes_seen = set()
    for _ in range(400):
        mutant = bytearray(data)
        for _ in range(chance.randint(1, 3)):
            mutant[chance.randrange(len(mutant))] = chance.randrange(256)
        try:
            decode_lock(bytes(mutant))
        except VcvmError as e:
            codes_seen.add(e.code)
    assert codes_seen == {"VC714"}


def test_files_that_are_no_locks(tmp_path: Path) -> None:
    """No file, a folder, and a file that is too large: the same error, with the reason."""
    with open(tmp_path / "large", "wb") as file:
        file.truncate((4 << 20) + 1)
    for name, says in (("none", "No such file"), (".", "not a regular file"), ("large", "more than 4194304 bytes")):
        with pytest.raises(VcvmError, match=f"VC714.*{says}"):
            read_lock(str(tmp_path / name))
