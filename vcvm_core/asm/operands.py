"""Values and operands: from tokens to constants and to the numbers in instruction words.

Takes tokens and what is known of the file; gives Python values and indexes. Refuses what does not fit, with the token.
"""

from __future__ import annotations

import math
from itertools import islice
from typing import Any
from uuid import UUID

from lark import Token, Tree

from vcvm_core.asm.parse import Bad, Line, local_name, number, source_of, string
from vcvm_core.values import INT_MAX, INT_MIN, BadType, Type, parse_type

WORDS: dict[str, Any] = {"true": True, "false": False, "none": None}
HINTS = 1_000
"""How many names are looked at for a hint: a hostile text has many, and each takes time."""
NOBODY = (bytes(16), b"\xff" * 16)
"""The UUIDs that identify nothing: constants may hold them, no intrinsic has them."""


def closest(name: str, known: Any) -> str:
    """A hint with the nearest of the first known names; empty if none is near."""
    from difflib import get_close_matches

    near = get_close_matches(name, [str(k) for k in islice(known, HINTS)], n=1, cutoff=0.6)
    return f"did you mean {near[0]}?" if near else ""


def literal(token: Token | None) -> Any:
    """The value that a token spells. Raises Bad."""
    kind = token.type if token is not None else ""
    if token is None:
        raise Bad("bad-literal", token, found="", reason="a value is expected")
    if kind == "STRING":
        return string(token)
    if kind == "BYTES":
        return bytes.fromhex(str(token)[2:-1])
    if kind == "FLOAT":
        value = float(str(token))
        if value in (math.inf, -math.inf) and "inf" not in str(token):
            raise Bad("bad-literal", token, found=str(token), reason="it is beyond the range of floats; inf says so")
        return value
    if kind == "INT":
        value = number(token)
        if not INT_MIN <= value <= INT_MAX:
            raise Bad("bad-literal", token, found=str(token), reason="integers have 64 bits")
        return value
    if kind == "NAME" and str(token) in WORDS:
        return WORDS[str(token)]
    raise Bad(
        "bad-literal", token, found=str(token), reason="a value is a number, a string, bytes, true, false or none"
    )


def constant(kind: str, token: Token) -> Any:
    """The value of a `.const` directive, which says its type. Raises Bad."""
    if kind == "uuid":
        return uuid(token)
    if token.type == "NAME" and str(token) in ("inf", "nan") and kind == "float":
        return float(str(token))
    value = literal(token)
    if kind == "float" and type(value) is int:
        value = float(value)
    expected = {"none": type(None), "bool": bool, "int": int, "float": float, "string": str, "bytes": bytes}.get(kind)
    if expected is None or type(value) is not expected:
        raise Bad("bad-literal", token, found=str(token), reason=f"it is no {kind}")
    return value


def uuid(token: Token) -> UUID:
    """The UUID in a string token. Raises Bad."""
    text = string(token) if token.type == "STRING" else str(token)
    try:
        return UUID(text)
    except ValueError:
        raise Bad("bad-literal", token, found=text, reason="it is no UUID; they are minted, not typed") from None


def identity_of(token: Token) -> UUID:
    """The UUID of an intrinsic. Raises Bad."""
    found = uuid(token)
    if found.bytes in NOBODY:
        raise Bad("bad-literal", token, found=str(found), reason="this UUID identifies nothing")
    return found


def name_of(node: Any) -> str:
    """The name that a name rule, a callee or a bare word spells. Raises Bad."""
    token: Any = node.children[0] if isinstance(node, Tree) else node
    if not isinstance(token, Token):
        raise Bad("bad-literal", node, found="a record type", reason="a name is expected")
    if token.type == "STRING":
        return string(token)
    if token.type == "LOCAL":
        return str(token)[1:] if not str(token).startswith('$"') else local_name(token)[0]
    return str(token).lstrip(".")


def type_of(line: Line, tree: Tree[Token]) -> Type:
    """The type that a type rule spells. Raises Bad."""
    text = source_of(line, tree)
    try:
        return parse_type(text)
    except BadType as e:
        raise Bad("unknown-type", tree, found=text, reason=e) from None


def bare(node: Any) -> Token | None:
    """The word in a type rule that is one name, which may name anything; else None."""
    if isinstance(node, Tree) and node.data == "type":
        given = [c for c in node.children if c is not None]
        if len(given) == 1 and isinstance(given[0], Token) and given[0].type == "NAME":
            return given[0]
    return None
