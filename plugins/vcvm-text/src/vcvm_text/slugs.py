"""Names for machines, made of names for people.

Takes strings; gives slugs (the readable part of a web address) and says what is a slug or an identifier. A slug is one
or more groups of the ASCII letters a to z and digits, with one hyphen between each two. Refuses nothing: a text of
which nothing can be kept gives the empty string.
"""

from __future__ import annotations

import re
from typing import Final
from unicodedata import normalize

from vcvm_core.plugin import intrinsic

_GROUP: Final = re.compile(r"[a-z0-9]+")
# One set, repeated: a group that is repeated would need memory for each turn.
_SLUG: Final = re.compile(r"[a-z0-9-]+")


def _hyphenated(text: str) -> str:
    # What is not ASCII goes without a trace: it does not separate, so that an accent never splits a word.
    return "-".join(_GROUP.findall(text.encode("ascii", "ignore").decode().lower()))


@intrinsic(
    "aca7c242-670a-4f5d-aa59-d7cad0af7531",
    cost="8 + 6 * len(text)",
    size="5 * len(text)",
    since="2.0.0",
    supersedes="30e4478d-c193-4a40-9836-4178aa30db3f",
    relation="fix",
)
def slugify(text: str) -> str:
    r"""A slug of text: its letters, small and without accents, its digits, and hyphens for what separated them.

    Characters are taken apart by Unicode's compatibility decomposition (NFKD), and of that the ASCII characters are
    used: an accented letter becomes its plain letter, a ligature its letters. Characters that have no such form, as
    those of other scripts, are left out. Every run of other ASCII characters becomes one hyphen, but none stands at the
    ends.

    >>> slugify("Hello, World!")
    'hello-world'
    >>> slugify("Cr\xe8me br\xfbl\xe9e")
    'creme-brulee'
    >>> slugify("\ufb01ne_\uff11")
    'fine-1'
    >>> slugify("  --  ")
    ''
    >>> slugify("\u65e5\u672c 2024")
    '2024'
    """
    # One by one: putting a long run of accents into canonical order would take quadratic time.
    return _hyphenated("".join(normalize("NFKD", character) for character in text))


@intrinsic(
    "30e4478d-c193-4a40-9836-4178aa30db3f",
    cost="4 + len(text)",
    size="len(text)",
    since="1.0.0",
    deprecated="It loses accented letters; slugify keeps them, without the accent.",
    name="slugify_v1",
)
def slugify_ascii(text: str) -> str:
    r"""A slug of the ASCII characters of text: small letters, digits, and hyphens for what separated them.

    All other characters are left out. Every run of other ASCII characters becomes one hyphen, but none stands at the
    ends.

    >>> slugify_ascii("Hello, World!")
    'hello-world'
    >>> slugify_ascii("Cr\xe8me br\xfbl\xe9e")
    'crme-brle'
    >>> slugify_ascii("  --  ")
    ''
    """
    return _hyphenated(text)


@intrinsic("00cc2b10-ee5e-4669-b4e5-08f482de5b2c", cost="4 + len(text) // 4", since="2.0.0")
def is_slug(text: str) -> bool:
    r"""True if text is one or more groups of ASCII small letters and digits, with one hyphen between each two.

    >>> is_slug("hello-world-2")
    True
    >>> is_slug("Hello")
    False
    >>> is_slug("a--b")
    False
    >>> is_slug("")
    False
    >>> is_slug("a\n")
    False
    """
    return _SLUG.fullmatch(text) is not None and "--" not in text and text[0] != "-" and text[-1] != "-"


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
