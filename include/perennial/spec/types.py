"""The small types of the spec: durations and names."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, TypeVar

import pydantic
from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, StringConstraints, WithJsonSchema


class Strict(BaseModel):
    """A part of the spec: frozen, strict, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


T = TypeVar("T")
Many = Annotated[tuple[T, ...], pydantic.Strict(False)]
"""A YAML list, kept as a tuple."""


def _duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    match = re.fullmatch(r"(\d+)([dh])", str(value))
    if not match:
        raise ValueError("a duration in days or hours such as 14d or 6h")
    return timedelta(**{{"d": "days", "h": "hours"}[match[2]]: int(match[1])})


def _wall_time(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    match = re.fullmatch(r"(\d+)([dhms])", str(value))
    if not match:
        raise ValueError("a duration in days, hours, minutes or seconds such as 5d, 6h, 30m or 90s")
    units = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
    return timedelta(**{units[match[2]]: int(match[1])})


def _days(value: object) -> int:
    duration = _duration(value)
    if duration % timedelta(days=1):
        raise ValueError("a duration in whole days such as 14d")
    return duration.days


def _some_days(value: object) -> int:
    days = _days(value)
    if days < 1:
        raise ValueError("at least one day, such as 14d")
    return days


def _write(value: timedelta) -> str:
    hours = value // timedelta(hours=1)
    return f"{hours // 24}d" if hours % 24 == 0 else f"{hours}h"


_PATTERN = WithJsonSchema({"type": "string", "pattern": r"^\d+[dh]$", "examples": ["14d", "6h"]})
_DAYS = WithJsonSchema({"type": "string", "pattern": r"^\d+d$", "examples": ["14d"]})

Duration = Annotated[timedelta, BeforeValidator(_duration), PlainSerializer(_write), _PATTERN]
"""`14d` or `6h`, as a timedelta."""

WallTime = Annotated[
    timedelta, BeforeValidator(_wall_time), PlainSerializer(lambda value: f"{value.total_seconds():.0f}s")
]
"""`5d`, `6h`, `30m` or `90s`, as a timedelta."""

Days = Annotated[int, BeforeValidator(_days), PlainSerializer(lambda days: f"{days}d"), _DAYS]
"""`14d`, as a number of days."""

SomeDays = Annotated[int, BeforeValidator(_some_days), PlainSerializer(lambda days: f"{days}d"), _DAYS]
"""`14d`, as a number of days, at least one."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,49}$")]
"""Lower case letters, digits and underscores, at most 50, a letter first."""

Column = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
"""A column's name as SQL writes it without quotes."""
