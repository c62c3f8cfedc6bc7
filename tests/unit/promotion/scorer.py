"""A process that scores a window again and again until it is told to stop, as a scheduler would make it."""

from __future__ import annotations

from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event as Flag

from perennial.context import open_context
from perennial.keys import Window
from perennial.scoring.stage import score
from perennial.settings import Settings


def keep_scoring(settings: Settings, model: str, days: list[str], back: Flag, stop: Flag, done: Queue[str]) -> None:
    """Score one day after the other and say so; the last quarter of the days only when the rollback is over."""
    ctx = open_context(model, settings=settings, actor="scorer", run="load")
    while not stop.is_set():
        for place, day in enumerate(days):
            if place >= 3 * len(days) // 4:
                back.wait()
            score(ctx, Window.parse(day))
            done.put(day)
