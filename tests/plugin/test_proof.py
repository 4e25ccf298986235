"""What examples prove about successors: as data, and run on the successor's code."""

from __future__ import annotations

from pathlib import Path

import pytest

from dists.builder import FIRST, HEAD, SECOND, THIRD, Site, hook
from dists.projects import project
from vcvm_core import VcvmError
from vcvm_core.plugin import Row, extract_manifest
from vcvm_core.plugin.proof import Proof, prove_successor, replay_examples


def function(name: str, uuid: str, body: str, examples: str, more: str = "") -> str:
    """One intrinsic, ``int -> int``, with these examples: ``3 -> 6, 4 -> 8``."""
    lines = [line.split(" -> ") for line in examples.split(", ") if line]
    doc = "".join(f"    >>> {name}({a})\n    {b}\n" for a, b in lines)
    head = f'@intrinsic("{uuid}"{more})\ndef {name}(n: int) -> int:\n'
    return f'{head}    """It.\n\n{doc}    """\n    {body}\n\n\n'


def rows(folder: Path, older: str, newer: str, body: str = "return n * 2") -> tuple[Row, Row]:
    """Two intrinsics with these examples, of one project."""
    succession = f', supersedes="{FIRST}", relation="same"'
    source = HEAD + function("old", FIRST, body, older) + function("new", SECOND, body, newer, succession)
    project(folder, source + hook("old", "new"))
    made = extract_manifest(str(folder), ["acme"], pack="acme", version="1.0", source_root=".")
    old, new = made.intrinsics
    return old, new


@pytest.mark.parametrize(
    ("older", "newer", "says", "differing"),
    [
        ("3 -> 6, 4 -> 8", "4 -> 8, 3 -> 6, 9 -> 18", "proved by 2 of 2 examples", ()),
        ("3 -> 6, 4 -> 8", "3 -> 6", "proved by 1 of 2 examples", ()),
        ("3 -> 6, 4 -> 8", "5 -> 10", "proved by 0 of 2 examples", ()),
        ("3 -> 6, 4 -> 8", "3 -> 7, 4 -> 8", "proved by 1 of 2 examples; 1 differs", ("new(3) gives 7; old gave 6",)),
        ("3 -> 6", "3 -> 7", "proved by 0 of 1 examples; 1 differs", ("new(3) gives 7; old gave 6",)),
        ("", "3 -> 6", "nothing proved: the older one has no examples", ()),
    ],
)
def test_as_data(tmp_path: Path, older: str, newer: str, says: str, differing: tuple[str, ...]) -> None:
    """The same arguments with the same outcome prove, with another they contradict, and other arguments say nothing."""
    found = prove_successor(*rows(tmp_path / "p", older, newer))
    assert str(found) == says
    assert found.differing == differing


def test_one_and_true_differ(tmp_path: Path) -> None:
    """Examples are compared to the last bit."""
    pairs = (("old", FIRST, "1"), ("new", SECOND, "True"))
    source = HEAD + "".join(
        f'@intrinsic("{uuid}")\ndef {name}(n: Any) -> Any:\n    """It.\n\n    >>> {name}({value})\n    {value}\n    """\n'
        "    return n\n\n\n"
        for name, uuid, value in pairs
    )
    project(tmp_path / "p", "from typing import Any\n" + source + hook("old", "new"))
    made = extract_manifest(str(tmp_path / "p"), ["acme"], pack="acme", version="1.0", source_root=".")
    assert prove_successor(*made.intrinsics) == Proof(1, 0, ())


def installed_pair(site: Site, body: str) -> tuple[Row, Row]:
    """An older intrinsic, and an installed pack with its successor."""
    source = HEAD + function("new", SECOND, body, "3 -> 6", f', supersedes="{FIRST}", relation="same"') + hook("new")
    site.add("acme", source)
    made = extract_manifest(str(site.folder), ["acme"], pack="acme", version="1.0", source_root=".")
    (new,) = made.intrinsics
    old, _ = rows(site.folder.parent / "older", "3 -> 6, 4 -> 8", "3 -> 6")
    return old, new


def test_on_the_code(site: Site) -> None:
    """Running the code leaves no example open; it happens in another process."""
    old, new = installed_pair(site, "return n + n")
    assert prove_successor(old, new).proved == 1
    found = replay_examples("acme", [(old, new)], 60.0)[old.uuid]
    assert (found.examples, found.proved, found.differing, found.ran) == (2, 2, (), True)
    assert str(found) == "proved by 2 of 2 examples, run on its code"


def test_code_that_differs(site: Site) -> None:
    """An outcome that is another is listed."""
    old, new = installed_pair(site, "return 6")
    found = replay_examples("acme", [(old, new)], 60.0)[old.uuid]
    assert (found.proved, len(found.differing), found.ran) == (1, 1, True)
    assert "new(4) gives 6" in found.differing[0]


def test_several_that_lead_to_one(site: Site, tmp_path: Path) -> None:
    """Two older intrinsics with one successor are run one after the other."""
    old, new = installed_pair(site, "return n + n")
    source = HEAD + function("older", THIRD, "return n", "5 -> 5") + hook("older")
    project(tmp_path / "third", source)
    made = extract_manifest(str(tmp_path / "third"), ["acme"], pack="acme", version="1.0", source_root=".")
    (other,) = made.intrinsics
    found = replay_examples("acme", [(old, new), (other, new)], 60.0)
    assert (found[old.uuid].proved, found[other.uuid].proved) == (2, 0)


def test_code_that_cannot_be_run(site: Site) -> None:
    """A pack that ends the process proves nothing, and nothing hangs."""
    old, new = installed_pair(site, "raise SystemExit(3)")
    found = replay_examples("acme", [(old, new)], 60.0)[old.uuid]
    assert found.proved in (0, 1)
    assert found.differing or found.problem


def test_no_such_pack() -> None:
    """A pack that is not installed cannot be run."""
    with pytest.raises(VcvmError, match="VC090"):
        replay_examples("vcvm-nowhere", [], 1.0)
