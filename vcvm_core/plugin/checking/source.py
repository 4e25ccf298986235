"""A pack held against its own words, nothing imported.

Takes a subject; gives findings: declarations that are refused, a manifest made from another source, targets that are not
there, entry points and hooks that lead nowhere, UUIDs that others have, and hints about effects and costs. What the manifest
promises is compared with what the syntax trees declare; what the code does is the other half, `running`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any, Final

from vcvm_core.errors import Diagnostic, ManifestError, Place
from vcvm_core.plugin import names
from vcvm_core.plugin.checking import effects
from vcvm_core.plugin.checking.rules import Finding
from vcvm_core.plugin.checking.subject import Subject
from vcvm_core.plugin.checking.usage import Module, Modules
from vcvm_core.plugin.discovery import discover
from vcvm_core.plugin.extract import extract_manifest, hash_source, read_sources
from vcvm_core.plugin.manifest import PACK_API, Manifest, Row
from vcvm_core.plugin.names import uuid_text
from vcvm_core.plugin.registry import STANDARD

HOOK: Final = "vcvm_intrinsics"
MARKERS: Final = ("vcvm_core.plugin.hookimpl", "vcvm_core.plugin.hooks.hookimpl")
FIELDS: Final = (
    "name", "signature", "effects", "deterministic", "cost", "size", "doc", "since", "deprecated", "supersedes",
    "relation", "target", "vectors_digest",
)  # fmt: skip
"""What is compared of a row; examples by their digest."""


def read_checks(subject: Subject) -> Iterator[Finding]:
    """The findings of all that can be known of a pack without importing it."""
    yield from (refusal(d) for d in subject.refused)
    manifest = subject.manifest
    if manifest is not None:
        low, high = manifest.api
        if not low <= PACK_API <= high:
            needed = str(low) if low == high else f"{low} to {high}"
            yield Finding("wrong-api", {"needed": needed, "ours": PACK_API})
    if subject.project is None:
        if subject.form == "manifest":
            yield Finding("no-source", {})
    else:
        yield from _source(subject, subject.project)
    if manifest is not None:
        yield from neighbours(manifest)


def refusal(problem: Diagnostic) -> Finding:
    """The finding for a declaration that the reader of sources refuses."""
    facts = {"code": problem.code, "reason": problem.message, "help": problem.help}
    return Finding("declaration-refused", facts, place=problem.place)


def _finding(rule: str, row: Row, place: Place, /, **facts: Any) -> Finding:
    return Finding(rule, facts, uuid_text(row.uuid), row.name, place)


def _source(subject: Subject, project: str) -> Iterator[Finding]:
    """The source held against the manifest."""
    manifest, declared = subject.manifest, subject.manifest
    try:
        sources = read_sources(project, subject.root, subject.packages)
        if manifest is not None and subject.recorded:
            declared = None
            declared = extract_manifest(
                project,
                subject.packages,
                pack=manifest.pack,
                version=manifest.version,
                api=manifest.api,
                source_root=subject.root,
            )
    except ManifestError as e:
        yield from (refusal(d) for d in e.diagnostics)
        if any(d.place.line is None for d in e.diagnostics):
            return
        sources = read_sources(project, subject.root, subject.packages)
    modules = Modules(sources, subject.root)
    if manifest is not None and subject.recorded:
        differing = list(_rows(manifest, declared, modules)) if declared is not None else []
        differing += _libraries(manifest, declared) if declared is not None else []
        if hash_source(project, subject.root, subject.packages) != manifest.source_sha256:
            detail = "" if declared is None or differing else ", which declares the same"
            yield Finding("manifest-stale", {"detail": detail})
        yield from differing
    yield from _entries(subject, modules)
    for row in (manifest or declared).intrinsics if manifest or declared else ():  # type: ignore[union-attr]
        yield from _hints(row, modules)


def place_of(modules: Modules, target: str) -> Place:
    """File and line of a target's function."""
    found = modules.function(target)
    return Place() if found is None else Place(file=found[0].file, line=found[1].lineno)


def _rows(manifest: Manifest, declared: Manifest, modules: Modules) -> Iterator[Finding]:
    """The rows of a manifest held against those of its source."""
    there = {row.uuid: row for row in declared.intrinsics}
    for row in manifest.intrinsics:
        place = place_of(modules, row.target)
        found = there.pop(row.uuid, None)
        if found is None:
            yield _finding("target-missing", row, place, target=row.target)
        else:
            for field in FIELDS:
                a, b = getattr(row, field), getattr(found, field)
                if a != b:
                    yield _finding("row-differs", row, place, difference=_difference(field, a, b))
    for row in there.values():
        yield _finding("row-missing", row, place_of(modules, row.target))


def _libraries(manifest: Manifest, declared: Manifest) -> Iterator[Finding]:
    """The libraries of a manifest held against those of its source."""
    recorded, there = ({row.name: row for row in found.libraries} for found in (manifest, declared))
    for name in sorted(recorded.keys() | there.keys()):
        if name not in there:
            yield Finding("library-differs", {"library": name, "found": "it is gone"})
        elif name not in recorded:
            yield Finding("library-differs", {"library": name, "found": "it is new"})
        elif recorded[name] != there[name]:
            yield Finding("library-differs", {"library": name, "found": "it was changed"})


def _difference(field: str, a: Any, b: Any) -> str:
    if field == "vectors_digest":
        return "other examples"
    if type(a) is bytes or type(b) is bytes:
        a, b = (uuid_text(v) if v else "nothing" for v in (a, b))
    return f"{field}: expected {a}, found {b}"


def _entries(subject: Subject, modules: Modules) -> Iterator[Finding]:
    """Entry points, and the hook behind them."""
    hooks: list[tuple[Module, ast.FunctionDef]] = []
    entries = subject.entries
    if not entries:
        yield Finding("entry-point", {"value": "in the group vcvm.packs", "reason": "there is none"})
        return
    for name, value in entries:
        value = value.strip()
        module = modules.modules.get(value)
        reason = names.bad_module(value)
        if not reason and value.partition(".")[0] not in subject.packages:
            reason = f"the manifest describes {', '.join(subject.packages)} only"
        if not reason and module is None:
            reason = "there is no such module in the source"
        if reason:
            yield Finding("entry-point", {"value": f"{name} = {value}", "reason": reason})
            return
        hook = module.functions.get(HOOK) if module is not None else None
        if module is not None and hook is not None and _marked(module, hook):
            hooks.append((module, hook))
    if not hooks and subject.manifest is not None and subject.manifest.observer and not subject.manifest.intrinsics:
        return
    if not hooks:
        file = modules.modules[entries[0][1].strip()].file
        yield Finding("hook-missing", {}, place=Place(file=file))
        return
    yield from _handed_over(subject, modules, hooks)


def _marked(module: Module, hook: ast.FunctionDef) -> bool:
    called = [d.func if isinstance(d, ast.Call) else d for d in hook.decorator_list]
    # A marker that was imported in another way is not known here; loading tells.
    return any(module.scope.origin(d) in MARKERS or ast.unparse(d).endswith("hookimpl") for d in called)


def _handed_over(subject: Subject, modules: Modules, hooks: list[tuple[Module, ast.FunctionDef]]) -> Iterator[Finding]:
    """Intrinsics that no hook names, where all hooks return plain lists of names."""
    given: set[str] = set()
    for module, hook in hooks:
        match hook.body[-1]:
            case ast.Return(value=ast.List(elts=items) | ast.Tuple(elts=items)) if all(
                isinstance(i, ast.Name | ast.Attribute) for i in items
            ):
                for item in items:
                    origin = module.absolute(module.scope.origin(item))
                    given.add(origin or f"{module.source.module}.{ast.unparse(item)}")
            case _:
                return
    for row in subject.manifest.intrinsics if subject.manifest is not None else ():
        # Through a re-export the same function has another dotted name; its last part is enough for a notice.
        function = row.target.partition(":")[2]
        if not any(name.rpartition(".")[2] == function for name in given):
            yield _finding("not-handed-over", row, place_of(modules, row.target))


def _hints(row: Row, modules: Modules) -> Iterator[Finding]:
    """What is worth a second look in one intrinsic."""
    place = place_of(modules, row.target)
    decorator = modules.declaration(row.target)
    if isinstance(decorator, ast.Call) and not any(k.arg == "cost" for k in decorator.keywords):
        yield _finding("cost-undeclared", row, place)
    if not row.vectors and row.deterministic:
        yield _finding("no-examples", row, place)
    said: set[str] = set()
    for use in modules.uses(row.target):
        effect = effects.of_name(use.name)
        if effect and effect not in said and not effects.declares(row.effects, effect):
            said.add(effect)
            what = use.name.removeprefix("builtins.")
            yield _finding("effect-hint", row, Place(file=use.file, line=use.line), what=what, effect=effect)


def neighbours(manifest: Manifest) -> Iterator[Finding]:
    """UUIDs and names that installed packs have too."""
    for pack in discover():
        other = pack.manifest
        if other is None or pack.name == manifest.pack:
            continue
        theirs = {row.uuid: row for row in other.intrinsics}
        called = {row.name for row in other.intrinsics}
        for row in manifest.intrinsics:
            facts = {"uuid": uuid_text(row.uuid), "pack": f"{pack.name} {pack.version}"}
            taken = theirs.get(row.uuid)
            if taken is not None:
                rule = "uuid-reserved" if pack.name == STANDARD else "uuid-taken"
                yield Finding(rule, {**facts, "taken": taken.name}, facts["uuid"], row.name)
            elif row.name in called:
                yield Finding("name-taken", facts, facts["uuid"], row.name)
        if _close(pack.name, manifest.pack):
            yield Finding("near-name", {"pack": pack.name})


def _close(a: str, b: str) -> bool:
    """Whether two names are one edit apart: a character more, less, or another one."""
    if abs(len(a) - len(b)) > 1 or a == b:
        return False
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    rest_a, rest_b = a[start:], b[start:]
    return rest_a[1:] == rest_b[1:] or rest_a[1:] == rest_b or rest_a == rest_b[1:]
