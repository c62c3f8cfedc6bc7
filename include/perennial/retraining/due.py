"""What the clock asks of the queue: is a training due by schedule, by new data or by code, has a wait ended? Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from pydantic import ValidationError

from perennial.hashing import digest
from perennial.keys import DAY
from perennial.ledger.history import History
from perennial.retraining.queue import open_requests, undecided, unheard
from perennial.spec import Spec
from perennial.spec.training import Train

Version = Mapping[str, Any]


def training_due(every: int | None, last_launch: datetime | None, now: datetime) -> date | None:
    """Return the day for which a scheduled training is due, or None."""
    if every is None or last_launch is None:
        return None
    due = last_launch + every * DAY
    return due.date() if now >= due else None


def new_data_due(days: int | None, learnt: date | None, labelled: date | None) -> date | None:
    """Return the day with which so many days have come since the last that was learnt from, or None."""
    if days is None or learnt is None or labelled is None:
        return None
    due = learnt + days * DAY
    return due if labelled >= due else None


def code_due(spec: Spec, champion: Version | None, versions: Iterable[Version]) -> str | None:
    """Return the digest of transform and `train`, where the champion was made with others and no version with these."""
    if not spec.retrain.on_code or champion is None or made_alike(spec, champion):
        return None
    if any(made_alike(spec, version) for version in versions):
        return None
    return digest({"transform": spec.transform_digest, "train": spec.train.model_dump(mode="json")})


def made_alike(spec: Spec, version: Version) -> bool:
    """Tell whether a version was made with the present transform and `train`; a new key at its default is no change."""
    kept = version.get("made", {}).get("train")
    try:
        then = Train.model_validate(kept) if kept else spec.train
    except ValidationError:  # it has a key that is honoured no more: now it would be made otherwise
        return False
    return bool(version["transform"] == spec.transform_digest and then == spec.train)


def look_due(history: History, wall: datetime) -> bool:
    """Tell whether somebody should look at the queue: at what nobody spoke of yet, or at what has waited long enough.

    So a wake-up that was lost is made up for on the next day.
    """
    if unheard(history, "", wall) or undecided(history):
        return True
    decision = history.last("retraining.decided")
    if decision is None or not open_requests(history):
        return False
    until = decision.payload["until"] if decision.payload["outcome"] == "wait" else None
    return until is None or (history.now is not None and history.now >= datetime.fromisoformat(until))
