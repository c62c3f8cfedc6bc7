"""Who was champion at a time, by whose decisions, on which evidence."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from perennial.audit.status import status
from perennial.audit.versions import champion_at, versions
from perennial.promotion import stage, words
from perennial.promotion.promote import promote
from perennial.promotion.review import record_review
from perennial.promotion.rollback import rollback
from perennial.settings import Settings
from perennial.validation.waive import revoke
from unit.promotion.made import Made
from unit.promotion.people import acting, high


def now() -> datetime:
    return datetime.now(UTC)


def approved(settings: Settings, tmp_path: Path) -> Made:
    """v1 is champion by two people; its verdict used a waiver."""
    made = high(settings, tmp_path)
    until = "2099-01-01T00:00:00+00:00"
    waiver = made.ctx.chain.record(
        "waiver.granted", "auc", {"gate": "auc", "by": "eva", "reason": "known", "until": until}
    )
    gate = {"name": "auc", "verdict": "fail", "why": "low; waived by eva until 2099-01-01", "waiver": waiver.hash}
    made.verdict(1, gates=[gate], waivers={"auc": waiver.hash})
    for name, reason in (("alice", "read the card"), ("bob", "seen the waiver")):
        words.approve(made.ctx, "v1", by=name, how="people", reason=reason)
    stage.switch(made.ctx, "v1", expected_champion=None, reason="approved")
    return made


def test_several_approvals_the_waiver_and_the_evidence_are_named(settings: Settings, tmp_path: Path) -> None:
    before = now()
    made = approved(settings, tmp_path)
    assert "had no champion at" in champion_at(made.ctx, before)
    told = champion_at(made.ctx, now())
    verdict = made.ctx.chain.history().verdict(1)
    assert verdict is not None
    for piece in ("v1 was champion", "by alice, bob", "people, by alice: read the card", "by bob: seen the waiver"):
        assert piece in told
    assert "waiver    auc: low; waived by eva until 2099-01-01" in told
    assert f"evidence  {verdict.evidence}, model card {verdict.payload['card']}" in told


def test_a_waiver_that_was_revoked_since_is_told(settings: Settings, tmp_path: Path) -> None:
    made = approved(settings, tmp_path)
    back = revoke(acting(made, "kim"), "auc", reason="the rows have come")
    said = f"revoked {back.wall_time:%Y-%m-%d %H:%M} UTC by kim: the rows have come"
    assert f"waiver    auc: low; waived by eva until 2099-01-01; {said}" in champion_at(made.ctx, now())
    lines = list(versions(made.ctx))
    assert lines[-1].endswith("auc   waiver revoked by kim: the rows have come")
    assert any(line.endswith("auc   waived by eva until 2099-01-01T00:00: known") for line in lines)


def test_an_emergency_its_review_and_a_rollback_are_told(settings: Settings, tmp_path: Path) -> None:
    made = approved(settings, tmp_path)
    made.candidate(2)
    made.verdict(2)
    hurried = acting(made, "carl")
    promote(hurried, "v2", stage.check(hurried, "v2").to_dict(), "fire", emergency=True)
    assert "an emergency, to be reviewed by" in str(status(made.ctx)["champion"])
    record_review(made.ctx, "v2", by="alice", agrees=True, reason="I would have, too")
    told = champion_at(made.ctx, now())
    assert "emergency, by carl: fire" in told
    assert "review by alice, agrees: I would have, too" in told
    rollback(acting(made, "bob"), "v2 errs at night")
    assert "rollback, by bob: v2 errs at night" in champion_at(made.ctx, now())
    lines = list(versions(made.ctx))
    assert lines[-1].endswith("champion (rollback by bob), after v2: v2 errs at night")
    assert any("champion (emergency by carl), after v1: fire" in line for line in lines)


def test_a_withdrawal_leaves_nobody(settings: Settings, tmp_path: Path) -> None:
    made = high(settings, tmp_path)
    hurried = acting(made, "carl")
    promote(hurried, "v1", stage.check(hurried, "v1").to_dict(), "fire", emergency=True)
    record_review(made.ctx, "v1", by="alice", agrees=False, reason="there is no fire")
    assert "had no champion at" in champion_at(made.ctx, now())
    assert "there is no fire" in champion_at(made.ctx, now())
    assert str(status(made.ctx)["champion"]).startswith("none, withdrawn since")
    assert "nobody is champion (withdrawal by alice), after v1: there is no fire" in list(versions(made.ctx))[-1]
