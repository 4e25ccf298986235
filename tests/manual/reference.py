"""The pages of docs/reference that are made from tables in the code: instructions, errors, JSON, limits.

Takes the tables; gives the text of each page. `python tests/manual/reference.py` writes them; a test holds the committed
pages against the tables. The headings come from the comments and docstrings that group the rows of each table, so a page
and its table have one order.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from string import Formatter
from typing import Any

from vcvm_core import errors, limits
from vcvm_core.cli import explain
from vcvm_core.errors import ERRORS, Row
from vcvm_core.isa import KINDS, OPCODES
from vcvm_core.isa import opcodes as table_of_opcodes
from vcvm_core.isa.opcodes import Op
from vcvm_core.limits import HIGHEST, Limits

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference"


def code(text: str) -> str:
    """`text` as a code span that may stand in a table; nothing for nothing."""
    return f"`{text}`".replace("|", "\\|") if text else ""


def prose(text: str) -> str:
    """`text` so that Markdown prints it as it is, in a table too."""
    return re.sub(r"([\\*_`\[\]|])", r"\\\1", text).replace("&", "&amp;").replace("<", "&lt;")


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    """The lines of a Markdown table."""
    titles = list(head)
    lines = [f"| {' | '.join(titles)} |", "|" + "---|" * len(titles)]
    return [*lines, *(f"| {' | '.join(cells)} |" for cells in rows), ""]


def page(title: str, *parts: str | list[str]) -> str:
    """A page: its title, then paragraphs (text) and tables (lines)."""
    out = [f"# {title}", ""]
    for part in parts:
        out += [*part] if isinstance(part, list) else [part.strip("\n"), ""]
    return "\n".join(out).rstrip("\n") + "\n"


# Instructions

_OPCODES_HEAD = """
Made from the table `vcvm_core/isa/opcodes.py`, which drives every part of the machine; do not edit this page. What all
instructions have in common (words, verification, traps, fuel) is in [Bytecode](bytecode.md), how they are written is in
[Assembly](assembly.md).

A **picture** says what an instruction pops and pushes, the top of the stack on the right. In `a:int b:int -- int`, `a`
and `b` are inputs; a capital letter stands for any type, the same one wherever it is written. `@name` stands for what the
operands refer to:
"""

_PICTURES = {
    "@constant": "the type of constant A",
    "@type": "type A",
    "@local": "the type of local A",
    "@params": "the parameters of what A calls",
    "@results": "its results; in `ret` and `halt`, those of this function",
    "@sub": "any subtype of type A",
    "@list": "a mut list of type A",
    "@map": "a mut map of type A",
    "@items": "B values of type A",
    "@fields": "the fields of record type A, in the order of its spelling",
    "@record": "any record type that has the field A",
    "@field": "the type of that field",
    "@top": "anything, also the iterator of a loop",
}

_OPCODES_COLUMNS = """
The **meaning** is a Python expression for what is pushed (several, with commas), or a statement if nothing is; a name
that is no input is a function of `vcvm_core/values/arith.py`. `L` are the locals.

Every instruction costs one unit of fuel, and two more for each field of a record type that it holds a value against. The
**notes** say what comes on top: *fuel*, charged before the work; *size*, the characters or bytes of the result, held
against `value_size`; *entries*, the elements or keys of the result, held against `value_entries`; *memory*, the bytes that
new values take, in the units of `vcvm_core/values/sizes.py`, taken from `memory`; *checked*, that the value comes out of a
container and is held against its type there and then. Inputs stand for themselves, `fuel` for what is left, `depth` for
`value_depth`; `compared`, `weight` and `nested` count twelve units for each container, four for each element in it, and one
for 16 characters or bytes, deeply, and trap for a value that is nested too deep. `packl` and `packr` also charge `nested`
for each value.

A number that is not listed is no instruction: a program that has it is refused (VC132).
"""


def groups() -> dict[int, str]:
    """The heading above each opcode, from the comments of the table."""
    heading = ""
    marks: list[tuple[int, str]] = []
    for line in inspect.getsource(table_of_opcodes).partition("OPCODES: Final")[2].splitlines():
        if comment := re.fullmatch(r"    # (.+)", line):
            heading = comment[1]
        elif number := re.match(r"    (?:Op|\*_compare)\((0x[0-9A-F]+)", line):
            marks.append((int(number[1], 16), heading))
    marks.sort(reverse=True)
    return {row.code: next(title for first, title in marks if first <= row.code) for row in OPCODES}


def _notes(row: Op) -> str:
    columns = (("fuel", row.charge), ("size", row.size), ("entries", row.entries), ("memory", row.memory))
    found = [f"{name} {code(text)}" for name, text in columns if text]
    return "; ".join(found + ["checked"] * row.taken + ["traps on overflow"] * row.ranged)


def opcodes() -> str:
    """The page of instructions."""
    titles = groups()
    parts: list[str | list[str]] = [
        _OPCODES_HEAD,
        [*(f"- {code(name)}: {meaning}" for name, meaning in _PICTURES.items()), ""],
        "**Operands** are unsigned numbers in the instruction word, called A and B:",
        [*(f"- *{kind}*: {meaning}" for kind, meaning in KINDS.items()), ""],
        _OPCODES_COLUMNS,
    ]
    for title in dict.fromkeys(titles.values()):
        rows = [
            (
                code(f"0x{row.code:02X}"),
                f"**{row.name}**",
                ", ".join(f"{letter} {kind}" for letter, kind in zip("ABC", row.operands, strict=False)),
                code(row.picture),
                prose(row.doc),
                code("" if row.meaning == "pass" else row.meaning),
                _notes(row),
            )
            for row in OPCODES
            if titles[row.code] == title
        ]
        parts.append(f"## {title}")
        parts.append(table(("number", "name", "operands", "picture", "what it does", "meaning", "notes"), rows))
    return page("Instructions", *parts)


# Errors

_ERRORS_HEAD = """
Made from the table in `vcvm_core/errors/table.py`, and from the pages in `vcvm_core/cli/pages`, which `vcvm explain CODE`
shows; do not edit this page. Code and kind of an error never change, its sentence may: compare with those. *{name}* in a
sentence is one of the values that disagreed, which the error carries as `facts`.

In Python every error is a `VcvmError`: `diagnostics` has everything that was wrong; `code`, `kind`, `place`, `facts` and
`help` are those of the first. The classes stand [at the end](#classes).
"""


def sentence(text: str) -> str:
    """A format string as it is to be read: its fields in braces, its doubled braces single."""
    parts = Formatter().parse(text)
    return "".join(prose(plain) + (f"*{{{prose(field)}}}*" if field is not None else "") for plain, field, *_ in parts)


def _cure(row: Row) -> str:
    return "(the case itself says)" if re.fullmatch(r"\{\w+\}", row.help) else sentence(row.help)


_RUN = "<!-- not run: tests/unit/cli/test_explain.py runs it -->"


def _explained(number: str) -> list[str | list[str]]:
    """What `vcvm explain` says about a code beyond the table; nothing where nobody has written it."""
    found = explain.page(number)
    if found is None:
        return []
    parts: list[str | list[str]] = [f"### {_titled(number)}", found.meaning]
    for part in found.example:
        if isinstance(part, str):
            parts.append(part)
            continue
        language = "text" if part.language == "csv" else part.language
        fence = [_RUN, f"```{language}", *part.lines, "```", ""]
        parts += [f"{code(part.file)}:", fence] if part.file else [fence]
    links = [f"[{_titled(c)}](#{_titled(c).lower().replace(' ', '-')})" for c in found.related]
    return [*parts, f"**What to do:** {found.cure}", f"See also: {', '.join(links)}."]


def _titled(number: str) -> str:
    return f"{number} {explain.KINDS[number]}"


def error_codes() -> str:
    """The page of errors."""
    parts: list[str | list[str]] = [_ERRORS_HEAD]
    for name in dict.fromkeys(errors.AREAS.values()):
        rows = [
            (row.code, code(kind), code(row.family.__name__), sentence(row.sentence), _cure(row))
            for kind, row in sorted(ERRORS.items(), key=lambda entry: entry[1].code)
            if explain.group(row.code) == name
        ]
        if not rows:
            continue
        parts.append(f"## {name[0].upper()}{name[1:]}")
        parts.append(table(("code", "kind", "class", "sentence", "what to do"), rows))
        for number, *_ in rows:
            parts += _explained(number)
    classes = [c for _, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, errors.VcvmError)]
    said = [
        (code(c.__name__), code(c.__bases__[0].__name__), (inspect.getdoc(c) or "").partition("\n")[0]) for c in classes
    ]
    return page("Errors", *parts, "## Classes", table(("class", "is a", "meaning"), sorted(said)))


# JSON

_JSON_HEAD = """
Made from the schemas in `vcvm_core/cli/schemas`; do not edit this page. Every command with `--json` writes one document to
standard output, errors too; `run --input` one in each line. Each is described by a [JSON Schema](https://json-schema.org)
(2020-12), which is installed with vcvm:

```python
import json
from importlib.resources import files

schema = json.loads((files("vcvm_core.cli") / "schemas" / "verify.json").read_text())
print(schema["required"])
```

```text
['schema', 'file', 'ok', 'format', 'functions', 'instructions', 'bytes', 'notices']
```

The schemas are strict: a key that is not listed is not there. They refer to each other by the names of their files. In the
tables, `a.b` is the key `b` of the object under `a`, `a[]` stands for each entry of a list, and *optional* for a key that
may be missing. Names and texts of programs, packs and input come from outside, and are written so that a terminal shows
them.
"""

_SCHEMAS = FOLDER.parents[1] / "vcvm_core" / "cli" / "schemas"
_ORDER = ("run", "run-input", "profile", "asm", "verify", "upgrade", "inspect", "inspect-python")
_LAST = ("link-report", "errors")


def _rows_of(part: dict[str, Any], above: str = "") -> Iterator[tuple[str, str, str]]:
    """The keys of an object, and of the objects inside: path, type, meaning."""
    required = part.get("required", ())
    for name, inner in part.get("properties", {}).items():
        optional = "" if name in required else " *optional*"
        yield code(f"{above}{name}") + optional, _type_of(inner), inner["description"]
        for choice in inner.get("oneOf", [inner]):
            yield from _rows_of(choice, f"{above}{name}.")
            yield from _rows_of(choice.get("items", {}), f"{above}{name}[].")


def _type_of(part: dict[str, Any]) -> str:
    """The type of a value, in a few words."""
    if "oneOf" in part:
        return " or ".join(_type_of(choice) for choice in part["oneOf"])
    if "$ref" in part:
        file, _, inside = part["$ref"].partition("#")
        title = inside.rpartition("/")[2] if inside.startswith("/$defs") else ""
        if not title:
            title = json.loads((_SCHEMAS / file).read_text(encoding="utf-8"))["title"]
        return f"[{title}](#{_anchor(title)})"
    if "const" in part:
        return code(json.dumps(part["const"]))
    if "enum" in part:
        return ", ".join(code(json.dumps(word)) for word in part["enum"])
    found = part.get("type", "anything")
    words = [found] if isinstance(found, str) else found
    if words == ["array"]:
        return f"list of {_type_of(part['items'])}"
    return " or ".join(words)


def _anchor(title: str) -> str:
    return re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")


def json_forms() -> str:
    """The page of JSON documents."""
    found = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(_SCHEMAS.glob("*.json"))}
    names = [*_ORDER, *(name for name in found if name not in (*_ORDER, *_LAST)), *_LAST]
    parts: list[str | list[str]] = [_JSON_HEAD]
    for name in names:
        schema = found[name]
        parts += [f"## {schema['title']}", f"{schema['description']} Schema: `{name}.json`."]
        if "properties" in schema:
            parts.append(table(("key", "type", "meaning"), _rows_of(schema)))
        for title, inner in schema.get("$defs", {}).items():
            parts += [f"### {title}", inner["description"], table(("key", "type", "meaning"), _rows_of(inner))]
    return page("JSON", *parts)


# Limits

_LIMITS_HEAD = """
Made from `vcvm_core/limits.py`; do not edit this page. `Limits.default`, `Limits.strict` and `Limits.trusted` are the
presets; `Limits(fuel=5_000)` is the default with one changed, `Limits.strict.with_(fuel=5_000)` a copy of another preset.
All are whole numbers from 0 to 2**63 - 1, which is shown as "none".

A value exactly at a limit passes, one more is refused, before the work is done. Two are different: `deadline_ms` is looked
at now and then ([Bytecode](bytecode.md)), and what goes beyond `compiled_lines` is interpreted. A program can lower `fuel`,
`call_depth` and `intrinsic_calls` for itself (`.limit` in [assembly](assembly.md)), and raise nothing.
"""


def human(value: int, size: bool) -> str:
    """A number as people write it; in units of bytes if it is a size."""
    if value == HIGHEST:
        return "none"
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if size and value >= unit and value % unit == 0:
            return f"{value // unit} {name}"
    return f"{value:,}"


def meanings() -> dict[str, tuple[str, str]]:
    """For each limit the heading above it, and the sentence below it, in the source."""
    source = inspect.getsource(limits)
    lines = source.splitlines()
    (body,) = (n.body for n in ast.parse(source).body if isinstance(n, ast.ClassDef) and n.name == "Limits")
    found = {}
    heading = ""
    for field, text in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr):
            above = lines[field.lineno - 2].strip()
            heading = above.removeprefix("# ") if above.startswith("# ") else heading
            found[field.target.id] = (heading, " ".join(ast.literal_eval(text.value).split()))
    return found


def limit_table() -> str:
    """The page of limits."""
    known = meanings()
    parts: list[str | list[str]] = [_LIMITS_HEAD]
    for heading in dict.fromkeys(heading for heading, _ in known.values()):
        rows = []
        for name in Limits.names():
            if known[name][0] == heading:
                presets = (Limits.default, Limits.strict, Limits.trusted)
                numbers = [human(getattr(p, name), name.endswith("_bytes")) for p in presets]
                rows.append((code(name), prose(known[name][1]), *numbers))
        parts.append(f"## {heading}")
        parts.append(table(("limit", "meaning", "default", "strict", "trusted"), rows))
    return page("Limits", *parts)


def pages() -> dict[Path, str]:
    """All pages and their texts."""
    return {
        FOLDER / "opcodes.md": opcodes(),
        FOLDER / "errors.md": error_codes(),
        FOLDER / "json.md": json_forms(),
        FOLDER / "limits.md": limit_table(),
    }


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
