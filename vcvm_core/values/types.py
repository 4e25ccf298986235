"""The types of vcvm's values, their one spelling, and the subtype rule.

Takes text such as ``mut list<map<int?>>``; gives interned `Type` objects, whose `str` is that spelling again. The same
grammar is used in programs, manifests, assembly and messages:

    type   = name | "list" "<" type ">" | "map" "<" type ">" | "mut" type | record | type "?"
    record = "{" [ field { "," field } ] "}"          field = identifier ":" type
    name   = "none" | "bool" | "int" | "float" | "string" | "bytes" | "uuid" | "any" | "iter" | variable
    variable = one upper-case letter, digits after it allowed

`T?` is a T or none. `iter<T>` is what a loop keeps on the operand stack; it has no spelling in programs.
Refuses anything nested deeper than 8 or longer than 4,096 characters, before it works on it; and no such type is made
from others either, so a generic call cannot build what could not be written down.
"""

from __future__ import annotations

import re
from typing import Final
from weakref import WeakValueDictionary

TEXT_LIMIT: Final = 4_096
DEPTH_LIMIT: Final = 8
COMPARED_LIMIT: Final = 64
"""How many answers about other types a type remembers."""
SCALARS: Final = ("none", "bool", "int", "float", "string", "bytes", "uuid")


class BadType(ValueError):
    """The text is not a type; the message says why."""


class Type:
    """One type. Equal types are the same object: compare with `is`.

    kind: a scalar's name, any, list, map, record, option, iter, or var.
    item: what a list, map, option or iter holds. fields: of a record, in spelling order. mutable: of a list or map.
    depth: how deep it is nested. breadth: how many fields a check looks at, those of records in records too. generic:
    whether any part is a variable. changeable: whether any part is mut.
    """

    __slots__ = (
        "__weakref__", "_compared", "breadth", "changeable", "depth", "fields", "generic", "item", "kind", "mutable", "name",
    )  # fmt: skip

    kind: str
    item: Type | None
    fields: dict[str, Type]
    mutable: bool
    name: str
    depth: int
    breadth: int
    generic: bool
    changeable: bool
    _compared: dict[Type, bool]

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"<type {self.name}>"

    def __reduce__(self) -> tuple[object, ...]:
        # An iterator has no spelling that can be parsed, but errors name it, and errors are pickled.
        return (iter_of, (self.of,)) if self.kind == "iter" else (parse_type, (self.name,))

    @property
    def of(self) -> Type:
        """The item type; only for types that have one."""
        if self.item is None:
            raise TypeError(f"{self.name} holds nothing")
        return self.item

    def __le__(self, other: Type) -> bool:
        """Whether a value of this type may stand where `other` is expected.

        Everything is an any; a T and none are a T?; a mut list is a list of the same item type (item types do not vary,
        or a mut list could be given an element that its other owner does not expect); records likewise.
        """
        if self is other or (other.kind == "any" and self.kind != "iter"):
            return True
        if self.depth == 0 and other.depth == 0 and other.kind != "option":
            return False
        # A verifier asks again and again about the same few types, each of which may have hundreds of fields.
        known = self._compared.get(other)
        if known is None:
            if len(self._compared) >= COMPARED_LIMIT:
                self._compared.clear()
            known = self._compared[other] = self._fits(other)
        return known

    def _fits(self, other: Type) -> bool:
        if other.kind == "option":
            return self.kind == "none" or self <= other.of or (self.kind == "option" and self.of <= other.of)
        if self.kind == other.kind and self.kind in ("list", "map"):
            if not other.mutable:
                # A read-only view can also forget what its elements are.
                return self.of is other.of or self.of <= other.of
            return self.mutable and self.of is other.of
        if self.kind == other.kind == "record":
            return all(n in self.fields and self.fields[n] <= t for n, t in other.fields.items())
        return False


# Types come from untrusted programs: the table keeps those in use (so identity holds), and forgets the others.
_interned: WeakValueDictionary[str, Type] = WeakValueDictionary()


def _make(
    name: str, kind: str, item: Type | None = None, fields: dict[str, Type] | None = None, mutable: bool = False
) -> Type:
    """The type of this name. Raises BadType if it would be nested too deep, or its spelling too long."""
    found = _interned.get(name)
    if found is None:
        found = Type()
        found.name, found.kind, found.item, found.fields, found.mutable = name, kind, item, fields or {}, mutable
        parts = [*found.fields.values(), *([item] if item is not None else [])]
        found.depth = max((p.depth for p in parts), default=0) + (bool(parts) and kind not in ("option", "iter"))
        found.breadth = sum(1 + f.breadth for f in found.fields.values())
        if kind == "option" and item is not None:
            found.breadth = item.breadth
        found.generic = kind == "var" or any(p.generic for p in parts)
        found.changeable = mutable or any(p.changeable for p in parts)
        found._compared = {}
        if kind != "iter" and found.depth > DEPTH_LIMIT:
            raise BadType(f"a type is nested deeper than {DEPTH_LIMIT}")
        if kind != "iter" and len(name) > TEXT_LIMIT:
            raise BadType(f"a type is longer than {TEXT_LIMIT} characters")
        found = _interned.setdefault(name, found)
    return found


NONE: Final = _make("none", "none")
BOOL: Final = _make("bool", "bool")
INT: Final = _make("int", "int")
FLOAT: Final = _make("float", "float")
STRING: Final = _make("string", "string")
BYTES: Final = _make("bytes", "bytes")
UUID: Final = _make("uuid", "uuid")
ANY: Final = _make("any", "any")


def list_of(item: Type, mutable: bool = False) -> Type:
    """The type of lists of `item`, read-only or mut."""
    return _make(f"{'mut ' if mutable else ''}list<{item}>", "list", item, mutable=mutable)


def map_of(item: Type, mutable: bool = False) -> Type:
    """The type of maps from strings to `item`, read-only or mut."""
    return _make(f"{'mut ' if mutable else ''}map<{item}>", "map", item, mutable=mutable)


def iter_of(item: Type) -> Type:
    """The type of iterators over `item`."""
    return _make(f"iter<{item}>", "iter", item)


def option_of(item: Type) -> Type:
    """`item` or none; an option of an option, of none or of any is that itself."""
    return item if item.kind in ("option", "none", "any") else _make(f"{item}?", "option", item)


def record_of(fields: dict[str, Type]) -> Type:
    """The type of records with these fields, in this order."""
    return _make("{" + ", ".join(f"{n}: {t}" for n, t in fields.items()) + "}", "record", fields=dict(fields))


def variable(name: str) -> Type:
    """The type variable of this name."""
    return _make(name, "var")


def frozen(t: Type) -> Type:
    """The read-only form of a list or map type; other types as they are."""
    if t.mutable:
        return list_of(t.of) if t.kind == "list" else map_of(t.of)
    return t


_TOKEN = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*|[<>{}:,?])")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_VARIABLE = re.compile(r"[A-Z][0-9]*\Z")
_SIMPLE = {t.name: t for t in (NONE, BOOL, INT, FLOAT, STRING, BYTES, UUID, ANY)}


def parse_type(text: str, variables: bool = True) -> Type:
    """The type spelled by `text`; white space does not matter. Raises BadType.

    variables: whether type variables are allowed, as in the signature of a generic intrinsic.
    """
    found = _interned.get(text)
    if found is not None and found.kind != "iter" and not found.generic:
        return found
    if len(text) > TEXT_LIMIT:
        raise BadType(f"a type is longer than {TEXT_LIMIT} characters")
    tokens, end = [], 0
    text = text.rstrip()
    while end < len(text):
        match = _TOKEN.match(text, end)
        if match is None:
            raise BadType(f"unexpected {text[end : end + 10].strip()!r}")
        tokens.append(match[1])
        end = match.end()
    parser = _Parser(tokens, variables)
    result = parser.type(0)
    if parser.peek():
        raise BadType(f"unexpected {parser.peek()!r} after {result}")
    return result


class _Parser:
    def __init__(self, tokens: list[str], variables: bool) -> None:
        self.tokens, self.at, self.variables = tokens, 0, variables

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, expected: str = "") -> str:
        token = self.peek()
        if not token or (expected and token != expected):
            raise BadType(f"expected {expected or 'a type'!r}, found {token or 'the end'!r}")
        self.at += 1
        return token

    def type(self, depth: int) -> Type:
        if depth > DEPTH_LIMIT:
            raise BadType(f"a type is nested deeper than {DEPTH_LIMIT}")
        token = self.take()
        mutable = token == "mut"
        if mutable:
            token = self.take()
            if token not in ("list", "map"):
                raise BadType(f"only a list or a map can be mut, not {token}")
        if token in ("list", "map"):
            self.take("<")
            item = self.type(depth + 1)
            self.take(">")
            result = (list_of if token == "list" else map_of)(item, mutable)
        elif token == "{":
            result = self.record(depth)
        elif token in _SIMPLE:
            result = _SIMPLE[token]
        elif self.variables and _VARIABLE.match(token):
            result = variable(token)
        else:
            raise BadType(f"there is no type {token}")
        if self.peek() == "?":
            self.take()
            if option_of(result) is result:
                raise BadType(f"{result} may be none already")
            result = option_of(result)
            if self.peek() == "?":
                raise BadType("a type has one '?' at most")
        return result

    def record(self, depth: int) -> Type:
        fields: dict[str, Type] = {}
        while self.peek() != "}":
            name = self.take()
            if not _IDENTIFIER.match(name):
                raise BadType(f"{name!r} is no field name")
            if name in fields:
                raise BadType(f"the field {name} stands twice")
            self.take(":")
            fields[name] = self.type(depth + 1)
            if self.peek() != "}":
                self.take(",")
        self.take("}")
        return record_of(fields)


def substitute(t: Type, bound: dict[Type, Type]) -> Type:
    """`t` with its type variables replaced as `bound` says; a variable that is not bound becomes any. Raises BadType."""
    if not t.generic:
        return t
    if t.kind == "var":
        return bound.get(t, ANY)
    if t.kind in ("list", "map"):
        return (list_of if t.kind == "list" else map_of)(substitute(t.of, bound), t.mutable)
    if t.kind == "option":
        return option_of(substitute(t.of, bound))
    if t.kind == "record":
        return record_of({n: substitute(f, bound) for n, f in t.fields.items()})
    return t


def matches(actual: Type, expected: Type, bound: dict[Type, Type]) -> bool:
    """Whether a value of type `actual` fits `expected`, whose variables are bound on their first use."""
    if expected.kind == "var":
        return actual.kind != "iter" and actual <= bound.setdefault(expected, actual)
    if expected.kind in ("list", "map") and actual.kind == expected.kind:
        if expected.mutable and not actual.mutable:
            return False
        return matches(actual.of, expected.of, bound) and (
            not expected.mutable or substitute(expected.of, bound) is actual.of
        )
    if expected.kind == "option":
        if actual.kind == "none":
            return True
        return matches(actual.of if actual.kind == "option" else actual, expected.of, bound)
    return actual <= substitute(expected, bound)
