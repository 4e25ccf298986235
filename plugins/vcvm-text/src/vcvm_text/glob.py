"""Patterns with wildcards, as in file names.

Takes a text and a pattern; says whether the whole text has that form. `*` stands for any run of characters, `?` for any
one character, everything else for itself: there are no brackets and no escapes, so every pattern has a meaning and none
is refused. The text is read once, character by character, and nothing is tried twice: no pattern makes it slow.
"""

from __future__ import annotations

from vcvm_core.plugin import intrinsic


@intrinsic(
    "32b09cd0-4daa-4b8c-b4f5-2c65f05885c6",
    cost="6 + (len(text) + len(pattern)) * (2 + len(pattern) // 1000)",
    since="1.0.0",
)
def glob_match(text: str, pattern: str) -> bool:
    r"""True if the whole of text has the form of pattern: * stands for any run of characters, ? for any one character.

    Case matters. A run may be empty. Line breaks and slashes are characters like others.

    >>> glob_match("report-2024.pdf", "report-*.pdf")
    True
    >>> glob_match("report-2024.pdf", "report-????.pdf")
    True
    >>> glob_match("report.pdf.exe", "*.pdf")
    False
    >>> glob_match("", "*")
    True
    >>> glob_match("", "?")
    False
    >>> glob_match("[a]", "[a]")
    True
    """
    # The Shift-And algorithm with sets of positions as bits of an int: bit i of `here` is set if the text so far can
    # be what the first i symbols (characters and ?) stand for; bit i of `stay` if a * stands before symbol i.
    fits: dict[str, int] = {}
    stay, end = 0, 1
    for symbol in pattern:
        if symbol == "*":
            stay |= end
        else:
            fits[symbol] = fits.get(symbol, 0) | end
            end <<= 1
    any_one = fits.pop("?", 0)
    here = 1
    for character in text:
        here = (here & (fits.get(character, 0) | any_one)) << 1 | here & stay
    return here & end != 0
