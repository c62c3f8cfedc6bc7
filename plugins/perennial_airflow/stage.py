"""What the DAGs of all stages share: ids, tags, retries, and how a task learns what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import DAG, ExceptionRetryPolicy, RetryAction, RetryRule

from perennial import errors
from perennial.spec import Spec
from perennial_airflow import metering
from perennial_airflow.deadline import watched
from perennial_airflow.notify import callbacks

if TYPE_CHECKING:
    from perennial.context import Context

# Errors that a second try cannot mend: a person has to act.
FINAL = (
    errors.SpecError,
    errors.KeyInvalid,
    errors.ContractBroken,
    errors.ArtifactUntrusted,
    errors.GateRefused,
    errors.Held,
)
RETRIES = ExceptionRetryPolicy(
    rules=[
        *(RetryRule(exception=kind, action=RetryAction.FAIL, reason="a person has to act") for kind in FINAL),
        RetryRule(exception=errors.HistoryIncomplete, action=RetryAction.RETRY, retry_delay=timedelta(seconds=30)),
    ]
)


def stage_dag(spec: Spec, stage: str, *, doc: str | None, **arguments: Any) -> DAG:
    """Return the DAG `<model>.<stage>` with what all of them have."""
    return DAG(
        f"{spec.name}.{stage}",
        tags=[f"model:{spec.name}", f"stage:{stage}", f"owner:{spec.owner}"],
        description=(doc or "").splitlines()[0],
        doc_md=f"{doc}\n\nA score is used to {spec.decision}.",
        start_date=datetime.combine(spec.source.first, time(), UTC),
        catchup=False,
        **{"max_active_runs": 1} | arguments,
        **watched(spec, stage),
        default_args={
            **callbacks(spec.name),
            "owner": spec.owner,
            "retries": 3,
            "retry_delay": timedelta(seconds=5),
            "retry_policy": RETRIES,
        },
    )


def open_model(model: str, context: Mapping[str, Any]) -> Context:
    """Open a model for a task; the ledger is told who triggered the run, and which run it is."""
    from perennial.context import open_context

    run = context["dag_run"]
    actor = getattr(run, "triggering_user_name", None) or "airflow"
    ctx = open_context(model, actor=actor, run=f"{run.dag_id}/{run.run_id}")
    metering.opened(ctx, context)
    return ctx


def key_of(context: Mapping[str, Any]) -> str:
    """Return the key of the run: its partition, or what a person typed; raises KeyInvalid for neither."""
    params = context["params"]
    key = context["dag_run"].partition_key or params.get("version") or ""
    if not key and params.get("start"):
        key = f"{params['start']}..{params.get('end') or params['start']}"
    if not key:
        fields = " and ".join(name for name in ("start", "end", "version") if name in params)
        raise errors.KeyInvalid(
            context["dag_run"].dag_id,
            expected=f"a run that says what it is about: {fields or 'a day or a version'}",
            found="nothing",
            next_command=f"trigger it again with {fields or 'a Partition Key, under Advanced Options'}",
        )
    return str(key)
