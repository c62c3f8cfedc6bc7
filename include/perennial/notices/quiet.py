"""Quiet hours by the clock on the wall, over midnight and over the days on which clocks are set. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from perennial.spec.notices import Notices


def quiet_until(rules: Notices, now: datetime) -> datetime | None:
    """Return when the quiet hours end that it is now, in UTC; None where it is none."""
    hours = rules.quiet_hours
    if hours is None:
        return None
    begin, end = hours
    here = now.astimezone(rules.zone)
    at = here.time()
    quiet = begin <= at < end if begin < end else at >= begin or at < end
    return _next(rules, here, now) if quiet else None


def _next(rules: Notices, here: datetime, now: datetime) -> datetime:
    """Return the next moment at which a clock shows their end; when clocks are set back it is shown twice."""
    assert rules.quiet_hours, "asked while it is quiet"
    end = rules.quiet_hours[1]
    days = [here.date(), here.date() + timedelta(days=1)]
    ends = [datetime.combine(day, end.replace(fold=fold), rules.zone) for day in days for fold in (0, 1)]
    return min(at for at in (one.astimezone(now.tzinfo) for one in ends) if at > now)
