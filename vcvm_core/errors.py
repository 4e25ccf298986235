"""Every error that vcvm can report: one table of rows, one record, one family of exceptions.

Takes a kind (a stable slug such as ``truncated``), a place and the values that disagreed; gives a `Diagnostic`, whose
sentence is made from the table once, and an exception that carries one or more of them. Each row also has a stable
code, ``VC`` and three digits; programs and tests compare codes and kinds, never prose.

Codes go by what was being read or done:

    VC00x  files and usage          VC01x  manifests             VC02x-VC03x  packs, and what they declare
    VC04x  linking                  VC05x  use of the API        VC06x-VC07x  what comes from outside
    VC08x  making packs              VC09x  comparing packs
    VC1xx  the bytes of a program   VC2xx  verification          VC3xx  assembly text
    VC4xx  traps                    VC5xx  limits while running  VC6xx  intrinsics while running
    VC9xx  faults of vcvm itself

Refuses to print text from outside as it came: whatever enters a sentence is cut and its control characters escaped.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

SHOWN = 80
"""How many characters of a text from outside an error message shows."""


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


class InternalError(VcvmError):
    """A fault of vcvm itself, never of the program or the host."""


class Row(NamedTuple):
    """One kind of error: its code, its class, its sentence (a format string over facts) and what to do next."""

    code: str
    family: type[VcvmError]
    sentence: str
    help: str


def clean(value: object, limit: int = SHOWN) -> str:
    """`value` as text that is safe to print: cut to `limit` characters, control and format characters escaped."""
    text = value if type(value) is str else _text(value)
    if len(text) > limit:
        text = text[:limit] + "..."
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def _text(value: object) -> str:
    """`str(value)` where that cannot fail or take long: exceptions of packs come through here."""
    try:
        return str(value)
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException:  # noqa: BLE001 - the code of a pack, which may raise anything here
        return f"<{type(value).__name__} that cannot be printed>"


class Place(NamedTuple):
    """Where an error is: whatever of these is known. Lines and columns count from 1, offsets and instructions from 0."""

    file: str | None = None
    line: int | None = None
    column: int | None = None
    offset: int | None = None
    function: str | None = None
    instruction: int | None = None
    text: str | None = None
    """The source line itself, for a caret."""
    width: int = 1
    """How many characters the caret underlines."""

    def filled(self, other: Place) -> Place:
        """This place with the unknown parts taken from `other`."""
        parts: list[Any] = [a if a is not None else b for a, b in zip(self, other, strict=True)]
        return Place(*parts)

    def __str__(self) -> str:
        parts = []
        if self.file is not None:
            parts.append(clean(self.file, 200))
        if self.line is not None:
            where = str(self.line) if self.column is None else f"{self.line}:{self.column}"
            parts.append(where if parts else f"line {where}")
        head = ":".join(parts)
        tail = []
        if self.offset is not None:
            tail.append(f"byte {self.offset}")
        if self.function is not None:
            tail.append(f"function {clean(self.function)}")
        if self.instruction is not None:
            tail.append(f"instruction {self.instruction}")
        return ", ".join([head, *tail] if head else tail)


NOWHERE = Place()


class Diagnostic(NamedTuple):
    """One thing that is wrong: kind, place, and the values that disagreed."""

    kind: str
    place: Place = NOWHERE
    facts: dict[str, Any] = {}  # shared, and never changed  # noqa: RUF012

    @property
    def row(self) -> Row:
        return ERRORS[self.kind]

    @property
    def code(self) -> str:
        return self.row.code

    @property
    def message(self) -> str:
        """The sentence, without code, place and help."""
        return self.row.sentence.format_map({k: clean(v, 200) for k, v in self.facts.items()})

    @property
    def help(self) -> str:
        """What to do next, in one line; empty where there is nothing to say."""
        return self.row.help.format_map({k: clean(v, 200) for k, v in self.facts.items()})

    def placed(self, place: Place) -> Diagnostic:
        return Diagnostic(self.kind, self.place.filled(place), self.facts)

    def error(self) -> VcvmError:
        """The exception for this diagnostic alone."""
        return self.row.family(self)

    def to_data(self) -> dict[str, Any]:
        """JSON-ready data: code, kind, message, help, place, facts."""
        place = {n: getattr(self.place, n) for n in ("file", "line", "column", "offset", "function", "instruction")}
        return {
            "code": self.code,
            "kind": self.kind,
            "message": self.message,
            "help": self.help,
            "place": {k: v for k, v in place.items() if v is not None},
            "facts": {k: v if isinstance(v, (int, str, bool, type(None))) else clean(v) for k, v in self.facts.items()},
        }

    def __str__(self) -> str:
        place = str(self.place)
        return f"[{self.code}] {place + ': ' if place else ''}{self.message}"


def error(kind: str, at: Place = NOWHERE, /, **facts: Any) -> VcvmError:
    """The exception for one `kind` of error at a place: ``raise error("truncated", Place(offset=9), needed=4)``."""
    return Diagnostic(kind, at, facts).error()


def refusal(diagnostics: Iterable[Diagnostic]) -> VcvmError:
    """One exception that carries them all; its class is that of the first."""
    found = tuple(diagnostics)
    return found[0].row.family(*found)


# fmt: off
ERRORS: dict[str, Row] = {
    # Files and usage
    "no-such-file": Row("VC001", FileError, "there is no file {path}", "check the name; paths are relative to the current folder"),
    "not-a-regular-file": Row("VC002", FileError, "{path} is a {what}, not a regular file", "name a file; '-' reads standard input where a command allows it"),
    "empty-file": Row("VC003", FileError, "{path} is empty", "it may not have been written completely: make it again"),
    "unreadable-file": Row("VC004", FileError, "{path} cannot be read: {reason}", "check the permissions"),
    "wrong-format": Row("VC005", FileError, "{path} is {found}, not {expected}", "{cure}"),
    "bad-usage": Row("VC006", FileError, "{problem}", "{cure}"),
    "unwritable-file": Row("VC007", FileError, "{path} cannot be written: {reason}", "check the folder and its permissions"),
    "no-such-pack": Row("VC008", PackError, "no pack called {name} is installed", "{cure}"),
    "no-such-intrinsic": Row("VC009", PackError, "no installed pack provides {name}", "{cure}"),
    # Manifests
    "manifest-not-msgpack": Row("VC010", ManifestError, "this is no manifest: {reason}", "build the pack again; its build backend writes the manifest"),
    "manifest-truncated": Row("VC011", ManifestError, "the manifest is truncated at byte {size}", "install the pack again: the file was not written completely"),
    "manifest-trailing-data": Row("VC012", ManifestError, "{left} bytes follow the manifest", "build the pack again: something was appended to the file"),
    "manifest-too-large": Row("VC013", ManifestError, "the manifest has more than {limit} bytes", "split the pack, or raise Limits.manifest_bytes"),
    "manifest-duplicate-key": Row("VC014", ManifestError, "the key {name} stands twice in one map of the manifest", "build the pack again: which of the two counts is undefined"),
    "manifest-bad-utf8": Row("VC015", ManifestError, "a text in the manifest is not UTF-8: {reason}", "build the pack again: the file was damaged"),
    "manifest-shape": Row("VC016", ManifestError, "{where} must be {expected}, found {found}", "build the pack again with the vcvm that is to read it"),
    "manifest-unknown-field": Row("VC017", ManifestError, "{where} has a field {name}, which this vcvm does not know", "upgrade vcvm, or build the pack with an older one"),
    "manifest-missing-field": Row("VC018", ManifestError, "{where} has no field {name}", "build the pack again with the vcvm that is to read it"),
    "manifest-unsupported-version": Row("VC019", ManifestError, "the manifest has schema {found}; this vcvm reads schema {supported}", "upgrade vcvm if the number is higher, else build the pack again"),
    # Packs
    "path-escape": Row("VC020", PackError, "{path} leads out of {folder}", "a pack's files stay inside its distribution: install it again without links"),
    "wrong-api": Row("VC021", PackError, "{pack} needs pack API {needed}; this vcvm speaks {ours}", "install a version of {pack} made for this vcvm, or a vcvm made for it"),
    "unreadable-manifest": Row("VC022", PackError, "{path} cannot be read: {reason}", "check that it is a plain file and that you may read it; install the pack again"),
    "ambiguous-distribution": Row("VC023", PackError, "{pack} is installed more than once: {places}", "uninstall all but one of them; which one counts is undefined"),
    "too-many-packs": Row("VC024", PackError, "more than {limit} packs are installed", "uninstall some, or raise Limits.packs"),
    "wrong-pack": Row("VC025", PackError, "the distribution {pack} has the manifest of {found}", "build the pack again: a manifest is made for one distribution"),
    "reserved-uuid": Row("VC026", PackError, "{pack} claims {uuid}, which is {name} of the standard pack", "mint a UUID of its own: vcvm plugins mint"),
    "import-failed": Row("VC027", PackError, "{pack} cannot be imported: {module} raised {error}: {message}", "import {module} in a Python prompt to see the whole traceback"),
    "pack-blocked": Row("VC028", PackError, "{pack} is blocked", "take it off the list of blocked packs"),
    "missing-attribute": Row("VC029", PackError, "{pack} does not provide {name} ({uuid}), which its manifest names", "return the function from vcvm_intrinsics(), or build the manifest again"),
    "not-a-plain-function": Row("VC030", PackError, "{name} of {pack} is {found}, not a plain function", "declare a function made with def: no class, coroutine, generator or partial"),
    "signature-mismatch": Row("VC031", PackError, "{name} ({uuid}) of {pack} is not what its manifest says: {difference}", "build the manifest again; a changed signature needs a new UUID"),
    "bad-entry-point": Row("VC032", PackError, "the entry point of {pack} in the group vcvm.packs is refused: {reason}", "it has the form name = module, and the module is one of the pack's own"),
    "bad-hook": Row("VC033", PackError, "the hooks of {pack} are refused: {reason}", "implement vcvm_intrinsics() with @hookimpl; it returns a list of intrinsics"),
    "manifest-bad-uuid": Row("VC034", ManifestError, "{where} is no UUID: {reason}", "mint one: vcvm plugins mint"),
    "manifest-duplicate-uuid": Row("VC035", ManifestError, "{first} and {second} have one UUID, {uuid}", "mint one for the newer of them: vcvm plugins mint"),
    "manifest-bad-name": Row("VC036", ManifestError, "{where} cannot be '{name}': {reason}", "choose another name; the UUID stays"),
    "manifest-bad-target": Row("VC037", ManifestError, "{where} cannot be '{target}': {reason}", "a target has the form module:function, in one of the pack's own modules"),
    "bad-declaration": Row("VC038", ManifestError, "{what}: {reason}", "a manifest is made without importing: literals, plain annotations, complete declarations"),
    "bad-source": Row("VC039", ManifestError, "the source of the pack is refused: {reason}", "a manifest is made from the .py files below the pack's own package"),
    # Linking
    "unresolved-imports": Row("VC040", LinkError, "{headline}", "every import has its own verdict and fix"),
    "unknown-intrinsic": Row("VC041", LinkError, "no installed pack provides {name} ({uuid})", "{fix}"),
    "signature-differs": Row("VC042", LinkError, "{name} ({uuid}) is here, but with another signature: {difference}", "{fix}"),
    "ambiguous-intrinsic": Row("VC043", LinkError, "{name} ({uuid}) is claimed by {packs}", "{fix}"),
    "effect-not-allowed": Row("VC044", LinkError, "{name} ({uuid}) has the effect {effect}, which is not allowed", "{fix}"),
    "pack-broken": Row("VC045", LinkError, "{pack}, which provides {name} ({uuid}), cannot be used: {reason}", "{fix}"),
    "unknown-library": Row("VC046", LinkError, "the library {name} is not available", "{fix}"),
    "library-differs": Row("VC047", LinkError, "the library {name} is here, but with other content: compiled against {expected}, found {found}", "{fix}"),
    "symbol-differs": Row("VC048", LinkError, "the library {library} does not export {name} as {expected}: {found}", "{fix}"),
    "not-verified": Row("VC049", ApiError, "only a module that the verifier has passed can be linked, not {found}", "call verify(module) first"),
    # Use of the API
    "wrong-arguments": Row("VC050", ApiError, "arguments of {function}: {expected} expected, {found} given", "the signature is {signature}"),
    "no-such-function": Row("VC051", ApiError, "the program exports no function {name}; it exports {exports}", "name one of the exported functions"),
    "dead-machine": Row("VC052", ApiError, "the machine stopped with an error ({latched}) and refuses to go on", "call reset() to start anew"),
    "reentrant": Row("VC053", ApiError, "the machine is already running", "an intrinsic may not run the machine that called it: make another"),
    "wrong-thread": Row("VC054", ApiError, "the machine is in use by another thread", "make one machine for each thread"),
    "bad-limit": Row("VC055", ApiError, "the limit {name} must be a whole number from {low} to {high}, not {found}", "see the table of limits"),
    "bad-host": Row("VC056", ApiError, "{found} cannot be used as an intrinsic: {reason}", "pass a plain function with annotated, positional parameters"),
    "bad-hosts": Row("VC073", ApiError, "a {found} is no table of hosts", "pass installed(), a mapping from UUIDs to functions, or a HostTable"),
    "bad-library-description": Row("VC057", ApiError, "the library description is refused: {reason}", 'it has the form {{"libraries": [["name", ...], ...]}}'),
    "no-entry": Row("VC058", ApiError, "the program exports {count} functions and none is called main: {exports}", "name the function to call"),
    "machine-done": Row("VC059", ApiError, "the machine has halted; there is no instruction to step", "call reset() to start anew"),
    "already-upgraded": Row("VC071", FileError, "the program is of format {format} already", "there is nothing to upgrade"),
    "untyped-offer": Row("VC072", LinkError, "{name} ({uuid}) is here, but nothing says its types", "install the pack that provides it, with its manifest"),
    # Records and values from outside
    "wrong-type": Row("VC060", ValueRefused, "{where} must be {expected}, found {found}", "give a value of that type"),
    "int-range": Row("VC061", ValueRefused, "{where} is an integer outside the 64-bit range", "integers go from -2**63 to 2**63 - 1"),
    "lone-surrogate": Row("VC062", ValueRefused, "{where} is a text with half of a surrogate pair", "decode the text with errors='replace'"),
    "value-too-large": Row("VC063", ValueRefused, "{where} has {found} entries or characters, the limit is {limit}", "raise Limits.{name} if that is intended"),
    "value-too-deep": Row("VC064", ValueRefused, "{where} is nested deeper than {limit}", "flatten it, or raise Limits.value_depth"),
    "bad-json": Row("VC066", ValueRefused, "this is not JSON: {reason}", "check it with a JSON tool"),
    "duplicate-json-key": Row("VC067", ValueRefused, "the key {name} stands twice in one JSON object", "which of the two counts is undefined: remove one"),
    "bad-csv": Row("VC068", ValueRefused, "this is not a CSV record: {reason}", "every row needs as many fields as the header"),
    "line-too-long": Row("VC069", ValueRefused, "the line is longer than {limit} bytes", "one record a line; is this file NDJSON?"),
    "bad-text": Row("VC070", ValueRefused, "this is not UTF-8: {reason}", "convert the file to UTF-8"),
    # Making packs
    "bad-mint-count": Row("VC080", PackError, "{count} UUIDs cannot be minted at once", "ask for 1 to {most}"),
    "bad-pack-name": Row("VC081", PackError, "a new pack cannot be called '{name}': {reason}", "{cure}"),
    "folder-exists": Row("VC082", FileError, "{path} is there already", "name a folder that is not: --output FOLDER"),
    "unbuildable-pack": Row("VC083", ManifestError, "the project is refused: {reason}", "a pack has an entry point, name = module, in the group vcvm.packs"),
    "not-a-wheel": Row("VC084", PackError, "{path} is no wheel that can be used: {reason}", "build it again: python -m build --wheel"),
    "no-packs-wheel": Row("VC085", PackError, "{path} is not the wheel of a pack: it has no entry point in the group vcvm.packs", "declare one, name = module, in the project's settings, and build the wheel again"),
    "has-manifest": Row("VC086", PackError, "{path} has a manifest already", "--force makes it again; a build backend with a hook of vcvm needs no inject"),
    "wheel-too-large": Row("VC087", PackError, "{what} is more than {limit}", "nothing of a pack is as large: do not install it"),
    "bad-record": Row("VC088", PackError, "the RECORD of {path} is refused: {reason}", "build the wheel again; what signs or changes wheels comes after inject"),
    "bad-api-range": Row("VC089", PackError, "{found} is no range of pack APIs", "name the lowest and the highest: --api 1-2; or one: --api 1"),
    # Comparing packs
    "no-such-subject": Row("VC090", FileError, "{name} is no file, no folder and no pack that can be read: {reason}", "{cure}"),
    "bad-wheel": Row("VC091", FileError, "this is no wheel of a pack: {reason}", "build it again; its build backend writes the manifest"),
    "bad-project": Row("VC092", FileError, "this is no project of a pack: {reason}", "name the folder of a pyproject.toml, or build a wheel and name that"),
    "check-failed": Row("VC093", InternalError, "the process that imports the pack could not be started or read: {reason}", "report it, with the pack"),
    # The bytes of a program
    "truncated": Row("VC101", FormatError, "the file ends too early: {needed} more bytes were expected, {left} are left", "it was cut on the way: get it again"),
    "bad-magic": Row("VC102", FormatError, "this is no vcvm program: it begins with {magic}", "compile source first: vcvm asm FILE.vasm"),
    "unsupported-version": Row("VC103", FormatError, "format version {version} with flags {flags} is not known; this vcvm reads version {known}", "it was made by a newer vcvm: upgrade vcvm, or compile again"),
    "bad-kind": Row("VC104", FormatError, "kind {found} is neither a program (0) nor a library (1)", "compile it again"),
    "checksum": Row("VC105", FormatError, "the checksum {found} does not fit the content", "the file was damaged: get it again"),
    "file-too-large": Row("VC106", FormatError, "the program has {found} bytes, the limit is {limit}", "raise Limits.program_bytes if that is intended"),
    "section-duplicate": Row("VC107", FormatError, "section {number} stands twice", "compile it again"),
    "section-order": Row("VC108", FormatError, "section {number} is out of order", "compile it again"),
    "unknown-section": Row("VC109", FormatError, "there is no section {number}", "it may have been made by a newer vcvm"),
    "empty-section": Row("VC110", FormatError, "section {number} is empty, and an empty section is left out", "compile it again"),
    "section-missing": Row("VC111", FormatError, "the section {name} is missing", "a program has at least one function"),
    "count-exceeds-data": Row("VC112", FormatError, "{count} entries need at least {needed} bytes, {left} are left", "the file is damaged, or was made to harm"),
    "bad-utf8": Row("VC113", FormatError, "a text is not UTF-8: {reason}", "compile it again"),
    "bad-name": Row("VC114", FormatError, "the name '{name}' is refused: {reason}", "names are 1 to 255 bytes of printable text without quotes"),
    "bad-tag": Row("VC115", FormatError, "there is no kind {tag} of constant", "compile it again"),
    "bad-constant": Row("VC116", FormatError, "a constant is not in its one form: {reason}", "compile it again"),
    "too-many-constants": Row("VC117", FormatError, "{found} constants, the limit is {limit}", "raise Limits.constants if that is intended"),
    "constant-too-large": Row("VC118", FormatError, "a constant of {found} bytes, the limit is {limit}", "raise Limits.constant_bytes if that is intended"),
    "too-many-types": Row("VC119", FormatError, "{found} types, the limit is {limit}", "raise Limits.types if that is intended"),
    "bad-type": Row("VC120", FormatError, "the type '{text}' is refused: {reason}", "compile it again"),
    "too-many-imports": Row("VC121", FormatError, "{found} imports, the limit is {limit}", "raise Limits.imports if that is intended"),
    "duplicate-import": Row("VC122", FormatError, "{name} is imported twice", "compile it again"),
    "bad-uuid": Row("VC123", FormatError, "{uuid} identifies nothing", "mint one with uuid4"),
    "bad-digest": Row("VC124", FormatError, "the digest of an import does not fit its signature {signature}", "compile it again"),
    "too-many-functions": Row("VC125", FormatError, "{found} functions, the limit is {limit}", "raise Limits.functions if that is intended"),
    "function-too-large": Row("VC126", FormatError, "a function of {found} instructions, the limit is {limit}", "split it, or raise Limits.function_instructions"),
    "program-too-large": Row("VC127", FormatError, "the functions together have more than {limit} instructions", "raise Limits.instructions if that is intended"),
    "signature-too-large": Row("VC128", FormatError, "{found} {what}, the limit is {limit}", "pass a list, a map or a record instead"),
    "too-many-locals": Row("VC129", FormatError, "{found} further locals, the limit leaves room for {limit}", "raise Limits.locals if that is intended"),
    "duplicate-name": Row("VC130", FormatError, "two entries are the {what} {name}", "compile it again"),
    "bad-index": Row("VC131", FormatError, "entry {index} of the {length} {table} does not exist", "compile it again"),
    "bad-opcode": Row("VC132", FormatError, "there is no instruction with the opcode {opcode} in this format", "it may have been made by a newer vcvm"),
    "reserved-bits": Row("VC133", FormatError, "the word {word} sets bits that {opcode} does not use", "compile it again"),
    "bad-debug": Row("VC134", FormatError, "the debug information is refused: {reason}", "compile it again"),
    "bad-declared-limit": Row("VC135", FormatError, "a declared limit is refused: number {found} of {limit}, in rising order", "compile it again"),
    "trailing-data": Row("VC136", FormatError, "{left} bytes follow {what}", "the file was joined with another, or padded"),
    # Verification
    "falls-off-end": Row("VC201", VerifyError, "the code runs past its last instruction", "end every path with ret, halt, trap or a jump"),
    "stack-underflow": Row("VC202", VerifyError, "{opcode} pops from an empty stack", "push its inputs first"),
    "stack-overflow": Row("VC203", VerifyError, "the stack grows to {found}, the function declares {declared}", "declare the exact maximum"),
    "stack-declaration": Row("VC204", VerifyError, "the function declares a maximum stack of {declared}, it needs exactly {found}", "declare the exact maximum"),
    "stack-limit": Row("VC205", VerifyError, "the function declares a maximum stack of {declared}, the limit is {limit}", "raise Limits.stack if that is intended"),
    "jump-range": Row("VC206", VerifyError, "the jump to instruction {target} leaves the function, which has {length}", "jump to an instruction of the same function"),
    "unreachable-code": Row("VC207", VerifyError, "no path leads here", "remove the instruction: what never runs is not accepted"),
    "join-depth": Row("VC208", VerifyError, "paths meet with {expected} and with {found} values on the stack", "let every path leave the same stack"),
    "join-type": Row("VC209", VerifyError, "paths meet with a {expected} and with a {found} in stack position {position}", "widen both to one type before they meet"),
    "uninitialised-local": Row("VC211", VerifyError, "local {name} may have no value here", "assign it on every path first"),
    "index-range": Row("VC212", VerifyError, "{opcode} names {table} {index}, of which there are {length}", "compile it again"),
    "type-mismatch": Row("VC213", VerifyError, "{opcode} expects {expected} as input {position}, found {found}", "convert, test or cast the value first"),
    "call-arity": Row("VC214", VerifyError, "{opcode} takes {expected} values, {found} are on the stack", "push all arguments first"),
    "return-type": Row("VC215", VerifyError, "result {position} must be {expected}, found {found}", "convert, test or cast the value first"),
    "return-depth": Row("VC216", VerifyError, "{opcode} needs exactly the {expected} results on the stack, found {found}", "push what is missing, pop what is left over"),
    "bad-operand-type": Row("VC217", VerifyError, "{opcode} cannot take the type {found}: {reason}", "use another type"),
    "halt-in-callee": Row("VC218", VerifyError, "{function} halts, and is called by {caller}", "end a function that others call with ret"),
    "bad-entry": Row("VC219", VerifyError, "{name} cannot be exported: {reason}", "export a function that a host can call"),
    "too-complex": Row("VC220", VerifyError, "verifying takes more than {limit} steps", "split the function"),
    "unknown-opcode": Row("VC222", VerifyError, "there is no instruction with the opcode {opcode}", "make instructions with bytecode.instruction()"),
    "bad-local-type": Row("VC221", VerifyError, "a local or parameter cannot have the type {found}: {reason}", "use a type without variables"),
    # Assembly text
    "source-too-large": Row("VC301", CompileError, "{found} characters, the limit is {limit}", "split the text, or raise Limits.source_chars"),
    "syntax": Row("VC302", CompileError, "unexpected '{found}'; expected {expected}", "see the assembly reference"),
    "unknown-mnemonic": Row("VC303", CompileError, "there is no instruction {name}", "{hint}"),
    "unknown-name": Row("VC304", CompileError, "there is no {what} {name}", "{hint}"),
    "unknown-type": Row("VC305", CompileError, "the type '{found}' is refused: {reason}", "types are none, bool, int, float, string, bytes, uuid, any, list<T>, map<T>, T?, {{name: T}}"),
    "duplicate-definition": Row("VC306", CompileError, "the {what} {name} is defined twice", "rename one of them"),
    "bad-literal": Row("VC307", CompileError, "'{found}' is refused: {reason}", "write it in another way"),
    "bad-operand": Row("VC308", CompileError, "{opcode} takes {expected}", "see the reference of instructions"),
    "wrong-operand-count": Row("VC309", CompileError, "{opcode} takes {expected} operands, found {found}", "see the reference of instructions"),
    "operand-range": Row("VC310", CompileError, "the {operand} of {opcode} must be from 0 to {highest}, found {found}", "use a constant, or split the function"),
    "bad-directive": Row("VC311", CompileError, "{name} is refused: {reason}", "see the assembly reference"),
    "missing-end": Row("VC312", CompileError, "a function is not ended", "write end after its last line"),
    "stray-end": Row("VC313", CompileError, "this end ends nothing", "remove it"),
    "no-flag": Row("VC314", CompileError, "nothing has set the flag in this function", "compare with cmp first"),
    "unknown-header": Row("VC315", CompileError, "no installed pack, and no description, has an intrinsic called {name}", "{hint}"),
    "ambiguous-header": Row("VC316", CompileError, "{name} may mean intrinsics of {packs}", "write the module before the name, or the UUID after it"),
    "untyped-header": Row("VC317", CompileError, "the description of {name} has no types", "declare it with parameters and results: extern {name}(int) -> int"),
    "extern-differs": Row("VC318", CompileError, "{name} has another signature in {pack}: {difference}", "leave the signature out to take the header's"),
    "no-code": Row("VC319", CompileError, "the text has no code", "write a function, or instructions"),
    # Traps
    "int-overflow": Row("VC401", Trap, "{operation} leaves the 64-bit range of integers", "test the operands first, or use floats"),
    "div-by-zero": Row("VC402", Trap, "{operation} by zero", "test the divisor first"),
    "shift-range": Row("VC403", Trap, "a shift by {count}, which is outside 0..63", "test the count first"),
    "conversion": Row("VC404", Trap, "{value} cannot become an {expected}", "test the value first"),
    "index-range-trap": Row("VC405", Trap, "index {index} is outside a length of {length}", "test the index first"),
    "slice-range": Row("VC406", Trap, "the slice from {start} to {end} is outside a length of {length}", "test the bounds first"),
    "missing-key": Row("VC407", Trap, "there is no key '{key}'", "test with hasm first"),
    "cast": Row("VC408", Trap, "the value is {found}, not {expected}", "test with is first"),
    "bad-element": Row("VC409", Trap, "a value in a container is {found}, its declared type is {expected}", "the data does not keep the type that the host declared"),
    "too-deep": Row("VC410", Trap, "a value is nested deeper than the limit", "flatten it, or raise Limits.value_depth"),
    "explicit": Row("VC411", Trap, "{message}", "the program says so itself"),
    # Limits while running
    "fuel": Row("VC501", LimitExceeded, "the fuel of {limit} units is used up", "raise Limits.fuel, or look for a loop that does not end"),
    "call-depth": Row("VC502", LimitExceeded, "more than {limit} functions are active", "raise Limits.call_depth, or look for recursion that does not end"),
    "intrinsic-calls": Row("VC503", LimitExceeded, "more than {limit} calls of intrinsics", "raise Limits.intrinsic_calls if that is intended"),
    "value-size": Row("VC504", LimitExceeded, "a value of {found} characters or bytes would be made, the limit is {limit}", "raise Limits.value_size if that is intended"),
    "value-entries": Row("VC505", LimitExceeded, "a list or map of {found} entries would be made, the limit is {limit}", "raise Limits.value_entries if that is intended"),
    "host-memory": Row("VC506", LimitExceeded, "the host ran out of memory", "lower Limits.value_size and Limits.value_entries"),
    "host-recursion": Row("VC507", LimitExceeded, "the host's own recursion limit was reached", "call from a shallower stack, or lower Limits.call_depth"),
    "memory": Row("VC508", LimitExceeded, "the values that it made take more than {limit} bytes in all", "raise Limits.memory, or make fewer values"),
    "deadline": Row("VC509", LimitExceeded, "it takes longer than {limit} milliseconds", "raise Limits.deadline_ms if that is intended"),
    # Intrinsics while running
    "intrinsic-raised": Row("VC601", IntrinsicError, "{name} ({uuid}) raised {error}: {reason}", "the arguments, or the pack {pack}, are to blame"),
    "bad-result": Row("VC602", IntrinsicError, "{name} ({uuid}) returned {found}, its signature says {expected}", "report it to the authors of {pack}"),
    "bad-argument": Row("VC603", IntrinsicError, "{name} ({uuid}) was given {found} as argument {position}, its signature says {expected}", "the program is of format 0, which is not typed: upgrade it"),
    # Faults of vcvm itself
    "internal": Row("VC901", InternalError, "vcvm is at fault: {reason}", "report it, with the program"),
}
# fmt: on
