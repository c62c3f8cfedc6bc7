"""Freeze, fit and register against Feast, MLflow and Postgres as they are; also twice, and killed in between."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from mlflow.entities import Run

from perennial.context import Context
from perennial.errors import Conflict, GateRefused, HistoryIncomplete, LedgerError
from perennial.estimators.artifact import load
from perennial.estimators.manifest import Manifest, verify
from perennial.hashing import sha256_of
from perennial.keys import Window
from perennial.ledger.chain import Chain
from perennial.ledger.event import Event
from perennial.registry import Runs, Versions
from perennial.registry.connect import connect
from perennial.training.search import Search
from perennial.training.stage import fit, freeze, register
from perennial.training.staging import Staging
from unit.training.factory import FIT, HOLDOUT, NUMBER, PER_DAY, SEARCH, SPAN, WINDOW, Factory

KEY = str(WINDOW)


def train(factory: Factory, key: str = KEY) -> Event:
    freeze(factory.ctx, key)
    fit(factory.ctx, key)
    return register(factory.ctx, key)


def runs(factory: Factory) -> list[Run]:
    client = connect(factory.settings)
    experiment = client.get_experiment_by_name("factory")
    found = client.search_runs([experiment.experiment_id], order_by=["attributes.start_time ASC"])
    return list(found)


def killed(step: Callable[[Context, str], Event], factory: Factory, owner: type, method: str) -> None:
    """Run a step in a process of its own, which is killed where it would call a method."""
    process = multiprocessing.get_context("fork").Process(target=_dies, args=(step, factory, owner, method))
    process.start()
    process.join(120)
    assert process.exitcode == -signal.SIGKILL


def _dies(step: Callable[[Context, str], Event], factory: Factory, owner: type, method: str) -> None:
    assert hasattr(owner, method)
    setattr(owner, method, lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
    step(factory.ctx, KEY)


def test_the_training_set_is_the_labelled_part_of_the_fit_days(factory: Factory) -> None:
    event = freeze(factory.ctx, KEY)
    told = event.payload
    assert (event.type, event.key, event.once) == ("snapshot.frozen", KEY, "t1")
    assert (told["claim"], told["window"], told["transform"]) == ("t1", str(FIT), factory.ctx.spec.transform_digest)
    days = len(FIT)
    assert (told["rows"], told["unlabelled"], told["late"]) == (days * (PER_DAY - 2), days, days)
    path = factory.settings.lake / told["path"]
    assert told["path"] == f"factory/snapshots/{told['sha256'][:16]}.parquet"
    assert sha256_of(path) == told["sha256"]
    table = pq.read_table(path)
    assert table.num_rows == told["rows"]
    assert pc.sum(table.column("scrap")).as_py() == told["positives"]
    assert (pc.min(table.column("day")).as_py(), pc.max(table.column("day")).as_py()) == (FIT.first, FIT.last)
    assert {"parts_1d", "heat", "machine"} <= set(table.column_names)
    examples = factory.ctx.chain.history().partitions(factory.ctx.table("examples", told["transform"][:8]))
    recorded = told["partitions"][factory.ctx.table("examples", told["transform"][:8])]
    assert recorded == {str(day): examples[day].sha256 for day in FIT}


def test_freezing_again_is_the_same_event_and_brings_a_lost_file_back(factory: Factory) -> None:
    event = freeze(factory.ctx, KEY)
    path = factory.settings.lake / event.payload["path"]
    content = path.read_bytes()
    assert freeze(factory.ctx, KEY) == event
    path.unlink()
    assert freeze(factory.ctx, KEY) == event
    assert path.read_bytes() == content
    assert len(factory.ctx.chain.history().of("snapshot.frozen")) == 1


def test_a_lost_training_set_that_the_lake_no_longer_gives_is_not_replaced_in_silence(factory: Factory) -> None:
    event = freeze(factory.ctx, KEY)
    (factory.settings.lake / event.payload["path"]).unlink()
    factory.ingest(WINDOW.back(1), hotter=1.0)
    with pytest.raises(LedgerError, match="as recorded"):
        freeze(factory.ctx, KEY)


def test_without_a_claim_nothing_is_frozen(factory: Factory) -> None:
    with pytest.raises(GateRefused, match="retrain --reason"):
        freeze(factory.ctx, str(FIT))


def test_missing_days_are_named(factory: Factory) -> None:
    window = SPAN.clip(WINDOW.first, SPAN.last)
    assert window is not None
    factory.claim("t2", window)
    with pytest.raises(HistoryIncomplete, match="2020-01-22"):
        freeze(factory.ctx, str(window))


def test_one_outcome_alone_teaches_nothing(factory: Factory) -> None:
    factory.ingest(WINDOW.back(1), hotter=-100.0)
    with pytest.raises(GateRefused, match="positives 0"):
        freeze(factory.ctx, KEY)
    assert not factory.ctx.chain.history().of("snapshot.frozen")


def test_a_fit_is_one_run_tree_and_a_staged_model(factory: Factory) -> None:
    frozen = freeze(factory.ctx, KEY)
    assert fit(factory.ctx, KEY) == frozen
    root, *trials = runs(factory)
    assert [trial.data.tags["mlflow.parentRunId"] for trial in trials] == [root.info.run_id] * 3
    assert {trial.info.status for trial in trials} == {"FINISHED"}
    assert root.data.metrics["auc"] == max(trial.data.metrics["auc"] for trial in trials) > 0.8
    assert root.data.metrics["baseline_auc"] > 0.8
    assert root.data.params["threads"] == trials[0].data.params["threads"] == "1"
    assert root.data.tags["perennial.claim"] == "t1"
    assert root.data.tags["perennial.spec"] == factory.ctx.spec.digest
    (used,) = root.inputs.dataset_inputs
    assert frozen.payload["sha256"].startswith(used.dataset.digest)
    staged = factory.settings.var / "training" / "factory" / "t1"
    assert {path.name for path in staged.iterdir()} == {"candidate", "baseline", "fit.json"}


def test_the_same_fit_gives_the_same_bytes(factory: Factory) -> None:
    freeze(factory.ctx, KEY)
    fit(factory.ctx, KEY)
    staged = factory.settings.var / "training" / "factory" / "t1"
    before = [sha256_of(staged / role / "model.skops") for role in ("candidate", "baseline")]
    (staged / "fit.json").unlink()
    fit(factory.ctx, KEY)
    assert [sha256_of(staged / role / "model.skops") for role in ("candidate", "baseline")] == before
    assert len(runs(factory)) == 4


def test_a_finished_fit_is_not_done_again(factory: Factory) -> None:
    freeze(factory.ctx, KEY)
    fit(factory.ctx, KEY)
    staged = factory.settings.var / "training" / "factory" / "t1" / "fit.json"
    written = staged.stat().st_mtime_ns
    fit(factory.ctx, KEY)
    assert staged.stat().st_mtime_ns == written


def test_a_fit_whose_files_were_damaged_is_done_again(factory: Factory) -> None:
    freeze(factory.ctx, KEY)
    fit(factory.ctx, KEY)
    model = factory.settings.var / "training" / "factory" / "t1" / "candidate" / "model.skops"
    content = model.read_bytes()
    model.write_bytes(content[:-1])
    with pytest.raises(GateRefused, match="a finished fit"):
        register(factory.ctx, KEY)
    fit(factory.ctx, KEY)
    assert model.read_bytes() == content


def test_a_killed_fit_goes_on_with_the_trials_that_are_left(factory: Factory) -> None:
    freeze(factory.ctx, KEY)
    killed(fit, factory, Runs, "finish")  # within the first trial, its scores logged, not finished
    assert [run.info.status for run in runs(factory)] == ["RUNNING", "RUNNING"]
    killed(fit, factory, Search, "baseline")  # all trials are done
    done = {run.info.run_id: run.info.end_time for run in runs(factory)[1:]}
    fit(factory.ctx, KEY)
    root, *trials = runs(factory)
    assert {run.info.run_id: run.info.end_time for run in trials} == done
    assert [run.info.status for run in trials] == ["FINISHED"] * 3
    register(factory.ctx, KEY)
    assert runs(factory)[0].info.run_id == root.info.run_id
    assert runs(factory)[0].info.status == "FINISHED"


def test_a_registered_candidate_can_be_found_verified_and_read(factory: Factory) -> None:
    event = train(factory)
    told, settings = event.payload, factory.settings
    assert (event.key, event.once, told["version"], told["claim"]) == ("v1", "t1", 1, "t1")
    assert (told["fit_window"], told["holdout"]) == (str(FIT), str(HOLDOUT))
    assert told["snapshot"] == factory.ctx.chain.history().of("snapshot.frozen")[0].payload["sha256"]
    assert (told["spec_digest"], told["transform"]) == (factory.ctx.spec.digest, factory.ctx.spec.transform_digest)
    assert told["service"] == f"factory__{told['transform'][:8]}"
    assert told["columns"] == {"numeric": ["heat", "parts_1d"], "categorical": ["machine"]}
    assert told["estimator"] == factory.ctx.spec.train.estimator
    assert told["parameters"]["max_iter"] == 10
    assert {"auc", "auc_fold_1", "auc_fold_2", "baseline_auc"} <= set(told["metrics"])
    for file in (told["artifact"], told["baseline"]):
        path = settings.artifacts / file["path"]
        manifest = Manifest.read(path.with_name("manifest.json"))
        assert manifest.probe == file["probe"]
        assert verify(load(path, file["sha256"]), manifest)
    version = Versions(settings, "factory").get(1)
    assert version.tags["perennial.sha256"] == told["artifact"]["sha256"]
    assert version.run_id == told["run_id"]
    assert Versions(settings, "factory").aliases() == {"candidate": 1}
    assert runs(factory)[0].info.status == "FINISHED"
    assert not (settings.var / "training" / "factory" / "t1").exists()


def test_everything_may_run_twice(factory: Factory) -> None:
    event = train(factory)
    assert train(factory) == event
    assert [version.number for version in Versions(factory.settings, "factory").all()] == [1]
    assert len(factory.ctx.chain.history().of("candidate.registered")) == 1


@pytest.mark.parametrize(("owner", "method"), [(Chain, "record"), (Versions, "set_alias"), (Staging, "remove")])
def test_a_registration_killed_half_way_ends_with_one_version(factory: Factory, owner: type, method: str) -> None:
    freeze(factory.ctx, KEY)
    fit(factory.ctx, KEY)
    killed(register, factory, owner, method)
    versions = Versions(factory.settings, "factory")
    assert [version.number for version in versions.all()] == [1]  # MLflow knows it already
    assert len(factory.ctx.chain.history().of("candidate.registered")) == (0 if owner is Chain else 1)
    event = register(factory.ctx, KEY)
    assert (event.key, event.payload["claim"]) == ("v1", "t1")
    assert [version.number for version in versions.all()] == [1]
    assert versions.aliases() == {"candidate": 1}
    assert len(factory.ctx.chain.history().of("candidate.registered")) == 1


def test_what_mlflow_registered_is_recorded_even_if_the_spec_has_changed_since(factory: Factory) -> None:
    freeze(factory.ctx, KEY)
    fit(factory.ctx, KEY)
    made_from = factory.ctx.spec.digest
    killed(register, factory, Chain, "record")
    factory.say({"max_iter: 10": "max_iter: 11"})
    told = register(factory.ctx, KEY).payload
    assert (told["spec_digest"], told["parameters"]["max_iter"]) == (made_from, 10)


def test_without_a_fit_nothing_is_registered(factory: Factory) -> None:
    freeze(factory.ctx, KEY)
    with pytest.raises(GateRefused, match="a finished fit"):
        register(factory.ctx, KEY)


def test_a_second_claim_is_a_second_version_and_takes_the_alias_for_good(factory: Factory) -> None:
    first = train(factory)
    factory.claim("t2")
    second = train(factory)
    assert (second.key, second.payload["claim"]) == ("v2", "t2")
    assert second.payload["artifact"]["sha256"] == first.payload["artifact"]["sha256"]
    assert second.payload["run_id"] != first.payload["run_id"]
    assert Versions(factory.settings, "factory").aliases() == {"candidate": 2}


def test_a_number_that_the_ledger_has_used_is_refused(factory: Factory) -> None:
    factory.ctx.chain.record("candidate.registered", "v1", {"version": 1, "claim": "t0"}, once="t0")
    with pytest.raises(Conflict, match="was its database replaced"):
        train(factory)


def test_without_a_search_the_one_model_is_scored_on_folds_too(factory: Factory) -> None:
    factory.say({SEARCH: ""})
    told = train(factory).payload
    folds = ("", "_fold_1", "_fold_2", "_fold_3")
    assert set(told["metrics"]) == {f"{model}auc{fold}" for model in ("", "baseline_") for fold in folds}
    assert told["parameters"] == {"max_iter": 10}


def test_a_damaged_training_set_is_not_learnt_from(factory: Factory) -> None:
    path = factory.settings.lake / freeze(factory.ctx, KEY).payload["path"]
    table = pq.read_table(path)
    pq.write_table(table.slice(1), path)
    with pytest.raises(LedgerError, match="training set"):
        fit(factory.ctx, KEY)
    assert not (factory.settings.var / "training").exists()


def test_a_number_is_learnt_like_a_class(factory: Factory) -> None:
    factory.say(NUMBER)
    factory.ingest(Window(SPAN.first, HOLDOUT.last))
    told = train(factory).payload
    assert told["estimator"].endswith("HistGradientBoostingRegressor")
    assert told["metrics"]["r2"] > 0.5
    assert told["metrics"]["baseline_r2"] > 0.5
    assert "auc" not in told["metrics"]
