"""Headers: compiling against packs that are not installed, or in another version."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from dists.builder import FIRST, HEAD, SECOND, SOURCE, Site, function, hook
from vcvm_core import VM, LinkError, VcvmError
from vcvm_core.asm import assemble
from vcvm_core.bytecode import encode
from vcvm_core.errors import ManifestError
from vcvm_core.plugin import Registry, encode_manifest, header_name, installed, read_headers, read_manifest
from vcvm_core.plugin.discovery import PLACES

CALLER = "extern double(int) -> int\nfunc main() -> int\n push 4\n calli $double\n ret\nend\n"


def header(site: Site, folder: Path, name: str = "acme", version: str = "2.0", source: str = SOURCE) -> str:
    """The file of a header; the pack itself is not installed."""
    info = site.add(name, source, version=version)
    file = folder / f"{name}-{version}.vcvmh"
    (info / PLACES[0]).rename(file)
    (info / "METADATA").unlink()
    return str(file)


def test_compile_without_the_pack(site: Site, tmp_path: Path) -> None:
    """Names and types come from the header; the program remembers pack and version; nothing is bound to it."""
    registry = installed(site.paths, headers=[header(site, tmp_path)])
    for name in ("double", "acme.double"):
        module = assemble(CALLER.replace("double", name, 1).replace("$double", f"${name}"), registry.catalog())
        (extern,) = module.externs
        assert (extern.pack, extern.version, str(UUID(bytes=extern.uuid))) == ("acme", "2.0", FIRST)
    with pytest.raises(LinkError) as caught:
        VM(registry).load_module(module)
    (verdict,) = caught.value.report.verdicts
    assert (verdict.word, verdict.found) == ("unknown", "provided by acme >= 2.0   not installed")
    assert verdict.fix == "pip install 'acme>=2.0'"
    assert registry.offers(UUID(FIRST).bytes) == ()
    assert registry.remarks == ()


def test_types_are_checked(site: Site, tmp_path: Path) -> None:
    """A call that does not fit the header is refused like any other."""
    registry = installed(site.paths, headers=[header(site, tmp_path)])
    with pytest.raises(VcvmError, match="VC318"):
        assemble(CALLER.replace("double(int) -> int", "double(string) -> int"), registry.catalog())


def test_header_wins(site: Site, tmp_path: Path) -> None:
    """Of a pack that is installed too, the header counts for compiling, what is installed for binding; it is remarked."""
    newer = header(site, tmp_path, version="2.0", source=HEAD + function(uuid=SECOND) + hook("double"))
    site.add("acme", version="1.0")
    registry = installed(site.paths, headers=[newer])
    ((extern,),) = [registry.catalog()[n] for n in ("double",)]
    assert (str(UUID(bytes=extern.uuid)), extern.version) == (SECOND, "2.0")
    assert registry.offers(UUID(FIRST).bytes)[0].version == "1.0"
    assert registry.known.offers(UUID(FIRST).bytes) == ()
    assert registry.remarks == (f"acme: names and types are those of the header {newer}, 2.0; installed is 1.0",)
    report = VM(registry).check(encode(assemble(CALLER, registry.catalog())))
    assert report.verdicts[0].found == "provided by acme >= 2.0   installed: acme 1.0"


def test_header_of_the_same_version(site: Site, tmp_path: Path) -> None:
    """The header of what is installed is no news; one of that version with another content is."""
    info = site.add("acme")
    same = tmp_path / "same.vcvmh"
    same.write_bytes((info / PLACES[0]).read_bytes())
    assert installed(site.paths, headers=[str(same)]).remarks == ()
    manifest = read_manifest(str(same))
    same.write_bytes(encode_manifest(replace(manifest, intrinsics=())))
    (remark,) = installed(site.paths, headers=[str(same)]).remarks
    assert "is not that of the installed acme 1.0, and counts here" in remark


def test_deprecation_and_successors_are_known(site: Site, tmp_path: Path) -> None:
    """A table of what is known has the headers' offers and successors; loading one of them says that there is no code."""
    source = HEAD + function("later", SECOND, f', supersedes="{FIRST}", relation="same"') + hook("later")
    newer = header(site, tmp_path, source=source)
    site.add("base")
    known = installed(site.paths, headers=[newer]).known
    (offer,) = known.successors(UUID(FIRST).bytes)
    assert (offer.name, offer.pack, offer.version, offer.relation) == ("later", "acme", "2.0", "same")
    with pytest.raises(VcvmError, match="VC008"):
        offer.load()
    assert [o.pack for o in known.offers(UUID(FIRST).bytes)] == ["base"]


def test_two_headers_of_one_pack(site: Site, tmp_path: Path) -> None:
    """Two versions are refused, each named; one header twice, or a copy of it, counts once."""
    one = header(site, tmp_path, version="1.0")
    two = header(site, tmp_path, version="2.0", source=HEAD + function(uuid=SECOND) + hook("double"))
    with pytest.raises(VcvmError) as caught:
        read_headers([one, two])
    assert [d.code for d in caught.value.diagnostics] == ["VC710"]
    assert "(1.0)" in str(caught.value)
    assert "(2.0)" in str(caught.value)
    copy = tmp_path / "copy"
    copy.write_bytes(Path(one).read_bytes())
    assert len(read_headers([one, one, str(copy)])) == 1


def test_one_uuid_in_two_headers(site: Site, tmp_path: Path) -> None:
    """Two packs that claim one UUID cannot both be compiled against."""
    with pytest.raises(VcvmError) as caught:
        read_headers([header(site, tmp_path, "acme"), header(site, tmp_path, "beta")])
    assert [d.code for d in caught.value.diagnostics] == ["VC711"]
    assert FIRST in str(caught.value)


def test_reserved(site: Site, tmp_path: Path) -> None:
    """A header of another pack cannot claim what is the standard pack's."""
    file = header(site, tmp_path, "acme")
    site.add("vcvm")
    with pytest.raises(VcvmError) as caught:
        installed(site.paths, headers=[file])
    assert [d.code for d in caught.value.diagnostics] == ["VC026"]


def test_everything_at_once(site: Site, tmp_path: Path) -> None:
    """Of several files everything that is wrong is said, each with its file."""
    (tmp_path / "bad").write_bytes(b"\x80")
    good = header(site, tmp_path)
    with pytest.raises(ManifestError) as caught:
        read_headers([str(tmp_path / "bad"), good, str(tmp_path / "none")])
    assert {d.place.file for d in caught.value.diagnostics} == {str(tmp_path / "bad"), str(tmp_path / "none")}


def test_header_name(site: Site, tmp_path: Path) -> None:
    """A header is named after its pack and version."""
    assert header_name(read_manifest(header(site, tmp_path))) == "acme-2.0.vcvmh"


def test_registry_of_nothing() -> None:
    """Without headers and index, the registry is what is known."""
    registry = Registry(())
    assert registry.known is registry
    assert registry.providers(bytes(16)) == []
    assert registry.named("x") == ()


def test_libraries_of_headers(site: Site, tmp_path: Path) -> None:
    """A header has the symbols of the libraries that its pack carries: programs are compiled against these, too."""
    four = encode(assemble(".library\nfunc four() -> int\n push 4\n ret\nend\nexport four\n"))
    (site.folder / "acme").mkdir()
    (site.folder / "acme/shapes.vcvm").write_bytes(four)
    registry = installed([], headers=[header(site, tmp_path)])
    text = "import shapes four() -> int\nfunc main() -> int\n call shapes.four()\n ret\nend\n"
    (library,) = registry.libraries()["shapes"]
    assert (library.pack, library.version) == ("acme", "2.0")
    module = assemble(f".link shapes\n{text}", registry.catalog(), libraries=registry.libraries())
    assert module.libraries[0].name == "shapes"
    with pytest.raises(LinkError, match="VC046"):
        VM(registry).load_module(module)
