"""A hold of promotion stops what is new, at every step; never the way back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from perennial.errors import Held
from perennial.ledger.chain import Chain
from perennial.ledger.holds import EVERY_MODEL, lift, place
from perennial.promotion import stage, words
from perennial.promotion.answer import Answer
from perennial.promotion.emergency import promote_at_once
from perennial.promotion.question import ForApproval
from perennial.promotion.review import record_review
from perennial.promotion.rollback import rollback
from perennial.settings import Settings
from unit.promotion.made import Made
from unit.promotion.people import KNOWN, acting, high


def ann(made: Made, model: str = "") -> Chain:
    return replace(made.ctx.chain, actor="ann", model=model or made.ctx.model)


def passed(made: Made, number: int) -> None:
    made.candidate(number)
    made.verdict(number)


def promote(made: Made, number: int) -> None:
    words.approve(made.ctx, f"v{number}", by="promote", how="automatic", reason="passed")
    stage.switch(made.ctx, f"v{number}", expected_champion=number - 1 or None, reason="passed every gate")


@pytest.mark.parametrize("model", ["", EVERY_MODEL])
def test_no_step_of_a_promotion_is_taken_under_a_hold(settings: Settings, tmp_path: Path, model: str) -> None:
    made = Made.at(settings, tmp_path)
    passed(made, 1)
    place(ann(made, model), ["promotion"], "an audit")
    with pytest.raises(Held, match="an audit"):
        stage.check(made.ctx, "v1")
    with pytest.raises(Held, match="an audit"):
        words.approve(made.ctx, "v1", by="eva", how="people", reason="it is good")
    lift(ann(made, model), "the audit is over")
    words.approve(made.ctx, "v1", by="promote", how="automatic", reason="passed")
    place(ann(made, model), ["promotion"], "another audit")
    with pytest.raises(Held, match="another audit"):
        stage.switch(made.ctx, "v1", expected_champion=None, reason="passed every gate")
    assert made.ctx.chain.history().champion is None
    lift(ann(made, model), "over as well")
    assert stage.switch(made.ctx, "v1", expected_champion=None, reason="passed every gate").key == "v1"


def test_a_no_and_the_way_back_go_on_under_a_hold(settings: Settings, tmp_path: Path) -> None:
    made = Made.at(settings, tmp_path)
    for number in (1, 2):
        passed(made, number)
        promote(made, number)
    passed(made, 3)
    place(ann(made), ["scoring", "training", "promotion"], "v2 errs at night")
    assert words.reject(made.ctx, "v3", by="eva", reason="it does, too").type == "approval.refused"
    assert rollback(made.ctx, "v2 errs at night").payload["version"] == 1


def test_a_yes_under_a_hold_does_not_count_and_is_asked_again_after_it(settings: Settings, tmp_path: Path) -> None:
    made, first = high(settings, tmp_path), ForApproval(1)
    assert first.ask(made.ctx, "v1", KNOWN, "it passed") is not None
    place(ann(made), ["promotion"], "an audit")
    told = first.answer(made.ctx, "v1", Answer("alice", True, "read the card", datetime.now(UTC)))
    assert told.type == "approval.void"
    assert "an audit" in told.payload["why"]
    with pytest.raises(Held):
        first.ask(made.ctx, "v1", KNOWN, "it passed")
    lift(ann(made), "the audit is over")
    assert first.ask(made.ctx, "v1", KNOWN, "it passed") is not None
    again = Answer("alice", True, "read the card again", datetime.now(UTC))
    assert first.answer(made.ctx, "v1", again).type == "approval.given"


def test_an_emergency_is_held_and_one_that_stands_may_be_undone(settings: Settings, tmp_path: Path) -> None:
    made = high(settings, tmp_path)
    place(ann(made), ["promotion"], "an audit")
    with pytest.raises(Held):
        promote_at_once(acting(made, "eva"), "v1", expected_champion=None, reason="fire")
    lift(ann(made), "there is a fire")
    promote_at_once(acting(made, "eva"), "v1", expected_champion=None, reason="fire")
    place(ann(made), ["promotion"], "an audit again")
    record_review(made.ctx, "v1", by="alice", agrees=False, reason="there was none")
    assert made.ctx.chain.history().champion is None
