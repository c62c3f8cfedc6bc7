"""What follows from a finding, on a real ledger: once, and not again after a person has spoken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, cast

import pytest

from perennial.context import Context
from perennial.errors import Held
from perennial.keys import DAY, Window
from perennial.ledger.event import Event
from perennial.ledger.holds import holds, lift, place, refuse_if_held
from perennial.monitoring.consequences import act, tell
from perennial.monitoring.question import Answer, Choice, ForTriage
from perennial.monitoring.triage import Action, Finding, Kind
from perennial.settings import Settings
from unit.validation.real import told

WEEK = Window(date(1995, 1, 1), date(1995, 1, 7))
NEXT = Window(date(1995, 1, 8), date(1995, 1, 14))
Decide = Callable[..., Event]


@pytest.fixture
def ctx(settings: Settings) -> Context:
    return told(settings, "flights")


@pytest.fixture
def decide(ctx: Context) -> Decide:
    """Decide about a window, as monitoring does after a report."""

    def decided(kind: Kind, action: Action, window: Window = WEEK, why: str = "weather.temp holds nothing") -> Event:
        found = Finding(kind, action, f"{why}; drift: much", ("weather.temp",), why)
        return tell(ctx, 1, window, found, once="report")

    return decided


def of(ctx: Context, *types: str) -> list[Event]:
    return ctx.chain.history().of(*types)


def test_broken_data_holds_scoring_training_and_promotion_and_names_its_source(ctx: Context, decide: Decide) -> None:
    placed = act(ctx, decide("broken_upstream", "stop"))
    assert placed is not None
    assert placed.payload["reason"] == "broken data upstream: weather.temp holds nothing"
    for scope in ("scoring", "training", "promotion"):
        with pytest.raises(Held, match=r"weather\.temp holds nothing"):
            refuse_if_held(ctx.chain, cast("Any", scope))
    (notice,) = of(ctx, "notice.raised", "notice.held_back")
    assert notice.payload["severity"] == "urgent"
    assert "weather.temp" in notice.payload["subject"]


def test_what_holds_is_not_held_again_and_what_a_person_lifted_comes_back_only_with_news(
    ctx: Context, decide: Decide
) -> None:
    first = decide("broken_upstream", "stop")
    assert act(ctx, first)
    assert act(ctx, first) is None
    assert act(ctx, decide("broken_upstream", "stop", NEXT, "weather.dewp holds nothing")) is None
    lift(replace(ctx.chain, actor="ann"), "mended")
    assert act(ctx, first) is None, "a task that runs again must not take back what a person said"
    assert holds(ctx.chain) == []
    assert act(ctx, decide("broken_upstream", "stop", Window(NEXT.last + DAY, NEXT.last + 7 * DAY)))


def test_an_old_window_does_not_take_back_what_a_person_released(ctx: Context, decide: Decide) -> None:
    today = Window(NEXT.last, NEXT.last)
    act(ctx, decide("broken_upstream", "stop", today))
    lift(replace(ctx.chain, actor="ann"), "the column will not come back")
    for window in (WEEK, NEXT):
        assert act(ctx, decide("broken_upstream", "stop", window)) is None
    assert holds(ctx.chain) == [], "it is told of the same days"
    assert len(of(ctx, "notice.raised", "notice.held_back")) == 1, "nothing is stopped, so nobody is told so"
    other = Finding("broken_upstream", "stop", "planes", ("planes",), "planes has no rows")
    assert act(ctx, tell(ctx, 1, NEXT, other, once="again")), "nobody has released this"


def test_a_day_that_came_in_before_the_release_and_is_looked_at_after_it_stops_again(
    ctx: Context, decide: Decide
) -> None:
    act(ctx, decide("broken_upstream", "stop"))
    ctx.chain.record("raw.written", str(WEEK.last), {"tables": {}, "counts": {}, "last": str(WEEK.last)})
    lift(replace(ctx.chain, actor="ann"), "it came in again")
    again = Finding("broken_upstream", "stop", "still", ("weather.temp",), "still")
    assert act(ctx, tell(ctx, 1, WEEK, again, once="came in again"))


def test_a_persons_hold_does_not_stand_for_that_of_broken_data(ctx: Context, decide: Decide) -> None:
    place(replace(ctx.chain, actor="ann"), ["scoring"], "holidays")
    assert act(ctx, decide("broken_upstream", "stop"))


@pytest.mark.parametrize(
    ("kind", "cause"),
    [
        ("performance", "performance"),
        ("performance_and_drift", "performance"),
        ("concept_drift", "performance"),
        ("label_drift", "drift"),
    ],
)
def test_lost_performance_asks_once_for_a_new_version(ctx: Context, decide: Decide, kind: Kind, cause: str) -> None:
    decided = decide(kind, "retrain", why="AUC fell")
    request, again = act(ctx, decided), act(ctx, decided)
    assert request is not None
    assert request == again
    assert (request.payload["cause"], request.payload["window"]) == (cause, str(WEEK))
    assert request.payload["reason"] == "AUC fell; drift: much"


@pytest.mark.parametrize(
    ("kind", "action"), [("drift", "watch"), ("healthy", "nothing"), ("insufficient_data", "nothing")]
)
def test_nothing_follows_and_nobody_is_told(ctx: Context, decide: Decide, kind: Kind, action: Action) -> None:
    assert act(ctx, decide(kind, action)) is None
    assert [event.type for event in ctx.chain.history().events] == ["triage.decided"]


def test_people_are_told_when_it_is_over(ctx: Context, decide: Decide) -> None:
    act(ctx, decide("upkeep", "watch", why="3 % of weather is quarantined"))
    assert len(of(ctx, "notice.raised", "notice.held_back")) == 1
    act(ctx, decide("healthy", "nothing", NEXT))
    (over,) = of(ctx, "notice.reset")
    assert (over.payload["kind"], over.key) == ("alarm", "watch")


def over(ctx: Context) -> list[str]:
    return [event.key for event in of(ctx, "notice.reset")]


def test_a_stop_is_over_when_it_is_released_and_not_before(ctx: Context, decide: Decide) -> None:
    act(ctx, decide("broken_upstream", "stop", Window(NEXT.last, NEXT.last)))
    act(ctx, decide("healthy", "nothing", WEEK))
    act(ctx, decide("healthy", "nothing", Window(NEXT.last + DAY, NEXT.last + 7 * DAY)))
    assert over(ctx) == [], "it is held"
    lift(replace(ctx.chain, actor="ann"), "mended")
    act(ctx, decide("healthy", "nothing", NEXT))
    assert over(ctx) == ["stop"]


@pytest.mark.parametrize(("kind", "action"), [("unfair", "ask"), ("performance", "retrain"), ("upkeep", "watch")])
def test_an_older_window_does_not_end_what_a_newer_one_told(
    ctx: Context, decide: Decide, kind: Kind, action: Action
) -> None:
    act(ctx, decide(kind, action, NEXT))
    act(ctx, decide("healthy", "nothing", WEEK))
    assert over(ctx) == []
    act(ctx, tell(ctx, 1, NEXT, Finding("healthy", "nothing", "late labels"), once="told again"))
    assert over(ctx) == [action]


def said(choice: Choice, reason: str = "as I see it") -> Answer:
    return Answer("bea", choice, reason, datetime(2026, 1, 1, tzinfo=UTC))


def test_a_person_is_asked_and_reads_why(ctx: Context, decide: Decide) -> None:
    act(ctx, decide("unfair", "ask", why="women are selected at 0.6 of the rate of men"))
    question = ForTriage().ask(ctx, str(WEEK), ["ann", "bea"], "")
    assert question is not None
    assert "flights v1, 1995-01-01..1995-01-07: unfair" in question.subject
    assert "women are selected at 0.6" in question.body
    assert question.people == ["ann", "bea"]


@pytest.mark.parametrize(
    ("choice", "follows"), [("Retrain", "retraining.requested"), ("Hold", "hold.placed"), ("Keep watching", None)]
)
def test_an_answer_is_recorded_and_done(ctx: Context, decide: Decide, choice: Choice, follows: str | None) -> None:
    act(ctx, decide("unfair", "ask", why="unfair to women"))
    answered = ForTriage().answer(ctx, str(WEEK), said(choice))
    assert (answered.payload["answer"], answered.payload["by"]) == (choice, "bea")
    done = of(ctx, "retraining.requested", "hold.placed")
    assert [event.type for event in done] == ([follows] if follows else [])
    for event in done:
        assert "bea" in event.payload["reason"]
        assert "unfair to women" in event.payload["reason"]
        assert event.payload.get("cause", "person") == "person"
        assert event.payload.get("scopes", ["scoring"]) == ["scoring"]
    assert ForTriage().answer(ctx, str(WEEK), said("Hold")) == answered, "the first answer counts"
    assert ForTriage().wait(ctx, str(WEEK)) == answered
    assert ForTriage().ask(ctx, str(WEEK), [], "") is None


def test_a_question_ends_when_a_later_window_was_judged(ctx: Context, decide: Decide) -> None:
    act(ctx, decide("skew", "ask"))
    assert not isinstance(ForTriage().wait(ctx, str(WEEK)), Event)
    later = decide("healthy", "nothing", NEXT)
    assert ForTriage().wait(ctx, str(WEEK)) == later
    assert ForTriage().ask(ctx, str(WEEK), [], "") is None


def test_nobody_is_asked_about_a_window_that_needs_no_answer(ctx: Context, decide: Decide) -> None:
    decide("performance", "retrain")
    assert ForTriage().ask(ctx, str(WEEK), [], "") is None
