"""Manifests from source: the same signature as at run time, vectors from doctests, every refusal with file and line."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from dists.builder import FIRST, HEAD, SECOND, SOURCE, function
from vcvm_core.errors import ManifestError, PackError, VcvmError
from vcvm_core.plugin import Manifest, Row, Vector, encode_manifest, extract_manifest, find_source_root, hash_source
from vcvm_core.plugin.extract import FILE_BYTES
from vcvm_core.values import signature_of


def project(folder: Path, *sources: str, root: str = "src") -> Path:
    """A project with the package `acme`, a module a source: __init__, a, b ..."""
    package = folder / root / "acme"
    package.mkdir(parents=True)
    for name, source in zip(("__init__", "a", "b"), sources, strict=False):
        (package / f"{name}.py").write_text(source, encoding="utf-8")
    return folder


def extract(folder: Path, *sources: str) -> Manifest:
    return extract_manifest(str(project(folder, *sources)), ["acme"], pack="acme", version="1.0")


def findings(folder: Path, *sources: str) -> list[tuple[str, str | None, int | None]]:
    """Kind, file and line of everything that is wrong."""
    with pytest.raises(ManifestError) as e:
        extract(folder, *sources)
    return [(d.kind, d.place.file, d.place.line) for d in e.value.diagnostics]


def test_a_whole_row(tmp_path: Path) -> None:
    """Every argument of the decorator, the docstring and the doctests arrive in the manifest."""
    source = (
        HEAD
        + f'''@intrinsic(
    "{FIRST.upper()}", cost="1 + len(text)", size="len(text) * times", effects=["net", "clock"], deterministic=False,
    since="1.0", deprecated="slow", supersedes="{SECOND}", relation="fix", name="repeated",
)
def repeat(text: str, times: int) -> str:
    """Text, several
    times over.

    More about it.

    >>> repeat("ab", 2)
    'abab'
    >>> repeat("a", -1)
    Traceback (most recent call last):
        ...
    ValueError: times is negative: -1
    >>> repeat("x", 9)  # doctest: +SKIP
    """
'''
    )
    made = extract(tmp_path, "", source)
    (row,) = made.intrinsics
    assert (row.uuid, row.name, row.target) == (
        b"\x11" * 6 + b"\x41\x11\x81\x11" + b"\x11" * 6,
        "repeated",
        "acme.a:repeat",
    )
    assert (row.cost, row.size, row.effects, row.deterministic) == (
        "1 + len(text)",
        "len(text) * times",
        ("clock", "net"),
        False,
    )
    assert (row.since, row.deprecated, row.relation) == ("1.0", "slow", "fix")
    assert row.supersedes == UUID(SECOND).bytes
    assert row.doc == "Text, several times over."
    assert row.vectors == (Vector(("ab", 2), "abab"), Vector(("a", -1), None, "ValueError", "times is negative: -1"))
    assert (made.source_root, made.packages, made.api) == ("src", ("acme",), (1, 1))


SPELLINGS = [
    "from vcvm_core.plugin import intrinsic\n@intrinsic",
    "from vcvm_core.plugin import intrinsic as i\n@i",
    "import vcvm_core.plugin\n@vcvm_core.plugin.intrinsic",
    "import vcvm_core.plugin as p\n@p.intrinsic",
    "from vcvm_core import plugin\n@plugin.intrinsic",
    "from vcvm_core.plugin.declare import intrinsic\n@intrinsic",
]


@pytest.mark.parametrize("start", SPELLINGS)
def test_however_it_is_imported(tmp_path: Path, start: str) -> None:
    made = extract(tmp_path, f'{start}("{FIRST}")\ndef f() -> int:\n    return 1\n')
    assert [r.name for r in made.intrinsics] == ["f"]


def test_other_decorators_of_that_name(tmp_path: Path) -> None:
    made = extract(tmp_path, f'from elsewhere import intrinsic\n@intrinsic("{FIRST}")\ndef f() -> int: ...\n')
    assert made.intrinsics == ()


SIGNATURES = [
    "() -> int",
    "() -> None",
    "(a: int, b: float, c: bool, d: str, e: bytes) -> int",
    "(a: uuid.UUID, b: UUID, c: U) -> None",
    "(a: Any, b: typing.Any) -> int",
    "(a: list[int], b: dict[str, list[str]]) -> int",
    "(a: typing.List[int], b: typing.Dict[str, int]) -> int",
    "(a: int | None, b: None | str, c: list[int | None]) -> int",
    "(a: Optional[int], b: typing.Union[int, None], c: Optional[Any]) -> int",
    "(a: int | None | None, b: Optional[int | None]) -> int",
    "(a: 'int', b: 'list[T]', c: list['int']) -> 'int'",
    "(a: T, b: list[T], c: dict[str, T1], d: T | None) -> int",
    "(a: int, /, b: int) -> int",
    "(a: int) -> tuple[int, bool]",
    "(a: int) -> 'tuple[int, float | None]'",
    "(a: int) -> tuple[()]",
    "(a: int) -> typing.Tuple[int, int]",
]
IMPORTS = """
import uuid, typing
from uuid import UUID, UUID as U
from typing import Any, Optional, TypeVar
T = TypeVar("T")
T1 = TypeVar("T1")
"""


@pytest.mark.parametrize("future", ["", "from __future__ import annotations\n"])
@pytest.mark.parametrize("signature", SIGNATURES)
def test_same_signature_as_at_run_time(tmp_path: Path, signature: str, future: str) -> None:
    """What is read from the text is what `signature_of` says of the function."""
    source = f'{future}{IMPORTS}{HEAD}@intrinsic("{FIRST}")\ndef f{signature}:\n    ...\n'
    (row,) = extract(tmp_path, source).intrinsics
    assert row.signature == signature_of(imported(tmp_path / "src/acme/__init__.py").f)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the syntax is newer than this Python")
def test_type_parameters(tmp_path: Path) -> None:
    source = f'{HEAD}@intrinsic("{FIRST}")\ndef f[T](a: T, b: list[T]) -> int:\n    ...\n'
    (row,) = extract(tmp_path, source).intrinsics
    assert row.signature == signature_of(imported(tmp_path / "src/acme/__init__.py").f)


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="this Python reads it")
def test_newer_syntax_is_refused_by_an_older_parser(tmp_path: Path) -> None:
    source = f'{HEAD}@intrinsic("{FIRST}")\ndef f[T](a: T) -> int:\n    ...\n'
    assert findings(tmp_path, source) == [("bad-source", "src/acme/__init__.py", 4)]


def imported(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location("read_for_test", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


BAD_SIGNATURES = [
    "(a) -> int",
    "(a: int)",
    "(a: int = 1) -> int",
    "(*a: int) -> int",
    "(**a: int) -> int",
    "(*, a: int) -> int",
    "(a: int | str) -> int",
    "(a: list) -> int",
    "(a: dict[int, str]) -> int",
    "(a: set[int]) -> int",
    "(a: object) -> int",
    "(a: tuple[int, int]) -> int",
    "(a: Alias) -> int",
    "(a: Checked) -> int",
    "(a: int) -> tuple[int, ...]",
    "(a: Long) -> int",
    "(a: 'not a type') -> int",
    "(a: 1) -> int",
    "(a: typing.Callable[[int], int]) -> int",
]


@pytest.mark.parametrize("signature", BAD_SIGNATURES)
def test_bad_signatures(tmp_path: Path, signature: str) -> None:
    """What has no type, or needs the module to run, is refused where it stands (M18)."""
    before = (
        "import typing\nAlias = int\nLong = typing.TypeVar('Long')\n"
        "if typing.TYPE_CHECKING:\n    from uuid import UUID as Checked\n"
    )
    source = f'{before}{HEAD}@intrinsic("{FIRST}")\ndef f{signature}:\n    ...\n'
    line = source[: source.index("def f")].count("\n") + 1
    assert findings(tmp_path, source) == [("bad-declaration", "src/acme/__init__.py", line)]


BAD_DECORATORS = {
    "no call": "@intrinsic",
    "no uuid": "@intrinsic()",
    "name, not literal": "@intrinsic(ID)",
    "expression": f'@intrinsic("{FIRST}" + "")',
    "f-string": f'@intrinsic(f"{FIRST}{{1}}")',
    "two positional": f'@intrinsic("{FIRST}", 1)',
    "unknown argument": f'@intrinsic("{FIRST}", colour=1)',
    "stars": f'@intrinsic("{FIRST}", **options)',
    "cost name": f'@intrinsic("{FIRST}", cost=COST)',
    "cost float": f'@intrinsic("{FIRST}", cost=1.5)',
    "cost bool": f'@intrinsic("{FIRST}", cost=True)',
    "cost negative": f'@intrinsic("{FIRST}", cost=-1)',
    "cost formula": f'@intrinsic("{FIRST}", cost="b")',
    "effects text": f'@intrinsic("{FIRST}", effects="net")',
    "effects numbers": f'@intrinsic("{FIRST}", effects=[1])',
    "deterministic": f'@intrinsic("{FIRST}", deterministic=1)',
    "relation alone": f'@intrinsic("{FIRST}", relation="same")',
    "other decorator": f'@staticmethod\n@intrinsic("{FIRST}")',
}


@pytest.mark.parametrize("name", BAD_DECORATORS)
def test_bad_decorators(tmp_path: Path, name: str) -> None:
    """Everything in a decorator is a literal of the right class."""
    source = f"{HEAD}{BAD_DECORATORS[name]}\ndef f(a: int) -> int: ...\n"
    ((kind, file, line),) = findings(tmp_path, source)
    assert (kind, file) == ("bad-declaration", "src/acme/__init__.py")
    assert line in (3, 4)


@pytest.mark.parametrize(
    "uuid", ["", "x", FIRST[1:], "{" + FIRST + "}", FIRST.replace("-", ""), "0" * 8 + "-0000" * 3 + "-" + "0" * 12]
)
def test_bad_uuids(tmp_path: Path, uuid: str) -> None:
    """One text form, and not the one of zeros (M08)."""
    kinds = findings(tmp_path, f'{HEAD}@intrinsic("{uuid}")\ndef f(a: int) -> int: ...\n')
    assert kinds[0][0] == "manifest-bad-uuid"


@pytest.mark.parametrize("definition", ["class f: ...", "async def f() -> int: ...", "def f() -> int:\n    yield 1"])
def test_what_is_no_plain_function(tmp_path: Path, definition: str) -> None:
    """Classes, coroutine functions and generators (M17)."""
    ((kind, _, line),) = findings(tmp_path, f'{HEAD}@intrinsic("{FIRST}")\n{definition}\n')
    assert (kind, line) == ("bad-declaration", 3)


@pytest.mark.parametrize("outer", ["class C:", "def g():", "if True:"])
def test_what_is_not_at_the_top(tmp_path: Path, outer: str) -> None:
    source = f'{HEAD}{outer}\n    @intrinsic("{FIRST}")\n    def f() -> int: ...\n'
    assert findings(tmp_path, source) == [("bad-declaration", "src/acme/__init__.py", 5)]


def test_a_generator_inside_is_no_generator(tmp_path: Path) -> None:
    source = f'{HEAD}@intrinsic("{FIRST}")\ndef f() -> int:\n    def g():\n        yield 1\n    return sum(g())\n'
    assert len(extract(tmp_path, source).intrinsics) == 1


@pytest.mark.parametrize("result", ["str", "bytes", "list[int]", "dict[str, int]", "str | None", "tuple[int, str]"])
def test_large_results_need_a_size(tmp_path: Path, result: str) -> None:
    assert findings(tmp_path, f'{HEAD}@intrinsic("{FIRST}")\ndef f() -> {result}: ...\n') == [
        ("bad-declaration", "src/acme/__init__.py", 4)
    ]


EXAMPLES = [
    (">>> f(1)\n2", Vector((1,), 2)),
    (">>> f([1, -2.5, None, True])\n[b'x', {'a': 1}]", Vector(([1, -2.5, None, True],), [b"x", {"a": 1}])),
    (">>> f(uuid.UUID('" + FIRST + "'))\nUUID('" + FIRST + "')", Vector((UUID(FIRST),), UUID(FIRST))),
    (">>> f(1)", Vector((1,), None)),
    (
        ">>> f(1)\nTraceback (most recent call last):\nacme.Bad: a: b",
        Vector((1,), None, "acme.Bad", "a: b"),
    ),
    (">>> f(1)\nTraceback (most recent call last):\nKeyError", Vector((1,), None, "KeyError", "")),
]


def with_example(text: str) -> str:
    body = "\n".join(f"    {line}" for line in text.splitlines())
    return f'{HEAD}@intrinsic("{FIRST}")\ndef f(a: Any) -> Any:\n    """Doc.\n\n{body}\n    """\n'


def row_of(folder: Path, text: str) -> Row:
    (row,) = extract(folder, "from typing import Any\n" + with_example(text)).intrinsics
    return row


@pytest.mark.parametrize(("text", "vector"), EXAMPLES)
def test_examples(tmp_path: Path, text: str, vector: Vector) -> None:
    """What a doctest shows is what the vector says; nothing printed means none."""
    assert row_of(tmp_path, text).vectors == (vector,)


@pytest.mark.parametrize(
    "text",
    [
        ">>> g(1)\n2",
        ">>> f(g(1))\n2",
        ">>> x = f(1)",
        ">>> import os",
        ">>> f(a=1)\n2",
        ">>> f(*[1])\n2",
        ">>> f({1, 2})\n2",
        ">>> f((1, 2))\n2",
        ">>> f({1: 2})\n2",
        ">>> f({'a': 1, 'a': 2})\n2",
        ">>> f(1)\n<object>",
        ">>> f(1)\nsomething else",
        ">>> f(1)  # doctest: +ELLIPSIS\n2",
        ">>> f(uuid.UUID('x'))\n2",
        ">>> f(1j)\n2",
        ">>> f(1) + 1\n2",
        ">>> f(-True)\n2",
        ">>>f(1)",
    ],
)
def test_bad_examples(tmp_path: Path, text: str) -> None:
    """What cannot be frozen is refused in its own line."""
    ((kind, _, line),) = findings(tmp_path, "from typing import Any\n" + with_example(text))
    assert kind == "bad-declaration"
    assert line in (6, 8)


@pytest.mark.parametrize("text", [">>> f(1, 2)\n2", f">>> f({1 << 63})\n2", ">>> f('\\\\ud800')\n2"])
def test_examples_that_do_not_fit(tmp_path: Path, text: str) -> None:
    """Examples of another signature, and values that are none."""
    ((kind, _, _),) = findings(tmp_path, "from typing import Any\n" + with_example(text))
    assert kind == "bad-declaration"


def test_everything_is_reported(tmp_path: Path) -> None:
    """Mistakes in several functions and files arrive together."""
    bad = f'{HEAD}@intrinsic(ID)\ndef f(a) -> int: ...\n\n@intrinsic("{FIRST}", cost=C)\ndef g() -> int: ...\n'
    assert findings(tmp_path, bad, "def broken(:\n", SOURCE) == [
        ("bad-declaration", "src/acme/__init__.py", 3),
        ("bad-declaration", "src/acme/__init__.py", 4),
        ("bad-declaration", "src/acme/__init__.py", 6),
        ("bad-source", "src/acme/a.py", 1),
    ]


def test_duplicates(tmp_path: Path) -> None:
    """Two functions with one UUID, in two files, and two with one name (M09)."""
    a, b = HEAD + function("one"), HEAD + function("two")
    assert findings(tmp_path, "", a, b) == [("manifest-duplicate-uuid", "src/acme/b.py", 3 + 1)]
    again = HEAD + function("one", SECOND)
    assert findings(tmp_path / "again", "", a, again) == [("manifest-bad-name", "src/acme/b.py", 3 + 1)]


def test_flat_layout_and_single_module(tmp_path: Path) -> None:
    (tmp_path / "acme.py").write_text(SOURCE)
    made = extract_manifest(str(tmp_path), ["acme"], pack="Acme", version="1.0")
    assert (made.source_root, made.pack, made.intrinsics[0].target) == (".", "acme", "acme:double")


def test_no_package(tmp_path: Path) -> None:
    for packages in ([], ["acme"]):
        with pytest.raises(ManifestError) as e:
            find_source_root(str(tmp_path), packages)
        assert e.value.kind == "bad-source"


def test_same_source_same_bytes(tmp_path: Path) -> None:
    """Neither place nor time enters a manifest."""
    one = encode_manifest(extract(tmp_path / "one", SOURCE, "x = 1\n"))
    assert one == encode_manifest(extract(tmp_path / "two", SOURCE, "x = 1\n"))


def test_source_hash(tmp_path: Path) -> None:
    """Contents and paths of .py files count, other files do not."""
    package = project(tmp_path, SOURCE, "x = 1\n") / "src/acme"

    def now() -> bytes:
        return hash_source(str(tmp_path), "src", ["acme"])

    first = now()
    (package / "notes.txt").write_text("x")
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "x.py").write_text("x")
    assert now() == first
    (package / "a.py").write_text("x = 2\n")
    second = now()
    (package / "a.py").rename(package / "c.py")
    assert len({first, second, now()}) == 3


def test_links_that_leave(tmp_path: Path) -> None:
    """A link to a file or folder outside of the source is refused (M15); one inside is not."""
    package = project(tmp_path / "p", SOURCE) / "src/acme"
    (tmp_path / "outside.py").write_text("")
    (package / "inside.py").symlink_to(package / "__init__.py")
    with pytest.raises(ManifestError) as e:
        extract_manifest(str(tmp_path / "p"), ["acme"], pack="acme", version="1.0")
    assert e.value.kind == "manifest-duplicate-uuid"
    (package / "inside.py").unlink()
    (package / "outside.py").symlink_to(tmp_path / "outside.py")
    with pytest.raises(PackError) as p:
        extract_manifest(str(tmp_path / "p"), ["acme"], pack="acme", version="1.0")
    assert p.value.kind == "path-escape"


@pytest.mark.parametrize(
    "source",
    [b"\xff\xfe", b"x = '\0'", b"(" * 500, b"# coding: nonsense\n", b"x" * (FILE_BYTES + 1)],
    ids=["encoding", "nul", "nesting", "coding", "size"],
)
def test_bad_sources(tmp_path: Path, source: bytes) -> None:
    (project(tmp_path, "") / "src/acme/a.py").write_bytes(source)
    with pytest.raises(VcvmError) as e:
        extract_manifest(str(tmp_path), ["acme"], pack="acme", version="1.0")
    assert e.value.kind == "bad-source"


def test_the_standard_pack() -> None:
    """Of every intrinsic of the standard pack, the text and the function say the same."""
    import vcvm_stdlib

    folder = Path(vcvm_stdlib.__file__).parents[1]
    rows = extract_manifest(str(folder), ["vcvm_stdlib"], pack="vcvm", version="1", source_root=".").intrinsics
    functions = {f"{f.__module__}:{f.__qualname__}": f for f in vcvm_stdlib.vcvm_intrinsics()}
    assert {r.target: r.signature for r in rows} == {t: signature_of(f) for t, f in functions.items()}
