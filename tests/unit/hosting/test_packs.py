"""Packs that observe: what their manifests say, how they are loaded, and that nothing happens until they are named."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from vcvm_core import ManifestError, PackError
from vcvm_core.plugin import (
    Manifest,
    Registry,
    check_pack,
    decode_manifest,
    discover,
    encode_manifest,
    extract_manifest,
    manifest_from_data,
    manifest_to_data,
)

UUID_ = "6a1d2c3e-0000-4000-8000-00000000000a"
NAME = "vcvm_watching"

ONLY = """
from vcvm_core.plugin import hookimpl

class Log:
    def __init__(self, argument):
        if argument == "bad":
            raise ValueError("bad is no form")
        self.argument = argument

    def start(self, call):
        pass

@hookimpl
def vcvm_observer(argument):
    return Log(argument)
"""

BOTH = f"""
from vcvm_core.plugin import hookimpl, intrinsic

@intrinsic("{UUID_}")
def twice(n: int) -> int:
    return 2 * n

@hookimpl
def vcvm_intrinsics():
    return [twice]

@hookimpl
def vcvm_observer():
    return print
"""

SILENT = BOTH.partition("@hookimpl\ndef vcvm_observer")[0]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on sys.path; what is imported from it is forgotten."""
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    sys.modules.pop(NAME, None)


def manifest_of(folder: Path, source: str) -> Manifest:
    """The manifest of a pack with this source."""
    (folder / f"{NAME}.py").write_text(source, encoding="utf-8")
    return extract_manifest(str(folder), [NAME], pack="vcvm-watching", version="1.0", source_root=".")


def install(folder: Path, source: str) -> Path:
    """Install a pack; gives its manifest's path."""
    info = folder / f"{NAME}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: vcvm-watching\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[vcvm.packs]\nvcvm-watching = {NAME}\n", encoding="utf-8")
    (info / "vcvm.msgpack").write_bytes(encode_manifest(manifest_of(folder, source)))
    return info / "vcvm.msgpack"


def registry(folder: Path, **settings: object) -> Registry:
    return Registry(discover([str(folder)]), **settings)  # type: ignore[arg-type]


# Manifests


@pytest.mark.parametrize(
    ("source", "observes"),
    [
        (ONLY, True),
        (BOTH, True),
        (ONLY.replace("@hookimpl\n", ""), False),
        (ONLY.replace("vcvm_observer", "vcvm_observers"), False),
        (ONLY.replace("import hookimpl", "import hookimpl as h").replace("@hookimpl", "@h"), True),
        (ONLY.replace("from vcvm_core.plugin import hook", "import vcvm_core.plugin as p #").replace("@", "@p."), True),
        (SILENT, False),
    ],
)  # fmt: skip
def test_the_manifest_says_it(tmp_path: Path, source: str, observes: bool) -> None:
    """Read from the syntax tree: a marked function of that name at the top of a module."""
    manifest = manifest_of(tmp_path, source)
    assert manifest.observer is observes
    assert decode_manifest(encode_manifest(manifest)) == manifest
    assert ("observer" in manifest_to_data(manifest)) is observes


def test_a_manifest_without_the_field(tmp_path: Path) -> None:
    """Manifests of packs that do not observe are what they were, and readable."""
    data = manifest_to_data(manifest_of(tmp_path, BOTH))
    del data["observer"]
    assert manifest_from_data(data).observer is False


@pytest.mark.parametrize("value", [False, 1, "yes", None])
def test_a_field_of_another_form(tmp_path: Path, value: object) -> None:
    """It is true, or not there: equal manifests have equal bytes."""
    with pytest.raises(ManifestError) as caught:
        manifest_from_data({**manifest_to_data(manifest_of(tmp_path, ONLY)), "observer": value})
    assert caught.value.kind == "manifest-shape"


# Loading


def test_a_pack_that_only_observes(folder: Path) -> None:
    """It is usable, has no intrinsics, and is imported when it is named."""
    install(folder, ONLY)
    packs = registry(folder)
    (pack,) = packs.packs
    assert (pack.usable, pack.manifest is not None and pack.manifest.intrinsics) == (True, ())
    assert NAME not in sys.modules
    observer = packs.observer("vcvm-watching", "here")
    assert observer.argument == "here"
    assert packs.observer("VCVM_Watching").argument == ""
    assert NAME in sys.modules


def test_it_keeps_its_promises(folder: Path) -> None:
    """A pack without intrinsics passes the check, imported and not."""
    install(folder, ONLY)
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "vcvm-watching"\nversion = "1.0"\n'
        f'[project.entry-points."vcvm.packs"]\nvcvm-watching = "{NAME}"\n',
        encoding="utf-8",
    )
    for run in (False, True):
        report = check_pack(str(folder), run=run)
        assert not report.failed, [f.message for f in report.findings]


def test_a_hook_without_arguments(folder: Path) -> None:
    """An implementation may leave the argument out."""
    install(folder, BOTH)
    assert registry(folder).observer("vcvm-watching", "ignored") is print


@pytest.mark.parametrize(
    ("source", "kind", "says"),
    [
        (ONLY.replace("return Log(argument)", "return None"), "observer-refused", "it gave None"),
        (ONLY.replace("return Log(argument)", "raise SystemExit(3)"), "observer-refused", "SystemExit: 3"),
        (ONLY.replace("return Log(argument)", "return Log('bad')"), "observer-refused", "bad is no form"),
        (ONLY.replace("vcvm_observer(argument)", "vcvm_observer(wanted)"), "bad-hook", "wanted"),
        ("raise SystemExit\n" + ONLY, "import-failed", "SystemExit"),
        (SILENT, "no-observer", "has no observer"),
    ],
)
def test_what_is_refused(folder: Path, source: str, kind: str, says: str) -> None:
    """One error, which names the pack."""
    install(folder, source)
    with pytest.raises(PackError, match=says) as caught:
        registry(folder).observer("vcvm-watching")
    assert caught.value.kind == kind


def test_a_manifest_that_lies(folder: Path) -> None:
    """It promises an observer, and the code has none."""
    path = install(folder, SILENT)
    path.write_bytes(encode_manifest(replace(decode_manifest(path.read_bytes()), observer=True)))
    with pytest.raises(PackError) as caught:
        registry(folder).observer("vcvm-watching")
    assert caught.value.kind == "no-observer"


def test_a_wrong_argument_is_not_for_ever(folder: Path) -> None:
    """The pack is loaded; only these words were wrong."""
    install(folder, ONLY)
    packs = registry(folder)
    with pytest.raises(PackError):
        packs.observer("vcvm-watching", "bad")
    assert packs.observer("vcvm-watching", "good").argument == "good"


def test_blocked_packs_do_not_observe(folder: Path) -> None:
    """Nor those that are not there; neither is imported."""
    install(folder, ONLY)
    with pytest.raises(PackError) as caught:
        registry(folder, block=["vcvm-watching"]).observer("vcvm-watching")
    assert caught.value.kind == "pack-blocked"
    with pytest.raises(PackError) as caught:
        registry(folder).observer("vcvm-watch")
    assert caught.value.kind == "no-such-pack"
    assert NAME not in sys.modules
