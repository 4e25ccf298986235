"""For the tests of a pack: a pytest plugin, to be asked for (``pytest -p vcvm_core.testing``), and hypothesis strategies.

Takes the name of an installed pack (``--vcvm-pack NAME``, or ``vcvm_pack`` in pytest's settings); gives the fixtures `pack`
and `run_program`, and a test for everything that the pack's manifest promises. `strategy` and `arguments` give values of
vcvm's types. Needs what ``pip install 'vcvm[testing]'`` installs, and says so where that is missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vcvm_core.testing.needs import needed as _needed
from vcvm_core.testing.plugin import pack as pack
from vcvm_core.testing.plugin import pytest_addoption as pytest_addoption
from vcvm_core.testing.plugin import pytest_collection_modifyitems as pytest_collection_modifyitems
from vcvm_core.testing.plugin import pytest_configure as pytest_configure
from vcvm_core.testing.plugin import pytest_report_header as pytest_report_header
from vcvm_core.testing.plugin import run_program as run_program
from vcvm_core.testing.running import LoadedPack as LoadedPack
from vcvm_core.testing.running import ProgramRunner as ProgramRunner

if TYPE_CHECKING:
    from vcvm_core.testing.strategies import arguments as arguments
    from vcvm_core.testing.strategies import strategy as strategy

_LATE = ("arguments", "strategy")

__all__ = ["LoadedPack", "ProgramRunner", "arguments", "strategy"]


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    _needed("hypothesis")
    from vcvm_core.testing import strategies

    return getattr(strategies, name)
