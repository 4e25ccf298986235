"""The family of exceptions: one class for each thing that a host may want to tell apart.

Takes diagnostics; gives exceptions that carry them. Refuses nothing, and makes no sentence: `records` does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vcvm_core.errors.records import Diagnostic, Place


class VcvmError(Exception):
    """Something vcvm refused or could not do; `diagnostics` says everything that was wrong, never empty.

    `code`, `kind`, `place`, `facts` and `help` are those of the first diagnostic.
    """

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__(*diagnostics)
        self.diagnostics: tuple[Diagnostic, ...] = diagnostics

    @property
    def code(self) -> str:
        return self.diagnostics[0].code

    @property
    def kind(self) -> str:
        return self.diagnostics[0].kind

    @property
    def place(self) -> Place:
        return self.diagnostics[0].place

    @property
    def facts(self) -> dict[str, Any]:
        return self.diagnostics[0].facts

    @property
    def help(self) -> str:
        return self.diagnostics[0].help

    def placed(self, place: Place) -> VcvmError:
        """This error with what it does not know yet about its place filled in from `place`; returns itself."""
        self.diagnostics = tuple(d.placed(place) for d in self.diagnostics)
        self.args = self.diagnostics
        return self

    def to_data(self) -> list[dict[str, Any]]:
        """The diagnostics as JSON-ready data."""
        return [d.to_data() for d in self.diagnostics]

    def __str__(self) -> str:
        return "\n".join(str(d) for d in self.diagnostics)

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), self.diagnostics)


class FileError(VcvmError):
    """A file could not be read, or is not what the command needs."""


class ManifestError(VcvmError):
    """A pack's manifest is refused, or cannot be made."""


class PackError(VcvmError):
    """A pack cannot be discovered, registered or loaded."""


class LinkError(VcvmError):
    """An import of a program cannot be bound; `report` has the verdict on every import."""

    report: Any = None


class ApiError(VcvmError):
    """The host application used vcvm in a way it does not allow."""


class ValueRefused(ApiError):
    """A value from outside is not of the declared type, or outside the limits."""


class FormatError(VcvmError):
    """Bytes are not a program."""


class VerifyError(VcvmError):
    """A program was decoded but breaks a rule of the machine."""


class CompileError(VcvmError):
    """Source text, assembly or another language, is refused."""


class RunError(VcvmError):
    """A running program ended without a result."""


class Trap(RunError):
    """The program did something that has no result: its own fault."""


class LimitExceeded(RunError):
    """The program needed more than it was given."""


class IntrinsicError(Trap):
    """An intrinsic raised, or returned something that its signature does not allow; `cause` is what it raised."""

    cause: BaseException | None = None


class Unanswered(IntrinsicError):
    """What stands in the place of an intrinsic, a tape or a stand-in, has no answer to a call."""


class InternalError(VcvmError):
    """A fault of vcvm itself, never of the program or the host."""


for _family in [c for c in vars().values() if isinstance(c, type) and issubclass(c, VcvmError)]:
    # A traceback and a pickle name the door, not this file.
    _family.__module__ = "vcvm_core.errors"
