"""Is a training launched? Every rule says yes once and no once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.keys import DAY, Window, start_of
from perennial.ledger.claims import Launch
from perennial.retraining.decision import Cost, Decision, Queue, decide, unusual
from perennial.retraining.queue import Request
from perennial.spec.retraining import Retrain

NOW, WALL = datetime(2013, 6, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
RULES = Retrain.model_validate({"every": "90d", "cooldown": "14d", "budget": "2 per 60d"})
ALARM = Request("retraining.requested:performance:1", "performance", "AUC fell")
PERSON = Request("retraining.requested:person:1", "person", "new data")
CODE = Request("retraining.requested:code:1", "code", "other features")
WINDOW = Window(date(2013, 3, 3), date(2013, 5, 30))


def launch(days_ago: float, *, ended: bool = True, last: date = date(2013, 3, 30), **more: Any) -> Launch:
    """A training of so many days ago; it began five minutes before WALL and took two."""
    since = more.pop("since", WALL - timedelta(minutes=5))
    made = {"version": 1, "registered": since + timedelta(minutes=2)} if ended else {}
    window = Window(date(2013, 1, 1), last)
    return Launch("t1", window, NOW - timedelta(days=days_ago), since, "run", **{**made, **more})


def decision(*requests: Request, past: tuple[Launch, ...] = (), **more: Any) -> Decision:
    queue = Queue("m", requests, past, WINDOW, NOW, WALL, **{"fresh": date.min, **more})
    return decide(queue, RULES)


def test_a_first_request_is_launched_and_the_reasons_are_kept() -> None:
    found = decision(PERSON, ALARM, ALARM)
    assert (found.outcome, found.why) == ("launch", "new data; AUC fell")


def test_a_thousand_requests_are_one_launch_with_a_short_reason() -> None:
    found = decision(*(Request(f"r{n}", "drift", f"window {n}") for n in range(1000)))
    assert found.outcome == "launch"
    assert found.why == "window 0; window 1; window 2; window 3; window 4; and 995 more"


def test_one_training_at_a_time() -> None:
    found = decision(PERSON, past=(launch(40, ended=False),))
    assert (found.outcome, found.until) == ("wait", None)
    assert found.why == "training t1 on 2013-01-01..2013-03-30 is under way; one at a time"


def test_a_training_that_was_given_up_is_not_under_way() -> None:
    assert decision(ALARM, past=(launch(40, ended=False, abandoned=True),)).outcome == "launch"


def test_a_training_that_takes_unusually_long_is_told_with_the_way_out() -> None:
    stuck = launch(40, ended=False, since=WALL - timedelta(hours=25))
    found = decision(ALARM, past=(stuck,))
    assert found.outcome == "wait"
    assert "unusually long, since 2025-12-31 23:00 UTC" in found.why
    assert 'perennial abandon m t1 --reason "..."' in found.why


def test_unusual_is_three_times_the_longest_so_far() -> None:
    assert unusual([]) == unusual([launch(1, ended=False)]) == timedelta(hours=24)
    assert unusual([launch(1)]) == timedelta(hours=1)
    slow = launch(1, registered=WALL + timedelta(hours=2))
    assert unusual([slow, launch(1)]) == 3 * (slow.registered - slow.since)  # type: ignore[operator]


def test_a_hold_of_training_holds_for_everybody() -> None:
    for asks in (ALARM, PERSON):
        found = decision(asks, holds=["m: hold 7 of training by ann: a leak"])
        assert (found.outcome, found.until, found.why) == ("wait", None, "m: hold 7 of training by ann: a leak")


@pytest.mark.parametrize(("ago", "outcome"), [(13.9, "wait"), (14, "launch")])
def test_the_cool_down_holds_back_alarms(ago: float, outcome: str) -> None:
    assert decision(ALARM, past=(launch(ago),)).outcome == outcome


def test_the_cool_down_does_not_hold_back_a_person() -> None:
    assert decision(PERSON, past=(launch(1),)).outcome == "launch"


def test_the_budget_holds_for_everybody() -> None:
    found = decision(PERSON, past=(launch(50), launch(20)))
    assert found.outcome == "wait"
    assert found.until == NOW + timedelta(days=10)
    assert decision(PERSON, past=(launch(60), launch(20))).outcome == "launch"


def test_a_cost_budget_stops_everybody_or_warns() -> None:
    stop, warn = Cost("12.0 of 10 hours in 30d", stops=True), Cost("9.0 of 10 hours in 30d", stops=False)
    for asks in (ALARM, PERSON):
        assert decision(asks, cost=stop) == Decision("wait", stop.says)
    assert decision(ALARM, cost=warn) == Decision("launch", "AUC fell; 9.0 of 10 hours in 30d")


@pytest.mark.parametrize(("failed", "outcome"), [(["t1", "t2"], "launch"), (["t1", "t2", "t3"], "wait")])
def test_the_breaker_opens_after_three_trainings_that_did_not_help(failed: list[str], outcome: str) -> None:
    found = decision(ALARM, failed=failed)
    assert found.outcome == outcome
    assert ("t1, t2, t3 did not help, 3 in a row" in found.why) is (outcome == "wait")


def test_an_open_breaker_does_not_hold_back_a_person() -> None:
    assert decision(PERSON, failed=["t1", "t2", "t3", "t4"]).outcome == "launch"


def test_nothing_new_to_learn_closes_an_alarm_but_not_other_requests() -> None:
    past = (launch(20, last=WINDOW.last),)
    assert decision(ALARM, past=past).outcome == "refuse"
    assert decision(PERSON, past=past).outcome == "launch"
    assert decision(CODE, past=past).outcome == "launch"
    assert decision(ALARM, CODE, past=past).outcome == "launch"


def test_the_days_of_a_training_that_was_given_up_are_new_to_learn_from() -> None:
    assert decision(ALARM, past=(launch(20, last=WINDOW.last, ended=False, abandoned=True),)).outcome == "launch"


def test_machines_wait_for_a_holdout_that_nobody_looked_at() -> None:
    found = decision(CODE, fresh=WINDOW.last + 3 * DAY, matures_after=1)
    assert found.outcome == "wait"
    # On 2 June the last labelled day is fresh; its label is known when 3 June has ended.
    assert found.until == start_of(date(2013, 6, 4))
    assert decision(CODE, fresh=WINDOW.last).outcome == "launch"
    assert decision(PERSON, fresh=WINDOW.last + 3 * DAY).outcome == "launch"


@given(st.lists(st.floats(0, 400), max_size=12), st.booleans())
def test_never_more_trainings_than_the_budget(ago: list[float], person: bool) -> None:
    past = tuple(launch(days) for days in sorted(ago, reverse=True))
    if decision(PERSON if person else ALARM, past=past).outcome == "launch":
        assert sum(days < RULES.budget.days for days in ago) < RULES.budget.trainings


@given(st.lists(st.floats(0, 400), min_size=1, max_size=12), st.integers(-3, 30))
def test_a_wait_with_a_time_is_over_at_that_time(ago: list[float], ahead: int) -> None:
    past = tuple(launch(days) for days in sorted(ago, reverse=True))
    queue = Queue("m", [ALARM], past, WINDOW, NOW, WALL, fresh=WINDOW.last + ahead * DAY, matures_after=1)
    found = decide(queue, RULES)
    if found.outcome == "wait":
        assert found.until is not None
        assert found.until > NOW
        later = Window(WINDOW.first, (found.until - 2 * DAY).date())
        again = decide(replace(queue, window=later, now=found.until), RULES)
        assert again.why != found.why
