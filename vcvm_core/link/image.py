"""Linking: a verified module and a host become an image, or one report says everything that is missing.

Takes a `VerifiedModule`, a `HostTable`, the allowed effects and the libraries there are; gives an `Image`, whose modules
have every extern bound to a Python function and every library function bound to the function of another module. Refuses
anything that the verifier did not make. `check` gives the report alone and imports no pack.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from vcvm_core.bytecode import Extern, Import, held
from vcvm_core.errors import Diagnostic, VcvmError, clean, error
from vcvm_core.limits import Limits
from vcvm_core.link.hosts import HostTable, Offer
from vcvm_core.link.report import LinkReport, Verdict
from vcvm_core.link.resolve import Everything, allowed, resolve
from vcvm_core.verify import VerifiedModule


class LibraryFile(NamedTuple):
    """A library that a host has: verified, with the SHA-256 of its bytes."""

    verified: VerifiedModule
    digest: bytes


class Binding(NamedTuple):
    """An extern and the Python function that it is bound to."""

    extern: Extern
    offer: Offer
    function: Callable[..., Any]


class LinkedModule:
    """A module of an image. imports: for each library function, the module and the index of the function in it."""

    __slots__ = ("bindings", "imports", "name", "verified")

    def __init__(self, name: str, verified: VerifiedModule) -> None:
        self.name, self.verified = name, verified
        self.bindings: tuple[Binding, ...] = ()
        self.imports: tuple[tuple[LinkedModule, int], ...] = ()


_TOKEN: Final = object()


class Image:
    """A linked program: `main` and, through its imports, every library. Made by `link` only."""

    __slots__ = ("main", "report")

    def __init__(self, main: LinkedModule, report: LinkReport, token: object = None) -> None:
        if token is not _TOKEN:
            raise error("not-verified", found="an image made by hand")
        self.main, self.report = main, report


class _Linker:
    def __init__(
        self,
        hosts: HostTable,
        allow: str | Iterable[str] | Everything,
        libraries: Mapping[str, LibraryFile],
        bind: bool,
        limits: Limits | None,
    ) -> None:
        self.hosts, self.allow, self.libraries, self.bind = hosts, allowed(allow), libraries, bind
        self.limits = limits
        self.verdicts: list[Verdict] = []
        self.done: dict[bytes, LinkedModule] = {}

    def module(self, name: str, verified: VerifiedModule, label: str = "") -> LinkedModule:
        """Link one module and, below it, its libraries. A library names others by hash, so there are no circles."""
        linked = LinkedModule(name, verified)
        module = verified.module
        found = [resolve(extern, self.hosts, self.allow, self.bind, label) for extern in module.externs]
        self.verdicts.extend(found)
        if self.bind and all(v.ok for v in found):
            pairs = zip(module.externs, found, strict=True)
            linked.bindings = tuple(Binding(x, v.offer, v.function) for x, v in pairs if v.offer and v.function)
        below: list[LinkedModule | None] = [self.library(x.name, x.digest, label) for x in module.libraries]
        imports = []
        for entry in module.imports:
            target = below[entry.library]
            if target is None:
                continue
            index = self.symbol(module.libraries[entry.library].name, target, entry, label)
            if index is not None:
                imports.append((target, index))
        linked.imports = tuple(imports)
        return linked

    def library(self, name: str, digest: bytes, label: str) -> LinkedModule | None:
        """The linked library of this name and content, or None, with a verdict that says why."""
        if digest in self.done:
            return self.done[digest]
        fix = f"get the library that the program was compiled with: --library {clean(name)}=FILE"
        try:
            here = self.libraries.get(name) or self.hosts.library(name, digest)
            if here is not None and self.limits is not None:
                # A host reads libraries under limits of its own, which may be higher than those of this program.
                held(here.verified.source, self.limits)
        except VcvmError as e:
            self.refuse(name, "unknown-library", str(e.diagnostics[0]), e.help, label, {"name": name, "fix": e.help})
            return None
        if here is None:
            facts = {"name": name, "fix": fix}
            self.refuse(name, "unknown-library", "not available", fix, label, facts)
            return None
        if here.digest != digest:
            facts = {"name": name, "fix": fix, "expected": digest.hex()[:12], "found": here.digest.hex()[:12]}
            found = f"compiled against {facts['expected']}, found {facts['found']}"
            self.refuse(name, "library-differs", found, fix, label, facts)
            return None
        if here.verified.module.kind != "library":
            # A program may halt, which a library, being called, may not.
            fix = f"compile {clean(name)} as a library"
            self.refuse(name, "unknown-library", "here, but it is a program", fix, label, {"name": name, "fix": fix})
            return None
        self.verdicts.append(Verdict("library", name, "", "bound", digest.hex()[:12], module=label))
        linked = self.done[digest] = self.module(name, here.verified, name)
        return linked

    def symbol(self, library: str, target: LinkedModule, entry: Import, label: str) -> int | None:
        """The index of an imported function in its library, or None, with a verdict."""
        module = target.verified.module
        index = module.export(entry.name)
        found = "it exports no such function" if index is None else f"found {module.functions[index].signature.shape}"
        if index is not None and module.functions[index].signature.shape == entry.signature.shape:
            return index
        fix = "compile the program again"
        facts = {"library": library, "name": entry.name, "expected": entry.signature.shape, "found": found, "fix": fix}
        self.refuse(library, "symbol-differs", f"{clean(entry.name)}: {found}", fix, label, facts)
        return None

    def refuse(self, name: str, kind: str, found: str, fix: str, label: str, facts: dict[str, Any]) -> None:
        diagnostic = Diagnostic(kind, facts=facts)
        self.verdicts.append(Verdict("library", name, "", kind, found, fix, label, (), (diagnostic,)))


def _checked(verified: object) -> VerifiedModule:
    if type(verified) is not VerifiedModule:
        raise error("not-verified", found=f"a {type(verified).__name__}")
    return verified


def link(
    verified: VerifiedModule,
    hosts: HostTable,
    allow: str | Iterable[str] | Everything = (),
    libraries: Mapping[str, LibraryFile] | None = None,
    name: str = "",
    limits: Limits | None = None,
) -> Image:
    """The image of a program on a host. Raises LinkError, whose `report` has every verdict.

    allow: the effects that the program's intrinsics may have; without, pure ones only; EVERYTHING, if the program is not
    run. name: of the program, for the report. limits: what its libraries are held to, too; without, what they were verified
    under is enough. Packs that offer what the program imports are imported here, and no others.
    """
    linker = _Linker(hosts, allow, libraries or {}, True, limits)
    main = linker.module(name, _checked(verified))
    report = LinkReport(name, tuple(linker.verdicts))
    if not report.ok:
        raise report.error()
    return Image(main, report, _TOKEN)


def check(
    verified: VerifiedModule,
    hosts: HostTable,
    allow: str | Iterable[str] | Everything = (),
    libraries: Mapping[str, LibraryFile] | None = None,
    name: str = "",
    limits: Limits | None = None,
) -> LinkReport:
    """The report that `link` would make, as far as manifests tell; imports no pack and raises nothing for a refusal."""
    linker = _Linker(hosts, allow, libraries or {}, False, limits)
    linker.module(name, _checked(verified))
    return LinkReport(name, tuple(linker.verdicts))
