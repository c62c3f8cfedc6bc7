from __future__ import annotations

import json
import multiprocessing

import pytest
from mlflow.entities import Run

from perennial.registry import Runs, Snapshot
from perennial.registry.connect import connect
from perennial.settings import Settings


@pytest.fixture
def runs(settings: Settings) -> Runs:
    return Runs(settings, "demo")


def shown(settings: Settings, runs: Runs, run_id: str) -> Run:
    return connect(settings).get_run(run_id)


def test_a_run_is_opened_once_and_taken_up_again(settings: Settings, runs: Runs) -> None:
    first = runs.open("t1", "t1", {"python": "3.11", "perennial.run": "one"})
    with pytest.raises(KeyboardInterrupt), runs.failing(first):
        raise KeyboardInterrupt
    assert shown(settings, runs, first).info.status == "FAILED"
    assert runs.open("t1", "t1", {"perennial.run": "two"}) == first
    run = shown(settings, runs, first)
    assert (run.info.status, run.data.tags["perennial.run"], run.data.tags["python"]) == ("RUNNING", "two", "3.11")


def test_children_belong_to_their_parent(settings: Settings, runs: Runs) -> None:
    parent = runs.open("t1", "t1", {})
    child = runs.open("t1/trial/0", "trial 0", {}, parent)
    assert shown(settings, runs, child).data.tags["mlflow.parentRunId"] == parent


def test_only_a_finished_run_has_a_result(runs: Runs) -> None:
    run_id = runs.open("t1/trial/0", "trial 0", {})
    runs.log(run_id, {}, {"auc": 0.7})
    assert runs.finished("t1/trial/0") is None
    runs.finish(run_id)
    assert runs.finished("t1/trial/0") == {"auc": 0.7}
    assert runs.finished("t1/trial/1") is None


def test_a_repetition_adds_parameters_and_changes_none(settings: Settings, runs: Runs) -> None:
    run_id = runs.open("t1", "t1", {})
    runs.log(run_id, {"threads": 2}, {"auc": 0.7})
    runs.log(run_id, {"threads": 4, "rate": 0.1, "kind": "tree"}, {"auc": 0.8})
    data = shown(settings, runs, run_id).data
    assert data.params == {"threads": "2", "rate": "0.1", "kind": "tree"}
    assert data.metrics == {"auc": 0.8}


def test_the_training_set_stands_under_our_own_digest_once(settings: Settings, runs: Runs) -> None:
    run_id = runs.open("t1", "t1", {})
    snapshot = Snapshot("ab" * 32, "/lake/demo/snapshots/abab.parquet", 100, {"wind": "double"})
    for _ in range(2):
        runs.log_snapshot(run_id, snapshot)
    (found,) = shown(settings, runs, run_id).inputs.dataset_inputs
    assert found.dataset.digest == ("ab" * 32)[:36]
    assert json.loads(found.dataset.source)["sha256"] == "ab" * 32


def test_processes_that_race_for_a_key_get_one_run(settings: Settings, runs: Runs) -> None:
    with multiprocessing.get_context("fork").Pool(3) as pool:
        ids = pool.map(_open, [settings] * 6)
    assert len(set(ids)) == 1
    assert len(connect(settings).search_runs([runs.experiment])) == 1


def _open(settings: Settings) -> str:
    return Runs(settings, "demo").open("t1", "t1", {})
