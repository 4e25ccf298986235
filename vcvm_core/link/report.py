"""The link report: one verdict for every import of a program, as data and as text.

Takes verdicts; gives `LinkReport`. It never stops early, and it is the same report for whoever asks: loader, linker,
compiler, tools. Words: bound, unknown, signature-differs, ambiguous, effect-not-allowed, pack-broken; a bound import may
carry notices (deprecated, other version).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from vcvm_core.errors import Diagnostic, LinkError, Place, clean
from vcvm_core.link.hosts import Offer, Provider

SCHEMA = 1


class Verdict(NamedTuple):
    """The verdict on one import.

    what: "intrinsic" or "library". uuid: text, empty for a library. word: see above. module: the library whose import it
    is, empty for the program's own. found: what there is, in a few words. fix: what to do, empty if bound.
    """

    what: str
    name: str
    uuid: str
    word: str
    found: str
    fix: str = ""
    module: str = ""
    notices: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    offer: Offer | None = None
    function: Callable[..., Any] | None = None
    """What the import is bound to, if the report was made for binding."""
    providers: tuple[Provider, ...] = ()
    """The packs that are known to provide an import which nobody here offers."""

    @property
    def ok(self) -> bool:
        return self.word == "bound"

    def to_data(self) -> dict[str, Any]:
        """JSON-ready data."""
        offer = self.offer
        return {
            "what": self.what,
            "name": self.name,
            "uuid": self.uuid,
            "module": self.module,
            "verdict": self.word,
            "found": self.found,
            "fix": self.fix,
            "notices": list(self.notices),
            "effects": list(offer.effects) if offer else [],
            "pack": offer.pack if offer else "",
            "version": offer.version if offer else "",
            "providers": [
                {"pack": p.pack, "versions": list(p.versions), "name": p.name, "source": clean(p.source, 200)}
                for p in self.providers
            ],
            "errors": [d.to_data() for d in self.diagnostics],
        }


class LinkReport(NamedTuple):
    """The verdicts on all imports of a program, in the order of its tables."""

    program: str
    verdicts: tuple[Verdict, ...]

    @property
    def ok(self) -> bool:
        """Whether everything is bound."""
        return all(v.ok for v in self.verdicts)

    @property
    def refused(self) -> tuple[Verdict, ...]:
        """The verdicts that are not bound."""
        return tuple(v for v in self.verdicts if not v.ok)

    @property
    def notices(self) -> tuple[str, ...]:
        """What there is to say about imports that are bound."""
        return tuple(f"{clean(v.name)}: {n}" for v in self.verdicts for n in v.notices)

    def headline(self) -> str:
        """The first line of the report on a program that cannot be linked."""
        count = len(self.refused)
        kinds = {v.what for v in self.refused}
        thing = kinds.pop() if len(kinds) == 1 else "import"
        plural = thing if count == 1 else "libraries" if thing == "library" else thing + "s"
        program = clean(self.program, 200) or "the program"
        return f"{program} needs {count} {plural} {'that is' if count == 1 else 'that are'} not available here"

    def lines(self) -> list[str]:
        """The refused imports as text, two lines each: what and where, then the fix."""
        width = max((len(clean(v.name)) for v in self.refused), default=0)
        lines = []
        for v in self.refused:
            uuid = f"  {v.uuid}" if v.uuid else ""
            lines.append(f"  {clean(v.name):{width}}{uuid}  {v.found}{f' (in {clean(v.module)})' if v.module else ''}")
            if v.fix:
                lines.append(f"  {'':{width}}  fix: {v.fix}")
        return lines

    def to_data(self) -> dict[str, Any]:
        """JSON-ready data."""
        return {
            "schema": SCHEMA,
            "program": self.program,
            "ok": self.ok,
            "imports": [v.to_data() for v in self.verdicts],
        }

    def error(self) -> LinkError:
        """The exception for a report that is not ok."""
        first = Diagnostic("unresolved-imports", Place(file=self.program or None), {"headline": self.headline()})
        found = LinkError(first, *(d for v in self.refused for d in v.diagnostics))
        found.report = self
        return found
