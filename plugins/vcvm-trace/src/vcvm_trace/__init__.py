"""vcvm-trace: what a program calls, how often, and what it costs; a log of calls, and a summary of them.

Takes what stands behind the pack's name in ``--observe vcvm-trace=...``; gives an observer. It has no intrinsics:
installed, it does nothing until it is named.
"""

from __future__ import annotations

from vcvm_core.plugin import hookimpl

from vcvm_trace.trace import Trace
from vcvm_trace.words import read


@hookimpl
def vcvm_observer(argument: str) -> Trace:
    """The observer that these words ask for. Raises ValueError for words that it does not know."""
    return Trace(read(argument))
