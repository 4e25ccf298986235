"""The pages of docs/reference that are made from tables in the code: instructions, errors, limits.

Takes the tables; gives the text of each page. `python tests/manual/reference.py` writes them; a test holds the committed
pages against the tables.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path

from vcvm_core import errors, limits
from vcvm_core.errors import ERRORS
from vcvm_core.isa import KINDS, OPCODES
from vcvm_core.limits import Limits

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference"

GROUPS = (
    (0x00, "The founding six"),
    (0x06, "Stack"),
    (0x10, "Locals"),
    (0x18, "Integers"),
    (0x30, "Floats"),
    (0x40, "Booleans"),
    (0x48, "Strings and bytes"),
    (0x5A, "Any: equality, tests and casts"),
    (0x60, "Lists"),
    (0x70, "Maps and records"),
    (0x78, "Iteration"),
    (0x80, "Flow"),
)
"""Where each group of instructions begins, and its title."""

FAMILIES = (
    ("VC00", "Files and usage"),
    ("VC01", "Manifests"),
    ("VC02", "Packs, and what they declare"),
    ("VC03", "Packs, and what they declare"),
    ("VC04", "Linking"),
    ("VC05", "Use of the API"),
    ("VC06", "Records and values from outside"),
    ("VC07", "Records and values from outside"),
    ("VC1", "The bytes of a program"),
    ("VC2", "Verification"),
    ("VC3", "Assembly text"),
    ("VC4", "Traps"),
    ("VC5", "Limits while running"),
    ("VC6", "Intrinsics while running"),
    ("VC9", "Faults of vcvm itself"),
)


PICTURES = {
    "@constant": "the type of constant A",
    "@local": "the type of local A",
    "@type": "type A",
    "@sub": "any subtype of type A",
    "@list": "mut list of type A",
    "@map": "mut map of type A",
    "@items": "B values of type A",
    "@fields": "the fields of record type A, in order",
    "@record": "any record that has the field",
    "@field": "the type of that field",
    "@params": "the parameters of what is called",
    "@results": "its results; in a return, those of this function",
    "@top": "anything, also an iterator",
}
"""What the words of pictures stand for."""


def prose(text: str) -> str:
    """A text as it stands in a cell of a Markdown table."""
    for mark in ("\\", "|", "*", "_"):
        text = text.replace(mark, "\\" + mark)
    return text.replace("<", "&lt;").replace("\n", " ")


def code(text: str) -> str:
    """A text as code in a cell; nothing if it is empty."""
    return "`" + text.replace("|", "\\|") + "`" if text else ""


def family(number: str) -> str:
    """The title of the family that a code belongs to."""
    return next(title for prefix, title in FAMILIES if number.startswith(prefix))


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """The lines of a Markdown table."""
    head = list(head)
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def opcodes_page() -> str:
    """The page of instructions."""
    lines = [
        "# Instructions",
        "",
        "Made from the table `vcvm_core/isa/opcodes.py`, which drives every part of the machine.",
        "",
        "A **picture** says what an instruction pops and pushes, the top of the stack on the right: `a:int b:int -- int`. A",
        "capital letter stands for any type, the same one wherever it is written. `@name` stands for what the operand refers",
        "to: `@local` the type of that local, `@params` and `@results` those of what is called, `@items` so many values of",
        "that type. The **meaning** is a Python expression for what is pushed, or a statement. Every instruction costs one",
        "unit of fuel; **more fuel** is what its work costs beyond that. **Taken** values come out of a container and are",
        "checked.",
        "",
        "Operands:",
        "",
        *(f"- *{kind}*: {meaning}" for kind, meaning in KINDS.items()),
        "",
        "Words of pictures:",
        "",
        *(f"- `{word}`: {meaning}" for word, meaning in PICTURES.items()),
    ]
    for index, (first, title) in enumerate(GROUPS):
        end = GROUPS[index + 1][0] if index + 1 < len(GROUPS) else 0x100
        rows = []
        for row in OPCODES:
            if first <= row.code < end:
                more = [f"{name} {code(text)}" for name, text in (("size", row.size), ("entries", row.entries)) if text]
                more += ["taken"] * row.taken + ["traps on overflow"] * row.ranged
                more = ([f"more fuel {code(row.charge)}"] if row.charge else []) + more
                rows.append(
                    (
                        f"`0x{row.code:02X}`",
                        code(row.name),
                        ", ".join(row.operands),
                        code(row.picture),
                        prose(row.doc),
                        code("" if row.meaning == "pass" else row.meaning),
                        "; ".join(more),
                    )
                )
        head = ("code", "name", "operands", "picture", "what it does", "meaning", "notes")
        lines += ["", f"## {title}", "", *table(head, rows)]
    return "\n".join(lines) + "\n"


def errors_page() -> str:
    """The page of errors."""
    lines = [
        "# Errors",
        "",
        "Made from the table in `vcvm_core/errors.py`. Code and kind of an error never change; its sentence may. `{name}` in a",
        "sentence is one of the values that disagreed, which the error carries as `facts`.",
    ]
    titles = list(dict.fromkeys(title for _, title in FAMILIES))
    for title in titles:
        prefixes = tuple(prefix for prefix, other in FAMILIES if other == title)
        rows = sorted(
            (row.code, code(kind), code(row.family.__name__), prose(row.sentence), prose(row.help))
            for kind, row in ERRORS.items()
            if row.code.startswith(prefixes)
        )
        lines += ["", f"## {title}", "", *table(("code", "kind", "class", "sentence", "what to do"), rows)]
    lines += ["", "## Classes", ""]
    classes = [c for _, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, errors.VcvmError)]
    rows = sorted((c.__name__, c.__bases__[0].__name__, prose((c.__doc__ or "").split("\n")[0])) for c in classes)
    return "\n".join([*lines, *table(("class", "is a", "meaning"), rows)]) + "\n"


def meanings() -> dict[str, tuple[str, str]]:
    """For each limit what it bounds in the program's life, and what it means: the comment and the string at its field."""
    source = inspect.getsource(limits)
    (body,) = (node.body for node in ast.parse(source).body if isinstance(node, ast.ClassDef) and node.name == "Limits")
    groups = [(n, line.strip("# ")) for n, line in enumerate(source.split("\n"), 1) if line.startswith("    # ")]
    found = {}
    for field, text in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr):
            group = [title for line, title in groups if line < field.lineno][-1]
            found[field.target.id] = (group, " ".join(ast.literal_eval(text.value).split()))
    return found


def human(value: int, size: bool) -> str:
    """A limit as people read it. size: whether it counts bytes or characters."""
    if value == limits.HIGHEST:
        return "none"
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if size and value >= unit and value % unit == 0:
            return f"{value // unit} {name}"
    return f"{value:,}"


def limits_page() -> str:
    """The page of limits."""
    said = meanings()
    presets = (Limits.default, Limits.strict, Limits.trusted)
    rows = []
    for name in Limits.names():
        size = said[name][1].lower().startswith("size") or name == "value_size"
        rows.append((code(name), prose(said[name][1]), *(human(getattr(p, name), size) for p in presets)))
    lines = [
        "# Limits",
        "",
        "Made from `vcvm_core/limits.py`. `Limits.default`, `Limits.strict` and `Limits.trusted` are the presets;",
        "`Limits.strict.with_(fuel=5_000)` is a copy with one changed. A value exactly at a limit passes, one more is refused,",
        "before the work is done. A program can lower `fuel`, `call_depth` and `intrinsic_calls` for itself.",
        "",
        *table(("limit", "meaning", "default", "strict", "trusted"), rows),
    ]
    return "\n".join(lines) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "opcodes.md": opcodes_page,
    "errors.md": errors_page,
    "limits.md": limits_page,
}
"""The pages and what makes them."""

if __name__ == "__main__":
    for name, page in PAGES.items():
        Path(FOLDER, name).write_text(page(), encoding="utf-8")
