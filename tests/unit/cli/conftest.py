"""What the tests of the command line share: a command run in this process, some programs, packs made on the spot."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from vcvm_core.cli import main
from vcvm_core.plugin import encode_manifest, extract_manifest

PROGRAMS = {
    # a record is accepted if its age is at least 18
    "age.vasm": """
func main(r: {name: string, age: int}) -> bool
  get $r
  field "age"
  pushi 18
  gei
  ret
end
""",
    # gives what it gets
    "same.vasm": """
func main(v: any) -> any
  get $v
  ret
end
func pair(a: int, b: float) -> (int, float)
  get $a
  get $b
  ret
end
func none(v: any)
  ret
end
func text(v: any) -> string
  loadk "always"
  ret
end
func bytes(v: bytes) -> bytes
  get $v
  ret
end
func uuids(v: list<uuid?>) -> list<uuid?>
  get $v
  ret
end
func float(v: float) -> float
  get $v
  get $v
  mulf
  ret
end
func reason(v: any) -> string?
  get $v
  as string?
  ret
end
func reasons(v: any) -> list<string>
  get $v
  as list<string>
  ret
end
func record(v: {id: uuid, data: bytes, rest: map<bytes>}) -> any
  get $v
  ret
end
export main
export pair
export none
export text
export bytes
export uuids
export float
export reason
export reasons
export record
""",
    # a list of the numbers below n
    "loop.vasm": """
func main(n: int) -> list<int>
  local $l: mut list<int>
  local $i: int = 0
  newl int
  set $l
loop:
  if $i ge $n .done
  get $l
  get $i
  appl
  get $i
  pushi 1
  addi
  set $i
  j loop
.done:
  get $l
  ret
end
""",
    # the founding document's example
    "contains.vasm": """
.consts = ["test", "testing"]
.intrinsics = [{"a4c39daa-f85e-4b2a-a37f-4914e8237a18": {"nargs": 2, "nrets": 1}}]

LOADK 1
LOADK 0
CALLI 0
""",
    # needs what nobody has
    "unknown.vasm": """
extern lost(int) -> int = "11111111-2222-4333-8444-555555555555" from "vcvm-lost" "3.1"
func main(n: int) -> int
  get $n
  calli $lost
  ret
end
""",
    # three mistakes of three kinds
    "mistakes.vasm": """
func main(n: int) -> strin
  blah 3
  jt .nowhere
end
""",
    # assembles, and breaks two rules
    "illtyped.vasm": """
func main(n: int) -> int
  get $n
  loadk "x"
  addi
  ret
end
func two() -> bool
  push 1
  ret
end
""",
}


class Done(NamedTuple):
    """How a command ended: its exit code, its stdout, its stderr."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """stdout as one JSON document."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """stdout as lines of JSON."""
        return [json.loads(line) for line in self.out.splitlines()]


Vcvm = Callable[..., Done]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with the programs in it; nothing is set for it, whoever runs the tests."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "no settings"))
    for variable in ("VCVM_BLOCK", "VCVM_ALLOW"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("vcvm_core.cli.usage._noted", set())
    for name, text in PROGRAMS.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def vcvm(folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Vcvm:
    """Runs a command in this process, in a folder with the programs; `stdin`: bytes of standard input."""

    def run(*words: str, stdin: bytes | None = None) -> Done:
        capfd.readouterr()
        if stdin is not None:
            (folder / "stdin").write_bytes(stdin)
            with open(folder / "stdin", encoding="utf-8") as stream:
                monkeypatch.setattr(sys, "stdin", stream)
                code = main(words)
        else:
            code = main(words)
        return Done(code, *capfd.readouterr())

    return run


PACK = '''"""A pack for tests."""
from vcvm_core.plugin import hookimpl, intrinsic

open({spy!r}, "w").close()

@intrinsic("{uuid}", cost=3, effects={effects!r}, deprecated={deprecated!r}, since="1.0"{declared})
def {name}(n: int) -> int:
    """Twice n.

    >>> {name}(2)
    4
    """
    return n * 2

@hookimpl
def vcvm_intrinsics():
    return [{name}]
'''


class Packs:
    """A folder on `sys.path` that tests install packs into. spy: a file that exists once a pack was imported."""

    def __init__(self, where: Path) -> None:
        self.where = where
        self.spy = where / "imported"

    def install(self, name: str, uuid: str, function: str = "twice", version: str = "1.0", **more: Any) -> Path:
        """Install a pack with one intrinsic; gives its manifest's path."""
        package = name.replace("-", "_")
        facts = {
            "spy": str(self.spy),
            "uuid": uuid,
            "name": function,
            "effects": (),
            "deprecated": None,
            "declared": "",
            **more,
        }
        (self.where / package).mkdir(exist_ok=True)
        (self.where / package / "__init__.py").write_text(PACK.format(**facts), encoding="utf-8")
        manifest = extract_manifest(
            str(self.where), [package], pack=name, version=version, api=more.get("api", (1, 1)), source_root="."
        )
        info = self.where / f"{package}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
        (info / "entry_points.txt").write_text(f"[vcvm.packs]\n{name} = {package}\n", encoding="utf-8")
        path = info / "vcvm.msgpack"
        path.write_bytes(encode_manifest(manifest))
        return path

    @staticmethod
    def caller(function: str, uuid: str) -> str:
        """A program in assembly that calls such an intrinsic with 4."""
        return f'extern {function}(int) -> int = "{uuid}"\nfunc main() -> int\n push 4\n calli ${function}\n ret\nend\n'


@pytest.fixture
def packs(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Packs:
    """An empty folder on `sys.path`, for packs."""
    where = tmp_path_factory.mktemp("packs")
    monkeypatch.syspath_prepend(str(where))
    return Packs(where)
