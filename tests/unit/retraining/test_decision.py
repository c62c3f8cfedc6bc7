"""Is a training launched? Every rule says yes once and no once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.keys import Window
from perennial.retraining.decision import decide
from perennial.retraining.queue import Launch, Request
from perennial.spec.retraining import Retrain

NOW = datetime(2013, 6, 1, tzinfo=UTC)
RULES = Retrain.model_validate({"every": "90d", "cooldown": "14d", "budget": "2 per 60d"})
SIGNAL = Request("retraining.requested:performance:1", "performance", "AUC fell")
PERSON = Request("retraining.requested:person:1", "person", "new data")
WINDOW = Window(date(2013, 3, 3), date(2013, 5, 30))


def launch(days_ago: float, *, ended: bool = True, last: date = date(2013, 3, 30)) -> Launch:
    return Launch("t1", Window(date(2013, 1, 1), last), NOW - timedelta(days=days_ago), ended)


def test_a_first_request_is_launched_and_the_reasons_are_kept() -> None:
    decision = decide([PERSON, SIGNAL, SIGNAL], [], RULES, WINDOW, NOW)
    assert (decision.outcome, decision.why) == ("launch", "new data; AUC fell")


def test_one_training_at_a_time() -> None:
    decision = decide([PERSON], [launch(40, ended=False)], RULES, WINDOW, NOW)
    assert (decision.outcome, decision.until) == ("wait", None)
    assert "t1 on 2013-01-01..2013-03-30 is under way" in decision.why


@pytest.mark.parametrize(("ago", "outcome"), [(13.9, "wait"), (14, "launch")])
def test_the_cool_down_holds_back_signals(ago: float, outcome: str) -> None:
    assert decide([SIGNAL], [launch(ago)], RULES, WINDOW, NOW).outcome == outcome


def test_the_cool_down_does_not_hold_back_a_person() -> None:
    assert decide([PERSON], [launch(1)], RULES, WINDOW, NOW).outcome == "launch"


def test_the_budget_holds_for_everybody() -> None:
    decision = decide([PERSON], [launch(50), launch(20)], RULES, WINDOW, NOW)
    assert decision.outcome == "wait"
    assert decision.until == NOW + timedelta(days=10)
    assert decide([PERSON], [launch(60), launch(20)], RULES, WINDOW, NOW).outcome == "launch"


def test_nothing_new_to_learn_closes_a_signal_but_not_a_persons_request() -> None:
    past = [launch(20, last=WINDOW.last)]
    assert decide([SIGNAL], past, RULES, WINDOW, NOW).outcome == "refuse"
    assert decide([PERSON], past, RULES, WINDOW, NOW).outcome == "launch"


@given(st.lists(st.floats(0, 400), max_size=12), st.booleans())
def test_never_more_trainings_than_the_budget(ago: list[float], person: bool) -> None:
    past = [launch(days) for days in sorted(ago, reverse=True)]
    if decide([PERSON if person else SIGNAL], past, RULES, WINDOW, NOW).outcome == "launch":
        assert sum(days < RULES.budget.days for days in ago) < RULES.budget.trainings


@given(st.lists(st.floats(0, 400), min_size=1, max_size=12))
def test_a_wait_with_a_time_is_over_at_that_time(ago: list[float]) -> None:
    past = [launch(days) for days in sorted(ago, reverse=True)]
    decision = decide([SIGNAL], past, RULES, WINDOW, NOW)
    if decision.outcome == "wait":
        assert decision.until is not None
        assert decision.until > NOW
        again = decide([SIGNAL], past, RULES, WINDOW, decision.until)
        assert again.why != decision.why
