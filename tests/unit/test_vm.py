"""The facade: where programs come from, what they offer, calls from many threads."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from vcvm_core import VM, ApiError, FileError, FormatError, LimitExceeded, Limits, LinkError, VerifyError
from vcvm_core.asm import assemble
from vcvm_core.bytecode import content_hash, decode, encode
from vcvm_core.files import read_file
from vcvm_core.plugin import installed

IDENTITY = "a4c39daa-f85e-4b2a-a37f-4914e8237a18"
MODULE = assemble("func main($n: int) -> int\nget $n\npush 1\naddi\nret\nend", file="plus.vasm")
DATA = encode(MODULE)


def program(text: str, **rest: Any) -> Any:
    """A program of this text."""
    return VM(**rest).load_module(assemble(text))


# Where programs come from


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_from_bytes(kind: Callable[[bytes], Any]) -> None:
    """A program is bytes of any kind; it has no file name then."""
    loaded = VM().load(kind(DATA))
    assert loaded.call("main", 4) == 5
    assert loaded.report.program == ""


def test_from_a_path(tmp_path: Path) -> None:
    """A path, as text or as an object, names a file; the report has its name, not its folder."""
    path = tmp_path / "plus.vcvm"
    path.write_bytes(DATA)
    for source in (path, str(path)):
        loaded = VM().load(source)
        assert loaded.call("main", 4) == 5
        assert loaded.report.program == "plus.vcvm"


def test_nothing_is_shared_with_the_source() -> None:
    """Bytes that are changed after loading change nothing: what was verified is what runs."""
    source = bytearray(DATA)
    loaded = VM().load(source)
    for at in range(len(source)):
        source[at] = 0xFF
    assert loaded.call("main", 4) == 5
    assert loaded.module == decode(DATA)


@pytest.mark.parametrize("source", [None, 5, 1.5, [], {}, MODULE, object(), ("a",)])
def test_no_source(source: Any) -> None:
    """Anything else is no program: a module has its own way in."""
    with pytest.raises(ApiError) as caught:
        VM().load(source)
    assert caught.value.kind == "wrong-type"


def kind_of(path: object, limits: Limits = Limits.default) -> str:
    """The kind of error of a file."""
    with pytest.raises((FileError, FormatError)) as caught:
        VM(limits=limits).load(path)  # type: ignore[arg-type]
    assert caught.value.help
    return caught.value.kind


def test_files_that_are_none(tmp_path: Path) -> None:
    """Missing, empty, a folder, a link in circles, a name that no file can have: each is said by its name."""
    empty = tmp_path / "empty.vcvm"
    empty.touch()
    circle = tmp_path / "circle.vcvm"
    circle.symlink_to(circle)
    assert kind_of(tmp_path / "missing.vcvm") == "no-such-file"
    assert kind_of(tmp_path / "missing" / "x.vcvm") == "no-such-file"
    assert kind_of(empty / "x.vcvm") == "unreadable-file"
    assert kind_of(empty) == "empty-file"
    assert kind_of(tmp_path) == "not-a-regular-file"
    assert kind_of(circle) == "unreadable-file"
    assert kind_of("a\0b") == "unreadable-file"
    assert kind_of("x" * 5_000) == "unreadable-file"
    assert kind_of("") == "no-such-file"
    assert kind_of("\ud800") in ("no-such-file", "unreadable-file")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
def test_special_files(tmp_path: Path) -> None:
    """A FIFO, a socket or a device is not opened: reading it might never end."""
    fifo, bound = tmp_path / "fifo", tmp_path / "socket"
    os.mkfifo(fifo)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(bound))
        for path in (fifo, bound, Path("/dev/zero"), Path("/dev/null")):
            assert kind_of(path) == "not-a-regular-file"


def test_size_of_a_file(tmp_path: Path) -> None:
    """Exactly at the limit a file is read; one byte more and it is not."""
    path = tmp_path / "plus.vcvm"
    path.write_bytes(DATA)
    assert VM(limits=Limits.default.with_(program_bytes=len(DATA))).load(path).call("main", 4) == 5
    assert kind_of(path, Limits.default.with_(program_bytes=len(DATA) - 1)) == "file-too-large"
    assert read_file(path, len(DATA), "file-too-large") == DATA


def test_a_sparse_file_is_not_read(tmp_path: Path) -> None:
    """A file of a terabyte costs nothing to refuse."""
    path = tmp_path / "large.vcvm"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    assert kind_of(path) == "file-too-large"


@pytest.mark.parametrize("data", [b"\0", b"not a program", DATA[:-1], DATA + b"\0", b"PK\3\4" + bytes(100)])
def test_bytes_that_are_no_program(data: bytes) -> None:
    """What is no program is a FormatError."""
    with pytest.raises(FormatError):
        VM().load(data)


def test_modules_are_verified() -> None:
    """A module that was just made is verified like bytes from anywhere."""
    with pytest.raises(VerifyError):
        program("addi")


# What a program offers


def test_exports_and_signature() -> None:
    """A program says what can be called, and how."""
    loaded = VM().load(DATA)
    assert loaded.exports == ("main",)
    assert str(loaded.signature("main")) == "(int) -> int"
    assert loaded.externs == ()
    assert loaded.entry() == "main"


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("push 1", "main"),
        ("func only()\nret\nend", "only"),
        ("func a()\nret\nend\nfunc main()\nret\nend\nexport a\nexport main", "main"),
    ],
)
def test_entry(text: str, entry: str) -> None:
    """The function to call when none is named: main, or the only one."""
    loaded = program(text)
    assert loaded.entry() == entry
    assert loaded.function().__name__ == entry


@pytest.mark.parametrize("text", ["func a()\nret\nend\nfunc b()\nret\nend", ".exact\nfunc a() -> ()\nret\nend"])
def test_no_entry(text: str) -> None:
    """Several functions, or none, and no main: the host has to name one."""
    loaded = program(text)
    for ask in (loaded.entry, loaded.function):
        with pytest.raises(ApiError) as caught:
            ask()
        assert caught.value.kind == "no-entry"


@pytest.mark.parametrize("name", ["mian", "", "\u202e", "inner"])
def test_no_such_function(name: str) -> None:
    """A function that is not exported cannot be called, by any way; the error names those that can."""
    loaded = program("func main()\ncall inner\nret\nend\nfunc inner()\nret\nend")
    for ask in (loaded.call, loaded.machine, loaded.function, loaded.signature):
        with pytest.raises(ApiError) as caught:
            ask(name)
        assert caught.value.kind == "no-such-function"
        assert "main" in str(caught.value)


def test_function() -> None:
    """A function of a program is a plain callable, with its name and signature."""
    main = VM().load(DATA).function("main")
    assert main(4) == 5
    assert (main.__name__, main.__doc__) == ("main", "main(int) -> int")
    with pytest.raises(ApiError):
        main("4")
    assert main(5) == 6


def test_every_call_is_its_own() -> None:
    """Each call has all its fuel, and nothing of the calls before it."""
    loaded = program("push 1\npush 2\naddi\nhalt", limits=Limits.default.with_(fuel=4))
    assert [loaded.call("main") for _ in range(5)] == [3] * 5


# Check


def test_check_is_a_result() -> None:
    """`check` refuses nothing that is a program: what is missing is in the report."""
    data = encode(assemble(f'extern f() -> int = "{IDENTITY}"\ncalli f'))
    report = VM().check(data)
    assert [v.word for v in report.verdicts] == ["unknown"]
    with pytest.raises(LinkError) as caught:
        VM().load(data)
    assert caught.value.report.to_data() == report.to_data()
    assert VM(hosts={IDENTITY: lambda: 5}).check(data).ok


def test_check_still_refuses_what_is_no_program() -> None:
    """Bytes that cannot be decoded or verified have no report."""
    with pytest.raises(FormatError):
        VM().check(b"nothing")


# Policy


def test_effects_are_not_allowed_by_default() -> None:
    """A program that reads the clock is refused, unless the host allows clocks, by name or in a list."""
    text = "extern clock_now_ms\ncalli clock_now_ms"
    catalog = installed().catalog()
    name = next(n for n, (x, *_) in catalog.items() if x.uuid == UUID("96b19d30-756e-4bce-89b3-5da4741889f4").bytes)
    module = assemble(text.replace("clock_now_ms", name), catalog)
    with pytest.raises(LinkError) as caught:
        VM(hosts=installed()).load_module(module)
    assert caught.value.report.verdicts[0].word == "effect-not-allowed"
    allowed: Any
    for allowed in ("clock", ["clock"], {"clock", "random"}):
        assert VM(hosts=installed(), allow=allowed).load_module(module)


@pytest.mark.parametrize("preset", [Limits.strict, Limits.default, Limits.trusted])
def test_limits_of_the_host(preset: Limits) -> None:
    """The limits given to the VM are those of each run."""
    limits = preset.with_(fuel=1_000)
    machine = VM(limits=limits).load(DATA).machine("main", 1)
    assert machine.limits == limits
    with pytest.raises(LimitExceeded) as caught:
        program("x: j x", limits=limits).call("main")
    assert caught.value.facts["limit"] == 1_000


def test_limits_hold_while_loading() -> None:
    """What is read is held against the same limits."""
    large = encode(assemble("\n".join(f"push {1 << 24 | i}\npop" for i in range(5_000))))
    assert VM().load(large)
    with pytest.raises(FormatError):
        VM(limits=Limits.strict).load(large)


def test_program_lowers_limits_only() -> None:
    """What a program declares can lower the limits of its runs, not raise them."""
    loaded = program(".limit fuel 9223372036854775807\n.limit call_depth 7\npush 1")
    machine = loaded.machine("main")
    assert machine.limits == Limits.default.with_(call_depth=7)


# Libraries


def test_libraries(tmp_path: Path) -> None:
    """Libraries are given by name, as bytes or as files; they are verified when the VM is made."""
    library = encode(assemble(".library\nfunc one() -> int\npush 1\nret\nend"))
    path = tmp_path / "one.vcvm"
    path.write_bytes(library)
    text = f'.link lib "{content_hash(library).hex()}"\nimport lib one() -> int\ncall lib.one'
    for source in (library, path, str(path)):
        assert program(text, libraries={"lib": source}).call("main") == 1
    with pytest.raises(LinkError):
        program(text)
    with pytest.raises(FormatError):
        VM(libraries={"lib": b"nothing"})
    with pytest.raises(FileError):
        VM(libraries={"lib": tmp_path / "missing"})


# Threads


def test_eight_threads() -> None:
    """One program is called from eight threads at a time: every call has its own machine, and the right result."""
    again = "get $n\npush {}\nsubi\ncall main\n"
    text = "func main($n: int) -> int\nif $n lt 2 .small\n" + again.format(1) + again.format(2) + "addi\nret\n"
    main = program(text + ".small:\nget $n\nret\nend").function("main")
    start = threading.Barrier(8)
    found: list[list[int]] = [[] for _ in range(8)]

    def work(mine: list[int]) -> None:
        start.wait()
        mine.extend(main(n) for n in (5, 10, 12, 8))

    threads = [threading.Thread(target=work, args=(mine,)) for mine in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[5, 55, 144, 21]] * 8
