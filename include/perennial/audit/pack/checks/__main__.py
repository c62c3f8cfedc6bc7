"""Check the pack: print what holds, end at the first thing that does not."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from .chain import read_chain, signature
from .copies import copies
from .files import Broken, files, read_manifest
from .pointers import about, evidence
from .story import story


def check(folder: Path) -> Iterator[str]:
    """Yield a line for each thing that holds; raises Broken at the first that does not."""
    manifest = read_manifest(folder)
    model, version = manifest["model"], int(manifest["version"])
    yield files(folder, manifest)
    events = read_chain(folder, model)
    yield f"ledger: {len(events)} events of {model}, each linked to the one before it"
    yield signature(folder, events)
    mine = about(events, version)
    found = evidence(folder, mine)
    yield f"evidence: {found} files; all that {len(mine)} events about v{version} point to are there"
    yield copies(folder, mine)
    yield from story(folder, version, mine)


def main(folder: Path) -> int:
    """Check everything, print what holds, and return the exit code."""
    say = sys.stdout.write
    try:
        for line in check(folder):
            say(f"holds: {line}\n")
    except Broken as broken:
        say(f"DOES NOT HOLD: {broken}\n")
        return 1
    say("All of it holds.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parents[1]))
