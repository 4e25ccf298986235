"""The arithmetic that every tier must agree on, bit for bit.

Takes exact int, float, str and container values that the verifier has typed; gives a value, or raises a Trap without a
place (whoever runs the instruction knows the place). One rule each:

- Integers are signed 64-bit: leaving the range traps.
- Division truncates toward zero and the remainder has the sign of the dividend, as in C, Java and WebAssembly, so that
  a == (a / b) * b + a % b always holds. x / 0 traps, and so does the smallest integer / -1 (its quotient does not fit);
  its remainder is 0.
- Floats are IEEE 754 binary64; x / 0.0 gives an infinity or NaN. Comparisons with NaN are false, != true.
- Equality on any is by type and value: 1, 1.0 and true are three values; lists and maps compare deeply.
"""

from __future__ import annotations

import math
from typing import Any, Final
from uuid import UUID

from vcvm_core.errors import class_name, error

INT_MIN: Final = -(1 << 63)
INT_MAX: Final = (1 << 63) - 1
LOOK: Final = 4
"""Units of fuel for looking at a value inside another."""
WHERE: Final = "a value in a container"
"""Where a wrong element is, if the instruction says no more."""
_SMALL: Final = frozenset({type(None), bool, int, float, UUID})
"""Classes of values that weigh nothing beyond their place."""
_KEYS: Final = frozenset({str})
_QUICK: Final = frozenset({type(None), bool, int, str, bytes})
"""Classes whose values Python compares as we do: for floats, a NaN in a list equals itself there."""
_SIMPLE: Final = frozenset({type(None), bool, int, float, str, bytes, UUID})


def overflow(operation: str) -> Exception:
    """The trap for an integer that left the 64-bit range; `operation` is the name of the instruction."""
    return error("int-overflow", operation=operation)


def divide(a: int, b: int) -> int:
    """Quotient truncated toward zero."""
    if b == 0:
        raise error("div-by-zero", operation="div")
    q = abs(a) // abs(b)
    return q if (a < 0) == (b < 0) else -q


def remainder(a: int, b: int) -> int:
    """Remainder with the sign of `a`."""
    if b == 0:
        raise error("div-by-zero", operation="rem")
    r = abs(a) % abs(b)
    return -r if a < 0 else r


def shift_left(a: int, b: int) -> int:
    """`a` times two to the power of `b`."""
    if not 0 <= b <= 63:
        raise error("shift-range", count=b)
    return a << b


def shift_right(a: int, b: int) -> int:
    """`a` shifted right by `b` bits, the sign kept."""
    if not 0 <= b <= 63:
        raise error("shift-range", count=b)
    return a >> b


def divide_float(a: float, b: float) -> float:
    """IEEE 754 division."""
    if b != 0.0:
        return a / b
    if a == 0.0 or a != a:
        return math.nan
    return math.copysign(math.inf, a) * math.copysign(1.0, b)


def float_to_int(a: float) -> int:
    """`a` truncated toward zero."""
    if not -9223372036854775808.0 <= a < 9223372036854775808.0:
        raise error("conversion", value=a, expected="int")
    return int(a)


def at(a: Any, i: int) -> Any:
    """Element `i` of a string, bytes or list; negative indexes do not count from the end."""
    if not 0 <= i < len(a):
        raise error("index-range-trap", index=i, length=len(a))
    return a[i]


def part(a: Any, start: int, end: int) -> Any:
    """The elements from `start` up to, not including, `end`."""
    if not 0 <= start <= end <= len(a):
        raise error("slice-range", start=start, end=end, length=len(a))
    return a[start:end]


def member(m: dict[str, Any], key: str) -> Any:
    """The value under `key`."""
    try:
        return m[key]
    except KeyError:
        raise error("missing-key", key=key) from None


def place(a: list[Any], i: int, value: Any) -> None:
    """Make `value` the element `i`."""
    if not 0 <= i < len(a):
        raise error("index-range-trap", index=i, length=len(a))
    a[i] = value


def dropping(m: dict[str, Any], key: str) -> int:
    """The work of removing a key: at each power of two, what is left is laid out anew."""
    left = len(m) - 1
    return left if not left & (left - 1) and key in m else 0


def drop(m: dict[str, Any], key: str) -> None:
    """Remove `key`, if it is there. A dict never shrinks by itself, and going through it takes as long as when it was
    full: so it is laid out anew now and then, in the same order."""
    if key in m:
        del m[key]
        left = len(m)
        if not left & (left - 1):
            items = list(m.items())
            m.clear()
            m.update(items)


def equal(a: Any, b: Any, depth: int) -> bool:
    """Whether two values are of one type and have one value, deeply; nesting beyond `depth` traps."""
    kind = type(a)
    if kind is not type(b):
        return False
    if kind in _SIMPLE:
        return bool(a == b)
    if kind is not list and kind is not dict:
        # A host's container, of which only the outside was checked, may hold anything: its own == is not asked.
        raise error("bad-element", where=WHERE, found=f"a Python {class_name(a)}", expected="any")
    if depth <= 0:
        raise error("too-deep")
    if len(a) != len(b):
        return False
    if kind is list:
        kinds = set(map(type, a))
        if kinds <= _QUICK and len(kinds) == 1 and kinds == set(map(type, b)):
            return bool(a == b)
        return all(equal(x, y, depth - 1) for x, y in zip(a, b, strict=True))
    _strings(a)
    return all(k in b and equal(x, b[k], depth - 1) for k, x in a.items())


def _strings(m: dict[Any, Any]) -> None:
    """Refuse a host's map that has keys of another class: their own == is not asked."""
    if not set(map(type, m)) <= _KEYS:
        raise error("bad-element", where=WHERE, found="a key that is no string", expected="string")


def contains(a: list[Any], value: Any, depth: int) -> bool:
    """Whether an element of `a` equals `value`, as `equal` says."""
    return any(equal(x, value, depth) for x in a)


def weight(a: Any, budget: int, depth: int) -> int:
    """The work of looking at all of a value, in units of fuel: 1 for 16 characters or bytes, 4 for each element and 12
    for each container.

    Looks no further once the work is over `budget`, so that a value in which parts are shared, and which is therefore
    larger than the memory it takes, costs no more than the fuel there is. Nesting beyond `depth` traps.
    """
    kind = type(a)
    if kind is str or kind is bytes:
        return len(a) >> 4
    if kind is not list and kind is not dict:
        return 0
    if depth <= 0:
        raise error("too-deep")
    total = LOOK * (3 + len(a))
    if total > budget:
        return total
    if kind is dict:
        _strings(a)
        if max(map(len, a), default=0) > 15:
            total += sum(len(key) >> 4 for key in a)
    elif set(map(type, a)) <= _SMALL:
        return total
    for x in a if kind is list else a.values():
        if total > budget:
            break
        total += weight(x, budget - total, depth - 1)
    return total


def nested(value: Any, budget: int, depth: int) -> int:
    """The work of storing a value inside a container: that of looking at all of it, if it is a container itself."""
    return weight(value, budget, depth - 1) if type(value) in (list, dict) else 0


def compared(a: Any, b: Any, budget: int, depth: int) -> int:
    """The work of comparing two values: none where their types or lengths differ."""
    if type(a) is not type(b) or type(a) not in (str, bytes, list, dict) or len(a) != len(b):
        return 0
    return weight(a, budget, depth)
