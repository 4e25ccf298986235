"""What `--json` writes is what the schemas in vcvm_core/cli/schemas say, to the last key.

Each command runs with good and with bad input; every document that it writes is held against a schema, and every way to
change such a document (a key more, a key less, another schema number) is refused by that schema.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import vcvm_core.cli
from dists.projects import intrinsic, project, wheel
from vcvm_core.cli.completion import shapes
from vcvm_core.cli.show import SCHEMA
from vcvm_core.hosting import Tape
from vcvm_core.plugin import Index, encode_index
from vcvm_core.plugin.index import Entry, Pack
from vcvm_core.values import parse_signature

jsonschema = pytest.importorskip("jsonschema")
referencing = pytest.importorskip("referencing")

Command = Callable[..., Any]
FOLDER = Path(vcvm_core.cli.__file__).parent / "schemas"
SCHEMAS: dict[str, Any] = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))}
ONE, TWO = "11111111-2222-4333-8444-00000000000a", "11111111-2222-4333-8444-00000000000b"
LATER = "11111111-2222-4333-8444-00000000000d"
LOST = Pack(
    "vcvm-lost",
    ("3.0", "3.1"),
    (
        Entry(
            b"\x11" * 4 + b"\x22\x22\x43\x33\x84\x44" + b"\x55" * 6,
            ("3.1",),
            "lost",
            parse_signature("(n: int) -> int"),
            None,
            None,
            None,
        ),
    ),
)

FREE = {"facts", "result", "value", "python", "interpreted"}
"""Keys whose value may have any keys: they come from programs."""


@cache
def validator(name: str) -> Any:
    """What holds a document against a schema; schemas refer to each other by the names of their files."""
    resource = referencing.Resource.from_contents
    registry = referencing.Registry().with_resources((f"{n}.json", resource(s)) for n, s in SCHEMAS.items())
    return jsonschema.Draft202012Validator({"$ref": f"{name}.json"}, registry=registry)


def wrong(name: str, document: Any) -> list[str]:
    """What a schema says against a document."""
    return [f"{'/'.join(map(str, e.path))}: {e.message}" for e in validator(name).iter_errors(document)]


# The schemas themselves


def parts(schema: Any, where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema inside a schema, and where."""
    yield where, schema
    for key in ("properties", "$defs"):
        for name, inner in schema.get(key, {}).items():
            yield from parts(inner, f"{where}/{name}")
    for i, inner in enumerate(schema.get("oneOf", ())):
        yield from parts(inner, f"{where}/{i}")
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from parts(schema[key], f"{where}/{key}")


@pytest.mark.parametrize("name", SCHEMAS)
def test_strict(name: str) -> None:
    """A schema is one, says what it is for and what each key means, allows no key that it does not name."""
    schema = SCHEMAS[name]
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"]
    assert schema["description"].endswith(".")
    for where, part in parts(schema, name):
        if "properties" in part:
            assert part["additionalProperties"] is False, where
            assert set(part["required"]) <= set(part["properties"]), where
            for key, inner in part["properties"].items():
                assert inner.get("description", "").endswith("."), f"{where}/{key} has no description"
            if "schema" in part["properties"]:
                assert part["properties"]["schema"]["const"] == SCHEMA, where
        elif part.get("type") == "object":
            assert isinstance(part["additionalProperties"], dict), where


def test_every_command() -> None:
    """A command that offers --json has a schema. Cure: write vcvm_core/cli/schemas/COMMAND.json and a case below."""
    offered = {shape.name for shape in shapes() if "--json" in shape.names}
    missing = sorted(n for n in offered if n.replace(" ", "-") not in SCHEMAS)
    assert not missing, f"no schema for the --json of {', '.join(missing)}: see the docstring of this test"


# What commands write


class Case(NamedTuple):
    """A command, its exit code, and the schemas of the lines that it writes; of all of them if there is one."""

    words: tuple[str, ...]
    code: int
    schemas: tuple[str, ...]


def case(text: str, code: int, *schemas: str) -> Any:
    """A case; its words stand between blanks."""
    return pytest.param(Case(tuple(text.split()), code, schemas), id=text)


CASES = [
    case("run loop.vasm 3", 0, "run"),
    case("run loop.vasm 3 --stats", 0, "run"),
    case('run same.vasm {"a":[1.5,null]}', 0, "run"),
    case('run same.vasm --fn bytes {"$bytes":"AA=="}', 0, "run"),
    case("run same.vasm --fn pair 1 2", 0, "run"),
    case("run same.vasm --fn none 1", 0, "run"),
    case("run loop.vasm 3 --profile figures.json", 0, "run"),
    case("run loop.vasm", 2, "errors"),
    case("run loop.vasm x", 2, "errors"),
    case("run loop.vasm 1000 --fuel 50", 4, "errors"),
    case("run loop.vasm 1000 --fuel 50 --stats", 4, "errors"),
    case("run trap.vasm", 4, "errors"),
    case("run unknown.vasm 1", 3, "errors"),
    case("run nothing.vasm", 3, "errors"),
    case("run age.vasm --input people.ndjson", 1, "run-input"),
    case("run age.vasm --input people.ndjson --all --stats", 1, "run-input"),
    case("run same.vasm --fn reasons --input reasons.ndjson --all", 1, "run-input"),
    case("run same.vasm --fn text --input reasons.ndjson", 0, "run-input"),
    case("run age.vasm --input bad.json", 1, "run-input"),
    case("run age.vasm --input empty.csv", 3, "errors"),
    case("asm age.vasm", 0, "asm"),
    case("asm mistakes.vasm", 3, "errors"),
    case("asm age.vasm -o no/such/folder", 3, "errors"),
    case("verify age.vasm", 0, "verify"),
    case("verify illtyped.vasm", 3, "errors"),
    case("verify cut.vcvm", 3, "errors"),
    case("inspect age.vasm", 0, "inspect"),
    case("inspect same.vasm", 0, "inspect"),
    case("inspect loop.vasm", 0, "inspect"),
    case("inspect contains.vasm", 0, "inspect"),
    case("inspect unknown.vasm", 0, "inspect"),
    case("inspect illtyped.vasm", 3, "inspect"),
    case("inspect limits.vasm", 0, "inspect"),
    case("inspect shapes.vasm", 0, "inspect"),
    case("inspect nothing.vasm", 3, "errors"),
    case("inspect age.vasm --python", 0, "inspect-python"),
    case("inspect unknown.vasm --python", 3, "errors"),
    case("upgrade contains.vasm -o new.vcvm", 0, "upgrade"),
    case("upgrade age.vasm -o new.vcvm", 0, "upgrade"),
    case("upgrade older.vasm -o new.vcvm", 0, "upgrade"),
    case("upgrade older.vasm -o new.vcvm --import", 0, "upgrade"),
    case("asm older.vasm", 0, "asm"),
    case("verify age.vasm --header no.vcvmh", 3, "errors"),
    case("run unknown.vasm 1 --index index", 3, "errors"),
    case("run loop.vasm 3 --locked no.lock", 3, "errors"),
    case("run clock.vasm --allow clock --record clock.tape", 0, "run", "run-between"),
    case("run trap.vasm --record trap.tape", 4, "run-between", "errors"),
    case("run later.vasm --stand-in later.vcvmh", 0, "run", "run-between"),
    case("run loop.vasm 3 --replay kept.tape", 0, "run", "run-between"),
    case("run loop.vasm 3 --replay age.vasm", 3, "errors"),
    case("run loop.vasm 3 --observe vcvm-good", 3, "errors"),
    case("plugins header vcvm-good", 0, "plugins-header"),
    case("plugins header vcvm-zeta", 3, "errors"),
    case("plugins index -o index", 0, "plugins-index"),
    case("plugins index age.vasm -o index", 3, "errors"),
    case("plugins freeze", 0, "plugins-freeze"),
    case("plugins freeze older.vasm -o lock", 0, "plugins-freeze"),
    case("plugins freeze unknown.vasm", 3, "errors"),
    case("plugins list", 0, "plugins-list"),
    case("plugins list --no-pack vcvm-good", 0, "plugins-list"),
    case("plugins list --no-pack vcvm-god", 2, "errors"),
    case("plugins show vcvm", 0, "plugins-show"),
    case("plugins show vcvm-good", 0, "plugins-show"),
    case("plugins show vcvm-zeta", 1, "plugins-show"),
    case("plugins show vcvm-goood", 1, "errors"),
    case("plugins which twice", 0, "plugins-which"),
    case("plugins which shared", 0, "plugins-which"),
    case("plugins which nothing_at_all", 1, "errors"),
    case("plugins check one", 0, "plugins-check"),
    case("plugins check one --import", 0, "plugins-check"),
    case("plugins check two --against one", 1, "plugins-check"),
    case("plugins check bad", 1, "plugins-check"),
    case("plugins check nothing", 3, "errors"),
    case("plugins diff one two", 1, "plugins-diff"),
    case("plugins diff one one", 0, "plugins-diff"),
    case("plugins diff one bad", 3, "errors"),
    case("plugins new acme-cards", 0, "plugins-new"),
    case("plugins new one", 3, "errors"),
    case("plugins mint 3", 0, "plugins-mint"),
    case("plugins mint 0", 2, "errors"),
    case("plugins inject acme-1.0-py3-none-any.whl", 0, "plugins-inject"),
    case("plugins inject acme-1.0-py3-none-any.whl --api 2-1", 2, "errors"),
    case("plugins inject age.vasm", 3, "errors"),
    case("plugins doctor", 1, "plugins-doctor"),
    case("plugins doctor --import", 1, "plugins-doctor"),
    case("plugins doctor --no-pack vcvm-god", 2, "errors"),
    case("plugins manifest one", 0, "plugins-manifest"),
    case("plugins manifest vcvm-good", 0, "plugins-manifest"),
    case("plugins manifest bad", 3, "errors"),
    case("inspect clock.vasm --allow clock", 0, "inspect"),
    case("inspect clock.vasm", 0, "inspect"),
    case("explain VC407", 0, "explain"),
    case("explain VC901", 0, "explain"),
    case("explain", 0, "explain-all"),
    case("explain VC999", 2, "errors"),
    case("rnu", 2, "errors"),
]

FILES = {
    "trap.vasm": 'trap "enough"\n',
    "limits.vasm": ".limit fuel 10\n.limit call_depth 2\n.limit intrinsic_calls 3\npush 1\n",
    "shapes.vasm": '.link shapes "' + "00" * 32 + '"\nimport shapes area(int) -> int\nfunc main() -> int\n'
    " call shapes.area(3)\n ret\nend\n",
    "people.ndjson": '{"name": "Ada", "age": 36}\n{"name": "Bob", "age": 7}\n{"name": 1}\nno\n',
    "reasons.ndjson": '["too short"]\n[]\n',
    "bad.json": '[{"name": "Ada", "age": 36}, }',
    "empty.csv": "",
    "cut.vcvm": "",
    "clock.vasm": "extern now_unix_ms\ncall now_unix_ms\n",
}  # fmt: skip


@pytest.fixture
def stage(folder: Path, packs: Any) -> Path:
    """Files of every kind, and packs, good and bad."""
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "cut.vcvm").write_bytes(b"\xaf\xec\x1d\x00\x01")
    project(folder / "one", intrinsic())
    project(folder / "two", intrinsic("return number * 3", doc=">>> f(3)\n9"), version="2.0")
    project(folder / "bad", intrinsic(args="cost=COST"))
    wheel(folder / "acme-1.0-py3-none-any.whl", intrinsic(), manifest=b"")
    packs.install("vcvm-good", ONE, "twice", deprecated="use another")
    (folder / "kept.tape").write_bytes(Tape(bytes(32), (), (), True).encode())
    later = packs.install("vcvm-later", LATER, "doubled", declared=f', supersedes="{ONE}", relation="same"')
    (folder / "later.vcvmh").write_bytes(later.read_bytes())
    (folder / "later.vasm").write_text(packs.caller("doubled", LATER), encoding="utf-8")
    (folder / "older.vasm").write_text(packs.caller("twice", ONE), encoding="utf-8")
    (folder / "index").write_bytes(encode_index(Index((LOST,))))
    packs.install("vcvm-left", TWO, "shared")
    packs.install("vcvm-right", TWO, "shared_too")
    broken = packs.install("vcvm-zeta", "11111111-2222-4333-8444-00000000000c", "cut", version="0.9")
    broken.write_bytes(broken.read_bytes()[:-5])
    return folder


def documents(out: str) -> list[Any]:
    """The JSON documents of an output: one, or one a line."""
    try:
        return [json.loads(out)]
    except json.JSONDecodeError:
        return [json.loads(line) for line in out.splitlines()]


@pytest.mark.parametrize("case", CASES)
def test_documents(vcvm: Command, stage: Path, case: Case) -> None:
    """Standard output is documents of the form that the schema describes, and nothing else."""
    done = vcvm(*case.words, "--json")
    assert (done.code, done.err) == (case.code, "")
    found = documents(done.out)
    assert found
    schemas = case.schemas if len(case.schemas) > 1 else case.schemas * len(found)
    for document, name in zip(found, schemas, strict=True):
        assert wrong(name, document) == []
        for what, changed in mutants(document):
            assert not validator(name).is_valid(changed), f"{name} accepts a document {what}"


def test_profile(vcvm: Command, stage: Path) -> None:
    """The file that `run --profile` writes, of a run that ended well and of one that did not."""
    for fuel, errors in (("10000", 0), ("50", 1)):
        vcvm("run", "loop.vasm", "30", "--fuel", fuel, "--profile", "figures.json")
        document = json.loads((stage / "figures.json").read_text("utf-8"))
        assert wrong("profile", document) == []
        assert len(document["errors"]) == errors
        for what, changed in mutants(document):
            assert not validator("profile").is_valid(changed), f"the schema accepts a profile {what}"


def test_every_schema_is_used() -> None:
    """No schema is there that nothing is held against."""
    used = {name for param in CASES for name in param.values[0].schemas} | {"profile", "link-report"}
    assert set(SCHEMAS) == used


def mutants(document: Any, where: str = "") -> Iterator[tuple[str, Any]]:
    """Documents that differ in one place: another schema number, a key more in some object, a key less at the top."""
    if "schema" in document:
        yield "of another schema", {**document, "schema": SCHEMA + 1}
        for key in document:
            if key not in ("stats", "report", "notes"):
                yield f"without {key}", {k: v for k, v in document.items() if k != key}
    for path in objects(document):
        changed = json.loads(json.dumps(document))
        at(changed, path)["no-such-key"] = 1
        yield f"with a key more at {'/'.join(map(str, path))}", changed


def objects(document: Any) -> list[tuple[Any, ...]]:
    """The paths of the objects that a schema describes: one of each shape is enough."""
    found: dict[tuple[Any, ...], tuple[Any, ...]] = {}

    def walk(value: Any, path: tuple[Any, ...]) -> None:
        if isinstance(value, dict):
            found.setdefault(tuple(0 if isinstance(step, int) else step for step in path), path)
            for key, inner in value.items():
                if key not in FREE:
                    walk(inner, (*path, key))
        elif isinstance(value, list):
            for i, inner in enumerate(value):
                walk(inner, (*path, i))

    walk(document, ())
    return list(found.values())


def at(document: Any, path: tuple[Any, ...]) -> Any:
    """The part of a document that a path leads to."""
    for step in path:
        document = document[step]
    return document
