"""Make a validated version the champion, with the approval that the risk tier asks for.

Wakes on a passed verdict. By hand with an older version that served and a reason it is the rollback: no questions.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, Param, PartitionedAssetTimetable, chain

from perennial.policy import Approval, load_policy
from perennial.settings import Settings
from perennial.spec import Spec
from perennial_airflow.assets import asset
from perennial_airflow.brakes import stoppable
from perennial_airflow.models import specs
from perennial_airflow.questions import AskApproval, AskReview
from perennial_airflow.stage import key_of, open_model, stage_dag

BY_HAND = {
    "version": Param(None, type=["null", "string"], description="v3; when run by hand without a partition key"),
    "reason": Param("", type="string", description="why, when run by hand"),
    "emergency": Param(
        False, type="boolean", description="promote now on one word, where people approve; a second must agree in time"
    ),
}


def build(spec: Spec) -> DAG:
    """Return the DAG of one model."""
    champion = asset(spec.name, "champion")
    verdict = PartitionedAssetTimetable(assets=asset(spec.name, "verdict"))
    # A question that is open must not hold up a rollback; two promotions at once are decided in the ledger.
    with stage_dag(spec, "promote", doc=__doc__, schedule=verdict, params=BY_HAND, max_active_runs=16) as dag:

        @stoppable("promotion")
        def check(model: str, **context: Any) -> dict[str, Any]:
            """Refuse without a passed verdict for exactly this version."""
            from perennial.promotion.stage import check as run

            return run(open_model(model, context), key_of(context), context["params"]["reason"]).to_dict()

        @stoppable("promotion")
        def approve(model: str, **context: Any) -> None:
            """Record that the tier approves by itself, or the person who runs this with a reason."""
            from perennial.promotion.words import by_rule

            by_rule(open_model(model, context), key_of(context), context["params"]["reason"])

        @stoppable("promotion", outlets=[champion])
        def switch(model: str, outlet_events: Any = None, **context: Any) -> str:
            """Make it the champion, unless another version became champion meanwhile."""
            from perennial.promotion.promote import promote

            key, params = key_of(context), context["params"]
            permitted = context["ti"].xcom_pull(task_ids="check")
            promote(open_model(model, context), key, permitted, params["reason"], emergency=params["emergency"])
            if context["dag_run"].partition_key is None:
                outlet_events[champion].add_partitions([key])
            return key

        approval = load_policy(Settings.load().policies, spec).approval
        if approval.by == "people":
            review = AskReview(task_id="review", model=spec.name)
            chain(check(spec.name), *questions(spec, approval), switch(spec.name), review)
        else:
            chain(check(spec.name), approve(spec.name), switch(spec.name))
    return dag


def questions(spec: Spec, approval: Approval) -> list[AskApproval]:
    """Return one question for each person whose approval is needed, to be put one after the other."""
    names = {place: f"ask_{place}" if place > 1 else "ask" for place in range(1, approval.people + 1)}
    return [AskApproval(task_id=name, model=spec.name, place=place) for place, name in names.items()]


for _spec in specs():
    build(_spec)
