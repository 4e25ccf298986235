"""Packs: declaring, describing, finding and loading them. Takes distributions; gives manifests and a `Registry`.

For pack authors: `intrinsic`, `hookimpl`. For embedders: ``VM(hosts=installed())``. For tools: everything else here.
A name is imported when it is first used, so that declaring an intrinsic does not load the machinery that finds packs,
and listing packs does not load the one that imports them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vcvm_core.plugin.checking.calls import Called as Called
    from vcvm_core.plugin.checking.calls import Outcome as Outcome
    from vcvm_core.plugin.checking.calls import Slow as Slow
    from vcvm_core.plugin.checking.calls import call_text as call_text
    from vcvm_core.plugin.checking.calls import called as called
    from vcvm_core.plugin.checking.calls import ended_alike as ended_alike
    from vcvm_core.plugin.checking.calls import interrupted as interrupted
    from vcvm_core.plugin.checking.calls import keeps_example as keeps_example
    from vcvm_core.plugin.checking.calls import raised_as as raised_as
    from vcvm_core.plugin.checking.changes import diff_packs as diff_packs
    from vcvm_core.plugin.checking.check import check_pack as check_pack
    from vcvm_core.plugin.checking.given import GivenManifest as GivenManifest
    from vcvm_core.plugin.checking.given import given_manifest as given_manifest
    from vcvm_core.plugin.checking.rules import Finding as Finding
    from vcvm_core.plugin.checking.rules import GateReport as GateReport
    from vcvm_core.plugin.declare import Declaration as Declaration
    from vcvm_core.plugin.declare import intrinsic as intrinsic
    from vcvm_core.plugin.discovery import Found as Found
    from vcvm_core.plugin.discovery import discover as discover
    from vcvm_core.plugin.doctor.examine import examine_packs as examine_packs
    from vcvm_core.plugin.doctor.importing import import_packs as import_packs
    from vcvm_core.plugin.doctor.symptoms import Checkup as Checkup
    from vcvm_core.plugin.doctor.symptoms import Symptom as Symptom
    from vcvm_core.plugin.extract import extract_manifest as extract_manifest
    from vcvm_core.plugin.extract import find_source_root as find_source_root
    from vcvm_core.plugin.extract import hash_source as hash_source
    from vcvm_core.plugin.headers import Header as Header
    from vcvm_core.plugin.headers import header_name as header_name
    from vcvm_core.plugin.headers import offer_of as offer_of
    from vcvm_core.plugin.headers import read_headers as read_headers
    from vcvm_core.plugin.hooks import hookimpl as hookimpl
    from vcvm_core.plugin.index import Index as Index
    from vcvm_core.plugin.index import encode_index as encode_index
    from vcvm_core.plugin.index import index_manifests as index_manifests
    from vcvm_core.plugin.index import read_index as read_index
    from vcvm_core.plugin.indexing import index_packs as index_packs
    from vcvm_core.plugin.indexing import index_subjects as index_subjects
    from vcvm_core.plugin.inject import Injected as Injected
    from vcvm_core.plugin.inject import inject_manifest as inject_manifest
    from vcvm_core.plugin.lock import LockedProgram as LockedProgram
    from vcvm_core.plugin.lock import PackLock as PackLock
    from vcvm_core.plugin.lock import encode_lock as encode_lock
    from vcvm_core.plugin.lock import freeze_packs as freeze_packs
    from vcvm_core.plugin.lock import lock_to_data as lock_to_data
    from vcvm_core.plugin.lock import read_lock as read_lock
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
    from vcvm_core.plugin.observing import CallRecord as CallRecord
    from vcvm_core.plugin.observing import EndRecord as EndRecord
    from vcvm_core.plugin.observing import ErrorRecord as ErrorRecord
    from vcvm_core.plugin.observing import Observer as Observer
    from vcvm_core.plugin.observing import RunRecord as RunRecord
    from vcvm_core.plugin.observing import write_file as write_file
    from vcvm_core.plugin.proof import Proof as Proof
    from vcvm_core.plugin.proof import prove_successor as prove_successor
    from vcvm_core.plugin.proof import replay_examples as replay_examples
    from vcvm_core.plugin.registry import Registry as Registry
    from vcvm_core.plugin.registry import installed as installed
    from vcvm_core.plugin.settings import Settings as Settings
    from vcvm_core.plugin.settings import read_settings as read_settings
    from vcvm_core.plugin.settings import settings_files as settings_files
    from vcvm_core.plugin.vectors import Vector as Vector

_HOMES = {
    "BACKENDS": "new",
    "CallRecord": "observing",
    "Called": "checking.calls",
    "Checkup": "doctor.symptoms",
    "Declaration": "declare",
    "EndRecord": "observing",
    "ErrorRecord": "observing",
    "Finding": "checking.rules",
    "Found": "discovery",
    "GateReport": "checking.rules",
    "GivenManifest": "checking.given",
    "Header": "headers",
    "Index": "index",
    "Injected": "inject",
    "Manifest": "manifest",
    "Observer": "observing",
    "Outcome": "checking.calls",
    "PACK_API": "manifest",
    "LockedProgram": "lock",
    "PackLock": "lock",
    "Proof": "proof",
    "lock_to_data": "lock",
    "prove_successor": "proof",
    "replay_examples": "proof",
    "Registry": "registry",
    "Row": "manifest",
    "RunRecord": "observing",
    "write_file": "observing",
    "Settings": "settings",
    "Slow": "checking.calls",
    "Symptom": "doctor.symptoms",
    "Vector": "vectors",
    "call_text": "checking.calls",
    "called": "checking.calls",
    "check_pack": "checking.check",
    "create_pack": "new",
    "decode_manifest": "manifest",
    "diff_packs": "checking.changes",
    "discover": "discovery",
    "encode_index": "index",
    "encode_lock": "lock",
    "encode_manifest": "manifest",
    "ended_alike": "checking.calls",
    "examine_packs": "doctor.examine",
    "extract_manifest": "extract",
    "find_source_root": "extract",
    "freeze_packs": "lock",
    "given_manifest": "checking.given",
    "hash_source": "extract",
    "header_name": "headers",
    "hookimpl": "hooks",
    "import_packs": "doctor.importing",
    "index_manifests": "index",
    "index_packs": "indexing",
    "index_subjects": "indexing",
    "inject_manifest": "inject",
    "installed": "registry",
    "interrupted": "checking.calls",
    "intrinsic": "declare",
    "keeps_example": "checking.calls",
    "manifest_from_data": "manifest",
    "manifest_to_data": "manifest",
    "mint_uuids": "minting",
    "normalised": "names",
    "offer_of": "headers",
    "raised_as": "checking.calls",
    "read_headers": "headers",
    "read_index": "index",
    "read_lock": "lock",
    "read_manifest": "manifest",
    "read_settings": "settings",
    "settings_files": "settings",
}

__all__ = [
    "BACKENDS",
    "PACK_API",
    "CallRecord",
    "Called",
    "Checkup",
    "Declaration",
    "EndRecord",
    "ErrorRecord",
    "Finding",
    "Found",
    "GateReport",
    "GivenManifest",
    "Header",
    "Index",
    "Injected",
    "LockedProgram",
    "Manifest",
    "Observer",
    "Outcome",
    "PackLock",
    "Proof",
    "Registry",
    "Row",
    "RunRecord",
    "Settings",
    "Slow",
    "Symptom",
    "Vector",
    "call_text",
    "called",
    "check_pack",
    "create_pack",
    "decode_manifest",
    "diff_packs",
    "discover",
    "encode_index",
    "encode_lock",
    "encode_manifest",
    "ended_alike",
    "examine_packs",
    "extract_manifest",
    "find_source_root",
    "freeze_packs",
    "given_manifest",
    "hash_source",
    "header_name",
    "hookimpl",
    "import_packs",
    "index_manifests",
    "index_packs",
    "index_subjects",
    "inject_manifest",
    "installed",
    "interrupted",
    "intrinsic",
    "keeps_example",
    "lock_to_data",
    "manifest_from_data",
    "manifest_to_data",
    "mint_uuids",
    "normalised",
    "offer_of",
    "prove_successor",
    "raised_as",
    "read_headers",
    "read_index",
    "read_lock",
    "read_manifest",
    "read_settings",
    "replay_examples",
    "settings_files",
    "write_file",
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
