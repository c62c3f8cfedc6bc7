"""Tell those who did not do it that somebody held or released a model."""

from __future__ import annotations

from datetime import datetime, timedelta

from perennial.ledger.brakes import EVERY_MODEL, LIFTED, PLACED
from perennial.ledger.chain import Chain
from perennial.ledger.event import Event
from perennial.ledger.origin import is_machine
from perennial.notices import Notice, tell
from perennial.notices.state import standing
from perennial.settings import Settings
from perennial.spec.notices import Notices

NEWS = timedelta(days=1)
"""A hold that is older is no news any more."""


def tell_holds(settings: Settings, chain: Chain, rules: Notices, now: datetime) -> None:
    """Tell each hold and each release of the last day once; what triage holds, triage tells."""
    known = standing(chain)
    for event in chain.ledger.read(chain.model, PLACED, LIFTED):
        fresh, by_person = now - event.wall_time < NEWS, not is_machine(event.payload["by"])
        if fresh and by_person and ("hold", event.hash) not in known:
            tell(settings, chain, rules, _notice(chain, event), now)


def _notice(chain: Chain, event: Event) -> Notice:
    done = "held" if event.type == PLACED else "released"
    said, who = event.payload, "--all" if chain.model == EVERY_MODEL else chain.model
    text = f"{said['by']}, {event.wall_time:%Y-%m-%d %H:%M} UTC: {said['reason']}"
    then = f"\nperennial release {who} --reason ..." if event.type == PLACED else ""
    return Notice("hold", f"{', '.join(said['scopes'])}: {done}", f"{text}{then}", event.hash, "info")
