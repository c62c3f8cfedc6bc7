"""May a training be launched now? Pure: the queue, the rules and the time in, a decision with its reason out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from perennial.keys import Window
from perennial.retraining.queue import Launch, Request
from perennial.spec.retraining import Retrain

Outcome = Literal["launch", "wait", "refuse"]


@dataclass(frozen=True)
class Decision:
    """What becomes of the open requests; `wait` leaves them in the queue."""

    outcome: Outcome
    why: str
    until: datetime | None = None
    """Business time from which on a waiting request may be decided anew; None when an event must come first."""


def decide(
    requests: Sequence[Request], past: Sequence[Launch], rules: Retrain, window: Window, now: datetime
) -> Decision:
    """Decide on all open requests at once: they ask for the same thing, one new version.

    `window` is what a training launched now would learn from. A person's request is not held back by the
    cool-down and may repeat a window; the budget and "one at a time" hold for everybody.
    """
    by_person = any(request.cause == "person" for request in requests)
    return (
        _under_way(past)
        or (None if by_person else _cooling(past, rules, now))
        or _over_budget(past, rules, now)
        or (None if by_person else _nothing_new(past, window))
        or Decision("launch", "; ".join(dict.fromkeys(request.reason for request in requests)))
    )


def _under_way(past: Sequence[Launch]) -> Decision | None:
    running = [launch for launch in past if not launch.ended]
    if not running:
        return None
    return Decision("wait", f"training {running[-1].claim} on {running[-1].window} is under way; one at a time")


def _cooling(past: Sequence[Launch], rules: Retrain, now: datetime) -> Decision | None:
    times = [launch.at for launch in past if launch.at]
    over = max(times) + timedelta(days=rules.cooldown) if times else now
    if now >= over:
        return None
    return Decision(
        "wait", f"cool-down of {rules.cooldown}d after {max(times):%Y-%m-%d} lasts to {over:%Y-%m-%d}", over
    )


def _over_budget(past: Sequence[Launch], rules: Retrain, now: datetime) -> Decision | None:
    span = timedelta(days=rules.budget.days)
    recent = sorted(launch.at for launch in past if launch.at and launch.at > now - span)
    if len(recent) < rules.budget.trainings:
        return None
    free = recent[-rules.budget.trainings] + span
    return Decision("wait", f"budget of {rules.budget} is spent until {free:%Y-%m-%d}", free)


def _nothing_new(past: Sequence[Launch], window: Window) -> Decision | None:
    if not past or window.last > past[-1].window.last:
        return None
    return Decision(
        "refuse", f"no labelled day after {past[-1].window.last}, the last that {past[-1].claim} learnt from"
    )
