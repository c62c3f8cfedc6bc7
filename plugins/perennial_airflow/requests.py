"""The door for requests from people and other systems: the params of `retrain`, and what they put into the queue.

Airflow checks params when a run is triggered: whatever breaks their schema answers 400 and makes no run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow.sdk import Param

from perennial.errors import KeyInvalid, nearest

if TYPE_CHECKING:
    from perennial.context import Context

REASON = {"maxLength": 500, "pattern": r"\S.+\S"}
DAY = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
REQUEST = {
    "type": ["null", "object"],
    "additionalProperties": False,
    "required": ["id", "source", "reason"],
    "properties": {
        "id": {"type": "string", "pattern": r"^[\w.:/+-]{1,100}$"},
        "source": {"type": "string", "minLength": 2, "maxLength": 100},
        "reason": {"type": "string", **REASON},
        "cause": {"enum": ["outside", "person"]},
        "window": {"type": "string", "pattern": rf"^{DAY}(\.\.{DAY})?$"},
    },
}
"""What another system sends: `id` is its own name for the request, and one source's id twice is one request."""
PARAMS = {
    "reason": Param(
        None,
        schema={"type": ["null", "string"], **REASON},
        description="why a new version is wanted; empty: only look at the queue",
    ),
    "reset_breaker": Param(
        False, type="boolean", description="let machines ask again after trainings that did not help; needs a reason"
    ),
    "request": Param(None, schema=REQUEST, description="another system's request: id, source, reason, window, cause"),
}


def take(ctx: Context, context: Mapping[str, Any]) -> None:
    """Put the request of a run into the queue, or reset the circuit breaker; raises KeyInvalid for unknown params."""
    from perennial.keys import Window
    from perennial.ledger.requests import put
    from perennial.retraining.by_hand import reset_breaker

    params = context["params"]
    _refuse_unknown(ctx.model, params)
    if params["reset_breaker"]:
        reset_breaker(ctx, params["reason"] or "")
    elif params["reason"]:
        put(ctx.chain, "person", params["reason"])
    if asked := params["request"]:
        window = Window.parse(asked["window"]) if asked.get("window") else None
        cause = asked.get("cause", "outside")
        put(ctx.chain, cause, asked["reason"], window=window, name=asked["id"], source=asked["source"])


def _refuse_unknown(model: str, params: Mapping[str, Any]) -> None:
    """Refuse what Airflow lets through: a key beside the known ones would be a request that nobody hears."""
    if unknown := [name for name in params if name not in PARAMS]:
        raise KeyInvalid(
            f"{model}.retrain",
            expected=f"params {', '.join(PARAMS)}",
            found=", ".join(unknown),
            nearest=nearest(unknown[0], PARAMS),
            next_command="trigger it again; docs/operations.md, Retraining, has the call",
        )
