"""One model's chain, held together with who acts and in which run."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from perennial.ledger.brakes import EVERY_MODEL, LIFTED, PLACED, Scope, refuse_held, standing
from perennial.ledger.event import Draft, Event
from perennial.ledger.gist import gist
from perennial.ledger.history import History
from perennial.ledger.store import Ledger

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Chain:
    """The chain of one model."""

    ledger: Ledger
    model: str
    actor: str
    run: str

    def history(self) -> History:
        """Read everything that happened so far."""
        return History(self.model, self.ledger.read(self.model))

    def record(
        self,
        type_: str,
        key: str,
        payload: Mapping[str, Any],
        *,
        evidence: str | None = None,
        once: str | None = None,
        guard: Callable[[History], None] | None = None,
        brake: Scope | None = None,
    ) -> Event:
        """Append an event (or return the one that told the fact `once` before), and log what it says.

        `guard` sees the history under the chain's lock and raises to refuse. `brake` is what the event would do: it
        is refused (Held) while the model, or all models, are held; no hold comes between that look and the event.
        """

        def refuse(events: Sequence[Event]) -> None:
            if brake:
                everywhere = self.ledger.read(EVERY_MODEL, PLACED, LIFTED)
                refuse_held(self.model, brake, [*standing(events), *standing(everywhere)])
            if guard:
                guard(History(self.model, events))

        with self.ledger.unchanged(EVERY_MODEL) if brake else nullcontext():
            event = self.ledger.append(
                self.model,
                Draft(type_, key, payload, evidence, once),
                actor=self.actor,
                run=self.run,
                business_time=self._now,
                guard=refuse if guard or brake else None,
            )
        log.info("event %d, %s", event.seq, ": ".join(filter(None, [f"{event.type} {event.key}", gist(event)])))
        return event

    def _now(self, read: Callable[..., Sequence[Event]]) -> datetime | None:
        """Return the business time; all that it is made of is read, and nothing else."""
        return History(self.model, read("raw.written")).now
