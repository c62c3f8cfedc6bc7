"""Candidates of a small real model, trained by the real stages, judged on the real ledger, MLflow and Feast."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml
from sklearn.metrics import r2_score, roc_auc_score

from perennial import datasets
from perennial.errors import ArtifactUntrusted, GateRefused, HistoryIncomplete
from perennial.estimators.artifact import load
from perennial.estimators.predict import predict
from perennial.features.stage import build
from perennial.keys import Window
from perennial.ledger.event import Event
from perennial.policy import load_policy
from perennial.promotion import stage as promotion
from perennial.promotion import words
from perennial.settings import Settings
from perennial.training import search
from perennial.training import stage as training
from perennial.validation import stage
from perennial.validation.judgement import families
from unit.training.factory import HOLDOUT, NUMBER, SEARCH, WINDOW, Factory

LATER = Window(WINDOW.first + timedelta(days=7), WINDOW.last + timedelta(days=7))
LABELLED = 58 * len(HOLDOUT)
"""Of the 60 parts of a day one is never checked and one a month later."""


@pytest.fixture
def factory(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Factory:
    """Give a model whose first candidate is registered, and whose labels of its holdout are known."""
    monkeypatch.setattr(search, "MOST_THREADS", 1)
    factory = Factory(settings)
    factory.say({SEARCH: ""})
    factory.ingest(Window(WINDOW.first - timedelta(days=1), WINDOW.last + timedelta(days=1)))
    train(factory, "t1", WINDOW)
    return factory


def train(factory: Factory, claim: str, window: Window) -> Event:
    factory.claim(claim, window)
    ctx, key = factory.ctx, str(window)
    training.freeze(ctx, key)
    training.fit(ctx, key)
    return training.register(ctx, key)


def promote(factory: Factory, version: int) -> None:
    ctx, key = factory.ctx, f"v{version}"
    champion = ctx.chain.history().champion
    words.approve(ctx, key, by="promote", how="automatic", reason="passed")
    promotion.switch(ctx, key, expected_champion=champion, reason="passed every gate")


def types(factory: Factory) -> list[str]:
    return [event.type for event in factory.ctx.chain.history().events]


def gates(verdict: Event) -> dict[str, str]:
    return {gate["name"]: gate["verdict"] for gate in verdict.payload["gates"]}


def scored(factory: Factory, verdict: Event) -> pd.DataFrame:
    frame: pd.DataFrame = pq.read_table(factory.ctx.evidence.path(verdict.payload["scored"])).to_pandas()
    return frame


def independent(factory: Factory, version: int, window: Window, folder: Path) -> pd.DataFrame:
    """Score a window with a version by another way: the whole file in one piece, by part."""
    ctx = factory.ctx
    registered = ctx.chain.history().version(version)
    path = datasets.retrieve(ctx, registered["transform"], window, folder / f"v{version}.parquet", labelled=True).path
    model = load(ctx.settings.artifacts / registered["artifact"]["path"], registered["artifact"]["sha256"])
    frame = pd.read_parquet(path)
    return frame.assign(p=predict(model, frame)).set_index("part")


def test_a_first_candidate_is_judged_by_every_gate(factory: Factory, tmp_path: Path) -> None:
    verdict = stage.evaluate(factory.ctx, "v1")
    body = verdict.payload
    found, asked = gates(verdict), load_policy(factory.settings.policies, factory.ctx.spec)
    passing = {"fresh_holdout", "auc", "champion", "calibration", "smoke_test"}
    assert {name: found[name] for name in passing} == dict.fromkeys(passing, "pass")
    assert {name.partition(":")[0] for name in found} <= {"fresh_holdout", *asked.gates}
    assert (body["version"], body["champion"], body["fresh"], body["holdout"]) == (1, None, True, str(HOLDOUT))
    assert body["rows"] == {"labelled": LABELLED, "unlabelled": 2 * len(HOLDOUT), "compared": 0}
    ctx, events = factory.ctx, types(factory)
    assert events.index("holdout.looked_at") < events.index("verdict.given")
    for name in ("scored", "golden", "card", "card_markdown"):
        assert ctx.evidence.intact(body[name])
    figures = {gate["name"]: ctx.evidence.read_json(gate["evidence"]) for gate in body["gates"] if gate["evidence"]}
    assert set(figures) == set(found) - {"fresh_holdout"}
    assert (figures["auc"]["rows"], figures["smoke_test"]["different"]) == (LABELLED, 0)
    assert set(body["seconds"]) == set(families(asked, factory.ctx.spec))
    kept = ctx.evidence.read_json(verdict.evidence or "")
    assert (kept["gates"], kept["policy"]["tier"]) == (body["gates"], "minimal")

    frame = scored(factory, verdict)
    again = independent(factory, 1, HOLDOUT, tmp_path)
    known = again[again["scrap"].notna() & (again["label_time"] <= ctx.chain.history().now)]
    assert list(frame["part"]) == list(known.index)
    assert np.array_equal(frame["p_candidate"], known["p"])
    assert np.array_equal(frame["y"], known["scrap"].astype(int))
    assert np.array_equal(frame["d_candidate"], known["p"] >= 0.5)
    assert frame[["p_champion", "d_champion"]].isna().all(axis=None)
    assert body["reference"]["quality"]["value"] == pytest.approx(roc_auc_score(frame["y"], frame["p_candidate"]))
    assert body["reference"]["calibration"]["value"] == pytest.approx((frame["p_candidate"] - frame["y"]).mean())

    events = types(factory)
    assert stage.evaluate(factory.ctx, "v1") == verdict
    assert types(factory) == events


def test_a_crash_after_the_look_leaves_the_holdout_fresh_for_this_candidate(
    factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as crashing:
        crashing.setattr(stage, "measure", die)
        with pytest.raises(KeyboardInterrupt):
            stage.evaluate(factory.ctx, "v1")
    assert types(factory).count("holdout.looked_at") == 1
    assert "verdict.given" not in types(factory)
    verdict = stage.evaluate(factory.ctx, "v1")
    assert verdict.payload["fresh"]
    assert types(factory).count("holdout.looked_at") == 1


def permissive(factory: Factory) -> None:
    """Write policies of the installation's own that a small model can meet."""
    folder = factory.settings.var / "policies"
    folder.mkdir(parents=True, exist_ok=True)
    policy = yaml.safe_load((factory.settings.policies / "minimal.yaml").read_text(encoding="utf-8"))
    for limit in policy["gates"].values():
        limit["limit"] = -1e9 if limit["passes"] == "above" else 1e9
    (folder / "minimal.yaml").write_text(yaml.safe_dump(policy), encoding="utf-8")
    object.__setattr__(factory.settings, "policies", folder)


def waive(factory: Factory, gate: str, until: datetime) -> Event:
    payload = {"gate": gate, "by": "bea", "reason": "a first version", "until": until.isoformat()}
    return factory.ctx.chain.record("waiver.granted", "v1", payload)


def test_a_waiver_in_force_opens_a_gate_and_an_expired_one_counts_for_nothing(factory: Factory) -> None:
    permissive(factory)
    factory.say({SEARCH: "gates: {auc: 0.9999}\n"})
    refused = stage.evaluate(factory.ctx, "v1")
    assert (refused.payload["passed"], gates(refused)["auc"]) == (False, "fail")
    waive(factory, "auc", datetime.now(UTC) - timedelta(seconds=1))
    assert stage.evaluate(factory.ctx, "v1") == refused
    granted = waive(factory, "auc", datetime.now(UTC) + timedelta(days=1))
    opened = stage.evaluate(factory.ctx, "v1")
    (auc,) = [gate for gate in opened.payload["gates"] if gate["name"] == "auc"]
    assert (opened.payload["passed"], opened.payload["waivers"]) == (True, {"auc": granted.hash})
    assert (auc["verdict"], auc["waiver"]) == ("fail", granted.hash)
    assert auc["why"].endswith(": a first version")
    waive(factory, "auc", datetime.now(UTC) - timedelta(seconds=1))
    assert stage.evaluate(factory.ctx, "v1") == refused


def test_a_second_candidate_meets_the_champion_through_the_champions_own_features(
    factory: Factory, tmp_path: Path
) -> None:
    permissive(factory)
    stage.evaluate(factory.ctx, "v1")
    promote(factory, 1)
    script = factory.ctx.spec.folder / "features.sql"
    script.write_text(script.read_text().replace(", heat,", ", 2 * heat AS heat,"))
    factory.ingest(Window(WINDOW.last + timedelta(days=2), LATER.last + timedelta(days=1)))
    build(factory.ctx, Window(WINDOW.first, LATER.last + timedelta(days=1)))
    train(factory, "t2", LATER)
    verdict = stage.evaluate(factory.ctx, "v2")
    history, body = factory.ctx.chain.history(), verdict.payload
    assert history.version(1)["transform"] != history.version(2)["transform"]
    assert (body["champion"], body["fresh"], body["rows"]["compared"]) == (1, True, LABELLED)
    frame = scored(factory, verdict)
    theirs = independent(factory, 1, Window.parse(body["holdout"]), tmp_path).loc[frame["part"], "p"]
    assert np.array_equal(frame["p_champion"], theirs)
    against = next(gate for gate in body["gates"] if gate["name"] == "champion")
    gain = roc_auc_score(frame["y"], frame["p_candidate"]) - roc_auc_score(frame["y"], frame["p_champion"])
    assert against["value"] == pytest.approx(gain)
    assert against["low"] <= against["value"] <= against["high"]
    assert stage.evaluate(factory.ctx, "v1") == history.verdict(1)


def test_a_holdout_seen_for_an_earlier_candidate_does_not_pass(factory: Factory, tmp_path: Path) -> None:
    permissive(factory)
    first = stage.evaluate(factory.ctx, "v1")
    promote(factory, 1)
    train(factory, "t2", WINDOW)
    verdict = stage.evaluate(factory.ctx, "v2")
    assert (verdict.payload["passed"], verdict.payload["fresh"]) == (False, False)
    assert verdict.payload["gates"][0]["why"] == f"{len(HOLDOUT)} of {len(HOLDOUT)} days were looked at for v1"
    assert set(gates(verdict)) == set(gates(first))
    frame = scored(factory, verdict)
    theirs = independent(factory, 1, HOLDOUT, tmp_path).loc[frame["part"], "p"]
    assert np.array_equal(frame["p_champion"], theirs)


def test_another_policy_or_spec_or_champion_asks_for_another_verdict(factory: Factory) -> None:
    first = stage.evaluate(factory.ctx, "v1")
    permissive(factory)
    second = stage.evaluate(factory.ctx, "v1")
    assert (first.payload["policy_digest"] != second.payload["policy_digest"], second.payload["passed"]) == (True, True)
    factory.say({SEARCH: "", "owner: tests": "owner: somebody"})
    third = stage.evaluate(factory.ctx, "v1")
    assert third.payload["spec_digest"] != second.payload["spec_digest"]
    assert third.payload["fresh"]
    factory.say({SEARCH: ""})
    assert stage.evaluate(factory.ctx, "v1") == second
    factory.say({SEARCH: "", "owner: tests": "owner: tests\nnotices: {to: [new@example.org]}"})
    assert factory.ctx.spec.notices.to
    assert stage.evaluate(factory.ctx, "v1") == second, "whom to tell is no matter of a verdict"


def test_a_changed_model_file_is_not_judged(factory: Factory) -> None:
    version = factory.ctx.chain.history().version(1)
    path = factory.settings.artifacts / version["artifact"]["path"]
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(ArtifactUntrusted):
        stage.evaluate(factory.ctx, "v1")
    assert "verdict.given" not in types(factory)


def test_labels_that_are_not_known_yet_are_waited_for(factory: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Business time stands before the first label of the holdout."""
    from perennial.ledger.history import History

    with monkeypatch.context() as earlier:
        earlier.setattr(History, "now", property(lambda _: HOLDOUT.start))
        with pytest.raises(HistoryIncomplete, match="none of them labelled by 2020-01-17") as incomplete:
            stage.evaluate(factory.ctx, "v1")
    assert incomplete.value.next_command == "perennial run factory validate --key v1"


def test_features_that_are_missing_are_no_look(factory: Factory) -> None:
    """The last day of this holdout was never ingested."""
    missing = WINDOW.last + timedelta(days=2)
    train(factory, "t2", Window(WINDOW.first, missing))
    with pytest.raises(HistoryIncomplete, match=str(missing)):
        stage.evaluate(factory.ctx, "v2")
    assert "holdout.looked_at" not in types(factory)


def test_an_unknown_version_is_refused(factory: Factory) -> None:
    with pytest.raises(GateRefused, match="no such version"):
        stage.evaluate(factory.ctx, "v9")


def test_a_model_that_predicts_a_number_is_judged_as_one(factory: Factory) -> None:
    factory.say({SEARCH: "", **NUMBER})
    factory.ingest(Window(WINDOW.first - timedelta(days=1), WINDOW.last + timedelta(days=1)))
    train(factory, "t2", WINDOW)
    verdict = stage.evaluate(factory.ctx, "v2")
    names = {name.partition(":")[0] for name in gates(verdict)}
    assert {"r2", "baseline", "champion", "calibration", "smoke_test"} <= names
    assert not names & {"auc", "brier", "cost", "noise", "demographic_parity"}
    assert gates(verdict)["r2"] == "pass"
    reference = verdict.payload["reference"]
    scored = pd.read_parquet(factory.ctx.evidence.path(verdict.payload["scored"]))
    assert reference["metric"] == "r2"
    assert reference["quality"]["value"] == pytest.approx(r2_score(scored["y"], scored["p_candidate"]))
    assert scored["d_candidate"].isna().all(), "a number is no decision"
