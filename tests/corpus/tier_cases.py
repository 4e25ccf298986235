"""What generated code must not be made of, and instructions that trap: the material of test_tier.py.

Gives `HOSTILE`, texts that would do harm if they became Python; `INJECTED`, pieces of Python that the checker of generated
trees must refuse, each in a function that would pass without it; `TRAPS`, an instruction of each kind that can trap, with
operands that make it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

HOSTILE: tuple[str, ...] = (
    '"""', "'''", "\\", "\\'", "'+__import__(\"os\")+'", '"+__import__("os").system("true")+"', "{x}", "{0.__class__}",
    "%s%n", "\n", "\r\nimport os\n", "\0", "\u2028", "\u2029", "#", "# coding: utf-7", "\\N{BULLET}", "\\x22", "f'{open}'",
    "__builtins__", "x0", "M", "fuel", "k0", "ﬁ", "ª", "\ufeff", "\u202e", "\U0010ffff", "e0_0", "None", "a" * (1 << 16),
)  # fmt: skip

NAMES: tuple[str, ...] = (
    "class", "def", "return", "None", "True", "__builtins__", "__import__", "self", "v1", "b1", "x0", "e0_0", "f0_0", "M",
    "fuel", "meter", "fail", "open", "eval", "ﬁ", "fi", "ª", "lambda", "import", "a b", "a;b", "é",
)  # fmt: skip
"""Names of functions; those that the format refuses are left out by who uses them."""

GOOD = "def e0_0(x0):\n    {}\n    return x0\n"
"""A function that the checker lets through, with room for one statement."""

INJECTED: dict[str, str] = {
    "attribute": "x0.__class__",
    "attribute of a call": "k0(x0).__globals__",
    "attribute of the meter": "M.__class__",
    "attribute of the meter's": "M.limits.__init__",
    "attribute of an error": "e.__traceback__",
    "import": "import os",
    "import from": "from os import system",
    "lambda": "k0 = lambda: x0",
    "f-string": "k0 = f'{x0}'",
    "string": "k0 = 'text'",
    "bytes": "k0 = b'text'",
    "float": "k0 = 1.5",
    "complex": "k0 = 1j",
    "ellipsis": "k0 = ...",
    "name": "open(x0)",
    "dunder": "__import__(x0)",
    "builtins": "__builtins__",
    "names of ours, nearly": "x0_ = 1",
    "names of ours, twice": "x0x1 = 1",
    "names beyond ASCII": "x\u0661 = 1",
    "star": "k0(*x0)",
    "keyword": "k0(x0=1)",
    "double star": "k0(**x0)",
    "call of a call": "k0(x0)(x0)",
    "call of an element": "x0[0](x0)",
    "comprehension": "k0 = [x0 for x0 in x0]",
    "generator": "k0 = k1(x0 for x0 in x0)",
    "set": "k0 = {x0}",
    "walrus": "(x0 := 1)",
    "global": "global x0",
    "nonlocal": "nonlocal x0",
    "delete": "del x0",
    "assert": "assert x0",
    "with": "with x0: pass",
    "class": "class x0: pass",
    "decorator": "pass\n\n@k0\ndef e0_1(x0):\n    pass",
    "default": "pass\n\ndef e0_1(x0=open):\n    pass",
    "annotation": "pass\n\ndef e0_1(x0: open):\n    pass",
    "async": "pass\n\nasync def e0_1(x0):\n    pass",
    "yield": "yield x0",
    "match": "match x0:\n        case 1: pass",
    "power": "x0 = x0 ** x0",
    "division": "x0 = x0 / x0",
    "matrix": "x0 = x0 @ x0",
    "type of a handler": "try:\n        pass\n    except k0.__class__:\n        pass",
    "name of a handler": "try:\n        pass\n    except k0 as open:\n        pass",
    "name of a function": "pass\n\ndef open(x0):\n    pass",
    "name of an argument": "pass\n\ndef e0_1(open):\n    pass",
}


class TrapCase(NamedTuple):
    """code: instructions that push operands and end with the one that traps, leaving `leaves` values. given, shape: of the
    function's arguments. kind: of the trap."""

    code: str
    shape: str
    given: tuple[Any, ...]
    kind: str
    leaves: int = 1


TRAPS: dict[str, TrapCase] = {
    "addi": TrapCase("get 0; push 1; addi", "(int)", ((1 << 63) - 1,), "int-overflow"),
    "subi": TrapCase("get 0; push 1; subi", "(int)", (-(1 << 63),), "int-overflow"),
    "mul": TrapCase("get 0; get 0; mul", "(int)", (1 << 40,), "int-overflow"),
    "div": TrapCase("push 1; get 0; div", "(int)", (0,), "div-by-zero"),
    "div overflow": TrapCase("get 0; push 0; noti; div", "(int)", (-(1 << 63),), "int-overflow"),
    "rem": TrapCase("push 1; get 0; rem", "(int)", (0,), "div-by-zero"),
    "negi": TrapCase("get 0; negi", "(int)", (-(1 << 63),), "int-overflow"),
    "shl": TrapCase("push 1; get 0; shl", "(int)", (64,), "shift-range"),
    "shl overflow": TrapCase("push 1; get 0; shl", "(int)", (63,), "int-overflow"),
    "shr": TrapCase("push 1; get 0; shr", "(int)", (-1,), "shift-range"),
    "ftoi": TrapCase("get 0; ftoi", "(float)", (float("nan"),), "conversion"),
    "ats": TrapCase("get 0; push 3; ats", "(string)", ("abc",), "index-range-trap"),
    "slices": TrapCase("get 0; push 2; push 1; slices", "(string)", ("abc",), "slice-range"),
    "atb": TrapCase("get 0; push 3; atb", "(bytes)", (b"abc",), "index-range-trap"),
    "sliceb": TrapCase("get 0; push 2; push 4; sliceb", "(bytes)", (b"abc",), "slice-range"),
    "as": TrapCase("get 0; as 0", "(any)", ("x",), "cast"),
    "getl": TrapCase("get 0; push 3; getl", "(list<int>)", ([1, 2, 3],), "index-range-trap"),
    "getl element": TrapCase("get 0; push 1; getl", "(list<int>)", ([1, "x", 3],), "bad-element"),
    "slicel": TrapCase("get 0; push 0; push 9; slicel", "(list<int>)", ([1],), "slice-range"),
    "setl": TrapCase("newl 0; push 0; get 0; setl", "(int)", (1,), "index-range-trap", 0),
    "getm": TrapCase("get 0; loadk 0; getm", "(map<int>)", ({},), "missing-key"),
    "getm element": TrapCase("get 0; loadk 0; getm", "(map<int>)", ({"x": 1.5},), "bad-element"),
    "eq": TrapCase("get 0; get 0; eq", "(any)", ([object()],), "bad-element"),
    "calli": TrapCase("get 0; calli 0", "(int)", (1,), "intrinsic-raised"),
    "calli result": TrapCase("get 0; calli 0", "(int)", (2,), "bad-result"),
    "trap": TrapCase("get 0; pop; trap 0", "(int)", (1,), "explicit", 0),
}
