"""An emergency: one person promotes, a second agrees in time, or it is undone."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from perennial.clock.stage import tick
from perennial.errors import GateRefused
from perennial.ledger.event import Event
from perennial.notices.state import standing
from perennial.promotion import stage, words
from perennial.promotion.answer import Answer
from perennial.promotion.promote import promote
from perennial.promotion.review import record_review, undo_overdue
from perennial.promotion.review_question import ForReview
from perennial.registry import Versions
from perennial.settings import Settings
from unit.notices.receivers import webhook
from unit.promotion.made import MODEL, Made
from unit.promotion.people import KNOWN, acting, high

WHY = "the airport is closed"


@pytest.fixture
def made(settings: Settings, tmp_path: Path) -> Made:
    """v1 is champion by two people's approval, v2 has passed."""
    return with_champion(high(settings, tmp_path))


def with_champion(made: Made) -> Made:
    for name in ("alice", "bob"):
        words.approve(made.ctx, "v1", by=name, how="people", reason="read the card")
    stage.switch(made.ctx, "v1", expected_champion=None, reason="approved")
    made.candidate(2)
    made.verdict(2)
    return made


def emergency(made: Made, key: str = "v2", name: str = "carl", reason: str = WHY) -> Event:
    """Promote at once; carl, who asked for the training, may: the review is what has to be independent."""
    ctx = acting(made, name)
    return promote(ctx, key, stage.check(ctx, key).to_dict(), reason, emergency=True)


def champion(made: Made) -> tuple[int | None, int | None]:
    """Return the champion of the ledger and of MLflow."""
    return made.ctx.chain.history().champion, Versions(made.ctx.settings, MODEL).aliases().get("champion")


def review(made: Made, name: str, *, agrees: bool = True, reason: str = "seen") -> Event:
    return record_review(made.ctx, "v2", by=name, agrees=agrees, reason=reason)


def test_one_person_promotes_and_a_second_agrees(made: Made) -> None:
    change = emergency(made)
    assert (change.payload["kind"], change.payload["by"]) == ("emergency", ["carl"])
    until = datetime.fromisoformat(change.payload["review_by"])
    assert timedelta(hours=23) < until - datetime.now(UTC) <= timedelta(days=1)
    assert champion(made) == (2, 2)
    assert (tick(made.ctx).review, undo_overdue(made.ctx)) == (None, None), "there is time"
    assert emergency(made) == change, "twice is once"
    assert review(made, "alice").payload["agrees"]
    assert undo_overdue(made.ctx) is None
    assert champion(made) == (2, 2)
    with pytest.raises(GateRefused, match="waits for a review"):
        review(made, "bob")


@pytest.mark.parametrize("agrees", [True, False])
def test_people_are_told_of_it_and_that_it_is_over(made: Made, agrees: bool) -> None:
    with webhook() as (address, texts):
        made.ctx = replace(made.ctx, settings=replace(made.ctx.settings, notice_url=address))
        emergency(made)
        emergency(made)
        assert len(texts) == 1
        assert texts[0].startswith("flight_delay: promote v2: an emergency\ncarl promoted it.")
        assert "perennial review flight_delay v2 --agree" in texts[0]
        review(made, "alice", agrees=agrees, reason="seen")
    assert texts[1].startswith("flight_delay: over: promote v2: an emergency")
    assert ("alice agreed" in texts[1], "it was undone: seen" in texts[1]) == (agrees, not agrees)
    assert len(texts) == 2


def test_another_champion_ends_the_waiting_too(made: Made) -> None:
    emergency(made)
    assert len(standing(made.ctx.chain)) == 1
    made.candidate(3)
    made.verdict(3)
    emergency(made, "v3")
    assert [cause.subject for cause in standing(made.ctx.chain).values()] == ["promote v3: an emergency"]


@pytest.mark.parametrize(
    ("name", "why"), [("carl", "promoted it"), ("dora", "last changed the spec"), ("", "who decides")]
)
def test_the_second_is_another_one_who_had_no_part_in_it(made: Made, name: str, why: str) -> None:
    emergency(made)
    with pytest.raises(GateRefused, match=why):
        review(made, name)
    with pytest.raises(GateRefused, match="a reason"):
        review(made, "alice", reason=" ")


def test_a_rejection_goes_back_at_once_and_machines_stay_stopped(made: Made) -> None:
    emergency(made)
    review(made, "dora", agrees=False, reason="it is not better")
    assert champion(made) == (1, 1)
    change = made.ctx.chain.history().of("champion.changed")[-1]
    assert (change.payload["kind"], change.payload["by"]) == ("rollback", ["dora"])
    with pytest.raises(GateRefused):
        words.by_rule(made.ctx, "v2", "")
    with pytest.raises(GateRefused, match="Carl, whose emergency promotion of v2 was undone"):
        emergency(made, name="Carl")
    assert emergency(made, name="eva").payload["kind"] == "emergency"


def test_without_a_review_it_is_undone_by_the_clock(settings: Settings, tmp_path: Path) -> None:
    made = with_champion(high(settings, tmp_path, times="review_within: 1s"))
    emergency(made)
    time.sleep(1)
    assert tick(made.ctx).review == "v2"
    with pytest.raises(GateRefused, match="in time"):
        review(made, "alice")
    undone = undo_overdue(made.ctx)
    assert undone is not None
    assert "nobody agreed to the emergency promotion" in undone.payload["reason"]
    assert champion(made) == (1, 1)
    assert undo_overdue(made.ctx) is None
    assert tick(made.ctx).review is None


def test_a_crash_between_a_rejection_and_its_undoing_is_mended_by_the_clock(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    emergency(made)

    with monkeypatch.context() as crashing:
        crashing.setattr("perennial.promotion.review.undo", _die)
        with pytest.raises(KeyboardInterrupt):
            review(made, "alice", agrees=False)
    assert champion(made) == (2, 2)
    assert tick(made.ctx).review == "v2"
    assert undo_overdue(made.ctx) is not None
    assert champion(made) == (1, 1)


def test_it_is_withdrawn_where_the_version_before_it_was_damaged(made: Made) -> None:
    emergency(made)
    made.path(1).write_bytes(b"other bytes")
    review(made, "dora", agrees=False, reason="it is not better")
    change = made.ctx.chain.history().of("champion.changed")[-1].payload
    assert (champion(made), change["kind"]) == ((None, None), "withdrawal")
    assert "it is not better; v1 cannot serve" in change["reason"]


def test_a_crash_after_the_undoing_is_mended_by_the_next_look(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    emergency(made)

    with monkeypatch.context() as crashing:
        crashing.setattr("perennial.promotion.review.tell_registry", _die)
        with pytest.raises(KeyboardInterrupt):
            review(made, "alice", agrees=False)
    assert champion(made) == (1, 2), "MLflow was not told"
    assert [kind for kind, _ in standing(made.ctx.chain)] == ["emergency"]
    assert ForReview().ask(made.ctx, "v2", KNOWN, WHY) is None
    assert champion(made) == (1, 1)
    assert not standing(made.ctx.chain)
    assert undo_overdue(made.ctx) is None


def test_where_nobody_was_champion_before_it_is_withdrawn(settings: Settings, tmp_path: Path) -> None:
    made = high(settings, tmp_path)
    emergency(made, "v1")
    record_review(made.ctx, "v1", by="alice", agrees=False, reason="not at all")
    assert champion(made) == (None, None)
    change = made.ctx.chain.history().of("champion.changed")[-1].payload
    assert (change["version"], change["previous"], change["kind"]) == (None, 1, "withdrawal")
    for name in ("alice", "bob"):
        words.approve(made.ctx, "v1", by=name, how="people", reason="now it is good")
    stage.switch(made.ctx, "v1", expected_champion=None, reason="approved after all")
    assert champion(made) == (1, 1)


def test_what_did_not_pass_is_no_emergency(made: Made) -> None:
    made.candidate(3)
    made.verdict(3, passed=False)
    with pytest.raises(GateRefused, match="a passed verdict"):
        emergency(made, "v3")


@pytest.mark.parametrize(("name", "reason", "why"), [("airflow", WHY, "a person"), ("carl", "", "a reason")])
def test_a_machine_or_no_reason_is_no_emergency(made: Made, name: str, reason: str, why: str) -> None:
    with pytest.raises(GateRefused, match=why):
        emergency(made, name=name, reason=reason)
    assert champion(made) == (1, 1)


def test_a_tier_that_asks_nobody_knows_no_emergency(settings: Settings, tmp_path: Path) -> None:
    made = Made.at(settings, tmp_path)
    made.candidate(1)
    made.verdict(1)
    with pytest.raises(GateRefused, match="approvals by people") as refused:
        emergency(made, "v1")
    assert refused.value.next_command == f'perennial promote {MODEL} v1 --reason "..."'


# The question that Airflow puts


def test_the_others_are_asked_and_an_answer_that_does_not_count_is_void(made: Made) -> None:
    asking = ForReview()
    assert asking.ask(made.ctx, "v2", KNOWN, "") is None, "nothing to review yet"
    emergency(made)
    question = asking.ask(made.ctx, "v2", KNOWN, WHY)
    assert question is not None
    assert list(question.people) == ["alice", "bob"]
    assert f"carl promoted it in an emergency: {WHY}" in question.body
    assert isinstance(asking.wait(made.ctx, "v2"), timedelta)
    void = asking.answer(made.ctx, "v2", Answer("carl", True, "fine", datetime.now(UTC)))
    assert void.type == "approval.void"
    agreed = asking.answer(made.ctx, "v2", Answer("bob", True, "I would have done the same", datetime.now(UTC)))
    assert agreed.payload["agrees"]
    assert asking.wait(made.ctx, "v2") == agreed
    assert asking.ask(made.ctx, "v2", KNOWN, WHY) is None


def test_the_question_runs_out_into_the_undoing(settings: Settings, tmp_path: Path) -> None:
    made = with_champion(high(settings, tmp_path, times="review_within: 1s"))
    emergency(made)
    ForReview().ask(made.ctx, "v2", KNOWN, WHY)
    time.sleep(1)
    ended = ForReview().wait(made.ctx, "v2")
    assert isinstance(ended, Event)
    assert ended.payload["kind"] == "rollback"
    assert champion(made) == (1, 1)


def _die(*_: object, **__: object) -> None:
    raise KeyboardInterrupt
