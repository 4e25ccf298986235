"""vcvm-stdnum: numbers that have a standard, for programs that check what people typed in.

Takes text; gives whether it is a valid IBAN, ISBN, VAT number ..., and its compact or printed form. Every function is
pure, asks nobody, and takes a bounded time for any text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vcvm_core.plugin import hookimpl

from vcvm_stdnum.articles import ean_valid, gtin_valid, isbn_to_13, isbn_valid, issn_format, issn_valid
from vcvm_stdnum.banks import bic_compact, bic_valid, iban_compact, iban_country, iban_format, iban_valid
from vcvm_stdnum.cards import card_valid, imei_valid, luhn_check_digit, luhn_valid
from vcvm_stdnum.firms import eu_vat_compact, eu_vat_valid, isin_valid, lei_valid


@hookimpl
def vcvm_intrinsics() -> list[Callable[..., Any]]:
    """All intrinsics of this pack."""
    return [
        iban_valid,
        iban_compact,
        iban_format,
        iban_country,
        bic_valid,
        bic_compact,
        ean_valid,
        gtin_valid,
        isbn_valid,
        isbn_to_13,
        issn_valid,
        issn_format,
        luhn_valid,
        luhn_check_digit,
        card_valid,
        imei_valid,
        lei_valid,
        isin_valid,
        eu_vat_valid,
        eu_vat_compact,
    ]
