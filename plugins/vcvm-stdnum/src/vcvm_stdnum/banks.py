"""Numbers of bank accounts and banks: IBAN (ISO 13616) and BIC (ISO 9362).

Takes text as people write it; gives whether it is valid, and its parts. Refuses nothing: what is not valid gives false
or none. Valid means well-formed, with the check digits right, in a country of the register that comes with the
installed python-stdnum. Whether there is such an account, nobody says.
"""

from __future__ import annotations

from stdnum import bic, iban
from vcvm_core.plugin import intrinsic

from vcvm_stdnum.reading import checked


def _iban(text: str) -> str | None:
    found = checked(iban.validate, text)
    # 00, 01 and 99 leave the same remainder as 97, 98 and 02, and are never given out; python-stdnum lets them pass.
    return found if found is not None and "02" <= found[2:4] <= "98" else None


@intrinsic("6d49e01b-1ab2-41e6-9061-4c40a174cb15", cost=600, since="1.0.0")
def iban_valid(text: str) -> bool:
    r"""True if text is a valid IBAN: the country's length and form, and its check digits.

    Spaces, hyphens and full stops are left out, and small letters are accepted.

    >>> iban_valid("GB82 WEST 1234 5698 7654 32")
    True
    >>> iban_valid("gb82west12345698765432")
    True
    >>> iban_valid("GB82 WEST 1234 5698 7654 33")
    False
    >>> iban_valid("DE89370400440532013000")
    True
    >>> iban_valid("DE8937040044053201300")
    False
    >>> iban_valid("DE98900287480013418377")
    True
    >>> iban_valid("DE01900287480013418377")
    False
    >>> iban_valid("XX82 WEST 1234 5698 7654 32")
    False
    >>> iban_valid("GB82\u00a0WEST12345698765432")
    False
    >>> iban_valid("")
    False
    """
    return _iban(text) is not None


@intrinsic("1f16c389-9783-462d-b05c-be1bf100f7eb", cost=600, size=34, since="1.0.0")
def iban_compact(text: str) -> str | None:
    """The IBAN in its electronic form, capital letters and digits only; none if it is not valid.

    >>> iban_compact("gb82 west 1234 5698 7654 32")
    'GB82WEST12345698765432'
    >>> iban_compact("GB82 WEST 1234 5698 7654 33")
    >>> iban_compact("")
    """
    return _iban(text)


@intrinsic("a00afdf9-7b0f-4520-b8ac-228515f41a62", cost=650, size=42, since="1.0.0")
def iban_format(text: str) -> str | None:
    """The IBAN in its printed form, in groups of four; none if it is not valid.

    >>> iban_format("GB82WEST12345698765432")
    'GB82 WEST 1234 5698 7654 32'
    >>> iban_format("de89-3704-0044-0532-0130-00")
    'DE89 3704 0044 0532 0130 00'
    >>> iban_format("GB82")
    """
    found = _iban(text)
    return None if found is None else str(iban.format(found))


@intrinsic("342ea3c8-8cda-4cb5-9252-bf0a4bb63944", cost=600, size=2, since="1.0.0")
def iban_country(text: str) -> str | None:
    """The two letters of the country of an IBAN; none if it is not valid.

    >>> iban_country("DE89 3704 0044 0532 0130 00")
    'DE'
    >>> iban_country("gb82west12345698765432")
    'GB'
    >>> iban_country("DE00 3704 0044 0532 0130 00")
    """
    found = _iban(text)
    return None if found is None else found[:2]


@intrinsic("7d873236-8515-4b25-bb6a-de2de4418dd4", cost=150, since="1.0.0")
def bic_valid(text: str) -> bool:
    r"""True if text has the form of a BIC, with 8 or 11 characters, and names a country. A BIC has no check digit.

    >>> bic_valid("DEUTDEFF")
    True
    >>> bic_valid("deut de ff 500")
    True
    >>> bic_valid("DEUTZZFF")
    False
    >>> bic_valid("DEUTDEFF5")
    False
    >>> bic_valid("")
    False
    """
    return checked(bic.validate, text) is not None


@intrinsic("c58ea5ea-d7de-4ec0-b73e-1e6fef9d0529", cost=150, size=11, since="1.0.0")
def bic_compact(text: str) -> str | None:
    """The BIC in capital letters and without separators; none if it is not valid.

    >>> bic_compact("deut de ff 500")
    'DEUTDEFF500'
    >>> bic_compact("DEUTDEFF")
    'DEUTDEFF'
    >>> bic_compact("DEUT")
    """
    return checked(bic.validate, text)
