"""Numbers of what is sold and published: EAN and GTIN, ISBN (ISO 2108), ISSN (ISO 3297).

Takes text as people write it; gives whether it is valid, and other forms of it. Refuses nothing: what is not valid
gives false or none. Spaces and hyphens are left out wherever they stand.
"""

from __future__ import annotations

from stdnum import ean, isbn, issn
from vcvm_core.plugin import intrinsic

from vcvm_stdnum.reading import checked, digits


@intrinsic("ce121e19-7c03-4f8e-9661-577b580e87a4", cost=150, since="1.0.0")
def ean_valid(text: str) -> bool:
    """True if text is an EAN of 13 or 8 digits with the right check digit.

    >>> ean_valid("4006381333931")
    True
    >>> ean_valid("40 06381 33393 1")
    True
    >>> ean_valid("4006381333932")
    False
    >>> ean_valid("73513537")
    True
    >>> ean_valid("036000291452")
    False
    >>> ean_valid("")
    False
    """
    found = digits(text, 8, 13)
    return found is not None and checked(ean.validate, found) is not None


@intrinsic("daec5312-fd80-4c7c-b328-0d846581dfc9", cost=150, since="1.0.0")
def gtin_valid(text: str) -> bool:
    """True if text is a GTIN: an EAN of 13 or 8 digits, a UPC of 12, or a GTIN of 14, with the right check digit.

    >>> gtin_valid("4006381333931")
    True
    >>> gtin_valid("036000291452")
    True
    >>> gtin_valid("10614141000415")
    True
    >>> gtin_valid("10614141000416")
    False
    >>> gtin_valid("00000000000")
    False
    """
    found = digits(text, 8, 12, 13, 14)
    return found is not None and checked(ean.validate, found) is not None


def _isbn(text: str) -> str | None:
    # Nine digits are an SBN, of before 1970, to python-stdnum.
    found = text.replace(" ", "").replace("-", "")
    return checked(isbn.validate, text) if len(found) in (10, 13) else None


@intrinsic("5b93e35b-0ddc-487f-831d-580bec5a5a12", cost=170, since="1.0.0")
def isbn_valid(text: str) -> bool:
    """True if text is an ISBN of 10 or 13 characters with the right check digit, which of ten may be an X.

    Whether there is such a publisher is not looked at.

    >>> isbn_valid("978-0-306-40615-7")
    True
    >>> isbn_valid("0-306-40615-2")
    True
    >>> isbn_valid("080442957x")
    True
    >>> isbn_valid("978-0-306-40615-8")
    False
    >>> isbn_valid("4006381333931")
    False
    >>> isbn_valid("306406152")
    False
    """
    return _isbn(text) is not None


@intrinsic("f853f015-58bc-4996-a8fa-a4184bb92072", cost=250, size=13, since="1.0.0")
def isbn_to_13(text: str) -> str | None:
    """The ISBN as 13 digits, without separators; none if it is not valid.

    >>> isbn_to_13("0-306-40615-2")
    '9780306406157'
    >>> isbn_to_13("978 0 306 40615 7")
    '9780306406157'
    >>> isbn_to_13("080442957X")
    '9780804429573'
    >>> isbn_to_13("0-306-40615-3")
    """
    found = _isbn(text)
    return None if found is None else str(isbn.to_isbn13(found))


@intrinsic("96cb7898-7082-4094-bfed-f985e7e51c5c", cost=130, since="1.0.0")
def issn_valid(text: str) -> bool:
    """True if text is an ISSN of eight characters with the right check digit, which may be an X.

    >>> issn_valid("0378-5955")
    True
    >>> issn_valid("2434561X")
    True
    >>> issn_valid("2434-561x")
    True
    >>> issn_valid("0378-5954")
    False
    >>> issn_valid("")
    False
    """
    return checked(issn.validate, text) is not None


@intrinsic("1d01ba98-8d0e-416d-8159-2a59b55e90f6", cost=150, size=9, since="1.0.0")
def issn_format(text: str) -> str | None:
    """The ISSN in two groups of four, with a hyphen between them; none if it is not valid.

    >>> issn_format("2434561x")
    '2434-561X'
    >>> issn_format("0378 5955")
    '0378-5955'
    >>> issn_format("03785954")
    """
    found = checked(issn.validate, text)
    return None if found is None else str(issn.format(found))
