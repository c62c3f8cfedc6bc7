"""Retire a version: pack it into a sealed archive, prove that the archive restores, then clean up.

By hand with a version (as partition key or parameter) and a reason. Nothing is deleted before the drill has passed.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, Param, PartitionedAtRuntime, task
from airflow.sdk.exceptions import AirflowSkipException

from perennial.spec import Spec
from perennial_airflow.assets import asset
from perennial_airflow.models import specs
from perennial_airflow.stage import key_of, open_model, stage_dag


def build(spec: Spec) -> DAG:
    """Return the DAG of one model."""
    retired = asset(spec.name, "retired")
    by_hand = {
        "version": Param(None, type=["null", "string"], description="v1; when run without a partition key"),
        "reason": Param("superseded", type="string", minLength=3, description="why it is retired"),
        "dry_run": Param(False, type="boolean", description="list who is behind it and what would go, remove nothing"),
    }
    with stage_dag(spec, "archive", doc=__doc__, schedule=PartitionedAtRuntime(), params=by_hand) as dag:

        @task
        def check(model: str, **context: Any) -> list[str]:
            """Refuse while the version is champion; list who stands behind it and what will be removed."""
            from perennial.dependents.retired import said
            from perennial.retirement.stage import check as run
            from perennial.retirement.stage import planned

            ctx, key = open_model(model, context), key_of(context)
            run(ctx, key, context["params"]["reason"])
            return [*said(ctx, key), *planned(ctx, key)]

        @task
        def pack(model: str, **context: Any) -> None:
            """Seal model, card, evidence and ledger extract under a manifest of SHA-256."""
            from perennial.retirement.stage import pack as run

            if context["params"]["dry_run"]:
                raise AirflowSkipException("a dry run: who is behind it and what would go are the result of `check`")
            run(open_model(model, context), key_of(context), context["params"]["reason"])

        @task
        def drill(model: str, **context: Any) -> None:
            """Restore the archive in a clean process and predict the same."""
            from perennial.retirement.stage import drill as run

            run(open_model(model, context), key_of(context))

        @task
        def retire(model: str, **context: Any) -> None:
            """Record that it serves no more, and who follows; tell the people of the models behind it."""
            from perennial.dependents.retired import tell_behind
            from perennial.retirement.stage import retire as run

            ctx, key = open_model(model, context), key_of(context)
            run(ctx, key, context["params"]["reason"])
            tell_behind(ctx, key)

        @task(outlets=[retired])
        def clean_up(model: str, outlet_events: Any = None, **context: Any) -> list[str]:
            """Remove what only this version needed."""
            from perennial.retirement.stage import clean_up as run

            key = key_of(context)
            event = run(open_model(model, context), key)
            if context["dag_run"].partition_key is None:
                outlet_events[retired].add_partitions([key])
            return list(event.payload["removed"])

        check(spec.name) >> pack(spec.name) >> drill(spec.name) >> retire(spec.name) >> clean_up(spec.name)
    return dag


for _spec in specs():
    build(_spec)
