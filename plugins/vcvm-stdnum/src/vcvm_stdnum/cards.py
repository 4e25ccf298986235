"""Numbers with Luhn's check digit: in general, of payment cards (ISO/IEC 7812), of mobile devices (IMEI).

Takes text; gives whether the check digit is right. Refuses nothing: what is not valid gives false or none. Whether a
card or a device exists, nobody says.
"""

from __future__ import annotations

from stdnum import luhn
from vcvm_core.plugin import intrinsic

from vcvm_stdnum.reading import LONGEST, checked, digits


@intrinsic("d8207a79-49a5-4eb1-b799-e94521cc98b5", cost=350, since="1.0.0")
def luhn_valid(text: str) -> bool:
    r"""True if text is two to 100 ASCII digits, and the last is the check digit that Luhn's formula asks for.

    There are no separators here: a text with a space is not valid.

    >>> luhn_valid("79927398713")
    True
    >>> luhn_valid("79927398710")
    False
    >>> luhn_valid("00")
    True
    >>> luhn_valid("0")
    False
    >>> luhn_valid("7992 7398 713")
    False
    >>> luhn_valid("\u0661\u0668")
    False
    """
    return 2 <= len(text) <= LONGEST and text.isascii() and text.isdigit() and luhn.is_valid(text)


@intrinsic("0a45ff0e-5e54-4772-90e4-b6a4c91b5c3b", cost=350, size=1, since="1.0.0")
def luhn_check_digit(digits: str) -> str | None:
    """The digit that makes a number valid for `luhn_valid` when it is added; none for other than 1 to 99 ASCII digits.

    >>> luhn_check_digit("7992739871")
    '3'
    >>> luhn_check_digit("0")
    '0'
    >>> luhn_check_digit("")
    >>> luhn_check_digit("12a")
    """
    if not (0 < len(digits) < LONGEST and digits.isascii() and digits.isdigit()):
        return None
    return str(luhn.calc_check_digit(digits))


@intrinsic("62adb567-b6f2-4c33-b460-35b08916cce0", cost=150, since="1.0.0")
def card_valid(text: str) -> bool:
    """True if text is the number of a payment card: 12 to 19 digits, of which the last is the right check digit.

    Spaces and hyphens are left out. The network is not looked at.

    >>> card_valid("4111 1111 1111 1111")
    True
    >>> card_valid("378282246310005")
    True
    >>> card_valid("4111 1111 1111 1112")
    False
    >>> card_valid("79927398713")
    False
    >>> card_valid("")
    False
    """
    found = digits(text, *range(12, 20))
    return found is not None and checked(luhn.validate, found) is not None


@intrinsic("c51fef40-cefd-4438-bbc8-ed9e75ce29b6", cost=150, since="1.0.0")
def imei_valid(text: str) -> bool:
    """True if text is an IMEI: 15 digits, of which the last is the right check digit. Spaces and hyphens are left out.

    >>> imei_valid("49-015420-323751-8")
    True
    >>> imei_valid("490154203237518")
    True
    >>> imei_valid("490154203237517")
    False
    >>> imei_valid("49015420323751")
    False
    """
    found = digits(text, 15)
    return found is not None and checked(luhn.validate, found) is not None
