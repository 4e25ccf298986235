"""What examples cannot show: agreement with a second definition of the same thing, and what holds for all texts."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from vcvm_text.compare import common_prefix, edit_distance, similarity
from vcvm_text.glob import glob_match
from vcvm_text.slugs import is_slug, slugify, slugify_ascii
from vcvm_text.words import collapse_whitespace, word_count, words

short = st.text(alphabet="abc", max_size=8)
patterns = st.text(alphabet="ab*?", max_size=8)
LITTLE_NOISE = st.text(alphabet="aé -.Zß1", max_size=12)


@given(short, patterns)
def test_a_glob_matches_what_the_regular_expression_of_the_same_form_matches(text: str, pattern: str) -> None:
    forms = {"*": "(?s:.*)", "?": "(?s:.)"}
    expression = "".join(forms.get(symbol, symbol) for symbol in pattern)
    assert glob_match(text, pattern) == (re.fullmatch(expression, text) is not None)


@given(short, short, short)
def test_the_edit_distance_is_a_metric(a: str, b: str, c: str) -> None:
    assert (edit_distance(a, b) == 0) == (a == b)
    assert edit_distance(a, b) == edit_distance(b, a)
    assert edit_distance(a, c) <= edit_distance(a, b) + edit_distance(b, c)


@given(short, short)
def test_similarity_is_a_share(a: str, b: str) -> None:
    assert 0.0 <= similarity(a, b) <= 1.0
    assert (similarity(a, b) == 1.0) == (a == b)


@given(st.text())
def test_slugify_gives_a_slug_or_nothing_and_leaves_a_slug_alone(text: str) -> None:
    slug = slugify(text)
    assert slug == "" or is_slug(slug)
    assert slugify(slug) == slug


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_both_slugifies_agree_on_ascii(text: str) -> None:
    assert slugify(text) == slugify_ascii(text)


@given(LITTLE_NOISE)
def test_words_survive_collapsing(text: str) -> None:
    assert words(collapse_whitespace(text)) == words(text)
    assert word_count(text) == len(words(text))


@given(st.text(), st.text())
def test_a_common_prefix_is_one_and_cannot_be_longer(left: str, right: str) -> None:
    prefix = common_prefix(left, right)
    assert left.startswith(prefix)
    assert right.startswith(prefix)
    end = len(prefix)
    assert left[end : end + 1] != right[end : end + 1] or left == right
