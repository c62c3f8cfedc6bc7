"""Meters tasks: every try of a task that opened a model becomes one event of cost in its ledger.

Airflow calls the hooks in the task's own process, around its work: what a task waited for in a queue, in a pool or for
people is not in it. A listener that fails fails no task. A process that is killed from outside tells nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from airflow.listeners import hookimpl

if TYPE_CHECKING:
    from perennial.context import Context
    from perennial.metering.reading import Reading


@dataclass
class _Task:
    """What this process's task is about; a process runs one task."""

    began: Reading | None = None
    ctx: Context | None = None
    context: Mapping[str, Any] = field(default_factory=dict)


_task = _Task()


def opened(ctx: Context, context: Mapping[str, Any]) -> None:
    """Take the model that the task works on: a task that opens none is nobody's cost."""
    _task.ctx, _task.context = ctx, context


@hookimpl
def on_task_instance_running(previous_state: Any, task_instance: Any) -> None:  # noqa: ARG001 - Airflow's
    """Read the meters."""
    from perennial.metering.reading import Reading

    _task.began, _task.ctx = Reading.begin(), None


@hookimpl
def on_task_instance_success(previous_state: Any, task_instance: Any) -> None:  # noqa: ARG001 - Airflow's
    """Record a try that went well."""
    _record(task_instance, well=True)


@hookimpl
def on_task_instance_skipped(previous_state: Any, task_instance: Any) -> None:  # noqa: ARG001 - Airflow's
    """Record a try that found nothing to do: it had to look."""
    _record(task_instance, well=True)


@hookimpl
def on_task_instance_failed(previous_state: Any, task_instance: Any, error: Any) -> None:  # noqa: ARG001 - Airflow's
    """Record a try that failed, whether it is tried again or not."""
    _record(task_instance, well=False)


def _record(task: Any, *, well: bool) -> None:
    if _task.began is None or _task.ctx is None:
        return
    from perennial.metering.reading import Usage
    from perennial.metering.record import record

    usage, stage = Usage.since(_task.began), task.dag_id.rpartition(".")[2]
    name = f"{task.dag_id}/{task.run_id}/{task.task_id}[{task.map_index}]/{task.try_number}"
    record(_task.ctx, stage, _key(_task.context), usage, well=well, task=task.task_id, once=name)
    _task.began = None


def _key(context: Mapping[str, Any]) -> str:
    """Return the key of the run; nothing for a DAG that works on a queue."""
    from perennial.errors import KeyInvalid
    from perennial_airflow.stage import key_of

    try:
        return key_of(context)
    except KeyInvalid:
        return ""
