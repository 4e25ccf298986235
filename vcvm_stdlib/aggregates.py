"""Lists of one scalar type: sums, extremes, order.

Takes lists of ints, floats, bools or strings; gives one value, or a new list. Refuses sums that do not fit, and to put
NaN in an order: it has no place in one.
"""

from __future__ import annotations

import math

from vcvm_core.plugin import intrinsic
from vcvm_stdlib.int64 import checked


@intrinsic("489d4345-fcfa-44d5-b6bf-b5026863c720", cost="1 + len(items)", since="0.1.0")
def int_list_sum(items: list[int]) -> int:
    """The sum of the numbers; that of none is 0.

    Raises OverflowError if the sum does not fit; sums on the way to it may be of any size.

    >>> int_list_sum([1, 2, 3])
    6
    >>> int_list_sum([])
    0
    >>> int_list_sum([9223372036854775807, 1, -1])
    9223372036854775807
    >>> int_list_sum([9223372036854775807, 1])
    Traceback (most recent call last):
    OverflowError: the result is outside the signed 64-bit range
    """
    return checked(sum(items))


@intrinsic("f8bab8f8-688d-454d-b3e0-71ae66d4b70c", cost="1 + len(items)", since="0.1.0")
def int_list_min(items: list[int]) -> int | None:
    """The smallest of the numbers, or none if there are none.

    >>> int_list_min([3, -1, 2])
    -1
    >>> int_list_min([7])
    7
    >>> int_list_min([])
    """
    return min(items, default=None)


@intrinsic("4ad7554d-59c7-46c8-a379-0a326961304d", cost="1 + len(items)", since="0.1.0")
def int_list_max(items: list[int]) -> int | None:
    """The largest of the numbers, or none if there are none.

    >>> int_list_max([3, -1, 2])
    3
    >>> int_list_max([7])
    7
    >>> int_list_max([])
    """
    return max(items, default=None)


@intrinsic("a234663f-7741-4538-9687-3fd91586b608", cost="1 + 8 * len(items)", size="len(items)", since="0.1.0")
def int_list_sort(items: list[int]) -> list[int]:
    """The numbers in ascending order.

    >>> int_list_sort([3, -1, 2])
    [-1, 2, 3]
    >>> int_list_sort([1, 0, 1])
    [0, 1, 1]
    >>> int_list_sort([])
    []
    """
    return sorted(items)


@intrinsic("571312fe-01f4-4daf-858d-48dc3db85633", cost="5 + 20 * len(items)", since="0.1.0")
def float_list_sum(items: list[float]) -> float:
    """The exact sum of the numbers, rounded once, so that their order does not matter; that of none is 0.0.

    With infinities or NaN among them, it is what adding just those gives. Raises OverflowError if the sum, or one on
    the way to it, is too large for a float.

    >>> float_list_sum([0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1])
    1.0
    >>> float_list_sum([1e16, 1.0, -1e16])
    1.0
    >>> float_list_sum([])
    0.0
    >>> float_list_sum([1e308, 1e308])
    Traceback (most recent call last):
    OverflowError: intermediate overflow in fsum
    """
    if all(map(math.isfinite, items)):
        return math.fsum(items)
    return sum(item for item in items if not math.isfinite(item))


@intrinsic(
    "42ac2268-431c-4317-8221-0de7aacf1343", cost="1 + 8 * len(items) + total(items)", size="len(items)", since="0.1.0"
)
def string_list_sort(items: list[str]) -> list[str]:
    r"""The strings in ascending order, compared by code point: capitals before small letters, Z before the accented.

    >>> string_list_sort(["b", "a", "B", ""])
    ['', 'B', 'a', 'b']
    >>> string_list_sort(["z", "\xe9", "\U0001f600", "\uffff"])
    ['z', '\xe9', '\uffff', '\U0001f600']
    >>> string_list_sort(["10", "9"])
    ['10', '9']
    >>> string_list_sort([])
    []
    """
    return sorted(items)
