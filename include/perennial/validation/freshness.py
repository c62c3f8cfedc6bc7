"""Was a holdout looked at before? A second look at the same days is no independent test."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from perennial.keys import Window, version_key
from perennial.ledger.history import History
from perennial.ledger.verdicts import days_shown
from perennial.validation.gates import GateResult


def seen_before(history: History, version: int, holdout: Window) -> dict[date, int]:
    """Return each day of the holdout that was looked at for another version before this one first looked, and which.

    A day without rows shows nothing, so looking at it uses nothing up: a look names the days that have some.
    """
    looks = history.of("holdout.looked_at")
    own = [look.seq for look in looks if look.payload["version"] == version]
    earlier = [look for look in looks if look.payload["version"] != version and (not own or look.seq < own[0])]
    seen: dict[date, int] = {}
    for look in earlier:
        for day in days_shown(look.payload):
            if day in holdout:
                seen.setdefault(day, look.payload["version"])
    return seen


def fresh_holdout(seen: Mapping[date, int], fit_window: Window, holdout: Window) -> GateResult:
    """Count the days that are not fresh: looked at for an earlier candidate, or fitted on by this one."""
    fitted = [day for day in holdout if day in fit_window]
    stale = len(set(seen) | set(fitted))
    why = f"{len(holdout)} days, none looked at before"
    if fitted:
        why = f"the candidate was fitted on {len(fitted)} of its {len(holdout)} days"
    elif seen:
        versions = ", ".join(version_key(number) for number in sorted(set(seen.values())))
        why = f"{len(seen)} of {len(holdout)} days were looked at for {versions}"
    return GateResult("fresh_holdout", float(stale), None, None, 0.0, "fail" if stale else "pass", why)
