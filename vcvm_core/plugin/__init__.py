"""Packs: declaring, describing, finding and loading them. Takes distributions; gives manifests and a `Registry`.

For pack authors: `intrinsic`, `hookimpl`. For embedders: ``VM(hosts=installed())``. For tools: everything else here.
A name is imported when it is first used, so that declaring an intrinsic does not load the machinery that finds packs,
and listing packs does not load the one that imports them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vcvm_core.plugin.checking.changes import diff_packs as diff_packs
    from vcvm_core.plugin.checking.check import check_pack as check_pack
    from vcvm_core.plugin.checking.rules import Finding as Finding
    from vcvm_core.plugin.checking.rules import GateReport as GateReport
    from vcvm_core.plugin.declare import Declaration as Declaration
    from vcvm_core.plugin.declare import intrinsic as intrinsic
    from vcvm_core.plugin.discovery import Found as Found
    from vcvm_core.plugin.discovery import discover as discover
    from vcvm_core.plugin.extract import extract_manifest as extract_manifest
    from vcvm_core.plugin.extract import find_source_root as find_source_root
    from vcvm_core.plugin.extract import hash_source as hash_source
    from vcvm_core.plugin.hooks import hookimpl as hookimpl
    from vcvm_core.plugin.inject import Injected as Injected
    from vcvm_core.plugin.inject import inject_manifest as inject_manifest
    from vcvm_core.plugin.manifest import PACK_API as PACK_API
    from vcvm_core.plugin.manifest import Manifest as Manifest
    from vcvm_core.plugin.manifest import Row as Row
    from vcvm_core.plugin.manifest import decode_manifest as decode_manifest
    from vcvm_core.plugin.manifest import encode_manifest as encode_manifest
    from vcvm_core.plugin.manifest import manifest_from_data as manifest_from_data
    from vcvm_core.plugin.manifest import manifest_to_data as manifest_to_data
    from vcvm_core.plugin.manifest import read_manifest as read_manifest
    from vcvm_core.plugin.minting import mint_uuids as mint_uuids
    from vcvm_core.plugin.names import normalised as normalised
    from vcvm_core.plugin.new import BACKENDS as BACKENDS
    from vcvm_core.plugin.new import create_pack as create_pack
    from vcvm_core.plugin.registry import Registry as Registry
    from vcvm_core.plugin.registry import installed as installed
    from vcvm_core.plugin.vectors import Vector as Vector

_HOMES = {
    "BACKENDS": "new",
    "Declaration": "declare",
    "Finding": "checking.rules",
    "Found": "discovery",
    "GateReport": "checking.rules",
    "Injected": "inject",
    "Manifest": "manifest",
    "PACK_API": "manifest",
    "Registry": "registry",
    "Row": "manifest",
    "Vector": "vectors",
    "create_pack": "new",
    "check_pack": "checking.check",
    "decode_manifest": "manifest",
    "diff_packs": "checking.changes",
    "discover": "discovery",
    "encode_manifest": "manifest",
    "extract_manifest": "extract",
    "find_source_root": "extract",
    "hash_source": "extract",
    "hookimpl": "hooks",
    "inject_manifest": "inject",
    "installed": "registry",
    "intrinsic": "declare",
    "manifest_from_data": "manifest",
    "manifest_to_data": "manifest",
    "mint_uuids": "minting",
    "normalised": "names",
    "read_manifest": "manifest",
}

__all__ = [
    "BACKENDS",
    "PACK_API",
    "Declaration",
    "Finding",
    "Found",
    "GateReport",
    "Injected",
    "Manifest",
    "Registry",
    "Row",
    "Vector",
    "check_pack",
    "create_pack",
    "decode_manifest",
    "diff_packs",
    "discover",
    "encode_manifest",
    "extract_manifest",
    "find_source_root",
    "hash_source",
    "hookimpl",
    "inject_manifest",
    "installed",
    "intrinsic",
    "manifest_from_data",
    "manifest_to_data",
    "mint_uuids",
    "normalised",
    "read_manifest",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
