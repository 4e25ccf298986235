"""``vcvm run --input``: a function, called for each record, and what it says of them.

Takes a linked program and a stream of records; gives a line for each record that is not simply accepted, then a summary.
The function's result type says what its results mean (the help of ``vcvm run`` has the list). A record that cannot be
read, is not of the parameter's type, or whose call ends with an error has failed, and the next one is read.
"""

from __future__ import annotations

import os
import stat
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import PurePath
from time import perf_counter
from typing import Any, BinaryIO, Literal, NamedTuple

from vcvm_core.cli.files import STANDARD, open_input
from vcvm_core.cli.jsontext import fit, to_json
from vcvm_core.cli.progress import Progress
from vcvm_core.cli.records import READERS, SUFFIXES, Record
from vcvm_core.cli.run import stats
from vcvm_core.cli.show import json_line, json_text, say, say_lines
from vcvm_core.cli.usage import usage_error
from vcvm_core.errors import Diagnostic, Place, VcvmError, clean, error
from vcvm_core.files import reason_of
from vcvm_core.values import BOOL, NONE, STRING, Signature, list_of, option_of
from vcvm_core.vm import Program

REASONS = 20
"""How many reasons of one record are shown as text; JSON has all."""

Word = Literal["accepted", "rejected", "failed", "value"]


class Verdict(NamedTuple):
    """What is said of a record: a word, and the reasons, the value, or the error that go with it."""

    word: Word
    reasons: tuple[str, ...] = ()
    value: Any = None
    problem: VcvmError | None = None
    used: dict[str, int] | None = None


ACCEPTED = Verdict("accepted")
Judge = Callable[[Any], Verdict]


def _of_bool(result: Any) -> Verdict:
    return ACCEPTED if result else Verdict("rejected")


def _of_reasons(result: Any) -> Verdict:
    return Verdict("rejected", tuple(result)) if result else ACCEPTED


def _of_reason(result: Any) -> Verdict:
    return ACCEPTED if result is None else Verdict("rejected", (result,))


def _of_nothing(result: Any) -> Verdict:
    return ACCEPTED


def _of_value(result: Any) -> Verdict:
    return Verdict("value", value=result)


def _of_any(result: Any) -> Verdict:
    kind = type(result)
    if kind is bool:
        return _of_bool(result)
    if kind is list and all(type(reason) is str for reason in result):
        return _of_reasons(result)
    return _of_reason(result) if result is None or kind is str else _of_value(result)


def judge(signature: Signature) -> Judge:
    """What turns the results of a function into verdicts."""
    if not signature.results:
        return _of_nothing
    result = signature.results[0]
    if len(signature.results) > 1:
        return _of_value
    if result is BOOL:
        return _of_bool
    if result is NONE:
        return _of_nothing
    if result <= list_of(STRING):
        return _of_reasons
    if result is option_of(STRING):
        return _of_reason
    return _of_any if result.kind == "any" else _of_value


def apply(args: Namespace, program: Program, name: str) -> int:
    """Call a function for each record of the input; 1 if one was rejected or has failed."""
    signature = program.signature(name)
    if len(signature.params) != 1:
        count = len(signature.params)
        problem = f"with --input a function takes one parameter, the record; {name} takes {count}: {name}{signature}"
        raise usage_error(problem, "name another function: --fn NAME")
    shown = "standard input" if args.input == STANDARD else args.input
    with open_input(args.input) as stream:
        form = _format(args)
        caller, tally = _Caller(program, name, args), _Tally(args)
        try:
            with Progress(_size(stream)) as progress:
                for record in _read(READERS[form](stream, program.limits), shown):
                    tally.add(record, caller(record))
                    if progress.due():
                        progress.show(tally.total, stream)
        except VcvmError as e:
            # Errors about files name them in their sentence.
            raise e if "path" in e.facts else e.placed(Place(file=shown)) from None
    return tally.close()


def _format(args: Namespace) -> str:
    """The input's format: as the user says, or its name, or NDJSON for standard input."""
    if args.input_format is not None:
        return str(args.input_format)
    if args.input == STANDARD:
        return "ndjson"
    suffix = PurePath(args.input).suffix.lower()
    if suffix not in SUFFIXES:
        raise usage_error(
            f"the name {args.input} does not say what it holds", "say it: --input-format ndjson, json or csv"
        )
    return SUFFIXES[suffix]


def _size(stream: BinaryIO) -> int | None:
    """The size of a regular file, None for pipes."""
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def _read(records: Iterator[Record], shown: str) -> Iterator[Record]:
    """The records; reading errors become FileError, and so does an empty file that should have a header or a bracket."""
    number = 0
    while True:
        try:
            record = next(records, None)
        except OSError as e:
            raise error("unreadable-file", path=shown, reason=reason_of(e)) from None
        except VcvmError as e:
            if number == 0 and e.facts.get("reason") in ("there is nothing", "there is no header row"):
                raise error("empty-file", path=shown) from None
            raise
        if record is None:
            return
        number += 1
        yield record


class _Caller:
    """Calls the function for a record; gives the verdict."""

    def __init__(self, program: Program, name: str, args: Namespace) -> None:
        self.program, self.name, self.check, self.stats = program, name, args.check, args.stats
        signature = program.signature(name)
        self.fit = fit(signature.types[0])
        self.judge = judge(signature)
        self.function = program.function(name)

    def __call__(self, record: Record) -> Verdict:
        if record.problem is not None:
            return Verdict("failed", problem=record.problem)
        try:
            value = record.value if self.fit is None else self.fit(record.value)
            if not self.check and not self.stats:
                return self.judge(self.function(value))
            run = self.program.measure(self.name, value, check=self.check)
        except VcvmError as e:
            return Verdict("failed", problem=e)
        verdict = self.judge(run.result) if run.error is None else Verdict("failed", problem=run.error)
        return verdict._replace(used=stats(run.meter)) if self.stats else verdict


class _Tally:
    """Counts verdicts and shows them."""

    def __init__(self, args: Namespace) -> None:
        self.json, self.all, self.stats = args.json, args.all, args.stats
        self.counts: dict[Word, int] = {"accepted": 0, "rejected": 0, "failed": 0, "value": 0}
        self.fuel = self.most = self.calls = 0
        self.began = perf_counter()

    @property
    def total(self) -> int:
        """The records so far."""
        return sum(self.counts.values())

    def add(self, record: Record, verdict: Verdict) -> None:
        """One more record."""
        self.counts[verdict.word] += 1
        if verdict.used is not None:
            self.fuel += verdict.used["fuel"]
            self.most = max(self.most, verdict.used["fuel"])
            self.calls += verdict.used["intrinsic_calls"]
        if self.json:
            json_line(self._data(record, verdict))
        elif self.all or verdict.word != "accepted":
            where = f"record {record.number}" + (f" (line {record.line})" if record.line != record.number else "")
            used = f"  [fuel {verdict.used['fuel']:,}]" if verdict.used is not None else ""
            say(f"{where}: {self._text(verdict)}{used}")

    def _text(self, verdict: Verdict) -> str:
        if verdict.problem is not None:
            found = "; ".join(f"[{d.code}] {d.message}{_inside(d)}" for d in verdict.problem.diagnostics)
            return f"failed: {found}"
        if verdict.word == "value":
            return json_text(to_json(verdict.value))
        more = len(verdict.reasons) - REASONS
        reasons = [clean(reason, 200) for reason in verdict.reasons[:REASONS]] + (
            [f"and {more} more"] if more > 0 else []
        )
        return f"{verdict.word}: {'; '.join(reasons)}" if reasons else verdict.word

    def _data(self, record: Record, verdict: Verdict) -> dict[str, Any]:
        data: dict[str, Any] = {"record": record.number, "line": record.line, "verdict": verdict.word}
        if verdict.word == "rejected":
            data["reasons"] = list(verdict.reasons)
        if verdict.word == "value":
            data["value"] = to_json(verdict.value)
        if verdict.problem is not None:
            data["errors"] = verdict.problem.to_data()
        return data if verdict.used is None else {**data, "stats": verdict.used}

    def close(self) -> int:
        """Show the summary; gives the exit code."""
        elapsed = perf_counter() - self.began
        rate = round(self.total / elapsed) if elapsed > 0 else 0
        counts = self.counts
        if self.json:
            summary: dict[str, Any] = {
                "total": self.total,
                "accepted": counts["accepted"],
                "rejected": counts["rejected"],
                "failed": counts["failed"],
                "values": counts["value"],
                "elapsed": round(elapsed, 6),
                "records_per_second": rate,
            }
            if self.stats:
                summary["stats"] = {"fuel": self.fuel, "most_fuel": self.most, "intrinsic_calls": self.calls}
            json_line({"summary": summary})
        else:
            say_lines(self._summary(elapsed, rate))
        return 1 if counts["rejected"] or counts["failed"] else 0

    def _summary(self, elapsed: float, rate: int) -> str:
        counts, total = self.counts, self.total
        values = [f"{counts['value']:,} value{'' if counts['value'] == 1 else 's'}"] if counts["value"] else []
        judged = not values or counts["accepted"] or counts["rejected"]
        parts = [f"{counts[w]:,} {w}" for w in ("accepted", "rejected")] if judged else []
        parts += [*values, f"{counts['failed']:,} failed"]
        text = f"{total:,} record{'' if total == 1 else 's'}: {', '.join(parts)}; {elapsed:.2f} s, {rate:,} records/s"
        if self.stats and total:
            text += f"\nfuel used: {self.fuel:,}, at most {self.most:,} for a record; intrinsics called: {self.calls:,}"
        return text


def _inside(d: Diagnostic) -> str:
    """Where inside the record, or inside the program, if that is known."""
    if d.place.function is not None:
        line = f", line {d.place.line}" if d.place.line is not None else ""
        return f" (function {clean(d.place.function)}, instruction {d.place.instruction}{line})"
    return f" (column {d.place.column})" if d.place.column is not None else ""
