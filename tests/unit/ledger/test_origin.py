"""Who asked for a training."""

from __future__ import annotations

from dataclasses import replace

from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.ledger.origin import asked_by, people
from unit.validation.told import history


def told(actor_of_launch: str = "airflow") -> History:
    events = history(
        ("retraining.requested", "r1", {"cause": "person", "by": "carl", "reason": "newer days"}),
        ("retraining.requested", "r2", {"cause": "schedule", "by": "airflow", "reason": "90d"}),
        ("retraining.requested", "r3", {"cause": "person", "by": "late", "reason": "not decided yet"}),
        ("retraining.decided", "w", {"claim": "t1", "requests": [f"retraining.requested:r{n}" for n in (1, 2)]}),
        ("retraining.decided", "none", {"claim": None, "requests": ["retraining.requested:r3"]}),
        ("snapshot.frozen", "w", {"claim": "t1"}),
        ("snapshot.frozen", "w", {"claim": "t2"}),
    ).events
    return History("m", [_as(event, actor_of_launch) for event in events])


def _as(event: Event, launcher: str) -> Event:
    actors = {"retraining.decided": launcher, "snapshot.frozen": "dora"}
    return replace(event, actor=actors.get(event.type, "airflow"), once=event.key)


def test_it_was_those_who_left_the_requests_launched_and_ran_the_training() -> None:
    assert asked_by(told("eva"), "t1") == ["carl", "eva", "dora"]


def test_a_schedule_is_nobody() -> None:
    assert asked_by(told(), "t1") == ["carl", "dora"]
    assert asked_by(told(), "t9") == []


def test_people_are_named_once() -> None:
    assert people(["airflow", "bob", "ann", "bob"]) == ["bob", "ann"]
