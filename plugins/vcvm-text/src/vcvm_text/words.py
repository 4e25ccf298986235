"""Words: taking text apart at white space and putting it together again.

Takes strings; gives words, shortened and tidied text. A word is what stands between white space (the characters for
which Python's `str.isspace` is true), punctuation included. Refuses nothing.
"""

from __future__ import annotations

from typing import Final

from vcvm_core.plugin import intrinsic

PIECE: Final = 10_000
"""Characters of a text that are split at a time, where only the number of words is asked for."""


@intrinsic(
    "65a22d76-9618-4f54-b899-cbfba92ac2de", cost="2 + len(text) // 2", size="(len(text) + 1) // 2", since="1.0.0"
)
def words(text: str) -> list[str]:
    r"""The words of text, in order.

    >>> words("to be, or not to be")
    ['to', 'be,', 'or', 'not', 'to', 'be']
    >>> words("  spaced\t\nout ")
    ['spaced', 'out']
    >>> words("")
    []
    """
    return text.split()


@intrinsic("623bae43-904e-4fa0-950c-406379199757", cost="2 + len(text) // 2", since="1.0.0")
def word_count(text: str) -> int:
    r"""How many words text has.

    >>> word_count("to be, or not to be")
    6
    >>> word_count("one\u3000two")
    2
    >>> word_count(" \n ")
    0
    """
    if len(text) <= PIECE:
        return len(text.split())
    # Piece by piece: the words themselves would take many times the memory of the text.
    found = 0
    for start in range(0, len(text), PIECE):
        found += len(text[start : start + PIECE].split())
        if start and not text[start - 1].isspace() and not text[start].isspace():
            found -= 1
    return found


@intrinsic("46964dc2-9a5f-48ed-a843-9ea73acc9b5e", cost="2 + len(text) // 2", size="len(text)", since="1.0.0")
def collapse_whitespace(text: str) -> str:
    r"""Text with one space for each run of white space, and none at its ends.

    >>> collapse_whitespace("  a \t b\nc ")
    'a b c'
    >>> collapse_whitespace("a b")
    'a b'
    >>> collapse_whitespace(" \u2003 ")
    ''
    """
    return " ".join(text.split())


@intrinsic(
    "fdaeaa05-8f5f-4ce9-968b-4604d0a37f11",
    cost="4 + len(text) // 2 + len(ending) // 16",
    size="len(text) + len(ending)",
    since="1.0.0",
)
def truncate_words(text: str, limit: int, ending: str) -> str:
    r"""The first words of text, limit of them at most, with one space between them and ending after them.

    A text of no more words than that is given back as it is, without the ending. A limit below 0 means 0.

    >>> truncate_words("to be, or not to be", 3, " ...")
    'to be, or ...'
    >>> truncate_words("to  be", 2, "...")
    'to  be'
    >>> truncate_words("to be", 0, "...")
    '...'
    >>> truncate_words("", -1, "...")
    ''
    """
    found = text.split()
    keep = max(limit, 0)
    return text if len(found) <= keep else " ".join(found[:keep]) + ending


@intrinsic("85585054-faa2-419a-be24-3c7ca2fc9842", cost="2 + 2 * len(text)", size="2 * len(text) + 1", since="1.0.0")
def capitalize_words(text: str) -> str:
    r"""The words of text, the first character of each in upper case, with one space between them.

    The other characters stay as they are. A character whose upper case is several becomes these.

    >>> capitalize_words("ada lovelace")
    'Ada Lovelace'
    >>> capitalize_words("  the  USA of mcDonald ")
    'The USA Of McDonald'
    >>> capitalize_words("\ufb01n")
    'FIn'
    >>> capitalize_words("")
    ''
    """
    return " ".join(word[0].upper() + word[1:] for word in text.split())


@intrinsic(
    "40163d09-a87a-4759-96fe-7e88c873c325", cost="2 + 2 * len(text)", size="3 * ((len(text) + 1) // 2)", since="1.0.0"
)
def initials(text: str) -> str:
    r"""The first character of each word of text, in upper case, without anything between them.

    >>> initials("Ada Lovelace")
    'AL'
    >>> initials("ludwig van beethoven")
    'LVB'
    >>> initials("\xe9lan vital")
    '\xc9V'
    >>> initials("")
    ''
    """
    return "".join(word[0].upper() for word in text.split())
