"""What the demo and the tests do with a local Airflow: trigger, backfill, wait, look, answer questions."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, TypeVar

from perennial.errors import SetupError
from perennial.local.records import Question, Run, Task
from perennial.local.rest import Json, Refused, Rest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Airflow", "Question", "Run", "Task"]

UNFINISHED = ("queued", "running")
NOT_FOUND = 404
T = TypeVar("T")


class Airflow(Rest):
    """A local Airflow."""

    def health(self) -> Json:
        """Return what each component says of itself."""
        return self.get("/monitor/health")

    def dags(self) -> list[str]:
        """Return the ids of all DAGs, paused ones too."""
        return [row["dag_id"] for row in self.pages("/dags", "dags", order_by="dag_id", exclude_stale=True)]

    def unpause(self, dag_id: str, patience: float = 300.0) -> None:
        """Let a DAG run; waits for a file that was not parsed yet."""

        def attempt() -> bool:
            try:
                self.patch(f"/dags/{dag_id}", {"is_paused": False})
            except Refused as refusal:
                if refusal.status != NOT_FOUND:
                    raise
                return False
            return True

        self.until(attempt, patience, lambda: f"DAG {dag_id}; import errors: {self.import_errors()}")

    def trigger(
        self, dag_id: str, conf: Json | None = None, partition_key: str | None = None, run_id: str | None = None
    ) -> str:
        """Start a run by hand and return its id."""
        body = {"logical_date": None, "conf": conf or {}, "partition_key": partition_key, "dag_run_id": run_id}
        return str(self.post(f"/dags/{dag_id}/dagRuns", body)["dag_run_id"])

    def run(self, dag_id: str, run_id: str) -> Run:
        """Return one run."""
        return Run.read(self.get(f"/dags/{dag_id}/dagRuns/{run_id}"))

    def runs(self, dag_id: str, *states: str) -> list[Run]:
        """Return all runs of a DAG in these states (none named: in any), oldest first."""
        rows = self.pages(f"/dags/{dag_id}/dagRuns", "dag_runs", order_by="id", state=list(states))
        return [Run.read(row) for row in rows]

    def count(self, dag_id: str, *states: str) -> int:
        """Count the runs of a DAG (`~`: of all) in these states."""
        return int(self.get(f"/dags/{dag_id}/dagRuns", limit=1, state=list(states))["total_entries"])

    def wait(self, dag_id: str, run_id: str, patience: float = 600.0) -> Run:
        """Wait until a run has ended; a run that failed is returned like one that did not."""

        def ended() -> Run | None:
            run = self.run(dag_id, run_id)
            return None if run.state in UNFINISHED else run

        return self.until(ended, patience, lambda: f"run {run_id} of {dag_id} to end")

    def wait_quiet(self, dag_ids: Sequence[str], patience: float = 600.0) -> None:
        """Wait until none of the DAGs has a queued or running run, at two looks one second apart."""

        def quiet() -> bool:
            for pause in (1.0, 0.0):
                if any(self.count(dag_id, *UNFINISHED) for dag_id in dag_ids):
                    return False
                time.sleep(pause)
            return True

        self.until(quiet, patience, lambda: f"no unfinished runs of {', '.join(dag_ids)}")

    def task_instances(self, dag_id: str, run_id: str = "~") -> list[Task]:
        """Return the tasks of a run (`~`: of all runs)."""
        path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances"
        return [Task.read(row) for row in self.pages(path, "task_instances", order_by="id")]

    def log(self, dag_id: str, run_id: str, task_id: str, try_number: int = 1, map_index: int = -1) -> list[Json]:
        """Return the log of one try, an object an entry (`event`, `level`, ...)."""
        path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/logs/{try_number}"
        return list(self.get(path, map_index=map_index, full_content=True)["content"])

    def import_errors(self) -> dict[str, str]:
        """Return the stack trace of every DAG file that could not be read."""
        return {row["filename"]: row["stack_trace"] for row in self.pages("/importErrors", "import_errors")}

    def questions(self, dag_id: str = "~") -> list[Question]:
        """Return what waits for a person; not what is about to wait: an answer in that moment may be lost."""
        path = f"/dags/{dag_id}/dagRuns/~/hitlDetails"
        waiting = {"response_received": False, "state": "awaiting_input"}
        return [Question.read(row) for row in self.pages(path, "hitl_details", **waiting)]

    def answer(self, question: Question, option: str, **params: Any) -> None:
        """Answer; params that are not given keep their values, as Airflow wants all or fails the task."""
        path = f"/dags/{question.dag_id}/dagRuns/{question.run_id}/taskInstances/{question.task_id}"
        body = {"chosen_options": [option], "params_input": {**question.params, **params}}
        self.patch(f"{path}/{question.map_index}/hitlDetails", body)

    def pool(self, name: str, slots: int, description: str) -> None:
        """Create a pool, unless it is there: its size is then the user's."""
        if all(row["name"] != name for row in self.pages("/pools", "pools")):
            self.post("/pools", {"name": name, "slots": slots, "description": description, "include_deferred": False})

    def until(self, attempt: Callable[[], T | None], patience: float, what: Callable[[], str]) -> T:
        """Repeat `attempt` until it returns something true; raises SetupError after `patience` seconds."""
        deadline = time.monotonic() + patience
        while not (result := attempt()):
            if time.monotonic() > deadline:
                raise SetupError("airflow", expected=f"{what()}, within {patience:.0f} s", found="not yet")
            time.sleep(0.5)
        return result
