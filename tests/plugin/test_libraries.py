"""Compiled libraries in packs: recorded in the manifest, linked by content, and read without importing the pack."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from dists.builder import SOURCE, Site
from dists.projects import project
from vcvm_core import VM, CompileError, LinkError, ManifestError, PackError
from vcvm_core.asm import assemble
from vcvm_core.bytecode import Module, content_hash, encode
from vcvm_core.plugin import (
    decode_manifest,
    diff_packs,
    discover,
    encode_manifest,
    extract_manifest,
    installed,
    manifest_from_data,
    manifest_to_data,
)
from vcvm_core.plugin.packing import pack as packed

SHAPES = """
.library
func area(width: int, height: int) -> int
    get $width
    get $height
    mul
    ret
end
func name() -> string
    push "shape"
    ret
end
"""
USER = """
.link shapes
func main(side: int) -> int
    call shapes.area($side, $side)
    ret
end
"""


def library(text: str = SHAPES) -> bytes:
    """A library in compiled form."""
    return encode(assemble(text))


def carry(folder: Path, data: bytes | None = None, name: str = "shapes", package: str = "acme") -> Path:
    """Put a compiled file into a package, before its pack is made."""
    path = folder / package / f"{name}.vcvm"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(library() if data is None else data)
    return path


@pytest.fixture
def stocked(site: Site) -> Site:
    """A folder of installed packs: acme, with the library shapes."""
    carry(site.folder)
    site.add()
    return site


def compiled(site: Site, text: str = USER) -> Module:
    """A program, compiled against what is installed."""
    registry = installed(site.paths)
    return assemble(text, registry.catalog(), libraries=registry.libraries())


def test_the_manifest_has_the_symbols(stocked: Site) -> None:
    """What a library exports is known without reading it."""
    (found,) = discover(stocked.paths)
    assert found.manifest is not None
    (row,) = found.manifest.libraries
    assert (row.name, row.path, row.sha256) == ("shapes", "acme/shapes.vcvm", content_hash(library()))
    assert [(name, str(signature)) for name, signature in row.symbols] == [
        ("area", "(int, int) -> int"),
        ("name", "() -> string"),
    ]
    again = decode_manifest(encode_manifest(found.manifest))
    assert again == found.manifest


def test_a_pack_without_libraries_has_no_such_field(tmp_path: Path) -> None:
    """So that what is built today can be read by what was released before."""
    folder = project(tmp_path / "p", SOURCE)
    made = extract_manifest(folder, ["acme"], pack="acme", version="1.0")
    assert "libraries" not in manifest_to_data(made)


def test_programs_run_with_it(stocked: Site) -> None:
    """The library is found by name and content; the pack is not imported for it."""
    program = compiled(stocked)
    assert VM(hosts=installed(stocked.paths)).load_module(program).call("main", 7) == 49
    assert "acme" not in sys.modules
    assert program.libraries[0].digest == content_hash(library())
    assert [i.name for i in program.imports] == ["area"]


def test_written_out(stocked: Site) -> None:
    """SHA-256 and imports may be written, as for any library, and are held against what is known."""
    digest = content_hash(library()).hex()
    text = USER.replace(".link shapes", f'.link shapes "{digest}"\nimport shapes area(int, int) -> int')
    one, other = compiled(stocked, text), compiled(stocked)
    assert (one.libraries, one.imports) == (other.libraries, other.imports)


def test_what_the_library_does_not_have_is_refused(stocked: Site) -> None:
    """Names and signatures are checked when a program is compiled."""
    for text, kind, said in (
        (USER.replace(".link shapes", ".link shape"), "unknown-name", "shapes"),
        (USER.replace("shapes.area(", "shapes.aria("), "unknown-name", "aria"),
        (USER + "import shapes aria(int) -> int", "unknown-name", "area"),
        (USER + "import shapes area(int) -> int", "extern-differs", "area"),
        (USER.replace(".link shapes", '.link shapes "00"'), "bad-literal", "64 hexadecimal"),
        (USER.replace(".link shapes", ".link shapes shapes shapes"), "bad-directive", "a name"),
    ):
        with pytest.raises(CompileError) as caught:
            compiled(stocked, text)
        assert kind in [d.kind for d in caught.value.diagnostics], text
        assert any(said in f"{d.message} {d.help}" for d in caught.value.diagnostics), caught.value
    with pytest.raises(CompileError, match="there is no library"):
        assemble(USER)


def test_two_contents_of_one_name(tmp_path: Path) -> None:
    """A name that two packs use has to be told apart by content; a program keeps the one that it was compiled with."""
    other = library(SHAPES.replace("mul", "addi"))
    carry(tmp_path)
    carry(tmp_path, other, package="beta")
    site = Site(tmp_path)
    site.add()
    site.add("beta", SOURCE.replace("11111111", "44444444"))
    with pytest.raises(CompileError, match=r"shapes is in acme .* and beta"):
        compiled(site)
    for data, result in ((library(), 49), (other, 14)):
        text = USER.replace(".link shapes", f'.link shapes "{content_hash(data).hex()}"')
        assert VM(hosts=installed(site.paths)).load_module(compiled(site, text)).call("main", 7) == result


def test_the_host_has_the_first_word(stocked: Site) -> None:
    """A library that is passed by name is the one that counts, whatever packs carry."""
    program = compiled(stocked)
    vm = VM(hosts=installed(stocked.paths), libraries={"shapes": library(SHAPES.replace("mul", "addi"))})
    with pytest.raises(LinkError) as caught:
        vm.load_module(program)
    assert [v.word for v in caught.value.report.refused] == ["library-differs"]


def changed(path: Path) -> None:
    path.write_bytes(library(SHAPES.replace("mul", "addi")))


def linked_away(path: Path) -> None:
    outside = path.parent.parent.parent / "outside.vcvm"
    outside.write_bytes(path.read_bytes())
    path.unlink()
    path.symlink_to(outside)


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (changed, "VC762"),
        (Path.unlink, "VC761"),
        (folder, "VC761"),
        (linked_away, "VC020"),
        (lambda path: path.write_bytes(b""), "VC101"),
        (lambda path: path.write_bytes(encode(assemble("func main()\nret\nend"))), "VC005"),
        (lambda path: path.write_bytes(library()[:-9]), "VC1"),
    ],
    ids=["changed", "missing", "folder", "link", "empty", "program", "cut"],
)
def test_what_was_changed_after_the_installation_is_refused(stocked: Site, harm: Any, code: str) -> None:
    """Programs are linked to what the manifest describes, or to nothing; all else of the pack works."""
    program = compiled(stocked)
    harm(stocked.folder / "acme/shapes.vcvm")
    hosts = installed(stocked.paths)
    with pytest.raises(LinkError) as caught:
        VM(hosts=hosts).load_module(program)
    (verdict,) = caught.value.report.refused
    assert verdict.word == "unknown-library"
    assert f"[{code}" in verdict.found
    text = "extern double\nfunc main(n: int) -> int\n    call double($n)\n    ret\nend"
    assert VM(hosts=hosts).load_module(assemble(text, hosts.catalog())).call("main", 4) == 8


def test_a_program_keeps_what_was_read(stocked: Site) -> None:
    """A registry reads a library once: what changes later does not change a running process."""
    hosts, program = installed(stocked.paths), compiled(stocked)
    assert VM(hosts=hosts).load_module(program).call("main", 3) == 9
    changed(stocked.folder / "acme/shapes.vcvm")
    assert VM(hosts=hosts).load_module(program).call("main", 3) == 9


def test_editable(tmp_path: Path) -> None:
    """An edited library is known at once, as an edited function is."""
    source = tmp_path / "source"
    path = carry(source)
    site = Site(tmp_path / "site")
    site.folder.mkdir()
    site.add(project=source)
    assert VM(hosts=installed(site.paths)).load_module(compiled(site)).call("main", 3) == 9
    changed(path)
    assert [p.state for p in discover(site.paths)] == ["live"]
    assert VM(hosts=installed(site.paths)).load_module(compiled(site)).call("main", 3) == 6


def test_in_a_zip_file(stocked: Site, tmp_path: Path) -> None:
    """As everything else of a pack."""
    path = tmp_path / "packs.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(p for p in stocked.folder.rglob("*") if p.is_file() and p != path):
            archive.write(file, file.relative_to(stocked.folder).as_posix())
    hosts = installed([str(path)])
    program = assemble(USER, hosts.catalog(), libraries=hosts.libraries())
    assert VM(hosts=hosts).load_module(program).call("main", 5) == 25


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"acme/shapes.vcvm": b"VCVM\0garbage"}, "acme/shapes.vcvm is refused"),
        ({"acme/shapes.vcvm": b""}, "acme/shapes.vcvm is refused"),
        ({"acme/shapes.vcvm": encode(assemble("func main()\nret\nend"))}, "not a library"),
        ({"acme/1shapes.vcvm": library()}, "is no name"),
        ({"acme/shapes.vcvm": library(), "acme/deep/shapes.vcvm": library()}, "has the same name"),
    ],
    ids=["garbage", "empty", "program", "name", "twice"],
)
def test_what_is_no_library_ends_the_build(tmp_path: Path, files: dict[str, bytes], said: str) -> None:
    """With the file, and everything that is wrong at once."""
    made = Path(project(tmp_path / "p", SOURCE))
    for name, data in files.items():
        (made / name).parent.mkdir(exist_ok=True)
        (made / name).write_bytes(data)
    with pytest.raises(ManifestError) as caught:
        extract_manifest(str(made), ["acme"], pack="acme", version="1.0")
    assert {d.code for d in caught.value.diagnostics} == {"VC760"}
    assert said in str(caught.value)


ROW = {"name": "shapes", "path": "acme/shapes.vcvm", "sha256": bytes(32), "symbols": [["area", "(int) -> int"]]}


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"path": "../shapes.vcvm"}, "path-escape"),
        ({"path": "/etc/shapes.vcvm"}, "path-escape"),
        ({"path": "acme/../other/shapes.vcvm"}, "path-escape"),
        ({"path": "acme\\shapes.vcvm"}, "path-escape"),
        ({"path": "C:/shapes.vcvm"}, "path-escape"),
        ({"path": "shapes.vcvm"}, "path-escape"),
        ({"path": "other/shapes.vcvm"}, "path-escape"),
        ({"path": "acme/other.vcvm"}, "path-escape"),
        ({"name": "a b", "path": "acme/a b.vcvm"}, "manifest-bad-name"),
        ({"sha256": bytes(31)}, "manifest-shape"),
        ({"sha256": "text"}, "manifest-shape"),
        ({"symbols": {"area": "(int) -> int"}}, "manifest-shape"),
        ({"symbols": [["area"]]}, "manifest-shape"),
        ({"symbols": [["area", 1]]}, "manifest-shape"),
        ({"symbols": [["b", "() -> ()"], ["a", "() -> ()"]]}, "manifest-shape"),
        ({"symbols": [["a", "() -> ()"], ["a", "() -> ()"]]}, "manifest-shape"),
        ({"symbols": [["a", "(int"]]}, "bad-declaration"),
        ({"symbols": [["a", "(int)->int"]]}, "bad-declaration"),
        ({"symbols": [["a\x1b", "() -> ()"]]}, "manifest-bad-name"),
        ({"more": 1}, "manifest-unknown-field"),
    ],
)
def test_hostile_rows(tmp_path: Path, change: dict[str, Any], kind: str) -> None:
    """A manifest that names files outside of its pack, or is wrong in another way, is refused as a whole."""
    data = manifest_to_data(extract_manifest(project(tmp_path / "p", SOURCE), ["acme"], pack="acme", version="1.0"))
    assert manifest_from_data({**data, "libraries": [ROW]}).libraries[0].name == "shapes"
    with pytest.raises((ManifestError, PackError)) as caught:
        decode_manifest(packed({**data, "libraries": [{**ROW, **change}]}))
    assert kind in [d.kind for d in caught.value.diagnostics]


@pytest.mark.parametrize("libraries", [[], [1], [ROW, ROW], [{**ROW, "name": "z", "path": "acme/z.vcvm"}, ROW], {}])
def test_hostile_lists(tmp_path: Path, libraries: Any) -> None:
    """One form: sorted by name, each once, and no empty list."""
    data = manifest_to_data(extract_manifest(project(tmp_path / "p", SOURCE), ["acme"], pack="acme", version="1.0"))
    with pytest.raises(ManifestError) as caught:
        manifest_from_data({**data, "libraries": libraries})
    assert "manifest-shape" in [d.kind for d in caught.value.diagnostics]


def rules(report: Any) -> dict[str, str]:
    """The findings about libraries, each with its class."""
    return {f.rule: f.kind for f in report.findings if f.rule.startswith("library")}


def test_diff(tmp_path: Path) -> None:
    """Other content under the old name breaks programs; so does a library that is gone."""
    old, new = tmp_path / "old", tmp_path / "new"
    for made in (old, new):
        project(made, SOURCE)
        carry(made)
    assert rules(diff_packs(str(old), str(new))) == {}
    carry(new, library(SHAPES.replace("mul", "addi")))
    carry(new, name="more")
    report = diff_packs(str(old), str(new))
    assert rules(report) == {"library-changed": "breaking", "library-added": "fine"}
    carry(new, library(SHAPES.replace("func name() -> string", "func title() -> string")))
    (finding,) = [f for f in diff_packs(str(old), str(new)).findings if f.rule == "library-changed"]
    assert "no name, a new title" in finding.message
    (new / "acme/shapes.vcvm").unlink()
    assert rules(diff_packs(str(old), str(new)))["library-removed"] == "breaking"
    (new / "acme/more.vcvm").unlink()
    (new / "acme/deep").mkdir()
    (new / "acme/deep/shapes.vcvm").write_bytes(library())
    assert rules(diff_packs(str(old), str(new))) == {"library-moved": "fine"}
