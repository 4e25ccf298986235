"""Comparing two texts.

Takes two strings; gives how alike they are. Characters are code points, nothing is normalized: a letter with an accent
written as two code points differs from the same letter written as one. Refuses nothing.
"""

from __future__ import annotations

from vcvm_core.plugin import intrinsic


@intrinsic("ba260443-a604-4815-b6df-f3e1b6c1bd4b", cost="1 + (len(left) + len(right)) // 4", since="1.0.0")
def equal_ignoring_case(left: str, right: str) -> bool:
    r"""True if the two texts are equal after full Unicode case folding.

    >>> equal_ignoring_case("Ada@Example.org", "ada@example.ORG")
    True
    >>> equal_ignoring_case("STRASSE", "stra\xdfe")
    True
    >>> equal_ignoring_case("a", "b")
    False
    >>> equal_ignoring_case("", "")
    True
    """
    return left.casefold() == right.casefold()


@intrinsic(
    "5a1ab5a1-2e1d-4728-b3e1-8e01c515a060",
    cost="3 + 2 * min(len(left), len(right))",
    size="min(len(left), len(right))",
    since="1.0.0",
)
def common_prefix(left: str, right: str) -> str:
    """The longest text with which both texts begin.

    >>> common_prefix("interview", "internet")
    'inter'
    >>> common_prefix("abc", "abc")
    'abc'
    >>> common_prefix("abc", "xyz")
    ''
    """
    end = 0
    for a, b in zip(left, right, strict=False):
        if a != b:
            break
        end += 1
    return left[:end]


@intrinsic(
    "2b12f11a-359b-4622-912c-157bf53076ef",
    cost="4 + 3 * len(left) + 3 * len(right) + 4 * len(left) * len(right)",
    since="1.0.0",
)
def edit_distance(left: str, right: str) -> int:
    """The least number of characters to insert, delete or replace to make one text the other (Levenshtein's distance).

    >>> edit_distance("kitten", "sitting")
    3
    >>> edit_distance("abc", "abc")
    0
    >>> edit_distance("", "abc")
    3
    >>> edit_distance("ab", "ba")
    2
    """
    # Wagner and Fischer's table, of which only one row is kept: that of the shorter text, as the distance is the same
    # both ways. What is left of a cell belongs to this character, what is right of it to the one before.
    if len(left) < len(right):
        left, right = right, left
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        corner, last = i - 1, i
        row[0] = i
        for j, b in enumerate(right, 1):
            above = row[j]
            row[j] = last = min(above + 1, last + 1, corner + (a != b))
            corner = above
    return row[-1]


@intrinsic(
    "9abd5048-23e8-44ab-82b8-da73927aef27",
    cost="10 + 3 * len(left) + 3 * len(right) + 4 * len(left) * len(right)",
    since="2.0.0",
)
def similarity(left: str, right: str) -> float:
    """How alike two texts are, from 0.0 to 1.0: 1 less the edit distance as a share of the longer text's length.

    Two empty texts are alike.

    >>> similarity("abcd", "abce")
    0.75
    >>> similarity("abc", "xyz")
    0.0
    >>> similarity("", "")
    1.0
    >>> similarity("", "abc")
    0.0
    """
    longer = max(len(left), len(right))
    return 1.0 - edit_distance(left, right) / longer if longer else 1.0
