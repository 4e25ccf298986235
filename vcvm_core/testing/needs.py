"""The libraries that testing a pack needs and running one does not.

Takes a library's name; gives nothing, or an ImportError that says what to install.
"""

from __future__ import annotations

from importlib.util import find_spec


def needed(*names: str) -> None:
    """Raises ImportError if one of these libraries is not installed."""
    missing = [name for name in names if find_spec(name) is None]
    if missing:
        raise ImportError(f"vcvm_core.testing needs {' and '.join(missing)}: pip install 'vcvm[testing]'")


needed("pytest")
