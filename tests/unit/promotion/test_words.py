"""Approvals by several people on the real ledger: who may not, how many, and what a no does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from perennial.context import open_context
from perennial.errors import GateRefused
from perennial.hashing import canonical
from perennial.promotion import stage, words
from perennial.settings import Settings
from unit.promotion.made import MODEL, Made
from unit.promotion.people import acting, high


@pytest.fixture
def made(settings: Settings, tmp_path: Path) -> Made:
    return high(settings, tmp_path)


def approve(made: Made, name: str, reason: str = "read the card") -> None:
    words.approve(made.ctx, "v1", by=name, how="people", reason=reason)


def test_two_different_people_make_a_champion_and_the_ledger_names_both(made: Made) -> None:
    with pytest.raises(GateRefused, match="an approval by people"):
        words.by_rule(made.ctx, "v1", "")
    approve(made, "alice")
    assert words.missing(made.ctx, "v1") == 1
    with pytest.raises(GateRefused, match=r"2 approvals[^;]*approved by alice"):
        stage.switch(made.ctx, "v1", expected_champion=None, reason="approved")
    approve(made, "bob")
    assert words.by_rule(made.ctx, "v1", "") is None, "all are there"
    changed = stage.switch(made.ctx, "v1", expected_champion=None, reason="approved")
    given = made.ctx.chain.history().of("approval.given")
    assert changed.payload["by"] == ["alice", "bob"]
    assert changed.payload["approvals"] == [event.hash for event in given]


@pytest.mark.parametrize(
    ("name", "why"),
    [("carl", "carl asked for the training"), ("Carl", "asked"), ("dora", "dora last changed the spec")],
)
def test_the_makers_may_not_approve(made: Made, name: str, why: str) -> None:
    with pytest.raises(GateRefused, match=why):
        approve(made, name)
    assert not made.ctx.chain.history().of("approval.given")


def test_by_command_only_a_named_approver_approves_and_in_an_emergency_anybody(made: Made) -> None:
    made.ctx = replace(made.ctx, settings=replace(made.ctx.settings, approvers=("alice", "bob")))
    with pytest.raises(GateRefused, match="one of the approvers: alice, bob"):
        approve(made, "eva")
    approve(made, "alice")
    assert words.approve(made.ctx, "v1", by="eva", how="emergency", reason="closed").payload["by"] == "eva"


def test_the_same_person_twice_is_one(made: Made) -> None:
    approve(made, "alice")
    approve(made, "alice", "and once more")
    assert words.missing(made.ctx, "v1") == 1
    assert len(made.ctx.chain.history().of("approval.given")) == 1


def test_who_changed_the_spec_after_the_registration_may_not_approve(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = made.ctx.settings.models / MODEL / "model.yaml"
    spec.write_text(spec.read_text(encoding="utf-8").replace("owner: ", "owner: new-"), encoding="utf-8")
    monkeypatch.setenv("PERENNIAL_SPEC_AUTHOR", "frida")
    made.ctx = open_context(MODEL, settings=made.ctx.settings, actor="ann")
    made.verdict(1)
    with pytest.raises(GateRefused, match="frida last changed the spec"):
        approve(made, "frida")
    approve(made, "alice")


def test_who_lowers_the_tier_needs_the_approvals_of_the_one_left_and_those_after_do_not(made: Made) -> None:
    approve(made, "alice")
    approve(made, "bob")
    stage.switch(made.ctx, "v1", expected_champion=None, reason="approved")
    spec = made.ctx.settings.models / MODEL / "model.yaml"
    spec.write_text(spec.read_text(encoding="utf-8").replace("risk_tier: high", "risk_tier: minimal"), encoding="utf-8")
    made.ctx = open_context(MODEL, settings=made.ctx.settings, actor="airflow")
    for version, place in ((2, "v2"), (3, "v3")):
        made.candidate(version)
        made.verdict(version)
        if version == 2:
            with pytest.raises(GateRefused, match="as tier high asks, the tier of the newest champion"):
                words.by_rule(made.ctx, place, "")
            with pytest.raises(GateRefused, match="carl asked for the training"):
                words.approve(made.ctx, place, by="carl", how="people", reason="it is minimal now")
            words.approve(made.ctx, place, by="alice", how="people", reason="nobody is decided about any more")
            words.approve(made.ctx, place, by="bob", how="people", reason="read the change of the spec")
        else:
            words.by_rule(made.ctx, place, "")
        stage.switch(made.ctx, place, expected_champion=version - 1, reason="approved")
    assert made.ctx.chain.history().champion == 3


def test_an_upgrade_of_the_code_is_no_change_of_the_spec(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """While `notices` counted, v1 was registered and judged; whoever holds the spec now has changed nothing."""
    kept = {**made.ctx.spec.content, "spec": made.ctx.spec.model_dump(mode="json")}
    then = made.ctx.evidence.put(canonical(kept), ".json")
    made.candidate(2, spec_digest=then)
    made.verdict(2, spec_digest=then, spec=then)
    monkeypatch.setenv("PERENNIAL_SPEC_AUTHOR", "frida")
    assert then != made.ctx.spec.digest
    words.approve(made.ctx, "v2", by="frida", how="people", reason="read the card")
    made.ctx.evidence.path(then).write_text("{}", encoding="utf-8")
    with pytest.raises(GateRefused, match="one for another spec"):
        words.approve(made.ctx, "v2", by="alice", how="people", reason="read the card")


def test_a_refusal_is_a_record_with_a_next_step_and_voids_what_was_approved(made: Made) -> None:
    approve(made, "alice")
    refused = words.reject(made.ctx, "v1", by="bob", reason="the card lacks the night")
    assert refused.payload["next"] == f'perennial promote {MODEL} v1 --reason "..."'
    assert words.missing(made.ctx, "v1") == 2
    for name in ("bob", "alice"):
        approve(made, name)
    assert words.missing(made.ctx, "v1") == 0


def test_a_maker_may_stop_it(made: Made) -> None:
    assert words.reject(made.ctx, "v1", by="carl", reason="I found a mistake").payload["by"] == "carl"


def test_by_hand_with_a_reason_is_a_persons_word(made: Made) -> None:
    word = words.by_rule(acting(made, "alice"), "v1", "read the card")
    assert word is not None
    assert (word.payload["how"], word.payload["by"], word.payload["reason"]) == ("people", "alice", "read the card")
    with pytest.raises(GateRefused, match="an approval by people"):
        words.by_rule(acting(made, "airflow"), "v1", "read the card")


def test_another_verdict_voids_what_was_approved(made: Made) -> None:
    approve(made, "alice")
    made.verdict(1, rows={"labelled": 1})
    assert words.missing(made.ctx, "v1") == 2
