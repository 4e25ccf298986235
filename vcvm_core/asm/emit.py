"""The second pass: code.

Takes parsed lines in order; appends instructions to the functions that the first pass declared, and patches jumps when a
function ends. What stands for several instructions is written out here, in instructions of the table.
"""

from __future__ import annotations

from collections.abc import Sized
from typing import Any

from lark import Token, Tree

from vcvm_core.asm.declare import Declarations
from vcvm_core.asm.operands import WORDS, bare, closest, literal, name_of, type_of
from vcvm_core.asm.parse import Bad, Line, local_name, number
from vcvm_core.bytecode import FunctionDraft, Instruction, constant_type, instruction
from vcvm_core.isa import BY_CODE, BY_NAME, SHAPES
from vcvm_core.values import BOOL, Type

FLAG = "(flag)"
"""The hidden local of `cmp`; no text can declare this name by accident."""
EXITS = {"success": True, "fail": False}
_WANTED = {
    "text": 'a "string" in quotes, or the index of one',
    "constant": "a literal, or the index of a constant",
    "local": "a local such as $x",
    "type": "a type",
}
"""What an operand of a kind looks like."""
_COMPARE = {"int": "i", "float": "f", "string": "s"}


class Emitter:
    """Writes the code of a file, function by function."""

    def __init__(self, declared: Declarations) -> None:
        self.declared, self.builder = declared, declared.builder
        self.function: FunctionDraft | None = None
        self.top: _Scope | None = None
        self.scope: _Scope | None = None
        self.number = 0
        """The source line that `.line` set in this function; 0 if the text is its own source."""
        self.indexed: list[tuple[Line, Any, str, int, Sized]] = []
        """Operands given as numbers, and the tables they must lie in, which may still grow."""

    def line(self, line: Line) -> None:
        """Take one line. Raises Bad."""
        if line.label:
            self.here().label(line)
        tree = line.statement
        if tree is None:
            return
        kind = str(tree.data)
        if kind == "func":
            if self.scope is not None:
                self.scope.patch(line)
            # A function that was refused is written too, into a draft that is thrown away: its body may have errors.
            self.scope = _Scope(self, self.declared.drafts.get(line.number) or FunctionDraft(""))
            self.number = 0
        elif kind == "end":
            if self.scope is not None:
                self.scope.patch(line)
            self.scope = None
        elif kind == "directive" and str(tree.children[0]) == ".line":
            token = tree.children[1]
            self.number = number(token) if isinstance(token, Token) and token.type == "INT" else 0
        elif kind in ("local", "set_", "if_", "call", "instruction"):
            scope = self.here()
            scope.at = self.number or (0 if self.declared.exact else line.number)
            getattr(scope, kind)(line, tree)

    def here(self) -> _Scope:
        """The function that is being written: the innermost open one, or main."""
        if self.scope is not None:
            return self.scope
        if self.top is None:
            self.declared.top_level()
            self.top = _Scope(self, self.declared.implicit or FunctionDraft(""))
        return self.top

    def close(self, last: Line) -> None:
        """End the file; what is wrong is added to the problems."""
        problem = self.declared.problem
        if self.declared.inside:
            problem(last, Bad("missing-end"))
        if self.top is not None:
            self.top.exits()
            self.top.patch(last)
        for line, node, what, index, table in self.indexed:
            if index >= len(table):
                hint = f"there are {len(table)}, counted from 0"
                problem(line, Bad("unknown-name", node, what=what, name=index, hint=hint))
        for line, node, name, _ in self.declared.exports:
            if name not in self.declared.functions:
                hint = closest(name, self.declared.functions)
                problem(line, Bad("unknown-name", node, what="function", name=name, hint=hint))


class _Scope:
    """The code of one function under construction."""

    def __init__(self, emitter: Emitter, draft: FunctionDraft) -> None:
        self.emitter, self.declared, self.builder, self.draft = emitter, emitter.declared, emitter.builder, draft
        self.labels: dict[str, int] = {}
        self.jumps: list[tuple[int, str, Line, Any]] = []
        self.at = 0
        self.slots: list[Type] = list(draft.params)

    # Names

    def label(self, line: Line) -> None:
        if line.label in self.labels:
            raise Bad("duplicate-definition", what="label", name=line.label)
        self.labels[line.label] = len(self.draft.code)

    def slot(self, token: Token) -> int:
        """The index of the local that a token names. Raises Bad."""
        name, index = local_name(token)
        if index is None and name in self.draft.names:
            return self.draft.names.index(name)
        if index is not None and index < len(self.slots):
            return index
        known = [f"${n}" for n in self.draft.names if n]
        raise Bad("unknown-name", token, what="local", name=str(token), hint=closest(str(token), known))

    def indexed(self, line: Line, node: Token, kind: str) -> int:
        """An operand given as a number: held against its table when the file ends."""
        index = number(node)
        tables: dict[str, Sized] = {
            "constant": self.builder.constants, "text": self.builder.constants, "local": self.slots,
            "function": self.builder.functions, "extern": self.builder.externs, "import": self.builder.imports,
        }  # fmt: skip
        if kind in tables:
            self.emitter.indexed.append((line, node, "constant" if kind == "text" else kind, index, tables[kind]))
        return index

    def add_local(self, name: str, t: Type) -> int:
        self.draft.names.append(name)
        self.draft.locals.append(t)
        self.slots.append(t)
        return len(self.slots) - 1

    def patch(self, line: Line) -> None:
        """Put the targets into the jumps, now that all labels are known."""
        for at, label, where, node in self.jumps:
            target = self.labels.get(label)
            if target is None:
                hint = closest(label, self.labels)
                self.declared.problem(where, Bad("unknown-name", node, what="label", name=label, hint=hint))
            else:
                self.draft.code[at] = instruction(BY_CODE[self.draft.code[at].opcode].name, target)

    def exits(self) -> None:
        """End top-level code: with a halt where it runs on, and with the labels that it did not define itself."""
        code = self.draft.code
        wanted = {label for _, label, _, _ in self.jumps if label in EXITS and label not in self.labels}
        closed = bool(code) and BY_CODE[code[-1].opcode].flow in ("jump", "return", "trap")
        ends = any(target == len(code) for target in self.labels.values())
        if (not closed or ends) and not self.declared.exact:
            self.emit("halt")
        for label in sorted(wanted):
            self.labels[label] = len(code)
            self.push(EXITS[label])
            self.emit("halt")

    # Writing instructions

    def emit(self, name: str, *operands: int, node: Any = None) -> None:
        row = BY_NAME[name]
        for kind, value, (_, mask) in zip(row.operands, operands, SHAPES[len(row.operands)], strict=True):
            if not 0 <= value <= mask:
                raise Bad("operand-range", node, opcode=name, operand=kind, found=value, highest=mask)
        self.draft.code.append(Instruction(row.code, *operands))
        self.draft.lines.append(self.at)

    def push(self, value: Any, node: Any = None) -> Type:
        """Push a value in the shortest way; gives its type."""
        if type(value) is int and 0 <= value < 1 << 24:
            self.emit("push", value, node=node)
        else:
            self.emit("loadk", self.builder.constant(value), node=node)
        return constant_type(value)

    def value(self, tree: Tree[Token]) -> Type:
        """Push what a value rule spells, a local or a literal; gives its type."""
        token = tree.children[0]
        if not isinstance(token, Token):
            raise Bad("bad-literal", tree, found="", reason="a local or a literal is expected")
        if token.type == "LOCAL":
            slot = self.slot(token)
            self.emit("get", slot, node=token)
            return self.slots[slot]
        return self.push(literal(token), token)

    def jump(self, name: str, line: Line, node: Any) -> None:
        """A jump to a label, an absolute address, or one relative to the jump itself, with a sign."""
        token = node
        while isinstance(token, Tree):
            token = next((c for c in token.children if c is not None), None)
        if isinstance(token, Token) and token.type == "INT":
            target = number(token) + (len(self.draft.code) if str(token)[0] in "+-" else 0)
            self.emit(name, target, node=token)
            return
        if not isinstance(token, Token) or token.type not in ("LABEL", "NAME"):
            raise Bad("bad-operand", node, opcode=name, expected="a label or an address")
        self.jumps.append((len(self.draft.code), str(token).lstrip("."), line, token))
        self.emit(name, 0)

    # Statements

    def local(self, line: Line, tree: Tree[Token]) -> None:
        token, type_tree, value = tree.children
        t = type_of(line, type_tree)  # type: ignore[arg-type]
        name, index = local_name(token)  # type: ignore[arg-type]
        if index is not None and index != len(self.slots):
            raise Bad(
                "bad-literal", token, found=str(token), reason=f"the next local without a name is ${len(self.slots)}"
            )
        if name and name in self.draft.names:
            raise Bad("duplicate-definition", token, what="local", name=str(token))
        slot = self.add_local(name, t)
        if isinstance(value, Tree):
            self.assign(slot, value)

    def assign(self, slot: int, value: Tree[Token]) -> None:
        """Give a local a value; an integer literal for a float local is that float."""
        token = value.children[0]
        if self.slots[slot].kind == "float" and isinstance(token, Token) and token.type == "INT":
            self.push(float(literal(token)), token)
        else:
            self.value(value)
        self.emit("set", slot)

    def set_(self, line: Line, tree: Tree[Token]) -> None:
        token, value = tree.children
        slot = self.slot(token)  # type: ignore[arg-type]
        if isinstance(value, Tree):
            self.assign(slot, value)
        else:
            self.emit("set", slot, node=token)

    def if_(self, line: Line, tree: Tree[Token]) -> None:
        left, operator, right, target = tree.children
        a, b = self.value(left), self.value(right)  # type: ignore[arg-type]
        name = str(operator)
        if name not in ("eq", "ne", "lt", "le", "gt", "ge"):
            raise Bad("bad-operand", operator, opcode="if", expected="eq, ne, lt, le, gt or ge")
        letter = _COMPARE.get(a.kind) if a is b else None
        if letter is None and name not in ("eq", "ne"):
            raise Bad(
                "bad-operand",
                operator,
                opcode="if",
                expected=f"two ints, floats or strings for {name}, not {a} and {b}",
            )
        self.emit(name + (letter or ""))
        self.jump("jt", line, target)

    def call(self, line: Line, tree: Tree[Token]) -> None:
        callee, *arguments = tree.children
        node = callee.children[0]  # type: ignore[union-attr]
        for argument in arguments:
            if isinstance(argument, Tree):
                self.value(argument)
        if isinstance(node, Token) and node.type == "INT":
            self.emit("call", self.indexed(line, node, "function"), node=node)
            return
        name = name_of(callee)
        self.declared.meet(name)
        for opcode, table in (
            ("call", self.declared.functions),
            ("calll", self.declared.imports),
            ("calli", self.declared.externs),
        ):
            if name in table:
                self.emit(opcode, table[name], node=node)
                return
        if name not in self.declared.missing:
            known = [*self.declared.functions, *self.declared.imports, *self.declared.externs]
            raise Bad("unknown-name", node, what="function", name=name, hint=closest(name, known))

    def instruction(self, line: Line, tree: Tree[Token]) -> None:
        name = str(tree.children[0]).lower()
        words = [c for c in tree.children[1:] if c is not None]
        special = getattr(self, "op_" + name, None)
        if special is not None:
            special(line, tree, words)
            return
        row = BY_NAME.get(name)
        if row is None:
            known = [*BY_NAME, *(n[3:] for n in dir(self) if n.startswith("op_"))]
            raise Bad("unknown-mnemonic", tree.children[0], name=name, hint=closest(name, known))
        if row.flow in ("jump", "branch", "iterate"):
            self.count(tree, words, 1)
            self.jump(name, line, words[0])
            return
        self.count(tree, words, len(row.operands))
        operands = [self.operand(line, name, kind, word) for kind, word in zip(row.operands, words, strict=True)]
        self.emit(name, *operands, node=tree)

    def count(self, tree: Tree[Token], words: list[Any], expected: int) -> None:
        if len(words) != expected:
            raise Bad("wrong-operand-count", tree, opcode=str(tree.children[0]), expected=expected, found=len(words))

    def operand(self, line: Line, name: str, kind: str, word: Any) -> int:
        """The number that an operand of this kind spells."""
        token = word if isinstance(word, Token) else None
        plain = bare(word)
        if token is not None and token.type == "INT" and kind != "type":
            return self.indexed(line, token, kind)
        if kind == "local" and token is not None and token.type == "LOCAL":
            return self.slot(token)
        if kind == "type" and isinstance(word, Tree):
            return self.builder.type(self.declared.known_type(line, word))
        if kind == "text" and token is not None and token.type == "STRING":
            return self.builder.constant(literal(token))
        if kind == "constant" and (token or plain in WORDS):
            return self.builder.constant(literal(token or plain))
        if kind in ("function", "extern", "import") and (plain or token):
            called = name_of(plain or token)
            if kind == "import":
                self.declared.meet(called)
            table = {"function": self.declared.functions, "extern": self.declared.externs}.get(
                kind, self.declared.imports
            )
            if called in table:
                return table[called]
            raise Bad("unknown-name", word, what=kind, name=called, hint=closest(called, table))
        raise Bad("bad-operand", word, opcode=name, expected=_WANTED.get(kind, f"a {kind}"))

    # Instructions of the founding assembly that are written in those of the table

    def op_push(self, line: Line, tree: Tree[Token], words: list[Any]) -> None:
        self.literal(tree, words, "")

    def op_pushi(self, line: Line, tree: Tree[Token], words: list[Any]) -> None:
        self.literal(tree, words, "INT")

    def op_pushf(self, line: Line, tree: Tree[Token], words: list[Any]) -> None:
        self.literal(tree, words, "FLOAT")

    def op_pushs(self, line: Line, tree: Tree[Token], words: list[Any]) -> None:
        self.literal(tree, words, "STRING")

    def literal(self, tree: Tree[Token], words: list[Any], kind: str) -> None:
        """Push a literal of one kind of token, or of any."""
        self.count(tree, words, 1)
        word = words[0]
        token = bare(word) or word
        if not isinstance(token, Token) or token.type == "LOCAL":
            raise Bad("bad-operand", word, opcode=str(tree.children[0]), expected="a literal")
        value = literal(token)
        if kind == "FLOAT" and type(value) is int:
            value = float(value)
        elif kind and token.type != kind:
            raise Bad("bad-operand", word, opcode=str(tree.children[0]), expected=f"a literal {kind.lower()}")
        self.push(value, word)

    def op_stores(self, line: Line, tree: Tree[Token], words: list[Any]) -> None:
        """Nothing is left to do: the first pass has filled the string table."""

    def op_loads(self, line: Line, tree: Tree[Token], words: list[Any]) -> None:
        self.count(tree, words, 1)
        index = number(words[0]) if isinstance(words[0], Token) and words[0].type == "INT" else -1
        if index not in self.declared.texts:
            raise Bad(
                "unknown-name", words[0], what="entry of the string table", name=str(index), hint="fill it with stores"
            )
        self.emit("loadk", self.declared.texts[index], node=words[0])

    def op_cmp(self, line: Line, tree: Tree[Token], words: list[Any]) -> None:
        self.count(tree, words, 0)
        self.emit("eq")
        self.emit("set", self.flag(create=True))

    def flag(self, create: bool) -> int:
        """The hidden local that holds the flag of the last comparison."""
        if FLAG in self.draft.names:
            return self.draft.names.index(FLAG)
        if not create:
            raise Bad("no-flag")
        return self.add_local(FLAG, BOOL)

    def op_jeq(self, line: Line, tree: Tree[Token], words: list[Any]) -> None:
        self.on_flag("jt", line, tree, words)

    def op_jne(self, line: Line, tree: Tree[Token], words: list[Any]) -> None:
        self.on_flag("jf", line, tree, words)

    def on_flag(self, name: str, line: Line, tree: Tree[Token], words: list[Any]) -> None:
        self.count(tree, words, 1)
        self.emit("get", self.flag(create=False))
        self.jump(name, line, words[0])
