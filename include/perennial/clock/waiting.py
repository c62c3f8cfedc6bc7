"""Tell of holds, and send what waits for its time, of all models: quiet hours, what was not taken, escalations."""

from __future__ import annotations

from datetime import UTC, datetime

from perennial.clock.held import tell_holds
from perennial.context import open_ledger
from perennial.errors import PerennialError
from perennial.ledger.brakes import EVERY_MODEL
from perennial.ledger.chain import Chain
from perennial.notices import deliver
from perennial.settings import Settings
from perennial.spec import load_all
from perennial.spec.notices import Notices


def deliver_all(settings: Settings, run: str) -> dict[str, int]:
    """Return how many messages were sent of each model; a chain that does not hold keeps the others from nothing."""
    ledger, failed = open_ledger(settings), []
    rules = {EVERY_MODEL: Notices(), **{spec.name: spec.notices for spec in load_all(settings)[0]}}
    sent = {}
    for name, asked in rules.items():
        try:
            chain = Chain(ledger, name, "airflow", run)
            tell_holds(settings, chain, asked, datetime.now(UTC))
            sent[name] = deliver(settings, chain, asked)
        except PerennialError as error:
            failed.append(error)
    if failed:
        raise failed[0]
    return sent
