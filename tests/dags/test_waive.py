"""A waiver granted and taken back by a run of `validate` that a person triggered."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowSkipException

from perennial.context import open_ledger
from perennial.settings import PROJECT, Settings
from unit.validation.test_waive import SOON

MODEL, GATE = "census_income", "demographic_parity:age_band"


@pytest.fixture(scope="module")
def dag() -> DAG:
    bag = DagBag(PROJECT / "dags" / "validate.py", load_op_links=False)
    return bag.dags[f"{MODEL}.validate"]


@pytest.fixture(autouse=True)
def _here(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tasks find this installation, with the project's own specs, as in Airflow."""
    monkeypatch.setenv("PERENNIAL_VAR", str(settings.var))
    monkeypatch.setenv("PERENNIAL_LEDGER_URL", settings.url("ledger"))


def run(dag: DAG, by: str, *, key: str | None = None, **asked: Any) -> None:
    dag_run = SimpleNamespace(dag_id=dag.dag_id, run_id=f"by {by}", triggering_user_name=by, partition_key=key)
    params = {**{name: dag.params[name] for name in dag.params}, **asked}
    task: Any = dag.get_task("waive")
    task.python_callable(MODEL, dag_run=dag_run, params=params)


def test_it_is_told_by_who_triggered_it_and_a_run_about_no_version_ends(dag: DAG, settings: Settings) -> None:
    with pytest.raises(AirflowSkipException, match=f"{GATE} is waived until {SOON}"):
        run(dag, "alice", waive=GATE, until=SOON, reason="equal rates are not wanted")
    with pytest.raises(AirflowSkipException, match=f"the waiver of {GATE} is revoked"):
        run(dag, "kim", revoke=GATE, reason="they are wanted after all")
    told = open_ledger(settings).read(MODEL)
    assert [(event.type, event.payload["by"]) for event in told] == [
        ("waiver.granted", "alice"),
        ("waiver.revoked", "kim"),
    ]


def test_a_run_about_a_version_goes_on_after_it(dag: DAG, settings: Settings) -> None:
    run(dag, "alice", key="v1", waive=GATE, until=SOON, reason="equal rates are not wanted")
    run(dag, "kim", version="v1", revoke=GATE, reason="they are wanted after all")
    run(dag, "airflow", key="v1")
    assert len(open_ledger(settings).read(MODEL)) == 2
