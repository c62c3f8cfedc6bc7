"""The run tree of one training: a parent for the claim, a child for each trial of the search, found again by key."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from perennial.errors import SetupError
from perennial.registry.connect import connect
from perennial.registry.lock import alone
from perennial.settings import Settings

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

KEY = "perennial.key"
PARENT = "mlflow.parentRunId"  # MLflow's own: the web UI draws the tree from it


@dataclass(frozen=True)
class Snapshot:
    """What a run learnt from, under our own digest: MLflow's own looks at the first rows only."""

    sha256: str
    path: str
    rows: int
    columns: Mapping[str, str]
    """Column: type."""


class Runs:
    """The runs of one model, in the experiment of its name."""

    def __init__(self, settings: Settings, model: str) -> None:
        self._settings, self._model = settings, model
        self._client: MlflowClient = connect(settings)
        self.experiment = self._experiment()

    def open(self, key: str, name: str, tags: Mapping[str, str], parent: str | None = None) -> str:
        """Return the id of the run with this key, running; the first call creates it. Tags are set anew."""
        tags = {**tags, KEY: key} | ({PARENT: parent} if parent else {})
        with alone(self._settings, self._model):
            found = self._find(key)
            run_id = found.info.run_id if found else self._create(name, tags)
        if found:
            self._client.update_run(run_id, status="RUNNING")
            self._batch(run_id, tags=tags)
        return run_id

    @contextmanager
    def failing(self, run_id: str) -> Iterator[None]:
        """Mark the run as failed when the block raises; a later `open` takes it up again."""
        try:
            yield
        except BaseException:
            self._client.set_terminated(run_id, status="FAILED")
            raise

    def finish(self, run_id: str) -> None:
        """Mark the run as finished."""
        self._client.set_terminated(run_id, status="FINISHED")

    def finished(self, key: str) -> dict[str, float] | None:
        """Return the metrics of a run that has finished, or None when it has to be done (again)."""
        run = self._find(key)
        return dict(run.data.metrics) if run and run.info.status == "FINISHED" else None

    def log(self, run_id: str, params: Mapping[str, Any], metrics: Mapping[str, float]) -> None:
        """Add parameters and metrics; a parameter that the run has already stays as it is (MLflow refuses a change)."""
        known = self._client.get_run(run_id).data.params
        fresh = {name: _text(value) for name, value in params.items() if name not in known}
        self._batch(run_id, params=fresh, metrics=metrics)

    def log_snapshot(self, run_id: str, snapshot: Snapshot) -> None:
        """Name what the run learnt from; twice is once."""
        from mlflow.entities import Dataset, DatasetInput, InputTag

        dataset = Dataset(
            name=f"{self._model}.snapshot",
            digest=snapshot.sha256[:36],  # MLflow's column is no longer than that
            source_type="local",
            source=json.dumps({"uri": snapshot.path, "sha256": snapshot.sha256}),
            schema=json.dumps({"mlflow_colspec": [{"name": n, "type": t} for n, t in snapshot.columns.items()]}),
            profile=json.dumps({"num_rows": snapshot.rows}),
        )
        self._client.log_inputs(run_id, [DatasetInput(dataset, [InputTag("mlflow.data.context", "training")])])

    def _experiment(self) -> str:
        location = (self._settings.artifacts / self._model).absolute().as_uri()
        with alone(self._settings, self._model):
            found = self._client.get_experiment_by_name(self._model)
            if found is None:
                return str(self._client.create_experiment(self._model, artifact_location=location))
        if found.artifact_location != location:
            raise SetupError(
                f"MLflow: experiment {self._model}",
                expected=f"artifacts under {location}",
                found=found.artifact_location,
                next_command="bring var/ back to where it was, or set PERENNIAL_VAR",
            )
        return str(found.experiment_id)

    def _find(self, key: str) -> Run | None:
        hits = self._client.search_runs([self.experiment], f"tags.`{KEY}` = '{key}'", max_results=1)
        return hits[0] if hits else None

    def _create(self, name: str, tags: Mapping[str, str]) -> str:
        return str(self._client.create_run(self.experiment, tags=dict(tags), run_name=name).info.run_id)

    def _batch(
        self,
        run_id: str,
        *,
        params: Mapping[str, str] | None = None,
        metrics: Mapping[str, float] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        from mlflow.entities import Metric, Param, RunTag

        now = int(time.time() * 1000)
        self._client.log_batch(
            run_id,
            metrics=[Metric(name, value, now, 0) for name, value in (metrics or {}).items()],
            params=[Param(name, value) for name, value in (params or {}).items()],
            tags=[RunTag(name, value) for name, value in (tags or {}).items()],
        )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
