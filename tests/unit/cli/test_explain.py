"""``vcvm explain``: every code has a page, and every example on a page gives its code.

An example is executed in a folder of its own: blocks that name a file are written into it, commands run in this process
and print what the page says (`...` stands for anything), Python raises the error. Where the error needs a pack that is
wrong in some way, `SETUPS` installs it. `--bless` writes what the commands print into the pages.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

import vcvm_core.cli
from manual.blocks import matches
from vcvm_core import VcvmError
from vcvm_core.asm import assemble
from vcvm_core.bytecode import encode
from vcvm_core.cli import main
from vcvm_core.cli.explain import KINDS, Block, Page, find, group, page, parse, template
from vcvm_core.errors import ERRORS
from vcvm_core.plugin import discover, encode_lock, encode_manifest, extract_manifest, freeze_packs, read_manifest

Command = Callable[..., Any]
FOLDER = Path(vcvm_core.cli.__file__).parent / "pages"
FILES = {path.name: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.md"))}
PAGES = {found.code: found for text in FILES.values() for found in parse(text)}
MINE, OTHER = "6a1d2c3e-0000-4000-8000-00000000000a", "6a1d2c3e-0000-4000-8000-00000000000b"
FOUNDING = "a4c39daa-f85e-4b2a-a37f-4914e8237a18"
COLUMNS = 100
SHORT = 20
"""Characters of a help that a page may say again, as part of a sentence: `compile it again`."""

WITHOUT = {
    "VC093": "a process would have to fail to start",
    "VC506": "the memory of the machine would have to run out",
    "VC507": "depends on how deep the caller's own stack is",
    "VC737": "a tape would have to be full",
    "VC901": "a fault of vcvm that is known would be cured, not shown",
}
"""Codes whose page has no example, and why."""


def test_every_code_has_a_page() -> None:
    """No code without a page, no page without a code. Cure: write `# VCnnn` in vcvm_core/cli/pages/VCnnx.md."""
    missing = [f"{code} {KINDS[code]}: pages/{code[:4]}x.md" for code in sorted(set(KINDS) - set(PAGES))]
    assert not missing, "no page for\n" + "\n".join(missing)
    assert sorted(set(PAGES) - set(KINDS)) == []
    twice = sorted({kind for kind, row in ERRORS.items() if KINDS[row.code] != kind})
    assert not twice, f"their codes have another kind too: {twice}"


@pytest.mark.parametrize("name", FILES)
def test_file(name: str) -> None:
    """The codes of a file are in order, each once, and all are where they are looked for; lines can be read."""
    codes = [found.code for found in parse(FILES[name])]
    assert codes == sorted(set(codes))
    assert {f"{code[:4]}x.md" for code in codes} == {name}
    assert [line for line in FILES[name].splitlines() if len(line) > COLUMNS] == []
    assert all(line == line.rstrip() for line in FILES[name].splitlines())


@pytest.mark.parametrize("code", sorted(PAGES))
def test_page(code: str) -> None:
    """Two to five sentences, an example, what to do, other codes that exist; and nothing that the table says."""
    found = page(code)
    assert found is not None
    row = ERRORS[KINDS[code]]
    text = " ".join(found.meaning.split())
    sentences = text.count(". ") + text.count("? ") + 1
    assert text.endswith(".")
    assert 2 <= sentences <= 5, f"{sentences} sentences"
    assert found.cure.endswith((".", "`"))
    assert bool(found.blocks) is (code not in WITHOUT)
    assert found.related
    assert set(found.related) <= set(KINDS) - {code}
    assert template(row.sentence) not in text
    assert template(row.help) not in found.cure or len(row.help) < SHORT
    assert {block.language for block in found.blocks} <= {"console", "csv", "json", "python", "text", "toml", "vasm"}


# The packs that some examples need


def _source(packs: Any, old: str, new: str) -> None:
    """Install a pack and change its source behind the back of its manifest."""
    packs.install("vcvm-acme", MINE)
    path = packs.where / "vcvm_acme/__init__.py"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def _escape(packs: Any) -> None:
    manifest = packs.install("vcvm-acme", MINE)
    outside = packs.where.parent / f"{packs.where.name}-outside"
    shutil.move(manifest, outside)
    manifest.symlink_to(outside)


def _unreadable(packs: Any) -> None:
    manifest = packs.install("vcvm-acme", MINE)
    manifest.unlink()
    manifest.mkdir()


def _twice(packs: Any) -> None:
    info = packs.install("vcvm-acme", MINE).parent
    shutil.copytree(info, info.with_name("vcvm_acme-2.0.dist-info"))


def _renamed(packs: Any) -> None:
    info = packs.install("vcvm-other", MINE).parent
    info.rename(info.with_name("vcvm_acme-1.0.dist-info"))


def _elsewhere(packs: Any) -> None:
    info = packs.install("vcvm-acme", MINE).parent
    (info / "entry_points.txt").write_text("[vcvm.packs]\nvcvm-acme = json\n", encoding="utf-8")


def _two_packs(packs: Any, second: str) -> None:
    packs.install("vcvm-acme", MINE)
    packs.install("vcvm-beta", second)


def _wheel(*, entry_points: str | None = "acme = acme", unlisted: bool = False, manifest: bool = False) -> None:
    """Write a wheel into the current folder."""
    info = "acme-1.0.dist-info"
    entries = {
        "acme/__init__.py": "",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    if entry_points is not None:
        entries[f"{info}/entry_points.txt"] = f"[vcvm.packs]\n{entry_points}\n"
    if manifest:
        entries[f"{info}/vcvm.msgpack"] = ""
    rows = []
    for name, text in entries.items():
        digest = urlsafe_b64encode(sha256(text.encode()).digest()).rstrip(b"=").decode()
        rows.append(f"{name},sha256={digest},{len(text)}\n")
    record = "".join(rows[1:] if unlisted else rows) + f"{info}/RECORD,,\n"
    with zipfile.ZipFile("acme-1.0-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in [*entries.items(), (f"{info}/RECORD", record)]:
            file.writestr(name, text)


FOUR = ".library\nfunc four() -> int\n    pushi 4\n    ret\nend\n"


def _library(packs: Any, harm: Callable[[Path], object]) -> None:
    """Install a pack with a library, and harm the file."""
    path = packs.where / "vcvm_acme/shapes.vcvm"
    path.parent.mkdir()
    path.write_bytes(encode(assemble(FOUR)))
    packs.install("vcvm-acme", MINE)
    harm(path)


def _headers(packs: Any, version: str) -> None:
    """Write two headers into the current folder: of the pack, and of a release of it that has nothing."""
    manifest = read_manifest(str(packs.install("vcvm-acme", MINE)))
    Path("one.vcvmh").write_bytes(encode_manifest(manifest))
    Path("two.vcvmh").write_bytes(encode_manifest(replace(manifest, version=version, intrinsics=())))


def _frozen(packs: Any) -> None:
    """Lock a pack, then change its code."""
    packs.install("vcvm-acme", MINE)
    lock = freeze_packs(pack for pack in discover() if pack.name == "vcvm-acme")
    Path("vcvm.lock").write_bytes(encode_lock(lock))
    with open(packs.where / "vcvm_acme/__init__.py", "a", encoding="utf-8") as file:
        file.write("# changed\n")


def _recorded(packs: Any) -> None:
    """A pack whose RECORD knows another file."""
    info = packs.install("vcvm-acme", MINE).parent
    (info / "RECORD").write_text(f"vcvm_acme/__init__.py,sha256={'A' * 43},7\n", encoding="utf-8")


def _successors(packs: Any) -> None:
    packs.install("vcvm-acme", MINE)
    for name, uuid in (("vcvm-beta", OTHER), ("vcvm-gamma", OTHER.replace("b", "c"))):
        declared = f', supersedes="{MINE}", relation="same"'
        packs.install(name, uuid, name.replace("-", "_"), declared=declared)


def _observing(packs: Any, body: str) -> None:
    """Install a pack that also observes; body: what its hook does."""
    path = packs.install("vcvm-acme", MINE)
    with open(packs.where / "vcvm_acme/__init__.py", "a", encoding="utf-8") as file:
        file.write(f"\nclass Log:\n    def start(self, call):\n        raise OSError('no space left')\n\n{body}")
    path.write_bytes(encode_manifest(replace(read_manifest(str(path)), observer=True)))


def _declared(packs: Any, declaration: str) -> None:
    """Install a pack that has one intrinsic, `shout`, declared so."""
    path = packs.install("vcvm-acme", MINE)
    source = packs.where / "vcvm_acme/__init__.py"
    head = "from vcvm_core.plugin import hookimpl, intrinsic\n"
    hook = "@hookimpl\ndef vcvm_intrinsics():\n    return [shout]\n"
    source.write_text(head + declaration + hook, encoding="utf-8")
    manifest = extract_manifest(str(packs.where), ["vcvm_acme"], pack="vcvm-acme", version="1.0")
    path.write_bytes(encode_manifest(manifest))


def _stood_in(packs: Any, declaration: str) -> None:
    """Write the header of a pack that has one intrinsic into the current folder."""
    source = packs.where / "acme"
    source.mkdir()
    head = "from typing import TypeVar\nfrom vcvm_core.plugin import intrinsic\nT = TypeVar('T')\n"
    (source / "vcvm_acme.py").write_text(head + declaration, encoding="utf-8")
    manifest = extract_manifest(str(source), ["vcvm_acme"], pack="vcvm-acme", version="1.0")
    Path("acme.vcvmh").write_bytes(encode_manifest(manifest))


REFUSING = "@hookimpl\ndef vcvm_observer(argument):\n    raise ValueError(f'{argument} has no form that is known')\n"
SHOUT = f"""@intrinsic('{MINE}', size='len(text)')
def shout(text: str) -> str:
    '''
    >>> shout('a')
    'A!!'
    '''
"""
LONGER = f"@intrinsic('{MINE}', size='len(text)')\ndef shout(text: str) -> str:\n    return text.upper() + '!!!'\n"
FIRST = f"@intrinsic('{MINE}')\ndef first(items: list[T]) -> T:\n    return items[0]\n"


def _large(packs: Any) -> None:
    """Write a file that is too large for a tape, without filling the disk."""
    with open("calls.tape", "wb") as file:
        file.truncate((64 << 20) + 1)


SETUPS: dict[str, Callable[[Any], object]] = {
    "VC731": lambda packs: _observing(packs, "@hookimpl\ndef vcvm_observer():\n    return Log()\n"),
    "VC732": lambda packs: packs.install("vcvm-acme", MINE),
    "VC733": lambda packs: _observing(packs, REFUSING),
    "VC734": _large,
    "VC736": lambda packs: packs.install("vcvm-acme", MINE),
    "VC740": lambda packs: _stood_in(packs, SHOUT),
    "VC741": lambda packs: _stood_in(packs, FIRST),
    "VC020": _escape,
    "VC021": lambda packs: packs.install("vcvm-acme", MINE, api=(3, 4)),
    "VC022": _unreadable,
    "VC023": _twice,
    "VC025": _renamed,
    "VC026": lambda packs: packs.install("vcvm-acme", FOUNDING, "string_contains"),
    "VC027": lambda packs: _source(packs, "from vcvm_core", "import no_such_module\nfrom vcvm_core"),
    "VC028": lambda packs: packs.install("vcvm-acme", MINE),
    "VC029": lambda packs: _source(packs, "return [twice]", "return []"),
    "VC030": lambda packs: _source(packs, "def twice", "async def twice"),
    "VC031": lambda packs: _source(packs, "(n: int) -> int", "(n: float) -> float"),
    "VC032": _elsewhere,
    "VC033": lambda packs: _source(packs, "@hookimpl", ""),
    "VC043": lambda packs: _two_packs(packs, MINE),
    "VC045": lambda packs: _source(packs, "from vcvm_core", "import no_such_module\nfrom vcvm_core"),
    "VC083": lambda packs: _wheel(entry_points="acme = 1acme"),
    "VC085": lambda packs: _wheel(entry_points=None),
    "VC086": lambda packs: _wheel(manifest=True),
    "VC087": lambda packs: _wheel(entry_points="acme = acme\n" + "#" * (8 << 20)),
    "VC088": lambda packs: _wheel(unlisted=True),
    "VC089": lambda packs: _wheel(),
    "VC316": lambda packs: _two_packs(packs, OTHER),
    "VC604": lambda packs: _declared(packs, LONGER),
    "VC701": lambda packs: Path("pyproject.toml").write_text("[tool.vcvm]\n" + "#" * (1 << 18), encoding="utf-8"),
    "VC710": lambda packs: _headers(packs, "2.0"),
    "VC711": lambda packs: _two_packs(packs, MINE),
    "VC713": lambda packs: _headers(packs, "1.0"),
    "VC716": lambda packs: packs.install("vcvm-acme", MINE),
    "VC717": lambda packs: packs.install("vcvm-acme", MINE),
    "VC718": _frozen,
    "VC720": lambda packs: packs.install("vcvm-acme", MINE),
    "VC721": _recorded,
    "VC722": _successors,
    "VC761": lambda packs: _library(packs, Path.unlink),
    "VC762": lambda packs: _library(packs, lambda path: path.write_bytes(encode(assemble(FOUR.replace("4", "5"))))),
}
"""What installs the packs, and makes the wheels, that the example of a code needs."""


@pytest.fixture
def stage(code: str, packs: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder that an example runs in, with the packs that it needs."""
    monkeypatch.chdir(tmp_path)
    if code in SETUPS:
        SETUPS[code](packs)
    yield tmp_path
    for name in [name for name in sys.modules if name.partition(".")[0] in ("vcvm_acme", "vcvm_beta")]:
        del sys.modules[name]


def codes_in(data: Any) -> set[str]:
    """Every value of a key `code` in JSON data, at any depth."""
    if isinstance(data, dict):
        own = {data["code"]} if isinstance(data.get("code"), str) else set()
        return own.union(*map(codes_in, data.values()))
    return set().union(*map(codes_in, data)) if isinstance(data, list) else set()


class Actor:
    """Does what the blocks of an example say, in a folder; collects the codes of the errors, and outputs that differ."""

    def __init__(self, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capfd = folder, capfd
        self.hidden = rf"{re.escape(str(folder.parent.parent))}[^\s:]*"
        self.codes: set[str] = set()
        self.first: list[str] = []
        self.observed: dict[Block, tuple[str, ...]] = {}

    def act(self, block: Block) -> None:
        """One block."""
        if block.file:
            path = self.folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        elif block.language == "python":
            self._python(block.text)
        else:
            assert block.language == "console", block.language
            self._console(block)

    def _python(self, text: str) -> None:
        with pytest.raises(VcvmError) as caught:
            exec(compile(text, "example", "exec"), {"__name__": "__main__"})
        self.codes = {d.code for d in caught.value.diagnostics}
        self.first = [caught.value.code]

    def _console(self, block: Block) -> None:
        body: list[str] = []
        expected: list[list[str]] = []
        commands: list[str] = []
        for line in block.lines:
            if line.startswith("$ "):
                commands.append(line)
                expected.append([])
            else:
                expected[-1].append(line)
        differs = False
        for command, lines in zip(commands, expected, strict=True):
            words = shlex.split(command.removeprefix("$ vcvm "))
            out = self._run(words)
            shown = [re.sub(self.hidden, "...", line).rstrip() for line in out.splitlines()]
            same = matches("".join(f"{line}\n" for line in lines), out)
            differs = differs or not same
            body += [command, *(lines if same else shown)]
            self.codes |= {code for code in KINDS if f"[{code}]" in out}
            data = self._data([*words, "--json"])
            self.codes |= codes_in(data)
            self.first = [e["code"] for document in data for e in document.get("errors", [])][:1]
        if differs:
            self.observed[block] = tuple(body)

    def _run(self, words: list[str]) -> str:
        self.capfd.readouterr()
        main(words)
        out, err = self.capfd.readouterr()
        return out + err

    def _data(self, words: list[str]) -> list[Any]:
        import json

        out = self._run(words)
        try:
            return [json.loads(out)]
        except json.JSONDecodeError:
            return [json.loads(line) for line in out.splitlines()]


@pytest.mark.parametrize("code", sorted(code for code, found in PAGES.items() if found.blocks))
def test_example(code: str, stage: Path, capfd: pytest.CaptureFixture[str], bless: bool) -> None:
    """What the page shows gives its code, and prints what the page says."""
    actor = Actor(stage, capfd)
    for block in PAGES[code].blocks:
        actor.act(block)
    assert code in actor.codes
    assert actor.first in ([], [code]) or actor.first == ["VC040"]
    if bless and actor.observed:
        _bless(PAGES[code], actor.observed)
    assert {tuple(block.lines): lines for block, lines in actor.observed.items()} == {} or bless


def _bless(found: Page, observed: dict[Block, tuple[str, ...]]) -> None:
    """Write what was observed into the file of a page."""
    path = FOLDER / f"{found.code[:4]}x.md"
    head, mark, rest = path.read_text(encoding="utf-8").partition(f"# {found.code}\n")
    body, other, later = rest.partition("\n# VC")
    for block, lines in observed.items():
        body = body.replace(block.text, "".join(f"{line}\n" for line in lines), 1)
    path.write_text(head + mark + body + other + later, encoding="utf-8")


# The command


@pytest.mark.parametrize(
    "word", ["VC407", "vc407", "407", "[VC407]", "error[VC407]:", "missing-key", "Missing Key", "missing_key"]
)
def test_find(word: str) -> None:
    """A code in any spelling, also as an error shows it, and a kind."""
    assert find(word) == "VC407"


@pytest.mark.parametrize(
    ("word", "says"),
    [("VC417", "did you mean VC"), ("missing-kei", "did you mean missing-key"), ("\x1b", "vcvm explain lists all")],
)
def test_unknown(vcvm: Command, word: str, says: str) -> None:
    """What is no error is answered with what is closest."""
    done = vcvm("explain", word)
    assert (done.code, done.out) == (2, "")
    assert "error[VC006]" in done.err
    assert says in done.err
    assert vcvm("explain", word, "--json").data["errors"][0]["code"] == "VC006"


def test_zeros(vcvm: Command) -> None:
    """A number may be written short."""
    assert vcvm("explain", "1").out.startswith("VC001 no-such-file: FileError, files and usage\n")


def test_text(vcvm: Command) -> None:
    """A page has all there is to say, plainly."""
    done = vcvm("explain", "VC407")
    found = page("VC407")
    assert found is not None
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == "VC407 missing-key: Trap, traps"
    assert lines[2:4] == ["  there is no key '{key}'", "  help: test with hasm first"]
    for text in (found.meaning, found.cure, "Example", "  rule.vasm:", "What to do", "See also", "  VC408  cast"):
        assert f"\n{text}\n" in done.out
    assert max(map(len, lines)) <= COLUMNS + 4


def test_json(vcvm: Command) -> None:
    """The same as data."""
    data = vcvm("explain", "missing-key", "--json").data
    assert (data["schema"], data["error"]["code"], data["error"]["class"]) == (1, "VC407", "Trap")
    assert [part["language"] for part in data["page"]["example"]] == ["vasm", "console"]
    assert {"code": "VC408", "kind": "cast"} in data["page"]["related"]


def test_list(vcvm: Command) -> None:
    """Without a code, all of them, below the headings of the table, in order."""
    done = vcvm("explain")
    rows = [line.split()[:2] for line in done.out.splitlines() if line.startswith("  VC")]
    assert rows == [[row.code, kind] for kind, row in sorted(ERRORS.items(), key=lambda entry: entry[1].code)]
    headings = {line.lower() for line in done.out.splitlines() if line and not line.startswith("  ")}
    used = {group(code) for code in KINDS}
    assert {name.lower() for name in used} <= headings
    assert len(vcvm("explain", "--json").data["errors"]) == len(KINDS)


def test_no_page(vcvm: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a page is missing, the table still answers."""
    monkeypatch.setattr("vcvm_core.cli.explain.read", lambda name: iter(()))
    assert "there is no key" in vcvm("explain", "407").out
    assert vcvm("explain", "407", "--json").data["page"] is None


def test_hint(vcvm: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person at a terminal is told of the page of the first error, once; for words that are wrong the help says all."""
    assert "explain" not in vcvm("verify", "illtyped.vasm").err
    monkeypatch.setattr("vcvm_core.cli.show.draws", lambda stream: True)
    assert vcvm("verify", "illtyped.vasm").err.count("vcvm explain VC213 says more") == 1
    assert "says more" not in vcvm("rnu").err


def test_costs_nothing_elsewhere() -> None:
    """No other command loads the pages, or what makes completions."""
    code = "import sys; from vcvm_core.cli import main; main(['plugins', 'list']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"vcvm_core.cli.explain", "vcvm_core.cli.completion"} & set(done.stderr.split()) == set()
