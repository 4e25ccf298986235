"""Values of a type, and the host that offers everything.

Takes types and a source of randomness that a seed fixes; gives exact Python values, and a `HostTable` with one harmless
function for each extern of a module: it returns values of its declared results, and says what it was called with. A few,
chosen by the UUID, raise or return something else instead: their calls must end as IntrinsicError. Knows no packs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random
from typing import Any, Final
from uuid import UUID
from zlib import crc32

from vcvm_core.bytecode import Extern
from vcvm_core.link import NoHosts, Offer
from vcvm_core.values import INT, INT_MAX, INT_MIN, Formula, Param, Signature, Type

SCALARS: Final[dict[str, tuple[Any, ...]]] = {
    "none": (None,),
    "bool": (True, False),
    "int": (0, 1, -1, 2, 3, 7, 18, 63, 64, 2**53 + 1, INT_MAX, INT_MIN, INT_MAX - 1),
    "float": (0.0, -0.0, 1.5, -2.0, math.inf, -math.inf, math.nan, 2.0**63, -(2.0**63), 5e-324, 1e300),
    "string": ("", "a", "age", "test", "testing", "ß", "\U0001f600x", "n" * 40),
    "bytes": (b"", b"\0", b"ab", bytes(range(40))),
    "uuid": (UUID(int=1), UUID(int=1 << 64)),
}
JUNK: Final[tuple[Any, ...]] = (1 << 70, "\ud800", (), [[]], object, None, 1, "a", {"a": 1})
"""What a host that lies may have put into a container; the machine looks at it when it is taken out."""


def sample(t: Type, random: Random, honest: bool = True) -> Any:
    """A value of type `t`. honest: whether what is inside containers is of the declared type too."""
    if t.kind in SCALARS:
        return random.choice(SCALARS[t.kind])
    if t.kind == "option":
        return None if random.random() < 0.3 else sample(t.of, random, honest)
    if t.kind == "record":
        return {name: sample(of, random, honest) for name, of in t.fields.items()}
    if t.kind in ("list", "map"):
        count = random.choice((0, 1, 2, 3) if t.depth < 5 else (0, 1))
        items = [sample(t.of, random) if honest else random.choice(JUNK) for _ in range(count)]
        return items if t.kind == "list" else {("age", "a", "", "x")[i]: item for i, item in enumerate(items)}
    # any, and a variable that nothing binds
    scalar = random.choice(SCALARS[random.choice(tuple(SCALARS))])
    return random.choice((scalar, [scalar, scalar], {"age": scalar}, [[scalar], {}]))


def is_value(value: Any, depth: int = 200) -> bool:
    """Whether a value is made of exact values of the machine, all the way down."""
    if type(value) is list:
        return depth > 0 and all(is_value(v, depth - 1) for v in value)
    if type(value) is dict:
        return depth > 0 and all(type(k) is str and is_value(v, depth - 1) for k, v in value.items())
    if type(value) is int:
        return INT_MIN <= value <= INT_MAX
    return value is None or type(value) in (bool, float, str, bytes, UUID)


def bind(t: Type, value: Any, bound: dict[str, Any]) -> None:
    """Note which value a type variable in `t` stands for."""
    if t.kind == "var":
        bound.setdefault(t.name, value)
    elif t.kind == "option" and value is not None:
        bind(t.of, value, bound)
    elif t.kind == "list" and value:
        bind(t.of, value[0], bound)
    elif t.kind == "map" and value:
        bind(t.of, next(iter(value.values())), bound)
    elif t.kind == "record":
        for name, of in t.fields.items():
            bind(of, value[name], bound)


class Unkind(Exception):
    """What the functions of the host raise, where they raise."""


class Everything(NoHosts):
    """A host that offers each of these externs, once. log: the calls since `reset`, with the bits of their arguments."""

    def __init__(self, externs: Sequence[Extern]) -> None:
        self.log: list[str] = []
        self.table = {extern.uuid: self._offer(extern) for extern in externs}

    def reset(self) -> None:
        """Forget all calls: what follows is answered as from the start."""
        self.log.clear()

    def offers(self, uuid: bytes) -> Sequence[Offer]:
        found = self.table.get(uuid)
        return () if found is None else (found,)

    def _offer(self, extern: Extern) -> Offer:
        names = [f"p{i}" for i in range(len(extern.signature.params))]
        params = tuple(Param(n, t) for n, t in zip(names, extern.signature.types, strict=True))
        typed = Signature(params, extern.signature.results)
        first = names[0] if names else "3"
        measure = f"len({first})" if names else first
        cost = Formula(("1", "0", "40", f"2 + {measure}")[extern.uuid[0] % 4], names)
        size = Formula(f"64 + {measure}", names) if extern.typed and extern.uuid[0] & 4 else None
        offered: Signature | None = typed
        if not extern.typed:
            # Of format 0 only the counts are known: the offer has types, which the arguments may not be of, or none.
            ints = tuple(Param(n, INT) for n in names)
            offered = Signature(ints, typed.results) if extern.uuid[0] & 8 else None
        facts = ((), True, None, None, "everything", "1.0")
        return Offer(extern.uuid, "harmless", offered, cost, size, *facts, lambda: self._call(extern))

    def _call(self, extern: Extern) -> Any:
        mood = extern.uuid[15] % 16

        def harmless(*args: Any) -> Any:
            self.log.append(f"{extern.uuid.hex()}{args!r}")
            random = Random(crc32(extern.uuid) + len(self.log))
            if mood == 15:
                raise Unkind(f"{args!r}")
            if mood >= 13:
                return object if mood == 14 else (1, 2)
            bound: dict[str, Any] = {}
            for t, value in zip(extern.signature.types, args, strict=True):
                bind(t, value, bound)
            given = [bound.get(t.name) if t.kind == "var" else sample(t, random) for t in extern.signature.results]
            return given[0] if len(given) == 1 else tuple(given)

        return harmless
