"""Makes projects of packs: a folder with a pyproject.toml and one module, not installed.

Takes a folder and a source; gives the folder's path. `intrinsic` writes the source of one function.
"""

from __future__ import annotations

import base64
import hashlib
import zipfile
from pathlib import Path

from dists.builder import FIRST, HEAD, hook
from vcvm_core.plugin import encode_manifest, extract_manifest


def project(folder: Path, source: str, *, name: str = "acme", version: str = "1.0", more: str = "") -> str:
    """A project with the package of that name. more: what else its pyproject.toml says."""
    package = folder / name.replace("-", "_")
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(source, encoding="utf-8")
    (folder / "pyproject.toml").write_text(
        f'[project]\nname = "{name}"\nversion = "{version}"\n'
        f'[project.entry-points."vcvm.packs"]\n{name} = "{package.name}"\n{more}',
        encoding="utf-8",
    )
    return str(folder)


def intrinsic(
    body: str = "return number * 2",
    *,
    sig: str = "number: int",
    result: str = "int",
    doc: str = ">>> f(3)\n6",
    args: str = "cost=1",
    before: str = "",
    name: str = "f",
    uuid: str = FIRST,
) -> str:
    """The source of a pack of one function `name`, without the hook's end if more is to follow."""
    lines = "\n".join(f"    {line}" for line in doc.splitlines())
    inner = "\n".join(f"    {line}" for line in body.splitlines())
    return (
        f"{HEAD}{before}\n\n"
        f'@intrinsic("{uuid}", {args})\ndef {name}({sig}) -> {result}:\n    """It.\n\n{lines}\n    """\n{inner}\n\n\n'
        f"{hook(name)}"
    )


def wheel(path: Path, source: str, *, name: str = "acme", version: str = "1.0", manifest: bytes | None = None) -> str:
    """A wheel of such a pack. manifest: bytes to put in the place of its own; empty for none."""
    folder = path.parent / f"{path.name}-source"
    project(folder, source, name=name, version=version)
    module = name.replace("-", "_")
    if manifest is None:
        made = extract_manifest(str(folder), [module], pack=name, version=version, source_root=".")
        manifest = encode_manifest(made)
    info = f"{module}-{version}.dist-info"
    content = {
        f"{module}/__init__.py": source.encode(),
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\n",
        f"{info}/entry_points.txt": f"[vcvm.packs]\n{name} = {module}\n".encode(),
    }
    if manifest:
        content[f"{info}/vcvm.msgpack"] = manifest
    with zipfile.ZipFile(path, "w") as archive:
        for file, data in content.items():
            archive.writestr(file, data)
        archive.writestr(f"{info}/RECORD", "".join([*map(recorded, content, content.values()), f"{info}/RECORD,,\n"]))
    return str(path)


def recorded(file: str, data: bytes) -> str:
    """A file's row in RECORD."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode("ascii")
    return f"{file},sha256={digest},{len(data)}\n"
