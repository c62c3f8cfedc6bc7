"""A process that promotes a version and waits for the other one at the last moment; imports little, to start fast."""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier

from perennial.context import open_context
from perennial.errors import Conflict
from perennial.ledger.event import Event
from perennial.promotion import stage
from perennial.settings import Settings


def race(settings: Settings, model: str, key: str, gate: Barrier, answers: Queue[tuple[str, str]]) -> None:
    """Decide, stand before the ledger's lock until the other one does too, then go; say what came of it."""
    ctx = open_context(model, settings=settings, actor=key, run="race")
    champion = stage.check(ctx, key).champion
    original: Callable[..., Event] = ctx.chain.ledger.append

    def wait_for_the_other(*args: object, **kwargs: object) -> Event:
        gate.wait()
        return original(*args, **kwargs)

    ctx.chain.ledger.append = wait_for_the_other  # type: ignore[method-assign]
    try:
        stage.switch(ctx, key, expected_champion=champion, reason="passed every gate")
        answers.put((key, "champion"))
    except Conflict as conflict:
        answers.put((key, str(conflict)))
