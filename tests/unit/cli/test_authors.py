"""``vcvm plugins new``, ``mint`` and ``inject``: what they print, and their exit codes."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from vcvm_core.plugin import decode_manifest, extract_manifest

Command = Callable[..., Any]

SOURCE = '''from vcvm_core.plugin import hookimpl, intrinsic

raise SystemExit("imported!")

@intrinsic("11111111-2222-4333-8444-00000000000a", cost={cost})
def twice(n: int) -> int:
    """Twice n.

    >>> twice(2)
    4
    """
    return n * 2
'''


def wheel(name: str, cost: str = "3", packs: bool = True) -> str:
    """Writes a wheel into the current folder; gives its name."""
    file, info = f"{name}-1.0-py3-none-any.whl", f"{name}-1.0.dist-info"
    content = {
        f"{name}/__init__.py": SOURCE.format(cost=cost),
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\n",
        f"{info}/entry_points.txt": f"[{'vcvm.packs' if packs else 'other'}]\n{name} = {name}\n",
    }
    with zipfile.ZipFile(file, "w") as archive:
        rows = []
        for place, text in content.items():
            archive.writestr(place, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            rows.append(f"{place},sha256={digest},{len(text)}\n")
        archive.writestr(f"{info}/RECORD", "".join([*rows, f"{info}/RECORD,,\n"]))
    return file


def test_new(vcvm: Command, folder: Path) -> None:
    """What was made, and what to do next."""
    done = vcvm("plugins", "new", "acme-cards")
    lines = done.out.splitlines()
    assert (done.code, done.err) == (0, "")
    assert lines[0] == "acme-cards: a pack of 2 intrinsics, built by hatchling, in acme-cards"
    assert "  src/acme_cards/cards.py" in lines
    assert lines[lines.index("next:") + 1] == "  cd acme-cards"
    assert (folder / "acme-cards" / "pyproject.toml").is_file()


def test_new_elsewhere(vcvm: Command, folder: Path) -> None:
    """In a folder of another name, with another backend, as data."""
    done = vcvm("plugins", "new", "acme-cards", "--backend", "setuptools", "--output", "other", "--json")
    data = done.data
    assert (done.code, data["schema"], data["pack"], data["package"]) == (0, 1, "acme-cards", "acme_cards")
    assert (data["folder"], data["backend"]) == ("other", "setuptools")
    assert all((folder / "other" / file).is_file() for file in data["files"])
    assert [UUID(uuid).version for uuid in data["uuids"]] == [4, 4]
    manifest = extract_manifest("other", ["acme_cards"], pack="acme-cards", version="0.1.0")
    assert {str(UUID(bytes=row.uuid)) for row in manifest.intrinsics} == set(data["uuids"])


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["Acme Cards"], 2, "VC081"),
        (["json"], 2, "vcvm-json"),
        (["acme", "--backend", "poetry"], 2, "VC006"),
        ([], 2, "VC006"),
        (["acme", "--output", "there"], 3, "VC082"),
        (["acme", "--output", "absent/acme"], 3, "VC007"),
    ],
)
def test_new_refuses(vcvm: Command, folder: Path, words: list[str], code: int, says: str) -> None:
    (folder / "there").mkdir()
    before = sorted(os.listdir(folder))
    done = vcvm("plugins", "new", *words)
    assert (done.code, done.out) == (code, "")
    assert says in done.err
    assert sorted(os.listdir(folder)) == before
    assert vcvm("plugins", "new", *words, "--json").data["errors"]


def test_mint(vcvm: Command) -> None:
    """One, or as many as are asked for, one a line and nothing else."""
    for words, count in (([], 1), (["5"], 5)):
        done = vcvm("plugins", "mint", *words)
        assert (done.code, done.err) == (0, "")
        assert [UUID(line).version for line in done.out.splitlines()] == [4] * count
    assert len(set(vcvm("plugins", "mint", "3", "--json").data["uuids"])) == 3


@pytest.mark.parametrize(
    ("words", "says"), [(["0"], "VC080"), (["1001"], "1 to 1000"), (["-1"], "VC080"), (["x"], "VC006")]
)
def test_mint_refuses(vcvm: Command, words: list[str], says: str) -> None:
    done = vcvm("plugins", "mint", *words)
    assert (done.code, done.out) == (2, "")
    assert says in done.err


def test_inject(vcvm: Command, folder: Path) -> None:
    """Several wheels, one twice; the second time they have one."""
    one, two = wheel("acme_one"), wheel("acme_two")
    done = vcvm("plugins", "inject", one, two, one, "--api", "1-2")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0].startswith(f"{one}: manifest of acme-one 1.0, 1 intrinsic, ")
    assert [line.rpartition(", ")[2] for line in lines] == ["added", "added"]
    with zipfile.ZipFile(one) as archive:
        made = decode_manifest(archive.read("acme_one-1.0.dist-info/vcvm.msgpack"))
    assert (made.pack, made.api) == ("acme-one", (1, 2))
    done = vcvm("plugins", "inject", one)
    assert (done.code, done.out) == (3, "")
    assert "error[VC086]" in done.err
    (data,) = vcvm("plugins", "inject", one, "--force", "--json").data["wheels"]
    assert (data["wheel"], data["pack"], data["api"], data["replaced"]) == (one, "acme-one", [1, 2], True)


def test_inject_goes_on(vcvm: Command, folder: Path) -> None:
    """What can have a manifest gets one; what cannot is one error, with everything that is wrong."""
    bad, good, other = wheel("acme_bad", cost="COST"), wheel("acme_good"), wheel("acme_other", packs=False)
    done = vcvm("plugins", "inject", bad, good, other, "absent.whl")
    assert done.code == 3
    assert [line.partition(":")[0] for line in done.out.splitlines()] == [good]
    assert f"{bad}/acme_bad/__init__.py:5" in done.err
    assert [code in done.err for code in ("VC038", "VC085", "VC001")] == [True] * 3
    done = vcvm("plugins", "inject", bad, good, "--force", "--json")
    assert (done.code, [e["code"] for e in done.data["errors"]]) == (3, ["VC038"])
    assert [note.partition(":")[0] for note in done.data["notes"]] == [good]


@pytest.mark.parametrize("api", ["0", "2-1", "1-", "x", "1.0", ""])
def test_inject_refuses_apis(vcvm: Command, folder: Path, api: str) -> None:
    file = wheel("acme_one")
    before = Path(file).read_bytes()
    done = vcvm("plugins", "inject", file, "--api", api)
    assert (done.code, Path(file).read_bytes()) == (2, before)
    assert "VC089" in done.err


def test_nobody_else_pays() -> None:
    """Neither the machine nor a list of packs imports what authors need."""
    code = (
        "import sys, vcvm_core\nfrom vcvm_core.cli import main\nmain(['plugins', 'list', '--json'])\n"
        "import json\nprint(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    seen = set(json.loads(done.stdout.splitlines()[-1]))
    mine = ("building", "inject", "minting", "new", "setuptools_writer", "wheels")
    assert not seen & {"vcvm_core.cli.authors", "zipfile", *(f"vcvm_core.plugin.{name}" for name in mine)}
