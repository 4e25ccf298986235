"""Random programs, valid by construction: from a seed to a module, its libraries, and calls to make.

Takes a seed and a size; gives a `Case`. The same seed gives the same case. A program has one to five functions that call
each other, directly and round about, with and without an end; some have a library; its intrinsics are those of hosts.py,
logging ones and, in programs of their own, foldable ones. Refuses nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, Final, NamedTuple

from agreement import values
from agreement.expressions import DEEP_RECORD, POOL, RECORD
from agreement.hosts import Host
from agreement.maker import Shape, Sketch
from agreement.statements import WEIGHTS, Statements, weights
from vcvm_core.bytecode import Import, Library, Module, content_hash, encode
from vcvm_core.link import LibraryFile
from vcvm_core.values import INT, Param, Signature, Type
from vcvm_core.verify import verify

SIZES: Final = (6, 10, 15, 15, 25, 25, 40, 60, 120)
"""Instructions from which a function comes to its end."""


LEAVING: Final = ("deep", "sized_deep", "mixed", "sized_mixed", "any_mixed", "rows", "sized_rows", "floats", "texts")
"""Intrinsics that give what is wrong, large or nested below its outside: programs that hand it on to their host."""
THEMES: Final = (
    (), (), ("tell",), ("tell", "keep", "poke", "grow", "same_list"), ("tell", "rename"), ("tell", "rename"),
    ("tell", "rename"), ("count", "add", "ask"), LEAVING, LEAVING,
)  # fmt: skip
"""Intrinsics that do something to each other's arguments, or show what they are given: used together."""


Writer = Callable[[Shape, Sketch, int], Statements]
"""What writes a function of some size."""


class Case(NamedTuple):
    """A program and calls to make. folds: whether its intrinsics are foldable ones. calls: (export, arguments)."""

    seed: int
    module: Module
    libraries: dict[str, LibraryFile]
    calls: tuple[tuple[str, tuple[Any, ...]], ...]
    folds: bool


def _types(rng: Random, pool: tuple[Type, ...], count: int, frozen: bool = False) -> tuple[Type, ...]:
    found = [rng.choice(pool) for _ in range(count)]
    return tuple(INT if frozen and t.changeable else t for t in found)


def _sketch(rng: Random, pool: tuple[Type, ...], name: str, exported: bool) -> Sketch:
    params = _types(rng, pool, rng.choice((0, 1, 2, 2, 3, 4)), frozen=exported)
    results = _types(rng, pool, rng.choice((0, 1, 1, 1, 1, 2, 3)))
    # Some types, each several times: what is assigned is then also read.
    few = _types(rng, pool, 3)
    locals_ = tuple(rng.choice((*few, INT, INT)) for _ in range(rng.choice((1, 2, 3, 4, 5, 6, 8))))
    if rng.random() < 0.7:
        # The results are what the locals hold at the end.
        results = tuple(rng.choice((*params, *locals_)) for _ in range(rng.choice((1, 1, 2, 3, 4))))
    sketch = Sketch(name, params, results, locals_)
    if not exported and params and params[0] is INT and rng.random() < 0.7:
        sketch.bounded = True
    return sketch


def _write(shape: Shape, size: int, writer: Writer) -> None:
    for sketch in shape.sketches:
        maker = writer(shape, sketch, size if sketch is shape.sketches[0] else min(size, 25))
        maker.function()
        shape.builder.functions.append(maker.draft())


def _library(
    rng: Random, pool: tuple[Type, ...], host: Host, folds: bool, writer: Writer
) -> tuple[Module, LibraryFile, list[Import]]:
    sketches = [_sketch(rng, pool, f"l{i}", False) for i in range(rng.choice((1, 2)))]
    for sketch in sketches:
        sketch.params = tuple(INT if t.changeable else t for t in sketch.params)
    shape = Shape(rng, sketches, pool, weights(rng))
    shape.builder.kind = "library"
    shape.callable = list(range(len(sketches)))
    shape.externs = rng.sample(host.foldable if folds else host.externs, 2)
    _write(shape, 15, writer)
    shape.builder.exports = [(s.name, i) for i, s in enumerate(sketches)]
    module = shape.builder.finish()
    file = LibraryFile(verify(module), content_hash(encode(module)))
    imports = [Import(0, s.name, Signature(tuple(Param("", t) for t in s.params), s.results)) for s in sketches]
    return module, file, imports


def generate(seed: int, host: Host, size: int | None = None, writer: Writer = Statements) -> Case:
    """The case of a seed. writer: what writes its functions."""
    rng = Random(seed)
    folds = rng.random() < 0.3
    count = rng.choice((1, 1, 1, 2, 2, 3, 4, 5))
    looked = list(WEIGHTS).index("looked")
    # Few types and some kinds of statements, much of each, and others in the next program.
    pool = POOL if rng.random() < 0.2 else (INT, *(rng.choice(POOL) for _ in range(rng.choice((2, 3, 4, 6)))))
    sketches = [_sketch(rng, pool, "main" if i == 0 else f"f{i}", i == 0) for i in range(count)]
    shape = Shape(rng, sketches, pool, weights(rng))
    shape.callable = list(range(1, count))
    if rng.random() < 0.15:
        shape.callable.append(0)
    elif rng.random() < 0.3:
        sketches[0].halts = True
    if rng.random() < 0.8:
        offered = host.foldable if folds else host.externs
        shape.externs = rng.sample(offered, rng.randrange(1, 8))
        if not folds:
            theme = rng.choice(THEMES)
            shape.externs += [x for x in offered if x.name in theme and x not in shape.externs]
        if not folds and "rename" in theme and rng.random() < 0.85:
            sketches[0].params = (rng.choice((RECORD, RECORD, DEEP_RECORD)), *sketches[0].params)
            sketches[0].locals = (*sketches[0].locals, INT)
            shape.weights = [n + 40 * (at >= looked) for at, n in enumerate(shape.weights)]
        if not folds and theme is LEAVING:
            given = rng.choice([x.signature.results for x in shape.externs if x.name in LEAVING])
            sketches[0].locals = (*sketches[0].locals, *given, *given)
            sketches[0].results = (*given, *sketches[0].results[:2])
    libraries: dict[str, LibraryFile] = {}
    if rng.random() < 0.2:
        _, file, imports = _library(rng, pool, host, folds, writer)
        libraries["lib"] = file
        shape.builder.libraries.append(Library("lib", file.digest))
        shape.builder.imports += imports
    _write(shape, size or rng.choice(SIZES), writer)
    shape.builder.exports = [("main", 0)]
    if rng.random() < 0.3:
        shape.builder.source = "program.vasm"
    module = shape.builder.finish()
    calls = []
    for number in range(3):
        honest = rng.random() < 0.85
        calls.append(("main", tuple(values.value(rng, t, honest) for t in sketches[0].params)))
        if not sketches[0].params and number == 0:
            break
    return Case(seed, module, libraries, tuple(calls), folds)
