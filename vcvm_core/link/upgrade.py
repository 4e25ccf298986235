"""From format 0 to format 1: a program gains types.

Takes a module of format 0 and a host table, whose manifests say what the intrinsics take and give; gives the same
program as a module of format 1, in which every call is typed. Nothing is guessed: an intrinsic that nobody offers, or
that several offer, is refused with the link report, and the verifier judges the result like any other module. The UUIDs
stay: `succession` has what replaces them.
"""

from __future__ import annotations

from vcvm_core.bytecode import Extern, FunctionDraft, Module, ModuleBuilder, instruction
from vcvm_core.errors import error
from vcvm_core.isa import BY_CODE
from vcvm_core.limits import Limits
from vcvm_core.link.hosts import HostTable
from vcvm_core.link.report import LinkReport
from vcvm_core.link.resolve import EVERYTHING, resolve
from vcvm_core.values import Param, Signature
from vcvm_core.verify import verify


def upgrade(module: Module, hosts: HostTable, name: str = "", limits: Limits = Limits.default) -> Module:
    """The program in format 1, verified under `limits`.

    Raises LinkError for intrinsics whose signature is not known, VerifyError for calls that do not fit it, ApiError
    (already-upgraded) for a module of format 1, and what `verify` raises.
    """
    if module.format != 0:
        raise error("already-upgraded", format=module.format)
    verdicts = tuple(resolve(x, hosts, EVERYTHING, bind=False) for x in module.externs)
    report = LinkReport(name, verdicts)
    if not report.ok:
        raise report.error()
    builder = ModuleBuilder()
    for value in module.constants:
        builder.add_constant(value)
    for extern, verdict in zip(module.externs, verdicts, strict=True):
        offer = verdict.offer
        if offer is None or offer.signature is None:
            raise error("untyped-offer", name=verdict.name, uuid=verdict.uuid)
        plain = Signature(tuple(Param("", t) for t in offer.signature.types), offer.signature.results)
        builder.extern(Extern(extern.uuid, plain, extern.name or offer.name, offer.pack, offer.version))
    (main,) = module.functions
    code = list(main.code)
    if not code or BY_CODE[code[-1].opcode].flow != "return":
        code.append(instruction("halt"))
    builder.functions.append(FunctionDraft(main.name, code=code, lines=[0] * len(code)))
    builder.exports = [(main.name, 0)]
    upgraded = builder.finish()
    verify(upgraded, limits)
    return upgraded
