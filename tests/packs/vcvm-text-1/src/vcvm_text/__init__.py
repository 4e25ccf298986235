"""vcvm-text: words, slugs, patterns and likeness for programs that deal with text people wrote.

Takes and gives values of vcvm's types. Every function is pure, and its cost is declared for the worst text there is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vcvm_core.plugin import hookimpl

from vcvm_text.compare import common_prefix, edit_distance, equal_ignoring_case
from vcvm_text.glob import glob_match
from vcvm_text.slugs import is_identifier, slugify
from vcvm_text.words import (
    capitalize_words,
    collapse_whitespace,
    initials,
    squeeze_spaces,
    truncate_words,
    word_count,
    words,
)


@hookimpl
def vcvm_intrinsics() -> list[Callable[..., Any]]:
    """All intrinsics of this pack."""
    return [
        words,
        word_count,
        collapse_whitespace,
        truncate_words,
        capitalize_words,
        initials,
        squeeze_spaces,
        equal_ignoring_case,
        common_prefix,
        edit_distance,
        glob_match,
        slugify,
        is_identifier,
    ]
