"""May a training be launched now? Pure: the queue, the rules and both clocks in, a decision with its reason out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from perennial.keys import DAY, Window, start_of
from perennial.ledger.claims import Launch
from perennial.retraining.queue import Request
from perennial.spec.retraining import Retrain

Outcome = Literal["launch", "wait", "refuse"]
OF_DATA = frozenset({"drift", "performance", "fairness", "schedule", "new_data"})
"""Causes that newer rows may answer; code and other systems may want another version of the same rows."""
TOLD = 5
"""Reasons that a launch repeats; all of them stand in the requests."""
SLOW, SLOW_AT_FIRST = timedelta(hours=1), timedelta(hours=24)
"""A training is unusually long after three times the longest so far and an hour; the first one after a day."""


@dataclass(frozen=True)
class Decision:
    """What becomes of the open requests; `wait` leaves them in the queue."""

    outcome: Outcome
    why: str
    until: datetime | None = None
    """Business time from which on a waiting request may be decided anew; None when an event must come first."""


@dataclass(frozen=True)
class Cost:
    """What the budget for computing says of one more training, and whether it forbids it."""

    says: str
    stops: bool


@dataclass(frozen=True)
class Queue:
    """All that a decision looks at."""

    model: str
    requests: Sequence[Request]
    past: Sequence[Launch]
    window: Window
    """What a training launched now would learn from."""
    now: datetime
    """Business time."""
    wall: datetime
    fresh: date
    """The last labelled day from which on no day of the holdout has been looked at."""
    matures_after: int = 0
    holds: Sequence[str] = ()
    failed: Sequence[str] = ()
    """Trainings in a row that did not help."""
    cost: Cost | None = None

    @property
    def by_person(self) -> bool:
        """Tell whether a person is among those who ask."""
        return any(request.cause == "person" for request in self.requests)


def decide(queue: Queue, rules: Retrain) -> Decision:
    """Decide on all open requests at once: they ask for the same thing, one new version.

    Holds, one at a time and the budgets are there for everybody. The others spare people useless trainings: a person
    who asks all the same has looked, and stands for it with a reason.
    """
    asked = FOR_ALL if queue.by_person else (*FOR_ALL, *FOR_MACHINES)
    found = (rule(queue, rules) for rule in asked)
    return next((no for no in found if no), None) or Decision("launch", _reasons(queue))


def _held(queue: Queue, _rules: Retrain) -> Decision | None:
    return Decision("wait", "; ".join(queue.holds)) if queue.holds else None


def _under_way(queue: Queue, _rules: Retrain) -> Decision | None:
    running = [launch for launch in queue.past if not launch.ended]
    if not running:
        return None
    one = running[-1]
    told = f"training {one.claim} on {one.window} is under way; one at a time"
    if queue.wall - one.since > unusual(queue.past):
        give_up = f'perennial abandon {queue.model} {one.claim} --reason "..."'
        told = f"{told}. It is unusually long, since {one.since:%Y-%m-%d %H:%M} UTC; if it can never end: {give_up}"
    return Decision("wait", told)


def unusual(past: Sequence[Launch]) -> timedelta:
    """Return how long a training may take, wall time, before a person should look."""
    took = [launch.registered - launch.since for launch in past if launch.registered]
    return max(SLOW, 3 * max(took)) if took else SLOW_AT_FIRST


def _broken(queue: Queue, rules: Retrain) -> Decision | None:
    if len(queue.failed) < rules.give_up_after:
        return None
    row = f"{', '.join(queue.failed)} did not help, {len(queue.failed)} in a row"
    return Decision("wait", f'{row}. A person looks and asks, or: perennial reset-breaker {queue.model} --reason "..."')


def _cooling(queue: Queue, rules: Retrain) -> Decision | None:
    times = [launch.at for launch in queue.past if launch.at]
    over = max(times) + timedelta(days=rules.cooldown) if times else queue.now
    if queue.now >= over:
        return None
    told = f"cool-down of {rules.cooldown}d after {max(times):%Y-%m-%d} lasts to {over:%Y-%m-%d}"
    return Decision("wait", told, over)


def _over_budget(queue: Queue, rules: Retrain) -> Decision | None:
    span = timedelta(days=rules.budget.days)
    recent = sorted(launch.at for launch in queue.past if launch.at and launch.at > queue.now - span)
    if len(recent) < rules.budget.trainings:
        return None
    free = recent[-rules.budget.trainings] + span
    return Decision("wait", f"budget of {rules.budget} is spent until {free:%Y-%m-%d}", free)


def _over_cost(queue: Queue, _rules: Retrain) -> Decision | None:
    return Decision("wait", queue.cost.says) if queue.cost and queue.cost.stops else None


def _nothing_new(queue: Queue, _rules: Retrain) -> Decision | None:
    learnt = [launch for launch in queue.past if not launch.abandoned]
    if not learnt or queue.window.last > learnt[-1].window.last or _beyond_data(queue):
        return None
    told = f"no labelled day after {learnt[-1].window.last}, the last that {learnt[-1].claim} learnt from"
    return Decision("refuse", told)


def _holdout_used(queue: Queue, _rules: Retrain) -> Decision | None:
    if queue.window.last >= queue.fresh:
        return None
    until = start_of(queue.fresh + (1 + queue.matures_after) * DAY)
    return Decision("wait", f"days of the holdout were looked at before; all are fresh from {until:%Y-%m-%d}", until)


def _beyond_data(queue: Queue) -> bool:
    return any(request.cause not in OF_DATA for request in queue.requests)


def _reasons(queue: Queue) -> str:
    reasons = list(dict.fromkeys(request.reason for request in queue.requests))
    more = [f"and {len(reasons) - TOLD} more"] if len(reasons) > TOLD else []
    warned = [queue.cost.says] if queue.cost else []
    return "; ".join([*reasons[:TOLD], *more, *warned])


Rule = Callable[[Queue, Retrain], Decision | None]
FOR_ALL: tuple[Rule, ...] = (_held, _under_way, _over_budget, _over_cost)
FOR_MACHINES: tuple[Rule, ...] = (_broken, _cooling, _nothing_new, _holdout_used)
