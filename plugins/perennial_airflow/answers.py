"""What Airflow knows of answers: who may give one, and one that was given while nobody listened."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk.configuration import conf
from airflow.sdk.exceptions import AirflowRuntimeError
from airflow.sdk.execution_time.hitl import get_hitl_detail_content_detail, update_hitl_detail_response

if TYPE_CHECKING:
    from perennial.context import Context
    from perennial.ledger.event import Event
    from perennial.promotion.answer import Answer

YES, NO = "Approve", "Reject"


def read_answer(by: str, options: Collection[str], params: Mapping[str, Any] | None, at: datetime) -> Answer:
    """Return an answer in the words of the domain."""
    from perennial.promotion.answer import Answer

    return Answer(by, YES in options, str((params or {}).get("comment") or ""), at)


def unheard(ctx: Context, ti: Any) -> Answer | None:
    """Return an answer that Airflow has and the ledger has not: the try before was killed in between.

    Somebody who answers in the moment in which the task parks makes the scheduler take the try for killed.
    """
    from perennial.promotion.answer import heard

    if ti.try_number == 1:
        return None
    try:
        found = get_hitl_detail_content_detail(ti_id=ti.id)
    except AirflowRuntimeError:  # nothing was asked in the try before
        return None
    if not found.responded_at or not found.responded_by_user:
        return None
    answer = read_answer(
        found.responded_by_user.name, found.chosen_options or (), found.params_input, found.responded_at
    )
    return None if heard(ctx, answer) else answer


def close(ti: Any, told: Event) -> None:
    """Take a question that ended without an answer off the list of what waits for people; nobody is named."""
    option = YES if told.type == "approval.given" or told.payload.get("agrees") else NO
    with suppress(AirflowRuntimeError):  # somebody answered in this moment: too late, but on the record
        update_hitl_detail_response(ti.id, [option], {"comment": f"not an answer; see event {told.seq} of the ledger"})


def known_users() -> list[str]:
    """Name the users that Airflow's own list has and that may answer; none where somebody else keeps the list."""
    if not conf.get("core", "auth_manager").endswith("SimpleAuthManager"):
        return []
    users = [entry.split(":")[:2] for entry in conf.getlist("core", "simple_auth_manager_users")]
    return [name for name, role in users if role != "viewer"]
