"""Seeds: the inputs that fuzzing begins with, made from what the tree has already.

Takes nothing; gives bytes for each target, and with `python -m fuzz.seed FOLDER` a folder of files for each. Programs come
from tests/programs, tests/matrix, the corpus and the generator of tests/properties; texts from tests/programs,
tests/reject, examples and disassembly; manifests from the standard pack, row by row. Nothing of it is committed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from hypothesis import HealthCheck, Phase, given, settings

from corpus.good import GOOD
from fuzz.shrink import promise
from fuzz.targets import TARGETS, Target, finds
from properties.programs import modules
from vcvm_core import FormatError
from vcvm_core.asm import assemble, disassemble
from vcvm_core.bytecode import Module, decode, encode
from vcvm_core.plugin import encode_manifest, installed
from vcvm_core.plugin.discovery import discover
from vcvm_core.plugin.libraries import LibraryRow
from vcvm_core.values import parse_signature

TESTS: Final = Path(__file__).parents[1]
STANDARD: Final = "vcvm"
"""The distribution whose manifest is a seed."""
GENERATED: Final = 40
"""Programs from the generator."""


def _generated() -> list[bytes]:
    """Programs that are valid by construction, the same ones every time."""
    found: list[bytes] = []

    @settings(
        database=None, derandomize=True, max_examples=GENERATED, phases=[Phase.generate], deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(modules())
    def collect(made: Module) -> None:
        found.append(encode(made))

    collect()
    return found


def _sources() -> list[Path]:
    return sorted((TESTS / "programs").rglob("*.vasm"))


def programs() -> Iterator[bytes]:
    """Programs in bytes, good and bad."""
    yield from GOOD.values()
    for path in sorted(TESTS.glob("corpus/*/*.vcvm")) + sorted(TESTS.glob("matrix/*.vcvm")):
        yield path.read_bytes()
    catalog = installed().catalog()
    for path in _sources():
        yield encode(assemble(path.read_text(encoding="utf-8"), catalog, path.name))
    yield from _generated()


def texts() -> Iterator[bytes]:
    """Assembly texts, good and bad."""
    for path in [*_sources(), *sorted((TESTS / "reject").rglob("*.vasm")), *sorted(TESTS.glob("../examples/*.vasm"))]:
        yield path.read_bytes()
    for data in programs():
        try:
            yield disassemble(decode(data)).encode()
        except FormatError:
            continue


def manifests() -> Iterator[bytes]:
    """The standard pack's manifest, and one of each row of it."""
    for pack in discover():
        whole = pack.manifest
        if pack.name == STANDARD and whole is not None:
            yield from (encode_manifest(replace(whole, intrinsics=(row,))) for row in whole.intrinsics)
            yield encode_manifest(whole)
            symbols = (("area", parse_signature("(int, int) -> int")), ("name", parse_signature("() -> string")))
            library = LibraryRow("shapes", f"{whole.packages[0]}/shapes.vcvm", b"\1" * 32, symbols)
            yield encode_manifest(replace(whole, intrinsics=(), libraries=(library,), observer=True))


def records() -> Iterator[bytes]:
    """JSON, NDJSON, arrays and CSV, behind the byte that says which."""
    values: tuple[Any, ...] = (
        None,
        True,
        -1,
        2**63 - 1,
        1.5,
        "text \u2713 \U0001f600",
        [1, [2, []]],
        {"a": {"b": [{}]}},
        {"$bytes": "YQ=="},
    )
    rows = [json.dumps(v) for v in values]
    yield from (b"\0" + row.encode() for row in rows)
    yield b"\0" + json.dumps([str(v) for v in values]).encode()
    yield b'\0"00000000-0000-0000-0000-000000000001"'
    yield b'\0{"a": {"$bytes": "YQ=="}, "b": {"c": "00000000-0000-0000-0000-000000000001"}}'
    yield b"\1" + "\n".join(rows).encode()
    yield b"\1" + b"\r\n".join([b"1", b"", b"x", b'"' + b"a" * 300 + b'"', b"{}"])
    yield b"\2[" + ",\n ".join(rows).encode() + b"]\n"
    yield b'\2[1, {"a": "],[\\"\\\\"}, , "' + b"b" * 300 + b'", [}], 3] x'
    yield b'\3a,b,c\n1,"x, ""y""",\n"two\nlines",2,3\n1,2\n"open'
    yield b"\3\xef\xbb\xbfname,age\r\nAda,36\r\n\r\n"


MAKERS: Final[dict[str, Callable[[], Iterator[bytes]]]] = {
    made.__name__: made for made in (programs, texts, manifests, records)
}


@cache
def _made(name: str) -> tuple[bytes, ...]:
    return tuple(dict.fromkeys(MAKERS[name]()))


def seeds(target: Target) -> tuple[bytes, ...]:
    """The seeds of a target that are not longer than its inputs may be."""
    return tuple(data for data in _made(target.seeds) if len(data) <= target.longest)


def repaired(target: Target) -> tuple[bytes, ...]:
    """What was found, but for what still breaks a promise: with that among its seeds, the fuzzer would not begin."""
    found = (path.read_bytes() for path in finds(target))
    return tuple(data for data in found if promise(target.check, data) is None)


def write(folder: Path, target: Target) -> int:
    """Write what the fuzzing of a target begins with to a folder, named by content; gives the number of files."""
    folder.mkdir(parents=True, exist_ok=True)
    found = dict.fromkeys((*seeds(target), *repaired(target)))
    for data in found:
        folder.joinpath(sha256(data).hexdigest()[:16]).write_bytes(data)
    return len(found)


def main(words: list[str]) -> int:
    """Run the command; gives its exit code."""
    if len(words) != 1:
        print("python -m fuzz.seed FOLDER", file=sys.stderr)
        return 2
    for target in TARGETS.values():
        print(f"{target.name}: {write(Path(words[0]) / target.name, target)} seeds")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
