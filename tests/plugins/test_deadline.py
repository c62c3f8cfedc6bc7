"""Limits of run times become Airflow's deadlines; a run that misses one is recorded once and told."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from airflow.sdk import DAG
from airflow.sdk.definitions.deadline import DeadlineReference
from airflow.serialization.serialized_objects import DagSerialization

from perennial.context import Context, open_context
from perennial.settings import PROJECT, Settings
from perennial.spec import Spec, load_spec
from perennial_airflow.deadline import Ended, late
from perennial_airflow.stage import stage_dag
from unit.features import flights

DUE = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def spec(**limits: timedelta) -> Spec:
    plain = load_spec(PROJECT / "include" / "models" / "flight_delay" / "model.yaml")
    return plain.model_copy(update={"monitor": plain.monitor.model_copy(update={"run_times": limits})})


def dag(limits: Spec, stage: str) -> DAG:
    return stage_dag(limits, stage, doc="Score.", schedule=None)


def test_a_limit_is_a_deadline_of_that_stage_alone() -> None:
    limits = spec(score=timedelta(minutes=30))
    assert not dag(limits, "features").deadline
    (alert,) = dag(limits, "score").deadline
    assert alert.interval == timedelta(minutes=30)
    assert alert.reference == DeadlineReference.DAGRUN_QUEUED_AT
    assert alert.callback.path == "perennial_airflow.deadline.late"
    assert alert.callback.kwargs == {"model": "flight_delay", "stage": "score", "seconds": 1800}


def test_airflow_can_keep_it() -> None:
    kept = DagSerialization.to_dict(dag(spec(score=timedelta(minutes=30)), "score"))
    assert "perennial_airflow.deadline.late" in str(kept["dag"]["deadline"])
    assert not DagSerialization.to_dict(dag(spec(), "score"))["dag"].get("deadline")


@pytest.fixture
def ctx(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Context:
    (settings.models / "flight_delay").symlink_to(flights.MODEL)
    monkeypatch.setenv("PERENNIAL_VAR", str(settings.var))
    monkeypatch.setenv("PERENNIAL_MODELS", str(settings.models))
    monkeypatch.setenv("PERENNIAL_LEDGER_URL", settings.url("ledger"))
    return open_context("flight_delay", settings=settings)


def missed(run: str, key: str | None = "2013-04-01") -> None:
    """Call it as the triggerer does, with what the scheduler sends along."""
    told: dict[str, Any] = {"dag_id": "flight_delay.score", "dag_run_id": run, "partition_key": key}
    context = {"dag_run": told, "deadline": {"id": "1", "deadline_time": DUE}}
    asyncio.run(late(model="flight_delay", stage="score", seconds=1800, context=context))


def test_a_late_run_is_recorded_once_and_told_once_until_it_is_over(ctx: Context) -> None:
    for _ in range(2):
        missed("run-1")
    missed("run-2", None)
    history = ctx.chain.history()
    first, second = history.of("run.late")
    assert (first.key, second.key) == ("2013-04-01", "run-2")
    assert first.run == "flight_delay.score/run-1"
    assert first.payload == {
        "stage": "score",
        "run": "flight_delay.score/run-1",
        "limit_seconds": 1800,
        "due": DUE.isoformat(),
    }
    raised = [event for event in history.events if event.type.startswith("notice.")]
    assert raised
    assert {(event.payload["kind"], event.key) for event in raised} == {("late", "score")}
    assert "score 2013-04-01: not done after 0:30:00" in raised[0].payload["subject"]


def test_it_is_over_when_no_late_run_is_out(ctx: Context) -> None:
    for run in ("run-1", "run-2"):
        missed(run)
    over(ctx, "run-0", well=True)
    over(ctx, "run-1", well=False)
    history = ctx.chain.history()
    (event,) = history.of("run.ended")
    assert (event.payload["run"], event.payload["well"]) == ("flight_delay.score/run-1", False)
    assert event.payload["late_seconds"] > 0
    assert not history.of("notice.reset"), "the other one is still out"
    for _ in range(2):
        over(ctx, "run-2", well=True)
    history = ctx.chain.history()
    assert len(history.of("run.ended")) == 2
    (reset,) = history.of("notice.reset")
    assert (reset.payload["kind"], reset.key) == ("late", "score")
    assert reset.payload["why"].startswith("score 2013-04-01 is done, ")


def over(ctx: Context, run: str, *, well: bool) -> None:
    """Call it as the DAG processor does."""
    context = {"dag": dag(spec(score=timedelta(minutes=30)), "score"), "run_id": run}
    Ended(ctx.model, well=well).notify(context)
