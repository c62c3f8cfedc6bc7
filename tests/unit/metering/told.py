"""Events of cost without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from perennial.ledger.event import Event
from perennial.ledger.history import History

FIRST = datetime(2013, 1, 1, tzinfo=UTC)


def event(kind: str, day: int | None = 0, key: str = "k", **payload: Any) -> Event:
    at = None if day is None else FIRST + timedelta(days=day)
    return Event("m", 1, kind, key, "ann", "r", at, FIRST, payload, None, None, "", "")


def cost(stage: str = "train", day: int | None = 0, **more: Any) -> Event:
    body = {"stage": stage, "well": True, "claim": None, "version": None, "seconds": 1.0, "cpu_seconds": 1.0}
    body |= {"bytes_read": 1, "bytes_written": None, "peak_memory": 1, "kwh": 1.0, "kg_co2e": 0.5}
    return event("cost.recorded", day, **(body | more))


def history(*events: Event) -> History:
    return History("m", events)
