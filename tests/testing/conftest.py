"""What the tests of the author's kit share: packs that are not installed, and pytest run on them."""

from __future__ import annotations

from collections.abc import Callable

import importlib_metadata  # noqa: F401 - it adds a finder, which a run in this process would take away again
import pytest

from dists.builder import Site

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def site(pytester: pytest.Pytester) -> Site:
    """An empty folder from which packs can be imported, while pytest runs in this process."""
    folder = pytester.path / "site"
    folder.mkdir()
    pytester.syspathinsert(folder)
    return Site(folder)


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs pytest, with the plugin, in a project of its own, and forgets what it imported."""
    monkeypatch.setenv("NO_COLOR", "1")
    project = pytester.mkdir("project")
    monkeypatch.chdir(project)

    def runs(*words: str) -> pytest.RunResult:
        # In this process the plugin was imported before, by the run of another test.
        quiet = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
        return pytester.runpytest_inprocess("-p", "vcvm_core.testing", "-p", "no:cacheprovider", *quiet, *words)

    return runs
