"""Assembly of format 0, in the founding document's own notation.

    .consts = ["test", "testing"]
    .intrinsics = [{"a4c39daa-f85e-4b2a-a37f-4914e8237a18": {"nargs": 2, "nrets": 1, "name": "string_contains"}}]

    LOADK 1
    LOADK 0
    CALLI 0

Takes parsed lines; gives a module of format 0. After `=` stands JSON. `.consts` holds strings and integers, `.uuids` the
UUIDs; the file's pools are strings, UUIDs, integers, in this order. The document's spelling `.instrinsics` is accepted.
"""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from lark import Token, Tree

from vcvm_core.asm.operands import NOBODY, closest
from vcvm_core.asm.parse import Bad, Line, number, span
from vcvm_core.bytecode import Extern, Instruction, Module, instruction, module0
from vcvm_core.errors import Diagnostic
from vcvm_core.isa import BY_CODE, BY_NAME, FOUNDING, SHAPES
from vcvm_core.limits import Limits
from vcvm_core.values import untyped

_TABLES = (".consts", ".uuids", ".intrinsics", ".instrinsics")


def is_format0(lines: list[Line]) -> bool:
    """Whether the text is of format 0: it says so, or it has one of the document's tables."""
    for line in lines:
        tree = line.statement
        if tree is not None and tree.data == "table":
            return True
        if tree is not None and tree.data == "directive" and str(tree.children[0]) == ".format":
            return str(tree.children[1]) == "0"
    return False


class _Pools:
    def __init__(self) -> None:
        self.strings: list[str] = []
        self.uuids: list[UUID] = []
        self.integers: list[int] = []
        self.externs: list[Extern] = []
        self.code: list[Instruction] = []

    def line(self, line: Line) -> None:
        tree = line.statement
        if tree is None or line.label:
            raise Bad("bad-directive", tree, name=line.label, reason="format 0 has no labels")
        if tree.data == "table":
            self.table(tree)
        elif tree.data == "instruction":
            self.instruction(tree)
        elif tree.data != "directive" or str(tree.children[0]) != ".format":
            what = str(tree.children[0]) if tree.data == "directive" else str(tree.data).rstrip("_")
            raise Bad("bad-directive", tree, name=what, reason="it does not exist in format 0")

    def table(self, tree: Tree[Token]) -> None:
        name, text = str(tree.children[0]), str(tree.children[1])
        if name not in _TABLES:
            raise Bad("bad-directive", tree.children[0], name=name, reason=closest(name, _TABLES) or "there is none")
        try:
            entries = json.loads(text)
        except (ValueError, RecursionError) as e:
            raise Bad("bad-literal", tree.children[1], found=text, reason=f"this is not JSON: {e}") from None
        if not isinstance(entries, list):
            raise Bad("bad-literal", tree.children[1], found=text, reason="a list is expected")
        add = {".consts": self.constant, ".uuids": self.uuid}.get(name, self.extern)
        for entry in entries:
            add(entry, tree.children[1])

    def constant(self, entry: Any, node: Any) -> None:
        if type(entry) is str and entry.encode("utf-8", "replace").decode("utf-8") == entry:
            self.strings.append(entry)
        elif type(entry) is int and 0 <= entry < 1 << 32:
            self.integers.append(entry)
        else:
            raise Bad("bad-literal", node, found=repr(entry), reason="constants are strings, or integers below 2**32")

    def uuid(self, entry: Any, node: Any) -> UUID:
        try:
            found = UUID(entry)
        except (ValueError, AttributeError, TypeError):
            raise Bad("bad-literal", node, found=repr(entry), reason="it is no UUID") from None
        self.uuids.append(found)
        return found

    def extern(self, entry: Any, node: Any) -> None:
        if not isinstance(entry, dict) or len(entry) != 1 or not isinstance(next(iter(entry.values())), dict):
            raise Bad("bad-literal", node, found=repr(entry), reason='{"UUID": {"nargs": N, "nrets": N}} is expected')
        ((text, facts),) = entry.items()
        found = self.uuid(text, node)
        self.uuids.pop()
        if found.bytes in NOBODY:
            raise Bad("bad-literal", node, found=text, reason="this UUID identifies nothing")
        nargs, nrets, name = facts.get("nargs"), facts.get("nrets"), facts.get("name", "")
        if type(nargs) is not int or type(nrets) is not int or not 0 <= nargs <= 255 or not 0 <= nrets <= 255:
            raise Bad("bad-literal", node, found=repr(facts), reason="nargs and nrets are numbers from 0 to 255")
        if type(name) is not str or len(name) > 255 or not name.isprintable():
            raise Bad("bad-literal", node, found=repr(name), reason="a name is up to 255 printable characters")
        if set(facts) - {"nargs", "nrets", "name"}:
            raise Bad("bad-literal", node, found=repr(facts), reason="it has nargs, nrets and name, and nothing else")
        if any(x.uuid == found.bytes for x in self.externs):
            raise Bad("duplicate-definition", node, what="intrinsic", name=text)
        self.externs.append(Extern(found.bytes, untyped(nargs, nrets), name, typed=False))

    def instruction(self, tree: Tree[Token]) -> None:
        name = str(tree.children[0]).lower()
        words = [c for c in tree.children[1:] if c is not None]
        row = BY_NAME.get(name)
        if row is None or row.code not in FOUNDING:
            hint = closest(name, (BY_CODE[c].name for c in FOUNDING))
            raise Bad("unknown-mnemonic", tree.children[0], name=name, hint=hint or "format 0 has six instructions")
        if len(words) != len(row.operands):
            raise Bad("wrong-operand-count", tree, opcode=name, expected=len(row.operands), found=len(words))
        if any(not isinstance(w, Token) or w.type != "INT" for w in words):
            raise Bad("bad-operand", words[0], opcode=name, expected="a number")
        operands = [number(w) for w in words if isinstance(w, Token)]
        for value, (_, mask) in zip(operands, SHAPES[len(operands)], strict=True):
            if not 0 <= value <= mask:
                raise Bad("operand-range", words[0], opcode=name, operand="A", found=value, highest=mask)
        self.code.append(instruction(name, *operands))


def assemble0(lines: list[Line], problems: list[Diagnostic], limits: Limits) -> Module | None:
    """The module of format 0 that the lines describe; what is wrong is added to `problems`, as much as is reported."""
    pools = _Pools()
    for line in lines:
        try:
            pools.line(line)
        except Bad as e:
            problems.append(Diagnostic(e.kind, span(line, e.node), e.facts))
            if len(problems) >= limits.reported:
                break
    if problems:
        return None
    return module0((*pools.strings, *pools.uuids, *pools.integers), tuple(pools.externs), tuple(pools.code))
