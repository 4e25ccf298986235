"""Calling an intrinsic: the one place where a program's values leave the machine and others come in.

Takes a binding; gives the step that performs the call. In order: the call is counted, its declared cost charged, the
size of its result predicted and held against the limits; arguments of untyped programs are checked; then the function
runs; then what it returned is checked: count, exact scalars, the class of containers, its declared size; and the memory
that it takes is accounted, as far as it was not predicted. What it raises becomes an IntrinsicError with the UUID, the name
and the cause (Unanswered stays that); what is the application's passes through, see errors/passing.py.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from vcvm_core.errors import IntrinsicError, Unanswered, class_name, clean, error, passes
from vcvm_core.link import Binding, owner
from vcvm_core.runtime.steps import Step
from vcvm_core.values import (
    LARGE,
    Check,
    Mismatch,
    Signature,
    Type,
    check,
    describe,
    existing,
    footprint,
    inside,
    reserved,
)

Give = Callable[[list[Any], Any, Any, int | None, Sequence[Any]], None]
"""Checks what an intrinsic returned and pushes it: (stack, meter, returned, declared size, arguments)."""


def effective(binding: Binding) -> Signature:
    """The signature that a call is checked against: the offer's, or the program's where the offer has none."""
    return binding.offer.signature or binding.extern.signature


def constant_cost(binding: Binding) -> int:
    """What a call costs if that does not depend on its arguments, else 0: it is then part of its block's cost."""
    return binding.offer.cost.constant or 0


def host_step(binding: Binding, given: tuple[Type, ...]) -> Step:
    """The step that calls the intrinsic of a binding.

    given: the types of its results at this call, where type variables stand for something.
    """
    offer, function = binding.offer, binding.function
    expected = effective(binding)
    results = given if binding.extern.typed else expected.results
    count = len(binding.extern.signature.params)
    cost = None if offer.cost.constant is not None else offer.cost.call
    size = offer.size
    arguments = None if binding.extern.typed else tuple(check(t) for t in expected.types)
    give = giver(binding, results)

    def calli(S: list[Any], L: list[Any], M: Any) -> None:
        args = S[len(S) - count :]
        del S[len(S) - count :]
        M.counted()
        if arguments is not None:
            args = [_argument(binding, i, c, a) for i, (c, a) in enumerate(zip(arguments, args, strict=True), 1)]
        if cost is not None:
            M.charge(cost(*args))
        declared = None
        if size is not None:
            declared = size(*args)
            M.predicted(declared, results)
        try:
            returned = function(*args)
        except BaseException as e:
            if passes(e, owner(offer, function)):
                raise
            raise raised(binding, e) from e
        if M.deadline is not None:
            M.clock()
        give(S, M, returned, declared, args)

    return calli


def _argument(binding: Binding, position: int, admit: Check, value: Any) -> Any:
    try:
        return admit(value)
    except Mismatch as e:
        facts = {"position": position, "expected": e.expected, "found": e.found}
        raise error("bad-argument", **named(binding), **facts) from None


def giver(binding: Binding, results: tuple[Type, ...]) -> Give:
    """What checks the results of an intrinsic, of these types at this call, and pushes them."""
    declared = effective(binding).results
    gives = tuple(_single(binding, t, d) for t, d in zip(results, declared, strict=True))
    return gives[0] if len(gives) == 1 else _several(binding, gives)


def _single(binding: Binding, expected: Type, declared: Type) -> Give:
    admit = inside(expected) if existing(declared) else check(expected)
    hold = holder(binding, expected, declared)

    def give(S: list[Any], M: Any, returned: Any, size: int | None, args: Sequence[Any]) -> None:
        try:
            value = admit(returned)
        except Mismatch as e:
            raise bad_result(binding, returned, e.expected, e.found) from None
        if type(value) in LARGE:
            hold(M, value, size, *args)
        S.append(value)

    return give


def holder(binding: Binding, t: Type, declared: Type) -> Callable[..., None]:
    """What holds a result that is a string, bytes, a list or a map against its declared size and the limits, and takes the
    memory that was not predicted: (meter, value, declared size or None, arguments ...). Every tier calls it.

    t: the type of the result at this call. declared: its type in the signature, which says what is there already.
    """
    limited, old = reserved(t, 0) > 0, existing(declared)

    def hold(M: Any, value: Any, size: int | None, *args: Any) -> None:
        length = len(value)
        if size is None or not limited:
            size, taken = None, 0
        elif length > size:
            raise error("result-too-large", **named(binding), what=describe(value), declared=size, found=length)
        else:
            taken = reserved(t, size)
        if type(value) is str or type(value) is bytes:
            M.sized(length)
        else:
            M.grown(length)
        if not old:
            more = footprint(value, declared, M.memory + taken, args) - taken
            if more > 0:
                M.allot(more)

    return hold


def _several(binding: Binding, gives: tuple[Give, ...]) -> Give:
    def give(S: list[Any], M: Any, returned: Any, size: int | None, args: Sequence[Any]) -> None:
        if returned is None and not gives:
            return
        if type(returned) is not tuple or len(returned) != len(gives):
            raise bad_result(binding, returned, f"a tuple of {len(gives)}", _found(returned))
        for one, value in zip(gives, returned, strict=True):
            one(S, M, value, size, args)

    return give


def _found(returned: Any) -> str:
    return f"a tuple of {len(returned)}" if type(returned) is tuple else describe(returned)


def named(binding: Binding) -> dict[str, Any]:
    """The facts that name an intrinsic in an error."""
    name = binding.extern.name or binding.offer.name
    return {"name": name, "uuid": str(UUID(bytes=binding.extern.uuid)), "pack": binding.offer.pack}


def bad_result(binding: Binding, returned: Any, expected: str, found: str) -> Exception:
    """The error for a result that the signature does not allow."""
    if isinstance(returned, types.CoroutineType):
        # Never awaited: say so here instead of in a warning later.
        returned.close()
    return error("bad-result", **named(binding), expected=expected, found=found)


def raised(binding: Binding, cause: BaseException) -> Exception:
    """The error for an intrinsic that raised."""
    if isinstance(cause, Unanswered):
        # What stands in its place says for itself what is missing.
        return cause.diagnostics[0].error()
    facts = {"error": class_name(cause), "reason": clean(cause, 200)}
    found = error("intrinsic-raised", **named(binding), **facts)
    if isinstance(found, IntrinsicError):
        found.cause = cause
    return found
