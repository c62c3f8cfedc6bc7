"""A process that scores one window after the other, and where it is held tries again; imports little, to start fast."""

from __future__ import annotations

import time
from collections.abc import Sequence
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event as Flag

from perennial.context import open_context
from perennial.errors import Held
from perennial.keys import Window
from perennial.scoring.stage import score
from perennial.settings import Settings


def score_all(settings: Settings, model: str, windows: Sequence[str], stop: Flag, told: Queue[str]) -> None:
    """Score window after window until told to stop; say which one was published, and that one was held."""
    ctx = open_context(model, settings=settings, actor="airflow", run="load")
    for key in windows:
        if stop.is_set():
            return
        while not _scored(ctx, key):
            told.put("held")
            time.sleep(0.02)
        told.put(key)


def _scored(ctx: object, key: str) -> bool:
    try:
        return score(ctx, Window.parse(key)) is not None  # type: ignore[arg-type]
    except Held:
        return False
