"""Makes installed distributions: packages, and the .dist-info folders beside them.

Takes a folder; gives `Site`, which adds one pack a call. What a test does not say is as a build would have made it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from vcvm_core.plugin import encode_manifest, extract_manifest

FIRST = "11111111-1111-4111-8111-111111111111"
SECOND = "22222222-2222-4222-8222-222222222222"
THIRD = "33333333-3333-4333-8333-333333333333"
HEAD = "from vcvm_core.plugin import hookimpl, intrinsic\n\n"


def function(name: str = "double", uuid: str = FIRST, arguments: str = "", factor: int = 2) -> str:
    """The source of one intrinsic, ``int -> int``, on the lines 1 to 7 of what is returned."""
    return (
        f'@intrinsic("{uuid}"{arguments})\n'
        f"def {name}(number: int) -> int:\n"
        f'    """{factor} times number.\n\n'
        f"    >>> {name}(3)\n"
        f"    {3 * factor}\n"
        f'    """\n'
        f"    return number * {factor}\n\n\n"
    )


def hook(*names: str) -> str:
    """The source of the hook that gives these functions."""
    return f"@hookimpl\ndef vcvm_intrinsics():\n    return [{', '.join(names)}]\n"


SOURCE = HEAD + function() + hook("double")


@dataclass
class Site:
    """A folder like site-packages."""

    folder: Path

    def add(
        self,
        name: str = "acme",
        source: str = SOURCE,
        *,
        version: str = "1.0",
        module: str | None = None,
        spelled: str | None = None,
        api: tuple[int, int] = (1, 1),
        manifest: bytes | None = None,
        place: str = "extra_metadata/vcvm.msgpack",
        entry_points: str | None = None,
        project: Path | None = None,
    ) -> Path:
        """Installs a pack of one module; gives its .dist-info folder.

        module: its package, that of the name if None. spelled: the name as its folder spells it. manifest: bytes to write
        in its stead. entry_points: text of the file. project: an editable installation of this project, whose package is
        written there.
        """
        module = module or name.replace("-", "_")
        root = self.folder if project is None else project
        package = root / module
        package.mkdir(parents=True, exist_ok=True)
        (package / "__init__.py").write_text(source, encoding="utf-8")
        info = self.folder / f"{spelled or name.replace('-', '_')}-{version}.dist-info"
        target = info / place
        target.parent.mkdir(parents=True)
        if manifest is None:
            made = extract_manifest(str(root), [module], pack=name, version=version, api=api)
            manifest = encode_manifest(made)
        target.write_bytes(manifest)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
        if entry_points is None:
            entry_points = f"[vcvm.packs]\n{name} = {module}\n"
        (info / "entry_points.txt").write_text(entry_points, encoding="utf-8")
        (info / "RECORD").write_text(f"{info.name}/{place},,\n{module}/__init__.py,,\n", encoding="utf-8")
        if project is not None:
            url = {"url": project.as_uri(), "dir_info": {"editable": True}}
            (info / "direct_url.json").write_text(json.dumps(url), encoding="utf-8")
        return info

    @property
    def paths(self) -> list[str]:
        """What to pass to `discover` and `installed`."""
        return [str(self.folder)]
