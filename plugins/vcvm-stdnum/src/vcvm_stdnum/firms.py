"""Numbers of firms and of what they issue: LEI (ISO 17442), ISIN (ISO 6166), VAT numbers of the European Union.

Takes text as people write it; gives whether it is valid, and its compact form. Refuses nothing: what is not valid gives
false or none. Nobody is asked over a network, so that a valid number need not be one that was given out.
"""

from __future__ import annotations

import re
from typing import Final

from stdnum import isin, lei
from stdnum.eu import vat
from vcvm_core.plugin import intrinsic

from vcvm_stdnum.reading import checked

_LEI: Final = re.compile(r"[0-9A-Z]{18}[0-9]{2}")


@intrinsic("914879d6-a36f-4d5a-a349-2e0525d0d7e8", cost=250, since="1.0.0")
def lei_valid(text: str) -> bool:
    """True if text is an LEI: 20 characters, of which the last two are the right check digits.

    >>> lei_valid("213800KUD8LAJWSQ9D15")
    True
    >>> lei_valid("2138 00KU D8LA JWSQ 9D15")
    True
    >>> lei_valid("213800KUD8LXJWSQ9D15")
    False
    >>> lei_valid("98")
    False
    >>> lei_valid("")
    False
    """
    # python-stdnum looks at the check digits only, which shorter texts may have right, too.
    found = checked(lei.validate, text)
    return found is not None and _LEI.fullmatch(found) is not None and "02" <= found[-2:] <= "98"


@intrinsic("461ec1f0-a487-4a83-8a27-3e01935df436", cost=200, since="1.0.0")
def isin_valid(text: str) -> bool:
    """True if text is an ISIN: a country, nine characters, and the right check digit.

    >>> isin_valid("US0378331005")
    True
    >>> isin_valid("us0378331005")
    True
    >>> isin_valid("US0378331006")
    False
    >>> isin_valid("ZZ0378331005")
    False
    >>> isin_valid("")
    False
    """
    return checked(isin.validate, text) is not None


@intrinsic("71e8362c-a2d1-44ae-9321-545ee35707c7", cost=600, since="1.0.0")
def eu_vat_valid(text: str) -> bool:
    """True if text is a VAT number of a member state of the European Union or of Northern Ireland, by its rules.

    It begins with the letters of the state, EL for Greece and XI for Northern Ireland.

    >>> eu_vat_valid("BE0697449992")
    True
    >>> eu_vat_valid("FR 61 954 506 077")
    True
    >>> eu_vat_valid("FR 62 954 506 077")
    False
    >>> eu_vat_valid("GB 980 7806 84")
    False
    >>> eu_vat_valid("0697449992")
    False
    >>> eu_vat_valid("")
    False
    """
    return checked(vat.validate, text) is not None


@intrinsic("099d2575-dfc3-4286-ac6b-b5a16e1a7bd7", cost=600, size=20, since="1.0.0")
def eu_vat_compact(text: str) -> str | None:
    """The VAT number in capital letters and without separators, as `eu_vat_valid` reads it; none if it is not valid.

    >>> eu_vat_compact("fr 61 954 506 077")
    'FR61954506077'
    >>> eu_vat_compact("BE 697449992")
    'BE0697449992'
    >>> eu_vat_compact("BE 697449993")
    """
    return checked(vat.validate, text)
