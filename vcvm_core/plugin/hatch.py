"""The build hook for hatchling: puts the manifest into the ``.dist-info`` of a wheel, editable ones included.

Takes a project that has entry points in the group ``vcvm.packs`` and switches the hook on with

    [build-system]                            [tool.hatch.build.hooks.vcvm]
    requires = ["hatchling", "vcvm"]

and, if it is not made for pack API 1 alone, ``[tool.vcvm]`` with ``api = [lowest, highest]``. Gives the manifest of
its packages, read from their source and never by importing them. A declaration that cannot be read fails the build,
with file and line. The distribution ``vcvm`` itself builds its standard pack with this file as a custom hook.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import weakref
from typing import Any, Final

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.plugin import hookimpl

FILE: Final = "vcvm.msgpack"


class ManifestHook(BuildHookInterface[BuilderConfig]):
    """Writes the manifest while a wheel is built."""

    PLUGIN_NAME = "vcvm"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Makes the manifest and adds it to the metadata. Ends the build if the source is refused."""
        if self.target_name != "wheel":
            return
        try:
            data = self._manifest()
        except ValueError as e:
            self.app.abort(str(e))
            return
        # Not above: the path to vcvm itself may be known only now.
        from vcvm_core.files import write_file

        # Its own folder, not the one of the wheels: what lies there would be published.
        folder = tempfile.mkdtemp(prefix="vcvm-manifest-")
        # Also if the build fails between here and `finalize`.
        self._remove = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        path = os.path.join(folder, FILE)
        write_file(path, data)
        build_data["extra_metadata"][path] = FILE

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Removes what `initialize` wrote."""
        if self.target_name == "wheel":
            self._remove()

    def _manifest(self) -> bytes:
        """The manifest as bytes. Raises ValueError with everything that is wrong."""
        if __package__ != "vcvm_core.plugin":
            # Loaded by its path: vcvm is what is being built here, and is not installed.
            sys.path.insert(0, self.root)
        from vcvm_core.errors import VcvmError
        from vcvm_core.plugin.building import GROUP, build_manifest, told

        core, settings = self.metadata.core, self.metadata.config.get("tool", {}).get("vcvm", {})
        name, version = self.metadata.name, self.metadata.version
        try:
            entries = core.entry_points.get(GROUP, {})
            return build_manifest(self.root, entries, pack=name, version=version, settings=settings)
        except VcvmError as e:
            raise ValueError(told(e)) from e


@hookimpl
def hatch_register_build_hook() -> type[ManifestHook]:
    """Tells hatchling of the hook named ``vcvm``."""
    return ManifestHook
