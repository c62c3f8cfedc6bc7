"""The operator that asks people: what becomes of answers, deadlines and rejections, on a real ledger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowSkipException, TaskAwaitingInput

from perennial.context import Context
from perennial.keys import Window
from perennial.local.airflow_env import own
from perennial.monitoring.consequences import tell
from perennial.monitoring.triage import Finding
from perennial.promotion.question import ForApproval
from perennial.settings import Settings
from perennial_airflow.answers import known_users
from perennial_airflow.ask import AskAgainError
from perennial_airflow.questions import AskApproval, AskReview, AskTriage
from perennial_airflow.stage import open_model
from unit.promotion.made import MODEL, Made
from unit.promotion.people import KNOWN, high
from unit.validation.real import told

RUN = SimpleNamespace(dag_id="m.promote", run_id="r1", partition_key="v1", triggering_user_name=None)
CONTEXT = {"dag_run": RUN, "params": {"reason": "", "emergency": False}, "ti": SimpleNamespace(try_number=1)}


@pytest.fixture
def made(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    """v1 has passed, and the first question was put by this run."""
    made = high(settings, tmp_path)
    for name, value in own(made.ctx.settings).items():
        monkeypatch.setenv(name, value)
    ForApproval(1).ask(open_model(MODEL, CONTEXT), "v1", KNOWN, "")
    return made


@pytest.fixture
def ask() -> AskApproval:
    with DAG("m.promote", schedule=None):
        first = AskApproval(task_id="ask", model=MODEL, place=1)
        first >> AskReview(task_id="review", model=MODEL)
    return first


def event(by: str = "alice", option: str = "Approve", **params: str) -> dict[str, Any]:
    """An answer as Airflow resumes a task with it."""
    who = {"id": by, "name": by}
    at = datetime.now(UTC)
    return {"chosen_options": [option], "params_input": params, "responded_at": at, "responded_by_user": who}


def test_an_approval_lets_the_run_go_on(made: Made, ask: AskApproval) -> None:
    told = ask.execute_complete(CONTEXT, event(comment="read the card"))
    assert told == made.ctx.chain.history().of("approval.given")[-1].hash


def test_a_rejection_skips_what_would_follow_and_says_how_to_go_on(made: Made, ask: AskApproval) -> None:
    with pytest.raises(AirflowSkipException, match="v1 was rejected by bob: worse at night; to ask again: perennial"):
        ask.execute_complete(CONTEXT, event("bob", "Reject", comment="worse at night"))
    assert made.ctx.chain.history().champion is None


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (event("carl", comment="mine is good"), "carl asked for the training"),
        (event(comment=" "), "a reason"),
        (event(), "a reason"),
        (event(option="Reject"), "a reason"),
    ],
)
def test_an_answer_that_does_not_count_is_asked_again(
    made: Made, ask: AskApproval, answer: dict[str, Any], why: str
) -> None:
    with pytest.raises(AskAgainError, match=why):
        ask.execute_complete(CONTEXT, answer)
    assert len(made.ctx.chain.history().of("approval.void")) == 1


def test_when_time_is_not_over_it_waits_on(made: Made, ask: AskApproval) -> None:
    with pytest.raises(TaskAwaitingInput) as waiting:
        ask.execute_complete(CONTEXT, {"error": "nobody answered yet", "error_type": "timeout"})
    assert timedelta(days=2) < waiting.value.timeout <= timedelta(days=3)
    assert waiting.value.method_name == "execute_complete"
    assert not made.ctx.chain.history().of("approval.refused")


def test_in_an_emergency_nobody_is_asked_beforehand(made: Made, ask: AskApproval) -> None:
    hurried = {**CONTEXT, "params": {"reason": "fire", "emergency": True}}
    assert "nothing to ask" in ask.execute(hurried)
    assert len(made.ctx.chain.history().of("approval.asked")) == 1, "the one of the fixture"


def test_without_an_emergency_the_review_is_skipped(made: Made, ask: AskApproval) -> None:
    (review,) = ask.downstream_list
    with pytest.raises(AirflowSkipException, match="nothing to ask"):
        review.execute(CONTEXT)


def test_airflows_users_but_viewers_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS", "ann:admin,bob:op,cid:user,dan:viewer")
    assert known_users() == ["ann", "bob", "cid"]
    monkeypatch.setenv("AIRFLOW__CORE__AUTH_MANAGER", "another.package.OtherAuthManager")
    assert known_users() == []


WINDOW = "1995-01-01..1995-01-07"
ABOUT = {**CONTEXT, "dag_run": SimpleNamespace(**{**vars(RUN), "dag_id": "flights.ask", "partition_key": WINDOW})}


@pytest.fixture
def unfair(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Context:
    """Triage asks what to do about a window."""
    ctx = told(settings, "flights")
    for name, value in own(settings).items():
        monkeypatch.setenv(name, value)
    finding = Finding("unfair", "ask", "unfair to LGA", ("origin=LGA",), "unfair to LGA")
    tell(ctx, 1, Window.parse(WINDOW), finding, once="report")
    return ctx


@pytest.fixture
def triage() -> AskTriage:
    with DAG("flights.ask", schedule=None):
        return AskTriage(task_id="ask", model="flights")


@pytest.mark.parametrize(
    ("option", "follows"), [("Retrain", "retraining.requested"), ("Hold", "hold.placed"), ("Keep watching", None)]
)
def test_what_a_person_chooses_about_a_window_is_done(
    unfair: Context, triage: AskTriage, option: str, follows: str | None
) -> None:
    done = triage.execute_complete(ABOUT, event("bob", option, comment="look at LGA"))
    history = unfair.chain.history()
    assert done == history.of("triage.answered")[-1].hash
    assert history.events[-1].type == (follows or "triage.answered")


def test_an_open_question_looks_again_and_ends_when_it_is_over(unfair: Context, triage: AskTriage) -> None:
    timeout = {"error": "nobody answered yet", "error_type": "timeout"}
    with pytest.raises(TaskAwaitingInput):
        triage.execute_complete(ABOUT, timeout)
    later = Window.parse("1995-01-08..1995-01-14")
    tell(unfair, 1, later, Finding("healthy", "nothing", "all is well"), once="report")
    assert triage.execute_complete(ABOUT, timeout) == unfair.chain.history().last("triage.decided").hash  # type: ignore[union-attr]
