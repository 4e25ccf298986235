"""The first pass: what a file declares.

Takes parsed lines, one at a time, and the headers; fills the tables of a `ModuleBuilder` and the names that code can
use. An extern without a UUID is looked up by name in the headers: names matter to people only, the program gets the
UUID. Directives:

    .program  .library             the kind; a program if neither is there
    .exact                         add nothing by itself: no exports, no debug information, no halt
    .limit NAME N                  lower a limit of the host
    .const TYPE [VALUE]            the next constant
    .type TYPE                     the next type
    .link NAME "SHA-256 in hex"    a library; without the SHA-256, one that a pack carries
    .source "NAME"                 the source file's name for the debug information
    .line N                        the source line of the instructions that follow (second pass)
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from lark import Token, Tree

from vcvm_core.asm.operands import bare, closest, constant, identity_of, name_of, type_of
from vcvm_core.asm.parse import Bad, Line, local_name, number, source_of, string
from vcvm_core.bytecode import (
    DECLARABLE,
    Extern,
    FunctionDraft,
    Import,
    Library,
    LibraryHeader,
    Module,
    ModuleBuilder,
    bad_name,
)
from vcvm_core.limits import HIGHEST, Limits
from vcvm_core.values import Param, Signature, Type

ENTRY = "main"
SIGNATURE_ENTRIES = 255
"""How many parameters, and how many results, a program file can hold."""


class Enough(Exception):
    """There are as many problems as are reported."""


class Declarations:
    """The tables and names of a file. later: the problems that were found."""

    def __init__(
        self,
        headers: Mapping[str, tuple[Extern, ...]],
        file: str,
        limits: Limits = Limits.default,
        libraries: Mapping[str, tuple[LibraryHeader, ...]] | None = None,
    ) -> None:
        self.headers, self.file, self.libraries = headers, file, libraries or {}
        self.builder = ModuleBuilder()
        self.exact = False
        self.source: str | None = None
        self.functions: dict[str, int] = {}
        self.drafts: dict[int, FunctionDraft] = {}
        """The functions by the line that begins them, those that were refused included."""
        self.implicit: FunctionDraft | None = None
        """The function made of top-level code."""
        self.externs: dict[str, int] = {}
        self.missing: set[str] = set()
        """Names of externs that were refused: said once, not at every call."""
        self.imports: dict[str, int] = {}
        self.linked: dict[str, LibraryHeader] = {}
        """The libraries whose symbols are known."""
        self.exports: list[tuple[Line, Any, str, str]] = []
        self.texts: dict[int, int] = {}
        """The string table: from its own indexes to constants."""
        self.inside = False
        self.later: list[tuple[Line, Bad]] = []
        self.most = limits.reported
        self.exported: set[str] = set()

    def problem(self, line: Line, problem: Bad) -> None:
        """Remember what is wrong. Raises Enough: hints take time, and a hostile text has errors without end."""
        self.later.append((line, problem))
        if len(self.later) >= self.most:
            raise Enough

    def line(self, line: Line) -> None:
        """Take one line. Raises Bad."""
        tree = line.statement
        kind = tree.data if tree is not None else ""
        if tree is not None and kind in ("directive", "table", "extern", "import_", "export", "func", "end"):
            getattr(self, str(kind))(line, tree)
        elif not self.inside:
            self.top_level()
        if tree is not None and kind == "instruction" and str(tree.children[0]).lower() == "stores":
            self.stores(line, tree)

    def top_level(self) -> None:
        """There is code outside of functions: the function main."""
        if self.implicit is None:
            self.implicit = FunctionDraft(ENTRY)
            self.draft(self.implicit)

    def draft(self, draft: FunctionDraft) -> None:
        """Enter a function into the tables. Raises Bad."""
        if draft.name in self.functions:
            raise Bad("duplicate-definition", what="function", name=draft.name)
        self.functions[draft.name] = len(self.builder.functions)
        self.builder.functions.append(draft)

    def name(self, node: Any, empty: bool = False) -> str:
        """A name that a program can hold. Raises Bad."""
        name = name_of(node)
        problem = "" if empty and not name else bad_name(name)
        if problem:
            raise Bad("bad-literal", node, found=name, reason=problem)
        return name

    def signature(self, line: Line, children: list[Any]) -> tuple[list[str], Signature, bool]:
        """Parameter names, signature, and whether results were written, from the children after a name."""
        params = [c for c in children if isinstance(c, Tree) and c.data == "param"]
        names: list[str] = []
        types = []
        for param in params:
            token, tree = param.children
            names.append(self.param_name(token, len(names)) if isinstance(token, Token) else "")
            if names[-1] and names[-1] in names[:-1]:
                raise Bad("duplicate-definition", token, what="parameter", name=names[-1])
            types.append(type_of(line, tree))
        results = next((c for c in children if isinstance(c, Tree) and c.data == "results"), None)
        given = tuple(type_of(line, t) for t in results.children if t is not None) if results is not None else ()
        for count, what in ((len(types), "parameters"), (len(given), "results")):
            if count > SIGNATURE_ENTRIES:
                raise Bad("bad-literal", found=f"{count} {what}", reason=f"a signature holds up to {SIGNATURE_ENTRIES}")
        return (
            names,
            Signature(tuple(Param(n, t) for n, t in zip(names, types, strict=True)), given),
            results is not None,
        )

    def param_name(self, token: Token, position: int) -> str:
        if token.type == "STRING":
            return string(token)
        if token.type != "LOCAL":
            return str(token)
        name, index = local_name(token)
        if index is not None and index != position:
            raise Bad("bad-literal", token, found=str(token), reason=f"a parameter without a name is ${position} here")
        return name

    # Statements

    def func(self, line: Line, tree: Tree[Token]) -> None:
        unended, self.inside = self.inside, True
        name = self.name(tree.children[0])
        names, signature, written = self.signature(line, tree.children[1:])
        results = signature.results if written or self.exact else None
        draft = self.drafts[line.number] = FunctionDraft(name, signature.types, results, names)
        if unended:
            raise Bad("missing-end")
        self.draft(draft)

    def end(self, line: Line, tree: Tree[Token]) -> None:
        if not self.inside:
            raise Bad("stray-end")
        self.inside = False

    def extern(self, line: Line, tree: Tree[Token]) -> None:
        node, *rest = tree.children
        name = self.name(node, empty=True)
        self.missing.add(name)
        *middle, identity, pack, version = rest
        _, signature, written = self.signature(line, middle)
        shown = Signature(tuple(Param("", t) for t in signature.types), signature.results)
        declared = any(isinstance(c, Tree) for c in middle)
        if isinstance(identity, Token):
            origin = self.origin(identity_of(identity).bytes)
            if isinstance(pack, Token) and isinstance(version, Token):
                origin = self.label(pack), self.label(version)
            found = Extern(identity_of(identity).bytes, shown, name, *origin)
        else:
            found = self.header(name, node, shown, written, declared)
        # Names are for people: a program may hold one twice, and then calls by index.
        twice = name in self.externs and name and not self.exact
        if twice or any(x.uuid == found.uuid for x in self.builder.externs):
            raise Bad("duplicate-definition", node, what="extern", name=name or found.uuid.hex())
        self.externs[name] = self.builder.extern(found)
        self.missing.discard(name)

    def label(self, token: Token) -> str:
        """The name or version of a pack; may be empty. Raises Bad."""
        text = string(token)
        if text and (problem := bad_name(text)):
            raise Bad("bad-literal", token, found=str(token), reason=problem)
        return text

    def origin(self, identity: bytes) -> tuple[str, str]:
        """The pack and version that the headers know for a UUID."""
        for candidates in self.headers.values():
            for known in candidates:
                if known.uuid == identity:
                    return known.pack, known.version
        return "", ""

    def header(self, name: str, node: Any, shown: Signature, written: bool, declared: bool) -> Extern:
        """The intrinsic that the headers know by this name. Raises Bad."""
        known = self.headers.get(name, ())
        if not known:
            hint = (
                closest(name, self.headers)
                or "install the pack that provides it; vcvm plugins list shows what is there"
            )
            raise Bad("unknown-header", node, name=name, hint=hint)
        if len({x.uuid for x in known}) > 1:
            packs = " and ".join(sorted({f"{x.pack} {x.version}".strip() for x in known}))
            raise Bad("ambiguous-header", node, name=name, packs=packs)
        found = known[0]
        plain = name.rpartition(".")[2]
        if not found.typed:
            if not declared:
                raise Bad("untyped-header", node, name=name)
            return Extern(found.uuid, shown, plain, found.pack, found.version)
        # Results that are not written are the header's.
        wanted = shown if written else Signature(shown.params, found.signature.results)
        if declared and wanted.shape != found.signature.shape:
            difference = wanted.difference(found.signature)
            raise Bad("extern-differs", node, name=name, pack=f"{found.pack} {found.version}", difference=difference)
        return found._replace(
            signature=Signature(tuple(Param("", t) for t in found.signature.types), found.signature.results)
        )

    def import_(self, line: Line, tree: Tree[Token]) -> None:
        library, name = self.name(tree.children[0]), self.name(tree.children[1])
        index = next((i for i, x in enumerate(self.builder.libraries) if x.name == library), None)
        if index is None:
            raise Bad(
                "unknown-name", tree.children[0], what="library", name=library, hint="declare it first with .link"
            )
        _, signature, _ = self.signature(line, tree.children[2:])
        self.exported_by(self.linked.get(library), name, tree.children[1], signature)
        full = f"{library}.{name}"
        twice = full in self.imports and not self.exact
        if twice or any(x.library == index and x.name == name for x in self.builder.imports):
            raise Bad("duplicate-definition", tree.children[1], what="import", name=full)
        self.enter(index, library, name, signature)

    def exported_by(self, header: LibraryHeader | None, name: str, node: Any, signature: Signature) -> None:
        """Hold an import against what is known of its library, if anything is. Raises Bad."""
        if header is None:
            return
        found = header.symbols.get(name)
        if found is None:
            raise Bad(
                "unknown-name", node, what=f"function in {header.name}", name=name, hint=closest(name, header.symbols)
            )
        if found.shape != signature.shape:
            pack = f"{header.pack} {header.version}"
            raise Bad("extern-differs", node, name=name, pack=pack, difference=signature.difference(found))

    def enter(self, index: int, library: str, name: str, signature: Signature) -> None:
        """Enter a function of a library into the tables."""
        self.imports[f"{library}.{name}"] = len(self.builder.imports)
        plain = Signature(tuple(Param("", t) for t in signature.types), signature.results)
        self.builder.imports.append(Import(index, name, plain))

    def meet(self, full: str) -> None:
        """Import a function that is called, and is known from the header of a library that the program links to."""
        library, _, name = full.rpartition(".")
        header = self.linked.get(library)
        if full not in self.imports and not self.exact and header is not None and name in header.symbols:
            index = next(i for i, x in enumerate(self.builder.libraries) if x.name == library)
            self.enter(index, library, name, header.symbols[name])

    def export(self, line: Line, tree: Tree[Token]) -> None:
        node, alias = tree.children
        name = name_of(node)
        shown = self.name(alias) if alias is not None else name
        if shown in self.exported:
            raise Bad("duplicate-definition", alias or node, what="export", name=shown)
        self.exported.add(shown)
        self.exports.append((line, node, name, shown))

    def table(self, line: Line, tree: Tree[Token]) -> None:
        raise Bad("bad-directive", tree.children[0], name=str(tree.children[0]), reason="it belongs to format 0")

    def stores(self, line: Line, tree: Tree[Token]) -> None:
        words = [c for c in tree.children[1:] if c is not None]
        if len(words) != 2 or not isinstance(words[0], Token) or words[0].type != "INT":
            raise Bad("bad-operand", tree, opcode="stores", expected='an index and a "string"')
        if not isinstance(words[1], Token) or words[1].type != "STRING":
            raise Bad("bad-operand", words[1], opcode="stores", expected='a "string" after the index')
        index, value = number(words[0]), self.builder.constant(string(words[1]))
        if self.texts.setdefault(index, value) != value:
            raise Bad("duplicate-definition", words[0], what="entry of the string table", name=index)

    def directive(self, line: Line, tree: Tree[Token]) -> None:
        name, *words = [c for c in tree.children if c is not None]
        handler = getattr(self, "dot_" + str(name)[1:], None)
        if handler is None:
            known = [n.replace("dot_", ".") for n in dir(self) if n.startswith("dot_")]
            raise Bad("bad-directive", name, name=str(name), reason=closest(str(name), known) or "there is none")
        handler(line, name, words)

    # Directives

    def words(self, name: Token, words: list[Any], *kinds: str) -> list[Any]:
        """The words of a directive, held against the kinds of token that it takes."""
        if len(words) != len(kinds):
            raise Bad("bad-directive", name, name=str(name), reason=f"it takes {len(kinds)} words")
        for word, kind in zip(words, kinds, strict=True):
            actual = word.type if isinstance(word, Token) else "type"
            if kind not in (actual, "any"):
                raise Bad("bad-directive", word, name=str(name), reason=f"a {kind.lower()} is expected here")
        return words

    def dot_program(self, line: Line, name: Token, words: list[Any]) -> None:
        self.words(name, words)
        self.builder.kind = "program"

    def dot_library(self, line: Line, name: Token, words: list[Any]) -> None:
        self.words(name, words)
        self.builder.kind = "library"

    def dot_format(self, line: Line, name: Token, words: list[Any]) -> None:
        if number(self.words(name, words, "INT")[0]) != 1:
            raise Bad("bad-directive", words[0], name=str(name), reason="formats are 0 and 1")

    def dot_exact(self, line: Line, name: Token, words: list[Any]) -> None:
        self.words(name, words)
        self.exact = True

    def dot_source(self, line: Line, name: Token, words: list[Any]) -> None:
        text = string(self.words(name, words, "STRING")[0])
        if text and bad_name(text):
            raise Bad("bad-literal", words[0], found=text, reason=bad_name(text))
        self.source = text

    def dot_line(self, line: Line, name: Token, words: list[Any]) -> None:
        if not 0 < number(self.words(name, words, "INT")[0]) < 1 << 32:
            raise Bad("bad-literal", words[0], found=str(words[0]), reason="lines count from 1")

    def dot_limit(self, line: Line, name: Token, words: list[Any]) -> None:
        which, value = self.words(name, words, "type", "INT")
        limit = str(bare(which) or "")
        if limit not in DECLARABLE:
            shown = limit or source_of(line, which)
            raise Bad("bad-directive", which, name=shown, reason=f"a program can lower {', '.join(DECLARABLE)}")
        if any(n == limit for n, _ in self.builder.limits):
            raise Bad("duplicate-definition", which, what="limit", name=limit)
        if not 0 <= number(value) <= HIGHEST:
            raise Bad("bad-literal", value, found=str(value), reason="limits are from 0 to 2**63 - 1")
        self.builder.limits.append((limit, number(value)))
        self.builder.limits.sort(key=lambda entry: DECLARABLE.index(entry[0]))

    def dot_const(self, line: Line, name: Token, words: list[Any]) -> None:
        if not words or isinstance(words[0], Token):
            raise Bad("bad-directive", name, name=str(name), reason="it takes a type and a value")
        kind = str(bare(words[0]) or source_of(line, words[0]))
        if kind == "none" and len(words) == 1:
            self.builder.add_constant(None)
            return
        _, value = self.words(name, words, "type", "any")
        token = value if isinstance(value, Token) else bare(value)
        if token is None:
            raise Bad("bad-literal", value, found=source_of(line, value), reason=f"it is no {kind}")
        self.builder.add_constant(constant(kind, token))

    def dot_type(self, line: Line, name: Token, words: list[Any]) -> None:
        (tree,) = self.words(name, words, "type")
        self.builder.type(type_of(line, tree))

    def dot_link(self, line: Line, name: Token, words: list[Any]) -> None:
        if not 1 <= len(words) <= 2:
            raise Bad("bad-directive", name, name=str(name), reason="it takes a name, and a SHA-256 in hexadecimal")
        library = self.name(words[0])
        known = self.libraries.get(library, ())
        if len(words) == 1:
            raw = self.carried(library, words[0], known)
        else:
            digest = string(words[1]) if isinstance(words[1], Token) else ""
            try:
                raw = bytes.fromhex(digest)
            except ValueError:
                raw = b""
            if len(raw) != 32:
                raise Bad("bad-literal", words[1], found=digest, reason="a SHA-256 has 64 hexadecimal digits")
        if any(x.name == library for x in self.builder.libraries):
            raise Bad("duplicate-definition", words[0], what="library", name=library)
        for header in known:
            if header.digest == raw:
                self.linked[library] = header
        self.builder.libraries.append(Library(library, raw))

    def carried(self, library: str, node: Any, known: tuple[LibraryHeader, ...]) -> bytes:
        """The SHA-256 of a library that a pack carries. Raises Bad."""
        if not known:
            hint = closest(library, self.libraries) or "no pack here carries it: write its SHA-256 after the name"
            raise Bad("unknown-name", node, what="library", name=library, hint=hint)
        if len({header.digest for header in known}) > 1:
            packs = " and ".join(f"{h.pack} ({h.digest.hex()[:12]})" for h in known)
            reason = f"{library} is in {packs}; write the SHA-256 after the name"
            raise Bad("bad-directive", node, name=".link", reason=reason)
        return known[0].digest

    def finish(self) -> Module:
        """The module, once all code is written."""
        builder = self.builder
        exports = dict.fromkeys((alias, self.functions[name]) for _, _, name, alias in self.exports)
        if not exports and not self.exact:
            names = [ENTRY] if ENTRY in self.functions and builder.kind == "program" else list(self.functions)
            exports = dict.fromkeys((name, self.functions[name]) for name in names)
        builder.exports = list(exports)
        builder.source = self.source
        if self.source is None and not self.exact:
            name = PurePath(self.file).name
            builder.source = "" if bad_name(name) else name
        return builder.finish()

    def known_type(self, line: Line, tree: Tree[Token]) -> Type:
        """The type that a type rule spells; it is entered into the table."""
        t = type_of(line, tree)
        self.builder.type(t)
        return t
