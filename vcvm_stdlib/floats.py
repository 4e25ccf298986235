"""Floating-point numbers.

Takes and gives IEEE 754 binary64. Only functions with exactly one right result are here: exponentials, logarithms and
angles differ in the last digit from one C library to the next, so an answer could change by moving to another machine.
NaN never raises: a NaN argument gives NaN, or False from a question; each function says so where it differs.
"""

from __future__ import annotations

import math

from vcvm_core.plugin import intrinsic


@intrinsic("efa3b2cd-6591-4b00-9f8a-108c52fd51cb", cost=2, since="0.1.0")
def float_in_range(x: float, low: float, high: float) -> bool:
    """True if x lies between low and high, both included; False if any of the three is NaN.

    >>> float_in_range(36.6, 35.0, 42.0)
    True
    >>> float_in_range(42.0, 35.0, 42.0)
    True
    >>> float_in_range(1e999, 35.0, 42.0)
    False
    >>> float_in_range(-0.0, 0.0, 1.0)
    True
    """
    return low <= x <= high


@intrinsic("d8c3eb06-f41d-42e9-899e-54f573735d85", since="0.1.0")
def float_abs(x: float) -> float:
    """The magnitude of x: x without its sign.

    >>> float_abs(-2.5)
    2.5
    >>> float_abs(-0.0)
    0.0
    >>> float_abs(3.0)
    3.0
    """
    return abs(x)


@intrinsic("9d1d3716-31ec-4bd7-b13f-f59e40f5089d", cost=2, since="0.1.0")
def float_min(left: float, right: float) -> float:
    """The smaller of two numbers; NaN if either one is NaN.

    Of two equal numbers, such as 0.0 and -0.0, it is the left one.

    >>> float_min(1.5, -2.0)
    -2.0
    >>> float_min(1.5, 1e999)
    1.5
    >>> float_min(0.0, -0.0)
    0.0
    """
    return left if left <= right or left != left else right


@intrinsic("8451bca6-dfa7-453c-8e90-a59258ed6a36", cost=2, since="0.1.0")
def float_max(left: float, right: float) -> float:
    """The larger of two numbers; NaN if either one is NaN.

    Of two equal numbers, such as 0.0 and -0.0, it is the left one.

    >>> float_max(1.5, -2.0)
    1.5
    >>> float_max(1.5, -1e999)
    1.5
    >>> float_max(-0.0, 0.0)
    -0.0
    """
    return left if left >= right or left != left else right


@intrinsic("3846bf29-64eb-4ae0-81ac-16d3cef7d681", cost=8, since="0.1.0")
def float_floor(x: float) -> float:
    """The largest whole number that does not exceed x, as a float.

    Infinities and NaN stay as they are.

    >>> float_floor(2.7)
    2.0
    >>> float_floor(-2.1)
    -3.0
    >>> float_floor(-0.0)
    -0.0
    >>> float_floor(1e300)
    1e+300
    """
    return math.copysign(math.floor(x), x) if math.isfinite(x) else x


@intrinsic("0691abb1-c19e-41fd-aa31-271540db3f5e", cost=8, since="0.1.0")
def float_ceil(x: float) -> float:
    """The smallest whole number that is not below x, as a float.

    Infinities and NaN stay as they are.

    >>> float_ceil(2.1)
    3.0
    >>> float_ceil(-2.7)
    -2.0
    >>> float_ceil(-0.5)
    -0.0
    """
    return math.copysign(math.ceil(x), x) if math.isfinite(x) else x


@intrinsic("d95afbc0-1557-43a4-a3bc-71906f87976a", cost=8, since="0.1.0")
def float_round_half_even(x: float) -> float:
    """The whole number nearest to x, as a float; of two equally near ones the even one.

    Infinities and NaN stay as they are.

    >>> float_round_half_even(2.5)
    2.0
    >>> float_round_half_even(3.5)
    4.0
    >>> float_round_half_even(-0.5)
    -0.0
    >>> float_round_half_even(2.6)
    3.0
    """
    return math.copysign(round(x), x) if math.isfinite(x) else x


@intrinsic("901702a0-13b5-49ea-985a-72df4e7fbfb0", cost=10, since="0.1.0")
def float_round_half_away(x: float) -> float:
    """The whole number nearest to x, as a float; of two equally near ones the one further from 0.

    Infinities and NaN stay as they are.

    >>> float_round_half_away(2.5)
    3.0
    >>> float_round_half_away(-2.5)
    -3.0
    >>> float_round_half_away(0.49999999999999994)
    0.0
    >>> float_round_half_away(-0.4)
    -0.0
    """
    if not math.isfinite(x):
        return x
    whole = math.floor(abs(x))
    return math.copysign(whole + (abs(x) - whole >= 0.5), x)


@intrinsic("03a1c70f-716e-417d-a0be-29c23043d2d9", cost=20, since="0.1.0")
def float_round_to(x: float, digits: int) -> float:
    """The float nearest to x rounded to the given number of decimal places.

    It is the exact binary value of x that is rounded, so 2.675, which is a little less, gives 2.67; if it lies exactly
    in the middle, the last digit becomes even. Infinities and NaN stay as they are. Raises ValueError unless digits is
    0 to 15.

    >>> float_round_to(3.14159, 2)
    3.14
    >>> float_round_to(2.675, 2)
    2.67
    >>> float_round_to(0.125, 2)
    0.12
    >>> float_round_to(1.0, 16)
    Traceback (most recent call last):
    ValueError: digits must be 0 to 15
    """
    if not 0 <= digits <= 15:
        raise ValueError("digits must be 0 to 15")
    # From 2**52 on floats have no decimal places, and `round` would be slow to find that out.
    return x if abs(x) >= 2.0**52 else round(x, digits)


@intrinsic("a5409650-05bc-4e60-8d38-03027a64b0b9", cost=3, since="0.1.0")
def float_sqrt(x: float) -> float:
    """The correctly rounded square root of x; NaN if x is negative or NaN.

    >>> float_sqrt(9.0)
    3.0
    >>> float_sqrt(2.0)
    1.4142135623730951
    >>> float_sqrt(-0.0)
    -0.0
    """
    return math.sqrt(x) if x >= 0.0 else math.nan


@intrinsic("18236f51-fca7-4e65-bcb5-c41f8f6eadf5", since="0.1.0")
def float_is_nan(x: float) -> bool:
    """True if x is not a number.

    >>> float_is_nan(0.0)
    False
    >>> float_is_nan(1e999)
    False
    >>> float_is_nan(-1e999)
    False
    """
    return x != x


@intrinsic("29b737c7-64b5-4e19-a901-fc3628568d20", since="0.1.0")
def float_is_finite(x: float) -> bool:
    """True if x is neither infinite nor NaN.

    >>> float_is_finite(1e308)
    True
    >>> float_is_finite(-1e999)
    False
    >>> float_is_finite(0.0)
    True
    """
    return math.isfinite(x)


@intrinsic("c8aa78e8-b222-4179-a47e-1a7f97bb741c", cost=6, since="0.1.0")
def float_is_close(left: float, right: float, tolerance: float) -> bool:
    """True if left and right differ by no more than tolerance, an absolute distance.

    An infinity is close to itself only, NaN to nothing. Raises ValueError if tolerance is negative.

    >>> float_is_close(0.30000000000000004, 0.3, 1e-9)
    True
    >>> float_is_close(1.0, 1.5, 0.25)
    False
    >>> float_is_close(1e999, 1e999, 0.0)
    True
    >>> float_is_close(1.0, 1.0, -0.5)
    Traceback (most recent call last):
    ValueError: tolerances must be non-negative
    """
    return math.isclose(left, right, rel_tol=0.0, abs_tol=tolerance)
