"""Put a candidate through every gate of its risk tier, beside the champion, on the same fresh holdout."""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, PartitionedAssetTimetable, task
from airflow.sdk.exceptions import AirflowSkipException

from perennial.spec import Spec
from perennial_airflow.assets import asset
from perennial_airflow.models import specs
from perennial_airflow.stage import key_of, open_model, stage_dag


def build(spec: Spec) -> DAG:
    """Return the DAG of one model."""
    candidate = PartitionedAssetTimetable(assets=asset(spec.name, "candidate"))
    with stage_dag(spec, "validate", doc=__doc__, schedule=candidate) as dag:

        @task
        def evaluate(model: str, **context: Any) -> None:
            """Run all gates; keep the verdict, its evidence and the model card."""
            from perennial.validation.stage import evaluate as run

            run(open_model(model, context), key_of(context))

        @task(outlets=[asset(spec.name, "verdict")])
        def announce(model: str, **context: Any) -> None:
            """Wake `promote` when the version passed."""
            ctx, key = open_model(model, context), key_of(context)
            verdict = ctx.chain.history().last("verdict.given", key)
            assert verdict is not None, "`evaluate` has just given one"
            if not verdict.payload["passed"]:
                failed = [
                    f"{gate['name']}: {gate['why']}" for gate in verdict.payload["gates"] if gate["verdict"] != "pass"
                ]
                raise AirflowSkipException(f"{model} {key} did not pass: {'; '.join(failed)}")

        evaluate(spec.name) >> announce(spec.name)
    return dag


for _spec in specs():
    build(_spec)
