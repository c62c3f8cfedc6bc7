"""What Airflow knows of answers: what was said, and who may say it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk.configuration import conf

if TYPE_CHECKING:
    from perennial.monitoring.question import Answer as Choice
    from perennial.promotion.answer import Answer

YES, NO = "Approve", "Reject"
CHOICES = ("Retrain", "Keep watching", "Hold")
"""What a person may choose where triage asks; the domain's own words, without loading the domain to parse a DAG."""


def read_answer(by: str, options: Collection[str], params: Mapping[str, Any] | None, at: datetime) -> Answer:
    """Return an answer in the words of the domain."""
    from perennial.promotion.answer import Answer

    return Answer(by, YES in options, str((params or {}).get("comment") or ""), at)


def read_choice(by: str, options: Collection[str], params: Mapping[str, Any] | None, at: datetime) -> Choice:
    """Return what somebody chose in the words of the domain."""
    from perennial.monitoring.question import CHOICES as KNOWN
    from perennial.monitoring.question import Answer as Choice

    (chosen,) = (one for one in KNOWN if one in options)
    return Choice(by, chosen, str((params or {}).get("comment") or ""), at)


def known_users() -> list[str]:
    """Name the users that Airflow's own list has and that may answer; none where somebody else keeps the list."""
    if not conf.get("core", "auth_manager").endswith("SimpleAuthManager"):
        return []
    users = [entry.split(":")[:2] for entry in conf.getlist("core", "simple_auth_manager_users")]
    return [name for name, role in users if role != "viewer"]
