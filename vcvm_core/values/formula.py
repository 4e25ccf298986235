"""Formulas: what an intrinsic costs and how large its result can get, as functions of its arguments.

Takes text over parameter names, such as ``1 + len(text) // 16`` or ``len(text) * times``; gives a `Formula`, a checked
function from arguments to a number of at least 0. The language:

    integers 0 .. 2**63 - 1        parameter (an int)        x + y   x - y   x * y   x // y
    len(p)          characters, bytes or entries of p; 0 for what has none
    total(p)        the sum of len over the elements of the list p
    count(p, q)     how often the string or bytes q occurs in p, without overlap; len(p) + 1 for an empty q
    min(x, y ...)   max(x, y ...)

The text comes from manifests, which are untrusted: it is parsed, every node is held against this list, and what is
compiled is a new tree with names of our own. A division by zero gives 0. Refuses anything else, and texts over 500
characters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final

TEXT_LIMIT: Final = 500
_TEXT: Final = re.compile(r"(?:[ \t]|[-+*(),]|//|[0-9]++(?!\w)|[^\W\d]\w*+)+\Z")
"""The words of the language. Python's parser sees nothing else: it warns about some texts, in the host's name."""


class BadFormula(ValueError):
    """The text is no formula; the message says why."""


class Formula:
    """A checked formula over `params`. `constant` is its value if it uses none of them, else None; call it with the
    arguments."""

    __slots__ = ("call", "constant", "params", "text")

    def __init__(self, text: str | int, params: Sequence[str]) -> None:
        """Raises BadFormula. params: the names that may be used, in the order of the arguments."""
        if type(text) is int:
            text = str(text) if text >= 0 else ""
        if not isinstance(text, str) or not 0 < len(text) <= TEXT_LIMIT:
            raise BadFormula(f"a formula is a whole number or a text of 1 to {TEXT_LIMIT} characters")
        if not _TEXT.match(text):
            raise BadFormula(f"{text!r} has characters that no formula has")
        self.text, self.params = text, tuple(params)
        self.call, self.constant = _read(text, tuple(params))

    def __call__(self, *args: Any) -> int:
        return self.call(*args)

    def tree(self) -> tuple[Any, dict[str, Any]]:
        """Its syntax tree, with parameters named a0, a1 ..., before what is negative becomes 0; and what else it names."""
        from vcvm_core.values.formula_tree import GLOBALS, parsed

        return parsed(self.text, self.params)[0], GLOBALS


@lru_cache(maxsize=1024)
def _read(text: str, params: tuple[str, ...]) -> tuple[Callable[..., int], int | None]:
    """The function of a formula, and its value if that does not depend on the arguments."""
    if text.isascii() and text.isdigit() and len(text) < 19 and (text == "0" or text[0] != "0"):
        number = int(text)
        return lambda *args: number, number
    # Here, not above: see that file.
    from vcvm_core.values.formula_tree import compiled

    function, varies = compiled(text, params)
    return function, None if varies else function(*[0] * len(params))
