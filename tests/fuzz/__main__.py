"""The command: fuzzes each target for so many seconds, keeps what it finds, prints a table.

    python -m fuzz [TARGET ...] [--seconds 15] [--seed 1] [--corpus FOLDER]
    python -m fuzz TARGET --replay FILE ...

A number among the targets is the seconds. What breaks a promise is kept in finds/TARGET, named by its content, where the
tests replay it. Exit code 1 if anything was found, or a target did not run. `--replay` needs no fuzzer.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from time import monotonic
from typing import Final, NamedTuple

from fuzz.oracle import Broken
from fuzz.shrink import smaller
from fuzz.targets import FINDS, TARGETS, Target

PULSE: Final = 10.0
"""Seconds between two lines of progress where there is no terminal."""
TIMEOUT: Final = 25
"""Seconds after which libFuzzer takes an input for one that does not end."""
MEMORY: Final = 2_048
"""Mebibytes that the driver may use."""
_STATUS: Final = re.compile(r"#(\d+)\s+\w+.*? cov: (\d+).* corp: (\d+)/.* exec/s: (\d+)")
_DONE: Final = re.compile(r"stat::number_of_executed_units:\s*(\d+)")


class Outcome(NamedTuple):
    """What fuzzing a target came to. found: the files that were kept. code: of the driver's process."""

    name: str
    executions: int
    seconds: float
    corpus: int
    found: tuple[Path, ...]
    code: int

    @property
    def failed(self) -> bool:
        """Whether something was found, or nothing ran."""
        return bool(self.found) or self.code != 0 or not self.executions

    def row(self) -> str:
        """The line of the table."""
        speed = self.executions / self.seconds if self.seconds else 0.0
        verdict = f"{len(self.found)}" if self.found or not self.failed else f"DID NOT RUN (exit code {self.code})"
        return f"{self.name:<12}{self.executions:>12,}{speed:>10,.0f}{self.corpus:>10,}  {verdict}"


HEAD: Final = f"{'target':<12}{'executions':>12}{'a second':>10}{'corpus':>10}  finds"


def keep(target: str, data: bytes, folder: Path = FINDS) -> Path:
    """Keep an input among the finds; gives its file, named by its content."""
    path = folder / target / sha256(data).hexdigest()[:16]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


class Progress:
    """One line that is written over on a terminal, now and then a line elsewhere. Also what the driver said last."""

    def __init__(self, name: str, seconds: float) -> None:
        self.name, self.seconds, self.start = name, seconds, monotonic()
        self.executions = self.corpus = 0
        self.shown = self.start
        self.terminal = sys.stdout.isatty()
        self.rest: list[str] = []

    def line(self, text: str) -> None:
        """Take a line of the driver's; what is no status is kept, to be shown if something was found."""
        if done := _DONE.search(text):
            self.executions = int(done[1])
        elif status := _STATUS.search(text):
            self.executions, self.corpus = int(status[1]), int(status[3])
            self.show(f"edges {int(status[2]):,}, corpus {self.corpus:,}, {int(status[4]):,} executions a second")
        else:
            self.rest = [*self.rest[-200:], text]

    def show(self, text: str) -> None:
        now = monotonic()
        if not self.terminal and now - self.shown < PULSE:
            return
        self.shown = now
        line = f"{self.name}: {now - self.start:.0f} of {self.seconds:.0f} s, {self.executions:,} executions, {text}"
        print(f"\r{line}\x1b[K" if self.terminal else line, end="" if self.terminal else "\n", flush=True)

    def close(self) -> float:
        """End the line; gives the seconds since the start."""
        if self.terminal:
            print()
        return monotonic() - self.start


def dictionary(words: Sequence[str]) -> str:
    """Words in libFuzzer's format."""
    escaped = ("".join(f"\\x{b:02x}" for b in word.encode("utf-8", "surrogatepass")) for word in words)
    return "".join(f'"{word}"\n' for word in escaped if word)


def command(target: Target, folder: Path, corpus: Path, seconds: float, seed: int) -> list[str]:
    """The driver's command line. folder: holds seeds, dictionary and artifacts."""
    flags = {
        "max_total_time": f"{seconds:.0f}", "seed": str(seed), "max_len": str(target.longest), "len_control": "0",
        "timeout": str(TIMEOUT), "rss_limit_mb": str(MEMORY), "print_final_stats": "1",
        "artifact_prefix": f"{folder / 'artifacts'}/",     }  # fmt: skip
    if target.words:
        folder.joinpath("words").write_text(dictionary(target.words), encoding="ascii")
        flags["dict"] = str(folder / "words")
    given = [f"-{name}={value}" for name, value in flags.items()]
    return [sys.executable, "-m", "fuzz.drive", target.name, *given, str(corpus), str(folder / "seeds")]


def fuzz(target: Target, folder: Path, words: list[str], seconds: float, finds: Path = FINDS) -> Outcome:
    """Run a driver's command to its end, and keep what it left in artifacts."""
    (folder / "artifacts").mkdir()
    progress = Progress(target.name, seconds)
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        for line in process.stdout or ():
            progress.line(line)
    taken = progress.close()
    kept = tuple(
        keep(target.name, smaller(target.check, path.read_bytes()), finds)
        for path in sorted((folder / "artifacts").iterdir())
        if not path.name.startswith("slow-unit")
    )
    if kept or process.returncode:
        sys.stdout.writelines(line for line in progress.rest if not line.startswith("INFO:"))
    for path in kept:
        print(f"kept {path}\nreplay it: PYTHONPATH=tests python -m fuzz {target.name} --replay {path}")
    return Outcome(target.name, progress.executions, taken, progress.corpus, kept, process.returncode)


def replay(target: Target, files: Sequence[Path], say: Callable[[str], None] = print) -> int:
    """Hold files against a target's oracle; gives the number of those that break it."""
    broken = 0
    for path in files:
        try:
            target.check(path.read_bytes())
        except Broken as e:
            broken += 1
            say(f"{path}: {e}")
            cause: BaseException | None = e.__cause__
            while cause is not None and cause.__traceback__ is not None:
                frame = cause.__traceback__
                while frame.tb_next is not None:
                    frame = frame.tb_next
                where = f"{frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}"
                say(f"  {type(cause).__name__} at {where}")
                cause = cause.__cause__
        else:
            say(f"{path}: keeps every promise")
    return broken


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; gives its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m fuzz", description="Inputs made to break vcvm, guided by coverage."
    )
    parser.add_argument(
        "targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}; a number is the seconds"
    )
    parser.add_argument("--seconds", type=float, default=15.0, help="for each target (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the fuzzer's choices (%(default)s)")
    parser.add_argument("--corpus", type=Path, help="a folder that keeps what is interesting, for the next time")
    parser.add_argument("--replay", type=Path, nargs="+", metavar="FILE", help="only hold files against one target")
    args = parser.parse_args(words)
    names = [name for name in args.targets if not name.isdigit()] or list(TARGETS)
    seconds = float(next((name for name in args.targets if name.isdigit()), args.seconds))
    if unknown := [name for name in names if name not in TARGETS]:
        parser.error(f"there is no target {', '.join(unknown)}; there are {', '.join(TARGETS)}")
    if args.replay:
        if len(names) != 1:
            parser.error("--replay needs one target")
        return 1 if replay(TARGETS[names[0]], args.replay) else 0
    from fuzz.seed import write

    outcomes = []
    for name in names:
        with tempfile.TemporaryDirectory(prefix="vcvm-fuzz-") as scratch:
            folder, target = Path(scratch), TARGETS[name]
            corpus = folder / "corpus" if args.corpus is None else args.corpus / name
            corpus.mkdir(parents=True, exist_ok=True)
            print(f"{name}: {write(folder / 'seeds', target)} seeds", flush=True)
            outcomes.append(fuzz(target, folder, command(target, folder, corpus, seconds, args.seed), seconds))
    print("\n".join(["", HEAD, *(outcome.row() for outcome in outcomes)]))
    return 1 if any(outcome.failed for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
