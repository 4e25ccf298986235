"""From jumps to loops and ifs: the statements of a function as Python can write them.

Takes the statements of each block and of each edge; gives lines of Python with their marks. A reducible graph becomes
nested statements, after Ramsey, "Beyond Relooper" (2022): blocks are put where their dominators are; a block where paths
meet, or that a loop leaves to, stands behind what leads there. Python has no labels: a jump that does not simply fall
through is a `break` or `continue` of the innermost statement, and one that leaves several of them sets `j`, which each
asks on the way out. Any other graph, and one that would be nested too deep for CPython, becomes one loop over block numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from vcvm_core.compiled.flowgraph import Graph

STATEMENTS: Final = 16
"""Loops inside each other; CPython allows 20."""
INDENT: Final = 60
"""Levels of indentation; CPython allows 99."""
REPEATED: Final = 3
"""Lines of a block that is written more than once."""
WIDTH: Final = 100
"""Characters of a line; a longer one counts as several."""
VARIABLES: Final = 16
"""So many variables fill a line."""
NESTED: Final = 10
"""Branches inside each other before guards are written one below the other."""


class TooDeep(Exception):
    """The structure would be nested too deep."""


class Line(NamedTuple):
    """A statement. mark: where it comes from. ends: whether control never goes on behind it. suite: what stands in it."""

    text: str
    mark: Any = None
    ends: bool = False
    suite: tuple[Line, ...] = ()


class Jump(NamedTuple):
    """To a block."""

    target: int


class If(NamedTuple):
    """A branch at the end of a block. If `no` is None, what follows is the other arm."""

    test: str
    mark: Any
    yes: list[Any]
    no: list[Any] | None


class Loop(NamedTuple):
    """head: the statement's first line. exit: the block that stands behind it. otherwise: run where `head` ends it."""

    head: str
    mark: Any
    header: int
    exit: int | None
    body: list[Any]
    otherwise: list[Any]


class Wrap(NamedTuple):
    """Statements that jump to `label`, which stands right behind them."""

    label: int
    body: list[Any]


Node = Line | Jump | If | Loop | Wrap
Written = tuple[int, str, Any]
"""Indentation, text, mark."""


def weight(lines: list[Written]) -> int:
    """How many lines some lines count as."""
    return sum(1 + len(text) // WIDTH for _, text, _ in lines)


class Branch(NamedTuple):
    """How a block ends, if it branches: arms of (statements of the edge, target)."""

    test: str
    mark: Any
    yes: tuple[list[Node], int]
    no: tuple[list[Node], int]


class Parts(NamedTuple):
    """A translated block: its statements, and a branch, the statements and target of its one edge, or None."""

    lines: list[Node]
    end: Branch | tuple[list[Node], int] | None


To = Callable[[int], "list[Node]"]
"""What goes to a block: a jump, or all of it."""
Looper = Callable[[int, "list[Node]", "int | None", To], "list[Node]"]
"""Writes the loop of a header, given its body, the block behind it, and what goes to others."""


class _Builder:
    def __init__(self, graph: Graph, parts: dict[int, Parts], loop: Looper) -> None:
        self.graph, self.parts, self.loop = graph, parts, loop
        self.within: dict[int, list[int]] = {}
        self.behind: dict[int, list[int]] = {}
        self.placed = set(graph.order[:1])
        for b in graph.order[1:]:
            if not graph.forward[b] and b not in graph.back and len(parts[b].lines) <= REPEATED:
                # It ends the function and is short: written wherever it is reached.
                continue
            parent = graph.parents[b]
            around = graph.around(b)
            left = [h for h in graph.around(parent) if h not in around]
            if left:
                self.behind.setdefault(left[0], []).append(b)
            elif len(graph.sources[b]) > 1 or b in graph.back:
                self.within.setdefault(parent, []).append(b)
            else:
                continue
            self.placed.add(b)

    def node(self, b: int, depth: int) -> list[Node]:
        """All that a block dominates."""
        if depth > INDENT:
            raise TooDeep
        if b not in self.graph.back:
            return self.region(b, depth)
        behind = self.behind.get(b, [])
        body = self.region(b, depth + 1)
        loop = self.loop(b, body, behind[0] if behind else None, lambda target: self.arm([], target, depth + 1))
        return self.sequence(loop, behind, depth)

    def sequence(self, first: list[Node], later: list[int], depth: int) -> list[Node]:
        """`first`, then blocks that it jumps to."""
        for b in later:
            first = [Wrap(b, first), *self.node(b, depth + 1)]
        return first

    def region(self, b: int, depth: int) -> list[Node]:
        """A block, what stands inside its arms, and the blocks behind them."""
        nodes: list[Node] = []
        pending = self.within.get(b, [])
        if pending:
            return self.sequence(self.arms(b, nodes, depth), pending, depth)
        return self.arms(b, nodes, depth)

    def arms(self, b: int, nodes: list[Node], depth: int) -> list[Node]:
        while True:
            part = self.parts[b]
            nodes += part.lines
            end = part.end
            if end is None:
                return nodes
            if not isinstance(end, Branch):
                nodes += end[0]
                following = end[1]
                if following in self.placed:
                    return [*nodes, Jump(following)]
                if self.plain(following):
                    b = following
                    continue
                return nodes + self.node(following, depth + 1)
            (yes, taken), (no, other) = end.yes, end.no
            if depth > NESTED:
                # A guard that leaves, and the rest below it.
                if taken in self.placed and self.plain(other):
                    nodes += [If(end.test, end.mark, [*yes, Jump(taken)], None), *no]
                    b = other
                    continue
                if other in self.placed and self.plain(taken):
                    nodes += [If(negated(end.test), end.mark, [*no, Jump(other)], None), *yes]
                    b = taken
                    continue
            return [*nodes, If(end.test, end.mark, self.arm(yes, taken, depth), self.arm(no, other, depth))]

    def plain(self, b: int) -> bool:
        """Whether a block can be written where it is reached, without anything behind it."""
        return b not in self.placed and b not in self.graph.back and b not in self.within

    def arm(self, lines: list[Node], target: int, depth: int) -> list[Node]:
        if target in self.placed:
            return [*lines, Jump(target)]
        return [*lines, *self.node(target, depth + 1)]


def structured(graph: Graph, parts: dict[int, Parts], loop: Looper) -> list[Written]:
    """The lines of a reducible graph. Raises TooDeep."""
    builder = _Builder(graph, parts, loop)
    root = graph.order[0]
    nodes = builder.node(root, 0)
    needed: set[int] = set()
    _scan(nodes, None, needed)
    return _Writer(needed).write(nodes, None, 0)


def _scan(nodes: list[Any], follow: int | None, needed: set[int], around: tuple[int | None, ...] = ()) -> None:
    """Collect the targets of jumps that neither fall through nor leave or repeat a loop that they are in."""
    for at, node in enumerate(nodes):
        last = follow if at == len(nodes) - 1 else None
        if isinstance(node, Jump):
            if node.target != last and node.target not in around:
                needed.add(node.target)
        elif isinstance(node, If):
            _scan(node.yes, last if node.no is not None else None, needed, around)
            _scan(node.no or [], last, needed, around)
        elif isinstance(node, Loop):
            _scan(node.body, node.header, needed, (*around, node.header, node.exit))
            _scan(node.otherwise, last, needed, around)
        elif isinstance(node, Wrap):
            _scan(node.body, node.label, needed, around)


class _Frame:
    def __init__(self, exit_: int | None, header: int | None) -> None:
        self.exit, self.header = exit_, header
        self.escapes: list[int] = []


class _Writer:
    def __init__(self, needed: set[int]) -> None:
        self.needed = needed
        self.frames: list[_Frame] = []

    def write(self, nodes: list[Any], follow: int | None, indent: int) -> list[Written]:
        found, _ = self.all(nodes, follow, indent)
        return found

    def all(self, nodes: list[Any], follow: int | None, indent: int) -> tuple[list[Written], bool]:
        """The lines, and whether control can fall off their end."""
        if indent > INDENT:
            raise TooDeep
        found: list[Written] = []
        falls = True
        for at, node in enumerate(nodes):
            last = follow if at == len(nodes) - 1 else None
            if isinstance(node, Line):
                found.append((indent, node.text, node.mark))
                found += [(indent + 1, line.text, line.mark) for line in node.suite]
                falls = not node.ends
            elif isinstance(node, Jump):
                lines, falls = self.jump(node.target, last, indent)
                found += lines
            elif isinstance(node, If):
                lines, falls = self.branch(node, last, indent)
                found += lines
            elif isinstance(node, Wrap):
                lines, falls = self.wrap(node, last, indent)
                found += lines
            else:
                lines, falls = self.loop(node, last, indent)
                found += lines
            if not falls:
                break
        return found, falls

    def jump(self, target: int, follow: int | None, indent: int) -> tuple[list[Written], bool]:
        if target == follow:
            return [], True
        for depth, frame in enumerate(reversed(self.frames)):
            word = "break" if frame.exit == target else "continue" if frame.header == target else ""
            if not word:
                continue
            if depth == 0:
                return [(indent, word, None)], False
            for crossed in self.frames[len(self.frames) - depth :]:
                if target not in crossed.escapes:
                    crossed.escapes.append(target)
            return [(indent, f"j = {target + 1}", None), (indent, "break", None)], False
        raise TooDeep

    def branch(self, node: If, follow: int | None, indent: int) -> tuple[list[Written], bool]:
        yes, yes_falls = self.all(node.yes, follow if node.no is not None else None, indent + 1)
        if node.no is None:
            return [(indent, f"if {node.test}:", node.mark), *_suite(yes, indent)], True
        no, no_falls = self.all(node.no, follow, indent + 1)
        if not yes and not no:
            return [], True
        if yes and not yes_falls:
            return [(indent, f"if {node.test}:", node.mark), *yes, *_out(no)], no_falls
        if no and (not no_falls or not yes):
            rest = _out(yes) if not no_falls else []
            return [(indent, f"if {negated(node.test)}:", node.mark), *no, *rest], yes_falls
        both = [(indent, f"if {node.test}:", node.mark), *_suite(yes, indent)]
        if no:
            both += [(indent, "else:", None), *no]
        return both, yes_falls or no_falls

    def wrap(self, node: Wrap, follow: int | None, indent: int) -> tuple[list[Written], bool]:
        if node.label not in self.needed:
            lines, _ = self.all(node.body, node.label, indent)
            return lines, True
        self.enter(_Frame(node.label, None))
        body, falls = self.all(node.body, node.label, indent + 1)
        if falls:
            body.append((indent + 1, "break", None))
        return self.leave([(indent, "while True:", None), *body], follow, indent)

    def loop(self, node: Loop, follow: int | None, indent: int) -> tuple[list[Written], bool]:
        self.enter(_Frame(node.exit, node.header))
        body, _ = self.all(node.body, node.header, indent + 1)
        frame = self.frames.pop()
        lines = [(indent, node.head, node.mark), *_suite(body, indent)]
        if node.otherwise:
            # Behind the statement, but not where it was broken out of.
            otherwise, _ = self.all(node.otherwise, follow, indent + 1)
            if otherwise:
                lines += [(indent, "else:", None), *otherwise]
        self.frames.append(frame)
        return self.leave(lines, follow, indent)

    def enter(self, frame: _Frame) -> None:
        self.frames.append(frame)
        if len(self.frames) > STATEMENTS:
            raise TooDeep

    def leave(self, lines: list[Written], follow: int | None, indent: int) -> tuple[list[Written], bool]:
        """The end of a statement: jumps that go further go on from here."""
        frame = self.frames.pop()
        if frame.escapes:
            lines.insert(0, (indent, "j = 0", None))
        for target in frame.escapes:
            onward, _ = self.jump(target, None, indent + 1)
            lines += [(indent, f"if j == {target + 1}:", None), *onward]
        return lines, True


def negated(test: str) -> str:
    """The opposite of a test. Never a comparison turned round: NaN is neither less nor not less."""
    return test[4:] if test.startswith("not ") else f"not {test}" if _ATOM.match(test) else f"not ({test})"


_ATOM = re.compile(r"\w+\Z")


def _suite(lines: list[Written], indent: int) -> list[Written]:
    return lines or [(indent + 1, "pass", None)]


def _out(lines: list[Written]) -> list[Written]:
    return [(indent - 1, text, mark) for indent, text, mark in lines]


def numbered(graph: Graph, parts: dict[int, Parts]) -> list[Written]:
    """The lines of any graph: a loop that chooses the next block by its number, by halves."""
    rank = graph.rank
    lines: list[Written] = [(0, "b = 0", None), (0, "while True:", None)]

    def goto(nodes: list[Node], target: int, indent: int) -> list[Written]:
        return [*plain(nodes, indent), (indent, f"b = {rank[target]}", None), (indent, "continue", None)]

    def plain(nodes: list[Node], indent: int) -> list[Written]:
        found: list[Written] = []
        for node in nodes:
            if isinstance(node, Line):
                found.append((indent, node.text, node.mark))
                found += [(indent + 1, line.text, line.mark) for line in node.suite]
        return found

    def block(b: int, indent: int) -> list[Written]:
        part = parts[b]
        found = plain(part.lines, indent)
        if isinstance(part.end, Branch):
            found += [(indent, f"if {part.end.test}:", part.end.mark), *goto(*part.end.yes, indent + 1)]
            found += goto(*part.end.no, indent)
        elif part.end is not None:
            found += goto(*part.end, indent)
        return found

    def choose(low: int, high: int, indent: int) -> list[Written]:
        if high - low == 1:
            return block(graph.order[low], indent)
        middle = (low + high) // 2
        # Every block ends with `continue` or `return`, so nothing falls out of the lower half.
        lower = choose(low, middle, indent + 1)
        return [(indent, f"if b < {middle}:", None), *lower, *choose(middle, high, indent)]

    return lines + choose(0, len(graph.order), 1)
