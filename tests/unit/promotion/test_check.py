"""Who may become champion: a decision from the history alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from perennial.errors import ArtifactUntrusted, Conflict, GateRefused
from perennial.promotion.check import permit
from perennial.promotion.verdicts import Present
from unit.validation.told import Told, candidate, champion, history, retired, verdict

NOW = datetime(2026, 2, 1, tzinfo=UTC)
FIRST = Present("artifact1", {"spec"}, "policy", frozenset(), NOW)
SECOND = replace(FIRST, artifact_sha256="artifact2")
LIFE: list[Told] = [candidate(1), verdict(1), champion(1), candidate(2)]
REPLACED: list[Told] = [*LIFE, verdict(2, champion=1), champion(2, 1)]


def test_a_passed_verdict_against_the_present_champion_permits() -> None:
    told = history(*LIFE, verdict(2, champion=1))
    permission = permit(told, 2, SECOND)
    assert (permission.kind, permission.champion, permission.verdict) == ("promotion", 1, told.events[-1].hash)


def test_the_first_version_needs_no_champion() -> None:
    assert permit(history(candidate(1), verdict(1)), 1, FIRST).champion is None


def test_without_a_verdict_nobody_is_promoted() -> None:
    with pytest.raises(GateRefused, match=r"found: +none") as refused:
        permit(history(*LIFE), 2, SECOND)
    assert refused.value.next_command == "perennial run m validate --key v2"


def test_a_failed_verdict_is_told_gate_by_gate() -> None:
    with pytest.raises(GateRefused, match=r"did not pass; auc fail \(because\)"):
        permit(history(*LIFE, verdict(2, passed=False, champion=1)), 2, SECOND)


@pytest.mark.parametrize(
    ("changed", "word"), [({"spec_digests": {"other"}}, "spec"), ({"policy_digest": "other"}, "policy")]
)
def test_a_verdict_under_another_spec_or_policy_does_not_count(changed: dict[str, Any], word: str) -> None:
    with pytest.raises(GateRefused, match=f"one for another {word}"):
        permit(history(*LIFE, verdict(2, champion=1)), 2, replace(SECOND, **changed))


def test_a_verdict_counts_whose_digest_an_older_version_of_the_code_took_of_this_spec() -> None:
    told = history(*LIFE, verdict(2, champion=1))
    assert permit(told, 2, replace(SECOND, spec_digests={"by this code", "spec"})).kind == "promotion"


def test_a_verdict_on_another_file_does_not_count() -> None:
    with pytest.raises(GateRefused, match="one for another model file"):
        permit(history(*LIFE, verdict(2, champion=1, artifact_sha256="other")), 2, SECOND)


def test_a_changed_model_file_is_refused() -> None:
    with pytest.raises(ArtifactUntrusted, match="sha256 tampered"):
        permit(history(*LIFE, verdict(2, champion=1)), 2, replace(SECOND, artifact_sha256="tampered"))


def test_a_verdict_against_a_replaced_champion_is_a_conflict() -> None:
    told = history(*REPLACED, candidate(3), verdict(3, champion=1))
    with pytest.raises(Conflict, match="one made against v1") as conflict:
        permit(told, 3, replace(FIRST, artifact_sha256="artifact3"))
    assert conflict.value.next_command == "perennial run m validate --key v3"


def test_of_several_verdicts_the_one_against_the_present_champion_counts() -> None:
    told = history(*LIFE, verdict(2, champion=1), verdict(2, champion=None, passed=False))
    assert permit(told, 2, SECOND).verdict == told.events[-2].hash


def test_the_newest_verdict_under_the_same_conditions_counts() -> None:
    with pytest.raises(GateRefused, match="did not pass"):
        permit(history(*LIFE, verdict(2, champion=1), verdict(2, champion=1, passed=False)), 2, SECOND)


def test_a_retired_version_names_its_successor() -> None:
    with pytest.raises(GateRefused, match="its successor v2"):
        permit(history(*REPLACED, retired(1, 2)), 1, FIRST, "it was better")


def test_an_unknown_version_is_refused() -> None:
    with pytest.raises(GateRefused, match="no such version"):
        permit(history(*LIFE), 9, SECOND)


def test_the_champion_stands() -> None:
    assert permit(history(*REPLACED), 2, SECOND).kind == "standing"


def test_going_back_needs_a_reason_and_the_verdict_of_its_time() -> None:
    today = replace(FIRST, spec_digests={"newer"}, policy_digest="newer")
    permission = permit(history(*REPLACED), 1, today, "v2 errs at night")
    assert (permission.kind, permission.champion) == ("rollback", 2)


@pytest.mark.parametrize("reason", [None, "", "  a  ", "xy"])
def test_going_back_without_a_reason_is_refused(reason: str | None) -> None:
    with pytest.raises(GateRefused, match="a reason of at least 3 characters for going back from v2"):
        permit(history(*REPLACED), 1, FIRST, reason)


def test_going_back_to_a_version_that_never_passed_is_refused() -> None:
    told = history(candidate(1), verdict(1, passed=False), champion(1), candidate(2), verdict(2), champion(2, 1))
    with pytest.raises(GateRefused, match="a verdict that it passed in its time"):
        permit(told, 1, FIRST, "just try it")


def test_going_back_to_a_changed_file_is_refused() -> None:
    with pytest.raises(ArtifactUntrusted):
        permit(history(*REPLACED), 1, replace(FIRST, artifact_sha256="tampered"), "v2 errs at night")


def test_an_older_version_that_never_served_is_no_way_back() -> None:
    """Nobody approved it: it goes the way of every candidate."""
    told = history(candidate(1), verdict(1), candidate(2), verdict(2), champion(2))
    with pytest.raises(Conflict, match="one made against none"):
        permit(told, 1, FIRST, "v2 errs at night")
    again = history(candidate(1), verdict(1), candidate(2), verdict(2), champion(2), verdict(1, champion=2))
    assert permit(again, 1, FIRST).kind == "promotion"


def test_forward_again_after_a_rollback_is_a_promotion_whose_verdict_must_still_bind() -> None:
    told = history(*REPLACED, champion(1, 2, "rollback"))
    assert permit(told, 2, SECOND).kind == "promotion"
    with pytest.raises(GateRefused, match="one for another spec"):
        permit(told, 2, replace(SECOND, spec_digests={"newer"}), "the night is mended")


def test_after_a_withdrawal_nothing_is_a_rollback() -> None:
    told = history(candidate(1), verdict(1), champion(1, kind="emergency"), champion(None, 1, "withdrawal"))
    permission = permit(told, 1, FIRST)
    assert (permission.kind, permission.champion) == ("promotion", None)


# What the verdict rests on


def waived(until: str) -> tuple[Told, Told]:
    """A waiver, and a verdict that used it."""
    waiver = ("waiver.granted", "auc", {"gate": "auc", "by": "eva", "reason": "known", "until": until})
    granted = history(*LIFE, waiver).events[-1].hash
    gate = {"name": "auc", "value": 0.6, "limit": 0.65, "verdict": "fail", "why": "low", "waiver": granted}
    return waiver, verdict(2, champion=1, gates=[gate], waivers={"auc": granted})


def test_a_waiver_in_force_opens_its_gate() -> None:
    assert permit(history(*LIFE, *waived("2026-02-01T00:00:01+00:00")), 2, SECOND).kind == "promotion"


def test_a_waiver_that_expired_since_the_verdict_refuses_by_name_with_what_to_do() -> None:
    with pytest.raises(GateRefused, match="auc expired 2026-02-01 00:00 UTC") as refused:
        permit(history(*LIFE, *waived("2026-02-01T00:00:00+00:00")), 2, SECOND)
    assert refused.value.next_command == 'perennial waive m auc --until DAY --reason "..."'
    assert "perennial run m validate --key v2" in str(refused.value.nearest)


def test_a_waiver_that_was_revoked_since_the_verdict_refuses_and_says_who_took_it_back() -> None:
    told = [*LIFE, *waived("2026-03-01T00:00:00+00:00")]
    back = {"gate": "auc", "by": "kim", "reason": "the season is long", "waivers": [history(*told).events[-2].hash]}
    again = ("waiver.granted", "auc", {"gate": "auc", "by": "eva", "reason": "known", "until": "2026-04-01T00:00:00Z"})
    with pytest.raises(GateRefused, match=r"auc revoked 2026-01-01 00:07 UTC by kim: the season is long") as refused:
        permit(history(*told, ("waiver.revoked", "auc", back), again), 2, SECOND)
    assert refused.value.next_command == "perennial run m validate --key v2"


def test_a_waiver_that_the_verdict_did_not_need_may_expire() -> None:
    waiver, _ = waived("2026-01-15T00:00:00+00:00")
    assert permit(history(*LIFE, waiver, verdict(2, champion=1, waivers={"auc": "x"})), 2, SECOND).kind == "promotion"


GATE: dict[str, Any] = {"name": "auc", "verdict": "pass", "why": "good", "evidence": "g" * 64}


@pytest.mark.parametrize(
    ("digest", "named"), [("s" * 64, "scored"), ("c" * 64, "card"), ("k" * 64, "golden"), ("g" * 64, "gate auc")]
)
def test_evidence_that_changed_since_the_verdict_refuses_by_name(digest: str, named: str) -> None:
    kept = {"scored": "s" * 64, "card": "c" * 64, "golden": "k" * 64, "gates": [GATE]}
    told = history(*LIFE, verdict(2, champion=1, **kept))
    assert permit(told, 2, SECOND).kind == "promotion"
    with pytest.raises(GateRefused, match=f"changed or gone: {named}"):
        permit(told, 2, replace(SECOND, lost={digest}))


def test_a_rollback_does_not_wait_for_evidence_or_waivers() -> None:
    told = history(candidate(1), verdict(1, card="c" * 64), champion(1), candidate(2), verdict(2), champion(2, 1))
    assert permit(told, 1, replace(FIRST, lost={"c" * 64}), "v2 errs at night").kind == "rollback"
