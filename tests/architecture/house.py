"""The plan of the house: what may stand where, and what may know what. Facts only; `checks` holds files against them.

Takes nothing; gives the tables. A new file or folder of `vcvm_core` gets its place here first.
"""

from __future__ import annotations

LAYERS: tuple[tuple[str, ...], ...] = (
    ("errors", "declared"),
    ("limits", "listed"),  # a bad limit is an error, and so is a list of names that is none
    ("files",),
    ("values",),
    ("isa",),
    ("bytecode",),
    ("verify", "asm", "lang"),
    ("link",),
    ("runtime", "plugin"),
    ("compiled", "hosting"),
    ("vm", "frontend"),
    ("profile",),
    ("cli", "testing"),
    ("__init__", "__main__"),
)
"""The files and folders of vcvm_core, lowest line first. One imports from lower lines only; siblings never meet."""

PACK_DOORS = ("vcvm_core.plugin", "vcvm_core.frontend")
"""All that a pack may know of vcvm, `vcvm_stdlib` included."""

ADDRESSES: dict[str, tuple[str, ...]] = {
    "importlib_metadata": ("vcvm_core/plugin/",),
    "msgpack": ("vcvm_core/plugin/",),
    "pluggy": ("vcvm_core/plugin/",),
    "hatchling": ("vcvm_core/plugin/hatch.py",),
    "setuptools": ("vcvm_core/plugin/setuptools_writer.py",),
    "lark": ("vcvm_core/asm/", "vcvm_core/lang/"),
    "rich": ("vcvm_core/cli/",),
    "pytest": ("vcvm_core/testing.py", "vcvm_core/testing/"),
    "hypothesis": ("vcvm_core/testing.py", "vcvm_core/testing/"),
}
"""Where an outside library may be imported; one that is not here, nowhere."""

MODULES = {"python_stdnum": "stdnum"}
"""What is imported of a distribution, where that is not called like it."""

FILES = {
    "vcvm_core/files.py": "it is the one",
    "vcvm_core/cli/streams.py": "the null device, and a second name for standard output",
    "vcvm_core/plugin/checking/child.py": "appends records that another process reads meanwhile",
    "vcvm_core/plugin/checking/process.py": "what a process prints goes into a file",
}
"""Files of vcvm_core that open or change files themselves, and why."""

OUTPUT = {
    "vcvm_core/cli/show.py": "it is the one",
    "vcvm_core/cli/streams.py": "keeps standard output for the command",
    "vcvm_core/cli/files.py": "writes programs as bytes",
}
"""Files of the command line that write to a stream themselves, and why."""

FORBIDDEN_NAMES = ("utils", "helpers", "common", "misc", "base", "manager")
"""Names that say nothing about what a file does."""

LONGEST_FILE = 500
"""Lines of a file of the packages."""

LATE = (
    "argparse",
    "asyncio",
    "email",
    "importlib.metadata",
    "importlib_metadata",
    "json",
    "lark",
    "msgpack",
    "pluggy",
    "rich",
)
"""What an embedder's process must not pay for unless it uses it: each costs as much as several new interpreters."""

TOP_LEVEL = frozenset(
    {
        ".ci",
        ".gitignore",
        ".pre-commit-config.yaml",
        "CHANGELOG.md",
        "LICENSE",
        "README.md",
        "SECURITY.md",
        "docs",
        "examples",
        "plugins",
        "pyproject.toml",
        "tests",
        "tox.ini",
        "vcvm_core",
        "vcvm_stdlib",
        "wheelhouse",
    }
)
"""All that may stand at the top of the repository."""

NOT_OURS = frozenset(
    {
        ".git",
        ".hypothesis",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".tox",
        ".venv",
        "__pycache__",
        "build",
        "dist",
    }
)
"""Folders, at any depth, that tools leave behind and git ignores."""
