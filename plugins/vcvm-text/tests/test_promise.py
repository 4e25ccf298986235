"""What release 1.0.0 served is still served, under the same UUIDs and with the same answers, or its end was announced.

A row of RELEASED is never changed and never removed: programs that were compiled against that release hold its UUID.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vcvm_core.plugin.declare import ATTRIBUTE

import vcvm_text
from vcvm_text.slugs import slugify

RELEASED = {
    "equal_ignoring_case": "ba260443-a604-4815-b6df-f3e1b6c1bd4b",
    "common_prefix": "5a1ab5a1-2e1d-4728-b3e1-8e01c515a060",
    "edit_distance": "2b12f11a-359b-4622-912c-157bf53076ef",
    "glob_match": "32b09cd0-4daa-4b8c-b4f5-2c65f05885c6",
    "slugify": "30e4478d-c193-4a40-9836-4178aa30db3f",
    "is_identifier": "a4bbdbaa-5414-4152-bde9-89439d85a2d9",
    "words": "65a22d76-9618-4f54-b899-cbfba92ac2de",
    "word_count": "623bae43-904e-4fa0-950c-406379199757",
    "collapse_whitespace": "46964dc2-9a5f-48ed-a843-9ea73acc9b5e",
    "truncate_words": "fdaeaa05-8f5f-4ce9-968b-4604d0a37f11",
    "capitalize_words": "85585054-faa2-419a-be24-3c7ca2fc9842",
    "initials": "40163d09-a87a-4759-96fe-7e88c873c325",
}
"""What 1.0.0 served, by the name it had then; without what it had already deprecated."""

REMOVED = {"squeeze_spaces": "ceb48f5c-32a8-4b2c-9159-515284b36a05"}
"""What 1.0.0 deprecated and 2.0.0 dropped."""

SERVED: dict[str, Callable[..., Any]] = {getattr(f, ATTRIBUTE).uuid: f for f in vcvm_text.vcvm_intrinsics()}


def test_every_released_uuid_is_served() -> None:
    assert set(RELEASED.values()) <= set(SERVED)


def test_a_removed_uuid_is_not_served_again() -> None:
    assert not set(REMOVED.values()) & set(SERVED)


def test_the_first_slugify_still_means_what_it_meant() -> None:
    first = SERVED[RELEASED["slugify"]]
    assert first("Cr\xe8me br\xfbl\xe9e") == "crme-brle"
    assert getattr(first, ATTRIBUTE).deprecated


def test_its_successor_says_what_it_replaces_and_why() -> None:
    successor = getattr(slugify, ATTRIBUTE)
    assert successor.supersedes == RELEASED["slugify"]
    assert successor.relation == "fix"
    assert successor.uuid not in RELEASED.values()
