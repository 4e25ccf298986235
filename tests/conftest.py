"""What all tests share: the `--bless` option."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--bless` rewrites recorded expectations; read the diff before you commit it."""
    parser.addoption("--bless", action="store_true", help="write what is observed as what is expected")


@pytest.fixture
def bless(request: pytest.FixtureRequest) -> bool:
    """Whether expectations are to be rewritten."""
    return bool(request.config.getoption("--bless"))
