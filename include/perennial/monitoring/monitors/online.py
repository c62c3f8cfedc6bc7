"""The online store, which scoring does not read: what a caller in real time would get, against the offline store."""

from __future__ import annotations

from dataclasses import asdict

from perennial.monitoring.case import Case
from perennial.monitoring.decisions.online import judge
from perennial.monitoring.result import Result
from perennial.monitoring.served import served


def online(case: Case) -> Result | None:
    """Ask for some keys of each view; None where none was ever brought online."""
    found = served(case)
    if found is None:
        return None
    verdict, why, at_fault = judge(found)
    return Result("online", verdict, why, asdict(found), at_fault)
