"""Values to text and text to values.

Takes values, gives the one text that stands for each; takes text, gives the value or none. What is parsed has a strict
grammar in ASCII and a length limit, so that Python's leniency (signs, underscores, white space, digits of other
scripts, "nan") never becomes part of what a program means. Parsing refuses nothing with an error: none says it all.
"""

from __future__ import annotations

import math
import re
from typing import Final

from vcvm_core.plugin import intrinsic
from vcvm_stdlib.int64 import INT_MAX, INT_MIN

_INT: Final = re.compile(r"-?[0-9]{1,19}")
_FLOAT: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_FLOAT_LIMIT: Final = 1_000


@intrinsic("8db0d47a-e5a8-4f1b-bfe8-7452207cecc8", cost=5, size=20, since="0.1.0")
def int_to_string(value: int) -> str:
    """The decimal digits of value, after a minus sign if it is negative.

    >>> int_to_string(42)
    '42'
    >>> int_to_string(0)
    '0'
    >>> int_to_string(-9223372036854775808)
    '-9223372036854775808'
    """
    return str(value)


@intrinsic("c411d420-701b-4046-a0e2-f527bf4124c4", cost=26, size=24, since="0.1.0")
def float_to_string(value: float) -> str:
    """The shortest decimal text that reads back as value.

    It has a decimal point or an exponent, the latter below 1e-4 and from 1e16. The text of infinities and NaN is inf,
    -inf and nan, which parse_float does not read.

    >>> float_to_string(0.1)
    '0.1'
    >>> float_to_string(0.30000000000000004)
    '0.30000000000000004'
    >>> float_to_string(1e16)
    '1e+16'
    >>> float_to_string(5e-324)
    '5e-324'
    >>> float_to_string(-0.0)
    '-0.0'
    >>> float_to_string(1e999)
    'inf'
    """
    return repr(value)


@intrinsic("0688a588-dba5-4fa2-9af5-4dc126d46499", size=5, since="0.1.0")
def bool_to_string(value: bool) -> str:
    """The text true or false.

    >>> bool_to_string(True)
    'true'
    >>> bool_to_string(False)
    'false'
    """
    return "true" if value else "false"


@intrinsic("5128fc10-d168-4a31-9d40-e825f10fa08b", cost=12, since="0.1.0")
def parse_int(text: str) -> int | None:
    r"""The whole number that text spells, or none if it spells none.

    The grammar: an optional minus sign, then 1 to 19 ASCII digits. Leading zeros are allowed. A number outside the
    signed 64-bit range gives none.

    >>> parse_int("42")
    42
    >>> parse_int("-007")
    -7
    >>> parse_int("-9223372036854775808")
    -9223372036854775808
    >>> parse_int("9223372036854775808")
    >>> parse_int("+1")
    >>> parse_int(" 1")
    >>> parse_int("1\n")
    >>> parse_int("1_000")
    >>> parse_int("\u0967\u0968")
    >>> parse_int("")
    """
    if not _INT.fullmatch(text):
        return None
    value = int(text)
    return value if INT_MIN <= value <= INT_MAX else None


@intrinsic("bbc013ae-cb24-4ac6-b9c9-f1055e956542", cost="20 + min(len(text), 1000) // 2", since="0.1.0")
def parse_float(text: str) -> float | None:
    r"""The float nearest to the decimal number that text spells, or none if it spells none.

    The grammar: an optional minus sign, ASCII digits, optionally a point and digits, optionally e or E with an optional
    sign and digits; at most 1,000 characters. A number too large for a float gives none, one too small gives zero.

    >>> parse_float("0.1")
    0.1
    >>> parse_float("-12e2")
    -1200.0
    >>> parse_float("1e-400")
    0.0
    >>> parse_float("1e400")
    >>> parse_float("nan")
    >>> parse_float("infinity")
    >>> parse_float("1_0.0")
    >>> parse_float(".5")
    >>> parse_float("+1.0")
    >>> parse_float("1.0\n")
    """
    if len(text) > _FLOAT_LIMIT or not _FLOAT.fullmatch(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None
