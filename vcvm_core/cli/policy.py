"""What the user lets a program do: limits, effects, libraries.

Takes the parsed words; gives `Limits`, names of effects, and libraries in compiled form. Refuses with FileError (bad-usage).
"""

from __future__ import annotations

from argparse import Namespace

from vcvm_core.cli.files import load
from vcvm_core.cli.usage import settings, usage_error
from vcvm_core.limits import Limits


def limits_of(args: Namespace) -> Limits:
    """The preset that was named, with the fuel that was named. Raises ApiError (bad-limit)."""
    limits: Limits = {"default": Limits.default, "strict": Limits.strict, "trusted": Limits.trusted}[args.limits]
    fuel: int | None = getattr(args, "fuel", None)
    return limits if fuel is None else limits.with_(fuel=fuel)


def effects_of(args: Namespace) -> list[str]:
    """The effects that are allowed, by flags, environment and the user's file. Raises FileError."""
    return list(allowed_of(args))


def allowed_of(args: Namespace) -> dict[str, str]:
    """The effects that are allowed, and who allows each, in words. Raises FileError."""
    words = [word.strip() for words in args.allow for word in words.split(",") if word.strip()]
    return settings((), words).allowed


def libraries_of(args: Namespace, limits: Limits) -> dict[str, bytes]:
    """The libraries that were named, in compiled form, by name."""
    found = {}
    for text in args.library:
        name, equals, path = text.partition("=")
        if not (name and equals and path):
            raise usage_error(f"--library {text} has not the form NAME=FILE", "--library shapes=shapes.vcvm")
        if name in found:
            raise usage_error(
                f"--library {name} is given twice", "a program knows a library by one name and one content"
            )
        found[name] = load(path, limits, args.no_pack).data
    return found
