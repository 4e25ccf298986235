"""``vcvm plugins new``, ``mint`` and ``inject``: what an author of packs begins with, and ends with.

Take parsed arguments; give lines of text, or the same as JSON. Refuse a range of pack APIs that is none; all other reasons
are those of `vcvm_core.plugin`. No pack is imported.
"""

from __future__ import annotations

import re
from argparse import Namespace

from vcvm_core.cli.show import document, say
from vcvm_core.cli.usage import host
from vcvm_core.errors import Diagnostic, VcvmError, clean, error, refusal
from vcvm_core.plugin import Injected, create_pack, inject_manifest, mint_uuids


def plugins_new(args: Namespace) -> int:
    """``vcvm plugins new``: a folder with a pack in it."""
    made = create_pack(args.name, args.output or args.name, args.backend, host().packs)
    folder = clean(made.folder, 200)
    if args.json:
        document(
            {
                "pack": made.name,
                "package": made.package,
                "backend": made.backend,
                "folder": made.folder,
                "files": list(made.files),
                "uuids": list(made.uuids),
            }
        )
        return 0
    say(f"{made.name}: a pack of {len(made.uuids)} intrinsics, built by {made.backend}, in {folder}")
    for file in made.files:
        say(f"  {file}")
    say("next:")
    for line in (f"cd {folder}", "pip install -e . 'vcvm[testing]'", "pytest", f"vcvm plugins show {made.name}"):
        say(f"  {line}")
    return 0


def plugins_mint(args: Namespace) -> int:
    """``vcvm plugins mint``: new UUIDs, one a line."""
    minted = mint_uuids(args.count, host().packs)
    if args.json:
        document({"uuids": minted})
        return 0
    for uuid in minted:
        say(uuid)
    return 0


def plugins_inject(args: Namespace) -> int:
    """``vcvm plugins inject``: every wheel that can have a manifest gets one; the others are an error, all in one."""
    api = None if args.api is None else _api_range(args.api)
    done: list[Injected] = []
    refused: list[Diagnostic] = []
    for path in dict.fromkeys(args.files):
        try:
            done.append(inject_manifest(path, force=args.force, api=api))
        except VcvmError as e:
            refused += e.diagnostics
    if args.json and not refused:
        document({"wheels": [_injected_data(wheel) for wheel in done]})
    elif not args.json:
        for wheel in done:
            say(_injected_line(wheel))
    if refused:
        found = refusal(refused)
        for wheel in done if args.json else ():
            found.add_note(_injected_line(wheel))
        raise found
    return 0


def _injected_line(wheel: Injected) -> str:
    made, count = wheel.manifest, len(wheel.manifest.intrinsics)
    what = f"manifest of {made.pack} {made.version}, {count} intrinsic{'' if count == 1 else 's'}, {wheel.size} bytes"
    return f"{clean(wheel.path, 200)}: {what}, {'replaced' if wheel.replaced else 'added'}"


def _injected_data(wheel: Injected) -> dict[str, object]:
    made = wheel.manifest
    return {
        "wheel": wheel.path,
        "pack": made.pack,
        "version": made.version,
        "api": list(made.api),
        "intrinsics": len(made.intrinsics),
        "bytes": wheel.size,
        "replaced": wheel.replaced,
    }


def _api_range(text: str) -> tuple[int, int]:
    """Lowest and highest pack API. Raises PackError (bad-api-range)."""
    found = re.fullmatch(r"([1-9][0-9]{0,5})(?:-([1-9][0-9]{0,5}))?", text, re.ASCII)
    if found is None or int(found[2] or found[1]) < int(found[1]):
        raise error("bad-api-range", found=text)
    return int(found[1]), int(found[2] or found[1])
