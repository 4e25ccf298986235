"""The facade: what an application needs to run other people's programs.

Takes a host table (installed packs, or the application's own functions), limits and allowed effects; gives `Program`,
whose functions can be called. Every call is a run of its own, with all its fuel; nothing is kept between calls. Refuses
bytes that are not a verified program, and programs that import what is not there, with the complete link report.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping
from functools import partial, wraps
from os import PathLike, fspath
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple
from uuid import UUID

from vcvm_core.bytecode import Extern, Module, content_hash, decode
from vcvm_core.errors import ApiError, Place, VcvmError, class_name, clean, error
from vcvm_core.files import read_file
from vcvm_core.limits import Limits
from vcvm_core.link import (
    Everything,
    FunctionHosts,
    HostTable,
    Image,
    LibraryFile,
    LinkReport,
    NoHosts,
    allowed,
    check,
    link,
)
from vcvm_core.listed import several
from vcvm_core.runtime import Codes, Machine, Meter, admitted, positional
from vcvm_core.values import Signature
from vcvm_core.verify import VerifiedModule, verify

if TYPE_CHECKING:
    from vcvm_core.compiled import Tier as Compiled
    from vcvm_core.hosting import Watch

Source = bytes | bytearray | memoryview | str | PathLike[str]
"""A program: its bytes, or the path of a file that holds them."""


class VM:
    """Loads programs for one host.

    hosts: who offers intrinsics: `vcvm_core.plugin.installed()`, a mapping from UUIDs to Python functions, or any
        `HostTable`; without it, nothing is offered. limits: what programs may use; each call gets all of it.
    allow: the effects that intrinsics may have ("clock", "random", ...); by default pure ones only.
    libraries: compiled libraries by name, for the programs that link to them. tier: how functions run: "auto" compiles one
        to Python when it is called again, or goes round in loops; "compiled" when it is first called; "interpreter" never.
        The result is the same. observers: objects that are told of every call and change none, see
        `vcvm_core.plugin.Observer`; nothing is called otherwise without them.

        vm = VM(hosts=installed())
        accept = vm.load("signup.vcvm").function("accept")
        accept({"age": 30, "email": "a@example.org"})

    Loading may be done in one thread and calling in others: a program can be called from several threads at a time.
    """

    def __init__(
        self,
        hosts: HostTable | Mapping[str | UUID, Callable[..., Any]] | None = None,
        *,
        limits: Limits = Limits.default,
        allow: str | Iterable[str] | Everything = (),
        libraries: Mapping[str, Source] | None = None,
        tier: TierName = "auto",
        observers: Iterable[Any] = (),
    ) -> None:
        if tier not in TIERS:
            raise error("wrong-type", where="tier", expected=" or ".join(TIERS), found=clean(tier))
        self.tier = tier
        self.hosts: HostTable = _table(hosts)
        self.watch: Watch | None = None
        if watching := several(observers, "observers", str):
            from vcvm_core.hosting import Watch

            self.hosts = self.watch = Watch(self.hosts, watching)
        self.limits = limits
        self.allow = allowed(allow)
        if libraries is not None and not hasattr(libraries, "items"):
            found = class_name(libraries)
            raise error(
                "wrong-type", where="libraries", expected="a mapping from names to libraries", found=f"a {found}"
            )
        self.libraries = {name: self._library(source) for name, source in (libraries or {}).items()}

    def _library(self, source: Source) -> LibraryFile:
        data, name = _bytes(source, self.limits)
        verified = verify(decode(data, self.limits), self.limits)
        if verified.module.kind != "library":
            facts = {"path": name or "it", "found": "a program", "expected": "a library"}
            raise error("wrong-format", cure="begin its source with .library, and compile it again", **facts)
        return LibraryFile(verified, content_hash(data))

    def load(self, source: Source) -> Program:
        """The program in a file or in bytes: decoded, verified, linked.

        Raises FileError, FormatError, VerifyError, and LinkError, whose `report` has the verdict on every import.
        Packs that offer what the program imports are imported here, and no others.
        """
        data, name = _bytes(source, self.limits)
        verified = self._verified(data, name)
        image = link(verified, self.hosts, self.allow, self.libraries, name, self.limits)
        return self._program(image, name)

    def load_module(self, module: Module, name: str = "") -> Program:
        """The program of a module that a compiler or assembler has just made. Raises as `load` does."""
        # A compiler that has seen the text before gives the same module again, which its verified form keeps alive.
        key = (id(module), self.limits)
        found = _seen.get(key)
        if found is None or found.source is not module:
            found = verify(module, self.limits)
            if sum(len(f.code) for f in module.functions) <= SMALL >> 2:
                _remember(key, found)
        image = link(found, self.hosts, self.allow, self.libraries, name, self.limits)
        return self._program(image, name)

    def _program(self, image: Image, name: str) -> Program:
        if self.watch is None:
            return Program(image, self.limits, self.tier)
        return _Watched(image, self.limits, self.tier, self.watch, name)

    def check(self, source: Source) -> LinkReport:
        """The link report for a program, as far as manifests tell: imports no pack, and a refusal is a result."""
        verified, name = self.verified(source)
        return check(verified, self.hosts, self.allow, self.libraries, name, self.limits)

    def verified(self, source: Source) -> tuple[VerifiedModule, str]:
        """A program decoded and verified, and the name of its file. Raises FileError, FormatError, VerifyError."""
        data, name = _bytes(source, self.limits)
        return self._verified(data, name), name

    def _verified(self, data: bytes, name: str) -> VerifiedModule:
        found = _seen.get((content_hash(data), self.limits))
        if found is None:
            try:
                found = verify(decode(data, self.limits), self.limits)
            except VcvmError as e:
                raise e.placed(Place(file=name or None)) from None
            if len(data) <= SMALL:
                # What was verified is immutable, so whoever loads the same bytes again can have it.
                _remember((content_hash(data), self.limits), found)
        return found


def _remember(key: tuple[Any, Limits], found: VerifiedModule) -> None:
    _seen[key] = found
    while len(_seen) > SEEN:
        _seen.pop(next(iter(_seen)), None)


TierName = Literal["auto", "compiled", "interpreter"]
TIERS: Final = ("auto", "compiled", "interpreter")
SEEN: Final = 64
"""Verified programs that a process remembers."""
SMALL: Final = 64 << 10
"""Bytes of the largest of them."""
_seen: dict[tuple[Any, Limits], VerifiedModule] = {}


class Run(NamedTuple):
    """How a call went. result: what it gave. error: what ended it, or None. meter: what it has left."""

    result: Any
    error: VcvmError | None
    meter: Meter

    @property
    def fuel(self) -> int:
        """Units that it used."""
        return self.meter.limits.fuel - self.meter.fuel_left

    @property
    def intrinsic_calls(self) -> int:
        """Intrinsics that it called."""
        return self.meter.limits.intrinsic_calls - self.meter.calls

    @property
    def memory(self) -> int:
        """Bytes of the values that it made, as they are accounted."""
        return self.meter.limits.memory - self.meter.memory


class Program:
    """A linked program. exports: the names of its functions. report: what each import was bound to."""

    def __init__(self, image: Image, limits: Limits, tier: TierName = "auto") -> None:
        self.image, self.limits, self.tier = image, limits, tier
        self.report = image.report
        self.module = image.main.verified.module
        self._codes = Codes()
        self._entries: dict[int, Callable[..., Any]] = {}
        self._called: set[int] = set()
        self._compiled: Compiled | None = None
        self._observed: Compiled | None = None

    @property
    def exports(self) -> tuple[str, ...]:
        """The names of the functions that can be called."""
        return tuple(name for name, _ in self.module.exports)

    @property
    def externs(self) -> tuple[Extern, ...]:
        """The intrinsics that the program imports."""
        return self.module.externs

    def entry(self) -> str:
        """The function to call when none is named: main, or the only one. Raises ApiError (no-entry)."""
        names = self.exports
        if "main" in names:
            return "main"
        if len(names) == 1:
            return names[0]
        raise error("no-entry", count=len(names), exports=", ".join(names) or "none")

    def signature(self, name: str) -> Signature:
        """What a function takes and gives. Raises ApiError (no-such-function)."""
        return self.module.functions[self._index(name)].signature

    def call(self, name: str, *arguments: Any) -> Any:
        """Call a function: None for no result, the value for one, a tuple for several.

        arguments: exact Python values of the declared types; a host must not change containers while the call runs.
        Raises ApiError for arguments that do not fit, Trap, IntrinsicError or LimitExceeded for how the run ended.
        """
        try:
            index = self._index(name)
            self._count(index, arguments)
            if index not in self._entries and not self._interprets and not self._worth(index):
                return self.machine(name, *arguments).run()
            return self._entry(index)(*arguments)
        except RecursionError as e:
            # The host's own stack was too full to begin.
            raise error("host-recursion") from e

    def _count(self, index: int, arguments: tuple[Any, ...]) -> None:
        """Refuse a wrong number of arguments."""
        if len(arguments) != len(self.module.functions[index].signature.params):
            admitted(self._codes.get(self.image.main, index), arguments, self.limits)

    def _worth(self, index: int) -> bool:
        """Whether compiling a function is worth it: it goes round in loops, or is not called for the first time."""
        if self.tier == "compiled" or index in self._called:
            return True
        self._called.add(index)
        return self._codes.loops(self._codes.get(self.image.main, index))

    def measure(self, name: str, *arguments: Any, check: bool = False) -> Run:
        """Call a function, and say what it used. Raises ApiError; how the run ended otherwise is in the result.

        check: on the interpreter, and hold what is observed after every instruction against what the verifier recorded.
        """
        index = self._index(name)
        self._count(index, arguments)
        meter: Meter
        if check or self._interprets or not self._worth(index):
            meter = machine = self.machine(name, *arguments, check=check)
            call = machine.run
        else:
            observed = self._observed
            if observed is None:
                observed = self._observed = _compiler().Tier(self.image, self.limits, self._codes, observed=True)
            meter = Meter(observed.limits)
            call = partial(observed.run, index, arguments, meter)
        try:
            return Run(call(), None, meter)
        except ApiError:
            raise
        except VcvmError as e:
            return Run(None, e, meter)

    @property
    def fallbacks(self) -> dict[str, str]:
        """The functions that were to be compiled and are interpreted, each with the reason."""
        tiers = [t for t in (self._compiled, self._observed) if t is not None]
        return {name: reason for t in tiers for name, reason in t.fallbacks.items()}

    def python(self, name: str) -> str:
        """The Python that a function is compiled to, with that of the functions it calls. Raises ApiError."""
        return self._tier().source(self._index(name))

    def machine(self, name: str, *arguments: Any, check: bool = False) -> Machine:
        """A machine that is ready to run a function, for stepping through it. Raises ApiError.

        check: hold what is observed after every instruction against what the verifier recorded.
        """
        return Machine(self.image, self._index(name), arguments, self.limits, codes=self._codes, check=check)

    def function(self, name: str | None = None) -> Callable[..., Any]:
        """A function as a plain callable; without a name, the entry. Raises ApiError (no-such-function, no-entry).

        It takes its arguments by position; a wrong number of them is a TypeError, as of any Python function.
        """
        return self._entry(self._index(self.entry() if name is None else name))

    @property
    def _interprets(self) -> bool:
        return self.tier == "interpreter" or self.limits.compiled_lines == 0

    def _entry(self, index: int) -> Callable[..., Any]:
        found = self._entries.get(index)
        if found is None:
            if self._interprets:
                found = self._interpreted(index)
            else:
                try:
                    found = self._tier().entry(index, patient=self.tier == "auto")
                except ImportError:
                    # In the middle of that import, or when Python goes down: next time.
                    return self._interpreted(index)
            found = self._entries.setdefault(index, found)
        return found

    def _interpreted(self, index: int) -> Callable[..., Any]:
        image, limits, codes = self.image, self.limits, self._codes

        code = codes.get(image.main, index)

        def call(*arguments: Any) -> Any:
            positional(code, arguments)
            return Machine(image, index, arguments, limits, codes=codes).run()

        call.__name__ = call.__qualname__ = self.module.functions[index].name
        call.__doc__ = f"{call.__name__}{self.module.functions[index].signature}"
        return call

    def _tier(self) -> Compiled:
        if self._compiled is None:
            self._compiled = _compiler().tier_of(self.image, self.limits, self._codes)
        return self._compiled

    def _index(self, name: str) -> int:
        index = self.module.export(name)
        if index is None:
            raise error("no-such-function", name=name, exports=", ".join(self.exports) or "none")
        return index


class _Watched(Program):
    """A program whose runs are told to observers."""

    def __init__(self, image: Image, limits: Limits, tier: TierName, watch: Watch, name: str) -> None:
        super().__init__(image, limits, tier)
        self._watch, self._name = watch, name

    def call(self, name: str, *arguments: Any) -> Any:
        return self._watch.run(self._name, name, partial(super().call, name, *arguments))

    def measure(self, name: str, *arguments: Any, check: bool = False) -> Run:
        found: Run = self._watch.run(self._name, name, partial(super().measure, name, *arguments, check=check))
        return found

    def function(self, name: str | None = None) -> Callable[..., Any]:
        plain, watch, program = super().function(name), self._watch, self._name

        @wraps(plain)
        def watched(*arguments: Any) -> Any:
            return watch.run(program, plain.__name__, partial(plain, *arguments))

        return watched


_importing = threading.RLock()
if hasattr(os, "register_at_fork"):
    # A child that is forked in the middle of an import could never finish it: the thread that holds the module's lock is gone.
    os.register_at_fork(
        before=_importing.acquire, after_in_parent=_importing.release, after_in_child=_importing.release
    )


def _compiler() -> ModuleType:
    """vcvm_core.compiled: takes long to import, and many programs run once. Raises ImportError if it is half imported."""
    with _importing:
        from vcvm_core import compiled

        if not hasattr(compiled, "tier_of"):
            raise ImportError(compiled.__name__)
        return compiled


def _table(hosts: HostTable | Mapping[str | UUID, Callable[..., Any]] | None) -> HostTable:
    if hosts is None:
        return NoHosts()
    if isinstance(hosts, Mapping):
        return FunctionHosts(hosts)
    if not all(callable(getattr(hosts, method, None)) for method in ("offers", "successors", "providers", "pack")):
        raise error("bad-hosts", found=type(hosts).__name__)
    return hosts


def _bytes(source: Source, limits: Limits) -> tuple[bytes, str]:
    """The bytes of a program, and the name of its file, if it has one."""
    if isinstance(source, bytes | bytearray | memoryview):
        return bytes(source), ""
    if not isinstance(source, str | PathLike):
        raise error("wrong-type", where="a program", expected="bytes or a path", found=type(source).__name__)
    return read_file(source, limits.program_bytes, "file-too-large"), os.path.basename(fspath(source))
