"""The forms of a profile: text, data, flame graph; and names that would break them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from unit.profile.observed import CALLS, EVEN, LIMITS, asking, load
from vcvm_core import VM
from vcvm_core.asm import assemble
from vcvm_core.profile import Path, Profile, flame, profile, text
from vcvm_core.profile import text as as_text
from vcvm_core.profile.flame import MARGIN, WIDTH

HOSTILE = [
    "<script>alert(1)</script>",
    "a\"b'c&d",
    "\x1b[31mred\x07",
    "two\nlines",
    "]]>",
    "\u202eevil",
    "\ufffe",
    "x" * 5_000,
]
SVG = "{http://www.w3.org/2000/svg}"

TEXT = """\
profile of main, on the interpreter
  fuel         12 of 100,000
  instructions 12
  intrinsics   0 calls
  time         0.000 ms

functions, by own fuel
  FUNCTION  CALLS  OWN FUEL     %  TOTAL FUEL      %     OWN MS   TOTAL MS
  twice         2         8  66.7           8   66.7      0.000      0.000
  main          1         4  33.3          12  100.0      0.000      0.000

lines, by fuel, with the intrinsics that they call
  LINE       FUNCTION  RUNS  FUEL     %         MS  SOURCE
  p.vasm:9   twice        2     2  16.7      0.000  get $n
  p.vasm:10  twice        2     2  16.7      0.000  get $n
  p.vasm:11  twice        2     2  16.7      0.000  addi
  p.vasm:12  twice        2     2  16.7      0.000  ret
  p.vasm:3   main         1     1   8.3      0.000  get $n
  p.vasm:4   main         1     1   8.3      0.000  call twice
  p.vasm:5   main         1     1   8.3      0.000  call twice
  p.vasm:6   main         1     1   8.3      0.000  ret

FUEL is exact. OWN is what a function's own instructions took; TOTAL adds the functions and intrinsics that it called.
Times are of the interpreter while it is observed, which takes longer than most instructions: compare them with each
other, and with nothing else.
"""


def timeless(found: Profile) -> Profile:
    """A profile whose times are all nothing."""
    return replace(
        found,
        seconds=0.0,
        functions=tuple(row._replace(seconds=0.0, total_seconds=0.0) for row in found.functions),
        lines=tuple(row._replace(seconds=0.0) for row in found.lines),
        intrinsics=tuple(row._replace(seconds=0.0) for row in found.intrinsics),
    )


def renamed(name: str) -> Profile:
    """The profile of a program whose function, source file and intrinsic all have this name."""
    program = asking(lambda n: n, 3)
    module = program.module
    (function,) = module.functions
    (extern,) = module.externs
    assert module.debug is not None
    changed = module._replace(
        functions=(function._replace(name=name),),
        exports=((name, 0),),
        externs=(extern._replace(name=name),),
        debug=module.debug._replace(source=name),
    )
    hosts: Any = {extern.uuid.hex(): lambda n: n}
    return profile(VM(hosts=hosts, limits=LIMITS).load_module(changed), name, 3)


def boxes(svg: str) -> list[tuple[str, float, float, float]]:
    """Tip, left, top and width of each box."""
    found = []
    for group in ET.fromstring(svg).iter(f"{SVG}g"):
        title, rect = group.find(f"{SVG}title"), group.find(f"{SVG}rect")
        assert title is not None
        assert rect is not None
        found.append((str(title.text), *(float(rect.attrib[name]) for name in ("x", "y", "width"))))
    return found


# Text


def test_text() -> None:
    """Aligned tables, most fuel first; the source beside its lines, if it is given."""
    found = timeless(profile(load(CALLS), "main", 3))
    assert text(found, CALLS.split("\n")) == TEXT
    assert "SOURCE" not in text(found)


def test_text_of_intrinsics() -> None:
    """With the pack and the formula of the cost."""
    report = text(timeless(profile(asking(lambda n: n, "1 + n"), "main", 3)))
    assert "intrinsics   1 call\n" in report
    assert re.search(r"^  f \(pack-a\) +1 +4 +57\.1 +0\.000  1 \+ n$", report, re.MULTILINE)


def test_text_of_an_error() -> None:
    """How it ended, and what was paid for and did not run."""
    report = text(profile(load(CALLS, LIMITS.with_(fuel=5)), "main", 3))
    assert "  not run      fuel of 2 was charged for instructions that did not run\n" in report
    assert "  ended with   [VC501] the fuel of 5 units is used up\n" in report
    report = text(profile(load(CALLS, LIMITS.with_(fuel=0)), "main", 3))
    assert "lines, by fuel, with the intrinsics that they call\n  nothing ran\n" in report


def test_text_shows_the_first_rows() -> None:
    """Twenty of each table, and how many more there are."""
    program = load("func main() -> int\n" + "push 1\npop\n" * 30 + "push 1\nret\nend")
    assert "\n  and 42 more\n" in text(profile(program, "main"))


# Data


def test_data() -> None:
    """The keys that the manual lists, in one order; the figures of the profile."""
    found = profile(load(EVEN), "even", 1)
    data = json.loads(json.dumps(found.to_data()))
    assert list(data) == [
        "schema", "tier", "function", "errors", "instructions", "fuel", "fuel_limit", "fuel_not_run", "intrinsic_calls",
        "seconds", "functions", "lines", "intrinsics", "paths",
    ]  # fmt: skip
    assert (data["schema"], data["tier"], data["fuel"], data["errors"]) == (1, "interpreter", 15, [])
    assert list(data["functions"][0]) == list(found.functions[0]._fields)
    assert list(data["lines"][0]) == list(found.lines[0]._fields)
    assert [(p["parent"], p["kind"], p["name"], p["calls"], p["fuel"]) for p in data["paths"]] == [
        (None, "run", "all", 0, 0), (0, "function", "even", 1, 9), (1, "function", "odd", 1, 6),
    ]  # fmt: skip


def test_data_of_an_error() -> None:
    """The error as every command has it."""
    data = profile(load(CALLS, LIMITS.with_(fuel=5)), "main", 3).to_data()
    assert [e["code"] for e in data["errors"]] == ["VC501"]
    assert data["fuel_not_run"] == 2


def test_data_is_the_same_each_time() -> None:
    """But for the times."""

    def still(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: still(v) for k, v in value.items() if not k.endswith("seconds")}
        return [still(v) for v in value] if isinstance(value, list) else value

    one, two = (still(profile(load(EVEN), "even", 9).to_data()) for _ in range(2))
    assert json.dumps(one) == json.dumps(two)


def test_paths_are_numbered() -> None:
    """A path names its parent by its place in the list, which is before its own."""
    root = Path("run", "all", 0)
    a, b = Path("function", "a", 1), Path("function", "b", 1)
    root.children.update({1: a, 2: b})
    a.children[3] = c = Path("function", "c", 2)
    b.children[4] = d = Path("function", "d", 2)
    assert list(root.walk()) == [(root, None), (a, 0), (c, 1), (b, 0), (d, 3)]


# The flame graph


def test_flame() -> None:
    """A box for each path, as wide as its fuel with all above it, standing on its caller."""
    svg = flame(profile(load(CALLS), "main", 3))
    found = boxes(svg)
    assert [tip for tip, *_ in found] == [
        "all: fuel 12 (100.0 %)",
        "main: fuel 12 (100.0 %), 4 of its own, 1 call",
        "twice: fuel 8 (66.7 %), 2 calls",
    ]
    whole = WIDTH - 2 * MARGIN
    assert [width for *_, width in found] == pytest.approx([whole, whole, whole * 8 / 12], abs=0.01)
    assert [top for _, _, top, _ in found] == sorted((top for _, _, top, _ in found), reverse=True)
    assert "<script" not in svg
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")


def test_flame_is_the_same_each_time() -> None:
    """Nothing of it depends on time."""
    one, two = (flame(profile(load(EVEN), "even", 20)) for _ in range(2))
    assert one == two


def test_flame_of_an_error() -> None:
    """What was charged and did not run is a box of its own; a run without fuel is a picture, too."""
    svg = flame(profile(load(CALLS, LIMITS.with_(fuel=5)), "main", 3))
    assert "charged for instructions that did not run: fuel 2 (50.0 %)" in [tip for tip, *_ in boxes(svg)]
    assert "it ended with VC501" in svg
    assert [tip for tip, *_ in boxes(flame(profile(load(CALLS, LIMITS.with_(fuel=0)), "main", 3)))] == [
        "all: no fuel was used"
    ]


def test_flame_draws_small_boxes_as_one() -> None:
    """What is narrower than a thousandth is not drawn by itself; all of it together is, if it is wide enough."""
    few = 20
    calls = "".join(f"call f{i}\n" for i in range(few))
    small = "".join(f"func f{i}()\nret\nend\n" for i in range(few))
    text = f"func main($n: int)\nmore:\nif $n le 0 .end\nget $n\npush 1\nsubi\nset $n\nj more\n.end:\n{calls}ret\nend\n{small}"
    narrow = boxes(flame(profile(load(text), "main", 1_000)))
    assert [tip.partition(":")[0] for tip, *_ in narrow] == ["all", "main", "20 smaller ones"]
    assert narrow[2][3] == pytest.approx((WIDTH - 2 * MARGIN) * few / (9 * 1_000 + 25), abs=0.01)
    none = boxes(flame(profile(load(text), "main", 10_000)))
    assert [tip.partition(":")[0] for tip, *_ in none] == ["all", "main"]
    wide = boxes(flame(profile(load(text), "main", 10)))
    assert len(wide) == 2 + few


def test_flame_boxes_lie_on_their_callers() -> None:
    """No box is wider than what it stands on, and none reaches out of it."""
    found = boxes(flame(profile(load(EVEN), "even", 40)))
    for (_, left, top, width), (_, left_above, top_above, width_above) in pairwise(found):
        assert top_above < top
        assert left_above >= left - 0.01
        assert left_above + width_above <= left + width + 0.01


# Names


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names(name: str) -> None:
    """A name of a program is text in every form: cut where people read it, and nothing that anything obeys."""
    found = renamed(name)
    report = as_text(found)
    assert all(c.isprintable() or c == "\n" for c in report)
    assert max(map(len, report.splitlines())) < 250
    svg = flame(found)
    assert all(c.isprintable() or c == "\n" for c in svg)
    assert {element.tag for element in ET.fromstring(svg).iter()} == {
        f"{SVG}{tag}" for tag in ("svg", "title", "style", "rect", "text", "g")
    }
    assert all(not key.startswith("on") for element in ET.fromstring(svg).iter() for key in element.attrib)
    assert len(svg) < 10_000
    assert found.to_data()["functions"][0]["name"] == name


def test_nameless() -> None:
    """An intrinsic without a name is shown as its UUID."""
    module = assemble(
        'extern f(int) -> int = "11111111-2222-4333-8444-555555555555"\nfunc main() -> int\npush 1\ncalli f\nret\nend'
    )
    changed = module._replace(externs=(module.externs[0]._replace(name=""),))
    hosts: Any = {"11111111-2222-4333-8444-555555555555": lambda n: n}
    found = profile(VM(hosts=hosts).load_module(changed), "main")
    assert found.result == 1
    assert found.intrinsics[0].uuid == "11111111-2222-4333-8444-555555555555"
    assert found.intrinsics[0].name or found.intrinsics[0].uuid in text(found)
