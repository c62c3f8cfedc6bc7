"""Versions of a small real model, trained again from what was frozen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from perennial.errors import GateRefused, LedgerError
from perennial.estimators.artifact import save
from perennial.estimators.manifest import describe
from perennial.estimators.pipeline import build, fit
from perennial.ledger.event import Event
from perennial.registry import Runs, Versions
from perennial.settings import PROJECT
from perennial.training import provenance, snapshot
from perennial.training.reproduce import reproduce, reproduced
from unit.training.factory import SEARCH, Factory
from unit.training.test_stage import train


@pytest.fixture
def registered(factory: Factory) -> Event:
    return train(factory)


def mlflow(factory: Factory) -> tuple[object, object]:
    """Return what MLflow knows: versions, and how many runs."""
    runs = Runs(factory.settings, "factory")
    found = runs._client.search_runs([runs.experiment])
    return Versions(factory.settings, "factory").all(), [run.info.run_id for run in found]


def test_it_comes_out_bit_for_bit_and_nothing_else_is_touched(factory: Factory, registered: Event) -> None:
    before = mlflow(factory)
    event = reproduce(factory.ctx, "v1")
    told = event.payload
    assert (event.type, event.key, told["result"], told["level"]) == ("version.reproduced", "v1", "bytes", 0)
    assert told["again"] == {name: registered.payload["artifact"][name] for name in ("sha256", "probe")}
    assert (told["same_rule"], told["same_baseline"], told["same_parameters"]) == (True, True, True)
    assert told["threads"] == registered.payload["made"]["threads"] == 1
    assert mlflow(factory) == before
    assert not list((factory.settings.var / "training" / "factory").iterdir())
    assert reproduced(factory.ctx, "v1") == event
    assert reproduce(factory.ctx, "v1").seq == event.seq + 1


def test_it_is_made_with_the_spec_of_then(factory: Factory, registered: Event) -> None:
    factory.say({SEARCH: "", "max_iter: 10": "max_iter: 3"})
    assert factory.ctx.spec.digest != registered.payload["spec_digest"]
    assert reproduce(factory.ctx, "v1").payload["result"] == "bytes"


def test_the_spec_of_then_is_kept_under_its_digest(factory: Factory, registered: Event) -> None:
    assert registered.payload["spec"] == registered.payload["spec_digest"]
    assert factory.ctx.evidence.intact(registered.payload["spec"])
    assert factory.ctx.evidence.read_json(registered.payload["spec"])["sql"] == factory.ctx.spec.sql


def test_a_changed_training_set_is_refused(factory: Factory, registered: Event) -> None:
    frozen = factory.ctx.chain.history().of("snapshot.frozen")[0]
    path = factory.settings.lake / frozen.payload["path"]
    path.write_bytes(path.read_bytes() + b" ")
    assert not snapshot.intact(factory.ctx, frozen)
    with pytest.raises(LedgerError, match=registered.payload["snapshot"]):
        reproduce(factory.ctx, "v1")


def test_other_requirements_are_refused(
    factory: Factory, registered: Event, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = (PROJECT / "requirements.lock").read_text(encoding="utf-8")
    (tmp_path / "requirements.lock").write_text(lock.replace("scikit-learn", "scikit_learn"), encoding="utf-8")
    (tmp_path / "include").symlink_to(PROJECT / "include")
    monkeypatch.setattr(provenance.provenance, "__defaults__", (tmp_path,))
    with pytest.raises(GateRefused) as refused:
        reproduce(factory.ctx, "v1")
    assert registered.payload["made"]["lock"] in refused.value.expected
    assert "version.reproduced" not in [event.type for event in factory.ctx.chain.history().events]


def told_again(factory: Factory, registered: Event, **changes: Any) -> None:
    """Tell a second version that claims to be made as the first, but for some of its record."""
    factory.ctx.chain.record("candidate.registered", "v2", {**registered.payload, "version": 2, **changes})


def kept(factory: Factory, registered: Event, folder: Path, **parameters: Any) -> dict[str, Any]:
    """Put a model of the same rows and columns, but other parameters, into the store; return its artifact."""
    told = registered.payload
    rows = snapshot.read(factory.ctx, factory.ctx.chain.history().of("snapshot.frozen")[0])
    columns = told["columns"]["numeric"], told["columns"]["categorical"]
    model = build(told["estimator"], {**told["parameters"], **parameters}, *columns, 0)
    fit(model, rows.table, rows.labels, threads=1)
    manifest = describe(model, rows.table)
    written = save(model, factory.settings.artifacts / "other" / folder.name, manifest)
    path = written.path.relative_to(factory.settings.artifacts).as_posix()
    return {"path": path, "sha256": written.sha256, "probe": manifest.probe}


def test_a_model_with_other_parameters_is_found_to_differ(factory: Factory, registered: Event, tmp_path: Path) -> None:
    other = kept(factory, registered, tmp_path, max_iter=3)
    told_again(factory, registered, artifact=other)
    event = reproduce(factory.ctx, "v2")
    assert (event.payload["result"], event.payload["level"]) == ("different", 3)
    assert event.payload["figures"]["apart"] > event.payload["figures"]["tolerance"]
    assert "another model" in event.payload["why"]


def test_the_same_predictions_in_another_file_are_said_to_be_that(
    factory: Factory, registered: Event, tmp_path: Path
) -> None:
    other = kept(factory, registered, tmp_path, tol=1e-6)
    assert other["sha256"] != registered.payload["artifact"]["sha256"]
    told_again(factory, registered, artifact=other)
    assert reproduce(factory.ctx, "v2").payload["result"] == "predictions"


def test_another_decision_rule_is_found(factory: Factory, registered: Event) -> None:
    rule = {**(registered.payload.get("decision") or {}), "threshold": 0.4}
    told_again(factory, registered, decision=rule)
    event = reproduce(factory.ctx, "v2")
    assert (event.payload["result"], event.payload["same_rule"]) == ("different", False)


def test_a_version_without_a_record_of_its_making_is_refused(factory: Factory, registered: Event) -> None:
    told_again(factory, registered, made=None)
    with pytest.raises(GateRefused, match="whose making was recorded"):
        reproduce(factory.ctx, "v2")


def test_a_mitigation_is_made_again_with_the_model(factory: Factory) -> None:
    guarded = "entity: part\nprotected:\n  machine: {criterion: demographic_parity, why: for the tests}"
    mitigated = "  mitigation: {method: threshold_optimizer, criterion: demographic_parity, attributes: [machine]}"
    seed = "  parameters: {max_iter: 10}"
    factory.say({SEARCH: "", "entity: part": guarded, seed: f"{seed}\n{mitigated}"})
    registered = train(factory)
    assert set(registered.payload["decision"]["groups"]) == {"a", "b", "c"}
    told = reproduce(factory.ctx, "v1").payload
    assert (told["result"], told["same_rule"]) == ("bytes", True)
    groups = {**registered.payload["decision"]["groups"], "a": []}
    told_again(factory, registered, decision={**registered.payload["decision"], "groups": groups})
    assert reproduce(factory.ctx, "v2").payload["why"] == "another decision rule"
