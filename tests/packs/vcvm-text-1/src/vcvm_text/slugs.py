"""Names for machines, made of names for people.

Takes strings; gives slugs (the readable part of a web address) and says what is an identifier. A slug is one or more
groups of the ASCII letters a to z and digits, with one hyphen between each two. Refuses nothing: a text of which
nothing can be kept gives the empty string.
"""

from __future__ import annotations

import re
from typing import Final

from vcvm_core.plugin import intrinsic

_GROUP: Final = re.compile(r"[a-z0-9]+")


@intrinsic("30e4478d-c193-4a40-9836-4178aa30db3f", cost="4 + len(text)", size="len(text)", since="1.0.0")
def slugify(text: str) -> str:
    r"""A slug of the ASCII characters of text: small letters, digits, and hyphens for what separated them.

    All other characters are left out. Every run of other ASCII characters becomes one hyphen, but none stands at the
    ends.

    >>> slugify("Hello, World!")
    'hello-world'
    >>> slugify("Cr\xe8me br\xfbl\xe9e")
    'crme-brle'
    >>> slugify("  --  ")
    ''
    """
    # What is not ASCII goes without a trace: it does not separate, so that an accent never splits a word.
    return "-".join(_GROUP.findall(text.encode("ascii", "ignore").decode().lower()))


@intrinsic("a4bbdbaa-5414-4152-bde9-89439d85a2d9", cost="2 + len(text) // 4", since="1.0.0")
def is_identifier(text: str) -> bool:
    r"""True if text is an ASCII letter or underscore, then any number of ASCII letters, digits and underscores.

    >>> is_identifier("first_name")
    True
    >>> is_identifier("_1")
    True
    >>> is_identifier("1st")
    False
    >>> is_identifier("caf\xe9")
    False
    >>> is_identifier("")
    False
    """
    return text.isascii() and text.isidentifier()
