"""The part of the spec that says who is told of what is wrong, when, and when again."""

from __future__ import annotations

import re
from datetime import time, timedelta
from functools import cached_property
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema

from perennial.errors import nearest
from perennial.spec.types import Many, Strict, WallTime

Kind = Literal["failed", "alarm", "retraining", "cost", "hold", "late", "dependents", "approval", "emergency", "own"]
"""What a notice is about; `own` is for people's own DAGs."""
Severity = Literal["info", "warning", "urgent"]
"""`info` is told and done; `warning` stands until it is over, and escalates; `urgent` also ignores quiet hours."""

Address = Annotated[str, StringConstraints(pattern=r"^[^@\s,;<>]+@[^@\s,;<>]+$")]
_SPAN = r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$"
_WAIT = WithJsonSchema({"type": "string", "pattern": r"^\d+[dhms]$", "examples": ["1d", "4h"]})


def _span(value: str) -> str:
    begin, _, end = value.partition("-")
    if not re.fullmatch(_SPAN, value) or begin == end:
        raise ValueError("two different times of day such as 22:00-07:00")
    return value


def _zone(value: str) -> str:
    if value not in (known := available_timezones()):
        raise ValueError(f"a time zone such as Europe/Berlin|{value!r}|{nearest(value, known) or ''}")
    return value


Span = Annotated[str, AfterValidator(_span), WithJsonSchema({"type": "string", "pattern": _SPAN})]
Zone = Annotated[str, AfterValidator(_zone), WithJsonSchema({"type": "string", "examples": ["Europe/Berlin"]})]
Wait = Annotated[WallTime, _WAIT]


class Notices(Strict):
    """Who is told, when, and when again; in wall time. The webhook of the installation is told in any case."""

    to: Many[Address] = Field(default=(), description="who gets mail")
    quiet: Span | None = Field(
        default=None, description="22:00-07:00: only what is urgent is told then, the rest after"
    )
    time_zone: Zone = Field(default="UTC", description="of `quiet`")
    repeat_after: Wait = Field(default=timedelta(days=1), description="the same is not told again before")
    escalate_after: Wait = Field(default=timedelta(hours=4), description="what is not over then goes to `escalate_to`")
    escalate_to: Many[Address] = Field(default=(), description="who gets mail then; nobody: nothing escalates")
    kinds: dict[Kind, Severity | Literal["mute"]] = Field(
        default_factory=dict, description="how urgent a kind is for this model; what is `mute` is recorded only"
    )

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone of the quiet hours."""
        return ZoneInfo(self.time_zone)

    @cached_property
    def quiet_hours(self) -> tuple[time, time] | None:
        """Their begin and end, by the clock on the wall."""
        if self.quiet is None:
            return None
        begin, _, end = self.quiet.partition("-")
        return time.fromisoformat(begin), time.fromisoformat(end)
