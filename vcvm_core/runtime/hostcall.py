"""Calling an intrinsic: the one place where a program's values leave the machine and others come in.

Takes a binding; gives the step that performs the call. In order: the call is counted, its declared cost charged, the
size of its result predicted and held against the limits; arguments of untyped programs are checked; then the function
runs; then what it returned is checked: count, exact scalars, the class and size of containers. What it raises becomes
an IntrinsicError with the UUID, the name and the cause (Unanswered stays that); what is the application's passes through,
see errors/passing.py.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any
from uuid import UUID

from vcvm_core.errors import IntrinsicError, Unanswered, class_name, clean, error, passes
from vcvm_core.link import Binding, owner
from vcvm_core.runtime.steps import Step
from vcvm_core.values import Check, Mismatch, Signature, Type, check, describe, inside

Give = Callable[[list[Any], Any, Any], None]
"""Checks what an intrinsic returned and pushes it: (stack, meter, returned)."""


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
        if size is not None:
            M.predicted(size(*args), results)
        try:
            returned = function(*args)
        except BaseException as e:
            if passes(e, owner(offer, function)):
                raise
            raise raised(binding, e) from e
        if M.deadline is not None:
            M.clock()
        give(S, M, returned)

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
    admit = check(expected) if fresh(declared) else inside(expected)
    predicted, new = binding.offer.size is not None, fresh(declared)

    def give(S: list[Any], M: Any, returned: Any) -> None:
        try:
            value = admit(returned)
        except Mismatch as e:
            raise bad_result(binding, returned, e.expected, e.found) from None
        if type(value) in (str, bytes, list, dict):
            M.held(value, predicted, new)
        S.append(value)

    return give


def fresh(declared: Type) -> bool:
    """Whether a result of this declared type may be a new value: that of a variable's type is one of the arguments'."""
    return declared.kind != "var" and not (declared.kind == "option" and declared.of.kind == "var")


def _several(binding: Binding, gives: tuple[Give, ...]) -> Give:
    def give(S: list[Any], M: Any, returned: Any) -> None:
        if returned is None and not gives:
            return
        if type(returned) is not tuple or len(returned) != len(gives):
            raise bad_result(binding, returned, f"a tuple of {len(gives)}", _found(returned))
        for one, value in zip(gives, returned, strict=True):
            one(S, M, value)

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
