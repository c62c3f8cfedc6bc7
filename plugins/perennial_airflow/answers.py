"""What Airflow knows of answers: what was said, and who may say it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk.configuration import conf

if TYPE_CHECKING:
    from perennial.promotion.answer import Answer

YES, NO = "Approve", "Reject"


def read_answer(by: str, options: Collection[str], params: Mapping[str, Any] | None, at: datetime) -> Answer:
    """Return an answer in the words of the domain."""
    from perennial.promotion.answer import Answer

    return Answer(by, YES in options, str((params or {}).get("comment") or ""), at)


def known_users() -> list[str]:
    """Name the users that Airflow's own list has and that may answer; none where somebody else keeps the list."""
    if not conf.get("core", "auth_manager").endswith("SimpleAuthManager"):
        return []
    users = [entry.split(":")[:2] for entry in conf.getlist("core", "simple_auth_manager_users")]
    return [name for name, role in users if role != "viewer"]
