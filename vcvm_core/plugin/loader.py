"""Loading one pack: importing it, on the first binding of one of its intrinsics, and holding it to its manifest.

Takes a `Found` that is usable; gives Python functions, or a PackError, the same one for the same pack ever after. In
order:

1. The distribution's entry points in the group ``vcvm.packs`` are read and held against a grammar of our own; each
   names a module in one of the manifest's packages, and that package is found where the distribution is installed.
2. The modules are imported. What that raises is a PackError with it as its cause, a `sys.exit` of the pack included; what
   is the application's passes, see errors/passing.py.
3. They are registered with a pluggy PluginManager of the pack's own, under the distribution's name. A hook that is not
   specified is refused, so a misspelt one is no silence. The hook is called and gives the functions. A pack whose manifest
   names no intrinsic and an observer need not have any; its observer is asked for each time that somebody names it.
4. A function is compared with its row of the manifest before it is given out: identity, place, signature, effects,
   costs. A program was compiled, and perhaps permitted, on the word of the manifest.

Importing happens outside the lock, under Python's own import locks, which know of each other; ours would not.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import importlib_metadata
import pluggy

from vcvm_core.errors import PackError, Place, VcvmError, clean, error, passes
from vcvm_core.plugin import hooks, names
from vcvm_core.plugin.declare import ATTRIBUTE, Declaration
from vcvm_core.plugin.discovery import SUFFIX, Found
from vcvm_core.plugin.extract import inside
from vcvm_core.plugin.manifest import Manifest, Row
from vcvm_core.values import BadType, signature_of

GROUP: Final = "vcvm.packs"
ENTRY_POINTS_BYTES: Final = 64 << 10
"""The largest entry_points.txt that is read."""

Function = Callable[..., Any]


class Loader:
    """Loads one pack, once. Safe to use from several threads."""

    def __init__(self, found: Found, manifest: Manifest) -> None:
        self.found, self.manifest = found, manifest
        self._lock = threading.RLock()
        self._functions: dict[bytes, Function] | None = None
        self._hooks: Any = None
        self._failure: PackError | None = None

    def load(self) -> None:
        """Import the pack and register its hooks. Raises PackError."""
        self._loaded()

    def function(self, row: Row) -> Function:
        """The function of this row of the manifest. Raises PackError."""
        functions = self._loaded()
        found = functions.get(row.uuid)
        if found is None:
            raise self._error("missing-attribute", name=row.name, uuid=names.uuid_text(row.uuid))
        self._compare(row, found)
        return found

    def observer(self, argument: str) -> Any:
        """The pack's observer. Raises PackError; observer-refused is about this argument alone."""
        self._loaded()
        try:
            # Of several implementations pluggy would call all.
            found = self._hooks.vcvm_observer.get_hookimpls()
            made = self._hooks.vcvm_observer(argument=argument) if len(found) == 1 else []
        except BaseException as e:
            if passes(e, *self.manifest.packages):
                raise
            reason = clean(e, 200) if isinstance(e, ValueError) else f"{type(e).__name__}: {clean(e, 200)}"
            cure = "correct what stands behind its name" if isinstance(e, ValueError) else "report it to its authors"
            raise self._error("observer-refused", reason=reason, cure=cure) from e
        if not found:
            raise self._error("no-observer")
        if not made:
            reason = "it gave None" if len(found) == 1 else f"{len(found)} modules implement vcvm_observer"
            raise self._error("observer-refused", reason=reason, cure="report it to its authors")
        return made[0]

    def _loaded(self) -> dict[bytes, Function]:
        if self._functions is None:
            try:
                if self._failure is not None:
                    raise self._failure
                modules = [(name, self._import(name)) for name in self._modules()]
                with self._lock:
                    if self._functions is None:
                        self._functions = self._collect(modules)
            except PackError as e:
                self._failure = self._failure or e
                raise PackError(*self._failure.diagnostics) from self._failure.__cause__
        return self._functions

    def _error(self, kind: str, /, **facts: Any) -> VcvmError:
        return error(kind, Place(file=self.found.where), pack=self.found.name, **facts)

    def _modules(self) -> list[str]:
        """The modules that the distribution's entry points name."""
        distribution = self._distribution()
        try:
            entries = [e for e in distribution.entry_points if e.group == GROUP]
        except Exception as e:
            if passes(e):
                raise
            raise self._error("bad-entry-point", reason=f"entry_points.txt: {type(e).__name__}: {e}") from e
        if not entries:
            raise self._error("bad-entry-point", reason="there is none")
        modules = []
        for entry in entries:
            reason = names.bad_module(entry.value)
            if not reason and entry.value.partition(".")[0] not in self.manifest.packages:
                reason = f"its manifest describes {', '.join(self.manifest.packages)} only"
            if not reason and entry.value in modules:
                reason = "it stands twice"
            if reason:
                raise self._error("bad-entry-point", reason=f"{entry.name} = {entry.value}: {reason}")
            modules.append(entry.value)
        return modules

    def _distribution(self) -> Any:
        """The distribution, as importlib_metadata sees it."""
        where = self.found.where
        if not where.endswith(SUFFIX):
            for distribution in importlib_metadata.distributions(path=[where]):
                if names.normalised(distribution.name) == self.found.name:
                    return distribution
            raise self._error("bad-entry-point", reason=f"the distribution is no longer in {where}")
        path = os.path.join(where, "entry_points.txt")
        size = os.path.getsize(path) if os.path.exists(path) else 0
        if size > ENTRY_POINTS_BYTES:
            raise self._error("bad-entry-point", reason=f"entry_points.txt has {size} bytes")
        return importlib_metadata.PathDistribution(Path(where))

    def _import(self, name: str) -> ModuleType:
        self._locate(name.partition(".")[0])
        try:
            return importlib.import_module(name)
        except BaseException as e:
            if passes(e, *self.manifest.packages):
                raise
            facts = {"module": name, "error": type(e).__name__, "message": e}
            raise self._error("import-failed", **facts) from e

    def _locate(self, package: str) -> None:
        """Raises PackError if Python would take a top-level package from somewhere else than this distribution."""
        try:
            spec = importlib.util.find_spec(package)
        except (ImportError, ValueError, AttributeError) as e:
            raise self._error("bad-entry-point", reason=f"{package} cannot be found: {e}") from e
        home = os.path.realpath(self.found.editable or self._folder())
        places = [] if spec is None else [spec.origin, *(spec.submodule_search_locations or ())]
        real = [os.path.realpath(p) for p in places if p]
        if not any(inside(p, home) for p in real):
            where = f"found at {real[0]}, outside of {home}" if real else "not to be found"
            raise self._error("bad-entry-point", reason=f"{package} is {where}")

    def _folder(self) -> str:
        """Where the files of the distribution lie: beside its .dist-info, or in its zip file."""
        return os.path.dirname(self.found.where) if self.found.where.endswith(SUFFIX) else self.found.where

    def _collect(self, modules: list[tuple[str, ModuleType]]) -> dict[bytes, Function]:
        plugins = pluggy.PluginManager(hooks.PROJECT)
        plugins.add_hookspecs(hooks)
        try:
            for i, (name, module) in enumerate(modules):
                plugins.register(module, self.found.name if i == 0 else f"{self.found.name}:{name}")
            plugins.check_pending()
            lists = plugins.hook.vcvm_intrinsics()
            self._hooks = plugins.hook
        except BaseException as e:
            if passes(e, *self.manifest.packages):
                raise
            raise self._error("bad-hook", reason=f"{type(e).__name__}: {e}") from e
        if not lists and (self.manifest.intrinsics or not self.manifest.observer):
            raise self._error("bad-hook", reason="none of its modules implements vcvm_intrinsics")
        functions: dict[bytes, Function] = {}
        for declared, function in self._declared(lists):
            uuid = names.uuid_bytes(declared.uuid) if type(declared.uuid) is str else b""
            if uuid in functions and functions[uuid] is not function:
                raise self._error("bad-hook", reason=f"two functions have the UUID {declared.uuid}")
            functions[uuid] = function
        return functions

    def _declared(self, lists: list[Any]) -> Iterator[tuple[Declaration, Function]]:
        for functions in lists:
            if not isinstance(functions, list | tuple):
                raise self._error("bad-hook", reason=f"vcvm_intrinsics gives a {type(functions).__name__}, not a list")
            for function in functions:
                declared = getattr(function, ATTRIBUTE, None)
                if type(declared) is not Declaration:
                    what = getattr(function, "__qualname__", type(function).__name__)
                    raise self._error("bad-hook", reason=f"{what} is not declared with @intrinsic")
                yield declared, function

    def _compare(self, row: Row, function: Function) -> None:
        """Raises PackError if the function is not the one that its row of the manifest describes."""
        if not inspect.isfunction(function):
            raise self._error("not-a-plain-function", name=row.name, found=f"a {type(function).__name__}")
        if function.__code__.co_flags & (inspect.CO_COROUTINE | inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR):
            raise self._error("not-a-plain-function", name=row.name, found="a coroutine or generator function")
        try:
            differences = _differences(row, function)
        except BadType as e:
            differences = [str(e)]
        if differences:
            facts = {"name": row.name, "uuid": names.uuid_text(row.uuid), "difference": "; ".join(differences)}
            raise self._error("signature-mismatch", **facts)


def _differences(row: Row, function: Function) -> list[str]:
    declared: Declaration = getattr(function, ATTRIBUTE)
    found = [difference] if (difference := row.signature.difference(signature_of(function))) else []
    for what, expected, actual in (
        ("name", row.name, declared.name or function.__name__),
        ("target", row.target, f"{function.__module__}:{function.__qualname__}"),
        ("effects", list(row.effects), sorted(declared.effects)),
        ("deterministic", row.deterministic, declared.deterministic),
        ("cost", row.cost, str(declared.cost)),
        ("size", row.size, None if declared.size is None else str(declared.size)),
    ):
        if expected != actual:
            found.append(f"{what}: expected {expected}, found {actual}")
    return found
