"""Tell of holds and broken specs, and send what waits for its time, of all models.

That is what quiet hours held back, what was not taken, what escalates.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from perennial.clock.held import tell_holds
from perennial.context import open_ledger
from perennial.errors import PerennialError
from perennial.ledger.brakes import EVERY_MODEL
from perennial.ledger.chain import Chain
from perennial.notices import Notice, deliver, reset, tell
from perennial.notices.state import standing
from perennial.settings import Settings
from perennial.spec import load_all
from perennial.spec.notices import Notices

log = logging.getLogger(__name__)
SPEC = "spec"
"""Key of the notice of a broken spec."""


def deliver_all(settings: Settings, run: str) -> dict[str, int]:
    """Return how many messages were sent of each model; a chain that does not hold keeps the others from nothing.

    A model whose spec is broken names nobody: the webhook alone is told.
    """
    ledger, failed = open_ledger(settings), list[Exception]()
    specs, broken = load_all(settings)
    lived = broken.keys() & ledger.chains()
    rules = {EVERY_MODEL: Notices(), **dict.fromkeys(lived, Notices()), **{spec.name: spec.notices for spec in specs}}
    sent = {}
    for name, asked in rules.items():
        try:
            chain = Chain(ledger, name, "airflow", run)
            tell_spec(settings, chain, asked, broken.get(name))
            tell_holds(settings, chain, asked, datetime.now(UTC))
            sent[name] = deliver(settings, chain, asked)
        except Exception as error:  # whatever is wrong with one model must not keep the others' notices
            log.exception("%s: its notices are not sent", name)
            failed.append(error)
    if failed:
        raise failed[0]
    return sent


def tell_spec(settings: Settings, chain: Chain, rules: Notices, error: PerennialError | None) -> None:
    """Tell once that a model's spec cannot be honoured, and that it can be again: it has no DAG that could fail."""
    stands = ("failed", SPEC) in standing(chain)
    if error and not stands:
        notice = Notice("failed", "its spec cannot be honoured: nothing of it runs", str(error), SPEC)
        tell(settings, chain, rules, notice)
    elif stands and not error:
        reset(settings, chain, rules, "failed", SPEC, why="The spec can be honoured again.")
