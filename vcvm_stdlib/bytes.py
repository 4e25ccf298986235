"""Bytes, and their spellings as text.

Takes bytes, gives text in UTF-8, base 16 or base 64, and digests; takes such text, gives the bytes or none. Each
decoder accepts exactly one spelling of the same bytes (base 16: also in capitals), so that what was checked is what is
used.
"""

from __future__ import annotations

import binascii
import re
from typing import Final

from vcvm_core.plugin import intrinsic

# One set, repeated: a group that is repeated would need memory for each turn.
_HEX: Final = re.compile(r"[0-9a-fA-F]*")


@intrinsic("0f723707-9d8d-4f8c-8668-69de3e21d809", cost="1 + len(text) // 8", size="4 * len(text)", since="0.1.0")
def utf8_encode(text: str) -> bytes:
    r"""Text as bytes in UTF-8, without a byte order mark.

    >>> utf8_encode("abc")
    b'abc'
    >>> utf8_encode("\xe9\u20ac\U0001f600")
    b'\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80'
    >>> utf8_encode("")
    b''
    """
    return text.encode()


@intrinsic("7d6de416-9059-42db-a033-d8131c15c247", cost="8 + len(data) // 8", size="len(data)", since="0.1.0")
def utf8_decode(data: bytes) -> str | None:
    r"""The text that data is in UTF-8, or none if it is not well-formed UTF-8.

    Overlong forms, surrogates and numbers above 0x10FFFF are not well-formed. A byte order mark is kept.

    >>> utf8_decode(b"abc")
    'abc'
    >>> utf8_decode(b"\xf0\x9f\x98\x80")
    '\U0001f600'
    >>> utf8_decode(b"\xff")
    >>> utf8_decode(b"\xc0\x80")
    >>> utf8_decode(b"\xed\xa0\x80")
    """
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


@intrinsic("1780bf96-3be3-47f0-bb01-c06bd156eb6a", cost="1 + len(data) // 8", size="2 * len(data)", since="0.1.0")
def hex_encode(data: bytes) -> str:
    r"""Two digits of base 16 for each byte, in small letters.

    >>> hex_encode(b"\x00\xff")
    '00ff'
    >>> hex_encode(b"vcvm")
    '7663766d'
    >>> hex_encode(b"")
    ''
    """
    return data.hex()


@intrinsic("5ac3d343-f319-4b15-898a-a84beff24b74", cost="8 + len(text) // 2", size="len(text) // 2", since="0.1.0")
def hex_decode(text: str) -> bytes | None:
    r"""The bytes whose digits of base 16 are text, or none if it is not an even number of such digits.

    Capitals and small letters are the same. White space is not allowed.

    >>> hex_decode("00fF")
    b'\x00\xff'
    >>> hex_decode("")
    b''
    >>> hex_decode("0")
    >>> hex_decode("00 ff")
    >>> hex_decode("0x00")
    """
    return bytes.fromhex(text) if len(text) % 2 == 0 and _HEX.fullmatch(text) else None


@intrinsic(
    "479eaf59-f9b9-4c3f-8d5a-9560b23eb38b", cost="3 + len(data) // 8", size="(len(data) + 2) // 3 * 4", since="0.1.0"
)
def base64_encode(data: bytes) -> str:
    r"""Data in base 64, in the standard alphabet of RFC 4648, with padding and without line breaks.

    >>> base64_encode(b"vcvm")
    'dmN2bQ=='
    >>> base64_encode(b"\xfb\xff")
    '+/8='
    >>> base64_encode(b"")
    ''
    """
    return binascii.b2a_base64(data, newline=False).decode()


@intrinsic("21b94056-3257-4027-a95a-07546939c4e8", cost="10 + len(text) // 4", size="len(text) // 4 * 3", since="0.1.0")
def base64_decode(text: str) -> bytes | None:
    r"""The bytes of which text is the spelling in base 64, or none if there are no such bytes.

    The spelling is exactly that of base64_encode: padding is required, unused bits are zero, nothing else is allowed.

    >>> base64_decode("dmN2bQ==")
    b'vcvm'
    >>> base64_decode("")
    b''
    >>> base64_decode("dmN2bQ")
    >>> base64_decode("dmN2bR==")
    >>> base64_decode("dmN2\nbQ==")
    >>> base64_decode("-_8=")
    """
    try:
        data = binascii.a2b_base64(text)
    except ValueError:
        return None
    # What the lenient decoder forgave is not there when its result is spelled again.
    return data if base64_encode(data) == text else None


@intrinsic("6ad2eba5-7802-49db-8216-8818e3be138d", cost="40 + len(data) // 8", size=32, since="0.1.0")
def sha256(data: bytes) -> bytes:
    r"""The SHA-256 digest of data, 32 bytes.

    >>> sha256(b"")
    b"\xe3\xb0\xc4B\x98\xfc\x1c\x14\x9a\xfb\xf4\xc8\x99o\xb9$'\xaeA\xe4d\x9b\x93L\xa4\x95\x99\x1bxR\xb8U"
    >>> sha256(b"abc")
    b'\xbax\x16\xbf\x8f\x01\xcf\xeaAA@\xde]\xae"#\xb0\x03a\xa3\x96\x17z\x9c\xb4\x10\xffa\xf2\x00\x15\xad'
    >>> sha256(b"\x00")
    b'n4\x0b\x9c\xff\xb3z\x98\x9c\xa5D\xe6\xbbx\n,x\x90\x1d?\xb378v\x85\x11\xa3\x06\x17\xaf\xa0\x1d'
    """
    # Here, not above: few programs hash, and the import takes longer than that of this whole pack.
    import hashlib

    return hashlib.sha256(data).digest()
