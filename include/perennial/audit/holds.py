"""Put brakes on and take them off, for one model or all of them, and say what a release leaves to be done."""

from __future__ import annotations

from collections.abc import Iterator

from perennial.context import open_chain
from perennial.keys import Window
from perennial.ledger.brakes import EVERY_MODEL, Hold
from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.ledger.holds import holds
from perennial.scoring.missed import missed
from perennial.settings import Settings
from perennial.spec import model_folders


def standing_everywhere(settings: Settings) -> list[Hold]:
    """Return every hold that stands: those of all models first, then each model's own."""
    names = [EVERY_MODEL, *(folder.name for folder in model_folders(settings))]
    found = [hold for name in names for hold in holds(open_chain(name, settings=settings))]
    return list(dict.fromkeys(found))


def left_unscored(settings: Settings, lifted: Event) -> Iterator[tuple[str, Window]]:
    """Yield model and days whose features came while a hold of scoring stood that was lifted just now."""
    ledger = open_chain(lifted.chain, settings=settings).ledger
    placed = [event for event in ledger.read(lifted.chain) if event.seq in lifted.payload["holds"]]
    if "scoring" not in lifted.payload["scopes"]:
        return
    everybody = [folder.name for folder in model_folders(settings)]
    for model in everybody if lifted.chain == EVERY_MODEL else [lifted.chain]:
        history = History(model, ledger.read(model))
        yield from ((model, window) for window in missed(history, min(event.wall_time for event in placed)))
