"""The names of generated code and the objects they stand for.

Takes constants, types, intrinsics and functions of a program; gives names, the same one for the same thing. `scope` is the
globals of all code that was generated for one program: it has no builtins but those named here, and no text of a program is
a name in it. Constants that Python's compiler can hold are put into the syntax tree in place of their names; see tree.py.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from vcvm_core.errors import error
from vcvm_core.link import LinkedModule
from vcvm_core.runtime import NAMES, Meter
from vcvm_core.values import Type, check, inside, test

INLINE: Final = (int, float, bool, str, bytes, type(None))
"""Classes of constants that are put into the tree."""
END: Final = object()
"""What an iterator gives at its end."""


def explicit(message: str) -> Exception:
    """The trap of the instruction `trap`."""
    return error("explicit", message=message)


def deep(limit: int) -> Exception:
    """The error for a call too many."""
    return error("call-depth", limit=limit)


SHARED: Final[dict[str, Any]] = {
    **{n: o for n, o in NAMES.items() if n.islower()},
    "type": type, "int": int, "str": str, "bool": bool, "bytes": bytes, "list": list, "dict": dict, "UUID": UUID,
    "next": next, "BaseException": BaseException, "range": range,
    "END": END, "explicit": explicit, "deep": deep,
}  # fmt: skip
"""What generated code may use besides what it was given; the functions of the table's meanings are among them."""


class Names:
    """The names for one program. scope: name to object. constants: name to value, to be put into the tree.
    types: what checks and tests are of."""

    def __init__(self) -> None:
        self.scope: dict[str, Any] = {"__builtins__": {}, **SHARED}
        self.constants: dict[str, Any] = {n: o for n, o in NAMES.items() if n.isupper()}
        self.known: dict[Any, str] = {}
        self.modules: dict[int, int] = {}
        self.types: dict[str, Type] = {}

    def bound(self, letter: str, key: Any, thing: Any) -> str:
        """The name of an object, made for the first time for this key."""
        name = self.known.get((letter, key))
        if name is None:
            name = f"{letter}{len(self.known)}"
            self.known[letter, key] = name
            self.scope[name] = thing
        return name

    def constant(self, value: Any) -> str:
        """The name of a constant."""
        if type(value) not in INLINE:
            return self.bound("k", (type(value), value), value)
        # 0.0 and -0.0 are equal, 1 and True too, and no NaN equals itself.
        key = (type(value), value.hex() if type(value) is float else value)
        name = self.known.get(("k", key))
        if name is None:
            name = self.known["k", key] = f"k{len(self.known)}"
            self.constants[name] = value
        return name

    def check(self, t: Type) -> str:
        """The name of the check of a type, for what comes out of a container or is cast."""
        return self._typed("c", t, inside(t))

    def crossing(self, t: Type) -> str:
        """The name of the check of a type, for what comes from a host."""
        return self.bound("c", ("crossing", t), check(t))

    def test(self, t: Type) -> str:
        """The name of the test for a type."""
        return self._typed("i", t, test(t))

    def _typed(self, letter: str, t: Type, thing: Any) -> str:
        name = self.bound(letter, t, thing)
        self.types[name] = t
        return name

    def function(self, letter: str, linked: LinkedModule, index: int) -> str:
        """The name of a function of the program: f a worker, e an entry, o an observed entry."""
        module = self.modules.setdefault(id(linked), len(self.modules))
        return f"{letter}{module}_{index}"


METER: Final = frozenset(name for name in dir(Meter) if not name.startswith("_"))
"""The attributes of the meter."""
