"""Versions of packs: which is older, for people who have to choose one. Nothing is ever bound by a version.

Takes the text of a version; gives a key that orders versions as pip does: 1.0 is 1.0.0, 1.0rc1 comes before 1.0, 1.0.post1
after it. Refuses nothing: a text that is no version comes before all that are.
"""

from __future__ import annotations

import re
from typing import Final

Key = tuple[int, tuple[int, ...], tuple[int, int], int, int]

_VERSION: Final = (
    r"v?(?:(?P<epoch>\d{1,9})!)?(?P<release>\d{1,9}(?:\.\d{1,9}){0,20})"
    r"(?:[-_.]?(?P<phase>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?P<number>\d{0,9}))?"
    r"(?P<post>[-_.]?(?:post|rev|r)[-_.]?\d{0,9}|-\d{1,9})?(?:[-_.]?(?P<dev>dev)[-_.]?(?P<build>\d{0,9}))?"
)
"""Not compiled here: whoever misses nothing needs it never, and the compiler of expressions is dear."""

_PHASES: Final = {"a": 0, "alpha": 0, "b": 1, "beta": 1, "c": 2, "rc": 2, "pre": 2, "preview": 2}
_FINAL: Final = (3, 0)
_LAST: Final = 1 << 40


def version_key(version: str) -> Key:
    """What versions are sorted by; equal for two spellings of one. What follows a plus is not looked at."""
    found = re.match(_VERSION, version, re.ASCII | re.IGNORECASE)
    if found is None:
        return (-1, (), (0, 0), 0, 0)
    release = [int(n) for n in found["release"].split(".")]
    while release and release[-1] == 0:
        del release[-1]
    post = int(re.sub(r"\D", "", found["post"]) or 0) + 1 if found["post"] else 0
    dev = int(found["build"] or 0) if found["dev"] else _LAST
    phase = (_PHASES[found["phase"].lower()], int(found["number"] or 0)) if found["phase"] else _FINAL
    if found["dev"] and not found["phase"] and not post:
        # 1.0.dev1 comes before 1.0a1.
        phase = (-1, 0)
    return (int(found["epoch"] or 0), tuple(release), phase, post, dev)
