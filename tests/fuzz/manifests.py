"""Target `manifests`: the manifest of a pack.

Oracle: bytes are a `Manifest`, or a ManifestError or PackError, in proportionate time and memory. A manifest has one form,
which decodes to itself; its targets lead into its packages; its formulas give numbers of at least 0 for its examples.
"""

from __future__ import annotations

import copy
from random import Random
from typing import Any, Final

import msgpack

from fuzz.oracle import attempt, bounded, hold
from vcvm_core import Limits, ManifestError, PackError
from vcvm_core.plugin import Manifest, decode_manifest, encode_manifest, manifest_to_data
from vcvm_core.plugin.vectors import digest

LIMITS: Final = Limits.strict


def check(data: bytes) -> None:
    """Hold `data` against the oracle. Raises Broken."""
    with bounded(data):
        manifest = attempt("decode", lambda: decode_manifest(data, LIMITS), ManifestError, PackError)
    if manifest is None:
        return
    form = attempt("encode", lambda: encode_manifest(manifest)) or b""
    again = attempt("decode what was encoded", lambda: decode_manifest(form))
    hold("a manifest has one form", again is not None and encode_manifest(again) == form, data)
    with bounded(data):
        attempt("use", lambda: _use(manifest))


def _use(manifest: Manifest) -> None:
    """What discovery and linking do with a manifest that was accepted."""
    manifest_to_data(manifest)
    for row in manifest.intrinsics:
        module = row.target.partition(":")[0]
        hold("a target is in a package", module.partition(".")[0] in manifest.packages, row.target, manifest.packages)
        cost, size = row.cost_formula(), row.size_formula()
        for vector in row.vectors:
            for formula in (cost, *([size] if size is not None else [])):
                number = formula(*vector.args)
                hold("a formula gives a number", type(number) is int and number >= 0, formula.text, vector.args, number)


VALUES: Final[tuple[Any, ...]] = (
    *(None, True, 0, 1, -1, 2**63 - 1, 2**64 - 1, -(2**63), 0.5, float("nan")),
    *("", "a", "vcvm-manifest", ".", "..", "src", "a:b", "same", "clock", "string_contains", "\u202e", "1.0"),
    *("(text: string) -> bool", "(a: list<T>, b: T) -> T?", "(a: {x: int, y: string?}) -> (int, map<any>)", "() -> ()"),
    *("len(text)", "1 + len(p) // 16", "count(a, b) * total(a)", "max(1, min(a, 2))", "a - b", "9" * 30),
    *(b"", bytes(16), b"\1" * 16, bytes(32), [], [1], ["a"], {}, {"$uuid": b"\2" * 16}, {"$$uuid": 1}),
    *({"$map": ["b", 1, "a", 2]}, {"$map": []}, "vcvm_stdlib/../shapes.vcvm", [["a", "() -> ()"]], False),
    *({"args": [], "result": None}, {"args": [1], "raises": "ValueError", "message": "no"}),
)
"""What a part of a manifest is replaced by."""


def mutate(data: bytes, longest: int, random: Random) -> bytes | None:
    """A manifest with parts of its tree changed, and digests of examples put right; None for what is no tree."""
    try:
        tree = msgpack.unpackb(data, strict_map_key=False)
    except Exception:  # noqa: BLE001 - msgpack has many ways to say no
        return None
    if type(tree) is not dict:
        return None
    for _ in range(random.choice((1, 1, 2, 4))):
        _change(tree, random)
    if random.random() < 0.8:
        for row in tree.get("intrinsics", ()) if type(tree.get("intrinsics")) is list else ():
            _digested(row)
    try:
        made: bytes = msgpack.packb(tree)
    except Exception:  # noqa: BLE001 - as above
        return None
    return made if len(made) <= longest else None


def _digested(row: Any) -> None:
    if type(row) is dict and type(row.get("vectors")) is list:
        try:
            row["vectors_digest"] = digest(row["vectors"])
        except Exception:  # noqa: BLE001 - examples of any shape
            row["vectors_digest"] = bytes(32)


def _change(tree: Any, random: Random) -> None:
    """One change somewhere in a tree of lists and maps."""
    while True:
        keys = list(tree) if type(tree) is dict else list(range(len(tree)))
        if not keys:
            return
        key = random.choice(keys)
        if type(tree[key]) not in (list, dict) or not tree[key] or random.random() < 0.15:
            break
        tree = tree[key]
    kind = random.choice(("replace", "replace", "edit", "edit", "remove", "copy", "rename"))
    value = tree[key]
    if kind == "remove":
        del tree[key]
    elif kind == "copy":
        tree[random.choice(keys)] = copy.deepcopy(value)
        if type(tree) is list:
            tree.append(copy.deepcopy(value))
    elif kind == "rename" and type(tree) is dict:
        tree[random.choice((*keys, "x", "$uuid", "results", "args"))] = tree.pop(key)
    elif kind == "edit" and type(value) is int:
        tree[key] = value + random.choice((-1, 1))
    elif kind == "edit" and type(value) in (str, bytes) and value:
        at = random.randrange(len(value))
        extra = random.choice(("a", ":", ".", "(", "?", "<", "\0", "1", " ", ", ", "_", "-", "*", "//"))
        middle = extra if type(value) is str else extra.encode()
        tree[key] = value[:at] + random.choice((middle, value[:0])) + value[at + random.choice((0, 1)) :]
    else:
        tree[key] = copy.deepcopy(random.choice(VALUES))
