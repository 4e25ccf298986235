"""The names that packs bring, and the grammar of each: distributions, versions, intrinsics, effects, targets, UUIDs.

Takes text from outside; gives its one spelling, or a sentence that says why it is refused:

    pack       letters, digits, single dashes between them, lower case (a distribution's normalised name)
    version    letters, digits and . ! + _ -, at most 64
    name       an ASCII identifier without two underscores at its start, at most 100
    effect     a lower-case word, digits, _ and - allowed in it, at most 32
    target     module ":" function; both are dotted names, at most 20 parts together, no part like __this__
    uuid       the 36-character text form; read in either case, written in lower case

What is imported on the word of a manifest goes through the grammar of targets first: nothing else of Python's import
syntax (extras, relative names, attributes of classes) can be spelled in it.
"""

from __future__ import annotations

import re
from typing import Final

PARTS: Final = 20
"""How many parts the module and the function of a target may have together."""

_SEPARATORS: Final = re.compile(r"[-_.]+")
_PACK: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_VERSION: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z.!+_-]{0,63}")
_IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_EFFECT: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


class Blocked(dict[str, str]):
    """Who blocks each blocked pack, in words, as files and variables say.

    Machines share those, so a name in them may be of a pack that is not installed here: `installed` takes it as it is, and
    `examine_packs` reports it.
    """


def normalised(name: str) -> str:
    """A distribution's name in its one spelling: ``Foo.Bar`` and ``foo_bar`` are both ``foo-bar``."""
    return _SEPARATORS.sub("-", name).lower()


def bad_pack(name: str) -> str:
    """Why `name` is no normalised name of a distribution; empty if it is one."""
    if len(name) <= 100 and _PACK.fullmatch(name):
        return ""
    return "a pack is named by lower-case letters and digits with single dashes between them"


def bad_version(version: str) -> str:
    """Why `version` is no version; empty if it is one."""
    return "" if _VERSION.fullmatch(version) else "a version is made of at most 64 letters, digits and . ! + _ -"


def bad_name(name: str) -> str:
    """Why `name` cannot name an intrinsic or a parameter; empty if it can."""
    if not _IDENTIFIER.fullmatch(name):
        return "it is not an identifier of at most 100 ASCII letters, digits and underscores"
    return "it begins with two underscores" if name.startswith("__") else ""


def bad_effect(effect: str) -> str:
    """Why `effect` is no word for an effect; empty if it is one."""
    return "" if _EFFECT.fullmatch(effect) else "an effect is a lower-case word of at most 32 letters, digits, _ and -"


def bad_module(module: str) -> str:
    """Why `module` is no dotted name of a module; empty if it is one."""
    parts = module.split(".")
    if len(parts) >= PARTS:
        return f"it has more than {PARTS - 1} parts"
    for part in parts:
        if not _IDENTIFIER.fullmatch(part):
            return "it is not made of identifiers with dots between them"
        if part.startswith("__"):
            return "a part begins with two underscores"
    return ""


def bad_target(target: str) -> str:
    """Why `target` is not ``module:function``; empty if it is."""
    module, colon, function = target.partition(":")
    if not colon:
        return "it has no colon between module and function"
    if module.count(".") + function.count(".") + 2 > PARTS:
        return f"it has more than {PARTS} parts"
    return bad_module(module) or bad_module(function)


def uuid_text(uuid: bytes) -> str:
    """The text form of a UUID of 16 bytes: 36 characters, lower case."""
    digits = uuid.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def bad_uuid(uuid: bytes) -> str:
    """Why these bytes identify nothing; empty if they can."""
    if len(uuid) != 16:
        return f"it has {len(uuid)} bytes, not 16"
    return "" if any(uuid) else "the UUID of zeros identifies nothing"


def uuid_bytes(text: str) -> bytes:
    """The 16 bytes of a UUID in its text form, empty if it is none. The UUID of zeros has bytes, see `bad_uuid`."""
    return bytes.fromhex(text.replace("-", "")) if _UUID.fullmatch(text) else b""
