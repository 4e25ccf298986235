"""What vcvm is measured against: other ways to run other people's rules from Python.

Takes a task; gives a variant for each peer that is installed and has a text for it, and a sentence on the others. Every peer
lives in a process of its own, so that one that breaks takes nobody with it: this file, run with

    python -m bench.peers PACKAGE TASK full|tiny

which obeys the orders that `measure.Worker` gives. Peers run as they come, with the limits that they always have and no
others. A new peer is a row of PEERS, and a column of `texts.TEXTS` if its language is new.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Final

from bench.measure import Variant, Worker, WrongResult
from bench.surroundings import TESTS, installed_version
from bench.tasks import TASKS, Compile, Task
from bench.texts import TEXTS, Cannot

RIGHT: Final = "right"
"""What a worker says of its result if it is."""


@dataclass(frozen=True)
class Peer:
    """package: its distribution. language: of its texts. prepare: gives what compiles a text for a task; all that a host
    does once, before it sees any text, is done in it."""

    package: str
    language: str
    prepare: Callable[[Task], Compile]


def _lupa(task: Task) -> Compile:
    # With Lua 5.5, which is its default, lupa 2.8 takes one record for another (scoder/lupa#294).
    from lupa import lua54

    runtime = lua54.LuaRuntime(unpack_returned_tuples=True)
    for name, host in task.hosts.items():
        runtime.globals()[name] = host
    return runtime.execute  # type: ignore[no-any-return]


def _quickjs(task: Task) -> Compile:
    import quickjs

    context = quickjs.Context()
    for name, host in task.hosts.items():
        context.add_callable(name, host)
    if "order" not in task.parameters:
        return context.eval  # type: ignore[no-any-return]

    def build(text: str) -> Callable[..., Any]:
        function = context.eval(text)
        return lambda record: function(context.parse_json(json.dumps(record)))

    return build


def _wasmtime(task: Task) -> Compile:
    from wasmtime import Engine, Func, FuncType, Instance, Module, Store, ValType

    engine = Engine()

    def build(text: str) -> Callable[..., Any]:
        store = Store(engine)
        kind = FuncType([ValType.i64()], [ValType.i32()])
        hosts = [Func(store, kind, lambda x, host=host: int(host(x))) for host in task.hosts.values()]
        main = Instance(store, Module(engine, text), hosts).exports(store)["main"]
        return lambda *arguments: main(store, *arguments)

    return build


def _cel_expr(task: Task) -> Compile:
    from cel_expr_python import cel

    types = {
        "int": cel.Type.INT,
        "float": cel.Type.DOUBLE,
        "bool": cel.Type.BOOL,
        "string": cel.Type.STRING,
        "list": cel.Type.List(cel.Type.INT),
        "map": cel.Type.Map(cel.Type.STRING, cel.Type.STRING),
    }
    functions = [
        cel.FunctionDecl(name, [cel.Overload(f"{name}_int", cel.Type.BOOL, [cel.Type.INT], False, host)])
        for name, host in task.hosts.items()
    ]
    variables = {name: types[kind] for name, kind in task.types.items()}
    environment = cel.NewEnv(variables=variables, functions=functions)

    def build(text: str) -> Callable[..., Any]:
        expression = environment.compile(text)
        return lambda *arguments: expression.eval(data=task.variables(*arguments)).value()

    return build


def _cel_rust(task: Task) -> Compile:
    import cel

    def build(text: str) -> Callable[..., Any]:
        program = cel.compile(text)
        if task.hosts:
            return lambda *arguments: program.execute(cel.Context(dict(task.variables(*arguments)), dict(task.hosts)))
        return lambda *arguments: program.execute(task.variables(*arguments))

    return build


def _cel_python(task: Task) -> Compile:
    import celpy

    # The faster of its two runners cannot compile a call of a host's function inside `filter`.
    runner = celpy.InterpretedRunner if task.hosts else celpy.CompiledRunner
    environment = celpy.Environment(runner_class=runner)
    convert = celpy.json_to_cel
    hosts = {
        name: lambda x, host=host: celpy.celtypes.BoolType(host(x))  # type: ignore[misc]
        for name, host in task.hosts.items()
    }

    def build(text: str) -> Callable[..., Any]:
        program = environment.program(environment.compile(text), functions=hosts)
        return lambda *arguments: program.evaluate({k: convert(v) for k, v in task.variables(*arguments).items()})

    return build


def _zen(task: Task) -> Compile:
    import zen

    def build(text: str) -> Callable[..., Any]:
        expression = zen.compile_expression(text)
        return lambda *arguments: expression.evaluate(task.variables(*arguments))

    return build


def _rule_engine(task: Task) -> Compile:
    import rule_engine

    context = rule_engine.Context(resolver=rule_engine.resolve_item)

    def build(text: str) -> Callable[..., Any]:
        rule = rule_engine.Rule(text, context=context)
        if task.hosts:
            return lambda *arguments: rule.evaluate({**task.variables(*arguments), **task.hosts})
        return lambda *arguments: rule.evaluate(task.variables(*arguments))

    return build


def _simpleeval(task: Task) -> Compile:
    import simpleeval

    engine = simpleeval.EvalWithCompoundTypes(functions={"len": len, "sum": sum, **task.hosts})

    def build(text: str) -> Callable[..., Any]:
        tree = engine.parse(text)

        def evaluate(*arguments: Any) -> Any:
            engine.names = task.variables(*arguments)
            return engine.eval(text, previously_parsed=tree)

        return evaluate

    return build


def _json_logic(task: Task) -> Compile:
    from json_logic import jsonLogic
    from json_logic.builtins import BUILTINS

    hosts = {
        name: lambda data, x, *more, host=host: host(x)  # type: ignore[misc]
        for name, host in task.hosts.items()
    }
    operations = {**BUILTINS, **hosts}

    def build(text: str) -> Callable[..., Any]:
        rule = json.loads(text)
        return lambda *arguments: jsonLogic(rule, task.variables(*arguments), operations)

    return build


def _restricted_python(task: Task) -> Compile:
    from RestrictedPython import compile_restricted, safe_globals
    from RestrictedPython.Eval import default_guarded_getitem, default_guarded_getiter

    guards = {**safe_globals, "_getitem_": default_guarded_getitem, "_getiter_": default_guarded_getiter}

    def build(text: str) -> Callable[..., Any]:
        names = {**guards, **task.hosts}
        exec(compile_restricted(text, "rule", "exec"), names)
        main: Callable[..., Any] = names["main"]
        return main

    return build


def _starlark_rust(task: Task) -> Compile:
    import starlark

    names = starlark.Globals.standard()

    def build(text: str) -> Callable[..., Any]:
        module = starlark.Module()
        for name, host in task.hosts.items():
            module.add_callable(name, host)
        starlark.eval(module, starlark.parse("rule", text), names)
        frozen = module.freeze()
        return lambda *arguments: frozen.call("main", *arguments)

    return build


def _starlark_go(task: Task) -> Compile:
    import starlark_go

    starlark_go.configure_starlark(allow_recursion=True)
    call = f"main({', '.join(task.parameters)})"

    def build(text: str) -> Callable[..., Any]:
        runtime = starlark_go.Starlark(globals=dict(task.hosts))
        runtime.exec(text)

        def function(*arguments: Any) -> Any:
            runtime.set(**dict(zip(task.parameters, arguments, strict=True)))
            return runtime.eval(call)

        return function

    return build


PEERS: Final = (
    Peer("lupa", "lua", _lupa),
    Peer("quickjs", "javascript", _quickjs),
    Peer("wasmtime", "wasm", _wasmtime),
    Peer("cel-expr-python", "cel", _cel_expr),
    Peer("common-expression-language", "cel", _cel_rust),
    Peer("cel-python", "cel", _cel_python),
    Peer("zen-engine", "zen", _zen),
    Peer("rule-engine", "rule-engine", _rule_engine),
    Peer("simpleeval", "simpleeval", _simpleeval),
    Peer("panzi-json-logic", "json-logic", _json_logic),
    Peer("RestrictedPython", "python", _restricted_python),
    Peer("starlark-pyo3", "python", _starlark_rust),
    Peer("starlark-go", "python", _starlark_go),
)


class PeerWork(Worker):
    """A peer that waits for orders in its process."""

    def once(self) -> str:
        """Says that the result is right. Raises WrongResult with what the peer did instead."""
        found = super().once()
        if found != RIGHT:
            raise WrongResult(found)
        return found


@contextmanager
def rivals(task: Task, full: bool) -> Iterator[tuple[tuple[Variant, ...], tuple[str, ...]]]:
    """The peers that do a task, as variants, in processes that end with the block; and notes on the others."""
    absent: dict[str, list[str]] = {}
    present = []
    for peer in PEERS:
        text = TEXTS[peer.language][task.text or task.name]
        if isinstance(text, Cannot):
            absent.setdefault(text, []).append(peer.package)
        elif installed_version(peer.package) is None:
            absent.setdefault("not installed", []).append(peer.package)
        else:
            present.append(peer)
    notes = tuple(f"without {', '.join(names)}: {reason}" for reason, names in absent.items())
    around = {**os.environ, "PYTHONPATH": str(TESTS), "PYTHONSAFEPATH": "1"}
    with ExitStack() as processes:
        variants = []
        for peer in present:
            command = [sys.executable, "-m", "bench.peers", peer.package, task.name, "full" if full else "tiny"]
            work = processes.enter_context(PeerWork(command, around, quiet=True))
            variants.append(Variant(peer.package, work, RIGHT, task.size(full), optional=True))
        yield tuple(variants), notes


def serve(package: str, name: str, scale: str) -> None:
    """Be a worker: do a task once and say whether the result is right; then as often as each line of the input says."""
    peer = next(peer for peer in PEERS if peer.package == package)
    task, full = TASKS[name], scale == "full"
    try:
        work = task.work(peer.prepare(task), TEXTS[peer.language][task.text or task.name], full)
        found, right = work.once(), task.right(full)
        verdict = RIGHT if found == right else f"gives {found!r}, not {right!r}"
    except BaseException as e:  # noqa: BLE001 - a panic of Rust is no Exception
        verdict = f"{type(e).__name__}: {' '.join(str(e).split())}"
    print(verdict[:200], flush=True)
    if verdict == RIGHT:
        for line in sys.stdin:
            print(work.seconds(int(line)), flush=True)


if __name__ == "__main__":
    serve(*sys.argv[1:])
