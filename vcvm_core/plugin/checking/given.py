"""The manifest that a word names, whatever it lies in, with its examples in words.

Takes the word, as `subject` reads it; gives a `GivenManifest`. Refuses what `subject` refuses.
"""

from __future__ import annotations

from typing import NamedTuple

from vcvm_core.plugin.checking.exact import call, outcome
from vcvm_core.plugin.checking.subject import Form, opened, sound
from vcvm_core.plugin.manifest import Manifest


class GivenManifest(NamedTuple):
    """A manifest. form: what it was read from. live: the project from whose source it was made just now, as that is newer
    than what is installed; else None. examples: by UUID, each as the call and what it gives."""

    form: Form
    live: str | None
    manifest: Manifest
    examples: dict[bytes, tuple[tuple[str, str], ...]]


def given_manifest(given: str) -> GivenManifest:
    """The manifest of a file, a wheel, a project's folder or an installed pack. Raises VcvmError for what has none."""
    with opened(given) as subject:
        manifest = sound(subject)
        live = subject.project if subject.live is not None else None
        form = subject.form
    examples = {
        row.uuid: tuple((call(row.name, v.args), outcome(v.result, v.raises, v.message)) for v in row.vectors)
        for row in manifest.intrinsics
    }
    return GivenManifest(form, live, manifest, examples)
