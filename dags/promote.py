"""Make a validated version the champion, after the approval that the risk tier asks for.

Wakes on a passed verdict. By hand with an older validated version and a reason it is the rollback.
"""

from __future__ import annotations

from typing import Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import DAG, Param, PartitionedAssetTimetable, task
from airflow.sdk.exceptions import AirflowSkipException

from perennial.policy import load_policy
from perennial.settings import Settings
from perennial.spec import Spec
from perennial.stages import PASSED
from perennial_airflow.assets import asset
from perennial_airflow.models import specs
from perennial_airflow.stage import key_of, open_model, stage_dag

APPROVE, REJECT = "Approve", "Reject"


def build(spec: Spec) -> DAG:
    """Return the DAG of one model."""
    champion = asset(spec.name, "champion")
    verdict = PartitionedAssetTimetable(assets=asset(spec.name, "verdict"))
    by_hand = {
        "version": Param(None, type=["null", "string"], description="v3; when run by hand without a partition key"),
        "reason": Param("", type="string", description="why, when run by hand"),
    }
    with stage_dag(spec, "promote", doc=__doc__, schedule=verdict, params=by_hand) as dag:

        @task
        def check(model: str, **context: Any) -> dict[str, Any]:
            """Refuse without a passed verdict for exactly this version; gives what an approver should see."""
            from perennial.promotion.stage import check as run

            ctx, key = open_model(model, context), key_of(context)
            permission = run(ctx, key, context["params"]["reason"] or None)
            verdict = next(event for event in ctx.chain.history().events if event.hash == permission.verdict)
            return permission.to_dict() | {"key": key, "card": f"/perennial/evidence/{verdict.payload['card']}"}

        @task
        def approve(model: str, answer: dict[str, Any] | None = None, **context: Any) -> None:
            """Record the approval or the refusal; both are bound to the artifact and the verdict."""
            from perennial.promotion.stage import approve as accept
            from perennial.promotion.stage import refuse

            ctx, key = open_model(model, context), key_of(context)
            if answer is None:
                accept(ctx, key, by=ctx.chain.actor, how="automatic", reason=context["params"]["reason"] or PASSED)
                return
            by = answer["responded_by_user"]["name"]
            reason = answer["params_input"]["comment"] or "no reason was given"
            if APPROVE in answer["chosen_options"]:
                accept(ctx, key, by=by, how="people", reason=reason)
                return
            refuse(ctx, key, by=by, reason=reason)
            raise AirflowSkipException(f"{model} {key} was rejected by {by}: {reason}")

        @task(outlets=[champion])
        def switch(model: str, outlet_events: Any = None, **context: Any) -> str:
            """Make it the champion, unless another version became champion meanwhile."""
            from perennial.promotion.stage import switch as run

            ctx, key = open_model(model, context), key_of(context)
            permitted = context["ti"].xcom_pull(task_ids="check")
            run(
                ctx,
                key,
                expected_champion=permitted["champion"],
                reason=context["params"]["reason"] or PASSED,
                kind=permitted["kind"],
            )
            if context["dag_run"].partition_key is None:
                outlet_events[champion].add_partitions([key])
            return key

        checked, switched = check(spec.name), switch(spec.name)
        if load_policy(Settings.load().policies, spec).approval.by == "people":
            ask = HITLOperator(
                task_id="ask",
                subject=f"Promote {spec.name} {{{{ ti.xcom_pull('check')['key'] }}}}?",
                body=(
                    f"Its scores will be used to {spec.decision}.\n\n"
                    "[Model card]({{ ti.xcom_pull('check')['card'] }})\n\n"
                    "Reason: {{ params.reason or 'a passed verdict' }}"
                ),
                options=[APPROVE, REJECT],
                params={"comment": Param("", type="string", description="why you approve or reject")},
            )
            checked >> ask >> approve(spec.name, ask.output) >> switched
        else:
            checked >> approve(spec.name) >> switched
    return dag


for _spec in specs():
    build(_spec)
