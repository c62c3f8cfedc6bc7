"""Promotion on the real ledger and the real MLflow: once, after a crash, and when two race."""

from __future__ import annotations

import multiprocessing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from perennial.context import open_context
from perennial.errors import ArtifactUntrusted, Conflict, GateRefused
from perennial.ledger.event import Event
from perennial.notices import Notice, tell
from perennial.notices.state import standing
from perennial.promotion import stage, words
from perennial.registry import Versions
from perennial.settings import Settings
from perennial.spec.notices import Kind, Severity
from perennial.validation.waive import revoke, waive
from unit.promotion.made import MODEL, Made
from unit.promotion.racer import race


@pytest.fixture
def made(settings: Settings, tmp_path: Path) -> Made:
    return Made.at(settings, tmp_path)


def promote(made: Made, version: int, expected: int | None, reason: str = "passed every gate") -> Event:
    key = f"v{version}"
    permission = stage.check(made.ctx, key)
    words.approve(made.ctx, key, by="promote", how="automatic", reason=reason)
    return stage.switch(made.ctx, key, expected_champion=expected, reason=reason, kind=permission.kind)


def aliases(made: Made) -> dict[str, int]:
    return Versions(made.ctx.settings, MODEL).aliases()


def first(made: Made) -> Event:
    made.candidate(1)
    made.verdict(1)
    return promote(made, 1, None)


def second(made: Made) -> Event:
    made.candidate(2)
    made.verdict(2)
    return promote(made, 2, 1)


def test_the_ledger_says_who_decided_on_what_and_the_alias_follows(made: Made) -> None:
    changed = first(made)
    history = made.ctx.chain.history()
    approval, verdict = history.of("approval.given")[-1], history.verdict(1)
    assert verdict is not None
    assert changed.payload == {
        "version": 1,
        "previous": None,
        "artifact_sha256": history.version(1)["artifact"]["sha256"],
        "verdict": verdict.hash,
        "evidence": verdict.evidence,
        "approvals": [approval.hash],
        "by": ["promote"],
        "reason": "passed every gate",
        "kind": "promotion",
        "review_by": None,
    }
    assert approval.payload["evidence"] == verdict.evidence
    assert (history.champion, aliases(made)) == (1, {"champion": 1})


def test_a_new_champion_ends_what_people_were_told_of_the_ground_under_the_one_before(made: Made) -> None:
    first(made)
    ctx = made.ctx

    def say(kind: Kind, key: str, severity: Severity = "warning") -> None:
        tell(ctx.settings, ctx.chain, ctx.spec.notices, Notice(kind, f"{key} changed", "it did", key, severity))

    say("dependents", "view weather", "info")
    say("dependents", "v1:2013-04-01..2013-04-14")
    say("alarm", "watch")
    stage.switch(ctx, "v1", expected_champion=None, reason="passed every gate")
    assert ctx.chain.history().of("notice.reset") == [], "the same champion stands on the same ground"
    second(made)
    over = [
        (event.payload["kind"], event.key, event.payload["why"]) for event in ctx.chain.history().of("notice.reset")
    ]
    why = "v2 is champion now"
    assert sorted(over) == [("dependents", "v1:2013-04-01..2013-04-14", why), ("dependents", "view weather", why)]
    assert list(standing(ctx.chain)) == [("alarm", "watch")]


def test_every_step_twice_is_once(made: Made) -> None:
    first(made)
    events = len(made.ctx.chain.history().events)
    again = stage.switch(made.ctx, "v1", expected_champion=None, reason="passed every gate")
    assert again == made.ctx.chain.history().of("champion.changed")[-1]
    assert words.by_rule(made.ctx, "v1", "") is None
    with pytest.raises(GateRefused, match="v1 is the champion"):
        words.reject(made.ctx, "v1", by="eva", reason="too late")
    assert len(made.ctx.chain.history().events) == events
    made.candidate(2)
    made.verdict(2)
    approvals = [words.approve(made.ctx, "v2", by="promote", how="automatic", reason="passed") for _ in range(3)]
    assert len({event.hash for event in approvals}) == 1
    assert len(made.ctx.chain.history().events) == events + 6 - 1


def test_a_crash_before_the_alias_is_repaired_by_running_again(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    first(made)
    made.candidate(2)
    made.verdict(2)

    def die(_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as crashing:
        crashing.setattr(stage, "tell_registry", die)
        with pytest.raises(KeyboardInterrupt):
            promote(made, 2, 1)
    assert (made.ctx.chain.history().champion, aliases(made)["champion"]) == (2, 1)
    stage.switch(made.ctx, "v2", expected_champion=1, reason="passed every gate")
    assert aliases(made)["champion"] == 2
    assert len(made.ctx.chain.history().of("champion.changed")) == 2


def test_an_alias_that_was_moved_by_hand_goes_back_to_the_ledgers_champion(made: Made) -> None:
    first(made)
    second(made)
    Versions(made.ctx.settings, MODEL).set_alias("champion", 1)
    stage.tell_registry(made.ctx)
    assert aliases(made)["champion"] == 2


def test_without_approval_nothing_switches(made: Made) -> None:
    made.candidate(1)
    made.verdict(1)
    with pytest.raises(GateRefused, match="an approval bound to this model file and this verdict"):
        stage.switch(made.ctx, "v1", expected_champion=None, reason="passed every gate")
    assert made.ctx.chain.history().champion is None


def test_a_person_may_refuse_and_only_a_person_goes_on(made: Made) -> None:
    made.candidate(1)
    made.verdict(1)
    words.reject(made.ctx, "v1", by="eva", reason="the card lacks the night")
    with pytest.raises(GateRefused, match="a person, where a person stopped"):
        words.approve(made.ctx, "v1", by="promote", how="automatic", reason="passed")
    with pytest.raises(GateRefused, match="rejected by eva"):
        stage.switch(made.ctx, "v1", expected_champion=None, reason="passed every gate")
    words.approve(made.ctx, "v1", by="bob", how="people", reason="eva and I looked again")
    assert stage.switch(made.ctx, "v1", expected_champion=None, reason="looked again").payload["version"] == 1


def test_the_same_person_may_change_her_mind_twice(made: Made) -> None:
    made.candidate(1)
    made.verdict(1)
    for _ in range(2):
        words.approve(made.ctx, "v1", by="eva", how="people", reason="it is good")
        words.reject(made.ctx, "v1", by="eva", reason="it is not")
    assert len(made.ctx.chain.history().of("approval.given", "approval.refused")) == 4


def test_a_model_file_changed_after_the_approval_voids_it(made: Made) -> None:
    made.candidate(1)
    made.verdict(1)
    words.approve(made.ctx, "v1", by="promote", how="automatic", reason="passed")
    made.path(1).write_bytes(made.path(1).read_bytes() + b" ")
    with pytest.raises(ArtifactUntrusted):
        stage.switch(made.ctx, "v1", expected_champion=None, reason="passed every gate")
    made.path(1).unlink()
    with pytest.raises(ArtifactUntrusted, match="no such file"):
        stage.check(made.ctx, "v1")


def test_a_spec_changed_after_the_verdict_voids_it(made: Made) -> None:
    made.candidate(1)
    made.verdict(1)
    spec = made.ctx.settings.models / MODEL / "model.yaml"
    spec.write_text(spec.read_text(encoding="utf-8") + "gates: {auc: 0.7}\n", encoding="utf-8")
    with pytest.raises(GateRefused, match="one for another spec and policy"):
        stage.check(open_context(MODEL, settings=made.ctx.settings), "v1")


def test_evidence_changed_between_approval_and_switch_voids_it(made: Made) -> None:
    made.candidate(1)
    verdict = made.verdict(1)
    words.approve(made.ctx, "v1", by="promote", how="automatic", reason="passed")
    card = made.ctx.evidence.path(verdict.payload["card"])
    card.write_text("<p>all is well</p>", encoding="utf-8")
    with pytest.raises(GateRefused, match="changed or gone: card") as refused:
        stage.switch(made.ctx, "v1", expected_champion=None, reason="passed every gate")
    assert refused.value.next_command == f"perennial reconcile {MODEL}"
    assert made.ctx.chain.history().champion is None


def test_a_waiver_that_expires_between_approval_and_switch_voids_it(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    made.candidate(1)
    until = datetime.now(UTC) + timedelta(days=1)
    waiver = made.ctx.chain.record(
        "waiver.granted", "auc", {"gate": "auc", "by": "eva", "reason": "known", "until": until.isoformat()}
    )
    gate = {"name": "auc", "verdict": "fail", "why": "low", "waiver": waiver.hash}
    made.verdict(1, gates=[gate], waivers={"auc": waiver.hash})
    words.approve(made.ctx, "v1", by="promote", how="automatic", reason="passed")
    before = stage.present
    monkeypatch.setattr(stage, "present", lambda *asked: replace(before(*asked), now=until))
    with pytest.raises(GateRefused, match="auc expired"):
        stage.switch(made.ctx, "v1", expected_champion=None, reason="passed every gate")


def test_a_waiver_that_is_revoked_between_approval_and_switch_voids_it(made: Made) -> None:
    made.candidate(1)
    until = str((datetime.now(UTC) + timedelta(days=20)).date())
    waiver = waive(made.ctx, "auc", until=until, reason="few rows this season")
    gate = {"name": "auc", "verdict": "fail", "why": "low", "waiver": waiver.hash}
    made.verdict(1, gates=[gate], waivers={"auc": waiver.hash})
    words.approve(made.ctx, "v1", by="promote", how="automatic", reason="passed")
    revoke(made.ctx, "auc", reason="the rows have come")
    waive(made.ctx, "auc", until=until, reason="few rows this season")
    with pytest.raises(GateRefused, match=r"auc revoked .* by ann: the rows have come"):
        stage.switch(made.ctx, "v1", expected_champion=None, reason="passed every gate")


def test_back_takes_one_person_and_forward_again_takes_people(made: Made) -> None:
    first(made)
    second(made)
    with pytest.raises(GateRefused, match="a reason of at least 3 characters"):
        stage.check(made.ctx, "v1")
    with pytest.raises(Conflict, match="a rollback"):
        stage.switch(made.ctx, "v1", expected_champion=2, reason="v2 errs at night")
    back = stage.switch(made.ctx, "v1", expected_champion=2, reason="v2 errs at night", kind="rollback")
    assert (back.payload["by"], back.payload["approvals"], aliases(made)["champion"]) == (["ann"], [], 1)
    with pytest.raises(GateRefused, match="a person, where a person stopped"):
        words.by_rule(made.ctx, "v2", "")
    with pytest.raises(GateRefused, match="since the champion last changed"):
        stage.switch(made.ctx, "v2", expected_champion=1, reason="passed every gate")
    word = words.by_rule(made.ctx, "v2", "the night is mended")
    assert word is not None
    assert (word.payload["how"], word.payload["by"]) == ("people", "ann")
    stage.switch(made.ctx, "v2", expected_champion=1, reason="the night is mended")
    changes = made.ctx.chain.history().of("champion.changed")
    assert [event.payload["version"] for event in changes] == [1, 2, 1, 2]
    assert [event.payload["kind"] for event in changes] == ["promotion", "promotion", "rollback", "promotion"]


def test_a_late_switch_against_a_replaced_champion_is_a_conflict(made: Made) -> None:
    first(made)
    made.candidate(2)
    made.candidate(3)
    for version in (2, 3):
        made.verdict(version)
        words.approve(made.ctx, f"v{version}", by="promote", how="automatic", reason="passed")
    stage.switch(made.ctx, "v2", expected_champion=1, reason="passed every gate")
    with pytest.raises(Conflict, match="one made against v1"):
        stage.switch(made.ctx, "v3", expected_champion=1, reason="passed every gate")
    assert made.ctx.chain.history().champion == 2


def test_two_promotions_at_once_give_one_champion_and_one_clear_refusal(made: Made) -> None:
    """Both processes have decided, and stand before the ledger's lock, when the first of them is let in."""
    first(made)
    for version in (2, 3):
        made.candidate(version)
    for version in (2, 3):
        made.verdict(version)
        words.approve(made.ctx, f"v{version}", by="promote", how="automatic", reason="passed")
    spawn = multiprocessing.get_context("spawn")
    gate, answers = spawn.Barrier(2, timeout=240), spawn.Queue()
    settings = made.ctx.settings
    racers = [spawn.Process(target=race, args=(settings, MODEL, key, gate, answers)) for key in ("v2", "v3")]
    for racer in racers:
        racer.start()
    said = dict(answers.get(timeout=240) for _ in racers)
    for racer in racers:
        racer.join(240)
        assert racer.exitcode == 0
    champion = made.ctx.chain.history().champion
    assert said.pop(f"v{champion}") == "champion"
    ((loser, refusal),) = said.items()
    assert f"v{champion}" in refusal
    assert f"perennial run {MODEL} validate --key {loser}" in refusal
    assert len(made.ctx.chain.history().of("champion.changed")) == 2
    assert aliases(made)["champion"] == champion
