"""Which approval counts, and for how long."""

from __future__ import annotations

from typing import Any

import pytest

from perennial.errors import GateRefused
from perennial.ledger.history import History
from perennial.promotion.approval import decisions, may_approve, standing_approval
from perennial.promotion.check import Permission
from unit.validation.test_judgement import policy
from unit.validation.told import Told, candidate, champion, history, verdict

PERMISSION = Permission(2, "promotion", 1, "artifact2", "verdict2")
BACK = Permission(1, "rollback", 2, "artifact1", "verdict1")
LIFE: list[Told] = [candidate(1), verdict(1), champion(1), candidate(2)]


def decided(type_: str, **values: Any) -> Told:
    payload = {"version": 2, "artifact_sha256": "artifact2", "verdict": "verdict2", "by": "bob", "reason": "because"}
    return f"approval.{type_}", "v2", {**payload, **values}


def taken(told: History) -> list[Any]:
    return decisions(told, PERMISSION)


def test_an_approval_for_this_file_and_verdict_stands() -> None:
    told = history(*LIFE, decided("given"))
    assert standing_approval(told, PERMISSION) == told.events[-1]


@pytest.mark.parametrize("other", [{"version": 3}, {"artifact_sha256": "other"}, {"verdict": "other"}])
def test_an_approval_for_anything_else_is_void(other: dict[str, Any]) -> None:
    with pytest.raises(GateRefused, match=r"found: +none"):
        standing_approval(history(*LIFE, decided("given", **other)), PERMISSION)


def test_a_refusal_afterwards_stands_above_it_and_an_approval_above_that() -> None:
    refused = history(*LIFE, decided("given"), decided("refused", by="eva"))
    with pytest.raises(GateRefused, match="refused by eva: because"):
        standing_approval(refused, PERMISSION)
    again = history(*LIFE, decided("given"), decided("refused", by="eva"), decided("given"))
    assert standing_approval(again, PERMISSION) == again.events[-1]


def test_an_approval_moves_one_champion_once() -> None:
    told = history(*LIFE, decided("given"), champion(2, 1), champion(1, 2, "rollback"))
    with pytest.raises(GateRefused, match="given since the champion last changed"):
        standing_approval(told, PERMISSION)


def test_a_policy_that_asks_for_people_takes_no_machine() -> None:
    with pytest.raises(GateRefused, match="an approval by people, as tier high asks"):
        may_approve(policy("high"), [], PERMISSION, by="promote", how="automatic", reason="passed")
    may_approve(policy("high"), [], PERMISSION, by="bob", how="people", reason="read the card")


def test_an_automatic_policy_takes_both() -> None:
    may_approve(policy("limited"), [], PERMISSION, by="promote", how="automatic", reason="passed")
    may_approve(policy("limited"), [], PERMISSION, by="bob", how="people", reason="read the card")


def test_going_back_takes_the_approval_of_the_tier() -> None:
    may_approve(policy("limited"), [], BACK, by="ann", how="automatic", reason="v2 errs at night")
    with pytest.raises(GateRefused, match="an approval by people"):
        may_approve(policy("high"), [], BACK, by="ann", how="automatic", reason="v2 errs at night")


def test_a_machine_does_not_go_over_a_persons_no() -> None:
    no = taken(history(*LIFE, decided("refused", by="eva")))
    with pytest.raises(GateRefused, match="a person after a refusal"):
        may_approve(policy("limited"), no, PERMISSION, by="promote", how="automatic", reason="passed")
    may_approve(policy("limited"), no, PERMISSION, by="bob", how="people", reason="eva agrees now")


@pytest.mark.parametrize(("by", "reason"), [("", "good"), (" ", "good"), ("bob", ""), ("bob", " x ")])
def test_nobody_or_no_reason_is_no_approval(by: str, reason: str) -> None:
    with pytest.raises(GateRefused, match="who approves, and a reason"):
        may_approve(policy("limited"), [], PERMISSION, by=by, how="people", reason=reason)
