"""Folders for work in progress: each process has its own, and what killed ones left behind goes after a while."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LEFT = 7 * 86_400
"""Seconds without a change after which nobody works in a folder any more."""


@contextmanager
def scratch(area: Path) -> Iterator[Path]:
    """Give a private folder in an area; what is left in it is removed, and what was left in others long ago."""
    area.mkdir(parents=True, exist_ok=True)
    _sweep(area, time.time() - LEFT)
    folder = Path(tempfile.mkdtemp(dir=area))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(area: Path, before: float) -> None:
    """Remove folders that did not change since a moment: a process that was killed removes nothing itself."""
    for folder in area.iterdir():
        try:
            old = folder.stat().st_mtime < before
        except FileNotFoundError:  # its process has just ended
            continue
        if old:
            shutil.rmtree(folder, ignore_errors=True)
