"""What Airflow's API says of runs, tasks and questions, as typed records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perennial.local.rest import Json


@dataclass(frozen=True)
class Run:
    """One run of a DAG."""

    dag_id: str
    run_id: str
    state: str
    run_type: str
    partition_key: str | None
    started: datetime | None
    ended: datetime | None
    conf: Json

    @classmethod
    def read(cls, row: Json) -> Self:
        """Take what the API says of a run."""
        names = (row["dag_id"], row["dag_run_id"], row["state"], row["run_type"], row["partition_key"])
        return cls(*names, _time(row["start_date"]), _time(row["end_date"]), row["conf"] or {})


@dataclass(frozen=True)
class Task:
    """One task of a run; `state` is None before it is scheduled."""

    task_id: str
    state: str | None
    try_number: int
    map_index: int
    pool: str
    seconds: float | None
    started: datetime | None
    ended: datetime | None

    @classmethod
    def read(cls, row: Json) -> Self:
        """Take what the API says of a task instance."""
        names = (row["task_id"], row["state"], row["try_number"], row["map_index"], row["pool"], row["duration"])
        return cls(*names, _time(row["start_date"]), _time(row["end_date"]))


@dataclass(frozen=True)
class Question:
    """Something that waits for a person."""

    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    subject: str
    body: str | None
    options: Sequence[str]
    params: Json

    @classmethod
    def read(cls, row: Json) -> Self:
        """Take what the API says of a human-in-the-loop detail; params come with their present values."""
        task = row["task_instance"]
        where = (task["dag_id"], task["dag_run_id"], task["task_id"], task["map_index"])
        params = {name: param["value"] for name, param in row["params"].items()}
        return cls(*where, row["subject"], row["body"], row["options"], params)


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
