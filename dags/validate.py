"""Put a candidate through every gate of its risk tier, beside the champion, on the same fresh holdout.

By hand with a version it is judged again, where anything it was judged by has changed. By hand with a gate, a day and a
reason whoever triggers it waives that gate until that day; with a gate to revoke its waiver is taken back. The clock
has the champion judged again, on new days, where something that it stands on has changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import DAG, Param, PartitionedAssetTimetable, task
from airflow.sdk.exceptions import AirflowSkipException

from perennial.errors import GateRefused
from perennial.policy import load_policy
from perennial.settings import Settings
from perennial.spec import Spec
from perennial_airflow.assets import asset
from perennial_airflow.models import specs
from perennial_airflow.stage import key_of, open_model, stage_dag

if TYPE_CHECKING:
    from perennial.context import Context

OR_EMPTY = ["null", "string"]


def build(spec: Spec) -> DAG:
    """Return the DAG of one model."""
    candidate = PartitionedAssetTimetable(assets=asset(spec.name, "candidate"))
    verdict = asset(spec.name, "verdict")
    by_hand = {
        "version": Param(None, type=OR_EMPTY, description="v3; when run by hand without a partition key"),
        # Each may be null: the form in the UI wants a value of all others, and judging again would need a waiver.
        "waive": Param(None, type=OR_EMPTY, description="a gate, or gate:part, that you let candidates past"),
        "until": Param(None, type=OR_EMPTY, description="the last day the waiver counts: 2027-01-31"),
        "revoke": Param(None, type=OR_EMPTY, description="a gate, or gate:part, whose waiver shall count no more"),
        "reason": Param(None, type=OR_EMPTY, description="why it is waived or revoked: it stands in the card"),
    }
    with stage_dag(spec, "validate", doc=__doc__, schedule=candidate, params=by_hand) as dag:

        @task
        def waive(model: str, **context: Any) -> None:
            """Grant or take back the waiver that a person asked for; a run that is about no version ends here."""
            told = _spoken(open_model(model, context), context["params"])
            if told and not (context["dag_run"].partition_key or context["params"]["version"]):
                raise AirflowSkipException("; ".join(told))

        @task(pool="training")
        def reproduce(model: str, **context: Any) -> str:
            """Train it again; where that is refused the gate finds nothing, and the policy says what follows."""
            return _reproduced(open_model(model, context), key_of(context))

        @task
        def evaluate(model: str, **context: Any) -> None:
            """Run all gates; keep the verdict, its evidence and the model card."""
            from perennial.validation.stage import evaluate as run

            run(open_model(model, context), key_of(context))

        @task(outlets=[verdict])
        def announce(model: str, outlet_events: Any = None, **context: Any) -> None:
            """Wake `promote` when the version passed."""
            ctx, key = open_model(model, context), key_of(context)
            if why := _nothing_to_promote(ctx, key):
                raise AirflowSkipException(f"{model} {key} {why}")
            if context["dag_run"].partition_key is None:
                outlet_events[verdict].add_partitions([key])

        asked, judged = waive(spec.name), evaluate(spec.name)
        asked >> judged >> announce(spec.name)
        if "reproduction" in load_policy(Settings.load().policies, spec).gates:
            again = reproduce(spec.name)
            asked >> again >> judged

    return dag


def _spoken(ctx: Context, asked: Mapping[str, Any]) -> list[str]:
    """Take back the waiver, and grant the one, that whoever triggered the run asked for; returns what was said."""
    from perennial.validation.waive import revoke, waive

    told, reason = [], asked["reason"] or ""
    if asked["revoke"]:
        event = revoke(ctx, asked["revoke"], reason=reason)
        told.append(f"the waiver of {event.key} is revoked")
    if asked["waive"]:
        event = waive(ctx, asked["waive"], until=asked["until"] or "", reason=reason)
        told.append(f"{event.key} is waived until {event.payload['until']}")
    return told


def _reproduced(ctx: Context, key: str) -> str:
    from perennial.training.reproduce import reproduced

    try:
        return str(reproduced(ctx, key).payload["why"])
    except GateRefused as refusal:
        return str(refusal)


def _nothing_to_promote(ctx: Context, key: str) -> str | None:
    """Say why `promote` is not woken, or None."""
    history = ctx.chain.history()
    given = history.last("verdict.given", key)
    assert given is not None, "`evaluate` has just given one"
    if history.champion == given.payload["version"]:
        return "is the champion already"
    return None if given.payload["passed"] else f"did not pass: {_failures(given.payload['gates'])}"


def _failures(gates: Sequence[Mapping[str, Any]]) -> str:
    """Name the gates that stopped it, or would where nothing else did, each with its reason."""
    enforced = [gate for gate in gates if gate["mode"] == "enforce" and not gate["waiver"]]
    return "; ".join(f"{gate['name']}: {gate['why']}" for gate in enforced if gate["verdict"] != "pass")


for _spec in specs():
    build(_spec)
