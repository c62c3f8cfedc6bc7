"""Answers to triage's questions when things go wrong around them: they are done, once, in the name of who answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from perennial.clock.held import tell_holds
from perennial.context import Context
from perennial.keys import Window
from perennial.ledger.event import Event
from perennial.ledger.holds import holds, lift
from perennial.ledger.origin import asked_by
from perennial.monitoring import question
from perennial.monitoring.consequences import act, tell
from perennial.monitoring.question import Answer, Choice, ForTriage
from perennial.monitoring.triage import Action, Finding
from perennial.retraining.queue import open_requests
from perennial.settings import Settings
from unit.validation.real import told

BEFORE = Window(date(1994, 12, 25), date(1994, 12, 31))
WEEK = Window(date(1995, 1, 1), date(1995, 1, 7))
NEXT = Window(date(1995, 1, 8), date(1995, 1, 14))
KEY = str(WEEK)
AT = datetime(2026, 1, 1, tzinfo=UTC)
Decide = Callable[..., Event]


@pytest.fixture
def ctx(settings: Settings) -> Context:
    """Open the model as a run that an asset has woken."""
    opened = told(settings, "flights")
    return replace(opened, chain=replace(opened.chain, actor="airflow"))


@pytest.fixture
def decide(ctx: Context) -> Decide:
    """Decide about a window; a window that is told `again` has more labels."""

    def decided(action: Action, window: Window = WEEK, again: str = "") -> Event:
        found = Finding("skew", action, "skew", ("weather.temp",), "skewed")
        return tell(ctx, 1, window, found, once=f"report{again}")

    return decided


def said(choice: Choice) -> Answer:
    return Answer("bea", choice, "as I see it", AT)


def killed(ctx: Context, choice: Choice) -> None:
    """Answer, and die before anything follows."""

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(question, "follow", die)
        with pytest.raises(KeyboardInterrupt):
            ForTriage().answer(ctx, KEY, said(choice))


def of(ctx: Context, *types: str) -> list[Event]:
    return ctx.chain.history().of(*types)


@pytest.mark.parametrize(("choice", "follows"), [("Retrain", "retraining.requested"), ("Hold", "hold.placed")])
def test_the_next_try_does_what_a_killed_one_left_undone(
    ctx: Context, decide: Decide, choice: Choice, follows: str
) -> None:
    decide("ask")
    killed(ctx, choice)
    assert of(ctx, follows) == []
    decide("nothing", again=" with more labels")
    for _ in range(2):
        assert ForTriage().ask(ctx, KEY, [], "") is None
        assert len(of(ctx, follows)) == 1


def test_a_task_that_runs_again_takes_back_no_release(ctx: Context, decide: Decide) -> None:
    decide("ask")
    ForTriage().answer(ctx, KEY, said("Hold"))
    lift(replace(ctx.chain, actor="ann"), "mended")
    assert ForTriage().ask(ctx, KEY, [], "") is None
    assert holds(ctx.chain) == []
    decide("ask", again=" with more labels")
    ForTriage().answer(ctx, KEY, said("Hold"))
    assert len(holds(ctx.chain)) == 1, "who holds anew after a release is heard"


def test_an_older_window_that_is_told_again_ends_no_question(ctx: Context, decide: Decide) -> None:
    decide("ask")
    decide("nothing", BEFORE, " with more labels")
    assert ForTriage().ask(ctx, KEY, [], "") is not None
    assert isinstance(ForTriage().wait(ctx, KEY), timedelta)
    later = decide("nothing", NEXT)
    decide("watch", BEFORE, " with all labels")
    assert ForTriage().ask(ctx, KEY, [], "") is None
    assert ForTriage().wait(ctx, KEY) == later


def test_late_labels_may_ask_about_a_window_that_is_not_the_last(ctx: Context, decide: Decide) -> None:
    decide("nothing")
    decide("nothing", NEXT)
    decide("ask", again=" with more labels")
    assert ForTriage().ask(ctx, KEY, [], "") is not None
    assert isinstance(ForTriage().wait(ctx, KEY), timedelta)


def test_a_question_ends_when_its_window_asks_no_more_and_an_answer_on_its_way_still_counts(
    ctx: Context, decide: Decide
) -> None:
    asked = decide("ask")
    over = decide("retrain", again=" with more labels")
    assert ForTriage().wait(ctx, KEY) == over
    assert ForTriage().ask(ctx, KEY, [], "") is None
    answered = ForTriage().answer(ctx, KEY, said("Hold"))
    assert answered.payload["asked"] == asked.hash
    assert len(holds(ctx.chain)) == 1


def test_who_answers_retrain_has_asked_for_the_training(ctx: Context, decide: Decide) -> None:
    decide("ask")
    ForTriage().answer(ctx, KEY, said("Retrain"))
    (request,) = of(ctx, "retraining.requested")
    assert (request.payload["by"], request.actor) == ("bea", "bea")
    body = {"claim": "t1", "requests": [f"{request.type}:{request.once}"], "outcome": "train"}
    ctx.chain.record("retraining.decided", "t1", body)
    assert asked_by(ctx.chain.history(), "t1") == ["bea"]


def test_who_answers_retrain_asks_beside_what_triage_has_asked_for(ctx: Context, decide: Decide) -> None:
    lost = Finding("performance", "retrain", "AUC fell", ("quality",), "AUC fell")
    act(ctx, tell(ctx, 1, WEEK, lost, once="report"))
    decide("ask", again=" with more labels")
    answered = ForTriage().answer(ctx, KEY, said("Retrain"))
    for _ in range(2):
        assert ForTriage().answer(ctx, KEY, said("Hold")) == answered
        assert ForTriage().ask(ctx, KEY, [], "") is None
    assert [one.cause for one in open_requests(ctx.chain.history())] == ["performance", "person"]
    _, request = of(ctx, "retraining.requested")
    assert (request.key, request.payload["window"], request.payload["by"]) == (KEY, KEY, "bea")
    assert request.payload["reason"] == f"bea on {KEY}: as I see it (skewed)"


def test_the_others_hear_of_a_hold_that_somebody_chose(ctx: Context, decide: Decide) -> None:
    decide("ask")
    ForTriage().answer(ctx, KEY, said("Hold"))
    (placed,) = of(ctx, "hold.placed")
    assert placed.payload["by"] == "bea"
    tell_holds(ctx.settings, ctx.chain, ctx.spec.notices, placed.wall_time)
    (notice,) = [one for one in of(ctx, "notice.raised", "notice.held_back") if one.payload["kind"] == "hold"]
    assert notice.key == placed.hash
