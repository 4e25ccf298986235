"""Maps, whose keys are strings and keep the order in which they were entered.

Takes maps; gives values, lists of keys or values, new maps: an argument is never changed. Refuses nothing: that a key
is not there is an answer.
"""

from __future__ import annotations

from typing import TypeVar

from vcvm_core.plugin import intrinsic

T = TypeVar("T")


@intrinsic("5a597920-0d44-4ebf-8435-f1e4b068a79c", cost="2 + len(key) // 16", since="0.1.0")
def map_has(entries: dict[str, T], key: str) -> bool:
    """True if the map has an entry under key, whatever its value.

    >>> map_has({"a": 1}, "a")
    True
    >>> map_has({"a": 1}, "b")
    False
    >>> map_has({"a": None}, "a")
    True
    """
    return key in entries


@intrinsic("a6c35db2-5593-4434-9525-21161a222e52", cost="2 + len(key) // 16", since="0.1.0")
def map_get(entries: dict[str, T], key: str) -> T | None:
    """The value under key, or none if the map has no such entry.

    >>> map_get({"a": 1}, "a")
    1
    >>> map_get({"a": 1}, "b")
    >>> map_get({}, "")
    """
    return entries.get(key)


@intrinsic("a0812d6e-7f71-42cb-97ce-3aa436ea0c1c", cost="2 + len(key) // 16", since="0.1.0")
def map_get_or(entries: dict[str, T], key: str, default: T) -> T:
    """The value under key, or default if the map has no such entry.

    A value of none counts as a value.

    >>> map_get_or({"a": 1}, "a", 0)
    1
    >>> map_get_or({"a": 1}, "b", 0)
    0
    >>> map_get_or({"a": None}, "a", 0)
    """
    return entries.get(key, default)


@intrinsic("2c66ee4a-52a3-4e11-bf9c-703e9b5544e1", cost="1 + len(entries)", size="len(entries)", since="0.1.0")
def map_keys(entries: dict[str, T]) -> list[str]:
    """The keys of the map, in its order.

    >>> map_keys({"b": 1, "a": 2})
    ['b', 'a']
    >>> map_keys({"": None})
    ['']
    >>> map_keys({})
    []
    """
    return list(entries)


@intrinsic("011aa345-a472-453b-a4c5-aae0cab994a9", cost="1 + len(entries)", size="len(entries)", since="0.1.0")
def map_values(entries: dict[str, T]) -> list[T]:
    """The values of the map, in its order.

    >>> map_values({"b": 1, "a": 2})
    [1, 2]
    >>> map_values({"a": None})
    [None]
    >>> map_values({})
    []
    """
    return list(entries.values())


@intrinsic(
    "ea42461a-da7e-4ceb-8b30-652e4598f14a",
    cost="3 + 2 * (len(lower) + len(upper))",
    size="len(lower) + len(upper)",
    since="0.1.0",
)
def map_merge(lower: dict[str, T], upper: dict[str, T]) -> dict[str, T]:
    """The entries of both maps; where both have a key, the value is that of upper.

    The keys of lower come first, in its order, then those that only upper has.

    >>> map_merge({"a": 1, "b": 2}, {"c": 4, "a": 3})
    {'a': 3, 'b': 2, 'c': 4}
    >>> map_merge({}, {"a": 1})
    {'a': 1}
    >>> map_merge({}, {})
    {}
    """
    return lower | upper


@intrinsic(
    "4e50a7ef-db45-4eca-bd6b-ff9b05980869",
    cost="2 + 2 * len(required) + total(required) // 16",
    size="len(required)",
    since="0.1.0",
)
def map_missing_keys(entries: dict[str, T], required: list[str]) -> list[str]:
    """Those of the required keys that the map does not have, in the order of required.

    >>> map_missing_keys({"name": "Ada"}, ["name", "age", "email"])
    ['age', 'email']
    >>> map_missing_keys({"name": None}, ["name"])
    []
    >>> map_missing_keys({}, [])
    []
    """
    return [key for key in required if key not in entries]


@intrinsic(
    "aae77ba1-7d11-40f2-b7ec-d44d94d90f67",
    cost="4 + 2 * len(entries) + 2 * len(allowed) + total(allowed) // 16",
    size="len(entries)",
    since="0.1.0",
)
def map_unknown_keys(entries: dict[str, T], allowed: list[str]) -> list[str]:
    """The keys of the map that are not among the allowed ones, in the order of the map.

    >>> map_unknown_keys({"name": "Ada", "nmae": "Ada"}, ["name", "age"])
    ['nmae']
    >>> map_unknown_keys({"name": "Ada"}, ["name", "age"])
    []
    >>> map_unknown_keys({"b": 1, "a": 1}, [])
    ['b', 'a']
    """
    known = frozenset(allowed)
    return [key for key in entries if key not in known]
