"""Questions about text, and taking it apart.

Takes strings; gives bools, numbers and pieces. Length and position count Unicode code points, comparison is by code
point, and nothing is normalized: a letter with an accent may be one code point or two. White space is a fixed set, the
25 characters with the Unicode property White_Space. Refuses an empty separator and positions outside the text.
"""

from __future__ import annotations

from typing import Final

from vcvm_core.plugin import intrinsic

WHITE_SPACE: Final = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)


@intrinsic(
    "a4c39daa-f85e-4b2a-a37f-4914e8237a18",
    cost="1 + len(haystack) // 16"
    " + (min(len(haystack), 30000) * min(len(needle), 100) + min(len(haystack), 2500) * min(len(needle), 2500)) // 256",
    since="0.1.0",
)
def string_contains(haystack: str, needle: str) -> bool:
    """True if needle occurs in haystack.

    The empty string occurs in every string.

    >>> string_contains("testing", "test")
    True
    >>> string_contains("testing", "Test")
    False
    >>> string_contains("", "")
    True
    """
    return needle in haystack


@intrinsic("1f3ce1ef-6050-49ca-80c4-f1aa07bf4f50", cost="1 + len(prefix) // 16", since="0.1.0")
def string_starts_with(text: str, prefix: str) -> bool:
    """True if text begins with prefix.

    Every string begins with the empty string.

    >>> string_starts_with("NO-1234", "NO-")
    True
    >>> string_starts_with("no-1234", "NO-")
    False
    >>> string_starts_with("", "")
    True
    """
    return text.startswith(prefix)


@intrinsic("407ff752-ade6-4c6e-99f6-1d9212d78153", cost="1 + len(suffix) // 16", since="0.1.0")
def string_ends_with(text: str, suffix: str) -> bool:
    """True if text ends with suffix.

    Every string ends with the empty string.

    >>> string_ends_with("report.pdf", ".pdf")
    True
    >>> string_ends_with("pdf", "report.pdf")
    False
    >>> string_ends_with("", "")
    True
    """
    return text.endswith(suffix)


@intrinsic(
    "a123d21b-006e-485d-9c49-510ed478efed",
    cost="1 + len(haystack) // 8"
    " + (min(len(haystack), 30000) * min(len(needle), 100) + min(len(haystack), 2500) * min(len(needle), 2500)) // 256",
    since="0.1.0",
)
def string_find(haystack: str, needle: str) -> int | None:
    r"""The position of the first occurrence of needle in haystack, or none if there is no such occurrence.

    Positions count code points from 0. The empty string is found at 0.

    >>> string_find("ada@example.org", "@")
    3
    >>> string_find("\U0001f600 smile", "smile")
    2
    >>> string_find("abc", "")
    0
    >>> string_find("abc", "abcd")
    """
    return haystack.index(needle) if needle in haystack else None


@intrinsic(
    "b2c76cad-1434-49d8-afaf-0cf21a6b1422",
    cost="1 + len(haystack) // 16"
    " + (min(len(haystack), 30000) * min(len(needle), 100) + min(len(haystack), 2500) * min(len(needle), 2500)) // 256",
    since="0.1.0",
)
def string_count(haystack: str, needle: str) -> int:
    """How often needle occurs in haystack, counted from the left without overlap.

    The empty string occurs before every character and at the end.

    >>> string_count("a.b.c", ".")
    2
    >>> string_count("aaa", "aa")
    1
    >>> string_count("abc", "")
    4
    >>> string_count("", "x")
    0
    """
    return haystack.count(needle)


@intrinsic("50e7624d-07fa-4f6e-ab21-e597c8eaae2a", cost="1 + len(text) // 4", since="0.1.0")
def string_is_blank(text: str) -> bool:
    r"""True if text is empty or consists of white space only.

    >>> string_is_blank("")
    True
    >>> string_is_blank(" \t\n\u3000")
    True
    >>> string_is_blank("  .")
    False
    >>> string_is_blank("\u200b")
    False
    """
    return not text.strip(WHITE_SPACE)


@intrinsic("896d5ba6-607e-4cab-9772-aa8815e2ccbe", since="0.1.0")
def string_is_ascii(text: str) -> bool:
    r"""True if every character of text is one of the 128 of ASCII.

    The empty string is ASCII.

    >>> string_is_ascii("plain text")
    True
    >>> string_is_ascii("caf\xe9")
    False
    >>> string_is_ascii("")
    True
    """
    return text.isascii()


@intrinsic("5b59f403-f411-4b0d-95d7-3059421b6c1d", cost="1 + len(text) // 8", since="0.1.0")
def string_is_digits(text: str) -> bool:
    r"""True if text is one or more of the ASCII digits 0 to 9 and nothing else.

    >>> string_is_digits("0047")
    True
    >>> string_is_digits("")
    False
    >>> string_is_digits("-1")
    False
    >>> string_is_digits("\u0661\u0662")
    False
    """
    return text.isascii() and text.isdigit()


@intrinsic("00644000-4872-47dd-9ec7-7fa330054dcd", cost=3, since="0.1.0")
def string_code_point_at(text: str, index: int) -> int:
    r"""The Unicode code point of the character at index, counted from 0.

    Raises IndexError unless 0 <= index < length of text.

    >>> string_code_point_at("A", 0)
    65
    >>> string_code_point_at("a\U0001f600", 1)
    128512
    >>> string_code_point_at("abc", 3)
    Traceback (most recent call last):
    IndexError: the index is outside the text
    >>> string_code_point_at("abc", -1)
    Traceback (most recent call last):
    IndexError: the index is outside the text
    """
    if not 0 <= index < len(text):
        raise IndexError("the index is outside the text")
    return ord(text[index])


@intrinsic(
    "18c96c5c-0d04-428f-a37d-36246f64cc93", cost="1 + len(text) // 16", size="min(len(text), count)", since="0.1.0"
)
def string_take(text: str, count: int) -> str:
    r"""The first count characters of text, or all of it if it has no more.

    A count of 0 or below gives the empty string.

    >>> string_take("abcdef", 3)
    'abc'
    >>> string_take("abc", 10)
    'abc'
    >>> string_take("abc", -1)
    ''
    >>> string_take("\U0001f600\U0001f601", 1)
    '\U0001f600'
    """
    return text[: max(count, 0)]


@intrinsic(
    "d3eafce9-521a-4999-ad0b-a391191e6f1e", cost="1 + len(text) // 16", size="len(text) - max(count, 0)", since="0.1.0"
)
def string_drop(text: str, count: int) -> str:
    """What remains of text without its first count characters.

    A count of 0 or below drops nothing; one beyond the end drops everything.

    >>> string_drop("abcdef", 4)
    'ef'
    >>> string_drop("abc", 10)
    ''
    >>> string_drop("abc", -1)
    'abc'
    """
    return text[max(count, 0) :]


@intrinsic(
    "a1529788-f40f-44d6-a7d1-81b5013d3538",
    cost="1 + len(text) // 16 + 2 * count(text, separator)"
    " + (min(len(text), 30000) * min(len(separator), 100) + min(len(text), 2500) * min(len(separator), 2500)) // 256",
    size="1 + count(text, separator)",
    since="0.1.0",
)
def string_split(text: str, separator: str) -> list[str]:
    """The pieces of text between the occurrences of separator.

    There is one piece more than there are occurrences, so an empty text is one empty piece. Raises ValueError if
    separator is empty.

    >>> string_split("a,b,,c", ",")
    ['a', 'b', '', 'c']
    >>> string_split("abc", ", ")
    ['abc']
    >>> string_split("", ",")
    ['']
    >>> string_split("abc", "")
    Traceback (most recent call last):
    ValueError: empty separator
    """
    return text.split(separator)
