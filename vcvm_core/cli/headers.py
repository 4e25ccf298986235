"""``vcvm plugins header`` and ``vcvm plugins index``: what programs are compiled against, and what reports look into.

Take packs, by any name that ``vcvm plugins check`` takes, folders of wheels and other indexes; give one file. No pack is
imported.
"""

from __future__ import annotations

import os
from argparse import Namespace

from vcvm_core.cli.files import STANDARD, write
from vcvm_core.cli.outputs import Named
from vcvm_core.cli.programs import binary
from vcvm_core.cli.show import document, say
from vcvm_core.cli.usage import host, usage_error
from vcvm_core.errors import clean
from vcvm_core.plugin import encode_index, encode_manifest, given_manifest, header_name, index_packs, index_subjects


def plugins_header(args: Namespace) -> int:
    """``vcvm plugins header``: the manifest of a pack as a file of its own."""
    manifest = given_manifest(args.pack).manifest
    data = encode_manifest(manifest)
    output = args.output or header_name(manifest)
    binary(output, "a header")
    write(output, data, args.touched)
    count = len(manifest.intrinsics)
    if output == STANDARD:
        return 0
    if args.json:
        named = {"file": output, "pack": manifest.pack, "version": manifest.version}
        document({**named, "intrinsics": count, "bytes": len(data)})
    else:
        what = f"{count} intrinsic{'' if count == 1 else 's'}, {len(data):,} bytes"
        say(f"{clean(output, 200)}: header of {manifest.pack} {manifest.version}, {what}")
    return 0


def plugins_index(args: Namespace) -> int:
    """``vcvm plugins index``: one file that says which versions of which packs provide what."""
    index, skipped, grown = index_subjects(args.subjects) if args.subjects else index_packs(host().packs)
    if not index.packs:
        raise usage_error("there is no pack to make an index of", "name wheels, folders of wheels, manifests, or packs")
    data = encode_index(index)
    binary(args.output, "an index")
    # An index may grow in its place.
    also = [Named("", s) for s in args.subjects if os.path.exists(s) and s not in grown]
    write(args.output, data, args.touched, also)
    if args.output == STANDARD:
        return 0
    counts = {
        "packs": len(index.packs),
        "versions": sum(len(p.versions) for p in index.packs),
        "intrinsics": len({e.uuid for p in index.packs for e in p.intrinsics}),
        "bytes": len(data),
    }
    if args.json:
        document({"file": args.output, **counts, "skipped": list(skipped)})
        return 0
    words = [f"{n:,} {what[:-1] if n == 1 else what}" for what, n in counts.items()]
    say(f"{clean(args.output, 200)}: {', '.join(words)}")
    for each in skipped:
        say(f"  without a manifest that can be used: {clean(each, 200)}")
    return 0
