"""What values take, in accounted bytes: the unit of `Limits.memory`.

Takes values; gives sizes that do not depend on the Python that runs, at or a little above what CPython uses. A string that
is not all ASCII counts four bytes a code point. What a program drops is not given back: a run's values are counted as they
are made, so that the count is the same in every tier.
"""

from __future__ import annotations

from typing import Any, Final

TEXT: Final = 80
"""A string or bytes value, without its characters."""
LIST: Final = 64
"""A list or an iterator, without its entries."""
MAP: Final = 64
"""A map or record, without its entries."""
SLOT: Final = 8
"""An entry of a list that is there already elsewhere."""
ENTRY: Final = 40
"""An entry of a list: a slot and a number."""
KEY: Final = 120
"""An entry of a map."""


def width(a: Any) -> int:
    """Bytes for each character of a string, or of bytes."""
    return 1 if type(a) is bytes or a.isascii() else 4


def textual(container: Any) -> int:
    """What the strings and bytes among a container's entries take."""
    items = container if type(container) is list else container.values()
    return sum(TEXT + len(x) * width(x) for x in items if type(x) is str or type(x) is bytes)
