"""Lists of anything.

Takes lists; gives elements, positions and new lists: an argument is never changed and never given back itself. Elements
are the same if they have one type and one value: 1, 1.0 and True are three, NaN is not even itself. Functions that
compare elements refuse lists and maps as elements, with TypeError; see `equality`.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TypeVar

from vcvm_core.plugin import intrinsic
from vcvm_stdlib.equality import key, positions

T = TypeVar("T")


@intrinsic("fd276ebf-7d41-4dd7-b66d-b875dd85ddea", cost=2, since="0.1.0")
def list_first(items: list[T]) -> T | None:
    """The first element, or none if the list is empty.

    >>> list_first([3, 1, 2])
    3
    >>> list_first(["only"])
    'only'
    >>> list_first([])
    """
    return items[0] if items else None


@intrinsic("f180113b-92de-4e01-930b-dcbd18131831", cost=2, since="0.1.0")
def list_last(items: list[T]) -> T | None:
    """The last element, or none if the list is empty.

    >>> list_last([3, 1, 2])
    2
    >>> list_last(["only"])
    'only'
    >>> list_last([])
    """
    return items[-1] if items else None


@intrinsic("a2dc5493-25c4-4014-8a6a-e29485acdfcf", cost="8 + len(items) * (3 + len(value) // 16)", since="0.1.0")
def list_contains(items: list[T], value: T) -> bool:
    """True if value is an element of the list.

    Raises TypeError if value is a list or a map.

    >>> list_contains(["NO", "SE", "DK"], "SE")
    True
    >>> list_contains([1, 2], 1.0)
    False
    >>> list_contains([1, 0], True)
    False
    >>> list_contains([], None)
    False
    >>> list_contains([[1]], [1])
    Traceback (most recent call last):
    TypeError: lists and maps cannot be compared here
    """
    return next(positions(items, value), None) is not None


@intrinsic("54946043-a90b-496c-8523-7c8d134a0ce4", cost="8 + len(items) * (3 + len(value) // 16)", since="0.1.0")
def list_index_of(items: list[T], value: T) -> int | None:
    """The position of the first element that is value, counted from 0, or none if there is no such element.

    Raises TypeError if value is a list or a map.

    >>> list_index_of(["a", "b", "a"], "a")
    0
    >>> list_index_of([1.0, True, 1], 1)
    2
    >>> list_index_of([1, 2], 3)
    >>> list_index_of([], {})
    Traceback (most recent call last):
    TypeError: lists and maps cannot be compared here
    """
    return next(positions(items, value), None)


@intrinsic("b918b465-0ee2-41ca-9401-1414a67d7ff9", cost="8 + len(items) * (3 + len(value) // 16)", since="0.1.0")
def list_count_of(items: list[T], value: T) -> int:
    """How many elements of the list are value.

    Raises TypeError if value is a list or a map.

    >>> list_count_of(["a", "b", "a"], "a")
    2
    >>> list_count_of([1, True, 1.0], 1)
    1
    >>> list_count_of([], "a")
    0
    """
    return sum(1 for _ in positions(items, value))


@intrinsic(
    "130e87c0-e2f5-458d-aff1-6cd3ce695ca6",
    cost="1 + len(items) * 8 + total(items) // 16",
    size="len(items)",
    since="0.1.0",
)
def list_unique(items: list[T]) -> list[T]:
    """The elements of the list in their order, each of them only where it stands first.

    Every NaN is kept, as NaN equals nothing. Raises TypeError if an element is a list or a map.

    >>> list_unique(["b", "a", "b", "a"])
    ['b', 'a']
    >>> list_unique([1, 1.0, True, 1])
    [1, 1.0, True]
    >>> list_unique([0.0, -0.0])
    [0.0]
    >>> list_unique([])
    []
    >>> list_unique([[]])
    Traceback (most recent call last):
    TypeError: lists and maps cannot be compared here
    """
    first: dict[Hashable, T] = {}
    for item in items:
        first.setdefault(key(item), item)
    return list(first.values())


@intrinsic("c96c3e79-3a58-4ee7-a8e4-5306e5da8833", cost="1 + len(items)", size="len(items)", since="0.1.0")
def list_reverse(items: list[T]) -> list[T]:
    """The elements of the list in the opposite order.

    >>> list_reverse([1, 2, 3])
    [3, 2, 1]
    >>> list_reverse(["a"])
    ['a']
    >>> list_reverse([])
    []
    """
    return items[::-1]


@intrinsic(
    "9b6b4f94-2fc8-4511-904e-249a4fc3bc4a",
    cost="1 + len(left) + len(right)",
    size="len(left) + len(right)",
    since="0.1.0",
)
def list_concat(left: list[T], right: list[T]) -> list[T]:
    """The elements of left, then those of right.

    >>> list_concat([1, 2], [3])
    [1, 2, 3]
    >>> list_concat([], ["a"])
    ['a']
    >>> list_concat([], [])
    []
    """
    return left + right


@intrinsic(
    "dd9db090-9827-4453-9a9a-3a2c32991676",
    cost="1 + min(len(items), max(count, 0))",
    size="min(len(items), max(count, 0))",
    since="0.1.0",
)
def list_take(items: list[T], count: int) -> list[T]:
    """The first count elements of the list, or all of them if it has no more.

    A count of 0 or below gives the empty list.

    >>> list_take([1, 2, 3], 2)
    [1, 2]
    >>> list_take([1, 2, 3], 10)
    [1, 2, 3]
    >>> list_take([1, 2, 3], -1)
    []
    """
    return items[: max(count, 0)]


@intrinsic(
    "2531894b-ed20-4db3-8300-9e1066f1c793", cost="1 + len(items)", size="len(items) - max(count, 0)", since="0.1.0"
)
def list_drop(items: list[T], count: int) -> list[T]:
    """What remains of the list without its first count elements.

    A count of 0 or below drops nothing; one beyond the end drops everything.

    >>> list_drop([1, 2, 3], 2)
    [3]
    >>> list_drop([1, 2, 3], 10)
    []
    >>> list_drop([1, 2, 3], -1)
    [1, 2, 3]
    """
    return items[max(count, 0) :]


@intrinsic(
    "69fc8d67-ffad-4c04-a1d3-18e97eaa7ab0", cost="1 + len(lists) + total(lists)", size="total(lists)", since="0.1.0"
)
def list_flatten(lists: list[list[T]]) -> list[T]:
    """The elements of all the lists, one list after the other; lists inside those stay as they are.

    >>> list_flatten([[1, 2], [], [3]])
    [1, 2, 3]
    >>> list_flatten([[[1]], [[2]]])
    [[1], [2]]
    >>> list_flatten([])
    []
    """
    return [item for items in lists for item in items]


@intrinsic(
    "7886edfa-3477-4786-b1cc-47aaf6a8dd1e", cost="3 + max(end - start, 0)", size="max(end - start, 0)", since="0.1.0"
)
def int_range(start: int, end: int) -> list[int]:
    """The whole numbers from start up to, and not including, end.

    The list is empty if end does not exceed start.

    >>> int_range(0, 4)
    [0, 1, 2, 3]
    >>> int_range(-1, 1)
    [-1, 0]
    >>> int_range(3, 3)
    []
    >>> int_range(9223372036854775806, 9223372036854775807)
    [9223372036854775806]
    """
    return list(range(start, end))
