"""New text from old.

Takes strings; gives strings, never longer than their declared size. White space is what `text` says. Case mappings are
the full ones of Unicode, without regard to language; Unicode's stability policy keeps them for every character that
was assigned by version 14.0, and characters assigned since are mapped as the running Python knows them.
Refuses a fill that is not one character, and numbers that are no Unicode scalar value.
"""

from __future__ import annotations

from vcvm_core.plugin import intrinsic
from vcvm_stdlib.text import WHITE_SPACE


@intrinsic(
    "63a369b9-3002-4b55-987b-6ae04bf0f153",
    cost="1 + len(text) // 8 + count(text, old) * (1 + len(new) // 16)"
    " + (min(len(text), 30000) * min(len(old), 100) + min(len(text), 2500) * min(len(old), 2500)) // 256",
    size="len(text) + count(text, old) * len(new)",
    since="0.1.0",
)
def string_replace(text: str, old: str, new: str) -> str:
    """Text with every occurrence of old, found from the left without overlap, replaced by new.

    The empty string occurs before every character and at the end.

    >>> string_replace("2024-02-29", "-", "/")
    '2024/02/29'
    >>> string_replace("aaa", "aa", "b")
    'ba'
    >>> string_replace("ab", "", "-")
    '-a-b-'
    >>> string_replace("abc", "x", "y")
    'abc'
    """
    return text.replace(old, new)


@intrinsic(
    "8b168b82-72a5-4eaa-a398-a642eaa84020",
    cost="1 + len(text) * max(times, 0) // 16",
    size="len(text) * max(times, 0)",
    since="0.1.0",
)
def string_repeat(text: str, times: int) -> str:
    """Text written the given number of times, one copy after the other.

    Times of 0 or below give the empty string.

    >>> string_repeat("ab", 3)
    'ababab'
    >>> string_repeat("ab", 0)
    ''
    >>> string_repeat("ab", -1)
    ''
    >>> string_repeat("", 4611686018427387904)
    ''
    """
    return text * times


@intrinsic(
    "e53890cd-e2fd-4ef8-820a-d93fdcc3a543",
    cost="1 + len(parts) + (total(parts) + len(parts) * len(separator)) // 16",
    size="total(parts) + len(parts) * len(separator)",
    since="0.1.0",
)
def string_join(parts: list[str], separator: str) -> str:
    """The parts one after the other, with separator between each two of them.

    >>> string_join(["a", "b", "c"], ", ")
    'a, b, c'
    >>> string_join(["alone"], ", ")
    'alone'
    >>> string_join([], ", ")
    ''
    >>> string_join(["", ""], "-")
    '-'
    """
    return separator.join(parts)


@intrinsic("92ae8a4f-6212-4956-84a5-69a970cc02b5", cost="1 + len(text) // 4", size="len(text)", since="0.1.0")
def string_trim(text: str) -> str:
    r"""Text without the white space at its start and its end.

    >>> string_trim("  a b\n")
    'a b'
    >>> string_trim("\u2003a\xa0")
    'a'
    >>> string_trim(" \t ")
    ''
    >>> string_trim("\u200ba")
    '\u200ba'
    """
    return text.strip(WHITE_SPACE)


@intrinsic("b199c6d1-5939-4c8d-9063-5a41190a221e", cost="1 + len(text) // 4", size="len(text)", since="0.1.0")
def string_trim_start(text: str) -> str:
    r"""Text without the white space at its start.

    >>> string_trim_start("  a ")
    'a '
    >>> string_trim_start("\r\na")
    'a'
    >>> string_trim_start("")
    ''
    """
    return text.lstrip(WHITE_SPACE)


@intrinsic("901a7b5a-4580-44ef-b69c-eba1b02713f3", cost="1 + len(text) // 4", size="len(text)", since="0.1.0")
def string_trim_end(text: str) -> str:
    r"""Text without the white space at its end.

    >>> string_trim_end(" a  ")
    ' a'
    >>> string_trim_end("a\r\n")
    'a'
    >>> string_trim_end("")
    ''
    """
    return text.rstrip(WHITE_SPACE)


@intrinsic("aa8c0b65-d045-4703-b6c3-46b61b3f5fee", cost="1 + len(text) // 3", size="3 * len(text)", since="0.1.0")
def string_upper(text: str) -> str:
    r"""Text in upper case.

    One character can become several: the result may be up to three times as long.

    >>> string_upper("abc-1")
    'ABC-1'
    >>> string_upper("stra\xdfe")
    'STRASSE'
    >>> string_upper("\ufb01n")
    'FIN'
    >>> string_upper("\u0131")
    'I'
    """
    return text.upper()


@intrinsic("8b6e7bad-de7a-4396-ab27-cd3400042b94", cost="1 + len(text) // 3", size="2 * len(text)", since="0.1.0")
def string_lower(text: str) -> str:
    r"""Text in lower case.

    A capital sigma at the end of a word becomes a final sigma. The result may be up to twice as long.

    >>> string_lower("ABC-1")
    'abc-1'
    >>> string_lower("\u039f\u03a3")
    '\u03bf\u03c2'
    >>> string_lower("\u0130")
    'i\u0307'
    >>> string_lower("")
    ''
    """
    return text.lower()


@intrinsic("f0b0412a-6a0b-4628-8f1b-6a22f7403ea7", cost="1 + len(text) // 4", size="3 * len(text)", since="0.1.0")
def string_casefold(text: str) -> str:
    r"""Text with all distinctions of case removed, for comparing: the full case folding of Unicode.

    The result may be up to three times as long.

    >>> string_casefold("Stra\xdfe")
    'strasse'
    >>> string_casefold("\ufb01")
    'fi'
    >>> string_casefold("\u03c2")
    '\u03c3'
    >>> string_casefold("\u0131")
    '\u0131'
    """
    return text.casefold()


@intrinsic(
    "8eef3db3-0f12-42cd-85bc-55ec7b3560bc",
    cost="1 + max(len(text), width) // 16",
    size="max(len(text), width)",
    since="0.1.0",
)
def string_pad_left(text: str, width: int, fill: str) -> str:
    """Text brought to width characters by writing fill before it; a text that is long enough stays as it is.

    Raises TypeError unless fill is exactly one character.

    >>> string_pad_left("7", 3, "0")
    '007'
    >>> string_pad_left("1234", 3, "0")
    '1234'
    >>> string_pad_left("", -1, "0")
    ''
    >>> string_pad_left("7", 3, "ab")
    Traceback (most recent call last):
    TypeError: The fill character must be exactly one character long
    """
    return text.rjust(width, fill)


@intrinsic(
    "4b4e535a-180a-4fe9-8f8f-8e958f22ac14",
    cost="1 + max(len(text), width) // 16",
    size="max(len(text), width)",
    since="0.1.0",
)
def string_pad_right(text: str, width: int, fill: str) -> str:
    """Text brought to width characters by writing fill after it; a text that is long enough stays as it is.

    Raises TypeError unless fill is exactly one character.

    >>> string_pad_right("ab", 4, ".")
    'ab..'
    >>> string_pad_right("abcd", 0, ".")
    'abcd'
    >>> string_pad_right("ab", 4, "")
    Traceback (most recent call last):
    TypeError: The fill character must be exactly one character long
    """
    return text.ljust(width, fill)


@intrinsic("e2e86934-1ec2-47e2-b983-106429720e26", cost=4, size=1, since="0.1.0")
def string_from_code_point(code_point: int) -> str:
    r"""The character that has the given Unicode code point.

    Raises ValueError unless it is a Unicode scalar value: 0 to 0x10FFFF without the surrogates 0xD800 to 0xDFFF.

    >>> string_from_code_point(65)
    'A'
    >>> string_from_code_point(128512)
    '\U0001f600'
    >>> string_from_code_point(55296)
    Traceback (most recent call last):
    ValueError: not a Unicode scalar value
    >>> string_from_code_point(-1)
    Traceback (most recent call last):
    ValueError: not a Unicode scalar value
    """
    if not (0 <= code_point <= 0xD7FF or 0xE000 <= code_point <= 0x10FFFF):
        raise ValueError("not a Unicode scalar value")
    return chr(code_point)
