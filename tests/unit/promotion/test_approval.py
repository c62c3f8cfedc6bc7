"""Whose word counts, and which approvals stand."""

from __future__ import annotations

from typing import Any

import pytest

from perennial.errors import GateRefused
from perennial.ledger.history import History
from perennial.policy import Policy
from perennial.promotion.approval import approved, may_be_automatic, may_speak, standing_approvals, tier_left
from perennial.promotion.check import Permission
from perennial.spec.gates import RiskTier
from unit.validation.test_judgement import policy
from unit.validation.told import Told, candidate, champion, history, verdict

PERMISSION = Permission(2, "promotion", 1, "artifact2", "verdict2", "evidence2")
LIFE: list[Told] = [candidate(1), verdict(1), champion(1), candidate(2)]
LIMITED, HIGH = policy("limited"), policy("high")


def decided(type_: str, **values: Any) -> Told:
    bound = {"version": 2, "artifact_sha256": "artifact2", "verdict": "verdict2", "evidence": "evidence2"}
    return f"approval.{type_}", "v2", {**bound, "by": "bob", "how": "people", "reason": "because", **values}


def names(told: History, asked: Policy) -> list[str]:
    return [event.payload["by"] for event in approved(asked, told, PERMISSION)]


def test_an_approval_for_this_file_and_verdict_stands() -> None:
    assert names(history(*LIFE, decided("given")), LIMITED) == ["bob"]


@pytest.mark.parametrize(
    "other", [{"version": 3}, {"artifact_sha256": "other"}, {"verdict": "other"}, {"evidence": "other"}]
)
def test_an_approval_for_anything_else_is_void(other: dict[str, Any]) -> None:
    with pytest.raises(GateRefused, match=r"found: +none"):
        approved(LIMITED, history(*LIFE, decided("given", **other)), PERMISSION)


def test_a_refusal_afterwards_stands_above_it_and_an_approval_above_that() -> None:
    refused = history(*LIFE, decided("given"), decided("refused", by="eva"))
    with pytest.raises(GateRefused, match="rejected by eva: because"):
        approved(LIMITED, refused, PERMISSION)
    again = history(*LIFE, decided("given"), decided("refused", by="eva"), decided("given"))
    assert names(again, LIMITED) == ["bob"]


def test_an_approval_moves_one_champion_once() -> None:
    told = history(*LIFE, decided("given"), champion(2, 1), champion(1, 2, "rollback"))
    with pytest.raises(GateRefused, match="given since the champion last changed"):
        approved(LIMITED, told, PERMISSION)


def test_two_people_are_two_people() -> None:
    once = history(*LIFE, decided("given"))
    with pytest.raises(GateRefused, match=r"2 approvals[^;]*approved by bob") as refused:
        approved(HIGH, once, PERMISSION)
    assert refused.value.next_command == 'perennial approve m v2 --reason "..."'
    with pytest.raises(GateRefused, match="2 approvals"):
        approved(HIGH, history(*LIFE, decided("given"), decided("given", by="BOB")), PERMISSION)
    assert names(history(*LIFE, decided("given"), decided("given", by="eva")), HIGH) == ["bob", "eva"]


@pytest.mark.parametrize("by", ["BOB", "bob ", "bob@example.org", "\uff42\uff4f\uff42"])
def test_one_person_is_one_by_whatever_door_she_comes(by: str) -> None:
    with pytest.raises(GateRefused, match="2 approvals"):
        approved(HIGH, history(*LIFE, decided("given"), decided("given", by=by)), PERMISSION)


def test_a_refusal_between_two_approvals_starts_anew() -> None:
    told = history(*LIFE, decided("given"), decided("refused", by="eva"), decided("given", by="kim"))
    assert [event.payload["by"] for event in standing_approvals(HIGH, told, PERMISSION)] == ["kim"]


@pytest.mark.parametrize("how", ["automatic", "emergency", "time-out"])
def test_where_people_approve_nothing_else_counts(how: str) -> None:
    told = history(*LIFE, decided("given", how=how), decided("given", how=how, by="eva"))
    assert standing_approvals(HIGH, told, PERMISSION) == []


def test_a_policy_that_asks_for_people_takes_no_machine() -> None:
    with pytest.raises(GateRefused, match="an approval by people, as tier high asks"):
        may_be_automatic(HIGH, history(*LIFE), 2)
    may_be_automatic(LIMITED, history(*LIFE), 2)


@pytest.mark.parametrize(
    ("was", "now", "left"),
    [
        ("high", "minimal", "high"),
        ("high", "limited", "high"),
        ("limited", "minimal", "limited"),
        ("high", "high", None),
        ("minimal", "high", None),
        (None, "minimal", None),
    ],
)
def test_a_tier_is_left_downwards_only(was: RiskTier | None, now: RiskTier, left: RiskTier | None) -> None:
    promoted = verdict(1, tier=was)
    again = history(candidate(1), promoted, champion(1, verdict=history(candidate(1), promoted).events[-1].hash))
    assert tier_left(again, now) == left


def test_neither_another_look_at_the_champion_nor_a_withdrawal_lowers_its_tier() -> None:
    life = [candidate(1), verdict(1, tier="high")]
    life.append(champion(1, verdict=history(*life).events[-1].hash))
    assert tier_left(history(*life, verdict(1, tier="minimal")), "minimal") == "high"
    assert tier_left(history(*life, champion(1, verdict=None)), "minimal") == "high"
    assert tier_left(history(candidate(1)), "minimal") is None


def test_a_machine_does_not_go_over_a_persons_no() -> None:
    no = history(*LIFE, decided("refused", by="eva"))
    with pytest.raises(GateRefused, match="a person, where a person stopped") as refused:
        may_be_automatic(LIMITED, no, 2)
    assert "rejected by eva" in refused.value.found
    assert refused.value.next_command == 'perennial promote m v2 --reason "..."'


@pytest.mark.parametrize(
    ("by", "reason"),
    [("", "good"), (" ", "good"), ("airflow", "good"), ("Nobody ", "good"), ("bob", ""), ("bob", " x ")],
)
def test_a_machine_nobody_or_no_reason_is_no_word(by: str, reason: str) -> None:
    with pytest.raises(GateRefused, match="a person who decides, and a reason"):
        may_speak(history(*LIFE), PERMISSION, by, reason, {})


def test_who_is_shut_out_is_told_why() -> None:
    with pytest.raises(GateRefused, match="Ann last changed the spec"):
        may_speak(history(*LIFE), PERMISSION, "Ann", "it is good", {"ann": "last changed the spec"})
    may_speak(history(*LIFE), PERMISSION, "bob", "it is good", {"ann": "last changed the spec"})
