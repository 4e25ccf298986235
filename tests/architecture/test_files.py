"""What a single file looks like: its name, its length, its docstrings, its habits, and what nobody mentions."""

from __future__ import annotations

from architecture.files import (
    check_docstrings,
    check_habits,
    check_length,
    check_mentions,
    check_name,
    check_top_level,
)
from architecture.tree import core, no_findings, packages, repository, top_level

PACKAGES = packages()


def test_top_level() -> None:
    """The top of the repository stays a table of contents."""
    no_findings(check_top_level(top_level()))


def test_names() -> None:
    """No file or folder of the packages is called after nothing."""
    no_findings(finding for path, text in PACKAGES for finding in check_name(path, text))


def test_length() -> None:
    """No file of the packages is too long to be read."""
    no_findings(finding for path, text in PACKAGES for finding in check_length(path, text))


def test_docstrings() -> None:
    """Every file, public class and public function of vcvm_core says what it is for."""
    no_findings(finding for path, text in core() for finding in check_docstrings(path, text))


def test_habits() -> None:
    """The packages hold no bare assert, no note to self, no error swallowed in silence."""
    no_findings(finding for path, text in PACKAGES for finding in check_habits(path, text))


def test_mentions() -> None:
    """No file speaks of the machine or the tools it was made with."""
    no_findings(finding for path, text in repository() for finding in check_mentions(path, text))


def test_top_level_rejects() -> None:
    """A new folder at the top is found."""
    assert [finding.split(":")[0] for finding in check_top_level(["docs", "scripts"])] == ["scripts"]


def test_names_rejects() -> None:
    """Folders count like files, and an underscore does not hide a name."""
    assert check_name("vcvm_core/values/utils.py")
    assert check_name("vcvm_core/common/types.py")
    assert check_name("vcvm_stdlib/_helpers.py")
    assert check_name("vcvm_core/values/formula.py") == []


def test_length_rejects() -> None:
    """500 lines pass, 501 do not."""
    assert check_length("vcvm_core/vm.py", "x\n" * 500) == []
    (finding,) = check_length("vcvm_core/vm.py", "x\n" * 501)
    assert "vcvm_core/vm.py: 501 lines" in finding


def test_docstrings_rejects() -> None:
    """A public name without a docstring is found, wherever an `if` hides it; a private one needs none."""
    source = '''"""File."""
def public(): ...
class Public: ...
async def later(): ...
if x:
    def hidden(): ...
def _private(): ...
class Said:
    """Yes."""
'''
    assert [f.split("`")[1] for f in check_docstrings("f.py", source)] == ["public", "Public", "later", "hidden"]
    assert "the file has no docstring" in check_docstrings("f.py", "x = 1")[0]


def test_habits_rejects() -> None:
    """Each habit is found, with its line."""
    source = (
        "assert x\ntry:\n    f()\nexcept Exception:\n    pass\ntry:\n    f()\nexcept:\n    ...\n# TO" + "DO later\n"
    )
    found = check_habits("f.py", source)
    assert [finding.split(":")[1] for finding in found] == ["1", "4", "8", "10"]
    assert (
        check_habits("f.py", "try:\n    f()\nexcept ValueError:\n    pass\ntry:\n    f()\nexcept Exception:\n    g()")
        == []
    )


def test_mentions_rejects() -> None:
    """A path of one machine is found; a relative path or a word that contains one is not."""
    assert check_mentions("f.md", "see /" + "root/x")
    assert check_mentions("f.md", "`/" + "work/main`")
    assert check_mentions("f.md", "written by Cla" + "ude")
    assert check_mentions("f.md", "net/work/x, ~/root/x, homework/, tests/root/x") == []
