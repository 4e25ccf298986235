"""Every ceiling that vcvm holds a program, a pack or a record to, as one frozen record with presets.

Takes nothing; gives `Limits`. A limit is checked before the work it bounds: exactly at the limit passes, one more fails.
A program's own header can only lower a limit. Nothing else in vcvm holds a number of this kind.
"""

from __future__ import annotations

from typing import ClassVar, Final, NoReturn

from vcvm_core.errors import error

HIGHEST = (1 << 63) - 1


class Limits:
    """The limits of one machine, all of them whole numbers from 0 to 2**63 - 1. Frozen.

    ``Limits(fuel=5_000)`` has the defaults otherwise. Raises ApiError (bad-limit) for a name or a number that is none.
    """

    # Reading a program
    program_bytes: int = 4 << 20
    """Size of a program file, in bytes."""
    constants: int = 65_535
    """Entries of a program's constant pool."""
    constant_bytes: int = 1 << 20
    """Size of one string or bytes constant, in bytes."""
    types: int = 4_096
    """Entries of a program's type table."""
    functions: int = 10_000
    """Functions of a program."""
    function_instructions: int = 65_536
    """Instructions of one function."""
    instructions: int = 400_000
    """Instructions of a program."""
    params: int = 32
    """Parameters of one function."""
    results: int = 8
    """Results of one function."""
    locals: int = 1_024
    """Local variables of one function, its parameters included."""
    stack: int = 1_024
    """Declared maximum operand stack of one function."""
    imports: int = 1_024
    """Intrinsics, and likewise library functions, that a program imports."""
    source_chars: int = 4 << 20
    """Size of a source text, in characters."""
    source_errors: int = 100
    """How many errors of one source text, or of one program, are reported; one at least."""

    # Running it
    fuel: int = 10_000_000
    """Units of work: instructions, and what intrinsics declare that they cost."""
    call_depth: int = 200
    """Functions of the program that are active at a time."""
    intrinsic_calls: int = 1_000_000
    """Calls of intrinsics."""
    memory: int = 64 << 20
    """Bytes for the strings, bytes, lists and maps that a run makes, all of them together, as the machine accounts them."""
    value_size: int = 16 << 20
    """Characters of one string, bytes of one bytes value."""
    value_entries: int = 1_000_000
    """Entries of one list or map."""
    value_depth: int = 128
    """How deep lists and maps may be nested in each other."""
    deadline_ms: int = HIGHEST
    """Milliseconds that a run may take by the wall clock: the one limit whose effect differs from run to run."""
    compiled_lines: int = 10_000
    """Lines of Python, of 100 characters, that a program may become; what comes later is interpreted, with 0 everything."""

    # Reading packs and records
    manifest_bytes: int = 1 << 20
    """Size of a pack's manifest, in bytes."""
    packs: int = 1_000
    """Packs discovered."""
    record_bytes: int = 16 << 20
    """Size of one record of input, in bytes."""

    _values: tuple[int, ...]

    default: ClassVar[Limits]
    strict: ClassVar[Limits]
    trusted: ClassVar[Limits]

    def __init__(self, **changes: int) -> None:
        for name, value in changes.items():
            if name not in NAMES or type(value) is not int or not 0 <= value <= HIGHEST:
                found = value if name in NAMES else "no such limit"
                raise error("bad-limit", name=name, low=0, high=HIGHEST, found=found)
        self.__dict__.update(changes)
        # Programs are remembered by their limits: comparing them is worth less than looking all of them up.
        self.__dict__["_values"] = tuple([getattr(self, name) for name in NAMES])

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"limits are frozen: use with_({name}=...)")

    __delattr__ = __setattr__  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Limits) and self._values == other._values

    def __hash__(self) -> int:
        return hash(self._values)

    def __repr__(self) -> str:
        return f"Limits({', '.join(f'{n}={v}' for n, v in self._changed.items())})"

    def with_(self, **changes: int) -> Limits:
        """A copy with some limits changed: ``Limits.strict.with_(fuel=5_000)``. Raises ApiError (bad-limit)."""
        return Limits(**{**self._changed, **changes})

    def to_data(self) -> dict[str, int]:
        """All limits by name, in the order of the table."""
        return dict(zip(NAMES, self._values, strict=True))

    @property
    def reported(self) -> int:
        """How many errors are reported: `source_errors`, and one at least. It never says whether something is refused."""
        return max(1, self.source_errors)

    @property
    def _changed(self) -> dict[str, int]:
        """The limits that are not the class's own."""
        return {name: value for name, value in self.__dict__.items() if name != "_values"}

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The names of all limits, in the order of the table."""
        return NAMES


NAMES: Final = tuple(name for name, kind in Limits.__annotations__.items() if kind == "int")

Limits.default = Limits()
Limits.strict = Limits(
    program_bytes=256 << 10,
    constants=4_096,
    constant_bytes=64 << 10,
    types=512,
    functions=1_000,
    function_instructions=8_192,
    instructions=65_536,
    params=16,
    results=1,
    locals=256,
    stack=256,
    imports=128,
    source_chars=100_000,
    source_errors=20,
    fuel=100_000,
    call_depth=64,
    intrinsic_calls=10_000,
    memory=4 << 20,
    value_size=1 << 20,
    value_entries=50_000,
    value_depth=32,
    deadline_ms=1_000,
    compiled_lines=0,
    manifest_bytes=64 << 10,
    packs=100,
    record_bytes=1 << 20,
)
Limits.trusted = Limits(
    program_bytes=64 << 20,
    instructions=16_000_000,
    fuel=HIGHEST,
    call_depth=500,
    intrinsic_calls=HIGHEST,
    memory=4 << 30,
    value_size=1 << 30,
    value_entries=100_000_000,
)
