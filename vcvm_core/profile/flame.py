"""A profile as a flame graph: one SVG file that stands for itself, to be opened in a browser.

Takes a `Profile`; gives the text of the file. A box is a path: it stands on its caller and is as wide as the fuel that it
took with all above it. Callees stand side by side in the order of their first calls; recursion is stacked. Fuel decides
everything that is drawn and said, so the same call gives the same file. Boxes of less than a thousandth of the whole are
drawn as one. Needs no script; a box that the pointer rests on says its figures. Names are escaped twice: first for people
(`errors.clean`), then for XML.
"""

from __future__ import annotations

from html import escape
from typing import Final, NamedTuple

from vcvm_core.errors import clean
from vcvm_core.profile.figures import Kind, Path, Profile

WIDTH: Final = 1200
MARGIN: Final = 10
ROW: Final = 19
HEAD: Final = 64
"""Heights and widths in pixels: the picture, its margin, a row of boxes, the head above them."""

SMALLEST: Final = 1000
"""A box of less than this part of the whole is not drawn by itself."""

_LETTER: Final = 7.3
"""How wide a letter is, about, in pixels; texts are cut to their boxes by it."""

_NAME: Final = 100

_STYLE: Final = (
    ".box rect { stroke: #ffffff; } .box:hover rect { stroke: #000000; } text { fill: #1c1c1c; }"
    " .box text { pointer-events: none; }"
)

_COLOURS: Final[dict[Kind, tuple[str, str]]] = {
    "function": ("#f6b26b", "function of the program"),
    "library": ("#b6d7a8", "function of a library"),
    "intrinsic": ("#9fc5e8", "intrinsic"),
    "rest": ("#d0d0d0", "several together"),
    "not-run": ("#ea9999", "charged, and did not run"),
    "run": ("#eeeeee", ""),
}
"""For each kind its colour and what the legend says."""


class _Box(NamedTuple):
    kind: Kind
    label: str
    title: str
    left: int
    fuel: int
    level: int


def flame(profile: Profile) -> str:
    """The text of the SVG file."""
    boxes = _boxes(profile)
    levels = 1 + max(box.level for box in boxes)
    height = HEAD + ROW * levels + MARGIN
    ended = f"; it ended with {profile.error.code}" if profile.error is not None else ""
    name = clean(profile.function, _NAME // 2)
    title = f"{name}: fuel {profile.fuel:,} in {profile.instructions:,} instructions, on the interpreter{ended}"
    size = f'width="{WIDTH}" height="{height}"'
    font = 'font-family="ui-monospace, Menlo, Consolas, monospace" font-size="12"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {WIDTH} {height}" {font} role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>{_STYLE}</style>",
        f'<rect {size} fill="#ffffff"/>',
        f'<text x="{MARGIN}" y="22" font-size="15">{escape(title)}</text>',
        *_legend(boxes),
    ]
    lines += [_drawn(box, profile.fuel, levels) for box in boxes]
    return "\n".join([*lines, "</svg>"]) + "\n"


def _legend(boxes: list[_Box]) -> list[str]:
    """A square and a word for each kind that is drawn; and how to read the picture."""
    lines, left = [], float(MARGIN)
    used = {box.kind for box in boxes}
    for kind, (colour, word) in _COLOURS.items():
        if kind in used and word:
            lines.append(f'<rect x="{left:.0f}" y="36" width="12" height="12" fill="{colour}"/>')
            lines.append(f'<text x="{left + 18:.0f}" y="46">{word}</text>')
            left += 40 + _LETTER * len(word)
    tip = "as wide as the fuel; point at a box for its figures"
    return [*lines, f'<text x="{WIDTH - MARGIN}" y="46" text-anchor="end">{tip}</text>']


def _drawn(box: _Box, whole: int, levels: int) -> str:
    """The element of a box."""
    scale = (WIDTH - 2 * MARGIN) / whole if whole else 0.0
    x, width = MARGIN + box.left * scale, box.fuel * scale if whole else float(WIDTH - 2 * MARGIN)
    y = HEAD + ROW * (levels - 1 - box.level)
    fits = int((width - 6) / _LETTER)
    label = box.label if len(box.label) <= fits else f"{box.label[: fits - 2]}.." if fits > 3 else ""
    shown = f'<text x="{x + 4:.2f}" y="{y + 13}">{escape(label)}</text>' if label else ""
    return (
        f'<g class="box"><title>{escape(box.title)}</title><rect x="{x:.2f}" y="{y}" width="{width:.2f}"'
        f' height="{ROW - 1}" rx="2" fill="{_COLOURS[box.kind][0]}"/>{shown}</g>'
    )


def _boxes(profile: Profile) -> list[_Box]:
    """The boxes that are drawn, each before those above it."""
    totals = _totals(profile.root)
    whole = totals[profile.root]
    boxes: list[_Box] = []
    waiting: list[tuple[Path, int, int]] = [(profile.root, 0, 0)]
    while waiting:
        path, left, level = waiting.pop()
        boxes.append(_box(path, totals[path], whole, left, level))
        small: list[int] = []
        above: list[tuple[Path, int, int]] = []
        for child in path.children.values():
            total = totals[child]
            if total * SMALLEST < whole:
                small.append(total)
            elif total:
                above.append((child, left, level + 1))
                left += total
        if sum(small) * SMALLEST >= whole > 0:
            label = f"{len(small):,} smaller ones"
            boxes.append(_Box("rest", label, f"{label}: {_share(sum(small), whole)}", left, sum(small), level + 1))
        waiting += reversed(above)
    return boxes


def _totals(root: Path) -> dict[Path, int]:
    """The fuel of each node with all above it."""
    totals: dict[Path, int] = {}
    parents: list[Path | None] = []
    nodes: list[Path] = []
    for path, parent in root.walk():
        nodes.append(path)
        parents.append(None if parent is None else nodes[parent])
        totals[path] = path.fuel
    for path, above in zip(reversed(nodes), reversed(parents), strict=True):
        if above is not None:
            totals[above] += totals[path]
    return totals


def _box(path: Path, total: int, whole: int, left: int, level: int) -> _Box:
    label = clean(path.name, _NAME) or f"({path.kind})"
    parts = [f"{label}: {_share(total, whole)}"]
    if path.children and path.kind != "run":
        parts.append(f"{path.fuel:,} of its own")
    if path.calls:
        parts.append(f"{path.calls:,} call{'' if path.calls == 1 else 's'}")
    return _Box(path.kind, label, ", ".join(parts), left, total, level)


def _share(fuel: int, whole: int) -> str:
    return f"fuel {fuel:,} ({100 * fuel / whole:.1f} %)" if whole else "no fuel was used"
