"""Follow what a DAG run sets off: the runs that its asset events wake, and theirs, until nothing follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from perennial.errors import PerennialError
from perennial.local.api import Airflow, Run
from perennial.stages import STAGES

DAGS = (*STAGES, "ask")
"""The DAGs of a model: one a stage, and the one that asks people."""
WAKES = {
    "raw": "features",
    "features": "score",
    "due": "monitor",
    "signal": "retrain",
    "training": "train",
    "candidate": "validate",
    "verdict": "promote",
}
"""Kind of asset -> the stage that waits for it."""
QUEUE = "queue"


class RunFailed(PerennialError):
    """A DAG run that did not end well."""


@dataclass(frozen=True)
class Emitted:
    """An asset event of a run."""

    kind: str
    key: str
    at: datetime


def follow(airflow: Airflow, model: str, stage: str, run_id: str, patience: float = 600.0) -> Iterator[tuple[str, Run]]:
    """Wait for a run and for all that follow from it; yield (stage, run) as they end. Raises RunFailed."""
    run = airflow.wait(f"{model}.{stage}", run_id, patience)
    if run.state != "success":
        raise RunFailed(
            f"{model}.{stage} {run.partition_key or ''}".strip(),
            expected="a run that succeeds",
            found=f"{run.state}: {_reason(airflow, run)}",
            next_command=f"look at {airflow.url}/dags/{model}.{stage}/runs/{run_id}",
        )
    yield stage, run
    for event in emitted(airflow, model, stage, run_id):
        if consumer := WAKES.get(event.kind):
            woken = _woken(airflow, model, consumer, event, patience)
            yield from follow(airflow, model, consumer, woken.run_id, patience)


def emitted(airflow: Airflow, model: str, stage: str, run_id: str) -> list[Emitted]:
    """Return the asset events of a run, oldest first."""
    rows = airflow.pages(
        "/assets/events", "asset_events", source_dag_id=f"{model}.{stage}", source_run_id=run_id, order_by="timestamp"
    )
    return [
        Emitted(row["name"].rpartition(".")[2], row["partition_key"] or "", datetime.fromisoformat(row["timestamp"]))
        for row in rows
    ]


def _woken(airflow: Airflow, model: str, stage: str, event: Emitted, patience: float) -> Run:
    """Wait until the event has become a run; many signals become one."""
    key = QUEUE if event.kind == "signal" else event.key

    def created() -> Run | None:
        return first_since(airflow.runs(f"{model}.{stage}"), key, event.at)

    return airflow.until(created, patience, lambda: f"a run of {model}.{stage} with key {key}")


def first_since(runs: Iterable[Run], key: str, moment: datetime) -> Run | None:
    """Return the first run with this key, of those oldest first, that has started since.

    Later ones come of later events: of two looks at the queue the first may launch what the second waits for.
    """
    return next((run for run in runs if run.partition_key == key and run.started and run.started >= moment), None)


def _reason(airflow: Airflow, run: Run) -> str:
    """Return what the failed tasks said last."""
    failed = [task for task in airflow.task_instances(run.dag_id, run.run_id) if task.state == "failed"]
    lines = []
    for task in failed:
        log = airflow.log(run.dag_id, run.run_id, task.task_id, max(task.try_number, 1), task.map_index)
        said = [entry for entry in log if entry.get("level") in ("error", "critical")]
        lines.append(f"{task.task_id}: {_last_words(said)}")
    return "; ".join(lines) or "no task failed"


def _last_words(entries: list[dict[str, object]]) -> str:
    for entry in reversed(entries):
        detail = entry.get("error_detail")
        if isinstance(detail, list) and detail:
            return f"{detail[0].get('exc_type')}: {detail[0].get('exc_value')}"
    return str(entries[-1].get("event")) if entries else "no error in its log"
