"""Manifests from source text: what a pack declares, read from its syntax trees and never by importing it.

Takes a project's folder and the names of its packages; gives the `Manifest`, or one ManifestError with everything that
is wrong, each with file and line. A build has none of the pack's own dependencies, and a tool that lists packs must not
run them: so decorator arguments, annotations and doctests have to be literals, and what is not is refused.

An intrinsic is a plain function at the top of a module with the decorator ``@intrinsic("uuid", ...)``, under whatever
name that was imported, and no other decorator. A file NAME.vcvm in a package is a library that the pack carries. The source
hash is the SHA-256 over all .py and .vcvm files of the packages, in the order of their paths: path relative to the source
root, a zero byte, size as 8 bytes, contents. A pack observes if a module has a function vcvm_observer, marked with hookimpl.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final, NamedTuple

from vcvm_core.errors import ManifestError, Place, error
from vcvm_core.files import read_file
from vcvm_core.limits import Limits
from vcvm_core.listed import listed
from vcvm_core.plugin import names
from vcvm_core.plugin.annotations import Misread, Scope, read_signature
from vcvm_core.plugin.declare import Declaration
from vcvm_core.plugin.examples import first_paragraph, read_examples
from vcvm_core.plugin.libraries import SUFFIX, LibraryRow, library_of
from vcvm_core.plugin.manifest import (
    PACK_API,
    REPORTED,
    SCHEMA,
    Findings,
    Manifest,
    Row,
    decode_manifest,
    duplicates,
    encode_manifest,
    row_from_data,
)
from vcvm_core.plugin.packing import pack as pack_data
from vcvm_core.plugin.vectors import digest, vector_to_data

FILES: Final = 2_000
"""The most files of a pack's source."""

FILE_BYTES: Final = 1 << 20
"""The largest file of a pack's source, in bytes."""

SOURCES: Final = (".py", SUFFIX)
"""How the names of source files end: modules, and libraries."""

ROOTS: Final = ("src", ".")
"""Where a project keeps its packages; the first that has them all counts."""

OBSERVER: Final = "vcvm_observer"
MARKERS: Final = ("vcvm_core.plugin.hookimpl", "vcvm_core.plugin.hooks.hookimpl")

DECORATORS: Final = ("vcvm_core.plugin.intrinsic", "vcvm_core.plugin.declare.intrinsic")

_TEXT: Final = (str, type(None))
_ARGUMENTS: Final[dict[str, tuple[type, ...]]] = {
    "uuid": (str,), "cost": (str, int), "size": (str, int, type(None)), "effects": (list, tuple),
    "deterministic": (bool,), "since": _TEXT, "deprecated": _TEXT, "supersedes": _TEXT, "relation": _TEXT,
    "name": _TEXT,
}  # fmt: skip


class Source(NamedTuple):
    """One file: its path relative to the source root, with slashes, and its contents."""

    path: str
    text: bytes

    @property
    def module(self) -> str:
        """The dotted name under which Python imports it."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def extract_manifest(
    project: str,
    packages: str | Sequence[str],
    *,
    pack: str,
    version: str,
    api: tuple[int, int] = (PACK_API, PACK_API),
    source_root: str | None = None,
    limits: Limits = Limits.default,
) -> Manifest:
    """The manifest of the pack whose source is in a project's folder.

    packages: names of its top-level packages or modules. pack, version: the distribution's. source_root: the folder of
    the packages, relative to the project; found by itself if None. Raises ManifestError, PackError (path-escape).
    """
    packages = listed(packages, "packages")
    root = find_source_root(project, packages) if source_root is None else source_root
    sources = read_sources(project, root, packages)
    found = Findings()
    rows: list[tuple[Row, Place]] = []
    carried: dict[str, LibraryRow] = {}
    observer = False
    for source in sources:
        file = source.path if root == "." else f"{root}/{source.path}"
        if source.path.endswith(SUFFIX):
            _carry(source, file, carried, found, limits)
        else:
            module = _Module(source, file, found)
            rows += module.rows()
            observer = observer or module.observes
    rows.sort(key=lambda pair: pair[0].uuid)
    duplicates([row for row, _ in rows], found, [place for _, place in rows])
    if found.problems:
        raise ManifestError(*found.problems[:REPORTED])
    tops = tuple(sorted(set(packages)))
    manifest = Manifest(
        SCHEMA,
        names.normalised(pack),
        version,
        api,
        tops,
        tuple(row for row, _ in rows),
        root,
        _hash(sources),
        tuple(carried[name] for name in sorted(carried)),
        observer,
    )
    # What is written must be readable: the reader has the last word on names, sizes and limits.
    return decode_manifest(encode_manifest(manifest), limits)


def _carry(source: Source, file: str, carried: dict[str, LibraryRow], found: Findings, limits: Limits) -> None:
    """Adds the library of a compiled file to those of the pack, or what is wrong with it to `found`."""
    try:
        row = library_of(source.path, source.text, limits)
        if row.name in carried:
            raise error("bad-pack-library", path=source.path, reason=f"{carried[row.name].path} has the same name")
        carried[row.name] = row
    except ManifestError as e:
        found.problems += e.placed(Place(file=file)).diagnostics


def find_source_root(project: str, packages: str | Sequence[str]) -> str:
    """The folder of a project that holds these packages, "src" or ".". Raises ManifestError (bad-source)."""
    packages = listed(packages, "packages")
    for root in ROOTS:
        if packages and all(_package_path(project, root, p) for p in packages):
            return root
    wanted = ", ".join(packages) or "no package"
    raise error("bad-source", Place(file=project), reason=f"neither src nor the project's folder holds {wanted}")


def hash_source(project: str, source_root: str, packages: str | Sequence[str]) -> bytes:
    """The hash of the packages' source, 32 bytes, as the head of this file says. Raises as `read_sources`."""
    return _hash(read_sources(project, source_root, packages))


def read_sources(project: str, source_root: str, packages: str | Sequence[str]) -> list[Source]:
    """All .py and .vcvm files of the packages, sorted by path. Raises ManifestError (bad-source), PackError (path-escape)."""
    packages = listed(packages, "packages")
    root = os.path.join(project, source_root)
    sources: list[Source] = []
    for package in sorted(set(packages)):
        path = _package_path(project, source_root, package)
        if not path:
            raise error("bad-source", Place(file=root), reason=f"there is no package {package}")
        for file in [path] if path.endswith(".py") else _source_files(path, os.path.realpath(root)):
            if len(sources) == FILES:
                raise error("bad-source", Place(file=path), reason=f"it has more than {FILES} files")
            sources.append(Source(os.path.relpath(file, root).replace(os.sep, "/"), _contents(file)))
    return sorted(sources)


def _hash(sources: Sequence[Source]) -> bytes:
    # Here, not above: the import is dear, and reading manifests needs it rarely.
    from hashlib import sha256

    result = sha256()
    for path, text in sources:
        result.update(path.encode("utf-8", "surrogateescape") + b"\0" + len(text).to_bytes(8, "big") + text)
    return result.digest()


def _package_path(project: str, root: str, package: str) -> str:
    """The folder or file of a top-level package; empty if there is none."""
    path = os.path.join(project, root, package)
    return path if os.path.isdir(path) else f"{path}.py" if os.path.isfile(f"{path}.py") else ""


def _source_files(folder: str, root: str) -> Iterator[str]:
    try:
        entries = sorted(os.scandir(folder), key=lambda e: e.name)
    except OSError as e:
        raise error("bad-source", Place(file=folder), reason=e.strerror or e) from e
    for entry in entries:
        if _hidden(entry.name):
            continue
        if entry.is_symlink() and not inside(os.path.realpath(entry.path), root):
            raise error("path-escape", Place(file=entry.path), path=entry.path, folder=root)
        if entry.is_dir(follow_symlinks=False):
            yield from _source_files(entry.path, root)
        elif entry.name.endswith(SOURCES) and entry.is_file():
            yield entry.path


def is_source(path: str, packages: Collection[str]) -> bool:
    """Whether a file is one of those that `read_sources` reads. path: relative to the source root, with slashes."""
    top, *rest = path.split("/")
    if not rest:
        return path.removesuffix(".py") in packages and path.endswith(".py")
    return top in packages and path.endswith(SOURCES) and not any(map(_hidden, rest))


def _hidden(name: str) -> bool:
    """Whether a file or folder in a package is no part of its source."""
    return name.startswith(".") or name == "__pycache__"


def inside(path: str, folder: str) -> bool:
    """Whether a real path is a real folder or below it."""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _contents(path: str) -> bytes:
    return read_file(path, FILE_BYTES, "bad-source", failed="bad-source", empty=True)


class _Module:
    """Reads the intrinsics of one file; what is wrong with them is added to `found`."""

    def __init__(self, source: Source, file: str, found: Findings) -> None:
        self.source, self.file, self.found = source, file, found
        self.scope = Scope(ast.Module([], []))
        self.observes = False

    def rows(self) -> Iterator[tuple[Row, Place]]:
        try:
            tree = ast.parse(self.source.text, self.file)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as e:
            line = (e.lineno if isinstance(e, SyntaxError) else None) or 1
            self.found.place = Place(file=self.file, line=line)
            self.found.add("bad-source", reason=e.msg if isinstance(e, SyntaxError) else e)
            return
        self.scope = Scope(tree)
        top = set(tree.body)
        self.observes = any(map(self._is_hook, tree.body))
        for node in ast.walk(tree):
            for decorator in getattr(node, "decorator_list", ()):
                if self._is_ours(decorator):
                    yield from self._row(node, decorator, top)

    def _is_hook(self, node: ast.stmt) -> bool:
        if not isinstance(node, ast.FunctionDef) or node.name != OBSERVER:
            return False
        called = (d.func if isinstance(d, ast.Call) else d for d in node.decorator_list)
        return any(self.scope.origin(d) in MARKERS for d in called)

    def _is_ours(self, decorator: ast.expr) -> bool:
        return self.scope.origin(decorator.func if isinstance(decorator, ast.Call) else decorator) in DECORATORS

    def _row(self, node: ast.AST, decorator: ast.expr, top: set[ast.stmt]) -> Iterator[tuple[Row, Place]]:
        name = getattr(node, "name", "")
        before = len(self.found.problems)
        if not isinstance(node, ast.FunctionDef) or any(isinstance(n, ast.Yield | ast.YieldFrom) for n in _own(node)):
            self._refuse(name, decorator.lineno, "an intrinsic is a plain function: no class, coroutine or generator")
            return
        if node not in top:
            self._refuse(name, node.lineno, "an intrinsic stands at the top of a module")
        if len(node.decorator_list) > 1:
            self._refuse(name, node.decorator_list[0].lineno, "an intrinsic has no other decorator")
        declared = self._declared(name, decorator)
        vectors, misread = read_examples(node)
        for problem in misread:
            self._refuse(name, problem.line, problem)
        try:
            signature = read_signature(node, self.scope)
        except Misread as e:
            self._refuse(name, e.line, e)
        if len(self.found.problems) != before:
            return
        examples = [vector_to_data(v) for v in vectors]
        data = {
            **declared,
            "signature": str(signature),
            "doc": first_paragraph(node),
            "target": f"{self.source.module}:{name}",
            "vectors": examples,
        }
        place = self.found.place = Place(file=self.file, line=node.lineno)
        try:
            # What an author wrote need not be storable: a text with half a character, an integer beyond 64 bits.
            pack_data({"vectors": examples})
        except ManifestError as e:
            self._refuse(name, node.lineno, f"in an example, {e.diagnostics[0].message}")
            return
        data["vectors_digest"] = digest(examples)
        row = row_from_data(data, f"intrinsic {name}", self.found)
        if row is not None:
            yield row, place

    def _declared(self, name: str, decorator: ast.expr) -> dict[str, Any]:
        """The fields of the row that the decorator's arguments give."""
        line = decorator.lineno
        given: dict[str, ast.expr] = {}
        if not isinstance(decorator, ast.Call) or len(decorator.args) > 1:
            self._refuse(name, line, 'the decorator has the form @intrinsic("uuid", name=value, ...)')
            return {}
        if decorator.args:
            given["uuid"] = decorator.args[0]
        for keyword in decorator.keywords:
            if keyword.arg not in _ARGUMENTS:
                self._refuse(name, keyword.value.lineno, f"intrinsic has no argument {keyword.arg or '**'}")
            else:
                given[keyword.arg] = keyword.value
        if "uuid" not in given:
            self._refuse(name, line, "the UUID is missing")
        values: dict[str, Any] = dict.fromkeys(Declaration._fields)
        values.update(cost=1, effects=(), deterministic=True)
        for argument, node in given.items():
            try:
                value = ast.literal_eval(node)
            except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
                self._refuse(name, node.lineno, f"{argument} is not a literal: {ast.unparse(node)[:60]}")
                continue
            if type(value) not in _ARGUMENTS[argument]:
                self._refuse(name, node.lineno, f"{argument} cannot be of type {type(value).__name__}")
            elif argument == "effects" and any(type(effect) is not str for effect in value):
                self._refuse(name, node.lineno, "effects are texts")
            else:
                values[argument] = value
        for argument in ("uuid", "supersedes"):
            text = values[argument]
            if text is not None:
                values[argument] = names.uuid_bytes(text)
                if not values[argument]:
                    self.found.place = Place(file=self.file, line=given[argument].lineno)
                    facts = {"where": f"{argument} of {name}", "reason": f"{text!r} is not of its form"}
                    self.found.add("manifest-bad-uuid", **facts)
        for argument in ("cost", "size"):
            values[argument] = None if values[argument] is None else str(values[argument])
        values["name"] = values["name"] or name
        values["effects"] = sorted(values["effects"])
        return values

    def _refuse(self, name: str, line: int, reason: object) -> None:
        self.found.place = Place(file=self.file, line=line)
        self.found.add("bad-declaration", what=f"intrinsic {name}", reason=reason)


def _own(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """The nodes of a function's body, those of functions inside it left out."""
    waiting: list[ast.AST] = [*function.body]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            waiting.extend(ast.iter_child_nodes(node))
