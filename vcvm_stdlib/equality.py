"""When two elements of a list are the same: if they have one type and one value.

Takes elements of unknown type; gives positions and keys for the functions on lists. 1, 1.0 and True are three values;
NaN equals nothing, itself included; 0.0 equals -0.0. Refuses lists and maps with TypeError: the work of comparing them
deeply cannot be known, nor charged for, before it is done.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any
from uuid import UUID


def _refuse_container(value: Any) -> None:
    if type(value) in (list, dict):
        raise TypeError("lists and maps cannot be compared here")


def positions(items: list[Any], value: Any) -> Iterator[int]:
    """The indexes at which `items` holds `value`, in order. Raises TypeError if `value` is a list or a map."""
    _refuse_container(value)
    kind = type(value)
    return (i for i, item in enumerate(items) if type(item) is kind and item == value)


def key(value: Any) -> Hashable:
    """What stands for `value` in a set: equal exactly if the values are. Raises TypeError for a list or a map."""
    _refuse_container(value)
    if type(value) is UUID:
        # 2**67 UUIDs share each hash, so whoever chooses them could make a set quadratic; the hash of bytes is keyed.
        return UUID, value.bytes
    return (type(value), value) if value == value else object()
