"""Make a candidate version: freeze a point-in-time training set, search and fit, register once (MLflow).

Only `retrain` starts it; the key is the window that the version learns from, holdout included.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, PartitionedAssetTimetable

from perennial.spec import Spec
from perennial_airflow.assets import asset
from perennial_airflow.brakes import stoppable
from perennial_airflow.models import specs
from perennial_airflow.stage import key_of, open_model, stage_dag


def build(spec: Spec) -> DAG:
    """Return the DAG of one model."""
    candidate = asset(spec.name, "candidate")
    training = PartitionedAssetTimetable(assets=asset(spec.name, "training"))
    with stage_dag(spec, "train", doc=__doc__, schedule=training) as dag:

        @stoppable("training")
        def freeze(model: str, **context: Any) -> None:
            """Freeze the training set under the hash of its content."""
            from perennial.training.stage import freeze as run

            run(open_model(model, context), key_of(context))

        @stoppable("training", pool="training")
        def fit(model: str, **context: Any) -> None:
            """Fit the baseline, search on time-ordered folds, fit the best on all of it."""
            from perennial.training.stage import fit as run

            run(open_model(model, context), key_of(context))

        @stoppable("training", outlets=[candidate])
        def register(model: str, outlet_events: Any = None, **context: Any) -> str:
            """Register the version, once."""
            from perennial.training.stage import register as run

            event = run(open_model(model, context), key_of(context))
            outlet_events[candidate].add_partitions([event.key])
            return event.key

        freeze(spec.name) >> fit(spec.name) >> register(spec.name)
    return dag


for _spec in specs():
    build(_spec)
