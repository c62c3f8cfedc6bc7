"""Who asked for a training."""

from __future__ import annotations

from dataclasses import replace

import pytest

from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.ledger.origin import asked_by, is_machine, people, same_person
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


@pytest.mark.parametrize(
    ("one", "other"), [("ann", "Ann"), ("ann", " ann"), ("Jos\u00e9", "jose\u0301"), ("ann", "ann@example.org")]
)
def test_one_person_may_write_her_name_in_several_ways(one: str, other: str) -> None:
    assert same_person(one, other)
    assert same_person(other, one)


def test_two_people_are_two() -> None:
    assert not same_person("ann", "anne")
    assert not same_person("ann@example.org", "ann@example.com")
    assert not same_person("José", "Jose")


def test_machines_are_no_people_in_whatever_letters() -> None:
    assert all(is_machine(name) for name in ("airflow", "Airflow", " nobody", "triage", "", " "))
    assert not is_machine("ann")


def test_people_are_named_once() -> None:
    assert people(["airflow", "bob", "ann", "bob"]) == ["bob", "ann"]
