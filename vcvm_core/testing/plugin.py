"""The pytest plugin: its options, its fixtures, and where the conformance suite enters.

Takes ``--vcvm-pack NAME``, which may be given several times, or ``vcvm_pack = "NAME"`` in pytest's settings; gives the
fixtures `pack` and `run_program`, and the tests of the pack. With the option they always run; with the setting alone,
wherever no file or folder was named. Refuses a name that is no installed pack, and a missing hypothesis, before any test
runs.
"""

from __future__ import annotations

import pytest

from vcvm_core.errors import PackError, VcvmError
from vcvm_core.plugin import Registry, installed
from vcvm_core.testing.needs import needed
from vcvm_core.testing.running import LoadedPack, ProgramRunner
from vcvm_core.testing.survey import refusal

EXAMPLES = 30
"""How many arguments are made for each intrinsic, where nobody says otherwise."""

_LOADED = pytest.StashKey[tuple[LoadedPack, ...]]()
_REGISTRY = pytest.StashKey[Registry]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option and the settings."""
    group = parser.getgroup("vcvm", "packs of vcvm")
    group.addoption(
        "--vcvm-pack", metavar="NAME", action="append", help="run the conformance suite of this installed pack"
    )
    group.addoption("--vcvm-examples", metavar="N", type=int, help=f"arguments to make for each intrinsic ({EXAMPLES})")
    parser.addini("vcvm_pack", "the installed pack that these tests are for", default="")
    parser.addini("vcvm_examples", "arguments to make for each intrinsic, 0 for none", default=str(EXAMPLES))


def pytest_configure(config: pytest.Config) -> None:
    """Finds the pack. Raises UsageError."""
    config.addinivalue_line("markers", "vcvm_pack: a test of vcvm's conformance suite for packs")
    try:
        needed("hypothesis")
    except ImportError as e:
        raise pytest.UsageError(str(e)) from None
    _examples(config)
    names = config.getoption("--vcvm-pack") or str(config.getini("vcvm_pack")).split()
    config.stash[_LOADED] = tuple(_loaded(name) for name in dict.fromkeys(names))


def _examples(config: pytest.Config) -> int:
    given = config.getoption("--vcvm-examples")
    text = str(config.getini("vcvm_examples") if given is None else given)
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise pytest.UsageError(f"vcvm_examples must be a whole number from 0 to 999999, not {text!r}")
    return int(text)


def _loaded(name: str) -> LoadedPack:
    try:
        return LoadedPack(name)
    except PackError as e:
        raise pytest.UsageError(f"--vcvm-pack {name}: {refusal(e)}") from None
    except VcvmError as e:
        raise pytest.UsageError(str(e)) from None


def pytest_report_header(config: pytest.Config) -> str | None:
    """Which packs are tested."""
    loaded = config.stash.get(_LOADED, ())
    return "; ".join(f"vcvm: {p.name} {p.version}, {len(p.rows)} intrinsics" for p in loaded) or None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Adds the suite, first, so that -k, -m and --deselect choose among its tests as among others."""
    if config.getoption("--vcvm-pack") or config.args_source is not pytest.Config.ArgsSource.ARGS:
        from vcvm_core.testing.items import suite

        for loaded in config.stash.get(_LOADED, ()):
            items.extend(suite(session, loaded, _examples(config)))


@pytest.fixture
def pack(request: pytest.FixtureRequest) -> LoadedPack:
    """The pack that is tested, in a new machine."""
    found = request.config.stash.get(_LOADED, ())
    if len(found) != 1:
        how = '--vcvm-pack NAME, or vcvm_pack = "NAME" in the settings'
        raise pytest.UsageError(f"the fixture pack needs the name of one pack: {how}")
    return LoadedPack(found[0].name, found[0].registry)


@pytest.fixture
def run_program(request: pytest.FixtureRequest) -> ProgramRunner:
    """Runs programs, as assembly text, with all installed packs, in every way that the machine has."""
    if _REGISTRY not in request.config.stash:
        request.config.stash[_REGISTRY] = installed()
    return ProgramRunner(request.config.stash[_REGISTRY])
