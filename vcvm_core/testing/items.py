"""The tests of the conformance suite, as pytest sees them: pack, intrinsic, promise.

Takes the session and a loaded pack; gives items, named ``PACK::INTRINSIC::PROMISE``, each of which passes, or fails with the
sentences of the `Survey` and the place of the function. An intrinsic that cannot be loaded fails once; its other tests are
skipped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from vcvm_core.errors import PackError
from vcvm_core.plugin import Slow, call_text
from vcvm_core.testing.running import LoadedPack
from vcvm_core.testing.survey import Survey, refusal


class Broken(Exception):
    """A promise is not kept; the message has a sentence a line."""


class PackNode(pytest.Collector):
    """All tests of one pack."""

    def __init__(self, *, loaded: LoadedPack, examples: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.loaded, self.examples = loaded, examples

    def collect(self) -> Iterator[IntrinsicNode]:
        """The intrinsics, sorted by name."""
        for row in self.loaded.rows:
            yield IntrinsicNode.from_parent(self, name=row.name, survey=Survey(self.loaded, row))


class IntrinsicNode(pytest.Collector):
    """All tests of one intrinsic."""

    def __init__(self, *, survey: Survey, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.survey = survey

    def collect(self) -> Iterator[Promise]:
        """One test for each thing that its row promises."""
        survey, row = self.survey, self.survey.row
        yield self._item("loads", None)
        for i, vector in enumerate(row.vectors, 1):
            yield self._item(f"example-{i}", partial(survey.example, vector))
        for i, param in enumerate(row.signature.params):
            yield self._item(f"refuses-{param.name}", partial(survey.refuses, i))
        for rule in survey.rules():
            yield self._item(rule, partial(survey.broken, rule))
        examples = self.parent.examples if isinstance(self.parent, PackNode) else 0
        if survey.made_up and row.signature.params and examples:
            yield self._item("any-arguments", partial(generated, survey, examples))

    def _item(self, name: str, test: Callable[[], Sequence[str]] | None) -> Promise:
        item: Promise = Promise.from_parent(self, name=name, survey=self.survey, test=test)
        return item


class Promise(pytest.Item):
    """One test: it fails with the sentences that `test` gives; without `test`, it loads the function."""

    def __init__(self, *, survey: Survey, test: Callable[[], Sequence[str]] | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.survey, self.test = survey, test
        self.add_marker("vcvm_pack")

    def runtest(self) -> None:
        """Raises Broken; skips what a function that cannot be loaded does not show."""
        try:
            self.survey.function  # noqa: B018 - it is loaded here
        except PackError as e:
            if self.test is None:
                raise Broken(refusal(e)) from None
            pytest.skip(f"{self.survey.row.name} cannot be loaded")
        sentences = self.test() if self.test is not None else ()
        if sentences:
            raise Broken("\n".join(sentences))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The sentences and the place; the whole traceback for anything else."""
        if not isinstance(excinfo.value, Broken):
            return super().repr_failure(excinfo, style)
        code = getattr(self.survey.__dict__.get("function"), "__code__", None)
        if code is None:
            return str(excinfo.value)
        file, here = Path(code.co_filename), self.config.invocation_params.dir
        shown = file.relative_to(here) if file.is_relative_to(here) else file
        return f"{excinfo.value}\n --> {shown}:{code.co_firstlineno}"

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """The pack in the place of a file."""
        return self.config.rootpath / self.survey.pack.name, None, f"{self.survey.row.name}: {self.name}"


def generated(survey: Survey, examples: int) -> list[str]:
    """What the rules say about arguments that hypothesis makes: of all that are wrong, the simplest."""
    import hypothesis

    from vcvm_core.testing.strategies import arguments

    last: list[str] = []
    survey.slow = False

    def keeps_its_word(args: tuple[Any, ...]) -> None:
        found = list(survey.judged(args))
        if found:
            last[:] = [f"{rule}: {text}" for rule, text in found]
            if survey.slow:
                # Passes through hypothesis, which would look for a simpler one, call by call.
                raise Slow
            raise Broken(call_text(survey.row, args))

    # The database of examples knows a test by its name.
    keeps_its_word.__name__ = keeps_its_word.__qualname__ = survey.row.name
    settings = hypothesis.settings(
        max_examples=examples, deadline=None, suppress_health_check=list(hypothesis.HealthCheck), print_blob=False
    )
    test: Any = settings(hypothesis.given(arguments(survey.row))(keeps_its_word))
    try:
        test()
    except (Broken, Slow):
        return last
    except hypothesis.errors.Flaky:
        return [*last, "another call with these arguments keeps it: the function differs from call to call"]
    return []


def suite(session: pytest.Session, loaded: LoadedPack, examples: int) -> Iterator[pytest.Item]:
    """The tests of a pack. examples: how many arguments are made for each intrinsic."""
    node: PackNode = PackNode.from_parent(
        session, name=loaded.name, nodeid=loaded.name, loaded=loaded, examples=examples
    )
    for intrinsic in node.collect():
        yield from intrinsic.collect()
