"""Assembly text to parsed lines.

Takes text; gives a `Line` for each line that says something, and a diagnostic, with column, for each that is no
assembly. The grammar is grammar.lark, read with lark (LALR, contextual lexer); a line is parsed by itself, so one bad
line hides no other. Refuses texts over the limit before it looks at them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken

from vcvm_core.errors import Diagnostic, Place, error
from vcvm_core.limits import Limits

LOCAL_DIGITS = 9
"""How many digits the number of a local has."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line that says something: its number from 1, its text, the label it defines, and its statement's tree."""

    number: int
    text: str
    label: str
    statement: Tree[Token] | None


class Bad(Exception):
    """Something in a line is wrong; carries the kind, the node or token it is about, and facts."""

    def __init__(self, kind: str, node: Any = None, **facts: Any) -> None:
        super().__init__(kind)
        self.kind, self.node, self.facts = kind, node, facts


@cache
def _parser() -> Lark:
    grammar = files("vcvm_core.asm").joinpath("grammar.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", lexer="contextual", propagate_positions=True, maybe_placeholders=True)


SHORT = 100
"""Characters of a line whose tree is remembered: most lines of a program stand in other programs, too."""


def _parsed(line: str) -> Tree[Token]:
    return _remembered(line) if len(line) <= SHORT else _parser().parse(line)


@lru_cache(maxsize=4096)
def _remembered(line: str) -> Tree[Token]:
    # Nobody changes a tree, and it knows nothing of where its line stands.
    return _parser().parse(line)


_JSON = json.JSONDecoder(strict=False)
_TERMINALS = {
    "LABEL": "a label such as .done", "NAME": "a name", "LOCAL": "a local such as $x", "STRING": 'a "string"',
    "BYTES": 'bytes such as x"00ff"', "FLOAT": "a float", "INT": "an integer", "JSON": "JSON", "OPTIONAL": "'?'",
    "$END": "the end of the line", "COLON": "':'", "LPAR": "'('", "RPAR": "')'", "COMMA": "','", "EQUAL": "'='",
    "LESSTHAN": "'<'", "MORETHAN": "'>'", "LBRACE": "'{'", "RBRACE": "'}'",
}  # fmt: skip


def parse(text: str, file: str, limits: Limits) -> tuple[list[Line], list[Diagnostic]]:
    """The lines of `text`, and what is wrong with those that cannot be parsed; it stops when as many problems are found as
    are reported. Raises CompileError (source-too-large)."""
    if len(text) > limits.source_chars:
        raise error("source-too-large", Place(file=file or None), found=len(text), limit=limits.source_chars)
    lines, problems = [], []
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.rstrip("\r")
        if not line.strip():
            continue
        try:
            tree = _parsed(line)
        except UnexpectedInput as e:
            problems.append(_syntax(e, line, number, file))
            if len(problems) >= limits.reported:
                break
            continue
        label, statement = tree.children
        if isinstance(label, Tree):
            lines.append(Line(number, line, str(label.children[0]).lstrip("."), _tree(statement)))
        elif statement is not None:
            lines.append(Line(number, line, "", _tree(statement)))
    return lines, problems


def _tree(node: object) -> Tree[Token] | None:
    return node if isinstance(node, Tree) else None


def _syntax(e: UnexpectedInput, line: str, number: int, file: str) -> Diagnostic:
    """The diagnostic for a line that the grammar does not know."""
    expected: set[str] = set()
    column, width, found = len(line.rstrip()) + 1, 1, "the end of the line"
    if isinstance(e, UnexpectedToken):
        expected = set(e.accepts or e.expected)
        if e.token.type != "$END":
            column, found = e.column, str(e.token)
            width = max(1, len(found))
    elif isinstance(e, UnexpectedCharacters):
        expected, column = set(e.allowed or ()), e.column
        found = line[column - 1 : column]
    elif isinstance(e, UnexpectedEOF):
        expected = set(e.expected)
    names = sorted({_TERMINALS.get(t, t.lower()) for t in expected if t != "COMMENT" and not t.startswith("__")})
    wanted = ", ".join(names[:8]) + (" ..." if len(names) > 8 else "")
    place = Place(file or None, number, column, text=line, width=min(width, 80))
    return Diagnostic("syntax", place, {"found": found, "expected": wanted or "something else"})


def span(line: Line, node: Any) -> Place:
    """The place of a token or tree in its line; of the whole line if there is none."""
    if isinstance(node, Token) and node.column is not None:
        return Place(None, line.number, node.column, text=line.text, width=max(1, len(node)))
    if isinstance(node, Tree) and not node.meta.empty:
        return Place(
            None, line.number, node.meta.column, text=line.text, width=max(1, node.meta.end_pos - node.meta.start_pos)
        )
    start = len(line.text) - len(line.text.lstrip())
    return Place(None, line.number, start + 1, text=line.text, width=max(1, len(line.text.strip())))


def source_of(line: Line, tree: Tree[Token]) -> str:
    """The text of a tree, as it stands in its line."""
    return line.text[tree.meta.start_pos : tree.meta.end_pos]


def string(token: Token) -> str:
    """The text of a string token. Raises Bad."""
    if token.type != "STRING":
        raise Bad("bad-literal", token, found=str(token), reason="a string is expected")
    try:
        text = _JSON.decode(token)
        text.encode("utf-8")
    except ValueError as e:
        reason = "half of a surrogate pair" if isinstance(e, UnicodeEncodeError) else "strings are written as in JSON"
        raise Bad("bad-literal", token, found=str(token), reason=reason) from None
    return str(text)


def local_name(token: Token) -> tuple[str, int | None]:
    """The name of a local, or, for `$3`, its index. Raises Bad."""
    body = str(token)[1:]
    if body.startswith('"'):
        return string(Token.new_borrow_pos("STRING", body, token)), None
    if not body.isdigit():
        return body, None
    if len(body) > LOCAL_DIGITS:
        raise Bad("bad-literal", token, found=str(token), reason=f"a local's number has up to {LOCAL_DIGITS} digits")
    return "", int(body)


def number(token: Token) -> int:
    """The value of an integer token. Raises Bad."""
    text = str(token)
    if len(text) > 40:
        raise Bad("bad-literal", token, found=text, reason="integers have 64 bits")
    return int(text, 16) if "x" in text.lower() else int(text)
