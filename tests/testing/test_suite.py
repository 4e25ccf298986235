"""The conformance suite for packs: a good pack passes, and each of its tests has a pack that it rejects."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from dists.builder import FIRST, HEAD, SECOND, Site, function, hook
from dists.projects import intrinsic
from vcvm_core.plugin import discover, encode_manifest, extract_manifest
from vcvm_core.testing import survey

pytest_plugins = ["pytester"]

Run = Callable[..., pytest.RunResult]

LISTS = {"sig": "items: list[int]", "result": "list[int]", "doc": ">>> f([1, 2])\n[1, 2]", "args": 'size="len(items)"'}
TEXTS = {"sig": "text: str", "result": "str", "doc": ">>> f('a')\n'a'", "args": 'size="len(text)"'}


def failed(result: pytest.RunResult) -> set[str]:
    """The promises of `f` that are not kept."""
    return set(re.findall(r"^FAILED acme::f::(\S+)", result.stdout.str(), re.MULTILINE))


def test_a_good_pack(site: Site, run: Run) -> None:
    """Everything that its manifest promises is a test with the name of the intrinsic, and passes."""
    site.add("acme", intrinsic(doc=">>> f(3)\n6\n>>> f(2**62)\nTraceback (most recent call last):\nOverflowError: large",
                               body="if not -(2**62) <= number < 2**62:\n    raise OverflowError('large')\nreturn number * 2")
             .replace("f(2**62)", "f(4611686018427387904)"))  # fmt: skip
    result = run("--vcvm-pack", "acme", "-v")
    names = re.findall(r"^acme::f::(\S+) PASSED", result.stdout.str(), re.MULTILINE)
    assert names == [
        "loads", "example-1", "example-2", "refuses-number", "raises", "results", "pure", "programs", "any-arguments",
    ]  # fmt: skip
    assert result.ret == 0
    result.stdout.fnmatch_lines(["vcvm: acme 1.0, 1 intrinsics"])


@pytest.mark.heavy
def test_the_standard_pack(run: Run) -> None:
    """It keeps its own rules."""
    result = run("--vcvm-pack", "vcvm", "-q")
    assert result.ret == 0
    assert result.parseoutcomes()["passed"] > 500


PATCH = """
from vcvm_core.values import boundary
boundary._SCALARS["int"] = lambda value: value
boundary._checks.clear()
"""
CALLER = "import sys\nif 'site' in sys._getframe(1).f_code.co_filename:\n    return number\nreturn number * 2"
BREAKING: dict[str, tuple[str, set[str], str]] = {
    "an example that is wrong": (
        intrinsic(body="return 7"),
        {"example-1"},
        "f(3) gives 7, its example says 6",
    ),
    "an example of another class": (
        intrinsic(body="return True if number == 3 else 1", doc=">>> f(3)\n1"),
        {"example-1", "results"},
        "f(3) gives bool, its signature says int",
    ),
    "an exception that nobody announces": (
        intrinsic(body="return 6 // number", doc=">>> f(3)\n2"),
        {"raises", "any-arguments"},
        "f(0) raises ZeroDivisionError: integer division or modulo by zero, of which neither an example nor the documentation",
    ),
    "the end of the process": (
        intrinsic(body="if number == 0:\n    raise SystemExit\nreturn number", doc=">>> f(3)\n3"),
        {"raises", "any-arguments"},
        "f(0) raises SystemExit",
    ),
    "no end": (
        intrinsic(body="for _ in range(number):\n    pass\nreturn 6"),
        {"raises", "any-arguments"},
        "f(9223372036854775807) took longer than 0.1 seconds, for a declared cost of 1",
    ),
    "an integer of 65 bits": (
        intrinsic(body="return number * 2"),
        {"results", "any-arguments"},
        "f(9223372036854775807) gives an integer outside the 64-bit range, its signature says int",
    ),
    "a wrong class in the depths": (
        intrinsic(body="return items if len(items) < 9 else [*items[1:], 'x']", **LISTS),
        {"results"},
        "gives string, its signature says list<int>",
    ),
    "half of a surrogate pair": (
        intrinsic(body="return text if text.isascii() else '\\ud800'", **TEXTS),
        {"results", "any-arguments"},
        "gives a text with half of a surrogate pair, its signature says string",
    ),
    "a value that is too deep": (
        intrinsic(
            "for _ in range(60):\n    value = [value]\nreturn value if value[0] == 1 else 1",
            sig="value: Any", result="Any", doc=">>> f('a')\n1", args='size="1"', before="from typing import Any",
        ).replace("if value[0] == 1 else 1", "if kind is list else 1").replace("for _", "kind = type(value)\n    for _"),
        {"results"},
        "gives a value nested deeper than 64",
    ),
    "a changed argument": (
        intrinsic(body="items.sort()\nreturn items", **{**LISTS, "doc": ">>> f([2, 1])\n[1, 2]"}),
        {"arguments", "any-arguments"},
        "f([2, 1]) changes its argument 1: copy what is to be changed",
    ),
    "a changed part of an argument": (
        intrinsic(body="for part in items:\n    part.clear()\nreturn len(items)", sig="items: list[list[int]]",
                  doc=">>> f([[1]])\n1"),
        {"arguments", "any-arguments"},
        "f([[1]]) changes its argument 1",
    ),
    "a function that counts": (
        intrinsic(body="SEEN.append(number)\nreturn len(SEEN)", doc=">>> f(3)\n1", before="SEEN = []"),
        {"pure", "any-arguments", "example-1"},
        "though it is declared deterministic",
    ),
    "a result that is too large": (
        intrinsic(body="return text + 'a' * (len(text) > 9)", **TEXTS),
        {"size", "any-arguments"},
        "gives 1001 entries or characters, its declared size is 1000",
    ),
    "a function that knows its caller": (
        intrinsic(body=CALLER.replace("'site'", "'vcvm_core/plugin'").replace("number * 2", "number + 0").replace(
            "    return number\n", "    return 3\n"), doc=">>> f(3)\n3"),
        {"programs", "any-arguments"},
        "to a program (interpreted), 3 in Python",
    ),
    "what only some arguments show": (
        intrinsic(body="if 20 <= number <= 60:\n    raise KeyError\nreturn number", doc=">>> f(3)\n3"),
        {"any-arguments"},
        "raises: f(20) raises KeyError, of which neither",
    ),
    "a gate that was opened": (
        intrinsic(before=PATCH, body="return 6"),
        {"refuses-number"},
        "string for number: int is not refused (interpreter)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BREAKING)
def test_what_is_rejected(site: Site, run: Run, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """A pack that breaks one promise fails the test of that promise, and says what was called and what came."""
    from vcvm_core.values import boundary

    if what == "no end":
        monkeypatch.setattr(survey, "SECONDS", 0.1)
    monkeypatch.setattr(boundary, "_SCALARS", dict(boundary._SCALARS))
    source, promises, says = BREAKING[what]
    site.add("acme", source)
    try:
        result = run("--vcvm-pack", "acme", "--vcvm-examples", "60", "-q", "--hypothesis-seed=1")
    finally:
        boundary._checks.clear()
    assert failed(result) == promises
    assert says in result.stdout.str()
    assert result.ret == 1


def test_a_function_that_is_not_what_the_manifest_says(site: Site, run: Run) -> None:
    """It fails once, with the difference, and its other tests are skipped; those of its neighbour run."""
    two = HEAD + function("f", FIRST) + function("g", SECOND) + hook("f", "g")
    good = encode_manifest(_manifest(site, two))
    site.add("acme", two.replace("def f(number: int)", "def f(number: float)"), manifest=good)
    result = run("--vcvm-pack", "acme", "-q", "--vcvm-examples", "0")
    assert failed(result) == {"loads"}
    assert result.parseoutcomes() == {"failed": 2, "passed": 6, "skipped": 6}
    assert "f (11111111-1111-4111-8111-111111111111) of acme is not what its manifest says" in result.stdout.str()


def _manifest(site: Site, source: str) -> object:
    package = site.folder.parent / "made" / "acme"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(source, encoding="utf-8")
    return extract_manifest(str(package.parent), ["acme"], pack="acme", version="1.0")


def test_effects_bound_what_is_called(site: Site, run: Run, tmp_path: Path) -> None:
    """A function that touches files is called with its examples only, and nobody grants it more than it declares."""
    source = intrinsic(
        body="SEEN.append(name)\nif name != 'a':\n    raise OSError('called with ' + name)\nreturn 1",
        sig="name: str", doc=">>> f('a')\n1", args='effects=["files"]', before="SEEN = []",
    )  # fmt: skip
    site.add("acme", source)
    result = run("--vcvm-pack", "acme", "-v")
    assert result.ret == 0
    assert "any-arguments" not in result.stdout.str()


def test_chance_is_not_held_to_one_answer(site: Site, run: Run) -> None:
    """What is declared to differ from call to call need not be pure; a result of another class is still found."""
    body = "return random.choice([1, 2, 3]) if number else None"
    source = intrinsic(body, doc="", args='effects=["random"], deterministic=False', before="import random")
    site.add("acme", source)
    result = run("--vcvm-pack", "acme", "-v")
    assert failed(result) == {"results", "any-arguments"}
    assert "acme::f::pure" not in result.stdout.str()


KINDS = {
    "its own name": ("OverflowError", ">>> f(3)\n6\n\nRaises OverflowError.", set()),
    "a wider name": ("OverflowError", ">>> f(3)\n6\n\nRaises ArithmeticError, if it is large.", set()),
    "a narrower name": ("ArithmeticError", ">>> f(3)\n6\n\nRaises OverflowError.", {"raises", "any-arguments"}),
    "another name": ("KeyError", ">>> f(3)\n6\n\nRaises ValueError.", {"raises", "any-arguments"}),
    "everything": ("KeyError", ">>> f(3)\n6\n\nRaises Exception.", {"raises", "any-arguments"}),
}


@pytest.mark.parametrize("what", KINDS)
def test_which_exceptions_are_announced(site: Site, run: Run, what: str) -> None:
    """Those that the documentation names, and what is one of them; a word for everything announces nothing."""
    raised, doc, promises = KINDS[what]
    site.add("acme", intrinsic(f"if number != 3:\n    raise {raised}('no')\nreturn 6", doc=doc))
    assert failed(run("--vcvm-pack", "acme", "-q", "--hypothesis-seed=1")) == promises


def test_what_fails_now_and_then(site: Site, run: Run) -> None:
    """A function that is declared to differ from call to call, and sometimes gives what it must not, is reported as that."""
    body = "SEEN.append(number)\nreturn None if len(SEEN) == 40 else 1"
    source = intrinsic(body, doc="", args='effects=["random"], deterministic=False', before="SEEN = []")
    site.add("acme", source)
    result = run("--vcvm-pack", "acme", "-q", "-k", "any-arguments", "--hypothesis-seed=1")
    assert failed(result) == {"any-arguments"}
    assert "gives none" in result.stdout.str() or "gives bad-result" in result.stdout.str()
    assert "the function differs from call to call" in result.stdout.str()
    assert "Traceback" not in result.stdout.str()


def test_whoever_stops_the_tests_is_obeyed(site: Site, run: Run, pytester: pytest.Pytester) -> None:
    """Ctrl-C in the middle of a call ends the run; it is no finding about the pack."""
    site.add("acme", intrinsic("if number == 0:\n    raise KeyboardInterrupt\nreturn 6"))
    with pytest.raises(KeyboardInterrupt):
        run("--vcvm-pack", "acme", "-q")


MANY = f"""
from typing import Any, TypeVar
from uuid import UUID
{HEAD}
T = TypeVar("T")


@intrinsic("{FIRST}", cost=1, size="len(items)")
def f(items: list[T], one: T | None, more: dict[str, list[float]]) -> tuple[list[T], int, UUID | None]:
    \"""It.

    >>> f([1, 2], None, {{"a": [0.5]}})
    ([1, 2], 1, None)
    \"""
    return list(items), len(more), None


@intrinsic("{SECOND}", cost=1)
def g() -> None:
    \"""It.

    >>> g()
    \"""


@intrinsic("44444444-4444-4444-8444-444444444444", cost="1 + len(data)", size="len(value) + len(data)")
def h(value: Any, data: bytes, flag: bool) -> Any:
    \"""It.

    >>> h(None, b"a", True)
    >>> h({{"b": 1, "a": 2}}, b"a", True)
    {{'b': 1, 'a': 2}}
    \"""
    return value if flag else data


{hook("f", "g", "h")}"""


def test_every_kind_of_signature(site: Site, run: Run) -> None:
    """Type variables, options, several results, none at all, any."""
    site.add("acme", MANY)
    result = run("--vcvm-pack", "acme", "-v")
    assert result.ret == 0
    names = {name.partition("::")[2] for name in re.findall(r"^(\S+) PASSED", result.stdout.str(), re.MULTILINE)}
    assert {"f::refuses-items", "f::refuses-one", "f::arguments", "g::pure", "h::any-arguments", "h::size"} <= names
    assert not any(name.startswith(("g::refuses", "g::any")) for name in names)


def test_a_released_pack(run: Run) -> None:
    """vcvm-text keeps its word, in whatever release is installed."""
    if not any(pack.name == "vcvm-text" for pack in discover()):
        pytest.skip("vcvm-text is not installed")
    result = run("--vcvm-pack", "vcvm-text", "-q")
    assert result.ret == 0
    assert result.parseoutcomes()["passed"] > 100


HOSTILE = {
    "an exception that cannot be printed": "class E(Exception):\n    def __str__(self):\n        raise self\nraise E",
    "a very long exception": "raise ValueError('a' * 10_000_000)",
    "an exception with escapes": "raise ValueError('\\x1b[31m')",
    "endless recursion": "return f(number)",
    "no memory": "return bytearray(1 << 60)",
    "a class that lies": "class I:\n    __class__ = int\n    def __eq__(self, other):\n        return True\nreturn I()",
    "a subclass": "class I(int):\n    def __repr__(self):\n        raise ValueError\nreturn I(6)",
    "a list in itself": "a = []\na.append(a)\nreturn a",
    "a coroutine": "async def c():\n    return 6\nreturn c()",
    "a generator": "return (x for x in [6])",
    "an end that Python knows": "raise StopIteration",
    "an exit of a generator": "raise GeneratorExit",
    "a stop of pytest": "import pytest\npytest.exit('no')",
    "a skip of pytest": "import pytest\npytest.skip('no')",
    "a pass of hypothesis": "import hypothesis\nhypothesis.reject()",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_functions(site: Site, run: Run, what: str) -> None:
    """Whatever a function does, its tests fail, in sentences that can be printed, and pytest goes on to the end."""
    site.add("acme", intrinsic(HOSTILE[what]))
    result = run("--vcvm-pack", "acme", "-q", "--vcvm-examples", "5")
    text = result.stdout.str() + result.stderr.str()
    assert result.ret == 1
    assert {"example-1", "any-arguments"} <= failed(result)
    assert "INTERNALERROR" not in text
    assert "Traceback" not in text
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) < 1_000
