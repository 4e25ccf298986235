"""UUIDs.

Takes UUIDs, gives their text and version; takes text, gives a UUID or none. Text has the one form of RFC 9562,
8-4-4-4-12 digits of base 16: braces, "urn:uuid:" and missing hyphens are refused.
"""

from __future__ import annotations

import re
import uuid
from typing import Final

from vcvm_core.plugin import intrinsic

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@intrinsic("76fcfb04-8900-44fb-a7ea-e7af6d543644", cost=40, since="0.1.0")
def parse_uuid(text: str) -> uuid.UUID | None:
    r"""The UUID that text spells, or none if it spells none.

    Capitals and small letters are the same.

    >>> parse_uuid("e0a520a3-bcfe-44c8-bf1e-291adb500221")
    UUID('e0a520a3-bcfe-44c8-bf1e-291adb500221')
    >>> parse_uuid("E0A520A3-BCFE-44C8-BF1E-291ADB500221")
    UUID('e0a520a3-bcfe-44c8-bf1e-291adb500221')
    >>> parse_uuid("{e0a520a3-bcfe-44c8-bf1e-291adb500221}")
    >>> parse_uuid("e0a520a3bcfe44c8bf1e291adb500221")
    >>> parse_uuid("e0a520a3-bcfe-44c8-bf1e-291adb500221\n")
    >>> parse_uuid("")
    """
    return uuid.UUID(text) if _UUID.fullmatch(text) else None


@intrinsic("b9353107-f434-405b-b2bd-a4e193a2acc5", cost=14, size=36, since="0.1.0")
def uuid_to_string(value: uuid.UUID) -> str:
    """The text of value, in small letters with hyphens.

    >>> uuid_to_string(uuid.UUID("E0A520A3-BCFE-44C8-BF1E-291ADB500221"))
    'e0a520a3-bcfe-44c8-bf1e-291adb500221'
    >>> uuid_to_string(uuid.UUID("00000000-0000-0000-0000-000000000000"))
    '00000000-0000-0000-0000-000000000000'
    >>> uuid_to_string(uuid.UUID("ffffffff-ffff-ffff-ffff-ffffffffffff"))
    'ffffffff-ffff-ffff-ffff-ffffffffffff'
    """
    return str(value)


@intrinsic("ba4c79cf-1be5-4646-a171-64075b639c25", cost=20, since="0.1.0")
def uuid_version(value: uuid.UUID) -> int | None:
    """The version of value, such as 4 for a random one, or none if it is not of the variant that has versions.

    >>> uuid_version(uuid.UUID("e0a520a3-bcfe-44c8-bf1e-291adb500221"))
    4
    >>> uuid_version(uuid.UUID("01890a5d-ac96-774b-bcce-b302099a8057"))
    7
    >>> uuid_version(uuid.UUID("00000000-0000-0000-0000-000000000000"))
    """
    return value.version
