"""Patterns with wildcards, as in file names.

Takes a text and a pattern; says whether the whole text has that form. `*` stands for any run of characters, `?` for any
one character, everything else for itself: there are no brackets and no escapes, so every pattern has a meaning and none
is refused. The text is read once, character by character, and nothing is tried twice: no pattern makes it slow.
"""

from __future__ import annotations

from typing import Final

from vcvm_core.plugin import intrinsic

KEPT: Final = 256
"""For so many characters their positions are remembered. For all of them, that would take memory that grows with the
square of a pattern."""


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
    if len(pattern) > KEPT:
        return _matches(text, pattern)
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


def _matches(text: str, pattern: str) -> bool:
    """The same for a long pattern, in memory that is linear in it."""
    symbols = pattern.replace("*", "")
    stay, any_one, fits = _stars(pattern, len(symbols)), _positions(symbols, "?"), _Fits(symbols)
    here = 1
    for character in text:
        here = (here & (fits[character] | any_one)) << 1 | here & stay
    return here >> len(symbols) != 0


class _Fits(dict[str, int]):
    """For each character the symbols that it is, as bits; found when it is asked for."""

    def __init__(self, symbols: str) -> None:
        super().__init__()
        self.symbols = symbols

    def __missing__(self, character: str) -> int:
        if character not in self.symbols:
            return 0
        if len(self) == KEPT:
            del self[next(iter(self))]
        found = self[character] = _positions(self.symbols, character)
        return found


def _positions(symbols: str, character: str) -> int:
    """Where a character stands, as bits."""
    bits = bytearray(len(symbols) // 8 + 1)
    at = symbols.find(character)
    while at >= 0:
        bits[at >> 3] |= 1 << (at & 7)
        at = symbols.find(character, at + 1)
    return int.from_bytes(bits, "little")


def _stars(pattern: str, length: int) -> int:
    """Before how many symbols a * stands, as bits."""
    bits, stars, at = bytearray(length // 8 + 1), 0, pattern.find("*")
    while at >= 0:
        before = at - stars
        bits[before >> 3] |= 1 << (before & 7)
        stars += 1
        at = pattern.find("*", at + 1)
    return int.from_bytes(bits, "little")
