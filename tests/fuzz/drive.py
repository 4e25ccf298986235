"""The driver: one target under atheris, in a process of its own, since libFuzzer ends the process that it runs in.

Takes a target's name and the fuzzer's own arguments (folders of inputs, flags that begin with a dash); what it prints is
libFuzzer's. An input that breaks a promise, takes too long or ends the process is left where `-artifact_prefix` says. Only
vcvm is instrumented. This is the one file that needs atheris.
"""

from __future__ import annotations

import sys
from importlib import import_module
from random import Random

import atheris


def main(name: str, arguments: list[str]) -> None:
    """Fuzz a target; does not return."""
    with atheris.instrument_imports(include=["vcvm_core"]):
        # What is imported late is instrumented as well: all of it happens in here.
        target = import_module("fuzz.targets").TARGETS[name]

        def mutate(data: bytes, longest: int, seed: int) -> bytes:
            changed: bytes = target.mutate(data, longest, Random(seed), atheris.Mutate)
            return changed

        custom = {"custom_mutator": mutate} if target.mutate is not None else {}
        atheris.Setup([sys.argv[0], *arguments], target.check, **custom)
        atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
