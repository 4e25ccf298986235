"""A progress bar on stderr, for input that takes long.

Takes the size of the input, if it is known; draws with rich, and only where stderr is a terminal and the work lasts longer
than a moment; anywhere else it does nothing and imports nothing.
"""

from __future__ import annotations

import sys
from time import monotonic
from types import TracebackType
from typing import IO, Any, BinaryIO, Final, Self, cast

from vcvm_core.cli.show import console, draws
from vcvm_core.cli.streams import standard_output, swap

PATIENCE: Final = 1.0
"""Seconds before a bar appears."""

PAUSE: Final = 0.2
"""Seconds between two looks at it."""


class Progress:
    """The bar. size: bytes of the input; None if nobody knows."""

    def __init__(self, size: int | None) -> None:
        self.size = size
        self.bar: Any = None
        self.task: Any = None
        self.stream: IO[str] | None = None
        self.next = monotonic() + PATIENCE if draws(sys.stderr) else float("inf")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, e: BaseException | None, trace: TracebackType | None) -> None:
        if self.stream is not None:
            swap(self.stream)
        if self.bar is not None:
            self.bar.stop()

    def due(self) -> bool:
        """Whether it is time to show something."""
        return monotonic() >= self.next

    def show(self, records: int, stream: BinaryIO) -> None:
        """Show how many records were read, and how much of the stream."""
        if self.bar is None:
            self._begin()
        done = stream.tell() if self.size is not None else None
        self.bar.update(self.task, completed=done, records=f"{records:,} records")
        self.next = monotonic() + PAUSE

    def _begin(self) -> None:
        from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        times = TimeElapsedColumn() if self.size is None else TimeRemainingColumn()
        self.bar = Bar(
            BarColumn(),
            TextColumn("{task.fields[records]}"),
            times,
            console=console(sys.stderr),
            transient=True,
            # What packs print goes above the bar, and so do lines on stdout where both are one terminal; a stdout that is a
            # file is left alone.
            redirect_stdout=True,
            redirect_stderr=False,
        )
        self.task = self.bar.add_task("", total=self.size, records="")
        self.bar.start()
        stream = standard_output()
        if draws(stream) and stream is not None:
            from rich.file_proxy import FileProxy

            self.stream = swap(cast("IO[str]", FileProxy(self.bar.console, stream)))
