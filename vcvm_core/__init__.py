"""vcvm: run other people's small programs inside your application, and let them do nothing but compute.

Takes programs (bytes, files) and a host; gives callables, and errors that say what was refused and why. A name is
imported when it is first used, so that declaring a pack's functions does not load the machine.

    from vcvm_core import VM
    from vcvm_core.plugin import installed

    accept = VM(hosts=installed()).load("signup.vcvm").function("accept")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vcvm_core.errors import ApiError as ApiError
    from vcvm_core.errors import CompileError as CompileError
    from vcvm_core.errors import Diagnostic as Diagnostic
    from vcvm_core.errors import FileError as FileError
    from vcvm_core.errors import FormatError as FormatError
    from vcvm_core.errors import InternalError as InternalError
    from vcvm_core.errors import IntrinsicError as IntrinsicError
    from vcvm_core.errors import LimitExceeded as LimitExceeded
    from vcvm_core.errors import LinkError as LinkError
    from vcvm_core.errors import ManifestError as ManifestError
    from vcvm_core.errors import PackError as PackError
    from vcvm_core.errors import Place as Place
    from vcvm_core.errors import RunError as RunError
    from vcvm_core.errors import Trap as Trap
    from vcvm_core.errors import ValueRefused as ValueRefused
    from vcvm_core.errors import VcvmError as VcvmError
    from vcvm_core.errors import VerifyError as VerifyError
    from vcvm_core.limits import Limits as Limits
    from vcvm_core.link import HostTable as HostTable
    from vcvm_core.link import LibraryArrays as LibraryArrays
    from vcvm_core.link import LinkReport as LinkReport
    from vcvm_core.link import Offer as Offer
    from vcvm_core.runtime import Machine as Machine
    from vcvm_core.vm import VM as VM
    from vcvm_core.vm import Program as Program

_HOMES = {
    "ApiError": "errors",
    "CompileError": "errors",
    "Diagnostic": "errors",
    "FileError": "errors",
    "FormatError": "errors",
    "HostTable": "link",
    "InternalError": "errors",
    "IntrinsicError": "errors",
    "LibraryArrays": "link",
    "LimitExceeded": "errors",
    "Limits": "limits",
    "LinkError": "errors",
    "LinkReport": "link",
    "Machine": "runtime",
    "ManifestError": "errors",
    "Offer": "link",
    "PackError": "errors",
    "Place": "errors",
    "Program": "vm",
    "RunError": "errors",
    "Trap": "errors",
    "VM": "vm",
    "ValueRefused": "errors",
    "VcvmError": "errors",
    "VerifyError": "errors",
}

__all__ = [
    "VM",
    "ApiError",
    "CompileError",
    "Diagnostic",
    "FileError",
    "FormatError",
    "HostTable",
    "InternalError",
    "IntrinsicError",
    "LibraryArrays",
    "LimitExceeded",
    "Limits",
    "LinkError",
    "LinkReport",
    "Machine",
    "ManifestError",
    "Offer",
    "PackError",
    "Place",
    "Program",
    "RunError",
    "Trap",
    "ValueRefused",
    "VcvmError",
    "VerifyError",
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
