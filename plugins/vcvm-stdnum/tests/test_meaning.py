"""What examples cannot show: what holds for all numbers, and for the texts around them.

That examples hold, and that results, costs and sizes are as declared, is tested by vcvm's conformance suite, which the
settings in pyproject.toml ask for.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban

from vcvm_stdnum.articles import ean_valid, gtin_valid, isbn_to_13, isbn_valid, issn_format, issn_valid
from vcvm_stdnum.banks import bic_compact, bic_valid, iban_compact, iban_country, iban_format, iban_valid
from vcvm_stdnum.cards import card_valid, imei_valid, luhn_check_digit, luhn_valid
from vcvm_stdnum.firms import eu_vat_compact, eu_vat_valid, isin_valid, lei_valid

VALID: dict[Callable[[str], bool], str] = {
    iban_valid: "GB82WEST12345698765432",
    bic_valid: "DEUTDEFF500",
    ean_valid: "4006381333931",
    gtin_valid: "036000291452",
    isbn_valid: "080442957X",
    issn_valid: "2434561X",
    luhn_valid: "79927398713",
    card_valid: "4111111111111111",
    imei_valid: "490154203237518",
    lei_valid: "213800KUD8LAJWSQ9D15",
    isin_valid: "US0378331005",
    eu_vat_valid: "FR61954506077",
}
"""One number for each of the functions that say whether it is valid."""

CHECKED = [function for function in VALID if function is not bic_valid]
each = pytest.mark.parametrize("valid", VALID, ids=lambda f: f.__name__)
DIGITS = st.text(alphabet="0123456789", min_size=1, max_size=30)


@each
def test_a_valid_number_is_valid(valid: Callable[[str], bool]) -> None:
    assert valid(VALID[valid])


@pytest.mark.parametrize("valid", CHECKED, ids=lambda f: f.__name__)
@given(data=st.data())
def test_one_wrong_digit_is_found(valid: Callable[[str], bool], data: st.DataObject) -> None:
    """What a check digit is for: no digit can be mistyped."""
    number = VALID[valid]
    place = data.draw(st.sampled_from([i for i, c in enumerate(number) if c.isdigit()]))
    other = data.draw(st.sampled_from([d for d in "0123456789" if d != number[place]]))
    assert not valid(number[:place] + other + number[place + 1 :])


@each
@pytest.mark.parametrize("odd", ["\u00a0", "\u200b", "\u0661", "\uff11", "\n", "\0", "\u2010", "\u0131"])
def test_what_only_looks_alike_is_not_valid(valid: Callable[[str], bool], odd: str) -> None:
    """No character that cannot be seen, or looks like another, gets through, wherever it stands."""
    number = VALID[valid]
    for place in (0, 4, len(number)):
        assert not valid(number[:place] + odd + number[place:])


@each
def test_a_long_text_is_not_valid(valid: Callable[[str], bool]) -> None:
    """Also where most of it is separators, and where converting its digits would be refused by Python."""
    assert not valid(VALID[valid] + " " * 100)
    assert not valid("GB82" + "1" * 10_000)


@given(st.text(), st.sampled_from(["", "GB82", "DE", "FR", "978", "EL", "XI", "IT"]))
def test_compact_and_valid_agree(text: str, start: str) -> None:
    for valid, compact in ((iban_valid, iban_compact), (bic_valid, bic_compact), (eu_vat_valid, eu_vat_compact)):
        found = compact(start + text)
        assert valid(start + text) == (found is not None)
        assert found is None or (valid(found) and compact(found) == found)
    assert (iban_format(start + text) is None) == (iban_country(start + text) is None)


@given(st.text(alphabet="0123456789", min_size=18, max_size=18))
def test_every_account_has_one_iban(account: str) -> None:
    """Of the hundred pairs of check digits one makes an account number of Germany valid."""
    right = iban.calc_check_digits("DE00" + account)
    assert [f"{n:02}" for n in range(100) if iban_valid(f"DE{n:02}{account}")] == [right]
    printed = iban_format(f"DE{right}{account}")
    assert printed is not None
    assert iban_compact(printed) == f"DE{right}{account}"


@given(DIGITS)
def test_each_number_has_one_check_digit(number: str) -> None:
    assert [d for d in "0123456789" if luhn_valid(number + d)] == [luhn_check_digit(number)]


@given(st.text(alphabet="0123456789", min_size=9, max_size=9))
def test_an_isbn_of_ten_has_one_of_thirteen(number: str) -> None:
    (last,) = [d for d in "0123456789X" if isbn_valid(number + d)]
    longer = isbn_to_13(number + last)
    assert longer is not None
    assert longer.startswith("978" + number)
    assert isbn_valid(longer)
    assert ean_valid(longer)


def test_an_issn_is_printed_with_a_hyphen() -> None:
    assert issn_format("0378 5955") == "0378-5955"
