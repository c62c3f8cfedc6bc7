"""A question to people on the real ledger: asked, answered, void, reminded, escalated, run out."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from perennial.errors import ArtifactUntrusted, GateRefused
from perennial.ledger.event import Event
from perennial.promotion import stage, words
from perennial.promotion.answer import Answer
from perennial.promotion.question import ForApproval
from perennial.question import Question
from perennial.settings import Settings
from perennial.validation.waive import revoke, waive
from unit.notices.receivers import webhook
from unit.promotion.made import Made
from unit.promotion.people import KNOWN, high

FIRST, SECOND = ForApproval(1), ForApproval(2)


@pytest.fixture
def made(settings: Settings, tmp_path: Path) -> Made:
    return high(settings, tmp_path)


def ask(made: Made, asking: ForApproval = FIRST) -> Question | None:
    return asking.ask(made.ctx, "v1", KNOWN, "it passed")


def answer(made: Made, by: str, reason: str = "read the card", *, yes: bool = True, place: int = 1) -> Event:
    return ForApproval(place).answer(made.ctx, "v1", Answer(by, yes, reason, datetime.now(UTC)))


def test_those_who_may_answer_are_asked_one_after_the_other(made: Made) -> None:
    first = ask(made)
    assert first is not None
    assert list(first.people) == ["alice", "bob"]
    assert first.subject == "Promote flight_delay v1? (approval 1 of 2)"
    for words_ in ("carl (asked for the training)", "dora (last changed the spec)", "/perennial/evidence/", "1 of 1"):
        assert words_ in first.body
    at = datetime.now(UTC) - timedelta(minutes=5)
    given = FIRST.answer(made.ctx, "v1", Answer("alice", True, "read the card", at))
    assert (given.type, given.payload["by"], given.payload["answered_at"]) == (
        "approval.given",
        "alice",
        at.isoformat(),
    )
    assert ask(made) is None, "the first approval is there"
    second = ask(made, SECOND)
    assert second is not None
    assert list(second.people) == ["bob"]
    assert "Approved by alice: read the card" in second.body
    answer(made, "bob", place=2)
    assert ask(made, SECOND) is None
    assert stage.switch(made.ctx, "v1", expected_champion=None, reason="approved").payload["by"] == ["alice", "bob"]


def test_where_nobody_is_known_everybody_may_try_and_the_answer_is_looked_at(made: Made) -> None:
    question = FIRST.ask(made.ctx, "v1", [], "it passed")
    assert question is not None
    assert list(question.people) == []
    void = answer(made, "carl")
    assert (void.type, void.payload["by"]) == ("approval.void", "carl")
    assert "asked for the training" in void.payload["why"]
    assert answer(made, "alice").type == "approval.given"


def test_a_question_that_too_few_may_answer_is_not_put(made: Made) -> None:
    with pytest.raises(GateRefused, match="2 people who may answer"):
        FIRST.ask(made.ctx, "v1", ["alice", "carl", "dora"], "it passed")
    assert not made.ctx.chain.history().of("approval.asked")


def test_the_named_approvers_are_asked_before_everybody(made: Made) -> None:
    made.ctx = replace(made.ctx, settings=replace(made.ctx.settings, approvers=("eva", "kim", "carl")))
    question = ask(made)
    assert question is not None
    assert list(question.people) == ["eva", "kim"]


@pytest.mark.parametrize("yes", [True, False])
def test_an_answer_without_a_reason_does_not_count_and_keeps_the_time(made: Made, yes: bool) -> None:
    ask(made)
    assert answer(made, "alice", " ", yes=yes).type == "approval.void"
    ask(made)
    assert len(made.ctx.chain.history().of("approval.asked")) == 1
    assert words.missing(made.ctx, "v1") == 2


def test_a_file_that_changed_while_the_question_was_open_makes_the_answer_void(made: Made) -> None:
    ask(made)
    made.path(1).write_bytes(made.path(1).read_bytes() + b" ")
    void = answer(made, "alice")
    assert void.type == "approval.void"
    assert "the registered file" in void.payload["why"]
    with pytest.raises(ArtifactUntrusted):
        ask(made)


def test_a_verdict_that_changed_while_the_question_was_open_makes_the_answer_void(made: Made) -> None:
    ask(made)
    made.verdict(1, rows={"labelled": 1})
    assert "the verdict that this run asked about" in answer(made, "alice").payload["why"]
    with pytest.raises(GateRefused, match="another run of"):
        ask(made)
    made.ctx = replace(made.ctx, chain=replace(made.ctx.chain, run="another"))
    ask(made)
    assert answer(made, "alice").type == "approval.given"


def test_a_rejection_ends_it_with_a_next_step_and_asking_again_is_a_new_question(made: Made) -> None:
    ask(made)
    refused = answer(made, "bob", "the card lacks the night", yes=False)
    assert (refused.type, refused.payload["how"]) == ("approval.refused", "people")
    assert refused.payload["next"].startswith("perennial promote")
    ask(made)
    assert len(made.ctx.chain.history().of("approval.asked")) == 2


def test_it_reminds_escalates_and_ends_in_a_rejection(settings: Settings, tmp_path: Path) -> None:
    with webhook() as (address, texts):
        times = "remind_after: 1s, escalate_after: 2s, answer_within: 3s"
        made = high(replace(settings, notice_url=address), tmp_path, times=times)
        begun = time.monotonic()
        ask(made)
        while isinstance(step := FIRST.wait(made.ctx, "v1"), timedelta):
            assert step <= timedelta(seconds=1)
            time.sleep(step.total_seconds())
        assert time.monotonic() - begun > 2
    assert (step.type, step.payload["how"], step.payload["by"]) == ("approval.refused", "time-out", "nobody")
    history = made.ctx.chain.history()
    told = history.of("approval.reminded", "approval.escalated")
    assert [event.type for event in told] == ["approval.reminded", "approval.escalated"]
    raised = history.of("notice.raised")
    assert [event.payload["notice"] for event in told] == [event.hash for event in raised]
    assert [event.payload["circle"] for event in raised] == ["team", "wide"]
    assert len(history.of("notice.sent")) == len(texts) == 2
    assert texts[0].startswith("flight_delay: promote v1: reminder of an approval that is needed")
    assert "waits for alice, bob" in texts[0]
    assert history.champion is None


def test_a_receiver_that_is_down_stops_nothing(settings: Settings, tmp_path: Path) -> None:
    times = "remind_after: 1s, escalate_after: 20s, answer_within: 30s"
    made = high(replace(settings, notice_url="http://127.0.0.1:9/hook"), tmp_path, times=times)
    ask(made)
    time.sleep(1)
    assert isinstance(FIRST.wait(made.ctx, "v1"), timedelta)
    history = made.ctx.chain.history()
    assert len(history.of("approval.reminded")) == 1
    assert [event.payload["why"] for event in history.of("notice.held_back")] == ["not taken"]


def test_a_yes_after_the_end_does_not_count_whenever_airflow_wakes(settings: Settings, tmp_path: Path) -> None:
    made = high(settings, tmp_path, times="remind_after: 1s, escalate_after: 2s, answer_within: 3s")
    ask(made)
    later = datetime.now(UTC) + timedelta(seconds=4)
    late = FIRST.answer(made.ctx, "v1", Answer("alice", True, "read the card", later))
    assert late.type == "approval.void"
    assert "found a later one" in late.payload["why"]
    assert FIRST.answer(made.ctx, "v1", Answer("alice", False, "too thin", later)).type == "approval.refused"


def test_what_was_said_by_command_meanwhile_ends_the_waiting(made: Made) -> None:
    ask(made)
    given = words.approve(made.ctx, "v1", by="alice", how="people", reason="by command")
    assert FIRST.wait(made.ctx, "v1") == given
    ask(made, SECOND)
    refused = words.reject(made.ctx, "v1", by="bob", reason="by command")
    assert SECOND.wait(made.ctx, "v1") == refused


def test_an_answer_does_not_count_once_the_waiver_is_revoked_that_the_verdict_leans_on(made: Made) -> None:
    until = str((datetime.now(UTC) + timedelta(days=20)).date())
    waiver = waive(made.ctx, "auc", until=until, reason="few rows this season")
    gate = {"name": "auc", "verdict": "fail", "why": "low", "waiver": waiver.hash}
    made.verdict(1, gates=[gate], waivers={"auc": waiver.hash})
    question = ask(made)
    assert question is not None
    assert f"Waived: auc, by ann until {until} 23:59: few rows this season" in question.body
    revoke(made.ctx, "auc", reason="the rows have come")
    void = answer(made, "alice")
    assert (void.type, "by ann: the rows have come" in void.payload["why"]) == ("approval.void", True)
    with pytest.raises(GateRefused, match="auc revoked"):
        ask(made)
