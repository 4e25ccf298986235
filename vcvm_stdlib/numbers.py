"""Whole numbers.

Takes and gives signed 64-bit integers. Refuses, with OverflowError, to give a result outside that range: nothing wraps.
"""

from __future__ import annotations

from vcvm_core.plugin import intrinsic
from vcvm_stdlib.int64 import checked, out_of_range


@intrinsic("e0a520a3-bcfe-44c8-bf1e-291adb500221", cost=2, since="0.1.0")
def int_in_range(x: int, low: int, high: int) -> bool:
    """True if x lies between low and high, both included.

    A range whose low exceeds its high is empty.

    >>> int_in_range(18, 18, 65)
    True
    >>> int_in_range(65, 18, 65)
    True
    >>> int_in_range(66, 18, 65)
    False
    >>> int_in_range(5, 10, 0)
    False
    """
    return low <= x <= high


@intrinsic("3e68f170-b1d7-4b7e-82e5-f3402ed1636d", cost=5, since="0.1.0")
def int_abs(x: int) -> int:
    """The distance of x from 0.

    Raises OverflowError for the smallest int, whose distance does not fit.

    >>> int_abs(-5)
    5
    >>> int_abs(0)
    0
    >>> int_abs(-9223372036854775807)
    9223372036854775807
    >>> int_abs(-9223372036854775808)
    Traceback (most recent call last):
    OverflowError: the result is outside the signed 64-bit range
    """
    return checked(abs(x))


@intrinsic("b281df8f-c3e5-4643-9290-2624bed5c16c", cost=2, since="0.1.0")
def int_min(left: int, right: int) -> int:
    """The smaller of two numbers.

    >>> int_min(3, 7)
    3
    >>> int_min(3, -7)
    -7
    >>> int_min(4, 4)
    4
    """
    return min(left, right)


@intrinsic("3712aefa-7c29-43d9-8ac2-dfe27acfc5df", cost=2, since="0.1.0")
def int_max(left: int, right: int) -> int:
    """The larger of two numbers.

    >>> int_max(3, 7)
    7
    >>> int_max(3, -7)
    3
    >>> int_max(4, 4)
    4
    """
    return max(left, right)


@intrinsic("4a51060d-992e-46ac-95e6-330cfa5959a3", cost=6, since="0.1.0")
def int_clamp(x: int, low: int, high: int) -> int:
    """The number nearest to x that lies between low and high, both included.

    Raises ValueError if low exceeds high.

    >>> int_clamp(12, 0, 10)
    10
    >>> int_clamp(-1, 0, 10)
    0
    >>> int_clamp(5, 0, 10)
    5
    >>> int_clamp(5, 10, 0)
    Traceback (most recent call last):
    ValueError: low exceeds high
    """
    if low > high:
        raise ValueError("low exceeds high")
    return min(max(x, low), high)


@intrinsic("20e84bbd-9ccc-44fa-aa25-ca8cf9f2c75a", cost=15, since="0.1.0")
def int_pow(base: int, exponent: int) -> int:
    """Base to the power of exponent.

    Anything to the power of 0 is 1. Raises ValueError if exponent is negative, OverflowError if the result does not
    fit.

    >>> int_pow(2, 10)
    1024
    >>> int_pow(-2, 63)
    -9223372036854775808
    >>> int_pow(-1, 9223372036854775807)
    -1
    >>> int_pow(0, 0)
    1
    >>> int_pow(2, 63)
    Traceback (most recent call last):
    OverflowError: the result is outside the signed 64-bit range
    >>> int_pow(2, -1)
    Traceback (most recent call last):
    ValueError: the exponent is negative
    """
    if exponent < 0:
        raise ValueError("the exponent is negative")
    # A number of n bits is at least 2**(n - 1): powers that cannot fit are refused before they are worked out.
    if exponent * (base.bit_length() - 1) > 63:
        raise out_of_range()
    power: int = base**exponent
    return checked(power)
