"""A host table whose offers and packs are set by hand: material for the tests of the linker."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

from vcvm_core.asm import assemble
from vcvm_core.bytecode import Module, content_hash, encode
from vcvm_core.errors import error
from vcvm_core.link import LibraryFile, Offer, PackState, Provider
from vcvm_core.values import Formula, parse_signature
from vcvm_core.verify import VerifiedModule, verify

SPACE = UUID("5f7f0f38-6d55-4b0c-9f57-6a9b5b0a6c11")


def identity(name: str) -> UUID:
    """The UUID of an intrinsic in these tests."""
    return uuid5(SPACE, name)


def double(n: int) -> int:
    """Twice n."""
    return 2 * n


def offer(name: str = "double", signature: str | None = "(n: int) -> int", **rest: Any) -> Offer:
    """An offer of pack-a 1.0, pure, with what else is said."""
    facts: dict[str, Any] = {
        "uuid": identity(name).bytes,
        "name": name,
        "signature": parse_signature(signature) if signature is not None else None,
        "cost": Formula(1, ()),
        "size": None,
        "effects": (),
        "deterministic": True,
        "deprecated": None,
        "supersedes": None,
        "pack": "pack-a",
        "version": "1.0",
        "load": lambda: double,
        **rest,
    }
    return Offer(**facts)


@dataclass
class Table:
    """Offers in a row, packs by name, and the providers that are known of a UUID."""

    rows: Sequence[Offer] = ()
    packs: dict[str, PackState] = field(default_factory=dict)
    known: dict[bytes, Sequence[Provider]] = field(default_factory=dict)

    def offers(self, uuid: bytes) -> Sequence[Offer]:
        return [o for o in self.rows if o.uuid == uuid]

    def successors(self, uuid: bytes) -> Sequence[Offer]:
        return [o for o in self.rows if o.supersedes == uuid]

    def providers(self, uuid: bytes) -> Sequence[Provider]:
        return self.known.get(uuid, ())

    def pack(self, name: str) -> PackState | None:
        return self.packs.get(name)


def broken() -> Callable[[], Callable[..., Any]]:
    """A load that fails as that of a broken pack does."""

    def load() -> Callable[..., Any]:
        raise error("bad-hook", pack="pack-a", reason="no module named nowhere")

    return load


def importing(
    *names: str, pack: str = "pack-a", version: str = "1.0", signature: str = "(int) -> int"
) -> VerifiedModule:
    """A verified program that imports intrinsics of these names and calls none."""
    externs = [f'extern {n}{signature} = "{identity(n)}" from "{pack}" "{version}"' for n in names]
    return verify(assemble("\n".join([*externs, "push 1"])))


def library(text: str) -> tuple[LibraryFile, str]:
    """A library of this text, and its hash in hexadecimal."""
    module: Module = assemble(".library\n" + text)
    digest = content_hash(encode(module))
    return LibraryFile(verify(module), digest), digest.hex()
