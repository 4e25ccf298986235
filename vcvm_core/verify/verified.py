"""What the verifier gives: the proof that a module keeps the rules, and the facts that both tiers use.

A `VerifiedModule` is made by `verify` and by nothing else: its constructor takes a token that only the verifier has, and
it refuses to be changed, copied or pickled. The linker takes nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, NoReturn

from vcvm_core.bytecode import Module
from vcvm_core.errors import error
from vcvm_core.values import Type

TOKEN: Final = object()


class Block(NamedTuple):
    """A basic block: instructions `start` up to, not including, `end`.

    weight: fuel that its instructions cost, charged when the block is entered; what intrinsics declare comes on top.
    entry: the types on the stack on entry. successors: the first instructions of the blocks that may follow.
    """

    start: int
    end: int
    weight: int
    entry: tuple[Type, ...]
    successors: tuple[int, ...]


class Facts(NamedTuple):
    """What is known of one verified function: its blocks in order, the stack depth before each instruction, the type of
    what an instruction takes out of a container, where its blocks start, and what instructions weigh beyond 1."""

    blocks: tuple[Block, ...]
    depths: tuple[int, ...]
    taken: Mapping[int, tuple[Type, ...]]
    starts: frozenset[int]
    heavy: Mapping[int, int]


class VerifiedModule:
    """A module that keeps every rule. module: in the form that runs (format 0 has its closing halt). facts: one entry
    for each function. source: the module as it was given."""

    __slots__ = ("facts", "module", "source")

    module: Module
    facts: tuple[Facts, ...]
    source: Module

    def __init__(self, module: Module, facts: tuple[Facts, ...], source: Module, token: object = None) -> None:
        if token is not TOKEN:
            raise error("not-verified", found="a module made by hand")
        object.__setattr__(self, "module", module)
        object.__setattr__(self, "facts", facts)
        object.__setattr__(self, "source", source)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise error("not-verified", found="a verified module that was changed afterwards")

    def __reduce__(self) -> NoReturn:
        raise error("not-verified", found="a pickled module")

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        self.__reduce__()
