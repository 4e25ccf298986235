"""Who opens files, and who writes to standard output."""

from __future__ import annotations

import pytest

from architecture.disk import check_files, check_output
from architecture.house import FILES, OUTPUT
from architecture.tree import ROOT, core, no_findings


def test_files() -> None:
    """One file of vcvm_core reads and writes files."""
    no_findings(finding for path, text in core() for finding in check_files(path, text))


def test_output() -> None:
    """One file of the command line writes text, and one knows standard output."""
    no_findings(finding for path, text in core() for finding in check_output(path, text))


def test_exceptions_are_needed() -> None:
    """Every file with a reason to do it itself still does."""
    for path in FILES:
        assert check_files("vcvm_core/another.py", (ROOT / path).read_text(encoding="utf-8")), path
    for path in OUTPUT:
        assert check_output("vcvm_core/cli/another.py", (ROOT / path).read_text(encoding="utf-8")), path


@pytest.mark.parametrize(
    "source",
    [
        "open('x', 'wb')",
        "with open(path) as file: ...",
        "os.open(path, os.O_WRONLY)",
        "Path(path).write_bytes(data)",
        "Path(path).write_text(data)",
        "Path(path).read_bytes()",
        "os.replace(a, b)",
        "os.rename(a, b)",
        "shutil.rmtree(a)",
        "tempfile.mkstemp()",
        "def f():\n    os.unlink(a)",
    ],
)
def test_files_rejects(source: str) -> None:
    """Every way to a file is found, and those of other objects are not."""
    assert check_files("vcvm_core/cli/run.py", source)
    assert check_files("vcvm_core/files.py", source) == []
    assert check_files("tests/x.py", source) == []


def test_files_accepts() -> None:
    """Members of archives, texts, and what a name only resembles."""
    source = "archive.open(name)\ntext.replace('a', 'b')\nversion._replace(x=1)\nos.makedirs(a)\nsomething.remove(x)"
    assert check_files("vcvm_core/plugin/wheels.py", source) == []


@pytest.mark.parametrize(
    "source",
    ["print('x')", "sys.stdout.write('x')", "print('x', file=sys.stderr)", "sys.stderr.write(x)", "sys.stdout"],
)
def test_output_rejects(source: str) -> None:
    """Text that is not escaped is found, on either stream."""
    assert check_output("vcvm_core/cli/run.py", source)
    assert check_output("vcvm_core/cli/show.py", source) == []
    assert check_output("vcvm_core/plugin/doctor/child.py", source) == []
