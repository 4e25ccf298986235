"""Injecting: a wheel of any backend becomes a wheel with a manifest, or stays as it was, byte by byte."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import os
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from dists.builder import HEAD, SECOND, SOURCE, Site, function, hook
from dists.environment import Environment
from vcvm_core.errors import VcvmError
from vcvm_core.plugin import decode_manifest, discover, extract_manifest, inject, inject_manifest, installed, wheels

INFO = "acme_pack-1.2.dist-info"
RECORD = f"{INFO}/RECORD"
PLACE = f"{INFO}/vcvm.msgpack"
Files = dict[str, bytes]


def files(source: str = SOURCE) -> Files:
    """What is in a wheel, RECORD left out."""
    return {
        "acme/__init__.py": b"import not_installed\n" + source.encode(),
        "acme/data.bin": bytes(range(256)) * 50,
        f"{INFO}/METADATA": b"Metadata-Version: 2.1\nName: Acme.Pack\nVersion: 1.2\n\nText\nName: other\n",
        f"{INFO}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{INFO}/entry_points.txt": b"[console_scripts]\nx = acme:x\n[vcvm.packs]\nacme = acme\n",
    }


def digest(data: bytes, algorithm: str = "sha256") -> str:
    text = base64.urlsafe_b64encode(hashlib.new(algorithm, data).digest()).rstrip(b"=").decode()
    return f"{algorithm}={text}"


def rows_of(content: Files) -> list[list[str]]:
    return [*([name, digest(data), str(len(data))] for name, data in content.items()), [RECORD, "", ""]]


def pack(path: Path, content: Files, rows: list[list[str]] | None = None) -> Path:
    """Writes a wheel; rows: those of its RECORD, the true ones if None."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows_of(content) if rows is None else rows)
    with zipfile.ZipFile(path, "w") as archive:
        for i, (name, data) in enumerate([*content.items(), (RECORD, text.getvalue().encode())]):
            info = zipfile.ZipInfo(name, (2020, 1, 1 + i, 12, 30, 2 * i))
            info.external_attr = (stat.S_IFREG | (0o755 if i == 1 else 0o644)) << 16
            archive.writestr(info, data, zipfile.ZIP_STORED if i == 0 else zipfile.ZIP_DEFLATED)
    return path


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """A wheel of a pack, without a manifest."""
    return pack(tmp_path / "acme_pack-1.2-py3-none-any.whl", files())


def refused(path: Path, kind: str, says: str = "", **options: bool) -> VcvmError:
    """The error for a wheel that stays as it was."""
    before = path.read_bytes()
    with pytest.raises(VcvmError) as e:
        inject_manifest(str(path), **options)
    assert (e.value.kind, path.read_bytes()) == (kind, before), e.value
    assert says in str(e.value)
    assert os.listdir(path.parent) == [path.name]
    return e.value


def test_a_manifest_is_added(wheel: Path, tmp_path: Path) -> None:
    """It is the last but one entry, RECORD the last and right; all others are as they were."""
    wheel.chmod(0o640)
    with zipfile.ZipFile(wheel) as archive:
        before = {
            i.filename: (archive.read(i), i.date_time, i.external_attr, i.compress_type) for i in archive.infolist()
        }
    done = inject_manifest(str(wheel))
    assert (done.path, done.replaced, done.manifest.pack, done.manifest.version) == (
        str(wheel),
        False,
        "acme-pack",
        "1.2",
    )
    with zipfile.ZipFile(wheel) as archive:
        after = {
            i.filename: (archive.read(i), i.date_time, i.external_attr, i.compress_type) for i in archive.infolist()
        }
        data = archive.read(PLACE)
        record = archive.read(RECORD).decode()
    assert list(after) == [*(name for name in before if name != RECORD), PLACE, RECORD]
    assert {k: v for k, v in after.items() if k not in (PLACE, RECORD)} == {
        k: v for k, v in before.items() if k != RECORD
    }
    assert after[PLACE][1] == (1980, 1, 1, 0, 0, 0)
    assert after[RECORD][1:] == before[RECORD][1:]
    assert list(csv.reader(record.splitlines())) == rows_of({**files(), PLACE: data})
    assert decode_manifest(data) == done.manifest
    assert (stat.S_IMODE(wheel.stat().st_mode), len(data)) == (0o640, done.size)
    assert os.listdir(tmp_path) == [wheel.name]


def test_it_is_what_a_build_would_have_made(wheel: Path, tmp_path: Path) -> None:
    """Of the same source, found in the folder of a project."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "project")
    made = extract_manifest(str(tmp_path / "project"), ["acme"], pack="acme-pack", version="1.2")
    assert inject_manifest(str(wheel)).manifest == made


def test_same_wheel_same_bytes(wheel: Path, tmp_path: Path) -> None:
    """Wherever it lies, whenever it is done; and doing it again changes nothing."""
    (tmp_path / "other").mkdir()
    other = pack(tmp_path / "other" / wheel.name, files())
    os.utime(other, (1, 1))
    inject_manifest(str(wheel))
    inject_manifest(str(other))
    first = wheel.read_bytes()
    assert other.read_bytes() == first
    assert inject_manifest(str(wheel), force=True).replaced
    assert wheel.read_bytes() == first


def test_the_pack_is_found_and_works(wheel: Path, site: Site) -> None:
    pack(wheel, {**files(), "acme/__init__.py": SOURCE.encode()})
    inject_manifest(str(wheel))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site.folder)
    assert [f.state for f in discover(site.paths)] == ["ok"]
    (extern,) = installed(site.paths).catalog()["acme.double"]
    assert installed(site.paths).offers(extern.uuid)[0].load()(4) == 8


def test_force(wheel: Path) -> None:
    """A manifest is replaced on request only, wherever it lies; both the file and its row are gone."""
    old = f"{INFO}/extra_metadata/vcvm.msgpack"
    pack(wheel, {**files(), old: b"old"})
    assert "--force" in refused(wheel, "has-manifest").help
    assert inject_manifest(str(wheel), force=True).replaced
    with zipfile.ZipFile(wheel) as archive:
        assert old not in archive.namelist()
        assert old not in archive.read(RECORD).decode()
        assert PLACE in archive.namelist()


def test_api(wheel: Path) -> None:
    assert inject_manifest(str(wheel), api=(1, 3)).manifest.api == (1, 3)


def test_a_link_is_followed(wheel: Path, tmp_path: Path) -> None:
    (tmp_path / "links").mkdir()
    link = tmp_path / "links" / wheel.name
    link.symlink_to(wheel)
    inject_manifest(str(link))
    assert link.is_symlink()
    assert PLACE in zipfile.ZipFile(wheel).namelist()


def test_modules_and_data_folders(wheel: Path) -> None:
    """A pack may be one file, and lie where a wheel for one platform keeps its Python."""
    content = files()
    content["acme_pack-1.2.data/platlib/acme.py"] = content.pop("acme/__init__.py")
    del content["acme/data.bin"]
    pack(wheel, content)
    assert [row.target for row in inject_manifest(str(wheel)).manifest.intrinsics] == ["acme:double"]


def test_folders_have_entries_in_some_wheels(wheel: Path) -> None:
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr(zipfile.ZipInfo("acme/empty/"), b"")
    inject_manifest(str(wheel))
    assert "acme/empty/" in zipfile.ZipFile(wheel).namelist()


def test_other_hashes_and_missing_sizes_are_kept(wheel: Path) -> None:
    content = files()
    rows = rows_of(content)
    rows[0][1:] = [digest(content["acme/__init__.py"], "sha512"), ""]
    pack(wheel, content, rows)
    inject_manifest(str(wheel))
    with zipfile.ZipFile(wheel) as archive:
        assert next(csv.reader(archive.read(RECORD).decode().splitlines())) == rows[0]


def test_refused_source(wheel: Path) -> None:
    """With file and line, seen from outside the wheel."""
    source = HEAD + function(arguments=", cost=COST") + function("b", SECOND, ", size=S") + hook("b")
    pack(wheel, files(source))
    problem = refused(wheel, "bad-declaration")
    places = [f"{wheel}/acme/__init__.py:{line}" for line in (4, 14)]
    assert [str(d.place) for d in problem.diagnostics] == places


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("acme_pack.whl", "its name is not"),
        ("acme_pack-1.2-py3-none-any.zip", "its name is not"),
        ("other-1.2-py3-none-any.whl", "its name is that of other"),
        ("acme_pack-1.3-py3-none-any.whl", "its name is of version 1.3"),
    ],
)
def test_refused_names(tmp_path: Path, name: str, says: str) -> None:
    refused(pack(tmp_path / name, files()), "not-a-wheel", says)


@pytest.mark.parametrize(
    ("change", "kind", "says"),
    [
        ({f"{INFO}/entry_points.txt": None}, "no-packs-wheel", ""),
        ({f"{INFO}/entry_points.txt": b"[other]\na = b\n"}, "no-packs-wheel", ""),
        ({f"{INFO}/entry_points.txt": b"[vcvm.packs]\n"}, "no-packs-wheel", ""),
        ({f"{INFO}/entry_points.txt": b"[vcvm.packs\na = b\n"}, "not-a-wheel", "entry_points.txt"),
        ({f"{INFO}/entry_points.txt": b"\xff"}, "not-a-wheel", "UTF-8"),
        ({f"{INFO}/entry_points.txt": b"[vcvm.packs]\na = ../x\n"}, "unbuildable-pack", "names no module"),
        ({f"{INFO}/entry_points.txt": b"[vcvm.packs]\na = other\n"}, "bad-source", "no package other"),
        ({f"{INFO}/METADATA": None}, "not-a-wheel", "METADATA"),
        ({f"{INFO}/METADATA": b"Name: a b\nVersion: 1\n"}, "not-a-wheel", "no name and version"),
        ({f"{INFO}/METADATA": b"Name: other\nVersion: 1.2\n"}, "not-a-wheel", "its METADATA that of other"),
        ({f"{INFO}/WHEEL": None}, "not-a-wheel", "WHEEL"),
        ({f"{INFO}/WHEEL": b"Wheel-Version: 2.0\n"}, "not-a-wheel", "Wheel-Version: 1"),
        ({"other-1.dist-info/METADATA": b""}, "not-a-wheel", "2 folders .dist-info"),
        ({f"{INFO}/RECORD.jws": b"{}"}, "bad-record", "signed"),
        ({"acme_pack-1.2.data/purelib/acme/__init__.py": b""}, "bad-source", "two files for one place"),
        ({"acme/x.py": b"x" * (1 << 20) + b"x"}, "bad-source", "larger than"),
    ],
)
def test_refused_content(wheel: Path, change: dict[str, bytes | None], kind: str, says: str) -> None:
    content = {name: data for name, data in {**files(), **change}.items() if data is not None}
    refused(pack(wheel, content), kind, says)


def row(index: int, column: int, value: str) -> Callable[[list[list[str]]], None]:
    def change(rows: list[list[str]]) -> None:
        rows[index][column] = value

    return change


@pytest.mark.parametrize(
    ("change", "kind", "says"),
    [
        (lambda rows: rows.append(rows[0]), "bad-record", "lists acme/__init__.py twice"),
        (lambda rows: rows.append(["absent.py", digest(b""), "0"]), "bad-record", "which is not there"),
        (lambda rows: rows.pop(1), "bad-record", "does not list acme/data.bin"),
        (lambda rows: rows.pop(), "bad-record", f"does not list {RECORD}"),
        (lambda rows: rows[0].append("more"), "bad-record", "4 columns"),
        (lambda rows: rows.append(["../x", digest(b""), "0"]), "path-escape", "../x"),
        (row(0, 1, digest(b"other")), "bad-record", "another hash of acme/__init__.py"),
        (row(0, 2, "1"), "bad-record", "has 1 bytes"),
        (row(0, 1, "md5=x"), "bad-record", "no sha256"),
        (row(0, 1, ""), "bad-record", "no sha256"),
    ],
)
def test_refused_records(wheel: Path, change: Callable[[list[list[str]]], None], kind: str, says: str) -> None:
    rows = rows_of(files())
    change(rows)
    refused(pack(wheel, files(), rows), kind, says)


@pytest.mark.parametrize(
    "name",
    [
        "../escape.py",
        "/escape.py",
        "acme/../../escape.py",
        "acme//x.py",
        "acme/./x.py",
        "C:/x.py",
        "acme\\x.py",
        "a\nb.py",
    ],
)
def test_refused_paths(wheel: Path, name: str) -> None:
    """What a name leads out of is refused before anything is unpacked."""
    refused(pack(wheel, {**files(), name: b""}), "path-escape")


def test_refused_entries(wheel: Path) -> None:
    """Links, doubled names, compression that wheels do not have, encryption."""
    info = zipfile.ZipInfo("acme/link.py")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr(info, "/etc/passwd")
    refused(wheel, "not-a-wheel", "is a link")
    pack(wheel, files())
    with zipfile.ZipFile(wheel, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("acme/__init__.py", "")
    refused(wheel, "not-a-wheel", "stands in it twice")
    pack(wheel, files())
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr("acme/x.py", "", zipfile.ZIP_BZIP2)
    refused(wheel, "not-a-wheel", "compressed in a way")
    pack(wheel, files())
    data = bytearray(wheel.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    wheel.write_bytes(data)
    refused(wheel, "not-a-wheel", "encrypted")


def test_refused_archives(wheel: Path) -> None:
    """Cut anywhere, changed anywhere, or nothing of the kind."""
    whole = wheel.read_bytes()
    for data in (b"", b"PK", b"text" * 100, whole[:-1], whole[: len(whole) // 2], whole[100:], b"#!" + whole):
        wheel.write_bytes(data)
        refused(wheel, "not-a-wheel")
    changed = bytearray(whole)
    changed[whole.index(b"not_installed")] ^= 1
    wheel.write_bytes(changed)
    refused(wheel, "not-a-wheel", "damaged")


def test_refused_names_of_two_kinds(wheel: Path) -> None:
    """An entry that has one name in the list of entries and another in front of its bytes."""
    data = bytearray(wheel.read_bytes())
    start = data.index(b"acme/data.bin")
    data[start : start + 13] = b"acme/dato.bin"
    wheel.write_bytes(data)
    refused(wheel, "not-a-wheel")


@pytest.mark.parametrize(("limit", "value"), [("BYTES", 100), ("UNPACKED", 10_000), ("ENTRIES", 5), ("TEXT_BYTES", 10)])
def test_refused_sizes(wheel: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int) -> None:
    monkeypatch.setattr(wheels, limit, value)
    assert refused(wheel, "wheel-too-large").facts["limit"] == value


def test_refused_numbers_of_files(wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inject, "FILES", 1)
    pack(wheel, {**files(), "acme/more.py": b""})
    refused(wheel, "bad-source", "more than 1 files")


def test_refused_bombs(wheel: Path) -> None:
    """Sizes that are stated are believed only to refuse them; those that are not true are found; overlaps, too."""
    pack(wheel, {**files(), "acme/zeros.bin": bytes(1 << 20)})
    whole = wheel.read_bytes()
    central = whole.rindex(b"PK\x01\x02", 0, whole.rindex(b"acme/zeros.bin"))
    stated = bytearray(whole)
    struct.pack_into("<L", stated, central + 24, 0x7FFFFFFF)
    wheel.write_bytes(stated)
    refused(wheel, "wheel-too-large")
    struct.pack_into("<L", stated, central + 24, 10)
    wheel.write_bytes(stated)
    refused(wheel, "not-a-wheel", "damaged")
    # Two entries of the list that share one stretch of bytes.
    shared = bytearray(whole)
    first = shared.index(b"PK\x01\x02")
    struct.pack_into("<L", shared, central + 42, struct.unpack_from("<L", shared, first + 42)[0])
    wheel.write_bytes(shared)
    refused(wheel, "not-a-wheel", "overlap")


def test_what_is_no_file(tmp_path: Path) -> None:
    for place, kind in ((tmp_path / "absent.whl", "no-such-file"), (tmp_path, "not-a-regular-file")):
        with pytest.raises(VcvmError) as e:
            inject_manifest(str(place))
        assert e.value.kind == kind


def test_all_or_nothing(wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the disk is full before the end, the wheel is as it was, and nothing lies beside it."""

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(wheels.os, "replace", fail)
    refused(wheel, "unwritable-file", "No space left")
    monkeypatch.undo()
    monkeypatch.setattr(wheels.zipfile.ZipFile, "writestr", fail)
    refused(wheel, "unwritable-file", "No space left")


@pytest.mark.heavy
def test_a_wheel_that_a_backend_without_hooks_has_built(wheel: Path, environment: Environment) -> None:
    """As a user: injected by the command, installed by pip, listed, and used by a program."""
    pack(wheel, {**files(), "acme/__init__.py": SOURCE.encode()})
    environment.vcvm("plugins", "inject", str(wheel), cwd=wheel.parent)
    environment.install(wheel)
    listed = environment.vcvm("plugins", "list", cwd=wheel.parent).stdout.splitlines()
    assert next(line.split()[1:5] for line in listed if line.startswith("acme-pack")) == ["1.2", "1", "1", "ok"]
    (wheel.parent / "six.vasm").write_text(
        "extern acme.double\nfunc main() -> int\npushi 3\ncall $acme.double\nret\nend\n"
    )
    assert environment.vcvm("run", "six.vasm", cwd=wheel.parent).stdout.strip() == "6"
    files_listed = environment.python(
        "-c", "import importlib.metadata as m; print(*m.files('acme-pack'))", cwd=wheel.parent
    )
    assert PLACE in files_listed.stdout
