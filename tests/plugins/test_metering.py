"""The listener: one event of cost for each try of a task that opened a model, by Airflow's own hooks."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from airflow.sdk._shared.listeners.listener import ListenerManager
from airflow.sdk._shared.listeners.spec import taskinstance

from perennial.ledger.event import Event
from perennial.settings import PROJECT, Settings
from perennial_airflow.stage import open_model
from perennial_plugin import PerennialPlugin


class Task(NamedTuple):
    """What a listener reads of Airflow's task instance."""

    task_id: str
    try_number: int = 1
    dag_id: str = "flight_delay.train"
    run_id: str = "r1"
    map_index: int = -1


@pytest.fixture
def hook(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("PERENNIAL_VAR", str(settings.var))
    monkeypatch.setenv("PERENNIAL_MODELS", str(PROJECT / "include" / "models"))
    monkeypatch.setenv("PERENNIAL_LEDGER_URL", settings.url("ledger"))
    manager = ListenerManager()
    manager.add_hookspecs(taskinstance)
    for listener in PerennialPlugin.listeners:
        manager.add_listener(listener)
    return manager.hook


def work(task: Task, key: str | None, seconds: float = 0.0) -> Any:
    """Do what a task does: open its model, then work."""
    run = SimpleNamespace(dag_id=task.dag_id, run_id=task.run_id, partition_key=key, triggering_user_name="ann")
    ctx = open_model("flight_delay", {"dag_run": run, "params": {}})
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass
    return ctx


def told(ctx: Any) -> list[Event]:
    return list(ctx.chain.history().of("cost.recorded"))


def test_each_try_is_told_once_with_its_work_whether_it_went_well_or_not(hook: Any) -> None:
    window = "2013-01-01..2013-03-31"
    first, second = Task("fit"), Task("fit", try_number=2)
    hook.on_task_instance_running(previous_state=None, task_instance=first)
    ctx = work(first, window, seconds=0.1)
    hook.on_task_instance_failed(previous_state=None, task_instance=first, error=ValueError("no"))
    hook.on_task_instance_failed(previous_state=None, task_instance=first, error=ValueError("no"))
    hook.on_task_instance_running(previous_state=None, task_instance=second)
    work(second, window)
    hook.on_task_instance_success(previous_state=None, task_instance=second)
    failed, well = told(ctx)
    assert (failed.key, failed.actor, failed.run) == (window, "ann", "flight_delay.train/r1")
    assert [one.payload["well"] for one in (failed, well)] == [False, True]
    assert [(one.payload["stage"], one.payload["task"]) for one in (failed, well)] == [("train", "fit")] * 2
    assert failed.payload["cpu_seconds"] >= 0.1
    assert failed.once == "flight_delay.train/r1/fit[-1]/1"


def test_a_task_that_opens_no_model_costs_nobody(hook: Any) -> None:
    task = Task("queue", dag_id="flight_delay.clock")
    ctx = work(task, "2013-01-01")  # by an earlier task of this process
    hook.on_task_instance_running(previous_state=None, task_instance=task)
    hook.on_task_instance_skipped(previous_state=None, task_instance=task)
    assert told(ctx) == []


def test_a_task_that_looked_and_found_nothing_had_to_look(hook: Any) -> None:
    task = Task("decide", dag_id="flight_delay.retrain")
    hook.on_task_instance_running(previous_state=None, task_instance=task)
    ctx = work(task, None)
    hook.on_task_instance_skipped(previous_state=None, task_instance=task)
    (event,) = told(ctx)
    assert (event.key, event.payload["stage"], event.payload["well"]) == ("retrain", "retrain", True)
